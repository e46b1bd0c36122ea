"""With ``--lang ja`` no sentence of ours stays English, whatever a submission does."""

import re

import pytest

from compare.check.check_submission import check_file
from compare.check.concepts import CONCEPTS
from compare.check.fitting import adam, momentum, scaled_updates
from compare.check.fitting.networks.explanation import FAMILIES
from compare.check.fitting.networks.passes import DELTAS, LOSSES
from compare.check.grading.handed_in import Settings, Submission
from compare.check.grading.workers import handed
from compare.check.i18n.text import both
from compare.check.mistakes import CAUSES
from compare.check.report.html import fragment
from compare.check.report.text import checked_text
from compare.sandbox.interface import Limits, Unreadable

JAPANESE = "[ぁ-んァ-ン一-龥]"

RELU = "import numpy as np\ndef relu(u):\n    return np.maximum(u, 0)\n"
NET = "import numpy as np\nclass TwoLayerNet:\n    def __init__(self, {}):\n        pass\n"
SUBMISSIONS = {
    "torch": "import torch\n",
    "floods": "def relu(u):\n    while True: print('x' * 100000)\n",
    "hangs": "import time\ndef relu(u): time.sleep(99)\n",
    "import hangs": RELU + "import time\ntime.sleep(99)\n",
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
    assert both(str(told.value)).ja != str(told.value)
    broken = handed(Submission(name, path), Settings(), None).checked.broken
    assert both(broken).ja != broken and str(tmp_path) not in broken


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
