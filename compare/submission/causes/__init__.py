"""The table of causes: each mistake with its name, its advice, and where that stands.

One file a field; a Meaning with that ``cause`` is its test, and the corpus plants it.
"""

from compare.submission.causes import (
    behaviour,
    functions,
    layers,
    numerical,
)
from compare.submission.concept import Cause

_TABLES = (
    behaviour,
    functions,
    layers,
    numerical,
)
CAUSES: dict[str, Cause] = {cause.key: cause for table in _TABLES for cause in table.CAUSES}
