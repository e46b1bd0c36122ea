"""The table of causes: each mistake with its name, its advice, and where that stands.

One file a field; a Meaning with that ``cause`` is its test, and the corpus plants it.
"""

from compare.check.concept import Mistake
from compare.check.mistakes import (
    any_update,
    behaviour,
    functions,
    layers,
    losses,
    networks,
    numerical_gradient,
    own_derivatives,
    scaled_updates,
    schedules,
    torch_functions,
)

_TABLES = (
    behaviour.CAUSES,
    functions.CAUSES,
    layers.CAUSES,
    losses.CAUSES,
    networks.CAUSES,
    numerical_gradient.CAUSES,
    own_derivatives.CAUSES,
    any_update.CAUSES,
    scaled_updates.CAUSES,
    schedules.CAUSES,
    torch_functions.CAUSES,
)
ALL: tuple[Mistake, ...] = tuple(cause for table in _TABLES for cause in table)
CAUSES: dict[str, Mistake] = {cause.key: cause for cause in ALL}
