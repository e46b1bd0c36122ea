"""The same interface around objects of this interpreter: a person's own notebook. No isolation."""

from __future__ import annotations

import inspect
import io
import itertools
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from compare.language.message import Message, message
from compare.sandbox.interface import (
    Answer,
    Calls,
    Definition,
    Ending,
    Failed,
    Handle,
    Inventory,
    Kind,
    Limits,
    NotRun,
    Parameter,
)
from compare.sandbox.received_lines import received
from compare.sandbox.worker import inventory as describe
from compare.sandbox.worker import wire_format
from compare.sandbox.worker.numbers_inside import (
    GlobalNames,
    generator_states,
    numbers,
    put,
    reseed,
    separate,
    taken,
)
from compare.sandbox.worker.steps.training import trainings

_owners = itertools.count(-1, -1)  # never one of a Sandbox's
NOTE = message("it runs in this interpreter: nothing is kept from it, and nothing is limited")


class InProcess:
    """A namespace (a module, a dict or an object) as a Box; what it does, it does here.

    Arrays go in and come out as copies all the same, and changed arguments are seen. Whatever is
    raised, SystemExit included, is Failed (RAISED).
    """

    confined = False
    tries, searched = False, 0.0

    def __init__(
        self, target: Any, limits: Limits | None = None, scripts: Mapping[str, str] | None = None
    ) -> None:
        self._scripts = scripts or {}
        self._names = _namespace(target)
        self._home = self._names.get("__name__")
        self._items = (limits or Limits()).items
        self._owner = next(_owners)
        self._objects: dict[int, Any] = {}
        self._generators: list[Callable[[], None]] = []

    @property
    def inventory(self) -> Inventory:
        """What it defines itself: not what it imported."""
        entries = (_definition_of(name, value, self._home) for name, value in self._names.items())
        definitions = tuple(e for e in entries if e is not None)
        static = (
            f
            for e in definitions
            if e.kind == "class"
            for f in _static(e.name, self._names[e.name])
        )
        return Inventory((*definitions, *static), notes=(NOTE,))

    @property
    def breaches(self) -> tuple[str, ...]:
        """Always empty: nobody looks."""
        return ()

    def call(self, name: str, /, *args: Any, **named: Any) -> Answer:
        """Calls a function or a class of that name.   Raises Failed."""
        # a static method, which the inventory lists as ``Losses.mse``
        holder, _, method = name.rpartition(".")
        if holder in self._names and name not in self._names:
            return self._called(lambda: getattr(self._names[holder], method), args, named)
        if name not in self._names:
            raise Failed(Ending.REFUSED, message("there is no {name}", name=repr(name)))
        return self._called(lambda: self._names[name], args, named)

    def method(self, handle: Handle, name: str, /, *args: Any, **named: Any) -> Answer:
        """Calls a method of an object."""
        holder = self._object(handle)
        return self._called(lambda: getattr(holder, name), args, named)

    def ahead(self, works: Sequence[Callable[[], Any]]) -> None:
        """Nothing: a call costs no more than itself."""

    def get(self, handle: Handle, name: str) -> Any:
        """An attribute of an object."""
        holder = self._object(handle)
        return self._guarded(lambda: self._to_caller(getattr(holder, name)))

    def attributes(self, handle: Handle, names: Sequence[str]) -> Mapping[str, Any]:
        """Those of these attributes that there are."""
        there = {}
        for name in names:
            with suppress(Failed):
                there[name] = self.get(handle, name)
        return there

    def set(self, handle: Handle, name: str, value: Any) -> None:
        """Sets an attribute of an object."""
        holder = self._object(handle)
        self._guarded(lambda: setattr(holder, name, self._from_caller(value)))

    def keep(self, value: Any) -> Handle:
        """A copy of the value, to be changed in place."""
        copy = self._from_caller(value)
        return Handle(self._hold(copy), type(copy).__name__, self._owner)

    def globals_of(self, name: str) -> Handle:
        """The global names of a function, as attributes."""
        names = GlobalNames(self._names.get(name))
        return Handle(self._hold(names), type(names).__name__, self._owner)

    def define(self, source: str) -> Handle:
        """A function of one expression."""
        # the source is ours and no name of the submission is in reach
        function = eval(source, {})
        return Handle(self._hold(function), type(function).__name__, self._owner)

    def fetch(self, handle: Handle) -> Any:
        """The value of an object, if it is plain all through."""
        value = self._object(handle)
        return self._guarded(lambda: _copied(self._taken(value), _refuse, _refused_handle))

    def numbers(self, handle: Handle) -> Mapping[str, Any]:
        """The numbers inside an object, by path."""
        held = self._object(handle)
        inside: Mapping[str, Any] = self._guarded(lambda: numbers(held, _is_own))
        return inside

    def put(self, handle: Handle, values: Mapping[str, Any]) -> None:
        """Sets numbers inside an object."""
        held = self._object(handle)
        self._guarded(lambda: put(held, values, _is_own))

    def separate(self, handle: Handle) -> bool:
        """Gives what stands in two places of an object a copy in the second."""
        held = self._object(handle)
        return bool(self._guarded(lambda: separate(held, _is_own)))

    def reseed(self, handle: Handle, seed: int) -> None:
        """Starts the generators of random numbers anew, until ``put_back``."""
        held = self._object(handle)
        if not self._generators:
            self._generators = self._guarded(lambda: generator_states(held, self._names, _may_draw))
        self._guarded(lambda: reseed(held, self._names, seed, _may_draw))

    def trainings(self, edits: bool = False) -> Sequence[Mapping[str, Any]]:
        """Of a text that is our own; no script of somebody's is run again in their interpreter."""
        return trainings({"submission": self._scripts}, _is_own, 3.0) if self._scripts else []

    def script_calls(self) -> Calls:
        """Nothing: no script is run again in the interpreter of who asks."""
        return {}

    def script_values(self) -> Sequence[Any]:
        """Nothing, for the same reason."""
        return ({}, {})

    def note_calls(self, on: bool) -> Calls:
        """Nothing, as there is no script to hold it against."""
        return {}

    def not_run(self, trainings: Sequence[str]) -> Sequence[NotRun]:
        """Nothing: no call is looked at in the interpreter of who asks."""
        return ()

    def rewrite(self, name: str, text: str) -> bool:
        """No function of who asks is given another text."""
        return False

    def put_back(self) -> None:
        """Leaves the generators of this interpreter as they were."""
        for put_one_back in self._generators:
            put_one_back()
        self._generators = []

    def _called(
        self, function: Callable[[], Any], args: tuple[Any, ...], named: dict[str, Any]
    ) -> Answer:
        arguments = [self._from_caller(arg) for arg in args]
        options = {name: self._from_caller(value) for name, value in named.items()}
        bytes_before = [_bytes(arg) for arg in arguments]
        printed = io.StringIO()

        # the change is looked for by bytes, as in the worker: no __eq__ of the submission decides
        def run() -> Answer:
            with warnings.catch_warnings(record=True) as caught:
                # by default a warning from the same line shows once in a process
                warnings.simplefilter("always")
                start = time.perf_counter()
                value = self._taken(function()(*arguments, **options))
                seconds = time.perf_counter() - start
            changed = tuple(i for i, arg in enumerate(arguments) if _bytes(arg) != bytes_before[i])
            after = tuple(self._to_caller(arg) for arg in arguments)
            messages = tuple(f"{each.category.__name__}: {each.message}" for each in caught)
            return Answer(
                self._to_caller(value), changed, after, messages, printed.getvalue(), seconds
            )

        with redirect_stdout(printed), redirect_stderr(printed):
            return self._guarded(run)

    def _guarded(self, run: Callable[[], Any]) -> Any:
        try:
            return run()
        except wire_format.Refused as error:
            raise Failed(Ending.REFUSED, received(error.line)) from None
        # KeyboardInterrupt stays what it is: somebody wants the notebook to stop
        except (Exception, SystemExit) as error:
            where = _where(error)
            line = f"{type(error).__name__}: {error}"
            whole = message("{line} ({place})", line=line, place=where) if where else line
            raise Failed(Ending.RAISED, whole, str(where)) from error

    def _from_caller(self, value: Any) -> Any:
        try:
            return _copied(value, self._number, lambda number, _: self._objects[number])
        except wire_format.Refused as error:
            # a mistake of the caller's, and not of the submission's: no Failed
            raise TypeError(f"this cannot be handed over: {error}") from None

    def _to_caller(self, value: Any) -> Any:
        return _copied(value, self._hold, lambda n, kind: Handle(n, kind, self._owner))

    def _taken(self, value: Any) -> Any:
        return taken(value, self._items)

    def _hold(self, value: Any) -> int:
        # from 1 on, and never used again: no object is dropped
        number = len(self._objects) + 1
        self._objects[number] = value
        return number

    def _number(self, value: Any) -> int:
        if not isinstance(value, Handle):
            raise wire_format.Refused("{kind} is no plain value", kind=type(value).__name__)
        self._object(value)
        return value.number

    def _object(self, handle: Handle) -> Any:
        if handle.owner != self._owner:
            raise Failed(
                Ending.REFUSED, message("this {name} is of another box", name=handle.type_name)
            )
        return self._objects[handle.number]


