"""Training runs on real data, both sides from the same weights on the same batches."""

from typing import Any

import numpy as np

from compare.cases import animals, datasets, inputs
from compare.cases.programs import training
from compare.core.case import Case
from compare.language.message import message

STEPS = 200


def _load(name: str, source: Any, batch_size: int, order: str, steps: int) -> Any:
    def load(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
        arrays = dict(source(name))
        return arrays | {
            "batches": inputs.batches(len(arrays["x"]), batch_size, steps, order)(rng, sizes)
        }

    return load


def _case(
    name: str,
    about: str,
    data_set: str,
    nodes: tuple[int, ...],
    program: Any,
    kind: str = "he",
    batch_size: int = 100,
    order: str = "with_replacement",
    source: Any = datasets.bundled,
    steps: int = STEPS,
    classes: tuple[str, ...] = (),
) -> Case:
    return Case(
        name,
        message("real data"),
        about,
        program,
        formula="p <- p - lr dE/dp on each mini-batch",
        sources=("training.train", "network.Network"),
        sizes={"N": batch_size, "I": nodes[0], "H": nodes[1], "K": nodes[-1]},
        # exercise 1-4 starts from biases of 0; elsewhere
        # small ones, since zeros hide a bug in a bias
        arrays=inputs.weights(nodes, kind, "zeros" if kind == "small" else "small"),
        load=_load(data_set, source, batch_size, order, steps),
        training=True,
        classes=classes,
    )


_CLASSES = ("softmax", "softmax_with_loss")
_DIGITS = (64, 40, 10)
# adaptive rules move a weight by about lr a step, whatever its gradient; Adadelta needs no rate
_RULES = (
    ("Momentum", 0.02),
    ("Nesterov", 0.02),
    ("AdaGrad", 0.02),
    ("RMSprop", 0.002),
    ("Adadelta", 1.0),
    ("Adam", 0.005),
)

CASES = (
    _case(
        "mlp.digits",
        message("digits 64-40-10 relu, SGD"),
        "digits",
        _DIGITS,
        training("relu", *_CLASSES, lr=0.1),
    ),
    _case(
        "mlp.digits.small",
        message("digits as in 1-4: weights of .01, biases 0"),
        "digits",
        _DIGITS,
        training("relu", *_CLASSES, lr=0.1),
        kind="small",
    ),
    _case(
        "mlp.digits.xavier",
        message("digits with Xavier weights and sigmoid"),
        "digits",
        _DIGITS,
        training("sigmoid", *_CLASSES, lr=0.5),
        kind="xavier",
    ),
    _case(
        "mlp.digits.deep",
        message("digits 64-40-30-10 relu, epochs with a short last batch, a cosine schedule"),
        "digits",
        (64, 40, 30, 10),
        training("relu", *_CLASSES, lr=0.1, schedule=("cosine_annealing", 0.001)),
        order="without_replacement",
    ),
    *(
        _case(
            f"mlp.digits.{rule.lower()}",
            message("digits 64-40-10 relu, {rule}", rule=rule),
            "digits",
            _DIGITS,
            training("relu", *_CLASSES, rule=rule, lr=lr),
        )
        for rule, lr in _RULES
    ),
    _case(
        "mlp.iris",
        message("iris 4-8-3 tanh, SGD"),
        "iris",
        (4, 8, 3),
        training("tanh", *_CLASSES, lr=0.1),
        batch_size=16,
        order="without_replacement",
    ),
    _case(
        "mlp.diabetes",
        message("diabetes 10-16-1 relu, regression"),
        "diabetes",
        (10, 16, 1),
        training("relu", "identity", "identity_with_loss", lr=0.02),
        batch_size=32,
        order="without_replacement",
    ),
    _case(
        "mlp.breast_cancer",
        message("breast cancer 30-12-1 relu, binary"),
        "breast_cancer",
        (30, 12, 1),
        training("relu", "sigmoid", "sigmoid_with_loss", lr=0.1),
        batch_size=32,
        order="without_replacement",
    ),
    _case(
        "mlp.animals",
        message("ten animals as silhouettes, 784-128-128-10 relu, Adam"),
        "animals",
        (784, 128, 128, 10),
        # 2,000 test images cost more than the hundred of a batch
        training("relu", *_CLASSES, rule="Adam", lr=0.002, evaluate_every=20),
        kind="small",
        source=animals.animals,
        steps=40,  # each is of 40 times the weights of the digits; --steps 2000 reaches 88%
        classes=animals.NAMES,
    ),
    *(
        _case(
            f"mlp.{name}",
            message("exercise 1-4: {name} 784-40-10 relu, SGD", name=name),
            name,
            (784, 40, 10),
            # 10,000 test images cost more than the hundred of a batch
            training("relu", *_CLASSES, lr=0.1, evaluate_every=50),
            kind="small",
            source=datasets.mnist,
            steps=1000,  # as many as in the exercise
        )
        for name in ("mnist", "fashion-mnist")
    ),
)
