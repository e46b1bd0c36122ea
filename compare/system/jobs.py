"""Independent jobs: here, in processes of this machine, or on a Dask cluster.

A job is a function of a module and a key, and what it makes depends on nothing else; so where it is
done changes no bit of it. All of this speaks to an Executor of ``concurrent.futures``, of which
Dask has one.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import signal
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from compare.language.message import message
from compare.system.errors import UserError
from compare.system.processes import process_context, take_environment
from compare.system.torch_compiler import leave_out_compiler
from compare.system.torch_settings import use_threads

Key = TypeVar("Key")
Result = TypeVar("Result")

INSTALL = "pip install 'scratch-compare[cluster]'"
PACKAGES = ("compare", "scratch", "torch_ref")  # whose code decides what comes of a job
REACHED = 10.0  # seconds for a scheduler to answer, or to have a first worker


class ClusterUnfit(UserError):
    """Why nothing can be done on a cluster; the message says what to do."""


@dataclass(frozen=True)
class Workers:
    """Where jobs are done: in so many processes, 1 being here, or by who answers at an address."""

    jobs: int = 1
    cluster: str = ""


HERE = Workers()


def done(
    job: Callable[[Key], Result], keys: Sequence[Key], workers: Workers = HERE
) -> Generator[tuple[Key, Result], None, None]:
    """Each key with what the job makes of it, as they come, and each once.

    What a worker was at when it died is done again by another.
    Raises ClusterUnfit, and whatever a job raises.
    """
    if workers == HERE or not keys:
        yield from ((key, job(key)) for key in keys)
        return
    with _executor(workers) as executor:
        begun = {executor.submit(_at_work, job, key): key for key in keys}
        try:
            for future in as_completed(begun):
                yield begun[future], future.result()
        finally:  # nobody wants what is left, where one failed or the command is interrupted
            for future in begun:
                future.cancel()


def _at_work(job: Callable[[Key], Result], key: Key) -> Result:
    leave_out_compiler()
    use_threads(1)  # one order of summation repeats its bits, and workers share the cores already
    return job(key)


def _begin(environment: dict[str, str]) -> None:
    take_environment(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the command's to answer


@contextmanager
def _executor(workers: Workers) -> Iterator[Executor]:
    if workers.cluster:
        with _cluster(workers.cluster) as executor:
            yield executor
        return
    environment = (dict(os.environ),)
    with ProcessPoolExecutor(workers.jobs, process_context(), _begin, environment) as pool:
        yield pool


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    """The executor of a cluster whose workers have the code that is here."""
    if not re.fullmatch(r"(tcp|tls)://.+:\d+", address):
        raise ClusterUnfit(
            message("{address} is no scheduler: give its tcp://HOST:PORT", address=address)
        )
    try:
        from distributed import Client  # a second, and the extra [cluster], which few have
    except ImportError:
        raise ClusterUnfit(message("a cluster needs Dask: {command}", command=INSTALL)) from None
    try:
        client = Client(address, timeout=REACHED, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterUnfit(
            message("no scheduler answers at {address}: {error}", address=address, error=error)
        ) from error
    with client:
        _check(client.run(code), address)
        # not pure: a job is done as often as it is asked for, and not remembered by the cluster
        yield client.get_executor(pure=False)


def _check(codes: Mapping[str, Mapping[str, str]], address: str) -> None:
    if not codes:
        raise ClusterUnfit(
            message(
                "the scheduler at {address} has no worker: start one with `dask worker {address}`",
                address=address,
            )
        )
    here = code()
    for worker, there in codes.items():
        other = [name for name in here if there.get(name) != here[name]]
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
