"""Paths of the numbers inside an object, ``.layers[0]['W']``, and which of them are gradients."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from compare.check.naming.network_parameters import plain, role_of

_STEP = re.compile(r"\.(\w+)|\['([^']*)'\]|\[(\d+)\]|\[(\(.*\))\]")
# a gradient is called after what it is the gradient of, with one of these before or behind it
_BEFORE = ("grad", "gradient", "delta", "nabla", "d", "g")
_GRADIENTS = ("grads", "dout")  # what such a name stands for
_LONG = re.compile(r"(w)(?:s|eights?|eight)?(\d*|\[.*\])|(b)(?:s|ias|iases)?(\d*|\[.*\])")
_BEHIND = ("grad", "grads", "gradient", "gradients")


def split(path: str) -> tuple[str, str]:
    """Where a number is kept, and its own name there."""
    if path.endswith("']"):
        holder, _, name = path[:-2].rpartition("['")
        return holder, name
    if path.endswith(")]"):  # a tuple as a key
        holder, _, name = path[:-1].rpartition("[(")
        return holder, f"({name}"
    holder, _, name = path.rpartition(".")
    return holder, name


def name_of(path: str) -> str:
    """The last name of a path: ``weights`` of ``.weights[0]``."""
    names = [a or b for a, b, _, _ in _STEP.findall(path) if a or b]
    return names[-1] if names else ""


def is_gradient_of(name: str, weight: str, bare: bool = False) -> bool:
    """Whether a name says the gradient of what is called so; ``bare``: or its own name does."""
    spelled, meant = plain(name), _short(plain(weight))
    return meant in map(_short, _differentiated(spelled)) or bare and _short(spelled) == meant


def _is_beside(name: str, weight: str) -> bool:
    """``grads[0]`` of params[0]."""
    (kept, _, at), (of, _, place) = name.partition("["), weight.partition("[")
    return at == place != "" and role_of(kept) in _GRADIENTS and role_of(of) == "network"


def _differentiated(name: str) -> Iterator[str]:
    """What a name without underscores may be the gradient of: w1 of dw1, and of w1grad."""
    for before in _BEFORE:
        if name.startswith(before) and name != before:
            yield name.removeprefix(before)
    for behind in _BEHIND:
        if name.endswith(behind) and name != behind:
            yield name.removesuffix(behind)


def _short(name: str) -> str:
    """``w1`` of weights1, ``b[0]`` of biases[0]."""
    said = _LONG.fullmatch(name)
    return "".join(filter(None, said.groups())) if said else name


def lists_of(held: Mapping[str, Any], kind: str) -> list[Any]:
    """The gradients of all weights ``w``, or of all biases ``b``, where these are a list: dW[0]."""
    lists: dict[str, list[Any]] = {}
    for path, value in held.items():
        said = re.fullmatch(r"\.(\w+)\[\d+\]", path)
        if said and kind in map(_short, _differentiated(plain(said[1]))):
            lists.setdefault(said[1], []).append(value)
    return next(iter(lists.values()), [])


@lru_cache(maxsize=1 << 14)  # of all paths beside all weights, in each layout that is tried
def is_gradient(path: str, weight: str) -> bool:
    """Whether what is kept there is the gradient of what is kept at ``weight``, by its name."""
    (there, name), (holder, of) = split(path), split(weight)
    if there == holder:
        return is_gradient_of(name, of) or _is_beside(name, of)
    # a dict of the gradients of what is kept beside it, or in a dict beside it: ``.grads``
    (beside, kept), (above, params) = split(there), split(holder)
    alike = beside == holder or beside == above and role_of(params) == "network"
    return alike and role_of(kept) in _GRADIENTS and is_gradient_of(name, of, True)


def is_gradient_beside(path: str, weight: str, held: Mapping[str, Any]) -> bool:
    """Whether an object holds the two alone, and calls the first one a gradient: value, grad."""
    (there, name), (holder, _) = split(path), split(weight)
    if not there == holder != "" or role_of(name) not in _GRADIENTS:
        return False
    return {p for p in held if split(p)[0] == there} == {path, weight}