def _is_own(kind: type) -> bool:
    """Whether a class is somebody's own, and of no library that arrays come from."""
    home = str(getattr(kind, "__module__", "")).partition(".")[0]
    return home not in sys.stdlib_module_names and home not in ("numpy", "torch")


def _may_draw(kind: type) -> bool:
    """Whether an object of that class may hold a generator of somebody's own.

    A notebook holds figures, tables and results of ours: to look through them takes seconds.
    """
    home = str(getattr(kind, "__module__", "")).partition(".")[0]
    return _is_own(kind) and not _is_installed(home)


@cache
def _is_installed(home: str) -> bool:
    file = str(getattr(sys.modules.get(home), "__file__", ""))
    return home == __name__.partition(".")[0] or "site-packages" in file or "dist-packages" in file


def _namespace(target: Any) -> Mapping[str, Any]:
    if isinstance(target, Mapping):
        return target
    if isinstance(target, ModuleType):
        return vars(target)
    return {name: getattr(target, name) for name in dir(target) if not name.startswith("_")}


def _copied(value: Any, hold: Callable[[Any], int], held: Callable[[int, str], Any]) -> Any:
    """A value as the protocol would carry it."""
    writer = wire_format.Writer(hold)
    node = writer.node(value)
    return wire_format.Reader(b"".join(writer.blobs), held).value(node)


