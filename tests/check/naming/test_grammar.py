"""Names are read word by word: as their bases whatever stands beside them, or not at all."""

import pytest

from compare.check.check_submission import concepts
from compare.check.naming.bind import bind, named
from compare.check.naming.grammar import Meaning, meaning
from compare.check.naming.update_parameters import has_to_decay
from compare.sandbox.in_process import InProcess
from compare.sandbox.interface import Definition

# base → functions that are it
FUNCTIONS = {
    "relu": "my_relu compute_relu calc_relu relu_np relu_function relu_forward forward_relu "
    "relu_func my_relu_fn numpy_relu ReluFunction custom_relu relu_impl simple_relu myReLU relu_v2 "
    "Activations.relu_np",
    "sigmoid": "my_sigmoid calc_sigmoid compute_sigmoid sigmoid_np sigmoid_func sigmoid_fn "
    "sigmoid_function sigmoid_forward sigmoidFunction the_sigmoid sigmoid_scratch sigmoid_act",
    "tanh": "my_tanh tanh_forward calc_tanh tanh_func tanh_function compute_tanh",
    "softmax": "my_softmax softmax_function softmax_np compute_softmax calc_softmax softmax_fn "
    "softmax_forward numpy_softmax my_softmax_v2 softmax_scratch numerically_stable_softmax",
    "mean_squared_error": "my_mse calc_mse compute_mse mse_np mse_func mse_forward mse_loss "
    "compute_mean_squared_error mean_squared_error_function mse_function my_mse_loss",
    "cross_entropy_error": "my_cross_entropy cross_entropy_np calc_cross_entropy ce_loss xent_loss "
    "compute_cross_entropy cross_entropy_fn my_cross_entropy_loss crossEntropyLoss calc_ce",
    "accuracy": "my_accuracy get_accuracy calc_acc",
    "cosine_annealing": "my_cosine_annealing cosine_lr_schedule",
}
DERIVATIVES = {
    "relu": "relu_derivative derivative_relu relu_grad grad_relu relu_backward backward_relu drelu "
    "relu_deriv relu_prime back_relu relu_bwd relu_gradient gradient_of_relu d_relu_np "
    "my_relu_grad compute_relu_derivative derivative_of_relu reluDerivative relu_back "
    "relu_backward_pass",
    "sigmoid": "sigmoid_derivative sigmoid_prime sigmoid_grad backward_sigmoid dSigmoid "
    "calc_sigmoid_derivative derivative_sigmoid my_sigmoid_backward sigmoid_dash dsigmoid_np "
    "sigmoid_output_to_derivative sigmoid_back_prop",
    "tanh": "tanh_derivative tanh_backward backward_tanh tanh_prime grad_tanh calc_tanh_grad",
    "mean_squared_error": "mse_back backward_mse grad_mse mse_grad mse_derivative mse_prime d_mse "
    "mse_loss_grad mse_gradient mean_squared_error_backward compute_mse_gradient dmse_loss",
    "cross_entropy_error": "cross_entropy_grad backward_cross_entropy grad_cross_entropy "
    "cross_entropy_back my_cross_entropy_grad compute_cross_entropy_gradient",
}
CLASSES = {
    "adam": "MyAdam AdamOptimizer AdamOpt CustomAdam SimpleAdam MyAdamOptimizer AdamScratch "
    "NumpyAdam OptimizerAdam",
    "adamw": "AdamW MyAdamW AdamWOptimizer",
    "nadam": "NAdam",
    "adamax": "Adamax",
    "amsgrad": "AMSGrad",
    "sgd": "MySGD SGDOptimizer CustomSGD",
    "relu": "MyReLU ReLULayer MyReLULayer CustomRelu ReluActivation Activation_ReLU",
    "sigmoid": "MySigmoid SigmoidLayer SigmoidActivation",
    "affine": "MyAffine AffineLayer DenseLayer MyDense Layer_Dense",
    "linear": "MyLinear LinearLayer",
}
OTHERS = (
    "leaky_relu softplus log_softmax relu6 hard_sigmoid weighted_cross_entropy mse_with_l2 "
    "my_leaky_relu noisy_relu plot_relu test_sigmoid softmax_temperature inverse_sigmoid root_mse "
    "rmse_loss parametric_relu tanh_shrink hard_tanh sigmoid_focal_loss gumbel_softmax sparsemax "
    "label_smoothing_cross_entropy relu_init elu plot_relu_derivative second_derivative_sigmoid "
    "relu_relu sigmoid_relu mse_history drelu_grad relu_forward_backward relu_layer torch_softmax "
    "softmax_loss_pass relu_of_x adam_params train_step forward_step numerical_relu_derivative "
    "softmax_逆 relu_2 ソフトマックス"
)
OTHER_CLASSES = "AdamWithoutCorrection RAdam AdaBound SparseAdam LeakyReLU NoisyLinear"


