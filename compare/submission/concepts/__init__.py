"""The table of concepts: everything of the course that a submission may hold."""

from compare.submission.concept import Concept
from compare.submission.concepts import (
    activations,
    derivatives,
    losses,
    networks,
    optimizers,
    softmax,
)

CONCEPTS: tuple[Concept, ...] = (
    *activations.CONCEPTS,
    *softmax.CONCEPTS,
    *derivatives.CONCEPTS,
    *losses.CONCEPTS,
    *optimizers.CONCEPTS,
    *networks.CONCEPTS,
)
