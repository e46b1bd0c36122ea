"""Which of the course's cases a file can run, and each of them with its side and its rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from compare.cases.programs.seen_from_outside import seen_from_outside
from compare.check.calling.networks.construct import of_any_depth
from compare.check.fitting.networks.alterations import Decay
from compare.check.fitting.networks.explanation import Structure
from compare.check.naming.network_parameters import NO_BIASES
from compare.core.case import Case
from compare.core.implementation import numpy_side, torch_side
from compare.core.outcome import ExpectedOutcome, Outcome
from compare.from_file import functions
from compare.from_file.found_parts import Found, Part
from compare.from_file.optimizer import settings_of
from compare.from_file.own_rules import (
    rules_of_functions,
    rules_of_network,
    with_rules_of_optimizer,
)
from compare.from_file.side import FileSide, file_side
from compare.language.choice import language
from compare.language.message import Message, message
from compare.oracle import formulas
from compare.oracle.rules import Rule

Stated = TypeVar("Stated")
FAMILIES = {
    "cross-entropy": ("softmax_with_loss", "cross_entropy_error"),
    "binary cross-entropy": (
        "sigmoid_with_loss",
        "binary_cross_entropy",
        "binary_cross_entropy_error",
    ),
    "squared error": ("identity_with_loss", "mean_squared_error", "half_squared_error"),
}
BELONGS = {
    "softmax_with_loss": "softmax",
    "sigmoid_with_loss": "sigmoid",
    "identity_with_loss": "identity",
}
RULES = ("SGD", "Momentum", "Nesterov", "AdaGrad", "RMSprop", "Adadelta", "Adam")


@dataclass(frozen=True)
class NotTheirs:
    """Why a case is not run: nothing of the file takes part in it."""

    why: Message | str


def adapted(case: Case, found: Found, name: str) -> Case | NotTheirs:
    """The case with the file's side beside torch, or why it has none."""
    if case.program.network is not None:
        return _of_network(case, found, name)
    if case.name.startswith("optimizer."):
        return _of_optimizer(case, found, name)
    return _of_functions(case, found, name)


def _of_functions(case: Case, found: Found, name: str) -> Case | NotTheirs:
    own = functions.by_path(found.parts)
    asked = {path for path in case.sources if path in own}
    if not asked:
        return NotTheirs(message("nothing in {name} is asked for in it", name=name))
    # what is right for several classes is not meant for one output, yes or no
    if case.name.startswith("accuracy.one_output"):
        return NotTheirs(message("{name} is tried on several classes", name="accuracy"))
    side = file_side(name, own=own)
    program = replace(case.program, specify=_with_own(case, rules_of_functions(own)))
    return _beside_torch(replace(case, program=program, known=_warned(case, own)), side)


def _warned(case: Case, own: Mapping[str, functions.Use]) -> dict[str, ExpectedOutcome]:
    """What is known of the case; of far values their own warnings, where the numbers are right."""
    parts = (own[path].part for path in case.sources if path in own)
    advice = next(
        (
            d.advice.of(language())
            for part in parts
            for d in part.judgement.diagnoses
            if d.cause == "warns"
        ),
        "",
    )
    if not advice:
        return dict(case.known)
    reason = message("right, with a warning of NumPy's: {advice}", advice=advice)
    stated = ExpectedOutcome(Outcome.DIFFERENT, reason, always=False, size="encountered")
    return {**case.known, "warning/*": stated}


def _with_own(case: Case, own: Callable[[Mapping[str, Rule]], Mapping[str, Rule]]) -> Any:
    def specify(arrays: Mapping[str, Any]) -> Any:
        whole = case.program.specify(arrays)
        return replace(whole, own=own(whole.rules))

    return specify


def _beside_torch(case: Case, side: FileSide) -> Case:
    return replace(case, sides=(side, torch_side()))


def _of_optimizer(case: Case, found: Found, name: str) -> Case | NotTheirs:
    rules = _own_rules(found)
    kind = next((n for n in RULES if case.name.split(".")[1] == n.lower()), "Adam")
    if kind not in rules:
        return NotTheirs(message("{name} has no {kind}", name=name, kind=kind))
    if case.name.endswith(".schedule") and rules[kind].elsewhere:
        return NotTheirs(
            message(
                "{name} is right at a constant rate or with settings of its own: {how}",
                name=rules[kind].name,
                how=rules[kind].elsewhere,
            )
        )
    side = file_side(name, rules=rules)
    program = seen_from_outside(case.program, lambda n: not n.startswith("state/"))
    if rules[kind].elsewhere:
        scratch = numpy_side().get(f"optimizers.{kind}")
        program = with_rules_of_optimizer(program, rules[kind], settings_of(scratch))
    return _beside_torch(replace(case, program=program), side)


def _own_rules(found: Found) -> dict[str, Part]:
    parts = ((n, found.parts.get(f"optimizer.{n.lower()}")) for n in RULES)
    return {n: part for n, part in parts if part is not None}


