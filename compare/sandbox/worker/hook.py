"""The portable layer: an audit hook that reports a breach before it refuses it.

It sees what the interpreter is about to do. The report is written into a pipe before the exception
is raised, so that nothing that runs later can take it back; a report that cannot be written ends
the process. What the hook uses are its default arguments: a frame that shows its variables, or a
patched module, changes nothing of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii
from types import MappingProxyType
from typing import Any

BREACHES = {
    "os.exec": "starts another program",
    "os.fork": "starts a process",
    "os.forkpty": "starts a process",
    "os.posix_spawn": "starts another program",
    "os.spawn": "starts another program",
    "os.startfile": "starts another program",
    "os.startfile/2": "starts another program",
    "os.system": "starts another program",
    "pty.spawn": "starts another program",
    "subprocess.Popen": "starts another program",
    "_winapi.CreateProcess": "starts another program",
    "gc.get_objects": "searches the interpreter's memory",
    "gc.get_referrers": "searches the interpreter's memory",
    "gc.get_referents": "searches the interpreter's memory",
    "sys._current_frames": "searches the interpreter's memory",
    "sys._current_exceptions": "searches the interpreter's memory",
    "code.__new__": "builds bytecode by hand",
    "cpython.PyInterpreterState_New": "starts an interpreter beside this one",
    "sqlite3.enable_load_extension": "loads machine code",
    "sqlite3.load_extension": "loads machine code",
}
# Standard modules that reach past the hook, and that no NumPy code needs. Of these _posixsubprocess
# is there, without what it does (start.py): importing it anew would bring that back.
PAST_THE_HOOK = frozenset(
    "_interpreters _interpqueues _interpchannels _posixsubprocess _testcapi _testinternalcapi "
    "_testclinic _testmultiphase _xxsubinterpreters _xxinterpchannels readline".split()
)
WRITES = frozenset(
    "os.chflags os.chmod os.chown os.link os.lockf os.mkdir os.remove os.removexattr os.rename "
    "os.rmdir os.setxattr os.symlink os.truncate os.utime".split()
)
FOREIGN = frozenset(
    "torch torchvision torchaudio torchtext functorch torch_ref jax jaxlib flax haiku optax "
    "equinox tensorflow tensorflow_probability tf_keras keras autograd tinygrad theano aesara "
    "pytensor mxnet paddle chainer mlx micrograd mindspore oneflow jittor lightning "
    "pytorch_lightning onnxruntime dezero scratch compare".split()
)
LOST = 70  # the exit code of a worker whose report could not be written


@dataclass(frozen=True)
class Ground:
    """Where the submission may go.

    ``allowed`` and ``denied`` are trees of files, and of two the longer path decides; ``written``
    is the tree that it may change; ``project`` are trees whose reading is a breach; ``own`` are
    the names of its own modules.
    """

    home: str
    written: str
    allowed: tuple[str, ...]
    denied: tuple[str, ...]
    project: tuple[str, ...]
    own: frozenset[str]
    directories: bool  # whether a directory may be opened: it makes paths relative to it possible


def resolver() -> Callable[[str], str]:
    """The real path of a path, by functions of the interpreter that no patch of ``os`` changes."""
    if os.name != "posix":
        return os.path.realpath
    import posix

    def real(
        path: str,
        readlink: Callable[..., Any] = posix.readlink,
        getcwd: Callable[[], str] = posix.getcwd,
        error: type[Exception] = OSError,
        most: int = 100,
    ) -> str:
        rest = (path if path[:1] == "/" else f"{getcwd()}/{path}").split("/")[::-1]
        done = ""
        while rest and most:
            part = rest.pop()
            if part in ("", "."):
                continue
            if part == "..":
                done = done[: done.rfind("/")] if "/" in done else ""
                continue
            try:
                target = readlink(f"{done}/{part}")
            except error:
                done = f"{done}/{part}"
                continue
            most -= 1
            done = "" if target[:1] == "/" else done
            rest.extend(target.split("/")[::-1])
        return done or "/"

    return real


def reporter(pipe: int, home: str) -> Callable[[str], None]:
    """``report(line)``: writes a breach and its place in the submission into the pipe."""

    def report(
        line: str,
        pipe: int = pipe,
        home: str = home,
        write: Callable[..., Any] = os.write,
        leave: Callable[[int], Any] = os._exit,
        frame_of: Callable[[], Any] = sys._getframe,
        quoted: Callable[[str], str] = encode_basestring_ascii,
        lost: int = LOST,
        len: Callable[[Any], int] = len,
        anything: type[BaseException] = BaseException,
    ) -> None:
        try:
            frame = frame_of()
            while frame is not None and frame.f_code.co_filename[: len(home)] != home:
                frame = frame.f_back
            where = "[]"
            if frame is not None:
                where = f"[{quoted(frame.f_code.co_filename)},{frame.f_lineno}]"
            write(pipe, f'{{"breach":{quoted(line[:500])},"where":{where}}}\n'.encode("ascii"))
        except anything:
            leave(lost)

    return report


def install(pipe: int, ground: Ground) -> None:
    """Adds the hook; there is no way to remove it."""
    sys.addaudithook(_hook(reporter(pipe, ground.home), _judge(ground), ground))


def _judge(ground: Ground) -> Callable[[str], str]:
    """``judge(path)``: "" where it may be read, "no" where not, else how reading it is a breach."""
    real_path = resolver()
    fold = sys.platform in ("win32", "darwin")  # file systems that take "A" for "a"
    slash = "\\" if os.name == "nt" else "/"

    def trees(paths: tuple[str, ...]) -> tuple[str, ...]:
        return tuple((path.lower() if fold else path).rstrip(slash) + slash for path in paths)

    def judge(
        path: str,
        real: Callable[[str], str] = real_path,
        fold: bool = fold,
        slash: str = slash,
        allowed: tuple[str, ...] = trees((*ground.allowed, ground.written)),
        denied: tuple[str, ...] = trees(ground.denied),
        project: tuple[str, ...] = trees(ground.project),
        foreign: frozenset[str] = FOREIGN,
        len: Callable[[Any], int] = len,
    ) -> str:
        found = real(path) + slash
        found = found.lower() if fold else found
        good = bad = 0
        for tree in allowed:
            if found[: len(tree)] == tree and len(tree) > good:
                good = len(tree)
        for tree in denied:
            if found[: len(tree)] == tree and len(tree) > bad:
                bad = len(tree)
        if good > bad:
            return ""
        for tree in project:
            if found[: len(tree)] == tree:
                return "reads this project's own files"
        before = ""
        for name in found.split(slash):
            if before in ("site-packages", "dist-packages") and name in foreign:
                return f"reads the files of {name}"
            before = name
        return "no"

    return judge


def _hook(
    report: Callable[[str], None], judge: Callable[[str], str], ground: Ground
) -> Callable[[str, tuple[Any, ...]], None]:
    real_path, plain_path, a_directory, an_int = (
        resolver(),
        _plain_path(),
        _is_directory(),
        _is_int(),
    )
    own_pid = os.getpid()
    paths_of = MappingProxyType({"os.rename": (0, 2), "os.link": (0, 2), "os.symlink": (1, 2)})
    meaning = MappingProxyType(dict(BREACHES))
    flags = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def hook(
        event: str,
        args: tuple[Any, ...],
        report: Callable[[str], None] = report,
        judge: Callable[[str], str] = judge,
        breaches: Mapping[str, str] = meaning,
        refused: frozenset[str] = PAST_THE_HOOK,
        foreign: frozenset[str] = FOREIGN - ground.own,
        writes: frozenset[str] = WRITES,
        written: str = ground.written + os.sep,
        real: Callable[[str], str] = real_path,
        plain: Callable[[Any], str | None] = plain_path,
        is_directory: Callable[[str], bool] = a_directory,
        directories: bool = ground.directories,
        flags: int = flags,
        missing: type[Exception] = FileNotFoundError,
        forbidden: type[Exception] = PermissionError,
        no_module: type[Exception] = ImportError,
        is_int: Callable[[Any], bool] = an_int,
        slash: str = os.sep,
        pid: int = own_pid,
        devnull: str = os.devnull,
        places: Mapping[str, tuple[int, int]] = paths_of,
        signals: tuple[str, ...] = ("os.kill", "os.killpg"),
        limits: tuple[str, ...] = ("resource.setrlimit", "resource.prlimit"),
        len: Callable[[Any], int] = len,
    ) -> None:
        if event == "open":
            path = plain(args[0])
            if path is None:
                if is_int(args[0]):
                    return
                raise forbidden(1, "not a path of plain text")
            if path == devnull:
                return
            verdict = judge(path)
            if verdict and verdict != "no":
                report(f"{verdict} ({path})")
                raise forbidden(1, "not from scratch", path)
            if args[2] & flags and (real(path) + slash)[: len(written)] != written:
                raise forbidden(1, "only the submission's own folder can be written", path)
            if verdict:
                raise missing(2, "only the submission's own files are in the sandbox", path)
            if not (directories or args[2] & flags) and is_directory(path):
                raise forbidden(1, "a directory cannot be opened in the sandbox", path)
        elif event == "import":
            name = (plain(args[0]) or "").partition(".")[0]
            if name in foreign:
                report(f"imports {name}")
                raise no_module(f"{name} is not there: the sandbox is for code from scratch")
            if name in refused:
                raise no_module(f"{name} is not in the sandbox")
        elif event in breaches or event[:7] == "ctypes.":
            report(f"{breaches.get(event, 'reaches past Python with ctypes')} ({event})")
            raise forbidden(1, f"not in the sandbox: {event}")
        elif event in writes:
            first, after = places.get(event, (0, 1))
            for value in args[first:after]:
                path = plain(value)
                if path is None and is_int(value):
                    continue
                if path is None or (real(path) + slash)[: len(written)] != written:
                    raise forbidden(1, "only the submission's own folder can be changed", path)
        elif event in signals:
            if args[0] != pid or event != "os.kill":
                raise forbidden(1, "no other process can be reached from the sandbox")
        elif event in limits:
            raise forbidden(1, "the sandbox's limits cannot be changed")
        elif event[:6] == "socket" and event != "socket.gethostname":
            raise forbidden(1, f"there is no network in the sandbox ({event})")

    return hook


def _plain_path() -> Callable[[Any], str | None]:
    """A path as plain text, by methods that no subclass can override; None where it is neither."""

    def plain(
        value: Any,
        text: type[str] = str,
        raw: type[bytes] = bytes,
        decode: Callable[..., str] = bytes.decode,
        exact: Callable[[str], str] = str.__str__,
        kind: Callable[[Any], type] = type,
        is_a: Callable[[Any, Any], bool] = issubclass,
    ) -> str | None:
        of = kind(value)
        if of is text:
            return value
        if is_a(of, text):
            return exact(value)
        if is_a(of, raw):
            return decode(value, "utf-8", "surrogateescape")
        return None

    return plain


def _is_int() -> Callable[[Any], bool]:
    def is_int(
        value: Any,
        number: type[int] = int,
        kind: Callable[[Any], type] = type,
        is_a: Callable[[Any, Any], bool] = issubclass,
    ) -> bool:
        return is_a(kind(value), number)

    return is_int


def _is_directory() -> Callable[[str], bool]:
    def is_directory(
        path: str,
        stat: Callable[..., Any] = os.stat,
        error: type[Exception] = OSError,
        mask: int = 0o170000,
        directory: int = 0o040000,
    ) -> bool:
        try:
            return stat(path).st_mode & mask == directory
        except error:
            return False

    return is_directory
