"""Networks of any structure, held against the numerical gradient of their own outputs or loss."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from compare.check.calling.any_network.measured import GRAD, LOG_BASE, Known, explained
from compare.check.calling.any_network.network import (
    NAME,
    TRAINING,
    Network,
    classes_inside,
    samples_in,
)
from compare.check.calling.any_network.repaired import repair_of
from compare.check.concepts.of_any_form.beside import Beside, Mistaken
from compare.check.fitting.guards import BASES
from compare.check.fitting.networks.explanation import FAMILIES
from compare.check.fitting.networks.own_gradient import (
    PROPORTIONAL,
    ROUGHLY,
    Fit,
    rate_of_penalty,
    written_factor,
)
from compare.check.i18n.text import Text
from compare.check.subject import Subject
from compare.language.message import message

OWN = Text(
    "its forward pass is taken as it is, and its way back held against numerical differences of it",
    "順伝播はそのまま正しいものとみなし、逆伝播をその数値微分と比べました",
)
_OF_SCORES = Text("of scores", "出力層の活性化を含む")
LOSSES = {
    **FAMILIES,
    **{
        f"{n} of scores": Text(f"{t.en} {_OF_SCORES.en}", f"{t.ja}（{_OF_SCORES.ja}）")
        for n, t in FAMILIES.items()
    },
}
_DRAWS, _POOL = 2, 4096
_NAMED = 8
_EPSILON = 1e-3  # by how much an epsilon in the log of a loss may move its derivative
_UNEXPLAINED = "not_its_own_gradient"
_DIGITS = 1e4  # by how much a derivative exceeds its error that is compared


def _found(subject: Subject, arrays: Mapping[str, Any]) -> Known | None:
    """What its ways back give, used as its own derivative explains most of it."""
    draws = [{n: arrays[n][i] for n in ("x", "w")} for i in range(_DRAWS)]
    known = explained(subject, draws)
    if any(cause == _UNEXPLAINED for cause, _ in _causes(known)):
        known = replace(known, repair=repair_of(known, draws))
        if known.of_nothing and known.repair is None:
            return None
    return known if known.network is not None and known.fits else None


def _noted(subject: Subject, known: Known) -> None:
    """Of all parts that were tried those that are used."""
    network: Any = known.network
    used = {*network.usage.names, *classes_inside(network), *(b.part for b in known.beside)}
    subject.parts = {d.name: None for d in subject.inventory.found if d.name in used}


def _results(known: Known, values: Callable[[str, int], Any]) -> dict[str, Any]:
    """The ``values`` of its ways back by name, of each draw; not where zeros are right."""
    results: dict[str, Any] = {}
    for prefix, fit in known.fits.items():
        # a difference that reaches over a kink has few digits, and tells as little as a zero
        tells = ~fit.right | (np.abs(fit.expected) > _DIGITS * fit.error)
        for draw, measured in enumerate(known.measured):
            again = f" ({draw + 1})" if draw else ""
            named = zip(values(prefix, draw), measured.ways[prefix].names, strict=True)
            shown = tells[known.part(prefix, draw)]
            results |= {
                f"{prefix}/{_weight(known.network, path)}{list(at) if at else ''}{again}": value
                for (value, (path, at)), tell in zip(named, shown, strict=True)
                if tell
            }
    return results


def _beside(known: Known) -> Iterator[tuple[str, float, float]]:
    """Of what is wrong in what its other parts give: a name, what was given, and what is right."""
    for each in known.beside:
        for i, (given, right) in enumerate(zip(each.given, each.expected, strict=True)):
            if given != right:
                yield f"{each.part}/{i}", float(given), float(right)


def _array(network: Network | None, path: str, place: tuple[int, ...]) -> str:
    """The array that a number is of: of numbers that stand in lists the list is it."""
    name = _weight(network, path)
    return name if place else re.sub(r"(\[\d+\])+$", "", name)


def _weight(network: Network | None, path: str) -> str:
    """``W1`` of ``.W1`` and of ``['W1']``, and ``network[0]`` of ``[0]``."""
    if network and network.held:  # ['w1'][0] is w1[0] in their text
        holder, _, inside = path.removeprefix("['").partition("']")
        return f"{holder}{inside}"
    plain = path.removeprefix(".")
    if plain.startswith("['") and plain.endswith("']") and plain.count("['") == 1:
        return plain[2:-2]
    return f"{network.holder if network else ''}{plain}" if plain.startswith("[") else plain


def _told(known: Known) -> tuple[Text, list[Mistaken]]:
    """What explains most of it; and, where that is not all, what is wrong."""
    loss = next(iter(known.fits.values())).loss
    said = OWN if not loss else Text(f"{OWN.en}: {LOSSES[loss].en}", f"{OWN.ja}: {LOSSES[loss].ja}")
    return said, list(_causes(known))


def _causes(known: Known) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is wrong, with the blanks of its texts."""
    yield from ((b.cause, dict(b.blanks)) for b in known.beside if b.cause)
    if (whole := _of_all(known)) is not None:
        yield whole
        return
    for prefix, fit in known.fits.items():
        yield from _of_way_back(known, prefix, fit)


