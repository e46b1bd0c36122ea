"""What update rules are tried on: parameters and gradients of twelve steps, and settings."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from compare.check.calling.optimizers.gradients import REUSE
from compare.check.concept import Probe, Role
from compare.check.i18n.text import Text
from compare.check.probes.probe import probe

_Shapes = Callable[[Mapping[str, int]], tuple[tuple[int, ...], ...]]


def _alike(sizes: Mapping[str, int]) -> tuple[tuple[int, ...], ...]:
    """All of one shape, so that a state which they share shows in their values; and not of two
    rows, for half a step is a mistake of its own.
    """
    return ((sizes["I"], sizes["O"]),) * 4


def _network(sizes: Mapping[str, int]) -> tuple[tuple[int, ...], ...]:
    return ((3, 4), (4,), (4, 2), (2,))


# bias correction and decay have to show: one step tells few rules apart
_STEPS = 12
# Other values than people write into a rule, so that one which is not used shows; and none of a
# rate, which is found by its value.
_FIRST = {"momentum": 0.8, "rho": 0.85, "beta1": 0.75, "beta2": 0.96, "eps": 2e-6, "decay": 0.03}
_SECOND = {"momentum": 0.6, "rho": 0.7, "beta1": 0.85, "beta2": 0.98, "eps": 3e-7, "decay": 0.15}


def _size(shapes: _Shapes, sizes: Mapping[str, int]) -> int:
    return sum(math.prod(shape) for shape in shapes(sizes))


def _gradients(shapes: _Shapes, zero: bool) -> Any:
    """Of size 1, of size 1e-5, of a sign that flips; ``zero``: from the first step, and later."""

    def draw(rng: np.random.Generator, sizes: Any) -> np.ndarray:
        g = rng.standard_normal((sizes["T"], _size(shapes, sizes)))
        g[:, ::5] *= 1e-5  # where eps is no longer small beside the root
        # the sign flips at every step: their mean is near 0, and that of their squares is not
        g[:, 1::5] = np.abs(g[:, 1::5]) * (-1.0) ** np.arange(len(g))[:, np.newaxis]
        if zero:
            g[:, 2] = 0.0
            g[::4, 3::5] = 0.0
        return g

    return draw


def _probe(
    name: str, shapes: _Shapes, lrs: Sequence[float], settings: Mapping[str, float],
    about: Text, role: Role = Role.ORDINARY, zero: bool = False, reuse: bool = False,
) -> Probe:  # fmt: skip
    arrays = {
        "p": lambda rng, sizes: rng.standard_normal(_size(shapes, sizes)),
        "g": _gradients(shapes, zero),
        "lr": lambda rng, sizes: tuple(lrs[: sizes["T"]]),
        "shapes": lambda rng, sizes: tuple(np.array(shape) for shape in shapes(sizes)),
        **{key: (value,) for key, value in settings.items()},
        **({REUSE: (1.0,)} if reuse else {}),
    }
    return probe(name, {"T": _STEPS, "I": 3, "O": 2}, arrays, about, role)


def probes_of(name: str) -> tuple[Probe, ...]:
    """Twelve steps of gradients: ordinary and small ones, a rate that falls, arrays reused."""
    falling = (0.2,) * 6 + (0.05,) * 6
    reused = _probe(
        f"{name}/reused", _network, (0.2,) * _STEPS, _FIRST,
        Text("gradients that are written into the same arrays at every step",
             "毎ステップ同じ配列に書き込まれる勾配"),
        Role.OPTIONAL, reuse=True,
    )  # fmt: skip
    ordinary = Text("gradients of size 1 and of size 1e-5", "大きさ 1 と 1e-5 の勾配")
    return (
        _probe(f"{name}/1", _alike, (0.2,) * _STEPS, _FIRST, ordinary),
        _probe(f"{name}/2", _alike, (0.03,) * _STEPS, _SECOND, ordinary),
        _probe(f"{name}/shapes", _network, (0.2,) * _STEPS, _FIRST,
               Text("tensors of different shapes", "形の異なるテンソル"), Role.EDGE),
        _probe(f"{name}/zeros", _network, (0.2,) * _STEPS, _FIRST,
               Text("gradients that are exactly 0", "ちょうど 0 の勾配"), Role.EDGE, True),
        _probe(f"{name}/schedule", _network, falling, _SECOND,
               Text("a learning rate that is changed between steps", "途中で変わる学習率"),
               Role.OPTIONAL),
        *([reused] if name in ("momentum", "nesterov") else []),
    )  # fmt: skip
