"""torch.optim loads torch's compiler only to keep it away: as long again as torch itself takes."""

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch

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
        # whoever asks for more gets the compiler
        if sys.modules.get(COMPILER) is self:
            del sys.modules[COMPILER]
        return getattr(importlib.import_module(COMPILER), name)


@contextmanager
def compiler_not_loaded() -> Iterator[None]:
    """Inside, torch.optim does not load the compiler; where it is loaded, it stays."""
    if COMPILER in sys.modules:
        yield
        return
    absent = sys.modules[COMPILER] = _NotNeeded(COMPILER)
    try:
        yield
    finally:
        if sys.modules.get(COMPILER) is absent:
            del sys.modules[COMPILER]
        # torch remembers there what disable() made: from the compiler it has to be another
        kept = vars(inspect.unwrap(torch.optim.Optimizer.add_param_group))
        kept.pop("__dynamo_disable", None)
