"""Which network somebody wrote: forward pass, loss and way back, each found by what it gave.

The search is a sum and not a product: the output says which forward pass it is, the loss which
loss of that, the last layer's gradient which error is sent back, and so on down.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from compare import formulas
from compare.elementwise import gap
from compare.rounded import Rounded
from compare.submission.concept import Arrangement, Meaning, Role
from compare.submission.concepts import network_chains as chains
from compare.submission.concepts.network_alterations import ALTERATIONS, Decay
from compare.submission.concepts.network_calls import LR
from compare.submission.concepts.network_chains import Chain, Delta, Forward, Loss, Passed
from compare.submission.following import numbers
from compare.submission.texts import Text
from compare.submission.trial import Trial

Arrays = Mapping[str, Any]


@dataclass(frozen=True)
class Scale:
    """What a sum over the batch is multiplied by; ``cause``: no loss is reduced so."""

    said: Text
    of: Callable[[int, int], float]
    cause: str = ""


def _scale(en: str, ja: str, of: Callable[[int, int], float], cause: str = "") -> Scale:
    return Scale(Text(en, ja), of, cause)


RIGHT_SCALES = (
    _scale("mean over the batch", "バッチ平均", lambda N, K: 1 / N),
    _scale("sum over the batch", "バッチの和", lambda N, K: 1.0),
    _scale("mean over all elements", "全要素の平均", lambda N, K: 1 / (N * K)),
    _scale("sum over the batch, mean over the outputs", "バッチの和、出力の平均", lambda N, K: 1 / K),
    _scale("mean over the batch, without 1/2", "バッチ平均（1/2 なし）", lambda N, K: 2 / N),
    _scale("sum over the batch, without 1/2", "バッチの和（1/2 なし）", lambda N, K: 2.0),
    _scale("mean over all elements, without 1/2", "全要素の平均（1/2 なし）", lambda N, K: 2 / (N * K)),
)  # fmt: skip
SCALES = (
    *RIGHT_SCALES,
    _scale("", "", lambda N, K: 1 / N**2, "averaged_twice"),
    _scale("", "", lambda N, K: 1 / (N**2 * K), "averaged_twice"),
    _scale("", "", lambda N, K: 2 / (N**2 * K), "averaged_twice"),
    _scale("", "", lambda N, K: 2 / N**2, "averaged_twice"),
    *(Scale(s.said, lambda N, K, s=s: -s.of(N, K), "network_sign") for s in RIGHT_SCALES),
)  # fmt: skip


@dataclass(frozen=True)
class Batches:
    """Whose forward pass and whose targets the way back works on, and what is shown of it."""

    cause: str = ""
    passed: str = ""  # "" this batch, "0" the one before
    x: str = ""
    d: str = ""
    shift: int = 0
    summed: bool = False  # on top of the one before

    def grads(self, a: Arrays, plan: Plan, forward: Forward) -> dict[str, Rounded]:
        """The gradients of a plan on these batches."""
        found = self._of(a, plan, forward, self.passed, self.x, self.d)
        if self.summed:
            before = self._of(a, plan, forward, "0", "0", "0")
            found = {n: g + before[n] for n, g in found.items()}
        return found

    def _of(
        self, a: Arrays, plan: Plan, forward: Forward, which: str, x: str, d: str
    ) -> dict[str, Rounded]:
        p = chains.passed(forward, a, a[f"x{which}"])
        p = Passed(p.u, (a[f"x{x}"], *p.z[1:]))
        rows, n = _rows(a, p, d, self.shift)
        scale = plan.scale.of(*rows.shape)
        return chains.grads(p, a, rows, forward, plan.delta, plan.chain, scale, LR)


def _rows(a: Arrays, p: Passed, which: str, shift: int = 0) -> tuple[np.ndarray, int]:
    K = p.y.shape[-1]
    return np.eye(K)[(a[f"d{which}"] + shift) % K], K


THIS = Batches()
OTHERS = (
    Batches("labels_off_by_one", shift=1),
    Batches("labels_off_by_one", shift=-1),
    Batches("network_accumulates", summed=True),
    Batches("stale_forward", passed="0"),
    Batches("stale_forward", passed="0", x="0"),
    Batches("stale_forward", passed="0", x="0", d="0"),
)


@dataclass(frozen=True)
class Plan:
    """A way back: the error sent back, its scale, the slope in the hidden layers, the batch.

    ``altered``: what some of the gradients are instead, by name · ``read_off``: the gradients are
    the change of the weights · ``shown``: whether there are gradients at all.
    """

    delta: Delta
    scale: Scale
    chain: Chain = chains.CHAINS[0]
    batches: Batches = THIS
    altered: Mapping[str, Any] = field(default_factory=dict)
    read_off: bool = False
    shown: bool = True

    def grads(self, a: Arrays, forward: Forward) -> dict[str, Rounded]:
        """The gradients that this gives."""
        found = self.batches.grads(a, self, forward)
        changed = {n: alter.of(n, found, a) for n, alter in self.altered.items()}
        found = {n: g for n, g in (found | changed).items() if n.startswith("grad/")}
        if not self.read_off:
            return found
        return {n: _read_off(a[n.removeprefix("grad/")], g) for n, g in found.items()}

    @property
    def causes(self) -> list[tuple[str, dict[str, str]]]:
        """The mistakes in it, in order of computation, with the blanks of their texts."""
        found: list[tuple[str, dict[str, str]]] = [(self.batches.cause, {})]
        found.append((self.scale.cause, {}))
        if len(self.altered) > 2 and {x.cause for x in self.altered.values()} == {
            "gradient_missing"
        }:
            return [("never_moves", {})]
        groups: dict[tuple[str, str], list[str]] = {}
        for n, alter in self.altered.items():
            groups.setdefault((alter.cause, alter.said), []).append(n.removeprefix("grad/"))
        found += [(c, {"name": ", ".join(ns), "factor": said}) for (c, said), ns in groups.items()]
        found.append((self.chain.cause, {"slope": self.chain.said}))
        return [(cause, blanks) for cause, blanks in found if cause]


@dataclass(frozen=True)
class Differences(Plan):
    """Central differences of the loss that is reported: right to a few digits."""

    h: float = 1e-4
    of: Reported | None = None

    def grads(self, a: Arrays, forward: Forward) -> dict[str, Rounded]:
        """(E(p + h) - E(p - h)) / 2h of every element of every parameter."""
        if self.of is None:
            return {}
        reported = self.of

        def error(name: str) -> Callable[[Rounded], Rounded]:
            def of(p: Rounded) -> Rounded:
                moved = {**a, name: p}
                return reported.of(moved, chains.passed(forward, moved, moved["x"]), forward)

            return of

        depth = chains.depth_of(a)
        names = [f"{p}{k}" for k in range(depth, 0, -1) for p in "Wb"]
        return {f"grad/{n}": formulas.central_difference(error(n), a[n], self.h) for n in names}

    @property
    def causes(self) -> list[tuple[str, dict[str, str]]]:
        """A warning."""
        return [("numerical", {})]


def _read_off(p: Rounded, g: Rounded) -> Rounded:
    if g.shape != p.shape:
        return (p - (p - g * LR)) / LR
    return (p - (p - g * LR)) / LR


@dataclass(frozen=True)
class Shown:
    """What it gave on one generic probe, beside the arrays as numbers."""

    a: Arrays
    values: Arrays


def fits(value: Any, wanted: Rounded) -> bool:
    """Whether a result is what is wanted; what nothing is known of fits nothing."""
    value, right = np.asarray(value), np.asarray(wanted.value)
    if value.shape != right.shape:
        return False
    limit = np.broadcast_to(wanted.limit(), right.shape)
    if not np.isfinite(limit).all() and np.isfinite(right).all():
        return False
    return not gap(value, right, limit).wrong.any()


def meanings_of(trial: Trial, arrangement: Arrangement) -> tuple[Meaning, ...]:
    """The meanings that what it gave on ordinary numbers leaves open, most likely first."""
    shown = [
        Shown(numbers(trial.problems[p.case.name].arrays), trial.ran(arrangement, p).values)
        for role in (Role.GENERIC, Role.LEGAL)
        for p in trial.concept.probes
        if p.role is role and trial.ran(arrangement, p).failed is None
    ]
    shown = [s for s in shown if "y" in s.values][:3]
    with np.errstate(all="ignore"):
        return _found(shown)


def _found(shown: Sequence[Shown]) -> tuple[Meaning, ...]:
    depth = chains.depth_of(shown[0].a)
    forward = next((f for f in chains.forwards(depth) if _gives_y(f, shown)), None)
    if forward is None:
        plan = Plan(chains.DELTAS[0], SCALES[0])
        return (_meaning(Forward("relu", "softmax"), None, plan, right=True),)
    loss = _loss(forward, shown)
    plan = _way_back(forward, loss, shown)
    nearest = _nearest(forward, loss, plan, depth)
    found = _meaning(forward, loss, plan) if plan else None
    return (nearest,) if found is None else (found, nearest) if found.right else (nearest, found)


def _gives_y(f: Forward, shown: Sequence[Shown]) -> bool:
    return all(fits(s.values["y"], chains.passed(f, s.a, s.a["x"]).y) for s in shown)


@dataclass(frozen=True)
class Reported:
    """The loss that is reported, its reduction, and which classes it takes."""

    loss: Loss
    scale: Scale
    shift: int = 0
    decay: float = 0.0

    def of(self, a: Arrays, p: Passed, forward: Forward) -> Rounded:
        """Its value."""
        rows, _ = _rows(a, p, "", self.shift)
        y = p.y if self.loss.cause else chains.output_of(forward, p, self.loss.output)
        value = self.loss.value(rows, p.u[-1], y) * self.scale.of(*rows.shape)
        for k in range(1, chains.depth_of(a) + 1):
            if self.decay:
                value = value + (a[f"W{k}"] * a[f"W{k}"]).sum() * (self.decay / 2)
        return value

    @property
    def cause(self) -> str:
        """The mistake in it, or ""."""
        return self.loss.cause or self.scale.cause or ("labels_off_by_one" if self.shift else "")


def _loss(forward: Forward, shown: Sequence[Shown]) -> Reported | None:
    """The loss that is reported, right or not; None where there is none."""
    if "loss" not in shown[0].values:
        return None
    passed = [chains.passed(forward, s.a, s.a["x"]) for s in shown]
    possible = [x for x in chains.LOSSES if _belongs(x.output, x.family, forward.output)]
    plain = (Reported(x, scale, n) for n in (0, 1, -1) for x in possible for scale in SCALES)
    tried = itertools.chain(plain, _decayed(possible, forward, shown, passed))
    return next((r for r in tried if _reports(r, forward, shown, passed)), None)


def _belongs(output: str, family: str, of: str) -> bool:
    """Whether a loss of this output can follow a network that shows ``of``."""
    return output == of or (of == "identity" and family != "squared error") or (
        output == "identity" and family == "cross-entropy")  # fmt: skip


def _reports(
    r: Reported, forward: Forward, shown: Sequence[Shown], passed: Sequence[Passed]
) -> bool:
    return all(
        fits(np.reshape(s.values["loss"], ()) if np.size(s.values["loss"]) == 1 else s.values["loss"], r.of(s.a, p, forward))
        for s, p in zip(shown, passed, strict=True)
    )  # fmt: skip


def _decayed(
    possible: Sequence[Loss], forward: Forward, shown: Sequence[Shown], passed: Sequence[Passed]
) -> Iterator[Reported]:
    """Losses with lambda/2 sum W^2 on top; lambda is what is left, in three digits."""
    a, p = shown[0].a, passed[0]
    squares = sum(float((a[f"W{k}"].value ** 2).sum()) for k in range(1, chains.depth_of(a) + 1))
    for loss in possible:
        for scale in RIGHT_SCALES:
            without = Reported(loss, scale)
            left = (
                2
                * (float(np.sum(shown[0].values["loss"])) - float(without.of(a, p, forward).value))
                / squares
            )
            if np.isfinite(left) and left > 0:
                yield replace(without, decay=float(f"{left:.3g}"))


def _way_back(forward: Forward, loss: Reported | None, shown: Sequence[Shown]) -> Plan | None:
    """The plan that explains every gradient, right or not; None where there is none."""
    if not any(n.startswith("grad/") for n in shown[0].values):
        return replace(_matching_plan(forward, loss), shown=False)
    for read_off in (False, True):
        plans = sorted(
            _plans(forward, loss, shown, read_off), key=lambda p: -_matching(p, forward, shown[:1])
        )
        for plan in plans:
            if complete := _completed(plan, forward, shown):
                return complete
    return _differences(forward, loss, shown) if loss is not None else None


def _differences(forward: Forward, loss: Reported, shown: Sequence[Shown]) -> Plan | None:
    plan = _matching_plan(forward, loss)
    for h in (1e-4, 1e-5, 1e-3, 1e-6, 1e-7):
        tried = Differences(plan.delta, loss.scale, h=h, of=loss)
        if _completed(tried, forward, shown) == tried:
            return tried
    return None


def _plans(
    forward: Forward, loss: Reported | None, shown: Sequence[Shown], read_off: bool
) -> list[Plan]:
    """What the last layer's gradients leave open: which error is sent back, and its scale."""
    last = chains.depth_of(shown[0].a)
    names = (f"grad/W{last}", f"grad/b{last}")
    deltas = [d for d in chains.DELTAS if _belongs(d.output, d.family, forward.output)]
    if loss is not None:
        deltas.sort(key=lambda d: d.family != loss.loss.family)
    found: list[Plan] = []
    for batches in (THIS, *OTHERS):
        for delta in deltas:
            for scale in _first(SCALES, loss):
                plan = Plan(delta, scale, batches=batches, read_off=read_off)
                if _any(plan, forward, shown[0], names):
                    found += [replace(plan, chain=c) for c in chains.chains_of(last)]
        if found:
            break
    return found or _wholly_altered(deltas, loss, read_off)


