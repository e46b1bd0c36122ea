"""Jobs here, in processes and on a real Dask cluster: each result once, and the same bits."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from click.testing import CliRunner

from compare.check.grading.output_files import Gradebook
from compare.cli import main
from compare.engine import on_cluster
from compare.engine.suite import Suite
from compare.sweeps import running
from compare.sweeps.registry import find
from compare.system import jobs
from compare.system.jobs import ClusterUnfit, Workers, done

ROOT = Path(__file__).resolve().parents[2]
JOBS = """
import os, time

def squared(k):
    time.sleep(0.02)
    return k * k, os.getpid()

def failing(k):
    if k == 3:
        raise ValueError("three")
    return k
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory):
    """A module that every worker can import."""
    folder = tmp_path_factory.mktemp("jobs")
    (folder / "jobs_of_a_test.py").write_text(JOBS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("PYTHONPATH", os.pathsep.join([str(folder), str(ROOT)]))
        import jobs_of_a_test

        yield jobs_of_a_test


WORKER = "from distributed.cli.dask_worker import main; main()"


class Cluster:
    """A scheduler on loopback, and workers that it is given, which ``start_worker`` starts."""

    def __init__(self, folder, start_worker=None):
        self.folder, self.processes, self.workers = folder, [], []
        self.start_worker = start_worker or partial(self.start, "worker")
        file = folder / "scheduler.json"
        options = ("--host", "127.0.0.1", "--port", 0, "--no-dashboard")
        self.start("scheduler", *options, "--scheduler-file", file)
        due = time.monotonic() + 60
        while not (file.exists() and file.read_text()) and time.monotonic() < due:
            time.sleep(0.05)
        self.address = json.loads(file.read_text())["address"]

    def start(self, what, *arguments, **environment):
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        quiet |= {"env": {**os.environ, **environment}, "cwd": self.folder}
        self.processes.append(subprocess.Popen([*command, *map(str, arguments)], **quiet))
        return self.processes[-1]

    def with_workers(self, number, *arguments, **environment):
        """Its workers: others are started for those that were killed."""
        from distributed import Client

        alive = [worker for worker in self.workers if worker.poll() is None]
        options = ("--nthreads", "1", "--no-nanny", "--no-dashboard", *arguments)
        for _ in range(number - len(alive)):
            alive.append(self.start_worker(self.address, *options, **environment))
        self.workers = alive
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(number, timeout=60)
        return alive

    def end(self):
        for process in self.processes:
            process.kill()
            process.wait()


def started(*arguments):
    pytest.importorskip("distributed")
    cluster = Cluster(*arguments)
    yield cluster
    cluster.end()


@pytest.fixture(scope="module")
def cluster(module, tmp_path_factory, forked):
    """One for all tests, of workers that are forked: none imports torch."""

    def start_worker(*arguments):
        quiet = Connection(os.open(os.devnull, os.O_WRONLY), readable=False)
        return forked(WORKER, *arguments, cwd=folder, onto=quiet)

    folder = tmp_path_factory.mktemp("cluster")
    yield from started(folder, None if sys.platform == "win32" else start_worker)


@pytest.fixture
def other_cluster(module, tmp_path):
    yield from started(tmp_path)


def test_here_they_come_in_order(module):
    assert [k for k, _ in done(module.squared, [3, 1, 2])] == [3, 1, 2]


def test_processes_make_the_same(module):
    results = dict(done(module.squared, range(8), Workers(jobs=2)))
    assert {k: square for k, (square, _) in results.items()} == {k: k * k for k in range(8)}
    assert os.getpid() not in {pid for _, pid in results.values()}


def test_what_a_job_raises_comes_out_and_ends_the_rest(module):
    with pytest.raises(ValueError, match="three"):
        dict(done(module.failing, range(1000), Workers(jobs=2)))


@pytest.mark.slow
def test_every_result_of_a_cluster_comes_once_though_a_worker_is_killed(module, cluster):
    workers = cluster.with_workers(2)
    keys = list(range(200))
    came, taken = [], []
    counted = (taken.append(k) or k for k in keys)
    with closing(done(module.squared, counted, Workers(cluster=cluster.address))) as results:
        for k, (square, _) in results:
            came.append((k, square))
            assert len(taken) <= len(came) + 2 * jobs.AHEAD
            if len(came) == 10:
                workers[0].kill()
    assert sorted(came) == [(k, k * k) for k in keys]


@pytest.mark.slow
def test_a_cluster_without_workers_or_with_other_code_is_refused(module, other_cluster, tmp_path):
    on_cluster = Workers(cluster=other_cluster.address)
    with pytest.raises(ClusterUnfit, match="has no worker: start one with `dask worker tcp://"):
        next(done(module.failing, [1], on_cluster))
    for package in ("compare", "scratch", "torch_ref"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    with (tmp_path / "scratch" / "affine.py").open("a") as file:
        file.write("# another\n")
    other_cluster.with_workers(1, PYTHONPATH=str(tmp_path))
    with pytest.raises(ClusterUnfit, match="has another scratch than this machine"):
        next(done(module.failing, [1], on_cluster))


def test_a_worker_that_comes_later_with_other_code_does_nothing():
    assert jobs._at_work(str, 1, jobs.code()) == "1"
    with pytest.raises(ClusterUnfit, match="has another torch than this machine"):
        jobs._at_work(str, 1, {**jobs.code(), "torch": "1.0"})


@pytest.mark.slow
def test_a_sweep_on_a_cluster_has_the_bits_of_one_in_series_though_a_worker_is_killed(cluster):
    workers = cluster.with_workers(2)
    sweep = find("optimizers")
    names = []

    def kill_one(point):
        names.append(point.setting.name)
        if len(names) == 3:
            workers[0].kill()

    here = running.run(sweep, steps=3)
    on_cluster = Workers(cluster=cluster.address)
    there = running.run(sweep, steps=3, on_point=kill_one, workers=on_cluster)
    assert names == [p.setting.name for p in here.points]
    assert [p.result.bits for p in there.points] == [p.result.bits for p in here.points]
    assert [p.curves for p in there.points] == [p.curves for p in here.points]
    assert [p.outcome for p in there.points] == [p.outcome for p in here.points]


@pytest.fixture
def whole(tmp_path):
    """A run of a few cases; its directory."""

    def run(name, *options):
        asked = ["run", "affine", "sigmoid", "mlp.iris", "--steps", "5", *options]
        result = CliRunner().invoke(main, [*asked, "--logdir", str(tmp_path / name)])
        assert result.exit_code == 0, result.output
        (directory,) = (tmp_path / name).glob("2*")
        return directory

    return run


def events_in(directory):
    return sorted(path.parent.name for path in directory.rglob("events*"))


@pytest.mark.slow
def test_a_run_on_a_cluster_has_the_bits_of_one_in_series_though_a_worker_is_killed(
    whole, cluster, monkeypatch
):
    here = whole("here", "-j", "1")
    workers, came = cluster.with_workers(2), []
    restored = on_cluster.restored

    def restore_and_kill(suite, k, sent):
        came.append(k)
        if len(came) == 2:
            workers[0].kill()
        return restored(suite, k, sent)

    monkeypatch.setattr(on_cluster, "restored", restore_and_kill)
    there = whole("there", "--cluster", cluster.address)
    assert came == [*range(6)]  # three cases in two formats
    told = CliRunner().invoke(main, ["diff", str(here), str(there)])
    assert told.exit_code == 0 and "6 cases" in told.output, told.output
    assert events_in(there) == events_in(here) != []


def test_a_worker_with_other_cases_than_are_asked_for_judges_none():
    suite = Suite(("affine",), "", "float64", None, 0)
    case_id = suite.pairs[0][0].id("float64")
    assert on_cluster._judged_there(suite, "en", (0, case_id))[0]["id"] == case_id
    for k, other in ((0, "sigmoid[float64 N=5 K=4]"), (99, case_id)):
        with pytest.raises(ClusterUnfit, match="other cases"):
            on_cluster._judged_there(suite, "en", (k, other))


RIGHT = """
import numpy as np

def relu(u):
    return np.maximum(u, 0)
"""
CLASS = {
    "a.py": RIGHT,
    "b.py": RIGHT.replace("np.maximum(u, 0)", "np.abs(u)"),
    "broken.py": "def relu(u:\n",
    "exits.py": "import os\ndef relu(u): os._exit(0)\n",
    "same.py": RIGHT,
    "torchy.py": "import torch\n" + RIGHT,
    "w.py": RIGHT.replace("0", "0.0"),
    "x.py": RIGHT.replace("u", "x"),
}


@pytest.fixture
def graded(tmp_path, monkeypatch):
    """A class, graded; what became of the command, and the table's bytes."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in CLASS.items():
        (folder / name).write_text(text)

    def grade(*options):
        out = tmp_path / "g.csv"
        asked = ["grade", folder, "--out", out, "--html", tmp_path / "p", *options]
        result = CliRunner().invoke(main, list(map(str, asked)))
        return result, out.read_bytes() if out.exists() else b""

    return grade


@pytest.mark.slow
def test_a_class_on_a_cluster_has_the_table_of_one_in_series_though_a_worker_is_killed(
    graded, cluster, monkeypatch
):
    _, in_series = graded("--jobs", "1")
    workers, added = cluster.with_workers(2), []
    add = Gradebook.add

    def add_and_kill(book, entry):
        add(book, entry)
        added.append(entry.name)
        if len(added) == 2:
            workers[0].kill()

    monkeypatch.setattr(Gradebook, "add", add_and_kill)
    result, table = graded("--force", "--cluster", cluster.address)
    assert result.exit_code == 0, result.output
    assert sorted(added) == sorted(CLASS) and table == in_series


UNCONFINED = """
from compare.sandbox.sandbox import EVERY_LAYER

EVERY_LAYER["landlock"] = False
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no machine has Landlock")
def test_a_worker_that_cannot_confine_a_submission_refuses_to_run_it(graded, other_cluster):
    preload = other_cluster.folder / "unconfined.py"
    preload.write_text(UNCONFINED)
    other_cluster.with_workers(1, "--preload", preload)
    result, table = graded("--cluster", other_cluster.address)
    assert result.exit_code == 2
    assert "does not confine a submission as this machine does" in result.stderr
    assert "Landlock is switched off" in result.stderr and "add --resume" in result.stderr
    assert b"SAME" not in table


def test_what_is_no_address_is_refused_at_once():
    with pytest.raises(ClusterUnfit, match="HOST is no scheduler: give its tcp://HOST:PORT"):
        next(done(str, [1], Workers(cluster="HOST")))


def test_where_nobody_answers_that_is_said(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(jobs, "REACHED", 0.5)
    with pytest.raises(ClusterUnfit, match="no scheduler answers at tcp://127.0.0.1:9"):
        next(done(str, [1], Workers(cluster="tcp://127.0.0.1:9")))
