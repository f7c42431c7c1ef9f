"""Which links were opened lately, and how: remembered by this process for as long as an answer may need it."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from typing import Final

from integrations.times import HOUR, Instant
from workers.surveys.suspicion import Open

_MOST_LINKS: Final = 5_000
_MOST_OPENS: Final = 20  #: of one link
_REMEMBERED: Final = HOUR


class Opens:
    """The last opens of the links used last; safe to use from many threads.

    Another process does not know them. What it then leaves out of its evidence makes it believe more, never less.
    """

    def __init__(self, *, most: int = _MOST_LINKS) -> None:
        self._most = most
        self._seen: OrderedDict[str, deque[Open]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, token: str, opened: Open) -> None:
        """Remember that a link was opened."""
        with self._lock:
            opens = self._seen.pop(token, None) or deque(maxlen=_MOST_OPENS)
            opens.append(opened)
            self._seen[token] = opens
            if len(self._seen) > self._most:
                self._seen.popitem(last=False)

    def of(self, token: str, *, now: Instant) -> tuple[Open, ...]:
        """How a link was opened within the last hour, earliest first."""
        with self._lock:
            opens = tuple(self._seen.get(token, ()))
        return tuple(opened for opened in opens if now - opened.at <= _REMEMBERED)
