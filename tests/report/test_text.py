"""The table of outcomes."""

from dataclasses import replace

import numpy as np
import torch

import compare
from compare.core.outcome import Outcome
from compare.judge.verdict import Comparison, Verdict
from compare.report.text import case_row


def test_outcomes_as_wide_as_their_column_stand_apart():
    x = np.linspace(-1, 1, 5)
    results = list(compare.equivalent(np.tanh, torch.tanh, [x], gradient=False))
    assert "        same        same" in case_row(results).plain
    verdict = Verdict((Comparison("output", Outcome.NOT_COMPARED, "for this test"),))
    unknown = [replace(result, verdict=verdict) for result in results]
    assert " NOT COMPARED NOT COMPARED " in case_row(unknown).plain
