"""TensorBoard's event files: written, read and checked to the last byte, and trimmed."""

from __future__ import annotations

import os
import platform
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError
from tensorboard.compat.proto.event_pb2 import Event

from compare.language.message import message
from compare.system.atomic_files import append_whole, write_atomically
from compare.system.crc32c import masked_crc32c

_HEADER, _FOOTER = 12, 4  # a length and its checksum; the checksum of what stands between
_NUMBERS = count()  # two files that are begun in one second need two names

AT = message("{problem} at byte {start} of {size}")
NO_EVENT = message("no event at byte {start} of {size}")


class EventWriter:
    """A new event file in a folder; what is added is with the system at once, or raises OSError.

    torch's SummaryWriter hands events to a thread, which fails some time later, unseen.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # the name by which TensorBoard finds and sorts event files
        maker = f"{int(time.time()):010d}.{platform.node()}.{os.getpid()}.{next(_NUMBERS)}"
        self.path = folder / f"events.out.tfevents.{maker}"
        self._file = self.path.open("xb", buffering=0)
        self.add(record(Event(wall_time=time.time(), file_version="brain.Event:2")))

    def add(self, records: bytes) -> None:
        """Append whole records, all of them or none."""
        append_whole(self._file, records)

    def close(self) -> None:
        """End the file."""
        self._file.close()


def record(event: Any) -> bytes:
    """An event as it stands in a file.

    Source: TensorFlow's TFRecord format: length, its CRC-32C, the bytes, their CRC-32C.
    """
    content = event.SerializeToString()
    length = struct.pack("<Q", len(content))
    checksums = (struct.pack("<I", masked_crc32c(part)) for part in (length, content))
    return b"".join((length, next(checksums), content, next(checksums)))


@dataclass(frozen=True)
class EventFile:
    """The events up to the first damage, each with its bytes; and what the damage is, or ""."""

    path: Path
    events: tuple[tuple[bytes, Any], ...]
    damage: str = ""


def event_files(folder: Path) -> list[Path]:
    """The event files of one of TensorBoard's runs, oldest first."""
    # their names hold the second in which they were made, and sort by it
    return sorted(folder.glob("*tfevents*")) if folder.is_dir() else []


def read(path: Path) -> EventFile:
    """Every event whose checksums are right, up to the first whose are not.   Raises OSError."""
    content, start = path.read_bytes(), 0
    events: list[tuple[bytes, Any]] = []
    while start < len(content):
        end, wrong = _record(content, start)
        if wrong:
            return EventFile(
                path,
                tuple(events),
                AT.filled({"problem": wrong, "start": start, "size": len(content)}),
            )
        try:
            event = Event.FromString(content[start + _HEADER : end - _FOOTER])
        except DecodeError:
            return EventFile(
                path, tuple(events), NO_EVENT.filled({"start": start, "size": len(content)})
            )
        events.append((content[start:end], event))
        start = end
    return EventFile(path, tuple(events), "" if events else message("it is empty"))


def _record(content: bytes, start: int) -> tuple[int, str]:
    """Where the record ends that begins here, and what is wrong with it."""
    header = content[start : start + _HEADER]
    if len(header) < _HEADER:  # killed while it wrote
        return start, message("cut off")
    length, length_checksum = struct.unpack("<QI", header)
    if masked_crc32c(header[:8]) != length_checksum:
        return start, message("a wrong checksum")
    # only now: a length whose checksum is wrong may point anywhere
    end = start + _HEADER + length + _FOOTER
    if end > len(content):
        return start, message("cut off")
    (data_checksum,) = struct.unpack("<I", content[end - _FOOTER : end])
    wrong = masked_crc32c(content[start + _HEADER : end - _FOOTER]) != data_checksum
    return end, message("a wrong checksum") if wrong else ""


def tags(event: Any) -> Iterator[str]:
    """The tags that an event has values of."""
    return (value.tag for value in event.summary.value)


def trim(path: Path, keep: Callable[[str], bool], aside: Path) -> bool:
    """Leave only what is whole and of tags that are kept; whether that changed the file.

    The file as it was is moved to ``aside`` first. Raises OSError.
    """
    file = read(path)
    remaining = [raw for raw, event in file.events if all(keep(tag) for tag in tags(event))]
    if not file.damage and len(remaining) == len(file.events):
        return False
    aside.parent.mkdir(exist_ok=True)
    write_atomically(aside, path.read_bytes())  # first: nothing is lost where the next one fails
    if remaining:
        write_atomically(path, b"".join(remaining))
    else:
        path.unlink()
    return True
