"""Mutants of scratch: each that changes a number is killed, and a case that is missing shows."""

import json
from functools import cache

import pytest
from click.testing import CliRunner

from compare.bench import equivalents, mutation, mutation_report
from compare.bench.mutant_runs import Cases
from compare.bench.mutants import sources
from compare.bench.syntax import mutants
from compare.cli import main
from compare.engine.selection import select

ACCURACIES = r"^accuracy"


@cache
def cases(pattern, without=""):
    pairs = select(pattern=pattern)
    return Cases([(c, t) for c, t in pairs if not without or without not in c.name])


def of_function(name):
    found = [m for m in mutation.all_mutants() if m.function == name]
    assert found
    return found


def alive(found, table):
    """Those that no case kills, and for which no reason is stated."""
    return [m for m in found if mutation.examined(m, table).get("reason") == ""]


@pytest.mark.slow
def test_every_mutant_of_accuracy_is_killed_or_has_a_reason():
    assert alive(of_function("accuracy"), cases(ACCURACIES)) == []


@pytest.mark.slow
@pytest.mark.parametrize("missing", [".one_hot", ".one_output", ".one_sample"])
def test_a_case_that_is_missing_leaves_mutants_alive(missing):
    lives = alive(of_function("accuracy"), cases(ACCURACIES, missing))
    assert lives
    assert all("killed by" in mutation.examined(m, cases(ACCURACIES)) for m in lives)


def test_what_killed_a_mutant_and_where_is_named():
    bowl = [mutation.examined(m, cases(r"^surface")) for m in of_function("d_bowl")]
    killed = [r for r in bowl if "killed by" in r]
    assert killed and all(r["killed by"].startswith("surface.bowl[") for r in killed)
    assert {r["at"] for r in killed} <= {"grad/w", "error/bench_mutant"}


@pytest.mark.slow
def test_a_sample_of_all_mutants_is_killed_or_has_a_reason_and_can_go_on(tmp_path):
    size = mutation.Sample(8, seed=3)
    path = tmp_path / "records.jsonl"
    whole = mutation.run(size, path)
    result = mutation_report.summary(whole)
    assert mutation_report.passed(result) and result["mutants"] == 8
    assert result["killed"] + result["alive for a reason"] == 8
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(lines[:6]) + "\n" + lines[6][:20] + "\n", encoding="utf-8")
    measured = []
    assert mutation.run(size, path, advance=measured.append) == whole
    assert measured == [json.loads(line)["key"] for line in lines[6:]]


