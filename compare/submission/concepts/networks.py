"""Whole networks of two and three layers, as people write them: classes and functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from compare.submission.concept import Arrangement, Concept, Probe, Role
from compare.submission.concepts import network_forms as forms
from compare.submission.concepts import network_passes as passes
from compare.submission.concepts.network_forms import Form
from compare.submission.concepts.network_meanings import meanings_of
from compare.submission.concepts.probes import ORDINARY, probe
from compare.submission.subject import Subject
from compare.submission.texts import Text

COLUMNS = Text("samples are columns", "サンプルは列方向")
INDEX = Text("targets are class indices", "正解はクラス番号")
CLASSES = ("TwoLayerNet", "TwoLayerNetwork", "TwoLayerNN", "TwoLayerPerceptron", "NeuralNetwork",
           "NeuralNet", "SimpleNN", "SimpleNet", "SimpleNeuralNetwork", "MLP", "Network", "Net",
           "NN", "Model", "MultiLayerPerceptron", "MLPClassifier", "MLPRegressor", "MultiLayerNet",
           "FNN", "DNN", "ANN", "MyNet", "MyNetwork", "MyNN", "ScratchNet", "FeedForwardNetwork",
           "TwoLayer", "ScratchMLP", "NumpyNet", "NumpyMLP", "DeepNet", "ThreeLayerNet",
           "ThreeLayerNN", "ThreeLayerNetwork")  # fmt: skip
FUNCTIONS = ("forward", "predict", "forward_propagation", "forward_pass", "feedforward",
             "forward_prop", "feed_forward", "network", "model")  # fmt: skip
LOOKED_FOR = (
    "a constructor of sizes (input_size, hidden_size, output_size), and weights in params['W1'], "
    "W1, weights[0] or layers[0].W"
)


def _labels(rng: np.random.Generator, sizes: Any) -> np.ndarray:
    """Classes of which all occur where there are as many samples."""
    d = rng.integers(sizes["K"], size=sizes["N"])
    d[0], d[-1] = 0, sizes["K"] - 1
    return d


def _weights(shape: str, factor: float) -> Any:
    def draw(rng: np.random.Generator, sizes: Any) -> np.ndarray:
        return factor * rng.standard_normal([sizes[letter] for letter in shape.split()])

    return draw


def _probe(
    name: str, depth: int, sizes: dict[str, int], about: Text = ORDINARY, role: Role = Role.GENERIC
) -> Probe:
    of = ["I", "H", *(("G",) if depth == 3 else ()), "K"]
    arrays: dict[str, Any] = {"x": "N I", "d": _labels, "x0": "N I", "d0": _labels}
    for k in range(1, depth + 1):
        arrays |= {f"W{k}": _weights(f"{of[k - 1]} {of[k]}", 0.7), f"b{k}": _weights(of[k], 0.5)}
    return probe(f"{name}/{'-'.join(map(str, sizes.values()))}", sizes, arrays, about, role)


def _probes(name: str, depth: int) -> tuple[Probe, ...]:
    square = Text("layers of one size", "すべて同じ大きさの層")
    one = Text("a batch of one sample", "サンプルが 1 つのバッチ")
    return (
        _probe(name, depth, {"N": 6, "I": 3, "H": 5, "G": 7, "K": 4}),
        _probe(name, depth, {"N": 7, "I": 5, "H": 6, "G": 4, "K": 3}),
        _probe(name, depth, {"N": 3, "I": 4, "H": 7, "G": 6, "K": 5}),
        _probe(name, depth, {"N": 5, "I": 4, "H": 4, "G": 4, "K": 4}, square, Role.LEGAL),
        _probe(name, depth, {"N": 2, "I": 3, "H": 5, "G": 4, "K": 2}, Text("two classes", "2 クラス"), Role.LEGAL),
        _probe(name, depth, {"N": 1, "I": 3, "H": 5, "G": 4, "K": 4}, one, Role.OPTIONAL),
    )  # fmt: skip


def _arrangements(depth: int, takes: Callable[[Subject, int], bool]) -> tuple[Arrangement, ...]:
    def arrangement(form: Form, said: Text | None) -> Arrangement:
        return Arrangement(partial(passes.called, depth, form), said, lambda s: takes(s, depth))

    both = Text(f"{COLUMNS.en}, {INDEX.en}", f"{COLUMNS.ja}、{INDEX.ja}")
    return (
        arrangement(Form(), None),
        arrangement(Form(index=True), INDEX),
        arrangement(Form(columns=True), COLUMNS),
        arrangement(Form(columns=True, index=True), both),
    )


def _takes(s: Subject, depth: int) -> bool:
    return forms.takes_class(s, depth) or forms.takes_functions(s, depth)


def _may_be(s: Subject, depth: int) -> bool:
    """Whether it is looked at; a class that cannot be made is, to say what was looked for."""
    if depth == 2:
        return _takes(s, 2) or (forms.is_network(s) and not _takes(s, 3))
    return _takes(s, depth) and not _takes(s, 2)


def _concept(name: str, depth: int, names: tuple[str, ...], formula: str) -> Concept:
    return Concept(
        name,
        "§5",
        formula,
        names,
        _probes(name, depth),
        _arrangements(depth, _takes),
        (),
        takes=lambda s: _may_be(s, depth),
        meanings_of=meanings_of,
        looked_for=LOOKED_FOR,
    )


_TWO = _concept("network", 2, (*CLASSES, *FUNCTIONS), "y = g(f(x W1 + b1) W2 + b2)")
_THREE = _concept(
    "network.three", 3, (*CLASSES, *FUNCTIONS), "y = g(f(f(x W1 + b1) W2 + b2) W3 + b3)"
)

CONCEPTS = (_TWO, _THREE)
