"""What a worker sent, as our own types: every part is checked, for a stranger may have sent it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from compare.sandbox.interface import (
    Answer,
    Calls,
    Definition,
    Handle,
    Inventory,
    Kind,
    NotRun,
    Parameter,
    clean,
)
from compare.sandbox.received_lines import received
from compare.sandbox.worker.wire_format import Broken, Reader
from compare.sandbox.worker_process import Reply

LONGEST = 200_000  # characters of one text
MOST = 20_000  # entries of one list


def answer_of(reply: Reply, args: tuple[Any, ...], handle: Callable[[int, str], Handle]) -> Answer:
    """The answer in a reply; arguments that were not changed are copies of ``args``.

    Raises Broken.
    """
    reader = Reader(reply.body, handle)
    header = reply.header
    value = reader.value(header.get("value"))
    # only what changed travels back; of the rest the caller gets copies all the same
    after = [np.copy(arg) if isinstance(arg, np.ndarray) else arg for arg in args]
    changed = []
    for pair in _list(header.get("changed", [])):
        position, node = _pair(pair)
        # a reply can be forged: it may name an argument twice, or one that was never passed
        if position in changed or not 0 <= position < len(after):
            raise Broken("a change of an argument that there is not")
        changed.append(position)
        after[position] = reader.value(node)
    warnings = tuple(_text(each) for each in _list(header.get("warnings", [])))
    seconds = header.get("seconds", 0.0)
    if not isinstance(seconds, float) or not 0 <= seconds < 1e9:
        raise Broken("seconds that are no number")
    return Answer(value, tuple(changed), tuple(after), warnings, reply.printed, seconds)


def inventory_of(reply: Reply, notes: tuple[str, ...]) -> Inventory:
    """The inventory in a reply.   Raises Broken."""
    header = reply.header
    definitions = tuple(_definition(each) for each in _list(header.get("found")))
    failures = tuple(received(each) for each in _list(header.get("failures")))
    lost = tuple(_text(each) for each in _list(header.get("lost")))
    worker_notes = tuple(received(each) for each in _list(header.get("notes")))
    return Inventory(definitions, failures, (*notes, *worker_notes), reply.printed, lost)


def _definition(node: Any) -> Definition:
    entry = _dict(node)
    kind = entry.get("kind")
    if kind not in ("function", "class", "value"):
        raise Broken("a name of no known kind")
    methods = {_text(k): _parameters(v) for k, v in _dict(entry.get("methods")).items()}
    line = entry.get("line")
    texts = {key: _text(entry.get(key)) for key in ("name", "doc", "source", "file")}
    head = _text(entry.get("head", ""))
    if type(line) is not int:  # True is an int as well
        raise Broken("a line that is no number")
    parameters = _parameters(entry.get("parameters"))
    return Definition(
        kind=cast(Kind, kind), parameters=parameters, methods=methods, line=line, head=head,
        unread=0, **texts,
    )  # fmt: skip


def _parameters(node: Any) -> tuple[Parameter, ...]:
    return tuple(_parameter(_dict(each)) for each in _list(node))


def _parameter(entry: dict[str, Any]) -> Parameter:
    # a number or a text in their place is no flag
    flags = {key: entry.get(key) is True for key in ("required", "keyword_only", "variadic")}
    default = entry.get("default")
    if not (default is None or isinstance(default, (bool, int, float, str))):
        raise Broken("a default that is no plain value")
    return Parameter(name=_text(entry.get("name")), default=default, **flags)


def _list(node: Any) -> list[Any]:
    if not isinstance(node, list) or len(node) > MOST:
        raise Broken("a list that is none")
    return node


def _dict(node: Any) -> dict[str, Any]:
    if not isinstance(node, dict) or len(node) > MOST:
        raise Broken("an entry that is none")
    return node


def _text(node: Any) -> str:
    if not isinstance(node, str) or len(node) > LONGEST:
        raise Broken("a text that is none")
    return clean(node)


def _pair(entry: Any) -> tuple[int, Any]:
    match entry:
        case [int(position), node]:
            return position, node
    raise Broken("a pair that is none")


def calls_of(value: Any) -> Calls:
    """The kinds of arguments of calls, as text; nothing of what a worker does not send."""
    if not isinstance(value, dict):
        return {}
    return {
        clean(str(place)): [
            {clean(str(name)): clean(str(kind))[:200] for name, kind in each.items()}
            for each in kinds if isinstance(each, dict)
        ]
        for place, kinds in value.items() if isinstance(kinds, list)
    }  # fmt: skip


def pair_of(value: Any) -> list[dict[str, dict[str, Any]]]:
    """Two dicts of dicts; of what a worker does not send nothing."""
    pair = value if isinstance(value, list) and len(value) == 2 else [{}, {}]
    return [
        {str(place): each for place, each in one.items() if isinstance(each, dict)}
        for one in pair if isinstance(one, dict)
    ] if all(isinstance(one, dict) for one in pair) else [{}, {}]  # fmt: skip


def unrun_of(value: Any) -> tuple[NotRun, ...]:
    """What no call has run; nothing of what a worker does not send."""
    found = []
    for each in value if isinstance(value, list) else []:
        match each:
            case {"name": str(name), "file": str(file), "first": int(first), "last": int(last),
                  "whole": bool(whole)}:  # fmt: skip
                found.append(NotRun(clean(name), clean(file), first, last, whole))
    return tuple(found)
