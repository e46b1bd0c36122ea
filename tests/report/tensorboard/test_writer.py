"""What is written for TensorBoard can be read back, and is what was compared."""

import dataclasses
import json
import re
from contextlib import closing
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tensorboard.util import tensor_util

import compare
from compare.cases import CASES
from compare.cases.datasets import bundled
from compare.core.trace import quantity
from compare.report.tensorboard import first_wrong
from compare.report.tensorboard.pictures import slides
from compare.report.tensorboard.serving.folders import contents, records
from compare.report.tensorboard.serving.link import RUNS, address, tags_to_pin
from compare.report.tensorboard.writer import TensorBoardWriter
from compare.store.directories import newest, runs_in
from compare.store.manifest import RunRequest
from compare.store.writer import begin

pytestmark = pytest.mark.slow
TRAINED = ("mlp.iris", "mlp.breast_cancer")


@pytest.fixture(scope="module")
def run():
    return compare.run("mlp.iris", "mlp.breast_cancer", "affine", dtype="float64", steps=60)


@pytest.fixture(scope="module")
def directory(run, tmp_path_factory):
    with closing(begin(tmp_path_factory.mktemp("runs"), ["test"], RunRequest())) as record:
        with closing(TensorBoardWriter(record.directory)) as written:
            for result in run.results:
                record.add(result)
                written.add(result)
            written.conclude(run)
    return record.directory


def read(directory, name):
    kinds = ("scalars", "images", "histograms", "tensors")
    events = EventAccumulator(str(directory / name), size_guidance=dict.fromkeys(kinds, 0))
    return events.Reload()


def text(events, tag):
    (event,) = events.Tensors(f"{tag}/text_summary")
    return event.tensor_proto.string_val[0]


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
    tags = set(error.Tags()["scalars"])
    assert {f"mlp.iris.float64/error_log10/{k}" for k in ("loss", "grad", "param")} <= tags
    for tag in tags - {f"{case}.float64/error_over_limit_so_far" for case in TRAINED}:
        for e, b in zip(error.Scalars(tag), limit.Scalars(tag), strict=True):
            assert e.value <= b.value


def test_each_case_has_one_line_of_its_largest_error_so_far_over_its_limit(run, directory):
    points = read(directory, "error").Scalars("mlp.iris.float64/error_over_limit_so_far")
    assert [p.step for p in points] == [t for t, *_ in run["mlp.iris"].curves["loss"]]
    assert all(0 <= p.value <= 1 for p in points) and any(p.value for p in points)
    kinds = run["mlp.iris"].errors.values()
    until_7 = [e / limit for curve in kinds for t, e, limit in curve if t <= 7 and limit]
    assert points[6].value == np.float32(max(until_7))


def test_the_summary_has_scoreboard_table_and_count(directory):
    summary = read(directory, "summary")
    assert "00_verdict/scoreboard" in summary.Tags()["images"]
    assert summary.Scalars("00_verdict/cases_failed")[0].value == 0
    (text,) = summary.Tensors("00_verdict/table/text_summary")
    assert b"affine[float64" in text.tensor_proto.string_val[0]


def test_the_link_opens_on_the_scoreboard_and_the_worst_case(directory):
    link = address({"": contents(directory)})
    assert "00_verdict/scoreboard" in link
    assert "00_verdict/error_over_limit" in link and ".float64/error_over_limit_so_far" in link
    assert link.startswith("?smoothing=0&") and link.endswith("#timeseries")
    (only,) = parse_qs(urlsplit(link).query)["runFilter"]
    runs = [*RUNS, "live/mlp.iris.float64/torch", "a/torch", "hparams/mlp.iris"]
    assert [run for run in runs if not re.search(only, run)] == ["hparams/mlp.iris"]


def test_the_link_pins_up_to_three_failing_cases_and_not_a_noisy_one(run):
    from compare.store.json_lines import case_object

    same = case_object(run["mlp.iris"])
    failed = [dict(same, case=f"mlp.{k}", outcome="DIFFERENT") for k in "abcd"]
    assert tags_to_pin([same]) == ("mlp.iris.float64",)
    assert tags_to_pin([same, failed[0]]) == ("mlp.a.float64",)
    assert tags_to_pin([same, *failed]) == ("mlp.a.float64", "mlp.b.float64", "mlp.c.float64")


