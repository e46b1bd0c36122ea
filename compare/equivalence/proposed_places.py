"""Where parameters may belong in a module, by their shapes and order: for whoever gave no names."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import Any

MOST_AXES = 5
# Tried first: (in, out) for (out, in), and the layouts of convolutions with channels last.
USUAL = ((1, 0), (3, 2, 0, 1), (2, 1, 0), (4, 3, 0, 1, 2))
Shape = tuple[int, ...]


def axes_for(shape: Shape, target: Shape) -> Shape | None:
    """How axes are permuted to make one shape of another: () if they need not, None if none do."""
    if shape == target:
        return ()
    if sorted(shape) != sorted(target) or len(shape) > MOST_AXES:
        return None
    usual = [axes for axes in USUAL if len(axes) == len(shape)]
    every = [*usual, *permutations(range(len(shape)))]
    return next(axes for axes in every if tuple(shape[a] for a in axes) == target)


def proposed(params: Mapping[str, Any], names: Mapping[str, Any], state: Mapping[str, Any]) -> str:
    """``names`` and ``axes`` by which every parameter would have a place, as they are written.

    Each that has none gets the first that is free and of its shape, in the module's order; "" where
    one finds none.
    """
    targets = {param: names.get(param, param) for param in params}
    placed = {p: t for p, t in targets.items() if _is_placed(t, state)}
    free = [name for name in state if name not in _flat(placed.values())]
    found: dict[str, tuple[str, Shape]] = {}
    for param in (p for p in params if p not in placed):
        shape = tuple(params[param].shape)
        fitting = ((name, axes_for(shape, tuple(state[name].shape))) for name in free)
        name, axes = next(((n, a) for n, a in fitting if a is not None), ("", None))
        if axes is None:
            return ""
        free.remove(name)
        found[param] = name, axes
    matrices = {p: a for p, (_, a) in found.items() if params[p].ndim == 2}
    # a square one fits either way: as the others of this model do
    others = {a for p, a in matrices.items() if len(set(params[p].shape)) > 1}
    squares = {p for p in matrices if len(set(params[p].shape)) == 1 and others == {(1, 0)}}
    axes_of = {p: (1, 0) if p in squares else a for p, (_, a) in found.items()}
    every_axes = {p: a for p, a in axes_of.items() if a}
    names_of = {p: name for p, (name, _) in found.items()}
    return f"names={names_of}" + (f", axes={every_axes}" if every_axes else "")


def _is_placed(target: Any, state: Mapping[str, Any]) -> bool:
    return all(name in state for name in _flat([target]))


def _flat(targets: Any) -> list[str]:
    return [n for t in targets for n in ((t,) if isinstance(t, str) else t)]
