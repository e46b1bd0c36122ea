"""Judge one pair of traces after the other: each operation from what that side computed before it.

A side is wrong where it is further from the formula, on its own inputs, than rounding explains. So
the first wrong operation is named, on whichever side it is, and what follows is a consequence. No
tolerance is set by hand: every limit is computed (``compare.arithmetic.running_error``), or
measured where a formula is not known (``compare.judge.rounding_noise.measured_limits``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from compare.arithmetic.blocks import apart
from compare.arithmetic.closeness import decided, is_float, unlike
from compare.arithmetic.running_error import FORMAT_OF
from compare.core.arrays import same_bits
from compare.core.case import Case
from compare.core.outcome import Outcome
from compare.core.trace import Trace, quantity
from compare.judge.compared import Distance, are_numbers, compared_at, in_common
from compare.judge.evidence import BOTH, MINE, REFERENCE, Apart, Evidence
from compare.judge.joint_updates import JointUpdates
from compare.judge.operands import Operands, Parents, same_arrays
from compare.judge.rounding_noise.noise_floor import NoiseFloor
from compare.judge.sensitivity import Sensitivity, resolution
from compare.judge.step_block import Both, evaluated_ahead
from compare.judge.verdict import Comparison
from compare.judge.wider_limits import matching, with_reason
from compare.language.message import message
from compare.oracle.rules import Rule, Specification, bare

_Judged = tuple[np.ndarray, Distance]  # what was expected, and how far the value is from it


class Judge:
    """Judges traces in their order; remembers what each side computed last, and nothing else.

    ``floors`` gives the measured noise of names without a rule · ``watch`` is the full name of a
    comparison to keep as an Evidence; the first failure is kept in any case.
    """

    def __init__(
        self,
        case: Case,
        specification: Specification,
        floors: Mapping[str, NoiseFloor] | None = None,
        inexact: bool = False,
        watch: str = "",
    ) -> None:
        self.looser, self.specification = case.looser, specification
        self.floors = floors or {}
        self.unmeasured: dict[str, None] = {}  # names that have neither a rule nor a floor
        # only scratch computes in more digits than it shows; torch computes in the format itself
        hidden = {n: r for n, r in specification.rules.items() if specification.hides(n)}
        own = {n: specification.own.get(n, rule) for n, rule in hidden.items()}
        self.mine = Operands(specification.initial, inexact, own)
        self.reference = Operands(specification.initial, False, hidden)
        self.updates = JointUpdates(specification.rules, specification.own)
        self._ahead: dict[int, Mapping[str, Both]] = {}  # step -> what is known of it
        self.sensitivity = Sensitivity()
        self.quantities: dict[str, None] = {}
        self.causes: dict[str, str] = {}
        self.explosions: dict[str, str] = {}  # quantity -> where the noise of it exploded
        # quantity -> how large a fault has to be, of a usual value, to exceed the measured limit
        self.resolution: dict[str, float] = {}
        self._now_ahead: Mapping[str, Both] = {}
        self._agreed: set[str] = set()  # names of this step with the same bits from the same arrays
        self.watch = watch
        self.watched: Evidence | None = None
        self.first_failure: Evidence | None = None
        self.first_apart: Apart | None = None  # the first difference from a measured noise
        self.watched_apart: Apart | None = None

    def pair(self, mine: Trace | None, reference: Trace | None) -> list[Comparison]:
        """Every name of either trace, in order of computation."""
        trace = mine or reference
        assert trace is not None
        values, reference_values = (
            side_trace.values if side_trace else {} for side_trace in (mine, reference)
        )
        inputs = self.specification.inputs(trace.step or 1)
        self.mine.begin(inputs, values)
        self.reference.begin(inputs, reference_values)
        self._agreed = set()
        ahead = self._now_ahead = self._ahead.pop(trace.step or 1, {})
        order = self._in_order(values, reference_values)
        self.updates.begin(order)
        judged = []
        # an overflow is in the numbers; as a warning it would be ours
        with np.errstate(all="ignore"):
            for name in order:
                full_name = trace.full_name(name)
                compared = (
                    self._as_known(full_name, name, values[name], reference_values[name])
                    if name in ahead
                    else self._compare_name(full_name, name, values, reference_values)
                )
                # a chain of consequences leads to its first failure, not to the step before
                if compared.outcome is Outcome.DIFFERENT:
                    self.causes[name] = compared.consequence_of or compared.name
                else:
                    self.causes.pop(name, None)
                judged.append(compared)
                # where both made the same bits both go on with the very
                # same array, so that ``_ours`` can see that by identity
                self.reference.end(reference_values, (name,))
                self.mine.end(reference_values if name in self._agreed else values, (name,))
        return judged

    def look_ahead(self, traces: Sequence[Sequence[Trace | None]]) -> None:
        """Evaluate steps together that are given to ``pair`` one by one, from the next on."""
        self._ahead = {}
        steps = [(mine, reference) for mine, reference in traces if mine and reference]
        if len(steps) < max(2, len(traces)) or self.mine.inexact or self.mine.hidden:
            return
        if self.looser:  # limits of a name's own
            return
        orders = [self._in_order(mine.values, reference.values) for mine, reference in steps]
        now = self.mine.now, self.reference.now
        with np.errstate(all="ignore"):
            self._ahead = evaluated_ahead(self.specification, now, steps, orders)

    def state(self) -> dict[str, Any]:
        """Its findings so far, in plain values; the first failure is stored apart."""
        return {
            "unmeasured": list(self.unmeasured),
            "power": self.sensitivity.state(),
            "quantities": list(self.quantities),
            "followers": self.causes,
        }

    def restore(
        self,
        state: Mapping[str, Any],
        failure: Mapping[str, Any] | None,
        mine: Trace,
        reference: Trace,
    ) -> None:
        """Go on after a step, whose traces are given."""
        self.unmeasured = dict.fromkeys(state["unmeasured"])
        self.sensitivity.restore(state["power"])
        self.quantities = dict.fromkeys(state["quantities"])
        self.causes = dict(state["followers"])
        self.first_failure = self._restored_evidence(failure) if failure else None
        names = dict.fromkeys([*mine.values, *reference.values])
        for known, trace in ((self.mine, mine), (self.reference, reference)):
            known.now |= self.specification.inputs(trace.step or 1)
            known.end(trace.values, names)

    def _restored_evidence(self, state: Mapping[str, Any]) -> Evidence:
        compared = Comparison.of(state["comparison"])
        rule = self.specification.rules[quantity(compared.name)]
        (mine_parents, reference_parents), (mine, reference) = state["parents"], state["values"]
        formats = (self.mine.format(mine), self.reference.format(reference))
        return Evidence(
            rule, compared, (mine_parents, reference_parents), (mine, reference), formats
        )

    @property
    def failed_at(self) -> str:
        """The full name of the first operation that was wrong, or ""."""
        return self.first_failure.comparison.name if self.first_failure else ""

    @property
    def unseen(self) -> dict[str, tuple[str, ...]]:
        """Quantity → planted faults that no step of it would have shown."""
        return {q: self.sensitivity.unseen(q) for q in self.quantities}

    def _in_order(
        self, values: Mapping[str, Any], reference_values: Mapping[str, Any]
    ) -> list[str]:
        every = dict.fromkeys([*values, *reference_values])
        names = dict.fromkeys(n for n in every if not self.specification.hides(n))
        ruled = [n for n in self.specification.rules if n in names]
        others = [n for n in names if n not in self.specification.rules]
        # with rules the order of computation is theirs: a side may list its names in any order
        if not others:
            return ruled
        return list(names)

    def _compare_name(
        self,
        full_name: str,
        name: str,
        values: Mapping[str, np.ndarray],
        reference_values: Mapping[str, np.ndarray],
    ) -> Comparison:
        if name not in values or name not in reference_values:
            missing = message("is missing in yours")
            if name in values:
                missing = message("is missing in the reference")
            return Comparison(full_name, Outcome.DIFFERENT, missing)
        mine, reference = values[name], reference_values[name]
        reason = unlike(mine, reference)
        if reason and mine.shape == reference.shape and reference.size > 0:
            if name not in self.specification.rules and are_numbers(mine, reference):
                return self._despite_dtype(full_name, name, mine, reference)
        if reason:
            return Comparison(full_name, Outcome.DIFFERENT, reason, total=reference.size)
        if mine.size == 0:  # nothing can differ in an empty array
            return Comparison(full_name, Outcome.VACUOUS, message("both are empty"))
        if mine.dtype.kind == "f" and not is_float(mine.dtype):  # longdouble, for one
            reason = message("the rounding of {kind} is not known", kind=str(mine.dtype))
            return Comparison(full_name, Outcome.NOT_COMPARED, reason, total=mine.size)
        if not is_float(mine.dtype):  # whole numbers and truth values: exactly
            return compared_at(full_name, apart(mine, reference, 0.0), mine, reference, reference)
        self.quantities[name] = None
        rule = self.specification.rules.get(name)
        if rule is None:
            return self._by_floor(full_name, name, mine, reference)
        return self._by_rule(full_name, name, rule, mine, reference)

    def _as_known(
        self, full_name: str, name: str, mine: np.ndarray, reference: np.ndarray
    ) -> Comparison:
        """Of a name that was evaluated with its block: both sides are within their limits."""
        self.quantities[name] = None
        near, far = self._now_ahead[name]
        self.sensitivity.attempt(name, far.expected, far.limit, FORMAT_OF[mine.dtype].name)
        if not self.causes:
            return compared_at(full_name, near, mine, reference, near.expected)
        rule = self.specification.rules[name]
        both = (near.expected, near), (far.expected, far)
        return self._combined(full_name, rule, *both, mine, reference)

    def _by_floor(
        self, full_name: str, name: str, mine: np.ndarray, reference: np.ndarray
    ) -> Comparison:
        floor = self.floors.get(full_name)
        if floor is None:  # it is measured after this run, and the case judged again
            self.unmeasured[full_name] = None
        if floor is None or floor.limit is None or floor.limit.shape != mine.shape:
            why = floor.reason if floor else message("its noise was not measured")
            reason = message("no rule says what it is computed from, and {why}", why=why)
            return Comparison(full_name, Outcome.NOT_COMPARED, reason, total=mine.size)
        looser = matching(self.looser, name)
        limit = floor.limit * looser.factor if looser else floor.limit
        if floor.exploded:
            self.explosions.setdefault(name, floor.exploded)
        # torch's value on the branches that the side under test took, where rounding decided them
        plain, reference = reference, reference if floor.reference is None else floor.reference
        if not floor.is_zero:  # where it is, zeros are what is right
            self.sensitivity.attempt(
                name, reference.astype(np.float64, copy=False), limit, FORMAT_OF[mine.dtype].name
            )
            if mine.dtype != np.float32:  # of which float64 says more
                least = resolution(limit, reference)
                self.resolution[name] = max(self.resolution.get(name, 0.0), least)
        difference = apart(mine, decided(mine, reference, limit), limit)
        compared = compared_at(full_name, difference, mine, reference, reference)
        if compared.outcome is Outcome.DIFFERENT and self.first_apart is None:
            self.first_apart = Apart(full_name, mine, plain)
        if full_name == self.watch:
            self.watched_apart = Apart(full_name, mine, plain)
        nan = np.isnan(mine)
        nowhere = int((nan & np.isnan(reference)).sum()) if nan.any() else 0
        if nowhere and compared.outcome is Outcome.SAME:
            reason = message(
                "{n} of {total} elements are NaN on both sides: they say nothing",
                n=nowhere,
                total=mine.size,
            )
            return replace(compared, outcome=Outcome.VACUOUS, reason=reason)
        if looser is None:
            return replace(compared, reason=floor.reason)
        return with_reason(compared, looser)

    def _despite_dtype(
        self, full_name: str, name: str, mine: np.ndarray, reference: np.ndarray
    ) -> Comparison:
        """Different in any case; of the values it says whether they are, in the right dtype."""
        reason = unlike(mine, reference)
        if is_float(mine.dtype) and is_float(reference.dtype):
            self.quantities[name] = None
            with np.errstate(over="ignore"):  # what is then infinite differs, and is told
                compared = self._by_floor(full_name, name, mine.astype(reference.dtype), reference)
            alike = message(
                "{dtype}; rounded to that, the values are the same: convert what is returned, or "
                "what it is computed with",
                dtype=reason,
            )
        else:  # a whole number is the same in another dtype, or it is another number
            compared = compared_at(
                full_name, apart(*in_common(mine, reference), 0.0), mine, reference, reference
            )
            alike = message(
                "{dtype}; the values are the same: convert what is returned", dtype=reason
            )
        if compared.outcome is Outcome.DIFFERENT:
            return replace(compared, reason=reason)
        reason = alike if compared.outcome is Outcome.SAME else reason
        return Comparison(full_name, Outcome.DIFFERENT, reason, total=reference.size)

    def _by_rule(
        self, full_name: str, name: str, rule: Rule, mine: np.ndarray, reference: np.ndarray
    ) -> Comparison:
        looser = matching(self.looser, name)
        factor = looser.factor if looser else 1.0
        if rule.elementwise:
            self.updates.compute(name, (self.reference, self.mine))
        parents = self.reference.parents(rule)
        expected = self.reference.expected(name, rule, parents, reference, factor)
        if expected is None:
            names = ", ".join(rule.parents)
            reason = message("the reference lacks an input of it: {names}", names=names)
            return Comparison(full_name, Outcome.NOT_COMPARED, reason, total=mine.size)
        # the reference is judged as well: it may be torch that is wrong
        theirs = (expected[0], apart(reference, *expected))
        self.sensitivity.attempt(name, expected[0], theirs[1].limit, FORMAT_OF[mine.dtype].name)
        ours = self._ours(name, rule, parents, theirs, mine, reference, factor)
        compared = self._combined(full_name, rule, ours, theirs, mine, reference)
        fails_first = compared.outcome is Outcome.DIFFERENT and self.first_failure is None
        if fails_first or self.watch == full_name:
            self._keep_evidence(rule, compared, mine, reference)
        return with_reason(compared, looser)

    def _ours(
        self,
        name: str,
        rule: Rule,
        of_reference: Parents,
        theirs: _Judged,
        mine: np.ndarray,
        reference: np.ndarray,
        factor: float,
    ) -> _Judged:
        """The same of the side under test; of the very same arrays a rule makes the same.

        So of what both were handed, and of what both made of that with the same bits.
        """
        own = self.specification.own.get(name)
        parents = self.mine.parents(own or rule)
        # the same arrays have the same expected values:
        # half of the work of a case without differences
        if not own and same_arrays(parents, of_reference) and self._same_format(mine, reference):
            if same_bits(mine, reference):
                self._agreed.add(name)
                return theirs
            return theirs[0], apart(mine, theirs[0], theirs[1].limit)
        expected = self.mine.expected(name, own or rule, parents, mine, factor)
        if expected is None:  # an input of it is missing, or of another shape
            expected = (reference.astype(np.float64), theirs[1].limit)
        return expected[0], apart(mine, *expected)

    def _same_format(self, mine: np.ndarray, reference: np.ndarray) -> bool:
        return self.mine.format(mine) is self.reference.format(reference)

    def _combined(
        self,
        full_name: str,
        rule: Rule,
        ours: _Judged,
        theirs: _Judged,
        mine: np.ndarray,
        reference: np.ndarray,
    ) -> Comparison:
        wrong_sides = [
            side
            for side, (_, difference) in ((MINE, ours), (REFERENCE, theirs))
            if difference.count
        ]
        expected, difference = theirs if wrong_sides == [REFERENCE] else ours
        compared = compared_at(full_name, difference, mine, reference, expected)
        # on its own inputs: no other operation can be the cause of that
        if wrong_sides:
            return replace(compared, culprit=BOTH if len(wrong_sides) == 2 else wrong_sides[0])
        # the operation is right, and its inputs follow from a
        # failure: is the result too far from the other side's?
        cause = next((self.causes[p] for p in map(bare, rule.parents) if p in self.causes), None)
        # each side within its own limit of its own inputs: together they may be apart by both
        if cause is None:
            return compared
        between = apart(mine, reference, ours[1].limit + theirs[1].limit)
        if not between.count:
            return compared
        compared = compared_at(full_name, between, mine, reference, reference)
        return replace(
            compared, consequence_of=cause, reason=message("follows from {name}", name=cause)
        )

    def _keep_evidence(
        self, rule: Rule, compared: Comparison, mine: np.ndarray, reference: np.ndarray
    ) -> None:
        ours, theirs = self.mine.parents(rule), self.reference.parents(rule)
        if ours is None or theirs is None or quantity(compared.name) in self.specification.own:
            return
        formats = (self.mine.format(mine), self.reference.format(reference))
        evidence = Evidence(rule, compared, (ours, theirs), (mine, reference), formats)
        if self.watch == compared.name:
            self.watched = evidence
        if compared.outcome is Outcome.DIFFERENT and self.first_failure is None:
            self.first_failure = evidence