def _bytes(value: Any) -> tuple[str, list[bytes]]:
    writer = wire_format.Writer(id)
    return wire_format.text(writer.node(value)), writer.blobs


def _refuse(value: Any) -> int:
    kind = type(value).__name__
    raise wire_format.Refused("an object of type {kind} is no plain value", kind=kind)


def _refused_handle(number: int, kind: str) -> Any:
    raise wire_format.Refused("an object of type {kind} is no plain value", kind=kind)


def _where(error: BaseException) -> Message | str:
    """The innermost frame that is not of this file."""
    steps = [
        (frame.f_code, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename != __file__
    ]
    if not steps:
        return ""
    place, line = steps[-1]
    file = f"{Path(place.co_filename).name}:{line}"
    return message("{place}, in {function}", place=file, function=place.co_name)


def _definition_of(name: str, value: Any, home: Any) -> Definition | None:
    if name.startswith("_") or isinstance(value, ModuleType):
        return None
    if isinstance(value, (type, FunctionType)):
        # imported from elsewhere; of a mere dict of names no home is known
        if home is not None and value.__module__ != home:
            return None
        return _definition(name, describe.decorated(name, value))
    if isinstance(value, describe.WRAPPED):
        return Definition(name, "function", _parameters(value))
    return Definition(name, "value") if value is None or isinstance(value, describe.PLAIN) else None


def _static(name: str, holder: type) -> list[Definition]:
    """The functions that a class only holds, ``Losses.mse``: its static methods."""
    held = ((n, m.__func__) for n, m in vars(holder).items() if isinstance(m, staticmethod))
    public = ((n, f) for n, f in held if isinstance(f, FunctionType) and not n.startswith("__"))
    return [_definition(f"{name}.{n}", f) for n, f in public]


def _definition(name: str, value: type | FunctionType) -> Definition:
    kind: Kind = "class" if isinstance(value, type) else "function"
    # a class is described by the parameters of its constructor
    start = value.__init__ if isinstance(value, type) else value  # type: ignore[misc]
    parameters = _parameters(start) if isinstance(start, FunctionType) else ()
    methods = _methods(value) if isinstance(value, type) else {}
    try:
        lines, line = inspect.getsourcelines(value)
    except (OSError, TypeError):
        lines, line = [], 0
    doc = (inspect.getdoc(value) or "").partition("\n")[0]
    source = "".join(lines).rstrip("\n")
    # without self, which the class itself passes
    return Definition(name, kind, parameters[kind == "class" :], methods, line, doc, source)


def _methods(owner: type) -> dict[str, tuple[Parameter, ...]]:
    members = inspect.getmembers(owner, inspect.isfunction)
    public = ((n, f) for n, f in members if not n.startswith("_") or n == "__call__")
    own = ((n, describe.decorated(n, f)) for n, f in public)
    return {name: _parameters(f)[not _is_static(owner, name) :] for name, f in own}


def _is_static(owner: type, name: str) -> bool:
    return isinstance(inspect.getattr_static(owner, name), staticmethod)


def _parameters(function: Any) -> tuple[Parameter, ...]:
    return tuple(Parameter(**each) for each in describe.parameters(function))
