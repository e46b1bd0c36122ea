"""The cases of a marker: by name from the table of the command, or as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compare.arithmetic.formats import DTYPES
from compare.core.case import Case
from compare.engine.selection import check_seed, select, with_steps
from compare.language.choice import _, told
from compare.system.errors import UsageError
from compare.system.interpreter import check_packages_are_ours


@dataclass(frozen=True)
class MarkedCase:
    """A case in a dtype, as a test is to run it."""

    case: Case
    dtype: str
    seed: int

    @property
    def id(self) -> str:
        """What the test is called by."""
        return self.case.id(self.dtype)


def selected(
    wanted: Sequence[Any],
    settings: Mapping[str, Any],
    dtype: str | None,
    refusal: Callable[[str], BaseException],
) -> list[MarkedCase]:
    """The cases of these names and Case objects, each in both dtypes or in the one.

    settings: ``seed`` and ``steps``, as of a run. Raises the refusal for what there is not.
    """
    try:
        if unknown := settings.keys() - {"seed", "steps"}:
            names = ", ".join(sorted(unknown))
            raise UsageError(_("the marker takes seed and steps, and no {names}", names=names))
        seed = settings.get("seed", 0)
        if hidden := check_packages_are_ours():
            raise UsageError(hidden)
        check_seed(seed)
        pairs = with_steps(_pairs(wanted, dtype), settings.get("steps"))
    except UsageError as error:
        raise refusal(told(error)) from None
    return [MarkedCase(case, t, seed) for case, t in pairs]


def _pairs(wanted: Sequence[Any], dtype: str | None) -> list[tuple[Case, str]]:
    pairs: list[tuple[Case, str]] = []
    for each in wanted:
        if isinstance(each, Case):
            pairs += [(each, t) for t in ([dtype] if dtype else DTYPES) if each.runs_in(t)]
        elif isinstance(each, str):
            pairs += select([each], dtype=dtype)
        else:
            kind = type(each).__name__
            raise UsageError(_("{kind} is neither the name of a case nor a Case", kind=kind))
    return list({case.id(t): (case, t) for case, t in pairs}.values())
