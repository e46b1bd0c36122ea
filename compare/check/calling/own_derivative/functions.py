"""A function and the one that is called its derivative: what both can be handed."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from compare.check.calling.any_network.network import number_in
from compare.check.calling.networks.paths import is_gradient_of
from compare.check.calling.networks.source_names import is_weight
from compare.check.calling.own_derivative import evidence, in_script
from compare.check.calling.own_derivative.claim import Claim, Values, real
from compare.check.calling.own_derivative.few_numbers import at_several_points, of_one_number
from compare.check.naming.arguments import is_before
from compare.check.naming.derivative_names import Pair
from compare.check.naming.network_parameters import needed, returned_names, role_of
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Failed, Parameter

OF_FUNCTION = "derivative.other"  # of the concept
# unlike all names of arguments
UP, OUTPUT, CACHE = "above*", "result*", "cache*"
# of which the first argument is the sigmoid, and its slope there
SCORE, SLOPE = "score*", "slope*"
ROLES = {"dout": UP, "cache": CACHE}
_NUMBER = 0.7  # of a setting that has to be given: a weight, a rate
_MOST_BINDINGS = 12
_ANOTHER = 1.21  # a setting times this is another one, and not 1, which would hide it
_WIDER = 5.0
_TINY = 1e-3  # up to which a setting is an epsilon


def claims(subject: Subject, pair: Pair, pool: np.ndarray) -> Iterator[Claim]:
    """Everything that the two can be given, and what the second then claims."""
    function = of_values(subject, pair)
    taken = pair.of.parameters if pair.of else (Parameter("x", True),)
    of_numbers = False
    modes = _modes(pair.of) if pair.of else {}
    as_called = in_script.handed(subject, pair.name, pool)
    if not as_called and tuple(p.name for p in taken) == subject.parameters:
        as_called = in_script.handed(subject, subject.found.name, pool)
    usual = values_of(taken, pair.derivative.parameters, pool)
    told = False
    for values in itertools.chain([as_called] if as_called else [], usual):
        if values is not as_called:
            values |= {n: dict(mode) for n, mode in modes.items() if n in values}
        try:
            result = function(values)
        except (Failed, TypeError):
            continue
        y = real(result)
        if y is None or not np.isfinite(y).all():
            continue
        arrays = {n: v for n, v in values.items() if _is_float(v)}
        told = told or bool(arrays)
        # what is right of probabilities alone, which are positive, is wrong; a loss is for them
        below = any((v < 0).any() for v in arrays.values())
        if y.ndim and of_numbers and not below:
            continue
        of_numbers = of_numbers or below
        if pair.of is pair.derivative:
            said = returned_names(subject.found.source, subject.found.name)[1:]
            certain = any(is_gradient_of(name, of) for name in said for of in arrays)
            certain |= evidence.BOTH in subject.made and evidence.says_gradient(subject.found)
            yield from _beside_loss(function, values, result, arrays, certain)
            continue
        handed_on = dict.fromkeys(in_script.takes_of(subject, pair.name), CACHE)
        f, derived = partial(_with, function, values), dict[Any, Any]()
        for roles in itertools.islice(
            _bindings(subject, values, result, handed_on), _MOST_BINDINGS
        ):
            up = UP in roles.values()
            plain = set(roles.values()) <= {*values, UP, OUTPUT, CACHE}
            certain = plain and (up or not y.ndim or _each(function, values, y))
            for at in orders(arrays):
                claim = _claim(subject, function, roles, tuple(at), certain, f, result, derived)
                yield at_several_points(claim)
    alone = [p.name for p in needed(taken)]
    if not told and len(alone) == len(needed(subject.found.parameters)) == 1:
        yield from of_one_number(function, subject.call, alone[0], pool)


def _modes(definition: Definition) -> dict[str, dict[str, Any]]:
    """Dictionaries of settings that it is handed, such as ``{"mode": "train"}``.

    What is read of them is the first word that anything is compared with; without one, how far a
    filter moves or reaches. What is written there is not in them yet.
    """
    words = re.findall(r"==\s*['\"](\w+)['\"]", definition.source)
    found = {}
    for p in needed(definition.parameters):
        read = re.findall(rf"\b{p.name}\[\s*['\"](\w+)['\"]\s*\](?!\s*=[^=])", definition.source)
        written = re.findall(rf"\b{p.name}\[\s*['\"](\w+)['\"]\s*\]\s*=[^=]", definition.source)
        read = [key for key in read if key not in written]
        reaches = {key: 1 if key in ("stride", "pad", "padding") else 2 for key in read}
        if read or written:
            found[p.name] = dict.fromkeys(read, words[0]) if words else reaches
    return found


def _claim(
    subject: Subject, function: Any, roles: Mapping[str, str], by: Sequence[str], certain: bool,
    f: partial[Any], result: Any, derived: dict[Any, Any],
) -> Claim:  # fmt: skip
    """What it claims of the values of ``f``, derived by some of them.   Raises ValueError."""
    values: Mapping[str, Any] = f.args[1]
    y = real(result)
    if y is None or not np.isfinite(y).all():
        raise ValueError
    at = {n: values[n] for n in by}

    def remade(others: Mapping[str, Any]) -> Claim:
        anew = partial(_with, function, others)
        return _claim(subject, function, roles, by, certain, anew, function(others), {})

    given = partial(_given, subject, roles, _known(values, result, y), at)
    above = next((n for n, role in roles.items() if role == UP), "")
    meant = (*roles.items(), *by)
    vector = not above and y.ndim == 1
    jacobian = vector and _is_jacobian(_handed(subject, roles, given.args[2]), y, at)
    weights, samples = _of_samples(at, y) if above else ((), 0)
    return Claim(
        f, at, given, bool(above) or jacobian, certain or jacobian, weights, above=above,
        values=values, meant=meant, remade=remade, ahead=subject.box.ahead, samples=samples,
        derived=derived,
    )  # fmt: skip


def _of_samples(arrays: Values, y: np.ndarray) -> tuple[tuple[str, ...], int]:
    """What stands beside samples, in rows or in columns, as weights do; and their number."""
    for name, x in arrays.items():
        alike = [x.shape[k] == y.shape[k] for k in (0, 1)] if x.ndim == y.ndim == 2 else []
        if sum(alike) == 1:
            return tuple(n for n in arrays if n != name), x.shape[alike.index(True)]
    return (), 0


def _beside_loss(
    function: Any, values: Mapping[str, Any], result: Any, arrays: Values, certain: bool
) -> Iterator[Claim]:
    """A loss that returns its gradient as well; it may be other arrays, such as probabilities."""
    if isinstance(result, tuple) and len(result) > 1 and number_in(result) is not None:

        def given(up: Any) -> Values:
            _, *gradients = function(values)  # its text may be another by now
            if isinstance(gradients[0], dict):
                gradients = [*gradients[0].values()]
            return by_shape(tuple(gradients), arrays)

        def remade(others: Mapping[str, Any]) -> Claim:
            moved = {n: others[n] for n in arrays}
            made = list(_beside_loss(function, others, function(others), moved, certain))
            if not made:
                raise ValueError
            return made[0]

        f = partial(_with, function, values)
        yield Claim(f, arrays, given, False, certain, values=values, remade=remade)


def _with(function: Any, values: Mapping[str, Any], moved: Values) -> Any:
    return function({**values, **moved})


def orders(arrays: Values) -> Iterator[Values]:
    """By which argument it is derived, where two have one shape: by no target, if one is called so.

    By the target the derivative of many a loss is that by the prediction, of the other sign.
    """
    first, second, *_ = (*map(role_of, arrays), "", "")
    if not (first == "d" or second == "y"):
        yield arrays
    if len({v.shape for v in arrays.values()}) < len(arrays) and not (
        second == "d" or first == "y"
    ):
        yield dict(reversed(list(arrays.items())))


def of_values(subject: Subject, pair: Pair) -> Any:
    """The first of the two, as a function of its arguments by their names."""
    if pair.of is not None:
        module = subject.box.globals_of(pair.name) if "random" in pair.of.source else None

        def function(values: Mapping[str, Any]) -> Any:
            if module is not None:
                # the same numbers at each call: a mask that is another each time has no derivative
                subject.box.reseed(module, 1)
            before = dict(subject.changed)
            try:
                return subject.of(pair.name, **values)
            finally:
                if pair.of is not subject.found:  # what it changes is not told of its derivative
                    subject.changed = before

        return function
    handle = subject.box.define(f"__import__('numpy').{pair.name.removeprefix('np.')}")
    return lambda values: subject.box.method(handle, "__call__", *values.values()).value


def values_of(
    parameters: Sequence[Parameter], others: Sequence[Parameter], pool: np.ndarray
) -> Iterator[dict[str, Any]]:
    """Arguments: numbers or probabilities, in rows or alone, beside targets of each kind."""
    names = [p.name for p in needed(parameters)]
    theirs = {p.name: p.default for p in others}
    settings = {p.name: _ANOTHER * p.default for p in parameters
                if type(p.default) is float and p.name in theirs
                and _is_one(p.default, theirs[p.name])}  # fmt: skip
    if not names:
        return
    if is_weight(names[0]) and len(names) > 2:
        behind = [pool[:12].reshape(4, 3), np.arange(4) % 3, *[_NUMBER] * len(names)]
        yield dict(zip(names, (pool[12:21].reshape(3, 3), *behind), strict=False)) | settings
    numbers = 1.5 * pool[:12].reshape(4, 3)
    if len(names) > 2:  # a linear model of one output: samples, weights, targets, and settings
        x, w = numbers.reshape(3, 4), pool[12:16]  # as many weights as agree by no chance
        first = [w, x] if role_of(names[1]) == "x" else [x, w]
        settled = [pool[16:19], *[_NUMBER] * len(names)]
        yield dict(zip(names, [*first, *settled], strict=False)) | settings
    e = np.exp(pool[:24].reshape(2, 4, 3))
    rows = e / e.sum(axis=-1, keepdims=True)
    if len(names) == 1:  # some take a square alone
        # and on numbers that leave the piece around 0
        yield from ({names[0]: a * pool[:9].reshape(3, 3)} | settings for a in (1.5, _WIDER))
    for x, same in ((numbers, 1.5 * pool[12:24].reshape(4, 3)), (rows[0], rows[1])):
        for further in _further(names, same, pool) if len(names) > 1 else ((None,),):
            second, rest = further[0], [*further, *[_NUMBER] * len(names)]
            yield dict(zip(names, (x, *rest), strict=False)) | settings
            if second is None or np.shape(second) == x.shape:
                # of probabilities one row, which sums to 1; of numbers as many samples of one each
                one = [
                    (v.reshape(-1) if x is numbers else v[0]) if np.ndim(v) == 2 else v
                    for v in (x, *rest)
                ]
                yield dict(zip(names, one, strict=False)) | settings
    yield from _of_filters(names, pool)


def _is_one(default: float, other: Any) -> bool:
    """Whether a setting of two functions is the same for both where nobody gives it.

    One slope of 0.1 and one of 0.01 are left as they are, as who calls the two leaves them.
    """
    given = type(other) is float
    return not given or other == default or max(abs(default), abs(other)) <= _TINY


def _further(names: Sequence[str], same: np.ndarray, pool: np.ndarray) -> Iterator[tuple[Any, ...]]:
    """What may stand behind x: another of its shape, targets of each kind, weights, a number."""
    labels = np.arange(4) % 3
    targets = [np.eye(3)[labels], np.where(np.arange(12) % 2, -1.0, 1.0).reshape(4, 3)]
    kinds = [*targets, same] if role_of(names[1]) == "d" else [same, *targets]
    another, weights = pool[24:36].reshape(4, 3), pool[36:42].reshape(3, 2)
    yield from ((kind,) if len(names) < 3 else (kind, another) for kind in kinds)
    yield from ((kind,) for kind in (*kinds, labels, _NUMBER))
    yield weights, pool[42:44]
    yield weights, pool[44:50].reshape(3, 2)
    yield pool[50:53], pool[53:56]


def _of_filters(names: Sequence[str], pool: np.ndarray) -> Iterator[dict[str, Any]]:
    """Samples of channels, in one direction or two, with filters and their biases."""
    if len(names) > 2:
        for place in ((6,), (4, 4)):
            x, w = (2, 2, *place), (3, 2, *(3 for _ in place))
            behind = [np.resize(pool[::-1], w), pool[:3], *[_NUMBER] * len(names)]
            yield dict(zip(names, (1.5 * np.resize(pool, x), *behind), strict=False))


def _is_float(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _known(values: Mapping[str, Any], result: Any, y: np.ndarray) -> dict[str, Any]:
    """What the second can be handed: what the first took, gave, and remembered for it."""
    further = result[1:] if isinstance(result, tuple) else ()
    left = {CACHE: further[0] if len(further) == 1 else tuple(further)} if further else {}
    first = next(iter(values.values()))
    if y.ndim or not _inside(first):
        return {**values, OUTPUT: y, **left}
    scores = {SCORE: np.log(first / (1 - first)), SLOPE: first * (1 - first)}
    return {**values, OUTPUT: y, **left, **scores}


def _inside(value: Any) -> bool:
    """Whether they are probabilities."""
    return _is_float(value) and bool((value > 0).all() and (value < 1).all())


def _bindings(
    subject: Subject, values: Mapping[str, Any], result: Any, handed_on: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """What each parameter of the second may be given: by its name, else in every order.

    ``handed_on``: what its script gives it of the results of the first.
    """
    names = [p.name for p in subject.found.parameters if p.required or p.name in values]
    names = [n for n in names if n not in ("self",)]
    known = {n: n for n in names if n in values} | dict(handed_on)
    known |= {n: ROLES[role] for n in names if n not in known and (role := role_of(n)) in ROLES}
    left = [n for n in names if n not in known]
    free = [n for n in values if n not in known.values()]
    # delta(z, a, y) of a cost's class: beside outputs what they are the outputs of, or the slope
    if "." in subject.found.name and number_in(result) is not None and not free and len(left) == 1:
        if _inside(next(iter(values.values()))):
            yield from (known | {left[0]: role} for role in (SCORE, SLOPE))
        return
    free = [*free, OUTPUT, *([UP] if UP not in known.values() else [])]
    if isinstance(result, tuple) and CACHE not in known.values():
        free.append(CACHE)
    before = [n for n in left if is_before(n)]
    for order in itertools.permutations(free, len(left)):
        roles = known | dict(zip(left, order, strict=True))
        if not any(roles[n] == OUTPUT for n in before):
            yield roles


def _given(
    subject: Subject,
    roles: Mapping[str, str],
    known: Mapping[str, Any],
    arrays: Values,
    up: Any,
) -> Values:
    """What it gives for arguments of the first, by their names.   Raises Failed, ValueError."""
    result = _handed(subject, roles, {**known, UP: up if np.ndim(up) else float(up)})
    if UP not in roles.values() and _is_jacobian(result, known[OUTPUT], arrays):
        return {next(iter(arrays)): np.asarray(up) @ real(result)}
    if isinstance(result, tuple) and len(result) > len(arrays):
        raise ValueError  # it gives more than there is here to be derived by
    found = by_shape(result, arrays)
    # what is handed a gradient from above returns one for each; else it may be something else
    if UP not in roles.values() and any(found[n].shape != arrays[n].shape for n in found):
        raise ValueError
    return found


def _handed(subject: Subject, roles: Mapping[str, str], known: Mapping[str, Any]) -> Any:
    """What it returns of what its roles are.   Raises Failed, ValueError."""
    if not known.keys() >= set(roles.values()):
        raise ValueError  # of these numbers there is no such thing: scores of no probabilities
    return subject.call(**{n: np.copy(v) if isinstance(v := known[role], np.ndarray) else v
                           for n, role in roles.items()})  # fmt: skip


def _is_jacobian(result: Any, y: np.ndarray, arrays: Values) -> bool:
    """Whether it is a matrix of dy_i / dx_j, of a vector of one as long."""
    shapes = [v.shape for v in arrays.values()]
    return y.ndim == 1 and shapes == [y.shape] and np.shape(result) == 2 * y.shape


def by_shape(result: Any, arrays: Values) -> dict[str, np.ndarray]:
    """Argument → the array of its shape in what was returned, in their order.

    Where there are as many, what has no argument's shape is of the one that is left.
    """
    if isinstance(result, dict):
        named = (
            (n, v) for n in arrays for key, v in result.items() if is_gradient_of(key, n, True)
        )
        return {n: array for n, v in named if (array := real(v)) is not None}
    several = result if isinstance(result, tuple) else (result,)
    returned = [array for value in several if (array := real(value)) is not None]
    if [a.shape for a in returned] == [a.shape for a in arrays.values()]:
        return dict(zip(arrays, returned, strict=True))
    found: dict[str, np.ndarray] = {}
    left: list[np.ndarray] = []
    for array in returned:
        alike = (n for n, of in arrays.items() if n not in found and of.shape == array.shape)
        name = next(alike, None)
        if name is None:
            left.append(array)
        else:
            found[name] = array
    if len(returned) == len(arrays):
        found |= dict(zip((n for n in arrays if n not in found), left, strict=True))
    return found


def _each(function: Any, values: Mapping[str, Any], y: np.ndarray) -> bool:
    """Whether it is computed for each element by itself, of one array."""
    arrays = [n for n, v in values.items() if isinstance(v, np.ndarray)]
    if len(arrays) != 1 or y.shape != values[arrays[0]].shape or not y.ndim:
        return False
    moved = np.array(values[arrays[0]])
    moved.reshape(-1)[0] += 0.5
    again = real(function({**values, arrays[0]: moved}))
    return again is not None and bool((again.reshape(-1)[1:] == y.reshape(-1)[1:]).all())
