"""The course's experiments: every setting judged, the course's numbers met, and all of it drawn."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import scratch.surfaces
import torch_ref.surfaces
from compare.bench.mutations import Mutation, mutated
from compare.case import Outcome
from compare.cli import main
from compare.sweeps import events, files, running
from compare.sweeps.divergence import diverges_at, until_divergence
from compare.sweeps.drawing import figure
from compare.sweeps.networks import regression
from compare.sweeps.numerical_gradient import NUMERICAL_GRADIENT
from compare.sweeps.table import SWEEPS, find
from compare.sweeps.text import conclusion

STEPS = 3


def short(name, keep=lambda setting: True):
    """A sweep with a few steps, and without the settings whose numerical gradient takes long."""
    sweep = find(name)

    def settings(steps):
        wanted = [s for s in sweep.settings(steps) if s.values.get("parameters", 0) < 100]
        return tuple(s for s in wanted if keep(s))

    return replace(sweep, settings=settings, steps=min(sweep.steps, STEPS))


def few(setting):
    """Leaves out the many steps h."""
    return setting.part != "h"


@pytest.fixture(scope="module")
def results():
    return {sweep.name: running.run(short(sweep.name)) for sweep in SWEEPS}


@pytest.mark.parametrize("name", [sweep.name for sweep in SWEEPS])
def test_every_setting_is_the_same_on_both_sides(results, name):
    result = results[name]
    assert len(result.points) == result.total > 3
    assert [(p.setting.name, p.result.verdict.first) for p in result.failures] == []


@pytest.mark.parametrize("name", [sweep.name for sweep in SWEEPS])
def test_names_of_settings_are_unique_and_fit_the_table(results, name):
    names = [p.setting.name for p in results[name].points]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) < 16


@pytest.mark.parametrize("name", [sweep.name for sweep in SWEEPS])
def test_settings_of_a_sweep_have_the_same_hyperparameters(results, name):
    assert len({tuple(p.setting.values) for p in results[name].points}) == 1


GOLDEN = {
    "1-2.lr0.0001": 0.09105074589590591,
    "1-2.lr0.001": 0.0906861813303538,
    "1-2.lr0.01": 0.08710960847142761,
    "1-2.lr0.1": 0.05759133192915599,
    "1-2.lr1": 0.00035840211750155017,
    "1-2.lr10": -9.999999505838704e-08,
}


def test_the_courses_losses_after_one_step_stand_beside_both_sides(results):
    points = {p.setting.name: p for p in results["learning-rate"].points}
    column = next(c for c in find("learning-rate").columns if c.heading == "the course")
    for name, printed in GOLDEN.items():
        np.testing.assert_allclose(points[name].end("loss"), printed, rtol=0, atol=1e-15)
        assert column.text(points[name]) == f"{printed:.6g}"


def test_too_large_a_rate_is_shown_as_divergence_on_both_sides_and_not_as_a_difference():
    sweep = replace(short("learning-rate", lambda s: s.name in ("1-3.lr5", "1-3.lr0.07")), steps=40)
    good, lost = running.run(sweep).points
    assert good.diverges_at is None and good.curves["loss"][-1][0] == 40
    assert 1 < lost.diverges_at < 40
    assert lost.curves["loss"][-1][0] == lost.diverges_at
    assert not good.result.fails and not lost.result.fails


def curve(*losses):
    return tuple((t, float(a), float(b)) for t, (a, b) in enumerate(losses, start=1))


@pytest.mark.parametrize(
    "losses, step",
    [
        ([(1, 1), (9e5, 9e5)], None),
        ([(1, 1), (2e6, 2e6)], 2),
        ([(1, 1), (np.nan, np.inf)], 2),
        ([(1, 1), (2e6, 1), (2e6, 2e6)], 3),
        ([(1, 1), (np.inf, 1)], None),
        ([(np.inf, np.inf)], 1),
    ],
)
def test_a_run_diverges_where_both_losses_are_lost(losses, step):
    assert diverges_at({"loss": curve(*losses)}) == step


def test_one_sample_that_begins_right_is_no_divergence():
    losses = {"loss": curve((1e-9, 1e-9), (1, 1)), "test/loss": curve((2, 2), (1, 1))}
    assert diverges_at(losses) is None


def test_a_run_that_does_not_diverge_is_left_whole():
    case = regression(6)
    cut = until_divergence(case)
    whole, kept = (running.run_case(c, "float64") for c in (case, cut))
    assert len(kept.verdict.comparisons) == len(whole.verdict.comparisons)


def test_the_gap_of_the_numerical_gradient_is_smallest_at_a_middle_step(results):
    points = [p for p in results["numerical-gradient"].points if p.setting.part == "h"]
    for side in (0, 1):
        gap = np.array([p.end("gap")[side] for p in points])
        least = int(gap.argmin())
        assert points[least].setting.values["h"] in (1e-4, 1e-5, 1e-6)
        assert gap[0] > 1e4 * gap[least] and gap[-1] > 1e4 * gap[least]
        # the error of a central difference falls with h²: a hundredth at a tenth
        np.testing.assert_allclose(gap[1:4] / gap[:3], 0.01, rtol=0.05)


def test_both_gradients_are_timed_on_both_sides(results):
    sized = [p for p in results["numerical-gradient"].points if p.setting.part == "parameters"]
    for point in sized:
        for name in ("back", "numerical", "ratio"):
            assert min(point.end(name)) > 0
        assert point.end("ratio")[0] == point.end("numerical")[0] / point.end("back")[0]


NET, OPT, SURFACE = "network.py", "optimizers.py", "surfaces.py"
BACK = "delta = d_activation(self.hidden, d_z, self.u[k - 1])"
PLANTED = [
    ("learning-rate", NET, BACK, "delta = d_z * 1.001", "1-", 14),
    ("initialization", NET, BACK, BACK.replace("self.u[k - 1]", "self.z[k - 1]"), "sigmoid.", 7),
    ("optimizers", OPT, "m_hat = m / (1 - self.beta1**t)", "m_hat = m", "Adam", 2),
    ("optimizers", SURFACE, "w[0] / 10, 2 * w[1]", "w[0] / 20, 2 * w[1]", "bowl.", 7),
    ("activation", "activations.py", "1 - np.tanh(u) ** 2", "1 - np.tanh(u)", "tanh", 2),
    ("hidden-size", "affine.py", "delta @ W.T", "delta @ abs(W.T)", "units", 4),
    ("batch-size", "affine.py", "rows_delta.sum(axis=0)", "rows_delta.mean(axis=0)", "batch1", 3),
    ("numerical-gradient", "numerical.py", "/ (2 * h)", "/ h", "params", 2),
]  # fmt: skip


@pytest.mark.parametrize("name, file, old, new, red, count", PLANTED)
def test_a_planted_bug_turns_the_settings_red_that_it_affects(name, file, old, new, red, count):
    side = mutated("sweep_planted", Mutation("planted", file, ((old, new),), ""))
    result = running.run(short(name, few), mine=side)
    failed = [p.setting.name for p in result.failures]
    assert len(failed) == count
    assert all(red in setting for setting in failed)


def test_an_unchanged_copy_is_the_same():
    side = mutated("sweep_twin", Mutation("twin", OPT, (("m_hat = m", "m_hat = m"),), ""))
    assert running.run(short("optimizers"), mine=side).failures == ()


@pytest.mark.parametrize("name", ["learning-rate", "optimizers", "numerical-gradient"])
def test_a_side_that_raises_is_an_error_of_its_settings_and_all_is_still_written(name, tmp_path):
    raising = (
        (NET, "error = getattr(losses, self.error)", 'raise ValueError("boom")')
        if name != "optimizers"
        else (SURFACE, "return w[0] ** 2 / 20 + w[1] ** 2", 'raise ValueError("boom")')
    )
    file, old, new = raising
    side = mutated("sweep_raising", Mutation("raises", file, ((old, new),), ""))
    result = running.run(short(name, few), mine=side)
    assert {p.outcome for p in result.failures} == {Outcome.ERROR}
    files.write(result, tmp_path)
    events.write(result, tmp_path)
    text = "\n".join(conclusion(result))
    assert "ValueError: boom" in text and "NOT THE SAME" in text and "(inf)" not in text


def test_a_gradient_of_zeros_is_a_difference_and_its_gap_no_number():
    bug = Mutation("zeros", "affine.py", (("rows_x.T @ rows_delta", "0 * W"),), "")
    result = running.run(short("numerical-gradient", few), mine=mutated("sweep_zeros", bug))
    assert len(result.failures) == result.total
    assert np.isinf(result.points[0].end("gap/W1")[0])
    assert figure(result.sweep, result.points).axes


@pytest.mark.parametrize("surface, lowest", [("bowl", (0, 0)), ("valley", (1, 1))])
def test_a_surfaces_gradient_is_that_of_differences_and_0_at_its_lowest(
    surface, lowest, central_difference
):
    import torch

    f, d_f = (getattr(scratch.surfaces, n) for n in (surface, f"d_{surface}"))
    w = np.array([-0.7, 1.3])
    np.testing.assert_allclose(d_f(w), central_difference(f, w), rtol=1e-6)
    by_autograd = getattr(torch_ref.surfaces, f"d_{surface}")(torch.from_numpy(w))
    np.testing.assert_allclose(d_f(w), by_autograd.numpy(), rtol=1e-14)
    assert f(np.array(lowest, dtype=float)) == 0
    assert not d_f(np.array(lowest, dtype=float)).any()


@pytest.mark.parametrize("name", [sweep.name for sweep in SWEEPS])
def test_every_sweep_is_drawn_and_both_sides_are_in_every_panel(results, name):
    drawn = figure(results[name].sweep, results[name].points)
    assert len(drawn.axes) == len(find(name).panels)
    for axes in drawn.axes:
        thick = [line for line in axes.lines if line.get_linewidth() >= 4]
        dashed = [line for line in axes.lines if line.get_linestyle() == "--"]
        assert len(thick) == len(dashed) > 0


@pytest.mark.parametrize("name", [sweep.name for sweep in SWEEPS])
def test_a_lesson_is_drawn_from_the_numbers(results, name):
    lesson = find(name).lesson(results[name].points)
    assert lesson.endswith(".") and "nan" not in lesson
    assert find(name).lesson(()) == ""


def read(directory):
    return EventAccumulator(str(directory), size_guidance={"scalars": 0, "images": 0}).Reload()


@pytest.fixture(scope="module")
def directory(results, tmp_path_factory):
    found = tmp_path_factory.mktemp("sweep")
    files.write(results["hidden-size"], found)
    events.write(results["hidden-size"], found)
    return found


def test_the_figure_is_a_png(directory):
    assert (directory / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_every_number_of_both_sides_is_in_the_json(results, directory):
    document = json.loads((directory / "sweep.json").read_text(encoding="utf-8"))
    assert document["passed"] and document["total"] == len(document["points"]) == 4
    for written, point in zip(document["points"], results["hidden-size"].points, strict=True):
        kept = written["curves"]["loss"]
        assert [(p["step"], p["mine"], p["reference"]) for p in kept] == list(point.curves["loss"])


def test_a_number_that_is_not_finite_is_written_as_a_word(results):
    point = replace(results["hidden-size"].points[0], ends={"loss": (np.nan, np.inf)})
    document = json.loads(files.as_json(replace(results["hidden-size"], points=(point,))))
    assert document["points"][0]["ends"]["loss"] == {"mine": "nan", "reference": "inf"}


@pytest.mark.parametrize("side, column", [("scratch", 1), ("torch", 2)])
def test_the_curves_are_read_back_from_tensorboard(results, directory, side, column):
    point = results["hidden-size"].points[0]
    points = read(directory / side).Scalars(f"hidden-size.{point.setting.name}/loss")
    expected = np.array(point.curves["loss"])
    assert [p.step for p in points] == expected[:, 0].tolist()
    np.testing.assert_array_equal([p.value for p in points], expected[:, column].astype("float32"))


def test_tensorboard_has_a_figure_a_panel_and_one_row_of_hparams_a_setting(results, directory):
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    images = read(directory / "summary").Tags()["images"]
    assert images == [f"00_hidden-size/{p.name}" for p in find("hidden-size").panels]
    rows = sorted(p.name for p in (directory / "settings").iterdir())
    assert rows == sorted(p.setting.name for p in results["hidden-size"].points)
    for point in results["hidden-size"].points:
        run = read(directory / "settings" / point.setting.name)
        content = run.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
        started = HParamsPluginData.FromString(content).session_start_info.hparams
        assert started["units"].number_value == point.setting.values["units"]
        assert started["outcome"].string_value == "same"
        (loss,) = run.Scalars("settings/loss_torch")
        assert loss.value == np.float32(point.end("loss")[1])


def test_the_json_says_how_to_run_it_again(results):
    assert files.as_json(results["optimizers"]).count("python -m compare sweep optimizers") == 1


def test_ctrl_c_keeps_the_points_so_far():
    def interrupt(point):
        raise KeyboardInterrupt

    result = running.run(short("optimizers"), on_point=interrupt)
    assert result.interrupted and len(result.points) == 1


def invoke(*arguments):
    return CliRunner().invoke(main, ["sweep", *arguments])


def assert_one_clear_line(result, *words):
    assert result.exit_code == 2, result.output
    (line,) = [line for line in result.stderr.splitlines() if line]
    for word in words:
        assert word in line


def test_without_a_name_the_sweeps_are_listed():
    result = invoke()
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == [s.name for s in SWEEPS]


def test_the_command_writes_its_files_and_never_over_others(tmp_path):
    out = tmp_path / "new"
    result = invoke("batch-size", "--steps", "2", "--out", str(out))
    assert result.exit_code == 0, result.output
    assert "ALL SAME: 4 settings" in result.stdout
    assert max(map(len, result.stdout.partition("Figure")[0].splitlines())) <= 80
    assert {p.name for p in out.iterdir()} == {
        "figure.png", "sweep.json", "scratch", "torch", "summary", "settings"
    }  # fmt: skip
    before = (out / "sweep.json").read_bytes()
    assert_one_clear_line(invoke("batch-size", "--out", str(out)), str(out), "not empty")
    assert (out / "sweep.json").read_bytes() == before


def test_the_numbers_go_to_standard_output_alone(tmp_path):
    out = str(tmp_path / "new")
    asked = ("--steps", "2", "--out", out, "--no-tensorboard", "--json", "-")
    result = invoke("batch-size", *asked)
    assert json.loads(result.stdout)["sweep"] == "batch-size"
    assert {p.name for p in (tmp_path / "new").iterdir()} == {"figure.png", "sweep.json"}


def test_a_difference_is_exit_code_1_and_is_explained(tmp_path, monkeypatch):
    from scratch import activations

    monkeypatch.setitem(activations.ACTIVATIONS, "relu", lambda u: np.maximum(u, 0.001 * u))
    result = invoke("batch-size", "--steps", "2", "--out", str(tmp_path / "new"))
    assert result.exit_code == 1
    assert "NOT THE SAME: 4 of 4 settings" in result.stdout
    assert "batch1  DIFFERENT  first at step/1/z1" in result.stdout
    again = "python -m compare sweep batch-size --dtype float64 --seed 0 --steps 2"
    assert f"Reproduce: {again}" in result.stdout


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["optimiser"], ["unknown sweep", "did you mean optimizers?"]),
        (["zzzz"], ["unknown sweep", "python -m compare sweep"]),
        (["optimizers", "--dtype", "float31"], ["float31", "float64"]),
        (["numerical-gradient", "--dtype", "float32"], ["float32", "float64"]),
        (["numerical-gradient", "--steps", "3"], ["trains nothing"]),
        (["optimizers", "--steps", "0"], ["--steps", "1 or more"]),
        (["optimizers", "--seed", "-1"], ["seed", "0 or more"]),
    ],
)
def test_a_mistake_is_one_line(arguments, words):
    assert_one_clear_line(invoke(*arguments), *words)


def test_numerical_gradients_are_of_float64_alone():
    assert NUMERICAL_GRADIENT.dtypes == ("float64",)
