"""Independent jobs: here, in processes of this machine, or on a Dask cluster.

A job is a function of a module and a key, and what it makes depends on nothing else; so where it is
done changes no bit of it.
"""

from __future__ import annotations

import hashlib
import platform
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar, cast

from compare.language.message import Message, message
from compare.system.errors import UserError
from compare.system.torch_compiler import leave_out_compiler
from compare.system.torch_settings import use_threads
from compare.system.worker_processes import Ended, Line, WorkerProcesses

Key = TypeVar("Key")
Result = TypeVar("Result")

INSTALL = "pip install 'scratch-compare[cluster]'"
PACKAGES = ("compare", "scratch", "torch_ref")  # whose code decides what comes of a job
REACHED = 10.0  # seconds for a scheduler to answer
AHEAD = 2  # jobs a worker of a cluster: one that it does, and one that it does next
TRIES = 2  # of a job whose process dies: as when the system kills it for want of memory


class ClusterUnfit(UserError):
    """Why nothing can be done on a cluster; the message says what to do."""


class WorkersDied(UserError):
    """A job of which every worker died that was at it."""


@dataclass(frozen=True)
class Workers:
    """Where jobs are done: in so many processes, 1 being here, or by who answers at an address."""

    jobs: int = 1
    cluster: str = ""


HERE = Workers()


def done(
    job: Callable[[Key], Result],
    keys: Iterable[Key],
    workers: Workers = HERE,
    died: Callable[[Key, Message], Result] | None = None,
) -> Generator[tuple[Key, Result], None, None]:
    """Each key with what the job makes of it, as they come, and each once.

    Keys are taken as workers are free, so that of many only a few are in memory. What a worker was
    at when it died is done again by another; what none survives ``died`` gives a result, and why.
    Raises ClusterUnfit, WorkersDied where there is no ``died``, and whatever a job raises.
    """
    if workers == HERE:
        yield from ((key, job(key)) for key in keys)
        return
    where = _on_cluster(job, keys, workers) if workers.cluster else _beside(job, keys, workers)
    with closing(where) as results:
        for key, ended in results:
            if ended.error is not None:
                raise ended.error
            if ended.died is None:
                yield key, cast(Result, ended.value)
            elif died is not None:
                yield key, died(key, ended.died)
            else:
                raise WorkersDied(ended.died)


def _begin(job: Callable[[Key], Result], line: Line) -> Callable[[Key], Result]:
    leave_out_compiler()
    use_threads(1)  # one order of summation repeats its bits, and workers share the cores already
    return job


_Results = Generator[tuple[Key, Ended[Result]], None, None]


def _beside(
    job: Callable[[Key], Result], keys: Iterable[Key], workers: Workers
) -> _Results[Key, Result]:
    """In processes of this machine."""
    begin = partial(_begin, job)
    processes = WorkerProcesses[Key, Result](begin, workers.jobs, TRIES)
    try:
        yield from processes.results(iter(keys))
    finally:  # nobody wants what is left, where one failed or the command is interrupted
        processes.end()


def _on_cluster(
    job: Callable[[Key], Result], keys: Iterable[Key], workers: Workers
) -> _Results[Key, Result]:
    """On the workers of a cluster that have the code that is here."""
    with _cluster(workers.cluster) as (client, distributed):
        waiting, begun = iter(keys), dict[str, Key]()
        futures = distributed.as_completed([], loop=client.loop)

        def begin() -> None:
            # asked again: workers come and go, and while there is none the next one is waited for
            ahead = AHEAD * max(1, len(client.nthreads()))
            for key in islice(waiting, max(0, ahead - len(begun))):
                # not pure: done as often as it is asked for, and not remembered by the cluster
                future = client.submit(_at_work, job, key, code(), pure=False)
                begun[future.key] = key
                futures.add(future)

        begin()
        for future in futures:
            key, error = begun.pop(future.key), future.exception()
            begin()
            if isinstance(error, distributed.KilledWorker):
                yield key, Ended(died=message("several workers died of it: {error}", error=error))
            else:
                yield key, Ended(error=error) if error else Ended(future.result())


def _at_work(job: Callable[[Key], Result], key: Key, expected: Mapping[str, str]) -> Result:
    _check_code(platform.node(), code(), expected)  # of a worker that came later, too
    leave_out_compiler()
    use_threads(1)
    return job(key)


@contextmanager
def _cluster(address: str) -> Iterator[tuple[Any, Any]]:
    """The client of a cluster whose workers have the code that is here, and Dask's own module."""
    if not re.fullmatch(r"(tcp|tls)://.+:\d+", address):
        raise ClusterUnfit(
            message("{address} is no scheduler: give its tcp://HOST:PORT", address=address)
        )
    try:
        import distributed  # a second, and the extra [cluster], which few have
    except ImportError:
        raise ClusterUnfit(message("a cluster needs Dask: {command}", command=INSTALL)) from None
    try:
        client = distributed.Client(address, timeout=REACHED, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterUnfit(
            message("no scheduler answers at {address}: {error}", address=address, error=error)
        ) from error
    with client:
        codes = client.run(code)
        if not codes:
            raise ClusterUnfit(
                message(
                    "the scheduler at {address} has no worker: start one with `dask worker "
                    "{address} --nthreads 1`",
                    address=address,
                )
            )
        for worker, there in codes.items():
            _check_code(worker, there, code())
        yield client, distributed


def _check_code(worker: str, there: Mapping[str, str], expected: Mapping[str, str]) -> None:
    other = [name for name in expected if there.get(name) != expected[name]]
    if other:
        raise ClusterUnfit(
            message(
                "the worker {worker} has another {names} than this machine: its results would "
                "not be those that are computed here",
                worker=worker,
                names=", ".join(other),
            )
        )


@cache
def code() -> dict[str, str]:
    """What decides the bits of a job, by name: the sources of our packages, and versions."""
    home = Path(__file__).resolve().parents[2]
    digests = {}
    for package in PACKAGES:
        digest = hashlib.sha256()
        for path in sorted((home / package).rglob("*.py")):
            digest.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes())
        digests[package] = digest.hexdigest()[:16]
    versions: dict[str, Any] = {name: version(name) for name in ("numpy", "torch")}
    return {**digests, "Python": platform.python_version(), **versions}
