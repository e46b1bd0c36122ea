"""Programs of several ranks: a mini-batch dealt out, means of parts, and a training in parallel.

What scratch does in one process is on torch's side as many processes as there are ranks. A name of
one rank stands under ``rank0/``, ``rank1/`` ...
"""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from compare.cases.programs.functions import Arrays, named, refusals
from compare.cases.programs.networks import params_of
from compare.core.arrays import each
from compare.core.case import Program, Unavailable
from compare.core.implementation import Implementation, torch_side
from compare.core.recipe import Recipe
from compare.core.trace import Trace
from compare.core.training_record import update_record
from compare.language.message import message
from compare.oracle import data_parallel
from compare.oracle.rules import Layers, Rule, Specification
from compare.oracle.update_rules import schedule_rule
from compare.system.rank_processes import PATIENCE, RankRaised, in_ranks
from compare.system.torch_settings import loaded


def shares(ranks: int) -> Program:
    """The part of a batch of each rank that has one, and how large each is."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        share = side.get("parallel.share")
        parts = [share(arrays["batch"], r, ranks) for r in range(ranks)]
        shown = {f"rank{r}": part for r, part in enumerate(parts) if len(part)}
        yield Trace(shown | {"sizes": [len(part) for part in parts]})

    return Program(program)


def means() -> Program:
    """The mean of all samples, and the mean of the parts' means, where parts are unequal."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        parts, sizes = list(arrays["means"]), [int(n) for n in arrays["sizes"]]
        yield Trace(
            {
                "mean_of_all": side.get("parallel.mean_of_all")(parts, sizes),
                "mean_of_means": side.get("parallel.mean_of_means")(parts),
            }
        )

    def specify(arrays: Arrays) -> Specification:
        parts = {f"part{r}": m for r, m in enumerate(arrays["means"])}
        rules = {
            "mean_of_all": Rule(
                data_parallel.mean_of_all,
                ("sizes", *parts),
                "mean_of_all = sum over r of (N_r / N) m_r",
                ("parallel.mean_of_all",),
            ),
            "mean_of_means": Rule(
                data_parallel.mean_of_means,
                tuple(parts),
                "mean_of_means = 1/R sum over r of m_r",
                ("parallel.mean_of_means",),
            ),
        }
        return Specification(rules, {**arrays, **parts})

    return Program(program, specify)


def data_parallel_training(ranks: int, recipe: Recipe) -> Program:
    """A training on given batches by so many ranks: what each of them has after each step."""

    def program(side: Implementation, arrays: Arrays) -> Iterator[Trace]:
        lrs = recipe.learning_rates(side, len(arrays["batches"]))
        run = _in_processes if side.takes == "torch" else _in_this_process
        with closing(run(side, recipe, arrays, lrs, ranks)) as steps:
            for t, (loss, records) in enumerate(steps, start=1):
                yield Trace({"lr": lrs[t - 1], **_by_rank(loss, records)}, step=t)

    def specify(arrays: Arrays) -> Specification:
        params, batches = params_of(arrays), arrays["batches"]
        p_dtype = arrays["W1"].dtype
        layers = Layers.of(arrays, recipe.hidden, recipe.output, recipe.loss)
        kind, *settings = recipe.schedule
        rules = {"lr": schedule_rule(kind, recipe.lr, len(batches), *settings)}
        rules |= data_parallel.rules(layers, recipe.rule, ranks, **recipe.settings)

        def inputs(t: int) -> dict[str, Any]:
            parts = np.array_split(batches[t - 1], ranks)
            given: dict[str, Any] = {"t": t, "sizes": np.array([len(part) for part in parts])}
            for r, rows in enumerate(parts):
                given |= {f"rank{r}/x": arrays["x"][rows], f"rank{r}/d": arrays["d"][rows]}
                if not len(rows):  # no side shows a mean of nothing, which counts for nothing
                    zeros = {f"grad/{name}": np.zeros_like(p) for name, p in params.items()}
                    given |= named(f"rank{r}", {"loss": np.zeros((), p_dtype), **zeros})
            return given

        return Specification(rules, data_parallel.initial(rules, params, ranks), inputs)

    return Program(program, specify)


def refused_in_parallel(ranks: int, recipe: Recipe) -> Program:
    """That fewer sizes than means, and fewer learning rates than batches, give no number."""

    def a_size_short(side: Implementation, arrays: Arrays) -> Any:
        parts = [arrays["W1"]] * 3
        return side.get("parallel.mean_of_all")(parts, [2, 1])

    def a_rate_short(side: Implementation, arrays: Arrays) -> Any:
        lrs = recipe.learning_rates(side, len(arrays["batches"]) - 1)
        run = _in_processes if side.takes == "torch" else _in_this_process
        return list(run(side, recipe, arrays, lrs, ranks))

    return refusals(a_size_short=a_size_short, a_rate_short=a_rate_short)


