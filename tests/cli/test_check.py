"""``check`` and ``compare.check``: exit codes, what they say, one clear line a mistake."""

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

import compare
from compare.check.check_submission import check_file
from compare.check.concepts import CONCEPTS
from compare.check.naming.mapping_file import mapping_of, meant
from compare.check.report.html import fragment, page
from compare.check.report.text import checked_text
from compare.cli import main
from compare.sandbox.interface import Definition

RIGHT = """
import numpy as np

def softmax(u):
    e = np.exp(u - u.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
"""
COLUMNS = RIGHT.replace("axis=-1, keepdims=True", "axis=0")
WRONG = RIGHT.replace("axis=-1, keepdims=True", "")
DELTAS = "def mse_derivative(y, t):\n    return y - t\n"
UNSTABLE = RIGHT.replace("u - u.max(axis=-1, keepdims=True)", "u")
UNWRITTEN = "def softmax(u):\n    raise NotImplementedError\n"


def invoke(*arguments):
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


@pytest.fixture
def submission(tmp_path):
    def written(text, name="net.py"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "code"),
    [
        (RIGHT, 0),
        (COLUMNS, 0),
        (UNSTABLE, 0),
        (WRONG, 1),
        (UNWRITTEN, 1),
        ("x = 1\n", 1),
        ("raise ValueError('no')\n", 1),
        ("import torch\n" + RIGHT, 1),
        ("import os\ndef softmax(u): os._exit(0)\n", 1),
        ("import time\ndef softmax(u):\n    time.sleep(99)\n", 1),
        (RIGHT + "1 / 0\ndef relu(u):\n    return u\n", 1),
        (RIGHT + "1 / 0\n", 0),
        ("def softmax(u:\n", 2),
    ],
)
def test_the_exit_code_says_what_came_of_it(submission, source, code):
    result = invoke(submission(source), "--timeout", "2")
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output


def test_a_warning_is_a_failure_only_where_it_is_asked_for(submission):
    path = submission(UNSTABLE)
    assert "same, with a warning" in invoke(path).stdout
    assert invoke(path, "--strict").exit_code == 1


def test_another_convention_is_a_pass_that_says_so(submission):
    text = invoke(submission(DELTAS)).stdout
    assert "same, in another convention" in text and "sum, not mean" in text
    assert text.rstrip().endswith("ALL SAME (1)")


def test_a_pass_says_how_much_was_left_alone_and_a_failure_has_more_to_say(submission):
    more = "\ndef hyouji(text):\n    print(text)\n"
    assert invoke(submission(RIGHT + more)).stdout.rstrip().endswith("ALL SAME (1); 1 left alone")
    wrong = invoke(submission(WRONG + more)).stdout
    assert "Left alone: hyouji" in wrong and "1 left alone" not in wrong.splitlines()[-1]


def test_columns_that_nothing_else_tells_of_are_a_pass_with_a_warning(submission):
    text = " ".join(invoke(submission(COLUMNS)).stdout.split())
    assert "samples are columns" in text and "ALL SAME (1), 1 with a warning" in text


def test_a_mistake_is_explained_with_element_advice_and_where_to_read(submission):
    path = submission(WRONG)
    text = " ".join(invoke(path).stdout.split())
    assert "softmax, line 4" in text
    assert "softmax over the wrong axis" in text
    assert re.search(r"z\[\d, \d\] is 0\.\d+, should be 0\.\d+", text)
    assert "keepdims=True" in text and "§3" in text
    assert "https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html" in text
    assert f"python -m compare check {path} --only softmax --seed 0" in text


def test_the_line_that_judges_it_again_says_the_same(submission):
    path = submission(WRONG.replace("softmax", "mine"))
    text = invoke(path, "--map", "softmax=mine", "--seed", "3").stdout
    again = re.search(r"python -m compare (check .*)", text)[1].split()[1:]
    assert "by --map" in text
    assert re.search("z.*should be.*", text)[0] in invoke(*again).stdout


def test_what_the_import_never_reached_is_named(submission):
    late = "1 / 0\nclass Relu(1 / 0):\n    pass\n"
    result = invoke(submission(RIGHT + late))
    said = result.output
    assert result.exit_code == 1
    assert "At import: ZeroDivisionError: division by zero" in said and "Not reached: Relu" in said
    assert said.rstrip().endswith("1 of 1 are the same; 1 not reached: the import failed before")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="an import cannot be interrupted there")
def test_an_import_that_does_not_end_is_no_pass(submission):
    result = invoke(submission(RIGHT + "import time\ntime.sleep(99)\n"), "--timeout", "4")
    assert result.exit_code == 1 and "1 of 1 are the same" in result.output


def test_what_is_not_written_yet_is_no_exception(submission):
    text = invoke(submission(UNWRITTEN)).stdout
    assert "not written yet" in text and "NotImplementedError" not in text


