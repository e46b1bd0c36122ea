"""Submissions of which is known what is wrong with them: what diagnosis is measured by."""

from compare.bench.corpus import (
    activations,
    derivatives,
    layers,
    loss_gradients,
    losses,
    network_forms,
    network_slips,
    networks,
    numerical,
    optimizers,
    schedules,
    unfinished,
)
from compare.bench.corpus.entry import Planted, Variant

_BUGS = (
    activations.BUGS,
    derivatives.BUGS,
    layers.BUGS,
    loss_gradients.BUGS,
    losses.BUGS,
    network_forms.BUGS,
    network_slips.BUGS,
    networks.BUGS,
    numerical.BUGS,
    optimizers.BUGS,
    schedules.BUGS,
    unfinished.BUGS,
)
_VARIANTS = (
    activations.VARIANTS,
    derivatives.VARIANTS,
    layers.VARIANTS,
    loss_gradients.VARIANTS,
    losses.VARIANTS,
    network_forms.VARIANTS,
    network_slips.VARIANTS,
    networks.VARIANTS,
    numerical.VARIANTS,
    optimizers.VARIANTS,
    schedules.VARIANTS,
)
BUGS: tuple[Planted, ...] = tuple(bug for table in _BUGS for bug in table)
VARIANTS: tuple[Variant, ...] = tuple(variant for table in _VARIANTS for variant in table)
