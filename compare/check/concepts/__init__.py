"""The table of concepts: everything of the course that a submission may hold."""

from compare.check.concept import Concept
from compare.check.concepts import activation_derivatives as derivatives
from compare.check.concepts import activation_layers as layers
from compare.check.concepts import (
    activations,
    affine,
    affine_gradients,
    affine_layer,
    losses,
    networks,
    optimizers,
    schedules,
    softmax,
)
from compare.check.concepts import numerical_gradient as numerical

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
