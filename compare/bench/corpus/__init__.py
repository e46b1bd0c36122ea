"""Submissions of which is known what is wrong with them: what diagnosis is measured by."""

from compare.bench.corpus import activations, network_forms, networks
from compare.bench.corpus.entry import Planted, Variant

_TABLES = (
    activations,
    networks,
    network_forms,
)
BUGS: tuple[Planted, ...] = tuple(entry for table in _TABLES for entry in table.BUGS)
VARIANTS: tuple[Variant, ...] = tuple(entry for table in _TABLES for entry in table.VARIANTS)
