"""First weights, by what they are drawn from: mean 0, and the deviation that the sizes ask for."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from compare.check.calling.first_weights import FAN_OUT, INPUTS, OUT_FIRST, SAYS_OUTPUTS
from compare.check.calling.settings import settings_of
from compare.check.concept import Arrays, CallStyle, Concept, Form
from compare.check.i18n.text import Text
from compare.check.naming.network_parameters import needed, plain
from compare.check.naming.source_tree import docstring_of
from compare.check.probes.probe import constant, drawn
from compare.check.subject import Subject
from compare.language.message import message

# of 120,000 numbers the deviation is known to 0.2%: seven times that, and the means likewise
_LARGE, _NEAR = 7.0, 0.015
_OUT_FIRST = re.compile(
    r"(n|num|dim|size|fan)?_?(out|output|outputs|units)(put)?(_?(size|dim|features))?"
)
_SAYS_IN, _SAYS_OUT = (re.compile(rf"fan[-_ ]?{which}", re.IGNORECASE) for which in ("in", "out"))
# a text that says by what it is divided
_OVER_IN = re.compile(
    r"/\s*\(?\s*(the )?(number of )?(n_?|fan[-_ ]?)?(in(puts?)?\b|入力)", re.IGNORECASE
)
_OF, _IN, _OUT = r"(?:\w*_)?", r"in\w*", r"out\w*"
# weights that are stored as (out, in), and as (in, out): in a text, or by what a shape is taken for
_STORED_OUT_FIRST, _STORED_IN_FIRST = (
    re.compile(
        rf"(?:stored|shape|weights?|matrix|W)\b[^.\n()]*\({_OF}{one}, ?{_OF}{other}\)"
        rf"|\b{_OF}{one}, ?{_OF}{other} *= *\w*shape\b"
        rf"|\b{_OF}{_IN} *= *\w*shape\[{at}\]"
    )
    for one, other, at in ((_OUT, _IN, 1), (_IN, _OUT, 0))
)
Variance = Callable[[float, float], float]
VARIANCES: Mapping[str, Variance] = {
    "1/n_in": lambda i, o: 1 / i,
    "2/n_in": lambda i, o: 2 / i,
    "1/n_out": lambda i, o: 1 / o,
    "2/n_out": lambda i, o: 2 / o,
    "2/(n_in + n_out)": lambda i, o: 2 / (i + o),
    "4/(n_in + n_out)": lambda i, o: 4 / (i + o),
    "1/(n_in + n_out)": lambda i, o: 1 / (i + o),
    "6/(n_in + n_out)": lambda i, o: 6 / (i + o),
    "6/n_in": lambda i, o: 6 / i,
    "2/(3 n_in)": lambda i, o: 2 / (3 * i),
    "2/(3 n_out)": lambda i, o: 2 / (3 * o),
    "1/(3 n_in)": lambda i, o: 1 / (3 * i),
    "1/(3 n_out)": lambda i, o: 1 / (3 * o),
    "2/(3 (n_in + n_out))": lambda i, o: 2 / (3 * (i + o)),
    "1/(2 n_in)": lambda i, o: 1 / (2 * i),
    "4/n_in": lambda i, o: 4 / i,
    "(1/n_in)^2": lambda i, o: 1 / i**2,
    "(2/n_in)^2": lambda i, o: 4 / i**2,
    "(2/n_out)^2": lambda i, o: 4 / o**2,
    "2/n_in^2": lambda i, o: 2 / i**2,
    "(2/(n_in + n_out))^2": lambda i, o: 4 / (i + o) ** 2,
    "n_in/2": lambda i, o: i / 2,
    "n_in": lambda i, o: i,
    "2 n_in": lambda i, o: 2 * i,
    "1": lambda i, o: 1.0,
    "1/3": lambda i, o: 1 / 3,
    "0.01^2": lambda i, o: 1e-4,
    "0": lambda i, o: 0.0,
}  # fmt: skip


def _sizes(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    return {"inside": np.array(sizes["I"]), "outside": np.array(sizes["O"])}


def _taken(s: Subject) -> list[str]:
    settings = settings_of(s)
    return [p.name for p in needed(s.found.parameters) if p.name not in settings]


def _of_two(s: Subject, a: Arrays) -> Any:
    both = int(a["inside"]), int(a["outside"])
    first = _taken(s)[0]
    return _measured(s, both[::-1] if _OUT_FIRST.fullmatch(first.lower()) else both, a)


def _of_shape(s: Subject, a: Arrays) -> Any:
    return _measured(s, ((int(a["inside"]), int(a["outside"])),), a)


def _of_shape_out_first(s: Subject, a: Arrays) -> Any:
    return _measured(s, ((int(a["outside"]), int(a["inside"])),), a)


def _has_out_first(s: Subject) -> bool:
    """Whether its submission says that weights are of (out, in), and not of (in, out)."""
    text = "\n".join(d.source for d in s.inventory.found)
    return bool(_STORED_OUT_FIRST.search(text)) and not _STORED_IN_FIRST.search(text)


def _measured(s: Subject, handed: tuple[Any, ...], a: Arrays) -> Any:
    """Its deviation, as the variance of a formula where it is near one; whether its mean is 0.

    Raises ValueError.
    """
    sizes = int(a["inside"]), int(a["outside"])
    weights = np.asarray(s.call(*handed, **settings_of(s)))
    if sorted(weights.shape) != sorted(sizes) or weights.dtype.kind != "f":
        raise ValueError(message("weights between all inputs and outputs were expected"))
    deviation = float(weights.std())
    if abs(float(weights.mean())) > _LARGE * deviation / math.sqrt(weights.size):
        return {"centred": 0.0}
    near = (math.sqrt(v(*sizes)) for v in VARIANCES.values())
    known = next((each for each in near if abs(deviation - each) <= _NEAR * each), deviation)
    return {"centred": 1.0, "deviation": known}


def _form(
    of: str,
    cause: str = "",
    convention: Text | None = None,
    centred: bool = True,
    takes: Callable[[Subject], bool] = lambda s: True,
    said: Mapping[str, str] | None = None,
) -> Form:
    def formula(a: Any) -> Any:
        deviation = math.sqrt(VARIANCES[of](float(a["inside"]), float(a["outside"])))
        return {
            "centred": constant(np.array(float(centred))),
            "deviation": constant(np.array(deviation)),
        }

    return Form(formula, cause, convention, said or {}, takes)


def _names_fan_in(s: Subject) -> bool:
    said, text = s.found.source, docstring_of(s.found.source)
    named = bool(_SAYS_IN.search(said)) and not _SAYS_OUT.search(said)
    return named or bool(_OVER_IN.search(text)) and not SAYS_OUTPUTS.search(text)


def _open(s: Subject) -> bool:
    return not _names_fan_in(s)


def _forms(right: Mapping[str, Text | None], by_outputs: str) -> Iterator[Form]:
    """``by_outputs``: right of those who count the outputs, and of no code that says fan-in."""
    said = {"should": " or ".join(n for n, text in right.items() if text is None)}
    for of, text in right.items():
        yield _form(of, convention=text)
    fan_out = Text(f"{FAN_OUT}: variance {by_outputs}", f"{FAN_OUT} 型: 分散 {by_outputs}")
    yield _form(by_outputs, convention=fan_out, takes=_open)
    yield _form(by_outputs, "init_variance", takes=_names_fan_in, said=said | {"is": by_outputs})
    for of in VARIANCES:
        if of not in (*right, by_outputs):
            yield _form(of, "init_variance", said=said | {"is": of})
    yield _form("1", "init_not_centred", centred=False)


def _concept(name: str, formula: str, forms: Iterator[Form]) -> Concept:
    def takes(count: int) -> Callable[[Subject], bool]:
        return lambda s: s.found.kind == "function" and len(_taken(s)) == count

    def of_shape(out_first: bool) -> Callable[[Subject], bool]:
        return lambda s: (
            takes(1)(s)
            and plain(_taken(s)[0]) in ("shape", "size", "dims")
            and _has_out_first(s) is out_first
        )

    return Concept(
        name,
        "§4",
        formula,
        (name,),
        (
            drawn(f"{name}/more inputs", {"I": INPUTS[0], "O": 300}, _sizes),
            drawn(f"{name}/more outputs", {"I": INPUTS[1], "O": 520}, _sizes),
        ),
        (
            CallStyle(_of_two, takes=takes(2)),
            CallStyle(_of_shape, takes=of_shape(False)),
            CallStyle(_of_shape_out_first, OUT_FIRST, of_shape(True)),
        ),
        tuple(forms),
        takes=lambda s: s.found.kind == "function",
        only_explained=True,
        told_by_edits=True,
    )


_MEAN = Text("of inputs and outputs on average", "入力数と出力数の平均による")
_SMALL = Text("uniform up to 1/sqrt(n)", "±1/sqrt(n) の一様分布")
CONCEPTS = (
    _concept(
        "he_init", "Var W = 2/n_in",
        _forms({"2/n_in": None, "4/(n_in + n_out)": _MEAN}, "2/n_out"),
    ),
    _concept(
        "xavier_init", "Var W = 2/(n_in + n_out), or 1/n_in",
        _forms({"1/n_in": None, "2/(n_in + n_out)": None, "1/(3 n_in)": _SMALL,
                "1/(3 n_out)": _SMALL}, "1/n_out"),
    ),
)  # fmt: skip
