"""What can be imported: the standard library, NumPy, the submission; stand-ins that draw nothing.

Any other package can be imported as well, but not used: what needs none of it goes on. No boundary,
only a clear line: the hook and the confinement are what holds.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from opcode import opname
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from compare.sandbox.worker.lines import line, refusal

STAND_INS = frozenset(
    "matplotlib mpl_toolkits seaborn japanize_matplotlib IPython ipywidgets tqdm google plotly "
    "ipykernel pylab numba".split()
)


# A module that the course or its books keep beside a notebook → the file of ours that stands in.
COURSE = {
    "common": "",
    "common.functions": "functions",
    "common.gradient": "functions",
    "common.layers": "layers",
    "common.optimizer": "optimizer",
    "common.mnist": "mnist",
    "dataset": "",
    "dataset.mnist": "mnist",
    "mnist": "mnist",
    # with which books write the sigmoid and the softmax
    "scipy.special": "special",
}


class Swallowing(type):
    """Of such a class every attribute is there too: ``drive.mount("/content")``."""

    def __call__(cls, *args: Any, **named: Any) -> Any:
        if len(args) == 1 and type(args[0]) is FunctionType and not named:
            return args[0]  # a decorator without brackets: ``@njit``
        return super().__call__(*args, **named)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Nothing()

    def __getitem__(cls, key: Any) -> Any:
        return Nothing()

    def __setitem__(cls, key: Any, value: Any) -> None:
        pass


class Nothing(metaclass=Swallowing):
    """Swallows every use of it: calls, attributes, items, ``with``, ``for``, arithmetic."""

    def __init__(self, *args: Any, **named: Any) -> None:
        pass

    def __call__(self, *args: Any, **named: Any) -> Any:
        if len(args) == 1 and callable(args[0]) and not named:
            return args[0]  # a decorator
        return Nothing()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Nothing()

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, int) and key > 9:  # ``for`` over it by index has to end
            raise IndexError(key)
        return Nothing()

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __iter__(self) -> Any:
        return iter([Nothing() for _ in range(_unpacked(sys._getframe(1)))])

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *args: Any) -> None:
        return None

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False


def _unpacked(frame: FrameType) -> int:
    """How many names it unpacks into, as ``figure, axes = plt.subplots()`` does; 0 if none."""
    # the instruction that asked, whose argument is how many names there are
    code, offset = frame.f_code.co_code, frame.f_lasti
    return code[offset + 1] if opname[code[offset]] == "UNPACK_SEQUENCE" else 0


def progress(iterable: Any = None, *args: Any, **named: Any) -> Any:
    """What ``tqdm(iterable)`` gives without its bar: the iterable."""
    return Nothing() if iterable is None else iterable


class StandIn(ModuleType):
    """A module of which every attribute is a class that swallows everything."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if self.__name__.partition(".")[0] == "tqdm":
            return (lambda n, *a: range(n)) if name in ("trange", "tnrange") else progress
        return Swallowing(name, (Nothing,), {})


class Gate(Loader):
    """Comes first among the finders: stand-ins, and the audit of what is imported by hand."""

    def __init__(self, own: frozenset[str], course: dict[str, str]) -> None:
        self.own = own
        self.course = course  # the texts of our files by name
        self.replaced: set[str] = set()
        self.supplied: set[str] = set()

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        top = name.partition(".")[0]
        sys.audit("import", name, None, None, None, None)  # importlib.import_module raises none
        if name in COURSE and top not in self.own:
            return ModuleSpec(name, self, is_package=not COURSE[name])
        if top not in STAND_INS or top in self.own:
            return None
        self.replaced.add(top)
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return ModuleType(spec.name) if spec.name in COURSE else StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        if module.__name__ not in COURSE:
            module.__all__ = []  # type: ignore[attr-defined]
        elif text := self.course.get(COURSE[module.__name__], ""):
            self.supplied.add(module.__name__)
            exec(compile(text, f"<{module.__name__}>", "exec", dont_inherit=True), vars(module))

    @property
    def notes(self) -> list[Any]:
        return [
            line("{name} was replaced by one that does nothing", name=name)
            for name in sorted(self.replaced)
        ] + [
            line("{name} is not beside it: ours stands in for it, and is not judged", name=name)
            for name in sorted(self.supplied)
        ]


