"""A way back in full: which error is sent back, at which scale, on which batch, and what is off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from compare.arithmetic.running_error import Bounded
from compare.check.fitting.guards import SMALL, large_epsilon
from compare.check.fitting.networks import passes as chains
from compare.check.fitting.networks.passes import Delta, Forward, Loss, Passed
from compare.check.fitting.networks.way_down import CHAINS, Chain
from compare.check.i18n.text import Text
from compare.check.naming.network_parameters import LR

Arrays = Mapping[str, Any]


@dataclass(frozen=True)
class Scale:
    """What a sum over the batch is multiplied by; ``cause``: no loss is reduced so."""

    said: Text
    of: Callable[[int, int, int], float]
    cause: str = ""


def _scale(en: str, ja: str, of: Callable[[int, int, int], float], cause: str = "") -> Scale:
    return Scale(Text(en, ja), of, cause)


RIGHT_SCALES = (
    _scale("mean over the batch", "バッチ平均", lambda N, K, M: 1 / N),
    _scale("sum over the batch", "バッチの和", lambda N, K, M: 1.0),
    _scale("mean over all elements", "全要素の平均", lambda N, K, M: 1 / (N * K)),
    _scale("sum over the batch, mean over the outputs", "バッチの和、出力の平均",
           lambda N, K, M: 1 / K),
    _scale("mean over the batch, without 1/2", "バッチ平均（1/2 なし）", lambda N, K, M: 2 / N),
    _scale("sum over the batch, without 1/2", "バッチの和（1/2 なし）", lambda N, K, M: 2.0),
    _scale("mean over all elements, without 1/2", "全要素の平均（1/2 なし）",
           lambda N, K, M: 2 / (N * K)),
)  # fmt: skip


def _negated(of: Callable[[int, int, int], float]) -> Callable[[int, int, int], float]:
    return lambda N, K, M: -of(N, K, M)


def _rated(of: Callable[[int, int, int], float]) -> Callable[[int, int, int], float]:
    return lambda N, K, M: LR * of(N, K, M)


RATED_SCALES = tuple(Scale(s.said, _rated(s.of), "rate_in_gradients") for s in RIGHT_SCALES)
NEGATED_SCALES = tuple(Scale(s.said, _negated(s.of), "network_sign") for s in RIGHT_SCALES)
SCALES = (
    *RIGHT_SCALES,
    _scale("", "", lambda N, K, M: 1 / N**2, "averaged_twice"),
    _scale("", "", lambda N, K, M: 1 / (N**2 * K), "averaged_twice"),
    _scale("", "", lambda N, K, M: 2 / (N**2 * K), "averaged_twice"),
    _scale("", "", lambda N, K, M: 2 / N**2, "averaged_twice"),
    *NEGATED_SCALES,
    *RATED_SCALES,
    _scale("", "", lambda N, K, M: 1 / M, "divided_by_features"),
    _scale("", "", lambda N, K, M: 2 / M, "divided_by_features"),
)  # fmt: skip


def constant_scale(c: int) -> Scale:
    """1/c, whatever the size of the batch; 0 is no constant."""
    return _scale(str(c), str(c), lambda N, K, M: 1 / c if c else np.nan, "divided_by_constant")


@dataclass(frozen=True)
class Batches:
    """Whose forward pass and whose targets the way back works on, and what is shown of it."""

    cause: str = ""
    passed: str = ""  # "" this batch, "0" the one before
    output: str = "as passed"  # the same of its output alone
    x: str = ""
    d: str = ""
    shift: int = 0
    summed: bool = False  # on top of the one before

    def grads(self, a: Arrays, plan: Plan, forward: Forward) -> dict[str, Bounded]:
        """The gradients of a plan on these batches."""
        found = self._of(a, plan, forward, self.passed, self.x, self.d)
        if self.summed:
            before = self._of(a, plan, forward, "0", "0", "0")
            found = {n: g + before[n] for n, g in found.items()}
        return found

    def before(self, a: Arrays, plan: Plan, forward: Forward) -> dict[str, Bounded]:
        """The gradients of the batch before, by before/grad/W1 and so on."""
        found = self._of(a, plan, forward, "0", "0", "0")
        return {f"before/{n}": g for n, g in found.items() if n.startswith("grad/")}

    def _of(
        self, a: Arrays, plan: Plan, forward: Forward, which: str, x: str, d: str
    ) -> dict[str, Bounded]:
        p = chains.passed(forward, a, a[f"x{which}"])
        p = Passed(p.u, (a[f"x{x}"], *p.z[1:]), p.scores)
        if self.output != "as passed":
            shown = chains.passed(forward, a, a[f"x{self.output}"])
            p = Passed((*p.u[:-1], shown.u[-1]), (*p.z[:-1], shown.z[-1]), shown.scores)
        rows, n = _rows(a, p, d, self.shift)
        scale = plan.scale.of(rows.shape[0], rows.shape[1], a["W1"].shape[0])
        return chains.grads(p, a, rows, forward, plan.delta, plan.chain, scale, plan.rate)


def _rows(a: Arrays, p: Passed, which: str, shift: int = 0) -> tuple[np.ndarray, int]:
    K = p.y.shape[-1]
    return chains.targets(a[f"d{which}"] + shift if K == 1 else (a[f"d{which}"] + shift) % K, K), K


THIS = Batches()
OTHERS = (
    Batches("labels_off_by_one", shift=1),
    Batches("labels_off_by_one", shift=-1),
    Batches("network_accumulates", summed=True),
    Batches("stale_forward", passed="0"),
    Batches("stale_forward", passed="0", x="0"),
    Batches("stale_forward", passed="0", x="0", d="0"),
    Batches("stale_forward", output="0"),
    Batches("stale_forward", passed="0", output=""),
)


@dataclass(frozen=True)
class Plan:
    """A way back: the error sent back, its scale, the slope in the hidden layers, the batch.

    ``altered``: what some of the gradients are instead, by name · ``read_off``: the gradients are
    the change of the weights, at the learning ``rate`` · ``shown``: whether there are gradients at
    all.
    """

    delta: Delta
    scale: Scale
    chain: Chain = CHAINS[0]
    batches: Batches = THIS
    altered: Mapping[str, Any] = field(default_factory=dict)
    read_off: bool = False
    rate: float = LR
    shown: bool = True

    def grads(self, a: Arrays, forward: Forward) -> dict[str, Bounded]:
        """The gradients that this gives."""
        found = self.bare(a, forward)
        changed = {n: alter.of(n, found, a) for n, alter in self.altered.items()}
        found = {n: g for n, g in (found | changed).items() if n.startswith("grad/")}
        return {n: self.as_shown(n, g, a) for n, g in found.items()}

    def bare(self, a: Arrays, forward: Forward) -> dict[str, Bounded]:
        """The gradients before any is altered, and what alterations are made of."""
        found = self.batches.grads(a, self, forward)
        if any(x.cause == "network_accumulates" for x in self.altered.values()):
            found |= self.batches.before(a, self, forward)
        return found

    def as_shown(self, name: str, g: Bounded, a: Arrays) -> Bounded:
        """A gradient as it is read: itself, or off the update."""
        return _read_off(a[name.removeprefix("grad/")], g, self.rate) if self.read_off else g

    @property
    def causes(self) -> list[tuple[str, dict[str, str | Text]]]:
        """The mistakes in it, in order of computation, with the blanks of their texts."""
        found: list[tuple[str, dict[str, str | Text]]] = [(self.batches.cause, {})]
        found.append((self.delta.cause, {}))
        scale = self.scale.cause
        # what an update multiplies twice is no gradient, and moves too far
        scale = "rate_applied_twice" if self.read_off and scale == "rate_in_gradients" else scale
        found.append((scale, {"constant": self.scale.said.en}))
        if len(self.altered) > 2 and {x.cause for x in self.altered.values()} == {
            "gradient_missing"
        }:
            return [("network_never_moves", {})]
        groups: dict[tuple[str, str], list[str]] = {}
        for n, alter in self.altered.items():
            cause = alter.cause
            if self.read_off and cause == "gradient_missing":
                cause = "never_updated"
            groups.setdefault((cause, alter.said), []).append(n.removeprefix("grad/"))
        found += [(c, {"name": ", ".join(ns), "factor": said}) for (c, said), ns in groups.items()]
        found.append((self.chain.cause, {"slope": self.chain.said}))
        return [(cause, blanks) for cause, blanks in found if cause]


def _read_off(p: Bounded, g: Bounded, rate: float) -> Bounded:
    return (p - (p - g * rate)) / LR


@dataclass(frozen=True)
class Reported:
    """The loss that is reported, its reduction, and which classes it takes."""

    loss: Loss
    scale: Scale
    shift: int = 0
    decay: float = 0.0
    each: bool = False  # whether the decay is added for every sample

    def of(self, a: Arrays, p: Passed, forward: Forward) -> Bounded:
        """Its value."""
        rows, _ = _rows(a, p, "", self.shift)
        y = p.y if self.loss.cause else chains.output_of(forward, p, self.loss.output)
        value = self.loss.value(rows, p.u[-1], y) * self.scale.of(
            rows.shape[0], rows.shape[1], a["W1"].shape[0]
        )
        rate = self.decay * (rows.shape[0] if self.each else 1)
        for k in range(1, chains.depth_of(a) + 1):
            if self.decay:
                value = value + (a[f"W{k}"] * a[f"W{k}"]).sum() * (rate / 2)
        return value

    @property
    def cause(self) -> str:
        """The mistake in it, or ""."""
        once_too_often = "penalty_of_every_sample" if self.each else ""
        shifted = "labels_off_by_one" if self.shift else ""
        e = self.loss.epsilon
        large = large_epsilon(e) if e > SMALL else ""
        return self.loss.cause or self.scale.cause or shifted or once_too_often or large
