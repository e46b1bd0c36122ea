"""However a submission ends, it is said in one line, and the next call goes on."""

import sys

import numpy as np
import pytest

from compare.sandbox.interface import Ending, Failed
from compare.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.slow

LINUX = sys.platform == "linux"


def ending_of(box, *call, match=None, name="f"):
    """How ``f(*call)`` ended; afterwards ``good`` has to answer, in a new process if need be."""
    with pytest.raises(Failed, match=match) as caught:
        box.call(name, *call)
    assert "\n" not in caught.value.line
    assert box.call("good", 2.0).value == 4.0
    return caught.value.ending


GOOD = "\ndef good(x):\n    return 2 * x\n"


def test_an_infinite_loop_that_catches_everything(boxed):
    box = boxed(
        "def f():\n    while True:\n        try:\n            while True: pass\n"
        "        except BaseException: pass" + GOOD,
        seconds_a_call=0.5,
    )
    assert ending_of(box, match="f took longer than 0.5 s") is Ending.TIMED_OUT


def test_an_infinite_loop_that_ignores_every_signal(boxed):
    box = boxed(
        "import signal, time\nfor s in signal.valid_signals():\n"
        "    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "def f():\n    while True: time.sleep(9)" + GOOD,
        seconds_a_call=0.5,
    )
    assert ending_of(box) is Ending.TIMED_OUT


def test_all_calls_together_have_a_limit(boxed):
    box = boxed("import time\ndef f():\n    time.sleep(0.2)\n", seconds=1.5)
    with pytest.raises(Failed, match="used up its 1.5 s|took longer than") as caught:
        for _ in range(20):
            box.call("f")
    # by then no call has taken long: what is no longer called has no loop
    assert caught.value.ending is Ending.NOT_REACHED


def test_a_memory_bomb(boxed):
    box = boxed(
        "import numpy as np\ndef f():\n    kept = []\n"
        "    while True: kept.append(np.ones(10**6))" + GOOD
    )
    assert ending_of(box) is Ending.OUT_OF_MEMORY


def test_a_memory_bomb_where_the_system_keeps_no_limit_of_it(boxed):
    """What is left of that on macOS and Windows: the parent looks at the process's memory."""
    box = boxed(
        "import numpy as np\nimport time\ndef f():\n    kept = []\n    while True:\n"
        "        kept.append(np.ones(10**6)); time.sleep(0.001)" + GOOD,
        memory_bytes=1 << 26,
        layers={"rlimits": False},
    )
    assert ending_of(box, match="took more than 64 MiB of memory") is Ending.OUT_OF_MEMORY


@pytest.mark.skipif(sys.platform == "win32", reason="signals are named there otherwise")
def test_a_segmentation_fault(boxed):
    box = boxed(
        "import numpy as np\ndef f(x):\n"
        "    np.lib.stride_tricks.as_strided(x, (10**9,), (4096,))[:] = 1" + GOOD
    )
    assert ending_of(box, np.zeros(3), match=r"f crashed: SIG(SEGV|BUS)") is Ending.CRASHED


def test_os_exit(boxed):
    box = boxed("import os\ndef f():\n    os._exit(3)" + GOOD)
    assert ending_of(box, match="ended the process with exit code 3") is Ending.EXITED


def test_os_exit_0_is_no_answer_either(boxed):
    box = boxed("import os\ndef f():\n    os._exit(0)" + GOOD)
    assert ending_of(box, match="exit code 0") is Ending.EXITED


def test_sys_exit(boxed):
    box = boxed("import sys\ndef f():\n    sys.exit('done')" + GOOD)
    assert ending_of(box, match=r"sys.exit\(done\) \(net.py:3, in f\)") is Ending.EXITED


def test_a_kill_of_its_own(boxed):
    box = boxed("import os\ndef f():\n    os.kill(os.getpid(), 9)" + GOOD)
    assert ending_of(box, match="SIGKILL" if LINUX else None) is Ending.CRASHED


def test_endless_recursion(boxed):
    box = boxed("def f():\n    return f()" + GOOD)
    assert ending_of(box, match="RecursionError") is Ending.RAISED


def test_an_exception_that_cannot_be_printed(boxed):
    box = boxed(
        "class E(Exception):\n    def __str__(self):\n        raise MemoryError\n"
        "def f():\n    raise E" + GOOD
    )
    assert ending_of(box, match="E: its message cannot be printed") is Ending.RAISED


