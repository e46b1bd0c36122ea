"""What came of a submission, as text for a terminal of 80 columns."""

from __future__ import annotations

from compare.submission.check import Checked


def checked_text(checked: Checked, lang: str = "en") -> str:
    """The whole report."""
    lines = []
    for j in checked.judgements:
        lines.append(f"{j.concept:<24}{j.found:<24}{j.outcome.value}")
        lines += [f"    {c.of(lang)}" for c in j.conventions]
        for d in j.diagnoses:
            lines += [f"    {d.title.of(lang)}", f"    {d.seen}", f"    {d.advice.of(lang)}"]
    return "\n".join(lines)
