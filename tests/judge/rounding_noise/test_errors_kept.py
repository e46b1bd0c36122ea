"""The sizes of roundings, kept from one noisy run for the next, are those of that run itself."""

import numpy as np
import pytest
import torch

from compare.judge.rounding_noise import errors_kept
from compare.judge.rounding_noise.draws import Draws
from compare.judge.rounding_noise.errors_kept import AbsoluteError, ErrorsKept
from compare.judge.rounding_noise.operation_errors import OperationError
from compare.judge.rounding_noise.torch_perturbation import perturbed

X = torch.tensor(np.random.default_rng(0).standard_normal((6, 5)))


def layer(x=X):
    yield torch.nn.functional.layer_norm(torch.tanh(x @ x.T), (len(x),)).sum(0)


def moved(kept, run, f=layer):
    return perturbed(f, Draws(0, run), errors=kept)[0][0]


def counted(monkeypatch):
    """How often an error is measured."""
    times, measure = [], OperationError.__init__

    def counting(self, *given, **named):
        times.append(1)
        measure(self, *given, **named)

    monkeypatch.setattr(OperationError, "__init__", counting)
    return times


def test_a_run_after_the_first_measures_nothing_and_moves_as_far(monkeypatch):
    kept = ErrorsKept()
    plain = next(layer())
    moved(kept, 0)
    times = counted(monkeypatch)
    again = moved(kept, 1)
    assert not times
    fresh = moved(None, 1)
    assert times
    # by the same draws: but for how far the first run moved what the sizes are of
    norms = [(values - plain).norm() for values in (again, fresh)]
    assert 0 < norms[1] / 2 < norms[0] < 2 * norms[1]


def test_another_program_is_measured_anew():
    def other(x=X):
        yield torch.exp(x).sum(0) * 3

    kept = ErrorsKept()
    moved(kept, 0)
    assert torch.equal(moved(kept, 1, other), moved(None, 1, other))


def test_what_is_too_large_is_measured_each_time(monkeypatch):
    monkeypatch.setattr(errors_kept, "SMALL", 6)  # elements: products are larger, a sum is not
    kept = ErrorsKept()
    moved(kept, 0)
    times = counted(monkeypatch)
    moved(kept, 1)
    every = len(times)
    assert 0 < every
    moved(None, 1)
    assert every < len(times) - every


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_an_error_in_absolute_terms_is_0_where_nothing_rounds(dtype):
    size = torch.tensor([2.0, 0.0, 1.0, torch.inf, torch.nan], dtype=torch.float64)
    exact = torch.tensor([False, False, True, False, False])
    info = torch.finfo(dtype)
    largest = AbsoluteError.of(OperationError(size, 7, exact), dtype).largest
    assert largest.tolist() == [2 * info.eps + 7 * info.smallest_normal * info.eps, 0, 0, 0, 0]
