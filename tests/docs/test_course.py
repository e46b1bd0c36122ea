"""The pages of the course: both languages say the same, and every check test is answered."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from compare.sweeps.registry import SWEEPS

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en", "ja")
NAMES = ("index", *(f"section{n}" for n in range(1, 6)))
FOLDERS = {lang: ROOT / "docs" / lang / "course" for lang in LANGUAGES}
FENCE = re.compile(r"^```(\w+)(?: title=\"(.+?)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FIGURE = re.compile(r"!\[.+?\]\((\S+\.png)\)")
INTERPRETER = re.compile(r"(?:'[^'\n]*'|\"[^\"\n]*\"|\S+) -m compare\b")
CHECK_TESTS = (3, 2, 4, 3, 2)  # questions of the report, by section
SMALL = 60_000  # bytes of a figure


@dataclass(frozen=True)
class Block:
    """A fenced block of a page, and the line on which its text begins."""

    language: str
    title: str
    text: str
    line: int


def page(lang, name):
    return (FOLDERS[lang] / f"{name}.md").read_text(encoding="utf-8")


def blocks(text):
    return [
        Block(m[1], m[2] or "", m[3], text[: m.start(3)].count("\n")) for m in FENCE.finditer(text)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_show_the_same_code_and_figures(name):
    def shown(lang):
        commands = {"console": lambda text: text.splitlines()[0].removesuffix(" --lang ja")}
        return [
            (b.language, b.title, commands.get(b.language, str)(b.text))
            for b in blocks(page(lang, name))
        ]

    def headings_and_tables(lang):
        lines = FENCE.sub("", page(lang, name)).splitlines()
        return [
            (line[0], line.split(" ")[0].count("#") or line.count("|"))
            for line in lines
            if line.startswith(("#", "|"))
        ]

    assert shown("en") == shown("ja")
    assert headings_and_tables("en") == headings_and_tables("ja")
    figures = {lang: FIGURE.findall(page(lang, name)) for lang in LANGUAGES}
    assert figures["en"] == figures["ja"]
    for figure in figures["en"]:
        english, japanese = ((FOLDERS[lang] / figure).read_bytes() for lang in LANGUAGES)
        assert english == japanese
        assert len(english) < SMALL


@pytest.mark.parametrize("section", range(1, 6))
def test_every_check_test_of_the_report_is_answered(section):
    """With code, in both languages."""
    for lang, word in (("en", "Check test"), ("ja", "確認テスト")):
        parts = re.split(r"^## ", page(lang, f"section{section}"), flags=re.MULTILINE)
        answers = [part for part in parts if part.startswith(word)]
        assert len(answers) == CHECK_TESTS[section - 1]
        assert all(">>> " in answer for answer in answers)


def not_in_its_file(text):
    """Code in a column whose head names a file, and that does not stand in that file."""
    wrong, files = [], []
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        heads = [re.fullmatch(r"`((?:scratch|torch_ref)/\w+\.py)`", cell) for cell in cells]
        if any(heads) or not cells:
            files = [head and head[1] for head in heads]
            continue
        for file, cell in zip(files, cells, strict=False):
            if file and not cell.startswith("-"):
                source = " ".join((ROOT / file).read_text(encoding="utf-8").split())
                wrong += [
                    f"{file}: {code}" for code in re.findall("`(.+?)`", cell) if code not in source
                ]
    return wrong


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_lines_of_the_tables_stand_in_their_files(lang, name):
    assert not_in_its_file(page(lang, name)) == []


def test_a_line_that_is_not_in_its_file_is_found():
    table = "| formula | `scratch/affine.py` |\n|---|---|\n| `u` | `{}` |\n"
    assert not_in_its_file(table.format("x @ W + b")) == []
    assert not_in_its_file(table.format("W @ x + b")) == ["scratch/affine.py: W @ x + b"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_command_in_a_sentence_is_one(lang, name):
    known = {f"sweep {sweep.name}" for sweep in SWEEPS} | {"show as-distributed"}
    assert set(re.findall(r"`python -m compare ([^`]+)`", page(lang, name))) <= known
