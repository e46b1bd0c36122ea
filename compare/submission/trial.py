"""A subject tried on a concept's problems: what it gives in each arrangement, called once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from compare.problem import Problem, build
from compare.rounded import Rounded
from compare.sandbox import Ending, Failed
from compare.submission.concept import Arrangement, Arrays, Concept, Meaning, Probe
from compare.submission.following import expected, follows, known
from compare.submission.subject import Subject


@dataclass(frozen=True)
class Ran:
    """What came of a call: results, or why there are none; and how it behaved."""

    values: Arrays = field(default_factory=dict)
    failed: Failed | None = None
    changed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Trial:
    """A subject on the problems of a concept; calls and formulas are evaluated once each."""

    def __init__(self, concept: Concept, subject: Subject, seed: int) -> None:
        self.concept, self.subject, self.seed = concept, subject, seed
        self.problems = {
            probe.case.name: build(probe.case, "float64", seed) for probe in concept.probes
        }
        self._ran: dict[tuple[int, str], Ran] = {}
        self._wanted: dict[tuple[int, str], Mapping[str, Rounded]] = {}

    def ran(self, arrangement: Arrangement, probe: Probe) -> Ran:
        """The results of one arrangement on one probe."""
        key = (id(arrangement), probe.case.name)
        if key not in self._ran:
            self._ran[key] = called(self.subject, arrangement, self.problems[probe.case.name])
        return self._ran[key]

    def wanted(self, meaning: Meaning, probe: Probe) -> Mapping[str, Rounded]:
        """What a meaning makes of a probe; nothing where it has no opinion."""
        key = (id(meaning), probe.case.name)
        if key not in self._wanted:
            self._wanted[key] = _wanted(meaning, self.problems[probe.case.name].arrays)
        return self._wanted[key]

    def follows(self, arrangement: Arrangement, meaning: Meaning, probe: Probe) -> bool:
        """Whether what it gives there is what the meaning wants.

        A mistake is not followed where any number would do: it would be named wrongly.
        """
        ran, wanted = self.ran(arrangement, probe), self.wanted(meaning, probe)
        if ran.failed is not None or not follows(ran.values, wanted):
            return False
        return meaning.right or known(wanted)


def _wanted(meaning: Meaning, arrays: Arrays) -> Mapping[str, Rounded]:
    try:
        return expected(meaning, arrays)
    except (ValueError, IndexError, TypeError, KeyError, ZeroDivisionError):
        return {}  # a mistake may have no result on some legal shapes


def called(subject: Subject, arrangement: Arrangement, problem: Problem) -> Ran:
    """One call on copies of the problem's arrays."""
    subject.begin()
    given = {name: _copied(a) for name, a in problem.arrays.items()}
    try:
        values = {n: _plain(v) for n, v in arrangement.call(subject, given).items()}
    except Failed as why:
        return Ran(failed=why, changed=tuple(subject.changed), warnings=tuple(subject.warnings))
    except (ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        # the result has not the form that this arrangement reads
        failed = Failed(Ending.REFUSED, f"its result cannot be read so: {error}")
        return Ran(failed=failed, changed=tuple(subject.changed), warnings=tuple(subject.warnings))
    return Ran(values, None, tuple(subject.changed), tuple(subject.warnings))


def _copied(a: Any) -> Any:
    return tuple(np.copy(v) for v in a) if isinstance(a, tuple) else np.copy(a)


def _plain(value: Any) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{type(value).__name__} where numbers were expected")
    return array