@pytest.mark.parametrize("how", ["print('x' * 1000)", "os.write(1, b'x' * 1000)"])
def test_a_flood_of_output(boxed, how):
    box = boxed(f"import os\ndef f():\n    while True: {how}{GOOD}")
    assert ending_of(box, match="printed more than 1048576 bytes") is Ending.FLOODED


def test_an_answer_that_is_too_large(boxed):
    box = boxed(
        "import numpy as np\ndef f():\n    return np.ones(2**18)" + GOOD, answer_bytes=2**20
    )
    assert ending_of(box, match="its answer has 2097152 bytes") is Ending.REFUSED


def test_a_file_that_is_too_large(boxed):
    box = boxed(
        "def f():\n    with open('big', 'wb') as file:\n        file.write(bytes(2**20))" + GOOD,
        file_bytes=2**19,
    )
    assert ending_of(box, match="File too large" if LINUX else None) is Ending.RAISED


def test_a_bomb_of_threads(boxed):
    box = boxed(
        "import threading, time\ndef f():\n    while True:\n"
        "        threading.Thread(target=time.sleep, args=(99,), daemon=True).start()" + GOOD,
        seconds_a_call=5.0,
    )
    assert ending_of(box) in (Ending.RAISED, Ending.TIMED_OUT, Ending.OUT_OF_MEMORY)


def test_input_has_nothing_to_read(boxed):
    box = boxed("def f():\n    return input('? ')" + GOOD)
    assert ending_of(box, match="EOFError") is Ending.RAISED


def test_an_exception_at_import_is_said_again_at_every_use(boxed):
    box = boxed("import numpy as np\nx = np.zeros(3)[7]\n")
    for _ in range(2):
        with pytest.raises(Failed, match=r"IndexError: .*\(net.py:2\)") as caught:
            box.call("f")
        assert (caught.value.ending, caught.value.where) == (Ending.RAISED, "net.py:2")


def test_an_endless_import(boxed):
    box = boxed(
        "while True:\n    try:\n        pass\n    finally:\n        continue\n", seconds=1.0
    )
    with pytest.raises(Failed) as caught:
        box.inventory  # noqa: B018
    assert caught.value.ending is Ending.TIMED_OUT


def test_a_script_that_raises_at_its_end_keeps_what_it_defined(boxed):
    box = boxed("def good(x):\n    return 2 * x\ndata = open('mnist.pkl')\n")
    assert box.call("good", 2.0).value == 4.0
    (failure,) = box.inventory.failures
    assert failure.startswith("FileNotFoundError") and "(net.py:3)" in failure


def test_a_script_defines_what_follows_the_line_that_raised(boxed):
    text = (
        "from __future__ import annotations\nimport pandas as pd\ndata = pd.read_csv('train.csv')\n"
        "rate = 0.5\nimport math\nprint(data)\ncalls = []\n"
        "for _ in range(3):\n    calls.append(1)\n"
        "def late(x: unknown):\n    return rate * math.sqrt(x)\nclass Later:\n    pass\n"
        "def seen():\n    return len(calls)\n"
    )
    box = boxed(text)
    assert box.call("late", 16.0).value == 2.0
    assert box.call("seen").value == 0  # a loop is no definition
    assert "Later" in [found.name for found in box.inventory.found]
    (failure,) = box.inventory.failures
    assert failure.startswith("ModuleNotFoundError: No module named 'pandas'")
    assert "(net.py:3): of what follows there only imports, definitions" in failure  # where used
    assert box.inventory.lost == ()


def test_what_a_script_fails_to_define_is_said_to_be_lost(boxed):
    text = "def good(x):\n    return x\n1 / 0\nclass Later(good(0).base):\n    pass\n"
    box = boxed(text)
    assert box.call("good", 1).value == 1
    assert box.inventory.lost == ("Later",)
    assert "'base' (net.py:4)" in box.inventory.failures[1]
    assert boxed(text.replace("1 / 0", "1 / 1")).inventory.lost == ("Later",)


def test_a_module_with_a_main_guard_survives_only_a_module_that_is_not_there(boxed):
    text = "import missing_one\ndef good(x):\n    return x\nif __name__ == '__main__':\n    pass\n"
    assert boxed(text).call("good", 1).value == 1


def test_a_module_with_a_main_guard_that_raises_keeps_nothing(boxed):
    box = boxed("def good(x):\n    return x\n1 / 0\nif __name__ == '__main__':\n    pass\n")
    with pytest.raises(Failed, match="ZeroDivisionError"):
        box.call("good", 1)


