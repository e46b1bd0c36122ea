"""What a sweep leaves behind: its figure, its JSON, and what TensorBoard shows."""

import json
from dataclasses import replace

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from compare.sweeps import output_files
from compare.sweeps import tensorboard as events
from compare.sweeps.registry import find

pytestmark = pytest.mark.slow


def read(directory):
    return EventAccumulator(str(directory), size_guidance={"scalars": 0, "images": 0}).Reload()


@pytest.fixture(scope="module")
def directory(swept, tmp_path_factory):
    found = tmp_path_factory.mktemp("sweep")
    output_files.write(swept["hidden-size"], found)
    events.write(swept["hidden-size"], found)
    return found


def test_the_figure_is_a_png(directory):
    assert (directory / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_every_number_of_both_sides_is_in_the_json(swept, directory):
    document = json.loads((directory / "sweep.json").read_text(encoding="utf-8"))
    assert document["passed"] and document["total"] == len(document["points"]) == 4
    for written, point in zip(document["points"], swept["hidden-size"].points, strict=True):
        kept = written["curves"]["loss"]
        assert [(p["step"], p["mine"], p["reference"]) for p in kept] == list(point.curves["loss"])


def test_a_number_that_is_not_finite_is_written_as_a_word(swept):
    point = replace(swept["hidden-size"].points[0], ends={"loss": (np.nan, np.inf)})
    document = json.loads(output_files.as_json(replace(swept["hidden-size"], points=(point,))))
    assert document["points"][0]["ends"]["loss"] == {"mine": "nan", "reference": "inf"}


@pytest.mark.parametrize("side, column", [("scratch", 1), ("torch", 2)])
def test_the_curves_are_read_back_from_tensorboard(swept, directory, side, column):
    point = swept["hidden-size"].points[0]
    points = read(directory / side).Scalars(f"hidden-size.{point.setting.name}/loss")
    expected = np.array(point.curves["loss"])
    assert [p.step for p in points] == expected[:, 0].tolist()
    np.testing.assert_array_equal([p.value for p in points], expected[:, column].astype("float32"))


def test_tensorboard_has_a_figure_a_panel_and_one_row_of_hparams_a_setting(swept, directory):
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    images = read(directory / "summary").Tags()["images"]
    assert images == [f"00_hidden-size/{p.name}" for p in find("hidden-size").panels]
    rows = sorted(p.name for p in (directory / "settings").iterdir())
    assert rows == sorted(p.setting.name for p in swept["hidden-size"].points)
    for point in swept["hidden-size"].points:
        run = read(directory / "settings" / point.setting.name)
        content = run.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
        started = HParamsPluginData.FromString(content).session_start_info.hparams
        assert started["units"].number_value == point.setting.values["units"]
        assert started["outcome"].string_value == "same"
        (loss,) = run.Scalars("settings/loss_torch")
        assert loss.value == np.float32(point.end("loss")[1])


def test_the_json_says_how_to_run_it_again(swept):
    assert (
        output_files.as_json(swept["hidden-size"]).count("python -m compare sweep hidden-size") == 1
    )