def _of_all(known: Known) -> tuple[str, dict[str, Any]] | None:
    """The one thing with which all of it is right."""
    if known.shared:
        return "one_activation_object", {}
    if known.slope_at is not None:
        return known.slope_at.cause, known.slope_at.blanks
    if known.of_small_steps:
        off = [n for p, f in known.fits.items()
               for n, r in zip(_arrays(known, p)[0], f.right, strict=True) if not r]  # fmt: skip
        return "moved_before_used", {"name": _listed(list(dict.fromkeys(off)))}
    if known.reads:
        return "samples_of_the_module", {"name": known.reads}
    all_right = all(fit.right.all() for fit in known.fits.values())
    # right where nothing is left out
    if not all_right and known.network and TRAINING in known.network.subject.made:
        return "dropout_mask_ignored", {}
    if known.of_one:
        return "right_of_one_sample", {}
    if known.repair is not None:
        return known.repair.cause, dict(known.repair.blanks)
    return None


def _of_way_back(known: Known, prefix: str, fit: Fit) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is wrong with what one way back gives."""
    ways = [m.ways[prefix] for m in known.measured]
    names, values = _arrays(known, prefix)
    given = np.concatenate([w.given for w in ways])
    own_loss = known.network.usage.loss if known.network else None
    # no quotient of differences where a mask is drawn: there an epsilon costs the digits
    if fit.numerical and not (known.network and known.network.training):
        yield "numerical", {}
    penalties, _ = _penalties_of_own(fit, names, values) if own_loss else ({}, 1.0)
    for rate in dict.fromkeys(penalties.values()):
        which = _listed([n for n, r in penalties.items() if r == rate])
        yield "penalty_lacks", {"name": which, "factor": rate}
    if penalties:
        return
    if own_loss and _is_of_another_loss(prefix, fit):
        named = Text(own_loss.name, own_loss.name)
        yield "loss_not_differentiated", {"loss": named, "gradient": LOSSES[fit.loss]}
    amiss = _amiss(prefix, fit)
    base = next((n for n, c in BASES.items() if abs(amiss * c - 1) < ROUGHLY), "")
    if amiss == -1 and not _is_handed_error(known):
        yield "network_sign", {}
    elif base:
        yield LOG_BASE, {"is": base}
    elif amiss != 1:
        samples = samples_in(known.network) if known.network else 0
        summed = samples and abs(amiss - samples) < 1e-6
        twice = "averaged_twice" if known.averaged_twice else "own_loss_scaled"
        cause = "not_averaged" if summed else twice
        yield cause, {"factor": written_factor(amiss)}
    for cause, blanks in _of_weights(prefix, fit, given, names, values):
        if not (base and cause.startswith("penalty")):  # which has no logarithm
            yield cause, blanks


def _is_handed_error(known: Known) -> bool:
    """Whether its way back takes y - d, of which the one or the other sign may be meant."""
    return known.network is not None and "dout" in known.network.usage.given


def _of_weights(
    prefix: str, fit: Fit, given: np.ndarray, names: Sequence[str], values: np.ndarray
) -> Iterator[tuple[str, dict[str, Any]]]:
    """What is wrong with the gradients of some weights, those that are alike together."""
    off = list(dict.fromkeys(n for n, right in zip(names, fit.right, strict=True) if not right))
    told: dict[tuple[str, str], list[str]] = {}
    for name in off:
        of = np.array(names) == name
        rate = rate_of_penalty(given[of] - fit.expected[of], values[of], fit.error[of])
        penalty = "penalty_lacks" if rate < 0 else "penalty_too_much"
        why = _cause(prefix, np.split(given[of], _DRAWS), fit.expected[of])
        why = (penalty, written_factor(abs(rate))) if rate else why
        told.setdefault(why, []).append(name)
    others = _listed([n for n in dict.fromkeys(names) if n not in off])
    for (cause, factor), wrong in told.items():
        yield cause, {"name": _listed(wrong), "others": others, "factor": factor}


def _listed(names: Sequence[str]) -> str:
    """The first of them: of neurons by themselves there may be hundreds."""
    return ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")


def _arrays(known: Known, prefix: str) -> tuple[list[str], np.ndarray]:
    """Of which array each number is, and what it is."""
    ways = [m.ways[prefix] for m in known.measured]
    names = [_array(known.network, *place) for way in ways for place in way.names]
    return names, np.concatenate([w.values for w in ways])


def _penalties_of_own(
    fit: Fit, names: Sequence[str], values: np.ndarray
) -> tuple[dict[str, str], float]:
    """Array → its rate, where its own loss has a penalty beside what explains all; and its factor.

    The derivative of its own loss is factor x what explains all + rate x the weights.
    """
    if not fit.loss or fit.own is None or not fit.right.all():
        return {}, 1.0
    own, error = fit.own
    rates: dict[str, float] = {}
    factors: list[float] = []
    for name in dict.fromkeys(names):
        of = np.array(names) == name
        columns = np.stack([fit.expected[of], values[of]], axis=1)
        (factor, rate), _, rank, _ = np.linalg.lstsq(columns, own[of], rcond=None)
        off = np.abs(own[of] - columns @ (factor, rate))
        if of.sum() < PROPORTIONAL or rank < 2 or (off > 4 * error[of] + ROUGHLY * abs(rate)).any():
            return {}, 1.0
        rates[name] = float(rate)
        factors.append(float(factor))
    alike = np.ptp(factors) < ROUGHLY * abs(factors[0])
    found = {n: written_factor(r) for n, r in rates.items() if abs(r) > ROUGHLY * abs(factors[0])}
    return (found, factors[0]) if alike else ({}, 1.0)


def _cause(prefix: str, of_draws: Sequence[np.ndarray], expected: np.ndarray) -> tuple[str, str]:
    """What is wrong with the gradient of one weight, and the factor if it is one."""
    given = np.concatenate(of_draws)
    alike = all(v.size > 1 and np.ptp(v) <= ROUGHLY**2 * np.abs(v).max() for v in of_draws)
    if given.any() and alike and np.ptp(expected) > ROUGHLY * np.abs(expected).max():
        return "bias_gradient_scalar", ""
    if not given.any():
        return ("gradient_missing" if prefix == GRAD else "never_updated"), ""
    with np.errstate(all="ignore"):
        ratios = given / expected
    if given.size > 1 and np.ptp(ratios) < 1e-6 * abs(ratios[0]):
        return "factor_of_one_parameter", written_factor(float(ratios[0]))
    return _UNEXPLAINED, ""


def _is_of_another_loss(prefix: str, fit: Fit) -> bool:
    """Whether gradients are right of a loss that is not the network's own, but for an epsilon."""
    if prefix != GRAD or not fit.loss or fit.own is None:
        return False
    own, expected = fit.own[0], fit.expected
    multiple = own @ expected / (own @ own) if own.any() else 0.0
    return bool(np.abs(expected - multiple * own).max() > _EPSILON * np.abs(expected).max())


