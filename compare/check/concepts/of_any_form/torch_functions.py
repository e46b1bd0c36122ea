"""Functions of no course beside what torch has by their name, with torch's own settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from compare.check.calling.torch_function import (
    NOTE,
    OF_TORCH,
    Counterpart,
    Variant,
    counterpart,
    is_of_sizes,
    kinds,
    mine,
    of_torch,
    side_by_side,
    unmatched,
    variants,
)
from compare.check.concepts.of_any_form.beside import Beside, Mistaken
from compare.check.concepts.of_any_form.derivative_causes import title_of
from compare.check.fitting.own_derivatives.gradient import Cause, Points
from compare.check.fitting.own_derivatives.parts import by_condition, by_interval
from compare.check.fitting.own_derivatives.relations import Names, scaled
from compare.check.i18n.text import Text
from compare.check.subject import Subject
from compare.language.message import Message, message
from compare.sandbox.interface import Ending, Failed

_MADE = "beside torch"
_FAR = 8.0  # as far as most functions still change
_POOL = 64
_MOST_VARIANTS = 32
_SOME = 8  # numbers that two functions share by no chance
# between the numbers that people write
_NUMBERS = 1.013 * np.concatenate(
    [[v, -v] for v in (0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 20.0)]
)

Pair = tuple[Mapping[str, Any], np.ndarray, np.ndarray]  # values, mine, torch's


@dataclass(frozen=True)
class BesideTorch:
    """How near the two are where torch's is called as the submission's is meant most probably.

    ``agreed`` of ``told``: of the numbers that say something · ``scale``: by what all of them
    differ, if by one number · ``same``: whether all of them, zeros too, are torch's · ``part``:
    where not.
    """

    of: Counterpart
    variant: Variant
    pairs: tuple[Pair, ...]
    agreed: int = 0
    told: int = 0
    scale: str = ""
    same: bool = False
    part: Cause | None = None

    @property
    def convention(self) -> bool:
        """Whether it is so but for a sum in place of a mean."""
        return bool(self.scale) and is_of_sizes(self.scale)


def _beside(subject: Subject, pool: np.ndarray) -> BesideTorch | None:
    """Beside torch's as it agrees most; None where torch has none that takes the same."""
    of = counterpart(subject.found)
    if of is None:
        return None
    own = [(v, y) for v in _several(of, subject, pool) if (y := mine(subject, v)) is not None]
    best: BesideTorch | None = None
    for variant in islice(variants(of, subject), _MOST_VARIANTS):
        one = _with(of, variant, subject, own)
        if one is not None and (best is None or _rank(one) > _rank(best)):
            best = one
        if best is not None and best.same:
            return best
    return _solved(best, subject, own) if best is not None else None


def _several(of: Counterpart, subject: Subject, pool: np.ndarray) -> Iterator[Mapping[str, Any]]:
    yield from kinds(of, subject, pool)
    for values in kinds(of, subject, 0.8 * np.roll(pool, 7) - 0.1):
        rows = len(next(iter(values.values())))
        # a mean is told from a third by another number of samples
        yield {n: v[:-1] if np.shape(v)[:1] == (rows,) else v for n, v in values.items()}


def _rank(one: BesideTorch) -> tuple[bool, bool, float, bool]:
    return one.same, one.convention, one.agreed / max(1, one.told), bool(one.scale)


def _with(
    of: Counterpart, variant: Variant, subject: Subject, own: Sequence[tuple[Any, np.ndarray]]
) -> BesideTorch | None:
    pairs: list[Pair] = []
    for values, y in own:
        there = of_torch(of, variant, subject, values)
        if there is not None and there.shape == y.shape and np.isfinite(there).all():
            pairs.append((values, y, there))
    points = Points.of(side_by_side(pairs)) if pairs else None
    if points is None:
        return None
    right = _telling(points) & ~points.wrong
    told = int(right.sum() + points.wrong.sum())
    one = BesideTorch(of, variant, tuple(pairs), int(right.sum()), told)
    same = bool(told) and not points.wrong.any()
    return replace(one, same=True) if same else replace(one, scale=_scale(pairs))


def _scale(pairs: Sequence[Pair]) -> str:
    """The one factor of all of it, on samples in rows."""
    rows = [p for p in pairs if np.ndim(next(iter(p[0].values()))) == 2]
    points = Points.of(side_by_side(rows)) if rows else None
    cause = scaled(points, Names("", "")) if points is not None else None
    if cause is None:
        return ""
    return str(cause.blanks.get("factor", "-1"))


def _telling(points: Points) -> np.ndarray:
    """No zeros, and no number that comes again: what is flat agrees with much."""
    values, back, counts = np.unique(points.expected, return_inverse=True, return_counts=True)
    return np.asarray((np.abs(points.expected) > points.limit) & (counts[back] < 3))


def _solved(
    best: BesideTorch, subject: Subject, own: Sequence[tuple[Any, np.ndarray]]
) -> BesideTorch:
    """With the one setting of torch's that is a constant in the submission's code, if it is one."""
    open_ = unmatched(best.of, subject)
    for name in open_:

        def off(number: float, name: str = name) -> np.ndarray:
            settings = {**best.variant.settings, name: float(number)}
            variant = replace(best.variant, settings=settings)
            rests = []
            for values, y, _ in best.pairs:
                there = of_torch(best.of, variant, subject, values)
                alike = there is not None and there.shape == y.shape
                rests.append((there - y).reshape(-1) if alike else np.full(y.size, np.nan))
            return np.concatenate(rests)

        for number in _roots(off):
            settings = {**best.variant.settings, name: number}
            one = _with(best.of, replace(best.variant, settings=settings), subject, own)
            if one is not None and one.same and len(one.pairs) == len(best.pairs):
                return one
    return best


