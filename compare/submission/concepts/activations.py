"""§2 and §3: activation functions, as people write them."""

from __future__ import annotations

from typing import Any

from compare import formulas
from compare.cases import draws
from compare.submission.concept import Arrangement, Concept, Meaning, Role
from compare.submission.concepts.probes import probe
from compare.submission.texts import Text

COLUMNS = Text("samples are columns", "サンプルは列方向")


def _rows(s: Any, a: Any) -> Any:
    return {"z": s.call(a["u"])}


def _columns(s: Any, a: Any) -> Any:
    return {"z": s.call(a["u"].T).T}


def _one_array(s: Any) -> bool:
    return s.found.kind == "function" and len(s.required) == 1


def _softmax_over(axis: int | None) -> Any:
    def formula(a: Any) -> Any:
        u = a["u"]
        if axis is None:
            flat = u.reshape(1, -1)
            return {"z": formulas.softmax(flat).reshape(*u.shape)}
        return {"z": formulas.softmax(u.T).T} if u.ndim == 2 else {"z": formulas.softmax(u)}

    return formula


_SOFTMAX = Concept(
    "softmax",
    "§3",
    "y_k = e^(u_k) / sum_j e^(u_j)",
    ("softmax", "stable_softmax", "softmax_function"),
    (
        probe("softmax/1", {"N": 5, "K": 3}, {"u": "N K"}),
        probe("softmax/2", {"N": 2, "K": 4}, {"u": "N K"}),
        probe("softmax/one", {"K": 4}, {"u": "K"}, Text("one sample (1-D)", "1 サンプル（1 次元）"), Role.OPTIONAL),
        probe("softmax/large", {"N": 5, "K": 4}, {"u": draws.saturated}, Text("scores of ±1000", "±1000 の値"), Role.EXTREME),
    ),
    (Arrangement(_rows, takes=_one_array), Arrangement(_columns, COLUMNS, _one_array)),
    (
        Meaning(lambda a: {"z": formulas.softmax(a["u"])}),
        Meaning(_softmax_over(None), "softmax_axis", blanks={"axis": "all elements of the batch"}),
    ),
    lambda side, a: {"z": side.get("activations.softmax")(a["u"])},
)  # fmt: skip

CONCEPTS = (_SOFTMAX,)
