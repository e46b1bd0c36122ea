"""What a box is: a person's code, called with plain values, that answers with plain values.

``Sandbox`` runs it in a process of its own, ``InProcess`` in this interpreter; both are a ``Box``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, Protocol

Kind = Literal["function", "class", "value"]


class Ending(Enum):
    """How a call ended that gave no answer."""

    RAISED = "raised"
    TIMED_OUT = "timed out"
    NOT_REACHED = "not_reached"
    OUT_OF_MEMORY = "out of memory"
    CRASHED = "crashed"
    EXITED = "exited"
    FLOODED = "flooded"
    NOT_FROM_SCRATCH = "not from scratch"
    REFUSED = "refused"


class Failed(Exception):
    """A call that gave no answer: how it ended, one line for its author, and where.

    ``where`` is a place in the submission, such as ``net.py:12, in softmax``, or "".
    """

    def __init__(self, ending: Ending, line: str, where: str = "") -> None:
        super().__init__(line)
        self.ending, self.line, self.where = ending, line, where

    @property
    def goes_on(self) -> bool:
        """Whether its process does: any other ending takes it with it."""
        return self.ending in (Ending.RAISED, Ending.REFUSED)


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    ``seconds_a_call`` of one call, ``seconds`` of the import and all calls of a box together, both
    by the clock on the wall; ``memory_bytes`` beyond what Python and NumPy take; ``output_bytes``
    printed by one call; ``answer_bytes`` of one answer; ``file_bytes`` of one file that it writes,
    ``disk_bytes`` of all of them; ``items`` taken of an iterator.
    """

    seconds_a_call: float = 2.0
    seconds: float = 60.0
    memory_bytes: int = 1 << 30
    output_bytes: int = 1 << 20  # 1 MiB, kept in memory here
    answer_bytes: int = 1 << 28  # 256 MiB
    file_bytes: int = 1 << 26
    disk_bytes: int = 1 << 28
    items: int = 1000  # an iterator may have no end


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function; ``default`` is None where it is not a plain value."""

    name: str
    required: bool
    keyword_only: bool = False
    variadic: bool = False
    default: Any = None

    @property
    def needed(self) -> bool:
        """Whether it has to be given."""
        return self.required and not self.variadic


@dataclass(frozen=True)
class Definition:
    """A name of the submission. ``parameters`` of a class are its constructor's.

    ``line`` is that of its definition (0: unknown), ``doc`` the first line of its docstring,
    ``source`` the text of its definition, ``head`` what a function's file says of itself, or "" ·
    ``unread``: how many parameters stand before these that it never reads, and is handed None for.
    """

    name: str
    kind: Kind
    parameters: tuple[Parameter, ...] = ()
    methods: Mapping[str, tuple[Parameter, ...]] = field(default_factory=dict)
    line: int = 0
    doc: str = ""
    source: str = ""
    file: str = ""
    head: str = ""
    unread: int = 0


@dataclass(frozen=True)
class Inventory:
    """What a submission defines, what failed while it was imported, and what was done to it.

    ``lost`` are the names of what it would define, had nothing failed.
    """

    found: tuple[Definition, ...]
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    printed: str = ""
    lost: tuple[str, ...] = ()

    @property
    def functions(self) -> list[Definition]:
        """Those that are functions."""
        return [d for d in self.found if d.kind == "function"]

    @property
    def classes(self) -> list[Definition]:
        """Those that are classes."""
        return [d for d in self.found if d.kind == "class"]

    def __getitem__(self, name: str) -> Definition:
        """Raises KeyError."""
        for definition in self.found:
            if definition.name == name:
                return definition
        raise KeyError(name)


@dataclass(frozen=True)
class Handle:
    """An object that stays where it is: its number there, its type's name, and whose it is."""

    number: int
    type_name: str
    # of one process: a restart gives another, so that an old handle is told apart from a new one
    owner: int = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """What a call gave.

    ``changed`` are the positions of the arguments that it changed in place, ``after`` all of them
    as they are after the call: of a handle's plain value, if it changed, that value.
    """

    value: Any
    changed: tuple[int, ...] = ()
    after: tuple[Any, ...] = ()
    warnings: tuple[str, ...] = ()
    printed: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class NotRun:
    """A function that no call has run, or (``whole`` is False) lines of one that none has."""

    name: str
    file: str
    first: int
    last: int
    whole: bool


