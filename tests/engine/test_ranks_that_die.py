"""A rank that dies in a case: it is named, what was compared before stands, and the run goes on."""

import json
import multiprocessing
import os
import signal
import threading
from contextlib import closing

import pytest
from click.testing import CliRunner

import compare
from compare.cases.programs import parallel
from compare.cli import main
from compare.core.outcome import PROCESS_DIED, Outcome
from compare.store import reader

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="sends signals to one process"),
]

CASES = ("parallel.means", "parallel.ranks.2", "parallel.ranks.4.uneven")
KILLED = "parallel.ranks.2[float64 N=17 I=3 H=5 K=4 R=2]"


@pytest.fixture
def kill(monkeypatch):
    """From when it is called, rank 1 of two is killed after so many steps; or not any more."""
    in_ranks = parallel.in_ranks

    def killing(after):
        def ranks_that_die(program, ranks, *arguments):
            with closing(in_ranks(program, ranks, *arguments)) as steps:
                for t, step in enumerate(steps, start=1):
                    yield step
                    if t == after and ranks == 2:
                        (rank,) = (
                            p for p in multiprocessing.active_children() if p.name == "rank 1 of 2"
                        )
                        os.kill(rank.pid, signal.SIGKILL)

        monkeypatch.setattr(parallel, "in_ranks", ranks_that_die if after else in_ranks)

    return killing


def test_the_case_ends_with_who_died_and_what_was_compared_before(kill):
    kill(2)
    result = compare.run(*CASES, dtype="float64")
    assert [r.outcome for r in result] == [Outcome.SAME, Outcome.ERROR, Outcome.SAME]
    died = result[1]
    first = died.verdict.first
    assert (first.name, first.outcome) == (PROCESS_DIED, Outcome.ERROR)
    assert first.reason.startswith("rank 1 of 2 was ended by signal 9 in step 3: was it killed")
    assert first.reason.endswith("run it again")
    # nothing is said of steps that were not made, and all of those that were
    others = [c for c in died.verdict.comparisons if c is not first]
    assert {c.outcome for c in others} == {Outcome.SAME}
    assert {c.times for c in others if "/param/" in c.name} == {2}


def invoke(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


def test_the_run_goes_on_and_the_case_is_run_again_where_it_is_resumed(kill, tmp_path):
    kill(1)
    more = ("--dtype", "float64", "-j", "1", "--logdir", tmp_path)
    result = invoke("run", *CASES, *more)
    assert result.exit_code == 1
    assert "1 ERROR" in result.output and "2 same" in result.output
    assert "rank 1 of 2 was ended by signal 9 in step 2" in " ".join(result.output.split())
    (directory,) = tmp_path.glob("2*")
    assert f"run --resume {directory}" in result.output
    recorded = reader.load(directory).results[KILLED]
    assert recorded["outcome"] == "ERROR"
    assert any(row["name"] == "rank1/param/W1" for row in recorded["quantities"])

    kill(None)
    again = invoke("run", "--resume", directory)
    assert again.exit_code == 0, again.output
    assert f"{KILLED}: a process died in it; its case is run again" in again.output
    assert "All 3 cases together: ALL SAME" in again.output
    results = reader.load(directory).results
    assert [r["outcome"] for r in results.values()] == ["same"] * 3
    kept = (directory / "before-resume" / "results.jsonl.1").read_text().splitlines()
    assert [json.loads(line)["outcome"] for line in kept] == ["same", "ERROR", "same"]
    assert invoke("run", "--resume", directory).exit_code == 2  # nothing is left to do


def test_a_rank_killed_in_the_middle_of_a_step_is_an_error_of_its_case(monkeypatch):
    in_ranks = parallel.in_ranks

    def without_waiting(program, ranks, *arguments):
        with closing(in_ranks(program, ranks, *arguments)) as steps:
            yield next(steps)
            for process in multiprocessing.active_children():
                if process.name == "rank 1 of 2":
                    os.kill(process.pid, signal.SIGSTOP)  # the step begins, and does not get far
                    threading.Timer(0.1, os.kill, (process.pid, signal.SIGKILL)).start()
            yield from steps

    monkeypatch.setattr(parallel, "in_ranks", without_waiting)
    (result,) = compare.run("parallel.ranks.2", dtype="float64")
    assert result.died
    assert result.verdict.first.reason.startswith("rank 1 of 2 was ended by signal 9 in step 2")
