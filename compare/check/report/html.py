"""What came of a submission, as HTML: a stranger's names and messages are escaped everywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from compare.check.report.text import (
    again,
    beside,
    found_as,
    not_run,
    shown,
    smallest,
    some,
    style_of,
    told,
)
from compare.check.report.wording import around, conclusion, follows, label, outcome_of, reason
from compare.check.result import CheckResult, Diagnosis, Judgement
from compare.language.choice import language
from compare.report.html import templates
from compare.system.command_line import printed

_TONES = {"green": "good", "bold red": "bad", "yellow": "warned", "dim": "todo"}
Entry = dict[str, Any]


def fragment(checked: CheckResult, lang: str = "", strict: bool = False) -> str:
    """What a notebook shows; its colours suit light and dark."""
    checked = replace(checked, again=printed(checked.again))
    template = templates("compare.check.report").get_template("checked.html")
    return template.render(view=view(checked, lang or language(), strict), bare=False)


def judgement_fragment(judgement: Judgement) -> str:
    """What a notebook shows of one concept."""
    alone = CheckResult(judgement.concept, (judgement,))
    template = templates("compare.check.report").get_template("checked.html")
    shown = {**view(alone, language(), False), "conclusion": ""}  # its row says it
    return template.render(view=shown, bare=False)


def page(checked: CheckResult, lang: str = "en", strict: bool = False) -> str:
    """A page of its own, which loads nothing."""
    template = templates("compare.check.report").get_template("page.html")
    content = view(checked, lang, strict)
    return template.render(view=content, lang=lang, title=checked.name, bare=True)


def view(checked: CheckResult, lang: str, strict: bool) -> Entry:
    """What the template lays out, as plain text."""
    return {
        "name": checked.name,
        "conclusion": conclusion(checked, strict).of(lang),
        "tone": "good" if checked.passed(strict) else "bad",
        "rows": [_row(j, checked, lang, strict) for j in checked.judgements],
        "blocks": [_block(j, checked, lang, strict) for j in told(checked.judgements)],
        "code": _codes(checked, lang),
        "rest": list(_rest(checked, lang)),
    }


def _row(judgement: Judgement, checked: CheckResult, lang: str, strict: bool) -> Entry:
    return {
        "concept": judgement.concept,
        "found": found_as(judgement, checked, lang),
        "outcome": outcome_of(judgement).of(lang),
        "tone": _TONES[style_of(judgement, strict)],
        "beside": beside(judgement, lang),
        "points": "",
    }


def _block(judgement: Judgement, checked: CheckResult, lang: str, strict: bool) -> Entry:
    first, *others = judgement.diagnoses or (None,)
    lines: list[Entry] = _details(judgement, first, lang) if first else []
    for diagnosis in others:
        if diagnosis is not None:
            lines += [
                _line("cause", diagnosis.title.of(lang), lang),
                *_details(judgement, diagnosis, lang),
            ]
    return {
        "concept": judgement.concept,
        "title": (first.title if first else reason(judgement)).of(lang),
        "tone": _TONES[style_of(judgement, strict)],
        "open": judgement.fails(strict),  # warnings wait until they are clicked
        "lines": [*lines, *_where_to_read(judgement, checked, lang)],
    }


def _codes(checked: CheckResult, lang: str) -> list[Entry]:
    """What was judged, as it is written; what two concepts share stands once."""
    by_text: dict[str, list[Judgement]] = {}
    for judgement in checked.judgements:
        if judgement.code:
            by_text.setdefault(judgement.code, []).append(judgement)
    return [
        {
            "label": label("code", lang),
            "concept": ", ".join(j.concept for j in sharing),
            "open": any(j.fails() for j in sharing),
            "place": found_as(sharing[0], checked, lang),
            "text": text,
        }
        for text, sharing in by_text.items()
    ]


def _details(judgement: Judgement, diagnosis: Diagnosis, lang: str) -> list[Entry]:
    key, where = shown(diagnosis, lang)
    lines = [_line(key, where, lang)] if where else []
    if judgement.follows_from:
        advice = follows(judgement, lang)
        return [*lines, _line("advice", advice, lang)]
    lines.append(_line("advice", diagnosis.advice.of(lang), lang))
    lines += [
        _line("smallest", f"{name} = {values}", lang, code=True)
        for name, values in smallest(diagnosis)
    ]
    return lines


def _where_to_read(judgement: Judgement, checked: CheckResult, lang: str) -> list[Entry]:
    first = judgement.diagnoses[0] if judgement.diagnoses else None
    command = again(judgement, checked, lang)
    # "command": in one piece, to be copied
    lines = [{**_line("again", command, lang), "command": True}] if command else []
    if judgement.follows_from:
        return lines
    section = (first.section if first else "") or judgement.section
    line = _line("course", section, lang)
    # the only link, and it is from our own table of mistakes
    torch = [line | {"label": "torch", "text": first.torch, "href": first.torch}] if (
        first and first.torch) else []  # fmt: skip
    formula = _line("formula", judgement.formula, lang, code=True)
    return [formula, line, *torch, *lines]


def _rest(checked: CheckResult, lang: str) -> list[Entry]:
    lines = [_line(key, text.of(lang), lang) for key, text in around(checked)]
    for guess in checked.suggestions:
        text = label("meant", lang, name=guess.name, concept=guess.concept)
        lines.append({**_line("left_alone", text, lang), "option": guess.option})
    guessed = {guess.name for guess in checked.suggestions}
    others = [f.name for f in checked.left_alone if f.name not in guessed]
    lines += [_line("left_alone", some(others, lang), lang)] if others else []
    unrun = not_run(checked, lang)
    lines += [_line("not_run", some(unrun, lang), lang)] if unrun else []
    if checked.missing and checked.judgements:
        lines.append(_line("missing", some(checked.missing, lang), lang))
    return lines


def _line(key: str, text: str, lang: str, code: bool = False) -> Entry:
    return {"label": label(key, lang), "text": text, "href": "", "code": code, "command": False,
            "option": ""}  # fmt: skip
