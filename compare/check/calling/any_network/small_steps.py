"""The same network with steps of another size: what is wrong with it at one size alone."""

from __future__ import annotations

from dataclasses import replace

from compare.check.calling.any_network.functions import RATES
from compare.check.calling.any_network.network import Network
from compare.check.calling.networks.source_names import global_names
from compare.check.naming import network_parameters as calls

_SMALL = calls.LR * 2.0**-30  # of a step: what is off by its square is lost in rounding


def with_small_steps(network: Network) -> Network | None:
    """It with a learning rate near 0, wherever it takes that from; None where that is not known."""
    step = network.usage.step
    if "lr" in {role for call in step for role in call.arguments.values()}:
        return replace(network, rate=_SMALL)
    paths = [p for p in network.numbers() if calls.role_of(p.rpartition(".")[2]) == "lr"]
    if paths:
        return replace(network, settings=dict.fromkeys(paths, _SMALL))
    if network.first:
        texts = [network.sources[call.name] for call in step]
        names = {n for text in texts for n in global_names(text) if calls.role_of(n) == "lr"}
        network.subject.made[RATES] = dict.fromkeys(names, _SMALL)
        return network if names else None
    return None


def put_back_rates(network: Network) -> None:
    """The rates that its module has."""
    network.subject.made.pop(RATES, None)
