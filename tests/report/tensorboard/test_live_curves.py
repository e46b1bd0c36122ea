"""Curves of a case that trains can be seen, and nothing of that is in what is written for good."""

import pickle

import pytest
from click.testing import CliRunner
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from compare.cases import CASES
from compare.cli import main
from compare.core.outcome import Outcome
from compare.judge.training.curves import MAX_POINTS, Curves
from compare.judge.verdict import Comparison
from compare.report.tensorboard import event_files, live_curves
from compare.report.tensorboard.live_curves import COST, EVERY, LiveCurves
from compare.report.tensorboard.serving.link import OVER_LIMIT

CASE = next(case for case in CASES if case.name == "mlp.iris")
TAG = "mlp.iris.float64"


class Clock:
    """One that goes on when it is told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def step(curves, t, loss=0.5):
    same = Outcome.SAME
    names = (("loss", loss), ("grad/W1", 0.1))
    curves.add(
        t,
        [
            Comparison(f"step/{t}/{n}", same, mine=v, reference=v, error=1e-17, limit=1e-15)
            for n, v in names
        ],
    )


def points(directory, run, tag):
    folder = directory / "live" / TAG / run
    events = EventAccumulator(str(folder), size_guidance={"scalars": 0}).Reload()
    return [(p.step, p.value) for p in events.Scalars(f"{TAG}/{tag}")]


def test_curves_are_there_before_the_end_and_no_point_is_there_twice(tmp_path):
    clock, curves = Clock(), Curves()
    after_step = LiveCurves(tmp_path, clock)(CASE, "float64")
    for t in range(1, 11):
        step(curves, t, loss=1 / t)
        after_step(curves)
        clock.now += 0.9
    assert [t for t, _ in points(tmp_path, "torch", "loss")] == list(range(1, 11))
    assert points(tmp_path, "scratch", "loss")[3] == (4, 0.25)
    for run in ("error", "tolerance"):
        assert len(points(tmp_path, run, "error_log10/grad")) == 10
        (file,) = event_files.event_files(tmp_path / "live" / TAG / run)
        assert not event_files.read(file).damage


def test_a_long_run_that_thins_its_curves_out_repeats_no_step(tmp_path):
    clock, curves = Clock(), Curves()
    after_step = LiveCurves(tmp_path, clock)(CASE, "float64")
    for t in range(1, 3 * MAX_POINTS):
        step(curves, t, loss=float(t % 7))
        clock.now += 0.01
        after_step(curves)
    steps = [t for t, _ in points(tmp_path, "torch", "loss")]
    assert steps == sorted(set(steps))
    assert max(steps) > 2.9 * MAX_POINTS - EVERY / 0.01


@pytest.mark.parametrize("took", [0.0, 0.5])
def test_it_writes_no_oftener_than_every_two_seconds_and_one_percent_of_the_time(tmp_path, took):
    clock, curves = Clock(), Curves()
    written = []

    class Slow(live_curves._Follower):
        def _write(self, curves):
            written.append(clock.now)
            clock.now += took

    slow = Slow(tmp_path, TAG, clock)
    while clock.now < 200:
        slow.after_step(curves)
        clock.now += 0.01
    gaps = [b - a for a, b in zip(written, written[1:], strict=False)]
    assert len(written) > 1 and min(gaps) >= max(EVERY, COST * took)


def test_the_largest_error_so_far_outlasts_what_was_written_before(tmp_path):
    clock, curves = Clock(), Curves()
    after_step = LiveCurves(tmp_path, clock)(CASE, "float64")
    same = Outcome.SAME
    for t in range(1, 9):
        error = 9e-16 if t == 2 else 1e-17
        grad = Comparison(f"step/{t}/grad/W1", same, mine=1, reference=1, error=error, limit=1e-15)
        curves.add(t, [grad])
        clock.now += 1.1
        after_step(curves)
    ratios = dict(points(tmp_path, "error", OVER_LIMIT))
    assert ratios[1] < 0.1 and all(abs(ratios[t] - 0.9) < 1e-6 for t in range(2, 9))


def test_a_full_disk_ends_the_watching_and_not_the_run(tmp_path):
    clock, curves = Clock(), Curves()
    (tmp_path / "live").write_text("in the way")
    after_step = LiveCurves(tmp_path, clock)(CASE, "float64")
    for t in range(1, 5):
        step(curves, t)
        clock.now += 3
        after_step(curves)
    assert (tmp_path / "live").read_text() == "in the way"


def test_it_can_be_sent_to_a_process(tmp_path):
    assert pickle.loads(pickle.dumps(LiveCurves(tmp_path))).directory == tmp_path


def kept(logdir, monkeypatch, every, *options):
    """Every scalar that a run keeps, where curves are written as seldom as that."""
    monkeypatch.setattr(live_curves, "EVERY", every)
    monkeypatch.setattr(live_curves, "COST", 0)
    asked = ["run", "mlp.iris", "affine", "--dtype", "float64", "--steps", "8", *options]
    result = CliRunner().invoke(main, [*asked, "--logdir", str(logdir)])
    assert result.exit_code == 0, result.output
    (directory,) = logdir.glob("2*")
    assert not (directory / "live").exists()
    assert CliRunner().invoke(main, ["board", "--check", str(directory)]).exit_code == 0
    scalars = {}
    for run in ("torch", "scratch", "error", "tolerance"):
        (file,) = event_files.event_files(directory / run)
        values = [v for _, event in event_files.read(file).events for v in event.summary.value]
        scalars[run] = [(v.tag, v.simple_value) for v in values if v.HasField("simple_value")]
        assert scalars[run]
    return scalars


@pytest.mark.slow
def test_what_is_written_for_good_is_the_same_as_if_nobody_had_watched(tmp_path, monkeypatch):
    """Watched at every step in this process; in others as often as ever."""
    seen, discard = set(), LiveCurves.discard

    def discard_seen(self, *case):
        seen.update(path.name for path in self.directory.glob("live/*/"))
        discard(self, *case)

    never = kept(tmp_path / "never", monkeypatch, 1e9, "-j", "1")
    monkeypatch.setattr(LiveCurves, "discard", discard_seen)
    assert kept(tmp_path / "often", monkeypatch, 0.0, "-j", "1") == never
    assert seen == {TAG}
    assert kept(tmp_path / "others", monkeypatch, 0.0, "-j", "2") == never