def _of_network(case: Case, found: Found, name: str) -> Case | NotTheirs:
    net = found.network
    if net is None:
        return NotTheirs(message("{name} has no network that can be run with it", name=name))
    case = _with_their_layers(case, net)
    assert case.program.network is not None
    why = _unlike(case, net, *case.program.network)
    if why:
        return NotTheirs(why)
    hidden, output, loss = case.program.network
    rules, recipe = _own_rules(found), case.program.recipe
    # what their rule remembers stays in their own object, where nobody else's can be put
    remembers = recipe is not None and recipe.rule in rules and recipe.rule != "SGD"
    side = file_side(
        name, takes_state=not remembers, own=functions.by_path(found.parts), rules=rules, net=net,
        recipe=(hidden, output, loss),
    )  # fmt: skip
    shows = _shown_by(net, loss)
    program = seen_from_outside(case.program, shows, rules_of_network(net, loss, _depth(case)))
    case = replace(
        case,
        program=program,
        known=_of_shown(case.known, shows),
        looser=_of_shown(case.looser, shows),
        golden=_of_shown(case.golden, shows),
    )
    return _beside_torch(case, side)


def _of_shown(stated: Mapping[str, Stated], shows: Callable[[str], bool]) -> dict[str, Stated]:
    """What is stated of names that are compared."""
    return {pattern: each for pattern, each in stated.items() if shows(pattern)}


# what these are about is an activation, or a number that the course prints
_AS_THEY_ARE = ("mlp.hidden.", "try.activation.", "exercise.1-1", "exercise.1-2", "mlp.defaults")


def _with_their_layers(case: Case, net: Part) -> Case:
    """The case with the activations and the loss of their network, where it is about other things.

    Of data with classes any output and loss can be trained, with targets that are one-hot.
    """
    program, structure = case.program, net.form.network
    hidden, output, loss = _layers_of(structure)
    if program.of_network is None or program.network is None:
        return case
    if case.name.startswith(_AS_THEY_ARE) or case.name.endswith(".sigmoid"):
        return case
    _, case_output, case_loss = program.network
    if output == case_output and case_loss in FAMILIES.get(_family(structure), ()):
        loss = case_loss
    elif not case.name.startswith(("mlp.digits", "mlp.iris")):
        return case
    if (hidden, output, loss) == program.network:
        return case
    if not {hidden, output} <= formulas.ACTIVATIONS.keys():
        return case  # torch has no such layers here, as is then said
    about = message(
        "{about}; with the layers of {name}: {layers}",
        about=case.about,
        name=net.name,
        layers=f"{hidden}, {output}",
    )
    load = case.load if output == case_output else _one_hot(case.load)
    return replace(case, program=program.of_network(hidden, output, loss), about=about, load=load)


def _depth(case: Case) -> int:
    return sum(n[0] == "W" and n[1:].isdigit() for n in case.arrays)


def _decays(structure: Structure) -> bool:
    """Whether a penalty on the weights is in its loss or its gradient, which no case has."""
    altered = structure.plan.altered.values()
    of_loss = structure.loss is not None and structure.loss.decay
    return bool(of_loss) or any(isinstance(change, Decay) for change in altered)


def _of_any_depth(net: Part) -> bool:
    """Whether it is made of as many layers as it is given sizes."""
    return net.subject.found.kind == "class" and of_any_depth(net.subject)


def _layers_of(structure: Structure) -> tuple[str, str, str]:
    """Hidden activation, output and loss of a network, by the course's names."""
    forward, plan = structure.forward, structure.plan
    left_to_loss = forward.output == "identity" and plan.shown
    output = plan.delta.output if left_to_loss else forward.output
    losses = FAMILIES.get(_family(structure), ("",))
    # the first takes u and belongs to an output of its own
    own = losses[0] if BELONGS.get(losses[0]) == output else losses[-1]
    return forward.hidden, output, own


def _family(structure: Structure) -> str:
    return structure.loss.loss.family if structure.loss else structure.plan.delta.family


def _one_hot(load: Any) -> Any:
    """The same data with one-hot targets."""

    def loaded(rng: Any, sizes: Any) -> dict[str, Any]:
        data = dict(load(rng, sizes))
        for name in ("d", "d_test"):
            data[name] = np.eye(sizes["K"])[data[name]]
        return data

    return loaded


def _shown_by(net: Part, loss: str) -> Callable[[str], bool]:
    """What is compared: what their network shows, and what comes of it."""
    results = {*net.shows, "loss"} if loss else {"y"}

    def shows(name: str) -> bool:
        plain = name.removeprefix("after/")
        if plain.startswith(("u", "z", "delta", "state/")) or plain == "grad/x":
            return False
        if plain.startswith("test/") and "y" not in net.shows:
            return False
        return plain in results or not plain.startswith(("y", "grad/"))

    return shows


def _unlike(case: Case, net: Part, hidden: str, output: str, loss: str) -> Message | str:
    """Why the network of a case is not theirs, or ""."""
    structure: Structure = net.form.network
    depth = _depth(case)
    if NO_BIASES in net.subject.traits:
        return message("{name} has no biases", name=net.name)
    if not loss and "y" not in net.shows:
        return message("{name} shows no outputs", name=net.name)
    if _decays(structure):
        return message("{name} has a weight decay", name=net.name)
    if depth != structure.depth and not _of_any_depth(net):
        return message("{name} has {n} layers", name=net.name, n=structure.depth)
    own_hidden, own_output, own_loss = _layers_of(structure)
    if depth > 1 and own_hidden != hidden:
        return message("the hidden layers of {name} are {kind}", name=net.name, kind=own_hidden)
    if own_output != output:
        return message("the output of {name} is {kind}", name=net.name, kind=own_output)
    if loss and loss not in FAMILIES.get(_family(structure), ()):
        return message("the loss of {name} is {kind}", name=net.name, kind=_family(structure))
    return ""
