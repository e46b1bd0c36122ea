"""What the parameters of a network's methods stand for, by the names that people give them."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from compare.check.naming.grammar import words
from compare.check.naming.source_tree import tree_of
from compare.sandbox.interface import Parameter

NO_BIASES = "it has no biases"  # what a network's calls have shown of it
READ_OFF = "its gradients are read off the change of its weights"
LOSS_OF_EACH = "it gives a loss for each sample"
LR = 8.0  # a power of two, and large: (before - after) / lr loses few digits

_SIZES = {
    "input": "input_size n_input n_inputs n_in input_dim in_dim d_in inputs input_nodes in_size "
    "n_x in_features input_layer_size num_inputs inputsize inodes innodes d i n_i input "
    "n_features num_features features input_units n_input_nodes",
    "hidden": "hidden_size n_hidden hidden_dim n_h hidden hidden_nodes hid_size hidden_layer_size "
    "num_hidden hiddensize hnodes h n_units hidden_units hidden_features mid_size m "
    "hidden_neurons n_hidden_nodes num_hiddens",
    "output": "output_size n_output n_outputs n_out output_dim out_dim d_out outputs output_nodes "
    "out_size n_y out_features num_classes n_classes classes num_outputs outputsize onodes o k c "
    "output n_targets output_units n_output_nodes",
    "hiddens": "hidden_size_list hidden_sizes hidden_layers hidden_layer_sizes hidden_dims",
    "all": "sizes layers layer_sizes layer_dims dims layers_dims nodes layer_list architecture",
    "lr": "lr learning_rate eta alpha lrate learningrate",
    "std": "weight_init_std std scale init_std",
    "epochs": "epochs n_epochs num_epochs iterations n_iter n_iters max_iter num_iterations "
    "n_iterations iters",
    "seed": "seed random_state random_seed",
    "name": "name label title",
    "batch": "batch_size batchsize minibatch_size mini_batch_size",
    "decay": "reg reg_lambda lambda lam lambd weight_decay l1 l2 l2_lambda alpha_l2 reg_strength",
    "activation": "activation hidden_activation act activation_function",
}  # fmt: skip
_ROLES = {
    "x": "x inputs input data a0 x_batch features x_train input_data xs",
    "d": "t d target targets label labels y_true true t_batch y_train teacher y_batch expected "
    "t_train d_batch ts ytrue truth correct answer",
    "y": "y_pred y_hat yhat pred preds prediction predictions output outputs out o a2 probs ypred "
    "y_out al a_l a_last y_prob predicted",
    "grads": "grads gradients",
    "network": "network params parameters net model weights param",
    "lr": _SIZES["lr"],
    "N": "n m batch_size batchsize num_examples",
    "epochs": f"{_SIZES['epochs']} epoch steps",
    "dout": "dout dy delta dl grad grad_output error",
    "cache": "cache memory ctx caches intermediates activations hs store fwd",
    "training": "train_flg train_flag training is_training train is_train mode",
    "pass": "verbose print_cost",
    "generator": "rng generator random_generator gen random rand rs",
}  # fmt: skip


def plain(name: str) -> str:
    """A parameter's name without case and underscores."""
    return name.lower().replace("_", "")


def _table(spelled: Mapping[str, str]) -> dict[str, str]:
    return {plain(name): role for role, names in spelled.items() for name in names.split()}


# settings of a constructor that are handed in only where it has no default for them
_AS_THEY_ARE = ("std", "seed", "name", "batch", "decay", "activation")
_SIZE_OF, _ROLE_OF = _table(_SIZES), _table(_ROLES)


_SETTINGS: Mapping[str, Any] = {"std": 0.5, "seed": 0, "name": "layer", "batch": 4, "decay": 0.0}


