"""What of a submission is held against a definition: a function, or a method of a class."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations, product
from typing import Any

import numpy as np

from compare.check.calling.optimizers.closures import as_object
from compare.check.calling.settings import settings_of
from compare.check.calling.standard import stand_ins
from compare.check.calling.standard.definition import Line
from compare.check.calling.standard.flat import flat, stacked
from compare.check.calling.standard.roles import (
    FED,
    FITTED,
    LOGARITHM,
    OF_TENSORS,
    OTHERS,
    STEPS,
    TOLD_BY_NAME,
    kind_of,
    said_of,
    says_logarithm,
)
from compare.check.naming.network_parameters import role_of
from compare.check.naming.source_tree import tree_of
from compare.check.subject import Subject
from compare.check.trial import FATAL
from compare.sandbox.interface import Ending, Failed, Handle, Parameter

_CONTAINERS = ("list", "array", "dict", "tuple")  # of tensors, by form
_KEYS = ("W1", "b1", "W2")
_IMPLIED = ("K",)  # which the arrays show
Assignment = Mapping[str, Any]  # parameter → role; "=role" → the number that its code has for it
Shown = dict[str, list[np.ndarray] | None]  # what is returned, or read: its numbers
_SETTING = 1e-3  # from here on a number is no guard against a division by 0
_MOST_OF_DATA = 4  # methods that take one thing
_CONSTANTS, _MOST_CONSTANTS = "constants", 8
RETURNED, CHANGED = "returned", "changed"


@dataclass(frozen=True)
class Part:
    """A function, or a class with one of its methods, ``method``.

    ``before``: the methods that are called first: what is fitted to data, then takes others.
    """

    subject: Subject
    method: str = ""
    before: tuple[str, ...] = ()
    known: dict[Any, Shown] = field(default_factory=dict)
    changes: dict[Any, tuple[str, ...]] = field(default_factory=dict)
    given: list[Any] = field(default_factory=list)  # what each call gave, as it is

    @property
    def label(self) -> str:
        """What it is called."""
        return " ".join((self.subject.found.name, *self.before, self.method)).strip()

    @property
    def made_with(self) -> tuple[Parameter, ...]:
        """What its object is made with."""
        return self.subject.found.parameters if self.method else ()

    @property
    def called_with(self) -> tuple[Parameter, ...]:
        """What it is called with."""
        found = self.subject.found
        return found.methods[self.method] if self.method else found.parameters

    def uses(self, name: str) -> bool:
        """Whether its text does anything with a parameter."""
        source = self.subject.found.source
        if self.subject.found.kind == "class":
            own = re.search(rf"\n( +)def {self.method}\(.*?(?=\n\1\S|\Z)", source, re.DOTALL)
            source = own[0] if own else source
        body = source.partition("):")[2] or source.partition("->")[2]
        return re.search(rf"\b{name}\b", body) is not None


def parts_of(subject: Subject) -> Iterator[Part]:
    """A function itself; the public methods of a class."""
    found = subject.found
    made = as_object(subject)
    if found.kind == "function":
        yield Part(made, "__call__") if made is not subject else Part(subject)
        return
    public = [n for n in found.methods if not n.startswith("_") or n == "__call__"]
    yield from (Part(subject, name) for name in public)
    of_data = [n for n in public if len([p for p in found.methods[n] if p.required]) == 1]
    if len(of_data) <= _MOST_OF_DATA:
        yield from (Part(subject, b, (a,)) for a, b in permutations(of_data, 2))
        yield from (Part(subject, c, (a, b)) for a, b, c in permutations(of_data, 3))


def assignments(
    part: Part, line: Line, values: Mapping[str, Any], form: int, among: tuple[str, ...],
    by_name: bool = True,
) -> Iterator[Assignment]:  # fmt: skip
    """Every way to hand over what a line is computed from.

    What says one of the roles ``among`` those of its definition is not left at its default ·
    ``by_name``: whether names of numbers say which of them is which.
    """
    if (OTHERS in line.roles) != bool(part.before) and FITTED not in line.roles:
        return
    if part.before and OTHERS not in line.roles:
        return
    made_with = [p for p in part.made_with if not stand_ins.is_state(part.subject, p)]
    parameters = [p for p in (*made_with, *part.called_with) if not p.variadic]
    series = part.method and set(FED) & set(line.roles)
    handed = part.called_with and not series
    implied = {*_IMPLIED, *(["step"] if not handed else []), *([FITTED] if part.before else [])}
    constants = _settings_in(part) if by_name else []
    drawn_by = _generators(part)
    kinds, said = _script_kinds(part), _said(parameters, line, by_name, implied)

    def further(left: Sequence[Parameter], taken: dict[str, str]) -> Iterator[Assignment]:
        if not left:
            open_ = [r for r in line.roles if r not in (*taken.values(), *implied)]
            if all(kind_of(r, values[r]) in ("whole", "number") and r not in FED for r in open_):
                for each in product(constants, repeat=len(open_)) if len(open_) < 3 else ():
                    yield {**taken, **{f"={r}": v for r, v in zip(open_, each, strict=True)}}
            return
        first, *others = left
        if first.name in drawn_by:
            yield from further(others, taken)
            return
        made = first in part.made_with and bool(part.method)
        if instead := stand_ins.instead(part.subject, first, made, part.method, line.roles):
            free = (r for r in instead if r not in taken.values())
            yield from (a for r in free for a in further(others, {**taken, first.name: r}))
            return
        for role in line.roles:
            if role == "step" and first in part.made_with:
                continue
            if role not in taken.values() and _fits(first, role, values[role], form, kinds, said):
                yield from further(others, {**taken, first.name: role})
        # a count that goes with each value is none to leave out
        setting = isinstance(first.default, float) and _SETTING <= abs(first.default) < np.inf
        wanted = setting or bool(series and first in part.called_with or said_of(first.name, among))
        if not first.required and not wanted:
            yield from further(others, taken)

    yield from further(parameters, {})


def _generators(part: Part) -> dict[str, Any]:
    """What a function draws random numbers with, by name."""
    if part.method:
        return {}
    drawn = settings_of(part.subject).items()
    return {n: v for n, v in drawn if isinstance(v, Handle) or role_of(n) == "seed"}


def _settings_in(part: Part) -> list[float]:
    """The numbers of its text that are no guards."""
    return [v for v in constants_of(part) if abs(v) >= _SETTING][:_MOST_CONSTANTS]


def constants_of(part: Part) -> list[float]:
    """The numbers of its text, and those that it reads from its file."""
    if _CONSTANTS not in part.known:
        nodes = list(ast.walk(tree_of(part.subject.found.source)))
        numbers = [n.value for n in nodes if isinstance(n, ast.Constant)]
        names = sorted({n.id for n in nodes if isinstance(n, ast.Name)})
        values = [d.name for d in part.subject.inventory.found if d.kind == "value"]
        wanted = [n for n in names if n in values]
        if wanted:
            try:
                there = part.subject.box.globals_of(part.subject.found.name)
                numbers += part.subject.box.attributes(there, wanted).values()
            except Failed:
                pass
        found = {float(v): None for v in numbers if isinstance(v, (int, float)) and v not in (0, 1)}
        part.known[_CONSTANTS] = {str(v): None for v in found}
    return [float(v) for v in part.known[_CONSTANTS]]


def _said(
    parameters: Sequence[Parameter], line: Line, by_name: bool, implied: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """What their names say; nothing where two of them say the same."""
    known = line.roles if by_name else TOLD_BY_NAME
    roles = tuple(r for r in line.roles if r in known and r not in implied)
    said = {p.name: said_of(p.name, roles) for p in parameters}
    spoken = list(said.values())
    return {name: roles for name, roles in said.items() if spoken.count(roles) == 1}


def _fits(
    p: Parameter, role: str, value: Any, form: int, kinds: Mapping[str, set[str]],
    said: Mapping[str, tuple[str, ...]],
) -> bool:  # fmt: skip
    if said.get(p.name) and role not in said[p.name]:
        return False
    if says_logarithm(p.name) and not role.startswith(LOGARITHM):
        return False
    if role == stand_ins.AFTER:
        return False
    kind = "number" if role in FED else kind_of(role, value)
    if isinstance(p.default, (bool, str)):
        return False
    if isinstance(p.default, float) and kind != "number":
        return False
    if isinstance(p.default, int) and kind not in ("whole", "number"):
        return False
    if isinstance(p.default, (tuple, list)) and kind != "list":
        return False
    theirs = kinds.get(p.name, set()) - {"NoneType"}
    if role == "fed":
        return not theirs or any(stand_ins.is_alike(form, each) for each in theirs)
    return not theirs or any(_alike(kind, form, each) for each in theirs)


def _alike(kind: str, form: int, theirs: str) -> bool:
    if kind == "tensors":
        return theirs.split()[0] == _CONTAINERS[form]
    if kind == "list":
        return theirs in ("list number", "tuple number", "array 1", "range")
    if kind == "array 1" and theirs in ("list number", "tuple number"):
        return True
    if kind.startswith("array") and theirs.startswith(("list ", "tuple ")):
        return theirs.count(" ") == int(kind[-1])
    return theirs == ("number" if kind in ("whole", "number") else kind)


def _script_kinds(part: Part) -> dict[str, set[str]]:
    """Parameter → of which kinds its own script hands it over."""
    found = part.subject.found
    lines = range(found.line, found.line + max(1, found.source.count("\n") + 1))
    names = (part.method, "__init__") if part.method else (found.name,)
    kinds: dict[str, set[str]] = {}
    try:
        calls = part.subject.box.script_calls()
    except Failed:
        return kinds
    for place, each in calls.items():
        name, _, line = place.partition(":")
        if name in names and int(line) in (lines if part.method else [found.line]):
            for call in each:
                for parameter, kind in call.items():
                    kinds.setdefault(parameter, set()).add(kind)
    return kinds


def shown(
    part: Part, line: Line, assigned: Assignment, values: Mapping[str, Any], number: int, form: int
) -> Shown:
    """What it gives in a problem, in each way in which it shows something.   Raises Failed."""
    key = key_of(line, assigned, number, form)
    if key not in part.known:
        part.subject.begin()
        try:
            part.known[key] = _shown(part, key[0], assigned, values, form)
        except Failed as failed:
            if failed.ending in FATAL:  # perhaps because of what it was called with
                raise Failed(Ending.REFUSED, failed.line) from None
            part.known[key] = {}
        part.changes[key] = tuple(part.subject.changed)
    return part.known[key]


def constants_in(assigned: Assignment) -> dict[str, float]:
    """The roles for which its code has a number."""
    return {name[1:]: v for name, v in assigned.items() if name.startswith("=")}


def key_of(line: Line, assigned: Assignment, number: int, form: int) -> tuple[Any, ...]:
    """What is the same of calls that need not be made twice."""
    series = tuple(r for r in line.roles if r in (*FED, "step"))
    handed = sorted(item for item in assigned.items() if not item[0].startswith("="))
    return series, tuple(handed), number, form


def _shown(
    part: Part, series: Sequence[str], assigned: Assignment, values: Mapping[str, Any], form: int
) -> Shown:
    own = {p.name for p in part.made_with}
    beside = stand_ins.of_assigned(part.subject, own, assigned, values)

    def given(names: Any, at: int) -> dict[str, Any]:
        return {
            n: _handed(r, values.get(r), at, form) if n not in beside else beside[n]
            for n, r in assigned.items()
            if (n in own) is names and not n.startswith("=")
        }

    if not series:
        handed = {**given(False, 0), **_generators(part)}
        return _once(part, given(True, 0), handed, np.copy(values[FITTED]))
    length = STEPS if "step" in series else len(values[series[0]])
    if part.method:
        made = part.subject.box.call(part.subject.found.name, **given(True, 0)).value
    rows: dict[str, list[Any]] = {}
    for at in range(length):
        if not part.method:
            got: dict[str, Any] = {RETURNED: part.subject.call(**given(False, at))}
        else:
            key = stand_ins.KEY if stand_ins.CONTAINERS[form] == "dict" else ""
            got = _observed(part, made, given(False, at), beside, key)
        for name, value in got.items():
            rows.setdefault(name, []).append(value)
    return {name: stacked(row) for name, row in rows.items() if len(row) == length}


def _handed(role: str, value: Any, at: int, form: int) -> Any:
    if role == "step":
        return at + 1
    if role in FED:
        return stand_ins.of_fed(value[at], form)
    if role in OF_TENSORS:
        copies = [np.copy(v) for v in value]
        container = _CONTAINERS[form]
        if container == "array":
            return copies[0]
        if container == "dict":
            keys = _KEYS if len(copies) == 3 else ("W1", "W2")
            return dict(zip(keys, copies, strict=True))
        return copies if container == "list" else tuple(copies)
    return np.copy(value) if isinstance(value, np.ndarray) else value


def _once(
    part: Part, made: Mapping[str, Any], given: Mapping[str, Any], fitted: np.ndarray
) -> Shown:
    subject, names = part.subject, [p.name for p in part.called_with]
    in_place = names[: len(given)] == [n for n in names if n in given]
    args = [given[n] for n in names if n in given] if in_place else []
    named = {} if in_place else given
    if part.method:
        handle = subject.box.call(subject.found.name, **made).value
        for fit in part.before[:1]:
            subject.box.method(handle, fit, fitted)
        for name in part.before[1:]:
            args = [subject.box.method(handle, name, *args).value]
        answer = subject.box.method(handle, part.method, *args, **named)
    else:
        answer = subject.box.call(subject.found.name, *args, **named)
    part.given.append(answer.value)
    found: Shown = {RETURNED: flat(answer.value)} if answer.value is not None else {}
    # what only bounds may leave as it is what it changes otherwise
    left = () if answer.value is not None or not _writes(subject.found.source) else (0,)
    for k in answer.changed or left:
        if k < len(answer.after) and answer.value is None:
            found[CHANGED] = flat(answer.after[k])
        elif k < len(names):
            subject.changed[names[k]] = None
    return found


def _writes(source: str) -> bool:
    """Whether its text changes numbers in place."""
    stored = (n for n in ast.walk(tree_of(source)) if isinstance(n, (ast.AugAssign, ast.Subscript)))
    return any(isinstance(n, ast.AugAssign) or isinstance(n.ctx, ast.Store) for n in stored)


def _observed(
    part: Part, made: Handle, given: Mapping[str, Any], beside: Mapping[str, Any], key: str
) -> dict[str, Any]:
    """What a call returns, or what can be read of its object after it."""
    box, found = part.subject.box, part.subject.found
    value = box.method(made, part.method, **given).value
    if value is not None and not isinstance(value, Handle):
        return {RETURNED: value}
    optimizers = {n: h for n, h in beside.items() if n in {p.name for p in part.made_with}}
    read = stand_ins.read_of(part.subject, made, part.method, optimizers, key)
    if any(flat(v) is not None for v in read.values()):
        return read  # what it gives, and not what it keeps for that
    names = set(re.findall(r"\bself\.(\w+)|^\s+def (\w+)\(self\)", found.source, re.MULTILINE))
    wanted = sorted({n for pair in names for n in pair if n} - found.methods.keys())
    return read | {n: v for n, v in box.attributes(made, wanted).items() if flat(v) is not None}
