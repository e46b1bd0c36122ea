"""Steps of an update rule, one call after the other: by an object or by a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.check.calling.optimizers.call_styles import CallForm
from compare.check.calling.optimizers.gradients import ASKED, ASKED_DICT, Gradients
from compare.check.calling.optimizers.parameters import (
    ARRAY,
    LIST,
    NESTED,
    OF_SUMS,
    is_nested,
    no_parameters,
    of_each,
    packed,
    unpacked,
)
from compare.check.calling.optimizers.signature import LIKE, Signature
from compare.check.calling.optimizers.states import begun
from compare.check.i18n.text import Text
from compare.check.subject import Subject
from compare.check.trial import RATE_STAYS
from compare.language.message import message
from compare.sandbox.interface import Ending, Failed, Handle

_SET_ITEM = "lambda made, name, key, value: getattr(made, name).__setitem__(key, value)"
COUNT = 4  # a power of two: to multiply by it and divide again changes no digit
SCHEDULED = Text(
    "it lowers its learning rate by itself, which is not judged",
    "学習率を自分で下げていく（その部分は判定の対象外）",
)


@dataclass
class Use:
    """A rule of a submission on some tensors: how it is called, and with which settings."""

    form: CallForm
    rule: Signature
    subject: Subject
    tensors: Mapping[str, Any]
    settings: Mapping[str, Any]

    def __post_init__(self) -> None:
        self.lr = self.settings["lr"]

    def made(self, **further: Any) -> Handle:
        """An object of its class, whose constructor is given ``further`` by name."""
        made: Handle = self.subject.call(**named_by_role(self.rule.made, self.settings), **further)
        return made

    def call(
        self, made: Handle | None, arguments: Mapping[Any, Any], named: Mapping[str, Any]
    ) -> Any:
        """What a call gives, of an object or of the function itself.

        Those that are required come by their place, of the others only what is ``named``.
        """
        given, order = dict(arguments) | dict(named), self.rule.order
        args = [given[name] for name in order]
        further = {name: value for name, value in named.items() if name not in order}
        if made is None:
            return self.subject.call(*args, **further)
        return self.subject.method(made, self.rule.method, *args, **further)

    def set_rate(self, optimizer: Handle, lr: float) -> None:
        """Sets every attribute that holds the learning rate.   Raises Failed where none does."""
        attribute_name = self.rule.made.get("lr")
        before, self.lr = self.lr, lr
        if attribute_name and _decays(self.subject, optimizer, attribute_name, before):
            # a schedule of its own: the rates of the probe take its place
            self.subject.conventions[SCHEDULED] = None
            self.subject.box.set(optimizer, attribute_name, before)
        if lr == before:
            return
        # all that hold it, whatever they are called: some keep a current rate beside the first one
        kept = self._attributes(optimizer)
        held = [(n, None) for n, value in kept.items() if _is_rate(value, before)]
        held += [
            (n, key) for n, of in kept.items() if isinstance(of, dict)
            for key, value in of.items() if _is_rate(value, before)
        ]  # fmt: skip
        if attribute_name and not held:
            raise Failed(Ending.REFUSED, RATE_STAYS)
        for name, key in held:
            if key is None:
                self.subject.box.set(optimizer, name, lr)
            else:
                item = self.subject.box.define(_SET_ITEM)
                self.subject.box.method(item, "__call__", optimizer, name, key, lr)

    def _attributes(self, optimizer: Handle) -> Mapping[str, Any]:
        try:
            kept = self.subject.box.get(optimizer, "__dict__")
        except Failed:
            return {}
        return kept if isinstance(kept, dict) else {}


def _is_rate(value: Any, lr: float) -> bool:
    return isinstance(value, float) and value == lr


class ByObject:
    """An object of the submission that takes steps on some tensors."""

    def __init__(self, use: Use) -> None:
        self.use, self.form, self.rule, self.subject = use, use.form, use.rule, use.subject
        form, rule, subject = use.form, use.rule, use.subject
        self.gradients = Gradients(subject, form.layout, use.settings, rule.called)
        self.kept = subject.box.keep(packed(form.layout, use.tensors))
        self.again: dict[str, Any] = {}  # what it gave beside them, by its parameter
        named: dict[str, Any] = {}
        if "params" in rule.made:
            named[rule.made["params"]] = self.kept
        self.object: Handle = self._shown(lambda: self._made(named))
        if not isinstance(self.object, Handle):
            kind = type(self.object).__name__
            raise TypeError(message("{kind} where an object was expected", kind=kind))
        if rule.start:
            subject.method(self.object, rule.start, self.kept)
        self.before = None if form.returns else subject.box.fetch(self.kept)

    def _made(self, named: dict[str, Any]) -> Handle:
        """The object, shown the parameters by themselves, or by their shapes."""
        if LIKE not in self.rule.made:
            return self.use.made(**named)
        tensors = self.use.tensors
        try:
            shown = {self.rule.made[LIKE]: packed(self.form.layout, tensors)}
            return self.use.made(**named, **shown)
        except Failed as failed:
            if failed.ending is not Ending.RAISED:
                raise
        shapes = {n: np.shape(a) for n, a in tensors.items()}
        return self.use.made(**named, **{self.rule.made[LIKE]: of_each(self.form.layout, shapes)})

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        by_role = self.rule.called
        arguments: dict[str | None, Any] = {
            by_role.get("params"): self.kept,
            by_role["grads"]: _handed(self, gradients),
            by_role.get("t"): t + self.form.first,
            self.rule.count: COUNT,
        }
        if "lr" not in by_role:
            self.use.set_rate(self.object, lr)
        named = {**named_by_role(by_role, {"lr": lr}), **self.again}
        value = self._shown(lambda: self.use.call(self.object, arguments, named))
        self.subject.changed.pop(by_role.get("params", ""), None)
        return self._after(value)

    def _shown(self, call: Callable[[], Any]) -> Any:
        """What a call gives; refused where the parameters are no example of what it was made of."""
        try:
            return call()
        except Failed as failed:
            if LIKE in self.rule.made and failed.ending is Ending.RAISED:
                names = self.rule.made[LIKE]
                line = message("its parameters ({names}) are none that are known", names=names)
                raise Failed(Ending.REFUSED, line) from None
            raise

    def _after(self, value: Any) -> dict[str, Any]:
        if self.form.returns:
            value = self._without_state(value)
            self.kept = self.subject.box.keep(value)
            return unpacked(self.form.layout, value, tuple(self.use.tensors))
        return _changed_in_place(self, value)

    def _without_state(self, value: Any) -> Any:
        """The parameters alone, of ``update(w, dw, state=None)`` that gives w and the state."""
        taken = self.subject.found.methods.get(self.rule.method, ())
        open_ones = [p.name for p in taken if not p.needed and p.default is None]
        given = isinstance(value, tuple) and len(value) == 2 and self.form.layout == ARRAY
        if not given or len(open_ones) != 1 or not isinstance(value[1], (dict, type(None))):
            return value
        self.again = dict.fromkeys(open_ones, value[1])
        return value[0]


class Moves(ByObject):
    """An object that gives what is added to the parameters, or subtracted: downhill at first."""

    def __init__(self, use: Use) -> None:
        super().__init__(use)
        self.now, self.sign = {n: np.copy(a) for n, a in use.tensors.items()}, 0.0

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        self.handed = gradients
        return super().step(t, lr, gradients)

    def _after(self, value: Any) -> dict[str, Any]:
        moves = unpacked(self.form.layout, value, tuple(self.use.tensors))
        if not self.sign:
            along = sum(float(np.sum(np.asarray(m) * self.handed[n])) for n, m in moves.items())
            self.sign = -1.0 if along > 0 else 1.0
        self.now = {n: self.now[n] + self.sign * np.asarray(m) for n, m in moves.items()}
        return self.now


def _sums(subject: Subject, rule: Signature, gradients: Mapping[str, Any]) -> Mapping[str, Any]:
    """The gradients, as sums where it is told over how many samples they are."""
    if not rule.count:
        return gradients
    subject.conventions[OF_SUMS] = None
    return {n: g * COUNT for n, g in gradients.items()}


def _handed(by: ByObject | ByFunction, gradients: Mapping[str, Any]) -> Any:
    """The gradients, or what gives them at every point."""
    handed = by.gradients.of(_sums(by.subject, by.rule, gradients))
    if not by.rule.asks:
        return handed
    given = by.subject.box.define(ASKED.get(by.form.layout, ASKED_DICT))
    return by.subject.box.method(given, "__call__", handed).value


def in_order(rule: Signature, parts: Sequence[Any]) -> list[Any]:
    """What is returned, the parameters first: in the order of the arguments otherwise."""
    places = [name for name in rule.order if name in (*rule.states, rule.called.get("params"))]
    if len(places) != len(parts) or places[0] == rule.called.get("params"):
        return list(parts)
    at = places.index(rule.called["params"])
    return [parts[at], *parts[:at], *parts[at + 1 :]]


def _decays(subject: Subject, optimizer: Handle, name: str, before: float) -> bool:
    """Whether a step has multiplied the rate by a kept number, or divided it by 1 + that."""
    try:
        ratio = subject.box.get(optimizer, name) / before
        kept = subject.box.get(optimizer, "__dict__") if ratio != 1 else {}
    except (Failed, TypeError, ZeroDivisionError):
        return False
    settings = [c for n, c in kept.items() if n != name and isinstance(c, float) and 0 <= c < 1]
    factors = [factor for c in settings for factor in (c, 1 - c, 1 / (1 + c))]
    return any(abs(ratio - factor) < 1e-9 for factor in factors)


class ByFunction:
    """A function of the submission that takes steps on some tensors, with what it remembers."""

    def __init__(self, use: Use) -> None:
        self.use, self.form, self.rule, self.subject = use, use.form, use.rule, use.subject
        form, rule, subject, tensors = use.form, use.rule, use.subject, dict(use.tensors)
        self.gradients = Gradients(subject, form.layout, use.settings, rule.called)
        self.kept = subject.box.keep(packed(form.layout, tensors))
        self.remembered = [begun(subject, name, form.layout, tensors) for name in rule.states]
        config = {rule.keys[role]: v for role, v in use.settings.items() if role in rule.keys}
        # one dict for all steps: what is stored in it need not be returned
        self.config = subject.box.keep(config)
        self.before = None if form.returns else subject.box.fetch(self.kept)

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensors after one step."""
        by_role = self.rule.called
        arguments: dict[str | None, Any] = {
            by_role.get("params"): self.kept,
            by_role["grads"]: _handed(self, gradients),
            by_role.get("t"): t + self.form.first,
            self.rule.count: COUNT,
            by_role.get("config"): self._config(lr),
            **dict(zip(self.rule.states, self.remembered, strict=True)),
        }
        named = named_by_role(by_role, {**self.use.settings, "lr": lr})
        value = self.use.call(None, arguments, named)
        for name in (by_role.get("params", ""), by_role.get("config", ""), *self.rule.states):
            self.subject.changed.pop(name, None)
        return self._after(value)

    def _config(self, lr: float) -> Handle:
        """The config dictionary, with the learning rate of this step."""
        if "lr" in self.rule.keys:
            self.subject.box.method(self.config, "__setitem__", self.rule.keys["lr"], lr)
        return self.config

    def _after(self, value: Any) -> dict[str, Any]:
        # p, m, v or p alone
        parts = self._parts(value)
        if not self.form.returns:
            now = _changed_in_place(self, value)
            self._remember(parts if len(parts) == len(self.remembered) else parts[1:])
            return now
        if not parts:
            raise ValueError(message("it returns nothing"))
        if self.form.kind == "config":
            parts.sort(key=lambda part: isinstance(part, dict))
        parts = in_order(self.rule, parts)
        now = unpacked(self.form.layout, parts[0], tuple(self.use.tensors))
        self.kept = self.subject.box.keep(parts[0])
        self._remember(parts[1:])
        return now

    def _parts(self, value: Any) -> list[Any]:
        """What it returns one by one: the parameters, and what it remembers."""
        if value is None:
            return []
        if self.form.layout == NESTED and is_nested(value, len(self.use.tensors)):
            return [value]
        # a list of arrays is the parameters themselves, where they are in a list
        several = isinstance(value, (tuple, list)) and (
            self.form.layout != LIST or (bool(value) and isinstance(value[0], (list, tuple)))
        )
        return list(value) if several else [value]

    def _remember(self, parts: Sequence[Any]) -> None:
        if self.form.kind == "config":
            config = next((p for p in parts if isinstance(p, dict)), None)
            self.config = self.config if config is None else self.subject.box.keep(config)
            return
        # a step number that is returned, too, is handed in by us
        held = [p for p in parts if isinstance(p, (dict, list, tuple, Handle)) or np.ndim(p)]
        for i, part in enumerate(held[: len(self.remembered)]):
            self.remembered[i] = part if isinstance(part, Handle) else self.subject.box.keep(part)