def _roots(off: Callable[[float], np.ndarray]) -> Iterator[float]:
    """Numbers with which the first of them that differs does not."""
    grid = np.sort(_NUMBERS)
    with np.errstate(all="ignore"):
        table = np.array([off(number) for number in grid])
        for column in np.flatnonzero(np.ptp(np.nan_to_num(table), axis=0) > 0)[:1]:
            signs = np.sign(table[:, column])
            for k in np.flatnonzero(signs[1:] * signs[:-1] < 0):
                low, high, at_low = grid[k], grid[k + 1], signs[k]
                for _ in range(60):
                    middle = (low + high) / 2
                    if np.sign(off(middle)[column]) == at_low:
                        low = middle
                    else:
                        high = middle
                yield float(f"{(low + high) / 2:.12g}")


def _noted(subject: Subject, found: BesideTorch) -> None:
    """That it is judged; and where it differs.   Raises Failed where it may be another one."""
    if not (found.same or found.convention or _is_evidence(found, subject)):
        why = _nearest(subject, found)
        if found.told >= _SOME:
            subject.made[NOTE] = why
        raise Failed(Ending.REFUSED, why)
    if not (found.same or found.scale or found.part):
        subject.made[_MADE] = replace(found, part=_part(found, subject))
    subject.parts = {}


def _nearest(subject: Subject, found: BesideTorch) -> Message:
    return message(
        "{name} is not judged: it may be another function than {torch}, with which {agreed} of "
        "{told} numbers agree",
        name=subject.found.name,
        torch=_name(found),
        agreed=found.agreed,
        told=found.told,
    )


def _is_evidence(found: BesideTorch, subject: Subject) -> bool:
    """Whether it is meant to be torch's: it is for a quarter of all numbers, or but for a factor.

    Where torch has several settings that it has not, it may be right with others.
    """
    if len(unmatched(found.of, subject)) > 1:
        return False
    return bool(found.scale) or (found.agreed >= _SOME and 4 * found.agreed >= found.told)


def _name(found: BesideTorch) -> str:
    said = found.variant.said
    return f"{found.of.name}(..., {said})" if said else found.of.name


def _told(found: BesideTorch) -> tuple[Text, list[Mistaken]]:
    torch = _name(found)
    said = Text(f"as {torch}", f"{torch} と同じ")
    if found.variant.of_logarithm:
        said = Text(f"{said.en}, which takes the logarithm of the first",
                    f"{said.ja}（torch は第 1 引数の対数を受け取る）")  # fmt: skip
    if found.convention:
        said = Text(f"{said.en}, times {found.scale}", f"{said.ja}（その {found.scale} 倍）")
    return said, [] if found.convention or found.same else [_cause(found)]


def _cause(found: BesideTorch) -> tuple[str, dict[str, Any]]:
    torch = _name(found)
    if found.scale:
        return "unlike_torch_scaled", {"torch": torch, "factor": found.scale}
    blanks = {"torch": torch, "agreed": str(found.agreed), "told": str(found.told)}
    cause = found.part
    if cause is None:
        return "unlike_torch", blanks
    there = title_of(cause.there) if cause.there else Text("nothing known", "原因は不明です")
    return "unlike_torch_partly", {**blanks, **cause.blanks, "there": there}


def _part(found: BesideTorch, subject: Subject) -> Cause | None:
    """Where it differs: between which numbers, or of which sign."""
    points = Points.of(side_by_side(found.pairs))
    name = next(iter(found.pairs[0][0]))
    arrays = [v for v in found.pairs[0][0].values() if isinstance(v, np.ndarray)]

    def look(numbers: np.ndarray, apart: float, closely: bool) -> Points | None:
        values = {**found.pairs[0][0], name: numbers.reshape(1, -1)}
        one = mine(subject, values)
        other = of_torch(found.of, found.variant, subject, values)
        if one is None or other is None or not one.shape == other.shape == (1, len(numbers)):
            return None
        return Points.of(side_by_side([(values, one, other)]))

    part = by_interval(look, name, Names("", ""), -_FAR, _FAR) if len(arrays) == 1 else None
    return part or (by_condition(points, Names("", "")) if points is not None else None)


def _expected(found: BesideTorch) -> dict[str, tuple[Any, Any]]:
    if found.convention:
        return {n: (y, 0.0) for n, y in _given(found).items()}
    held = side_by_side(found.pairs)
    return {
        f"y{k}": (other, 4 * held[k].limit.reshape(other.shape))
        for k, (_, _, other) in enumerate(found.pairs)
    }


def _given(found: BesideTorch) -> dict[str, np.ndarray]:
    return {f"y{k}": y for k, (_, y, _) in enumerate(found.pairs)}


FUNCTION = Beside(
    _MADE,
    found=lambda subject, arrays: _beside(subject, arrays["x"]),
    given=_given,
    right=_expected,
    said=_told,
    refused=message("torch has none of that name that takes the same"),
    noted=_noted,
).concept(
    OF_TORCH, "§2", "torch's function of the same name", {"P": _POOL},
    takes=lambda subject: subject.found.kind == "function",
    looked_for=message("a function of torch of the same name that takes the same"),
)  # fmt: skip
