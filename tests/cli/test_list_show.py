"""What cases there are, and what each is about."""

from click.testing import CliRunner

from compare.cases import CASES
from compare.cli import main


def invoke(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_list_names_every_case():
    listed = invoke("list").stdout
    assert all(case.name in listed for case in CASES)


def test_show_has_formula_shapes_and_both_sources():
    shown = invoke("show", "affine").stdout
    for piece in ("u = x W + b", "float64 (4, 3)", "return x @ W + b", "functional.linear"):
        assert piece in shown


def test_show_names_a_source_that_cannot_be_imported(monkeypatch):
    def broken(name):
        raise IndentationError("unindent does not match (activations.py, line 3)")

    monkeypatch.setattr("compare.report.case_explained.importlib.import_module", broken)
    result = invoke("show", "relu")
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert all(
        word in line
        for word in (
            "scratch/activations.py",
            "unindent",
        )
    )
