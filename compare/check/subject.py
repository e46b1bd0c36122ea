"""A Subject: the part of a submission that is judged as one concept, and how it behaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from compare.check.i18n.text import Text
from compare.sandbox.interface import Answer, Box, Definition, Handle, Inventory, Parameter


class Subject:
    """The definition bound to a concept, called through its box; its side effects are recorded.

    ``found`` is the function or class itself; others that belong to it are in ``inventory``.
    """

    def __init__(self, box: Box, definition: Definition, inventory: Inventory) -> None:
        self.box, self.found, self.inventory = box, definition, inventory
        self.changed: dict[str, None] = {}  # arguments that it changed in place
        self.warnings: dict[str, None] = {}
        self.parts: dict[str, None] = {}  # further names of the submission that belong to it
        self.traits: dict[str, None] = {}  # what its calls have shown of it, by the concept's words
        self.conventions: dict[Text, None] = {}  # what they have shown to be other than usual
        self.shown: dict[str, Mapping[str, str]] = {}  # mistakes, with the blanks of their texts
        self.unjudged: dict[str, None] = {}  # parts of it that could not be called
        self.switched: dict[str, bool] = {}  # switches that are handed over in every call
        self.made: dict[Any, Any] = {}  # what its own functions made, called once
        self.rebound: Handle | None = None  # its global names, where some of them are ours now
        self.answered = 0  # how many calls gave an answer

    def beside(self, definition: Definition) -> Subject:
        """Another definition of the same submission."""
        return Subject(self.box, definition, self.inventory)

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What is made of it under that key, the first time that it is asked for."""
        if key not in self.made:
            self.made[key] = make()
        return self.made[key]

    def begin(self) -> None:
        """Forget how it behaved on the problem before."""
        self.changed, self.warnings, self.answered = {}, {}, 0

    def call(self, /, *args: Any, **named: Any) -> Any:
        """The result of the function, or an object of the class.   Raises Failed."""
        return self.of(self.found.name, *args, **{**self.switched, **named})

    # positional only, so that a parameter may be called name
    def of(self, name: str, /, *args: Any, **named: Any) -> Any:
        """The result of another function of the submission, which then is a part of this one."""
        self.parts[name] = None
        definition = self.inventory[name]
        parameters, unread = definition.parameters, definition.unread
        args, by_name = _by_name(parameters, args)
        args, named = _by_place(parameters, args, named)
        args = (*[None] * unread, *args)
        answer = self.box.call(name, *args, **by_name, **named)
        return self._noted(answer, (*[Parameter("", True)] * unread, *parameters))

    def method(self, handle: Handle, name: str, /, *args: Any, **named: Any) -> Any:
        """The result of a method; changed arguments are kept under the method's own names."""
        parameters = self.found.methods.get(name, ())
        return self._noted(self.box.method(handle, name, *args, **named), parameters)

    def _noted(self, answer: Answer, parameters: Any) -> Any:
        for i in answer.changed:
            name = parameters[i].name if i < len(parameters) else f"argument {i + 1}"
            self.changed[name] = None
        self.warnings |= dict.fromkeys(answer.warnings)
        self.answered += 1
        return answer.value

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the parameters that have no default."""
        return tuple(p.name for p in self.found.parameters if p.needed)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of all parameters."""
        return tuple(p.name for p in self.found.parameters)


def _by_place(
    parameters: Sequence[Parameter], args: Any, named: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """Arguments by name at their places, where nothing before them is left out: changes show so.

    But not of what is kept beside the code so that it can be changed.
    """
    left = dict(named)
    for p in parameters[len(args) :]:
        if p.variadic or p.keyword_only or p.name not in left or isinstance(left[p.name], Handle):
            break
        args = (*args, left.pop(p.name))
    return args, left


def _by_name(parameters: Sequence[Parameter], args: Any) -> tuple[Any, dict[str, Any]]:
    """Arguments by position, and those after a ``*`` by the name of their parameter."""
    names = [p.name for p in parameters if p.keyword_only and p.needed]
    first = sum(not (p.keyword_only or p.variadic) for p in parameters)
    if not names or any(p.variadic and not p.keyword_only for p in parameters):
        return args, {}
    return args[:first], dict(zip(names, args[first:], strict=False))
