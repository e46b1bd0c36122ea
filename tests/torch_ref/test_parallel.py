"""The file as a program: ranks that torchrun starts, and what is said without it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from torch.distributed import TCPStore

from torch_ref import parallel

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "en" / "course" / "section4.md"


# as every process of ours does: else each rank loads torch's compiler, which takes as long again
WITHOUT_COMPILER = """
from compare.system.torch_compiler import leave_out_compiler

leave_out_compiler()
"""
SHOWN = PAGE.read_text(encoding="utf-8").partition("$ torchrun ")[2].partition("```")[0]


@pytest.mark.slow
def test_what_the_page_shows_comes_out_of_the_ranks_that_torchrun_starts(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_COMPILER)
    arguments, _, output = SHOWN.partition("\n")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path}
    command = [sys.executable, "-m", "torch.distributed.run", *arguments.split()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert (done.returncode, done.stdout) == (0, output), done.stderr


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="gives streams to a process")
def test_of_twice_as_many_ranks_as_the_page_has_the_same_comes_out(forked):
    store = TCPStore("127.0.0.1", 0, is_master=True)  # and all else that torchrun gives its ranks
    group = {"WORLD_SIZE": "4", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(store.port)}
    group |= {"TORCHELASTIC_RUN_ID": "none", "TORCHELASTIC_USE_AGENT_STORE": "True"}
    program = "from torch_ref.parallel import main; main()"
    ranks = [forked(program, env={**group, "RANK": str(rank)}) for rank in range(4)]
    printed = [rank.communicate() for rank in ranks]
    assert printed == [(SHOWN.replace("2", "4").partition("\n")[2], ""), *[("", "")] * 3]


def test_without_torchrun_it_says_how_it_is_started(monkeypatch):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    with pytest.raises(SystemExit, match="start it with: torchrun --nproc-per-node 2 -m torch_ref"):
        parallel.main()
