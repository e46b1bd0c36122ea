"""What is handed the scores of an output, and is no derivative by them: the delta of a cost."""

from __future__ import annotations

import re

import numpy as np

from compare.check.calling.own_derivative import functions
from compare.check.calling.own_derivative.claim import Held, held
from compare.check.calling.own_derivative.functions import SCORE
from compare.check.concepts.of_any_form.derivative_causes import Kind, causes_of
from compare.check.concepts.of_any_form.hidden_mistakes import Found
from compare.check.naming.derivative_names import Pair
from compare.check.subject import Subject

_OUTPUT = "sigmoid"  # which its text says that the outputs are of the scores


def ignores_its_scores(subject: Subject, one: Held) -> bool:
    """Whether it is right by the outputs, and says that they are a sigmoid of what it is handed."""
    handed = "|".join(re.escape(p.name) for p in subject.found.parameters if p.required)
    said = re.search(rf"\b{_OUTPUT}\( *({handed}) *\)", subject.found.source)
    return one.correct and not one.through and said is not None


def beside_scores(subject: Subject, pair: Pair, of: str, pool: np.ndarray) -> Found | None:
    """What it is beside the derivative by the scores; None where it cannot be called so."""
    for claim in functions.claims(subject, pair, pool):
        if SCORE not in [each[1] for each in claim.meant if isinstance(each, tuple)]:
            continue
        for one in held(claim):
            if one.through == _OUTPUT:
                return Found(of, one, causes_of(claim, one, of, Kind.FUNCTION).told)
    return None
