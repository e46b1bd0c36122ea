"""A submission that works against the sandbox from inside gets no pass, and changes no bit."""

import os
import secrets
import textwrap

import numpy as np
import pytest

import scratch
from compare.sandbox.interface import Ending, Failed, Handle
from compare.sandbox.worker import audit_hook, wire_format

pytestmark = pytest.mark.slow

PORTABLE = {"landlock": False, "seccomp": False}
X = np.arange(6.0).reshape(2, 3)


def good_bytes(box, x=X):
    """What ``double`` gives: twice the bytes that we handed in, whatever was patched."""
    answer = box.call("double", x)
    assert answer.value.tobytes() == (2 * x).tobytes()
    assert answer.value.dtype == x.dtype and answer.changed == ()
    return answer


DOUBLE = "\nimport numpy as np\ndef double(x):\n    return x + x\n"
PATCHES = {
    "numpy": "for n in 'array asarray frombuffer ascontiguousarray dtype ndarray'.split():\n"
    "    setattr(np, n, lambda *a, **k: np.zeros(3))",
    "builtins": "import builtins\nfor n in 'issubclass len type list dict id'.split():\n"
    "    setattr(builtins, n, lambda *a: 1 / 0)",
    "json": "import json, json.encoder, json.decoder\n"
    "json.dumps = json.loads = lambda *a, **k: '{}'\n"
    "json.JSONEncoder.encode = json.JSONDecoder.decode = lambda *a: {}\n"
    "json.encoder.encode_basestring_ascii = lambda s: '\"x\"'\n"
    "json.decoder.scanstring = json.scanner.c_make_scanner = None",
    "os": "import os\nos.write = lambda fd, data: len(data)\nos.read = lambda *a: b''\n"
    "os._exit = print",
    "struct": "import struct\nstruct.pack = struct.unpack = struct.Struct = None",
    "warnings": "import warnings\nwarnings.catch_warnings = None\nwarnings.simplefilter = None",
    "time": "import time\ntime.perf_counter = lambda: 1 / 0",
    "sys": "import sys\nsys.stdout = sys.stderr = None\nsys.audit = None\nsys.exc_info = None",
    "the modules": "import sys\nkept = dict(sys.modules)\nsys.modules.clear()",
    "the audit hooks": "import sys\nsys.addaudithook(lambda *a: None)",
    "a profiler": "import sys\nsys.setprofile(lambda *a: None)\nsys.settrace(lambda *a: None)",
    "numpy's settings": "np.seterr(all='raise')\nnp.set_printoptions(precision=1)",
}


@pytest.mark.parametrize("patch", PATCHES.values(), ids=PATCHES)
def test_what_is_patched_changes_no_byte(boxed, patch):
    box = boxed(f"import numpy as np\ndef patch():\n{textwrap.indent(patch, '    ')}\n{DOUBLE}")
    good_bytes(box)
    box.call("patch")
    good_bytes(box)


def test_the_type_of_arrays_cannot_be_patched(boxed):
    box = boxed("import numpy as np\ndef f():\n    np.ndarray.tobytes = lambda *a: b''\n" + DOUBLE)
    with pytest.raises(Failed, match="immutable type"):
        box.call("f")
    good_bytes(box)


def test_a_subclass_of_an_array_comes_as_its_own_buffer(boxed):
    box = boxed(
        """
        import numpy as np
        class Liar(np.ndarray):
            shape = property(lambda self: (1,)); dtype = property(lambda self: "f2")
            __class__ = property(lambda self: float)
            def tobytes(self, *a): return b"lies"
            def view(self, *a): return np.zeros(1)
            def __eq__(self, other): return True
            def __array__(self, *a, **k): return np.zeros(1)
            def __array_finalize__(self, other): pass
            def __array_function__(self, *a): return np.zeros(1)
            def __array_ufunc__(self, *a, **k): return np.zeros(1)
        def f(x):
            return np.ndarray.view(x + 1, Liar)
        """
    )
    back = box.call("f", X).value
    assert type(back) is np.ndarray and back.tobytes() == (X + 1).tobytes()


LIARS = {
    "an array by __array__": "def __array__(self, *a, **k): return np.zeros(3)",
    "an equal of everything": "def __eq__(self, other): return True",
    "an array by __class__": "__class__ = property(lambda self: np.ndarray)",
    "a float": "__class__ = property(lambda self: float)\n    def __float__(self): return 1.0",
    "a buffer": "__array_interface__ = {'shape': (3,), 'typestr': '<f8', 'data': (0, False)}",
}


