"""What torch loads at its start and nothing here uses; it takes longer than all the rest of torch.

Its compiler is loaded only to be kept away, by torch.optim, and by DistributedDataParallel in every
process that it is in; the algebra of unknown sizes, and SymPy, by a gradient that is handed to
``backward``, to compare two shapes; the shapes of tensors without numbers, by torch itself.
"""

from __future__ import annotations

import importlib
import operator
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

COMPILER, SIZES = "torch._dynamo", "torch.fx.experimental.symbolic_shapes"
META_KERNELS = "torch._meta_registrations"


class _NotNeeded(ModuleType):
    """In a module's place: what torch asks of it, where nothing is compiled."""

    def __getattr__(self, name: str) -> Any:
        # inspect asks every module for its file; an import of a part of a package for its path
        if name.startswith("__") and (name, self.__name__) != ("__path__", COMPILER):
            raise AttributeError(name)
        # whoever asks for more gets the module itself
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


class _NoCompiler(_NotNeeded):
    # DDP asks for the mode in which it is compiled, and a process group empties a cache: there is
    # none, and the mode is the usual one
    utils = SimpleNamespace(get_optimize_ddp_mode=lambda: "ddp_optimizer")
    trace_rules = SimpleNamespace(clear_lru_cache=lambda: None)

    @staticmethod
    def graph_break() -> None:
        """Nothing: there is no graph."""

    @staticmethod
    def disable(function: Callable[..., Any], *_: Any, **__: Any) -> Callable[..., Any]:
        """The function as it is."""
        return function


class _KnownSizes(_NotNeeded):
    # of sizes that are numbers there is nothing to solve
    sym_eq = staticmethod(operator.eq)
    expect_true = staticmethod(bool)


def is_loaded() -> bool:
    """Whether the compiler itself is loaded, so that something may have been compiled."""
    return not isinstance(sys.modules.get(COMPILER), _NotNeeded | None)


def leave_out_compiler() -> None:
    """In this process, one of ours, nothing loads the compiler but torch.compile."""
    sys.modules.setdefault(COMPILER, _NoCompiler(COMPILER))
    sys.modules.setdefault(SIZES, _KnownSizes(SIZES))


def leave_out_meta_kernels() -> None:
    """In this process, where there are no tensors on the device "meta", and nothing is compiled."""
    sys.modules.setdefault(META_KERNELS, ModuleType(META_KERNELS))
