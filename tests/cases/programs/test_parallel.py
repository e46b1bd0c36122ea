"""Several ranks: bugs that their cases have to catch, and other right ways that have to pass."""

import pickle
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import scratch.parallel
import torch_ref
from compare.bench.mutants import Mutation, mutated
from compare.cases import CASES
from compare.cases.programs import parallel
from compare.core.implementation import numpy_side, torch_side
from compare.core.outcome import Outcome
from compare.core.problem import build
from compare.engine.run_case import run_case
from compare.system.rank_processes import RankDied, RankRaised
from scratch.network import Network
from scratch.optimizers import Momentum
from scratch.training import train

BY_NAME = {case.name: case for case in CASES}
TRAININGS = ("parallel.ranks.2", "parallel.ranks.4", "parallel.ranks.4.uneven")
UNEVEN = "parallel.ranks.4.uneven"

COPIED = "self.network, self.optimizer = deepcopy(network), deepcopy(optimizer)"
SHARE = "rows = share(batch, self.rank, self.ranks)"
REDUCED = "total = mean_of_all([r.part[name] for r in replicas], [r.size for r in replicas])"
WEIGHTS = "size / sum(sizes) * m"
UPDATED = "for replica in replicas:\n            replica.update(lr)"

# What is planted, in the place of what, the case that has to see it, and the name where it does.
BUGS = {
    "a rank's gradient is left out": (
        REDUCED,
        REDUCED.replace("r.part[name] for", "r.part[name] * (r.rank != 1) for"),
        "parallel.ranks.2",
        "step/1/rank0/all_reduce/W1",
    ),
    "the mean of means": (
        REDUCED,
        "total = mean_of_means([r.part[name] for r in replicas])",
        UNEVEN,
        "step/1/rank0/all_reduce/W1",
    ),
    "gradients are summed": (
        REDUCED,
        "total = sum(r.part[name] for r in replicas)",
        "parallel.ranks.4",
        "step/1/rank0/all_reduce/W1",
    ),
    "no all-reduce: each goes its own way": (
        "replica.grads[name] = total.copy()",
        "replica.grads[name] = replica.part[name].copy()",
        "parallel.ranks.2",
        "step/1/rank0/all_reduce/W1",
    ),
    "the first rank alone gets the sum": (
        "replica.grads[name] = total.copy()",
        "replica.grads[name] = total if replica is replicas[0] else replica.part[name].copy()",
        "parallel.ranks.2",
        "step/1/rank1/all_reduce/W1",
    ),
    "a replica is not updated": (
        UPDATED,
        UPDATED.replace("in replicas", "in replicas[:-1]"),
        UNEVEN,
        "step/1/rank3/param/W1",
    ),
    "the wrong rows": (
        SHARE,
        "rows = share(batch, 0 if self.rank == 1 else self.rank, self.ranks)",
        "parallel.ranks.4",
        "step/1/rank1/u1",
    ),
    "ranks start with different weights": (
        COPIED,
        COPIED + "\n        self.network.params['W2'] *= 1 + 1e-9 * rank",
        "parallel.ranks.2",
        "step/1/rank1/u2",
    ),
    "one state for all": (
        COPIED,
        COPIED.replace("deepcopy(optimizer)", "optimizer"),
        "parallel.ranks.2",
        "step/1/rank0/state/W1/momentum_buffer",
    ),
    "the last bit of one replica": (
        "self.optimizer.update(self.network.params, self.grads)",
        "self.optimizer.update(self.network.params, self.grads)\n        if self.rank == 1:\n"
        "            b1 = self.network.params['b1']\n            b1[0] = np.nextafter(b1[0], 9)",
        "parallel.ranks.2",
        "step/1/rank1/param/b1",
    ),
    "the loss of the first rank alone": (
        "yield mean_of_all([r.E for r in replicas], [r.size for r in replicas])",
        "yield replicas[0].E",
        "parallel.ranks.2",
        "step/1/loss",
    ),
    "the mean of all is that of means": (
        WEIGHTS,
        "m / len(sizes)",
        "parallel.means",
        "mean_of_all",
    ),
    "parts are not as long": (
        "np.array_split(batch, ranks)[rank]",
        "batch[rank * (len(batch) // ranks) : (rank + 1) * (len(batch) // ranks)]",
        "parallel.share",
        "rank0",
    ),
}