@pytest.mark.parametrize(
    "name, concept",
    [
        ("sigmoide", "sigmoid"),
        ("my_softmax", "softmax"),
        ("MeanSquareLoss", "mean_squared_error"),
        ("mean_sq_error", "mean_squared_error"),
        ("cross_entropy_error_1", "cross_entropy_error"),
        ("gradient_descent", "optimizer.sgd"),
        ("relu_2", None),  # there is a relu
        ("leaky_relu", None),
        ("ELU", None),
        ("Layer", None),
        ("function_2", None),
        ("save_model", None),
        ("generate_linear", None),
    ],
)
def test_what_a_name_may_be_meant_to_be(name, concept):
    missing = [each for each in CONCEPTS if each.name not in ("relu", "d_relu")]
    found = meant(Definition(name, "function"), missing, CONCEPTS)
    assert (found.name if found else None) == concept


OVER_ALL = """
import numpy as np

def taro_softmax(u):
    e = np.exp(u - u.max())
    return e / e.sum()
"""


def test_a_name_that_is_nearly_one_is_suggested_with_the_line_to_write(submission):
    path = submission(f"{OVER_ALL}\ndef unlike(x): return x\n")
    result = invoke(path)
    assert result.exit_code == 1 and "NOTHING JUDGED" in result.stdout
    option = re.search(r"--map (\S+=taro_softmax)", result.stdout)[1]
    assert option == "softmax=taro_softmax"
    assert "unlike" in result.stdout
    assert "softmax over the wrong axis" in invoke(path, "--map", option).stdout


@pytest.mark.parametrize(
    ("written", "option"),
    [
        (OVER_ALL, "--map softmax=taro_softmax"),
        ("def taro_softmax(u, v, w): return u", None),
        ("def taro_softmax(u): return u.no_such_thing", None),
    ],
)
def test_only_what_can_be_called_so_is_suggested(submission, written, option):
    checked = check_file(submission(f"import numpy as np\n{written}\n"))
    assert [each.option for each in checked.suggestions] == ([option] if option else [])


def test_what_is_suggested_is_not_judged_on_the_way(submission):
    checked = check_file(submission(RIGHT + "def row_relu(u):\n    import torch\n    return u\n"))
    assert checked.passed() and not checked.suggestions


def test_a_notebook_is_told_the_argument_and_not_the_option():
    names = {"__name__": "cells"}
    exec(OVER_ALL, names)
    text = str(compare.check(names))
    argument = re.search(r"mapping=(\{.*\})", text)[1]
    assert "--map" not in text
    found = compare.check(names, mapping=ast.literal_eval(argument))["softmax"]
    assert [d.cause for d in found.diagnoses] == ["softmax_axis"]


def test_a_map_may_stand_in_a_file(submission, tmp_path):
    path = submission(RIGHT.replace("softmax", "mine"))
    (tmp_path / "map.toml").write_text('optimizer.adam = "mine"\n')
    assert mapping_of([], tmp_path / "map.toml") == {"optimizer.adam": "mine"}
    for text in ('softmax = "mine"\n', '[map]\nsoftmax = "mine"\n'):
        (tmp_path / "map.toml").write_text(text)
        assert invoke(path, "--map-file", tmp_path / "map.toml").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--map", "softmax"], ["CONCEPT=NAME"]),
        (["--map", "softmx=softmax"], ["softmx", "did you mean softmax, "]),
        (["--map", "softmax=absent"], ["absent", "it has softmax"]),
        (["--only", "softmx"], ["softmx", "did you mean softmax, "]),
        (["--only", "typo"], ["typo", "did you mean "]),
        (["--json", "-", "--html", "-"], ["--json - and --html -", "takes one of them"]),
        (["--map-file", "absent.toml"], ["absent.toml", "cannot be read"]),
        (["--json", "absent/x.json"], ["absent/x.json", "cannot write"]),
        (["--html", "absent/x.html"], ["absent/x.html", "cannot write"]),
    ],
)
def test_wrong_usage_is_one_clear_line_and_exit_code_2(submission, arguments, words):
    result = invoke(submission(RIGHT), *arguments)
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize("text", ["softmax = 1", "softmax = ", "map = 3"])
def test_a_map_file_that_is_wrong_is_named(submission, tmp_path, text):
    (tmp_path / "map.toml").write_text(text)
    result = invoke(submission(RIGHT), "--map-file", tmp_path / "map.toml")
    assert result.exit_code == 2 and "map.toml" in result.stderr


@pytest.mark.parametrize("target", ["absent.py", "no.such.module", "absent folder"])
def test_a_target_that_is_not_there_is_one_clear_line(target):
    result = invoke(target)
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1
    assert target in result.stderr


