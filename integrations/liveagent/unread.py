"""What LiveAgent said that no table explains: counted and logged, never dropped in silence."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Final

_log = logging.getLogger(__name__)
_LONGEST = 40

#: How often each unexplained word was met since the process started: `"rankingType Z"` → 3.
UNREAD: Final[Counter[str]] = Counter()


def note_unread(what: str, word: object) -> None:
    """Counts one word that no table explains, and logs it the first time it is met in this process.

    `word` must be a code of LiveAgent's, never anything that a customer wrote.
    """
    key = f"{what} {str(word)[:_LONGEST]!r}"
    UNREAD[key] += 1
    if UNREAD[key] == 1:
        _log.warning("LiveAgent sent a %s that is not known here and was left out: %r", what, str(word)[:_LONGEST])
