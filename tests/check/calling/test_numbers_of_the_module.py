"""Lists of the module may hold anything: what is no table of numbers is no table of samples."""

import pytest

from compare.check.check_submission import check_source
from compare.sandbox.submission_files import Source

NETWORK = """
import numpy as np

rng = np.random.default_rng(0)
sizes = {sizes}
W1, b1 = rng.normal(size=(3, 5)), np.zeros(5)
W2, b2 = rng.normal(size=(5, 2)), np.zeros(2)

def forward(x):
    z = np.tanh(x @ W1 + b1)
    return z, z @ W2 + b2 + 0 * len(sizes)

def backward(x, t):
    z, y = forward(x)
    d = (y - t) / len(x)
    e = (d @ W2.T) * (1 - z ** 2)
    return x.T @ e, e.sum(axis=0), z.T @ d, d.sum(axis=0)
"""


@pytest.mark.parametrize("sizes", ["[1.0, 2.0]", "[[1.0, 2.0], [3.0]]", "[[1.0, [2.0]], 'a']"])
def test_a_ragged_list_is_no_error_of_the_judge(tmp_path, sizes):
    path = tmp_path / "mine.py"
    path.write_text(NETWORK.format(sizes=sizes), encoding="utf-8")
    result = check_source(Source.of(path))
    assert not result.internal and result.judgements