TWINS = {
    "from the last rank on": (
        REDUCED,
        REDUCED.replace("in replicas]", "in replicas[::-1]]"),
    ),
    "in pairs": (
        REDUCED,
        "N = sum(r.size for r in replicas)\n"
        "        parts = [r.size / N * r.part[name] for r in replicas]\n"
        "        while len(parts) > 1:\n"
        "            parts = [a + b for a, b in zip(parts[::2], parts[1::2])]\n"
        "        total = parts[0]",
    ),
    "sums divided at the end": (
        REDUCED,
        "total = sum(r.size * r.part[name] for r in replicas)\n"
        "        total /= sum(r.size for r in replicas)",
    ),
    "losses scaled by N_r R / N, and DDP's mean of means": (
        REDUCED,
        "N = sum(r.size for r in replicas)\n"
        "        R = len(replicas)\n"
        "        total = sum(r.part[name] * (r.size * R / N) for r in replicas) / R",
    ),
    "reduce-scatter and all-gather": (
        REDUCED,
        "N, R = sum(r.size for r in replicas), len(replicas)\n"
        "        weighed = [(r.size / N * r.part[name]).ravel() for r in replicas]\n"
        "        pieces = [np.array_split(part, R) for part in weighed]\n"
        # each rank adds up one piece, and begins with its own
        "        sums = [sum(pieces[(k + i) % R][k] for i in range(R)) for k in range(R)]\n"
        "        total = np.concatenate(sums).reshape(replicas[0].part[name].shape)",
    ),
}


