"""The ticket's channel: a canonical word stays, an unknown one counts as `other` and is kept beside it."""

from __future__ import annotations

from typing import Final

from integrations.events import CHANNELS

_KNOWN: Final = frozenset(CHANNELS)

#: Tickets of this channel are the desk's own business and in no count.
INTERNAL: Final = "internal"
OTHER: Final = "other"
#: Channels on which a conversation is answered while the customer waits in it.
LIVE: Final = frozenset({"chat", "messaging", "voice"})


def canonical(word: str | None) -> str:
    """The canonical channel of a desk's word; no word at all is `other` too."""
    return word if word in _KNOWN else OTHER
