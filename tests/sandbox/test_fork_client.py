"""Submissions that are forked are as apart from each other, and as confined, as any processes."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from compare.sandbox import launch
from compare.sandbox.interface import Ending, Failed

pytestmark = pytest.mark.skipif(not launch.FORKS, reason="on Linux alone")

PID = "import os\ndef pid():\n    return os.getpid()\n"


def server_of(box):
    return psutil.Process(box.call("pid").value).parent()


def gone(pid, seconds=10.0):
    """Whether it ends, or nobody has waited for it yet."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


def test_one_process_loads_numpy_for_all_submissions(boxed):
    first, second = boxed(PID), boxed(PID)
    assert first.call("pid").value != second.call("pid").value
    assert server_of(first) == server_of(second)


def test_with_other_kernels_another_one_does(boxed, monkeypatch):
    first = server_of(boxed(PID))
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")
    assert server_of(boxed(PID)) != first


def test_what_one_changes_no_other_sees(boxed):
    text = "import numpy as np\ndef change():\n    np.pi = 3\ndef look():\n    return np.pi\n"
    one, other = boxed(text), boxed(text)
    one.call("change")
    assert one.call("look").value == 3
    assert other.call("look").value == boxed(text).call("look").value == pytest.approx(3.14159)


def test_random_numbers_are_not_those_of_another(boxed):
    text = """
        import random
        import numpy as np

        def f():
            return [np.random.rand(), random.random()]
    """
    drawn = [x for _ in range(2) for x in boxed(text).call("f").value]
    assert len(set(drawn)) == 4


def test_it_is_as_a_process_of_its_own_would_be(boxed, monkeypatch):
    text = """
        import os, sys

        def open_files():
            return [n for n in range(256) if is_open(n)]

        def is_open(n):
            try:
                os.fstat(n)
            except OSError:
                return False
            return True

        def modules():
            return [*sys.modules]

        def told():
            return [os.getsid(0) == os.getpid(), os.getcwd().rpartition("/")[2], sys.argv[1:],
                    sys.flags.isolated, sys.flags.dont_write_bytecode, sys.stdout.seekable()]
    """
    forked, spawned = boxed(text), boxed(text)
    assert not forked.inventory.failures  # it is started now, and the other one below
    monkeypatch.setattr(launch, "FORKS", False)
    assert len(forked.call("open_files").value) == len(spawned.call("open_files").value)
    assert forked.call("told").value == spawned.call("told").value
    loaded = [{*box.call("modules").value} for box in (forked, spawned)]
    # NumPy loads that at its first use
    assert "numpy.random" in loaded[0] - loaded[1] and loaded[1] <= loaded[0]
    assert not {name.partition(".")[0] for name in loaded[0]} & {"socket", "select", "compare"}


def test_an_exit_code_comes_from_one_that_was_forked(boxed):
    box = boxed("import os\ndef end(code):\n    os._exit(code)\n")
    for code in (3, 255):
        with pytest.raises(Failed, match=f"exit code {code}") as caught:
            box.call("end", code)
        assert caught.value.ending is Ending.EXITED


def test_a_server_that_was_killed_is_replaced(boxed):
    server = server_of(boxed(PID))
    os.kill(server.pid, signal.SIGKILL)
    assert gone(server.pid)
    assert server_of(boxed(PID)) != server


BUSY = "\ndef busy():\n    while True:\n        pass\n"


def test_the_server_ends_with_who_asks_and_so_does_what_it_forked_though_it_is_busy(tmp_path):
    (tmp_path / "net.py").write_text(PID + BUSY)
    program = """
        import os, signal, threading
        import psutil
        from compare.sandbox.sandbox import Sandbox

        box = Sandbox("net.py")
        pid = box.call("pid").value
        print(pid, psutil.Process(pid).ppid(), flush=True)
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGKILL)).start()
        box.call("busy")
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == -signal.SIGKILL and len(done.stdout.split()) == 2, done.stderr
    assert all(gone(int(pid)) for pid in done.stdout.split())
