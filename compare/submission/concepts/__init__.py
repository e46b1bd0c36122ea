"""The table of concepts: everything of the course that a submission may hold."""

from compare.submission.concept import Concept
from compare.submission.concepts import (
    activations,
    affine,
    affine_gradients,
    affine_layer,
    derivatives,
    layers,
    numerical,
    softmax,
)

CONCEPTS: tuple[Concept, ...] = (
    *affine.CONCEPTS,
    *activations.CONCEPTS,
    *softmax.CONCEPTS,
    *derivatives.CONCEPTS,
    *affine_gradients.CONCEPTS,
    *layers.CONCEPTS,
    *affine_layer.CONCEPTS,
    *numerical.CONCEPTS,
)
