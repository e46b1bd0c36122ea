"""Networks that pass forward otherwise in training than in testing.

What a pass in training moves itself, such as a running mean, is no weight, and begins anew with
each pass that is compared with another.
"""

from __future__ import annotations

from dataclasses import replace

from compare.check.calling.any_network.network import NUMBERS, Network, State, elsewhere, same


def moved_by_passes(network: Network, before: State) -> State:
    """The numbers that were there before a forward pass, and that are others after it."""
    network.begin(before)
    network.outputs()
    after = network.numbers()
    return {
        p: v for p, v in before.items()
        if isinstance(v, NUMBERS) and p in after and not same(v, after[p])
    }  # fmt: skip


def loss_is_of_testing(network: Network, before: State) -> bool:
    """Whether its loss goes by what was kept in training, or draws nothing, and its outputs do."""
    if not (network.moved or network.drops):
        return False
    first = network.again(before)
    if network.drops:
        other = replace(network, seed=network.seed + 1).again(before)
        return not same(first[0], other[0]) and first[1] == other[1]
    alike = replace(network, moved={})
    other = alike.again({**before, **{p: elsewhere(v) for p, v in network.moved.items()}})
    return same(first[0], other[0]) and first[1] != other[1]
