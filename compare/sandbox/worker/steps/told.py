"""What came of the turns of a loop, as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from compare.sandbox.worker.steps.beside_steps.updates import entry, first_steps
from compare.sandbox.worker.steps.finding import Beside, Finding
from compare.sandbox.worker.steps.left_alone import never_moved
from compare.sandbox.worker.steps.loops import Loop
from compare.sandbox.worker.steps.observe import Look
from compare.sandbox.worker.steps.parts import OF_SOME, OF_WEIGHTS
from compare.sandbox.worker.steps.singles import TOO_FAR
from compare.sandbox.worker.steps.written_otherwise import ONE_EDIT, told_of


@dataclass
class Seen:
    """A loop, and what came of its turns so far."""

    loop: Loop
    arrivals: int = 0
    looks: list[Look] = field(default_factory=list)
    findings: list[tuple[int, Finding]] = field(default_factory=list)
    unexplained: list[Look] = field(default_factory=list)
    began: Look | None = None  # the first turn, whatever explains it
    beside: list[tuple[int, Beside]] = field(default_factory=list)
    depth: int = 0
    failed: int = 0
    postponed: bool = False  # where what failed was not looked at as a whole
    first: bool = True
    seconds: float = 0.0

    @property
    def is_right(self) -> bool:
        """Whether nothing was wrong so far."""
        return not any(f.cause for _, f in self.findings)

    @property
    def is_explained(self) -> bool:
        """Whether its turns are: not where one kept the gradient by chance, as a first average."""
        all_of_them = bool(self.looks) and self.failed == self.postponed
        return any(not look.kept for look in self.looks) or all_of_them

    @property
    def right_looks(self) -> list[Look]:
        """What was seen of the turns with which nothing was wrong."""
        return [look for (_, finding), look in self.pairs if not finding.cause]

    @property
    def pairs(self) -> list[tuple[tuple[int, Finding], Look]]:
        """The number of a turn and what was found, with what was seen of it."""
        return list(zip(self.findings, self.looks, strict=True))


def told(seen: Seen) -> Iterator[dict[str, Any]]:
    """What came of a loop, as plain values; nothing of turns that tell nothing for certain.

    By itself what functions do that have nothing to do with each other.
    """
    pairs = seen.pairs if _is_certain(seen) else []
    if len(causes := {f.cause for (_, f), _ in pairs}) > 1 and causes <= {*OF_SOME}:
        # what one turn alone looks like is none of what all have in common; weights grow
        of_all = causes & {*OF_WEIGHTS} if OF_SOME[-1] not in causes else {OF_SOME[-1]}
        pairs = [each for each in pairs if each[0][1].cause in of_all]
    as_written = seen.loop.as_written
    one_edit = told_of([look for _, look in pairs]) if causes == {OF_SOME[-1]} else {}
    one_edit = {n: as_written(v) for n, v in one_edit.items()}
    turns = [_told_of(number, finding, look) for (number, finding), look in pairs]
    for each in turns if one_edit else ():
        each |= {"cause": ONE_EDIT, "blanks": one_edit}
    if turns and (alone := never_moved(seen.looks)):
        turns.append(_told_unmoved(alone, str(turns[0]["loss"])))
    lines = {n: line for look in seen.looks for n, line in look.seen.names.items()}
    lines |= {found.place: found.line for _, found in seen.beside}
    wrong = {f.place for (_, f), _ in pairs if f.cause}
    if one_edit:
        wrong = {place.name for place in pairs[-1][1].edits}
    places = {found.place for _, found in seen.beside}
    apart = places - {""} if len(wrong | places) > 1 else frozenset()
    for place in ["", *sorted(apart)]:
        others = [_told_beside(number, found) for number, found in seen.beside
                  if (found.place if found.place in apart else "") == place]  # fmt: skip
        mine = [*turns, *others] if not place else others
        at = wrong or places - apart
        function = place or (min(at) if len(at) == 1 else "")
        line = lines.get(function, seen.loop.line) if function else seen.loop.line
        if mine:
            yield {
                "loop": seen.loop.name, "loop_line": seen.loop.line,
                "function": (function or seen.loop.name).replace(".<locals>", ""),
                "function_line": line, "turns": mine,
                "uses": [*dict.fromkeys(n for s in seen.looks for n in s.seen.names)][:64],
                "updates": {} if place or wrong else first_steps(
                    [n for (n, _), _ in pairs], [look for _, look in pairs], seen.began
                ),
            }  # fmt: skip


def _told_of(number: int, finding: Finding, look: Look) -> dict[str, Any]:
    as_written = look.turn.loop.as_written
    slope, loss = look.slopes[look.by], as_written(look.numbers[look.by].name)
    if not look.kept and _is_of_square(look):
        loss = f"{loss} ** 2"
    of = slope.weights & np.isfinite(finding.given)
    names = [_entry(look, i, v) for i, v in look.along]
    return {
        "turn": number, "cause": finding.cause,
        "blanks": {n: as_written(v) for n, v in finding.blanks.items()},
        "names": [n for n, o in zip(names, of, strict=True) if o],
        "given": finding.given[of], "expected": finding.expected[of],
        "limit": (abs(look.rate) * slope.tolerance)[of], "loss": loss,
        "own": look.numbers[look.by].own, "kept": bool(look.kept),
    }  # fmt: skip


def _told_unmoved(alone: Mapping[str, float], loss: str) -> dict[str, Any]:
    """Weights that no turn moves, and how far one step along the loss would have moved them."""
    far = np.array([*alone.values()])
    return {
        "turn": 1, "cause": "never_updated", "blanks": {"name": ", ".join(alone)},
        "names": [f"{name} along v" for name in alone], "given": np.zeros(len(alone)),
        "expected": far, "limit": 1e-3 * np.abs(far), "loss": loss, "own": True,
    }  # fmt: skip


def _told_beside(number: int, found: Beside) -> dict[str, Any]:
    return {
        "turn": number, "cause": found.cause, "blanks": dict(found.blanks),
        "names": [found.name], "given": np.array([found.given]),
        "expected": np.array([found.expected]), "limit": np.array([1e-9 * abs(found.expected)]),
        "loss": found.name, "own": True,
    }  # fmt: skip


def _is_certain(seen: Seen) -> bool:
    """Whether a wrong gradient shows in all turns, and right steps are at a rate."""
    partly = [f.cause in OF_SOME and not look.kept for (_, f), look in seen.pairs]
    if any(partly):
        first = partly.index(True)
        if first and seen.findings[first][1].cause not in OF_WEIGHTS:
            return False
        # of weights that begin at 0 a penalty says nothing
        alike = {look.numbers[look.by].name for look in seen.looks if look.numbers[look.by].own}
        later = partly[first:]
        alone = not first or len(alike) == 1 or not alike
        return seen.failed == seen.postponed and all(later) and len(later) > 1 and alone
    if {f.cause for _, f in seen.findings} == {TOO_FAR}:
        return len(seen.findings) > 1
    return any(f.cause for _, f in seen.findings) or _has_a_rate(seen)


def _has_a_rate(seen: Seen) -> bool:
    """Whether steps along a number of the script are at one rate, or at rates that it has.

    What was kept is one multiple of the derivative, or one by a number of samples: else it may be
    that of anything of which the loss is a function.
    """
    kept = np.array([abs(look.rate) for look in seen.looks if look.kept])
    counts = np.maximum(kept, 1 / kept)
    whole = bool(np.allclose(counts, np.round(counts), rtol=1e-3))
    if not whole and not np.allclose(kept, kept[0], rtol=1e-3):
        return False
    steps = [look for look in seen.looks if not look.kept and look.numbers[look.by].own]
    # of a sum of squares half is meant
    others = [e for e in steps if not (_is_known(e, e.rate) or _is_of_square(e))]
    # of gradients that are clipped the steps are as long as each other
    lengths = [sum(float(v @ v) for v in look.moved.values()) for look in others]
    alike = bool(steps) and np.allclose([look.rate for look in steps], steps[0].rate, rtol=1e-3)
    clipped = len(lengths) > 1 and np.allclose(lengths, lengths[0], rtol=1e-3)
    return alike or clipped or not others


def _is_of_square(look: Look) -> bool:
    """Whether it is a step down along the derivative of the square of a number.

    Its root is reported; or the number is an error itself, of which a step makes the square less.
    """
    at = look.slopes[look.by].at
    down = at != 0 and look.rate / at < 0
    return down and not _is_known(look, look.rate) and _is_known(look, look.rate / at)


def _is_known(look: Look, rate: float) -> bool:
    return look.turn.knows(rate) or look.turn.knows(2 * rate)


def _entry(look: Look, i: int, along: np.ndarray) -> str:
    """Which number of the weights it is, or that it is a direction in them."""
    group = look.weights[i]
    if along.size > 1 and np.count_nonzero(along) == 1:
        return entry(group, int(np.argmax(along)))
    return group.name if along.size == 1 else f"{group.name} along v"
