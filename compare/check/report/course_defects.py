"""The course's code as distributed beside the same mended, for a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from compare.check.course.course_defects import GIVEN, HOME, MENDED, Defect, effect, sources
from compare.language.choice import _, told
from compare.language.wrapping import filled
from compare.report.case_explained import beside
from compare.system.command_line import typed


def shown(defect: Defect, width: int) -> Iterator[RenderableType]:
    """The function as distributed and corrected, and what the difference does to training."""
    yield Text(f"\n{defect.name}", style="bold")
    yield from map(Text, filled(told(defect.about), width - 1))
    yield from map(Text, filled(f"torch: {told(defect.torch)}", width - 1, "", "  "))
    yield _beside(defect, width)
    if defect.measured:
        distributed, corrected = effect(defect)
        yield Text(_("{measured}, median of 20 seeds:", measured=told(defect.measured)))
        numbers = _(
            "as distributed {distributed:.4g}, corrected {corrected:.4g}",
            distributed=distributed,
            corrected=corrected,
        )
        yield Text(f"  {numbers}")


def judged_by(defect: Defect) -> str:
    """The line with the command that judges it as distributed, which is not to be broken."""
    path = HOME / GIVEN / sources(defect)[0]
    with suppress(ValueError):  # Windows: on another drive there is no relative path
        path = min(path, Path(os.path.relpath(path)), key=lambda p: len(str(p)))
    return _("judge it: {command}", command=typed("check", str(path)))


def _beside(defect: Defect, width: int) -> RenderableType:
    """Both functions, beside each other where there is room, else one below the other."""
    # the text as it is in the folder, with its comments
    file, distributed, corrected = sources(defect)
    files = (f"examples/{folder}/{file}" for folder in (GIVEN, MENDED))
    return beside([*zip(files, (distributed, corrected), strict=True)], width)
