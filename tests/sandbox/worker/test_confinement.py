"""The kernel's layer by itself, without the hook: what Linux keeps a process from."""

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from compare.sandbox.interface import Ending, Failed
from compare.sandbox.worker import seccomp

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
ALONE = {"hook": False}
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
linux = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")


def held(box):
    """Whether the inventory says that a part of the kernel's layer is missing here."""
    missing = [n for n in box.inventory.notes if "only the audit hook" in n]
    if missing:
        pytest.skip(missing[0])


FILES = {
    "our scratch": f"open({str(ROOT / 'scratch' / 'affine.py')!r}).read()",
    "torch": f"open({importlib.util.find_spec('torch').origin!r}).read()",
    "/etc": "open('/etc/passwd').read()",
    "the memory of its parent": "open(f'/proc/{os.getppid()}/mem', 'rb').read(1)",
    "its own maps": "open('/proc/self/maps').read()",
    "a listing": "os.listdir('/etc')",
    "a folder as a way": "os.open('etc/passwd', os.O_RDONLY, dir_fd=os.open('/', os.O_PATH))",
    "writing": "open('/tmp/new', 'w')",
    "a hard link": "os.link('/etc/passwd', 'mine')",
    "its interpreter": "open(os.__file__, 'r+b')",
}
CALLS = {
    "fork": "os.fork()",
    "vfork": "raw(58) if x86 else raw(220, 0x4111, 0, 0, 0, 0)",
    "fork_exec": "fresh('_posixsubprocess').fork_exec([b'/bin/ls'], [b'/bin/ls'], True, (), None,"
    " None, -1, -1, -1, -1, -1, -1, *os.pipe(), True, False, -1, None, None, None, -1, None, True)",
    "execve": "os.execv('/bin/ls', ['ls'])",
    "posix_spawn": "os.posix_spawn('/bin/ls', ['ls'], {})",
    "socket": "socket.socket()",
    "socketpair": "socket.socketpair()",
    "kill": "os.kill(os.getppid(), 0)",
    "kill of all": "os.kill(-1, 0)",
    "killpg": "os.killpg(0, 0)",
    "prlimit": "resource.prlimit(0, resource.RLIMIT_AS, (-1, -1))",
    "setrlimit": "resource.setrlimit(resource.RLIMIT_CPU, (1, 1))",
    "chmod": "os.chmod('/tmp', 0o777)",
    "chown": "os.chown('/tmp', 0, 0)",
    "utime": "os.utime('/tmp')",
    "chroot": "os.chroot('.')",
    "ptrace": "raw(101 if x86 else 117, 16, os.getppid(), 0, 0)",
    "unshare": "raw(272 if x86 else 97, 0x10000000)",
    "io_uring": "raw(425, 8, ctypes.create_string_buffer(120))",
    "bpf": "raw(321 if x86 else 280, 0, 0, 0)",
    "pidfd": "raw(434, os.getppid(), 0)",
    "clone": "raw(56 if x86 else 220, 17, 0, 0, 0, 0)",
    "x32": "raw(0x40000000 + 39) if x86 else raw(1 << 30)",
}
PRELUDE = """
import _posixsubprocess, ctypes, importlib.util, os, platform, resource, socket, sys
x86 = platform.machine() == "x86_64"
libc = ctypes.CDLL(None, use_errno=True)
def fresh(name):
    spec = importlib.util.find_spec(name)
    del sys.modules[name]
    return importlib.util.module_from_spec(spec)
def raw(*args):
    whole = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    if libc.syscall(*whole) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "it got through"
"""


@linux
@pytest.mark.parametrize("how", FILES.values(), ids=FILES)
def test_files_outside_are_kept(boxed, how):
    box = boxed(f"{PRELUDE}def f():\n    return {how}\n", layers=ALONE)
    held(box)
    with pytest.raises(
        Failed, match="PermissionError.*(Permission denied|not permitted)|cross-device"
    ):
        box.call("f")


@linux
@pytest.mark.parametrize("how", CALLS.values(), ids=CALLS)
def test_calls_are_kept(boxed, how):
    box = boxed(f"{PRELUDE}def f():\n    return {how}\n", layers=ALONE)
    held(box)
    with pytest.raises(Failed) as caught:
        box.call("f")
    if "x32" in how or "0x40000000" in how:
        assert caught.value.ending is Ending.CRASHED and "SIGSYS" in caught.value.line
    else:
        assert re.search("not permitted|Permission denied|not allowed", caught.value.line), (
            caught.value.line
        )


