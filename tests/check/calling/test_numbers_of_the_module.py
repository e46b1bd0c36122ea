"""Lists of the module may hold anything: what is no table of numbers is no table of samples."""

import pytest

from compare.check.check_submission import check_source
from compare.sandbox.submission_files import Source

NETWORK = """
import numpy as np

rng = np.random.default_rng(0)
x, t = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
W1, b1 = rng.normal(size=(3, 5)), np.zeros(5)
W2, b2 = rng.normal(size=(5, 2)), np.zeros(2)
v = {velocities}

def forward(x):
    z = np.tanh(x @ W1 + b1)
    return z, z @ W2 + b2

def slopes(x, t):
    z, y = forward(x)
    d = (y - t) / len(x)
    e = (d @ W2.T) * (1 - z ** 2)
    return [x.T @ e, e.sum(axis=0), z.T @ d, d.sum(axis=0)]

def update(grads):
    global W1, b1, W2, b2
    for i in range(4):
        v[i] = 0.9 * v[i] + grads[i]
    W1, b1, W2, b2 = W1 - 0.1 * v[0], b1 - 0.1 * v[1], W2 - 0.1 * v[2], b2 - 0.1 * v[3]

for i in range(3):
    update(slopes(x, t))
"""


@pytest.mark.parametrize("velocities", ["[0.0] * 4", "[0 * W1, 0 * b1, 0 * W2, 0 * b2]"])
def test_a_list_of_arrays_of_other_shapes_is_no_error_of_the_judge(tmp_path, velocities):
    path = tmp_path / "mine.py"
    path.write_text(NETWORK.format(velocities=velocities), encoding="utf-8")
    result = check_source(Source.of(path))
    assert not result.internal and result.judgements
