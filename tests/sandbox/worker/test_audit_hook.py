"""What a submission from scratch never does ends NOT FROM SCRATCH, whatever way it takes.

Each with both layers, and with the portable one alone, as on macOS and Windows.
"""

import importlib.util
import os
import re
import sys
from pathlib import Path

import pytest

from compare.sandbox.interface import Ending, Failed

ROOT = Path(__file__).resolve().parents[3]
OURS = ROOT / "scratch" / "affine.py"
TORCH = Path(importlib.util.find_spec("torch").origin)
SITE = TORCH.parent.parent
LAYERS = {"both": {}, "portable": {"landlock": False, "seccomp": False}}
POSIX = os.name == "posix"

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)]


def breach_of(box, *call, name="f"):
    """The breach with which ``name(*call)`` ends; it is kept beside those before it."""
    before = box.breaches
    with pytest.raises(Failed) as caught:
        box.call(name, *call)
    line = caught.value.line
    assert caught.value.ending is Ending.NOT_FROM_SCRATCH, line
    assert box.breaches == tuple(dict.fromkeys([*before, line]))
    return line


def each_of(start, bodies, parameter=""):
    """A submission with a function f0, f1, ... for each: it starts once, and after each breach."""
    made = [f"def f{i}({parameter}):\n    {body}\n" for i, body in enumerate(bodies)]
    return start + "".join(made) + GOOD


def breaches_of(box, ways, *call):
    """By way, the breach with which it ends; the next call goes on, and a restart forgets none."""
    lines = {}
    for i, way in enumerate(ways):
        try:
            lines[way] = breach_of(box, *call, name=f"f{i}")
        except (AssertionError, pytest.fail.Exception) as failure:
            raise AssertionError(way) from failure
    assert box.call("good", 2).value == 4
    assert box.breaches == tuple(dict.fromkeys(lines.values()))
    return lines


GOOD = "\ndef good(x):\n    return 2 * x\n"
IMPORTS = {
    "directly": "import torch",
    "a part of it": "import torch.nn.functional as F",
    "from it": "from torch import nn",
    "importlib": "import importlib; importlib.import_module('torch')",
    "__import__": "__import__('tor' + 'ch')",
    "a name that is no plain text": "class S(str):\n        partition = lambda *a: ('a',)\n"
    "    __import__(S('torch'))",
    "sys.path": f"import sys; sys.path.insert(0, {str(SITE)!r}); import torch",
    "its own finders": "import sys; from importlib.machinery import PathFinder\n"
    f"    sys.meta_path[:] = [PathFinder]; sys.path.insert(0, {str(SITE)!r})\n"
    "    import importlib; importlib.import_module('torch')",
    "by its file": "import importlib.util as u\n"
    f"    spec = u.spec_from_file_location('net2', {str(TORCH)!r})\n"
    "    spec.loader.exec_module(u.module_from_spec(spec))",
    "exec of its text": f"exec(open({str(TORCH)!r}).read())",
    "runpy": f"import runpy; runpy.run_path({str(TORCH)!r})",
    "caught": "\n    try:\n        import torch\n    except BaseException:\n        pass",
    "jax": "import jax.numpy",
    "our reference": "import torch_ref",
    "our scratch": "from scratch.affine import affine",
    "our harness": "import compare.oracle.formulas",
}


def test_imports(boxed, layers):
    box = boxed(each_of("", [f"{how}\n    return 1" for how in IMPORTS.values()]), layers=layers)
    lines = breaches_of(box, IMPORTS)
    assert [way for way, line in lines.items() if "(net.py:" not in line] == []


def test_an_import_at_the_top_is_a_breach_at_every_use(boxed, layers):
    box = boxed("import numpy as np\nimport torch\n", layers=layers)
    for _ in range(2):
        with pytest.raises(Failed, match=r"it imports torch \(net.py:2\)") as caught:
            box.inventory  # noqa: B018
        assert caught.value.ending is Ending.NOT_FROM_SCRATCH
    assert box.breaches == ("it imports torch (net.py:2)",)


