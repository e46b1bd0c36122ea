"""Results in TensorBoard: six runs of one directory, one writer each, and a small one a case."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from torch.utils.tensorboard import SummaryWriter
from torch.utils.tensorboard.summary import hparams as protos

from compare.engine.result import CaseResult, RunResult
from compare.judge.training.trajectory import FORCED, FREE, WIDTH
from compare.report.tensorboard import figures, hparams, link, text_cards
from compare.report.tensorboard.graph import write_graph
from compare.report.tensorboard.histograms import histograms, precision_recall
from compare.report.tensorboard.link import RUNS
from compare.report.tensorboard.pictures import PICTURES
from compare.report.tensorboard.training_case import NotDrawn, TrainingCase, scene

# One more run is one more entry: it gets a writer, a colour, and a place in every chart.
VALUES, ERRORS = ("scratch", "torch"), ("error", "tolerance")  # the columns of a curve


class TensorBoardWriter:
    """Writes one training case after the other, and the summary at the end.

    Raises OSError where the directory cannot be written.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._open = ExitStack()  # a file that is not closed lacks its last events
        self._writers = {run: self._writer(run) for run in RUNS}
        self._rows: dict[str, _Row] = {}

    def close(self) -> None:
        """End the files."""
        self._open.close()

    def flush(self) -> None:
        """Hand everything so far to the system.   Raises OSError where it does not fit."""
        for writer in self._writers.values():
            writer.flush()

    def add(self, result: CaseResult) -> None:
        """Curves, figures, histograms and texts of a training case; nothing of others."""
        if not result.case.training or result.skipped:
            return
        tag = case_tag(result)
        self._curves(tag, result)
        try:
            shown = scene(result)
        except NotDrawn as why:
            not_drawn = [str(why)]
        else:
            not_drawn = self._pictures(tag, shown)
            self._values(tag, shown)
            self._text(f"{tag}/formulae", text_cards.formulae(shown))
            self._row(shown)
        self._text(f"{tag}/verdict", text_cards.verdict(result, not_drawn))

    def conclude(self, result: RunResult) -> None:
        """The scoreboard, the table of verdicts, worst first, and the number of failed cases."""
        summary = self._writers["summary"]
        if result.results:
            self._figure("00_verdict/scoreboard", figures.scoreboard(result.results))
        # 00_: groups are sorted by name, and the verdict is to stand first
        worst_first = text_cards.ordered(result.results)
        self._text("00_verdict/table", text_cards.table(result, worst_first))
        summary.add_scalar("00_verdict/cases_failed", len(result.failures), 0)
        trained = [case_tag(r) for r in worst_first if r.case.training and not r.skipped]
        if trained:
            summary.add_custom_scalars(link.layout(trained))
        self._hparams()

    def _writer(self, run: str) -> SummaryWriter:
        return self._open.enter_context(SummaryWriter(str(self.directory / run)))

    def _curves(self, tag: str, result: CaseResult) -> None:
        for name, curve in result.curves.items():
            card = name.replace("/", "_")  # the first slash of a tag ends its group of cards
            self._curve(f"{tag}/{card}", curve, VALUES)
            if name in ("loss", "test/accuracy"):
                drawn = figures.overlay(f"{name}, {result.dtype}", curve)
                self._figure(f"{tag}/figures/{card}", drawn)
        for kind, curve in result.errors.items():
            # as logarithms: TensorBoard keeps float32, in which 1e-300 is 0, and its logarithmic
            # axis fails below about 0.1
            logs = [(t, *map(figures.log10, values)) for t, *values in curve]
            self._curve(f"{tag}/error_log10/{kind}", logs, ERRORS)
        steps = {kind: curve for kind, curve in result.errors.items() if kind not in (FREE, FORCED)}
        self._figure(f"{tag}/figures/error", figures.error(f"error, {result.dtype}", steps))
        if FREE in result.errors:
            free = result.errors[FREE]
            widths = [(t, figures.log10(limit / WIDTH)) for t, _, limit in free]
            self._curve(f"{tag}/error_log10/{FREE}", widths, ("cone",))
            self._figure(f"{tag}/figures/cone", figures.cone(f"runs, {result.dtype}", free))

    def _pictures(self, tag: str, shown: TrainingCase) -> list[str]:
        """Write what can be drawn; say of the rest why it cannot."""
        not_drawn = []
        for name, draw in PICTURES.items():
            try:  # each for itself: one that lacks its numbers does not cost the others
                for step, figure in draw(shown):
                    self._figure(f"{tag}/figures/{name}", figure, step)
            except NotDrawn as why:
                not_drawn.append(f"`{name}`: {why}")
        return not_drawn

    def _values(self, tag: str, shown: TrainingCase) -> None:
        # raw: add_histogram would divide the values into bins of its own once more
        for run, name, step, histogram in histograms(shown):
            self._writers[run].add_histogram_raw(
                f"{tag}/hist/{name}", **histogram, global_step=step
            )
        for run, step, d, y in precision_recall(shown):
            self._writers[run].add_pr_curve(f"{tag}/precision_recall", d, y, step)

    def _row(self, shown: TrainingCase) -> None:
        """One row a case, for all its dtypes: above 40 runs, TensorBoard's older tabs show none."""

        name = shown.result.case.name
        if name not in self._rows:
            self._rows[name] = _Row(self._writer(f"{hparams.GROUP}/{name}"), shown)
            write_graph(self._rows[name].writer, shown)
        self._rows[name].results.append(shown.result)

    def _hparams(self) -> None:
        rows = [(r.writer, r.settings, hparams.metrics(r.results)) for r in self._rows.values()]
        settings: dict[str, Any] = {k: v for _, row, _ in rows for k, v in row.items()}
        metrics = {k: v for _, _, row in rows for k, v in row.items()}
        for writer, row_settings, row_metrics in rows:
            columns, _, _ = protos(settings, metrics)  # those of all rows: only one is read
            _, start, end = protos(row_settings, row_metrics)
            for summary in (columns, start, end):
                writer._get_file_writer().add_summary(summary)
            for name, value in row_metrics.items():
                writer.add_scalar(name, value, 0)

    def _curve(self, tag: str, curve: Sequence[Sequence[float]], runs: Sequence[str]) -> None:
        for t, *values in curve:
            for run, value in zip(runs, values, strict=True):
                self._writers[run].add_scalar(tag, value, t)

    def _figure(self, tag: str, figure: Figure, step: int = 0) -> None:
        self._writers["summary"].add_figure(tag, figure, step)

    def _text(self, tag: str, text: str) -> None:
        self._writers["summary"].add_text(tag, text)


class _Row:
    """A case's row in the HPARAMS tab, open until its last dtype has come."""

    def __init__(self, writer: SummaryWriter, shown: TrainingCase) -> None:
        self.writer, self.settings = writer, hparams.settings(shown)
        self.results: list[CaseResult] = []


def case_tag(result: CaseResult) -> str:
    """The group under which a case's cards stand: ``mlp.digits.float64``."""
    return f"{result.case.name}.{result.dtype}"
