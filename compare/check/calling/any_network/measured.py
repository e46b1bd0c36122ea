"""What the ways back of a network give on drawn numbers, and the derivative that they should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from compare.check.calling.any_network import usage as uses
from compare.check.calling.any_network.at_drawn_weights import Taken, measured_at
from compare.check.calling.any_network.beside_outputs import Beside, beside
from compare.check.calling.any_network.first_of_script import cut_off, units_alike
from compare.check.calling.any_network.functions import OWN_SAMPLES, put_back, samples_read
from compare.check.calling.any_network.gradients import gradients_in
from compare.check.calling.any_network.modes import only_steps_draw
from compare.check.calling.any_network.network import (
    ANY_LOSS,
    MOST_CALLS,
    NAME,
    Network,
    samples_in,
)
from compare.check.calling.any_network.other_slopes import OtherSlope, other_slopes
from compare.check.calling.any_network.samples import changed_by_passes, of_an_earlier_pass
from compare.check.calling.any_network.small_steps import put_back_rates, with_small_steps
from compare.check.calling.any_network.ways import (
    GRAD,
    UPDATE,
    Measured,
    Way,
    penalised,
    told_a_rate,
)
from compare.check.calling.any_network.ways_back import with_other_way_back
from compare.check.fitting.networks.own_gradient import (
    FEW,
    LEAST,
    ROUGHLY,
    Fit,
    fitted,
    own_fit,
)
from compare.check.naming.network_parts import part_of, speaks_of_loss
from compare.check.repairs.repair import CAUSES, Repair
from compare.check.subject import Subject
from compare.sandbox.interface import Failed, Handle

LOG_BASE = "log_base"  # the cause: of a loss
_FIRST = 3  # of the uses that nothing explains


@dataclass(frozen=True)
class Known:
    """How a subject is used, what came of it on each draw, and what explains that.

    Nothing where no use was found. ``shared``: what is wrong is right where no two places of it
    have one object · ``slope_at``: the function of a derivative that is handed the other of u and
    z = f(u), with which all is right · ``of_one``: of one sample all of it is right · ``reads``:
    the samples of the module that it takes instead of those that it is handed · ``beside``: what
    its other parts give · ``repair``: the one edit with which all of it is right ·
    ``of_small_steps``: where the step is small all of it is right · ``of_nothing``: nothing
    explains any of it · ``averaged_twice``: gradients are, not its loss.
    """

    network: Network | None = None
    measured: tuple[Measured, ...] = ()
    fits: Mapping[str, Fit] = field(default_factory=dict)
    shared: bool = False
    slope_at: OtherSlope | None = None
    of_one: bool = False
    reads: str = ""
    beside: tuple[Beside, ...] = ()
    repair: Repair | None = None
    of_small_steps: bool = False
    of_nothing: bool = False
    averaged_twice: bool = False

    def part(self, prefix: str, draw: int) -> slice:
        """Where the numbers of one draw stand among those of all."""
        counts = [len(m.ways[prefix].names) for m in self.measured]
        return slice(sum(counts[:draw]), sum(counts[: draw + 1]))


def place_of(subject: Subject, cause: str) -> str:
    """The part that gave or made the gradients of what was explained, or ""; or its loss, where
    the logarithm of that is another."""
    known = subject.made.get(NAME) or Known()
    for each in known.beside:
        if each.cause == cause:
            return each.part
    if known.repair and cause in CAUSES:
        return known.repair.name.partition(".")[0]
    usage = known.network.usage if known.network else None
    if usage and usage.loss and cause == LOG_BASE:
        return usage.loss.name
    return [*usage.step, *usage.backward][-1].name if usage else ""


def explained(subject: Subject, draws: Sequence[Mapping[str, np.ndarray]]) -> Known:
    """The use that its own derivative explains most, and whether a shared object is the rest."""
    try:
        known = _explained(subject, draws)
        if known.network is not None and GRAD in known.fits:
            scaled = abs(known.fits[GRAD].factor - 1) > ROUGHLY
            twice = scaled and _is_averaged_twice(known.network, known.measured[0].ways[GRAD])
            known = replace(known, averaged_twice=twice)
        if known.network is None or not all(fit.right.all() for fit in known.fits.values()):
            return known
        others = beside(known.network, _is_of_scores(known))
        of_script = (*units_alike(known.network, known.measured), *cut_off(known.network))
        changed = _of_passes(known.network, known.measured[0])
        return replace(known, beside=(*changed, *others, *of_script))
    finally:
        put_back(subject)


def _is_averaged_twice(network: Network, way: Way) -> bool:
    """Whether of all samples twice its loss is what it is of them once, its gradients are half."""
    samples, usage = samples_in(network), network.usage
    if not samples or network.d is None or samples not in np.shape(network.d):
        return False
    x, d = (np.repeat(v, 2, axis=np.shape(v).index(samples)) for v in (network.x, network.d))
    before, losses, sizes = network.numbers(), [], []
    weights = {path: before[path] for path, _ in way.names}
    try:
        for each in (network, replace(network, x=x, d=d)):
            losses.append(each.again(before)[1] or 0.0)
            each.begin(before)
            gradients = gradients_in(*each.went_back(usage.backward), weights)
            sizes.append(sum(float(np.abs(g).sum()) for g in gradients.values()))
    except (Failed, ValueError, TypeError, KeyError):
        return False
    halved = sizes[1] > 0 and bool(np.isclose(2 * sizes[1], sizes[0]))
    return halved and bool(np.isclose(losses[0], losses[1]))


def _of_passes(network: Network, measured: Measured) -> tuple[Beside, ...]:
    try:
        return (*changed_by_passes(network), *of_an_earlier_pass(network, measured))
    except (Failed, ValueError, TypeError, KeyError):
        return ()


def _is_of_scores(known: Known) -> bool:
    """Whether all that was given is the derivative of a loss of the sigmoid of its outputs."""
    alone = [
        replace(m, derivative=replace(m.derivative, loss=None, loss_error=None))
        for m in known.measured
    ]
    fits = fits_of(alone).values()
    return bool(fits) and all(
        f.loss == "binary cross-entropy of scores" and f.right.all() for f in fits
    )


def _explained(subject: Subject, draws: Sequence[Mapping[str, np.ndarray]]) -> Known:
    unexplained: list[Network] = []
    known = _first_explained(subject, draws, unexplained)
    if known.fits and all(fit.right.all() for fit in known.fits.values()):
        known = _of_several(known, unexplained, draws) or known
        return _beside_differences(known, draws) or known
    for slope in other_slopes(subject):
        if (found := _right_with(subject, draws, slope)) is not None:
            return found
    if known.network is None:
        return _of_unexplained(unexplained, draws) or _of_any_loss(subject, draws) or known
    if reads := _samples_read(known.network, draws):
        return replace(known, reads=reads)
    if {*known.fits} == {UPDATE} and _is_right_of_small_steps(known.network, draws):
        return replace(known, of_small_steps=True)
    return replace(known, shared=_is_right_apart(known.network, draws))


def _is_right_of_small_steps(network: Network, draws: Sequence[Mapping[str, np.ndarray]]) -> bool:
    """Whether all that it does is right where what it moves is hardly moved."""
    try:
        small = with_small_steps(network)
        fits = fits_of([measured_at(small, arrays) for arrays in draws]) if small else {}
    except (Failed, ValueError, TypeError, KeyError):
        return False
    finally:
        put_back_rates(network)
    return UPDATE in fits and all(fit.right.all() for fit in fits.values())


def _right_with(
    subject: Subject, draws: Sequence[Mapping[str, np.ndarray]], slope: OtherSlope
) -> Known | None:
    """What the ways back give, where all of it is right with another derivative; None elsewhere."""
    slope.put_in(subject)
    known = _first_explained(subject, draws, [])
    put_back(subject)
    if known.network is None or not all(fit.right.all() for fit in known.fits.values()):
        return None
    try:
        seeds = range(1, len(draws) + 1)
        measured = tuple(
            measured_at(replace(known.network, seed=seed), arrays)
            for seed, arrays in zip(seeds, draws, strict=True)
        )
    except (Failed, ValueError, TypeError, KeyError):
        return None
    fits = {}
    for prefix, fit in known.fits.items():
        given = np.concatenate([m.ways[prefix].given for m in measured])
        if given.shape != fit.expected.shape:
            return None
        fits[prefix] = replace(fit, right=np.abs(given - fit.expected) <= 2 * fit.error)
    if all(fit.right.all() for fit in fits.values()):
        return None
    return Known(known.network, measured, fits, slope_at=slope)


def _samples_read(network: Network, draws: Sequence[Mapping[str, np.ndarray]]) -> str:
    """The global name of samples, where all is right once they are those handed over, or ""."""
    subject = network.subject
    parts = [subject.inventory[n] for n in network.usage.names] if network.first else []
    read = [name for part in parts for name in samples_read(subject, part, network.held)]
    subject.made[OWN_SAMPLES] = None
    try:
        fits = fits_of([measured_at(network, arrays) for arrays in draws]) if read else {}
    except (Failed, ValueError, TypeError, KeyError):
        fits = {}
    del subject.made[OWN_SAMPLES]
    return read[0] if fits and all(fit.right.all() for fit in fits.values()) else ""


def _of_several(
    known: Known, unexplained: Sequence[Network], draws: Sequence[Mapping[str, np.ndarray]]
) -> Known | None:
    """What the same use gives of several samples, where it is not the derivative of its loss."""
    of_one = known.network
    for network in unexplained:
        if of_one is None or _ways_of(of_one) != _ways_of(network):
            continue
        if GRAD not in known.fits or network.x.size <= of_one.x.size:
            continue
        try:
            measured = tuple(measured_at(network, arrays) for arrays in draws)
        except (Failed, ValueError, TypeError, KeyError):
            continue
        ways = [m.ways.get(GRAD) for m in measured]
        if fit := own_fit([w.given for w in ways if w], [m.derivative for m in measured]):
            return Known(network, measured, {GRAD: fit}, of_one=True)
    return None


def _ways_of(network: Network) -> list[str]:
    """Its loss and its ways back: its outputs may be given by several of its parts."""
    usage = network.usage
    return [c.name for c in (usage.loss, *usage.backward, *usage.step) if c]


def _beside_differences(known: Known, draws: Sequence[Mapping[str, np.ndarray]]) -> Known | None:
    """What its other way back gives, where the first one takes differences of its loss."""
    fit = known.fits.get(GRAD)
    if known.network is None or fit is None or not fit.numerical:
        return None
    try:
        other = with_other_way_back(known.network)
        measured = [measured_at(other, arrays) for arrays in draws] if other else []
    except (Failed, ValueError, TypeError, KeyError):
        return None
    if other is None or not (fits := fits_of(measured)):
        return _of_nothing(other, draws) if other else None
    return Known(other, tuple(measured), fits)


def _of_unexplained(
    unexplained: Sequence[Network], draws: Sequence[Mapping[str, np.ndarray]]
) -> Known | None:
    """What the gradients of some of these are, without their steps; or of the first beside its own
    loss."""
    alone = (k for n in unexplained[:_FIRST] if (k := _of_gradients(n, draws)))
    return next(alone, None) or next(
        (k for n in unexplained[:1] if (k := _of_nothing(n, draws))), None
    )


def _of_any_loss(subject: Subject, draws: Sequence[Mapping[str, np.ndarray]]) -> Known | None:
    """The same where one of its parts, whatever it is called, is its loss, and all is of that."""
    named = subject.found.methods
    if not any(not speaks_of_loss(n) and part_of(n) is None and len(ps) for n, ps in named.items()):
        return None
    unexplained: list[Network] = []
    subject.made[ANY_LOSS] = True
    try:
        known = _first_explained(subject, draws, unexplained)
        found = known if known.network else _of_unexplained(unexplained, draws)
    finally:
        del subject.made[ANY_LOSS]
    own = found is not None and not any(fit.loss for fit in found.fits.values())
    return found if own else None


def _of_gradients(network: Network, draws: Sequence[Mapping[str, np.ndarray]]) -> Known | None:
    """What explains its gradients alone: its steps may go by a rule or samples of their own."""
    alone = replace(network, usage=replace(network.usage, step=()))
    if not network.usage.step:
        return None
    try:
        measured = tuple(measured_at(alone, arrays) for arrays in draws)
    except (Failed, ValueError, TypeError, KeyError):
        return None
    fits = fits_of(measured)
    return Known(alone, measured, fits) if fits else None


def _of_nothing(network: Network, draws: Sequence[Mapping[str, np.ndarray]]) -> Known | None:
    """What a way back gives beside the derivative of its own loss, which it is in no part."""
    network = replace(network, usage=replace(network.usage, step=()))
    try:
        measured = tuple(measured_at(network, arrays) for arrays in draws)
    except (Failed, ValueError, TypeError, KeyError):
        return None
    ways = [m.ways[GRAD].given for m in measured if GRAD in m.ways]
    fit = own_fit(ways, [m.derivative for m in measured])
    return Known(network, measured, {GRAD: fit}, of_nothing=True) if fit else None


def _is_right_apart(network: Network, draws: Sequence[Mapping[str, np.ndarray]]) -> bool:
    """Whether all is right where an object that stands in two places is two."""

    def apart() -> Handle:
        handle = network.make()
        network.subject.box.separate(handle)
        return handle

    try:
        if not network.has_layers or not network.subject.box.separate(network.make()):
            return False
        fits = fits_of([measured_at(replace(network, make=apart), arrays) for arrays in draws])
    except (Failed, ValueError, TypeError, KeyError):
        return False
    return bool(fits) and all(fit.right.all() for fit in fits.values())


def _first_explained(
    subject: Subject, draws: Sequence[Mapping[str, np.ndarray]], unexplained: list[Network]
) -> Known:
    """The first use of which it explains all; of fewer samples only where no other is explained.

    ``unexplained`` gets those that gave gradients beside a loss, and are explained by nothing.
    """
    best, most = Known(), 0.0
    taken: Taken = {}
    for network in uses.networks(subject):
        if best.network is not None and network.x.size < best.network.x.size:
            continue
        try:
            # first on a few: most uses are not what was meant, and are explained by nothing
            first = measured_at(network, draws[0], few=True, taken=taken)
            if not fits_of([first], FEW):
                if GRAD in first.ways and first.derivative.loss is not None:
                    unexplained.append(network)
                continue
            measured = tuple(
                measured_at(replace(network, seed=seed), arrays, taken=taken)
                for seed, arrays in enumerate(draws, start=1)
            )
        except (Failed, ValueError, TypeError, KeyError) as error:
            if isinstance(error, Failed) and not error.goes_on:
                return best
            continue
        fits = told_a_rate(network, measured, fits_of(measured))
        fits = penalised(network, measured, fits)
        if fits and all(fit.right.all() for fit in fits.values()):
            return Known(network, measured, fits)
        explained = min((float(fit.right.mean()) for fit in fits.values()), default=0.0)
        if fits and explained > most and not only_steps_draw(network):
            best, most = Known(network, measured, fits), explained
            # another use may explain all: not every one is looked at for that
            network.spent["calls"] = max(network.spent["calls"], MOST_CALLS - 300)
    return best


def fits_of(measured: Sequence[Measured], least: int = LEAST) -> dict[str, Fit]:
    """Way back → what explains it on all probes; {} where one of them is explained by nothing."""
    fits: dict[str, Fit] = {}
    for prefix in measured[0].ways if measured else ():
        if not all(prefix in m.ways for m in measured):
            return {}
        ways = [m.ways[prefix] for m in measured]
        fit = fitted(
            [w.given for w in ways],
            [w.rounding for w in ways],
            [m.derivative for m in measured],
            [path for w in ways for path, _ in w.names],
            least,
            rates=prefix == UPDATE,
        )
        if fit is None:
            return {}
        fits[prefix] = fit
    return fits