class ByMinimizer:
    """A function of the submission that takes all steps itself: it is called for each number."""

    def __init__(self, use: Use) -> None:
        self.use, self.rule, self.subject = use, use.rule, use.subject
        ((self.name, self.start),) = use.tensors.items()
        self.asked: Any = None

    def step(self, t: int, lr: float, gradients: Mapping[str, Any]) -> dict[str, Any]:
        """The tensor after so many steps of the first rate and gradient."""
        if self.asked is None:
            given = self.subject.box.define(ASKED[ARRAY])
            first = np.copy(gradients[self.name])
            self.asked = self.subject.box.method(given, "__call__", first).value
        by_role = self.rule.called
        named = named_by_role(by_role, self.use.settings)
        arguments = {
            by_role["grads"]: self.asked, by_role["params"]: np.copy(self.start),
            by_role["t"]: t + 1, **named,
        }  # fmt: skip
        return {self.name: self._last(self.use.call(None, {}, arguments))}

    def _last(self, value: Any) -> Any:
        """The point that it has reached: what it returns, or the last of what it went through."""
        for part in value if isinstance(value, tuple) else (value,):
            if np.shape(part) == np.shape(self.start):
                return part
            if np.shape(part)[1:] == np.shape(self.start) and len(part):
                return part[-1]
        raise no_parameters(value)


def named_by_role(names: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by the names of the parameters that take them."""
    named = {names[role]: value for role, value in values.items() if role in names}
    if "betas" in names and "beta1" in values:
        named[names["betas"]] = (values["beta1"], values["beta2"])
    return named


def _changed_in_place(by: ByObject | ByFunction, value: Any) -> dict[str, Any]:
    """The tensors that a step was handed, as it has left them."""
    before, by.before = by.before, by.subject.box.fetch(by.kept)
    if value is not None and _alike(before, by.before):
        raise ValueError(message("it returns something, and changes nothing in place"))
    return unpacked(by.form.layout, by.before, tuple(by.use.tensors))


def _alike(left: Any, right: Any) -> bool:
    """Whether two containers hold the same numbers."""
    if isinstance(left, dict):
        return set(left) == set(right) and all(_alike(left[k], right[k]) for k in left)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(_alike, left, right))
    return np.array_equal(left, right)
