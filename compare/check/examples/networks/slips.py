"""What was overlooked in networks once: the slips that people make, and right ones that look odd."""

from compare.check.examples.example import Planted, Variant, with_changes
from compare.check.examples.networks.builds import (
    DATACLASS,
    FRAMEWORK,
    GRADS,
    LAYERS,
    LOOPS,
    LOSS_ONLY,
)
from compare.check.examples.networks.shapes import (
    CACHES,
    COLUMNS,
    DEEP,
    EINSUM,
    FOUR,
    LINEAR,
    ONE_OUTPUT,
    SOFTMAX,
    TANH,
)
from compare.check.examples.networks.steps import (
    BINARY,
    HARD,
    KEYWORDS,
    LEAKY,
    LISTS,
    LITERAL,
    NIELSEN,
)

_CONCEPTS = {FOUR: "network.four", EINSUM: "network.three", CACHES: "network.three",
             LINEAR: "network.one", SOFTMAX: "network.one"}  # fmt: skip


def _slip(name: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    concept = _CONCEPTS.get(source, "network")
    return Planted(f"network slip: {name}", concept, (cause,), with_changes(source, *changes))


def _style(name: str, says: str, source: str) -> Variant:
    return Variant(f"network style: {name}", _CONCEPTS.get(source, "network"), source, says)


_SOFTMAX_OF_ONE = "y = np.exp(u2) / np.sum(np.exp(u2), axis=1, keepdims=True)"

BUGS = (
    _slip("a batch size of 100 in the loss layer", "divided_by_constant", LAYERS,
          ("        n = self.t.shape[0]\n        if self.t.ndim == 1:", "        n = 100\n        if self.t.ndim == 1:")),
    _slip("a constant batch size in the loss", "divided_by_constant", DATACLASS,
          ("np.mean((self.forward(x) - t) ** 2)", "np.sum((self.forward(x) - t) ** 2) / 64")),
    _slip("m is the number of features", "divided_by_features", TANH, ("m = X.shape[1]", "m = X.shape[0]")),
    _slip("the error as it is", "weights_not_in_way_back", GRADS,
          ('delta1 = delta2 @ self.params["W2"].T', "delta1 = delta2.copy()")),
    _slip("tanh' without the square", "wrong_slope", TANH, ("(1 - np.power(A1, 2))", "(1 - A1)")),
    _slip("relu' the other way round", "wrong_slope", COLUMNS, ("(self.Z1 > 0)", "(self.Z1 <= 0)")),
    _slip("a mask of the error itself", "wrong_slope", LOSS_ONLY, ("dh[h <= 0] = 0", "dh[dh <= 0] = 0")),
    _slip("z for relu'", "wrong_slope", FOUR, ("step(self.u[i - 2])", "self.z[i - 1]")),
    _slip("sigmoid' with the wrong sign", "wrong_slope", EINSUM, ("(1 - self.acts[i])", "(self.acts[i] - 1)")),
    _slip("relu on the scores", "activation_on_scores", LAYERS,
          ("        self.last_layer = SoftmaxWithLoss()", "        self.layers['Relu' + str(i)] = Relu()\n        self.last_layer = SoftmaxWithLoss()")),
    _slip("softmax of one output", "softmax_of_one_output", ONE_OUTPUT, ("y = sigmoid(u2)", _SOFTMAX_OF_ONE)),
    _slip("tanh on the output of a regression", "output_derivative_missing", LISTS,
          ("a = z if i == len(self.weights) - 1 else np.tanh(z)", "a = np.tanh(z)")),
    _slip("db over the units", "network_bias_over_units", COLUMNS,
          ("db1 = dZ1.sum(axis=1, keepdims=True)", "db1 = dZ1.sum(axis=0, keepdims=True)")),
    _slip("x is missing in a loop", "gradient_without_input", LOOPS, ("gW1[i][j] += dh * x[i]", "gW1[i][j] += dh")),
    _slip("= for += in a loop", "gradient_of_one_sample", LOOPS, ("gW1[i][j] += dh * x[i]", "gW1[i][j] = dh * x[i]")),
    _slip("biases are not updated", "never_updated", HARD,
          ("        self.b1 -= self.lr * db1\n", ""), ("        self.b2 -= self.lr * db2\n", "")),
    _slip("a bias is not updated, the rate in the code", "never_updated", LITERAL,
          ("        self.bias_h -= 0.01 * d_h.sum(axis=0)\n", "")),
    _slip("weights in the class", "shared_between_networks", GRADS,
          ("    def __init__", "    params = {}\n\n    def __init__"), ("self.params = dict(", "self.params.update(")),
    _slip("one layer's W adds up over calls", "network_accumulates", LAYERS,
          ("self.dW = np.dot(self.x.T, dout)", "self.dW = np.dot(self.x.T, dout) + (0 if self.dW is None else self.dW)")),
    _slip("softmax divides by all", "network_softmax_axis", HARD, ("e / e.sum(1, keepdims=True)", "e / e.sum()")),
    _slip("the absolute error is reported", "loss_not_differentiated", DATACLASS,
          ("np.mean((self.forward(x) - t) ** 2)", "np.mean(np.abs(self.forward(x) - t))")),
    _slip("float32 in the hidden layer", "float32_inside", DATACLASS,
          ('np.tanh(x @ p["W1"] + p["b1"])', 'np.tanh((x @ p["W1"] + p["b1"]).astype(np.float32))')),
    _slip("sigma' of the activations", "network_derivative_at_z", NIELSEN, ("sigmoid_prime(zs[-l])", "sigmoid_prime(activations[-l])")),
    _slip("biases averaged twice", "factor_of_one_parameter", DEEP,
          ("np.sum(dZ, axis=0, keepdims=True) / m", "np.mean(dZ, axis=0, keepdims=True) / m")),
    _slip("the sign of a bias, one layer", "factor_of_one_parameter", LINEAR, ("self.db = 2 * e", "self.db = -2 * e")),
    _slip("no relu', three layers", "network_no_derivative", CACHES, (' * d_relu(cache["u2"])', "")),
)  # fmt: skip

VARIANTS = (
    _style("a rate in the object", "gradients read off the update", HARD),
    _style("a rate in the code", "whose learning rate is 0.01", LITERAL),
    _style("lists returned", "samples are columns", NIELSEN),
    _style("updates of lists", "gradients read off the update", LISTS),
    _style("keywords only", "targets are class indices", KEYWORDS),
    _style("leaky relu", "hidden leaky relu (0.01)", LEAKY),
    _style("one output", "hidden relu, output sigmoid; binary cross-entropy, mean over the batch", BINARY),
    _style("one output, functions", "binary cross-entropy, mean over the batch", ONE_OUTPUT),
    _style("linear regression", "output identity; squared error, mean over all elements", LINEAR),
    _style("softmax regression", "output softmax (left to the loss)", SOFTMAX),
    _style("four layers", "hidden relu, output identity", FOUR),
    _style("three layers, gradients in lists", "hidden sigmoid, output softmax", EINSUM),
    _style("any depth", "hidden relu, output softmax", DEEP),
    _style("three layers of lambdas", "hidden relu, output softmax", CACHES),
    _style("columns in a class", "samples are columns", COLUMNS),
    _style("columns of tanh", "hidden tanh, output sigmoid", TANH),
    _style("layers in a dictionary", "softmax (left to the loss)", LAYERS),
    _style("a framework of its own", "hidden tanh, output identity", FRAMEWORK),
    _style("a dataclass", "without 1/2", DATACLASS),
    _style("plain loops", "hidden sigmoid, output identity", LOOPS),
    _style("gradients in place", "hidden relu, output softmax", GRADS),
    _style("the loss without targets gives the scores", "softmax (left to the loss)", LOSS_ONLY),
    Variant("network style: tanh, then relu", "network.three",
            with_changes(CACHES, ('z1 = relu(u1)', 'z1 = np.tanh(u1)'), ('* d_relu(cache["u1"])', '* (1 - cache["z1"] ** 2)')),
            "hidden tanh, relu, output softmax"),
)  # fmt: skip
