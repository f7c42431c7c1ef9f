"""One worker process does one account's work at a time, so that a slow desk takes up one thread and no more."""

from __future__ import annotations

import threading
from typing import TypeAlias

Message: TypeAlias = tuple[str | int, ...]  #: task and ids


class Turns:
    """Whose turn it is inside this process; other processes are kept apart by the leases in the rows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[str, list[Message]] = {}  # whose turn it is → what asked for it meanwhile

    def take(self, key: str, message: Message) -> bool:
        """Whether the turn is ours; when it is somebody's already, the message that asked is remembered."""
        with self._lock:
            asked = self._asked.get(key)
            if asked is None:
                self._asked[key] = []
                return True
            if message not in asked:
                asked.append(message)
            return False

    def give_back(self, key: str) -> list[Message]:
        """End the turn; what asked for it meanwhile, because there may be work that was not seen."""
        with self._lock:
            return self._asked.pop(key, [])
