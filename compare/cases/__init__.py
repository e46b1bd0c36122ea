"""The table of cases, one file a section of the course."""

from __future__ import annotations

from compare.cases import (
    hands_on,
    real_data,
    section1_affine,
    section2_activations,
    section3_losses,
    section4_descent,
    section4_parallel,
    section5_backpropagation,
)
from compare.core.case import Case

CASES: tuple[Case, ...] = (
    *section1_affine.CASES,
    *section2_activations.CASES,
    *section3_losses.CASES,
    *section4_descent.CASES,
    *section4_parallel.CASES,
    *section5_backpropagation.CASES,
    *hands_on.CASES,
    *real_data.CASES,
)
