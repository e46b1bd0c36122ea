"""Differences that are accepted: written down by the command, each with a reason by a person.

The file is TOML, a table a difference: which test, which of its checks, in which dtypes, at which
name, of which size (see ``ExpectedOutcome``), and why. One without a reason is not accepted.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from compare.core.outcome import ExpectedOutcome, Outcome
from compare.core.trace import quantity
from compare.engine.result import CaseResult
from compare.judge.verdict import Comparison
from compare.language.choice import _
from compare.system.errors import UsageError

TABLE = "accepted"
MISSING = "known/"  # before the name of what was stated and did not come
HEAD = """\
# Differences that are accepted. `pytest --compare-accept` writes them, and you write the reasons:
# without one a difference fails as before, and so does one that is gone, or of another size.
"""
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Difference:
    """One that may be there, if it has a reason; of about that size, and in these dtypes."""

    test: str
    check: str
    name: str
    dtypes: tuple[str, ...]
    size: float | str
    reason: str

    @property
    def key(self) -> Key:
        """What it is a difference of."""
        return self.test, self.check, self.name

    def known(self) -> ExpectedOutcome:
        """The same as a case states it.   Raises ValueError for what is no size."""
        return ExpectedOutcome(Outcome.DIFFERENT, self.reason, self.dtypes, size=self.size)


@dataclass(frozen=True)
class Accepted:
    """A file of accepted differences."""

    path: Path
    differences: tuple[Difference, ...] = ()

    @cached_property
    def _by_test(self) -> dict[str, list[Difference]]:
        by_test: dict[str, list[Difference]] = {}
        for each in self.differences:
            by_test.setdefault(each.test, []).append(each)
        return by_test

    def of(self, test: str) -> list[Difference]:
        """Those of a test."""
        return self._by_test.get(test, [])

    def known(self, test: str, check: str) -> dict[str, ExpectedOutcome]:
        """What a check of a test may find, by name."""
        return {d.name: d.known() for d in self.of(test) if d.check == check and d.reason}

    def complaints(self, test: str, checks: Iterable[str]) -> list[str]:
        """Of a test that made these checks: what has no reason or no check."""
        made, file = set(checks), self.path.name
        complaints = []
        for d in self.of(test):
            names = {"file": file, "name": d.name, "check": d.check}
            if d.check not in made:
                line = _("{file}: this test has no check {check}, whose {name} may differ", **names)
                complaints.append(line)
            elif not d.reason:
                line = _("{file}: no reason is given why {name} of {check} may differ", **names)
                complaints.append(line)
        return complaints


def read(path: Path) -> Accepted:
    """What the file has, if there is one.   Raises UsageError where it cannot be understood."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get(TABLE, [])
    except FileNotFoundError:
        return Accepted(path)
    except (OSError, ValueError) as error:
        raise UsageError(_("{path} cannot be read: {error}", path=path, error=error)) from error
    differences: dict[Key, Difference] = {}
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries], 1):
        try:
            difference = _difference(entry)
        except (TypeError, ValueError) as error:
            where = _("{path}: entry {number}: {error}", path=path, number=number, error=error)
            raise UsageError(where) from error
        if difference.key in differences:
            twice = _("{path}: entry {number} is there twice", path=path, number=number)
            raise UsageError(twice)
        differences[difference.key] = difference
    return Accepted(path, tuple(differences.values()))


def _difference(entry: Any) -> Difference:
    names = [f.name for f in fields(Difference)]
    if not isinstance(entry, dict) or sorted(entry) != sorted(names):
        raise TypeError(_("it needs {names}, and nothing else", names=", ".join(names)))
    texts = [entry[name] for name in ("test", "check", "name", "reason")]
    if not all(isinstance(text, str) for text in (*texts, *entry["dtypes"])):
        raise TypeError(_("test, check, name, dtypes and reason are text"))
    reason = entry["reason"].strip()
    difference = Difference(**{**entry, "dtypes": tuple(entry["dtypes"]), "reason": reason})
    difference.known()  # raises ValueError for what is no size
    return difference


def text(differences: Iterable[Difference]) -> str:
    """The file that has these."""
    return HEAD + "".join(
        f"\n[[{TABLE}]]\n"
        + "".join(f"{f.name} = {_toml(getattr(d, f.name))}\n" for f in fields(Difference))
        for d in differences
    )


def _toml(value: Any) -> str:
    if isinstance(value, float):
        return repr(value)
    # JSON's strings and lists of them are TOML's too, but for a code that TOML must have escaped
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


@dataclass
class _Found:
    """What the results of the tests that ran say of the differences."""

    checks: dict[str, set[str]] = field(default_factory=dict)  # of each test
    sizes: dict[Key, dict[str, float | str]] = field(default_factory=dict)  # by dtype
    gone: dict[Key, set[str]] = field(default_factory=dict)  # dtypes in which it did not come


def updated(
    accepted: Accepted, results: Mapping[str, Iterable[CaseResult]]
) -> tuple[list[Difference], list[str]]:
    """The differences of today, by test, and what cannot be written down.

    Those with a reason stay while they apply; what is new has none.
    """
    found = _found(results)
    kept = {d.key: left for d in accepted.differences if (left := _left(d, found))}
    impossible = []
    for key, sizes in found.sizes.items():
        size = _common(list(sizes.values()))
        if size is None:
            both = ", ".join(f"{dtype}: {size}" for dtype, size in sizes.items())
            impossible.append(
                _(
                    "{test}: {name} of {check} differs by another size in each dtype ({sizes}): "
                    "state it with known=, in a check a dtype",
                    test=key[0], check=key[1], name=key[2], sizes=both,
                )
            )  # fmt: skip
            continue
        kept[key] = Difference(*key, tuple(sizes), size, "")
    return sorted(kept.values(), key=lambda d: d.test), impossible


def _found(results: Mapping[str, Iterable[CaseResult]]) -> _Found:
    found = _Found()
    for test, judged in results.items():
        for result in judged:
            found.checks.setdefault(test, set()).add(result.case.name)
            for c in result.verdict.failures:
                name = quantity(c.name)
                if c.name.startswith(MISSING):
                    key = (test, result.case.name, c.name.removeprefix(MISSING))
                    found.gone.setdefault(key, set()).add(result.dtype)
                elif c.outcome is Outcome.DIFFERENT:
                    sizes = found.sizes.setdefault((test, result.case.name, name), {})
                    sizes.setdefault(result.dtype, _size(c))
    return found


def _left(d: Difference, found: _Found) -> Difference | None:
    """What is left of a difference that was written down; None where nothing is."""
    if d.test not in found.checks:  # its test did not run
        return d
    dtypes = tuple(t for t in d.dtypes if t not in found.gone.get(d.key, set()))
    if not d.reason or not dtypes or d.check not in found.checks[d.test]:
        return None  # one without a reason was not accepted: if it is still there, it was found
    return replace(d, dtypes=dtypes)


def _size(c: Comparison) -> float | str:
    # where there is no number, the words of the report say what it is
    return str(c.reason) if math.isnan(c.size) else c.size


def _common(sizes: list[float | str]) -> float | str | None:
    """The size that stands for all: each may be from half to double of it."""
    if all(isinstance(size, str) for size in sizes):
        return sizes[0] if len(set(sizes)) == 1 else None
    numbers = [size for size in sizes if isinstance(size, float) and math.isfinite(size)]
    if len(numbers) < len(sizes) or max(numbers) > 4 * min(numbers) or min(numbers) <= 0:
        return None
    return float(f"{math.sqrt(max(numbers) * min(numbers)):.3g}")
