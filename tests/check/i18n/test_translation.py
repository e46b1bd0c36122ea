"""With ``--lang ja`` no sentence of ours stays English: every message has its line in the table."""

import ast
import re
from pathlib import Path

import pytest

from compare.check.check_submission import check_file
from compare.check.concepts import CONCEPTS
from compare.check.fitting import adam, momentum, scaled_updates
from compare.check.fitting.network_explanation import FAMILIES
from compare.check.fitting.network_passes import DELTAS, LOSSES
from compare.check.grading.handed_in import Settings, Submission
from compare.check.grading.workers import handed
from compare.check.i18n.japanese_lines import LINES
from compare.check.i18n.text import Text
from compare.check.i18n.translation import translated
from compare.check.mistakes import CAUSES
from compare.check.report.html import fragment
from compare.check.report.text import checked_text
from compare.sandbox.interface import Limits, Unreadable

ROOT = Path(__file__).resolve().parents[3] / "compare"
SAID = [*sorted((ROOT / "sandbox").rglob("*.py")), ROOT / "check" / "naming" / "target_path.py"]
CALLED = [ROOT / "check" / "trial.py", ROOT / "check" / "matching.py",
          *(file for folder in ("calling", "concepts", "fitting", "naming", "probes")
            for file in sorted((ROOT / "check" / folder).rglob("*.py")))]  # fmt: skip
FAILURES = ("Failed", "ValueError", "TypeError", "AttributeError", "IndexError", "KeyError")
JAPANESE = "[ぁ-んァ-ン一-龥]"
# What nobody is shown: to programmers (TypeError), and of a channel that was tampered with.
UNSEEN = ("TypeError", "Broken", "split", "compile")
# Names of endings, code, places, and two blanks that are put together.
NO_MESSAGE = re.compile(
    r"import sys; .*|<sandbox X>|timed out|out of memory|exception 0x7|signal [X7]|X cell [X7]"
    r"| ?\(X\)|(X:)?[X7]+: [X7]+|[X7] \(X\)|(X:[X7])?,? in [X7]|it [X7]"
)


def sentence(node: ast.AST) -> str | None:
    """The text of a string, with 7 for what is formatted as a number or counts, else X."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    return "".join(_part(part) for part in node.values)


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    assert isinstance(part, ast.FormattedValue)
    counted = re.search(
        r"number|most|MOST|BYTES|second|count|size|>>|code|len\(|DEEPEST|\bleft\b|\bline\b$|bit_length",
        ast.unparse(part.value),
    )
    return "7" if part.format_spec or counted else "X"


def unseen(tree: ast.AST) -> set[int]:
    """Nodes that are shown to nobody: docstrings, and what is in the calls above."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
            found |= {id(s.value) for s in node.body[:1] if isinstance(s, ast.Expr)}
        inner = isinstance(node, ast.Call) and (
            getattr(node.func, "attr", getattr(node.func, "id", "")) in UNSEEN
        )
        if isinstance(node, ast.JoinedStr) or inner:
            found |= {id(part) for part in ast.walk(node)} - {id(node)}
    return found


def messages(path: Path) -> list[str]:
    """Every string of a file that reads as a sentence."""
    tree = ast.parse(path.read_text("utf-8"))
    skipped = unseen(tree)
    found = [sentence(n) for n in ast.walk(tree) if id(n) not in skipped]
    return [s for s in found if s and " " in s.strip() and not NO_MESSAGE.fullmatch(s)]


def failures(path: Path) -> list[str]:
    """The text of every exception that a file raises."""
    tree = ast.parse(path.read_text("utf-8"))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    raised = [c for c in calls if getattr(c.func, "id", "") in FAILURES]
    found = [sentence(arg) for call in raised for arg in call.args]
    return [s for s in found if s and " " in s]


def is_said(message: str) -> bool:
    """Whether it has a line: by itself, after another, or as a breach with ``it`` and a place."""
    whole = (message, f"it {message}", f"it {message} (X)", f"X: {message}")
    return any(translated(text).ja != text for text in whole)