READS = {
    "open": "open(p).read()",
    "bytes": "open(p.encode(), 'rb').read()",
    "os.open": "os.read(os.open(p, os.O_RDONLY), 9)",
    "mmap": "mmap.mmap(os.open(p, os.O_RDONLY), 0, access=mmap.ACCESS_READ)[:9]",
    "np.fromfile": "np.fromfile(p, np.uint8)",
    "np.memmap": "np.memmap(p, np.uint8, 'r')",
    "np.loadtxt": "np.loadtxt(p, str, delimiter='|')",
    "np.genfromtxt": "np.genfromtxt(p, str)",
    "pathlib": "pathlib.Path(p).read_text()",
    "linecache": "linecache.getlines(p)",
    "tokenize": "tokenize.open(p).read()",
    "io.FileIO": "io.FileIO(p).read()",
    "io.open_code": "io.open_code(p).read()",
    "fileinput": "list(fileinput.input(p))",
    "another way there": "open(os.path.join(os.path.dirname(p), '..', 'scratch', 'affine.py'))",
    "shutil.copyfile": "shutil.copyfile(p, 'mine.txt')",
    "its own worker": "open(p.replace('scratch/affine', 'compare/sandbox/worker/audit_hook'))",
}
if POSIX:
    READS |= {
        "a link": "(os.symlink(p, 'link'), open('link').read())",
        "a link to a folder": "(os.symlink('/', 'root'), open('root' + p).read())",
    }
if sys.platform == "linux":
    READS |= {"/proc": "open('/proc/self/root' + p).read()"}
LIBRARIES = (
    "import fileinput, io, linecache, mmap, os, pathlib, shutil, tokenize\nimport numpy as np\n"
)


def test_reading_this_projects_files(boxed, layers):
    bodies = [f"return {how}" for how in READS.values()]
    lines = breaches_of(boxed(each_of(LIBRARIES, bodies, "p"), layers=layers), READS, str(OURS))
    own = "reads this project's own files"
    assert [way for way, line in lines.items() if own not in line] == []


def test_reading_torchs_files(boxed, layers):
    box = boxed(f"def f(p):\n    return open(p).read(){GOOD}", layers=layers)
    assert "reads the files of torch" in breach_of(box, str(TORCH))


PROCESSES = {
    "os.system": "os.system('id')",
    "subprocess": "subprocess.check_output([sys.executable, '-c', 'import torch'])",
    "Popen": "subprocess.Popen('id', shell=True)",
    "multiprocessing": "multiprocessing.Process(target=print).start()",
    "machine code": "[shutil.copyfile(_csv.__file__, 'mine.so'), load('_csv', 'mine.so')]",
    "machine code by its full path": "[shutil.copyfile(_csv.__file__, os.path.abspath('mine.so')),"
    " load('_csv', os.path.abspath('mine.so'))]",
    "gc": "gc.get_objects()",
    "other frames": "sys._current_frames()",
    "bytecode": "load.__code__.replace(co_code=b'')",
}
if POSIX:
    PROCESSES |= {
        "os.fork": "[os.fork() for _ in range(99)]",
        "os.execv": "os.execv('/bin/ls', ['ls'])",
        "os.spawn": "os.spawnv(os.P_NOWAIT, '/bin/ls', ['ls'])",
        "os.posix_spawn": "os.posix_spawn('/bin/ls', ['ls'], {})",
        "os.popen": "os.popen('id').read()",
        "pty": "__import__('pty').spawn('/bin/sh')",
        "fork_exec": "__import__('_posixsubprocess').fork_exec(['/bin/ls'])",
    }


@pytest.mark.filterwarnings("ignore")
def test_processes_and_the_interpreters_memory(boxed, layers):
    start = (
        "import _csv, gc, multiprocessing, os, shutil, subprocess, sys, importlib.util as u\n"
        "def load(name, path):\n"
        "    return u.module_from_spec(u.spec_from_file_location(name, path))\n"
    )
    bodies = [f"return {how}" for how in PROCESSES.values()]
    breaches_of(boxed(each_of(start, bodies), layers=layers), PROCESSES)


