"""Networks whose loss takes a logarithm: of any epsilon, and what is wrong about it or after it."""

from compare.check.examples.example import Planted, Variant, with_changes
from compare.check.examples.networks.shapes import DEEP, ONE_OUTPUT

_LOSS = "-np.sum(Y * np.log(AL + 1e-8)) / m"
_ERROR = 'dZ = cache[f"A{self.L}"] - Y'
_PENALTY = '0.01 * sum(np.sum(self.parameters[f"W{l}"] ** 2) for l in range(1, self.L + 1))'
_BINARY = "-np.mean(d * np.log(y) + (1 - d) * np.log(1 - y))"
_BY_Y = "((1 - d) / (1 - y + 4e-9) - d / (y + 4e-9))"
_GUARDED = (_BINARY, "-np.mean(d * np.log(y + 4e-9) + (1 - d) * np.log(1 - y + 4e-9))")


def _bug(name: str, cause: str, source: str, *changes: tuple[str, str]) -> Planted:
    return Planted(f"logarithm: {name}", "network", (cause,), with_changes(source, *changes))


def _right(name: str, says: str, source: str, *changes: tuple[str, str]) -> Variant:
    return Variant(f"logarithm: {name}", "network", with_changes(source, *changes), says)


BUGS = (
    _bug("softmax twice", "softmax_twice", DEEP, ("log(AL + 1e-8)", "log(self._softmax(AL) + 3e-7)")),
    _bug("epsilon of 3%", "epsilon_too_large", DEEP, ("1e-8", "3e-2")),
    _bug("by y alone", "output_derivative_missing", DEEP,
         (_ERROR, 'dZ = -Y / (cache[f"A{self.L}"] + 6e-9)')),
    _bug("by y alone, one output", "output_derivative_missing", ONE_OUTPUT, _GUARDED,
         ("(y - d) / d.shape[0]", f"{_BY_Y} / d.shape[0]")),
    _bug("the diagonal of the Jacobian", "output_diagonal", DEEP,
         (_ERROR, 'A = cache[f"A{self.L}"]; dZ = -Y / (A + 1e-8) * A * (1 - A)')),
    _bug("the gradient of another loss", "loss_not_differentiated", ONE_OUTPUT,
         (_BINARY, "-np.sum(d * np.log(y + 3e-8)) / len(d)")),
)  # fmt: skip
VARIANTS = (
    _right("epsilon of one's own", "cross-entropy, mean over the batch", DEEP, ("1e-8", "3e-7")),
    _right("and a penalty", "weight decay 0.02", DEEP, (_LOSS, f"{_LOSS.replace('1e-8', '3e-7')} + {_PENALTY}"),
           (".T @ dZ / m", '.T @ dZ / m + 0.02 * self.parameters[f"W{l}"]')),
    _right("in the gradient, too", "binary cross-entropy, mean over the batch", ONE_OUTPUT, _GUARDED,
           ("(y - d) / d.shape[0]", f"{_BY_Y} * y * (1 - y) / d.shape[0]")),
)  # fmt: skip
