"""The ways in which update rules are called: as an object with a method, or as a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from compare.sandbox import Ending, Failed, Handle
from compare.submission.binding import plain
from compare.submission.concept import Arrangement, Arrays
from compare.submission.concepts.tensors import (
    ARRAY,
    DICT,
    LIST,
    PREFIXED,
    packed,
    split,
    unpacked,
)
from compare.submission.concepts.update_names import OTHERS, SETTINGS, method_of, roles, states
from compare.submission.subject import Subject
from compare.submission.texts import Text

_ATTRIBUTES = (
    "lr",
    "learning_rate",
    "eta",
    "alpha",
    "_lr",
    "_learning_rate",
    "current_learning_rate",
)


@dataclass(frozen=True)
class Form:
    """How a rule is called. ``kind``: object, held (the object has the parameters), function, config.

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
    "function": Text("a function, which is handed its state", "状態を引数で渡す関数"),
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
        return frozenset({*SETTINGS} & (there | both) if "config" not in there else SETTINGS)


def signature(subject: Subject, wanted: Sequence[str]) -> Signature | None:
    """What the parameters of a class or function are; None where one is unknown."""
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
    own = roles(parameters, ("config", "params", "grads", "t", *wanted, "betas"))
    own = _by_place(parameters, own, ("grads",) if "params" in made else ("params", "grads"))
    remembered = states(parameters, own.values())
    if remembered is None or "grads" not in own or (method and remembered):
        return None
    passed = {own[r] for r in ("params", "grads", "config", "t") if r in own} | set(remembered)
    order = tuple(p.name for p in parameters if p.name in passed or _required(p))
    if "params" in own and "params" in made:
        return None
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
        kind = "function" if not found.method else "held" if "params" in found.made else "object"
        kind = "config" if kind == "function" and "config" in found.called else kind
        if kind != form.kind or (form.first == 0 and "t" not in found.called):
            return False
        return kind == "held" or _swapped(found) == form.swapped

    return fits


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
)  # fmt: skip


def arrangements(wanted: Sequence[str], extra: Mapping[str, Any]) -> tuple[Arrangement, ...]:
    """Every form; ``extra`` are further settings of the constructor, where it has them."""
    return tuple(
        Arrangement(partial(_run, form, wanted, extra), form.convention, takes(form, wanted))
        for form in FORMS
    )


def _run(
    form: Form, wanted: Sequence[str], extra: Mapping[str, Any], s: Subject, a: Arrays
) -> dict[str, Any]:
    """step/t/name for all steps of the probe."""
    found = signature(s, wanted)
    assert found is not None
    tensors = split(a["p"], a["shapes"])
    groups = [{n: w} for n, w in tensors.items()] if form.layout == ARRAY else [tensors]
    given = {name: float(a[name][0]) for name in SETTINGS if name in a} | dict(extra)
    stepping = _Function if not found.method else _Object
    rules = [stepping(form, found, s, group, given) for group in groups]
    results: dict[str, Any] = {}
    for t, lr in enumerate(a["lr"]):
        gradients = split(a["g"][t], a["shapes"])
        for rule, group in zip(rules, groups, strict=True):
            now = rule.step(t, float(lr), {name: gradients[name] for name in group})
            results |= {f"step/{t + 1}/{name}": value for name, value in now.items()}
    return results


