"""Progress on standard error, where that is a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from compare.language.choice import _


class Progress:
    """How many cases are done, and the time left; silent in a pipe or a file."""

    def __init__(self, total: int) -> None:
        console = Console(stderr=True)  # standard output may be a pipe that takes JSON
        self._bars = Bars(
            BarColumn(20),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
            console=console,
            transient=True,  # gone at the end: what stays are the rows
            redirect_stdout=False,  # rows are printed by consoles of their own, through hidden()
            disable=not console.is_terminal,
        )
        self._done = 0
        self._task = self._bars.add_task("", total=total)
        self._bars.start()

    def advance(self, description: str) -> None:
        """One more case is done."""
        self._done += 1
        self._bars.update(self._task, completed=self._done, description=description)

    def within(self, description: str, part: int, parts: int) -> None:
        """A long case is so far: it counts as that fraction of one."""
        # completed may be a fraction: the time left then moves within a case as well
        text = _("{case}, step {part} of {parts}", case=description, part=part, parts=parts)
        self._bars.update(self._task, completed=self._done + part / parts, description=text)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Take the bar off the terminal while something else is printed there."""
        self._bars.stop()
        try:
            yield
        finally:
            self._bars.start()

    def close(self) -> None:
        """Take the bar off for good."""
        self._bars.stop()
