"""What came of a submission, as JSON: everything that the text says, in both languages."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from compare.check.i18n.text import Text, both
from compare.check.report.text import again, smallest
from compare.check.report.wording import conclusion, outcome_of, reason
from compare.check.result import CheckResult, Diagnosis, Judgement
from compare.language.message import LANGUAGES, Message
from compare.store.json_lines import finite

# counted up when a key changes its meaning or goes: readers of other programs depend on it
SCHEMA = 2


def checked_json(checked: CheckResult, strict: bool = False) -> str:
    """One document; numbers that are not finite are strings."""
    # JSON has no NaN
    return json.dumps(finite(checked_object(checked, strict)), ensure_ascii=False, indent=1) + "\n"


def checked_object(checked: CheckResult, strict: bool = False) -> dict[str, Any]:
    """The same as plain values."""
    guesses = {guess.name: (guess.concept, guess.option) for guess in checked.suggestions}
    return {
        "schema": SCHEMA,
        "name": checked.name,
        "seed": checked.seed,
        "passed": checked.passed(strict),
        "conclusion": _both(conclusion(checked, strict)),
        "concepts": [_judgement(j, checked, strict) for j in checked.judgements],
        "unjudged": list(checked.unjudged),
        "left_alone": [
            {
                "name": left.name,
                "kind": left.kind,
                "file": left.file,
                "line": left.line,
                "may_be": guesses.get(left.name, ("", ""))[0],
                "option": guesses.get(left.name, ("", ""))[1],
            }
            for left in checked.left_alone
        ],
        "not_run": [asdict(each) for each in checked.not_run],
        "missing": list(checked.missing),
        "not_from_scratch": [_both(both(line)) for line in dict.fromkeys(checked.breaches)],
        "broken": _both(both(checked.broken)) if checked.broken else None,
        "failures": [_both(both(line)) for line in checked.failures],
        "lost": list(checked.lost),
        "internal": list(checked.internal),
        "notes": [_both(both(line)) for line in checked.notes],
        "seconds": round(checked.seconds, 4),
    }


def _judgement(judgement: Judgement, checked: CheckResult, strict: bool) -> dict[str, Any]:
    first = judgement.verdict.first
    return {
        "concept": judgement.concept,
        "section": judgement.section,
        "formula": judgement.formula,
        "found": judgement.found,
        "parts": list(judgement.parts),
        "how": judgement.how,
        "file": judgement.file,
        "line": judgement.line,
        "outcome": judgement.outcome.value,
        "said": _both(outcome_of(judgement)),
        "warned": judgement.warned,
        "fails": judgement.fails(strict),
        "conventions": [_both(text) for text in judgement.conventions],
        "diagnoses": [_diagnosis(d) for d in judgement.diagnoses],
        "first": first.plain() if first is not None else None,
        "reason": _both(reason(judgement)) if first is not None else None,
        "follows_from": judgement.follows_from,
        "reproduce": again(judgement, checked),
    }


def _diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "cause": diagnosis.cause,
        "title": _both(diagnosis.title),
        "advice": _both(diagnosis.advice),
        "seen": _both(diagnosis.seen),
        "on": _both(diagnosis.probe) if diagnosis.probe else None,
        "section": diagnosis.section,
        "torch": diagnosis.torch,
        "warning": diagnosis.warning,
        "smallest": dict(smallest(diagnosis)),  # as text, as somebody would type it
    }


def _both(text: Text | Message) -> dict[str, str]:
    return {lang: text.of(lang) for lang in LANGUAGES}
