"""The events of one of TensorBoard's runs, gathered as the bytes that its file takes."""

from __future__ import annotations

import io
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from torch.utils.tensorboard import summary as protos

from compare.report.tensorboard.event_files import record


class Events:
    """Records by run; they can be handed from one process to another."""

    def __init__(self) -> None:
        self._records: dict[str, list[bytes]] = {}

    @property
    def by_run(self) -> dict[str, bytes]:
        """All records of each run, one after the other."""
        return {run: b"".join(records) for run, records in self._records.items()}

    def scalars(self, run: str, step: int, values: Mapping[str, float]) -> None:
        """The values of several tags at one step, as one event: they share what it costs."""
        named = [Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
        self.summary(run, Summary(value=named), step)

    def curves(
        self, runs: Sequence[str], curves: Iterable[tuple[str, Sequence[Sequence[float]]]]
    ) -> None:
        """Curves of (step, a value of each run) under their tags."""
        at: dict[tuple[str, int], dict[str, float]] = {}
        for tag, curve in curves:
            for step, *values in curve:
                for run, value in zip(runs, values, strict=True):
                    at.setdefault((run, int(step)), {})[tag] = value
        for (run, step), tagged in at.items():
            self.scalars(run, step, tagged)

    def figure(self, run: str, tag: str, figure: Figure, step: int = 0) -> None:
        """A figure as an image card."""
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        # without the alpha channel: a card has no background to show through
        pixels = np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])
        content = io.BytesIO()
        Image.fromarray(pixels).save(content, "PNG")
        height, width, colours = pixels.shape
        card = Summary.Image(
            height=height,
            width=width,
            colorspace=colours,
            encoded_image_string=content.getvalue(),
        )
        self.summary(run, Summary(value=[Summary.Value(tag=tag, image=card)]), step)

    def text(self, run: str, tag: str, text: str) -> None:
        """A text card in Markdown."""
        self.summary(run, protos.text(tag, text))

    def summary(self, run: str, summary: Any, step: int = 0) -> None:
        """Any summary of TensorBoard's."""
        self.event(run, summary=summary, step=step)

    def event(self, run: str, **what: Any) -> None:
        """Any event of TensorBoard's."""
        event = Event(wall_time=time.time(), **what)
        self._records.setdefault(run, []).append(record(event))