@pytest.mark.skipif(sys.platform == "win32", reason="an import cannot be interrupted there")
def test_a_script_that_trains_for_hours_keeps_what_it_defined(boxed):
    """It shortens its own time: the test waits for none, and needs none to begin in."""
    box = boxed(
        "import signal\ndef good(x):\n    return 2 * x\n"
        "left = [signal.getitimer(signal.ITIMER_REAL)[0]]\ndef seconds():\n    return left\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.001)\nwhile True:\n    pass\n",
        seconds=100.0,
    )
    assert box.call("good", 2.0).value == 4.0
    (seconds,) = box.call("seconds").value
    assert 0 < seconds <= 50  # half of its time: the rest is for what follows
    assert "was stopped there (net.py:" in box.inventory.failures[0]


@pytest.mark.parametrize(
    "value, line",
    [
        ("np.array([object()])", "an array of dtype object"),
        ("np.array(['a'])", "an array of dtype <U1"),
        ("np.datetime64('2026-01-01')", "datetime64"),
        ("2 ** 5000", "an int of 5001 bits"),
        ("[[]] and (lambda a: [a.append(a), a][1])([])", "nested deeper"),
        ("list(range(10**6))", "more than 200000 values"),
        ("{i: 0 for i in range(3000)}", "a dict of more than 2000 keys"),
    ],
)
def test_a_value_that_cannot_be_taken_is_refused(boxed, value, line):
    box = boxed(f"import numpy as np\ndef f():\n    return {value}{GOOD}")
    assert ending_of(box, match=line) is Ending.REFUSED


def test_an_object_is_no_value_where_one_is_asked_for(boxed):
    box = boxed("class Odd:\n    pass\ndef f():\n    return Odd()\n")
    with pytest.raises(Failed, match="an object of type Odd is no plain value") as caught:
        box.fetch(box.call("f").value)
    assert caught.value.ending is Ending.REFUSED


def test_a_sandbox_that_was_closed_starts_again(boxed):
    box = boxed(GOOD)
    with box:
        box.call("good", 1)
    assert isinstance(box, Sandbox) and box.call("good", 3).value == 6


@pytest.mark.parametrize("layers", [{}, {"landlock": False, "seccomp": False}])
def test_a_flood_of_files(boxed, layers):
    box = boxed(
        "import itertools\ndef f():\n    for i in itertools.count():\n"
        "        with open(f'{i}', 'wb') as file: file.write(bytes(2**16))" + GOOD,
        disk_bytes=1 << 24,
        layers=layers,
    )
    assert ending_of(box, match="it wrote .* files") is Ending.FLOODED


def test_the_last_words_of_a_process_are_said(boxed):
    box = boxed("import os\ndef f():\n    print('last words', flush=True)\n    os._exit(5)" + GOOD)
    assert ending_of(box, match="exit code 5; it last printed 'last words'") is Ending.EXITED


def test_a_class_that_cannot_be_described_takes_nothing_else_away(boxed):
    box = boxed(
        "class M(type):\n    __module__ = property(lambda s: 1 / 0)\n"
        "class A(metaclass=M):\n    pass\nglobals().update({'x' * 10**6: 1, 5: 2})" + GOOD
    )
    assert box.call("good", 2).value == 4
    assert "A cannot be described: ZeroDivisionError" in box.inventory.failures[0]


REPLACED = {
    "the inventory": ("frame.f_globals['found'] = lambda s: 3", "f()"),
    "a call": ("server.do_call = lambda *a: {'value': [1]}", ""),
    "the names of a function": ("server.do_globals = lambda *a: {'value': 1}", ""),
}


@pytest.mark.parametrize("change, at_once", REPLACED.values(), ids=REPLACED)
def test_a_reply_of_another_form_is_no_answer(boxed, change, at_once):
    """As of a worker whose own functions were replaced through the frames."""
    box = boxed(
        "import sys\ndef f():\n    frame = sys._getframe()\n    while frame:\n"
        "        server = frame.f_globals.get('Server')\n"
        f"        if server:\n            {change}\n"
        f"        frame = frame.f_back\n{at_once}{GOOD}"
    )
    with pytest.raises(Failed, match="own channel") as caught:
        box.call("f")
        box.globals_of("f")
        box.call("f")
    assert caught.value.ending is Ending.CRASHED
