"""A Concept: a function or class that people write by hand, and the ways to call and to read it.

What somebody wrote is called in one of its CallStyles (samples as rows or as columns, target
first or second, ...) on the Probes, and then follows one of the Forms: the right formula, one
that is right in another convention, or one that a known mistake computes. A Form is a formula
for numbers that carry their error (``compare.arithmetic.running_error``): whether it is followed
takes no tolerance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from compare.check.i18n.text import Text
from compare.check.subject import Subject
from compare.core.case import Case
from compare.core.implementation import Implementation
from compare.core.problem import Problem
from compare.sandbox.interface import Definition, Failed, Inventory

Arrays = Mapping[str, Any]  # name → array, in order of computation


ROWS, OF_COLUMNS = "rows", "columns"  # what samples are


class Role(Enum):
    """What a probe is for."""

    ORDINARY = "generic"  # ordinary numbers: they decide what was meant
    EDGE = "legal"  # kinks, zeros, one class absent: a wrong result is a bug
    OPTIONAL = "optional"  # one sample alone, whole numbers: what cannot be taken is a warning
    EXTREME = "extreme"  # saturation, log 0: a wrong result is unstable, which is a warning


@dataclass(frozen=True)
class Probe:
    """A problem that a concept is tried on; ``case`` draws its arrays and names it."""

    case: Case
    about: Text
    role: Role = Role.ORDINARY


@dataclass(frozen=True)
class CallStyle:
    """One way to call what somebody wrote: what goes in, in which order and layout.

    ``call`` gives its results in the course's names and layout. ``convention`` says what is other
    than in the course, or None. ``takes`` is whether the subject can be meant so, from what it is
    and what its parameters are called; the first one that fits the numbers is taken.
    ``layout``: ROWS or OF_COLUMNS, where it is a matter of the layout · ``apart``: whether samples
    may be handed over one at a time, in either layout · ``tells``: whether results that follow
    nothing say something of the subject, or only that no call raised · ``last``: whether it is
    tried only where no other gives results that say something · ``but_for_target``: of those that
    differ in the form of the target alone (one-hot, class indices) the same.
    """

    call: Callable[[Subject, Arrays], Arrays]
    convention: Text | None = None
    takes: Callable[[Subject], bool] = lambda subject: True
    layout: str = ""
    apart: bool = False
    tells: Callable[[Subject, Arrays], bool] = lambda subject, arrays: True
    last: bool = False
    but_for_target: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Form:
    """A formula that it may follow: name → number for all results that it defines.

    ``formula`` takes the probe's arrays by name: floats as numbers that carry their error
    (``Bounded`` or ``Exact``), whole numbers and targets (``d``) as plain arrays. ``cause`` is the
    key of the mistake that computes this (``compare.check.mistakes``), with the ``blanks`` of
    its texts; ``convention``: in which convention it is right; with neither, it is the course's.
    ``takes`` is whether the subject can mean it, from what its parameters are called ·
    ``further``: other mistakes in it, after ``cause``, with their blanks ·
    ``network``: of a network, its forward pass, its loss and its way back.
    """

    formula: Callable[[Arrays], Arrays]
    cause: str = ""
    convention: Text | None = None
    blanks: Mapping[str, str | Text] = field(default_factory=dict)
    takes: Callable[[Subject], bool] = lambda subject: True
    further: tuple[tuple[str, Mapping[str, str | Text]], ...] = ()
    network: Any = None

    @property
    def right(self) -> bool:
        """Whether to follow it is to be right."""
        return not self.cause


@dataclass(frozen=True)
class Free:
    """Forms with one constant that nobody hands over, such as an epsilon: results tell it.

    ``of`` makes them, always as many, of a value from ``low`` to ``high``, with which all results
    rise or fall.
    """

    of: Callable[[float], Sequence[Form]]
    low: float
    high: float


class Results(Protocol):
    """What came of one call."""

    @property
    def values(self) -> Arrays:
        """Name → array."""

    @property
    def failed(self) -> Failed | None:
        """Why there are none."""

    @property
    def changed(self) -> tuple[str, ...]:
        """The arguments that it changed in place."""


class Tried(Protocol):
    """What a concept is shown of a subject that was called on its probes."""

    @property
    def subject(self) -> Subject:
        """What was called."""

    @property
    def concept(self) -> Concept:
        """As what."""

    @property
    def problems(self) -> Mapping[str, Problem]:
        """Probe name → problem."""

    @property
    def right_alone(self) -> bool:
        """Whether nothing but a right form is looked for."""

    def first(self, arrangement: CallStyle) -> Results:
        """Its results on the first probe."""

    def ran(self, arrangement: CallStyle, probe: Probe) -> Results:
        """Its results on a probe."""

    def numbers(self, probe: Probe) -> Any:
        """A probe's arrays as numbers that carry their error."""

    def wanted(self, meaning: Form, probe: Probe) -> Mapping[str, Any]:
        """What a form makes of a probe's arrays, each with its bound."""


