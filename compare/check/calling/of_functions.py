"""Functions that are handed a function: the definitions they may compute, and what they gave."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.own_derivative.claim import real
from compare.check.calling.own_derivative.in_script import handed
from compare.check.i18n.text import Text
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Handle

OF_FUNCTIONS = "numerical.other"  # of the concept
APART = "but_gradients"  # what may be a numerical gradient is tried as that before
# f of each number, of all numbers of an array, and of an array of as many; df of a bowl
CUBE = "lambda x: x * x * x + x * x"
TOTAL = "lambda x: (x * x * x).sum() + x.sum() * x.sum()"
SEVERAL = "lambda x: x * x * x + x * x.sum()"
BOWL = "lambda x: 0.4 * (x * x).sum() + 0.05 * x.sum() * x.sum() - 0.3 * x.sum()"
OF_BOWL = "lambda x: 0.8 * x + 0.1 * x.sum() - 0.3"
VALLEY = "lambda x: x * x * x * x / 4 + x * x / 2 - 3 * x"
_NUMBERS = (0.7, -1.3, 2.1)
_ARRAYS = tuple(np.array(v) for v in ([0.7, -1.3, 2.1], [1.6, 0.4, -0.9], [-0.5, 1.2, 0.3]))
_ALONG = np.array([0.6, -0.3, 0.8])
_AFTER = np.array([0.2, 1.7, -2.4])  # where a function that is returned is asked for its values
_RIGHT = 1e-3  # of the largest: what a step of a usual size may be off
_NEAR = 1e-6  # of a root


@dataclass(frozen=True)
class Meaning:
    """A definition: what it is, of which function and kinds of arguments, and what it gives.

    ``expected`` takes x and what is handed over beside it.
    """

    said: Text
    function: str
    arguments: str
    expected: Callable[..., Any]


@dataclass(frozen=True)
class Gave:
    """What it gave beside what a definition gives, on each problem.

    ``changed``: its arguments · ``other_way``: what a descent would give of the other sign.
    """

    meaning: Meaning
    mine: Sequence[np.ndarray]
    right: Sequence[np.ndarray]
    changed: tuple[str, ...] = ()
    other_way: Sequence[np.ndarray] = ()

    @property
    def same(self) -> bool:
        """Whether it is that, but for the error of a step."""
        return all(_near(a, b) for a, b in zip(self.mine, self.right, strict=True))

    @property
    def is_other_way(self) -> bool:
        """Whether it goes up."""
        return bool(self.other_way) and all(map(_near, self.mine, self.other_way))

    def times(self) -> float | None:
        """By which one number all that it gave is more."""
        if any(a.shape != b.shape for a, b in zip(self.mine, self.right, strict=True)):
            return None
        mine, right = (
            np.concatenate([v.reshape(-1) for v in vs]) for vs in (self.mine, self.right)
        )
        factor = float((mine * right).sum() / (right * right).sum())
        return factor if factor and _near(mine, factor * right) else None


def _near(mine: np.ndarray, right: np.ndarray) -> bool:
    return mine.shape == right.shape and bool(
        (np.abs(mine - right) <= _RIGHT * np.abs(right).max(initial=0.0)).all()
    )


def _descended(x: np.ndarray, rate: float, turns: int) -> np.ndarray:
    x = np.array(x)
    for _ in range(turns):
        x = x - rate * (0.8 * x + 0.1 * x.sum() - 0.3)
    return x


def _jacobian(x: np.ndarray) -> np.ndarray:
    return np.diag(3 * x * x + x.sum()) + x[:, None]


def _slope(x: Any) -> Any:
    return 3 * x * x + 2 * x


def _gradient(x: np.ndarray) -> np.ndarray:
    return np.asarray(3 * x * x + 2 * x.sum())


_DERIVATIVE = Text("the derivative at a number", "1 変数の微分")
GRADIENT = Text("the gradient", "勾配")
_PARTIAL = Text("the partial derivative", "偏微分")
BY_ROWS = Text("the Jacobian, J[i, j] = df_i/dx_j", "ヤコビ行列 J[i, j] = df_i/dx_j")
BY_COLUMNS = Text("the Jacobian, J[j, i] = df_i/dx_j", "ヤコビ行列 J[j, i] = df_i/dx_j")
NUMBER, ARRAY = "f number", "f array"
MEANINGS = (
    Meaning(_DERIVATIVE, CUBE, NUMBER, _slope),
    Meaning(Text("the second derivative", "2 階微分"), CUBE, NUMBER, lambda x: 6 * x + 2),
    Meaning(Text("the line that touches f at x", "接線"), CUBE, NUMBER,
            lambda x: x**3 + x * x + _slope(x) * (_AFTER - x)),
    Meaning(_DERIVATIVE, CUBE, "f", lambda: _slope(_AFTER)),
    Meaning(GRADIENT, TOTAL, ARRAY, _gradient),
    Meaning(GRADIENT, TOTAL, "f", lambda: _gradient(_AFTER)),
    Meaning(Text("the Hessian", "ヘッセ行列"), TOTAL, ARRAY, lambda x: np.diag(6 * x) + 2),
    Meaning(Text("the Laplacian", "ラプラシアン"), TOTAL, ARRAY, lambda x: (6 * x + 2).sum()),
    Meaning(BY_ROWS, SEVERAL, ARRAY, _jacobian),
    Meaning(BY_COLUMNS, SEVERAL, ARRAY, lambda x: _jacobian(x).T),
    Meaning(Text("the derivative in a direction", "方向微分"), TOTAL, "f array array",
            lambda x, v: (_gradient(x) * v).sum()),
    Meaning(Text("the derivative in a direction of length 1", "長さ 1 の方向の方向微分"), TOTAL,
            "f array array", lambda x, v: (_gradient(x) * v).sum() / np.sqrt((v * v).sum())),
    Meaning(Text("the gradient, for one from above", "上流の勾配に対する勾配"), SEVERAL,
            "f array array", lambda x, v: v @ _jacobian(x)),
    Meaning(_PARTIAL, TOTAL, "f array place", lambda x, i: _gradient(x)[i]),
    Meaning(_PARTIAL, TOTAL, "f place", lambda i: _gradient(_AFTER)[i]),
)  # fmt: skip


def functions_of(subject: Subject) -> list[str]:
    """The parameters that it calls, or for which its script hands it a function."""
    source, names = subject.found.source, subject.required
    called = [n for n in names if re.search(rf"(?<![\w.]){re.escape(n)}\(", source)]
    if called:
        return called
    script = handed(subject, subject.found.name, np.ones(1))
    held = {n: v.type_name for n, v in script.items() if isinstance(v, Handle)}
    return [n for n in names if held.get(n) == "function"]


def takes_function(subject: Subject) -> bool:
    """Whether a function calls one that it is handed."""
    return subject.found.kind == "function" and bool(functions_of(subject))


def is_called(subject: Subject) -> bool:
    """Whether its own script calls it."""
    return bool(handed(subject, subject.found.name, np.ones(1)))


def gave(subject: Subject, pool: np.ndarray) -> Iterator[Gave]:
    """What it gave where a definition takes what it is handed: a number, an array, a place."""
    for meaning in MEANINGS:
        try:
            mine, right = [], []
            for arguments in _problems(meaning.arguments):
                values = _arguments(subject, meaning, arguments, pool)
                mine.append(_numbers(subject, subject.call(*values)))
                right.append(np.asarray(meaning.expected(*map(np.copy, arguments)), float))
        except (Failed, TypeError, ValueError):
            continue
        yield Gave(meaning, mine, right, tuple(subject.changed))
    yield from _descents(subject, pool)


def is_gradient_of_all(subject: Subject, g: Gave) -> bool:
    """Whether it is the gradient of any array: of one column, of a table, of whole numbers."""
    for x in (_ARRAYS[0][:, None], np.outer(_ARRAYS[1], _ALONG), np.array([3, 1, 2])):
        try:
            y = _numbers(subject, subject.call(*_arguments(subject, g.meaning, (x,), np.ones(1))))
        except (Failed, TypeError, ValueError):
            continue
        if not _near(y, _gradient(x)):
            return False
    return True


def settings_of(subject: Subject) -> dict[str, float]:
    """Its numbers with a default."""
    parameters = subject.found.parameters
    return {p.name: p.default for p in parameters if type(p.default) is float}


def with_setting(subject: Subject, meaning: Meaning, name: str, value: float) -> Gave | None:
    """The same with another value of a setting."""
    try:
        mine, right = [], []
        for arguments in _problems(meaning.arguments):
            values = _arguments(subject, meaning, arguments, np.ones(1))
            mine.append(_numbers(subject, subject.call(*values, **{name: value})))
            right.append(np.asarray(meaning.expected(*map(np.copy, arguments)), float))
    except (Failed, TypeError, ValueError):
        return None
    return Gave(meaning, mine, right)


def _problems(kinds: str) -> Iterator[tuple[Any, ...]]:
    for k, (x, xs) in enumerate(zip(_NUMBERS, _ARRAYS, strict=True)):
        values: dict[str, Any] = {"number": x, "array": xs, "place": k}
        _, *rest = kinds.split()
        first = [values[kind] for kind in rest]
        yield (*first[:1], *(np.roll(_ALONG, k) if np.ndim(v) else v for v in first[1:]))


def _arguments(
    subject: Subject, meaning: Meaning, arguments: Sequence[Any], pool: np.ndarray
) -> list[Any]:
    """In its own order; a setting that has to be given as its script does.   Raises ValueError."""
    function, *further = functions_of(subject)
    left = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
    if further:
        raise ValueError
    script = handed(subject, subject.found.name, pool)
    values: list[Any] = []
    for name in subject.required:
        if name == function:
            values.append(subject.box.define(meaning.function))
        elif left:
            values.append(left.pop(0))
        elif isinstance(script.get(name), (int, float)):
            values.append(script[name])
        else:
            raise ValueError
    if left:
        raise ValueError
    return values


def _numbers(subject: Subject, result: Any) -> np.ndarray:
    """What it gave; of a function what that gives at some numbers.   Raises ValueError."""
    if isinstance(result, Handle):
        answer = subject.box.method(result, "__call__", np.copy(_AFTER))
        subject.changed |= {"x": None} if answer.changed else {}
        result = answer.value
    y = real(result)
    if y is None:
        raise ValueError
    return y


def _descents(subject: Subject, pool: np.ndarray) -> Iterator[Gave]:
    """Of a bowl, or of its gradient, so many steps down from the start."""
    settings = _rate_and_turns(subject, pool)
    if settings is None:
        return
    for function in (BOWL, OF_BOWL):
        meaning = Meaning(
            Text("gradient descent", "勾配降下法"), function, ARRAY, partial(_descended, **settings)
        )
        try:
            mine = []
            for x in _ARRAYS:
                values = _arguments(subject, meaning, (x,), pool)
                result = subject.call(*values)
                mine.append(_numbers(subject, result))
        except (Failed, TypeError, ValueError):
            continue
        right = [_descended(x, **settings) for x in _ARRAYS]
        up = [_descended(x, -settings["rate"], settings["turns"]) for x in _ARRAYS]
        yield Gave(meaning, mine, right, tuple(subject.changed), up)


def _rate_and_turns(subject: Subject, pool: np.ndarray) -> dict[str, Any] | None:
    """Its only rate and its only number of steps, as it sets them or its script does."""
    script = handed(subject, subject.found.name, pool)
    held = {p.name: script.get(p.name, p.default) for p in subject.found.parameters}
    held = {n: v for n, v in held.items() if n not in functions_of(subject)}
    required = list(subject.required)
    numbers = {n: v for n, v in held.items()
               if type(v) in (int, float) and (n not in required or n in script)}  # fmt: skip
    defaults = {p.name: p.default for p in subject.found.parameters if not p.required}
    numbers |= {n: v for n, v in defaults.items() if type(v) in (int, float)}
    rates = [v for v in numbers.values() if type(v) is float]
    turns = [v for v in numbers.values() if type(v) is int]
    if len(rates) != 1 or len(turns) != 1 or not 0 < turns[0] <= 10_000:
        return None
    return {"rate": rates[0], "turns": turns[0]}
