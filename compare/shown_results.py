"""By which report each class of results prints itself; those of ``check`` have another module."""

from collections.abc import Mapping

from compare.core.shown import Forms
from compare.engine.result import CaseResult, RunResult
from compare.judge.verdict import Verdict
from compare.report import html, whole_text

FORMS: Mapping[type, Forms] = {
    RunResult: Forms(whole_text.run_text, whole_text.run_repr, html.run_html),
    CaseResult: Forms(whole_text.case_text, whole_text.case_repr, html.case_html),
    Verdict: Forms(whole_text.verdict_text, whole_text.verdict_repr, html.verdict_html),
}
