"""Waking the workers: one message for however many calls, sent outside every request; lost ones cost only time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import structlog
from celery import Celery
from kombu.exceptions import KombuError
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from integrations.errors import DeskpulseError, Unavailable

TASK: Final = "deskpulse.take_in"
QUEUE: Final = "intake"

_SOCKET_SECONDS: Final = 0.3
_EXPIRES_SECONDS: Final = 5  # a sweep takes what is missed by then
_GAP_SECONDS: Final = 0.02
_FIRST_REST: Final = 0.5
_LONGEST_REST: Final = 5.0

log = structlog.get_logger(__name__)


class Relay:
    """Sends at most one message at a time, and rests longer and longer while the queue does not answer.

    `send` sends one message; it raises DeskpulseError when it cannot.
    """

    def __init__(self, send: Callable[[], object], *, gap: float = _GAP_SECONDS, rest: float = _FIRST_REST) -> None:
        self._send = send
        self._gap = gap
        self._first_rest = rest
        self._rest = 0.0
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="relay", daemon=True)
        self._thread.start()

    @property
    def failing(self) -> bool:
        """Whether the last message could not be sent."""
        return self._rest > 0.0

    def nudge(self) -> None:
        """Have the workers woken soon; returns at once, whatever the queue does."""
        if not self._wanted.is_set():
            self._wanted.set()

    def close(self) -> None:
        """Stop; what is wanted and not yet sent is left to the sweep."""
        self._stopping.set()
        self._wanted.set()
        self._thread.join(timeout=2 * _SOCKET_SECONDS)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wanted.wait()
            self._wanted.clear()
            if not self._stopping.is_set():
                self._stopping.wait(self._try())

    def _try(self) -> float:
        """Send one message; the seconds to wait before the next."""
        try:
            self._send()
        except DeskpulseError as error:
            if not self._rest:
                log.warning("workers not woken", error=str(error))
            self._rest = min(_LONGEST_REST, max(self._first_rest, 2 * self._rest))
            return self._rest
        self._rest = 0.0
        return self._gap


class CelerySender:
    """Sends the message over a connection of its own with short time-outs and no repetition."""

    def __init__(self, broker_url: str) -> None:
        self._celery = Celery("deskpulse-door", broker=broker_url, set_as_current=False)
        self._celery.conf.update(
            broker_transport_options={
                "socket_timeout": _SOCKET_SECONDS,
                "socket_connect_timeout": _SOCKET_SECONDS,
                "retry_on_timeout": False,
            },
            broker_connection_timeout=_SOCKET_SECONDS,
            broker_connection_retry=False,
            broker_pool_limit=1,
            task_ignore_result=True,
        )

    def __call__(self) -> None:
        """Send it; Unavailable when the queue does not take it in time."""
        try:
            self._celery.send_task(TASK, queue=QUEUE, expires=_EXPIRES_SECONDS, retry=False, ignore_result=True)
        except (KombuError, RedisError, OSError) as error:
            raise Unavailable(f"the queue does not take messages ({type(error).__name__})") from error


def queue_answers(redis_url: str) -> bool:
    """Whether the queue answers now, asked once."""
    once = Retry(NoBackoff(), 0)
    client = Redis.from_url(
        redis_url, socket_timeout=_SOCKET_SECONDS, socket_connect_timeout=_SOCKET_SECONDS, retry=once
    )
    try:
        return bool(client.ping())
    except (RedisError, OSError):
        return False
    finally:
        client.close()
