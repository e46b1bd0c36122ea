"""``new-impl``: a file to begin with, which ``check`` knows, and which it says is not written."""

import ast
import re

import pytest
from click.testing import CliRunner

from compare.cases import CASES
from compare.check.check_submission import check_file
from compare.check.concepts import CONCEPTS
from compare.check.course.starter_file import CHAPTERS, COURSE, starting_file
from compare.cli import main

ONE_HOT = "d = np.eye(K)[d] if d.dtype.kind in 'iu' else d"
LEARNED = {
    "relu": "return np.maximum(u, 0)",
    "d_relu": "return (u > 0).astype(float)",
    "tanh": "return np.tanh(u)",
    "d_tanh": "return 1 - np.tanh(u) ** 2",
    "softmax": "e = np.exp(u - u.max(axis=-1, keepdims=True)); "
    "return e / e.sum(axis=-1, keepdims=True)",
    "mean_squared_error": "return np.sum((d - y) ** 2) / (2 * y.size)",
    "step_function": "return (u > 0).astype(float)",
    "d_step_function": "return np.zeros_like(u)",
    "identity": "return u",
    "d_identity": "return np.ones_like(u)",
    "binary_cross_entropy_error": "return -np.mean("
    "d * np.log(y + 1e-7) + (1 - d) * np.log(1 - y + 1e-7))",
    "softmax_with_loss": f"K = u.shape[-1]; {ONE_HOT}; m = u.max(axis=-1, keepdims=True); "
    "log_sum = m + np.log(np.exp(u - m).sum(axis=-1, keepdims=True)); "
    "return np.mean(log_sum - (d * u).sum(axis=-1, keepdims=True))",
    "d_softmax_with_loss": f"K = y.shape[-1]; {ONE_HOT}; N = len(y) if y.ndim > 1 else 1; "
    "return (y - d) / N",
    "accuracy": "d = d if d.ndim == 1 else d.argmax(axis=-1); "
    "return np.mean(y.argmax(axis=-1) == d)",
    "numerical_gradient": """
    x = x.astype(float)
    g = np.zeros_like(x)
    for i in np.ndindex(*x.shape):
        before = x[i]
        x[i] = before + 1e-4
        above = f(x)
        x[i] = before - 1e-4
        g[i] = (above - f(x)) / 2e-4
        x[i] = before
    return g""",
}


def invoke(*arguments):
    return CliRunner().invoke(main, list(map(str, arguments)))


def filled(text):
    """The starting file with the bodies of LEARNED."""
    for name, body in LEARNED.items():
        text = re.sub(
            rf"(def {name}\(.*?)raise NotImplementedError",
            rf"\g<1>{body}",
            text,
            count=1,
            flags=re.S,
        )
    return text


@pytest.fixture(scope="module")
def unwritten(tmp_path_factory):
    path = tmp_path_factory.mktemp("begin") / "net.py"
    path.write_text(starting_file("net.py"), encoding="utf-8")
    return check_file(path)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_file_is_python_that_says_how_to_check_it(tmp_path, lang):
    path = tmp_path / "net.py"
    result = invoke("new-impl", path, "--lang", lang)
    assert result.exit_code == 0 and f"check {path}" in result.stdout
    text = path.read_text("utf-8")
    ast.parse(text)
    assert "python -m compare check net.py" in text
    assert ("ネットワーク" in text) == (lang == "ja")
    assert max(map(len, text.splitlines())) <= 100


def test_what_is_there_is_never_written_over_unless_forced(tmp_path):
    path = tmp_path / "net.py"
    path.write_text("mine")
    result = invoke("new-impl", path)
    assert result.exit_code == 2 and "--force" in result.stderr
    assert path.read_text() == "mine"
    assert invoke("new-impl", path, "--force").exit_code == 0
    assert "mine" != path.read_text("utf-8")


@pytest.mark.parametrize("path", ["net.txt", "absent/net.py"])
def test_a_path_that_cannot_be_is_one_clear_line(path, tmp_path):
    result = invoke("new-impl", tmp_path / path)
    assert result.exit_code == 2 and len(result.stderr.splitlines()) == 1


def test_check_finds_its_names_and_says_that_they_are_not_written(unwritten):
    known = {c.name for c in CONCEPTS}
    found = {j.found for j in unwritten.judgements}
    stubs = [s.head for c in CHAPTERS if not c.class_name for s in c.stubs]
    names = {re.match(r"def (\w+)", head)[1] for head in stubs} & known
    assert names <= found and {"SGD", "Adam", "TwoLayerNet"} <= found
    assert {d.cause for j in unwritten.judgements for d in j.diagnoses} == {"not_written"}
    assert not unwritten.passed()
    assert "not written yet" in str(unwritten) and "NotImplementedError" not in str(unwritten)


def test_a_concept_stands_in_the_section_of_its_cases():
    sections = {case.name: case.section for case in CASES}
    both = [concept for concept in CONCEPTS if concept.name in sections]
    assert len(both) > 20
    assert [c.name for c in both if c.section != sections[c.name]] == []


def test_nothing_of_the_course_is_left_out_of_it(unwritten):
    assert unwritten.missing == ()
    assert COURSE == {j.concept for j in unwritten.judgements}


def test_what_is_filled_in_by_the_formulas_is_the_same_in_the_courses_convention(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(filled(starting_file("net.py")), encoding="utf-8")
    checked = check_file(path, only=list(LEARNED))
    assert {j.concept for j in checked.judgements} == set(LEARNED)
    for judgement in checked.judgements:
        assert not judgement.fails(strict=True), judgement
        assert not judgement.conventions, judgement
