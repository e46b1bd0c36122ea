"""Where an object keeps its weights, by paths, and in which layout; other things that it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from compare.check.calling.networks.paths import is_gradient, name_of, split
from compare.check.calling.networks.source_names import global_names, is_weight, multiplies_state
from compare.check.naming.network_parameters import plain
from compare.check.subject import Subject
from compare.sandbox.interface import Definition, Failed, Handle

Held = Mapping[str, Any]  # path → number or array
_NUMBERED = {"W": ("W", "weights", "weight"), "b": ("b", "bias", "biases")}
_ALONE = {
    "W": ("W", "weights", "weight", "coef", "theta"),
    "b": ("b", "bias", "biases", "intercept"),
}


@dataclass(frozen=True)
class Layout:
    """Of which shapes its arrays are: W (in, out) or (out, in), and biases of ``bias`` axes.

    ``bias`` is a function of the shape: (H,), (1, H) or (H, 1) · ``vectors``: of one unit, whose
    weights are a vector and whose bias is a number.
    """

    out_in: bool = False
    bias: str = "H"
    vectors: bool = False

    def theirs(self, name: str, array: np.ndarray) -> np.ndarray:
        """An array of the course's layout in theirs."""
        if self.vectors:
            return array.reshape(-1) if name[0] == "W" else array.reshape(())
        if name[0] == "W":
            return np.ascontiguousarray(array.T) if self.out_in else array
        return array.reshape({"H": (-1,), "1H": (1, -1), "H1": (-1, 1)}[self.bias])

    def ours(self, name: str, array: Any, wanted: tuple[int, ...]) -> Any:
        """An array of theirs in the course's; one of another size stays as it is."""
        array = np.asarray(array)
        if self.vectors and array.size == np.prod(wanted) and array.ndim < 2:
            return array.reshape(wanted)
        if name[0] == "W":
            return array.T if self.out_in else array
        # a wrong size is the mistake
        return array.reshape(wanted) if array.size == np.prod(wanted) and array.ndim <= 2 else array


OF_OTHER_SHAPE = "of_other_shape"  # what was made: its weights go round, and ours do not


def go_round(held: Held, found: Mapping[str, str], arrays: Held, depth: int) -> bool:
    """Whether a square matrix stands where one of ours leads from layer to layer: Whh."""
    names = [f"W{k}" for k in range(2, depth + 1)]
    square = [len({*np.shape(held[found[n]])}) == 1 < len({*np.shape(arrays[n])}) for n in names]
    return any(square)


def names_of(depth: int) -> tuple[str, ...]:
    """W1 b1 W2 b2 ..."""
    return tuple(f"{p}{k}" for k in range(1, depth + 1) for p in "Wb")


def attribute(subject: Subject, owner: Handle, name: str) -> Any:
    """An attribute, or None where there is none or it is nothing plain."""
    try:
        return subject.box.get(owner, name)
    except Failed:
        return None


def module_values(
    subject: Subject, found: Definition, of: Sequence[Definition] = (), without: Sequence[str] = ()
) -> dict[str, Any]:
    """The values of a function's module that it, or those functions, read, by name and in order."""
    values = {d.name for d in subject.inventory.found if d.kind == "value"} - {*without}
    read = dict.fromkeys(n for d in of or (found,) for n in global_names(d.source) if n in values)
    module = subject.box.globals_of(found.name) if read else None
    return {n: attribute(subject, module, n) for n in read if module}


def by_sizes(held: Held, sizes: Sequence[int]) -> dict[str, str]:
    """W1 b1 ... → path, or W1 W2 ... alone, of what was made with sizes of which no two are alike.

    {} where a layer has none; the last one may have one unit, whatever is asked for.
    """
    arrays = _but_for_gradients(held)
    for outputs in (sizes[-1], 1):
        ends = (*sizes[:-1], outputs)
        for turn in (1, -1):
            fitting = [_first(arrays, shape[::turn]) for shape in pairwise(ends)]
            found = {f"W{k}": path for k, path in enumerate(fitting, 1)}
            if all(fitting):
                found |= _biases(arrays, found, ends[1:])
                # one unit that is followed by more is another layer's
                left = {*arrays} - {*found.values()}
                if outputs != 1 or not any(map(partial(_is_left, arrays), left)):
                    return found
    return {}


def _is_left(arrays: Held, path: str) -> bool:
    return np.ndim(arrays[path]) == 2 and bool(arrays[path].any())


def _first(arrays: Held, shape: tuple[int, ...]) -> str:
    """The first array of a shape; what begins at 0 is what is remembered of one: a velocity."""
    of_one_unit = {shape, (max(shape),)} if 1 in shape else {shape}
    fitting = [p for p, a in arrays.items() if np.shape(a) in of_one_unit and np.ndim(a)]
    fitting = [p for p in fitting if np.ndim(arrays[p]) == 2 or is_weight(name_of(p))]
    return next((p for p in fitting if arrays[p].any()), next(iter(fitting), ""))


def in_a_chain(held: Held, samples: int = 0) -> dict[str, str]:
    """The same of any sizes and depth, in order: each takes what the one before gives.

    {} where they are no chain, or not random. ``samples``: how many it was given, of which it may
    keep something, or 0.
    """
    arrays = {p: a for p, a in _but_for_gradients(held).items()
              if not samples or samples not in np.shape(a)}  # fmt: skip
    matrices = [p for p in _without_copies(arrays) if np.ndim(arrays[p]) == 2 and arrays[p].any()]
    matrices = [p for p in matrices if 1 not in arrays[p].shape or not _is_bias(p)]
    shapes = [arrays[p].shape for p in matrices]
    for inside, outside in ((0, 1), (1, 0)):
        if len(shapes) > 1 and all(a[outside] == b[inside] for a, b in pairwise(shapes)):
            found = {f"W{k}": path for k, path in enumerate(matrices, 1)}
            return found | _biases(arrays, found, [shape[outside] for shape in shapes])
    return {}


