"""The table of causes: each mistake with its name, its advice, and where that stands.

One file a field; a Meaning with that ``cause`` is its test, and the corpus plants it.
"""

from compare.submission.causes import behaviour, functions, optimizers
from compare.submission.concept import Cause

CAUSES: dict[str, Cause] = {
    cause.key: cause
    for table in (behaviour.CAUSES, functions.CAUSES, optimizers.CAUSES)
    for cause in table
}
