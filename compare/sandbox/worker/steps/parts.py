"""Turns of which some weights are moved as they should be, and others are not.

What the others have in common says what is wrong, and which function made them so where it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from compare.sandbox.worker.steps.explained import Multiple, Slope, multiple
from compare.sandbox.worker.steps.finding import Finding
from compare.sandbox.worker.steps.observe import Look, along_all, gradient_factor, order_of
from compare.sandbox.worker.steps.samples import is_mean

_ONE_NUMBER = "bias_gradient_scalar"
OF_WEIGHTS = ("weights_missing_in_gradient", "weights_left_in_gradient")
OF_SOME = ("factor_of_one_parameter", _ONE_NUMBER, *OF_WEIGHTS, "not_its_own_gradient")
_SAME = 1e-4  # how far two measured factors may be apart


def in_parts(look: Look, earlier: Sequence[Look]) -> Finding | None:
    """What is wrong with some weights, where others are right at a rate of the script.

    Or with gradients that one function gives, where others of it are right as they are.
    """

    def knows(rate: float) -> bool:
        return any(look.turn.knows(rate * s) for s in samples)

    for i in order_of(look, earlier):
        slope, number = look.slopes[i], look.numbers[i]
        # a usual loss is a sum, where a script's own may be a mean
        # or along the square of a number, whose root is reported
        roots = {k / slope.at for k in (1, 0.5)} if number.own and slope.at > 0 else set()
        samples = (
            {1, *roots}
            if number.own or not np.ndim(number.target)
            else {1, *np.shape(number.target)}
        )
        for given, kept in ((look.step, False), *((g, True) for g in _given_together(look, slope))):
            found = multiple(given, slope, look.size(slope), _is_itself if kept else knows)
            if found is None:
                continue
            told = _of_groups(look, i, given, found, kept)
            # along a usual loss, which may be another one, no more than what no loss explains
            meant = (
                number.own
                or told is not None
                and (
                    told.cause == _ONE_NUMBER
                    or not kept
                    and _is_surely_of(look, slope, found, told)
                )
            )
            if told is not None and meant:
                look.by, look.rate = i, found.factor
                return told
    return None


def _is_surely_of(look: Look, slope: Slope, found: Multiple, told: Finding) -> bool:
    """Whether a usual loss is the one that is meant: down it go a matrix, and another array.

    What the others have of their own may be a penalty.
    """
    right, _ = _groups(slope, found)
    surely = found.factor < 0 and len(right) > 1 and _most_axes(look, right) > 1
    return surely and told.cause in (OF_SOME[0], OF_SOME[-1])


def _most_axes(look: Look, groups: set[int]) -> int:
    """How many axes the arrays among them have at most, but for those of one element."""
    shapes = (np.shape(leaf.value) for g in groups for leaf in look.weights[g].leaves)
    return max(sum(n > 1 for n in shape) for shape in shapes)


def _is_itself(factor: float) -> bool:
    return abs(abs(factor) - 1) <= _SAME


def _of_groups(
    look: Look, i: int, given: np.ndarray, found: Multiple, kept: bool
) -> Finding | None:
    slope = look.slopes[i]
    right, wrong = _groups(slope, found)
    if right & wrong or not wrong or not right:
        return None
    expected = found.factor * slope.value
    if found.factor > 0 and not kept and _one_factor(slope, given, expected, wrong) == -1:
        # what goes up the loss is wrong, and not what goes down
        right, wrong, expected = wrong, right, -expected
    blanks = {
        "name": ", ".join(look.weights[g].name for g in sorted(wrong)),
        "others": ", ".join(look.weights[g].name for g in sorted(right)),
    }
    place = _place(look, slope, right, wrong)
    factor = _one_factor(slope, given, expected, wrong)
    if factor > 0 and not kept and look.turn.knows(factor * found.factor):
        return None  # a rate of their own
    if factor:
        told = {**blanks, "factor": f"{factor:g}", "number": _called(look, factor)}
        return Finding("factor_of_one_parameter", told, given, expected, place)
    if not kept and all(_is_one_number(look, g) for g in wrong):
        return Finding(_ONE_NUMBER, blanks, given, expected, place)
    if rate := 0.0 if _of_some(look, i) else _lacking(look, slope, given / found.factor, wrong):
        told = {**blanks, "rate": f"{rate:.4g}"}
        cause = "weights_missing_in_gradient" if rate > 0 else "weights_left_in_gradient"
        return Finding(cause, {**told, "rate": f"{abs(rate):.4g}"}, given, expected, place)
    if len(right) < 2 or _of_some(look, i):
        return None
    return Finding("not_its_own_gradient", blanks, given, expected, place)


def _of_some(look: Look, i: int) -> bool:
    """Whether a number of some samples may have a penalty of another strength than of all."""
    batch = look.batches[i]
    some = batch is not None and len(batch.index) < batch.count
    return some and batch is not None and not is_mean(look.turn, look.numbers[i], batch)


def _given_together(look: Look, slope: Slope) -> Iterator[np.ndarray]:
    """What a function gave for all weights, one array each that can be nothing else."""
    by_source: dict[str, dict[str, list[str]]] = {}
    for key in look.gradients:
        source, name, group = key.split("/", 2)
        if source != "kept":
            by_source.setdefault(source, {}).setdefault(group, []).append(name)
    wanted = {look.weights[int(g)].name for g in np.unique(slope.group[slope.weights])}
    for source, names in by_source.items():
        if not wanted <= set(names):
            continue
        mine = [key for key in look.gradients if key.startswith(f"{source}/")]
        taken = {
            key.split("/", 2)[1] for key in mine if gradient_factor(look.gradients[key], slope)
        }
        whole, used = np.full(len(look.step), np.nan), set()
        for group in wanted:
            rows = {n: look.gradients[f"{source}/{n}/{group}"] for n in names[group]}
            fit = [n for n, row in rows.items() if gradient_factor(row, slope)]
            left = fit or [n for n in rows if n not in taken]
            if len(left) != 1 or left[0] in used:
                break
            used.add(left[0])
            known = np.isfinite(rows[left[0]])
            whole[known] = rows[left[0]][known]
        if np.isfinite(whole[slope.weights]).all():
            yield np.nan_to_num(whole)


def _groups(slope: Slope, found: Multiple) -> tuple[set[int], set[int]]:
    """Those of which all is right, and those of which something is not."""
    pairs = list(zip(slope.group[slope.weights].tolist(), found.right, strict=True))
    return {g for g, r in pairs if r}, {g for g, r in pairs if not r}


def _one_factor(slope: Slope, given: np.ndarray, expected: np.ndarray, wrong: set[int]) -> float:
    """The factor by which some groups are off; 0 where it is not one."""
    factors = set()
    for g in wrong:
        mine = slope.group == g
        with np.errstate(all="ignore"):
            ratios = given[mine] / expected[mine]
        if not np.isfinite(ratios).all() or np.ptp(ratios) > _SAME * abs(ratios[0]):
            return 0.0
        factors.add(float(f"{ratios[0]:.4g}"))
    return factors.pop() if len(factors) == 1 else 0.0


def _called(look: Look, factor: float) -> str:
    """What functions are handed a number as that is such a factor, or divides by it; "" of none."""
    named = ((n, v) for _, arguments in look.seen.arguments for n, v in arguments.items())
    numbers = {n: float(v) for n, v in named if isinstance(v, (float, np.floating)) and v}
    found = [n for n, v in numbers.items() for k in (v, 1 / v) if float(f"{k:.4g}") == factor]
    return found[0] if factor > 0 and len({*found}) == 1 else ""


def _is_one_number(look: Look, g: int) -> bool:
    """Whether all elements of an array are moved by the same number."""
    moved = look.moved[look.weights[g].name]
    return moved.size > 1 and bool(np.ptp(moved) <= _SAME * np.abs(moved).max())


def _lacking(look: Look, slope: Slope, given: np.ndarray, wrong: set[int]) -> float:
    """Which multiple of the weights themselves the gradients lack; 0 where it is not one."""
    weights = along_all(look.along, [g.value for g in look.weights])
    mine = np.isin(slope.group, list(wrong))
    with np.errstate(all="ignore"):
        rates = (slope.value - given)[mine] / weights[mine]
    if len(rates) < 2 or not np.isfinite(rates).all() or np.ptp(rates) > 1e-3 * abs(rates[0]):
        return 0.0
    return float(rates[0])


def _place(look: Look, slope: Slope, right: set[int], wrong: set[int]) -> str:
    """The function that makes the gradients, or, where these are right, the one that moves."""

    rows = [
        (key, factor, set(slope.group[np.isfinite(row)].tolist()))
        for key, row in look.gradients.items() if (factor := gradient_factor(row, slope))
    ]  # fmt: skip
    made = [(key, factor) for key, factor, of in rows if of <= right and _is_count(factor)]
    factors = {factor for _, factor in made}
    if any(of <= wrong and factor in factors for _, factor, of in rows):
        return look.turn.changed_by(look.weights[min(wrong)].leaves[0].path)
    return _maker(look, [key for key, _ in made], min(wrong))


def _is_count(factor: float) -> bool:
    """Whether it is one, or a number of samples, or one by that: outputs are a multiple as well."""
    count = max(abs(factor), 1 / abs(factor))
    return abs(count - round(count)) <= _SAME * count


def maker(look: Look, slope: Slope) -> str:
    """The function that makes gradients which are a derivative."""
    keys = [key for key, row in look.gradients.items() if gradient_factor(row, slope)]
    return _maker(look, keys, 0)


def _maker(look: Look, keys: Sequence[str], group: int) -> str:
    """The function that gave what has one of these keys, or keeps it, or moves the weights."""
    sources = [key.split("/")[:2] for key in keys]
    functions = [source for source, _ in sources if source != "kept"]
    kept = [name for source, name in sources if source == "kept" and "[]" not in name]
    # what is kept is made where it changes; what is handed on may only pass
    place = look.turn.changed_by(kept[0]) if kept else ""
    if place or functions:
        return place or functions[0]
    mover = look.turn.changed_by(look.weights[group].leaves[0].path)
    owner = mover.rpartition(".")[0]
    beside = [n for n in look.seen.names if n.rpartition(".")[0] == owner and n != mover]
    # which of its methods it is, nothing tells
    return owner if owner and beside else mover
