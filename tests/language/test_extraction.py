"""No sentence reaches a person in English alone: every one is a message, or is listed here."""

import re
from pathlib import Path

import pytest

import compare
from compare.language.extraction import messages, unsaid

ROOT = Path(compare.__file__).parent
# where what is said is made; figures stay English, and so does what only programmers read
SAID = (
    "arithmetic/closeness.py", "cases/*.py", "check/calling", "check/course/course_defects.py",
    "check/grading", "check/matching.py", "check/naming/bind.py", "check/naming/mapping_file.py",
    "check/naming/target_path.py", "check/report", "check/trial.py", "check/without_results.py",
    "cli", "engine", "judge/*.py", "judge/training", "judge/rounding_noise/measure*.py",
    "judge/rounding_noise/noise_floor.py", "report/*.py", "report/tensorboard/event_files.py",
    "report/tensorboard/serving", "report/tensorboard/text_cards.py",
    "report/tensorboard/verify.py", "sandbox", "store", "sweeps/columns.py", "sweeps/registry.py",
    "sweeps/running.py", "sweeps/text.py", "system",
)  # fmt: skip
NOBODY_READS = (
    "cli/bench.py",  # for those who work on the tool
    "sandbox/worker/wire_format.py", "sandbox/decode_reply.py", "sandbox/ahead.py",  # of a channel
    "system/interpreter.py",  # before anything can be imported
)  # fmt: skip
# formulas, code, styles of rich, tags of TensorBoard, names of values and of endings, options
NO_SENTENCE = re.compile(
    r"(not )?bold( \w+)?|pip install .*|import sys; .*|lambda .*|[A-Zp] (=|<-) .*|mean \(argmax.*"
    r"|def \w+\(\): .*|f( array| number| place)+|(list|tuple) number|<another text>|.* of scores"
    r"|dE/d\w of \{\}"
    r"|one sign|gap of \d+|another sign|one wrong element|timed out|out of memory"
    r"|not from scratch| encountered in |invalid value|step/\{\}/after divergence| as stated"
    r"|no case| first at \{\}|in a process of its own.*|an ending of no known kind"
    r"|error and limit, worst first"
    r"|its beginning|cut off|\{\} by class|.*\|not in .*",
    re.DOTALL,
)


def files():
    for place in SAID:
        path = ROOT / place
        found = path.rglob("*.py") if path.is_dir() else ROOT.glob(place)
        yield from (f for f in found if f.relative_to(ROOT).as_posix() not in NOBODY_READS)


def in_english_alone(path):
    raised = ROOT / "check" in path.parents
    found = unsaid(path.read_text("utf-8"), raised)
    left = [s for s in found if not NO_SENTENCE.fullmatch(s.one)]
    return [f"{path.relative_to(ROOT)}:{s.place}: {s.one}" for s in left]


def test_whatever_is_said_is_a_message():
    found = [line for path in sorted(set(files())) for line in in_english_alone(path)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "planted",
    [
        'def f(n):\n    click.echo(f"{n} cases were judged")\n',
        'def f():\n    yield "nothing was compared"\n',
        'raise UserError("there is no such folder")\n',
    ],
)
def test_a_sentence_that_is_no_message_is_found(planted):
    assert len(unsaid(planted)) == 1


@pytest.mark.parametrize(
    "right",
    [
        'def f(n):\n    click.echo(_("{n} cases were judged", n=n))\n',
        'def f():\n    """Says what was compared."""\n    yield message("nothing was compared")\n',
        'raise ValueError("for programmers alone")\n',
    ],
)
def test_a_message_is_not(right):
    assert unsaid(right) == []


def test_a_plural_and_a_help_text_are_messages():
    (said,) = messages('ngettext("{n} case", "{n} cases", n)\n')
    assert (said.one, said.many) == ("{n} case", "{n} cases")
    found = messages('@click.command(epilog="It ends with 0.")\ndef f():\n    """Judge."""\n')
    assert {m.one for m in found} == {"It ends with 0.", "Judge."}
