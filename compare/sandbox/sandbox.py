"""A stranger's submission in a process of its own: plain values in, plain values out, no trust."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

from compare.language.message import message
from compare.sandbox.ahead import Ahead, AsksAhead
from compare.sandbox.decode_reply import answer_of, inventory_of, unrun_of
from compare.sandbox.interface import (
    Answer,
    Ending,
    Failed,
    Handle,
    Inventory,
    Limits,
    NotRun,
    clean,
)
from compare.sandbox.received_lines import received
from compare.sandbox.script_runs import ScriptRuns
from compare.sandbox.submission_files import Source
from compare.sandbox.worker import wire_format
from compare.sandbox.worker_process import WROTE, Reply, Worker, wrote_how

Read = TypeVar("Read")
_owners = itertools.count(1)
_kept = itertools.count(-1, -1)  # numbers that no worker gives
_MOST_WAITING = 64
# by the names that start.py looks up in the first frame
EVERY_LAYER = {"hook": True, "landlock": True, "seccomp": True, "rlimits": True}


class Sandbox(ScriptRuns, AsksAhead):
    """Runs a submission at the first use, and again after an ending that killed its process.

    ``layers`` switches parts of the confinement off, for tests of what the others hold.
    """

    confined = True
    tries, searched = False, 0.0

    def __init__(
        self,
        source: Source | str | Path,
        limits: Limits | None = None,
        layers: dict[str, bool] | None = None,
    ) -> None:
        self.source = source if isinstance(source, Source) else Source.of(source)
        self.limits = limits or Limits()
        self._layers = {**EVERY_LAYER, **(layers or {})}
        self._worker: Worker | None = None
        self._ready: Worker | None = None
        self._owner = 0
        self._starts = 0
        self._waiting: list[tuple[dict[str, Any], list[bytes]]] = []  # sent with the next one
        self._names: set[int] = set()  # handles of global names, which take anything
        self._ahead = Ahead()
        self._seconds = self.limits.seconds  # of the last call
        self._inventory: Inventory | None = None
        self._import_failure: Failed | None = None
        self._breaches: list[str] = []
        self._spent = 0.0
        self._why = ""

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def begin(self) -> None:
        """Starts the process, which loads NumPy while its judge does other things.

        The submission is run at the first use, as without this.
        """
        if self._worker is None and self._ready is None:
            self._ready = self._new_worker()

    def close(self) -> None:
        """Ends the process and removes its files."""
        if self._ready is not None:
            self._ready.close()
            self._ready = None
        if self._worker is not None:
            self._note_breaches(self._worker)
            self._worker.close()  # forgetting it would end it, too, but at a time that nobody knows
            self._worker = None

    def _note_breaches(self, worker: Worker) -> None:
        worker.look()
        self._breaches += worker.breaches

    @property
    def inventory(self) -> Inventory:
        """What it defines.   Raises Failed where it cannot be imported."""
        if self._inventory is None:
            self._started()
        assert self._inventory is not None
        return self._inventory

    @property
    def breaches(self) -> tuple[str, ...]:
        """Why it is not from scratch, each line once; no restart forgets one."""
        if self._worker is not None:
            self._note_breaches(self._worker)
        # each once, in the order in which they came
        return tuple(dict.fromkeys(self._breaches))

    def call(self, name: str, /, *args: Any, **named: Any) -> Answer:
        """Calls a function or a class.   Raises Failed, TypeError for a value of ours."""
        return self._call({"do": "call", "name": name}, name, args, named)

    def method(self, handle: Handle, name: str, /, *args: Any, **named: Any) -> Answer:
        """Calls a method of an object."""
        # for the line that says what took too long, or crashed
        what = f"{handle.type_name}.{name}"
        return self._call(self._request("method", handle, name), what, args, named)

    def get(self, handle: Handle, name: str) -> Any:
        """An attribute of an object."""
        return self._answer_to(
            self._request("get", handle, name), f"{handle.type_name}.{name}"
        ).value

    def attributes(self, handle: Handle, names: Sequence[str]) -> Mapping[str, Any]:
        """Those of these attributes that there are.   Raises Failed."""
        request = self._request("attributes", handle, "")
        return self._by_name(self._answer_to(request, handle.type_name, value=list(names)))

    def set(self, handle: Handle, name: str, value: Any) -> None:
        """Sets an attribute of an object."""
        request = self._request("set", handle, name)
        if handle.number in self._names:
            self._later(request, value)
        else:
            self._answer_to(request, f"{handle.type_name}.{name}", value=value)

    def keep(self, value: Any) -> Handle:
        """A dict, list or array that lives in the process, so that changes in place show."""
        self._started()
        number = next(_kept)
        self._later({"do": "keep", "number": number}, value)
        return Handle(number, _name_of_kept(value), self._owner)

    def globals_of(self, name: str) -> Handle:
        """The global names of a function, as attributes.   Raises Failed."""
        handle = self._stored("globals", name)
        self._names.add(handle.number)
        return handle

    def define(self, source: str) -> Handle:
        """A function of one expression, for what takes a function.   Raises Failed."""
        return self._stored("define", source)

    def _stored(self, do: str, value: Any) -> Handle:
        handle = self._answer_to({"do": do}, do, value=value).value
        # a worker that answers with anything else has been tampered with
        if not isinstance(handle, Handle):
            raise self._after_failure(Failed(Ending.CRASHED, WROTE))
        return handle

    def fetch(self, handle: Handle) -> Any:
        """The value of an object, if it is plain all through.   Raises Failed (REFUSED)."""
        return self._answer_to(self._request("fetch", handle, ""), handle.type_name).value

    def numbers(self, handle: Handle) -> Mapping[str, Any]:
        """The numbers inside an object, by path.   Raises Failed."""
        return self._by_name(
            self._answer_to(self._request("numbers", handle, ""), handle.type_name)
        )

    def _by_name(self, answer: Answer) -> Mapping[str, Any]:
        # a worker that answers with anything else has been tampered with
        if not isinstance(answer.value, dict):
            raise self._after_failure(Failed(Ending.CRASHED, WROTE))
        return answer.value

    def put(self, handle: Handle, values: Mapping[str, Any]) -> None:
        """Sets numbers inside an object; what it refuses is raised where it is used next."""
        self._later(self._request("put", handle, ""), dict(values))

    def separate(self, handle: Handle) -> bool:
        """Gives what stands in two places of an object a copy in the second.   Raises Failed."""
        answer = self._answer_to(self._request("separate", handle, ""), handle.type_name)
        return answer.value is True

    def reseed(self, handle: Handle, seed: int) -> None:
        """Starts the generators of random numbers anew.   Raises Failed."""
        self._later(self._request("reseed", handle, ""), seed)

    def not_run(self, trainings: Sequence[str]) -> Sequence[NotRun]:
        """What of its functions no call has run.   Raises Failed."""
        if self._starts != 1 or self._worker is None or not self._worker.alive:
            return ()  # what ran in the process before is forgotten
        return unrun_of(self._answer_to({"do": "unrun"}, "", value=list(trainings)).value)

    def rewrite(self, name: str, text: str) -> bool:
        """Another text for a function, for a while; "": its own again.   Raises Failed."""
        return self._answer_to({"do": "rewrite", "name": name}, name, value=text).value is True

    def _request(self, do: str, handle: Handle, name: str) -> dict[str, Any]:
        return {"do": do, "handle": self._number(handle), "name": name}

    def _number(self, handle: Handle) -> int:
        alive = self._worker is not None and self._worker.alive
        if handle.owner != self._owner or not alive:
            kind = handle.type_name
            line = message("this {name} was of a process that ended; make it again", name=kind)
            if self._why:
                line = message(
                    "this {name} was of a process that ended: {why}; make it again",
                    name=kind,
                    why=self._why,
                )
            raise Failed(Ending.REFUSED, line)
        return handle.number

    def _call(
        self, request: dict[str, Any], what: str, args: tuple[Any, ...], named: dict[str, Any]
    ) -> Answer:
        if self.tries:
            request["tried"] = True
        return self._answer_to(request, what, args=list(args), named=named)

    def _answer_to(
        self, request: dict[str, Any], what: str, most: float = 0.0, **values: Any
    ) -> Answer:
        worker = self._started()
        request, blobs = self._written(request, what, values)
        earlier, self._waiting = self._waiting, []
        if earlier:
            request["earlier"] = [each for each, _ in earlier]
            blobs = [blob for _, its in earlier for blob in its] + blobs
        self._ahead.note((request, blobs))
        known = self._ahead.answer_to((request, blobs))
        args = tuple(values.get("args", ()))
        answer = self._timed(
            worker,
            lambda within: known or worker.ask(request, blobs, within, what),
            lambda reply: answer_of(reply, args, self._handle),
            self._left(most),
        )
        if "args" in values:  # of what prints nobody could tell which of several calls it was
            self._seconds = self.limits.seconds if answer.printed else answer.seconds
        return answer

    def _left(self, most: float = 0.0) -> float:
        """The seconds of a call: of what the box has for all of them, no more than is left."""
        return min(most or self.limits.seconds_a_call, self.limits.seconds - self._spent)

    def _later(self, request: dict[str, Any], value: Any) -> None:
        """Sends it with the next request, and waits for no answer of its own."""
        self._started()
        self._waiting.append(self._written(request, request["do"], {"value": value}))
        if len(self._waiting) >= _MOST_WAITING:
            self._answer_to({"do": "nothing"}, request["do"])

    def _written(
        self, request: dict[str, Any], what: str, values: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[bytes]]:
        """The request with the nodes of its values, and the bytes of their arrays."""
        writer = wire_format.Writer(self._held)
        try:
            nodes = {name: writer.node(value) for name, value in values.items()}
        except wire_format.Refused as error:
            raise TypeError(f"this cannot be handed to {what}: {error}") from None
        return {**request, **nodes, "bytes": sum(map(len, writer.blobs))}, writer.blobs

    def _held(self, value: Any) -> int:
        if isinstance(value, Handle):
            return self._number(value)
        raise wire_format.Refused("{kind} is no plain value", kind=type(value).__name__)

    def _handle(self, number: int, type_name: str) -> Handle:
        return Handle(number, clean(type_name[:200]), self._owner)

    def _started(self) -> Worker:
        """A worker in which the submission was run.   Raises Failed; what failed once does so."""
        if self._worker is not None and self._worker.alive:
            return self._worker
        if self._import_failure is not None:
            # a new one: each raise of the same exception makes its traceback longer
            raise Failed(
                self._import_failure.ending, self._import_failure.line, self._import_failure.where
            )
        try:
            return self._run()
        except Failed as error:
            self._import_failure = error
            self.close()
            raise

    def _run(self) -> Worker:
        self._owner = next(_owners)
        self._starts += 1
        self._waiting, self._names, self._ahead = [], set(), Ahead()
        self._worker = worker = self._ready or self._new_worker()
        self._ready = None
        seconds = self.limits.seconds - self._spent
        inventory = self._timed(
            worker, worker.run, lambda reply: inventory_of(reply, self.source.notes), seconds
        )
        if worker.dropped_output:
            n = self.limits.output_bytes
            note = message(
                "its import printed more than {n} bytes, of which the first were dropped", n=n
            )
            inventory = replace(inventory, notes=(*inventory.notes, note))
        # the first one stays: by its names the concepts were bound
        self._inventory = self._inventory or inventory
        return worker

    def _new_worker(self) -> Worker:
        return Worker(self.source, self.limits, self._layers)

    def _timed(
        self,
        worker: Worker,
        ask: Callable[[float], Reply],
        read: Callable[[Reply], Read],
        seconds: float,
    ) -> Read:
        """What ``read`` makes of the reply.   Raises Failed, also for what the worker says."""
        if seconds <= 0:
            most = self.limits.seconds
            line = message("the submission used up its {n:.3g} s", n=most)
            raise Failed(Ending.NOT_REACHED, line)
        start = time.monotonic()
        try:
            reply = ask(seconds)
            _check_ending(reply)
            return read(reply)
        except wire_format.Broken as error:
            raise self._after_failure(Failed(Ending.CRASHED, wrote_how(error))) from None
        except Failed as error:
            # with the rest of the time of all calls it may only have begun
            rest = self._spent > 0 and seconds < self.limits.seconds_a_call
            if error.ending is Ending.TIMED_OUT and rest:
                error = Failed(Ending.NOT_REACHED, error.line, error.where)
            raise self._after_failure(error) from None
        finally:
            self._spent += time.monotonic() - start  # a failure takes its time as well
            self._breaches += worker.breaches

    def _after_failure(self, error: Failed) -> Failed:
        # after these it goes on
        if error.ending not in (Ending.RAISED, Ending.REFUSED, Ending.EXITED):
            self.close()
        self._why = error.line
        return error


def _name_of_kept(value: Any) -> str:
    """What its type is called once it was handed over: a subclass does not travel."""
    if isinstance(value, Handle):
        return value.type_name
    plain = (np.generic, np.ndarray, bool, int, float, complex, str, list, tuple, dict)
    kind = next((k for k in plain if isinstance(value, k)), np.generic)
    return (type(value) if kind is np.generic else kind).__name__


@cache  # of a machine and its kernel
def missing_layers() -> tuple[str, ...]:
    """What of the confinement is not to be had on this machine, a line each."""
    nothing = ("nothing/nothing.py", b"")
    with Sandbox(Source(Path("nothing.py"), "file", "nothing", (nothing,), ("nothing.py",))) as box:
        try:
            return box.inventory.notes
        except Failed as failed:
            return (failed.line,)


def _check_ending(reply: Reply) -> None:
    """Raises Failed where the worker says that there is no answer, Broken on nonsense."""
    header = reply.header
    if header.get("ending") is None:
        return
    name, where = (clean(str(header.get(key, ""))) for key in ("ending", "where"))
    # what a worker says itself; of the other endings its parent alone can tell
    if name not in ("RAISED", "REFUSED", "OUT_OF_MEMORY", "EXITED", "TIMED_OUT"):
        raise wire_format.Broken("an ending of no known kind")
    raise Failed(Ending[name], received(header.get("line", "")), where[:300])
