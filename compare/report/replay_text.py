"""Replays as text: each part of the record beside what came of it now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from compare.report.diff_text import context_lines, finite, verdict_lines, wrapped
from compare.store.diff import Replay


def lines(directory: Path, replays: Sequence[Replay]) -> list[str]:
    """Of each case what is the same and what is not; the last line is the conclusion."""
    output = [line for replayed in replays for line in [*_case(directory, replayed), ""]]
    if len(replays) == 1:
        return output[:-1]
    same = sum(replayed.same for replayed in replays)
    return [*output, f"{same} of {len(replays)} cases with the same bits"]


def _case(directory: Path, replayed: Replay) -> list[str]:
    before, difference = replayed.before, replayed.found
    output = [
        f"{before['id']}, seed {before['seed']}",
        f"as recorded in {directory}",
        *_part("arrays", before["fingerprint"], replayed.now["fingerprint"], "the same"),
        *(line for side in before["digests"] for line in _side(side, replayed)),
    ]
    verdict = verdict_lines(difference)  # empty where other bits led to the same verdict
    if verdict:
        output += wrapped(f"verdict   CHANGED: {verdict[0]}", "  ")
        output += [line for text in verdict[1:] for line in wrapped(text, " " * 12)]
    else:
        output.append(f"  verdict   {before['outcome']}, as recorded")
    if not replayed.same:
        output += _why(replayed)
    return [*output, "", "THE SAME BITS" if replayed.same else "NOT THE SAME as recorded"]


def _side(side: str, replayed: Replay) -> Iterable[str]:
    before, now = (r["digests"].get(side, "none") for r in (replayed.before, replayed.now))
    yield from _part(side, before, now, "the same bits")
    # in order of computation: whatever follows the first may follow from it
    names = (replayed.found.bits or {}).get(side)
    if names:
        yield from wrapped(f"{len(names)} quantities, first: {' '.join(names[:6])}", " " * 12)


def _part(what: str, before: str, now: str, same: str) -> Iterable[str]:
    text = f"{same}  {now}" if before == now else f"CHANGED: {before} -> {now}"
    yield f"  {what:<9} {text}"


def _why(replayed: Replay) -> list[str]:
    if replayed.context:  # else nothing that is recorded explains it
        reason = "What else differs from the record, and may be why"
        return [f"\n{reason}", *context_lines(replayed.context)]
    reason = "Sources, versions, machine and threads are those of the record: it is something else"
    return ["", *wrapped(f"{reason}, such as an environment variable, or a side that draws anew.")]


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
