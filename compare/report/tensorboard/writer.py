"""Results in TensorBoard: six runs of one directory, one file each, and a small one a case."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from torch.utils.tensorboard import summary as protos

from compare.engine.result import CaseResult, RunResult
from compare.report.tensorboard import figures, first_wrong, hparams, text_cards
from compare.report.tensorboard.case_cards import (
    CaseCards,
    case_cards,
    case_tag,
    difference_cards,
)
from compare.report.tensorboard.event_files import EventWriter
from compare.report.tensorboard.events import Events
from compare.report.tensorboard.serving import link
from compare.store.json_lines import case_object


class TensorBoardWriter:
    """Writes one training case after the other, and the summary at the end.

    Raises OSError where the directory cannot be written, or is full.
    """

    def __init__(self, directory: Path, mine: str = link.SCRATCH) -> None:
        self.directory = directory
        self._open = ExitStack()
        self._files: dict[str, EventWriter] = {}
        self._rows: dict[str, _CaseRow] = {}
        for run in link.runs(mine):
            self._file(run)

    def close(self) -> None:
        """End the files."""
        self._open.close()

    def add(self, result: CaseResult, cards: CaseCards | None = None) -> None:
        """What ``case_cards`` has drawn of a case, or draws now."""
        cards = cards or case_cards(result)
        self._write(cards.records)
        if cards.row:
            self._row(result, cards.row)

    def conclude(self, result: RunResult) -> None:
        """What is wrong first, or how near the limits came; scoreboard and table of verdicts."""
        events = Events()
        if result.failures:
            card = figures.words(*first_wrong.first_in_words(result.results))
            events.figure("summary", link.FIRST_DIFFERENCE, card)
        elif nearest := figures.errors_over_limits(result.results):
            events.figure("summary", link.OVER_LIMITS, nearest)
        if result.results:
            events.figure("summary", "00_verdict/scoreboard", figures.scoreboard(result.results))
        # 00_: groups are sorted by name, and the verdict is to stand first
        worst_first = text_cards.ordered(result.results)
        events.text("summary", "00_verdict/table", text_cards.table(result, worst_first))
        events.scalars("summary", 0, {"00_verdict/cases_failed": len(result.failures)})
        shown = [r for r in worst_first if r.case.training and not r.skipped]
        trained = [case_tag(r.case.name, r.dtype) for r in shown]
        if trained:
            events.summary("summary", protos.custom_scalars(link.layout(trained)))
        pinned = link.tags_to_pin([case_object(r) for r in shown])
        for tag, r in zip(trained, shown, strict=True):
            # the link opens on it, though nothing differs; of an earlier run there are no curves
            if tag in pinned and r.curves and not r.fails:
                self._write(difference_cards(r))
        self._hparams(events)
        self._write(events.by_run)

    def _write(self, records: Mapping[str, bytes]) -> None:
        for run, of_run in records.items():
            self._file(run).add(of_run)

    def _file(self, run: str) -> EventWriter:
        if run not in self._files:
            opened = closing(EventWriter(self.directory / run))
            self._files[run] = self._open.enter_context(opened)
        return self._files[run]

    def _row(self, result: CaseResult, row: hparams.Row) -> None:
        """One row a case, for all its dtypes: above 40 runs, TensorBoard's older tabs show none."""
        name = result.case.name
        if name not in self._rows:
            self._rows[name] = _CaseRow(f"{hparams.GROUP}/{name}", row)
            events = Events()
            events.event(self._rows[name].run, graph_def=row.graph)
            self._file(self._rows[name].run).add(events.by_run[self._rows[name].run])
        self._rows[name].results.append(result)

    def _hparams(self, events: Events) -> None:
        rows = [(r.run, r.settings, hparams.metrics(r.results)) for r in self._rows.values()]
        settings: dict[str, Any] = {k: v for _, row, _ in rows for k, v in row.items()}
        metrics = {k: v for _, _, row in rows for k, v in row.items()}
        for run, row_settings, row_metrics in rows:
            columns, _, _ = protos.hparams(settings, metrics)  # of all rows: only one is read
            _, start, end = protos.hparams(row_settings, row_metrics)
            for summary in (columns, start, end):
                events.summary(run, summary)
            events.scalars(run, 0, row_metrics)


class _CaseRow:
    """A case's row in the HPARAMS tab, until its last dtype has come."""

    def __init__(self, run: str, row: hparams.Row) -> None:
        self.run, self.settings = run, row.settings
        self.results: list[CaseResult] = []
