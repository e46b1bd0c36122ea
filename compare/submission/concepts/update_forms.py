"""The forms of update rules: an object with a method, or a function, on which containers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from compare.submission.binding import plain
from compare.submission.concepts.tensors import (
    ARRAY,
    DICT,
    LIST,
    PREFIXED,
)
from compare.submission.concepts.update_names import (
    LAYERS,
    OTHERS,
    SETTINGS,
    method_of,
    roles,
    states,
)
from compare.submission.concepts.update_states import is_known
from compare.submission.subject import Subject
from compare.submission.texts import Text


@dataclass(frozen=True)
class Form:
    """How a rule is called. ``kind``: object, held (the object has the parameters), function, config,
    layers (one object with weights and gradients a call).

    ``returns``: it gives the new parameters; else it changes them in place. ``first``: the number
    of the first step, where it is handed in. ``swapped``: the gradients come first.
    """

    kind: str
    layout: str = DICT
    returns: bool = False
    first: int = 1
    swapped: bool = False

    @property
    def convention(self) -> Text | None:
        """What is other than ``update(params, grads)`` of an object, on a dict, in place."""
        said = [
            _KINDS.get(self.kind),
            _LAYOUTS.get("one" if self.layout == ARRAY and self.kind == "object" else self.layout),
            _RETURNS if self.returns else None,
            _FROM_ZERO if self.first == 0 else None,
            _SWAPPED if self.swapped else None,
        ]
        there = [text for text in said if text is not None]
        if not there:
            return None
        return Text("; ".join(t.en for t in there), "、".join(t.ja for t in there))


_KINDS = {
    "held": Text("it holds the parameters: step(grads)", "パラメータを保持する形: step(grads)"),
    "function": Text("a function", "関数の形"),
    "layers": Text("it takes one layer a call", "1 回の呼び出しで 1 層"),
    "config": Text("a function with a config dictionary", "config 辞書を渡す関数"),
}
_LAYOUTS = {
    LIST: Text("parameters in a list", "パラメータはリスト"),
    PREFIXED: Text("gradients are named dW1, db1, ...", "勾配の名前は dW1, db1, ..."),
    ARRAY: Text("one array a call", "1 回の呼び出しで 1 配列"),
    "one": Text("one object for each array", "配列ごとに 1 オブジェクト"),
}
_RETURNS = Text("it returns the new parameters", "新しいパラメータを返す")
_FROM_ZERO = Text("steps are counted from 0", "ステップ番号は 0 から")
_SWAPPED = Text("gradients come first", "勾配が先の引数")


@dataclass(frozen=True)
class Signature:
    """What the parameters are: of the constructor (none for a function), and of what is called."""

    made: Mapping[str, str]  # role → parameter
    called: Mapping[str, str]
    order: tuple[str, ...]  # parameters of what is called that are always passed, in order
    states: tuple[str, ...]
    method: str

    @property
    def settings(self) -> frozenset[str]:
        """The settings that can be handed in."""
        there = {*self.made, *self.called}
        both = {"beta1", "beta2"} if "betas" in there else set()
        of_config = {*SETTINGS} - {"decay"}
        return frozenset({*SETTINGS} & (there | both) if "config" not in there else of_config)


def signature(subject: Subject, wanted: Sequence[str]) -> Signature | None:
    """What the parameters of a class or function are; None where one is unknown.

    What calls its gradient is a minimizer of a function, and no update rule.
    """
    of = _signature(subject, wanted)
    if of is None or _calls(subject.found.source, of.called.get("grads", "")):
        return None
    if not is_known(subject, of.states):
        return None
    return of


def _calls(source: str, name: str) -> bool:
    return bool(name and re.search(rf"(?<![\w.]){re.escape(name)}\(", source))


def _signature(subject: Subject, wanted: Sequence[str]) -> Signature | None:
    found = subject.found
    if found.kind == "class":
        made = roles(found.parameters, (*wanted, "betas", "nesterov", "params"))
        known = set(made.values())
        if any(p.required and not p.variadic and p.name not in known for p in found.parameters):
            return None
        method = method_of(found)
        return _called(found.methods[method], made, wanted, method) if method else None
    return _called(found.parameters, {}, wanted, "") if found.kind == "function" else None


def _called(
    parameters: Any, made: Mapping[str, str], wanted: Sequence[str], method: str
) -> Signature | None:
    own = roles(parameters, ("config", "layer", "params", "grads", "t", *wanted, "betas"))
    if "layer" in own and method:
        others = [p for p in parameters if _required(p) and p.name != own["layer"]]
        return None if others else Signature(made, own, (own["layer"],), (), method)
    own = _by_place(parameters, own, ("grads",) if "params" in made else ("params", "grads"))
    remembered = states(parameters, own.values())
    if remembered is None or "grads" not in own or (method and remembered):
        return None
    passed = {own[r] for r in ("params", "grads", "config", "t") if r in own} | set(remembered)
    order = tuple(p.name for p in parameters if p.name in passed or _required(p))
    return Signature(made, own, order, remembered, method)


def _required(of: Any) -> bool:
    return bool(of.required and not of.variadic)


def _by_place(parameters: Any, own: dict[str, str], needed: tuple[str, ...]) -> dict[str, str]:
    """Parameters and gradients under names that say nothing: the first required ones."""
    free = [p.name for p in parameters if _required(p) and p.name not in own.values()]
    missing = [role for role in needed if role not in own]
    if any(plain(name) in OTHERS for name in free):
        return own
    return own | dict(zip(missing, free, strict=False))


def settings_of(subject: Subject, wanted: Sequence[str]) -> frozenset[str]:
    """The settings that can be handed to a subject."""
    found = signature(subject, wanted)
    return found.settings if found else frozenset()


def takes(form: Form, wanted: Sequence[str]) -> Callable[[Subject], bool]:
    """Whether a subject can be called in this form."""

    def fits(subject: Subject) -> bool:
        found = signature(subject, wanted)
        if found is None:
            return False
        kind = _kind(found)
        if kind != form.kind or (form.first == 0 and "t" not in found.called):
            return False
        if kind == "layers":
            return bool(layer_class(subject))
        return kind == "held" or _swapped(found) == form.swapped

    return fits


def _kind(of: Signature) -> str:
    if not of.method:
        return "config" if "config" in of.called else "function"
    if "layer" in of.called:
        return "layers"
    return "object" if "params" in of.called else "held"


def layer_class(subject: Subject) -> str:
    """The class of the submission that is a layer of (inputs, outputs), or ""."""
    for found in subject.inventory.found:
        if found.kind == "class" and plain(found.name) in LAYERS:
            if len([p for p in found.parameters if _required(p)]) == 2:
                return found.name
    return ""


def _swapped(of: Signature) -> bool:
    names = list(of.order)
    return names.index(of.called["grads"]) < names.index(of.called["params"])


FORMS = (
    *(Form("object", layout, returns) for layout in (DICT, LIST, ARRAY) for returns in (False, True)),
    *(Form("object", layout, swapped=True) for layout in (DICT, LIST, ARRAY)),
    Form("object", ARRAY, returns=True, swapped=True),
    Form("object", PREFIXED),
    *(Form("held", layout) for layout in (DICT, LIST)),
    *(
        Form("function", layout, returns, first)
        for first in (1, 0)
        for layout in (DICT, PREFIXED, LIST, ARRAY)
        for returns in (False, True)
    ),
    Form("config", ARRAY, returns=True),
    Form("layers"),
)  # fmt: skip


def is_taken(wanted: Sequence[str]) -> Callable[[Subject], bool]:
    """Whether a subject is written in any of the forms."""
    fitting = [takes(form, wanted) for form in FORMS]
    return lambda subject: any(fits(subject) for fits in fitting)
