"""The correct twin of every attack: what honest code does is no breach, and works."""

import pytest

from compare.sandbox.in_process import InProcess
from compare.sandbox.interface import Ending, Failed
from compare.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.slow

LAYERS = {"both": {}, "portable": {"landlock": False, "seccomp": False}}

HONEST = {
    "numpy": """
        import numpy as np
        rng = np.random.default_rng(0)
        a = rng.standard_normal((6, 6))
        np.linalg.svd(a); np.linalg.eig(a); np.fft.fft2(a); np.einsum("ij,jk", a, a)
        np.polynomial.Polynomial.fit([1, 2, 3], [1, 4, 9], 2); np.random.seed(1); np.random.randn(3)
        np.testing.assert_allclose(a, a); np.ma.masked_array(a, a > 0).mean(); np.matrix(a) * 2
        a.ctypes.data; np.show_config; np.info; str(a); np.vectorize(float)(a)
        np.save("a.npy", a); np.load("a.npy"); np.savez("a.npz", a=a); np.load("a.npz")["a"]
        np.savetxt("a.csv", a, delimiter=","); np.loadtxt("a.csv", delimiter=",")
        np.genfromtxt("a.csv", delimiter=","); np.memmap("m.bin", float, "w+", shape=(3,)).flush()
        a.tofile("a.bin"); np.fromfile("a.bin"); np.lib.stride_tricks.sliding_window_view(a, (2, 2))
        """,
    "the standard library": """
        import abc, argparse, collections, copy, csv, datetime, decimal, enum, fractions, functools
        import glob, gzip, hashlib, heapq, io, itertools, json, logging, math, operator, pathlib
        import pickle, platform, pprint, random, re, shutil, statistics, string, struct, sys
        import tempfile, textwrap, threading, time, timeit, traceback, types, typing
        import unittest, urllib.request, uuid, warnings, weakref, zipfile
        import concurrent.futures, multiprocessing, subprocess
        import socket, gc, inspect, ast, dis, signal, contextlib, dataclasses, doctest, os
        gc.collect(); random.seed(); random.random(); time.sleep(0); datetime.datetime.now()
        pickle.loads(pickle.dumps({"W": [1.0]})); json.loads(json.dumps([1])); copy.deepcopy([[1]])
        logging.warning("careful"); warnings.warn("careful"); timeit.timeit("1", number=9)
        os.getcwd(); os.path.exists("/etc"); sys.getsizeof([]); platform.python_version()
        """,
    "files of its own": """
        import glob, os, pathlib, pickle, shutil, tempfile, zipfile
        os.makedirs("data/deep", exist_ok=True)
        with open("data/w.pkl", "wb") as file:
            pickle.dump({"W": 1}, file)
        pickle.load(open("data/w.pkl", "rb"))
        pathlib.Path("log.txt").write_text("epoch 1"); pathlib.Path("log.txt").read_text()
        with zipfile.ZipFile("z.zip", "w") as z:
            z.write("log.txt")
        zipfile.ZipFile("z.zip").extractall("out"); list(os.walk("."))
        glob.glob("**/*", recursive=True)
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"x")
        shutil.copyfile("log.txt", "copy.txt"); os.rename("copy.txt", "moved.txt")
        os.remove("moved.txt")
        os.symlink("log.txt", "link.txt"); open("link.txt").read()
        """,
    "tracebacks and its own source": """
        import inspect, linecache, logging, sys, traceback, warnings
        def f():
            try:
                1 / 0
            except ZeroDivisionError:
                traceback.print_exc(); logging.exception("x", stack_info=True)
            traceback.print_stack(); inspect.stack(); warnings.warn("deep", stacklevel=9)
            inspect.getsource(f); "".join(traceback.format_stack()); inspect.currentframe().f_back
        f()
        """,
    "threads": """
        import threading, queue
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(abs, [-1, 2])) == [1, 2]
        """,
    "a missing library that it can do without": """
        try:
            import cupy as np
        except ImportError:
            import numpy as np
        try:
            import numba
        except ImportError:
            numba = None
        """,
    "classes of every kind": """
        import abc, dataclasses, enum, typing
        class Base(abc.ABC):
            @abc.abstractmethod
            def forward(self, x): ...
        class Kind(enum.Enum):
            A = 1
        @dataclasses.dataclass(frozen=True, slots=True)
        class Point:
            x: float = 0.0
        class Pair(typing.NamedTuple):
            a: int
        T = typing.TypeVar("T")
        class Box(typing.Generic[T]):
            pass
        import collections
        Old = collections.namedtuple("Old", "x y")
        Old(1, 2); Point(); Pair(1); Box[int]()
        """,
    "its own modules by these names": """
        def scratch(): return 1
        torch = compare = scratch
        """,
    "setting what an interpreter has": """
        import os, sys, gc, locale
        os.environ["X"] = "1"; os.environ.get("HOME"); sys.setrecursionlimit(5000); os.chdir(".")
        os.getpid(); os.cpu_count(); sys.path.append(".."); gc.disable(); os.umask(0o22)
        print("\\u30bd\\u30d5\\u30c8", flush=True); sys.stdout.write("x"); sys.stderr.write("y")
        """,
    "another stdout": """
        import io, sys
        sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8")
        print("x")
        """,
}


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST)
def test_honest_code_runs(boxed, text, layers):
    box = boxed(text + "\n        def done():\n            return 1\n", layers=layers)
    assert box.inventory.failures == ()
    assert box.call("done").value == 1 and box.breaches == ()


