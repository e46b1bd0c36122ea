"""What came of a submission, as text for a terminal of 80 columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from rich.text import Text as Line

from compare.check.naming.bind import BY_MAP
from compare.check.report.wording import (
    around,
    conclusion,
    follows,
    label,
    outcome_of,
    reason,
    unwritten,
)
from compare.check.result import CheckResult, Diagnosis, Judgement
from compare.core.outcome import Outcome
from compare.language.choice import language
from compare.language.columns import cell_len, set_cell_size
from compare.language.wrapping import padded, wrapped
from compare.system.command_line import printed
from compare.system.shell_quoting import quoted

WIDTH = 79
NAMED = 8  # of what was not found, and of what was left alone


def checked_text(checked: CheckResult, lang: str = "", strict: bool = False) -> str:
    """The whole report."""
    return "\n".join(line.plain for line in checked_lines(checked, lang, strict))


def checked_repr(checked: CheckResult) -> str:
    """The report in one line."""
    return f"<CheckResult {checked.name}: {conclusion(checked)}>"


def judgement_text(judgement: Judgement) -> str:
    """One concept: its outcome, and what is wrong with it."""
    alone = CheckResult(judgement.concept, (judgement,))
    blocks = [line for j in told([judgement]) for line in (Line(""), *_block(j, alone, language()))]
    return "\n".join(line.plain for line in (*_rows(alone, language(), False), *blocks))


def judgement_repr(judgement: Judgement) -> str:
    """One concept in one line."""
    first = next(iter(judgement.diagnoses), None)
    cause = f": {first.title.en}" if first else ""
    return f"<Judgement {judgement.concept} {outcome_of(judgement)}{cause}>"


def checked_lines(
    checked: CheckResult, lang: str = "", strict: bool = False, verbose: bool = False
) -> list[Line]:
    """The report, line by line: every concept, what is wrong with each, and the rest."""
    lang = lang or language()
    lines = [Line(checked.name, "bold"), Line("")] if checked.judgements else []
    lines += _rows(checked, lang, strict)
    for judgement in told(checked.judgements):
        lines += [Line(""), *_block(judgement, checked, lang)]
    rest = list(_rest(checked, lang, verbose))
    style = "bold green" if checked.passed(strict) else "bold red"
    last = wrapped(conclusion(checked, strict).of(lang), WIDTH)
    return [*lines, *([Line("")] if lines and rest else []), *rest, Line(""), *(
        Line(text, style) for text in last)]  # fmt: skip


def told(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Those of which there is something to tell: what is wrong first, then warnings."""
    worth_telling = [
        j for j in _each_once([*judgements]) if (j.diagnoses or j.fails()) and not unwritten(j)
    ]
    # False sorts before True: mistakes, then what follows from them, then warnings
    return sorted(worth_telling, key=lambda j: (j.warned, bool(j.follows_from)))


def _each_once(judgements: Sequence[Judgement]) -> Iterator[Judgement]:
    """Without the diagnoses of another concept that are told of the same definition there."""
    there = {(j.concept, j.found): j.diagnoses for j in judgements}
    for j in judgements:
        said = there.get((j.follows_from, j.found), ())
        left = tuple(d for d in j.diagnoses if not any(d is other for other in said))
        if left or not said:
            yield replace(j, diagnoses=left)


def _rows(checked: CheckResult, lang: str, strict: bool) -> Iterator[Line]:
    """Every concept with what it was found in and what came of it, in columns."""
    judged = checked.judgements
    outcomes = [outcome_of(j).of(lang) for j in judged]
    concept_width = max((cell_len(j.concept) for j in judged), default=0) + 3
    # by the cells that a terminal gives: Japanese characters take two
    found_width = WIDTH - 2 - concept_width - max(map(cell_len, outcomes), default=0)
    found_width = min(
        found_width, max((cell_len(found_as(j, checked, lang)) for j in judged), default=0) + 3
    )
    for judgement, outcome in zip(judged, outcomes, strict=True):
        row = Line("  " + padded(judgement.concept, concept_width), end="")
        row.append(padded(_shortened(judgement, checked, lang, found_width), found_width))
        yield row.append(outcome, style_of(judgement, strict))
        for remark in beside(judgement, lang):
            yield from (Line(text, "dim") for text in wrapped(remark, WIDTH, "    ", "    "))