def entries(table):
    return [(base, name) for base, names in table.items() for name in names.split()]


@pytest.mark.parametrize(("base", "name"), entries(FUNCTIONS))
def test_what_says_nothing_is_no_other_name(base, name):
    assert meaning(name) == Meaning(base)


@pytest.mark.parametrize(("base", "name"), entries(DERIVATIVES))
def test_a_derivative_is_told_by_its_word_in_any_place(base, name):
    assert meaning(name) == Meaning(base, derivative=True)


@pytest.mark.parametrize(("base", "name"), entries(CLASSES))
def test_a_class_is_read_as_a_function_is(base, name):
    assert meaning(name, of_class=True) == Meaning(base)


@pytest.mark.parametrize("name", OTHERS.split())
def test_one_word_that_is_not_known_makes_it_another_thing(name):
    assert meaning(name) is None


@pytest.mark.parametrize("name", OTHER_CLASSES.split())
def test_a_class_with_another_word_is_another_thing(name):
    assert meaning(name, of_class=True) is None


@pytest.mark.parametrize(("base", "name"), entries(FUNCTIONS) + entries(DERIVATIVES))
def test_the_same_name_with_an_unknown_word_is_left_alone(base, name):
    short = name.rpartition(".")[2]
    assert meaning(f"{short}_wobbly") is None and meaning(f"wobbly_{short}") is None


@pytest.mark.parametrize(
    ("name", "apart"),
    [("AdamW", True), ("my_adam_w", True), ("AdamWithoutCorrection", False), ("Adam", False)],
)
def test_adamw_is_two_words_and_no_beginning_of_others(name, apart):
    assert has_to_decay(name) is apart


def test_of_several_names_the_nearest_is_meant():
    names = ("my_logistic", "logistic", "my_sigmoid")
    functions = [Definition(name, "function") for name in names]
    assert [d.name for d in named("sigmoid", functions)] == [
        "my_sigmoid",
        "logistic",
        "my_logistic",
    ]
    exact = Definition("Sigmoid_", "function")
    assert named("sigmoid", [*functions, exact])[0] is exact


def test_every_concept_is_found_by_the_words_of_its_table():
    """No name of a concept is another spelling of one that stands before it."""
    for concept in concepts():
        said = [m for name in concept.names if (m := meaning(name, of_class=True)) is not None]
        assert len(said) == len(set(said)), concept.name


SOURCE = """
import numpy as np

def {name}(u):
    return np.maximum(0, u)

def {derivative}(u):
    return (u > 0) * 1.0
"""


@pytest.mark.parametrize(
    ("name", "derivative", "found"),
    [
        ("compute_relu", "back_relu", ["relu", "d_relu"]),
        ("relu_np", "compute_relu_np_derivative", ["relu", "d_relu"]),
        ("wobbly_relu", "wobbly_relu_grad", []),
    ],
)
def test_a_function_and_its_derivative_are_bound_by_what_their_names_say(name, derivative, found):
    names = {"__name__": "submission"}
    exec(SOURCE.format(name=name, derivative=derivative), names)
    box = InProcess(names)
    binding = bind(box, box.inventory, concepts(), {})
    assert [b.concept.name for b in binding.bound] == found


@pytest.mark.parametrize(
    ("signature", "found"),
    [
        ("softmax_loss_naive(W, X, y, reg)", ["network.one"]),
        ("softmax_loss_naive(u, t)", ["softmax_with_loss"]),
        ("linear_derivative(u)", ["d_identity"]),
        ("linear_backward(dout, cache)", ["d_affine"]),
        ("gradient_step(w)", []),
        ("step_derivative(u)", ["d_step_function"]),
        ("evaluate_accuracy(net, batches)", []),
    ],
)
def test_what_it_takes_has_to_fit_what_its_name_says(signature, found):
    names = {"__name__": "submission"}
    exec(f"def {signature}: return 0.0", names)
    box = InProcess(names)
    assert [b.concept.name for b in bind(box, box.inventory, concepts(), {}).bound] == found