def test_pinned_cards_are_tags_that_were_written(directory):
    (cards,) = parse_qs(urlsplit(address({"": contents(directory)})).query)["pinnedCards"]
    images = read(directory, "summary").Tags()["images"]
    scalars = read(directory, "error").Tags()["scalars"]
    for card in json.loads(cards):
        assert card["tag"] in (images if card["plugin"] == "images" else scalars)


def test_every_picture_of_a_classifier_is_there_and_the_slider_has_its_steps(run, directory):
    summary = read(directory, "summary")
    for case in ("mlp.iris", "mlp.breast_cancer"):
        for name in ("decision_regions", "path", "confusion"):
            assert f"{case}.float64/figures/{name}" in summary.Tags()["images"]
        steps = [e.step for e in summary.Images(f"{case}.float64/figures/decision_regions")]
        assert steps == [s.step for s in slides(run[case].snapshots)]
    assert b"Not drawn" not in text(summary, "mlp.iris.float64/verdict")


def test_of_trainings_that_are_the_same_the_nearest_alone_is_drawn_with_what_shows_a_difference(
    directory,
):
    (nearest,) = tags_to_pin(records(directory))
    images = read(directory, "summary").Tags()["images"]
    for name in ("loss", "error", "cone", "gradient_error"):
        drawn = [tag for tag in images if tag.endswith(f".float64/figures/{name}")]
        assert drawn == [f"{nearest}/figures/{name}"]


@pytest.mark.parametrize("side", ["scratch", "torch"])
def test_histograms_of_both_sides_count_every_weight(run, directory, side):
    events = read(directory, side)
    for name, count in (("W1", 32), ("W2", 24)):
        for kind in ("param", "grad"):
            found = events.Histograms(f"mlp.iris.float64/hist/{kind}/{name}")
            assert [e.step for e in found] == [s.step for s in run["mlp.iris"].snapshots]
            assert all(e.histogram_value.num == count for e in found)


@pytest.mark.parametrize("side", ["scratch", "torch"])
def test_precision_against_recall_is_that_of_scikit_learn(run, directory, side):
    from sklearn.metrics import precision_score, recall_score

    last = run["mlp.breast_cancer"].snapshots[-1]
    y = (last.mine if side == "scratch" else last.reference)["test/y"][:, 0]
    d = bundled("breast_cancer")["d_test"][:, 0]
    tag = "mlp.breast_cancer.float64/precision_recall"
    rows = tensor_util.make_ndarray(read(directory, side).Tensors(tag)[-1].tensor_proto)
    middle = rows.shape[1] // 2
    threshold = y > middle / (rows.shape[1] - 1)
    np.testing.assert_allclose(rows[4, middle], precision_score(d, threshold), rtol=1e-6)
    np.testing.assert_allclose(rows[5, middle], recall_score(d, threshold), rtol=1e-6)


def test_only_a_binary_case_has_precision_and_recall(directory):
    tags = [t for t in read(directory, "torch").Tags()["tensors"] if "precision" in t]
    assert tags == ["mlp.breast_cancer.float64/precision_recall"]


def test_each_case_has_its_row_with_settings_and_outcome(directory):
    for case, rate in (("mlp.iris", 0.1), ("mlp.breast_cancer", 0.1)):
        row = read(directory, f"hparams/{case}")
        assert row.Scalars("hparams/same float64")[0].value == 1
        plugin = row.PluginTagToContent("hparams")
        start = HParamsPluginData.FromString(plugin["_hparams_/session_start_info"])
        values = start.session_start_info.hparams
        assert values["case"].string_value == case
        assert values["learning rate"].number_value == rate
        columns = HParamsPluginData.FromString(plugin["_hparams_/experiment"]).experiment
        assert {m.name.tag for m in columns.metric_infos} >= {"hparams/same float64"}


def test_all_rows_and_runs_stay_below_what_the_older_tabs_show():
    assert len(RUNS) + sum(case.training for case in CASES) <= 40


def test_the_graph_has_torchs_own_layers(directory):
    graph = read(directory, "hparams/mlp.iris").Graph()
    operations = {node.op for node in graph.node}
    assert {"aten::linear", "aten::tanh", "aten::softmax"} <= operations


def test_the_formulae_have_every_name_with_its_shape(run, directory):
    written = text(read(directory, "summary"), "mlp.iris.float64/formulae").decode()
    assert "| `x^T delta1` | 4 x 8" in written
    for name in run["mlp.iris"].snapshots[-1].reference:
        assert f"`{name}`" in written


