"""What a pair is given: the arrays and parameters by name, and how they go into a call."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from compare.core.arrays import in_numpy_of_others
from compare.equivalence.modules.weight_files import weights_of
from compare.system.errors import UsageError

DTYPE = "dtype"  # the name of an empty array, where no other says in which format to compute


@dataclass(frozen=True)
class Arguments:
    """The names of what is given, in order, and whether the arrays go by name into a call.

    ``tied``: another name of a parameter → the one by which it is held and has its gradient.
    """

    inputs: tuple[str, ...]
    by_name: bool
    params: tuple[str, ...] = ()
    tied: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all that may have a gradient."""
        return (*self.inputs, *self.params)

    def call(
        self, values: Mapping[str, Any], loaded: bool
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and keyword arguments; parameters are none of a module that holds them."""
        named = {name: values[name] for name in self.inputs}
        held = {p: values[p] for p in self.params}
        held |= {p: values[other] for p, other in self.tied.items()}
        params = {} if loaded or not held else {"params": held}
        if self.by_name:
            return (), {**named, **params}
        return tuple(named.values()), params

    def gradients(self, returned: Any) -> dict[str, Any]:
        """Name → gradient, of what a backward pass by hand returned.

        A mapping; one entry for each array in order, None for one of integers; or just the one.
        Raises ValueError where it is none of these.
        """
        if isinstance(returned, Mapping):
            return {f"grad/{name}": g for name, g in returned.items() if g is not None}
        expected = ", ".join(self.names)
        if self.params:
            # parameters are passed by name, so that nothing says at which position theirs would be
            raise ValueError(f"a gradient with params has to be a mapping of {expected}")
        many = returned if isinstance(returned, (tuple, list)) else (returned,)
        if len(many) != len(self.inputs):
            raise ValueError(f"{len(many)} gradients returned, expected {expected}")
        pairs = zip(self.inputs, many, strict=True)
        return {f"grad/{name}": g for name, g in pairs if g is not None}


def arguments_of(arrays: Any, params: Any, example: Any) -> tuple[Arguments, dict[str, np.ndarray]]:
    """Names and values of what is given; ``example`` is the callable that positions are named by.

    Raises UsageError for what is no numbers, and for a name that is given twice.
    """
    by_name = isinstance(arrays, Mapping)
    # a text and a lone array could be iterated, letter by letter and row by row
    if not by_name and (isinstance(arrays, (str, np.ndarray)) or not isinstance(arrays, Sequence)):
        kind = type(arrays).__name__
        raise UsageError(f"arrays is of type {kind}: give name -> array, or a list of arrays")
    params = weights_of(params)
    inputs = dict(arrays if by_name else zip(_positions(arrays, example), arrays, strict=True))
    values = {name: _array(name, value) for name, value in inputs.items()}
    held = {name: _array(name, value) for name, value in (params or {}).items()}
    twice = sorted(set(values) & set(held))
    if twice:
        raise UsageError(f"{twice[0]!r} is the name of an array and of a parameter")
    return Arguments(tuple(values), by_name, tuple(held)), _with_dtype({**values, **held})


def _positions(arrays: Sequence[Any], example: Any) -> list[str]:
    """The callable's own names of its positional arguments where it has them, else arg1, arg2."""
    signature = signature_of(example)
    known = [
        p.name
        for p in (signature.parameters.values() if signature else ())
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    # *args take more than have a name
    return [known[k] if k < len(known) else f"arg{k + 1}" for k in range(len(arrays))]


def signature_of(f: Any) -> inspect.Signature | None:
    """How it wants to be called; None where it does not say."""
    try:
        return inspect.signature(f)
    except (TypeError, ValueError):  # many of torch's functions in C, torch.relu for one
        return None


def _array(name: Any, value: Any) -> np.ndarray:
    if not isinstance(name, str) or not name:
        raise UsageError(f"{name!r} is no name of an array: it has to be text")
    if name == "params":
        raise UsageError("an array cannot be called 'params': weights are given by params=")
    if value is None or isinstance(value, str):
        raise UsageError(
            f"{name} is {value!r}, and no array of numbers: give the callables without it, as by "
            "functools.partial"
        )
    if name == DTYPE:
        raise UsageError(f"an array cannot be called {name!r}: that name stands for something else")
    # a copy, since the caller may change the array before it is compared; not of a file that is
    # open for reading: it may be as large as the memory, and each side gets a copy anyway
    is_file = isinstance(value, np.memmap) and not value.flags.writeable
    try:
        if is_file:
            array = np.asarray(value)
        elif isinstance(value, torch.Tensor):
            array = np.array(in_numpy(value))
        else:
            array = np.array(in_numpy_of_others(value))
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(f"{name} is no array of numbers: {error}") from error
    if array.dtype.kind not in "fiub":  # float, int, unsigned int, bool
        raise UsageError(f"{name} has dtype {array.dtype}: real numbers or truth values are needed")
    return array


def in_numpy(tensor: torch.Tensor) -> np.ndarray:
    """Its values in an array of NumPy."""
    # NumPy has no bfloat16, of which float32 holds every number
    held = tensor.detach().cpu()
    return np.asarray((held.float() if held.dtype == torch.bfloat16 else held).numpy())


def _with_dtype(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    if any(v.dtype.kind == "f" for v in values.values()):
        return values
    # integers are rounded to no dtype: an empty array of floats is, and so says which one is judged
    return {**values, DTYPE: np.empty(0)}
