"""The portable layer: an audit hook that reports a breach before it refuses it.

It sees what the interpreter is about to do. The report is written into a pipe before the exception
is raised, so that nothing that runs later can take it back; a report that cannot be written ends
the process.

What each function here uses are its default arguments, and these are of types that nobody can
change: the submission can reach a function's frame by the exception that it raised, and through it
globals, builtins and cells, but no more than copies of its arguments.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from json.encoder import encode_basestring_ascii
from types import FunctionType
from typing import Any

from compare.sandbox.worker import forbidden
from compare.sandbox.worker.lines import refusal
from compare.sandbox.worker.paths import (
    PROJECT,
    ReadablePaths,
    is_directory,
    is_int,
    plain,
    reader,
    writable,
)

LOST = 70  # the exit code of a worker whose report could not be written
OURS = "<sandbox"  # how the names of the worker's own files begin

Handler = Callable[[str, tuple[Any, ...]], None]
Report = Callable[..., None]


def install(pipe: int, readable: ReadablePaths) -> None:
    """Adds the hook; there is no way to remove it."""
    sys.addaudithook(_hook(_handlers(reporter(pipe, readable.home), readable)))


def reporter(pipe: int, home: str) -> Report:
    """``report(text, name=...)``: writes a breach, and where in the submission, into the pipe."""

    def report(
        text: str,
        name: str = "",
        event: str = "",
        path: str = "",
        pipe: int = pipe,
        home: str = home,
        write: Callable[..., Any] = os.write,
        leave: Callable[[int], Any] = os._exit,
        frame_of: Callable[[], Any] = sys._getframe,
        quoted: Callable[[str], str] = encode_basestring_ascii,
        lost: int = LOST,
        length: Callable[[Any], int] = len,
        anything: type[BaseException] = BaseException,
    ) -> None:
        try:
            frame = frame_of()
            # the innermost frame of the submission: below it are libraries that it called
            while frame is not None and frame.f_code.co_filename[: length(home)] != home:
                frame = frame.f_back
            where = "[]"
            if frame is not None:
                where = f"[{quoted(frame.f_code.co_filename)},{frame.f_lineno}]"
            values = (
                f'{{"name":{quoted(name[:200])},"event":{quoted(event[:200])},'
                f'"path":{quoted(path[:400])}}}'
            )
            breach = f'{{"text":{quoted(text)},"values":{values}}}'
            write(pipe, f'{{"breach":{breach},"where":{where}}}\n'.encode("ascii"))
        except anything:
            leave(lost)

    return report


def _handlers(
    report: Report, readable: ReadablePaths
) -> tuple[tuple[frozenset[str], Handler], ...]:
    """What is done on which events; a name that ends with a dot stands for all that begin so."""
    breaches = frozenset(event for event, _ in forbidden.BREACHES)
    return (
        (frozenset({"open"}), _on_open(report, readable)),
        (frozenset({"import"}), _on_import(report, readable)),
        (breaches | {"ctypes."}, _on_breach(report)),
        (frozenset({"object.__setattr__", "object.__delattr__"}), _on_attribute(report)),
        (forbidden.WRITES, _on_write(readable)),
        (frozenset(forbidden.SIGNALS), _on_signal()),
        (frozenset(forbidden.LIMITS), _on_limit),
        (frozenset({"socket."}), _on_network),
    )


# of events that nothing is done on, those that come at every step of a walk through objects
_OFTEN = ("builtins.id", "object.__getattr__", "sys._getframe", "sys.settrace", "sys.setprofile")


def _hook(handlers: tuple[tuple[frozenset[str], Handler], ...]) -> Handler:
    often = frozenset(
        event
        for event in _OFTEN
        if not any({event, event[: event.find(".") + 1]} & events for events, _ in handlers)
    )

    def hook(
        event: str,
        args: tuple[Any, ...],
        handlers: tuple[tuple[frozenset[str], Handler], ...] = handlers,
        often: frozenset[str] = often,
    ) -> None:
        if event in often:
            return
        family = event[: event.find(".") + 1]
        for events, handler in handlers:
            if event in events or family in events:
                handler(event, args)

    return hook


def _on_open(report: Report, readable: ReadablePaths) -> Handler:
    reading, writing = reader(readable), writable(readable)
    changing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def on_open(
        event: str,
        args: tuple[Any, ...],
        report: Report = report,
        judge: Callable[[str], str] = reading,
        may_write: Callable[[str], bool] = writing,
        plain: Callable[[Any], str | None] = plain,
        is_int: Callable[[Any], bool] = is_int,
        is_directory: Callable[[str], bool] = is_directory,
        directories: bool = readable.directories,
        changing: int = changing,
        devnull: str = os.devnull,
        ours: str = PROJECT,
        missing: type[Exception] = FileNotFoundError,
        refused: type[Exception] = PermissionError,
    ) -> None:
        path = plain(args[0])
        if path is None and not is_int(args[0]):
            raise refused(1, "not a path of plain text")
        # the number of a file that is open was judged when it was opened
        if path is None or path == devnull:
            return
        verdict = judge(path)
        if verdict and verdict != "no":
            if verdict == ours:
                report("it reads this project's own files ({path})", path=path)
            else:
                report("it reads the files of {name} ({path})", name=verdict, path=path)
            raise refused(1, "not from scratch", path)
        # the flags and not the mode, which os.open does not have
        changes = args[2] & changing
        if changes and not may_write(path):
            raise refused(1, "only the submission's own folder can be written", path)
        if verdict:
            raise missing(2, "only the submission's own files are in the sandbox", path)
        if not (directories or changes) and is_directory(path):
            raise refused(1, "a directory cannot be opened in the sandbox", path)

    return on_open


def _on_import(report: Report, readable: ReadablePaths) -> Handler:
    writing = writable(readable)

    def on_import(
        event: str,
        args: tuple[Any, ...],
        report: Report = report,
        plain: Callable[[Any], str | None] = plain,
        # a submission may have a torch.py of its own
        foreign: frozenset[str] = forbidden.FOREIGN - readable.own,
        past: frozenset[str] = forbidden.PAST_THE_HOOK,
        may_write: Callable[[str], bool] = writing,
        slash: str = os.sep,
        refused: type[Exception] = ImportError,
        refusal: Callable[..., BaseException] = refusal,
    ) -> None:
        name = (plain(args[0]) or "").partition(".")[0]
        file = plain(args[1])  # of a module of machine code
        if file and may_write(file):
            report("it loads machine code of its own")
            raise refused("machine code is not from scratch")
        if file:
            name = file.rpartition(slash)[2].partition(".")[0]  # the caller chooses the other name
        if name in foreign:
            report("it imports {name}", name=name)
            raise refusal(
                refused, "{name} is not there: the sandbox is for code from scratch", name=name
            )
        if name in past:
            raise refusal(refused, "{name} is not in the sandbox", name=name)

    return on_import


def _on_breach(report: Report) -> Handler:
    def on_breach(
        event: str,
        args: tuple[Any, ...],
        report: Report = report,
        meanings: tuple[tuple[str, str], ...] = forbidden.BREACHES,
        other: str = forbidden.CTYPES,
        refused: type[Exception] = PermissionError,
        refusal: Callable[..., BaseException] = refusal,
    ) -> None:
        meaning = other
        for name, means in meanings:
            meaning = means if name == event else meaning
        report(meaning, event=event)
        raise refusal(refused, "not in the sandbox: {event}", 1, event=event)

    return on_breach


def _on_attribute(report: Report) -> Handler:
    def on_attribute(
        event: str,
        args: tuple[Any, ...],
        report: Report = report,
        parts: tuple[str, ...] = forbidden.FUNCTION,
        function: type = FunctionType,
        code_of: Callable[[Any], Any] = FunctionType.__dict__["__code__"].__get__,
        kind: Callable[[Any], type] = type,
        ours: str = OURS,
        refused: type[Exception] = PermissionError,
    ) -> None:
        if args[1] in parts and kind(args[0]) is function:
            # 8 characters, as OURS has
            if code_of(args[0]).co_filename[:8] == ours:
                report("it changes the sandbox's own code")
                raise refused(1, "the sandbox cannot be changed")

    return on_attribute


def _on_write(readable: ReadablePaths) -> Handler:
    writing = writable(readable)

    def on_write(
        event: str,
        args: tuple[Any, ...],
        may_write: Callable[[str], bool] = writing,
        plain: Callable[[Any], str | None] = plain,
        is_int: Callable[[Any], bool] = is_int,
        refused: type[Exception] = PermissionError,
    ) -> None:
        both = event == "os.rename" or event == "os.link"
        # what a symbolic link says is only text; opening it is judged by where it leads
        paths = args[:2] if both else args[1:2] if event == "os.symlink" else args[:1]
        for value in paths:
            path = plain(value)
            if path is None and is_int(value):
                continue  # a file that is open
            if path is None or not may_write(path):
                raise refused(1, "only the submission's own folder can be changed", path)

    return on_write


def _on_signal() -> Handler:
    this_process = os.getpid()

    def on_signal(
        event: str,
        args: tuple[Any, ...],
        this_process: int = this_process,
        refused: type[Exception] = PermissionError,
    ) -> None:
        # it may end itself; in a group of processes there may be others
        if event != "os.kill" or args[0] != this_process:
            raise refused(1, "no other process can be reached from the sandbox")

    return on_signal


def _on_limit(
    event: str, args: tuple[Any, ...], refused: type[Exception] = PermissionError
) -> None:
    raise refused(1, "the sandbox's limits cannot be changed")


def _on_network(
    event: str,
    args: tuple[Any, ...],
    harmless: str = "socket.gethostname",
    refused: type[Exception] = PermissionError,
    refusal: Callable[..., BaseException] = refusal,
) -> None:
    if event != harmless:
        raise refusal(refused, "there is no network in the sandbox ({event})", 1, event=event)
