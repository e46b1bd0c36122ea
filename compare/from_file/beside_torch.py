"""``run --impl FILE``: the course's cases with what somebody's file has in the place of scratch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from compare.check.naming.target_path import path_of
from compare.core.case import Case
from compare.from_file.adapted_cases import NotTheirs, adapted
from compare.from_file.finding import found_in
from compare.from_file.found_parts import Found
from compare.from_file.trusted import module_of
from compare.language.message import Message, message
from compare.sandbox.in_process import InProcess
from compare.sandbox.interface import Box, Limits, Unreadable
from compare.sandbox.sandbox import Sandbox
from compare.sandbox.submission_files import Source
from compare.system.errors import UsageError

# a training has hundreds of steps, each of them a few calls; one that hangs is ended after 2 s
LIMITS = Limits(seconds_a_call=2.0, seconds=3600.0)


class FromFile:
    """What a file has, in a sandbox of its own; ``trusted``: in this interpreter, where it may do
    what it likes.
    """

    def __init__(self, path: Path, trusted: bool = False, seed: int = 0) -> None:
        self.path, self.trusted, self.seed = path, trusted, seed
        self.left_out: dict[str, NotTheirs] = {}
        self._source = Source.of(path)  # what cannot be read is told before anything is run
        self._box: Box | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "trusted": self.trusted, "seed": self.seed}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return self.path.name

    @property
    def options(self) -> tuple[str, ...]:
        """What the command needs to run a case with it again."""
        return ("--impl", str(self.path), *(("--trust",) if self.trusted else ()))

    @cached_property
    def found(self) -> Found:
        """What it has of the course."""
        if self.trusted:
            self._box = InProcess(module_of(self._source), LIMITS)
        else:
            self._box = Sandbox(self._source, LIMITS)
        return found_in(self.name, self._box, {}, self.seed)

    def pairs(self, selected: Sequence[tuple[Case, str]]) -> list[tuple[Case, str]]:
        """Those of the pairs in which something of the file is run.

        Raises UsageError where it cannot be imported, or has nothing that a case can be run with.
        """
        if self.found.check.broken:
            raise UsageError(
                message("{path}: {why}", path=str(self.path), why=self.found.check.broken)
            )
        pairs: list[tuple[Case, str]] = []
        for case, dtype in selected:
            own = adapted(case, self.found, self.name)
            if isinstance(own, NotTheirs):
                self.left_out[case.name] = own
            else:
                pairs.append((own, dtype))
        return pairs

    @property
    def notes(self) -> tuple[Message, ...]:
        """Which cases were left out, in a line."""
        if not self.left_out:
            return ()
        groups = dict.fromkeys(name.split(".")[0] for name in self.left_out)
        return (
            message(
                "not run, since nothing of {file} takes part: {n} of the cases asked for, of "
                "{names}; `run CASE --impl {file}` says why",
                n=len(self.left_out),
                file=self.name,
                names=", ".join(groups),
            ),
        )

    def close(self) -> None:
        """End the sandbox."""
        if isinstance(self._box, Sandbox):
            self._box.close()


def beside_torch(impl: str | Path | None, trust: bool) -> FromFile | None:
    """What a file has, to be run in the place of scratch; None of no file.

    Raises UsageError where it cannot be read.
    """
    if impl is None and trust:
        raise UsageError(message("trust goes with impl"))
    try:
        return None if impl is None else FromFile(path_of(str(impl)), trust)
    except Unreadable as error:
        raise UsageError(str(error)) from error
