"""Requests that are answered before they are made: together they cost one turn of two processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from compare.sandbox.worker import wire_format
from compare.sandbox.worker_process import Reply, Worker

Read = TypeVar("Read")
Request = tuple[dict[str, Any], list[bytes]]
BRIEF = 0.02  # seconds of all of them, as the last call took: far from the limit of one


class Noted(BaseException):
    """Raised in place of an answer: its request is noted and not sent."""


class Ahead:
    """What was asked before it is wanted, in its order, with the answers."""

    def __init__(self) -> None:
        self._noted: list[Request] | None = None
        self._answered: deque[tuple[Request, Reply]] = deque()

    def note(self, request: Request) -> None:
        """Raises Noted while requests are noted."""
        if self._noted is not None:
            self._noted.append(request)
            raise Noted

    def first_of(self, works: Iterable[Callable[[], Any]]) -> list[Request]:
        """The first request of each, up to one that fails by itself."""
        noted: list[Request] = []
        self._noted = noted
        try:
            for work in works:
                try:
                    work()
                except Noted:
                    continue
                break
        except Exception:
            pass  # the work says so itself, when it is done
        finally:
            self._noted = None
        return noted

    def keep(self, requests: Sequence[Request], reply: Reply) -> None:
        """Keeps the answers of as many as were reached.   Raises Broken."""
        replies = reply.header.get("several")
        if not isinstance(replies, list) or len(replies) > len(requests):
            raise wire_format.Broken("answers of no known number")
        body = memoryview(reply.body)
        for request, header in zip(requests, replies, strict=False):
            size = header.get("bytes") if isinstance(header, dict) else None
            if type(size) is not int or not 0 <= size <= len(body):
                raise wire_format.Broken("an answer of no known size")
            self._answered.append((request, Reply(header, bytes(body[:size]), "")))
            body = body[size:]

    def answer_to(self, request: Request) -> Reply | None:
        """The answer, if that is what comes next; else all of them are given up."""
        if self._answered and self._answered[0][0] == request:
            return self._answered.popleft()[1]
        self._answered.clear()
        return None


class AsksAhead:
    """The part of a box that has requests answered before they are made."""

    _worker: Worker | None
    _waiting: list[Request]
    _ahead: Ahead
    _seconds: float

    def ahead(self, works: Sequence[Callable[[], Any]]) -> None:
        """Has the first request of each answered at once; done next, in their order, each has it.

        Nothing is asked where calls take long, or print.   Raises Failed.
        """
        worker = self._worker
        if worker is None or not worker.alive or len(works) * self._seconds > BRIEF:
            return
        earlier, self._waiting = self._waiting, []
        requests = self._ahead.first_of(works)
        self._waiting = earlier
        if len(requests) < 2:
            return
        self._waiting = []
        whole = {"do": "several", "each": [each for each, _ in requests]}
        whole |= {"earlier": [each for each, _ in earlier]} if earlier else {}
        blobs = [blob for _, its in (*earlier, *requests) for blob in its]
        self._timed(
            worker,
            lambda within: worker.ask(whole, blobs, within, requests[0][0].get("name", "")),
            lambda reply: self._ahead.keep(requests, reply),
            self._left(),
        )

    def _left(self, most: float = 0.0) -> float:
        raise NotImplementedError

    def _timed(
        self,
        worker: Worker,
        ask: Callable[[float], Reply],
        read: Callable[[Reply], Read],
        seconds: float,
    ) -> Read:
        raise NotImplementedError