def _first(scales: Sequence[Scale], loss: Reported | None) -> list[Scale]:
    return sorted(scales, key=lambda s: loss is not None and s is not loss.scale)


def _wholly_altered(deltas: Sequence[Delta], loss: Reported | None, read_off: bool) -> list[Plan]:
    return [
        Plan(d, s, read_off=read_off) for d in deltas[:3] for s in _first(RIGHT_SCALES, loss)[:2]
    ]


def _wanted(plan: Plan, forward: Forward, a: Arrays) -> dict[str, Rounded]:
    """The gradients of a plan; none where it has none for these shapes."""
    try:
        return plan.grads(a, forward)
    except (ValueError, IndexError, KeyError):
        return {}


def _any(plan: Plan, forward: Forward, s: Shown, names: Sequence[str]) -> bool:
    wanted = _wanted(plan, forward, s.a)
    return any(n in s.values and n in wanted and fits(s.values[n], wanted[n]) for n in names)


def _matching(plan: Plan, forward: Forward, shown: Sequence[Shown]) -> float:
    """How many gradients a plan explains; matrices count for more where it is a draw."""
    total = 0.0
    for s in shown:
        wanted = _wanted(plan, forward, s.a)
        for n, v in s.values.items():
            if n in wanted and fits(v, wanted[n]):
                total += 1.1 if "W" in n else 1.0
    return total


