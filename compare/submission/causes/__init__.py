"""The table of causes: each mistake with its name, its advice, and where that stands.

One file a field; a Meaning with that ``cause`` is its test, and the corpus plants it.
"""

from compare.submission.causes import (
    behaviour,
    functions,
    layers,
    losses,
    networks,
    numerical,
    scaled_updates,
    schedules,
    updates,
)
from compare.submission.concept import Cause

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
