"""Update rules, as people write them: wrong, and right in another way."""

from compare.bench.corpus.entry import Planted, Variant

BUGS: tuple[Planted, ...] = ()
VARIANTS: tuple[Variant, ...] = ()