def test_exit_at_the_end_of_a_script_is_its_end(boxed):
    box = boxed("def f():\n    return 1\nexit()\n")
    assert box.call("f").value == 1
    assert box.inventory.failures[0].startswith("SystemExit")


def test_a_seed_set_in_one_call_holds_in_the_next(boxed):
    box = boxed(
        "from numpy.random import rand, seed\ndef s():\n    seed(3)\ndef f():\n    return rand()\n"
    )
    box.call("s")
    first = box.call("f").value
    assert box.call("f").value != first
    box.call("s")
    assert box.call("f").value == first


def test_boxes_side_by_side_do_not_meet(boxed):
    one = boxed("X = []\ndef f(x):\n    X.append(x)\n    return X\n")
    other = Sandbox(one.source)
    with other:
        one.call("f", 1)
        assert other.call("f", 2).value == [2] and one.call("f", 3).value == [1, 3]


class Layer:
    """Doubles."""

    def forward(self, x):
        print("forward")
        x *= 2
        return x

    def leave(self):
        raise SystemExit(3)


def test_local_is_the_same_around_objects_of_this_interpreter():
    import sys

    import numpy as np

    box = InProcess(sys.modules[__name__])
    found = box.inventory["Layer"]
    assert (found.kind, found.doc, set(found.methods)) == (
        "class",
        "Doubles.",
        {"forward", "leave"},
    )
    layer = box.call("Layer").value
    x = np.ones(3)
    answer = box.method(layer, "forward", x)
    assert (answer.value == 2).all() and (x == 1).all()
    assert answer.changed == (0,) and answer.printed == "forward\n"
    box.set(layer, "W", x)
    assert box.get(layer, "W").tobytes() == x.tobytes()
    with pytest.raises(Failed, match="SystemExit: 3") as caught:
        box.method(layer, "leave")
    assert caught.value.ending is Ending.RAISED and caught.value.where.endswith("in leave")
    with pytest.raises(Failed, match="there is no 'nothing'"):
        box.call("nothing")
    with pytest.raises(Failed, match="of another box"):
        InProcess({}).get(layer, "W")


def test_local_takes_a_namespace_and_an_object():
    params = {"W": [1.0]}
    box = InProcess({"f": lambda p: p["W"].append(2.0), "g": lambda: object()})
    kept = box.keep(params)
    assert box.call("f", kept).changed == (0,)
    assert box.fetch(kept) == {"W": [1.0, 2.0]} and params == {"W": [1.0]}
    with pytest.raises(Failed, match="of type object is no plain value"):
        box.fetch(box.call("g").value)
    assert (InProcess(Layer()).call("forward", 2.0)).value == 4.0
