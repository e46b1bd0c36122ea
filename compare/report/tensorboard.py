"""Results in TensorBoard: five runs of one directory, one writer each."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from compare.curves import Point
from compare.report import figures
from compare.report.rows import figures as figures_text
from compare.report.rows import quantities
from compare.runner import CaseResult
from compare.suite import RunResult

RUNS = ("torch", "scratch", "error", "tolerance", "summary")


class Board:
    """Writes one training case after the other, and the summary at the end.

    Raises OSError where the directory cannot be written.
    """

    def __init__(self, directory: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.directory = directory
        self._open = ExitStack()
        self._writers = {
            run: self._open.enter_context(SummaryWriter(str(directory / run))) for run in RUNS
        }

    def close(self) -> None:
        """End the files."""
        self._open.close()

    def flush(self) -> None:
        """Hand everything so far to the system.   Raises OSError where it does not fit."""
        for writer in self._writers.values():
            writer.flush()

    def add(self, result: CaseResult) -> None:
        """Curves, errors beside their limits, and figures of a training case; nothing of others."""
        if not result.case.training or result.skipped:
            return
        tag = case_tag(result)
        for name, curve in result.curves.items():
            self._curve(f"{tag}/{name.replace('/', '_')}", curve, "scratch", "torch")
            if name in ("loss", "test/accuracy"):
                title = f"{name}, {result.dtype}"
                self._figure(
                    f"{tag}/figures/{name.replace('/', '_')}", figures.overlay(title, curve)
                )
        for kind, curve in result.errors.items():
            logs = [(t, figures.log10(e), figures.log10(limit)) for t, e, limit in curve]
            self._curve(f"{tag}/error_log10/{kind}", logs, "error", "tolerance")
        self._figure(f"{tag}/figures/error", figures.error(f"error, {result.dtype}", result.errors))
        self._writers["summary"].add_text(f"{tag}/verdict", _verdict_text(result))

    def conclude(self, result: RunResult) -> None:
        """The scoreboard, the table of verdicts, worst first, and the number of failed cases."""
        summary = self._writers["summary"]
        if result.results:
            self._figure("00_verdict/scoreboard", figures.scoreboard(result.results))
        summary.add_text("00_verdict/table", _table(result))
        summary.add_scalar("00_verdict/cases_failed", len(result.failures), 0)
        trained = [r for r in result.results if r.case.training and not r.skipped]
        if trained:
            worst = case_tag(_worst_first(trained)[0])
            chart = ["Multiline", [f"^{re.escape(worst)}/error_log10/"]]
            summary.add_custom_scalars({"error and limit": {"the worst case": chart}})

    def _curve(self, tag: str, curve: Sequence[Point], first: str, second: str) -> None:
        for t, a, b in curve:
            self._writers[first].add_scalar(tag, a, t)
            self._writers[second].add_scalar(tag, b, t)

    def _figure(self, tag: str, figure: object) -> None:
        self._writers["summary"].add_figure(tag, figure)


def case_tag(result: CaseResult) -> str:
    """The group under which a case's cards stand: ``mlp.digits.float64``."""
    return f"{result.case.name}.{result.dtype}"


def _worst_first(results: Sequence[CaseResult]) -> list[CaseResult]:
    def badness(r: CaseResult) -> tuple[bool, float]:
        return r.fails, _largest_ratio(r)

    return sorted(results, key=badness, reverse=True)


def _largest_ratio(result: CaseResult) -> float:
    return max((c.ratio for c in result.verdict.comparisons if not c.known), default=0.0)


def _verdict_text(result: CaseResult) -> str:
    lines = ["quantity | outcome | times | largest error/limit", "---|---|---|---"]
    for row in quantities(result):
        ratio = f"{row['worst_ratio']:.2g}"
        lines.append(f"{row['name']} | {row['outcome']} | {row['compared']} | {ratio}")
    word = "FAIL" if result.fails else "PASS"
    return f"**{word}** {result.id}, seed {result.seed}\n\n{result.case.about}\n\n" + "\n".join(
        lines
    )


def _table(result: RunResult) -> str:
    lines = [
        "| verdict | case | error per limit | first difference |",
        "|---|---|---|---|",
    ]
    for r in _worst_first(result.results):
        word = "FAIL" if r.fails else "skip" if r.skipped else "PASS"
        first = r.verdict.first
        why = f"{first.name}: {figures_text(first)}" if first else r.skipped
        lines.append(f"| {word} | {r.id} | {_largest_ratio(r):.2g} | {why} |")
    return "\n".join(lines)


def link(base: str, worst: str | None = None) -> str:
    """TensorBoard's address that opens on the answer: scoreboard and the worst error pinned."""
    pinned: list[dict[str, object]] = [
        {
            "plugin": "images",
            "tag": "00_verdict/scoreboard",
            "runId": "defaultExperimentId/summary",
            "sample": 0,
        }
    ]
    if worst:
        pinned += [
            {"plugin": "scalars", "tag": f"{worst}/error_log10/grad"},
            {
                "plugin": "images",
                "tag": f"{worst}/figures/loss",
                "runId": "defaultExperimentId/summary",
                "sample": 0,
            },
        ]
    cards = quote(json.dumps(pinned, separators=(",", ":")))
    colours = quote(f"regex:({'|'.join(RUNS)})")
    return f"{base}/?smoothing=0&runColorGroup={colours}&pinnedCards={cards}#timeseries"


def worst_training_tag(records: Sequence[Mapping[str, object]]) -> str | None:
    """From results.jsonl: the group of the training case to look at first, failing ones first."""

    def badness(record: Mapping[str, object]) -> tuple[bool, float]:
        ratios = [float(q["worst_ratio"]) for q in record["quantities"] if "step/" in q["worst_at"]]  # type: ignore[attr-defined]
        return record["outcome"] != "same", max(ratios, default=0.0)

    trained = [
        r
        for r in records
        if any(q["name"] == "loss" and "step/" in q["worst_at"] for q in r["quantities"])  # type: ignore[attr-defined]
    ]
    if not trained:
        return None
    worst = max(trained, key=badness)
    return f"{worst['case']}.{worst['dtype']}"
