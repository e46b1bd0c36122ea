"""First weights of all layers of a network: drawn by the sizes, not equal, and not twice the same.

Which array is which weight its shape says: no two sizes that are handed over are equal.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.check.calling.settings import settings_of
from compare.check.concept import Arrays, CallStyle, Concept, Form, Tried
from compare.check.concepts.data.initial_weights import VARIANCES, Variance
from compare.check.i18n.text import Text
from compare.check.naming.network_parameters import needed
from compare.check.probes.probe import constant, drawn
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Definition, Failed

_DRAWS = re.compile(r"\brand|normal\(|uniform\(|gauss\(|zeros\(|ones\(|full\(")
_NEAR = 0.02  # of deviations of 50,000 numbers: six times what they are known to
_ROUNDING = 1e-9  # of roots of quotients
_SAME = 0.999  # a correlation that no two draws of so many numbers have
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


@dataclass(frozen=True)
class Layer:
    """The weights between two layers, by the name of their place, with the outputs as rows."""

    name: str
    weights: np.ndarray
    deviation: float

    @property
    def fans(self) -> tuple[int, int]:
        """How many inputs, and how many outputs."""
        outside, inside = self.weights.shape
        return inside, outside


def _sizes(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    return {"sizes": np.array([sizes[n] for n in "ABCDE"])}


def _taken(s: Subject) -> list[str]:
    settings = settings_of(s)
    return [p.name for p in needed(s.found.parameters) if p.name not in settings]


def _of_numbers(s: Subject, a: Arrays) -> Any:
    sizes = [int(n) for n in a["sizes"][: len(_taken(s))]]
    return _measured(s, _made(s, *sizes), sizes)


def _of_list(s: Subject, a: Arrays) -> Any:
    """Sizes in one list; whatever has to be given beside them is a seed."""
    sizes = [int(n) for n in a["sizes"][:3]]
    beside = [3] * (len(_taken(s)) - 1)
    return _measured(s, _made(s, sizes, *beside), sizes)


def _made(s: Subject, *args: Any) -> Any:
    """What it gives; what cannot be called with sizes makes something else.   Raises ValueError."""
    try:
        return s.call(*args, **settings_of(s))
    except Failed as failed:
        raise ValueError(message("weights between all layers were expected")) from failed


def _measured(s: Subject, made: Any, sizes: Sequence[int]) -> Any:
    """The deviation of every weight; whether hidden units, and draws, are unlike.

    Raises ValueError.
    """
    layers = list(_layers(list(_arrays(made)), sizes))
    if isinstance(made, np.ndarray) or not layers:
        raise ValueError(message("weights between all layers were expected"))
    before = s.made.setdefault(NAME, {})
    again = [before[tuple(sizes)]] if tuple(sizes) in before else []
    layers = [_snapped(layer, [each[k] for each in again or before.values()], bool(again))
              for k, layer in enumerate(layers)]  # fmt: skip
    before[tuple(sizes)] = layers
    equal = [_is_equal(x.weights.T) and _is_equal(y.weights)
             for x, y in zip(layers[1:], layers[:-1], strict=True)]  # fmt: skip
    told = {f"deviation/{layer.name}": layer.deviation for layer in layers}
    return told | {"unlike": float(not any(equal)), "drawn_anew": float(not _is_twice(layers))}


def _snapped(layer: Layer, before: Sequence[Layer], again: bool) -> Layer:
    """With the deviation of a variance that it is near to: a known one, or that of other sizes.

    ``again``: or of the same ones, drawn once more.
    """
    near = [math.sqrt(VARIANCES[name](*layer.fans)) for name in (*_RIGHT, *_WRONG)]
    near += [math.sqrt(variance(*layer.fans)) for b in before for variance, _ in _solved(b)]
    near = [b.deviation for b in before] if again else [*near, float(f"{layer.deviation:.1g}")]
    best = min(near, key=lambda each: abs(each - layer.deviation))
    fits = abs(best - layer.deviation) <= _NEAR * best
    return replace(layer, deviation=best) if fits else layer


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


def _is_equal(rows: np.ndarray) -> bool:
    return bool((rows == rows[0]).all())


def _is_twice(layers: Sequence[Layer]) -> bool:
    """Whether two have the same numbers, but for a factor, from first to last."""
    flat = [layer.weights.ravel() for layer in layers if layer.weights.std() > 0]
    turned = [layer.weights.T.ravel() for layer in layers if layer.weights.std() > 0]
    for way in (flat, turned):
        for k, a in enumerate(way):
            for b in way[:k]:
                both = min(len(a), len(b))
                if abs(np.corrcoef(a[:both], b[:both])[0, 1]) > _SAME:
                    return True
    return False


def _arrays(value: Any, path: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """Every array in it, by its place; lists of numbers are arrays as well."""
    if isinstance(value, np.ndarray):
        yield path, value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _arrays(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)) and value:
        plain = all(isinstance(v, (int, float)) for v in value)
        rows = all(isinstance(v, list) and v and isinstance(v[0], float) for v in value)
        if plain or rows and len({len(v) for v in value}) == 1:
            yield path, np.asarray(value, float)
            return
        for k, each in enumerate(value):
            yield from _arrays(each, f"{path}[{k}]")


def _layers(found: Sequence[tuple[str, np.ndarray]], sizes: Sequence[int]) -> Iterator[Layer]:
    """The weights between neighbours, each found once, in their order; none where one is not.

    The outputs of all layers but none of the inputs may have biases: these say where it begins.
    """
    by_size = {frozenset(v.shape): (n, v) for n, v in found if v.ndim == 2 and min(v.shape) > 1}
    used = [n for n in sizes if any(n in pair for pair in by_size)]
    biased = {v.size for _, v in found if v.size in used}
    if used and used[0] in biased and used[-1] not in biased:
        used.reverse()
    pairs = list(zip(used[:-1], used[1:], strict=True))
    if len(pairs) != sum(v.ndim == 2 and min(v.shape) > 1 for _, v in found):
        return
    if any(frozenset(pair) not in by_size for pair in pairs):
        return
    for inside, outside in pairs:
        name, weights = by_size[frozenset((inside, outside))]
        rows = weights if weights.shape == (outside, inside) else weights.T
        yield Layer(name, rows, float(rows.std()))


def _makes_weights(definition: Definition) -> bool:
    """Whether it draws something, and has to be given no more than sizes."""
    names = [p.name for p in needed(definition.parameters)]
    draws = definition.kind == "function" and _DRAWS.search(definition.source)
    return bool(draws) and 1 <= len(names) <= 5 and "return" in definition.source


# ----- what it should be


def _meanings(trial: Tried, arrangement: CallStyle) -> tuple[Form, ...]:
    runs = [(trial.numbers(p), trial.ran(arrangement, p).values) for p in trial.concept.probes]
    made = trial.subject.made.get(NAME, {})
    of = [next((v for k, v in made.items() if k == tuple(a["sizes"][: len(k)])), None)
          for a, _ in runs]  # fmt: skip
    if any(layers is None for layers in of) or any("unlike" not in v for _, v in runs):
        return (Form(lambda a: {}),)
    rules = [_Rule.of([x for x in each if x]) for each in zip(*[v or () for v in of], strict=True)]
    if any(rule is None for rule in rules):
        return (Form(lambda a: {}),)
    return tuple(_forms([r for r in rules if r], [v for _, v in runs]))


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


def _forms(rules: Sequence[_Rule], values: Sequence[Arrays]) -> Iterator[Form]:
    """The right form, and that with what is wrong in it."""
    wrong = {r.name: (r.written, r.should) for r in rules if r.should}
    if not wrong:
        inside = [r for r in rules if r.written in _BY_INPUTS]
        outside = [r for r in rules if r.written in _BY_OUTPUTS]
        less, more = sorted((inside, outside), key=lambda those: (len(those), those is inside))
        wrong = {r.name: (r.written, more[0].written) for r in less}
    said = ", ".join(dict.fromkeys(r.written for r in rules))
    drawn_by = Text(f"variances {said}", f"分散 {said}")

    def formula(given: bool) -> Callable[[Any], Any]:
        def of(a: Any) -> Any:
            k = next(k for k, v in enumerate(_problems) if np.array_equal(v, a["sizes"]))
            told = {
                f"deviation/{r.name}": r.deviation(
                    r.variance if given or r.name not in wrong else VARIANCES[wrong[r.name][1]], k
                ) for r in rules
            }  # fmt: skip
            flags = {n: values[k][n] if given else 1.0 for n in ("unlike", "drawn_anew")}
            return told | {n: constant(np.array(float(v))) for n, v in flags.items()}

        return of

    yield Form(formula(False), convention=drawn_by)
    causes: list[tuple[str, Mapping[str, str]]] = []
    causes += [("init_equal", {})] if not all(v["unlike"] for v in values) else []
    causes += [("init_drawn_again", {})] if not all(v["drawn_anew"] for v in values) else []
    causes += [("init_variance_of", {"name": n, "is": i, "should": o})
               for n, (i, o) in wrong.items()]  # fmt: skip
    if causes:
        yield Form(formula(True), causes[0][0], blanks=causes[0][1], further=tuple(causes[1:]))


_PROBES = tuple(
    drawn(f"{NAME}/{n}", dict(zip("ABCDE", sizes, strict=True)), _sizes)
    for n, sizes in (("narrower", (410, 330, 270, 190, 150)), ("wider", (160, 230, 290, 370, 450)))
)
_problems = [np.array([p.case.sizes[n] for n in "ABCDE"]) for p in _PROBES]
CONCEPT = Concept(
    NAME,
    "§4",
    "Var W = 1/n_in, 2/n_in or 2/(n_in + n_out), b = 0",
    (),
    _PROBES,
    (
        CallStyle(_of_list, takes=lambda s: 1 <= len(_taken(s)) <= 2),
        CallStyle(_of_numbers, takes=lambda s: 2 <= len(_taken(s)) <= 5),
    ),
    (),
    takes=lambda s: _makes_weights(s.found),
    meanings_of=_meanings,
    like=_makes_weights,
    only_explained=True,
)