def _amiss(prefix: str, fit: Fit) -> float:
    """By what the factor is not what it should be; an update has a rate that may be any."""
    own = prefix == GRAD and not fit.loss
    if own and abs(abs(fit.factor) - 1) > 1e-6:
        return fit.factor
    return -1.0 if fit.factor < 0 else 1.0


def _expected(known: Known) -> dict[str, tuple[Any, Any]]:
    """What each way back should give."""

    def values(prefix: str, draw: int) -> Any:
        fit, part = known.fits[prefix], known.part(prefix, draw)
        right, error = fit.expected / _amiss(prefix, fit), fit.error
        penalties, factor = _penalties_of_own(fit, *_arrays(known, prefix))
        if penalties and fit.own is not None:
            right, error = (v / factor for v in fit.own)
        elif fit.own is not None and _is_of_another_loss(prefix, fit):
            right, error = fit.own
        return zip(right[part], 2 * error[part], strict=True)

    return _results(known, values) | {n: (v, 0.0) for n, _, v in _beside(known)}


def _given(known: Known) -> dict[str, Any]:
    """What each way back does give."""
    ways = _results(known, lambda prefix, draw: known.measured[draw].ways[prefix].given)
    return ways | {n: v for n, v, _ in _beside(known)}


NETWORK = Beside(
    NAME,
    found=_found,
    given=_given,
    right=_expected,
    said=_told,
    refused=message("no way was found to run it, to teach it and to read its weights"),
    noted=_noted,
).concept(
    NAME, "§5", "grad w = dE/dw", {"D": _DRAWS, "P": _POOL},
    drawn=("x", "w"),
    takes=lambda subject: subject.found.kind in ("class", "function"),
    looked_for=message(
        "a forward pass or a loss of x, and a way back that gives or changes weights"
    ),
)  # fmt: skip
