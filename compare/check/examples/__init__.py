"""Submissions of which is known what is wrong with them: what diagnosis is measured by."""

from compare.check.examples import (
    activations,
    derivatives,
    function_layers,
    functions,
    layers,
    loss_gradients,
    losses,
    numerical_gradient,
    schedules,
    unfinished,
)
from compare.check.examples.example import Planted, Variant
from compare.check.examples.networks import digits, forms, one_sample, slips, unfamiliar, whole
from compare.check.examples.optimizers import (
    adam,
    descent,
    momentum,
    nesterov,
    parameter_holders,
    scaled_updates,
    states,
    weight_decay,
)
from compare.check.examples.optimizers import unfamiliar as unfamiliar_rules

_BUGS = (
    activations.BUGS,
    derivatives.BUGS,
    function_layers.BUGS,
    functions.BUGS,
    layers.BUGS,
    loss_gradients.BUGS,
    losses.BUGS,
    one_sample.BUGS,
    digits.BUGS,
    forms.BUGS,
    slips.BUGS,
    unfamiliar.BUGS,
    whole.BUGS,
    numerical_gradient.BUGS,
    descent.BUGS,
    parameter_holders.BUGS,
    momentum.BUGS,
    nesterov.BUGS,
    scaled_updates.BUGS,
    states.BUGS,
    unfamiliar_rules.BUGS,
    adam.BUGS,
    weight_decay.BUGS,
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
    one_sample.VARIANTS,
    digits.VARIANTS,
    forms.VARIANTS,
    slips.VARIANTS,
    unfamiliar.VARIANTS,
    whole.VARIANTS,
    numerical_gradient.VARIANTS,
    descent.VARIANTS,
    parameter_holders.VARIANTS,
    momentum.VARIANTS,
    nesterov.VARIANTS,
    scaled_updates.VARIANTS,
    states.VARIANTS,
    unfamiliar_rules.VARIANTS,
    adam.VARIANTS,
    weight_decay.VARIANTS,
    schedules.VARIANTS,
)
BUGS: tuple[Planted, ...] = tuple(bug for table in _BUGS for bug in table)
VARIANTS: tuple[Variant, ...] = tuple(variant for table in _VARIANTS for variant in table)
