"""``bench pairs``: right and faulty twins of torch.nn, judged as any pair is."""

from __future__ import annotations

import time
import warnings
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.func import functional_call

from compare.bench.measurements import Size, collect
from compare.bench.torch_pairs import FAMILIES
from compare.bench.torch_pairs.family import Draws, Family
from compare.bench.torch_pairs.faults import OPERATORS, Fault, changed, faults
from compare.bench.torch_pairs.twin import Twin, arguments, computed, twin_of
from compare.core.outcome import Outcome
from compare.engine.result import RunResult
from compare.equivalence.assert_equivalent import equivalent
from compare.equivalence.callee import NUMPY, TORCH
from compare.system.errors import UsageError
from compare.system.jobs import HERE, Workers

PAIRS = 1000  # right ones, and as many faulty ones
SEEDS = -(-PAIRS // len(FAMILIES))
FULL, SHORT = Size(SEEDS, SEEDS), Size(1, 1)
DRAWS = 30  # problems that are drawn in search of one on which some fault changes anything
REFUSED = "REFUSED"
WORST_FIRST = (Outcome.ERROR, Outcome.DIFFERENT, Outcome.VACUOUS, Outcome.NOT_COMPARED)


def keys(size: Size) -> list[str]:
    """kind/seed/family of every pair."""
    right = [f"right/{seed}/{name}" for seed in range(size.correct) for name in FAMILIES]
    return right + [f"faulty/{k}/{name}" for k in range(size.per_fault) for name in FAMILIES]


def run(
    size: Size,
    path: Path | None = None,
    advance: Callable[[str], None] = lambda key: None,
    workers: Workers = HERE,
) -> list[dict[str, Any]]:
    """One record a key, as far as possible from ``path``."""
    return collect(keys(size), measure, path, advance, workers)


def measure(key: str) -> dict[str, Any]:
    """What becomes of one pair."""
    kind, seed, name = key.split("/", 2)
    family = FAMILIES[name]
    digits = zlib.crc32(f"{kind}/{name}".encode())  # hash() is another in every process
    rng = np.random.default_rng([int(seed), digits])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what it warns of is a finding, and no news here
        if kind == "right":
            s, arrays, twin = drawn(family, rng)
            return _judged(family, s, arrays, twin, int(seed))
        s, arrays, fault, names = drawn_fault(family, rng)
        record = _judged(family, s, arrays, fault.twin, int(seed))
        return {
            **record,
            "operator": fault.operator,
            "fault": fault.what,
            "named": record["first"] in names,
        }


def drawn(
    family: Family, rng: np.random.Generator
) -> tuple[SimpleNamespace, dict[str, np.ndarray], Twin]:
    """Settings, arrays, and a right twin in NumPy or in torch.

    Drawn again where some name of it is 0 throughout, as behind a ReLU that no unit passes: whoever
    returns zeros would be right.
    """
    for _ in range(DRAWS):
        s, arrays = family.draw(Draws(rng))
        by_hand = family.slope is not None
        in_torch = family.by_autograd and rng.random() < (0.5 if by_hand else 0.7)
        gradients = family.differentiable and (in_torch or by_hand)
        twin = twin_of(family, s, TORCH if in_torch else NUMPY, gradients)
        if all(value.any() for value in computed(twin, arrays).values()):
            return s, arrays, twin
    raise RuntimeError(f"some name of {family.name} is always 0")


def drawn_fault(
    family: Family, rng: np.random.Generator
) -> tuple[SimpleNamespace, dict[str, np.ndarray], Fault, list[str]]:
    """The same, and a fault that changes some number, with the names that it may be found at."""
    for _ in range(DRAWS):
        s, arrays, twin = drawn(family, rng)
        right = computed(twin, arrays)
        for fault in _in_drawn_order(list(faults(family, s, twin, arrays)), rng):
            names = changed(right, fault, arrays)
            if names is not None:
                return s, arrays, fault, names
    raise RuntimeError(f"no fault of {family.name} changes a number")


def _in_drawn_order(every: Sequence[Fault], rng: np.random.Generator) -> list[Fault]:
    """By operator first, of which some make many more faults than others."""
    operators = list(rng.permutation(OPERATORS))
    shuffled = [every[k] for k in rng.permutation(len(every))]
    return sorted(shuffled, key=lambda fault: operators.index(fault.operator))


def _judged(
    family: Family, s: SimpleNamespace, arrays: Mapping[str, np.ndarray], twin: Twin, seed: int
) -> dict[str, Any]:
    torch.manual_seed(seed)
    reference = family.reference(s, arrays)
    started = time.perf_counter()
    watch = family.watch or None
    try:
        result = equivalent(**arguments(twin, reference, arrays), seed=seed, watch=watch)
        outcome, first = _outcome(result)
    except UsageError as error:
        outcome, first = REFUSED, str(error)
    return {
        "takes": twin.takes,
        "gradients": twin.gradients,
        "outcome": outcome,
        "first": first,
        "close": _is_close(reference, arrays, twin),
        "seconds": time.perf_counter() - started,
    }


def _outcome(result: RunResult) -> tuple[str, str]:
    """The worst of both dtypes, and the first name that is not the same."""
    if result.passed:
        return Outcome.SAME.value, ""
    outcomes = [case.verdict.outcome for case in result]
    worst = next((o for o in WORST_FIRST if o in outcomes), outcomes[0])
    first = next(case.verdict.first for case in result if case.verdict.first is not None)
    return worst.value, first.name


def _is_close(reference: Any, arrays: Mapping[str, np.ndarray], twin: Twin) -> bool:
    """Whether torch's assert_close passes, as it is usually used: on the outputs in float32."""
    narrow = {n: a.astype(np.float32) if a.dtype.kind == "f" else a for n, a in arrays.items()}
    tensors = {name: torch.tensor(a) for name, a in narrow.items()}
    try:
        with torch.no_grad():
            mine = twin.forward(narrow if twin.takes == NUMPY else tensors)
            if isinstance(reference, nn.Module):
                held = reference.float().state_dict()
                inputs = [t for name, t in tensors.items() if name not in held]
                own = {name: t for name, t in tensors.items() if name in held}
                right = functional_call(reference, own, tuple(inputs))
            else:
                right = reference(*tensors.values())
        mine = torch.tensor(np.array(mine)) if twin.takes == NUMPY else mine
        torch.testing.assert_close(mine, right)
    except AssertionError:
        return False
    return True
