"""The global names of a function as an object: read and set, and put back as they were."""

from __future__ import annotations

from types import FunctionType
from typing import Any

_globals = FunctionType.__dict__["__globals__"].__get__
_MISSING = object()


class GlobalNames:
    """Attributes are the global names; to call it puts back all that were set."""

    def __init__(self, function: Any) -> None:
        # of what is no function, a class or a partial, no global name is known
        names = _globals(function) if type(function) is FunctionType else {}
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_before", {})

    def __getattr__(self, name: str) -> Any:
        if name not in self._names:
            raise AttributeError(name)
        return self._names[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self._before.setdefault(name, self._names.get(name, _MISSING))
        self._names[name] = value

    def __call__(self) -> None:
        """Put back what was set."""
        for name, value in self._before.items():
            if value is _MISSING:
                self._names.pop(name, None)
            else:
                self._names[name] = value
        self._before.clear()
