"""One worker process does one account's work at a time, so that a slow desk takes up one thread and no more."""

from __future__ import annotations

import threading


class Turns:
    """Whose turn it is inside this process; other processes are kept apart by the leases in the rows."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._asked: set[str] = set()

    def take(self, key: str) -> bool:
        """Whether the turn is ours; when it is somebody's already, they are told that it was asked for."""
        with self._lock:
            if key in self._busy:
                self._asked.add(key)
                return False
            self._busy.add(key)
            return True

    def give_back(self, key: str) -> bool:
        """End the turn; whether it was asked for meanwhile, so that there may be work that was not seen."""
        with self._lock:
            self._busy.discard(key)
            asked = key in self._asked
            self._asked.discard(key)
            return asked
