"""§3: losses, their gradients, and whether they belong together, as people write them."""

from compare.submission.concept import Concept
from compare.submission.concepts import cross_entropies, squared_errors

CONCEPTS: tuple[Concept, ...] = (*squared_errors.CONCEPTS, *cross_entropies.CONCEPTS)
