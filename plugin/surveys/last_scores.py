"""Which score each link was given last: going back to an earlier one is another answer, sending one twice is not."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

from integrations.times import Instant

_MOST_LINKS: Final = 5_000


class LastScores:
    """The last scores of the links used last; safe to use from many threads.

    Another process does not know them, nor does this one after a restart: what is sent to it once more is kept once
    more, as if the customer had said the same again.
    """

    def __init__(self, *, most: int = _MOST_LINKS) -> None:
        self._most = most
        self._last: OrderedDict[str, tuple[int, Instant]] = OrderedDict()
        self._lock = threading.Lock()

    def since(self, token: str, score: int, *, now: Instant) -> Instant:
        """Since when this score is the last one that the link was given; now, where another one was, or none."""
        with self._lock:
            last = self._last.pop(token, None)
            if last is None or last[0] != score:
                last = (score, now)
            self._last[token] = last
            if len(self._last) > self._most:
                self._last.popitem(last=False)
            return last[1]
