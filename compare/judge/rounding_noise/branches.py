"""The branches that a run took, at every ReLU and comparison, and which of them rounding decided.

A unit with |z| <= 8 sigma may have come out on either side. One whose z is not moved by any noise
is decided, also where z = 0: there, f'(0) is a convention.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

import numpy as np
import torch
from torch import Tensor

from compare.judge.rounding_noise.noise_floor import Spread
from compare.language.message import message

UNDECIDED = 8.0  # sigma
PERHAPS = 256.0  # sigma of a few runs, which may be small by chance
MOST = 64  # units whose branches are tried
TRIES = 4 * MOST  # runs that look for their branches
KEPT = 256  # results of ReLUs that wait for their backward pass


@dataclass(frozen=True)
class Unit:
    """One element of one decision of a run; ``distance`` is |z| in sigma."""

    site: int
    index: int
    z: float
    distance: float


@dataclass
class Branches:
    """Every decision of one run, in order: z, and whether it was above its threshold.

    Also of every argmax: what it chose, and whether other elements were as large.
    """

    z: list[np.ndarray] = field(default_factory=list)
    taken: list[np.ndarray] = field(default_factory=list)
    ties: list[np.ndarray] = field(default_factory=list)
    choices: list[np.ndarray] = field(default_factory=list)


# site -> (which elements are forced, onto which branch)
Forced = Mapping[int, tuple[np.ndarray, np.ndarray]]


def all_of(branches: Branches) -> Forced:
    """Every decision as it was in that run."""
    # the noisy runs take the branches of the run without noise, or a flip would count as noise
    return {k: (np.ones_like(t), t) for k, t in enumerate(branches.taken)}


def flipped(branches: Branches, units: Iterable[Unit]) -> Forced:
    """These units on their other branch; every other decision stays free."""
    forced: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for u in units:
        taken = branches.taken[u.site]
        where, onto = forced.setdefault(u.site, (np.zeros_like(taken), taken.copy()))
        where.flat[u.index] = True
        onto.flat[u.index] = not taken.flat[u.index]
    return forced


class Decisions:
    """Records the decisions of a run in progress, and forces those that are given."""

    def __init__(self, forced: Forced, tied: Forced) -> None:
        self.forced, self.tied = forced, tied
        self.run = Branches()
        self._sites: dict[int, tuple[Tensor, Tensor]] = {}

    def decide(self, z: Tensor, natural: Tensor) -> Tensor:
        """The branch of every element of z, of which ``natural`` is what z itself says.

        Raises ValueError where it has another shape than in the run that it is forced from.
        """
        # decisions are numbered in the order in which a run takes them, which noise does not change
        taken = _replaced(natural, self.forced.get(len(self.run.z)))
        # copied: the next operation may write into the tensor
        self.run.z.append(z.detach().double().numpy().copy())
        self.run.taken.append(taken.numpy().copy())
        return taken

    def choose(self, natural: Tensor, values: Tensor, dim: int | None = None) -> Tensor:
        """The argmax of each row: what it was in the run it is forced from, where that is a tie."""
        rows = values.reshape(1, -1) if dim is None else values.movedim(dim, -1)
        # noise would break an exact tie at random, where the code has a convention
        tied = (rows == rows.amax(-1, keepdim=True)).sum(-1) > 1
        chosen = _replaced(natural, self.tied.get(len(self.run.choices)))
        self.run.ties.append(tied.reshape(natural.shape).numpy().copy())
        self.run.choices.append(chosen.numpy().copy())
        return chosen

    def remember(self, result: Tensor, taken: Tensor) -> None:
        """The result of a ReLU, by which its backward pass will ask for its branches."""
        self._sites[result.data_ptr()] = (result, taken)  # kept, so that no other gets its place
        if len(self._sites) > KEPT:
            del self._sites[next(iter(self._sites))]

    def branches_of_relu(self, result: Tensor) -> Tensor | None:
        """The branches that the ReLU with this result took, or None."""
        entry = self._sites.get(result.data_ptr())
        return entry[1] if entry and entry[1].shape == result.shape else None


def _replaced(natural: Tensor, forced: tuple[np.ndarray, np.ndarray] | None) -> Tensor:
    if forced is None:
        return natural
    where, onto = (torch.from_numpy(m) for m in forced)
    if where.shape != natural.shape:
        raise ValueError(message("rounding decides which operations it runs"))
    return torch.where(where, onto, natural)


def undecided(
    branches: Branches, spreads: Sequence[Spread], within: float = UNDECIDED
) -> list[Unit]:
    """The units that rounding may have put on either branch, nearest to the threshold first."""
    units = []
    for site, (z, spread) in enumerate(zip(branches.z, spreads, strict=True)):
        sigma = spread.sigma.ravel()
        # sigma 0: no noise moves z, and its branch is certain even at z = 0
        near = (sigma > 0) & (np.abs(z.ravel()) <= within * sigma)
        for i in np.flatnonzero(near):
            units.append(Unit(site, int(i), float(z.flat[i]), abs(float(z.flat[i])) / sigma[i]))
    return sorted(units, key=lambda u: u.distance)


def at_the_kink(branches: Branches, spreads: Sequence[Spread]) -> int:
    """How many units have z = 0 exactly, in whatever order it is computed."""
    return sum(
        int(((z == 0) & (spread.sigma == 0)).sum())
        for z, spread in zip(branches.z, spreads, strict=True)
    )


def nearest(
    units: Sequence[Unit], distance: Callable[[Sequence[Unit]], float], enough: float
) -> tuple[Unit, ...]:
    """The units to flip that bring ``distance`` to its least, by descent; stops at ``enough``.

    Units of one decision with one |z| are tried together first, as duplicated samples have them;
    then each alone, as long as that helps, in TRIES runs at most.
    """
    chosen: frozenset[Unit] = frozenset()
    least = distance(())
    together: dict[tuple[int, float], set[Unit]] = {}
    for u in units:
        together.setdefault((u.site, abs(u.z)), set()).add(u)
    groups = [frozenset(g) for g in together.values() if len(g) > 1]
    # in order of computation: a flip in an early layer changes every later one
    moves = [*groups, *(frozenset((u,)) for u in sorted(units, key=lambda u: u.site))]
    since = 0  # moves that did not help, one after the other
    for move in islice(cycle(moves), TRIES):
        if least <= enough or since == len(moves):  # near enough, or a whole round without gain
            break
        there = distance(tuple(chosen ^ move))
        since = 0 if there < least else since + 1
        if there < least:
            chosen, least = chosen ^ move, there
    return tuple(chosen)
