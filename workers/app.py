"""The Celery application: messages only say that there is work, so losing or doubling one costs nothing but time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from celery import Celery
from celery.signals import setup_logging, worker_process_init
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from workers import logs, schedule, tasks
from workers.runtime import PerProcess, Runtime, open_runtime
from workers.settings import Settings

#: A message that is older says nothing that a sweep has not said since, in seconds.
EXPIRES: Final = 10
_NUDGE_SECONDS: Final = 0.5
_QUIET_SECONDS: Final = 2.0

#: What keeps a worker from waiting for ever on a connection that is half dead; kombu's own defaults do.
_TRANSPORT: Final = {
    # No message waits in Redis for its acknowledgement: a sweep says again what a dead worker was told. Where one
    # does and the acknowledgement times out (Redis frozen for 10 s), it counts as in hand for ever, and a worker
    # that may hold one message never takes another (kombu 5.7, QoS.ack in transport/redis.py).
    "ack_emulation": False,
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
}

_SETTINGS: Final[dict[str, Any]] = {
    "broker_transport_options": _TRANSPORT,
    "broker_connection_retry_on_startup": True,
    "broker_connection_max_retries": None,
    "broker_pool_acquire_timeout": 2,
    "result_backend": None,
    "task_ignore_result": True,
    "task_serializer": "json",
    "accept_content": ["json"],
    "task_acks_late": True,
    "task_retry_on_worker_lost": True,
    "task_time_limit": 120,
    "task_soft_time_limit": 90,
    "task_default_queue": "intake",
    "task_routes": {name: {"queue": queue} for name, queue in tasks.QUEUES.items()},
    "worker_prefetch_multiplier": 1,
    "worker_max_tasks_per_child": 1000,
    "worker_max_memory_per_child": 300_000,  # KiB
    "worker_eta_task_limit": 1000,
    "worker_soft_shutdown_timeout": 10,
    "worker_enable_soft_shutdown_on_idle": True,
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "worker_hijack_root_logger": False,
    "control_queue_ttl": 300,
    "control_queue_expires": 300,
    "timezone": "UTC",
    "enable_utc": True,
    # Kept in memory: what is due is known from rows, so nothing needs to outlive the beat.
    "beat_scheduler": "celery.beat:Scheduler",
    "beat_schedule": schedule.BEAT,
    "beat_max_loop_interval": schedule.SWEEP_SECONDS,
}

log: Final = structlog.get_logger(__name__)


def make_app(settings: Settings) -> Celery:
    """The application of a worker under these settings; nothing is connected before it works."""
    app = Celery("deskpulse", broker=settings.broker_url, set_as_current=False)
    app.conf.update(_SETTINGS)
    nudge = Nudges(settings.broker_url)

    def log_as_set(**_signal: object) -> None:
        logs.set_up(level=settings.log_level, form=settings.log_format)
        logs.tell(settings.warnings)

    setup_logging.connect(log_as_set, weak=False)  # and Celery leaves the loggers alone
    register(app, lambda: open_runtime(settings, nudge=nudge))
    return app


def register(app: Celery, make: Callable[[], Runtime]) -> None:
    """Give the application its tasks; each process works with a runtime of its own."""
    here = PerProcess(make)
    for name, work in tasks.TASKS.items():
        app.task(_task(name, work, here), name=name, max_retries=3, shared=False)

    def after_fork(**_signal: object) -> None:
        here.forget_inherited()

    worker_process_init.connect(after_fork, weak=False)


def _task(name: str, work: Callable[..., None], here: PerProcess) -> Callable[..., None]:
    def run(*ids: str | int) -> None:
        work(here(), *ids)

    run.__name__ = name.rpartition(".")[2]
    run.__doc__ = work.__doc__
    return run


class Nudges:
    """Tells queues that there is work, over a connection of its own that gives up within half a second.

    Nothing is raised when the queue is away: it is left alone for two seconds, and the next sweep finds the
    work. Made to be called as a `Nudge`.
    """

    def __init__(self, broker_url: str) -> None:
        self._celery = Celery("deskpulse-nudges", broker=broker_url, set_as_current=False)
        self._celery.conf.update(
            broker_transport_options={
                "socket_timeout": _NUDGE_SECONDS,
                "socket_connect_timeout": _NUDGE_SECONDS,
                "retry_on_timeout": False,
            },
            broker_connection_timeout=_NUDGE_SECONDS,
            broker_connection_retry=False,
            broker_pool_acquire_timeout=_NUDGE_SECONDS,
            task_ignore_result=True,
        )
        self._lock = threading.Lock()
        self._quiet_until = 0.0

    def __call__(self, task: str, *ids: str | int) -> None:
        """Send the message, or leave it to the sweep."""
        if time.monotonic() < self._quiet_until:
            return
        try:
            self._celery.send_task(
                task, args=ids, queue=tasks.QUEUES[task], expires=EXPIRES, retry=False, ignore_result=True
            )
        except (KombuError, RedisError, OSError) as error:
            self._rest(error)

    def _rest(self, error: Exception) -> None:
        with self._lock:
            self._quiet_until = time.monotonic() + _QUIET_SECONDS
        log.warning("queue not told about work, the next sweep is", error=type(error).__name__)