@dataclass(frozen=True)
class Concept:
    """Something of the course that people write by hand.

    ``names``: what it is called, in the course and elsewhere, compared without case and
    underscores · ``takes``: whether something of that name can be it · ``torch``: the same in the
    course's convention by ``torch_ref`` on torch's side, or None where torch has no counterpart ·
    ``flat``: results that are constant by nature, in which no fault could show, with the reason ·
    ``meanings_of``: the meanings where they depend on what it gave on the ordinary probes, as a
    backward pass is judged by the forward pass before it; at least one of them is right ·
    ``rare``: further formulas for what it gave, tried where none of the ``meanings`` is followed;
    the same objects at each call, for results are remembered by them ·
    ``free``: the forms whose constant is solved from the results, where no other is followed; the
    same objects at each call ·
    ``lends``: whether a parameter of that name may be changed in place with a warning: the gradient
    from above, which nobody else needs in a chain of layers ·
    ``others``: the other functions of a submission that are called beside the one found. Such a
    concept is about whether they belong together, and is judged where each is right by itself ·
    ``looked_for``: what it has to have to be called at all, where its parameters do not say that ·
    ``owns``: whether what it raised in every call style is its own mistake, and not one of the
    calls; ``failures`` has each exception with how many calls gave an answer before it ·
    ``deeper``: what it is judged as, too, where it can be that, and is right as this; and ``told``,
    the mistakes that are told of that, or all that are known ·
    ``like``: whether what has none of these names may be it all the same, by what it is called ·
    ``built_like``: or by what it has; of that no mistake is told that nothing explains ·
    ``only_explained``: nor of anything, as of what is written in too many ways ·
    ``told_by_edits``: or only where one edit makes it right ·
    ``never_right``: whether what it gives is a mistake whatever it is called ·
    ``telling``: mistakes that nothing else makes: whoever makes one is this, whatever its name ·
    ``page``: of torch's own of several that share a mistake, in place of the mistake's; "" of none
    · ``rules``: of an update rule the forms of one step (``fitting.update_steps.Rules``).
    """

    name: str
    section: str
    formula: str
    names: tuple[str, ...]
    probes: tuple[Probe, ...]
    arrangements: tuple[CallStyle, ...]
    meanings: tuple[Form, ...]
    torch: Callable[[Implementation, Arrays], Arrays] | None = None
    takes: Callable[[Subject], bool] = lambda subject: True
    flat: Mapping[str, str] = field(default_factory=dict)
    meanings_of: Callable[[Tried, CallStyle], tuple[Form, ...]] | None = None
    rare: Callable[[Tried, CallStyle], Iterable[Form]] = lambda trial, arrangement: ()
    free: Callable[[Tried], Iterable[Free]] = lambda trial: ()
    lends: Callable[[str], bool] = lambda name: False
    others: Callable[[Inventory], tuple[str, ...]] | None = None
    looked_for: str = ""
    owns: Callable[[Subject, Failed, Sequence[tuple[Failed, int]]], bool] = (
        lambda s, why, failures: True
    )
    deeper: tuple[Concept, ...] = ()
    told: tuple[str, ...] = ()
    like: Callable[[Definition], bool] = lambda definition: False
    built_like: Callable[[Definition], bool] = lambda definition: False
    only_explained: bool = False
    told_by_edits: bool = False
    never_right: Callable[[Tried, CallStyle], bool] | None = None
    telling: tuple[str, ...] = ()
    page: str | None = None
    rules: Any = None

    @property
    def is_loose(self) -> bool:
        """Whether it is nothing where no mistake explains it, and no edit is sought either."""
        return self.only_explained and not self.told_by_edits

    @property
    def ordinary(self) -> list[Probe]:
        """The probes that decide what was meant."""
        return [p for p in self.probes if p.role is Role.ORDINARY]


@dataclass(frozen=True)
class Mistake:
    """A mistake that people make: its name, what to do about it, and where that stands.

    ``{blanks}`` are filled by the Form that was followed. ``warning``: right in exact
    arithmetic, or a lack rather than a mistake; it is a pass with a warning.
    """

    key: str
    title: Text
    advice: Text
    section: str
    torch: str
    warning: bool = False
