"""What ``bench`` measures, by name: the measurement, and what is said of it."""

from __future__ import annotations

from types import ModuleType

from compare.bench import (
    diagnosis,
    diagnosis_report,
    judge,
    judge_report,
    mutation,
    mutation_report,
    training,
    training_report,
)
from compare.bench.speed import measured, report
from compare.bench.torch_pairs import pairs, pairs_report

MEASUREMENTS: dict[str, tuple[ModuleType, ModuleType]] = {
    "judge": (judge, judge_report),
    "training": (training, training_report),
    "diagnosis": (diagnosis, diagnosis_report),
    "mutation": (mutation, mutation_report),
    "pairs": (pairs, pairs_report),
    "speed": (measured, report),
}
