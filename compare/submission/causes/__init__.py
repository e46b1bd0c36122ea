"""The table of causes: each mistake with its name, its advice, and where that stands.

One file a field; a Meaning with that ``cause`` is its test, and the corpus plants it.
"""

from compare.submission.causes import (
    behaviour,
    functions,
    losses,
    networks,
    optimizers,
)
from compare.submission.concept import Cause

_TABLES = (
    behaviour.CAUSES,
    functions.CAUSES,
    losses.CAUSES,
    networks.CAUSES,
    optimizers.CAUSES,
)
CAUSES: dict[str, Cause] = {cause.key: cause for table in _TABLES for cause in table}
