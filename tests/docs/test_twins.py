"""What is said in English and in Japanese has the same commands, tables, links and pictures."""

import itertools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r'^```(\w*(?: title="[^"]+")?)\n(.*?)^```$', re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?)\[[^\]]*\]\(([^)\s]+)\)")
PAGES = [
    ("README.md", "README.ja.md"),
    *(
        (f"docs/en/{page.name}", f"docs/ja/{page.name}")
        for page in sorted((ROOT / "docs" / "ja").glob("*.md"))
    ),
]


def commands(text):
    """The blocks in order: of a console the commands alone, without --lang; no comments."""
    found = []
    for kind, block in FENCE.findall(text):
        if kind == "console":
            block = "".join(re.findall(r"^\$ .*\n", block, re.MULTILINE)).replace(" --lang ja", "")
        found.append((kind, re.sub(r" *# .*", "", block)))
    return found


def tables(text):
    """Of each table, how many cells each row has."""
    lines = FENCE.sub("", text).splitlines()
    grouped = itertools.groupby(lines, key=lambda line: line.startswith("|"))
    return [[row.count("|") - 1 for row in rows] for is_table, rows in grouped if is_table]


def links(text):
    """Pictures and links of the page, in order; the one of a language is that of the other."""
    targets = [(bool(mark), target) for mark, target in LINK.findall(FENCE.sub("", text))]
    return [(mark, in_no_language(target)) for mark, target in targets]


def in_no_language(target):
    """A link without its language. To a page that is English alone it leads from docs/ja too."""
    bare = target.removeprefix("../en/")
    return bare.replace("docs/ja/", "docs/en/").replace(".ja.", ".")


def sections(text):
    """The levels of the headings."""
    return [len(marks) for marks in re.findall(r"^(#+) ", FENCE.sub("", text), re.MULTILINE)]


def differing(english, japanese):
    """What is not equal in both."""
    return [
        f"{of.__name__}:\n{of(english)}\n{of(japanese)}"
        for of in (commands, tables, links, sections)
        if of(english) != of(japanese)
    ]


@pytest.mark.parametrize(("english", "japanese"), PAGES)
def test_both_say_the_same(english, japanese):
    texts = [(ROOT / page).read_text(encoding="utf-8") for page in (english, japanese)]
    assert not differing(*texts), "\n".join(differing(*texts))


def lines_broken_in_japanese(text):
    """Where a browser would show a space that nobody typed."""
    return re.findall(r".*[\u3000-\uffef]\n[\u3000-\uffef].*", FENCE.sub("\n", text))


@pytest.mark.parametrize("page", [japanese for _, japanese in PAGES])
def test_no_line_is_broken_between_two_japanese_letters(page):
    assert not lines_broken_in_japanese((ROOT / page).read_text(encoding="utf-8"))


def test_a_broken_line_is_found():
    assert lines_broken_in_japanese("形と\n指紋")
    assert not lines_broken_in_japanese("形\n\n指紋\n- `x`\n```text\n形と\n指紋\n```\n")


@pytest.mark.parametrize("page", ["README.md", "README.ja.md"])
def test_a_readme_is_one_page(page):
    assert len((ROOT / page).read_text(encoding="utf-8").splitlines()) <= 150


@pytest.mark.parametrize("page", ["README.md", "README.ja.md"])
def test_every_file_to_which_a_readme_links_is_there(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = [target.partition("#")[0] for _, target in LINK.findall(text)]
    missing = [t for t in targets if "://" not in t and not (ROOT / t).exists()]
    assert targets and not missing, missing


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("make compare ", "make comparison "),
        ("--only softmax", ""),
        ("np.max(u)", "np.max(u, axis=-1, keepdims=True)"),
        ("| teach |", "| teach | a class |"),
        ("| learn |", "| learn |\n| learn |"),
        ("docs/en/grade.md", "docs/en/check.md"),
        ("docs/tensorboard-link.png", "docs/tensorboard-text.png"),
        ("## What next", "### What next"),
        ("## What next", "![cone](docs/cone.png)\n\n## What next"),
    ],
)
def test_a_difference_is_found(old, new):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert old in text
    assert not differing(text, text)
    assert differing(text, text.replace(old, new, 1))


def test_another_language_and_its_comments_are_no_difference():
    english = (
        "```sh\nmake test  # passes\n```\n```console\n$ python -m compare check a.py\nsame\n```"
    )
    japanese = english.replace("passes", "テスト").replace("a.py", "a.py --lang ja")
    assert not differing(english, japanese.replace("same\n", "一致\n"))
