"""A bar on a terminal, which never stands in a row."""

import os
import sys
from multiprocessing.connection import Connection

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.skipif(sys.platform == "win32", reason="gives streams to a process")
def test_on_a_terminal_the_progress_bar_never_stands_in_a_row(forked):
    import pty

    main_end, terminal = pty.openpty()
    asked = ["affine", "affine.*", "descent.minibatch", "--dtype", "float64", "--steps", "5"]
    asked += ["-j", "1", "--no-tensorboard"]
    program = "from compare.__main__ import main; main()"
    process = forked(program, "run", *asked, onto=Connection(terminal))
    shown = b""
    while True:
        try:
            chunk = os.read(main_end, 4096)
        except OSError:  # Linux says so when the other end is closed
            break
        if not chunk:
            break
        shown += chunk
    os.close(main_end)
    assert process.wait(timeout=30) == 0
    rows = [line for line in shown.decode().split("\n") if "same" in line and "/" not in line]
    assert len(rows) >= 4
    after_erasing = [row.rpartition("\x1b[2K")[2] for row in rows]
    assert not any("\u2501" in row for row in after_erasing)
