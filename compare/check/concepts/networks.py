"""Whole networks of one to four layers, as people write them: classes and functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.functions import APART, COLUMNS
from compare.check.calling.networks import construct as forms
from compare.check.calling.networks import passes, regression, stacked
from compare.check.calling.networks.by_behaviour import told_of
from compare.check.calling.networks.evidence import gives_outputs, is_own, uses_classes
from compare.check.calling.networks.holding import (
    functions_of,
    has_bias,
    is_whole_loss,
    may_be_one_unit,
    takes_functions,
)
from compare.check.calling.networks.net import NetworkForm
from compare.check.calling.networks.training import training_loop
from compare.check.concept import CallStyle, Concept, Probe, Role
from compare.check.fitting.networks.explanation import meanings_of
from compare.check.i18n.text import Text, joined
from compare.check.naming.grammar import is_loss
from compare.check.naming.network_parameters import plain
from compare.check.naming.network_parts import Part, part_of, speaks_of_loss
from compare.check.probes.probe import ORDINARY, probe
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Definition

OF_WEIGHTS = Text("a loss of the weights, and its gradient", "重みを受け取り、損失と勾配を返す関数")
STACKED = Text(
    "a loss of weights whose first column is the bias", "第 1 列がバイアスの重みを受け取る損失"
)
ONE_UNIT = Text("one unit, whose bias is a number", "バイアスが数値のユニット 1 つ")
VECTOR = Text("one unit, whose weights are a vector", "重みがベクトルのユニット 1 つ")
INSIDE = Text(
    "samples are rows outside and columns inside", "サンプルは外では行方向、内部では列方向"
)
INDEX = Text("targets are class indices", "正解はクラス番号")
SCRIPT = Text(
    "the loop of a script, whose weights are global",
    "スクリプトの学習ループ（重みはグローバル変数）",
)
_GOALS = Text("targets are columns beside samples in rows", "サンプルは行方向、正解は列方向")
_ROWS_BESIDE = Text("targets are rows beside samples in columns", "サンプルは列方向、正解は行方向")
_ROWS_OUT = Text(
    "samples are columns, outputs and targets rows", "サンプルは列方向、出力と正解は行方向"
)
_BACK = Text("the way back takes rows", "逆伝播はサンプルを行方向で受け取る")
_BACK_COLUMNS = Text("the way back takes columns", "逆伝播はサンプルを列方向で受け取る")
_HANDED = Text(
    "the way back is handed the gradient of the outputs, (y - d) / N",
    "逆伝播には出力の勾配 (y - d) / N を渡します",
)
_SINGLE = Text("one output", "出力は 1 つ")
_FLAT = Text("targets are a vector", "正解は 1 次元配列")
# what is tried where a network does not take samples and targets alike, or several outputs
_LAST = (
    (NetworkForm(inside=True, goals="turned"), _GOALS),
    (NetworkForm(columns=True, goals="turned"), _ROWS_BESIDE),
    (NetworkForm(columns=True, goals="turned", outside=True), _ROWS_OUT),
    (NetworkForm(columns=True, back=True), joined(COLUMNS, _BACK)),
    (NetworkForm(back=True), _BACK_COLUMNS),
    (NetworkForm(one=True), _SINGLE),
    (NetworkForm(one=True, columns=True), joined(_SINGLE, COLUMNS)),
    (NetworkForm(one=True, inside=True, goals="turned"), joined(_SINGLE, _GOALS)),
    (NetworkForm(one=True, goals="flat"), joined(_SINGLE, _FLAT)),
    (NetworkForm(one=True, columns=True, goals="flat"), joined(joined(_SINGLE, COLUMNS), _FLAT)),
    (NetworkForm(one=True, inside=True, goals="flat"), joined(joined(_SINGLE, INSIDE), _FLAT)),
)
CLASSES = ("TwoLayerNet", "TwoLayerNetwork", "TwoLayerNN", "TwoLayerPerceptron", "NeuralNetwork",
           "NeuralNet", "SimpleNN", "SimpleNet", "SimpleNeuralNetwork", "MLP", "Network", "Net",
           "NN", "Model", "MultiLayerPerceptron", "MLPClassifier", "MLPRegressor", "MultiLayerNet",
           "FNN", "DNN", "ANN", "MyNet", "MyNetwork", "MyNN", "ScratchNet", "FeedForwardNetwork",
           "TwoLayer", "ScratchMLP", "NumpyNet", "NumpyMLP", "DeepNet", "ThreeLayerNet",
           "ThreeLayerNN", "ThreeLayerNetwork", "Sequential")  # fmt: skip
FUNCTIONS = ("forward", "forward_propagation", "forward_pass", "feedforward",
             "forward_prop", "feed_forward", "network", "model", "predict")  # fmt: skip
MODELS = ("SoftmaxRegression", "SoftmaxClassifier", "LogisticRegression", "LinearRegression",
          "LinearClassifier", "LogisticClassifier", "Perceptron", "SingleLayerNet", "OneLayerNet",
          "SingleLayerNetwork", "SingleLayerPerceptron", "SimpleNet", "LinearModel")  # fmt: skip
ENDINGS = ("net", "network", "nn", "mlp", "perceptron", "classifier", "regressor", "regression",
           "model")  # fmt: skip
LOOKED_FOR = message(
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
    name: str, depth: int, sizes: dict[str, int], about: Text = ORDINARY, role: Role = Role.ORDINARY
) -> Probe:
    of = ["I", *("HGF"[: depth - 1]), "K"]
    arrays: dict[str, Any] = {"x": "N I", "d": _labels, "x0": "N I", "d0": _labels}
    for k in range(1, depth + 1):
        arrays |= {f"W{k}": _weights(f"{of[k - 1]} {of[k]}", 0.7), f"b{k}": _weights(of[k], 0.5)}
    return probe(f"{name}/{'-'.join(map(str, sizes.values()))}", sizes, arrays, about, role)


def _probes(name: str, depth: int) -> tuple[Probe, ...]:
    square = Text("layers of one size", "すべて同じ大きさの層")
    one = Text("a batch of one sample", "サンプルが 1 つのバッチ")

    def sizes(N: int, M: int, H: int, G: int, F: int, K: int) -> dict[str, int]:
        named = {"N": N, "I": M, "H": H, "G": G, "F": F, "K": K}
        return {n: v for n, v in named.items() if n in "NIHGK" or depth == 4}

    return (
        _probe(name, depth, sizes(6, 3, 5, 7, 8, 4)),
        _probe(name, depth, sizes(7, 5, 6, 4, 8, 3)),
        _probe(name, depth, sizes(3, 4, 7, 6, 8, 5)),
        _probe(name, depth, sizes(5, 4, 4, 4, 4, 4), square, Role.EDGE),
        _probe(name, depth, sizes(2, 3, 5, 4, 6, 2), Text("two classes", "2 クラス"), Role.EDGE),
        _probe(name, depth, sizes(1, 3, 5, 4, 6, 4), one, Role.OPTIONAL),
    )  # fmt: skip


def _arrangements(
    depth: int, takes: Callable[[Subject, int], bool], decay: float = 0.0
) -> tuple[CallStyle, ...]:
    def arrangement(form: NetworkForm, said: Text | None, last: bool = False) -> CallStyle:
        form = replace(form, decay=decay)
        call = partial(passes.called, depth, form)
        style = CallStyle(call, said, lambda s: takes(s, depth), last=last)
        if last:
            return replace(style, tells=partial(gives_outputs, call))
        return replace(style, tells=partial(uses_classes, call)) if form.index else style

    def apart(form: NetworkForm, said: Text) -> CallStyle:
        form = replace(form, decay=decay)
        call = partial(passes.called, depth, form)
        fits = partial(_takes_apart, takes, depth)
        return CallStyle(call, said, fits, apart=True)

    columns = Text(f"{APART.en}, a column", f"{APART.ja}（列ベクトル）")
    each_index = Text(f"{APART.en}, {INDEX.en}", f"{APART.ja}、{INDEX.ja}")
    both = Text(f"{COLUMNS.en}, {INDEX.en}", f"{COLUMNS.ja}、{INDEX.ja}")
    inside = Text(f"{INSIDE.en}, {INDEX.en}", f"{INSIDE.ja}、{INDEX.ja}")
    return (
        arrangement(NetworkForm(), None),
        arrangement(NetworkForm(index=True), INDEX),
        replace(
            arrangement(NetworkForm(handed=True), _HANDED), takes=partial(_is_handed, takes, depth)
        ),
        arrangement(NetworkForm(columns=True), COLUMNS),
        arrangement(NetworkForm(columns=True, index=True), both),
        arrangement(NetworkForm(inside=True), INSIDE),
        arrangement(NetworkForm(inside=True, index=True), inside),
        apart(NetworkForm(columns=True, apart="batch"), columns),
        apart(NetworkForm(apart="vector"), APART),
        apart(NetworkForm(columns=True, apart="vector"), APART),
        apart(NetworkForm(columns=True, apart="batch", index=True), each_index),
        apart(NetworkForm(apart="vector", index=True), each_index),
        *(arrangement(form, said, last=True) for form, said in _LAST),
    )


def _takes_apart(takes: Callable[[Subject, int], bool], depth: int, s: Subject) -> bool:
    return takes(s, depth) and forms.one_by_one(s, depth)


def _is_handed(takes: Callable[[Subject, int], bool], depth: int, s: Subject) -> bool:
    return s.found.kind == "class" and takes(s, depth) and forms.may_be_handed(s)


def _losses() -> tuple[CallStyle, ...]:
    """Functions that are a loss of one layer, and its gradient; of one unit as well."""
    units = ((NetworkForm(columns=True), False), (NetworkForm(), False), (NetworkForm(), True))
    of_unit = (partial(regression.of_one_unit, form, vectors) for form, vectors in units)
    said = (COLUMNS, None, None)
    return tuple(
        CallStyle(partial(regression.called, form), said, lambda s: bool(regression.weights_of(s)))
        for form, said in (
            (NetworkForm(index=True), OF_WEIGHTS),
            (NetworkForm(), OF_WEIGHTS),
            (NetworkForm(columns=True, index=True), OF_WEIGHTS),
            (NetworkForm(columns=True), OF_WEIGHTS),
        )
    ) + tuple(
        CallStyle(call, joined(OF_WEIGHTS, text), lambda s: "b1" in regression.weights_of(s))
        for call, text in zip(of_unit, said, strict=True)
    )


def _of_one_unit(biased: bool) -> CallStyle:
    """Functions of one layer with one unit: its weights are a vector, its bias is a number."""
    call = partial(passes.called, 1, NetworkForm(vectors=True))

    def takes(s: Subject) -> bool:
        return may_be_one_unit(s) and _takes_passes(s, 1) and has_bias(s) is biased

    return CallStyle(call, ONE_UNIT if biased else VECTOR, takes)


def _stacked(decay: float = 0.0) -> tuple[CallStyle, ...]:
    """Losses of two layers whose biases are a column of the weights."""
    from_one = Text("targets are class numbers from 1", "正解は 1 から始まるクラス番号")
    targets = ((stacked.ONE_HOT, None), (stacked.FROM_ONE, from_one), (stacked.CLASSES, INDEX))

    def takes(s: Subject) -> bool:
        of = stacked.stack_of(s)
        return of is not None and (bool(of.decays) or not decay)

    return tuple(
        CallStyle(partial(stacked.called, kind, decay), joined(STACKED, said), takes)
        for kind, said in targets
    )


def _of_script(depth: int) -> CallStyle:
    """The training loop of a script."""
    call = partial(training_loop.called, depth)
    return CallStyle(call, SCRIPT, lambda s: training_loop.loop_of(s, depth) is not None)


def _takes(s: Subject, depth: int) -> bool:
    of_loss = depth == 1 and bool(regression.weights_of(s))
    of_loss = of_loss or (depth == 2 and stacked.stack_of(s) is not None)
    return of_loss or training_loop.loop_of(s, depth) is not None or _takes_passes(s, depth)


def _takes_passes(s: Subject, depth: int) -> bool:
    if s.found.kind == "function":
        if told_of(s, depth):
            return True
        if not takes_functions(s, depth):
            return False
        return is_whole_loss(s) or _is_forward_pass(s, depth)
    if depth == 1 and not forms.is_model(s):
        return False
    return forms.takes_class(s, depth) and (_like(s.found) or forms.learns(s, depth))


def _is_forward_pass(s: Subject, depth: int) -> bool:
    """Whether it gives outputs: by its name, or else as a call shows; predict may give classes."""
    said = part_of(s.found.name)
    if said is Part.FORWARD:
        return True
    others = (f for n, f in functions_of(s).items() if part_of(n) is Part.FORWARD)
    if said is Part.PREDICT and any(takes_functions(s.beside(f), depth) for f in others):
        return False
    return passes.gives_outputs(s, depth)


def _may_be(s: Subject, depth: int) -> bool:
    """Whether it is looked at; a class that cannot be made is, to say what was looked for."""
    if depth != 2:
        return _takes(s, depth) and not any(_takes(s, other) for other in _before(depth))
    if _takes(s, 2):
        return True
    if any(plain(name).startswith("add") for name in s.found.methods):
        return False  # layers are added to it: it is a network only with them
    known = plain(s.found.name) in {plain(name) for name in CLASSES}
    return known and forms.is_network(s) and not any(_takes(s, other) for other in (1, 3, 4))


def _before(depth: int) -> tuple[int, ...]:
    """A list of sizes makes a network of any depth: it is one of two layers then."""
    return (2, 3, 4) if depth == 1 else tuple(range(2, depth))


def _like(definition: Definition) -> bool:
    """Whether a class is called after what a network is, or a function after what it does."""
    if definition.kind == "function":
        passes_on = part_of(definition.name) in (Part.FORWARD, Part.PREDICT)
        return passes_on or is_loss(definition.name)
    name = plain(definition.name)
    return name.endswith(ENDINGS) or any(part in name for part in ("neural", "mlp", "layernet"))


def _built_like(definition: Definition) -> bool:
    """Whether a class is made as a network is, a function is some loss, or a script has a loop."""
    name, kind = definition.name, definition.kind
    other_loss = kind == "function" and (speaks_of_loss(name) or training_loop.is_loop(name))
    return other_loss or forms.may_be_network(definition)


def _concept(
    name: str, depth: int, names: tuple[str, ...], formula: str, deeper: tuple[Concept, ...] = ()
) -> Concept:
    plain_network = _network(name, depth, names, formula)
    return replace(plain_network, deeper=(*deeper, _with_decay(plain_network, depth)))


def _with_decay(concept: Concept, depth: int) -> Concept:
    """The same with a penalty on the weights, where a rate of one is asked for."""

    def takes(s: Subject, depth: int) -> bool:
        return forms.has_decay(s) and _takes_passes(s, depth)

    told = ("decay_not_in_gradient", "decay_not_in_some", "decay_differs", "decay_of_biases")
    styles = _arrangements(depth, takes, regression.DECAY)
    styles += _stacked(regression.DECAY) if depth == 2 else ()
    return replace(concept, arrangements=styles, told=told)


def _network(name: str, depth: int, names: tuple[str, ...], formula: str) -> Concept:
    return Concept(
        name,
        "§5",
        formula,
        names,
        _probes(name, depth),
        (
            *_arrangements(depth, _takes_passes),
            *((*_losses(), *map(_of_one_unit, (True, False))) if depth == 1 else ()),
            *(_stacked() if depth == 2 else ()),
            _of_script(depth),
        ),
        (),
        takes=lambda s: _may_be(s, depth),
        meanings_of=meanings_of,
        looked_for=LOOKED_FOR,
        owns=is_own,
        like=_like,
        built_like=_built_like,
    )


_THREE = _concept(
    "network.three", 3, (*CLASSES, *FUNCTIONS), "y = g(f(f(x W1 + b1) W2 + b2) W3 + b3)"
)
# as many layers as sizes are handed in: what the layers share shows in more than two
_TWO = _concept("network", 2, (*CLASSES, *FUNCTIONS), "y = g(f(x W1 + b1) W2 + b2)", (_THREE,))
_FOUR = _concept(
    "network.four", 4, (*CLASSES, *FUNCTIONS), "y = g(f(f(f(x W1 + b1) W2 + b2) W3 + b3) W4 + b4)"
)
_ONE = _concept("network.one", 1, (*MODELS, *CLASSES, *FUNCTIONS), "y = g(x W1 + b1)")

CONCEPTS = (_TWO, _THREE, _FOUR, _ONE)  # in the order in which they are tried
