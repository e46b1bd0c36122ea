"""§1 and §5: the affine map u = x W + b and its gradients, as functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.check.calling.functions import ONE_BY_ONE
from compare.check.calling.one_number import sees_arrays
from compare.check.concept import OF_COLUMNS, ROWS, CallStyle, Concept, Form, Probe, Role
from compare.check.concepts.activations import INTEGERS, ONE_ROW, ONE_SAMPLE, WITH_CACHE, number
from compare.check.i18n.text import Text, joined
from compare.check.naming.arguments import is_upstream
from compare.check.naming.network_parameters import plain
from compare.check.probes.probe import probe
from compare.language.message import message
from compare.oracle import formulas

TRANSPOSED = Text("W is (out, in), as in torch", "W は torch と同じ（出力, 入力）の形")
COLUMNS = Text("samples are columns, W is (out, in)", "サンプルは列方向、W は（出力, 入力）の形")
COLUMNS_IN_OUT = Text("samples are columns, u = W^T x + b", "サンプルは列方向で u = W^T x + b")
SQUARE = Text("as many outputs as inputs", "入力と出力の数が同じ")
ALIKE = Text("as many samples, inputs and outputs", "サンプル、入力、出力の数がすべて同じ")


@dataclass(frozen=True)
class Layout:
    """Which axis samples and outputs are on: how the course's arrays go in, and results come out.

    ``rows``: whether a sample is a row · ``in_out``: whether W is (in, out).
    """

    rows: bool
    in_out: bool
    convention: Text | None

    @property
    def layout(self) -> str:
        """What samples are."""
        return ROWS if self.rows else OF_COLUMNS

    def samples(self, a: Any) -> Any:
        """x, u or delta, in either direction."""
        return a if self.rows else np.transpose(a)

    def weights(self, W: Any) -> Any:
        """W or its gradient, in either direction."""
        return W if self.in_out else np.transpose(W)

    def bias(self, b: np.ndarray) -> np.ndarray:
        """b as it is added: a row, or a column."""
        return b if self.rows else b.reshape(-1, 1)


AS_LISTS = "as lists"  # beside a problem's arrays, where they go in so
_OF_ONE = re.compile(r"\bfor\b|\bouter\(|\breshape\(|\[:, *(?:None|np\.newaxis)\]")
LAYOUTS = (
    Layout(True, True, None),
    Layout(True, False, TRANSPOSED),
    Layout(False, False, COLUMNS),
    Layout(False, True, COLUMNS_IN_OUT),
)
_ROLES = {
    "x": frozenset("x input inputs a aprev z h xin data layerinput".split()),
    "W": frozenset("w weight weights kernel theta w1".split()),
    "b": frozenset("b bias biases b1".split()),
}


def roles(names: tuple[str, ...]) -> tuple[str, ...]:
    """What each parameter is by its name: delta, x, W, b, or "" where it says nothing."""
    return tuple(_role(name) for name in names)


def _role(name: str) -> str:
    if is_upstream(name):
        return "delta"
    return next((role for role, known in _ROLES.items() if plain(name) in known), "")


def order(names: tuple[str, ...], usual: tuple[str, ...]) -> tuple[str, ...] | None:
    """In which order the arrays go in: by the names where all say something, else as usual."""
    said = roles(names)
    if sorted(said) == sorted(usual):
        return said
    return usual if len(names) == len(usual) and not _contradicts(said, usual) else None


def _contradicts(said: tuple[str, ...], usual: tuple[str, ...]) -> bool:
    known = [(s, u) for s, u in zip(said, usual, strict=True) if s in ("W", "b")]
    return any(s != u for s, u in known)


def arranged(layout: Layout, a: Any) -> dict[str, Any]:
    """x, W, b and delta as they go in."""
    given = {
        "x": layout.samples(a["x"]),
        "W": layout.weights(a["W"]),
        "b": layout.bias(a["b"]) if a["x"].ndim > 1 else a["b"],
        **({"delta": layout.samples(a["delta"])} if "delta" in a else {}),
    }
    return {n: v.tolist() for n, v in given.items()} if a.get(AS_LISTS) else given


def _forward(layout: Layout, cached: bool) -> Callable[[Any, Any], Any]:
    def call(s: Any, a: Any) -> Any:
        given = arranged(layout, a)
        u = s.call(*(given[name] for name in order(_names(s), ("x", "W", "b")) or ()))
        if cached:
            u, _ = u
        if isinstance(u, tuple):
            raise ValueError(message("a tuple where one array was expected"))
        return {"u": layout.samples(u)}

    return call


def _one_by_one(layout: Layout) -> Callable[[Any, Any], Any]:
    call = _forward(layout, False)

    def called(s: Any, a: Any) -> Any:
        apart = [call(s, each)["u"] for each in sample_by_sample(s, a)]
        return {"u": np.array(apart) if np.ndim(a["x"]) > 1 else apart[0]}

    return called


def sample_by_sample(s: Any, a: Any) -> Iterator[dict[str, Any]]:
    """Its arrays with one sample of x and delta each; for a file without NumPy to be lists."""
    names = [name for name in ("x", "delta") if name in a and np.ndim(a["x"]) > 1]
    for each in zip(*(a[name] for name in names), strict=True) if names else [()]:
        yield {**a, **dict(zip(names, each, strict=True)), AS_LISTS: not sees_arrays(s)}


def may_be_of_one_sample(s: Any) -> bool:
    """Whether its text goes through what it takes, or makes a product of each with each."""
    return _OF_ONE.search(s.found.source) is not None


def _names(s: Any) -> tuple[str, ...]:
    return s.parameters if len(s.parameters) == 3 else s.required


def _takes_forward(s: Any) -> bool:
    return s.found.kind == "function" and order(_names(s), ("x", "W", "b")) is not None


def generic(name: str) -> tuple[Probe, ...]:
    """Sizes that differ pairwise."""
    arrays = {"x": "N I", "W": "I O", "b": "O", "delta": "N O"}
    sizes = ({"N": 5, "I": 3, "O": 2}, {"N": 4, "I": 2, "O": 7}, {"N": 3, "I": 6, "O": 4})
    return tuple(probe(f"{name}/{i}", s, arrays) for i, s in enumerate(sizes, start=1))


def legal(name: str) -> tuple[Probe, ...]:
    """A square W, one row, and as warnings one sample and whole numbers."""
    arrays = {"x": "N I", "W": "I O", "b": "O", "delta": "N O"}
    whole: Any = lambda rng, sizes: rng.integers(-3, 4, (4, 3))  # noqa: E731
    return (
        probe(f"{name}/square", {"N": 5, "I": 3, "O": 3}, arrays, SQUARE, Role.EDGE),
        probe(f"{name}/all alike", {"N": 4, "I": 4, "O": 4}, arrays, ALIKE, Role.EDGE),
        probe(f"{name}/row", {"N": 1, "I": 3, "O": 2}, arrays, ONE_ROW, Role.EDGE),
        probe(
            f"{name}/integers", {"N": 4, "I": 3, "O": 2}, {**arrays, "x": whole}, INTEGERS,
            Role.OPTIONAL,
        ),
    )  # fmt: skip


def one_sample(name: str) -> Probe:
    """x of one axis."""
    return probe(
        f"{name}/one", {"I": 3, "O": 2}, {"x": "I", "W": "I O", "b": "O"}, ONE_SAMPLE,
        Role.OPTIONAL,
    )  # fmt: skip


def affine(a: Any) -> Any:
    """u = x W + b."""
    return formulas.affine(number(a["x"]), number(a["W"]), number(a["b"]))


FORWARD_MISTAKES: tuple[tuple[Callable[[Any], Any], str, dict[str, str]], ...] = (
    (lambda a: number(a["x"]) @ a["W"], "bias_missing", {}),
    (lambda a: number(a["x"]) @ a["W"] - a["b"], "sign",
     {"what": "b", "formula": "u = x W + b"}),
    (lambda a: number(a["x"]) @ a["W"] + a["b"].sum(), "bias_summed", {}),
    *((lambda a, f=f: formulas.activation(f, affine(a)), "activation_inside", {"other": f})
      for f in ("relu", "sigmoid", "tanh", "softmax", "step_function")),
)  # fmt: skip


def _meaning(f: Callable[[Any], Any], cause: str = "", blanks: Any = None) -> Form:
    return Form(lambda a: {"u": f(a)}, cause, blanks=blanks or {})


AFFINE_NAMES = ("affine", "linear")
_AFFINE = Concept(
    "affine",
    "§1",
    "u = x W + b",
    AFFINE_NAMES,
    (*generic("affine"), *legal("affine"), one_sample("affine")),
    (
        *(CallStyle(_forward(x, False), x.convention, _takes_forward, x.layout)
          for x in LAYOUTS),
        *(CallStyle(_forward(x, True), joined(x.convention, WITH_CACHE), _takes_forward, x.layout)
          for x in LAYOUTS),
        *(CallStyle(_one_by_one(x), joined(x.convention, ONE_BY_ONE),
                    lambda s: _takes_forward(s) and may_be_of_one_sample(s), x.layout)
          for x in LAYOUTS if x.rows),
    ),
    (
        _meaning(affine),
        *(_meaning(f, cause, blanks) for f, cause, blanks in FORWARD_MISTAKES),
    ),
    lambda side, a: {"u": side.get("affine.affine")(a["x"], a["W"], a["b"])},
    lambda s: s.found.kind == "function" and len(_names(s)) == 3,
)  # fmt: skip

CONCEPTS = (_AFFINE,)