def beside(judgement: Judgement, lang: str) -> list[str]:
    """What belongs to it besides what was found, and in which conventions it is."""
    parts = [label("parts", lang, names=", ".join(judgement.parts))] if judgement.parts else []
    return [*parts, *(text.of(lang) for text in judgement.conventions)]


def _shortened(judgement: Judgement, checked: CheckResult, lang: str, width: int) -> str:
    """The same within a width, with the line whole: the folder goes first, then the name."""
    description = found_as(judgement, checked, lang)
    if cell_len(description) > width - 2:
        # the file's name finds it; the folder is in the JSON
        bare = replace(judgement, file=judgement.file.rpartition("/")[2])
        description = found_as(bare, checked, lang)
    over = cell_len(description) - (width - 2)
    if over <= 0:
        return description
    name = judgement.found
    # said in the column before
    if name == judgement.concept:
        return description.removeprefix(f"{name}, ")
    return set_cell_size(name, max(cell_len(name) - over - 1, 1)) + "…" + description[len(name) :]


def style_of(judgement: Judgement, strict: bool = False) -> str:
    """Green for what passes, yellow for what may be better, red for what is wrong."""
    if unwritten(judgement):
        return "dim"
    if judgement.fails(strict):
        return "yellow" if judgement.outcome is Outcome.NOT_COMPARED else "bold red"
    return "yellow" if judgement.warned else "green"


def found_as(judgement: Judgement, checked: CheckResult, lang: str) -> str:
    """``softmax, line 12``, with the file where there are several; and whether a map said so."""
    where = place(judgement.file, judgement.line, checked, lang)
    by_map = f" ({label('by_map', lang)})" if judgement.how == BY_MAP else ""
    return ", ".join(part for part in (judgement.found, where) if part) + by_map


def place(file: str, line: int, checked: CheckResult, lang: str) -> str:
    """``line 12``, or ``layers.py:12`` of a folder; nothing where it is not known."""
    if not line:
        return ""
    return f"{file}:{line}" if file and file != checked.name else label("line", lang, n=line)


def _block(judgement: Judgement, checked: CheckResult, lang: str) -> Iterator[Line]:
    """What is wrong with a concept, or what it is warned of."""
    style = style_of(judgement)
    head = Line(judgement.concept, "bold", end="")
    yield head.append("  " + found_as(judgement, checked, lang), "not bold dim")
    for diagnosis in judgement.diagnoses:
        key = "warning" if diagnosis.warning else "cause"
        yield from _labelled(key, diagnosis.title.of(lang), lang, style)
        yield from _details(judgement, diagnosis, lang)
    if not judgement.diagnoses:
        yield from _labelled("cause", reason(judgement).of(lang), lang, style)
    yield from _where_to_read(judgement, lang)
    command = printed(again(judgement, checked, lang))
    if command:  # in one piece, so that it can be copied
        yield Line(f"  {label('again', lang)}: {command}", no_wrap=True, overflow="ignore")


def _details(judgement: Judgement, diagnosis: Diagnosis, lang: str) -> Iterator[Line]:
    key, where = shown(diagnosis, lang)
    if where:
        yield from _labelled(key, where, lang)
    if judgement.follows_from:
        yield from _labelled("advice", follows(judgement, lang), lang)
        return
    yield from _labelled("advice", diagnosis.advice.of(lang), lang)
    for name, values in smallest(diagnosis):
        yield from _labelled("smallest", f"{name} = {values}", lang)