def _biases(arrays: Held, weights: Mapping[str, str], widths: Sequence[int]) -> dict[str, str]:
    """A bias for every layer, beside its weights or after the one before; {} where one has none."""
    found: dict[str, str] = {}
    for k, width in enumerate(widths, 1):
        shapes = {(width,), (1, width), (width, 1)}
        taken = {*weights.values(), *found.values()}
        alike = [p for p, a in arrays.items() if p not in taken and np.shape(a) in shapes]
        if width == 1:
            alike += [p for p, v in arrays.items() if not np.ndim(v) and _is_bias(p)]
        beside = [p for p in alike if split(p)[0] == split(weights[f"W{k}"])[0]]
        # of equals max takes the first
        best = max(alike, key=lambda p: (_is_bias(p), p in beside), default="")
        if not best:
            return {}
        found[f"b{k}"] = best
    return found


def are_biased_in_part(held: Held, found: Mapping[str, str]) -> bool:
    """Whether weights that were found without biases have one beside them, of some layer alone.

    It is drawn or set where the network is made, and nothing in its place: the course has none.
    """
    if not found or "b1" in found:
        return False
    widths = {width for path in found.values() for width in np.shape(held[path])}
    of_layer = {shape for width in widths for shape in ((width,), (1, width), (width, 1))}
    others = _but_for_gradients(held).items()
    return any(
        _is_bias(p) and np.shape(v) in of_layer for p, v in others if p not in {*found.values()}
    )


def multiply_a_state(source: str, found: Mapping[str, str]) -> bool:
    """Whether one of these weights leads from a step to the next, and to no layer."""
    return any(multiplies_state(source, name_of(p)) for n, p in found.items() if n[0] == "W")


def _is_bias(path: str) -> bool:
    return "b" in name_of(path).lower() or "intercept" in name_of(path).lower()


def _but_for_gradients(held: Held) -> dict[str, Any]:
    numbers = {p: v for p, v in held.items() if np.ndim(v) or isinstance(v, float)}
    return {p: v for p, v in numbers.items() if not any(is_gradient(p, of) for of in numbers)}


def _without_copies(arrays: Held) -> list[str]:
    """Each array once: a dictionary and the layers may both have it."""
    kept: list[str] = []
    for path, array in arrays.items():
        if np.any(array) and any(np.array_equal(array, arrays[other]) for other in kept):
            continue
        kept.append(path)
    return kept


def copies(held: Held, found: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """W1 b1 ... → all paths of an array, of which the first is read: layers may have their own."""
    every = {n: (p, *_copies_of(held, p)) for n, p in found.items() if n[0] == "W"}
    for name, path in found.items():
        if name[0] == "b":
            holders = {split(p)[0] for p in every[f"W{name[1:]}"][1:]}
            beside = [p for p, v in held.items() if split(p)[0] in holders and p != path
                      and np.shape(v) == np.shape(held[path]) and _is_bias(p)]  # fmt: skip
            every[name] = (path, *(_copies_of(held, path) or beside[:1]))
    return {n: every[n] for n in found}


def _copies_of(held: Held, path: str) -> list[str]:
    array = held[path]
    if not np.ndim(array) or not np.any(array):
        return []
    return [p for p, v in held.items() if p != path and np.array_equal(v, array)]


def are_said(found: Mapping[str, str]) -> bool:
    """Whether the names of what was found say that they are weights and biases."""
    return all(is_weight(name_of(p)) if n[0] == "W" else _is_bias(p) for n, p in found.items())


def keys_for(name: str, depth: int) -> set[str]:
    """How an array such as W1 is called, without case and underscores."""
    spelled = {f"{stem}{name[1:]}" for stem in _NUMBERED[name[0]]}
    return {plain(each) for each in (*spelled, *(_ALONE[name[0]] if depth == 1 else ()))}


def entry(found: Mapping[Any, Any], keys: set[str]) -> Any:
    """The key of a dict that is one of these names, or None."""
    return next((k for k in found if isinstance(k, str) and plain(k) in keys), None)


def is_out_in(arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether W1 W2 without biases are (out, in): each takes what the one before gives."""
    W1, W2 = arrays["W1"], arrays.get("W2")
    if W2 is None or np.ndim(W2) < 2:
        return False
    return bool(W1.shape[1] != W2.shape[0] and W1.shape[0] == W2.shape[1])


def layout_of(arrays: Mapping[str, np.ndarray]) -> Layout:
    """The layout in which somebody made W1 b1 W2 b2."""
    W1, b1 = np.asarray(arrays["W1"]), np.atleast_1d(arrays["b1"])
    W2 = np.asarray(arrays.get("W2", W1.T))
    # square matrices fit both ways: then a column of biases says (out, in), as W x + b has it
    out_in = W1.shape[0] == b1.size and W1.shape[0] == W2.shape[-1] and (
        W1.shape[1] != b1.size or W1.shape[1] != W2.shape[0] or b1.ndim == 2 and b1.shape[1] == 1
    )  # fmt: skip
    if b1.ndim == 1:
        return Layout(out_in)
    # (1, 1) fits both: taken for (1, H)
    return Layout(out_in, "H1" if b1.shape[1] == 1 and b1.shape[0] > 1 else "1H")
