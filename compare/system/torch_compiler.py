"""torch.optim loads torch's compiler only to keep it away, which takes as long again as torch."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

COMPILER = "torch._dynamo"


class _NotNeeded(ModuleType):
    """In the compiler's place: what torch.optim asks of it, where nothing is compiled."""

    @staticmethod
    def graph_break() -> None:
        """Nothing: there is no graph."""

    @staticmethod
    def disable(function: Callable[..., Any], *_: Any, **__: Any) -> Callable[..., Any]:
        """The function as it is."""
        return function

    def __getattr__(self, name: str) -> Any:
        # inspect asks every module for its file; an import of a part of it for its path
        if name.startswith("__") and name != "__path__":
            raise AttributeError(name)
        # whoever asks for more gets the compiler
        if sys.modules.get(COMPILER) is self:
            del sys.modules[COMPILER]
        return getattr(importlib.import_module(COMPILER), name)


def is_loaded() -> bool:
    """Whether the compiler itself is loaded, so that something may have been compiled."""
    return not isinstance(sys.modules.get(COMPILER), _NotNeeded | None)


def leave_out_compiler() -> None:
    """In this process, one of ours, torch.optim does not load the compiler; torch.compile does."""
    sys.modules.setdefault(COMPILER, _NotNeeded(COMPILER))