def shown(diagnosis: Diagnosis, lang: str) -> tuple[str, str]:
    """Where it shows, with its label: the element or what was raised, and on which numbers."""
    where = diagnosis.seen.of(lang)
    probe = diagnosis.probe.of(lang) if diagnosis.probe else ""
    if not where or where in diagnosis.title.of(lang):  # the cause says it already
        return "on", probe
    return "shows", label("shown", lang, seen=where, probe=probe) if probe else where


_ONE_LINE = 10**6  # characters


def smallest(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """The arrays of the smallest problem that fails, written as somebody would type them."""
    return [(name, _typed(value)) for name, value in diagnosis.smallest.items()]


def _typed(value: Any) -> str:
    if isinstance(value, (list, tuple)) and any(map(np.ndim, value)):  # each of its own shape
        return f"[{', '.join(map(_typed, value))}]"
    written = np.array2string(
        np.asarray(value), _ONE_LINE, separator=", ", precision=6, threshold=40
    )
    return re.sub(r"\n *", " ", written)


def _where_to_read(judgement: Judgement, lang: str) -> Iterator[Line]:
    first = judgement.diagnoses[0] if judgement.diagnoses else None
    if judgement.follows_from:
        return
    yield from _labelled("formula", judgement.formula, lang)
    section = (first.section if first else "") or judgement.section
    yield from _labelled("course", section, lang)
    if first and first.torch:
        yield Line(f"  torch: {first.torch}", no_wrap=True, overflow="ignore")


def again(judgement: Judgement, checked: CheckResult, lang: str = "en") -> str:
    """The command that judges this concept alone, on the same numbers, as it is stored.

    Nothing where what was judged is in no file.
    """
    if not checked.again:
        return ""
    option = "" if lang == "en" else f" --lang {lang}"
    only = quoted(judgement.concept)
    return f"{checked.again} --only {only} --seed {checked.seed}{option}"


def _labelled(key: str, text: str, lang: str, style: str = "") -> list[Line]:
    head = f"  {label(key, lang)}: "
    lines = wrapped(text, WIDTH, head, "    ")
    first = Line(head, "", end="").append(lines[0][len(head) :], style)
    return [first, *(Line(line, style) for line in lines[1:])]


def _rest(checked: CheckResult, lang: str, verbose: bool) -> Iterator[Line]:
    """What was not judged, and what happened around it."""
    for key, text in around(checked):
        style = "red" if key in ("breach", "broken", "lost") else ""
        yield from _labelled(key, text.of(lang), lang, style)
    yield from _left_alone(checked, lang, verbose)
    if checked.not_run:
        yield from _labelled("not_run", some(not_run(checked, lang), lang, verbose), lang)
    if checked.missing and checked.judgements:
        yield from _labelled("missing", some(checked.missing, lang, verbose), lang, "dim")


def _left_alone(checked: CheckResult, lang: str, verbose: bool) -> Iterator[Line]:
    for guess in checked.suggestions:
        text = label("meant", lang, name=guess.name, concept=guess.concept)
        yield from _labelled("left_alone", text, lang)
        yield Line(f"    {guess.option}", no_wrap=True, overflow="ignore")  # to be copied
    guessed = {guess.name for guess in checked.suggestions}
    others = [found.name for found in checked.left_alone if found.name not in guessed]
    if others:
        yield from _labelled("left_alone", some(others, lang, verbose), lang, "dim")


def not_run(checked: CheckResult, lang: str) -> list[str]:
    """What no call has run: of which function, and which lines."""
    return [
        f"{each.name} ({place(each.file, each.first, checked, lang)})"
        if each.whole or each.first == each.last
        else label("lines", lang, name=each.name, first=each.first, last=each.last)
        for each in checked.not_run
    ]


def some(names: Iterable[str], lang: str, every: bool = False) -> str:
    """The first few names, and how many more there are."""
    names = list(names)
    listed = names if every else names[:NAMED]
    hidden = len(names) - len(listed)
    return ", ".join([*listed, *([label("more", lang, n=hidden)] if hidden else [])])
