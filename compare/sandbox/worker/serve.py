"""Answers the parent's requests, one at a time, until it is killed.

What it uses was taken before the submission ran; its functions see a copy of the builtins.
"""

from __future__ import annotations

import builtins
import os
import sys
import warnings
from collections.abc import Callable, Hashable, Iterator
from contextlib import nullcontext
from time import perf_counter
from typing import Any

from compare.sandbox.worker.calls.held_objects import Objects
from compare.sandbox.worker.calls.kinds_of_arguments import Calls, calls_of_scripts
from compare.sandbox.worker.calls.lines_run import LinesRun, switch
from compare.sandbox.worker.calls.rewritten import Rewritten
from compare.sandbox.worker.inline_updates import add_updates
from compare.sandbox.worker.inventory import found, is_own_class
from compare.sandbox.worker.lines import english, line, line_of
from compare.sandbox.worker.numbers_inside import (
    GlobalNames,
    numbers,
    put,
    reseed,
    separate,
)
from compare.sandbox.worker.run_submission import (
    Overtime,
    Submission,
    by_script,
    lost,
    said,
    take_in_used,
)
from compare.sandbox.worker.script_objects import add_kept, add_objects
from compare.sandbox.worker.steps.training import trainings
from compare.sandbox.worker.training_loops import add_loops, scripts
from compare.sandbox.worker.wire_format import (
    LENGTHS,
    Broken,
    Reader,
    Refused,
    Writer,
    at_once,
    header,
    parts,
    text,
)

_read, _write, _eval = os.read, os.write, eval
_catch, _always = warnings.catch_warnings, warnings.simplefilter
_BUILTINS = dict(vars(builtins))  # copied for each function of ours: it can be patched
MOST_WARNINGS = 20
CLOSED = 71  # the exit code of a worker whose pipes the submission closed


