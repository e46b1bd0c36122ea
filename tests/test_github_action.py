"""What the composite action runs: a submission judged, and the summary of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / ".github" / "check.sh"
RIGHT = "import numpy as np\ndef relu(u):\n    return np.maximum(u, 0)\n"
WRONG = RIGHT.replace("np.maximum(u, 0)", "np.abs(u)")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("bash") is None, reason="a workflow runs it in bash"),
]


def summary_of(folder, **settings):
    """The exit code, and what the summary of the run gets."""
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "RUNNER_TEMP": str(folder),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "CHECK_PATH": "net.py",
        "CHECK_LANG": "en",
        "CHECK_STRICT": "false",
        "CHECK_ONLY": "",
        **settings,
    }
    (folder / "compare.py").write_text("raise RuntimeError('a learner has a file of this name')")
    done = subprocess.run(["bash", SCRIPT], cwd=folder, env=environment, capture_output=True)
    assert done.stderr == b""
    return done.returncode, (folder / "summary.md").read_text("utf-8")


def test_what_is_right_passes_and_the_summary_says_so(tmp_path):
    (tmp_path / "net.py").write_text(RIGHT)
    code, summary = summary_of(tmp_path, CHECK_ONLY="relu")
    assert code == 0
    assert summary.startswith("### scratch-compare check\n\n    net.py\n")
    assert "    ALL SAME (1)\n" in summary
    assert (tmp_path / "check.html").is_file()


def test_what_is_wrong_fails_the_step_and_the_cause_is_in_the_summary(tmp_path):
    (tmp_path / "net.py").write_text(WRONG)
    terminal = {"TERM": "xterm-256color", "COLUMNS": "40"}
    code, summary = summary_of(tmp_path, CHECK_LANG="ja", CHECK_STRICT="true", **terminal)
    assert code == 1
    assert "不一致" in summary and "原因" in summary
    # what it says goes through a pipe: without colours, and a command stays in one piece
    assert "\x1b" not in summary
    assert any(len(line) > 60 for line in summary.splitlines() if " -m compare check " in line)
