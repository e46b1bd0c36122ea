"""Submissions of which is known what is wrong with them: what diagnosis is measured by.

They stand in the texts beside this file, in the form that ``table`` reads.
"""

from pathlib import Path

from compare.check.examples.example import Planted, Variant
from compare.check.examples.table import read

_FOLDER = Path(__file__).parent
_ALL = [example for file in sorted(_FOLDER.rglob("*.txt")) for example in read(file)]
EXAMPLES: dict[str, Planted | Variant] = {example.name: example for example in _ALL}
BUGS = tuple(example for example in _ALL if isinstance(example, Planted))
VARIANTS = tuple(example for example in _ALL if isinstance(example, Variant))
