"""Cases of others: packs that installed distributions offer as ``scratch_compare.cases``.

An entry point names a module with ``CASES``, an iterable of Case, or a function that returns one.
Whatever is wrong with a pack is one line, and none of it keeps other cases from running.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any

from compare.core.case import Case
from compare.language.message import message
from compare.system.errors import line_of

GROUP = "scratch_compare.cases"


@dataclass(frozen=True)
class Pack:
    """The cases of one entry point, and a line for everything that is wrong with it."""

    name: str
    distribution: str
    cases: tuple[Case, ...] = ()
    problems: tuple[str, ...] = ()


def packs(taken: Iterable[str]) -> tuple[Pack, ...]:
    """Every pack that is installed, by name; ``taken`` are the names of cases that are not free."""
    owner = dict.fromkeys(taken, message("the course's own table"))
    loaded = []
    # sorted, so that the pack which gets a disputed name does not depend on the order of sys.path
    for entry in sorted(entry_points(group=GROUP), key=lambda e: (e.name, _distribution(e))):
        pack = _loaded(entry, owner)
        # a name belongs to the first that offers it: it selects cases on the command line
        owner |= dict.fromkeys(
            (c.name for c in pack.cases),
            message("{name} of {distribution}", name=pack.name, distribution=pack.distribution),
        )
        loaded.append(pack)
    return tuple(loaded)


def _distribution(entry: EntryPoint) -> str:
    return (
        f"{entry.dist.name} {entry.dist.version}"
        if entry.dist
        else message("an unknown distribution")
    )


def _loaded(entry: EntryPoint, owner: Mapping[str, str]) -> Pack:
    distribution = _distribution(entry)
    label = message(
        "case pack {name} of {distribution}", name=repr(entry.name), distribution=distribution
    )
    try:
        offered = _offered(entry.load())
    except (Exception, SystemExit) as error:  # it is somebody else's code, and may do anything
        broken = message("{label} is broken: {error}", label=label, error=line_of(error))
        return Pack(entry.name, distribution, problems=(broken,))
    cases: dict[str, Case] = {}
    problems = []
    for k, case in enumerate(offered):
        if not isinstance(case, Case):
            problems.append(
                message(
                    "{label}: entry {k} is of type {name}, no compare.Case",
                    label=label,
                    k=k,
                    name=type(case).__name__,
                )
            )
        elif case.name in cases or case.name in owner:
            whose = owner.get(case.name, message("the pack itself"))
            problems.append(
                message(
                    "{label}: the name {name} is already taken by {whose}",
                    label=label,
                    name=repr(case.name),
                    whose=whose,
                )
            )
        else:
            cases[case.name] = case
    if not offered:
        problems.append(message("{label} has no cases", label=label))
    return Pack(entry.name, distribution, tuple(cases.values()), tuple(problems))


def _offered(loaded: Any) -> list[Any]:
    """What a module, a function or an iterable offers.   Raises TypeError, or what it raises."""
    if isinstance(loaded, ModuleType):
        if not hasattr(loaded, "CASES"):
            raise TypeError(f"the module {loaded.__name__} has no CASES")
        loaded = loaded.CASES
    elif callable(loaded):
        loaded = loaded()
    # a string is iterable too, and its letters are no cases
    if isinstance(loaded, (str, Case)) or not isinstance(loaded, Iterable):
        raise TypeError(
            f"what it offers is of type {type(loaded).__name__}, no iterable of compare.Case"
        )
    return list(loaded)
