"""The gradients of every step as an update rule is handed them: new arrays, or the same ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from compare.check.calling.optimizers.parameters import ARRAY, LIST, NESTED, packed
from compare.check.i18n.text import Text
from compare.check.subject import Subject
from compare.sandbox.interface import Handle

# What gives the gradient at a point: g + x / 2, which is exact to a rounding
CURVED = 0.5
ASKED = {
    LIST: f"lambda g: lambda x, *more: [a + {CURVED} * b for a, b in zip(g, x)]",
    ARRAY: f"lambda g: lambda x, *more: g + {CURVED} * x",
}
ASKED_DICT = f"lambda g: lambda x, *more: {{k: g[k] + {CURVED} * x[k] for k in g}}"
LAST_FIRST = Text("gradients come last layer first", "勾配は最後の層から順に並ぶ")
REUSE = "reuse"  # the array of a probe whose gradients are written into the same arrays

# [...]: in place, whatever the number of axes
_WRITE = {
    LIST: "lambda kept, new: [a.__setitem__(..., b) for a, b in zip(kept, new)]",
    NESTED: "lambda kept, new: [a.__setitem__(..., b)"
    " for both in zip(kept, new) for a, b in zip(*both)]",
    ARRAY: "lambda kept, new: kept.__setitem__(..., new)",
}
_WRITE_DICT = "lambda kept, new: [kept[k].__setitem__(..., new[k]) for k in new]"


def _turns(source: str, name: str) -> bool:
    """Whether a list is gone through from its end."""
    return bool(name and re.search(rf"\breversed\( *{name} *\)|\b{name}\[::-1\]", source))


class Gradients:
    """One container of gradients a step; where they are reused, the same one at every step."""

    def __init__(
        self, subject: Subject, layout: str, settings: Mapping[str, Any], called: Mapping[str, str]
    ) -> None:
        self.subject, self.layout, self.reuse = subject, layout, REUSE in settings
        self.kept: Handle | None = None
        grads, params = (called.get(role, "") for role in ("grads", "params"))
        turned = _turns(subject.found.source, grads) and not _turns(subject.found.source, params)
        self.turned = layout == LIST and turned

    def of(self, tensors: Mapping[str, Any]) -> Any:
        """What is handed in at a step with these gradients."""
        new = packed(self.layout, tensors, "d")
        if self.turned:
            # as a way back collects them; the rule alone does not say in which order they come
            self.subject.conventions[LAST_FIRST] = None
            new.reverse()
        if not self.reuse:
            return new
        if self.kept is None:
            self.kept = self.subject.box.keep(new)
        else:
            written(self.subject, self.layout, self.kept, new)
        return self.kept


def written(subject: Subject, layout: str, kept: Handle, new: Any) -> None:
    """Puts new gradients into the arrays that are there."""
    write = subject.box.define(_WRITE.get(layout, _WRITE_DICT))
    subject.box.method(write, "__call__", kept, new)
