"""What a training on several ranks computes: each part from its own rows, and the mean of all.

A name of rank r stands under ``rank{r}/``, what all of them sum under ``all_reduce/`` there. Rank
0's is held against the parts, in whatever order they are added; that of the others, as their
parameters, against rank 0's, bit for bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from compare.oracle.formulas import Number
from compare.oracle.rules import BEFORE, Layers, Rule, bare
from compare.oracle.update_rules import optimizer_rules

OF_NO_RANK = ("lr", "t", "sizes")


def at_rank(rank: int, name: str) -> str:
    """``param/W1`` as rank r has it; what is of no rank, as the learning rate, stays."""
    if bare(name) in OF_NO_RANK:
        return name
    before = BEFORE if name.startswith(BEFORE) else ""
    return f"{before}rank{rank}/{bare(name)}"


def mean_of_all(sizes: np.ndarray, *means: Number) -> Number:
    """Σ_r (N_r / N) m_r, added in whatever order."""
    stacked = _stacked(means)
    weights = stacked.constant(1.0) * sizes / float(sizes.sum())
    return (stacked * weights.reshape(-1, *[1] * (stacked.ndim - 1))).sum(axis=0)


def mean_of_means(*means: Number) -> Number:
    """(1 / R) Σ_r m_r, added in whatever order."""
    return mean_of_all(np.ones(len(means)), *means)


def _stacked(numbers: tuple[Number, ...]) -> Number:
    return numbers[0].stacked(numbers, (len(numbers), *numbers[0].shape))


def rules(layers: Layers, rule: str, ranks: int, **settings: float) -> dict[str, Rule]:
    """Every name of a step on R ranks, in order of computation."""
    by_name: dict[str, Rule] = {}
    for rank in range(ranks):
        by_name |= _at_rank(rank, layers.rules())
    reduced = ("parallel.all_reduce", "parallel.mean_of_all", "parallel.Replica.backward")
    by_name["loss"] = _mean_of_all("loss", "loss", ranks, "parallel.train")
    params = [p.removeprefix("param/") for p in layers.params]
    for p in params:
        total = f"rank0/all_reduce/{p}"
        by_name[total] = _mean_of_all(total, f"grad/{p}", ranks, *reduced)
        by_name |= _same_as_rank_0(f"all_reduce/{p}", ranks, *reduced)
    for p in params:
        for name, own in optimizer_rules(rule, p, **settings).items():
            by_name |= _at_rank(0, {name: replace(own, parents=_reduced(own.parents))})
            by_name |= _same_as_rank_0(name, ranks, "parallel.Replica.update")
    return by_name


def initial(
    rules: Mapping[str, Rule], params: Mapping[str, np.ndarray], ranks: int
) -> dict[str, np.ndarray]:
    """What stands at every rank before the first step: the same parameters, and zero state."""
    start = {f"rank{rank}/param/{p}": a for rank in range(ranks) for p, a in params.items()}
    states = [name for name in rules if name.partition("/")[2].startswith("state/")]
    return start | {name: np.zeros_like(params[name.split("/")[2]]) for name in states}


def _at_rank(rank: int, by_name: Mapping[str, Rule]) -> dict[str, Rule]:
    """The same rules of what one rank has."""
    return {
        at_rank(rank, name): replace(
            rule,
            parents=tuple(at_rank(rank, p) for p in rule.parents),
            text=f"{rule.text} at rank {rank}",
        )
        for name, rule in by_name.items()
    }


def _reduced(parents: tuple[str, ...]) -> tuple[str, ...]:
    # an update takes the gradient of the whole batch
    return tuple(p.replace("grad/", "all_reduce/") for p in parents)


def _mean_of_all(name: str, of: str, ranks: int, *written: str) -> Rule:
    parents = ("sizes", *(f"rank{rank}/{of}" for rank in range(ranks)))
    return Rule(mean_of_all, parents, f"{name} = sum over r of (N_r / N) rank_r/{of}", written)


def _same_as_rank_0(name: str, ranks: int, *written: str) -> dict[str, Rule]:
    first = at_rank(0, name)
    others = [at_rank(rank, name) for rank in range(1, ranks)]
    return {
        other: Rule(lambda a: a.exactly(), (first,), f"{other} = {first}, bit for bit", written)
        for other in others
    }