class Server:
    """The requests of one parent, on one submission."""

    def __init__(self, submission: Submission, items: int, streams: tuple[Any, ...]) -> None:
        self.submission = submission
        self.objects = Objects(items)
        self.streams = streams
        self.calls: Calls | None = None  # while it is noted what is called
        self.in_scripts: Calls | None = None
        self.lines = LinesRun(submission.texts)
        self.rewritten = Rewritten(self._names)
        self.switches: dict[int, dict[str, Hashable]] = {}  # that were set, by object
        self.own: dict[int, tuple[type, bool]] = {}  # by id: a metaclass may define a hash

    def answer(self, request: dict[str, Any], body: memoryview) -> list[bytes]:
        """The parts of the frame that answers a request; whatever happens, it is one."""
        reply, blobs = self._answered(request, body)
        return parts({"token": request["token"], **reply}, blobs)

    def _answered(
        self, request: dict[str, Any], body: memoryview
    ) -> tuple[dict[str, Any], list[bytes]]:
        writer = Writer(self.objects.hold)
        try:
            for each in request.get("earlier", ()):
                self._prepare(each, body, writer)
                body = body[each["bytes"] :]
            reply = getattr(self, f"do_{request['do']}")(request, body, writer)
        except BaseException as error:
            # what was collected before it failed would come as arrays of this answer
            writer.blobs.clear()
            reply = self._ending(error)
        self._flush()
        return reply, writer.blobs

    def do_several(
        self, request: dict[str, Any], body: memoryview, writer: Writer
    ) -> dict[str, Any]:
        """The answers of requests, one after the other, up to the first that fails."""
        replies: list[dict[str, Any]] = []
        for each in request["each"]:
            reply, blobs = self._answered(each, body)
            body = body[sum(its["bytes"] for its in (*each.get("earlier", ()), each)) :]
            writer.blobs += blobs
            replies += [{**reply, "bytes": sum(map(len, blobs))}]
            if "ending" in reply:
                break
        return {"several": replies}

    def _prepare(self, request: dict[str, Any], body: memoryview, writer: Writer) -> None:
        """Does what no answer is waited for."""
        try:
            getattr(self, f"do_{request['do']}")(request, body, writer)
        except (Exception, SystemExit) as error:
            if "handle" not in request:
                raise
            self.objects.refuse(request["handle"], error)

    def _ending(self, error: BaseException) -> dict[str, Any]:
        where = self.submission.where(error)
        said_of_it = self.submission.line(error)
        if isinstance(error, (Refused, Broken)):
            why = error.line if isinstance(error, Refused) else str(error)
            return {"ending": "REFUSED", "line": why, "where": where}
        if isinstance(error, MemoryError):
            return {"ending": "OUT_OF_MEMORY", "line": said_of_it, "where": where}
        if isinstance(error, Overtime):
            return {"ending": "TIMED_OUT", "line": line_of(error) or said_of_it, "where": where}
        if isinstance(error, SystemExit):
            call = f"sys.exit({str(error.code)[:100]!s})"
            return {
                "ending": "EXITED",
                "line": line("{line} ({place})", line=call, place=self.submission.place_of(error)),
                "where": where,
            }
        return {"ending": "RAISED", "line": said_of_it, "where": where}

    def do_run(self, request: dict[str, Any], body: memoryview, writer: Writer) -> dict[str, Any]:
        """Runs the submission, and says what it defines."""
        # by default it looks up sys.modules["warnings"], which the submission can replace
        with _catch(module=warnings):
            _always("ignore")
            # its warnings at import are no concern of the concepts that are judged call by call
            request["run"](self.submission)
            take_in_used(self.submission)
        self._flush()
        run = list(scripts(self.submission))
        for tree, file, namespace in run:
            add_loops(tree, file, namespace, [t for t, _, names in run if names is namespace])
            add_updates(tree, file, namespace)
            add_objects(tree, file, namespace)
        return {"found": found(self.submission), "failures": self.submission.failures,
                "lost": lost(self.submission), "notes": request["notes"]()}  # fmt: skip

    def do_call(self, request: dict[str, Any], body: memoryview, writer: Writer) -> dict[str, Any]:
        return self._called(self.named(request["name"]), request, body, writer)

    def do_method(
        self, request: dict[str, Any], body: memoryview, writer: Writer
    ) -> dict[str, Any]:
        holder = self.objects.get(request["handle"])
        return self._called(getattr(holder, request["name"]), request, body, writer)

    def do_get(self, request: dict[str, Any], body: memoryview, writer: Writer) -> dict[str, Any]:
        value = getattr(self.objects.get(request["handle"]), request["name"])
        return {"value": writer.node(self.objects.taken(value))}

    def do_attributes(
        self, request: dict[str, Any], body: memoryview, writer: Writer
    ) -> dict[str, Any]:
        owner, there = self.objects.get(request["handle"]), {}
        for name in Reader(body, self.objects.get).value(request["value"]):
            collected = len(writer.blobs)
            try:
                there[name] = writer.node(self.objects.taken(getattr(owner, name)))
            except (Exception, SystemExit):  # none of that name, or nothing that can be sent
                del writer.blobs[collected:]
        return {"value": {"dict": [[name, node] for name, node in there.items()]}}

    def do_set(self, request: dict[str, Any], body: memoryview, writer: Writer) -> dict[str, Any]:
        value = Reader(body, self.objects.get).value(request["value"])
        setattr(self.objects.get(request["handle"]), request["name"], value)
        self.switches.setdefault(request["handle"], {})[request["name"]] = switch(value)
        return {}

    def do_keep(self, request: dict[str, Any], body: memoryview, writer: Writer) -> dict[str, Any]:
        value = Reader(body, self.objects.get).value(request["value"])
        self.objects.keep(request["number"], value)
        return {}

    def do_nothing(
        self, request: dict[str, Any], body: memoryview, writer: Writer
    ) -> dict[str, Any]:
        return {}

    def do_define(
        self, request: dict[str, Any], body: memoryview, writer: Writer
    ) -> dict[str, Any]:
        source = Reader(body, self.objects.get).value(request["value"])
        return {"value": self._handle_of(_eval(source, {"__builtins__": dict(_BUILTINS)}))}

    def do_globals(
        self, request: dict[str, Any], body: memoryview, writer: Writer
    ) -> dict[str, Any]:
        name = Reader(body, self.objects.get).value(request["value"])
        return {"value": self._handle_of(GlobalNames(self.named(name)))}

    def _handle_of(self, value: Any) -> dict[str, Any]:
        return {"handle": [self.objects.hold(value), type(value).__name__]}

    def do_fetch(self, request: dict[str, Any], body: memoryview, writer: Writer) -> dict[str, Any]:
        value = self.objects.get(request["handle"])
        # the caller's one would keep such an object here, and answer with its handle
        strict = Writer(self.objects.plain)
        node = strict.node(self.objects.taken(value))
        writer.blobs.extend(strict.blobs)
        return {"value": node}

    def do_numbers(
        self, request: dict[str, Any], body: memoryview, writer: Writer
    ) -> dict[str, Any]:
        held = self.objects.get(request["handle"])
        return {"value": writer.node(numbers(held, self._is_own))}

    def do_put(self, request: dict[str, Any], body: memoryview, writer: Writer) -> dict[str, Any]:
        values = Reader(body, self.objects.get).value(request["value"])
        put(self.objects.get(request["handle"]), values, self._is_own)
        return {}

    def do_separate(
        self, request: dict[str, Any], body: memoryview, writer: Writer
    ) -> dict[str, Any]:
        held = self.objects.get(request["handle"])
        return {"value": writer.node(separate(held, self._is_own))}

    def do_reseed(
        self, request: dict[str, Any], body: memoryview, writer: Writer
    ) -> dict[str, Any]:
        names = self._names()
        seed = Reader(body, self.objects.get).value(request["value"])
        reseed(self.objects.get(request["handle"]), names, seed, self._is_own)
        return {}

    def do_trainings(
        self, request: dict[str, Any], body: memoryview, writer: Writer
    ) -> dict[str, Any]:
        """The first turns of what trains, in each script that is run once more."""
        seconds, edits = Reader(body, self.objects.get).value(request["value"])
        found = trainings(by_script(self.submission), self._is_own, seconds, edits)
        return {"value": writer.node(found)}

    def do_script_calls(
        self, request: dict[str, Any], body: memoryview, writer: Writer
    ) -> dict[str, Any]:
        """Of its scripts, run once more, the kinds of arguments that they call its functions with.

        And the arguments themselves, of the first call of each, and what of them others gave. What
        they make of its classes and hand to its functions can be made again from then on.
        """
        if self.in_scripts is None:
            seconds, _ = Reader(body, self.objects.get).value(request["value"])
            self.in_scripts = calls_of_scripts(by_script(self.submission), seconds, self._names())
            add_kept(self.in_scripts.kept, next(iter(self.submission.modules.values()), {}))
        calls = self.in_scripts
        return {"value": writer.node([calls.seen, calls.first, calls.origins])}

    def do_note_calls(
        self, request: dict[str, Any], body: memoryview, writer: Writer
    ) -> dict[str, Any]:
        """What was called since the last such request, and whether calls are noted from now on."""
        seen = self.calls.seen if self.calls else {}
        on = Reader(body, self.objects.get).value(request["value"])
        self.calls = Calls(frozenset(self.submission.texts)) if on else None
        return {"value": writer.node(seen)}

    def do_rewrite(
        self, request: dict[str, Any], body: memoryview, writer: Writer
    ) -> dict[str, Any]:
        """Another text for a function, until the next such request; whether it could be given."""
        text = Reader(body, self.objects.get).value(request["value"])
        self.rewritten.put_back()
        done = bool(text) and self.rewritten.rewrite(self.named(request["name"]), text)
        return {"value": writer.node(done)}

    def do_unrun(self, request: dict[str, Any], body: memoryview, writer: Writer) -> dict[str, Any]:
        """What of its functions no call has run."""
        trainings = Reader(body, self.objects.get).value(request["value"])
        unrun = self.lines.unrun(trainings)
        shown = [{**each, "file": self.submission.shown(each["file"])} for each in unrun]
        return {"value": writer.node(shown)}

    def _names(self) -> dict[str, Any]:
        return {k: v for space in self.submission.modules.values() for k, v in space.items()}

    def _is_own(self, kind: type) -> bool:
        known = self.own.get(id(kind))
        if known is None:
            known = self.own[id(kind)] = kind, is_own_class(self.submission, kind)
        return known[1]

    def named(self, name: str) -> Any:
        """The object of a name, of ``module.name``, or of ``Class.name``.   Raises Refused."""
        for namespace in self.submission.modules.values():
            if name in namespace:
                return namespace[name]
        for module, namespace in self.submission.modules.items():
            if name.startswith(f"{module}.") and name[len(module) + 1 :] in namespace:
                return namespace[name[len(module) + 1 :]]
        holder, _, method = name.rpartition(".")
        owner = self.named(holder) if holder else None
        # not inherited: the inventory lists a static method by the class that holds it
        if isinstance(owner, type) and method in vars(owner):
            return getattr(owner, method)
        raise Refused("there is no {name} in the submission", name=repr(name))

    def _called(
        self, function: Callable[..., Any], request: dict[str, Any], body: memoryview, out: Writer
    ) -> dict[str, Any]:
        reader = Reader(body, self.objects.get)
        args = reader.value(request["args"])
        named = reader.value(request["named"])
        # as bytes and no copies to compare: an __eq__ of the submission decides nothing
        before = [self._bytes(arg) for arg in args]
        handle = request.get("handle", 0)
        holder = type(self.objects.get(handle)) if handle else None
        kind = (holder, request["name"], *self.switches.get(handle, {}).items())
        with _catch(record=True, module=warnings) as caught:
            _always("always")
            start = perf_counter()
            with (
                self.calls.noted() if self.calls else nullcontext(),
                nullcontext() if "tried" in request else self.lines.noted(kind, args, named),
            ):
                value = self.objects.taken(function(*args, **named))
            seconds = perf_counter() - start
        node = out.node(value)
        changed = [i for i, arg in enumerate(args) if self._bytes(arg) != before[i]]
        return {
            "value": node,
            "changed": [[i, out.node(args[i])] for i in changed],
            "warnings": [_warned(each) for each in (caught or [])[:MOST_WARNINGS]],
            "seconds": seconds,
        }

    def _bytes(self, value: Any) -> tuple[Any, list[bytes]]:
        """What it is, byte by byte; an object in it counts by its place in memory."""
        writer = Writer(id)
        node = writer.node(value)
        # in the node of an array is no number of the submission's, of which -0.0 would equal 0.0
        return node if type(node) is dict and "array" in node else text(node), writer.blobs

    def _flush(self) -> None:
        for stream in (sys.stdout, sys.stderr, *self.streams):
            try:
                stream.flush()
            except BaseException:
                pass  # its own, or closed
        # it may have redirected them; of later calls, too, what is printed is to be seen
        sys.stdout, sys.stderr = self.streams


def _warned(caught: Any) -> str:
    return english(said(caught.message))[:300]


def requests(pipe: int) -> Iterator[tuple[dict[str, Any], memoryview]]:
    """The parent's frames, until it closes the pipe."""
    while True:
        lengths = _exactly(pipe, LENGTHS.size)
        if lengths is None:
            return
        first, second = LENGTHS.unpack(lengths)
        head, body = _exactly(pipe, first), _exactly(pipe, second)
        if head is None or body is None:
            return
        yield header(bytes(head)), memoryview(body)


def _exactly(pipe: int, size: int) -> bytearray | None:
    data = bytearray(size)
    view, done = memoryview(data), 0
    while done < size:
        part = _read(pipe, min(size - done, 1 << 20))  # os.read sets aside all it is asked for
        if not part:
            return None
        view[done : done + len(part)] = part
        done += len(part)
    return data


def send(pipe: int, data: list[bytes]) -> None:
    """All of it; what is small at once, or the parent would wake up for each part."""
    for part in at_once(data):
        view = memoryview(part)
        while view:
            view = view[_write(pipe, view) :]
