"""The file as a program: ranks that torchrun starts, and what is said without it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from torch_ref import parallel

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "en" / "course" / "section4.md"


# as every process of ours does: else each rank loads torch's compiler, which takes as long again
WITHOUT_COMPILER = """
from compare.system.torch_compiler import leave_out_compiler

leave_out_compiler()
"""


@pytest.mark.slow
@pytest.mark.parametrize("ranks", ["2", "4"])
def test_what_the_page_shows_comes_out_of_as_many_ranks_as_torchrun_starts(ranks, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_COMPILER)
    shown = PAGE.read_text(encoding="utf-8").partition("$ torchrun ")[2].partition("```")[0]
    # of as many as the page has, and of twice as many
    arguments, _, output = shown.replace("2", ranks).partition("\n")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path}
    command = [sys.executable, "-m", "torch.distributed.run", *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert (done.returncode, done.stdout) == (0, output), done.stderr


def test_without_torchrun_it_says_how_it_is_started(monkeypatch):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    with pytest.raises(SystemExit, match="start it with: torchrun --nproc-per-node 2 -m torch_ref"):
        parallel.main()