def test_what_a_thread_does_between_two_calls_is_seen(boxed, layers):
    box = boxed(
        "import threading, time\ndef late():\n    time.sleep(0.2)\n    import torch\n"
        "def f():\n    threading.Thread(target=late).start()\n",
        layers=layers,
    )
    box.call("f")
    for _ in range(200):
        if box.breaches:
            break
        __import__("time").sleep(0.05)
    assert box.breaches == ("it imports torch (net.py:4)",)


REFUSED = {
    "reading /etc": ("open('/etc/hostname')", "FileNotFoundError"),
    "writing outside": ("open(outside + '/new', 'w')", "PermissionError|FileNotFoundError"),
    "removing outside": ("os.remove(outside + '/file')", "PermissionError"),
    "changing modes outside": ("os.chmod(outside, 0)", "PermissionError"),
    "renaming outside": ("os.rename(outside, outside + '2')", "PermissionError"),
    "making a folder": ("os.mkdir(outside + '/d')", "PermissionError"),
    "the network": ("socket.create_connection(('127.0.0.1', 9))", "no network"),
    "a download": ("urllib.request.urlopen('http://example.com')", "no network"),
    "its parent": ("os.kill(os.getppid(), 9)", "no other process|not permitted"),
    "a hook's module": ("__import__('_testcapi')", "ImportError|ModuleNotFoundError"),
    "ctypes": ("import ctypes", "ctypes is not in the sandbox"),
    "_ctypes": ("import _ctypes", "_ctypes is not in the sandbox"),
    "ctypes by importlib": ("importlib.import_module('ctypes')", "not in the sandbox"),
    "ctypes by NumPy": ("np.ctypeslib.load_library('libc.so.6', '/')", "ImportError"),
    "ctypes by its file": (
        "u.module_from_spec(u.spec_from_file_location('a._ctypes', "
        "u.find_spec('_csv').origin.replace('_csv', '_ctypes')))",
        "_ctypes is not in the sandbox",
    ),
}
if POSIX:
    REFUSED |= {
        "a hard link": ("os.link(outside + '/file', 'mine')", "PermissionError"),
        "its session": ("os.killpg(0, 9)", "no other process|not permitted"),
        "its limits": (
            "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
            "limits cannot be changed|not permitted|not allowed",
        ),
    }


def test_what_is_refused_is_an_ordinary_failure_and_no_breach(boxed, layers, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("kept")
    start = (
        "import importlib, os, socket, urllib.request, importlib.util as u\nimport numpy as np\n"
        f"{'import resource' if POSIX else ''}\n"
    )
    bodies = [body for body, _ in REFUSED.values()]
    box = boxed(each_of(start, bodies, "outside"), layers=layers)
    for i, (way, (_, line)) in enumerate(REFUSED.items()):
        with pytest.raises(Failed) as caught:
            box.call(f"f{i}", str(outside))
        assert caught.value.ending is Ending.RAISED and box.breaches == (), way
        assert re.search(line, caught.value.line), way
        assert box.call("good", 2).value == 4, way
        assert [p.name for p in outside.iterdir()] == ["file"], way
        assert (outside / "file").read_text() == "kept" and os.access(outside, os.W_OK), way


def test_its_own_files_are_copies(boxed, layers, tmp_path):
    box = boxed(
        "import os\ndef f():\n    here = os.path.dirname(__file__)\n"
        "    for name in os.listdir(here):\n        os.remove(os.path.join(here, name))\n"
        "    os.rmdir(here)\n    return os.path.exists(here)" + GOOD,
        layers=layers,
    )
    assert box.call("f").value is False
    assert (tmp_path / "handed_in" / "net.py").exists()
    assert box.call("good", 2).value == 4


def test_secrets_of_the_environment_are_not_there(boxed, layers, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "s3cret")
    box = boxed("import os\ndef f():\n    return dict(os.environ)\n", layers=layers)
    found = box.call("f").value
    assert "s3cret" not in repr(found) and "SECRET_TOKEN" not in found
    assert found["HOME"] != os.environ.get("HOME")
