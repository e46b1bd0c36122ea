"""Results in a notebook: a report as ``str()``, one line as ``repr()``, a table as HTML."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
import rich.console
import torch

import compare
from compare.report.html import OPEN

EVIL = "<script>alert('&')</script>"


@pytest.fixture(autouse=True)
def in_a_notebook(monkeypatch):
    """What rich asks, in order to write into the cell and not where it was told."""
    monkeypatch.setattr(rich.console, "_is_jupyter", lambda: True)


def passed():
    return compare.run("affine", "sigmoid")


def wrong():
    def doubled(x):
        return 2.001 * x

    def double(x):
        return 2 * x

    return compare.equivalent(doubled, double, {"x": np.arange(6.0)}, gradient=False, name=EVIL)


def judged():
    return compare.check({EVIL: lambda u: np.exp(u) / np.exp(u).sum()}, {"softmax": EVIL})


NO_TABLE = ("no case", "--data-dir")
RESULTS = {
    "a run": (passed, "ALL SAME"),
    "a case": (lambda: passed()[0], "grad/W"),
    "a verdict": (lambda: passed()[0].verdict, "grad/W"),
    "a run that fails": (wrong, "NOT THE SAME: 2 of 2 cases"),
    "a case that fails": (lambda: wrong()[0], "first at output"),
    "a verdict that fails": (lambda: wrong()[0].verdict, "5 of 6 elements differ"),
    "a run of nothing": (lambda: compare.run(pattern="no such case"), "no case"),
    "a run that skips": (lambda: compare.run("mlp.mnist"), "NOTHING COMPARED"),
    "a case that is skipped": (lambda: compare.run("mlp.mnist")[0], "--data-dir"),
    "a check": (judged, "softmax over the wrong axis"),
    "a judgement": (lambda: judged()["softmax"], "softmax over the wrong axis"),
}
each = pytest.mark.parametrize("made, word", RESULTS.values(), ids=RESULTS)


@each
def test_its_text_is_the_report(made, word):
    result = made()
    assert word in str(result)
    assert not str(result).startswith("<")


@each
def test_in_a_list_or_as_a_value_it_is_one_short_line(made, word):
    shown = repr(made())
    assert shown.startswith("<") and "\n" not in shown and len(shown) < 200


class Elements(HTMLParser):
    """The tags of a fragment, and its text outside of style."""

    def __init__(self, fragment):
        super().__init__()
        self.open, self.tags, self.text = [], [], ""
        self.feed(fragment)
        self.close()
        assert not self.open, "every element is closed"

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


@each
def test_as_the_last_line_of_a_cell_it_is_a_table(made, word):
    elements = Elements(made()._repr_html_())
    assert word in elements.text
    assert "script" not in elements.tags
    assert ("table" in elements.tags) == (word not in NO_TABLE)


@pytest.mark.parametrize("made", [wrong, lambda: wrong()[0], judged])
def test_what_others_named_is_escaped(made):
    html = made()._repr_html_()
    assert EVIL not in html
    assert EVIL in Elements(html).text


def test_the_classes_of_a_table_are_its_own():
    """No rule of it applies to what is no part of it."""
    style = re.search(r"<style>(.*?)</style>", passed()._repr_html_(), re.DOTALL)[1]
    selectors = [
        selector.strip()
        for rule in re.findall(r"(?:^|[{}])([^{}@]+){", style)
        for selector in rule.split(",")
    ]
    assert len(selectors) > 20
    assert not [s for s in selectors if ".sc-" not in s.split()[-1] and ".sc-" not in s]


def test_a_long_table_is_folded_and_a_short_one_is_not():
    few = passed()
    cases = [replace(few[0].case, name=f"affine.{k}") for k in range(OPEN + 1)]
    assert "<details open><summary>2 cases" in few._repr_html_()
    many = replace(few, results=tuple(replace(few[0], case=case) for case in cases))
    assert f"<details><summary>{OPEN + 1} cases" in many._repr_html_()


def test_a_failed_assertion_says_all_of_it():
    with pytest.raises(compare.NotEquivalent, match="5 of 6 elements differ") as raised:
        compare.assert_equivalent(
            lambda x: x * 1.001, lambda x: x, {"x": np.arange(6.0)}, gradient=False
        )
    assert "NOT THE SAME" in str(raised.value)


def test_what_the_other_public_functions_return_is_short_too():
    case, _ = compare.select(["affine"])[0]
    linear = torch.nn.Linear(300, 300)
    large = compare.pair_case(linear, linear, [np.ones((300, 300))], gradient=False)
    for shown in (repr(case), repr(large)):
        assert "\n" not in shown and len(shown) < 200
