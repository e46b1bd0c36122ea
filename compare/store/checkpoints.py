"""Checkpoints within a training run, so that a kill costs the last second and not the whole case.

One folder a case, ``checkpoints/mlp.digits.float64/``: ``state.npz`` is written again and again,
and beside it, once each, what does not change any more: snapshots, and the first failure.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from compare.arithmetic.formats import COARSE
from compare.core.case import Case
from compare.core.implementation import Implementation
from compare.core.problem import Problem
from compare.engine.lockstep import LockstepRun
from compare.engine.side_run import Diverted
from compare.language.message import message
from compare.language.system_errors import reason
from compare.store import provenance
from compare.store.curve_files import file_name
from compare.system.atomic_files import CannotWrite, write_atomically
from compare.system.npz_tree import Damaged, packed, unpacked

FOLDER, STATE = "checkpoints", "state.npz"
VERSION = 1  # raised with what a state holds: a checkpoint of another version is not used
EVERY = 1.0  # seconds between two checkpoints
COST = 50  # times what the last one took lie between them as well: at most 2% is spent on them

Clock = Callable[[], float]
Begin = Callable[[], LockstepRun]


class Unfit(Exception):
    """Why a checkpoint is not used."""


class Checkpoints:
    """The checkpoints of a run directory; ``tell`` is given one line about each that matters."""

    def __init__(
        self, directory: Path, tell: Callable[[str], None], clock: Clock = time.monotonic
    ) -> None:
        self.directory, self.tell, self.clock = directory, tell, clock

    def telling(self, tell: Callable[[str], None]) -> Checkpoints:
        """The same, telling somebody else."""
        return Checkpoints(self.directory, tell, self.clock)

    @cached_property  # it reads every source file: once a run, not once a case
    def _deciding(self) -> dict[str, Any]:
        return provenance.deciding()

    def of(
        self, case: Case, problem: Problem, sides: Sequence[Implementation], force_every: int | None
    ) -> Checkpoint | None:
        """That of a case; None where it is no training run, or its format is not NumPy's own.

        Only of sides that remember no more between two steps than they show.
        """
        if case.program.go_on is None or problem.dtype in COARSE:
            return None
        about = {
            "version": VERSION,
            "id": problem.id,
            "seed": problem.seed,
            "sides": [side.package for side in sides],
            "force_every": force_every,
            "arrays": dict(problem.fingerprints),
            **self._deciding,  # other code or another machine would go on with other bits
        }
        folder = _folder(self.directory, case.name, problem.dtype)
        return Checkpoint(folder, about, self.tell, self.clock)


class Checkpoint:
    """That of one case in one run, as far as it has come."""

    def __init__(
        self, folder: Path, about: Mapping[str, Any], tell: Callable[[str], None], clock: Clock
    ) -> None:
        self.folder, self.about, self.tell = folder, about, tell
        self._clock, self._began = clock, clock()
        self._due = self._began + EVERY
        self._parts: dict[str, str] = {}  # what is written already, and its checksum
        self._is_told = False
        self.before = 0.0  # seconds that the case had taken where it goes on

    def begun(self, begin: Begin) -> LockstepRun:
        """The case as its checkpoint has it, or else from its start; ``tell`` is told which."""
        if not (self.folder / STATE).is_file():
            return begin()
        lockstep = begin()
        try:
            stored, parts = self._read()
            _restore(lockstep, stored["state"], parts)
            self._parts, self.before = dict(stored["parts"]), stored["seconds"]
        except Unfit as why:
            self.tell(
                message(
                    "{path} is not used: {why}; {id} starts again",
                    path=self.folder / STATE,
                    why=why,
                    id=self.about["id"],
                )
            )
            return begin()  # a new one: restoring may have stopped halfway
        self.tell(
            message(
                "{id} goes on after step {step} of {steps}",
                id=self.about["id"],
                step=lockstep.step,
                steps=lockstep.steps,
            )
        )
        return lockstep

    def after_step(self, lockstep: LockstepRun) -> None:
        """Write one where it is time for it."""
        if self._clock() >= self._due:
            self.write(lockstep)

    def write(self, lockstep: LockstepRun) -> None:
        """Write one now; where that cannot be done the case goes on, and what was written stays."""
        began = self._clock()
        try:
            self._write(lockstep)
        except OSError as error:
            self._tell_once(str(CannotWrite.at(self.folder, error)))
        except Exception as error:  # whatever a side holds, it is no reason to lose the run
            self._tell_once(
                message(
                    "it cannot be kept: {name}: {error}", name=type(error).__name__, error=error
                )
            )
        ended = self._clock()
        self._due = ended + max(EVERY, COST * (ended - began))

    def _tell_once(self, why: str) -> None:
        if not self._is_told:
            self.tell(
                message("{why}; {id} goes on without a checkpoint", why=why, id=self.about["id"])
            )
        self._is_told = True

    def _write(self, lockstep: LockstepRun) -> None:
        state = lockstep.state()
        if state is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        # parts before the state: a state that is there never names a part that is not
        for name, part in lockstep.parts().items():
            if name not in self._parts:
                content, checksum = packed(part)
                write_atomically(self.folder / f"{name}.npz", content)
                self._parts[name] = checksum
        seconds = self.before + self._clock() - self._began
        stored = {"about": self.about, "parts": self._parts, "seconds": seconds, "state": state}
        write_atomically(self.folder / STATE, packed(stored)[0])

    def _read(self) -> tuple[dict[str, Any], dict[str, Any]]:
        try:
            stored, _ = _unpacked(self.folder / STATE)
            # before the parts are read: those of other code may have any form
            changed = list(provenance.changes(stored["about"], self.about))
            parts = {} if changed else {n: self._part(n, c) for n, c in stored["parts"].items()}
            stored["seconds"] = float(stored["seconds"])
        except Damaged as error:
            raise Unfit(str(error)) from error
        except Exception as error:  # whole, and yet somebody else's
            raise Unfit(message("it is no checkpoint")) from error
        if changed:
            more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
            shown = ", ".join(path.removeprefix("sources/") for path in changed[:3])
            raise Unfit(message("it was written with another {names}", names=shown + more))
        return stored, parts

    def _part(self, name: str, checksum: str) -> Any:
        # the name comes from a file that may be anybody's: it may not lead out of the folder
        path = self.folder / f"{Path(name).name}.npz"
        part, actual = _unpacked(path)
        if actual != checksum:
            raise Damaged(message("{name} beside it is another", name=path.name))
        return part


def _unpacked(path: Path) -> tuple[Any, str]:
    try:
        return unpacked(path.read_bytes())
    except OSError as error:
        raise Damaged(
            message("{name} cannot be read: {error}", name=path.name, error=reason(error))
        ) from error


def _restore(lockstep: LockstepRun, state: Mapping[str, Any], parts: Mapping[str, Any]) -> None:
    try:
        lockstep.restore(state, parts)
    except Diverted as error:
        raise Unfit(str(error)) from error
    except Exception as error:  # it fits by its checksum and its sources, and yet is another's
        raise Unfit(
            message("it does not fit ({name}: {error})", name=type(error).__name__, error=error)
        ) from error


def discard(directory: Path, case: str, dtype: str) -> None:
    """Delete the checkpoint of a case that is in the record; what stays of it is ignored."""
    shutil.rmtree(_folder(directory, case, dtype), ignore_errors=True)


def discard_all(directory: Path) -> None:
    """Delete all checkpoints of a run that is finished."""
    shutil.rmtree(directory / FOLDER, ignore_errors=True)


def _folder(directory: Path, case: str, dtype: str) -> Path:
    return directory / FOLDER / file_name(case, dtype).removesuffix(".npz")
