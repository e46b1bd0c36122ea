"""Update rules of no course, as their papers and torch.optim define them.

What is written otherwise is told by its mistake, or where one edit makes it right, and is not
judged where neither is known.
"""

from __future__ import annotations

from compare.check.concepts.optimizers import update_rule
from compare.check.fitting import other_rules
from compare.check.fitting.update_steps import Rules

_MOMENTS = ("lr", "beta1", "beta2", "eps")
_RULES = (
    ("AdaMax", "Adamax", _MOMENTS, other_rules.ADAMAX, other_rules.WRONG_ADAMAX,
     "m <- b1 m + (1-b1) g;  u <- max(b2 u, |g| + eps);  p <- p - lr m^ / u"),
    ("AMSGrad", "Adam", _MOMENTS, other_rules.AMSGRAD, other_rules.WRONG_AMSGRAD,
     "m, v as in Adam;  w <- max(w, v);  p <- p - lr m^ / (sqrt w^ + eps)"),
    ("Nadam", "NAdam", _MOMENTS, other_rules.NADAM, other_rules.WRONG_NADAM,
     "m, v as in Adam;  p <- p - lr (b1 m^ + (1-b1) g^) / (sqrt v^ + eps)"),
    ("centered_RMSprop", "RMSprop", ("lr", "rho", "eps"),
     other_rules.CENTERED, other_rules.WRONG_CENTERED,
     "h, n <- averages of g^2 and g;  p <- p - lr g / (sqrt(h - n^2) + eps)"),
    ("Lion", "", ("lr", "beta1", "beta2"), other_rules.LION, other_rules.WRONG_LION,
     "p <- p - lr sign(b1 m + (1-b1) g);  m <- b2 m + (1-b2) g"),
    ("sign_SGD", "", ("lr",), other_rules.SIGN_SGD, other_rules.WRONG_SIGN_SGD,
     "p <- p - lr sign g"),
)  # fmt: skip

CONCEPTS = tuple(
    update_rule(
        name, Rules(wanted, right, wrong, ("eps",)), (name.lower(),), formula=formula, page=page
    )
    for name, page, wanted, right, wrong, formula in _RULES
)
