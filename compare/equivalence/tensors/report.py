"""What two files of weights are beside each other: as text for a terminal, and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence

from compare.core.outcome import Outcome
from compare.equivalence.tensors.comparison import FilesComparison, TensorComparison
from compare.language.choice import _, ngettext, told
from compare.language.wrapping import wrapped
from compare.store.json_lines import finite

WIDTH = 79
FEW = 20  # names in a list, and tensors that are told one by one
MEASURED = 0.1  # GB from which a rate says something
SCHEMA = 1


def lines(files: FilesComparison, seconds: float, everything: bool = False) -> Iterator[str]:
    """What differs first, then what only one file has, and in the last line what came of it."""
    blocks = list(_blocks(files))
    shown = blocks if everything else blocks[:FEW]
    for block in shown:
        yield from block
    if len(blocks) > len(shown):
        n = len(blocks) - len(shown)
        yield ngettext("... and {n} more; --all shows it", "... and {n} more; --all shows them", n)
    same = [each for each in files.tensors if each.outcome is Outcome.SAME]
    for each in same if everything else ():
        yield f"{_name(each)}  {_('same')}"
    yield from _noted(same)
    for old, new in files.pairing.rules:
        yield _("Names that begin with {old} in the first begin with {new} in the second",
                old=repr(old), new=repr(new))  # fmt: skip
    yield from _missing(files, everything)
    yield ""
    yield from _conclusion(files, seconds)


def _blocks(files: FilesComparison) -> Iterator[list[str]]:
    """A tensor that differs, or all that are the same but for how they are kept."""
    unlike = [c for c in (*files.tensors, *files.settings) if c.outcome is not Outcome.SAME]
    alike: dict[str, list[TensorComparison]] = {}
    for each in unlike:
        if each.worst or each in files.settings:
            yield list(_block(each))
        else:
            alike.setdefault(told(each.cause), []).append(each)
    for cause, those in alike.items():
        names = _listed([_name(each) for each in those], False)
        head = wrapped(f"{names}  {_('DIFFERENT')}", WIDTH, "", "  ")
        yield [*head, *wrapped(cause, WIDTH, "    ", "    ")]


def _noted(same: list[TensorComparison]) -> Iterator[str]:
    notes: dict[str, list[str]] = {}
    for each in same:
        if each.note:
            notes.setdefault(told(each.note), []).append(_name(each))
    for note, names in notes.items():
        yield from wrapped(f"{note}: {_listed(names, False)}", WIDTH, "", "  ")


def _listed(names: Sequence[str], everything: bool) -> str:
    shown = names if everything else names[:FEW]
    return ", ".join(shown) + (f", ... ({len(names)})" if len(shown) < len(names) else "")


def _name(each: TensorComparison) -> str:
    return each.name if each.name == each.other else f"{each.name} = {each.other}"


def _block(each: TensorComparison) -> Iterator[str]:
    outcome = _("NOT COMPARED") if each.outcome is Outcome.NOT_COMPARED else _("DIFFERENT")
    yield f"{_name(each)}  {outcome}"
    if each.worst or each.ulps:
        at = "[" + ", ".join(map(str, each.worst)) + "]"
        far = "" if math.isnan(each.ulps) else _(" ({ulps:.3g} ulp)", ulps=each.ulps)
        text = _(
            "{count:,} of {total:,} elements; the furthest, {at}, is {mine} beside {right}{far}",
            count=each.count,
            total=each.total,
            at=at,
            mine=_number(each.values[0], each.values[1]),
            right=_number(each.values[1], each.values[0]),
            far=far,
        )
        yield from wrapped(text, WIDTH, "    ", "    ")
    if each.cause:
        yield from wrapped(told(each.cause), WIDTH, "    ", "    ")


def _number(value: float, other: float) -> str:
    """In so many digits that it differs from the other one."""
    return next(
        (text for digits in (4, 9, 17) if (text := f"{value:.{digits}g}") != f"{other:.{digits}g}"),
        f"{value:g}",
    )


def _missing(files: FilesComparison, everything: bool) -> Iterator[str]:
    for names, text in (
        (files.pairing.only_first, _("Only in the first")),
        (files.pairing.only_second, _("Only in the second")),
    ):
        if names:
            yield from wrapped(f"{text}: {_listed(names, everything)}", WIDTH, "", "  ")


def _conclusion(files: FilesComparison, seconds: float) -> Iterator[str]:
    same = sum(c.outcome is Outcome.SAME for c in files.tensors)
    gigabytes = sum(c.nbytes for c in files.tensors) / 1e9
    counts = {
        "same": same,
        "different": len(files.tensors) - same,
        "missing": len(files.pairing.only_first) + len(files.pairing.only_second),
        "elements": sum(c.total for c in files.tensors),
        "seconds": seconds,
        # of small files it says how long it took to begin
        "rate": _(" ({rate:.2g} GB/s)", rate=gigabytes / seconds) if gigabytes > MEASURED else "",
    }
    yield from wrapped(
        _(
            "Tensors: {same} same, {different} DIFFERENT, {missing} in one file alone; "
            "{elements:,} elements in {seconds:.2g} s{rate}",
            **counts,
        ),
        WIDTH,
    )
    yield _("ALL SAME") if files.passed else _("NOT THE SAME")


def as_json(files: FilesComparison, seconds: float) -> str:
    """One document; numbers that are not finite are strings."""
    document = {
        "schema": SCHEMA,
        "passed": files.passed,
        "seconds": round(seconds, 4),
        "tensors": [_object(each) for each in files.tensors],
        "settings": [_object(each) for each in files.settings],
        "only_first": list(files.pairing.only_first),
        "only_second": list(files.pairing.only_second),
        "renamed": [list(rule) for rule in files.pairing.rules],
    }
    return json.dumps(finite(document), ensure_ascii=False, indent=1) + "\n"


def _object(each: TensorComparison) -> dict[str, object]:
    return {
        "name": each.name,
        "other": each.other,
        "outcome": each.outcome.value,
        "elements": each.total,
        "differing": each.count,
        "worst": list(each.worst),
        "values": list(each.values),
        "ulps": each.ulps,
        "note": str(each.note),
        "cause": str(each.cause),
    }
