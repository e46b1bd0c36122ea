"""The notebooks run, and show what their code shows now; both languages have the same code."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RUNNER = EXAMPLES / "execute_notebook.py"
NOTEBOOKS = ("day1.ipynb", "day1.ja.ipynb")
# Seconds, and what this processor's rounding decides: limits, and by how many runs.
OF_THE_MACHINE = re.compile(
    r"\d[\d.]*(?= (?:s\b|秒))|(?<=allowed )\S+|(?<=許容 )[\d.e-]+|(?<=noise\sof )\d+|\d+(?= 回実行)"
)

_specification = importlib.util.spec_from_file_location("execute_notebook", RUNNER)
runner = importlib.util.module_from_spec(_specification)
_specification.loader.exec_module(runner)


def shown(notebook):
    """Of each code cell its outputs: texts without what the machine decides, and which pictures."""
    return [
        [_texts(output) for output in cell["outputs"]]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


def _texts(output):
    forms = output.get("data", {"text": output.get("text")})
    return {
        form: None if form.startswith("image/") else OF_THE_MACHINE.sub("...", "".join(text))
        for form, text in forms.items()
    }


def cells(notebook, kind):
    return ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == kind]


def small(*sources):
    """A notebook of these code cells that nobody has run."""
    empty = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    return {"cells": [{**empty, "source": [source]} for source in sources], "nbformat": 4}


def undrawn(figure):
    """What stands beside a picture, and no picture."""
    return {"image/png": "", "text/plain": [f"<Figure with {len(figure.axes)} Axes>"]}


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_shows_what_its_code_shows_now(name, monkeypatch):
    path = EXAMPLES / name
    monkeypatch.setenv("SCRATCH_COMPARE_LANG", runner.language(path))
    if name != NOTEBOOKS[0]:  # what the same code draws in English is a picture already
        monkeypatch.setattr(runner, "_picture", undrawn)
    notebook = runner.read(path)
    assert shown(runner.executed(notebook)) == shown(notebook), f"run {RUNNER.name} on {name}"


def test_both_languages_have_the_same_code_and_as_many_texts():
    english, japanese = (runner.read(EXAMPLES / name) for name in NOTEBOOKS)
    assert cells(english, "code") == cells(japanese, "code")
    assert [c["cell_type"] for c in english["cells"]] == [c["cell_type"] for c in japanese["cells"]]
    for texts in (cells(english, "markdown"), cells(japanese, "markdown")):
        sections = re.findall(r"^## (§\d)", "\n".join(texts), re.MULTILINE)
        assert sections == ["§1", "§2", "§3", "§4", "§5"]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_kept_with_its_outputs_and_small(name):
    path = EXAMPLES / name
    notebook = runner.read(path)
    assert path.stat().st_size < 300_000
    assert path.read_text(encoding="utf-8") == runner.written(notebook)
    counts = [c["execution_count"] for c in notebook["cells"] if c["cell_type"] == "code"]
    assert counts == [*range(1, len(counts) + 1)]
    assert sum("image/png" in form for outputs in shown(notebook) for form in outputs) >= 5


def test_an_output_older_than_the_code_is_found():
    notebook = runner.executed(small("a = 2", "print('a is', a)\na + 1"))
    assert shown(notebook) == [[], [{"text": "a is 2\n"}, {"text/plain": "3"}]]
    notebook["cells"][0]["source"] = ["a = 3"]
    assert shown(runner.executed(notebook)) != shown(notebook)


def test_a_figure_becomes_a_picture_of_its_cell():
    draw = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nNone"
    first, second = shown(runner.executed(small(draw, "1")))
    assert first == [{"image/png": None, "text/plain": "<Figure with 1 Axes>"}]
    assert second == [{"text/plain": "1"}]


def test_what_the_machine_decides_is_left_out_and_nothing_else():
    said = "error 18.7, allowed 7.25e-17 (32 times the\n    noise of 3 runs)  (0.1 s, seed 0)"
    left = "error 18.7, allowed ... (32 times the\n    noise of ... runs)  (... s, seed 0)"
    assert OF_THE_MACHINE.sub("...", said) == left
    said = "誤差 18.7、許容 7.25e-17（3 回実行したとき）  （0.1 秒、シード 0）"
    left = "誤差 18.7、許容 ...（... 回実行したとき）  （... 秒、シード 0）"
    assert OF_THE_MACHINE.sub("...", said) == left


def test_a_cell_that_raises_ends_the_run():
    with pytest.raises(ZeroDivisionError):
        runner.executed(small("1 / 0"))


@pytest.mark.slow
def test_the_command_writes_the_outputs(tmp_path):
    path = tmp_path / "net.ipynb"
    path.write_text(json.dumps(small("6 * 7")), encoding="utf-8")
    subprocess.run([sys.executable, RUNNER, path], check=True)
    assert shown(runner.read(path)) == [[{"text/plain": "42"}]]
