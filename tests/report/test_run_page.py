"""A run as one page: every case is in it, nothing is loaded, and what a case says is escaped."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

import compare
from compare.engine.result import RunResult
from compare.report.run_page import run_page

VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """Elements in order, those that are open, and their text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text = [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def of(self, *tags):
        return [(tag, attributes) for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="module")
def result():
    return compare.run("affine", "step_function", "training.resumed", "mlp.mnist")


@pytest.fixture(scope="module")
def page(result):
    return Page(run_page(result, {"numpy": "2.1"}))


def test_it_is_a_whole_page_with_its_landmarks_and_headings_in_steps(page):
    assert page.open == []
    assert [tag for tag, _ in page.of("main", "h1")] == ["main", "h1"]
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert page.of("html")[0][1]["lang"] == "en"
    assert all(attributes["alt"] for _, attributes in page.of("img"))


def test_every_case_is_in_it_and_every_link_has_its_place(page, result):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {r.id for r in result} | {r.case.name for r in result} <= set(ids)
    links = [attributes["href"] for _, attributes in page.of("a")]
    assert links and all(link.startswith("#") for link in links)
    assert {link[1:] for link in links} <= set(ids)


def test_it_has_formula_both_sources_curves_numbers_and_the_environment(page):
    for text in ("u = x W + b", "scratch/affine.py", "torch_ref/affine.py", "ALL SAME", "2.1"):
        assert text in page.text
    assert len(page.of("img")) == 2  # of the training run: its loss, its errors
    assert "grad/W" in page.text


def test_what_was_not_compared_is_listed(page):
    listed = page.text.split("What was not compared")[1].split("Stated in advance")[0]
    assert "mlp.mnist" in listed and "no IDX files" in listed
    assert "step_function[float64" in listed and "derivative" in listed


def test_it_loads_nothing(page):
    sources = [a.get("src") or a.get("href") for _, a in page.of("img", "link", "script", "a")]
    assert all(source.startswith(("data:", "#")) for source in sources)


def test_what_a_case_says_is_escaped_and_a_failure_comes_first(result):
    (affine, *_) = result
    case = replace(affine.case, about="<script>alert(1)</script>")
    first = replace(affine.verdict.comparisons[0], outcome=compare.core.outcome.Outcome.DIFFERENT)
    verdict = replace(affine.verdict, comparisons=(first, *affine.verdict.comparisons[1:]))
    broken = replace(affine, case=case, verdict=verdict)
    text = run_page(RunResult((broken,), 1, 0, 1.0), {"a & b": "1"})
    assert "<script" not in text and "a &amp; b" in text
    page = Page(text)
    assert "NOT THE SAME" in page.text
    assert page.text.index("What is not the same") < page.text.index("Case by case")
    assert [attributes["href"] for _, attributes in page.of("a")][0].startswith("#affine")


def test_the_same_run_is_the_same_page(result):
    pages = [run_page(result, {}) for _ in range(2)]
    assert pages[0] == pages[1]
