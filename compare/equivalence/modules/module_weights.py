"""Given parameters in an nn.Module, by the names of its state_dict, proved by fingerprint."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from compare.core.arrays import fingerprint, same_bits
from compare.equivalence.arguments import in_numpy
from compare.equivalence.modules.module_copy import copy_of
from compare.equivalence.proposed_places import axes_for, proposed
from compare.system.errors import UsageError


@dataclass(frozen=True)
class Place:
    """Where a parameter belongs: its name there, and how its axes are permuted on the way.

    Several names: it is split along its first axis, into those ``sizes`` · ``rows``: of that name
    it is these alone, where several parameters are put together along the first axis.
    """

    names: tuple[str, ...]
    axes: tuple[int, ...] = ()
    sizes: tuple[int, ...] = ()
    rows: tuple[int, int] | None = None

    def into(self, value: Any) -> tuple[Any, ...]:
        """From our axes to the module's, one for each name."""
        permuted = value.permute(self.axes) if self.axes else value
        return tuple(permuted.split(self.sizes)) if self.sizes else (permuted,)

    def back(self, values: Sequence[Any]) -> Any:
        """From the module's axes to ours."""
        value = torch.cat(list(values)) if self.sizes else values[0]
        value = value[slice(*self.rows)] if self.rows else value
        # argsort of a permutation is its inverse
        return value.permute(tuple(int(k) for k in np.argsort(self.axes))) if self.axes else value


def places(
    module: nn.Module,
    params: Mapping[str, np.ndarray],
    names: Mapping[str, str | Sequence[str]],
    axes: Mapping[str, Sequence[int]],
) -> dict[str, Place]:
    """Parameter → its place in the module.

    Raises UsageError for a name that is none of it, one that has two values, or another shape.
    """
    _check_known("names", names, params)
    _check_known("axes", axes, params)
    by_param = {}
    state = module.state_dict()
    together = _together(params, names)
    for param, value in params.items():
        named = names.get(param, param)
        targets = (named,) if isinstance(named, str) else tuple(named)
        for name in targets:
            if name not in state:
                hint = proposed(params, names, state)
                hint = f"; did you mean {hint}, by shape and order?" if hint else ""
                near = _nearest(str(name), state)
                raise UsageError(f"{_class(module)} has no {name!r}{near}{hint}")
        held = [state[name] for name in targets]
        sizes = tuple(len(t) if t.ndim else 1 for t in held) if len(held) > 1 else ()
        by_param[param] = Place(targets, tuple(axes.get(param, ())), sizes)
        if named not in together:
            _check_shape(module, param, by_param[param], value, held)
    every = [
        name
        for place in by_param.values()
        if place.names[0] not in together
        for name in place.names
    ]
    twice = next((n for n in every if every.count(n) > 1 or n in together), None)
    if twice:
        raise UsageError(f"two of params are meant for {twice!r} of {_class(module)}")
    for name, several in together.items():
        by_param |= _stacked(module, name, {p: by_param[p] for p in several}, params, state[name])
    return by_param


def names_of_buffers(
    module: nn.Module,
    params: Mapping[str, np.ndarray],
    names: Mapping[str, str | Sequence[str]],
) -> dict[str, str]:
    """Of ``names``, those of buffers that are not given, but compared after the call."""
    buffers = dict(module.named_buffers())
    return {
        ours: theirs
        for ours, theirs in names.items()
        if ours not in params and isinstance(theirs, str) and theirs in buffers
    }


def _together(
    params: Mapping[str, Any], names: Mapping[str, str | Sequence[str]]
) -> dict[str, list[str]]:
    """Name in the module → the parameters, in order, that are put together for it."""
    by_name: dict[str, list[str]] = {}
    for param in params:
        named = names.get(param, param)
        if isinstance(named, str):
            by_name.setdefault(named, []).append(param)
    return {name: several for name, several in by_name.items() if len(several) > 1}


def _stacked(
    module: nn.Module,
    name: str,
    places: Mapping[str, Place],
    params: Mapping[str, np.ndarray],
    held: Tensor,
) -> dict[str, Place]:
    """The place of each of several parameters among the rows of one."""
    stacked, first = {}, 0
    shapes = []
    for param, place in places.items():
        _check_axes(param, place, params[param])
        shape = _shape_there(place, params[param])
        shapes.append(shape)
        last = first + (shape[0] if shape else 1)
        stacked[param] = replace(place, rows=(first, last))
        first = last
    target = tuple(held.shape)
    if any(s[1:] != target[1:] or not s for s in shapes) or first != target[0]:
        several = ", ".join(f"{p} {shape}" for p, shape in zip(places, shapes, strict=True))
        raise UsageError(
            f"{several} are meant for {name!r} of {_class(module)}, which is {target}: put "
            "together along the first axis, they are another shape"
        )
    return stacked


