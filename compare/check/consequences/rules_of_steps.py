"""Which rule the steps of a training follow: its constants are solved from its first turns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from compare.check.calling.optimizers.parameters import NAMES, split
from compare.check.calling.trainings import RuleFollowed, Training, Updates
from compare.check.concept import Arrays, Concept
from compare.check.fitting.rule_constants import SAID
from compare.check.fitting.update_steps import Shown, chain
from compare.check.i18n.text import joined, same
from compare.check.probes.probe import constant
from compare.sandbox.interface import Inventory

_NEAR = 1e-9  # of the largest step
_NUMBER = re.compile(r"(?<![\w.])\d+\.?\d*(?:[eE][-+]?\d+)?|(?<![\w.])\.\d+(?:[eE][-+]?\d+)?")


def with_its_rule(training: Training, inventory: Inventory, rules: Sequence[Concept]) -> Training:
    """The training with the rule that its steps follow, where there is one.

    ``rules``: the concepts of all of them. What is called after one is held against that first,
    and its mistakes; a step of no rule is no mistake of one that nothing is called after.
    """
    if training.updates is None or training.compares_steps or training.causes:
        return training
    shown = _shown(training.updates)
    written = "\n".join(d.source for d in inventory.found)
    numbers = {float(n) for n in _NUMBER.findall(written)}
    called = {n for name in (training.of.name, training.loop.name, *training.uses)
              for n in (name, name.partition(".")[0])}  # fmt: skip
    mine = [d for d in inventory.found if d.name in called]
    own = "\n".join(f"{d.name}\n{d.source}" for d in mine).lower()
    named = [c for c in rules if any(name in own for name in c.names)]
    rule = (
        _followed(shown, numbers, named)
        or _mistaken(shown, named)
        or _followed(shown, numbers, rules)
    )
    told = [c for c in named if rule and rule.cause and c.name == rule.name]
    by_name = [d for d in mine for c in told if any(name in d.name.lower() for name in c.names)]
    return replace(training, rule=rule, of=by_name[0] if len(by_name) == 1 else training.of)


def _followed(
    shown: Shown, numbers: set[float], concepts: Sequence[Concept]
) -> RuleFollowed | None:
    """A rule that is right; the one whose constants stand in the code, if there is one."""
    found: RuleFollowed | None = None
    for concept in sorted(concepts, key=lambda c: len(c.rules.wanted)):
        for of, fixed in concept.rules.followed(shown):
            # an epsilon that gradients of this size do not show may be any
            constants = {n: v for n, v in fixed.items() if n != "eps" or v}
            written = numbers.issuperset(constants.values())
            if found is None or written:
                said = ", ".join(f"{SAID[n]} = {v:g}" for n, v in constants.items())
                convention = joined(same(said) if written else None, of.convention)
                found = RuleFollowed(concept.name, convention, _came(shown, chain(of.rule, fixed)))
            if written:
                return found
    return found


def _mistaken(shown: Shown, concepts: Sequence[Concept]) -> RuleFollowed | None:
    for concept in concepts:
        if found := concept.rules.mistaken(shown):
            wrong, right = found[0], next((f for f in found if f.right), found[0])
            came, blanks = _came(shown, right.formula), dict(wrong.blanks)
            # another rate would do the same, and none is known
            if not _is_multiple(_came(shown, wrong.formula), came):
                return RuleFollowed(concept.name, right.convention, came, wrong.cause, blanks)
    return None


def _is_multiple(steps: np.ndarray, of: np.ndarray) -> bool:
    factor = float((steps * of).sum() / max(float((of * of).sum()), 1e-300))
    return bool(np.abs(steps - factor * of).max() <= _NEAR * np.abs(steps).max())


def _came(shown: Shown, formula: Callable[[Arrays], Arrays]) -> np.ndarray:
    """How far the weights come by a rule, a row a turn."""
    values, turns = formula(shown.numbers), range(1, len(shown.numbers["g"]) + 1)
    rows = [[np.asarray(values[f"step/{t}/{n}"].value) for n in NAMES] for t in turns]
    return np.stack([np.concatenate(row) for row in rows])


def _shown(updates: Updates) -> Shown:
    """The steps as those of a probe; with no weight, of which a step takes no notice."""
    sizes = (*updates.sizes, *(0,) * (len(NAMES) - len(updates.sizes)))
    shapes = tuple((n,) for n in sizes)
    numbers = {
        "p": constant(np.zeros(updates.g.shape[1])),
        "g": [constant(row) for row in updates.g],
        "lr": (1.0,) * len(updates.g),
        "shapes": shapes,
    }
    values = {
        f"step/{t}/{name}": tensor
        for t, row in enumerate(updates.moved, 1)
        for name, tensor in split(row, shapes).items()
    }
    return Shown(numbers, frozenset(), values)