def without_a_line(said_in, paths):
    """What the files say and the table has no line for, each with its file."""
    return [f"{p.name}: {message}" for p in paths for message in said_in(p) if not is_said(message)]


def test_every_message_of_the_sandbox_is_in_the_table():
    missing = without_a_line(messages, SAID)
    assert not missing, missing


def test_every_failure_of_a_call_is_in_the_table():
    missing = without_a_line(failures, CALLED)
    assert not missing, missing


def test_no_line_is_of_a_message_that_is_no_more():
    said = [
        ROOT / "sandbox",
        ROOT / "check",
        ROOT / "arithmetic" / "closeness.py",
        ROOT / "judge" / "verdict.py",
    ]
    files = [f for path in said for f in ([path] if path.is_file() else path.rglob("*.py"))]
    trees = [ast.parse(f.read_text("utf-8")) for f in files if f.name != "japanese_lines.py"]
    there = "\n".join(s for tree in trees for n in ast.walk(tree) if (s := sentence(n)))
    parts = {t.en: re.split(r"{\w+}", t.en.removeprefix("it ")) for t in LINES}
    gone = [en for en, texts in parts.items() if max(texts, key=len).strip(" ():") not in there]
    assert not gone, gone


def fits(text):
    """Whether both languages have the same blanks, and the Japanese no phrase of English."""
    en, ja = (set(re.findall(r"{(\w+)}", said)) for said in (text.en, text.ja))
    english = re.search("[a-z]{3,} [a-z]{3,}", re.sub(r"{\w+}", "", text.ja))
    return ja <= en and en - ja <= {"how"} and not english


def test_every_line_has_its_blanks_in_both_languages():
    offenders = [text.en for text in LINES if not fits(text)]
    assert not offenders, offenders


def filled(text):
    """A line with a number or a word in each of its blanks."""
    numbers = ("n", "m", "files", "most")
    return re.sub(r"{(\w+)}", lambda blank: "7" if blank[1] in numbers else "X", text)


def test_no_line_is_hidden_by_one_before_it():
    """Of two lines that fit the first is taken: it has to be the one that is meant."""
    hidden = [
        text.en
        for text in LINES
        if translated(filled(text.en)) != Text(filled(text.en), filled(text.ja))
    ]
    assert not hidden, hidden


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("it imports torch (cheat.py:1)", "torch をインポートしています（cheat.py:1）"),
        ("shape (3, 2), expected (2, 3)", "形が (3, 2) ですが、正しくは (2, 3) です"),
        (
            "PermissionError: [Errno 1] there is no network in the sandbox (socket.bind) (a.py:3)",
            "PermissionError: サンドボックスではネットワークを使えません（socket.bind）（a.py:3）",
        ),
        (
            "the import of the submission took longer than 2 s",
            "提出物の読み込み が 2 秒以内に終わりませんでした",
        ),
        (
            "ValueError: operands could not be broadcast (a.py:3, in f)",
            "ValueError: operands could not be broadcast（a.py:3, f の中）",
        ),
        ("KeyError: 'W1'", "KeyError: 'W1'"),
    ],
)
def test_a_line_is_said_in_japanese_and_what_python_says_stays(line, wanted):
    assert translated(line) == Text(line, wanted)


