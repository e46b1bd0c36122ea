"""The two passes of an object, on arrays that it takes, and what the way back claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from compare.check.calling.any_network.gradients import gradients_in, misshapen_in
from compare.check.calling.any_network.network import (
    Network,
    State,
    elsewhere,
    same,
)
from compare.check.calling.networks.paths import is_gradient_of, split
from compare.check.calling.own_derivative.claim import Claim, Values, real
from compare.check.calling.own_derivative.functions import by_shape, orders
from compare.check.naming.network_parameters import needed, role_of
from compare.sandbox.interface import Failed

_SMALL = 1e-7


@dataclass(frozen=True)
class Passes:
    """A forward pass and a way back of a network's object, which starts with these numbers.

    ``others``: what the forward pass is given beside its inputs · ``by``: the inputs that it has a
    derivative by, of which all numbers may be where it is flat · ``kept``: weight → where its
    gradient is kept that no name tells.
    """

    network: Network
    before: State
    inputs: Values
    forward: str
    backward: str
    others: Mapping[str, Any] = field(default_factory=dict)
    by: tuple[str, ...] | None = None
    kept: Mapping[str, str] | None = None

    def claims(self) -> Iterator[Claim]:
        """What it claims on these samples; nothing where it does not take them."""
        if not self.inputs or self._above is None:
            return
        try:
            self.network.begin(self.before)
            y = real(self.outputs(self._values))
            moved = self._moved(y)
            if y is None or not np.isfinite(y).all() or y.ndim and not self._above:
                return
            kept = self._kept_anew(y, moved) if self.kept is None else self.kept
        except (Failed, TypeError):
            return
        # a loss is the last: nothing comes from above
        for at in orders(moved) if moved and not y.ndim else (moved,):
            yield replace(self, kept=kept)._claim(y, at)

    def _claim(self, y: np.ndarray, moved: Values) -> Claim:
        of_samples = y.shape[:1] == next(iter(self.inputs.values())).shape[:1] != ()
        averaged = tuple(self._weights) if of_samples else ()
        held = {n: v for n, v in self.before.items() if isinstance(v, (int, float))}
        at = {**moved, **self._weights}
        takes_up = bool(self._above) and bool(y.ndim or self._is_needed)
        above = (self._above or "") if takes_up else ""
        return Claim(
            self.outputs, at, partial(self._given, moved, above), takes_up, bool(moved), averaged,
            above, self._values, held, (*self._values, *moved), partial(self._remade, moved),
            ahead=self.network.ahead,
            after_another=partial(self._after_another, moved, above, y),
        )  # fmt: skip

    @cached_property
    def _weights(self) -> dict[str, np.ndarray]:
        return {p: np.asarray(v) for p, v in self.before.items() if isinstance(v, np.ndarray)}

    @property
    def _values(self) -> dict[str, np.ndarray]:
        return {**self.inputs, **self._weights}

    def _remade(self, moved: Values, new: Mapping[str, Any]) -> Claim:
        state = {**self.before, **{n: new[n] for n in self._weights}}
        inputs = {n: new[n] for n in self.inputs}
        there = replace(self, before=state, inputs=inputs, by=tuple(moved))
        for claim in there.claims():
            if [*claim.at][: len(moved)] == [*moved]:
                return claim
        raise ValueError  # it does not take these numbers

    def outputs(self, values: Mapping[str, Any]) -> Any:
        """What the forward pass gives; its inputs by their places where they come first.

        What it changes in place is seen so.
        """
        self.network.put({n: v for n, v in values.items() if n in self._weights})
        parameters = needed(self.network.parts[self.forward])
        switches = {p.name: role_of(p.name) == "training" for p in parameters
                    if role_of(p.name) in ("training", "pass")} | dict(self.others)  # fmt: skip
        inputs = {n: np.copy(values.get(n, v)) for n, v in self.inputs.items()}
        several = any(p.variadic for p in self.network.parts[self.forward])
        if several or [p.name for p in parameters][: len(inputs)] == list(inputs):
            return self.network.called(self.forward, *inputs.values(), **switches)
        return self.network.called(self.forward, **inputs, **switches)

    def _given(self, moved: Values, above: str, up: Any) -> Values:
        """Argument or weight → its gradient, returned or kept."""
        return self._went_back(moved, above, up)[0]

    def _after_another(
        self, moved: Values, above: str, y: np.ndarray, up: Any
    ) -> tuple[Values, bool]:
        """The same behind two forward passes; the second gives these outputs, or the first's."""
        others = {**self._values, **{n: elsewhere(v) for n, v in moved.items()}}
        self.network.begin(self.before)
        first = real(self.outputs(others))
        again = real(self.outputs(self._values))
        if first is None or again is None:
            return {}, False
        stale = np.array_equal(again, first) and not np.array_equal(first, y)
        if not stale and not np.array_equal(again, y):
            return {}, False
        return self._went_back(moved, above, up, others)[0], stale

    def _went_back(
        self, moved: Values, above: str, up: Any, earlier: Values | None = None
    ) -> tuple[Values, State, State]:
        """The same, with all numbers before and after it; behind an ``earlier`` pass as well."""
        self.network.begin(self.before)
        for values in (earlier, self._values):
            if values is not None:
                self.outputs(values)
        passed = self.network.numbers()
        handed = {above: up if np.ndim(up) else float(up)} if above else {}
        result = self.network.called(self.backward, **handed)
        after = self.network.numbers()
        returned = by_shape(result, moved)
        self.network.begin(self.before)
        further = result[len(returned) :] if isinstance(result, tuple) else {}
        weights = self._weights
        kept = {n: np.asarray(after[p]) for n, p in (self.kept or {}).items()
                if p in after and np.shape(after[p]) == np.shape(weights[n])}  # fmt: skip
        found = {**misshapen_in(further, after, self.before, weights), **kept,
                 **gradients_in(further, after, weights)}  # fmt: skip
        return {**returned, **found}, passed, after

    def _kept_anew(self, y: np.ndarray, moved: Values) -> dict[str, str]:
        """Of a weight without a gradient by its name the only array of its shape kept beside it.

        It is set anew on the way back, and nothing depends on it.
        """
        above = (self._above or "") if y.ndim or self._is_needed else ""
        found, passed, after = self._went_back(moved, above, np.ones(y.shape))
        left = {n: v for n, v in self._weights.items() if n not in found}
        used = [n for n in left if self._depends_on(n, y)]
        anew = [p for p, v in after.items() if np.ndim(v) and p not in used
                and not (p in passed and same(passed[p], v))]  # fmt: skip
        kept = {}
        for path in used:
            holder, name = split(path)
            alike = [p for p in anew if np.shape(after[p]) == np.shape(left[path])]
            named = [p for p in alike if is_gradient_of(split(p)[1], name, bare=True)]
            beside = [p for p in alike if split(p)[0] == holder]
            if len(named or beside) == 1:
                kept[path] = (named or beside)[0]
        return kept

    def _depends_on(self, path: str, y: np.ndarray) -> bool:
        there = real(self.outputs({**self._values, path: elsewhere(self._weights[path])}))
        self.network.begin(self.before)
        return there is not None and not np.array_equal(there, y)

    def _moved(self, y: Any) -> dict[str, np.ndarray]:
        """The inputs to derive by: of one turned into whole numbers no small step moves it."""
        if self.by is not None:
            return {n: self.inputs[n] for n in self.by}
        floats = {n: v for n, v in self.inputs.items() if v.dtype.kind == "f"}
        # not all by the same, which a softmax would not show
        steps = {n: _SMALL * np.cos(np.arange(v.size)).reshape(v.shape) for n, v in floats.items()}
        near = {n: real(self.outputs({**self._values, n: v + steps[n]})) for n, v in floats.items()}
        still = [n for n, z in near.items() if y is not None and z is not None
                 and np.array_equal(y, z)]  # fmt: skip
        return {n: v for n, v in floats.items() if n not in still}

    @property
    def _is_needed(self) -> bool:
        return bool(needed(self.network.parts[self.backward]))

    @property
    def _above(self) -> str | None:
        """The parameter for the gradient from above, called so or the only one; "" without any."""
        parameters = self.network.parts[self.backward]
        names = [p.name for p in needed(parameters)] or [p.name for p in parameters][:1]
        called = [n for n in names if role_of(n) == "dout"]
        # a target has a longer name; of one the result is not linear, and claims nothing
        alone = len(names) == 1 and (names[0] == "d" or role_of(names[0]) != "d")
        return names[0] if alone else next(iter(called), None if names else "")