def _completed(plan: Plan, forward: Forward, shown: Sequence[Shown]) -> Plan | None:
    """The plan with an alteration for every gradient that it does not explain by itself."""
    wanted = [_wanted(plan, forward, s.a) for s in shown]
    if not all(wanted):
        return None
    wrong = [
        n for n in shown[0].values if n.startswith("grad/")
        and not all(n in w and fits(s.values[n], w[n]) for s, w in zip(shown, wanted, strict=True))
    ]  # fmt: skip
    altered = {}
    for n in wrong:
        if (fit := _alteration(plan, forward, n, shown)) is None:
            return None
        altered[n] = fit
    return replace(plan, altered=altered)


def _alteration(plan: Plan, forward: Forward, name: str, shown: Sequence[Shown]) -> Any:
    bare = replace(plan, read_off=False).grads(shown[0].a, forward)
    decay = Decay.fitting(name, bare, shown[0].a, shown[0].values[name])
    for alter in (*ALTERATIONS, *decay):
        if not alter.may(name):
            continue
        tried = replace(plan, altered={name: alter})
        if all(_gives(tried, forward, s, name) for s in shown):
            return alter
    return None


def _gives(plan: Plan, forward: Forward, s: Shown, name: str) -> bool:
    wanted = _wanted(plan, forward, s.a)
    return name in wanted and fits(s.values[name], wanted[name])


