"""One thread: the arrays are small, and one order of summation repeats its bits. In English."""

import gc
import os
import signal
import textwrap
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest

from compare.system.processes import process_context, start
from compare.system.torch_compiler import leave_out_compiler
from compare.system.torch_settings import use_threads

ROOT = Path(__file__).resolve().parents[1]

# whatever the language of who runs them; commands that tests start have it from here
os.environ["SCRATCH_COMPARE_LANG"] = "en"
leave_out_compiler()  # as the commands do
# some million objects of the tests and torch stay until the end: to look through them for garbage,
# while they are made and at every tenth test, takes a twentieth of the time
gc.disable()


def pytest_itemcollected(item):
    """Who takes a whole run takes as long as it."""
    if {"whole_run", "drawn_run"} & {*item.fixturenames}:
        item.add_marker(pytest.mark.slow)


def pytest_collection_finish():
    """What is there now is no garbage: it is not looked at again."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure():
    """What the tests have made ends with the process, which need not look for garbage among it."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    use_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _interruptible():
    """Ctrl-C works even where the tests run in the background of a shell, which ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def central_difference():
    """∂f/∂x by differences in float64, written out here: no test rests on the project's own."""

    def gradient(f, x, h=1e-6):
        found = np.empty_like(x)
        for i in np.ndindex(x.shape):
            e = np.zeros_like(x)
            e[i] = h
            found[i] = (f(x + e) - f(x - e)) / (2 * h)
        return found

    return gradient


@pytest.fixture
def one_bit_off(monkeypatch):
    """From when it is called on, one element of scratch's sigmoid is off by its last bit."""
    from scratch import activations

    right = activations.sigmoid

    def sigmoid(u):
        z = right(u)
        z.flat[3] = np.nextafter(z.flat[3], 1)
        return z

    return lambda: monkeypatch.setattr(activations, "sigmoid", sigmoid)


class Forked:
    """``python -c PROGRAM ARGUMENTS`` with torch imported already; to be used as a Popen is."""

    BEGIN = """if True:
        import os, sys
        from compare.system.processes import take_environment

        os.chdir(folder)
        take_environment(environment)
        for number, stream in enumerate(streams, start=1):
            os.dup2(stream.fileno(), number)
        sys.stdout, sys.stderr = (open(number, "w", closefd=False) for number in (1, 2))
        sys.argv = ["-c", *arguments]
        exec(program, {"__name__": "__main__"})
    """

    def __init__(self, program, *arguments, cwd=ROOT, env=(), onto=None):
        self.stdout, self.stderr, streams = None, None, (onto, onto)  # both onto one, where given
        if onto is None:
            ends, streams = zip(*(Pipe(duplex=False) for _ in "12"), strict=True)
            self.stdout, self.stderr = (open(os.dup(end.fileno())) for end in ends)
        given = {"program": program, "arguments": arguments, "streams": streams}
        given |= {"folder": str(cwd), "environment": {**os.environ, **dict(env)}}
        self.process = process_context().Process(target=exec, args=(self.BEGIN, given))
        start(self.process)
        self.pid, self.kill = self.process.pid, self.process.kill
        for stream in streams:
            stream.close()

    def send_signal(self, number):
        """Send it to this process alone."""
        os.kill(self.pid, number)

    def communicate(self, timeout=60):
        """What it prints, until its end."""
        printed = self.stdout.read(), self.stderr.read()
        self.wait(timeout)
        return printed

    def wait(self, timeout=60):
        """How it ends; its streams are closed."""
        self.process.join(timeout)
        for stream in filter(None, (self.stdout, self.stderr)):
            stream.close()
        return self.returncode

    def poll(self):
        """Its exit code, or None as long as it runs."""
        return self.process.exitcode

    returncode = property(poll)


@pytest.fixture(scope="module")
def forked():
    """``forked(program, *arguments)``: a process with all that one has, but a start of a second."""
    processes = []

    def begin(*arguments, **more):
        processes.append(Forked(*arguments, **more))
        return processes[-1]

    yield begin
    for each in processes:
        each.kill()
        each.wait()


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory):
    """The directory of a run of three cases, one of them a training case; to be copied."""
    from click.testing import CliRunner

    from compare.cli import main

    logdir = tmp_path_factory.mktemp("whole")
    arguments = ["run", "affine", "sigmoid", "mlp.iris", "--dtype", "float64", "--steps", "40"]
    result = CliRunner().invoke(main, [*arguments, "--logdir", str(logdir)])
    assert result.exit_code == 0, result.output
    (directory,) = logdir.glob("2*")
    return directory


@pytest.fixture
def boxed(tmp_path):
    """``boxed(text)``: a Sandbox around a submission of that text; ended with the test."""
    from compare.sandbox.interface import Limits
    from compare.sandbox.sandbox import Sandbox

    boxes = []

    def box(text, name="net.py", layers=None, **limits):
        path = tmp_path / "handed_in" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        within = Limits(**{"memory_bytes": 256 << 20, "seconds_a_call": 20.0, **limits})
        boxes.append(Sandbox(path, within, layers))
        return boxes[-1]

    yield box
    for each in boxes:
        each.close()


@pytest.fixture(scope="session")
def short_sweep():
    """A sweep with few steps, and without the settings whose numerical gradient takes long."""
    from dataclasses import replace

    from compare.sweeps.registry import find

    def shortened(name, keep=lambda setting: True):
        sweep = find(name)

        def settings(steps):
            wanted = [s for s in sweep.settings(steps) if s.values.get("parameters", 0) < 100]
            return tuple(s for s in wanted if keep(s))

        return replace(sweep, settings=settings, steps=min(sweep.steps, 3))

    return shortened


@pytest.fixture(scope="session")
def swept(short_sweep):
    """What came of every sweep in its short form, by name; each is run where it is asked for."""
    from compare.sweeps.running import run

    class Swept(dict):
        def __missing__(self, name):
            self[name] = run(short_sweep(name))
            return self[name]

    return Swept()
