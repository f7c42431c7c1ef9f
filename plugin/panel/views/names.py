"""What slices are called: channels in the visitor's language, departments and agents by the names the desk told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from workers import wording
from workers.accounts import Account
from workers.store.tickets import names_of
from workers.wording.language import Language, mark

_KINDS: Final[Mapping[str, str]] = {
    "channel": mark("Channel"),
    "department": mark("Department"),
    "agent": mark("Agent"),
    "tag": mark("Tag"),
    "touchpoint": mark("Touch point"),
}


#: What turns the direction of all text that follows, also outside of a name or a comment.
_TURNING: Final = {
    ord(sign): None for sign in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
}


def upright(text: str) -> str:
    """A text of customers or agents without the signs that turn what stands around it."""
    return text.translate(_TURNING)


class Names:
    """The names of departments and agents, for the ids that figures have; others are called by their id."""

    def __init__(self, connection: Connection, account: Account, language: Language) -> None:
        self._names = names_of(connection, account.slug)
        self._language = language

    def of(self, kind: str, value: str) -> str:
        """What a value of a slice kind is called."""
        if kind == "channel":
            return upright(wording.channel(value, self._language)) if value else self._language.say("none")
        return upright(self._names.get((kind, value), value)) or self._language.say("none")

    def slice(self, text: str | None) -> str:
        """What a slice is called, with its kind where that is no channel; '' for all tickets."""
        if not text:
            return ""
        kind, _, value = text.partition(":")
        name = self.of(kind, value)
        return name if kind == "channel" else f"{kind_title(self._language, kind)}: {name}"


def kind_title(language: Language, kind: str) -> str:
    """A kind of slice as people call it; one of an account's own by its name."""
    return language.say(_KINDS[kind]) if kind in _KINDS else upright(kind).replace("_", " ").capitalize()
