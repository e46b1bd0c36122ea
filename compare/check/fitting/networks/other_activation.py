"""Whether a network has an activation that is none of ours: a function of u1 all the same.

Its own forward pass tells: with weights of 0 and a bias of u1 it gives what it gave for x.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compare.check.fitting.networks import passes as chains
from compare.sandbox.interface import Failed

OTHER = "another activation"  # what was made: whether that is so
_ROUGHLY = 1e-9  # a term that is left out is further off

Arrays = Mapping[str, Any]


def has_other_activation(call: Callable[[Arrays], Arrays], arrays: Arrays, y: Any) -> bool:
    """Whether the outputs are g(F(x W1 + b1)), whatever F is, and g(b) where the last W is 0.

    ``call``: what it gives of other arrays · ``y``: what it gave of these.
    """
    depth = chains.depth_of(arrays)
    y = np.asarray(y)
    if depth < 2 or y.ndim != 2 or len(y) != len(arrays["x"]):
        return False
    with np.errstate(all="ignore"):
        u = arrays["x"] @ arrays["W1"] + arrays["b1"]
        flat = {**arrays, "W1": np.zeros_like(arrays["W1"])}
        rows = [_outputs(call, {**flat, "b1": row}) for row in u]
        last = {f"W{depth}": np.zeros_like(arrays[f"W{depth}"])}
        constant = _outputs(call, {**arrays, **last})
    of_u = all(r is not None and _near(r[i], y[i]) for i, r in enumerate(rows))
    return of_u and constant is not None and _near(constant, np.broadcast_to(constant[0], y.shape))


def _outputs(call: Callable[[Arrays], Arrays], arrays: Arrays) -> Any:
    try:
        return np.asarray(call({n: np.copy(a) for n, a in arrays.items()})["y"])
    except (Failed, ValueError, TypeError, IndexError, KeyError, AttributeError):
        return None


def _near(value: Any, wanted: Any) -> bool:
    return bool(
        np.shape(value) == np.shape(wanted) and np.allclose(value, wanted, _ROUGHLY, _ROUGHLY)
    )
