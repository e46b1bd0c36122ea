"""How fast a training step of scratch is, beside torch, torch.compile and scikit-learn.

A step is a forward pass, the loss, the way back and an update by SGD. What is compared runs by
turns in one process, so that a machine that slows down slows all of it; medians of the turns. So
are the updates of each rule, and two arrays held against each other. With one thread the seconds
are the processor's own, which others that want it too do not lengthen.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import prod
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from sklearn.neural_network import MLPClassifier

import scratch.network
import scratch.optimizers
import scratch.training
from compare.bench import cost
from compare.bench.measurements import collect
from compare.bench.speed import commands, comparison, limit
from compare.bench.speed.limit import CALLS, EMPTY, PRODUCTS
from compare.system.jobs import HERE, Workers
from compare.system.torch_settings import using_threads

Step = Callable[[], Any]
Turns = Callable[[Mapping[str, Step]], dict[str, Any]]
LR = 0.01
ELEMENTS = 10**7  # of each array that is compared
JUDGED = ("mlp.digits", "mlp.digits.adam", "mlp.iris")
STEPS_A_SECOND = 100  # of each of these, by what a measurement may take
STEPS = ("2-10-2/20", "64-50-10/32", "784-50-10/100", "784-512-512-10/256", "784-2048-2048-10/256")
GROWTH = (
    *(f"{n}-{n}-10/64" for n in (30, 100, 316, 1000, 3162, 10000)),
    *(f"784-512-10/{batch}" for batch in (1, 10, 100, 1000, 10000)),
)
RULES = {
    "SGD": (torch.optim.SGD, {}),
    "Momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "Nesterov": (torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    "AdaGrad": (torch.optim.Adagrad, {}),
    "RMSprop": (torch.optim.RMSprop, {}),
    "Adadelta": (torch.optim.Adadelta, {}),
    "Adam": (torch.optim.Adam, {}),
}


@dataclass(frozen=True)
class Size:
    """Seconds that each contender may take in all, and how much is left out."""

    seconds: float
    largest: int  # parameters
    threads: tuple[int, ...]
    compiled: bool
    commands: tuple[str, ...] = ()


FULL = Size(1.5, 10**9, (1, 2), True, tuple(commands.COMMANDS))
SHORT = Size(0.3, 10**6, (1,), False, commands.SHORT)


def keys(size: Size) -> list[str]:
    """The names of all measurements: what, seconds, dtype, threads, and the network or the rule."""
    flags = f"{size.seconds}/{'compiled' if size.compiled else 'eager'}"
    names = [
        f"step/{flags}/{dtype}/{n}/{network}"
        for dtype in ("float32", "float64")
        for n in size.threads
        for network in STEPS
        if _parameters(_nodes(network)) <= size.largest
    ]
    names += [
        f"growth/{size.seconds}/eager/float32/1/{network}"
        for network in GROWTH
        if _parameters(_nodes(network)) <= size.largest
    ]
    names += [f"optimizer/{size.seconds}/eager/float32/1/{rule}" for rule in RULES]
    elements = min(ELEMENTS, size.largest)
    names += [
        f"comparison/{size.seconds}/eager/float32/1/{elements}/{where}"
        for where in comparison.DIFFERING
    ]
    names += [
        f"judged/{size.seconds}/eager/{dtype}/1/{name}"
        for dtype in ("float32", "float64")
        for name in JUDGED
    ]
    return names + [f"command/{size.seconds}/eager/-/1/{name}" for name in size.commands]


def _nodes(network: str) -> list[int]:
    return [int(n) for n in network.split("/")[0].split("-")]


def _parameters(nodes: list[int]) -> int:
    return sum(n_in * n_out + n_out for n_in, n_out in pairwise(nodes))


def measure(key: str) -> dict[str, Any]:
    """One measurement, from its key alone: seconds of each contender."""
    what, seconds, compiled, dtype, n, rest = key.split("/", 5)
    if what == "command":
        return commands.measured(rest)
    with using_threads(int(n)), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn's, of one step that does not converge
        if what == "judged":
            return {
                "seconds": cost.of_step(dtype, rest, steps=round(STEPS_A_SECOND * float(seconds)))
            }
        turns = partial(_by_turns, float(seconds), _clock(int(n)))
        if what == "optimizer":
            return turns(_updates(rest, dtype))
        if what == "comparison":
            elements, where = rest.split("/")
            with comparison.arrays(int(elements), where) as pair:
                return turns(comparison.contenders(*pair))
        others = what == "step"
        return _of_network(rest, dtype, turns, others, compiled == "compiled")


def _clock(threads: int) -> Callable[[], float]:
    # the processor's time of two threads would be that of both; and Windows counts it in ticks
    is_fine = time.get_clock_info("process_time").resolution < 1e-6
    return time.process_time if threads == 1 and is_fine else time.perf_counter


def _of_network(
    network: str, dtype: str, turns: Turns, others: bool, compiled: bool
) -> dict[str, Any]:
    nodes, batch = _nodes(network), int(network.split("/")[1])
    contenders, absent = _steps(nodes, batch, dtype, others, compiled)
    forward = sum(2 * batch * prod(pair) for pair in pairwise(nodes))
    # the way back has two products a layer, but for the first, whose input is data
    flops = 3 * forward - 2 * batch * prod(nodes[:2])
    return {
        **turns(contenders),
        "parameters": _parameters(nodes),
        "flops": flops,
        "absent": absent,
    }


def _by_turns(
    seconds: float, clock: Callable[[], float], contenders: Mapping[str, Step]
) -> dict[str, Any]:
    often = {}
    for name, step in contenders.items():
        step()  # what is made at the first call only is in no figure
        started = time.perf_counter()
        step()
        # a tenth of the time for each turn, so that there are about ten turns to take a median of
        often[name] = max(1, int(seconds / 10 / (time.perf_counter() - started)))
    took: dict[str, list[float]] = {name: [] for name in contenders}
    until = time.perf_counter() + seconds * len(contenders)
    while time.perf_counter() < until or len(took[next(iter(took))]) < 3:
        for name, step in contenders.items():
            started = clock()
            for _ in range(often[name]):
                step()
            took[name].append((clock() - started) / often[name])
    return {"seconds": {name: median(turns) for name, turns in took.items()}}


def _steps(
    nodes: list[int], batch: int, dtype: str, others: bool, compiled: bool
) -> tuple[dict[str, Step], dict[str, str]]:
    """A training step of each contender on the same numbers; of those that cannot run, why."""
    rng = np.random.default_rng(0)
    params: dict[str, np.ndarray] = {}
    for k, (n_in, n_out) in enumerate(pairwise(nodes), start=1):
        params[f"W{k}"] = (rng.standard_normal((n_in, n_out)) / n_in**0.5).astype(dtype)
        params[f"b{k}"] = np.zeros(n_out, dtype)
    x = rng.standard_normal((batch, nodes[0])).astype(dtype)
    d = rng.integers(nodes[-1], size=batch)
    steps = {
        "scratch": _scratch(params, x, d),
        "torch": _torch(params, x, d, lambda model: model),
        PRODUCTS: _products(params, x),
    }
    absent = {}
    try:
        if others and compiled:
            torch.compiler.reset()  # after eight networks it would compile no more, and say nothing
            step = _torch(params, x, d, torch.compile)
            step()
            steps["torch.compile"] = step
    except Exception as error:  # no compiler, or one that this torch does not know
        absent["torch.compile"] = f"{type(error).__name__}: {error}".splitlines()[0]
    if others:
        steps["scikit-learn"] = _sklearn(nodes, x, d)
        calls = limit.calls_of_step(_copies(params), x, d, LR)
        steps |= {CALLS: _one_by_one(calls), EMPTY: _one_by_one(limit.empty(calls))}
    return steps, absent


def _copies(params: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name: p.copy() for name, p in params.items()}


def _one_by_one(calls: list[Step]) -> Step:
    def step() -> None:
        for call in calls:
            call()

    return step


def _scratch(params: dict[str, np.ndarray], x: np.ndarray, d: np.ndarray) -> Step:
    network, rule = scratch.network.Network(params), scratch.optimizers.SGD(LR)
    return lambda: float(scratch.training.train_step(network, rule, x, d))


def _torch(
    params: dict[str, np.ndarray], x: np.ndarray, d: np.ndarray, compiled: Callable[[Any], Any]
) -> Step:
    """What the torch tutorials write: zero_grad, forward, loss, backward, step."""
    layers: list[torch.nn.Module] = []
    for W, b in zip(list(params.values())[::2], list(params.values())[1::2], strict=True):
        linear = torch.nn.Linear(*W.shape, dtype=torch.from_numpy(W).dtype)  # type: ignore[misc]
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(W.T))
            linear.bias.copy_(torch.from_numpy(b))
        layers += [linear, torch.nn.ReLU()]
    model = compiled(torch.nn.Sequential(*layers[:-1]))
    optimizer = torch.optim.SGD(model.parameters(), lr=LR)
    criterion, tx, td = torch.nn.CrossEntropyLoss(), torch.from_numpy(x), torch.from_numpy(d)

    def step() -> float:
        optimizer.zero_grad()
        loss = criterion(model(tx), td)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def _sklearn(nodes: list[int], x: np.ndarray, d: np.ndarray) -> Step:
    model = MLPClassifier(
        nodes[1:-1], solver="sgd", alpha=0, batch_size=len(x), momentum=0, random_state=0
    )
    classes = np.arange(nodes[-1])
    return lambda: model.partial_fit(x, d, classes=classes)


def _products(params: dict[str, np.ndarray], x: np.ndarray) -> Step:
    """The matrix products of a step by NumPy's library, into memory that is there: the limit."""
    weights = list(params.values())[::2]
    z = [x] + [np.ones((len(x), W.shape[1]), x.dtype) for W in weights]
    gradients = [np.empty_like(W) for W in weights]

    def step() -> None:
        for k, W in enumerate(weights):
            np.matmul(z[k], W, out=z[k + 1])
        for k in reversed(range(len(weights))):
            np.matmul(z[k].T, z[k + 1], out=gradients[k])
            if k:
                np.matmul(z[k + 1], weights[k].T, out=z[k])

    return step