def _nearest(forward: Forward, loss: Reported | None, plan: Plan | None, depth: int) -> Meaning:
    """The right network that is nearest to what was found."""
    right = replace(forward, cause="", without=(), over="")
    right = replace(right, hidden="relu") if right.hidden not in chains.HIDDEN else right
    plan = plan or _matching_plan(forward, loss)
    delta = plan.delta
    if loss is not None and delta.family != loss.loss.family:
        delta = _matching_plan(forward, loss).delta
    scale = plan.scale if not plan.scale.cause else SCALES[0]
    rate = loss.decay if loss is not None else 0.0
    decay = {f"grad/W{k}": Decay(rate) for k in range(1, 1 + depth)} if rate else {}
    mended = Plan(delta, scale, altered=decay, read_off=plan.read_off)
    if loss is not None and loss.cause:
        family = next(
            x for x in chains.LOSSES if x.output == delta.output and x.family == delta.family
        )
        loss = Reported(family, scale)
    return _meaning(right, loss, mended, right=True)


def _matching_plan(forward: Forward, loss: Reported | None) -> Plan:
    """The gradient of the loss that is reported."""
    possible = [d for d in chains.DELTAS if _belongs(d.output, d.family, forward.output)]
    if loss is not None:
        possible = [d for d in possible if d.family == loss.loss.family] or possible
    return Plan(possible[0], loss.scale if loss and not loss.scale.cause else SCALES[0])


