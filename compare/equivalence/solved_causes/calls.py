"""Another number or choice in a call of torch, with which the reference gives what yours does.

Whatever a pass forward calls of torch is met on its way: where a number stands in the code and in
no setting of a module, as the 0.8 of ``x / 0.8``, it is solved there; of a word, a truth value or a
whole number others are tried. What an optimizer calls in its steps is none of it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import chain, islice, zip_longest
from typing import Any

import numpy as np
import torch
from torch.optim import optimizer as hooks
from torch.overrides import TorchFunctionMode

from compare.equivalence.solved_causes.by_numbers import same_numbers
from compare.equivalence.solved_settings import SHORT, solution
from compare.language.message import Message, message

MOST, MOST_BENT = 16, 6  # numbers, and as many choices, of which each takes a pass or some
QUOTED = re.compile(r"[`'\"]([a-z_]+)[`'\"]")
NUMBERS = frozenset(("number", "float", "Optional[float]"))
OPERANDS = frozenset(("self", "other", "exponent", "input"))  # as the 2 of x / 2 is called
PRECISION = 2.0**-22
WIDE = 2**14  # of which widths a number may be the root
Place = int | str  # of an argument: its position, or its name
# What comes out of a pass whose calls are made in that context; None where it lacks the name.
Compute = Callable[[AbstractContextManager[Any]], np.ndarray | None]


@dataclass(frozen=True)
class Written:
    """A number or choice in calls of one function: ``at`` these of all calls of a pass."""

    function: str
    place: Place
    value: Any
    others: tuple[Any, ...]  # choices; none of a number, which is solved
    at: tuple[int, ...]
    argument: str = ""  # what torch calls that position
    of_one: bool = False  # beside single numbers alone, of which it is one of many that would do


class Calls(TorchFunctionMode):
    """Makes the calls of torch inside with a value of its own, and keeps what was written there."""

    def __init__(self, written: Written | None = None, value: Any = None) -> None:
        super().__init__()
        self.written, self.value, self.made = written, value, 0
        self.seen: list[Written] = []
        self._in_step = False
        self._hooks: list[Any] = []

    def __enter__(self) -> Calls:
        self._hooks = [
            hooks.register_optimizer_step_pre_hook(lambda *given: self._step(True)),
            hooks.register_optimizer_step_post_hook(lambda *given: self._step(False)),
        ]
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        for hook in self._hooks:
            hook.remove()

    def _step(self, begins: bool) -> None:
        self._in_step = begins

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        kwargs, k = kwargs or {}, self.made
        if self._in_step:
            return func(*args, **kwargs)
        self.made += 1
        if self.written is None:
            self.seen += _written(func, args, kwargs, k)
        elif k in self.written.at:
            args, kwargs = _with(args, kwargs, self.written.place, self.value)
        return func(*args, **kwargs)


def other_calls(
    compute: Compute,
    mine: np.ndarray,
    reference: np.ndarray,
    settings: Collection[Any],
    of_one: bool = False,
) -> Message | str:
    """Which number, or choice, of which calls gives mine; "" where none does.

    settings: what modules hold, which is tried there · of_one: of numbers beside single ones, and
    of no choices; else of all others.
    """
    calls = Calls()
    if compute(calls) is None:
        return ""
    written = [w for w in _together(calls.seen) if w.value not in settings]
    numbers = [w for w in written if not w.others and w.of_one == of_one][:MOST]
    solved = partial(_solved, compute, mine, reference)
    choices = [w for w in written if w.others and not of_one]
    causes = chain(
        (solved(w) for w in numbers),
        (_chosen(compute, mine, w, other) for w, other in _each(choices)),
        (_chosen(compute, mine, w, other) for w, other in _each(_steps(numbers))),
        (solved(w, bent=True) for w in numbers[:MOST_BENT]),
    )
    odd: Message | str = ""  # a number that nobody writes: 10.666667 for 8, where 1e3 is for 1e4
    for cause, is_odd in causes:
        if cause and not is_odd:
            return cause
        odd = odd or cause
    return odd


def _solved(
    compute: Compute, mine: np.ndarray, reference: np.ndarray, written: Written, bent: bool = False
) -> tuple[Message | str, bool]:
    def of(paths: Sequence[str], name: str, x: float) -> np.ndarray | None:
        return compute(Calls(written, x))

    before = float(written.value)
    value = solution((written.function, (), before), mine, reference, of, bent)
    # the same but for what float32 rounds away of it is a question of precision
    if value is None or abs(float(value) - before) <= PRECISION * abs(before):
        return "", False
    if len(value) <= SHORT:
        return _another(written, value), False
    width = round(float(value) ** -2) if WIDE**-0.5 < float(value) < 1 else 0
    is_root = abs(float(value) * width**0.5 - 1) < PRECISION  # as of the width of a head
    return _another(written, f"{value} = 1/sqrt({width})" if is_root else value), not is_root


def _each(choices: Sequence[Written]) -> Iterator[tuple[Written, Any]]:
    every = zip_longest(*([(w, other) for other in w.others] for w in choices))
    return islice((choice for several in every for choice in several if choice), MOST)


def _steps(numbers: Sequence[Written]) -> list[Written]:
    """Whole numbers, the next of which are tried: where it is rounded none is solved."""
    return [
        replace(w, others=(w.value + 1, w.value - 1))
        for w in numbers
        if abs(w.value) > 1 and float(w.value).is_integer()
    ]


def _chosen(
    compute: Compute, mine: np.ndarray, written: Written, other: Any
) -> tuple[Message | str, bool]:
    there = compute(Calls(written, other))
    told = there is not None and same_numbers(mine, there)
    return _another(written, repr(other)) if told else "", False


def _another(written: Written, value: str) -> Message:
    before = written.value
    return message(
        "another {what}: with {value} for {before} in torch's {function}, the reference gives what "
        "yours does",
        what=written.argument or message("number"),
        value=value,
        before=f"{before:.8g}" if type(before) is float else repr(before),
        function=written.function,
    )


def _together(seen: Sequence[Written]) -> list[Written]:
    """All calls of one function with one value together, then each call by itself."""
    groups: dict[tuple[Any, ...], list[Written]] = {}
    for w in seen:
        groups.setdefault((w.function, w.place, type(w.value), w.value), []).append(w)
    together = [
        Written(
            ws[0].function,
            ws[0].place,
            ws[0].value,
            ws[0].others,
            tuple(k for w in ws for k in w.at),
            ws[0].argument,
            all(w.of_one for w in ws),
        )
        for ws in groups.values()
    ]
    return [*together, *(w for ws in groups.values() if len(ws) > 1 for w in ws)]


def _with(
    args: tuple[Any, ...], kwargs: Mapping[str, Any], place: Place, value: Any
) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    if isinstance(place, int):
        return (*args[:place], value, *args[place + 1 :]), kwargs
    return args, {**kwargs, place: value}


def _written(
    func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], k: int
) -> Iterator[Written]:
    if not any(isinstance(a, torch.Tensor) for a in (*args, *kwargs.values())):
        return  # it makes a tensor, or switches something
    name = func.__name__
    if name.startswith("_") and not name.startswith("__"):
        return  # what torch keeps to itself checks no argument: another one may end the process
    tensors = [a for a in (*args, *kwargs.values()) if isinstance(a, torch.Tensor)]
    given: list[tuple[Place, Any]] = [*enumerate(args), *kwargs.items()]
    for place, value in [*given, *_left_out(name, args, kwargs)]:
        argument, kind = _argument(_arguments(name), place)
        number = isinstance(value, float) and value == value
        number = number or type(value) is int and (kind in NUMBERS or name.startswith("__r"))
        others = () if number else tuple(_others(func, value, kind))
        if number or others:
            of_one = all(t.numel() == 1 for t in tensors)
            yield Written(name.strip("_"), place, value, others, (k,), argument, of_one)


def _others(func: Any, value: Any, kind: str) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, str):
        words = dict.fromkeys(QUOTED.findall(inspect.getdoc(func) or ""))
        yield from (word for word in words if word != value)
    elif type(value) is int and kind == "int":
        yield from (value + 1, value - 1, *((2 * value, value // 2) if value > 1 else ()))


@cache
def _arguments(name: str) -> tuple[Any, ...]:
    """Of every overload of torch's operation of that name, its arguments."""
    schemas = torch._C._jit_get_schemas_for_operator(f"aten::{name}")
    return tuple(tuple(schema.arguments) for schema in schemas)


