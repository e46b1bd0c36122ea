"""The table of concepts: everything of the course that a submission may hold."""

from compare.submission.concept import Concept
from compare.submission.concepts import (
    activations,
    affine,
    affine_gradients,
    affine_layer,
    derivatives,
    layers,
    losses,
    networks,
    numerical,
    optimizers,
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
    *losses.CONCEPTS,
    *numerical.CONCEPTS,
    *optimizers.CONCEPTS,
    *networks.CONCEPTS,
)