@pytest.mark.parametrize("body", LIARS.values(), ids=LIARS)
def test_an_object_that_says_it_is_a_value_is_only_a_handle(boxed, body):
    box = boxed(f"import numpy as np\nclass Liar:\n    {body}\ndef f():\n    return Liar()\n")
    handle = box.call("f").value
    assert isinstance(handle, Handle) and handle.type_name == "Liar"
    with pytest.raises(Failed, match="an object of type Liar is no plain value") as caught:
        box.fetch(handle)
    assert caught.value.ending is Ending.REFUSED


def test_a_subclass_of_a_container_comes_as_what_it_holds(boxed):
    box = boxed(
        "class D(dict):\n    def items(self): return [('W', 2)]\n    def __len__(self): return 0\n"
        "class L(list):\n    def __iter__(self): return iter([9])\n"
        "class F(float):\n    def __float__(self): return 9.0\n    def __repr__(self): return '9'\n"
        "class S(str):\n    def __str__(self): return 'lie'\n"
        "    def encode(self, *a): return b'lie'\n"
        "def f():\n    return D(W=1), L([1]), F(1), S('a')\n"
    )
    assert box.call("f").value == ({"W": 1}, [1], 1.0, "a")


def test_a_hidden_change_of_an_argument_is_seen(boxed):
    box = boxed(
        "import builtins, numpy as np\ndef f(x):\n    np.array_equal = lambda *a: True\n"
        "    x.view(np.uint8)[...] ^= 1\n    return x.sum()\n"
    )
    answer = box.call("f", X)
    assert answer.changed == (0,) and answer.after[0].tobytes() != X.tobytes()


def test_printed_results_are_only_printed(boxed):
    forged = b"".join(wire_format.parts({"token": "0" * 16, "value": 42}, []))
    box = boxed(f"import sys\ndef f():\n    sys.stdout.buffer.write({forged!r})\n    return 1\n")
    answer = box.call("f")
    assert answer.value == 1 and "42" in answer.printed


def forger(write):
    """A submission that writes a frame of its own into every file number that it finds."""
    return (
        "import os\ndef f(data):\n    data = data.encode('latin-1')\n    for i in range(64):\n"
        f"        try: {write}\n        except OSError: pass\n    return 1\n" + DOUBLE
    )


@pytest.mark.parametrize("layers", [{}, PORTABLE], ids=["both", "portable"])
@pytest.mark.parametrize(
    "header",
    [
        {"token": "0" * 16, "value": 42},
        {"token": "0" * 16, "ending": "RAISED", "line": "x"},
        {"value": 42},
        {},
    ],
)
def test_forged_frames_are_no_answers(boxed, header, layers):
    forged = b"".join(wire_format.parts(header, [])).decode("latin-1")
    box = boxed(forger("os.write(i, data)"), layers=layers)
    with pytest.raises(Failed) as caught:
        box.call("f", forged)
    assert caught.value.ending in (Ending.CRASHED, Ending.NOT_FROM_SCRATCH)
    good_bytes(box)


@pytest.mark.parametrize("layers", [{}, PORTABLE], ids=["both", "portable"])
def test_noise_on_every_file_number_is_no_answer(boxed, layers):
    box = boxed(forger("os.write(i, data)"), layers=layers)
    with pytest.raises(Failed) as caught:
        box.call("f", secrets.token_bytes(3000).decode("latin-1"))
    assert caught.value.ending in (Ending.CRASHED, Ending.NOT_FROM_SCRATCH)
    good_bytes(box)


CLOSERS = {
    "closed": "os.closerange(3, 64)",
    "each closed": "[os.close(i) for i in range(3, 64) if os.path.exists(f'/proc/self/fd/{i}')]",
    "replaced": "[os.dup2(n, i) for n in [os.open(os.devnull, os.O_RDWR)] for i in range(3, 64)]",
    "swapped": "[os.dup2(1, i) for i in range(3, 64)]",
}


@pytest.mark.skipif(os.name != "posix", reason="file numbers")
@pytest.mark.parametrize("layers", [{}, PORTABLE], ids=["both", "portable"])
@pytest.mark.parametrize("how", CLOSERS.values(), ids=CLOSERS)
def test_without_the_sandboxs_channels_there_is_no_answer(boxed, how, layers):
    text = f"import os\ndef f():\n    {how}\n    import torch\n    return 1\n"
    box = boxed(text + DOUBLE, layers=layers, seconds_a_call=1.0)
    with pytest.raises(Failed) as caught:
        box.call("f")
    assert caught.value.ending is not Ending.RAISED
    good_bytes(box)


def test_the_worker_is_not_among_the_modules(boxed):
    box = boxed(
        "import sys\ndef f():\n    return sorted(k for k in vars(sys.modules['__main__']) "
        "if not k.startswith('__')), [n for n in sys.modules if 'sandbox' in n]\n"
    )
    assert box.call("f").value == ([], [])


