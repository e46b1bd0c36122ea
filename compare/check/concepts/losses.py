"""§3: losses, their gradients, and whether they belong together, as people write them."""

from compare.check.concept import Concept
from compare.check.concepts import (
    accuracy,
    cross_entropies,
    loss_gradients,
    loss_layers,
    loss_pairs,
    squared_errors,
)

CONCEPTS: tuple[Concept, ...] = (
    *squared_errors.CONCEPTS,
    *cross_entropies.CONCEPTS,
    *loss_gradients.CONCEPTS,
    *loss_layers.CONCEPTS,
    *loss_pairs.CONCEPTS,
    *accuracy.CONCEPTS,
)
