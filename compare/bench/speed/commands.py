"""How long a command takes from its start to its end, in a process of its own each time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

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
    "run": ("-m", "compare", "run"),
}
SHORT = tuple(name for name in COMMANDS if name != "run")


def seconds(name: str, clock: Callable[[], float] = time.perf_counter) -> float:
    """The least of a few times of the clock on the wall.   Raises where the command fails."""
    with TemporaryDirectory() as folder:
        Path(folder, "relu.py").write_text(FUNCTION, encoding="utf-8")
        Path(folder, "pair.py").write_text(PAIR, encoding="utf-8")
        took: list[float] = []
        while not took or (len(took) < TIMES and sum(took) < LONGEST):
            started = clock()
            _run(COMMANDS[name], folder)
            took.append(clock() - started)
    return min(took)


def _run(arguments: tuple[str, ...], folder: str) -> None:
    home = Path(__file__).resolve().parents[3]
    path = os.pathsep.join(filter(None, (str(home), os.environ.get("PYTHONPATH"))))
    subprocess.run(
        [sys.executable, *arguments], cwd=folder, env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True,
    )  # fmt: skip
