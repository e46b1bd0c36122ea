"""How long a command takes from its start to its end, in a process of its own each time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from compare.report.durations import STAGES

TIMES, LONGEST = 10, 10.0  # of what takes less than a second; seconds of all times
FUNCTION = """import numpy as np


def relu(u):
    return np.maximum(u, 0)
"""
PAIR = """import numpy as np
import torch
import compare

compare.assert_equivalent(np.tanh, torch.tanh, [np.linspace(-2, 2, 12).reshape(3, 4)])
"""
COMMANDS = {
    "--help": ("-m", "compare", "--help"),
    "list": ("-m", "compare", "list"),
    "a first assert_equivalent": ("pair.py",),
    "check of one function": ("-m", "compare", "check", "relu.py"),
    "run -k affine": ("-m", "compare", "run", "-k", "affine"),
    "run": ("-m", "compare", "run", "--durations", "0"),
}
SHORT = tuple(name for name in COMMANDS if name != "run")


def measured(name: str, clock: Callable[[], float] = time.perf_counter) -> dict[str, Any]:
    """The least of a few times of the clock on the wall, and the work of the last by its stages.

    Both in seconds: ``seconds``, and ``work`` of a run.   Raises where the command fails.
    """
    with TemporaryDirectory() as folder:
        Path(folder, "relu.py").write_text(FUNCTION, encoding="utf-8")
        Path(folder, "pair.py").write_text(PAIR, encoding="utf-8")
        took: list[float] = []
        while not took or (len(took) < TIMES and sum(took) < LONGEST):
            started = clock()
            printed = _run(COMMANDS[name], folder)
            took.append(clock() - started)
    return {"seconds": min(took), "work": _work(printed)}


def _work(printed: str) -> dict[str, float]:
    """Stage → seconds, as ``run --durations`` prints them."""
    found = re.findall(rf"^ *([0-9.]+) s  ({'|'.join(STAGES)})$", printed, re.MULTILINE)
    return {stage: float(seconds) for seconds, stage in found}


def _run(arguments: tuple[str, ...], folder: str) -> str:
    home = Path(__file__).resolve().parents[3]
    path = os.pathsep.join(filter(None, (str(home), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": path, "SCRATCH_COMPARE_LANG": "en"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment,
        capture_output=True, encoding="utf-8", check=True,
    ).stdout  # fmt: skip
