"""Every command and block of README and docs runs, and what is shown is what comes out.

A page is run from top to bottom, in a folder of its own. Of its blocks,
``python`` runs: with ``>>>`` as a doctest, else as a file would;
``console`` is commands after ``$`` with their output; ``sh``, ``bat`` commands that end with 0;
``toml`` is read; and one with ``title="net.py"`` is a file of the folder, written and not run.
Of a Japanese page only commands with ``--lang ja`` run: the rest is that of its English twin.
``...`` in an output stands for what another processor or day would say otherwise.
With REWRITE_DOCS=1, outputs that are others are written into the page: look at the diff.
"""

import doctest
import os
import re
import shlex
import subprocess
import sys
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from compare.check import check_submission
from compare.check.report import course_defects
from compare.cli import main
from compare.engine import suite
from compare.language.choice import language
from compare.report.tensorboard import writer

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*/**/*.md")])
FENCE = re.compile(r'^```(\w*)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"`((?:python|\.venv/bin/python) -m compare\b[^`\n]*)`")
OF_THE_DAY = re.compile(
    r"\d[\d.]*(?= (?:s\b|秒))|(?<= in )\d[\d.]*(?=s\b)|(?<=runs/)\d{8}-\d{6}"
    r"|\S+(?=/examples/)|\b[0-9a-f]{16}\b"
)
PLACEHOLDER = re.compile(r"\b[A-Z][A-Z_]+\b|\.\.\.")  # a RUN or a CASE of the reader's own
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

# What is not run here, and why, or by which test it is: a pattern of its beginning.
RUN_ELSEWHERE = {
    "make": "tests/system/test_makefile.py",
    "py -m venv": "tests/system/test_makefile.py has what sets everything up, as make does it",
    "python3 -m venv": "tests/system/test_makefile.py has what sets everything up",
    r"\.venv\\Scripts\\activate": "activates the environment, on Windows",
    r"\. \.venv/bin/activate": "activates the environment",
    "pip install": "tests/system/test_makefile.py has what is installed",
    "python -m pytest -n 2$": "this is it",
    r"(DASK_\w+=False )?dask ": "tests/system/test_jobs.py starts a scheduler and workers",
    r"python -m compare (sweep|grade) .* --cluster": "tests/system/test_jobs.py: two workers",
    "torchrun": "tests/torch_ref/test_parallel.py runs it on this machine",
    "python -m compare run$": "tests/engine/test_scratch_equals_torch.py runs all cases",
    "python -m compare board(?! --check)": "tests/cli/test_printed_commands.py: it serves",
    "python -m compare bench": "tests/bench/test_measurements.py: minutes to an hour",
}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    title: str | None
    text: str
    line: int
    start: int  # of its text, in the page


def blocks(text):
    """The fenced blocks of a page, in order."""
    return [
        Block(*m.groups(), text.count("\n", 0, m.start(3)) + 1, m.start(3))
        for m in FENCE.finditer(text)
    ]


def run_elsewhere(command):
    """Whether a command is one of those that are not run here."""
    return any(re.match(start, command) for start in RUN_ELSEWHERE)


def parsed(command):
    """Refuse a command that has no such name or option; nothing is run."""
    words = shlex.split(command.partition(" -m compare")[2], comments=True)
    asked, context = main, click.Context(main)
    while isinstance(asked, click.Group) and words and words[0] != "...":
        _, asked, words = asked.resolve_command(context, words)
    if words and not PLACEHOLDER.search(" ".join(words)):
        asked.make_context("compare", words)


def once(function, key):
    """The function, called once for each key; for None every time."""
    known = {}

    def remembered(*args, **more):
        asked = key(*args, **more)
        if asked is None:
            return function(*args, **more)
        if asked not in known:
            known[asked] = function(*args, **more)
        return known[asked]

    return remembered


def _case(case, dtype, seed, force_every=None, **_):
    asked = (case.id(dtype), dtype, seed, force_every)
    if not case.sides:
        return asked
    file = Path(case.sides[0].name)  # which another page may have otherwise
    return (*asked, file.read_bytes()) if file.is_file() else None


def _cards(result):
    return None if result.case.sides else (result.id, result.seed, language())


def _submission(source, mapping, seed, limits, only, *_):
    return source.path.name, source.files, repr(mapping), seed, limits, only


# A command in English and in Japanese computes the same, and what two pages run may be one thing;
# how it is said, printed and written is the command's own each time.
COMPUTED = (
    (suite, "run_case", once(suite.run_case, _case)),
    (check_submission, "check_source", once(check_submission.check_source, _submission)),
    (course_defects, "effect", once(course_defects.effect, lambda defect: defect.name)),
    (writer, "case_cards", once(writer.case_cards, _cards)),
)


@contextmanager
def computed_once():
    """Within it, what was computed for another command is not computed again."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name, remembered in COMPUTED:
            patch.setattr(module, name, remembered)
        yield


def answer(command):
    """What a command prints, and how it ends."""
    words = shlex.split(command, comments=True)
    if words[:3] == ["python", "-m", "compare"]:
        with computed_once():
            result = CliRunner().invoke(main, words[3:])
        return result.output, result.exit_code
    if words[:3] == ["python", "-m", "pytest"]:  # inside of this one it would forget its imports
        command = [sys.executable, *words[1:], "-pno:cacheprovider", "-pno:hypothesispytest"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        return done.stdout, done.returncode
    raise ValueError(f"no test runs {command!r}")


def shown_answers(text):
    """The commands of a console block, each with the output that is shown below it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def agree(shown, output):
    """Whether what came out is what is shown."""
    return doctest.OutputChecker().check_output(shown, output, doctest.ELLIPSIS)


def console_block(block, twin=None):
    """What differs, and the block as it would be right.

    ``twin``: the answers of the English page, which the same commands have in a Japanese one.
    """
    wrong, right = [], ""
    for command, shown in shown_answers(block.text):
        output = shown
        if twin is not None and "--lang ja" not in command:
            if command not in twin or not agree(shown, twin[command]):
                wrong.append(f"line {block.line}: {command} has another answer than in English")
                output = shown = twin.get(command, shown)
        elif not run_elsewhere(command):
            output, code = answer(command)
            output = re.sub(r"[ \t]+$", "", output, flags=re.MULTILINE).strip("\n") + "\n"
            output = OF_THE_DAY.sub("...", output)
            if shown and not agree(shown.strip("\n") + "\n", output):
                wrong.append(f"line {block.line}: {command}\n{shown}is now:\n{output}")
                shown = output
            elif not shown and code != 0:
                wrong.append(f"line {block.line}: {command}\nends with {code}:\n{output}")
        right += f"$ {command}\n{shown}"
    return wrong, right


def commands_block(block):
    """The commands of the block that do not end with 0."""
    wrong = []
    for command in filter(None, map(str.strip, block.text.splitlines())):
        if not run_elsewhere(command):
            output, code = answer(command)
            if code != 0:
                wrong.append(f"line {block.line}: {command}\nends with {code}:\n{output}")
    return wrong


def doctest_block(block, names, page):
    """What differs in a block with ``>>>``."""
    test = doctest.DocTestParser().get_doctest(block.text, names, page.name, str(page), block.line)
    said = []
    runner = doctest.DocTestRunner(optionflags=FLAGS, verbose=False)
    runner.run(test, out=said.append, clear_globs=False)
    names.update(test.globs)
    return ["".join(said)] if runner.failures else []


def is_japanese(page):
    """Whether it has an English twin."""
    return page.name.endswith(".ja.md") or ROOT / "docs" / "ja" in page.parents


def answers_of_twin(page):
    """Every command of the English page, with its answer."""
    english = page.parent.parent / "en" / page.name
    if page.parent.name == "course":
        english = ROOT / "docs" / "en" / "course" / page.name
    if page.name.endswith(".ja.md"):
        english = page.with_name(page.name.replace(".ja.md", ".md"))
    text = english.read_text(encoding="utf-8")
    consoles = (block.text for block in blocks(text) if block.language == "console")
    return dict(answer for console in consoles for answer in shown_answers(console))


def differences(page, folder):
    """Run a page in a folder: what is not as it is shown, and the page as it would be right."""
    text = page.read_text(encoding="utf-8")
    names, wrong, right, done = {"__name__": "__main__"}, [], "", 0
    run_by_twin = ("python", "sh", "bat") if is_japanese(page) else ()
    twin = answers_of_twin(page) if is_japanese(page) else None
    for block in blocks(text):
        new = block.text
        if block.title:
            path = folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language in run_by_twin:
            pass
        elif block.language == "python" and ">>>" in block.text:
            wrong += doctest_block(block, names, page)
        elif block.language == "python":
            exec(compile("\n" * (block.line - 1) + block.text, str(page), "exec"), names)
        elif block.language == "console":
            said, new = console_block(block, twin)
            wrong += said
        elif block.language in ("sh", "bat"):
            wrong += commands_block(block)
        elif block.language == "toml":
            tomllib.loads(block.text)
        elif not (block.language == "text" and block.text.startswith("--8<--")):
            wrong.append(f"line {block.line}: a block of no kind that is run")
        right += text[done : block.start] + new
        done = block.start + len(block.text)
    for command in COMMAND.findall(text):
        parsed(command)
    return wrong, right + text[done:]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where a page is run; ``python`` is this interpreter there, and lines are 80 wide."""
    monkeypatch.chdir(tmp_path)
    bin = os.path.dirname(os.path.abspath(os.sys.executable))
    monkeypatch.setenv("PATH", bin + os.pathsep + os.environ["PATH"])
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("UV", raising=False)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_page_is_what_happens(page, folder, other_figures):
    wrong, right = differences(page, folder)
    if os.environ.get("REWRITE_DOCS"):
        page.write_text(right, encoding="utf-8")
    assert not wrong, "\n".join(wrong)
    assert other_figures(page, folder) == []


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "runs/README.md", "examples/README.md"])
def test_the_commands_of_a_page_that_is_not_run_are_ones_that_there_are(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    lines = [line for block in blocks(text) for line in block.text.splitlines()]
    fenced = [line for line in lines if line.startswith("python -m compare")]
    commands = [*COMMAND.findall(text), *fenced]
    for command in commands:
        parsed(command)
    assert commands


def written(folder, text):
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


RIGHT = {
    "python": "```python\nassert 1 + 1 == 2\n```\n",
    "doctest": "```python\n>>> 1 + 1\n2\n```\n",
    "file": '```python title="net.py"\nx = 1\n```\n```python\nfrom pathlib import Path\n'
    'assert Path("net.py").read_text() == "x = 1\\n"\n```\n',
    "console": "```console\n$ python -m compare clean --keep 1\ndeleted 0, kept 0 in runs\n```\n",
    "sh": "```sh\npython -m compare list -k ^affine\n```\n",
    "toml": "```toml\nrelu = 1\n```\n",
    "inline": "Run `python -m compare sweep --steps 3`, or `python -m compare diff RUN_A RUN_B`.\n",
    "elsewhere": "```sh\nmake compare\n```\n",
}
WRONG = {
    "python": "```python\nassert 1 + 1 == 3\n```\n",
    "doctest": "```python\n>>> 1 + 1\n3\n```\n",
    "console": "```console\n$ python -m compare clean --keep 1\neverything deleted\n```\n",
    "console that fails": "```console\n$ python -m compare clean\n```\n",
    "sh": "```sh\npython -m compare list --of affine\n```\n",
    "another program": "```sh\nrm net.py\n```\n",
    "toml": "```toml\nrelu: 1\n```\n",
    "inline, its name": "Run `python -m compare sweeps`.\n",
    "inline, its option": "Run `python -m compare sweep optimizers --step 3`.\n",
    "no kind": "```\nALL SAME\n```\n",
}


@pytest.mark.parametrize("kind", RIGHT)
def test_a_block_that_is_right_passes(kind, folder):
    page = written(folder, RIGHT[kind])
    assert differences(page, folder) == ([], RIGHT[kind])


@pytest.mark.parametrize("kind", WRONG)
def test_a_block_that_is_wrong_does_not(kind, folder):
    page = written(folder, WRONG[kind])
    try:
        wrong, _ = differences(page, folder)
    except (AssertionError, ValueError, click.ClickException):
        return
    assert wrong


def test_a_japanese_page_answers_as_its_english_twin_does(folder):
    written(folder, RIGHT["console"])
    japanese = folder / "page.ja.md"
    for text, wrong in ((RIGHT["console"], 0), (WRONG["console"], 1)):
        japanese.write_text(text, encoding="utf-8")
        said, right = differences(japanese, folder)
        assert (len(said), right) == (wrong, RIGHT["console"])


def test_an_output_that_is_another_is_rewritten(folder):
    page = written(folder, WRONG["console"] + "And so on.\n")
    assert differences(page, folder)[1] == RIGHT["console"] + "And so on.\n"


DRAWN = """```python
from matplotlib.figure import Figure

figure = Figure((6.4, 2.8))
figure.subplots().plot([0, 1], [0, {end}], label="a line")
figure.savefig("line.png", dpi=80)
```
"""


def test_a_figure_with_another_line_is_found(folder, other_figures):
    pages = folder / "pages"
    pages.mkdir()
    for end in (1, 0.9):
        page = written(pages, DRAWN.format(end=end))
        assert differences(page, folder)[0] == []
        if end == 1:
            assert "not there" in other_figures(page, folder)[0]
            (folder / "line.png").rename(pages / "line.png")
            assert differences(page, folder)[0] == []
            assert other_figures(page, folder) == []
    assert len(other_figures(page, folder)) == 1


def test_what_is_run_elsewhere_names_a_test_that_there_is():
    named = [t for why in RUN_ELSEWHERE.values() for t in re.findall(r"tests/\S+\.py", why)]
    assert named
    assert not [test for test in named if not (ROOT / test).is_file()]


def test_every_command_stands_on_the_page_of_commands():
    text = (ROOT / "docs/en/commands.md").read_text(encoding="utf-8")
    missing = [name for name in main.commands if not re.search(rf"^\| .*`{name}\b", text, re.M)]
    assert not missing
