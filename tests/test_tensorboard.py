"""What is written for TensorBoard can be read back, and is what was compared."""

import dataclasses
from contextlib import closing

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import compare
from compare import board
from compare.manifest import Asked
from compare.record import begin
from compare.report.tensorboard import RUNS, Board
from compare.runs import newest, runs_in


@pytest.fixture(scope="module")
def run():
    return compare.run("mlp.iris", "affine", dtype="float64")


@pytest.fixture(scope="module")
def directory(run, tmp_path_factory):
    with closing(begin(tmp_path_factory.mktemp("runs"), ["test"], Asked())) as record:
        with closing(Board(record.directory)) as written:
            for result in run.results:
                record.add(result)
                written.add(result)
            written.conclude(run)
    return record.directory


def read(directory, name):
    events = EventAccumulator(str(directory / name), size_guidance={"scalars": 0, "images": 0})
    return events.Reload()


def test_there_are_five_runs_with_one_file_each(directory):
    for name in RUNS:
        assert len(list((directory / name).iterdir())) == 1


@pytest.mark.parametrize("side, column", [("scratch", 1), ("torch", 2)])
def test_both_loss_curves_are_read_back_as_compared(run, directory, side, column):
    points = read(directory, side).Scalars("mlp.iris.float64/loss")
    expected = np.array(run["mlp.iris"].curves["loss"])
    assert [p.step for p in points] == expected[:, 0].tolist()
    np.testing.assert_array_equal([p.value for p in points], expected[:, column].astype("float32"))


def test_every_error_stands_beside_its_limit_and_below_it(directory):
    error, limit = read(directory, "error"), read(directory, "tolerance")
    tags = error.Tags()["scalars"]
    assert {f"mlp.iris.float64/error_log10/{k}" for k in ("loss", "grad", "param")} <= set(tags)
    for tag in tags:
        for e, b in zip(error.Scalars(tag), limit.Scalars(tag), strict=True):
            assert e.value <= b.value


def test_the_summary_has_scoreboard_table_and_count(directory):
    summary = read(directory, "summary")
    assert "00_verdict/scoreboard" in summary.Tags()["images"]
    assert summary.Scalars("00_verdict/cases_failed")[0].value == 0
    (text,) = summary.Tensors("00_verdict/table/text_summary")
    assert b"affine[float64" in text.tensor_proto.string_val[0]


def test_the_link_opens_on_the_scoreboard_and_the_worst_case(directory):
    address = board.address(directory, 6006)
    assert "00_verdict/scoreboard" in address
    assert "mlp.iris.float64/error_log10/grad" in address


def test_the_link_pins_a_failing_case_before_a_noisy_one(run):
    from compare.report.json_record import case_object
    from compare.report.tensorboard import worst_training_tag

    same = case_object(run["mlp.iris"])
    failed = dict(same, case="mlp.failed", outcome="DIFFERENT")
    assert worst_training_tag([same, failed]) == "mlp.failed.float64"


def test_latest_names_the_newest_run_and_a_lost_one_is_survived(directory):
    root = directory.parent
    assert newest(root) == directory
    (root / "LATEST").write_text("gone\n")
    assert newest(root) == directory == runs_in(root)[-1]


def test_a_line_that_was_cut_off_does_not_hide_the_others(directory, tmp_path):
    lines = (directory / "results.jsonl").read_text()
    (tmp_path / "results.jsonl").write_text(lines[:-20])
    assert len(board.records(tmp_path)) == lines.count("\n") - 1


@pytest.mark.parametrize("content", [None, "", "[]\n", '{"schema": 0}\n', "\x00\x01\n"])
def test_a_record_that_is_lost_or_of_another_version_still_has_an_address(tmp_path, content):
    if content is not None:
        (tmp_path / "results.jsonl").write_text(content)
    assert board.address(tmp_path, 6006).startswith("http://127.0.0.1:6006/")


def test_a_diverged_run_can_be_drawn(run, tmp_path):
    result = run["mlp.iris"]
    bad = {"loss": tuple((step, np.nan, np.inf) for step, _, _ in result.curves["loss"])}
    with closing(Board(tmp_path)) as written:
        written.add(dataclasses.replace(result, curves=bad, errors=bad))
