"""Keeping calls: one thread a process commits whatever waits, all together, and each waits for its own commit."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from integrations.errors import Retry
from workers.store.calls import Kept, NewCall, Writer

#: Seconds after which a waiting call is refused; the lock time-out of a writer is shorter.
_PATIENCE: Final = 5.0
_RETRY_AFTER: Final = 5.0
_LARGEST_BATCH: Final = 64
_LONGEST_QUEUE: Final = 2000

#: What a database that is locked, full, restarting or away raises.
_STORAGE_ERRORS: Final = (sqlite3.Error, psycopg.Error, SQLAlchemyError, OSError)

log = structlog.get_logger(__name__)


class NotKept(Retry):
    """The call could not be committed in time; it must be refused, and sent again later."""

    def __init__(self, message: str) -> None:
        super().__init__(message, after=_RETRY_AFTER)


class _Waiting:
    """A call on its way: `kept` is set before `done` is released."""

    __slots__ = ("abandoned", "call", "done", "kept")

    def __init__(self, call: NewCall) -> None:
        self.call = call
        self.kept: Kept | None = None
        self.abandoned = False
        # A bare lock as a one-shot signal: a quarter of the cost of an Event, twice in every call.
        self.done = threading.Lock()
        self.done.acquire()


class CallKeeper:
    """Keeps calls durably; safe to use from many threads.

    `watch` is told of every commit: how many calls it held, and how many seconds it took.
    """

    def __init__(
        self,
        open_writer: Callable[[], Writer],
        *,
        patience: float = _PATIENCE,
        longest_queue: int = _LONGEST_QUEUE,
        watch: Callable[[int, float], None] = lambda _calls, _seconds: None,
    ) -> None:
        self._open_writer = open_writer
        self._patience = patience
        self._longest_queue = longest_queue
        self._watch = watch
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._writer: Writer | None = None
        self._busy_since: float | None = None
        self._closed = False
        self._starting = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def keep(self, call: NewCall) -> Kept:
        """Return once the call is committed; NotKept within a bounded time when it is not."""
        self._require_open()
        waiting = _Waiting(call)
        self._queue.put(waiting)
        if not waiting.done.acquire(timeout=self._patience):
            waiting.abandoned = True
            raise NotKept("the database did not commit the call in time")
        if waiting.kept is None:
            raise NotKept("the database did not take the call")
        return waiting.kept

    def close(self, *, timeout: float = 10.0) -> None:
        """Commit what waits, then stop; calls that come later are refused."""
        self._closed = True
        self._queue.put(None)
        self._thread.join(timeout)

    def _require_open(self) -> None:
        if self._closed:
            raise NotKept("the server is stopping")
        busy_since = self._busy_since
        if busy_since is not None and time.monotonic() - busy_since > self._patience:
            raise NotKept("the database does not answer")
        if self._queue.qsize() >= self._longest_queue:
            raise NotKept("too many calls wait for the database")
        if not self._thread.is_alive():
            self._restart()

    def _restart(self) -> None:
        with self._starting:
            if not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        try:
            while batch := self._next_batch():
                self._commit(batch)
        finally:
            self._drop_writer()

    def _next_batch(self) -> list[_Waiting]:
        """Everything that waits, at least one call; nothing when the keeper was closed."""
        first = self._queue.get()
        batch: list[_Waiting] = []
        while first is not None:
            if not first.abandoned:
                batch.append(first)
            if len(batch) >= _LARGEST_BATCH:
                return batch
            try:
                first = self._queue.get_nowait() if batch else self._queue.get()
            except Empty:
                return batch
        if batch:
            self._queue.put(None)
        return batch

    def _commit(self, batch: list[_Waiting]) -> None:
        started = self._busy_since = time.monotonic()
        try:
            for waiting, kept in zip(batch, self._written([waiting.call for waiting in batch]), strict=True):
                waiting.kept = kept
        except _STORAGE_ERRORS as error:
            self._drop_writer()
            log.warning("calls not kept", calls=len(batch), error=type(error).__name__)
        finally:
            self._busy_since = None
            for waiting in batch:
                waiting.done.release()
        self._watch(len(batch), time.monotonic() - started)

    def _written(self, calls: list[NewCall]) -> list[Kept]:
        if self._writer is None:
            self._writer = self._open_writer()
            return self._writer.write(calls)
        try:
            return self._writer.write(calls)
        except psycopg.OperationalError:
            if not self._writer.broken:
                raise
        # The server was restarted while nothing was written. Should the lost statement have been committed
        # after all, the calls are kept twice, which changes no figure.
        self._drop_writer()
        self._writer = self._open_writer()
        return self._writer.write(calls)

    def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()
