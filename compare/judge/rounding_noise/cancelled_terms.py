"""Where the reference has 0 without rounding, and the side under test terms that cancel.

As of a gradient that one program leaves out and the other sums up: the noise of the reference is
nothing there, and the limit is that of the side under test, where it is rounding that it has.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from compare.core.implementation import Implementation
from compare.core.trace import quantity
from compare.judge.rounding_noise.measurement import FEW, Noise, Values
from compare.judge.rounding_noise.noise_floor import FACTOR
from compare.judge.rounding_noise.other_format import RATIO
from compare.language.message import Message, message

MORE = 16  # noisy runs, where a few have hardly moved some element
VANISHED = 2.0**-15  # of what it is in float32 is left in float64: half of the digits between them


def cancelled(noise: Noise, mine: Values, side: Implementation) -> dict[str, np.ndarray]:
    """Name → the noise of the side under test where it alone has any, and is within that; else 0.

    Nothing of a name of which any such element is more than rounding, or whose noise is not in
    proportion to the format: of a constant in float32 and of a branch it is not.
    """
    where = beside_zeros(noise, mine)
    if not where:
        return {}
    try:
        own = Noise(noise.case, noise.problem, side, noise.seed)
        for runs in (FEW, MORE):
            own.up_to(runs)
            floors = {n: np.where(at, own.spreads[n].sigma, 0.0) for n, at in where.items()}
            within = {n: f for n, f in floors.items() if _is_within(mine[n], where[n], f)}
            if len(within) == len(floors):
                break
        rounding = _in_proportion(own, {name: where[name] for name in within})
    except Exception:  # whatever it does under noise: then the limit is the reference's
        return {}
    return {name: within[name] for name in rounding}


def beside_zeros(noise: Noise, mine: Values) -> dict[str, np.ndarray]:
    """Name → where the reference has 0 without rounding, and mine another number, if anywhere."""
    shapes = {name: value.shape for name, value in noise.values.items()}
    alike = {name: value for name, value in mine.items() if shapes.get(name) == value.shape}
    where = {name: _unmoved_zeros(noise, name) & (value != 0) for name, value in alike.items()}
    return {name: at for name, at in where.items() if at.any()}


def _unmoved_zeros(noise: Noise, name: str) -> np.ndarray:
    return np.asarray((noise.values[name] == 0) & (noise.spreads[name].norm == 0))


def _is_within(value: np.ndarray, at: np.ndarray, floor: np.ndarray) -> bool:
    return bool((np.abs(value[at].astype(np.float64)) <= FACTOR * floor[at]).all())


def _in_proportion(own: Noise, where: Mapping[str, np.ndarray]) -> list[str]:
    """The names that are as much smaller in float64 as it is finer, up to half of those digits."""
    if not where:
        return []
    other = own.in_other_format()
    narrow, wide = (other, own) if own.problem.dtype == "float64" else (own, other)
    sizes = {name: (_size(wide, name, at), _size(narrow, name, at)) for name, at in where.items()}
    most = RATIO / VANISHED  # 1 / RATIO is what is left of rounding
    return [n for n, (in_64, in_32) in sizes.items() if in_32 / most < in_64 < VANISHED * in_32]


def _size(noise: Noise, name: str, at: np.ndarray) -> float:
    """The largest of these values, or how far noise moves one."""
    values = np.abs(noise.values[name][at].astype(np.float64))
    return float(max(values.max(), noise.spreads[name].sigma[at].max()))


def zero_but_for_rounding(noise: Noise, names: Collection[str]) -> dict[str, Message]:
    """Of these names the gradients that are 0 by mathematics: in float64 all but nothing is left.

    As of the bias of the keys in attention, which moves every score of a query alike.
    """
    gradients = [name for name in names if quantity(name).startswith("grad/")]
    if not gradients or noise.is_coarse:
        return {}
    other = noise.in_other_format()
    sizes = {name: [_largest(n, name) for n in (noise, other)] for name in gradients}
    wide = int(noise.problem.dtype != "float64")  # which of both is that
    return {
        name: message(
            "0 but for rounding on both sides: up to {narrow:.2g} in float32, and {wide:.2g} in "
            "float64",
            narrow=of_both[1 - wide],
            wide=of_both[wide],
        )
        for name, of_both in sizes.items()
        if of_both[wide] < VANISHED * of_both[1 - wide]
    }


def zero_in_the_reference(noise: Noise) -> dict[str, Message]:
    """Of names that are ``cancelled`` those that are 0 throughout in the reference, and why."""
    return {
        name: message(
            "0 in the reference, and in yours what rounding leaves of terms that cancel, of which "
            "its own noise is up to {noise:.2g}",
            noise=float(floor.max()),
        )
        for name, floor in noise.cancelled.items()
        if not noise.values[name].any()
    }


def _largest(noise: Noise, name: str) -> float:
    """The largest value, or how far noise moves one."""
    values = np.abs(noise.values[name].astype(np.float64)).max(initial=0.0)
    return float(max(values, noise.spreads[name].sigma.max(initial=0.0)))
