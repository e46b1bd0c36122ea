"""The pages of the course: their code runs in order, and prints and draws what they show."""

import doctest
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from matplotlib import image
from matplotlib.testing.compare import compare_images

from compare.cli import main
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


def run(words):
    """What a command of this project prints, and how it ends."""
    assert words[:3] == ["python", "-m", "compare"], words
    result = CliRunner().invoke(main, words[3:])
    return INTERPRETER.sub("python -m compare", result.output), result.exit_code


def wrong_in(page_blocks, folder):
    """Whatever the code of a page does otherwise than the page shows, in words; run in a folder."""
    names = {"__name__": "page"}
    said = []
    for block in page_blocks:
        if block.title:
            (folder / block.title).write_text(block.text, encoding="utf-8")
        elif block.language == "python" and ">>> " in block.text:
            test = doctest.DocTestParser().get_doctest(block.text, {}, "page", "page", block.line)
            test.globs = names  # one namespace a page; get_doctest would keep a copy
            doctest.DocTestRunner().run(test, out=said.append, clear_globs=False)
        elif block.language == "python":
            exec(compile(block.text, "page", "exec"), names)
        elif block.language == "console":
            command, _, shown = block.text.partition("\n")
            printed, _ = run(shlex.split(command.removeprefix("$ ")))
            if printed.strip() != shown.strip():
                said.append(f"line {block.line + 1}: {command}\n{printed}")
        else:
            assert block.language == "sh", f"line {block.line}: who runs {block.language}?"
            outcomes = {line: run(shlex.split(line)) for line in block.text.splitlines()}
            said += [f"{line}\n{out}" for line, (out, code) in outcomes.items() if code]
    return said


def software(path):
    """Which matplotlib drew it: another one places texts elsewhere."""
    return re.search(rb"Matplotlib version[\d.]+", path.read_bytes())[0]


def wrongly_drawn(shown, drawn):
    """How a figure differs from what the code of its page has drawn, or None."""
    if image.imread(shown).shape != image.imread(drawn).shape:
        return f"{shown} has another size than {drawn}"
    if software(shown) != software(drawn):
        return None
    return compare_images(str(shown), str(drawn), tol=1)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_code_of_a_page_does_what_the_page_shows(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = page("en", name)
    wrong = wrong_in(blocks(text), tmp_path)
    assert not wrong, "\n".join(wrong)
    figures = FIGURE.findall(text)
    assert sorted(figures) == sorted(path.name for path in tmp_path.glob("*.png"))
    for figure in figures:
        difference = wrongly_drawn(FOLDERS["en"] / figure, tmp_path / figure)
        assert difference is None, f"{difference}\nlook at {tmp_path / figure}, and copy it"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_commands_of_a_japanese_page_print_what_it_shows(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # all other blocks are those of the English page, outputs included, as a test below says
    commands = [b for b in blocks(page("ja", name)) if b.title or b.language == "console"]
    wrong = wrong_in(commands, tmp_path)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("```python\n>>> 1 + 1\n3\n```\n", "Expected"),
        ("```python\n>>> a = 1\n```\n\n```python\n>>> a\n2\n```\n", "Expected"),
        ("```python\n>>> missing\n```\n", "NameError"),
        ("```console\n$ python -m compare sweep\nnothing\n```\n", "squared-error"),
        ("```sh\npython -m compare show nothing\n```\n", "nothing"),
    ],
)
def test_a_wrong_output_is_found(text, word, tmp_path):
    wrong = wrong_in(blocks(text), tmp_path)
    assert len(wrong) == 1
    assert word in wrong[0]


def test_a_page_that_is_right_passes(tmp_path):
    text = "```python\na = 1\n```\n\n```python\n>>> a + 1\n2\n```\n"
    assert wrong_in(blocks(text), tmp_path) == []


DRAWN = """```python
from matplotlib.figure import Figure

figure = Figure((6.4, 2.8))
figure.subplots().plot([0, 1], [0, {end}], label="a line")
figure.savefig("{name}.png", dpi=80)
```
"""


def test_a_figure_with_another_line_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown, same, other = (tmp_path / f"{name}.png" for name in ("shown", "same", "other"))
    for path, end in ((shown, 1), (same, 1), (other, 0.9)):
        assert wrong_in(blocks(DRAWN.format(end=end, name=path.stem)), tmp_path) == []
    assert wrongly_drawn(shown, same) is None
    assert wrongly_drawn(shown, other)


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
