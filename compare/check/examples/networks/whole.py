"""Whole networks, as people write them: wrong, and right in another way."""

from compare.check.examples.example import Planted, Variant, with_changes
from compare.check.examples.networks.shapes import TANH
from compare.check.examples.networks.whole_sources import (
    ATTRIBUTES,
    BOOK,
    CHAPTER3,
    COURSE,
    LAYERS,
    MOVES,
    THREE,
)


def _bug(name: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"network: {name}", "network", (cause,), with_changes(source, *changes))


def _right(name: str, says: str, source: str, *changes: tuple[str, str]) -> Variant:
    return Variant(f"network: {name}", "network", with_changes(source, *changes), says)


_PENALTY = (
    ("return cross_entropy_error(self.predict(x), t)",
     "return cross_entropy_error(self.predict(x), t) + 0.5 * 0.01 * sum(np.sum(self.params[k]**2) for k in ('W1', 'W2'))"),
)  # fmt: skip
_OF_TWO_LAYERS = (
    _bug("u (1 - u)", "network_derivative_of_u", BOOK, ("z1 * (1 - z1) * da1", "a1 * (1 - a1) * da1")),
    _bug("relu forward, sigma'(z1) backward", "another_derivative", COURSE,
         ("* d_relu(z1)", "* d_sigmoid(z1)")),
    _bug("relu forward, z (1 - z) backward", "another_derivative", COURSE,
         ("* d_relu(z1)", "* z1 * (1 - z1)")),
    _bug("sigmoid forward, relu' backward", "another_derivative", BOOK,
         ("z1 * (1 - z1) * da1", "(a1 > 0) * da1")),
    _bug("tanh forward, z (1 - z) backward", "another_derivative", ATTRIBUTES,
         ("(1 - self.z1 ** 2)", "self.z1 * (1 - self.z1)")),
    _bug("W2 averaged twice", "factor_of_one_parameter", BOOK,
         ("np.dot(z1.T, dy)", "np.dot(z1.T, dy) / x.shape[0]")),
    _bug("biases not averaged", "factor_of_one_parameter", TANH,
         ("db2 = (1 / m) * np.sum(", "db2 = np.sum(")),
    _bug("bias gradient missing", "gradient_missing", BOOK,
         ("np.sum(dz1, axis=0)", "np.zeros_like(b1)")),
    _bug("bias gradient of one sample", "bias_gradient_of_one_sample", BOOK,
         ("np.sum(dz1, axis=0)", "dz1[0]")),
    _bug("softmax over the batch", "network_softmax_axis", BOOK,
         ("axis=-1", "axis=0")),
    _bug("squared error reported, cross-entropy differentiated", "loss_not_differentiated", BOOK,
         ("return cross_entropy_error(self.predict(x), t)", "return 0.5 * np.sum((self.predict(x) - t) ** 2) / x.shape[0]")),
    _bug("binary cross-entropy reported, squared error differentiated", "loss_not_differentiated", ATTRIBUTES,
         ("(self.y - t) / t.size", "(self.y - t) * self.y * (1 - self.y) / t.size")),
    _bug("cross-entropy of a sigmoid", "loss_not_differentiated", ATTRIBUTES,
         ("np.mean(-(t * np.log(y) + (1 - t) * np.log(1 - y)))", "-np.sum(t * np.log(y)) / len(t)")),
    _bug("sign of the update", "network_sign", MOVES, ("-= self.lr", "+= self.lr")),
    _bug("updated too early", "updated_too_early", MOVES,
         ("        delta1 = (delta2 @ self.W2.T) * self.a1 * (1 - self.a1)\n", ""),
         ("        self.W1 -=", "        delta1 = (delta2 @ self.W2.T) * self.a1 * (1 - self.a1)\n        self.W1 -=")),
    _bug("the output's derivative is not passed on", "output_derivative_not_passed_on", MOVES,
         ("(delta2 @ self.W2.T)", "((out - y) @ self.W2.T)")),
    _bug("weights that never move", "network_never_moves", MOVES,
         *((f"self.{p} -= ", f"new_{p} = self.{p} - ") for p in ("W1", "b1", "W2", "b2"))),
    _bug("stale forward", "stale_forward", LAYERS,
         ("        self.loss(x, t)\n", "")),
    _bug("transposed gradients", "gradient_transposed", BOOK, ("np.dot(x.T, dz1)", "np.dot(dz1.T, x)")),
    _bug("labels off by one", "labels_off_by_one", BOOK,
         ("    return -np.sum(t * np.log(y + 1e-7)) / y.shape[0]", "    return -np.sum(np.log(y[np.arange(len(y)), t - 1] + 1e-7)) / y.shape[0]"),
         ("dy = (y - t) / x.shape[0]", "dy = y.copy()\n        dy[np.arange(len(y)), t - 1] -= 1\n        dy /= x.shape[0]")),
    _bug("first layer dead", "dead_layer", BOOK, ("z1 * (1 - z1) * da1", "0 * da1")),
    _bug("bias left out", "bias_left_out", BOOK,
         ("np.dot(x, self.params['W1']) + self.params['b1']", "np.dot(x, self.params['W1'])"),
         ("np.dot(x, W1) + b1", "np.dot(x, W1)")),
    _bug("no hidden activation", "no_hidden_activation", BOOK,
         ("z1 = sigmoid(a1)", "z1 = a1"), ("z1 * (1 - z1) * da1", "da1")),
    _bug("step function in the hidden layer", "step_in_hidden_layer", BOOK,
         ("z1 = sigmoid(a1)", "z1 = (a1 > 0) * 1.0"), ("z1 * (1 - z1) * da1", "0 * da1")),
    _bug("gradients in each other's place", "gradients_swapped", LAYERS,
         ("'W1': self.layers['Affine1']", "'W1': self.layers['Affine2']"),
         ("'W2': self.layers['Affine2']", "'W2': self.layers['Affine1']")),
    _bug("decay in the gradients only", "decay_not_in_loss", BOOK,
         ("np.dot(z1.T, dy)", "np.dot(z1.T, dy) + 0.1 * W2"), ("np.dot(x.T, dz1)", "np.dot(x.T, dz1) + 0.1 * W1")),
    _bug("decay in the loss only", "decay_not_in_gradient", BOOK,
         ("return cross_entropy_error(self.predict(x), t)",
          "return cross_entropy_error(self.predict(x), t) + 0.5 * 0.01 * (np.sum(self.params['W1']**2) + np.sum(self.params['W2']**2))")),
    _bug("decay of one weight in the loss only", "decay_not_in_some", BOOK, *_PENALTY,
         ("np.dot(x.T, dz1)", "np.dot(x.T, dz1) + 0.01 * W1")),
    _bug("mutates its targets", "mutates", BOOK, ("dy = (y - t) / x.shape[0]", "t -= y\n        dy = -t / x.shape[0]")),
    _bug("loss without softmax", "loss_without_softmax", LAYERS,
         ("return cross_entropy_error(self.y, t)", "return -np.sum(t * np.log(np.abs(x) * 0 + x)) / len(x)")),
    _bug("softmax twice", "softmax_twice", BOOK,
         ("return cross_entropy_error(self.predict(x), t)", "return cross_entropy_error(softmax(self.predict(x)), t)")),
    _bug("W2 not transposed", "network_not_transposed", BOOK, ("np.dot(dy, W2.T)", "np.dot(dy, W2)")),
    _bug("numerical gradients", "numerical", BOOK, (BOOK[BOOK.index("        W1, W2 = self.params['W1'], self.params['W2']\n"):], """        grads = {}
        for key, p in self.params.items():
            grads[key] = np.zeros_like(p)
            for i in np.ndindex(p.shape):
                kept = p[i]
                p[i] = kept + 1e-4
                above = self.loss(x, t)
                p[i] = kept - 1e-4
                grads[key][i] = (above - self.loss(x, t)) / 2e-4
                p[i] = kept
        return grads
""")),
    _bug("the sum's gradients under the mean", "loss_reduced_otherwise", BOOK, ("(y - t) / x.shape[0]", "y - t")),
    _bug("u1 in the gradient of W2", "gradient_of_u", BOOK, ("np.dot(z1.T, dy)", "np.dot(a1.T, dy)")),
)  # fmt: skip

