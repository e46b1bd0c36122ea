"""Operations of which no rounding is known: right twins are the same, whatever they cancel."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import compare
from compare import Outcome
from compare.judge.rounding_noise.draws import Draws
from compare.judge.rounding_noise.simpler_operations import decomposition_of
from compare.judge.rounding_noise.torch_perturbation import perturbed
from compare.judge.rounding_noise.unknown_operations import (
    on_copies,
    only_chooses,
    own_error,
    pointwise_error,
)

pytestmark = pytest.mark.numbers


def normal(k, *shape):
    return np.random.default_rng([40, k]).standard_normal(shape)


def positive(k, n):
    a = normal(k, n, n)
    return a @ a.T + np.eye(n) / 2


def resized(x, n):
    """Linear, with corners aligned, along the last axis."""
    at = np.arange(n) * (x.shape[-1] - 1) / (n - 1)
    low = np.floor(at).astype(int)
    w = (at - low).astype(x.dtype)
    return x[..., low] * (1 - w) + x[..., np.minimum(low + 1, x.shape[-1] - 1)] * w


def digamma(x):
    return torch.digamma(x + 1) - 1 / x


def log_cumsum_exp(x):
    return torch.log(torch.cumsum(torch.exp(x), -1))


def power_series(a):
    """e^A, scaled more than torch does it."""
    total = term = torch.eye(len(a), dtype=a.dtype)
    for k in range(1, 12):
        term = term @ a / 256 / k
        total = total + term
    return torch.linalg.matrix_power(total, 256)


def fourier(x):
    """|F x|^2 by cosines and sines."""
    n = x.shape[-1]
    angles = (2 * math.pi / n) * torch.outer(torch.arange(n), torch.arange(n)).to(x.dtype)
    return (x @ torch.cos(angles)) ** 2 + (x @ torch.sin(angles)) ** 2


# name -> by hand, torch's, arrays
TORCH = {
    "solve": (
        lambda a, b: torch.linalg.inv(a) @ b,
        torch.linalg.solve,
        [normal(0, 6, 6), normal(1, 6, 3)],
    ),
    "determinant": (
        lambda a: torch.linalg.eigvals(a).prod().real,
        torch.linalg.det,
        [normal(2, 4, 4)],
    ),
    "pseudo-inverse": (
        lambda a: torch.linalg.inv(a.mT @ a) @ a.mT,
        torch.linalg.pinv,
        [normal(3, 6, 3)],
    ),
    "singular values": (
        lambda a: torch.sqrt(torch.linalg.eigvalsh(a.mT @ a)).flip(-1),
        torch.linalg.svdvals,
        [normal(4, 6, 3)],
    ),
    "Cholesky": (
        lambda a: torch.linalg.qr(torch.linalg.cholesky(a).mT)[1].mT.abs(),
        lambda a: torch.linalg.cholesky(a).abs(),
        [positive(5, 4)],
    ),
    "matrix exponential": (power_series, torch.matrix_exp, [normal(6, 3, 3)]),
    "Fourier transform": (fourier, lambda x: torch.fft.fft(x).abs() ** 2, [normal(7, 3, 15)]),
    "distances": (
        lambda a, b: ((a[:, None] - b) ** 2).sum(-1).sqrt(),
        torch.cdist,
        [normal(8, 40, 3), normal(9, 30, 3)],
    ),
    "bilinear form": (
        lambda x, y, w: torch.einsum("ni,oij,nj->no", x, w, y),
        F.bilinear,
        [normal(10, 5, 3), normal(11, 5, 4), normal(12, 2, 3, 4)],
    ),
    "digamma at its zero": (
        digamma,
        torch.digamma,
        [1.4616321449683623 + 1e-3 * normal(13, 9)],
    ),
    "log-gamma at its zeros": (
        lambda x: torch.lgamma(x + 1) - torch.log(x),
        torch.lgamma,
        [2 + 2e-3 * normal(14, 8)],
    ),
    "logcumsumexp": (log_cumsum_exp, lambda x: torch.logcumsumexp(x, -1), [normal(15, 4, 9)]),
}
NO_GRADIENT = {"gradient": False}
SETTINGS = {"digamma at its zero": NO_GRADIENT}  # torch's trigamma has 10 digits


def outcomes(mine, reference, arrays, **settings):
    return {r.outcome for r in compare.equivalent(mine, reference, arrays, **settings)}


@pytest.mark.parametrize(
    "what", [pytest.param(w, marks=[pytest.mark.slow] * w.startswith("matrix")) for w in TORCH]
)
def test_another_algorithm_is_the_same_and_one_millionth_off_is_not(what):
    mine, reference, arrays = TORCH[what]
    settings = {"mine_takes": "torch", **SETTINGS.get(what, {})}
    assert outcomes(mine, reference, arrays, **settings) == {Outcome.SAME}
    settings["dtypes"] = ["float64"]
    wrong = outcomes(lambda *a: mine(*a) * (1 + 1e-6), reference, arrays, **settings)
    assert wrong == {Outcome.DIFFERENT}


@pytest.mark.parametrize("n", [9, 40])
def test_coefficients_that_an_operation_computes_itself_are_rounded_too(n):
    x = normal(20, 1, 2, 12)
    reference = lambda x: F.interpolate(x, size=n, mode="linear", align_corners=True)  # noqa: E731
    assert outcomes(lambda x: resized(x, n), reference, [x]) == {Outcome.SAME}
    wrong = outcomes(lambda x: resized(x, n) * x.dtype.type(1.001), reference, [x])
    assert wrong == {Outcome.DIFFERENT}


IN_C = {
    "solve": (
        lambda a, b: np.linalg.inv(a) @ b,
        np.linalg.solve,
        [normal(0, 6, 6), normal(1, 6, 3)],
    ),
    "singular values": (
        lambda a: np.sqrt(np.linalg.eigvalsh(a.T @ a))[::-1],
        lambda a: np.linalg.svd(a)[1],
        [normal(4, 6, 3)],
    ),
    "Fourier transform": (
        lambda x: fourier(torch.from_numpy(x)).numpy(),
        lambda x: np.abs(np.fft.fft(x)) ** 2,
        [normal(7, 3, 15)],
    ),
}


@pytest.mark.parametrize("what", IN_C)
def test_so_is_what_numpy_computes_in_c(what):
    mine, reference, arrays = IN_C[what]
    settings = {"reference_takes": "numpy", "gradient": False}
    assert outcomes(mine, reference, arrays, **settings) == {Outcome.SAME}
    wrong = outcomes(lambda *a: mine(*a) * a[0].dtype.type(1.001), reference, arrays, **settings)
    assert wrong == {Outcome.DIFFERENT}


def test_what_chooses_among_its_inputs_has_no_noise():
    x = torch.from_numpy(normal(30, 1, 1, 8))
    assert only_chooses((x,), F.max_pool1d(x, 2)) and only_chooses((x,), F.pad(x, (0, 3)))
    assert not only_chooses((x,), x.exp()) and not only_chooses((x,), torch.ones(3))
    (pooled,), _ = perturbed(lambda: iter([F.max_pool1d(x, 2)]), Draws(0, 0))
    assert torch.equal(pooled, F.max_pool1d(x, 2))


def test_a_convention_at_a_kink_is_not_moved_off_it():
    x, aten = torch.tensor([1.0, 0.5, 3.0], dtype=torch.float64), torch.ops.aten
    bent = lambda g, x: aten.hardtanh_backward(g, x, -1.0, 1.0)  # noqa: E731
    error = pointwise_error(
        bent, (torch.ones_like(x), x), {}, bent(torch.ones_like(x), x), Draws(0, 0).by_value
    )
    assert float(error[0]) == 0
    one = np.array([1.0, 0.5, 3.0])
    hand = {"mine_takes": "numpy", "gradient": lambda d, x: d * (np.abs(x) <= 1)}
    found = compare.equivalent(lambda x: np.clip(x, -1, 1), F.hardtanh, [one], **hand)
    assert {r.verdict.first.name for r in found} == {"grad/x"}


def test_a_constant_in_float32_is_no_noise_though_a_decomposition_has_it_in_float64():
    x = normal(31, 5, 5)
    hand = {"gradient": lambda d, x: d * (np.abs(x) < 3) / x.dtype.type(6)}
    mine = lambda x: np.clip(x + 3, 0, 6) / 6  # noqa: E731
    (r,) = compare.equivalent(mine, torch.nn.Hardsigmoid(), [x], dtypes=["float64"], **hand)
    assert r.verdict.first.name == "grad/x"  # torch has 1/6 in float32 there


def test_an_argument_that_an_operation_changes_without_saying_so_is_seen():
    aten, x, mean = torch.ops.aten, torch.ones(4, 3), torch.zeros(3)
    norm = aten.native_batch_norm.default
    args = (x, None, None, mean, torch.ones(3), True, 0.1, 1e-5)
    assert not norm._schema.is_mutable and on_copies(norm, args, {})[1]
    assert float(mean.sum()) == 0
    nan = torch.full((4, 3), math.nan)
    assert not on_copies(aten.exp.default, (nan,), {})[1]


def test_what_an_algorithm_loses_is_seen_in_float32_and_another_branch_is_not():
    x = torch.from_numpy(normal(34, 9))
    (lost,) = own_error(lambda x: (x + 1000) - 1000, (x,), {}, x)
    assert 10 < float(lost.max()) < 1000
    (jumped,) = own_error(lambda x: x + float(x.dtype == torch.float32), (x,), {}, x)
    assert float(jumped.max()) < 2


def test_the_parts_of_a_matrix_exponential_are_that_exponential():
    parts = decomposition_of(torch.ops.aten.linalg_matrix_exp.default)
    for a in (normal(32, 4, 4), 1e-9 * normal(33, 2, 3, 3), 9 * np.eye(2), np.zeros((2, 2))):
        a = torch.from_numpy(a)
        torch.testing.assert_close(parts(a), torch.matrix_exp(a), rtol=1e-11, atol=1e-11)