def _updates(rule: str, dtype: str) -> dict[str, Step]:
    """One update of a million parameters: by scratch, by torch tensor by tensor and by all."""
    rng = np.random.default_rng(0)
    params = {f"W{k}": rng.standard_normal((500, 500)).astype(dtype) for k in range(4)}
    grads = {name: rng.standard_normal(p.shape).astype(dtype) for name, p in params.items()}
    ours = getattr(scratch.optimizers, rule)(lr=1e-6)
    made, settings = RULES[rule]

    def of_torch(foreach: bool) -> Step:
        tensors = [torch.from_numpy(p.copy()).requires_grad_() for p in params.values()]
        for tensor, g in zip(tensors, grads.values(), strict=True):
            tensor.grad = torch.from_numpy(g)
        return made(tensors, lr=1e-6, foreach=foreach, **settings).step

    return {
        "scratch": lambda: ours.update(params, grads),
        "torch, tensor by tensor": of_torch(False),
        "torch, foreach": of_torch(True),
    }


def run(
    size: Size,
    path: Path | None = None,
    advance: Callable[[str], None] = lambda key: None,
    workers: Workers = HERE,
) -> list[dict[str, Any]]:
    """All measurements of this size; those in ``path`` already are not made again."""
    return collect(keys(size), measure, path, advance, workers)
