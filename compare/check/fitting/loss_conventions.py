"""In which conventions a loss of N samples of K numbers may be reduced, and its gradient."""

from __future__ import annotations

from compare.check.fitting.factors import MEAN, MEAN_OF_ALL, SUM, Conventions, Factor
from compare.check.i18n.text import Text

BY_SAMPLE = Text("mean over the samples", "サンプル数 N での平均")
BY_ALL = Text("mean over all elements", "全要素での平均")
SUMMED = Text("sum, not mean", "平均ではなく和")
WHOLE = Text("without the 1/2", "1/2 なし")
HALF = Text("with the 1/2", "1/2 あり")

_REDUCED = ((MEAN_OF_ALL, BY_ALL), (MEAN, BY_SAMPLE), (SUM, SUMMED))


def of_sum(*silent: Factor, without: tuple[Factor, ...] = ()) -> Conventions:
    """Mean over samples, over all elements, or sum; what is ``silent`` is the course's own."""
    return _ordered({f: None if f in silent else text for f, text in _REDUCED if f not in without})


def of_squares(silent: Factor) -> Conventions:
    """The same for Σ (y - d)², each with the 1/2 and without."""
    found: dict[Factor, Text | None] = {}
    for factor, text in _REDUCED:
        half = Factor(factor.c / 2, factor.n, factor.k)
        both = Text(f"{text.en}, {WHOLE.en}", f"{text.ja}、{WHOLE.ja}")
        found |= {half: Text(f"{text.en}, {HALF.en}", f"{text.ja}、{HALF.ja}"), factor: both}
    return _ordered({f: None if f == silent else text for f, text in found.items()})


def of_differences(silent: Factor) -> Conventions:
    """The same for the gradient of Σ (y - d)² by y, as a factor of y - d."""
    return {Factor(f.c * 2, f.n, f.k): text for f, text in of_squares(_halved(silent)).items()}


def _halved(factor: Factor) -> Factor:
    return Factor(factor.c / 2, factor.n, factor.k)


def _ordered(conventions: Conventions) -> Conventions:
    """The course's own first."""
    return dict(sorted(conventions.items(), key=lambda entry: entry[1] is not None))