class _Object:
    """An object of the submission that takes steps on some tensors."""

    def __init__(
        self, form: Form, found: Signature, s: Subject, tensors: Mapping[str, Any],
        given: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.form, self.found, self.s, self.names = form, found, s, tuple(tensors)
        self.lr = given["lr"]
        self.kept = s.box.keep(packed(form.layout, tensors))
        named = _named(found.made, given)
        if "params" in found.made:
            named[found.made["params"]] = self.kept
        self.object: Handle = s.call(**named)
        if not isinstance(self.object, Handle):
            raise TypeError(f"{type(self.object).__name__} where an object was expected")

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        own = self.found.called
        there = {
            own.get("params"): self.kept,
            own["grads"]: packed(self.form.layout, gradients, "d"),
            own.get("t"): t + self.form.first,
        }
        named = _named(own, {"lr": lr})
        if "lr" not in own and lr != self.lr:
            self._set(lr)
        args = [there[name] for name in self.found.order if name in there]
        named = {name: v for name, v in named.items() if name not in there}
        before = self.s.box.fetch(self.kept)
        value = self.s.method(self.object, self.found.method, *args, **named)
        self.s.changed.pop(own.get("params", ""), None)
        return self._after(before, value)

    def _after(self, before: Any, value: Any) -> dict[str, Any]:
        after = self.s.box.fetch(self.kept)
        if self.form.returns:
            self.kept = self.s.box.keep(value)
            return unpacked(self.form.layout, value, self.names)
        if value is not None and _alike(before, after):
            raise ValueError("it returns something, and changes nothing in place")
        return unpacked(self.form.layout, after, self.names)

    def _set(self, lr: float) -> None:
        """The attribute that holds the learning rate."""
        own = self.found.made.get("lr")
        for name in dict.fromkeys([own or "lr", *_ATTRIBUTES]):
            try:
                if self.s.box.get(self.object, name) == self.lr:
                    self.s.box.set(self.object, name, lr)
                    self.lr = lr
                    return
            except Failed:
                continue
        if own:
            raise Failed(Ending.REFUSED, "its learning rate cannot be set between steps")


class _Function:
    """A function of the submission that takes steps on some tensors, with what it remembers."""

    def __init__(
        self, form: Form, found: Signature, s: Subject, tensors: Mapping[str, Any],
        given: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.form, self.found, self.s, self.names = form, found, s, tuple(tensors)
        self.given = dict(given)
        zeros = {name: np.zeros_like(a) for name, a in tensors.items()}
        keep = s.box.keep
        self.kept = keep(packed(form.layout, tensors))
        self.remembered = [keep(packed(form.layout, zeros, "d")) for _ in found.states]
        self.config: dict[str, Any] = _config(given)

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        own = self.found.called
        there = {
            own.get("params"): self.kept,
            own["grads"]: packed(self.form.layout, gradients, "d"),
            own.get("t"): t + self.form.first,
            own.get("config"): self.config | {"learning_rate": lr},
            **dict(zip(self.found.states, self.remembered, strict=True)),
        }
        named = _named(own, self.given | {"lr": lr})
        there |= named  # those that are required come by their place
        args = [there[name] for name in self.found.order]
        named = {name: v for name, v in named.items() if name not in self.found.order}
        before = self.s.box.fetch(self.kept)
        value = self.s.call(*args, **named)
        for name in (own.get("params", ""), own.get("config", ""), *self.found.states):
            self.s.changed.pop(name, None)
        return self._after(before, value)

    def _after(self, before: Any, value: Any) -> dict[str, Any]:
        after = self.s.box.fetch(self.kept)
        parts = self._parts(value)
        if not self.form.returns:
            if value is not None and _alike(before, after):
                raise ValueError("it returns something, and changes nothing in place")
            self._remember(parts if len(parts) == len(self.remembered) else parts[1:])
            return unpacked(self.form.layout, after, self.names)
        if not parts:
            raise ValueError("it returns nothing")
        now = unpacked(self.form.layout, parts[0], self.names)
        self.kept = self.s.box.keep(parts[0])
        self._remember(parts[1:])
        return now

    def _parts(self, value: Any) -> list[Any]:
        """What it returns one by one: the parameters, and what it remembers."""
        if value is None:
            return []
        several = isinstance(value, (tuple, list)) and (
            self.form.layout != LIST or (bool(value) and isinstance(value[0], (list, tuple)))
        )
        return list(value) if several else [value]

    def _remember(self, parts: Sequence[Any]) -> None:
        if self.form.kind == "config":
            self.config = next((p for p in parts if isinstance(p, dict)), self.config)
            return
        held = [p for p in parts if isinstance(p, (dict, list, np.ndarray)) and np.ndim(p)
                or isinstance(p, dict)]  # fmt: skip
        for i, part in enumerate(held[: len(self.remembered)]):
            self.remembered[i] = self.s.box.keep(part)


def _named(of: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by the names of the parameters that take them."""
    named = {of[role]: value for role, value in given.items() if role in of}
    if "betas" in of and "beta1" in given:
        named[of["betas"]] = (given["beta1"], given["beta2"])
    return named


def _config(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by the names that functions with a config look for."""
    names = {"momentum": "momentum", "rho": "decay_rate", "beta1": "beta1", "beta2": "beta2",
             "eps": "epsilon"}  # fmt: skip
    return {name: given[role] for role, name in names.items() if role in given}


def _alike(a: Any, b: Any) -> bool:
    """Whether two containers hold the same numbers."""
    if isinstance(a, dict):
        return set(a) == set(b) and all(_alike(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(_alike, a, b))
    return np.array_equal(a, b)


def is_taken(wanted: Sequence[str]) -> Callable[[Subject], bool]:
    """Whether a subject is written in any of the forms."""
    fitting = [takes(form, wanted) for form in FORMS]
    return lambda subject: any(fits(subject) for fits in fitting)
