"""Submissions of the same bytes: one is judged, and what came of it is the others' too.

Nothing is said of why they are the same: they may have been written together.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from compare.check.check_submission import command
from compare.check.grading.handed_in import Handed, Submission
from compare.language.message import mapped
from compare.sandbox.interface import Unreadable
from compare.sandbox.submission_files import Source


def digest(submission: Submission) -> str:
    """A fingerprint of all that is read of it, whatever it is called."""
    path = submission.path
    try:
        source = Source.of(path)
        parts = [(_below(name, source), data) for name, data in source.files]
        if source.kind == "notebook":
            parts.append(("", path.read_bytes()))
    except Unreadable as error:
        # what cannot be read is compared, too: a class may hand in one broken file many times
        parts = [(path.suffix, _raw_bytes(submission) or str(error).encode())]
    except OSError as error:
        parts = [("", str(error).encode())]
    sha256 = hashlib.sha256()
    for name, data in sorted(parts):
        # with its length, or the same bytes cut elsewhere would be the same
        sha256.update(f"{name}\0{len(data)}\0".encode("utf-8", "backslashreplace") + data)
    return sha256.hexdigest()


def _below(name: str, source: Source) -> str:
    """A file's name as it is whatever the submission is called."""
    inner = name.removeprefix(f"{source.folder}/")
    return "" if source.kind == "file" and inner == source.modules[0] else inner


def _raw_bytes(submission: Submission) -> bytes:
    """The bytes of a file that is no submission; those of a folder are not read."""
    return submission.path.read_bytes() if submission.path.is_file() else b""


def grouped(
    submissions: Iterable[Submission], digests: Mapping[str, str]
) -> list[tuple[Submission, ...]]:
    """The submissions in groups of the same bytes, each in the order in which they were given."""
    groups: dict[tuple[str, str], list[Submission]] = {}
    for submission in submissions:
        kind = submission.path.suffix
        groups.setdefault((kind, digests[submission.name]), []).append(submission)
    return [tuple(group) for group in groups.values()]


def shared(handed: Handed, group: Sequence[Submission]) -> list[Handed]:
    """What came of one, for each of its group: with its own name wherever the other's stood."""
    return [handed if each == handed.submission else _for_duplicate(handed, each) for each in group]


def _for_duplicate(handed: Handed, submission: Submission) -> Handed:
    checked = handed.checked
    if submission.path.suffix:  # its places say ``ito.py:12``; those in a folder do not name it
        checked = _renamed(checked, handed.submission.path.name, submission.path.name)
    broken = _renamed(checked.broken, handed.submission.name, submission.name)
    again = command(submission.path, {}) if checked.again else ""
    checked = replace(checked, name=submission.name, broken=broken, again=again)
    return replace(handed, submission=submission, checked=checked)


def _renamed(value: Any, name: str, new_name: str) -> Any:
    """The value with a file's name replaced wherever it stands by itself in a text."""
    if isinstance(value, str):
        alone = rf"(?<![\w.-]){re.escape(name)}(?![\w-]|\.\w)"
        return mapped(value, lambda text: re.sub(alone, lambda _: new_name, text))
    if isinstance(value, tuple):
        return tuple(_renamed(part, name, new_name) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        parts = {f.name: _renamed(getattr(value, f.name), name, new_name) for f in fields(value)}
        return replace(value, **parts)
    return value
