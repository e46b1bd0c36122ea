"""``tensors``: two files of weights, what is said of them, and the exit code."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from compare.cli import main


@pytest.fixture
def weights(tmp_path):
    rng = np.random.default_rng(0)
    arrays = {f"{k}.weight": rng.standard_normal((4, 3)) for k in range(3)}

    def written(name, **changed):
        np.savez(tmp_path / name, **(arrays | changed))
        return str(tmp_path / name)

    written.arrays = arrays
    return written


def invoke(*arguments):
    return CliRunner().invoke(main, ["tensors", *arguments])


def test_equal_files_end_with_0_and_their_size(weights):
    shown = invoke(weights("a.npz"), weights("b.npz"))
    assert shown.exit_code == 0 and shown.output.endswith("ALL SAME\n")
    assert "3 same, 0 DIFFERENT" in shown.output and "36 elements" in shown.output


def test_a_difference_is_told_with_its_place_and_ends_with_1(weights):
    right = weights.arrays["1.weight"]
    wrong = right.copy()
    wrong[2, 1] = np.nextafter(right[2, 1], np.inf)
    shown = invoke(weights("b.npz", **{"1.weight": wrong}), weights("a.npz"))
    assert shown.exit_code == 1 and "NOT THE SAME" in shown.output
    words = " ".join(shown.output.split())
    assert "1 of 12 elements; the furthest, [2, 1], is" in words and "(1 ulp)" in words
    assert f"{wrong[2, 1]:.17g} beside {right[2, 1]:.17g}" in words
    allowed = invoke(weights("b.npz", **{"1.weight": wrong}), weights("a.npz"), "--allow-ulps", "1")
    assert allowed.exit_code == 0 and "within 1 ulp: 1.weight" in allowed.output


def test_what_one_file_lacks_is_named(weights):
    shown = invoke(weights("a.npz"), weights("b.npz", extra=np.ones(2)))
    assert shown.exit_code == 1 and "Only in the second: extra" in shown.output


def test_a_rule_of_names_is_said_or_given(weights, tmp_path):
    np.savez(tmp_path / "m.npz", **{f"net.{k}": v + 1 for k, v in weights.arrays.items()})
    shown = invoke(str(tmp_path / "m.npz"), weights("a.npz"))
    assert "begin with 'net.' in the first begin with '' in the second" in shown.output
    assert invoke(str(tmp_path / "m.npz"), weights("a.npz"), "--map", "net").exit_code == 2


def test_json_has_all_of_it_and_the_words_go_to_stderr(weights):
    shown = invoke(weights("a.npz"), weights("b.npz", extra=np.ones(2)), "--json", "-")
    document = json.loads(shown.stdout)
    assert document["only_second"] == ["extra"] and not document["passed"]
    assert len(document["tensors"]) == 3 and "NOT THE SAME" in shown.stderr


def test_no_line_is_wider_than_a_terminal_in_either_language(weights):
    wide = {f"a.rather.long.name.of.a.layer.{k}.weight": np.full(k + 1, 0.1) for k in range(30)}
    for lang in ("en", "ja"):
        shown = invoke(weights("a.npz", **wide), weights("b.npz"), "--lang", lang)
        assert max(map(len, shown.output.splitlines())) <= 80


@pytest.mark.parametrize("arguments", [["gone.npz", "gone.npz"], ["x"], []])
def test_wrong_usage_is_one_line_and_exit_code_2(arguments):
    shown = invoke(*arguments)
    assert shown.exit_code == 2 and "Traceback" not in shown.output
