"""What a name says, word by word: ``grad_my_mse_loss`` is the derivative of mean_squared_error.

Every word has to be known: ``leaky_relu`` is no relu, and nothing is read out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, lru_cache

from compare.check.naming.katakana import english
from compare.check.naming.romaji import of_word, translated

_WORD = re.compile(r"(?<![A-Za-z])[A-Za-z]\d+|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W_]")

_IN_LINE = re.compile(r"_in_line_\d+$")


class Affix(Enum):
    """What a word beside a base says."""

    NOTHING = auto()
    FORWARD = auto()
    DERIVATIVE = auto()
    LAYER = auto()  # of a class only: relu_layer(x, W, b) computes more than relu
    ACTIVATION = auto()
    LOSS = auto()
    RULE = auto()
    RATE = auto()


_AFFIXES: dict[Affix, str] = {
    Affix.NOTHING: "my our own the custom simple basic naive plain pure manual scratch np "
    "numpy py python vectorized vectorised stable safe numerically impl implementation version "
    "compute calc calculate get apply func fn f function value v1 v2 v3",
    Affix.FORWARD: "forward fwd forwards",
    Affix.DERIVATIVE: "d grad grads gradient gradients deriv derive derivative derivatives "
    "derivation der prime dash diff dif backward backwards back bwd backprop backpropagation delta",
    Affix.LAYER: "layer module class",
    Affix.ACTIVATION: "activation act",
    Affix.LOSS: "loss losses error errors cost criterion",
    Affix.RATE: "lr learning rate schedule scheduler",
    Affix.RULE: "optimizer optimiser optim opt update updates step rule gd",
}
# Words that say nothing beside one of some others: backward_pass, update_parameters_with_adam.
_BESIDE = {
    "prop propagation pass": "forward fwd backward back",
    "params parameters weights with using": "update updates step",
    "of": "derivative gradient grad derivation",
    "weight": "decay",
    "decay": "weight",
    "from": "scratch np numpy py python",  # from_one_hot goes back from it
    "output to": "derivative deriv",  # sigmoid_output_to_derivative takes the output
}


def _drawn_by(*names: str) -> str:
    """How first weights of that name are spelled: init_he, he_normal, xavier_initialization."""
    kinds = ("init", "initialization", "initialize", "initializer", "normal", "uniform", "weights",
             "shokika")  # fmt: skip
    both = [f"{n}_{k}" for n in names for k in kinds] + [f"{k}_{n}" for n in names for k in kinds]
    return " ".join(
        [*both, *(f"{n}_{k}_init" for n in names for k in ("normal", "uniform")), *names]
    )


# A base → how it is spelled, the usual spelling first; below the affixes that its kind may have.
_ACTIVATIONS = {
    "identity": "identity identity_mapping",
    "relu": "relu rectified_linear rectified_linear_unit",
    "sigmoid": "sigmoid logistic sigm logistic_sigmoid",
    "tanh": "tanh hyperbolic_tangent",
    "step_function": "step_function step_func heaviside unit_step",
    "softmax": "softmax soft_max softmax_rows output_softmax softmax_batch",
    "softmax_jacobian": "softmax_jacobian jacobian_softmax",
}
_STEP = {"step": "step"}  # step_function's: forward_step and my_step are rather of a training
_AFFINE = {
    "affine": "affine dense fully_connected fc affine_transform",
    "linear": "linear",
}
_LOSSES = {
    "mean_squared_error": "mean_squared_error mse",
    "half_squared_error": "half_squared_error half_mse",
    "sum_squared_error": "sum_squared_error sum_of_squares sse",
    "cross_entropy_error": "cross_entropy_error cross_entropy ce cee categorical_cross_entropy "
    "cross_entropy_batch multiclass_cross_entropy cross_ent xent cce nll nll_loss "
    "negative_log_likelihood mean_cross_entropy soft_cross_entropy",
    "binary_cross_entropy_error": "binary_cross_entropy_error binary_cross_entropy bce binary_ce "
    "log_loss logistic_loss sigmoid_cross_entropy_error binary_log_loss",
    "softmax_with_loss": "softmax_with_loss softmax_loss softmax_and_loss "
    "cross_entropy_with_logits cross_entropy_from_logits softmax_cross_entropy_with_logits",
    "sigmoid_with_loss": "sigmoid_with_loss sigmoid_loss bce_with_logits "
    "binary_cross_entropy_with_logits sigmoid_cross_entropy_with_logits",
    "identity_with_loss": "identity_with_loss",
}
_ALSO = {"logloss": "cross_entropy_error"}  # of two classes, or of many, as in scikit-learn
# An output and its loss in one name are the loss of scores: softmax_cross_entropy.
_WITH_OUTPUT = {"softmax": "softmax_with_loss", "sigmoid": "sigmoid_with_loss"}
# So they are where logits are spoken of: bce_logits, nll_grad_logits.
_OF_LOGITS = {
    "cross_entropy_error": "softmax_with_loss",
    "binary_cross_entropy_error": "sigmoid_with_loss",
}
_ENTROPIES = ("cross_entropy_error", "binary_cross_entropy_error")
_SQUARES = {  # losses only beside a word that says so: squared_error, l2_loss, quadratic_cost
    "mean_squared_error": "mean_squared mean_square squared square quadratic l2",
    "half_squared_error": "half_squared half_mean_squared",
    "sum_squared_error": "sum_squared sum_square sum_squares sum_of_squared sum_of_squares",
}
_RULES = {
    "sgd": "sgd gradient_descent stochastic_gradient_descent vanilla_sgd gd",
    "momentum": "momentum sgd_momentum momentum_sgd sgd_with_momentum sgdm heavy_ball momentum_gd "
    "gradient_descent_with_momentum",
    "nesterov": "nesterov nag nesterov_momentum momentum_nesterov sgd_nesterov nesterov_sgd "
    "nesterov_accelerated_gradient nesterov_ag",
    "adagrad": "adagrad",
    "rmsprop": "rmsprop",
    "adadelta": "adadelta",
    "adam": "adam",
    "adamw": "adamw",
    "sgdw": "sgdw",
    "adamax": "adamax",
    "amsgrad": "amsgrad adam_amsgrad amsgrad_adam",
    "nadam": "nadam nesterov_adam adam_nesterov",
    "centered_rmsprop": "centered_rmsprop rmsprop_centered centred_rmsprop",
    "lion": "lion",
    "sign_sgd": "sign_sgd sign_gd sgd_sign",
}
_SCHEDULES = {
    "step_decay": "step_decay step_lr step_schedule step_scheduler",
    "exponential_decay": "exponential_decay exp_decay exponential_lr exponential_schedule "
    "exponential_scheduler",
    "cosine_annealing": "cosine_annealing cosine_decay cosine_schedule cosine_lr lr_cosine "
    "cosine_scheduler cosine_learning_rate",
}
_OTHERS = {
    "accuracy": "accuracy acc accuracy_score",
    # of no concept: without this they were the derivative of a step
    "training_step": "gradient_step delta_step back_step bwd_step backprop_step",
    "numerical_gradient": "numerical_gradient numerical_gradients numerical_grad numeric_gradient "
    "eval_numerical_gradient numeric_grad num_gradient num_grad gradient_numerical grad_numerical "
    "gradient_numeric",
    "numerical_diff": "numerical_diff numerical_derivative numerical_differentiation num_diff "
    "numeric_diff central_difference central_diff diff_central centered_difference",
}
_DATA = {
    "one_hot": "one_hot to_one_hot one_hot_encode one_hot_encoding one_hot_encoder to_categorical "
    "make_one_hot convert_to_one_hot labels_to_one_hot one_hot_labels one_hot_label encode_one_hot "
    "convert_one_hot one_hot_vectors change_one_hot_label",
    "standardize": "standardize standardise standardization zscore z_score standard_scale "
    "standard_scaler standardizer scaler zscore_normalize normalize normalise normalize_data "
    "normalize_features normalize_inputs standardize_features standardize_data scale_features "
    "feature_scaling feature_scale",
    "min_max": "min_max minmax_scale minmax_normalize minmax_scaling minmax_scaler "
    "minmax_normalization "
    "scale_min_max normalize_min_max",
    "mini_batches": "mini_batches minibatch batches batch_iterator iterate_minibatches "
    "batch_generator "
    "make_batches make_minibatches create_mini_batches create_batches random_mini_batches "
    "get_batches get_minibatches iterate_batches iter_batches iter_minibatches data_loader "
    "dataloader batch_iter generate_batches split_batches data_iter",
    "he_init": _drawn_by("he", "kaiming"),
    "xavier_init": _drawn_by("xavier", "glorot"),
}
_LAYERS = {"dropout": "dropout inverted_dropout"}
_PASSES = (Affix.NOTHING, Affix.FORWARD, Affix.DERIVATIVE, Affix.LAYER)
_KINDS = (
    (_ACTIVATIONS, {*_PASSES, Affix.ACTIVATION}),
    (_STEP, {Affix.DERIVATIVE}),
    (_AFFINE, {*_PASSES}),
    (_LOSSES, {*_PASSES, Affix.LOSS}),
    (_SQUARES, {*_PASSES, Affix.LOSS}),
    (_RULES, {Affix.NOTHING, Affix.RULE}),
    (_SCHEDULES, {Affix.NOTHING, Affix.RATE}),
    (_OTHERS, {Affix.NOTHING}),
    (_DATA, {Affix.NOTHING}),
    (_LAYERS, {Affix.NOTHING, Affix.LAYER}),
)
_AFFIX_OF = {word: affix for affix, words in _AFFIXES.items() for word in words.split()}
_COMPANY = {word: set(those.split()) for words, those in _BESIDE.items() for word in words.split()}
_SPELLED = [*_AFFIXES.values(), *_BESIDE.values(), *(s for k, _ in _KINDS for s in k.values())]
_VOCABULARY = frozenset(re.findall("[a-z]+", " ".join(_SPELLED)))
# without separators → base, place among its spellings, affixes that it may have
_BASES: dict[str, list[tuple[str, int, frozenset[Affix], bool]]] = {}
for _bases, _affixes_of_kind in _KINDS:
    for _base, _spellings in _bases.items():
        for _place, _spelling in enumerate(_spellings.split()):
            _BASES.setdefault(_spelling.replace("_", ""), []).append(
                (_base, _place, frozenset(_affixes_of_kind), _bases is _SQUARES)
            )


@dataclass(frozen=True)
class Meaning:
    """What a name says: the base, or its derivative."""

    base: str
    derivative: bool = False


@dataclass(frozen=True)
class Reading:
    """A meaning, and how far the name is from the usual one: of two names the nearer is meant."""

    meaning: Meaning
    distance: tuple[int, int]
    adorned: bool = False  # by a word that says nothing: what it takes has to say that it is that


@lru_cache(maxsize=1 << 14)  # every concept asks for every name
def words(name: str) -> tuple[str, ...]:
    """The words of a name without its holder: ``Holder.MyReLU_v2`` is my, re, lu, v2.

    What is written out in a loop has its line in its name, which is no word of it; what is written
    as katakana sound is the English word.
    """
    bare = _IN_LINE.sub("", name.rpartition(".")[2])
    said = [word.lower() for word in _WORD.findall(bare)]
    return tuple(word if of_word(word) else english(word, _VOCABULARY) for word in said)


def is_in_line(name: str) -> bool:
    """Whether it is the name of what is written out in a loop, and no definition."""
    return _IN_LINE.search(name) is not None


def affix_of(word: str) -> Affix | None:
    """What a word says beside a base, or None where that is unknown."""
    return _AFFIX_OF.get(word)


def spells(name: str, base: str) -> bool:
    """Whether some whole words of a name spell that: AdamWithoutCorrection does not say adamw."""
    said = words(name)
    return any("".join(said[a:b]) == base for a, b in _runs(len(said)))


@cache  # every concept asks for every name
def read(name: str, of_class: bool = False) -> Reading | None:
    """What a name says, or None where not every word is known."""
    said = translated(words(name))
    for spelled, rest in _spelled(said):
        for base, place, allowed, needs_loss in _BASES.get(spelled, ()):
            affixes = _affixes(rest, allowed, of_class)
            if affixes is not None and (Affix.LOSS in affixes or not needs_loss):
                meant = Meaning(base, Affix.DERIVATIVE in affixes)
                return Reading(meant, (place, len(affixes)), Affix.NOTHING in affixes)
    return _with_output(said, of_class)


def _with_output(said: tuple[str, ...], of_class: bool) -> Reading | None:
    """The loss of scores, where a name has an output and, in other words, its loss."""
    for output, base in _WITH_OUTPUT.items():
        said = tuple(part for w in said for part in (("d", output) if w == f"d{output}" else (w,)))
        if output not in said:
            continue
        of_output = (output, "with", "and", *_AFFIXES[Affix.ACTIVATION].split())
        rest = "_".join(word for word in said if word not in of_output)
        loss = read(rest, of_class) if rest else None
        if loss is not None and loss.meaning.base in _ENTROPIES:
            return _beside(loss, base)
    rest = "_".join(word for word in said if word not in ("logits", "with", "from"))
    loss = read(rest, of_class) if "logits" in said and rest else None
    base = _OF_LOGITS.get(loss.meaning.base, "") if loss else ""
    return _beside(loss, base) if loss and base else None


def _beside(loss: Reading, base: str) -> Reading:
    """The loss of scores that is meant, where a word beside that of outputs says so."""
    meant = Meaning(base, loss.meaning.derivative)
    return Reading(meant, (loss.distance[0] + 1, loss.distance[1]), loss.adorned)


def meaning(name: str, of_class: bool = False) -> Meaning | None:
    """What a name says, whatever else is in it."""
    reading = read(name, of_class)
    return reading.meaning if reading else None


def other_meaning(name: str) -> Meaning | None:
    """What a name may say as well as its first meaning."""
    said = meaning(name)
    others = (_ALSO[spelled] for spelled, _ in _spelled(words(name)) if spelled in _ALSO)
    return Meaning(next(others, ""), said.derivative) if said else None


def is_loss(name: str) -> bool:
    """Whether a name says a loss, and not its derivative."""
    said = meaning(name)
    return said is not None and said.base in _LOSSES and not said.derivative


def is_difference(name: str) -> bool:
    """Whether a name says a derivative by differences."""
    said = meaning(name)
    return said is not None and said.base.startswith("numerical")


@lru_cache(maxsize=1024)
def spellings(name: str) -> tuple[str, ...]:
    """What the base in a name is called, each with the d of a derivative; or the name alone."""
    said = meaning(name, of_class=True)
    if said is None:
        return (name,)
    spelled = (s for s, bases in _BASES.items() if any(b == said.base for b, *_ in bases))
    return (name, *(f"d{each}" if said.derivative else each for each in spelled))


def _spelled(said: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Words that stand together, as one, and the others: dsigmoid is also sigmoid beside a d."""
    for start, end in _runs(len(said)):
        together, rest = "".join(said[start:end]), (*said[:start], *said[end:])
        yield together, rest
        if together.startswith("d"):
            yield together[1:], ("d", *rest)


def _runs(length: int) -> Iterator[tuple[int, int]]:
    """Where words that stand together begin and end, the longest first."""
    for size in range(length, 0, -1):
        for start in range(length - size + 1):
            yield start, start + size


def _affixes(
    rest: tuple[str, ...], allowed: frozenset[Affix], of_class: bool
) -> list[Affix] | None:
    """What the words beside the base say, or None where that is unknown or makes no sense."""
    telling = [word for word in rest if not _COMPANY.get(word, set()) & set(rest)]
    affixes = [_AFFIX_OF.get(word) for word in telling]
    passes = [a for a in affixes if a in (Affix.FORWARD, Affix.DERIVATIVE)]
    # the derivative of a derivative is another thing, and forward_backward is both
    if len(passes) > 1:
        return None
    known = [a for a in affixes if a in allowed and (of_class or a is not Affix.LAYER)]
    return known if len(known) == len(affixes) else None
