"""The table of causes: each mistake with its name, its advice, and where that stands.

One file a field; a Meaning with that ``cause`` is its test, and the corpus plants it.
"""

from compare.check.concept import Cause
from compare.check.mistakes import any_update as updates
from compare.check.mistakes import (
    behaviour,
    functions,
    layers,
    losses,
    networks,
    scaled_updates,
    schedules,
)
from compare.check.mistakes import numerical_gradient as numerical

_TABLES = (
    behaviour.CAUSES,
    functions.CAUSES,
    layers.CAUSES,
    losses.CAUSES,
    networks.CAUSES,
    numerical.CAUSES,
    updates.CAUSES,
    scaled_updates.CAUSES,
    schedules.CAUSES,
)
ALL: tuple[Cause, ...] = tuple(cause for table in _TABLES for cause in table)
CAUSES: dict[str, Cause] = {cause.key: cause for cause in ALL}
