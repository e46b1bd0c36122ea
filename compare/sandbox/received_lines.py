"""The lines that a worker sent, as messages: a stranger may have written them."""

from __future__ import annotations

import re
from typing import Any

from compare.language.message import Message, message
from compare.sandbox.interface import clean

LONGEST = 1000  # characters of a text, and of a value
DEEPEST = 6
MOST = 10  # values of a line
_FORMAT = re.compile(r"\{\w+:")  # {x:>99999999} would be filled here


def received(node: Any, depth: int = 0) -> Message:
    """The message in a node of JSON (``worker.lines``); whatever it is not is shown as text."""
    match node:
        case {"text": str(text), "values": dict(values)} if (
            depth < DEEPEST and len(values) <= MOST and not _FORMAT.search(text)
        ):
            parts = {str(k)[:50]: _value(v, depth) for k, v in values.items()}
            return Message(clean(text[:LONGEST]), "", parts)
    return message("{line}", line=clean(str(node)[:LONGEST]))


def _value(node: Any, depth: int) -> str:
    return received(node, depth + 1) if isinstance(node, dict) else clean(str(node)[:LONGEST])
