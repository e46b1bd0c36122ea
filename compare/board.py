"""Start TensorBoard on a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from compare.report.json_record import SCHEMA
from compare.report.tensorboard import link, worst_training_tag


def records(directory: Path) -> list[dict[str, object]]:
    """The lines of a run's results.jsonl, without what is cut off or of another version."""
    path = directory / "results.jsonl"
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(record, dict) and record.get("schema") == SCHEMA:
            found.append(record)
    return found


def address(directory: Path, port: int) -> str:
    """The link that opens on the answer."""
    return link(f"http://127.0.0.1:{port}", worst_training_tag(records(directory)))


def command(directory: Path, port: int, load_fast: bool = True) -> list[str]:
    """What starts TensorBoard, on this machine only, with every point and figure kept."""
    arguments = [sys.executable, "-m", "tensorboard.main", "--logdir", str(directory)]
    arguments += ["--host", "127.0.0.1", "--port", str(port)]
    arguments += ["--samples_per_plugin", "scalars=20000,images=100"]
    return arguments if load_fast else [*arguments, "--load_fast=false"]


def serve(directory: Path, port: int, load_fast: bool = True) -> int:
    """Run TensorBoard until it ends or Ctrl-C; its exit status."""
    process = subprocess.Popen(command(directory, port, load_fast))
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        return 0