def test_the_layout_has_a_chart_a_case_worst_first(run, directory):
    from compare.report.tensorboard.text_cards import largest_ratio

    (event,) = read(directory, "summary").Tensors("custom_scalars__config__")
    found = layout_pb2.Layout.FromString(event.tensor_proto.string_val[0])
    titles = [chart.title for chart in found.category[0].chart]
    both = [run["mlp.iris"], run["mlp.breast_cancer"]]
    trained = sorted(both, key=largest_ratio, reverse=True)
    assert titles == [f"{r.case.name}.float64" for r in trained]
    for chart in found.category[0].chart:
        assert re.search(chart.multiline.tag[0], f"{chart.title}/error_log10/loss")


def test_latest_names_the_newest_run_and_a_lost_one_is_survived(directory):
    root = directory.parent
    assert newest(root) == directory
    (root / "LATEST").write_text("gone\n")
    assert newest(root) == directory == runs_in(root)[-1]


def test_a_line_that_was_cut_off_does_not_hide_the_others(directory, tmp_path):
    lines = (directory / "results.jsonl").read_text()
    (tmp_path / "results.jsonl").write_text(lines[:-20])
    assert len(records(tmp_path)) == lines.count("\n") - 1


@pytest.mark.parametrize("content", [None, "", "[]\n", '{"schema": 0}\n', "\x00\x01\n"])
def test_a_record_that_is_lost_or_of_another_version_still_has_an_address(tmp_path, content):
    if content is not None:
        (tmp_path / "results.jsonl").write_text(content)
    assert "scoreboard" in address({"": contents(tmp_path)})


def test_a_diverged_run_is_drawn_and_says_what_is_not(run, tmp_path):
    result = run["mlp.iris"]
    bad = {"loss": tuple((step, np.nan, np.inf) for step, _, _ in result.curves["loss"])}
    lost = [
        dataclasses.replace(s, mine={n: np.full_like(v, np.nan) for n, v in s.mine.items()})
        for s in result.snapshots
    ]
    with closing(TensorBoardWriter(tmp_path)) as written:
        written.add(dataclasses.replace(result, curves=bad, errors=bad, snapshots=tuple(lost)))
    summary = read(tmp_path, "summary")
    assert "mlp.iris.float64/figures/confusion" not in summary.Tags()["images"]
    assert b"`path`: no step leaves every parameter finite" in text(
        summary, "mlp.iris.float64/verdict"
    )


def test_a_failing_case_is_drawn_at_its_first_wrong_step_and_its_card_says_so(tmp_path):
    from compare.cases import CASES
    from compare.core.implementation import numpy_side
    from compare.engine.run_case import run_case

    side = numpy_side()
    case = next(c for c in CASES if c.name == "descent.minibatch")

    class Broken(type(side)):
        def get(self, path):
            found = super().get(path)
            if path != "training.train":
                return found

            def wrong(network, *arguments):
                for loss in found(network, *arguments):
                    network.grads["W1"] *= 1.01
                    yield loss

            return wrong

    broken = Broken(
        **{f.name: getattr(side, f.name) for f in dataclasses.fields(side)} | {"name": "yours"}
    )
    result = run_case(case, "float64", mine=broken)
    assert result.fails
    with closing(TensorBoardWriter(tmp_path)) as written:
        written.add(result)
    card = text(read(tmp_path, "summary"), "descent.minibatch.float64/verdict")
    assert b"**DIFFERENT**" in card and b"First at `step/1/grad/W1`" in card
    heading, lines, _ = first_wrong.first_in_words([result])
    assert heading == "DIFFERENT: 1 of 1 cases"
    assert "grad/W1, the gradient of W1, dE/dW1" in lines
    assert "By its own inputs yours is wrong." in lines
    assert any(line.startswith("Same before it: ") and "delta1" in line for line in lines)
    (image,) = read(tmp_path, "summary").Images("descent.minibatch.float64/figures/gradient_error")
    assert image.step == 1


def test_every_quantity_of_a_training_run_has_a_meaning_in_words(run):
    for result in run:
        if result.case.training:
            names = {quantity(c.name) for c in result.verdict.comparisons}
            assert [name for name in names if not first_wrong.meaning(name)] == []
    assert first_wrong.meaning("grad/W2") == "the gradient of W2, dE/dW2"
    assert first_wrong.meaning("state/m/W1") == "the optimizer's m of W1"
    assert first_wrong.meaning("zzz") == ""
