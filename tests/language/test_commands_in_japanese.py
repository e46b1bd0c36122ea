"""With ``--lang ja`` every command speaks Japanese, in 80 columns; what programs read does not."""

import json
import re

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

import compare
from compare.cli import main
from compare.language.choice import speaking
from scratch import activations, layers

assert layers  # imported with the functions as they are, before a test plants another
JAPANESE = re.compile("[ぁ-んァ-ン一-龥]")
ENGLISH = re.compile("[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")


def spoken(*arguments, code=0):
    result = CliRunner().invoke(main, [*arguments, "--lang", "ja"])
    assert result.exit_code == code, result.output
    return result.output


def english(text):
    """Three words of English beside each other, but for commands, formulas and lists of names."""
    lines = [line for line in text.replace("relu relu identity", "").splitlines()
             if "python -m compare" not in line]  # fmt: skip
    return [line for line in lines if ENGLISH.search(line)]


def too_wide(text):
    """Lines of more columns than a terminal has."""
    # paths and commands stay in one piece, to be copied
    lines = [line for line in text.splitlines() if "/" not in line or JAPANESE.search(line[20:])]
    return [line for line in lines if cell_len(line) > 80]


def test_run_says_what_is_stated_and_what_the_words_mean():
    text = spoken("run", "affine", "linearity.identity", "mlp.mnist", "--no-tensorboard")
    assert not english(text) and not too_wide(text), text
    for told in ("恒等写像は線形", "すべて一致", "VACUOUS: この数値では", "対象外: IDX"):
        assert told in text


def test_a_failure_is_told_in_japanese(monkeypatch):
    right = activations.sigmoid
    monkeypatch.setattr(activations, "sigmoid", lambda u: right(u) * 1.001)
    result = compare.run("sigmoid", dtype="float64")
    with speaking("ja"):
        text, page = str(result), result._repr_html_()
    assert not english(text) and not too_wide(text), text
    for told in ("最初の不一致: z", "誤っているのは手書き側です", "別の関数です"):
        assert told in text and told in page
    with speaking("en"):
        assert not JAPANESE.search(str(result)) and "yours is wrong" in str(result)


def test_what_programs_read_is_english(monkeypatch):
    monkeypatch.setattr(activations, "tanh", lambda u: u)
    command = ["run", "tanh", "affine", "--dtype", "float64", "--no-tensorboard", "--lang", "ja"]
    for form in ("--json", "--junit"):
        result = CliRunner().invoke(main, [*command, form, "-"])
        assert result.exit_code == 1
        assert not JAPANESE.search(result.stdout) and JAPANESE.search(result.stderr)
        assert form == "--junit" or json.loads(result.stdout)


def test_list_and_show():
    listed = spoken("list")
    assert not english(listed), english(listed)
    about = spoken("show", "optimizer.adam").partition("---")[0]
    assert "勾配" in about and not english(about), about
    limit = spoken("show", "affine", "--verdict")
    assert "許容誤差に対する誤差が最大のもの" in limit and not english(limit), limit


def test_every_case_is_about_something_in_japanese():
    from compare.engine import selection
    from compare.language.message import said

    cases = {case.name: case for case, _ in selection.select()}.values()
    assert not [case.name for case in cases if said(case.about, "ja") == said(case.about, "en")]
    reasons = {k.reason for c in cases for k in (*c.known.values(), *c.looser.values())}
    assert not [reason for reason in reasons if said(reason, "ja") == said(reason, "en")]


def test_a_sweep_and_its_lesson(tmp_path):
    text = spoken("sweep", "squared-error", "--logdir", str(tmp_path), "--no-tensorboard")
    assert not english(text) and not too_wide(text), text
    assert "1/2 が微分で出る 2 を打ち消し" in text
    assert not english(spoken("sweep"))
    (written,) = (json.loads(p.read_text("utf-8")) for p in tmp_path.glob("*/sweep.json"))
    assert "signed" in written["about"] or "squared" in written["about"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "affien"], "affine"),
        (["run", "--seed", "-1", "affine"], "0 以上"),
        (["diff", "a", "b"], "という実行結果はありません"),
        (["sweep", "lerning"], "という実験はありません"),
        (["new-impl", "x.txt"], ".py"),
    ],
)
def test_a_mistake_of_the_user_is_told_in_japanese(arguments, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = spoken(*arguments, code=2)
    assert told in text and JAPANESE.search(text) and not english(text), text


def test_what_a_notebook_shows_of_a_check_is_in_the_language_in_force(tmp_path):
    (tmp_path / "net.py").write_text("def relu(u):\n    return abs(u)\n")
    checked = compare.check(tmp_path / "net.py")
    with speaking("ja"):
        assert "不一致" in str(checked) and "不一致" in checked._repr_html_()
    with speaking("en"):
        assert not JAPANESE.search(str(checked) + checked._repr_html_())