def _argument(overloads: Sequence[Any], place: Place) -> tuple[str, str]:
    """What an argument is called, "" of an operand; its kind, a number if any overload has one."""
    there = [
        (a.name, str(a.type))
        for arguments in overloads
        for key, a in enumerate(arguments)
        if place == (key if isinstance(place, int) else a.name)
    ]
    kind = next((k for _, k in there if k in NUMBERS), there[0][1] if there else "")
    if isinstance(place, str):
        return place, kind
    names = {name for name, _ in there}
    return ("" if len(names) != 1 or names <= OPERANDS else names.pop()), kind


def _left_out(
    name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """What a call of torch's does not say, and what it then is."""
    fitting = (arguments for arguments in _arguments(name) if _fits(arguments, args, kwargs))
    for argument in next(fitting, ())[len(args) :]:
        if argument.name not in kwargs and argument.has_default_value():
            value = argument.default_value
            if argument.name == "scale" and value is None:  # as torch documents it
                value = float(args[0].shape[-1]) ** -0.5
            if isinstance(value, (bool, float, str)):
                yield argument.name, value


def _fits(arguments: Sequence[Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
    """Whether an overload may be the one that is called so."""
    named = {argument.name: argument for argument in arguments}
    if len(args) > len(arguments) or not kwargs.keys() <= named.keys():
        return False
    pairs = [*zip(arguments, args, strict=False), *((named[k], v) for k, v in kwargs.items())]
    return all(_takes(str(argument.type), value) for argument, value in pairs)


def _takes(kind: str, value: Any) -> bool:
    kinds = {bool: ("bool",), int: ("int", "number", "float"), float: ("number", "float")}
    wanted = kinds.get(type(value), ("Tensor",) if isinstance(value, torch.Tensor) else ())
    return not wanted or any(one in kind for one in wanted)
