"""The table of concepts: everything of the course that a submission may hold."""

from compare.check.concept import Concept
from compare.check.concepts import (
    activation_derivatives,
    activation_layers,
    activations,
    affine,
    affine_gradients,
    affine_layer,
    losses,
    networks,
    numerical_gradient,
    optimizers,
    other_optimizers,
    schedules,
    softmax,
)
from compare.check.concepts.data import (
    batches,
    dropout,
    initial_weights,
    one_hot,
    running_statistics,
    scaling,
    weights_of_layers,
)
from compare.check.concepts.of_any_form import derivatives as any_derivative
from compare.check.concepts.of_any_form import networks as any_network
from compare.check.concepts.of_any_form import (
    of_functions,
    standard_functions,
    torch_functions,
    trainings,
    variables,
)

CONCEPTS: tuple[Concept, ...] = (
    *activations.CONCEPTS,
    *softmax.CONCEPTS,
    *activation_derivatives.CONCEPTS,
    *affine.CONCEPTS,
    *affine_gradients.CONCEPTS,
    *affine_layer.CONCEPTS,
    *activation_layers.CONCEPTS,
    *losses.CONCEPTS,
    *numerical_gradient.CONCEPTS,
    *optimizers.CONCEPTS,
    *other_optimizers.CONCEPTS,
    *schedules.CONCEPTS,
    *networks.CONCEPTS,
    one_hot.CONCEPT,
    scaling.STANDARDIZE,
    scaling.MIN_MAX,
    batches.CONCEPT,
    dropout.CONCEPT,
    running_statistics.CONCEPT,
    *initial_weights.CONCEPTS,
    weights_of_layers.CONCEPT,
    any_network.NETWORK,
    *any_derivative.CONCEPTS,
    of_functions.NUMERICAL,
    torch_functions.FUNCTION,
    standard_functions.FUNCTION,
    variables.VARIABLE,
    trainings.TRAINING,
)
