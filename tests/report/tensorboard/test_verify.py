"""``board`` says what of the run cannot be read, and shows the rest."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from compare.cli import main
from compare.report.tensorboard import event_files
from compare.report.tensorboard.verify import check

pytestmark = pytest.mark.slow


def invoke(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def copy(whole_run, tmp_path):
    return Path(shutil.copytree(whole_run, tmp_path / "copy"))


def the_file(directory, run):
    (path,) = event_files.event_files(directory / run)
    return path


def flip(path, at):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(bytes(content))


def test_what_was_written_can_be_read_back(whole_run):
    result = invoke("board", "--check", whole_run)
    assert result.exit_code == 0, result.output
    assert result.stdout.endswith(": whole\n")


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
@pytest.mark.parametrize("run", ["torch", "error"])
def test_one_flipped_bit_is_found_wherever_it_is(copy, run, share):
    path = the_file(copy, run)
    flip(path, int(share * path.stat().st_size))
    assert event_files.read(path).damage.startswith("a wrong checksum at byte")


def test_a_flipped_bit_is_told_with_the_name_of_the_file(copy):
    path = the_file(copy, "summary")
    flip(path, 1000)
    result = invoke("board", "--check", copy)
    assert result.exit_code == 1
    assert f"{path} is damaged: a wrong checksum" in result.stderr


def test_a_file_that_was_cut_off_is_named_and_so_are_the_points_that_are_missing(copy):
    path = the_file(copy, "scratch")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 16])
    problems = check(copy)
    assert any(path.name in p and "cut off at byte" in p for p in problems)
    assert any("of 40 points of mlp.iris.float64/" in p for p in problems)
    assert not any(str(copy / "torch") in p for p in problems)


def last_scalar(found):
    """Where the last point of a curve stands; histograms follow it."""
    return max(k for k, e in enumerate(found) if any("loss" in v.tag for v in e.summary.value))


def test_a_file_cut_off_between_two_events_is_found_by_the_count(copy):
    path = the_file(copy, "scratch")
    found = event_files.read(path).events
    last = last_scalar([event for _, event in found])
    path.write_bytes(b"".join(raw for k, (raw, _) in enumerate(found) if k != last))
    problems = check(copy)
    assert problems  # one for each quantity that the step had
    assert all(" of " in p and "points of mlp.iris.float64" in p for p in problems)


def test_a_point_that_is_another_than_recorded_is_found(copy):
    from tensorboard.summary.writer.record_writer import RecordWriter

    path = the_file(copy, "torch")
    found = [event for _, event in event_files.read(path).events]
    found[last_scalar(found)].summary.value[0].simple_value += 1
    with path.open("wb") as file:
        for event in found:
            RecordWriter(file).write(event.SerializeToString())
    (problem,) = check(copy)
    assert "has other points of mlp.iris.float64" in problem


def test_lost_files_are_named(copy):
    the_file(copy, "error").unlink()
    (copy / "trajectories" / "mlp.iris.float64.npz").unlink()
    problems = check(copy)
    assert any("error has no event file" in p for p in problems)
    assert any("mlp.iris.float64.npz is missing" in p for p in problems)


def test_a_damaged_trajectory_is_named(copy):
    path = copy / "trajectories" / "mlp.iris.float64.npz"
    path.write_bytes(path.read_bytes()[:-100])
    assert any(f"{path} is damaged" in p for p in check(copy))


def test_a_run_that_was_cut_off_says_how_to_go_on(copy):
    path = copy / "manifest.json"
    path.write_text(path.read_text().replace('"finished"', '"interrupted"'))
    result = invoke("board", "--check", copy)
    assert "run --resume" in result.stderr


def test_a_damaged_run_is_served_and_the_warning_comes_beside_it(copy, monkeypatch):
    flip(the_file(copy, "torch"), 500)
    served = []
    launch = "compare.report.tensorboard.serving.server.launch"
    monkeypatch.setattr(launch, lambda *a: served.append(a) or "http://127.0.0.1:1/")
    monkeypatch.setattr("compare.report.tensorboard.serving.server.wait", lambda: None)
    result = invoke("board", copy)
    assert result.exit_code == 0
    assert served
    assert "http://127.0.0.1:1/" in result.stdout
    assert "Warning: " in result.stderr
    assert "is damaged" in result.stderr