def test_a_module_is_found_by_its_name_and_not_imported(submission, tmp_path, monkeypatch):
    submission("raise SystemExit('imported here')\n", "__init__.py")
    submission(RIGHT, "a_module_of_mine.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert invoke("a_module_of_mine").exit_code == 0
    assert "a_module_of_mine" not in sys.modules


def test_only_leaves_the_rest_unjudged_and_unmentioned(submission):
    path = submission(RIGHT + "\ndef relu(x): return x\n")
    text = invoke(path, "--only", "softmax").stdout
    assert "relu" not in text and "ALL SAME (1)" in text


def test_only_what_it_does_not_have_says_so(submission):
    nothing = invoke(submission(RIGHT), "--only", "relu")
    assert nothing.exit_code == 1
    assert "it has no relu, and nothing else was asked for" in nothing.stdout


@pytest.mark.slow
@pytest.mark.parametrize("source", [RIGHT, COLUMNS, WRONG, UNSTABLE, UNWRITTEN, "import torch"])
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_every_line_but_those_to_be_copied_fits_80_columns(submission, source, lang):
    text = checked_text(check_file(submission(source)), lang)
    for line in text.splitlines():
        assert cell_len(line) < 80 or "https://" in line or "python -m" in line, line
        assert not line.lstrip().startswith(("、", "。", "）")), line


def test_japanese_says_what_english_says(submission):
    text = invoke(submission(WRONG), "--lang", "ja").stdout
    for word in ("不一致", "原因", "softmax の軸が違います", "正しくは", "1 件中 0 件が一致"):
        assert word in text


def test_json_has_every_field_in_both_languages(submission):
    document = json.loads(invoke(submission(WRONG), "--json", "-").stdout)
    assert document["schema"] == 2 and document["passed"] is False and document["seed"] == 0
    (concept,) = document["concepts"]
    assert concept["concept"] == concept["found"] == "softmax"
    assert (concept["line"], concept["how"], concept["outcome"]) == (4, "name", "DIFFERENT")
    (diagnosis,) = concept["diagnoses"]
    assert diagnosis["cause"] == "softmax_axis" and diagnosis["torch"].startswith("https://")
    for text in (diagnosis["title"], diagnosis["advice"], concept["said"], document["conclusion"]):
        assert text["en"] and text["ja"] and text["en"] != text["ja"]
    first = concept["first"]
    assert first["name"] == "z" and first["mine"] != first["expected"]


def test_json_and_html_are_written_where_asked(submission, tmp_path):
    path = submission(RIGHT)
    shown = invoke(path, "--json", tmp_path / "r.json", "--html", tmp_path / "r.html")
    assert shown.stderr == f"\nWritten to {tmp_path / 'r.json'}, {tmp_path / 'r.html'}\n"
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["passed"] is True
    assert (tmp_path / "r.html").read_text("utf-8").startswith("<!doctype html>")


def test_html_to_standard_output_is_nothing_but_the_page(submission):
    result = invoke(submission(RIGHT), "--only", "softmax", "--html", "-")
    assert result.stdout.startswith("<!doctype html>") and result.stdout.rstrip().endswith(
        "</html>"
    )
    assert "same" in result.stderr
    assert not Path("-").exists()


def test_html_escapes_whatever_a_stranger_wrote(submission):
    source = "def softmax(u):\n    raise ValueError('<script>alert(1)</script>')\n"
    checked = check_file(submission(source, "<b>net.py"))
    for text in (page(checked), fragment(checked)):
        assert "<script" not in text and "<b>net" not in text
        assert "&lt;script&gt;" in text and "&lt;b&gt;net.py" in text


def test_a_page_loads_nothing_from_anywhere(submission):
    text = page(check_file(submission(WRONG)), "ja")
    assert "default-src 'none'" in text and 'lang="ja"' in text
    assert not re.search(r"\ssrc=|@import|url\(|<link", text)


def softmax(u):
    import numpy as np

    e = np.exp(u - u.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def test_in_a_notebook_what_was_defined_so_far_is_judged():
    for checked in (compare.check(), compare.check(softmax), compare.check({"softmax": softmax})):
        assert checked["softmax"].found == "softmax" and checked.passed()
        assert "ALL SAME" in str(checked) and "ALL SAME" in checked._repr_html_()
        assert "python -m compare" not in str(checked)


def test_a_path_is_judged_in_a_process_of_its_own(submission):
    path = submission("import torch\n" + RIGHT)
    assert compare.check(path).breaches and compare.check(str(path)).breaches


@pytest.mark.slow
def test_what_cannot_be_read_is_told_before_torch_is_imported(tmp_path):
    code = (
        "import sys\nfrom compare.cli import main\n"
        "try: main(['check', 'absent.py'])\nexcept SystemExit as e: print(e.code)\n"
        "print('torch' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, timeout=60
    )
    assert done.stdout.split() == ["2", "False"], done.stderr
