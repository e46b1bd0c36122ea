"""The share of right samples of what no function gives as its outputs."""

import pytest

from compare.check.check_submission import check_file
from compare.core.outcome import Outcome

SHARE = """
import numpy as np

def hidden(net, X):
    return np.tanh(X @ net["A"] + net["a"])

def chances(net, H):
    s = H @ net["B"] + net["b"]
    s = np.exp(s - s.max(1, keepdims=True))
    return s / s.sum(1, keepdims=True)

def objective(net, X, y):
    P = chances(net, hidden(net, X))
    return -np.log(P[np.arange(len(y)), y]).mean()

def slopes(net, X, y):
    H = hidden(net, X)
    D = chances(net, H)
    D[np.arange(len(y)), y] -= 1
    D /= len(y)
    E = D @ net["B"].T * (1 - H * H)
    return {"A": X.T @ E, "a": E.sum(0), "B": H.T @ D, "b": D.sum(0)}

def accuracy(net, X, y):
    return np.sum(chances(net, hidden(net, X)).argmax(1) == y) / len(y)

if __name__ == "__main__":
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(6, 2)), np.array([0, 1, 2, 2, 1, 0])
    net = {"A": rng.normal(size=(2, 5)), "a": np.zeros(5),
           "B": rng.normal(size=(5, 3)), "b": np.zeros(3)}
    for _ in range(3):
        for k, g in slopes(net, X, y).items():
            net[k] = net[k] - 0.5 * g
        print(objective(net, X, y), accuracy(net, X, y))
"""


CUT_OFF = SHARE.replace("/ len(y)\n\nif", "// len(y)\n\nif")


def networks(tmp_path, text):
    path = tmp_path / "submission.py"
    path.write_text(text)
    return [j for j in check_file(path).judgements if j.concept == "network.other"]


@pytest.mark.parametrize(("text", "causes"), [(SHARE, []), (CUT_OFF, ["accuracy_cut_off"])])
def test_a_share_is_held_against_those_of_its_samples(tmp_path, text, causes):
    network = networks(tmp_path, text)[0]
    assert "accuracy" in (network.found, *network.parts)
    assert [d.cause for d in network.diagnoses] == causes
    assert network.outcome is (Outcome.DIFFERENT if causes else Outcome.SAME)


def test_what_takes_no_part_in_a_network_is_not_called_right_as_one(tmp_path):
    judged = networks(tmp_path, CUT_OFF.replace("accuracy", "right_ones"))
    assert judged
    assert not any("right_ones" in (j.found, *j.parts) for j in judged)