@pytest.fixture(autouse=True, scope="module")
def _torch_is_asked_once():
    """What its ranks make of a problem is the same, whatever is planted in scratch."""
    in_ranks, answers = parallel.in_ranks, {}

    def remembered(program, ranks, *arguments):
        key = ranks, pickle.dumps(arguments[:-1])  # but for the file by which they meet
        if key not in answers:
            answers[key] = list(in_ranks(program, ranks, *arguments))
        return (answer for answer in answers[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "in_ranks", remembered)
        yield


def judged(name, dtype="float64", old="", new=""):
    texts = ((old, new),) if old else ()
    side = mutated("scratch_in_parallel", Mutation("planted", "parallel.py", texts, ""))
    return run_case(BY_NAME[name], dtype, mine=side)


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_seen_where_it_is(bug):
    old, new, name, where = BUGS[bug]
    result = judged(name, "float64", old, new)
    assert result.fails
    assert result.verdict.first.name == where, result


def test_the_mean_of_means_is_seen_in_uneven_parts_alone():
    old, new, *_ = BUGS["the mean of means"]
    assert not judged("parallel.ranks.4", "float64", old, new).fails


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("twin", TWINS)
def test_another_right_way_passes(twin, dtype):
    for name in TRAININGS:
        result = judged(name, dtype, *TWINS[twin])
        assert not result.fails, result


def test_what_ddp_does_by_itself_is_seen_to_be_torchs_mean_of_means(tmp_path, monkeypatch):
    hook = "        self.distributed.register_comm_hook(self, _weighed)\n"
    folder = shutil.copytree(Path(torch_ref.__file__).parent, tmp_path / "torch_ref_by_itself")
    source = (folder / "parallel.py").read_text(encoding="utf-8")
    assert hook in source
    (folder / "parallel.py").write_text(source.replace(hook, ""), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    by_itself = torch_side("torch_ref_by_itself")
    assert not run_case(BY_NAME["parallel.ranks.4"], "float64", reference=by_itself).fails
    for _ in range(2):  # where a rank has no samples, DDP without our hook hangs once in many runs
        first = run_case(BY_NAME[UNEVEN], "float64", reference=by_itself).verdict.first
        if first.name != "error/process":
            break
    assert (first.name, first.culprit) == ("step/1/rank0/all_reduce/W1", "torch"), first.reason


def test_every_rank_of_torch_has_a_name_of_its_own_in_the_record():
    result = judged(UNEVEN)
    names = {c.name for c in result.verdict.comparisons}
    for r in range(4):
        of_rank = {name for name in names if re.search(rf"rank{r}/", name)}
        kinds = {name.split("/")[3] for name in of_rank}
        assert kinds >= {"u1", "y", "loss", "delta1", "grad", "all_reduce", "param"}


def test_a_rank_without_samples_shows_nothing_of_its_part():
    problem = build(BY_NAME[UNEVEN], "float64", 0)
    *_, last = BY_NAME[UNEVEN].program.run(numpy_side(), dict(problem.arrays))
    assert "rank2/u1" in last.values
    assert "rank3/u1" not in last.values
    assert "rank3/param/W1" in last.values


@pytest.mark.numbers
@pytest.mark.parametrize("ranks", [1, 2, 3, 4])
def test_several_ranks_learn_what_one_worker_does(ranks):
    rng = np.random.default_rng(0)
    params = {"W1": rng.standard_normal((3, 5)), "b1": rng.standard_normal(5)}
    params |= {"W2": rng.standard_normal((5, 2)), "b2": rng.standard_normal(2)}
    x, d = rng.standard_normal((11, 3)), rng.integers(2, size=11)
    batches, lrs = [np.arange(11), np.array([5, 3, 7]), np.array([2])] * 4, [0.01] * 12
    alone, rule = Network(params, "tanh"), Momentum()
    losses = list(train(alone, rule, x, d, batches, lrs))
    given = Network(params, "tanh")
    replicas = [scratch.parallel.Replica(given, Momentum(), r, ranks) for r in range(ranks)]
    found = list(scratch.parallel.train(replicas, x, d, batches, lrs))
    np.testing.assert_allclose(found, losses, rtol=0, atol=1e-12)
    for replica in replicas:
        for name, p in replica.network.params.items():
            np.testing.assert_allclose(p, alone.params[name], rtol=0, atol=1e-12)
            assert (p == replicas[0].network.params[name]).all()
            assert (given.params[name] == params[name]).all()


@pytest.mark.parametrize("name", ["parallel.ranks.2", "parallel.refused"])
def test_a_rank_that_dies_is_no_exception_of_torchs(monkeypatch, name):
    def dying(*_):
        raise RankDied("rank 1 of 2 was ended by signal 9")
        yield

    monkeypatch.setattr(parallel, "in_ranks", dying)
    result = judged(name)
    assert result.died
    assert result.verdict.first.reason == "rank 1 of 2 was ended by signal 9"


@pytest.mark.parametrize("name", ["parallel.ranks.2", "parallel.refused"])
def test_where_no_rank_begins_each_case_is_skipped(monkeypatch, name):
    def failing(*_):
        raise RankRaised("RuntimeError: no network", 0)
        yield

    monkeypatch.setattr(parallel, "in_ranks", failing)
    assert "RuntimeError: no network" in judged(name).skipped


@pytest.mark.parametrize("step, outcome", [(0, "skipped"), (2, "raised")])
def test_where_ranks_do_not_find_each_other_the_case_is_skipped(monkeypatch, step, outcome):
    def failing(*_):
        raise RankRaised("RuntimeError: Unable to resolve hostname", step)
        yield

    monkeypatch.setattr(parallel, "in_ranks", failing)
    result = judged("parallel.ranks.2")
    if outcome == "skipped":
        assert "do not find each other by gloo: RuntimeError: Unable" in result.skipped
        assert not result.fails
    else:
        first = result.verdict.first
        assert not result.skipped and first.outcome is Outcome.ERROR
        assert first.reason == "RuntimeError: Unable to resolve hostname"


def test_a_torch_without_gloo_is_told(monkeypatch):
    import torch

    monkeypatch.setattr(torch.distributed, "is_gloo_available", lambda: False)
    ranks = parallel._rank(0, 1, "torch_ref", None, {}, [], "/nowhere")
    with pytest.raises(RuntimeError, match="built without it"):
        next(ranks)
