"""The judge judged, in its short form: correct code passes, faults do not, and it can go on."""

import json

import numpy as np
import pytest

from compare.arithmetic.formats import DTYPES
from compare.bench import cost, judge, judge_report
from compare.bench.mutants import FAULTS, VARIANTS
from compare.bench.other_comparisons import BLACK_BOX, OURS
from compare.cases import CASES
from compare.engine.selection import select

pytestmark = pytest.mark.slow

BY_NAME = {case.name: case for case, _ in select()}


CORRECT = len(VARIANTS) // 2  # in each dtype
SIZE = judge.Size(correct=len(VARIANTS), per_fault=2, suites=1, every=120)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("bench") / "records.jsonl"


@pytest.fixture(scope="module", autouse=True)
def _each_variant_and_fault_in_one_dtype():
    """But in the suites of probes; every fifth on its problem 0, which is judged as a black box,
    too: most of the time goes into these.
    """
    every = judge.keys
    share = {
        f"{DTYPES[i % 2]}/fault/{fault.what}/{number}"
        for i, fault in enumerate(FAULTS)
        for number in range(i % 5 > 0, SIZE.per_fault)
    }

    share |= {f"{DTYPES[i % 2]}/correct/{v.what}/{i}" for i, v in enumerate(VARIANTS)}

    def few(*arguments):
        shared = ("fault", "correct")
        return [k for k in every(*arguments) if judge.parts(k)[1] not in shared or k in share]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge, "keys", few)
        short = tuple(case.with_steps(5) if case.training else case for case in CASES)
        patch.setattr(cost, "CASES", short)
        yield


@pytest.fixture(scope="module")
def both(file):
    return judge.run(SIZE, file)


@pytest.fixture(params=["float64", "float32"])
def records(request, both):
    return [r for r in both if r["key"].startswith(request.param)]


def test_no_correct_problem_is_called_different(records):
    called = [r["key"] for r in records if "/correct/" in r["key"] and r["alarm"][OURS]]
    assert called == []


def test_faults_that_change_something_are_detected_and_their_place_is_named(records):
    table = next(iter(judge_report.summary(records)["tables"].values()))
    float64 = records[0]["key"].startswith("float64")
    assert table["faulty"] > 30
    assert table["rules"][OURS]["detection"] >= (0.995 if float64 else 0.9)
    assert table["first named rightly"] >= 0.97


def test_every_fault_is_found_by_a_suite_of_deliberate_probes(both):
    suites = judge_report.summary(both)["suites"]
    assert suites["probes"] == 32 and suites["of each fault"] == 1
    assert suites["missed in both"] == {}


def test_without_rules_no_correct_problem_is_called_different_and_faults_are_detected(records):
    judged = [r for r in records if BLACK_BOX in r.get("alarm", {})]
    called = [r["key"] for r in judged if "/correct/" in r["key"] and r["alarm"][BLACK_BOX]]
    assert called == []
    found = next(iter(judge_report.summary(records)["tables"].values()))["rules"][BLACK_BOX]
    assert found["problems"] == [CORRECT, len(judged) - CORRECT]
    assert found["problems"][1] > 4 and found["detection"] >= 0.9


def test_the_table_fits_a_terminal(records):
    lines = judge_report.table(judge_report.summary(records)).splitlines()
    assert max(len(line) for line in lines if "never found" not in line) <= 79
    assert any(f"as a black box: {CORRECT} of the correct" in line for line in lines)


def test_the_cost_of_whole_cases_of_the_suite_is_measured_and_said(records):
    result = judge_report.summary(records)
    (found,) = (table["cost"] for table in result["tables"].values())
    passes = {r["key"].split("/")[2]: r["passes"] for r in records if "passes" in r}
    training = [p for name, p in passes.items() if BY_NAME[name].training]
    single = [p for name, p in passes.items() if not BY_NAME[name].training]
    assert found["cases"] == len(passes) and min(len(training), len(single)) >= 1
    assert found["mean"] == pytest.approx(np.mean([*training, *single]))
    assert found["training"] == pytest.approx(np.mean(training))
    assert found["single pass"] == pytest.approx(np.mean(single))
    assert min(passes.values()) > 1  # both sides run in it, of which one is torch's
    text = " ".join(judge_report.table(result).split())
    assert f"cost of a whole case over the suite ({found['cases']} cases): mean " in text
    assert f"single pass {found['single pass']:.1f} torch passes" in text


def test_a_run_that_was_cut_off_goes_on_and_ends_with_the_same_verdicts(both, file, tmp_path):
    lines = file.read_text(encoding="utf-8").splitlines()
    kept = len(lines) - 12
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(lines[:kept]) + "\n" + lines[kept][:20] + "\n", encoding="utf-8")
    measured = []
    again = judge.run(SIZE, path, advance=measured.append)
    assert measured == [r["key"] for r in both[kept:]]
    assert [r.get("alarm") for r in again] == [r.get("alarm") for r in both]
    assert again[:kept] == [json.loads(line) for line in lines[:kept]]
