"""What a process works with: settings, database, vault and clock, opened once and again after a fork."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from integrations.times import Instant
from workers.secrets import Vault, vault
from workers.settings import Settings
from workers.store.database import Database, open_database

Clock: TypeAlias = Callable[[], Instant]
#: Tells another queue that there is work: the task's name and its ids. Never fails, may get lost.
Nudge: TypeAlias = Callable[..., None]


def now() -> Instant:
    """The present moment by this machine's clock."""
    return time.time_ns() // 1000


def nobody(_task: str, *_ids: str | int) -> None:
    """The nudge of a process that has no queue: the next sweep finds the work."""


@dataclass(frozen=True)
class Runtime:
    """What every piece of work needs, and nothing that belongs to one account."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Clock = now
    nudge: Nudge = nobody
    nap: Callable[[float], None] = time.sleep  #: waits so many seconds


def open_runtime(settings: Settings, *, nudge: Nudge = nobody) -> Runtime:
    """The runtime these settings describe; nothing is connected yet."""
    return Runtime(settings, open_database(settings.database_url), vault(settings), nudge=nudge)


class PerProcess:
    """The runtime of the process that asks, made when it first asks."""

    def __init__(self, make: Callable[[], Runtime]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: tuple[int, Runtime] | None = None

    def __call__(self) -> Runtime:
        """This process's runtime; one inherited through a fork is left alone, its connections are the parent's."""
        with self._lock:
            if self._made is None or self._made[0] != os.getpid():
                self._made = (os.getpid(), self._make())
            return self._made[1]

    def forget_inherited(self) -> None:
        """In a forked child: drop what the parent opened without closing the connections under it."""
        self._lock = threading.Lock()  # another thread of the parent may have held it during the fork
        inherited, self._made = self._made, None
        if inherited is not None:
            inherited[1].database.door.dispose(close=False)
            inherited[1].database.work.dispose(close=False)
