"""How a result of ``check`` is shown: commands that can be pasted, colours, and the page."""

import io
import re
import shlex
from contextlib import redirect_stdout
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from compare.check.check_submission import check_file
from compare.check.grading.class_points import class_points
from compare.check.grading.entry import entry
from compare.check.grading.handed_in import Handed, Submission
from compare.check.grading.pages import submission_page
from compare.check.grading.rubric import Rubric
from compare.check.report.html import fragment, page
from compare.check.report.text import checked_lines, checked_text
from compare.cli import main

WRONG = "import numpy as np\ndef softmax(u):\n    return np.exp(u) / np.exp(u).sum()\n"


CSS = resources.files("compare.report").joinpath("templates/checked.css").read_text("utf-8")


PAGE = resources.files("compare.report").joinpath("templates/page.css").read_text("utf-8")


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    path = tmp_path_factory.mktemp("net") / "net.py"
    path.write_text(WRONG, "utf-8")
    return check_file(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["山田 太郎 の net.py", "it's.py", "$HOME.py", "-x.py", "a&b;c.py"]
)
def test_the_command_that_is_printed_finds_the_file_again(name, tmp_path, monkeypatch):
    (tmp_path / name).write_text(WRONG, "utf-8")
    monkeypatch.chdir(tmp_path)
    text = checked_text(check_file(Path(name)))
    command = re.search(r"Again: (.*)", text)[1]
    arguments = shlex.split(command)
    assert arguments[1:4] == ["-m", "compare", "check"]
    result = CliRunner().invoke(main, arguments[3:])
    assert result.exit_code == 1 and "softmax over the wrong axis" in result.stdout


def test_the_command_in_a_japanese_report_gives_a_japanese_report(checked):
    command = re.search(r"再現: .* -m compare (.*)", checked_text(checked, "ja"))[1]
    assert "不一致" in CliRunner().invoke(main, shlex.split(command)).stdout


def shown(checked, **console):
    stream = io.StringIO()
    with redirect_stdout(stream):
        screen = Console(file=stream, width=80, **console)
        for line in checked_lines(checked):
            screen.print(line, markup=False, highlight=False, soft_wrap=True)
    return stream.getvalue()


def test_colours_are_on_terminals_only_and_no_color_takes_them_away(checked):
    colours = re.compile(r"\x1b\[(?:\d+;)*3[0-7]m")
    assert colours.search(shown(checked, force_terminal=True, color_system="standard"))
    assert not colours.search(shown(checked, force_terminal=True, no_color=True))
    assert "\x1b" not in shown(checked)


def test_the_points_of_a_concept_stand_beside_it(checked, tmp_path):
    handed = Handed(Submission("net.py", tmp_path / "net.py"), checked)
    rubric = Rubric({"softmax": 2.0, "relu": 1.0}, required=True)
    for lang, missing in (("en", "not handed in"), ("ja", "提出されていません")):
        graded = entry(handed, rubric, lang)
        page = submission_page(graded, class_points([graded], rubric), lang)
        rows = re.findall(r"<tr>.*?</tr>", page, re.DOTALL)
        assert "softmax" in rows[0] and "0 / 2" in rows[0]
        assert "relu" in rows[1] and "0 / 1" in rows[1] and missing in rows[1]


def test_a_concepts_name_never_breaks():
    rule = re.search(r"\.sc-checked td\.sc-concept[^{]*{([^}]*)}", CSS)[1]
    assert "white-space:nowrap!important" in rule


@pytest.mark.parametrize("of", ["td", "tr", "table", "dl", "dt", "dd"])
def test_no_rule_of_a_notebook_changes_how_a_table_reads(of):
    """Jupyter's are of higher specificity: ``.jp-RenderedHTMLCommon tbody tr:nth-child(odd)``."""
    rules = re.findall(rf"(?:^|,)\.sc-checked {of}(?:,[^{{]*)?{{([^}}]*)}}", CSS, re.MULTILINE)
    laid = ";".join(rules)
    wanted = {
        "td": ["text-align:left", "background:transparent", "vertical-align:top", "border:0"],
        "tr": ["background:transparent"],
        "table": ["margin:.4em 0", "border:0"],
        "dl": ["display:grid", "margin:.3em 0"],
        "dt": ["float:none", "margin:0"],
        "dd": ["float:none", "margin:0"],
    }
    for declared in wanted[of]:
        assert f"{declared}!important" in laid, declared


def _luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Of two colours, by https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    low, high = sorted([_luminance(one), _luminance(other)])
    return (high + 0.05) / (low + 0.05)


LIGHT, DARK = ["#ffffff"], ["#111111", "#1e1e1e", "#15181c"]  # Jupyter's, VS Code's and ours


@pytest.mark.parametrize(
    ("where", "css", "backgrounds", "least"),
    [
        (r"^\.sc-checked{", CSS, LIGHT + DARK, 3.6),  # of a notebook that is not known
        (r'theme-light="true"', CSS, LIGHT, 4.5),
        (r'theme-light="false"', CSS, DARK, 4.5),
        (r"color-scheme:dark", PAGE, DARK, 4.5),
    ],
)
def test_every_colour_can_be_read_on_light_and_dark(where, css, backgrounds, least):
    colours = re.findall(r"--sc-\w+:(#\w{6})", css[re.search(where, css, re.MULTILINE).start() :])
    assert len(colours) >= 4
    for colour in colours[:4]:
        assert all(contrast(colour, behind) >= least for behind in backgrounds), colour


def test_nothing_of_the_page_needs_a_script_and_all_of_it_is_printed(checked):
    for text in (page(checked), fragment(checked)):
        assert "<script" not in text and "onclick" not in text
        assert "details::details-content{content-visibility:visible" in text
    assert "<details open>" in page(checked)
