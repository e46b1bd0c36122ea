"""The table of causes: each mistake with its name, its advice, and where that stands.

One file a field; a Meaning with that ``cause`` is its test, and the corpus plants it.
"""

from compare.check.concept import Mistake
from compare.check.mistakes import (
    accuracy,
    any_update,
    behaviour,
    data,
    derivatives,
    functions,
    layers,
    loss_gradients,
    losses,
    network_training,
    networks,
    numerical_gradient,
    own_derivatives,
    scaled_updates,
    schedules,
    torch_functions,
    trainings,
    variables,
)

_TABLES = (
    behaviour.CAUSES,
    functions.CAUSES,
    derivatives.CAUSES,
    layers.CAUSES,
    losses.CAUSES,
    loss_gradients.CAUSES,
    accuracy.CAUSES,
    data.CAUSES,
    networks.CAUSES,
    network_training.CAUSES,
    numerical_gradient.CAUSES,
    own_derivatives.CAUSES,
    any_update.CAUSES,
    scaled_updates.CAUSES,
    schedules.CAUSES,
    torch_functions.CAUSES,
    trainings.CAUSES,
    variables.CAUSES,
)
ALL: tuple[Mistake, ...] = tuple(cause for table in _TABLES for cause in table)
CAUSES: dict[str, Mistake] = {cause.key: cause for cause in ALL}
