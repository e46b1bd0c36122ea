"""First weights of all layers: drawn by the sizes, not equal, and not twice the same."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.check.calling.first_weights import (
    SAYS_OUTPUTS,
    Layer,
    count_of,
    drawn_twice,
    equal_units,
    makes_weights,
    of_list,
    of_list_and_draw,
    of_nothing,
    of_numbers,
    sizes_by_default,
)
from compare.check.concept import Arrays, CallStyle, Concept, Form, Tried
from compare.check.concepts.data.initial_weights import VARIANCES, Variance
from compare.check.i18n.text import Text
from compare.check.naming.source_tree import docstring_of
from compare.check.probes.probe import constant, drawn
from compare.check.subject import Subject
from compare.sandbox.interface import Failed

_SPREADS = 6.0  # of a deviation of drawn numbers: nearer than that it is the same
_ROUNDING = 1e-9  # of roots of quotients
_LARGEST = 2.0  # of a deviation that depends on no size: beyond that every unit saturates
_BY_INPUTS = ("1/n_in", "2/n_in", "1/(3 n_in)")
_BY_OUTPUTS = ("1/n_out", "2/n_out", "1/(3 n_out)")
_BY_BOTH = ("2/(n_in + n_out)", "4/(n_in + n_out)")
_RIGHT = (*_BY_INPUTS, *_BY_BOTH, *_BY_OUTPUTS)
# what comes of a forgotten root, of a product for a quotient, of a limit taken for a deviation
_WRONG: Mapping[str, str] = {
    "(1/n_in)^2": "1/n_in", "(2/n_in)^2": "2/n_in", "2/n_in^2": "2/n_in", "n_in/2": "2/n_in",
    "n_in": "1/n_in", "2 n_in": "2/n_in", "(2/n_out)^2": "2/n_out", "6/n_in": "2/n_in",
    "(2/(n_in + n_out))^2": "2/(n_in + n_out)", "6/(n_in + n_out)": "2/(n_in + n_out)",
}  # fmt: skip
NAME = "weights_of_layers"
_UNLIKE = Text("no two layers, and no units, start alike",
               "層どうし、ユニットどうしの初期値は互いに異なる")  # fmt: skip


def _sizes(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    return {"sizes": np.array([sizes[n] for n in "ABCDE"])}


def _called(way: Callable[[Subject, Arrays], list[Layer]]) -> Callable[[Subject, Arrays], Any]:
    """The deviation of every weight; whether hidden units, and draws, are unlike."""

    def call(s: Subject, a: Arrays) -> Any:
        layers = way(s, a)
        known = s.made.setdefault(NAME, {})
        key = tuple(a["sizes"])
        if key not in known:
            others = [n for n in _problems if tuple(n) != key]
            known |= _settled({key: layers} | {tuple(n): way(s, {"sizes": n}) for n in others})
        before = known[key]
        layers = [_again(*each) for each in zip(layers, before, strict=False)]
        told = {"unlike": float(not equal_units(layers)),
                "drawn_anew": float(not drawn_twice(layers))}  # fmt: skip
        if way in (of_nothing, of_list_and_draw):  # of few numbers, or of ours, it says nothing
            return told
        return {f"deviation/{layer.name}": layer.deviation for layer in layers} | told

    return call


def _again(layer: Layer, before: Layer) -> Layer:
    """With the deviation that was settled for the draw before, if it is drawn as that was."""
    apart = abs(layer.weights.std() - before.weights.std())
    near = apart <= math.sqrt(2) * _SPREADS * _spread(layer) * before.weights.std()
    return replace(layer, deviation=before.deviation) if near else layer


def _spread(layer: Layer) -> float:
    """How far a deviation of so many numbers is from that which they are drawn with, relatively."""
    return 1 / math.sqrt(2 * layer.weights.size)


def _settled(drawn: Mapping[Any, list[Layer]]) -> dict[Any, list[Layer]]:
    """With the deviations of one variance that those of all sizes are near to.

    One draw alone is near to several: of 0.1, of 2/n_out where n_out is 200.
    """
    if len({len(layers) for layers in drawn.values()}) > 1:
        return dict(drawn)
    told = [_of_one_variance(each) for each in zip(*drawn.values(), strict=True)]
    return dict(zip(drawn, map(list, zip(*told, strict=True)), strict=True))


def _of_one_variance(layers: Sequence[Layer]) -> list[Layer]:
    """The same weights for every size, with the deviations of what they are drawn by."""
    rounded = {layer.rounded**2 for layer in layers}
    named = [VARIANCES[name] for name in (*_RIGHT, *_WRONG)]
    constants: list[Variance] = [lambda i, o, of=of: of for of in rounded]  # type: ignore[misc]
    for variances in (named, constants, [variance for variance, _ in _solved(layers[0])]):
        best = min(variances, key=lambda v: _distance(v, layers))
        if _distance(best, layers) <= _SPREADS:
            return [replace(n, deviation=math.sqrt(best(*n.fans))) for n in layers]
    return list(layers)


def _distance(variance: Variance, layers: Sequence[Layer]) -> float:
    """How many spreads the farthest of them is away from it."""
    wanted = [math.sqrt(variance(*layer.fans)) for layer in layers]
    return max(abs(n.deviation / w - 1) / _spread(n) if w else math.inf
               for n, w in zip(layers, wanted, strict=True))  # fmt: skip


def _solved(layer: Layer) -> list[tuple[Variance, str]]:
    """The variances of one number that a layer tells, each with how it is written."""
    inside, outside = layer.fans
    of = layer.deviation**2
    share = of * inside, of * outside, of * (inside + outside)
    return [
        (lambda i, o: of, f"{of:.3g}"),
        (lambda i, o: share[0] / i, f"{share[0]:.3g}/n_in"),
        (lambda i, o: share[1] / o, f"{share[1]:.3g}/n_out"),
        (lambda i, o: share[2] / (i + o), f"{share[2]:.3g}/(n_in + n_out)"),
    ]


# ----- what it should be


def _meanings(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
    runs = [(trial.numbers(p), trial.ran(arrangement, p).values) for p in trial.concept.probes]
    made = trial.subject.made.get(NAME, {})
    of = [made.get(tuple(a["sizes"]), []) for a, _ in runs]
    if len({len(layers) for layers in of}) > 1 or any("unlike" not in v for _, v in runs):
        return (Form(lambda a: {}),)
    told = [each for each in zip(*of, strict=True) if f"deviation/{each[0].name}" in runs[0][1]]
    rules = [_Rule.of(each) for each in told]
    told_by = [r for r in rules if r]
    if len(told_by) < len(rules):
        return (Form(lambda a: {}),)
    return tuple(_forms(told_by, [v for _, v in runs], _are_misread(trial.subject, told_by)))


@dataclass(frozen=True)
class _Rule:
    """By which variance the weights of one place are drawn, of every problem; and should be."""

    name: str
    fans: tuple[tuple[int, int], ...]
    variance: Variance
    written: str
    should: str = ""

    @staticmethod
    def of(layers: Sequence[Layer]) -> _Rule | None:
        """None where none is known."""
        fans = tuple(layer.fans for layer in layers)

        def fits(variance: Variance) -> bool:
            wanted = [math.sqrt(variance(*each)) for each in fans]
            given = (layer.deviation for layer in layers)
            return all(abs(d - w) <= _ROUNDING * w for d, w in zip(given, wanted, strict=True))

        for name in (*_RIGHT, *_WRONG):
            if fits(VARIANCES[name]):
                return _Rule(layers[0].name, fans, VARIANCES[name], name, _WRONG.get(name, ""))
        for variance, written in _solved(layers[0]):
            if fits(variance):
                large = "n" not in written and layers[0].deviation > _LARGEST
                return _Rule(layers[0].name, fans, variance, written, "1/n_in" if large else "")
        return None

    def deviation(self, variance: Variance, problem: int) -> Any:
        """What its deviation is in a problem."""
        value = math.sqrt(variance(*self.fans[problem]))
        return constant(np.array(value), _ROUNDING * value)


def _are_misread(s: Subject, rules: Sequence[_Rule]) -> bool:
    """Whether all count the outputs, of which its text says nothing, and what draws weights beside
    it counts the inputs.
    """
    by_outputs = bool(rules) and all(r.written in _BY_OUTPUTS for r in rules)
    said = f"{s.found.name} {docstring_of(s.found.source)}"
    if not by_outputs or SAYS_OUTPUTS.search(said):
        return False
    others = [set(_written(s.beside(d))) for d in s.inventory.functions if d.name != s.found.name]
    return any(o and o <= {*_BY_INPUTS} for o in others) and not any(
        o & {*_BY_OUTPUTS} for o in others
    )


def _written(s: Subject) -> Iterator[str]:
    """By which variances a function draws the weights of all layers; none where it does not."""
    if not makes_weights(s.found):
        return
    for style in CONCEPT.arrangements:
        try:
            if style.takes(s):
                style.call(s, {"sizes": _problems[0]})
        except (Failed, ValueError):
            continue
        made = s.made.get(NAME, {})
        for layers in zip(*(made.get(tuple(n), []) for n in _problems), strict=False):
            rule = _Rule.of(layers)
            yield rule.written if rule else ""


def _forms(rules: Sequence[_Rule], values: Sequence[Arrays], are_misread: bool) -> Iterator[Form]:
    """The right form, and that with what is wrong in it."""
    wrong = {r.name: (r.written, r.should) for r in rules if r.should}
    if are_misread:
        wrong = {r.name: (r.written, r.written.replace("n_out", "n_in")) for r in rules}
    if not wrong:
        inside = [r for r in rules if r.written in _BY_INPUTS]
        outside = [r for r in rules if r.written in _BY_OUTPUTS]
        less, more = sorted((inside, outside), key=lambda those: (len(those), those is inside))
        wrong = {r.name: (r.written, more[0].written) for r in less}
    alike = not all(v["unlike"] for v in values)
    # of 0 it is shown; what is amiss is that units are alike
    instead = wrong | {r.name: ("0", "1/n_in") for r in rules if alike and r.written == "0"}
    said = ", ".join(dict.fromkeys(r.written for r in rules))
    drawn_by = Text(f"variances {said}", f"分散 {said}") if rules else _UNLIKE

    def formula(given: bool) -> Callable[[Any], Any]:
        def of(a: Any) -> Any:
            k = next(k for k, v in enumerate(_problems) if np.array_equal(v, a["sizes"]))
            told = {
                f"deviation/{r.name}": r.deviation(
                    r.variance if given or r.name not in instead
                    else VARIANCES[instead[r.name][1]], k
                ) for r in rules
            }  # fmt: skip
            flags = {n: values[k][n] if given else 1.0 for n in ("unlike", "drawn_anew")}
            return told | {n: constant(np.array(float(v))) for n, v in flags.items()}

        return of

    yield Form(formula(False), convention=drawn_by)
    causes: list[tuple[str, Mapping[str, str]]] = []
    causes += [("init_equal", {})] if alike else []
    causes += [("init_drawn_again", {})] if not all(v["drawn_anew"] for v in values) else []
    causes += [("init_variance_of", {"name": n, "is": i, "should": o})
               for n, (i, o) in wrong.items()]  # fmt: skip
    if causes:
        yield Form(formula(True), causes[0][0], blanks=causes[0][1], further=tuple(causes[1:]))


def _takes_list(s: Subject) -> bool:
    return bool(sizes_by_default(s)) or 1 <= count_of(s) <= 2


_PROBES = tuple(
    drawn(f"{NAME}/{n}", dict(zip("ABCDE", sizes, strict=True)), _sizes)
    for n, sizes in (("narrower", (330, 250, 200, 150, 120)), ("wider", (160, 230, 290, 370, 450)))
)
_problems = [np.array([p.case.sizes[n] for n in "ABCDE"]) for p in _PROBES]
CONCEPT = Concept(
    NAME,
    "§4",
    "Var W = 1/n_in, 2/n_in or 2/(n_in + n_out), b = 0",
    (),
    _PROBES,
    (
        CallStyle(_called(of_list), takes=_takes_list),
        CallStyle(_called(of_list_and_draw), takes=lambda s: count_of(s) == 2),
        CallStyle(_called(of_numbers), takes=lambda s: 2 <= count_of(s) <= 5),
        CallStyle(_called(of_nothing), takes=lambda s: not count_of(s) and not sizes_by_default(s)),
    ),
    (),
    takes=lambda s: makes_weights(s.found),
    meanings_of=_meanings,
    like=makes_weights,
    only_explained=True,
)