def _meaning(forward: Forward, loss: Reported | None, plan: Plan, right: bool = False) -> Meaning:
    """What was found, as a formula of a probe's arrays."""

    def formula(a: Arrays) -> dict[str, Rounded]:
        p = chains.passed(forward, a, a["x"])
        found = {"y": p.y}
        if loss is not None:
            found["loss"] = loss.of(a, p, forward)
        return found | plan.grads(a, forward)

    causes = [] if right else _causes(forward, loss, plan)
    cause, blanks = causes[0] if causes else ("", {})
    return Meaning(formula, cause, None if cause else _said(forward, loss, plan), blanks)


def _causes(
    forward: Forward, loss: Reported | None, plan: Plan
) -> list[tuple[str, dict[str, str]]]:
    """The mistakes in order of computation."""
    found: list[tuple[str, dict[str, str]]] = []
    if forward.cause:
        layers = ", ".join(map(str, forward.without))
        found.append((forward.cause, {"layers": layers, "axis": forward.over}))
    if loss is not None and loss.cause:
        found.append((loss.cause, {}))
    if loss is not None and not found and loss.loss.family != plan.delta.family:
        blanks = {"loss": loss.loss.family, "gradient": plan.delta.family}
        found.append(("loss_not_differentiated", blanks))
    return [*found, *_of_way_back(forward, loss, plan)]


def _of_way_back(
    forward: Forward, loss: Reported | None, plan: Plan
) -> list[tuple[str, dict[str, str]]]:
    decays = [alter for alter in plan.altered.values() if isinstance(alter, Decay)]
    agreed = loss is None or (decays and all(abs(d.rate - loss.decay) < 1e-12 for d in decays))
    found = []
    for cause, blanks in plan.causes:
        if cause == "decay_not_in_loss" and agreed:
            continue
        found.append((cause, {"forward": forward.hidden, **blanks}))
    if loss is not None and loss.decay and not decays:
        found.append(("decay_not_in_gradient", {"rate": f"{loss.decay:g}"}))
    return found


def _said(forward: Forward, loss: Reported | None, plan: Plan) -> Text:
    """The network in words: activations, loss, and over what is averaged."""
    if loss is None and not plan.shown:
        return Text(f"hidden {forward.hidden}, output {forward.output}; only the forward pass",
                    f"隠れ層 {forward.hidden}、出力層 {forward.output}; 順伝播のみ")  # fmt: skip
    output = plan.delta.output if forward.output == "identity" else forward.output
    en = f"hidden {forward.hidden}, output {output}"
    ja = f"隠れ層 {forward.hidden}、出力層 {output}"
    if forward.output != output:
        en, ja = f"{en} (left to the loss)", f"{ja}（損失の中で計算）"
    of, scale = (loss.loss.family, loss.scale) if loss else (plan.delta.family, plan.scale)
    en, ja = f"{en}; {of}, {scale.said.en}", f"{ja}; {of}、{scale.said.ja}"
    if plan.shown and scale is not plan.scale:
        en = f"{en}; the gradients are those of the {plan.scale.said.en}"
        ja = f"{ja}; 勾配は「{plan.scale.said.ja}」のもの"
    rate = next((d.rate for d in plan.altered.values() if isinstance(d, Decay)), 0.0)
    if rate:
        en, ja = f"{en}; weight decay {rate:g}", f"{ja}; 荷重減衰 {rate:g}"
    if plan.read_off:
        en, ja = f"{en}; gradients read off the update", f"{ja}; 勾配は更新量から読み取り"
    return Text(en, ja)
