"""The table of concepts: everything of the course that a submission may hold."""

from compare.submission.concept import Concept
from compare.submission.concepts import (
    activations,
    cross_entropies,
    derivatives,
    losses,
    networks,
    optimizers,
    softmax,
    squared_errors,
)

CONCEPTS: tuple[Concept, ...] = (
    *activations.CONCEPTS,
    *softmax.CONCEPTS,
    *derivatives.CONCEPTS,
    *losses.CONCEPTS,
    *cross_entropies.CONCEPTS,
    *optimizers.CONCEPTS,
    *networks.CONCEPTS,
    *squared_errors.CONCEPTS,
)
