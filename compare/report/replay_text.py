"""Replays as text: each part of the record beside what came of it now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from compare.language.choice import _
from compare.language.columns import set_cell_size
from compare.report.diff_text import context_lines, finite, verdict_lines, wrapped
from compare.store.diff import Replay


def lines(directory: Path, replays: Sequence[Replay]) -> list[str]:
    """Of each case what is the same and what is not; the last line is the conclusion."""
    output = [line for replayed in replays for line in [*_case(directory, replayed), ""]]
    if len(replays) == 1:
        return output[:-1]
    same = sum(replayed.same for replayed in replays)
    return [*output, _("{same} of {n} cases with the same bits", same=same, n=len(replays))]


def _case(directory: Path, replayed: Replay) -> list[str]:
    before, difference = replayed.before, replayed.found
    output = [
        _("{case}, seed {seed}", case=before["id"], seed=before["seed"]),
        _("as recorded in {directory}", directory=directory),
        *_part(_("arrays"), before["fingerprint"], replayed.now["fingerprint"], _("the same")),
        *(line for side in before["digests"] for line in _side(side, replayed)),
    ]
    verdict = verdict_lines(difference)  # empty where other bits led to the same verdict
    if verdict:
        output += wrapped(_row(_("verdict"), _("CHANGED: {change}", change=verdict[0])), "  ")
        output += [line for text in verdict[1:] for line in wrapped(text, " " * 12)]
    else:
        same = _("{outcome}, as recorded", outcome=before["outcome"])
        output.append(f"  {_row(_('verdict'), same)}")
    if not replayed.same:
        output += _why(replayed)
    return [*output, "", _("THE SAME BITS") if replayed.same else _("NOT THE SAME as recorded")]


def _side(side: str, replayed: Replay) -> Iterable[str]:
    before, now = (r["digests"].get(side, _("none")) for r in (replayed.before, replayed.now))
    yield from _part(side, before, now, _("the same bits"))
    # in order of computation: whatever follows the first may follow from it
    names = (replayed.found.bits or {}).get(side)
    if names:
        yield from wrapped(
            _("{n} quantities, first: {names}", n=len(names), names=" ".join(names[:6])), " " * 12
        )


def _part(what: str, before: str, now: str, same: str) -> Iterable[str]:
    change = f"{before} -> {now}"
    text = f"{same}  {now}" if before == now else _("CHANGED: {change}", change=change)
    yield f"  {_row(what, text)}"


def _row(what: str, text: str) -> str:
    return f"{set_cell_size(what, 9)} {text}"


def _why(replayed: Replay) -> list[str]:
    if replayed.context:  # else nothing that is recorded explains it
        reason = _("What else differs from the record, and may be why")
        return [f"\n{reason}", *context_lines(replayed.context)]
    reason = _(
        "Sources, versions, machine and threads are those of the record: it is something else, "
        "such as an environment variable, or a side that draws anew."
    )
    return ["", *wrapped(reason)]


def as_json(replays: Sequence[Replay]) -> str:
    """Replays as one JSON document, of one case an object, of several a list.

    Each has both results in full, and what may be why.
    """
    documents = [
        {
            "same": replayed.same,
            "recorded": replayed.before,
            "now": replayed.now,
            "context": replayed.context,
        }
        for replayed in replays
    ]
    document = finite(documents if len(documents) > 1 else documents[0])
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
