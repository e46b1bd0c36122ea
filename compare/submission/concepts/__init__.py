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
    schedules,
    softmax,
)

CONCEPTS: tuple[Concept, ...] = (
    *activations.CONCEPTS,
    *softmax.CONCEPTS,
    *derivatives.CONCEPTS,
    *affine.CONCEPTS,
    *affine_gradients.CONCEPTS,
    *affine_layer.CONCEPTS,
    *layers.CONCEPTS,
    *losses.CONCEPTS,
    *numerical.CONCEPTS,
    *optimizers.CONCEPTS,
    *schedules.CONCEPTS,
    *networks.CONCEPTS,
)
