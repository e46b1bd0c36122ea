"""First weights of all layers of a network: what gives them, called with sizes of ours.

Which array is which weight its shape says: no two sizes that are handed over are equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.check.calling.settings import settings_of
from compare.check.concept import Arrays
from compare.check.i18n.text import Text
from compare.check.naming.grammar import words
from compare.check.naming.network_parameters import needed
from compare.check.subject import Subject
from compare.language.message import message
from compare.sandbox.interface import Definition, Failed, Handle

INPUTS = (400, 210)  # of the problems that weights of one array are drawn for
NAMES = ("he_init", "xavier_init")  # the concepts of these
FAN_OUT = "fan-out"  # how the convention is called that counts the outputs
OUT_FIRST = Text("weights are (outputs, inputs)", "重みの形は（出力数, 入力数）")
SAYS_OUTPUTS = re.compile(r"out|出力", re.IGNORECASE)
_FILLS = re.compile(r"\bnp\.(\w{4,})\(")  # np.random.normal does not match: it draws
_DRAWS = re.compile(r"\brand|normal\(|uniform\(|gauss\(|zeros\(|ones\(|full\(")
_SAME = 0.999  # a correlation that no two draws of so many numbers have
_DEPTH = 3  # sizes in a list
_OURS = """lambda *a: next(
    (g for g in a if hasattr(g, "standard_normal")), __import__("numpy").random
).standard_normal([n for n in a if type(n) is int][:2])"""  # by the generator that it is handed
_ITEM = re.compile(r"\[\d+\](?!.*\[\d+\])")


@dataclass(frozen=True)
class Layer:
    """The weights between two layers, by the name of their place, with the outputs as rows.

    ``inside``: how many inputs · a bias of each output may stand in its row.
    """

    name: str
    weights: np.ndarray
    inside: int
    deviation: float

    @property
    def fans(self) -> tuple[int, int]:
        """How many inputs, and how many outputs."""
        return self.inside, len(self.weights)

    @property
    def rounded(self) -> float:
        """The deviation to one digit."""
        return float(f"{self.deviation:.1g}")


def makes_weights(definition: Definition) -> bool:
    """Whether it draws something, and has to be given no more than sizes.

    What is called zeros, as the function that fills it, is to be them, to show what comes of that.
    """
    filled = _FILLS.findall(definition.source)
    if any(f.startswith(word) for word in words(definition.name) if len(word) > 3 for f in filled):
        return False
    names = [p.name for p in needed(definition.parameters)]
    draws = definition.kind == "function" and _DRAWS.search(definition.source)
    return bool(draws) and len(names) <= 5 and "return" in definition.source


def count_of(s: Subject) -> int:
    """How many things it has to be given."""
    settings = settings_of(s)
    return len([p for p in needed(s.found.parameters) if p.name not in settings])


def sizes_by_default(s: Subject) -> str:
    """The first parameter that is a list of sizes, unless another one is given; or ""."""
    first = s.found.parameters[:1]
    defaults = [(p.name, p.default) for p in first if isinstance(p.default, (list, tuple))]
    return next((n for n, v in defaults if v and all(type(k) is int for k in v)), "")


def of_numbers(s: Subject, a: Arrays) -> list[Layer]:
    """Of sizes that are handed over one by one.   Raises ValueError."""
    sizes = [int(n) for n in a["sizes"][: count_of(s)]]
    return _layers(s, _made(s, *sizes), sizes)


def of_list(s: Subject, a: Arrays) -> list[Layer]:
    """Of sizes in one list; what has to be given beside them is a seed.   Raises ValueError."""
    sizes = [int(n) for n in a["sizes"][:_DEPTH]]
    by_name = {name: sizes for name in [sizes_by_default(s)] if name}
    given = [] if by_name else [sizes, *[3] * (count_of(s) - 1)]
    return _layers(s, _made(s, *given, **by_name), sizes)


def of_list_and_draw(s: Subject, a: Arrays) -> list[Layer]:
    """Of sizes in one list, and of what draws each weight.   Raises ValueError."""
    sizes = [int(n) for n in a["sizes"][:_DEPTH]]
    return _layers(s, _made(s, sizes, s.box.define(_OURS)), sizes)


def of_nothing(s: Subject, a: Arrays) -> list[Layer]:
    """Of the sizes that it has itself.   Raises ValueError."""
    made = _made(s)
    arrays = [v for _, v in _arrays(s, made) if _is_matrix(v)]
    for way in (1, 0):
        sizes = [arrays[0].shape[1 - way], *(v.shape[way] for v in arrays)] if arrays[1:] else []
        if sizes and all(n == v.shape[1 - way] for n, v in zip(sizes, arrays, strict=False)):
            return _layers(s, made, sizes)
    raise ValueError(message("weights between all layers were expected"))


def _made(s: Subject, *args: Any, **named: Any) -> Any:
    """What it gives; what cannot be called with sizes makes something else.   Raises ValueError."""
    try:
        return s.call(*args, **named, **settings_of(s))
    except Failed as failed:
        raise ValueError(message("weights between all layers were expected")) from failed


def equal_units(layers: Sequence[Layer]) -> bool:
    """Whether all units of a hidden layer have the same weights, into it and out of it."""
    return any(
        _is_one_row(after.weights.T[: after.inside]) and _is_one_row(before.weights)
        for before, after in zip(layers[:-1], layers[1:], strict=True)
    )


def _is_one_row(rows: np.ndarray) -> bool:
    return bool((rows == rows[0]).all())


def drawn_twice(layers: Sequence[Layer]) -> bool:
    """Whether two have the same numbers, but for a factor, from first to last."""
    drawn = [layer.weights for layer in layers if layer.weights.std() > 0]
    for way in ([w.ravel() for w in drawn], [w.T.ravel() for w in drawn]):
        for k, a in enumerate(way):
            for b in way[:k]:
                both = min(len(a), len(b))
                if both > 3 and abs(np.corrcoef(a[:both], b[:both])[0, 1]) > _SAME:
                    return True
    return False


def _arrays(s: Subject, value: Any, path: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """Every array in it, by its place; lists of numbers, and of such lists, are arrays as well."""
    if isinstance(value, np.ndarray):
        yield path, value
    elif isinstance(value, Handle):
        numbers = s.box.numbers(value)
        yield from ((f"{path}{n}", v) for n, v in numbers.items() if isinstance(v, np.ndarray))
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _arrays(s, each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)) and value:
        plain = all(isinstance(v, (int, float)) for v in value)
        rows = all(isinstance(v, list) and v and isinstance(v[0], float) for v in value)
        if plain or rows and len({len(v) for v in value}) == 1:
            yield path, np.asarray(value, float)
            return
        found = [pair for k, each in enumerate(value) for pair in _arrays(s, each, f"{path}[{k}]")]
        yield from _stacked(found, len(value))


def _stacked(
    found: Sequence[tuple[str, np.ndarray]], count: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Vectors, each of one unit in a list of units, as the rows of one array."""
    units: dict[str, list[np.ndarray]] = {}
    for path, value in found:
        units.setdefault(_ITEM.sub("", path), []).append(value)
    for path, values in units.items():
        together = {v.shape for v in values}
        if len(values) == count > 1 and len(together) == 1 and values[0].ndim == 1:
            yield path, np.stack(values)
        else:
            yield from ((n, v) for n, v in found if _ITEM.sub("", n) == path)


