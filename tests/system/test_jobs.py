"""Jobs here, in processes and on a real Dask cluster: each result once, and the same bits."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

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


@pytest.fixture
def cluster(module, tmp_path):
    """A scheduler on loopback: its address, and what starts a worker."""
    pytest.importorskip("distributed")
    file, processes = tmp_path / "scheduler.json", []

    def start(what, *arguments, **environment):
        command = [sys.executable, "-m", f"distributed.cli.dask_{what}", "--no-dashboard"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        quiet |= {"env": {**os.environ, **environment}, "cwd": tmp_path}
        processes.append(subprocess.Popen([*command, *map(str, arguments)], **quiet))
        return processes[-1]

    start("scheduler", "--host", "127.0.0.1", "--port", 0, "--scheduler-file", file)
    due = time.monotonic() + 60
    while not (file.exists() and file.read_text()) and time.monotonic() < due:
        time.sleep(0.05)
    address = json.loads(file.read_text())["address"]
    yield address, partial(start, "worker", address, "--nthreads", 1, "--no-nanny")
    for process in processes:
        process.kill()
        process.wait()


def wait_for_workers(address, number):
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(number, timeout=60)


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
    address, worker = cluster
    workers = [worker(), worker()]
    wait_for_workers(address, 2)
    keys = list(range(200))
    came = []
    with closing(done(module.squared, keys, Workers(cluster=address))) as results:
        for k, (square, _) in results:
            came.append((k, square))
            if len(came) == 10:
                workers[0].kill()
    assert sorted(came) == [(k, k * k) for k in keys]


@pytest.mark.slow
def test_a_cluster_without_workers_or_with_other_code_is_refused(module, cluster, tmp_path):
    address, worker = cluster
    with pytest.raises(ClusterUnfit, match="has no worker: start one with `dask worker tcp://"):
        next(done(module.failing, [1], Workers(cluster=address)))
    for package in ("compare", "scratch", "torch_ref"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    with (tmp_path / "scratch" / "affine.py").open("a") as file:
        file.write("# another\n")
    worker(PYTHONPATH=str(tmp_path))
    wait_for_workers(address, 1)
    with pytest.raises(ClusterUnfit, match="has another scratch than this machine"):
        next(done(module.failing, [1], Workers(cluster=address)))


@pytest.mark.slow
def test_a_sweep_on_a_cluster_has_the_bits_of_one_in_series_though_a_worker_is_killed(cluster):
    address, worker = cluster
    workers = [worker(PYTHONPATH=str(ROOT)) for _ in range(2)]
    wait_for_workers(address, 2)
    sweep = find("optimizers")
    names = []

    def kill_one(point):
        names.append(point.setting.name)
        if len(names) == 3:
            workers[0].kill()

    here = running.run(sweep, steps=3)
    there = running.run(sweep, steps=3, on_point=kill_one, workers=Workers(cluster=address))
    assert names == [p.setting.name for p in here.points]
    assert [p.result.bits for p in there.points] == [p.result.bits for p in here.points]
    assert [p.curves for p in there.points] == [p.curves for p in here.points]
    assert [p.outcome for p in there.points] == [p.outcome for p in here.points]


def test_what_is_no_address_is_refused_at_once():
    with pytest.raises(ClusterUnfit, match="HOST is no scheduler: give its tcp://HOST:PORT"):
        next(done(str, [1], Workers(cluster="HOST")))


def test_where_nobody_answers_that_is_said(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(jobs, "REACHED", 0.5)
    with pytest.raises(ClusterUnfit, match="no scheduler answers at tcp://127.0.0.1:9"):
        next(done(str, [1], Workers(cluster="tcp://127.0.0.1:9")))
