"""The known mistake that a function of a package has, where `run` found its numbers wrong."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from compare.check.check_submission import checked, concepts
from compare.check.i18n.text import Text
from compare.check.naming.bind import bind
from compare.check.result import UNKNOWN
from compare.sandbox.in_process import InProcess


def known_cause(written: Sequence[str]) -> Text | None:
    """The mistake of the first of these that has one: ``scratch.activations.relu``.

    None where there is none, where it is not known, or where nobody writes such a thing by hand.
    """
    for path in written:
        package, module_name, name = path.split(".")[:3]
        box = InProcess(importlib.import_module(f"{package}.{module_name}"))
        bound = bind(box, box.inventory, concepts(), {}).bound
        concept = next((b.concept.name for b in bound if b.found.name == name), None)
        if concept is None:
            continue
        for judgement in checked(package, box, {}, only=[concept]).judgements:
            # a warning is of what the run did not try, and explains none of its numbers
            causes = [d for d in judgement.diagnoses if d.cause != UNKNOWN and not d.warning]
            if causes:
                return causes[0].title
    return None
