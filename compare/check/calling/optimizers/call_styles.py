"""The forms of update rules: an object with a method, or a function, on which containers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from compare.check.calling.optimizers.global_arrays import global_arrays
from compare.check.calling.optimizers.holders import layer_class, layer_names
from compare.check.calling.optimizers.parameters import (
    ARRAY,
    DICT,
    LIST,
    NESTED,
    PREFIXED,
    SPREAD,
    containers,
)
from compare.check.calling.optimizers.signature import Signature, signature
from compare.check.i18n.text import Text, joined
from compare.check.subject import Subject


@dataclass(frozen=True)
class CallForm:
    """How a rule is called.

    ``kind``: object, held (the object has the parameters), function, config, layers (one object
    with weights and gradients a call).
    ``returns``: it gives the new parameters; else it changes them in place. ``first``: the number
    of the first step, where it is handed in. ``swapped``: the gradients come first.
    """

    kind: str
    layout: str = DICT
    returns: bool = False
    first: int = 1
    swapped: bool = False

    @property
    def convention(self) -> Text | None:
        """What is other than ``update(params, grads)`` of an object, on a dict, in place."""
        single = self.layout == ARRAY and self.kind == "object"
        # the course's own form has none of them, and is no convention
        return joined(
            _KINDS.get(self.kind),
            _LAYOUTS.get("one" if single else self.layout) if self.kind != "globals" else None,
            _RETURNS if self.returns else None,
            _FROM_ZERO if self.first == 0 else None,
            _SWAPPED if self.swapped else None,
        )


_OF_MODULE = Text(
    "it takes the gradients, and moves what its module holds",
    "勾配だけを受け取り、モジュールの変数を更新する形",
)
_KINDS = {
    "moves": Text(
        "it gives what is to be added to the parameters", "パラメータに加える変化量を返す形"
    ),
    "held": Text("it holds the parameters: step(grads)", "パラメータを保持する形: step(grads)"),
    "function": Text("a function", "関数の形"),
    "module": _OF_MODULE,
    "globals": _OF_MODULE,
    "directions": Text(
        "it takes gradients and gives directions, which others subtract, times the rate",
        "勾配を受け取って更新方向だけを求める形（学習率を掛けて引くのは呼び出し側）",
    ),
    "spread": Text("it takes every tensor by itself", "テンソルを 1 つずつ渡す形"),
    "model": Text("it holds a model: step()", "モデルを保持する形: step()"),
    "state": Text(
        "the state is handed in and given back", "状態を引数で渡し、結果として受け取る形"
    ),
    "network": Text(
        "it takes a network with params and grads", "params と grads を持つネットワークを渡す形"
    ),
    "parameters": Text(
        "it holds parameter objects: step()", "パラメータのオブジェクトを保持する形: step()"
    ),
    "couples": Text(
        "it takes pairs of a parameter and its gradient", "パラメータと勾配の組を渡す形"
    ),
    "key": Text("one array a call, with its name", "1 回の呼び出しで 1 配列とその名前"),
    "minimizer": Text(
        "it takes all steps itself, and asks for the gradient",
        "勾配の関数を受け取り、全ステップを自分で進める形",
    ),
    "layer_list": Text("it goes through layers: step()", "層のリストをたどる形: step()"),
    "layers": Text("it takes one layer a call", "1 回の呼び出しで 1 層"),
    "config": Text("a function with a config dictionary", "config 辞書を渡す関数"),
}
_LAYOUTS = {
    LIST: Text("parameters in a list", "パラメータはリスト"),
    NESTED: Text("parameters in a list of (W, b)", "パラメータは (W, b) のリスト"),
    PREFIXED: Text("gradients are named dW1, db1, ...", "勾配の名前は dW1, db1, ..."),
    ARRAY: Text("one array a call", "1 回の呼び出しで 1 配列"),
    "one": Text("one object for each array", "配列ごとに 1 オブジェクト"),
}
_RETURNS = Text("it returns the new parameters", "新しいパラメータを返す")
_FROM_ZERO = Text("steps are counted from 0", "ステップ番号は 0 から")
_SWAPPED = Text("gradients come first", "勾配が先の引数")


_PLAIN = (
    "spread",
    "network",
    "parameters",
    "key",
    "model",
    "state",
    "couples",
    "layer_list",
    "minimizer",
    "directions",
)  # whose signature says all


def takes(form: CallForm, wanted: Sequence[str]) -> Callable[[Subject], bool]:
    """Whether a subject can be called in this form."""

    def fits(subject: Subject) -> bool:
        rule = signature(subject, wanted)
        if rule is None:
            return False
        kind = _kind(rule)
        # of the others, whether it returns and what it takes only a call shows
        if kind == form.kind and kind in _PLAIN:
            return True
        if kind == "module" and form.kind == "globals":
            return bool(global_arrays(subject)) and (form.first == 1 or "t" in rule.called)
        # without a step number there is no first one: such a form would only repeat another
        if kind != form.kind or (form.first == 0 and "t" not in rule.called):
            return False
        if kind == "module":
            return form.layout in (DICT, LIST) and bool(containers(subject, form.layout))
        if kind == "layers":
            names = layer_names(subject.found.source, rule.called["layer"])
            return bool(layer_class(subject) or names)
        return kind in ("held", "moves", "config") or _swapped(rule) == form.swapped

    return fits


def _kind(rule: Signature) -> str:
    if rule.pairs:
        return "spread"
    if rule.minimizes:
        return "minimizer"
    if rule.alone:
        return "directions"
    if rule.layers:
        return "layer_list"
    if "couples" in rule.called:
        return "couples"
    if "network" in rule.made and not rule.called:
        return "model"
    if all(rule.attributes):
        return "network" if "network" in rule.called else "parameters"
    if not rule.method and not {"params", "config"} & {*rule.called}:
        return "module"
    if not rule.method:
        return "config" if "config" in rule.called else "function"
    if "layer" in rule.called:
        return "layers"
    if "key" in rule.called:
        return "key"
    if rule.states:
        return "state"
    if "params" in rule.called:
        return "object"
    return "held" if "params" in rule.made or rule.start else "moves"


def _swapped(rule: Signature) -> bool:
    # the order in the signature, in which positional arguments are passed
    names = list(rule.order)
    return names.index(rule.called["grads"]) < names.index(rule.called["params"])


# in order: the first form in which the numbers are right is taken
FORMS = (
    *(CallForm("object", layout, returns)
      for layout in (DICT, NESTED, LIST, ARRAY) for returns in (False, True)),
    *(CallForm("object", layout, swapped=True) for layout in (DICT, LIST, ARRAY)),
    CallForm("object", ARRAY, returns=True, swapped=True),
    CallForm("object", PREFIXED),
    *(CallForm("held", layout) for layout in (DICT, LIST)),
    *(CallForm("moves", layout) for layout in (DICT, LIST, ARRAY)),
    *(
        CallForm("function", layout, returns, first)
        for first in (1, 0)
        for layout in (DICT, PREFIXED, NESTED, LIST, ARRAY)
        for returns in (False, True)
    ),
    *(CallForm("spread", SPREAD, returns) for returns in (True, False)),
    CallForm("config", ARRAY, returns=True),
    *(CallForm("module", layout, first=first) for first in (1, 0) for layout in (DICT, LIST)),
    *(CallForm("globals", ARRAY, first=first) for first in (1, 0)),
    *(CallForm(kind) for kind in ("layers", "network", "parameters", "model", "couples")),
    CallForm("layer_list"),
    CallForm("minimizer", ARRAY),
    CallForm("directions", SPREAD),
    CallForm("state", returns=True),
    *(CallForm("key", returns=returns) for returns in (True, False)),
)  # fmt: skip


def is_taken(wanted: Sequence[str]) -> Callable[[Subject], bool]:
    """Whether a subject is written in any of the forms."""
    fitting = [takes(form, wanted) for form in FORMS]
    return lambda subject: any(fits(subject) for fits in fitting)