def _by_rank(loss: Any, records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Every rank's record under its name, in order of computation."""
    own: dict[str, Any] = {}
    for r, record in enumerate(records):
        own |= named(f"rank{r}", {n: v for n, v in record.items() if not n.startswith(_OF_ALL)})
    of_all = {
        f"rank{r}/{name}": record[name]
        for kind in _OF_ALL
        for name in records[0]
        if name.startswith(kind)
        for r, record in enumerate(records)
        if name in record
    }
    return {**own, "loss": loss, **of_all}


# of each step the loss, and each rank's record
_Steps = Generator[tuple[Any, list[dict[str, Any]]], None, None]

_OF_ALL = ("all_reduce/", "state/", "param/")  # which is the same at every rank


def _record(side: Implementation, replica: Any) -> dict[str, Any]:
    """What one rank has after a step: nothing of its part, where that has no samples."""
    own: dict[str, Any] = {}
    if replica.size:
        deltas = {n: v for n, v in replica.network.deltas().items() if n.startswith("delta")}
        own = {**replica.network.intermediates(), "loss": replica.E, **deltas}
        own |= named("grad", _laid_out(side, replica.part))
    update = update_record(side, replica.network, replica.optimizer)
    return {**own, **named("all_reduce", _laid_out(side, replica.grads)), **update}


def _laid_out(side: Implementation, by_name: Mapping[str, Any]) -> dict[str, Any]:
    return {name: side.layout(value) for name, value in by_name.items()}


def _in_this_process(
    side: Implementation, recipe: Recipe, arrays: Arrays, lrs: Sequence[float], ranks: int
) -> _Steps:
    network, optimizer = recipe.network(side, params_of(arrays)), recipe.optimizer(side)
    replica = side.get("parallel.Replica")
    replicas = [replica(network, optimizer, r, ranks) for r in range(ranks)]
    train = side.get("parallel.train")
    for loss in train(replicas, arrays["x"], arrays["d"], arrays["batches"], lrs):
        yield loss, [_record(side, replica) for replica in replicas]


def _in_processes(
    side: Implementation, recipe: Recipe, arrays: Arrays, lrs: Sequence[float], ranks: int
) -> _Steps:
    in_numpy = {name: each(side.to_numpy, values) for name, values in arrays.items()}
    with tempfile.TemporaryDirectory() as folder:
        meeting = str(Path(folder) / "ranks")
        of_steps = in_ranks(_rank, ranks, side.package, recipe, in_numpy, lrs, meeting)
        with closing(of_steps) as steps:
            try:
                for of_ranks in steps:
                    yield of_ranks[0][0], [record for _, record in of_ranks]
            except RankRaised as error:
                if error.step:
                    raise
                why = message("the ranks do not find each other by gloo: {error}", error=error)
                raise Unavailable(why) from error


def _rank(
    rank: int, ranks: int, package: str, recipe: Recipe, in_numpy: Arrays, lrs: Any, meeting: str
) -> Iterator[Any]:
    """What one process of torch's side does: its loss and its record of each step, in NumPy."""
    dist = _begun(rank, ranks, meeting)
    yield None
    side = torch_side(package)
    arrays = {name: side.given(values) for name, values in in_numpy.items()}
    network, optimizer = recipe.network(side, params_of(arrays)), recipe.optimizer(side)
    replica = side.get("parallel.Replica")(network, optimizer, rank, ranks)
    train = side.get("parallel.train")
    for loss in train([replica], arrays["x"], arrays["d"], arrays["batches"], lrs):
        record = _record(side, replica)
        yield side.to_numpy(loss), {name: side.to_numpy(value) for name, value in record.items()}
    # and no destroy_process_group, as in torch_ref's own program
    dist.barrier()  # who leaves while others still send to it is aborted


def _begun(rank: int, ranks: int, meeting: str) -> Any:
    """torch.distributed with its process group, of this machine alone."""
    dist = loaded().distributed
    if not dist.is_available() or not dist.is_gloo_available():
        raise RuntimeError("this torch is built without it")
    # else it asks for the address of this machine's name, which there need not be
    loopback = [name for _, name in socket.if_nameindex() if name in ("lo", "lo0")]
    if loopback:
        os.environ.setdefault("GLOO_SOCKET_IFNAME", loopback[0])
    # twice as long as the command waits, which says more than gloo does
    timeout = timedelta(seconds=2 * PATIENCE)
    where = Path(meeting).as_uri()
    dist.init_process_group("gloo", where, timeout, rank=rank, world_size=ranks)
    return dist
