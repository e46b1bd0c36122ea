"""Every class of results prints itself, whichever module is imported first."""

import subprocess
import sys

import pytest

import compare
from compare import shown_checks, shown_results
from compare.core.shown import Shown


@pytest.fixture(scope="module")
def results():
    """One of each class that prints itself."""
    run = compare.run("affine", dtype="float64")
    checked = compare.check({"relu": lambda u: u * (u > 0)})
    return [run, run.results[0], run.results[0].verdict, checked, checked.judgements[0]]


def test_every_result_has_its_forms_and_no_other_class_has(results):
    forms = {**shown_results.FORMS, **shown_checks.FORMS}
    assert {type(r) for r in results} == forms.keys() == set(Shown.__subclasses__())


def test_text_is_longer_than_the_line_and_the_page_is_markup(results):
    for result in results:
        assert str(result).strip() and "\n" not in repr(result)
        assert result._repr_html_().lstrip().startswith("<")


def test_a_result_prints_itself_where_its_module_alone_was_imported():
    program = "from compare.judge.verdict import Verdict; print(repr(Verdict(())))"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (printed.stdout.strip(), printed.stderr) == ("<Verdict VACUOUS, 0 names>", "")