@linux
def test_clone3_is_unknown_so_that_libc_takes_the_way_that_is_watched(boxed):
    box = boxed(f"{PRELUDE}def f():\n    return raw(435, 0, 0)\n", layers=ALONE)
    held(box)
    with pytest.raises(Failed, match="Function not implemented"):
        box.call("f")


@linux
def test_what_code_needs_is_there(boxed):
    """The correct twin: threads, files of its own, randomness, modules with libraries of C."""
    box = boxed(
        """
        import bz2, hashlib, lzma, os, shutil, sqlite3, tempfile, threading, zlib
        import numpy as np
        def f():
            done = []
            thread = threading.Thread(target=lambda: done.append(np.linalg.inv(np.eye(3)).sum()))
            thread.start(); thread.join()
            np.savez("kept.npz", x=np.arange(3))
            with tempfile.TemporaryDirectory() as folder:
                open(os.path.join(folder, "x"), "w").write("x")
            os.mkdir("made"); os.rename("kept.npz", "made/kept.npz"); os.kill(os.getpid(), 0)
            shutil.copyfile("made/kept.npz", "again.npz")
            open(os.devnull, "w").write("x"); open("/dev/urandom", "rb").read(3)
            np.random.default_rng().random(); np.random.seed(None)
            return done + [int(np.load("again.npz")["x"].sum())]
        """
    )
    assert box.call("f").value == [3.0, 3] and box.breaches == ()


def result(code, machine, number, args=(0,) * 6):
    """What the filter decides: classic BPF, carried out here."""
    words = {0: number, 4: {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}[machine]}
    for i, arg in enumerate(args):
        words |= {16 + 8 * i: arg & 0xFFFFFFFF, 20 + 8 * i: arg >> 32}
    at = accumulator = 0
    while True:
        kind, true, false, constant = code[at]
        at += 1
        if kind == 0x20:
            accumulator = words[constant]
        elif kind == 0x06:
            return constant
        else:
            tests = {0x15: accumulator == constant, 0x25: accumulator > constant}
            at += true if tests.get(kind, bool(accumulator & constant)) else false


ALLOW, EPERM, ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_filter_of_each_machine_by_the_kernels_own_numbers(machine):
    if not HEADERS[machine].exists():
        pytest.skip("no kernel headers here")
    text = HEADERS[machine].read_text()
    numbers = {n: int(v) for n, v in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
    code = seccomp.program(machine, 77)
    newer = ("fchmodat2",)  # than some headers
    for name in seccomp.DENIED:
        if name in numbers:
            assert result(code, machine, numbers[name]) == EPERM, name
        else:
            assert name in newer or seccomp.DENIED[name][machine == "aarch64"] is None, name
    for name in ("read", "write", "openat", "mmap", "futex", "exit_group", "getrandom", "fchmod"):
        assert result(code, machine, numbers[name]) == ALLOW, name
    assert result(code, machine, numbers["clone"], (17, *(0,) * 5)) == EPERM
    assert result(code, machine, numbers["clone"], (0x3D0F00, *(0,) * 5)) == ALLOW
    assert result(code, machine, numbers["clone3"]) == ENOSYS
    assert result(code, machine, 463) == ENOSYS
    for name in ("kill", "tgkill"):
        assert result(code, machine, numbers[name], (77, 9, 0, 0, 0, 0)) == ALLOW
        for other in (1, 0, 0xFFFFFFFF):
            assert result(code, machine, numbers[name], (other, 9, 0, 0, 0, 0)) == EPERM
    limit = numbers["prlimit64"]
    assert result(code, machine, limit, (0, 9, 0, 1 << 40, 0, 0)) == ALLOW
    for pointer in (0x7FFC00000010, 0x7FFC00000000, 16):
        assert result(code, machine, limit, (0, 9, pointer, 0, 0, 0)) == EPERM


def test_another_architecture_is_killed():
    code = seccomp.program("x86_64", 77)
    assert result(code, "aarch64", 0) == 0x80000000
    assert result(code, "x86_64", 0x40000000 + 59) == 0x80000000