def _is_matrix(value: np.ndarray) -> bool:
    return value.ndim == 2 and min(value.shape) > 1


def _layers(s: Subject, made: Any, sizes: Sequence[int]) -> list[Layer]:
    """The weights between neighbours, each found once, in their order.   Raises ValueError.

    The outputs of all layers but none of the inputs may have biases: these say where it begins.
    """
    known = {n + more: n for more in (1, 0) for n in sizes}
    found = [] if isinstance(made, np.ndarray) else list(_arrays(s, made))
    matrices = [(n, v) for n, v in found if _is_matrix(v)]
    order = list(dict.fromkeys(sizes))
    biased = {v.size for _, v in found}
    used = [n for n in sizes if any(n in map(known.get, v.shape) for _, v in matrices)]
    if order == list(sizes) and used and used[0] in biased and used[-1] not in biased:
        used.reverse()
    pairs = list(zip(used[:-1], used[1:], strict=True))
    layers = [_between(matrices, pair, known, k) for k, pair in enumerate(pairs)]
    if not layers or len(pairs) != len(matrices) or None in layers:
        raise ValueError(message("weights between all layers were expected"))
    return [layer for layer in layers if layer is not None]


def _between(
    matrices: Sequence[tuple[str, np.ndarray]], pair: tuple[int, int], known: Mapping[int, int],
    k: int,
) -> Layer | None:  # fmt: skip
    """The weights between two sizes: of several that may be, those at their place."""
    fits = [(n, v) for n, v in matrices if sorted(known.get(m, 0) for m in v.shape) == sorted(pair)]
    if not fits or len(fits) > 1 and matrices[k] not in fits:
        return None
    name, weights = fits[0] if len(fits) == 1 else matrices[k]
    rows = weights if weights.shape[0] == pair[1] else weights.T
    return Layer(name, rows, pair[0], float(rows.std()))