_OF_THREE_LAYERS = (
    Planted("network: no derivative in one of three layers", "network.three", ("network_no_derivative",),
            with_changes(THREE, ("(delta3 @ p['W3'].T) * (self.z2 > 0)", "(delta3 @ p['W3'].T)"))),
)  # fmt: skip

BUGS = (*_OF_TWO_LAYERS, *_OF_THREE_LAYERS)
VARIANTS = (
    _right("the book's, flat", "hidden sigmoid, output softmax; cross-entropy, mean over the batch", BOOK),
    _right("the book's, with a penalty", "weight decay 0.01", BOOK, *_PENALTY,
           ("np.dot(x.T, dz1)", "np.dot(x.T, dz1) + 0.01 * W1"),
           ("np.dot(z1.T, dy)", "np.dot(z1.T, dy) + 0.01 * W2")),
    _right("the book's, of layers", "softmax (left to the loss)", LAYERS),
    _right("the notebook's functions", "hidden relu, output identity; squared error", COURSE),
    _right("attributes and bias rows", "binary cross-entropy, mean over all elements", ATTRIBUTES),
    _right("a step of training", "squared error, sum over the batch", MOVES),
    _right("the sum over the batch", "the gradients are those of the sum over the batch", BOOK,
           ("(y - t) / x.shape[0]", "y - t")),
    Variant("network: three layers", "network.three", THREE, "hidden relu, output softmax"),
    Variant("network: three layers, forward only", "network.three", CHAPTER3, "hidden sigmoid, output identity"),
    _right("class indices", "targets are class indices", BOOK,
           ("    return -np.sum(t * np.log(y + 1e-7)) / y.shape[0]", "    return -np.sum(np.log(y[np.arange(len(y)), t] + 1e-7)) / y.shape[0]"),
           ("dy = (y - t) / x.shape[0]", "dy = y.copy()\n        dy[np.arange(len(y)), t] -= 1\n        dy /= x.shape[0]")),
    _right("decay in both", "weight decay 0.01", BOOK,
           ("np.dot(z1.T, dy)", "np.dot(z1.T, dy) + 0.01 * W2"), ("np.dot(x.T, dz1)", "np.dot(x.T, dz1) + 0.01 * W1"),
           ("return cross_entropy_error(self.predict(x), t)",
            "return cross_entropy_error(self.predict(x), t) + 0.5 * 0.01 * (np.sum(self.params['W1']**2) + np.sum(self.params['W2']**2))")),
)  # fmt: skip