# "name:line" of a function → the kinds of its arguments, by parameter, of some calls
Calls = Mapping[str, Sequence[Mapping[str, str]]]


class Box(Protocol):
    """A person's code. Every method raises Failed; arrays go in and come out as copies.

    ``tries``: whether calls only try what something is, so that no result is compared ·
    ``searched``: the seconds that were spent on other texts for its functions.
    """

    tries: bool
    searched: float

    @property
    def inventory(self) -> Inventory:
        """What it defines."""
        ...

    @property
    def confined(self) -> bool:
        """Whether it runs in a process of its own, with limits: anything of it may be called."""
        ...

    @property
    def breaches(self) -> tuple[str, ...]:
        """Why it is not from scratch; a line each, kept for good."""
        ...

    # positional only, so that a function may have parameters called name or handle
    def call(self, name: str, /, *args: Any, **named: Any) -> Answer:
        """Calls a function or a class of that name; ``module.name`` says which of several."""
        ...

    def method(self, handle: Handle, name: str, /, *args: Any, **named: Any) -> Answer:
        """Calls a method of an object that came back as a handle."""
        ...

    def ahead(self, works: Sequence[Callable[[], Any]]) -> None:
        """Works that are done next, in this order: the first call of each may be made at once."""
        ...

    def get(self, handle: Handle, name: str) -> Any:
        """The attribute of that name."""
        ...

    def attributes(self, handle: Handle, names: Sequence[str]) -> Mapping[str, Any]:
        """Those of these attributes that there are, in one call: each by itself would be one."""
        ...

    def set(self, handle: Handle, name: str, value: Any) -> None:
        """Sets the attribute of that name."""
        ...

    def keep(self, value: Any) -> Handle:
        """A dict, list or array that lives beside the code, so that changes in place show."""
        ...

    def fetch(self, handle: Handle) -> Any:
        """What ``keep`` left there, as it is now."""
        ...

    def numbers(self, handle: Handle) -> Mapping[str, Any]:
        """The numbers and arrays inside an object, by path: ``.layers[0]['W']``."""
        ...

    def put(self, handle: Handle, values: Mapping[str, Any]) -> None:
        """Sets numbers inside an object, by the same paths; it may refuse where it is used next."""
        ...

    def separate(self, handle: Handle) -> bool:
        """Gives what stands in two places of an object a copy in the second; whether any did."""
        ...

    def reseed(self, handle: Handle, seed: int) -> None:
        """Starts the generators anew that the object and the functions draw random numbers from."""
        ...

    def trainings(self, edits: bool = False) -> Sequence[Mapping[str, Any]]:
        """What the first turns of each training did to its weights, and should have done.

        ``edits``: whether a longer time is spent on the one edit that makes a turn right.

        Nothing where the code runs in this interpreter, in which no script is run once more.
        """
        ...

    def script_calls(self) -> Calls:
        """With which kinds of arguments its scripts, run once more, call its functions.

        Nothing where the code runs in this interpreter.
        """
        ...

    def script_values(self) -> Sequence[Any]:
        """Name or ``Class.method`` → the arguments of its first call there; and of whom they are.

        Nothing where the code runs in this interpreter.
        """
        ...

    def note_calls(self, on: bool) -> Calls:
        """What was called so since the last time, and whether that is noted from now on."""
        ...

    def not_run(self, trainings: Sequence[str]) -> Sequence[NotRun]:
        """What of its functions no call has run, but for what was judged as these trainings.

        Nothing where that is not known: in this interpreter, or after a restart.
        """
        ...

    def rewrite(self, name: str, text: str) -> bool:
        """Another text for a function, until the next such call; "": its own again.

        Whether it could be given; not in this interpreter, where it is somebody's.
        """
        ...

    def globals_of(self, name: str) -> Handle:
        """The global names of a function as attributes; to call it puts back all that were set."""
        ...

    def define(self, source: str) -> Handle:
        """A function of ours beside the code, of one expression: ``lambda x: (x * x).sum()``.

        It sees no name of the submission, and builtins of its own: what the code patches in them
        changes nothing else.
        """
        ...


def clean(text: str) -> str:
    """The text with its control characters spelled out: it is shown on somebody's terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in text)


class Unreadable(Exception):
    """What cannot be a submission; the message says what, where and why."""