REACH = {
    "the hook's own functions": """
        def f(x):
            try:
                open("/etc/passwd")
            except OSError as error:
                step, found = error.__traceback__, []
                while step:
                    found += step.tb_frame.f_locals.values()
                    step = step.tb_next
            for value in [*found, *(h for v in found if type(v) is tuple for p in v
                                    if type(p) is tuple for h in p)]:
                for name in ("__code__", "__defaults__", "__kwdefaults__"):
                    try:
                        setattr(value, name, (lambda *a, **k: "").__code__
                                if name == "__code__" else None)
                    except Exception:
                        pass
            return open(x).read()
        """,
    "mappings behind their proxies": """
        class Leak:
            def __eq__(self, other):
                if type(other) is dict:
                    other.clear()
                return True
        def f(x):
            try:
                open("/etc/passwd")
            except OSError as error:
                step = error.__traceback__
                while step:
                    for value in step.tb_frame.f_locals.values():
                        value == Leak()
                        if isinstance(value, tuple):
                            [part == Leak() for part in value]
                    step = step.tb_next
            return open(x).read()
        """,
    "frames": """
        def f(x):
            frame = sys._getframe()
            while frame:
                for names in (frame.f_globals, frame.f_locals, frame.f_builtins):
                    for name in [*names]:
                        if name in ("report", "reporter", "install", "breaches", "BREACHES",
                                    "FOREIGN", "judge", "len", "_write", "open"):
                            names[name] = lambda *a, **k: None
                frame = frame.f_back
            import torch
        """,
    "a traceback": """
        def f(x):
            try:
                open("/etc/passwd")
            except OSError as error:
                step = error.__traceback__
                while step:
                    frame = step.tb_frame
                    theirs = frame.f_code is not f.__code__
                    for names in (frame.f_locals, frame.f_globals, frame.f_builtins) * theirs:
                        for name in [*names]:
                            if not name.startswith("__"):
                                try: names[name] = lambda *a, **k: ""
                                except Exception: pass
                    step = step.tb_next
            __import__("torch")
        """,
    "a path that changes its mind": """
        class P(str):
            def __fspath__(self): return "x"
            def __str__(self): return "x"
            def encode(self, *a): return b"x"
            def split(self, *a): return ["x"]
        def f(x):
            return open(P(x)).read()
        """,
    "readlink": """
        import os, posixpath
        def f(x):
            os.readlink = os.lstat = os.getcwd = os.stat = lambda *a, **k: "/"
            os.path.realpath = os.path.abspath = posixpath.join = lambda *a, **k: "/dev/null"
            return open(x).read()
        """,
}


@pytest.mark.parametrize("layers", [{}, PORTABLE], ids=["both", "portable"])
@pytest.mark.parametrize("text", REACH.values(), ids=REACH)
def test_reaching_for_the_hook_takes_no_breach_back(boxed, text, layers):
    box = boxed("import sys\n" + textwrap.dedent(text), layers=layers)
    ours = os.path.join(os.path.dirname(os.path.dirname(scratch.__file__)), "scratch", "affine.py")
    with pytest.raises(Failed) as caught:
        box.call("f", ours)
    assert caught.value.ending is Ending.NOT_FROM_SCRATCH, caught.value.line
    assert box.breaches


def test_a_breach_that_is_caught_is_one_all_the_same(boxed):
    box = boxed(
        "import os\ndef f():\n    try:\n        os.fork()\n    except BaseException:\n"
        "        os._exit(0)\n"
    )
    with pytest.raises(Failed) as caught:
        box.call("f")
    assert caught.value.ending is Ending.NOT_FROM_SCRATCH


def test_what_comes_often_is_passed_over_only_where_nothing_is_done_on_it(monkeypatch):
    events, seen = ("builtins.id", "open", "ctypes.dlopen"), []
    monkeypatch.setattr(audit_hook, "_OFTEN", events)
    done_on = ((frozenset({named}), lambda event, args: seen.append(event))
               for named in ("open", "ctypes."))  # fmt: skip
    hook = audit_hook._hook(tuple(done_on))
    for event in events:
        hook(event, ())
    assert seen == ["open", "ctypes.dlopen"]


def test_a_function_that_is_handed_over_has_builtins_of_its_own(boxed):
    box = boxed(
        "def f(g, x):\n    g.__builtins__['len'] = g.__builtins__['dict'] = None\n    return g(x)\n"
        "def length(x):\n    return len(x)"
    )
    assert box.call("f", box.define("lambda x: abs(x)"), -2.0).value == 2.0
    assert box.call("length", [1, 2]).value == 2
    assert box.call("length", [box.define("lambda x: len(x)")]).value == 1
