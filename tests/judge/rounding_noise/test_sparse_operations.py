"""References that compute with sparse tensors: right dense twins pass, faults of 1e-9 do not."""

import numpy as np
import pytest
import torch
from torch import nn

import compare
from compare.judge.rounding_noise.measured_limits import _in_a_sentence

pytestmark = pytest.mark.numbers

RNG = np.random.default_rng(0)
ROWS, COLUMNS = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 2, 1, 0, 3, 3])  # the last is a double
PLACES = torch.tensor(np.stack([ROWS, COLUMNS]))
GIVEN = {"v": RNG.standard_normal(6), "x": RNG.standard_normal((4, 2))}
HOLES = np.where(np.abs(RNG.standard_normal((5, 7))) < 0.7, 0, RNG.standard_normal((5, 7)))
DENSE = {"a": HOLES, "x": RNG.standard_normal((7, 3))}


def dense(v):
    return torch.zeros(3, 4, dtype=v.dtype).index_put((PLACES[0], PLACES[1]), v, accumulate=True)


def coo(v):
    return torch.sparse_coo_tensor(PLACES, v, (3, 4))


def csr(v):
    rows = torch.tensor([0, 2, 3, 5])
    return torch.sparse_csr_tensor(rows, torch.tensor([0, 2, 1, 0, 3]), v[:5], (3, 4))


def dense_of_five(v):
    return torch.zeros(3, 4, dtype=v.dtype).index_put((PLACES[0][:5], PLACES[1][:5]), v[:5])


def there(a):
    """What a sparse tensor holds of it: the gradient of the rest is 0."""
    return a * (a != 0)


def softmax_of_what_is_there(a):
    return a.masked_fill(a == 0, -torch.inf).softmax(1).nan_to_num()


def sparse_softmax(a):
    return torch.sparse.softmax(a.to_sparse(), 1).to_dense()


PAIRS = {
    "coo": (lambda v, x: dense(v) @ x, lambda v, x: torch.sparse.mm(coo(v), x), GIVEN),
    "coalesced": (lambda v, x: dense(v) @ x, lambda v, x: coo(v).coalesce() @ x, GIVEN),
    "csr": (lambda v, x: dense_of_five(v) @ x, lambda v, x: csr(v) @ x, GIVEN),
    "to dense": (
        lambda v, x: dense(v) ** 2 + x.sum(),
        lambda v, x: coo(v).to_dense() ** 2 + x.sum(),
        GIVEN,
    ),
    "a sparse output": (
        lambda v, x: (dense(v), x * 1),
        lambda v, x: (coo(v), 1 * x),
        GIVEN,
    ),
    "to sparse": (lambda a, x: there(a) @ x, lambda a, x: torch.sparse.mm(a.to_sparse(), x), DENSE),
    "to csr": (lambda a, x: a @ x, lambda a, x: a.to_sparse_csr() @ x, DENSE),
    "sums": (
        lambda a, x: (2 * there(a) + a * a).sum() * x,
        lambda a, x: (a.to_sparse() * 2 + (a * a).to_sparse()).to_dense().sum() * x,
        DENSE,
    ),
}


@pytest.mark.parametrize("mine, reference, arrays", PAIRS.values(), ids=PAIRS)
def test_a_dense_twin_is_the_same_forward_and_backward(mine, reference, arrays):
    compare.assert_equivalent(mine, reference, arrays, mine_takes="torch")
    compare.assert_equivalent(reference, mine, arrays, mine_takes="torch")


@pytest.mark.parametrize("mine, reference, arrays", PAIRS.values(), ids=PAIRS)
def test_a_fault_of_a_billionth_is_seen(mine, reference, arrays):
    def faulty(**given):
        changed = {name: value * (1 + 1e-9) for name, value in given.items() if name != "x"}
        return mine(**{**given, **changed})

    double = compare.equivalent(faulty, reference, arrays, mine_takes="torch")[0]
    assert double.outcome is compare.Outcome.DIFFERENT
    assert double.verdict.first.name.startswith("output")


def test_an_operation_of_unknown_rounding_is_run_on_moved_numbers():
    takes = {"mine_takes": "torch"}
    compare.assert_equivalent(softmax_of_what_is_there, sparse_softmax, [HOLES], **takes)

    def faulty(a):
        return softmax_of_what_is_there(a) * (1 + 1e-9)

    assert not compare.equivalent(faulty, sparse_softmax, [HOLES], **takes).passed


def test_sparse_gradients_of_an_embedding_are_compared():
    table = {"params": {"weight": RNG.standard_normal((7, 3))}}
    words = [np.array([1, 3, 1, 6])]
    result = compare.assert_equivalent(
        nn.Embedding(7, 3), nn.Embedding(7, 3, sparse=True), words, **table
    )
    assert "grad/weight" in {c.name for c in result[0].verdict.comparisons}


def test_what_torch_raises_is_told_in_one_sentence():
    error = NotImplementedError("Could not run 'aten::x'. This could be because\nCPU: registered")
    assert _in_a_sentence(error) == "NotImplementedError: Could not run 'aten::x'"