def _check_known(what: str, settings: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    unknown = next((name for name in settings if name not in params), None)
    if unknown is not None:
        raise UsageError(f"{what} has {unknown!r}, which is none of params: {', '.join(params)}")


def _check_shape(
    module: nn.Module, param: str, place: Place, value: np.ndarray, held: Sequence[Tensor]
) -> None:
    _check_axes(param, place, value)
    shape = _shape_there(place, value)
    target_shape = tuple(held[0].shape)
    if place.sizes:
        if len({t.shape[1:] for t in held}) > 1 or not all(t.ndim for t in held):
            shapes = ", ".join(str(tuple(t.shape)) for t in held)
            raise UsageError(f"{param} cannot be split into {', '.join(place.names)}: {shapes}")
        target_shape = (sum(place.sizes), *target_shape[1:])
    if shape != target_shape:
        # nn.Linear holds (out, in), where a product x W has (in, out)
        axes = axes_for(tuple(value.shape), target_shape)
        hint = f": give axes={{{param!r}: {axes}}}" if axes else ""
        target = f"{', '.join(place.names)} of {_class(module)}"
        raise UsageError(f"{param} has shape {shape} and {target} {target_shape}{hint}")


def _check_axes(param: str, place: Place, value: np.ndarray) -> None:
    if place.axes and sorted(place.axes) != list(range(value.ndim)):
        raise UsageError(f"axes of {param} are {place.axes}: it has {value.ndim} of them")


def _shape_there(place: Place, value: np.ndarray) -> tuple[int, ...]:
    return value.transpose(place.axes).shape if place.axes else value.shape


def _nearest(name: str, state: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, state, n=3, cutoff=0.3) or list(state)[:8]
    return f": it has {', '.join(near)}" if near else ": it has no parameters"


def _class(module: nn.Module) -> str:
    return type(module).__name__


def unlisted(module: nn.Module, listed: Mapping[str, Place]) -> list[str]:
    """Trainable parameters of a module that are not among those given."""
    ours = {name for place in listed.values() for name in place.names}
    # by identity: a tied parameter has several names, and torch lists the first alone by default
    shared = {id(p) for n, p in module.named_parameters(remove_duplicate=False) if n in ours}
    named = module.named_parameters()
    return [name for name, p in named if p.requires_grad and id(p) not in shared]


def copied(module: nn.Module, dtype: str) -> nn.Module:
    """A copy of its own in that format.   Raises UsageError where it cannot be copied."""
    try:  # Module.to() changes the module itself
        return copy_of(module).to(getattr(torch, dtype))
    except Exception as error:
        error_text = f"{type(error).__name__}: {error}"
        raise UsageError(
            f"{_class(module)} cannot be copied, which is needed: {error_text}"
        ) from error


def loaded(module: nn.Module, where: Mapping[str, Place], values: Mapping[str, Any]) -> nn.Module:
    """A copy that holds what is given.

    Raises ValueError where it then holds anything else, as by a parameter that is tied to another.
    """
    state = _state(where, values)
    held = module.state_dict(keep_vars=True)
    targets = [held.get(name) for name in state]
    if _is_loaded_its_own_way(module, targets):
        copied_module = copy_of(module)
        # with the rest of its state, buffers too: load_state_dict is strict and refuses a part
        copied_module.load_state_dict({**copied_module.state_dict(), **state})
    else:  # the same in a third of the time, which every run takes
        with torch.no_grad():
            instead = {id(held[n]): _like(held[n], v) for n, v in state.items()}
        copied_module = copy_of(module, instead)
        if len(instead) == len(targets):  # each has a tensor of its own, which is in the copy
            return copied_module
    held = copied_module.state_dict()
    for param, place in where.items():
        there = in_numpy(place.back([held[name] for name in place.names]))
        ours = in_numpy(values[param])
        if not same_bits(there, ours):
            raise ValueError(
                f"{', '.join(place.names)} does not hold {param} after it was loaded: fingerprint "
                f"{fingerprint(there)}, expected {fingerprint(ours)}; is it tied to another?"
            )
    return copied_module


def _is_loaded_its_own_way(module: nn.Module, tensors: Collection[Any]) -> bool:
    """Whether load_state_dict does anything else than copy into these tensors of it."""
    for part in module.modules():
        loading = (type(part).load_state_dict, type(part)._load_from_state_dict)
        hooks = (
            *(part._load_state_dict_pre_hooks, part._load_state_dict_post_hooks),
            *(part._state_dict_hooks, part._state_dict_pre_hooks),
        )
        # torch's own only see to what an old file lacks
        if any(hooks) or not all(f.__module__.startswith("torch.nn.modules.") for f in loading):
            return True
    return not all(
        type(t) is nn.Parameter or type(t) is Tensor and not t.requires_grad for t in tensors
    )


def _like(tensor: Tensor, value: Tensor) -> Tensor:
    """The value in the memory order of that tensor, and a parameter where that is one."""
    if value.dtype == tensor.dtype and value.stride() == tensor.stride():
        copied_value = value.clone()
    else:
        copied_value = torch.empty_like(tensor, requires_grad=False).copy_(value)
    if type(tensor) is nn.Parameter:
        return nn.Parameter(copied_value, tensor.requires_grad)
    return copied_value


def _state(where: Mapping[str, Place], values: Mapping[str, Any]) -> dict[str, Tensor]:
    parts: dict[str, list[Tensor]] = {}
    for param, place in where.items():
        for name, part in zip(place.names, place.into(values[param]), strict=True):
            parts.setdefault(name, []).append(part)
    return {
        name: torch.cat(several) if len(several) > 1 else several[0]
        for name, several in parts.items()
    }


def trainable(module: nn.Module, where: Mapping[str, Place]) -> dict[str, tuple[Tensor, ...]]:
    """Parameter → the module's own tensors of it, where they have a gradient."""
    named = dict(module.named_parameters(remove_duplicate=False))
    with_gradient = {name for name, p in named.items() if p.requires_grad}
    return {
        param: tuple(named[name] for name in place.names)
        for param, place in where.items()
        if with_gradient.issuperset(place.names)
    }