RELU = "import numpy as np\ndef relu(u):\n    return np.maximum(u, 0)\n"
NET = "import numpy as np\nclass TwoLayerNet:\n    def __init__(self, {}):\n        pass\n"
SUBMISSIONS = {
    "torch": "import torch\n",
    "floods": "def relu(u):\n    while True: print('x' * 100000)\n",
    "hangs": "def relu(u):\n    while True: pass\n",
    "import hangs": RELU + "while True: pass\n",
    "exits": "import os\ndef relu(u): os._exit(3)\n",
    "quits": "def relu(u): quit()\n",
    "a shape": RELU.replace("np.maximum(u, 0)", "np.maximum(u, 0).T"),
    "no numbers": RELU.replace("np.maximum(u, 0)", "'x'"),
    "nothing": "def relu(u): pass\n",
    "parameters": "def relu(u, a, b, c, d): pass\n",
    "a module": RELU + "import pandas\n",
    "a stand-in": "import matplotlib.pyplot\n" + RELU,
    "no sizes": NET.format("a, b, c, d, e, f"),
    "no weights": NET.format("input_size, hidden_size, output_size"),
    "an object": RELU.replace("np.maximum(u, 0)", "object()"),
    "network": RELU + "import socket\nsocket.create_connection(('127.0.0.1', 9))\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", SUBMISSIONS)
def test_no_sentence_of_ours_is_english_in_a_japanese_report(kind, tmp_path):
    (tmp_path / "net.py").write_text(SUBMISSIONS[kind], "utf-8")
    checked = check_file(tmp_path / "net.py", limits=Limits(1.0, 2.0))
    for text in (checked_text(checked, "ja"), fragment(checked, "ja")):
        assert not english(text), text


def english(text: str) -> list[str]:
    """Three words of English beside each other, but for paths, commands and links."""
    lines = [line for line in text.splitlines() if "python -m compare" not in line]
    return re.findall("[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", "\n".join(lines))


UNREADABLE = {"a.py": b"\xff\xfe\x00", "b.ipynb": b"{}", "c.txt": b"", "absent.py": None}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_told_in_japanese(name, tmp_path):
    path = tmp_path / name
    if UNREADABLE[name] is not None:
        path.write_bytes(UNREADABLE[name])
    with pytest.raises(Unreadable) as told:
        check_file(path)
    assert translated(str(told.value)).ja != str(told.value)
    broken = handed(Submission(name, path), Settings(), None).checked.broken
    assert translated(broken).ja != broken and str(tmp_path) not in broken


# Words of an English phrase that no formula and no name of code has.
PHRASE = re.compile(
    r"\b(and|of|over|all|the|are|is|in|with|by|not|no|axes|each|every|from|for|at|to|only|its?)\b"
)


def blanks(forms):
    """What fills the blanks of a table, in Japanese."""
    return [s if isinstance(s, str) else s.ja for f in forms for s in (f.blanks or {}).values()]


def test_whatever_fills_a_blank_is_said_in_japanese_too():
    said = {c.name: [*blanks(c.meanings), *(t.ja for t in conventions(c))] for c in CONCEPTS}
    english = [f"{name}: {ja}" for name, own in said.items() for ja in own if PHRASE.search(ja)]
    assert not english, english


def conventions(concept):
    said = [p.convention for p in (*concept.meanings, *concept.arrangements)]
    return [text for text in [*said, *(p.about for p in concept.probes)] if text is not None]


def test_whatever_fills_a_blank_of_optimizers_and_networks_is_said_in_japanese_too():
    lists = [of for module in (adam, momentum, scaled_updates)
             for name, of in vars(module).items() if name.startswith("WRONG_")]  # fmt: skip
    assert len(lists) >= 5
    english = [ja for wrong in lists for ja in blanks(wrong) if PHRASE.search(ja)]
    assert not english, english
    assert {each.family for each in (*LOSSES, *DELTAS)} == set(FAMILIES)


def is_told(text):
    """Whether it is there in English and in Japanese, with the same blanks."""
    en, ja = (set(re.findall(r"{(\w+)}", said)) for said in (text.en, text.ja))
    return bool(text.en) and text.ja != text.en and en == ja and re.search(JAPANESE, text.ja)


def test_every_cause_is_told_in_both_languages_with_the_same_blanks():
    texts = {key: (cause.title, cause.advice) for key, cause in CAUSES.items()}
    offenders = [key for key, both in texts.items() if not all(map(is_told, both))]
    assert not offenders, offenders