def test_a_sample_is_the_same_for_the_same_seed_and_another_for_another():
    drawn = [mutation.keys(mutation.Sample(30, seed)) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    every = mutation.keys(mutation.FULL)
    assert set(drawn[0]) < set(every) and len(every) == len(set(every))


TEXT = '''
"""Not this -1."""
Alias = dict[str, int]
LIMIT: dict[str, int] = {"k": 2}

def f(a: int, b: "x + 1" = 3) -> "y - 1":
    """Nor this - 1."""
    def g(c):
        return c.T @ a
    if not a < LIMIT["k"] and b:
        raise ValueError(f"{a} + 1")
    a -= h(b, a, axis=-1)
    return g(np.sum(a ** 2, keepdims=True)) if a else -b

def h(x, y, axis):
    return x[1:]

def k(x, y, axis):
    while 9 >= x > 0:
        x = x.copy()
    return (x - y) ** 2
'''


def test_every_kind_of_place_has_mutants_and_annotations_texts_and_aliases_have_none():
    found = mutants({"m": TEXT})
    names = [m.name for m in found]
    assert len(set(names)) == len(names)
    expected = {
        "m: 2 -> 3",
        "m: 'k' -> 'kx'",
        "m.f: 3 -> 4",
        "m.f: c.T @ a -> c.T * a",
        "m.f: c.T @ a -> a @ c.T",
        "m.f: c.T -> c",
        "m.f: a < LIMIT['k'] -> a <= LIMIT['k']",
        "m.f: not a < LIMIT['k'] -> a < LIMIT['k']",
        "m.f: not a < LIMIT['k'] and b -> not a < LIMIT['k'] or b",
        "m.f: if not a < LIMIT['k'] and b -> if not (not a < LIMIT['k'] and b)",
        "m.f: a -= h(b, a, axis=-1) -> a += h(b, a, axis=-1)",
        "m.f: h(b, a, axis=-1) -> h(a, b, axis=-1)",
        "m.f: h(b, a, axis=-1) -> h(b, a)",
        "m.f: h(b, a, axis=-1) -> k(b, a, axis=-1)",
        "m.f: -1 -> 1",
        "m.f: True -> False",
        "m.f: np.sum(a ** 2, keepdims=True) -> np.mean(a ** 2, keepdims=True)",
        "m.f: a ** 2 -> 2 ** a",
        "m.f: -b -> b",
        "m.h: 1: -> :",
        "m.h: return x[1:] -> return -x[1:]",
        "m.k: while 9 >= x > 0 -> while True",
        "m.k: 9 >= x > 0 -> 9 >= x >= 0",
    }
    assert expected - set(names) == set()
    left_alone = ("Not this", "Nor this", "Alias", "dict", "x + 1", "y - 1")
    assert [n for n in names if any(text in n for text in left_alone)] == []


def test_what_the_tree_says_of_a_mutant_is_said_of_that_one_alone():
    reasons = {m.name: m.reason for m in mutants({"m": TEXT}) if m.reason}
    assert {"m.k: x - y -> y - x", "m.k: x.copy() -> x", "m.f: ' + 1' -> ' + 1x'"} <= set(reasons)
    assert "m.f: a < LIMIT['k'] -> a <= LIMIT['k']" in reasons  # it decides what is refused
    assert not {"m.f: c.T -> c", "m.k: x - y -> x + y", "m.k: 9 >= x > 0 -> 9 > x > 0"} & set(
        reasons
    )


def test_a_reason_of_the_tree_counts_only_where_no_bit_changed():
    copied = next(m for m in mutants({"m": TEXT}) if m.name == "m.k: x.copy() -> x")
    assert equivalents.reason_for(copied, same_bits=True) == copied.reason
    assert equivalents.reason_for(copied, same_bits=False) == ""


LOOP = """
def constant(lr, steps):
    rates = []
    while len(rates) < steps:
        rates.append(lr)
    return rates
"""


def with_schedules(text):
    return {**sources(), "schedules": text}


@pytest.mark.slow
def test_a_mutant_that_never_ends_is_ended_and_killed():
    texts = with_schedules(LOOP)
    table = Cases(select(["schedule.constant"]), texts)
    endless = [m for m in mutants(texts) if m.after in ("while True", "pass")]
    found = [mutation.examined(m, table) for m in endless if m.module == "schedules"]
    assert len(found) == 2 and all(record["at"].startswith("error/") for record in found)


@pytest.mark.slow
def test_where_scratch_itself_fails_nothing_is_called_killed():
    texts = with_schedules(LOOP.replace("append(lr)", "append(2 * lr)"))
    table = Cases(select(["schedule.constant"]), texts)
    other = next(m for m in mutants(texts) if m.name == "schedules.constant: 2 -> 3")
    with pytest.raises(RuntimeError, match="scratch itself is not the same in schedule.constant"):
        mutation.examined(other, table)


def test_another_way_to_write_the_same_code_is_known_as_such():
    texts = with_schedules("def constant(lr, steps):\n    return [lr + 0 * 7, steps]\n")
    by_name = {m.name.partition(": ")[2]: m for m in mutants(texts) if m.module == "schedules"}
    scratch = Cases([], texts).scratch
    assert scratch.code(by_name["0 * 7 -> 0"]) is None
    assert scratch.code(by_name["0 * 7 -> 7"]) is not None
    assert scratch.code(by_name["lr + 0 * 7 -> lr"]) is not None


def test_a_reason_that_fits_no_mutant_or_a_killed_one_fails(monkeypatch):
    killed = of_function("d_bowl")[0]
    monkeypatch.setitem(equivalents.EQUIVALENTS, killed.name, "planted")
    record = {"key": f"0/{killed.name}", **mutation.examined(killed, cases(r"^surface"))}
    assert not mutation_report.passed(mutation_report.summary([record]))
    monkeypatch.setitem(equivalents.EQUIVALENTS, "losses.gone: a -> b", "planted")
    with pytest.raises(RuntimeError, match="losses.gone: a -> b"):
        mutation.run(mutation.Sample(1))


def a_record(name, **what):
    return {"key": f"0/{name}", "module": "losses", "function": "accuracy", **what}


def test_the_command_ends_with_1_and_names_what_is_alive_without_a_reason(monkeypatch, tmp_path):
    killed = {"killed by": "accuracy[float64 N=40 K=3]", "at": "accuracy"}
    records = [a_record("losses.accuracy: a", **killed), a_record("losses.b: c", reason="-0 is 0")]
    monkeypatch.setattr(mutation, "run", lambda *args, **more: records)
    asked = ["bench", "mutation", "--short", "--out", str(tmp_path)]
    assert CliRunner().invoke(main, asked).exit_code == 0
    records.append(a_record("losses.accuracy: c", reason=""))
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 1 and "without a reason:\n  losses.accuracy: c" in result.output
    written = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert written["without a reason"] == ["losses.accuracy: c"]
    table = (tmp_path / "table.txt").read_text(encoding="utf-8").splitlines()
    assert max(map(len, table)) <= 79
