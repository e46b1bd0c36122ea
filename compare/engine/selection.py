"""The table of cases, and which of them are asked for by name, pattern, dtype and steps."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compare.arithmetic.formats import COARSE, DTYPES
from compare.cases import CASES
from compare.cases.plugins import packs
from compare.core.case import Case
from compare.language.message import message
from compare.system.command_line import typed
from compare.system.errors import UsageError


@dataclass(frozen=True)
class Table:
    """Every case there is, those of installed packs last, and what is wrong with a pack."""

    cases: tuple[Case, ...]
    problems: tuple[str, ...] = ()


def table() -> Table:
    """The course's cases, and those that installed distributions offer (``cases.plugins``)."""

    loaded_packs = packs([case.name for case in CASES])
    cases = [*CASES, *(case for pack in loaded_packs for case in pack.cases)]
    return Table(tuple(cases), tuple(p for pack in loaded_packs for p in pack.problems))


def select(
    names: Sequence[str] = (), pattern: str = "", dtype: str | None = None
) -> list[tuple[Case, str]]:
    """The (case, dtype) pairs that are asked for, in the table's order.

    names: of cases (``affine``), of groups (``affine.*``), or ids (``affine[float64 ...]``); none
    means all · pattern: a regular expression that an id has to contain.
    Raises UsageError for an unknown name, dtype or a pattern that is no regular expression.
    """
    if dtype is not None and dtype not in (*DTYPES, *COARSE):
        raise UsageError(
            message(
                "unknown dtype {dtype}: choose {names}",
                dtype=repr(dtype),
                names=", ".join((*DTYPES, *COARSE)),
            )
        )
    try:
        matches = re.compile(pattern).search
    except re.error as error:
        raise UsageError(
            message(
                "{pattern} is no regular expression: {error}", pattern=repr(pattern), error=error
            )
        ) from error
    wanted = [dtype] if dtype else DTYPES  # the coarse formats only where they are asked for
    known = table()
    pairs = [(c, t) for c in known.cases for t in wanted if c.runs_in(t) and matches(c.id(t))]
    if not names:
        return pairs
    selected: dict[str, tuple[Case, str]] = {}
    for name in names:
        # the id of a run with --steps is one that a report printed: it has to select that run again
        plain, steps = _without_steps(name)
        _check_name(plain, known)
        for c, t in pairs:
            if _is_named(plain, c, t):
                case = c.with_steps(steps) if steps else c
                selected[case.id(t)] = (case, t)
    # by table and not by command line, so that a selection has the order of the whole run
    order = [c.name for c in known.cases]
    return sorted(selected.values(), key=lambda pair: (order.index(pair[0].name), _steps(pair[0])))


def with_steps(pairs: list[tuple[Case, str]], steps: int | None) -> list[tuple[Case, str]]:
    """The training runs among these cases with so many steps, the others as they are.

    Raises UsageError for less than one step, or where none of the cases trains.
    """
    if steps is None:
        return pairs
    if steps < 1:
        raise UsageError(message("{steps} steps: there must be 1 or more", steps=steps))
    if not any(c.training for c, _ in pairs):
        raise UsageError(message("none of these cases is a training run: leave --steps out"))
    return [(c.with_steps(steps) if c.training else c, t) for c, t in pairs]


def _steps(case: Case) -> int:
    return case.sizes.get("T", 0) if case.training else 0


def _without_steps(name: str) -> tuple[str, int | None]:
    """An id of a run whose number of steps was chosen, as that of the case in the table."""
    match = re.fullmatch(r"(mlp|exercise|descent)(\..*) T=(\d+)\]", name)
    return (f"{match[1]}{match[2]}]", int(match[3])) if match else (name, None)


def _is_named(name: str, case: Case, dtype: str) -> bool:
    if name.endswith(".*"):  # ``affine.*`` is affine and all that begins with ``affine.``
        return f"{case.name}.".startswith(name.removesuffix("*"))
    return name in (case.name, case.id(dtype))


def _check_name(name: str, table: Table) -> None:
    dtypes = (*DTYPES, *COARSE)
    if any(_is_named(name, c, t) for c in table.cases for t in dtypes if c.runs_in(t)):
        return
    known = [c.name for c in table.cases] + [c.id(t) for c in table.cases for t in c.dtypes]
    # 0.4 is low (difflib's own is 0.6): a name has words
    # to be mixed up, and three guesses cost nothing
    nearest = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    advice = message("see `{command}`", command=typed("list"))
    if nearest:
        advice = message("did you mean {names}?", names=", ".join(nearest))
    unknown = message("unknown case {name}: {advice}", name=repr(name), advice=advice)
    for problem in table.problems:
        unknown = message("{first}\n{second}", first=unknown, second=problem)
    raise UsageError(unknown)


def check_seed(seed: int) -> None:
    """Raise UsageError for a seed that no generator takes."""
    if seed < 0:
        raise UsageError(message("the seed is {seed}: it must be 0 or more", seed=seed))


def options_again(
    case: Case, folder: str | Path | None, force_every: int | None
) -> tuple[str, ...]:
    """What the command needs, besides an id and a seed, to run the case as it was run."""
    data_dir = ("--data-dir", str(folder)) if folder and case.load else ()
    forced = ("--force-every", str(force_every)) if force_every and case.training else ()
    return (*data_dir, *forced)
