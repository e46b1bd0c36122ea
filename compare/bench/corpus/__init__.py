"""Submissions of which is known what is wrong with them: what diagnosis is measured by."""

from compare.bench.corpus import (
    activations,
    derivatives,
    function_layers,
    functions,
    layers,
    loss_gradients,
    losses,
    network_forms,
    networks,
    numerical,
    schedules,
    unfinished,
    update_adam,
    update_descent,
    update_momentum,
    update_nesterov,
    update_scaled,
)
from compare.bench.corpus.entry import Planted, Variant

_BUGS = (
    activations.BUGS,
    derivatives.BUGS,
    function_layers.BUGS,
    functions.BUGS,
    layers.BUGS,
    loss_gradients.BUGS,
    losses.BUGS,
    network_forms.BUGS,
    networks.BUGS,
    numerical.BUGS,
    update_descent.BUGS,
    update_momentum.BUGS,
    update_nesterov.BUGS,
    update_scaled.BUGS,
    update_adam.BUGS,
    schedules.BUGS,
    unfinished.BUGS,
)
_VARIANTS = (
    activations.VARIANTS,
    derivatives.VARIANTS,
    function_layers.VARIANTS,
    functions.VARIANTS,
    layers.VARIANTS,
    loss_gradients.VARIANTS,
    losses.VARIANTS,
    network_forms.VARIANTS,
    networks.VARIANTS,
    numerical.VARIANTS,
    update_descent.VARIANTS,
    update_momentum.VARIANTS,
    update_nesterov.VARIANTS,
    update_scaled.VARIANTS,
    update_adam.VARIANTS,
    schedules.VARIANTS,
)
BUGS: tuple[Planted, ...] = tuple(bug for table in _BUGS for bug in table)
VARIANTS: tuple[Variant, ...] = tuple(variant for table in _VARIANTS for variant in table)
