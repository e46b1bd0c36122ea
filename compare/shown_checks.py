"""By which report the results of ``check`` print themselves: it wants more packages than others."""

from collections.abc import Mapping

from compare.check.report import html, text
from compare.check.result import CheckResult, Judgement
from compare.core.shown import Forms

FORMS: Mapping[type, Forms] = {
    CheckResult: Forms(text.checked_text, text.checked_repr, html.fragment),
    Judgement: Forms(text.judgement_text, text.judgement_repr, html.judgement_fragment),
}