def settings(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Of the parameters that have to be given, what changes nothing of the computation: a name."""
    roles = {p.name: _SIZE_OF.get(plain(p.name), "") for p in needed(parameters)}
    return {n: _SETTINGS[role] for n, role in roles.items() if role in _SETTINGS}


OPTIONAL = ("lr", "epochs", "N", "d")
SWITCHES = ("training", "pass")


def role_of(name: str) -> str:
    """What a name by itself stands for, or ""."""
    return _ROLE_OF.get(plain(name), "")


def is_generator(name: str) -> bool:
    """Whether a parameter is a generator of random numbers."""
    return role_of(name) == "generator"


_LAMBDA = re.compile(r"lamb?d?a?(reg|l2)?|lmbd?a?")  # lambda is a word of Python itself


def is_decay(name: str) -> bool:
    """Whether a parameter is the rate of a penalty on the weights."""
    return _SIZE_OF.get(plain(name)) == "decay" or _LAMBDA.fullmatch(plain(name)) is not None


def decays(parameters: Sequence[Parameter]) -> list[str]:
    """The parameters that are the rate of a penalty on the weights, or a rate that is 0 unset."""
    return [p.name for p in parameters if is_decay(p.name) or _is_no_rate(p)]


def _is_no_rate(parameter: Parameter) -> bool:
    return (
        type(parameter.default) is float and not parameter.default and not role_of(parameter.name)
    )


def is_unknown(name: str) -> bool:
    """Whether a parameter's name says nothing: it is no usual one, nor W1, dW1, z1."""
    bare = plain(name)
    return bare not in _ROLE_OF and not bare[-1:].isdigit()


def needed(parameters: Sequence[Parameter]) -> list[Parameter]:
    """The parameters that have to be given."""
    return [p for p in parameters if p.needed]


def size_arguments(parameters: Sequence[Parameter], sizes: Sequence[int]) -> dict[str, Any] | None:
    """The arguments of a constructor for a network of these sizes; None where one is not known."""
    values = _values(sizes)
    roles = size_roles(parameters, len(sizes))
    unknown = [p.name for p in needed(parameters) if roles[p.name] not in values]
    # a network of one layer has no hidden size that could be handed in
    if not unknown and (len(sizes) > 2 or "hidden" not in roles.values()):
        required = {p.name for p in needed(parameters)}
        return {
            n: values[r]
            for n, r in roles.items()
            if r in values and (r not in _AS_THEY_ARE or n in required)
        }
    # names that say nothing, as (a, b, c): as many as there are sizes, and so in their order
    if len(needed(parameters)) == len(sizes):
        return {p.name: n for p, n in zip(needed(parameters), sizes, strict=True)}
    return None


def _values(sizes: Sequence[int]) -> dict[str, Any]:
    """Role → what a network of these sizes is given for it."""
    values = {"input": sizes[0], "hidden": sizes[1], "output": sizes[-1], "all": list(sizes),
              "hiddens": list(sizes[1:-1]), "lr": LR, "std": 0.5, "epochs": 1, "seed": 0,
              "name": "network", "batch": 4, "decay": 0.0, "activation": "relu"}  # fmt: skip
    # one size of all hidden layers: the weights are replaced by those of each layer's own
    return values | {f"hidden{k}": n for k, n in enumerate(sizes[1:-1], 1)}


def value_of(role: str, sizes: Sequence[int]) -> Any:
    """What a network of these sizes is given for a role, or None."""
    return _values(sizes).get(role)


def is_size(role: str) -> bool:
    """Whether a role is that of a size, or of several."""
    return role in ("input", "output", "all") or role.startswith("hidden")


def size_roles(parameters: Sequence[Parameter], depth: int) -> dict[str, str]:
    """What each parameter of a constructor stands for by its name, or ""."""
    return {p.name: _size_role(p.name, depth) for p in parameters if not p.variadic}


def sizes_among(names: Sequence[str]) -> tuple[str, ...]:
    """Which of these are the sizes of the layers, in order of the layers."""
    roles = {_SIZE_OF.get(plain(name)): name for name in names}
    return tuple(roles[role] for role in ("input", "hidden", "output") if role in roles)


def sizes_and_rate(parameters: Sequence[Parameter], sizes: Sequence[int]) -> dict[str, Any] | None:
    """The same where the last of such names is that of the learning rate."""
    names = [p.name for p in needed(parameters)]
    if len(names) != len(sizes) + 1 or any(_size_role(n, len(sizes)) for n in names[:-1]):
        return None
    return dict(zip(names, (*sizes, LR), strict=True))


def _size_role(name: str, depth: int) -> str:
    bare = plain(name)
    digits = bare.lstrip("abcdefghijklmnopqrstuvwxyz")
    kind = _SIZE_OF.get(bare.removesuffix(digits), "") if digits else ""
    # hidden1 and hidden2; where there is one hidden layer, hidden1 is its size
    if kind == "hidden" and depth > 3:
        return f"hidden{digits}"
    return _SIZE_OF.get(bare, "")


def arguments(
    parameters: Sequence[Parameter], known: Mapping[str, Any], optional: Sequence[str] = OPTIONAL
) -> dict[str, Any] | None:
    """The arguments by name, of what is known; None where a required one is not.

    ``optional``: what is given although it has a default · ``known`` has x, d, y, network, lr,
    N, epochs, and what the forward pass returned by its names.
    """
    roles = roles_beside(parameters, known)
    values = {}
    for p in parameters:
        role = roles[p.name]
        if role in known and not p.variadic and (p.required or role in optional):
            values[p.name] = known[role]
        elif p.needed:
            return None
    return values


def roles_beside(parameters: Sequence[Parameter], known: Mapping[str, Any]) -> dict[str, str]:
    """What each parameter stands for, beside what is known."""
    roles = roles_of(parameters)
    # what is known by its own name is that: a2 is not y where there are more
    roles |= {n: plain(n) for n in roles if plain(n) in known and plain(n) not in _ROLES}
    left = [p.name for p in needed(parameters) if roles[p.name] not in known]
    # what is left over beside all that is known is the target
    if len(left) == 1 and "d" not in roles.values() and is_unknown(left[0]):
        roles[left[0]] = "d"
    return roles


def roles_of(parameters: Sequence[Parameter]) -> dict[str, str]:
    """What each parameter stands for; ``y`` is the target unless something else is."""
    by_name = {p.name: _ROLE_OF.get(plain(p.name)) or _counted(p) for p in parameters}
    # (x, y) is (x, d); in (x, t, y) the target is t, and y what was predicted
    if "d" not in by_name.values():
        for name in by_name:
            if plain(name) == "y":
                by_name[name] = "d"
                break
    return by_name


# what is called after a number of samples
COUNT = re.compile(
    r"(mini)?batch(size|len|count)|(n|num|number|size)(of)?(samples|examples|batch|data)"
)


def _counted(parameter: Parameter) -> str:
    """What a number counts, by its words: samples, or turns of a loop; else its name itself."""
    if COUNT.fullmatch(plain(parameter.name)):
        return "N"
    turns = any(word.startswith(("iter", "epoch")) for word in words(parameter.name))
    many = type(parameter.default) is int and parameter.default > 1
    return "epochs" if turns and many else plain(parameter.name)


@lru_cache(maxsize=1024)
def returned_names(source: str, function: str) -> tuple[str, ...]:
    """What the last ``return y, z1`` of a function calls its results, "" what has no name."""
    last: tuple[str, ...] = ()
    for node in ast.walk(tree_of(source)):
        if not isinstance(node, ast.FunctionDef) or node.name != function:
            continue
        for each in ast.walk(node):
            if isinstance(each, ast.Return) and isinstance(each.value, ast.Tuple):
                names = [_spelled(element) for element in each.value.elts]
                last = tuple(names) if any(names) else ()
    return last


@lru_cache(maxsize=1024)
def returned_whole(source: str, function: str) -> tuple[str, ...]:
    """What the last ``return zs`` of a function calls all that it gives, alone in a tuple."""
    nodes = ast.walk(tree_of(source))
    defined = (n for n in nodes if isinstance(n, ast.FunctionDef) and n.name == function)
    returns = [n for d in defined for n in ast.walk(d) if isinstance(n, ast.Return)]
    last = returns[-1].value if returns else None
    return (_spelled(last),) if isinstance(last, ast.Name) else ()


@lru_cache(maxsize=1024)
def returns_gradient(source: str, function: str) -> bool:
    """Whether all that a function returns is a number and a gradient: dy beside y, or a quotient.

    A difference alone may be handed on to what makes the gradient of it, as outputs are.
    """
    nodes = ast.walk(tree_of(source))
    found = [n for n in nodes if isinstance(n, ast.FunctionDef) and n.name == function]
    returns = [n.value for f in found for n in ast.walk(f) if isinstance(n, ast.Return)]
    taken = {a.arg for f in found for a in f.args.args}
    pairs = [v.elts for v in returns if isinstance(v, ast.Tuple) and len(v.elts) == 2]
    return bool(returns) and len(pairs) == len(returns) and all(
        _is_gradient(second, taken) for _, second in pairs
    )  # fmt: skip


def _is_gradient(node: ast.expr, taken: Collection[str]) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, (ast.Mult, ast.Div))
    name = _spelled(node)
    return "grad" in name or name[:1] == "d" and name[1:] in {plain(n) for n in taken}


def _spelled(node: ast.expr) -> str:
    """``z1`` of z1 and of self.z1; "" of anything longer."""
    if isinstance(node, ast.Attribute):
        return plain(node.attr)
    return plain(node.id) if isinstance(node, ast.Name) else ""


def is_output(name: str) -> bool:
    """Whether a result of that name is the network's output in a network of any depth."""
    return _ROLE_OF.get(name) == "y" and name.isalpha() or name == "y"
