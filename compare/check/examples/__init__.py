"""Submissions of which is known what is wrong with them: what diagnosis is measured by."""

from compare.check.examples import activations, derivatives, function_layers, functions, layers, loss_gradients, losses, numerical_gradient as numerical, schedules, unfinished
from compare.check.examples.networks import one_sample as network_apart, digits as network_digits, forms as network_forms, slips as network_slips, whole as networks
from compare.check.examples.optimizers import adam as update_adam, weight_decay as update_decay, descent as update_descent, parameter_holders as update_holders, momentum as update_momentum, nesterov as update_nesterov, scaled_updates as update_scaled, states as update_states
from compare.check.examples.example import Planted, Variant

_BUGS = (
    activations.BUGS,
    derivatives.BUGS,
    function_layers.BUGS,
    functions.BUGS,
    layers.BUGS,
    loss_gradients.BUGS,
    losses.BUGS,
    network_apart.BUGS,
    network_digits.BUGS,
    network_forms.BUGS,
    network_slips.BUGS,
    networks.BUGS,
    numerical.BUGS,
    update_descent.BUGS,
    update_holders.BUGS,
    update_momentum.BUGS,
    update_nesterov.BUGS,
    update_scaled.BUGS,
    update_states.BUGS,
    update_adam.BUGS,
    update_decay.BUGS,
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
    network_apart.VARIANTS,
    network_digits.VARIANTS,
    network_forms.VARIANTS,
    network_slips.VARIANTS,
    networks.VARIANTS,
    numerical.VARIANTS,
    update_descent.VARIANTS,
    update_holders.VARIANTS,
    update_momentum.VARIANTS,
    update_nesterov.VARIANTS,
    update_scaled.VARIANTS,
    update_states.VARIANTS,
    update_adam.VARIANTS,
    update_decay.VARIANTS,
    schedules.VARIANTS,
)
BUGS: tuple[Planted, ...] = tuple(bug for table in _BUGS for bug in table)
VARIANTS: tuple[Variant, ...] = tuple(variant for table in _VARIANTS for variant in table)
