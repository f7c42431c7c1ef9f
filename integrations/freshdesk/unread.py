"""What Freshdesk said that no table explains: counted and logged, never dropped in silence."""

from __future__ import annotations

import logging
from collections import Counter
from typing import Final

_log = logging.getLogger(__name__)
_LONGEST = 40

#: How often each unexplained word was met since the process started: `"ticket status 9"` → 3.
UNREAD: Final[Counter[str]] = Counter()


def note_unread(what: str, word: object) -> None:
    """Counts one word that no table explains, and logs it the first time it is met in this process.

    `word` must be a code of Freshdesk's or a label of its administrator's, never anything that a customer wrote.
    """
    told = str(word)[:_LONGEST]
    key = f"{what} {told!r}"
    UNREAD[key] += 1
    if UNREAD[key] == 1:
        _log.warning("Freshdesk sent a %s that is not known here: %r", what, told)
