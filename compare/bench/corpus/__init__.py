"""Submissions of which is known what is wrong with them: what diagnosis is measured by."""

from compare.bench.corpus import activations, loss_gradients, losses
from compare.bench.corpus.entry import Planted, Variant

_TABLES = (activations, losses, loss_gradients)
BUGS: tuple[Planted, ...] = tuple(entry for table in _TABLES for entry in table.BUGS)
VARIANTS: tuple[Variant, ...] = tuple(entry for table in _TABLES for entry in table.VARIANTS)
