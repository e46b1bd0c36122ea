"""The table of causes: each mistake with its name, its advice, and where that stands.

A text beside this file a field, in the form that ``table`` reads; a Meaning with that ``cause`` is
its test, and the corpus plants it.
"""

from pathlib import Path

from compare.check.concept import Mistake
from compare.check.mistakes.table import read

ALL = tuple(m for file in sorted(Path(__file__).parent.glob("*.txt")) for m in read(file))
CAUSES: dict[str, Mistake] = {mistake.key: mistake for mistake in ALL}
