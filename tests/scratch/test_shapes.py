"""The axes in the types of scratch are those of the arrays that the cases hand to it."""

import functools
import importlib
import inspect
import pkgutil
import typing

import numpy as np
import pytest

import scratch
from compare.bench.mutants import Mutation, mutated
from compare.cases import CASES
from compare.core.case import Unavailable
from compare.core.problem import build

PACKAGE = "shapes_of_scratch"
ONE_SAMPLE = "*"  # before an axis that a sample without a batch does not have


def fits(axes, shape, sizes):
    """Whether a shape is what "*N K" says, with the sizes that the letters have; these are kept."""
    for form in axes.split(" | "):
        if form == "...":
            return True
        names = form.split()
        if len(names) == len(shape) + 1 and names[0].startswith(ONE_SAMPLE):
            names = names[1:]
        letters = [name.removeprefix(ONE_SAMPLE) for name in names]
        tried = dict(sizes)
        if len(letters) == len(shape) and all(
            tried.setdefault(letter, size) == size if not letter.isdigit() else size == int(letter)
            for letter, size in zip(letters, shape, strict=True)
        ):
            sizes |= tried
            return True
    return False


def axes_of(hint):
    """The axes that a type says, and () where it says none; of a tuple those of its members."""
    if typing.get_origin(hint) is tuple:
        return tuple(axes_of(member) for member in typing.get_args(hint))
    for member in (hint, *typing.get_args(hint)):  # the second: an array or None
        if typing.get_origin(member) is typing.Annotated:
            return member.__metadata__[0]
    return ()


def wrong(axes, value, sizes):
    """What of a value does not have the axes that its type says."""
    if isinstance(axes, tuple):
        parts = zip(axes, value, strict=True) if axes else ()
        return [line for axis, part in parts for line in wrong(axis, part, sizes)]
    is_array = isinstance(value, (np.ndarray, np.generic))
    return [f"{axes}: {value.shape}"] if is_array and not fits(axes, value.shape, sizes) else []


def watched(function, called, offenders):
    hints = typing.get_type_hints(function, include_extras=True)
    says = {name: axes_of(hint) for name, hint in hints.items()}

    @functools.wraps(function)
    def call(*arguments, **named):
        sizes = {}
        given = inspect.signature(function).bind(*arguments, **named).arguments
        lines = [line for name, v in given.items() for line in wrong(says.get(name, ()), v, sizes)]
        result = function(*arguments, **named)
        lines += wrong(says.get("return", ()), result, sizes)
        offenders.update(f"{function.__qualname__} {line}" for line in lines)
        called.add(function.__qualname__)
        return result

    return call, any(says.values())


def everything(side, called, offenders):
    """Have all of a copy of scratch watched; the names of what has axes in its types."""
    names, replaced = set(), {}
    modules = [
        importlib.import_module(f"{side.package}.{m.name}")
        for m in pkgutil.iter_modules(scratch.__path__)
    ]
    for module in modules:
        for value in list(vars(module).values()):
            if getattr(value, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(value):
                replaced[value], has_axes = watched(value, called, offenders)
                names |= {value.__qualname__} if has_axes else set()
            for key, method in list(vars(value).items()) if inspect.isclass(value) else ():
                if inspect.isfunction(method):
                    call, has_axes = watched(method, called, offenders)
                    setattr(value, key, call)
                    names |= {method.__qualname__} if has_axes else set()
    for module in modules:  # wherever it was imported to, and in the tables
        for name, value in list(vars(module).items()):
            if inspect.isfunction(value) and value in replaced:
                setattr(module, name, replaced[value])
            for key, entry in list(value.items()) if name.isupper() and type(value) is dict else ():
                if isinstance(entry, tuple):
                    value[key] = tuple(replaced.get(f, f) for f in entry)
                elif inspect.isfunction(entry):
                    value[key] = replaced.get(entry, entry)
    return names


def run_cases(texts=()):
    """What has axes and was not called, and the calls whose arrays have other axes."""
    called, offenders = set(), set()
    side = mutated(PACKAGE, Mutation("watched", "affine.py", texts, ""))
    names = everything(side, called, offenders)
    for case in CASES:
        if not case.runs_in("float64"):
            continue
        try:
            problem = build(case, "float64", 0)
        except Unavailable:
            continue
        arrays = {name: side.given(values) for name, values in problem.arrays.items()}
        with np.errstate(all="ignore"):
            for _, trace in zip(range(2), case.program.run(side, arrays), strict=False):
                assert trace.values
    return names - called, offenders


def test_every_array_has_the_axes_that_its_type_says():
    assert run_cases() == (set(), set())


def test_other_axes_are_seen():
    _, offenders = run_cases((("delta: NO, W: IO) -> NI", "delta: NO, W: IO) -> NO"),))
    assert any(line.startswith("input_gradient *N O:") for line in offenders), offenders


@pytest.mark.parametrize(
    "axes, shape, sizes, does",
    [
        ("*N K", (3, 2), {}, True),
        ("*N K", (2,), {"K": 2}, True),
        ("*N K", (2,), {"K": 3}, False),
        ("*N | *N K", (3,), {"N": 3, "K": 2}, True),
        ("I O", (3,), {}, False),
        ("2", (3,), {}, False),
    ],
)
def test_a_shape_fits_its_axes(axes, shape, sizes, does):
    assert fits(axes, shape, dict(sizes)) is does