def not_here(module: str) -> BaseException:
    """What is raised where a package is used that is not here."""
    error = refusal(
        ModuleNotFoundError,
        "No module named {name}: the sandbox has only NumPy, the standard library and the "
        "submission's own files",
        name=repr(module),
    )
    error.name = module  # type: ignore[attr-defined]
    return error


class Absent(type):
    """Of classes that a package would have that is not here: whoever uses one is told so."""

    def __call__(cls, *args: Any, **named: Any) -> Any:
        if cls.__base__ is not Part:
            return super().__call__(*args, **named)  # a class of the submission's own, derived
        if len(args) == 1 and type(args[0]) is FunctionType and not named:
            return args[0]  # a decorator without brackets
        raise not_here(cls.__module__)

    def __getattr__(cls, name: str) -> Any:
        return _part(cls.__module__, name)

    def __getitem__(cls, key: Any) -> Any:
        return cls  # in an annotation


def _raise(cls: type, *args: Any) -> Any:
    raise not_here(cls.__module__)


for _operator in (
    "__iter__ __len__ __next__ __float__ __int__ __neg__ __add__ __radd__ __sub__ __rsub__ "
    "__mul__ __rmul__ __truediv__ __rtruediv__ __pow__ __matmul__ __rmatmul__ __lt__ __gt__ "
    "__enter__ __exit__ __setitem__"
).split():
    setattr(Absent, _operator, _raise)


class Part(metaclass=Absent):
    """The base of such classes, and so of the submission's own that derive from one."""

    def __init__(self, *args: Any, **named: Any) -> None:
        if args or named:
            raise not_here(_package_of(self))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        raise not_here(_package_of(self))


def _part(module: str, name: str) -> type:
    if name.startswith("__") and name.endswith("__"):
        raise AttributeError(name)
    return Absent(name, (Part,), {"__module__": module})


def _package_of(instance: Part) -> str:
    return next(c.__module__ for c in type(instance).__mro__ if c.__base__ is Part)


class AbsentModule(ModuleType):
    """A module that is not here: it has every name."""

    taken: set[str] = set()  # the packages of which something is held

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":  # ``import *``: which names there would be is not known
            raise not_here(self.__name__)
        inner = f"{self.__name__}.{name}"
        if inner in COURSE:
            return import_module(inner)
        part = _part(self.__name__, name)
        self.taken.add(self.__name__.partition(".")[0])
        return part


class Nowhere(Loader):
    """Comes last among the finders: what is found nowhere can be imported all the same.

    Not where its absence is reckoned with: `try: import cupy`, `importlib.util.find_spec`.
    """

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        top, _, inner = name.partition(".")
        known = top in sys.stdlib_module_names or top == "numpy"
        if known or (inner and type(sys.modules.get(name.rpartition(".")[0])) is not AbsentModule):
            return None
        wanted, caught = _importing(sys._getframe(1))
        if not wanted:
            return None
        if caught:
            raise not_here(name)
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return AbsentModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass

    @property
    def notes(self) -> list[Any]:
        return [
            line("{name} is not here: what uses it cannot be judged", name=name)
            for name in sorted(AbsentModule.taken)
        ]


def _importing(frame: FrameType | None) -> tuple[bool, bool]:
    """Whether an import is under way, and whether what it raises would be caught."""
    wanted = caught = False
    while frame is not None:
        code = frame.f_code
        if code.co_filename.startswith("<frozen"):
            wanted = wanted or code.co_name == "_find_and_load"
        elif not code.co_filename.startswith("<sandbox"):
            caught = caught or _has_handler(code, frame.f_lasti)
        frame = frame.f_back
    return wanted, caught


def _has_handler(code: CodeType, offset: int) -> bool:
    """Whether the instruction at that offset stands in a ``try`` or a ``with``.

    By the table of its handlers: start, length, target and depth of each, in units of two bytes,
    as numbers of six bits a byte (CPython, InternalDocs/exception_handling.md).
    """
    table = iter(code.co_exceptiontable)

    def number(first: int) -> int:
        value = first & 63
        while first & 64:
            first = next(table)
            value = value << 6 | first & 63
        return value

    for first in table:
        start, length, _, _ = number(first), *(number(next(table)) for _ in range(3))
        if start * 2 <= offset < (start + length) * 2:
            return True
    return False
