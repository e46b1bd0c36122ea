"""What can be imported: the standard library, NumPy, the submission; stand-ins that draw nothing.

No boundary, only a clear line: the hook and the confinement are what holds.
"""

from __future__ import annotations

import sys
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from opcode import opname
from types import FrameType, FunctionType, ModuleType
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


class Nowhere:
    """Comes last among the finders: says that only NumPy is there."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        top = name.partition(".")[0]
        if path is None and top not in sys.stdlib_module_names and top != "numpy":
            error = refusal(
                ModuleNotFoundError,
                "No module named {name}: the sandbox has only NumPy, the standard library and the "
                "submission's own files",
                name=repr(name),
            )
            error.name = name  # type: ignore[attr-defined]
            raise error
