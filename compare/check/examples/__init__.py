"""Submissions of which is known what is wrong with them: what diagnosis is measured by."""

from compare.check.examples import (
    activations,
    derivative_causes,
    derivatives,
    function_layers,
    functions,
    layers,
    loss_gradients,
    losses,
    numerical_gradient,
    other_derivatives,
    schedules,
    torch_functions,
    unfinished,
    unlisted,
    variables,
)
from compare.check.examples.example import Planted, Variant
from compare.check.examples.networks import (
    digits,
    forms,
    one_sample,
    other,
    slips,
    unfamiliar,
    whole,
)
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

_TABLES = (
    activations,
    derivatives,
    function_layers,
    functions,
    layers,
    loss_gradients,
    losses,
    one_sample,
    digits,
    forms,
    slips,
    unfamiliar,
    other,
    other_derivatives,
    derivative_causes,
    torch_functions,
    whole,
    numerical_gradient,
    descent,
    parameter_holders,
    momentum,
    nesterov,
    scaled_updates,
    states,
    unfamiliar_rules,
    adam,
    weight_decay,
    schedules,
    unfinished,
    unlisted,
    variables,
)
BUGS: tuple[Planted, ...] = tuple(bug for table in _TABLES for bug in table.BUGS)
VARIANTS: tuple[Variant, ...] = tuple(v for table in _TABLES for v in table.VARIANTS)
