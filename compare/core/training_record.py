"""What a training step leaves, read off a side's network and optimizer; and a training taken up."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from compare.core.implementation import Implementation

# A rule's formula has the symbols of its paper; torch.optim, and with it every trace, has names.
# Of t, the number of updates, torch keeps a count where its rule takes one.
TORCH_NAMES = {
    "Momentum": {"momentum_buffer": "m"},
    "Nesterov": {"momentum_buffer": "m"},
    "AdaGrad": {"step": "t", "sum": "h"},
    "RMSprop": {"step": "t", "square_avg": "h"},
    "Adadelta": {"step": "t", "square_avg": "h", "acc_delta": "s"},
    "Adam": {"step": "t", "exp_avg": "m", "exp_avg_sq": "v"},
}


def optimizer_state(side: Implementation, optimizer: Any) -> dict[str, dict[str, Any]]:
    """What an optimizer remembers of each parameter, under torch's names."""
    of_parameter = _of_torch if side.takes == "torch" else partial(_of_numpy, optimizer)
    state = {name: of_parameter(values) for name, values in optimizer.state.items()}
    return {name: values for name, values in state.items() if values}


def _of_torch(values: Mapping[str, Any]) -> dict[str, Any]:
    # torch counts in float32, and has None where a rule keeps nothing
    return {
        key: value.long() if key == "step" else value
        for key, value in values.items()
        if value is not None
    }


def _of_numpy(optimizer: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    names = TORCH_NAMES.get(type(optimizer).__name__, {})
    return {key: optimizer.t if symbol == "t" else values[symbol] for key, symbol in names.items()}


def set_optimizer_state(
    side: Implementation, optimizer: Any, params: Mapping[str, Any], name: str, key: str, value: Any
) -> None:
    """Have an optimizer remember this of a parameter, as if it had computed it."""
    if side.takes == "torch":
        optimizer.make(params)
        # of a transposed array a copy in C order, which is how torch keeps it
        kept = value.float() if key == "step" else value.contiguous()
        optimizer.torch_optimizer.state[params[name]][key] = kept.clone()
    elif key == "step":
        optimizer.t = int(value)
    else:
        symbol = TORCH_NAMES[type(optimizer).__name__][key]
        optimizer.state.setdefault(name, {})[symbol] = value.copy()


def step_record(side: Implementation, network: Any, optimizer: Any, loss: Any) -> dict[str, Any]:
    """Everything of the last step by name: u1 ... loss ... state/W1/exp_avg ... param/W1 ..."""
    return {**pass_record(network, loss), **update_record(side, network, optimizer)}


def update_record(side: Implementation, network: Any, optimizer: Any) -> dict[str, Any]:
    """What an update leaves: state/W1/exp_avg ... param/W1 ..."""
    state = {
        f"state/{name}/{key}": side.layout(value) if key != "step" else value
        for name, values in optimizer_state(side, optimizer).items()
        for key, value in values.items()
    }
    params = {f"param/{name}": side.layout(p) for name, p in network.params.items()}
    return {**state, **params}


def pass_record(network: Any, loss: Any) -> dict[str, Any]:
    """Everything of one pass forward and back, by name and in order of computation."""
    grad_x = {"grad/x": network.grad_x} if network.wants_grad_x else {}
    return {**network.intermediates(), "loss": loss, **network.deltas(), **grad_x}


def resume(
    side: Implementation, network: Any, optimizer: Any, values: Mapping[str, Any], steps_done: int
) -> None:
    """Take up a training where a trace left it: param/W1 ... and state/W1/exp_avg ... of it.

    What follows has the bits of a training that never stopped.
    """
    if side.takes != "torch":
        optimizer.t = steps_done  # also where a rule's state has no count
    for name, value in values.items():
        kind, *rest = name.split("/")
        if kind == "param":
            set_parameter(side, network, rest[0], value)
        elif kind == "state":
            parameter, key = rest
            laid_out = value if key == "step" else side.layout(value)
            set_optimizer_state(side, optimizer, network.params, parameter, key, laid_out)


def set_parameter(side: Implementation, network: Any, name: str, value: Any) -> None:
    """Write a parameter in place: a loop or an optimizer may hold the same array."""
    p = network.params[name]
    (p.data if side.takes == "torch" else p)[...] = side.layout(value)
