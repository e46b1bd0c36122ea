"""The cases of a suite, judged on the workers of a cluster; results come in order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial

from compare.engine.processes import Sent, judged_here, restored
from compare.engine.suite import Judged, Suite
from compare.language.choice import language, speak
from compare.language.message import Message, message
from compare.system.jobs import ClusterUnfit, Workers, done
from compare.system.torch_settings import use_threads

_Key = tuple[int, str]  # which case it is, and its id, by which a worker knows that it has the same


def judged_on_cluster(suite: Suite, address: str) -> Iterator[Judged]:
    """Every case. A training is neither kept nor followed while it goes on: nobody there could.

    Raises ClusterUnfit.
    """
    there = replace(suite, checkpoints=None, live=None)
    keys = ((k, case.id(dtype)) for k, (case, dtype) in enumerate(suite.pairs))
    job = partial(_judged_there, there, language())
    came: dict[int, Sent | Message] = {}
    at = 0
    with closing(done(job, keys, Workers(cluster=address), lambda key, why: why)) as results:
        for (k, _id), sent in results:
            came[k] = sent
            while at in came:
                yield restored(suite, at, came.pop(at))
                at += 1


def _judged_there(suite: Suite, lang: str, key: _Key) -> Sent | Message:
    speak(lang)  # cards are drawn there
    use_threads(suite.threads)
    k, case_id = key
    pairs = suite.pairs
    if k >= len(pairs) or pairs[k][0].id(pairs[k][1]) != case_id:
        raise ClusterUnfit(
            message(
                "a worker of the cluster has other cases than this machine: install the same "
                "case packs on each of them"
            )
        )
    return judged_here(suite, lambda name, step, steps: None, k)
