"""LiveAgent's words and ours: statuses, channels, message groups, messages and ratings, as tables.

Sources: the official v3 client (QualityUnit/LiveAgent-api-python, docs and models), the official MCP server's
STATUS_CODES.md, and the v1 API reference. What they do not explain is looked up nowhere and counted by
`unread.note_unread`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from integrations.events import JSONValue
from integrations.liveagent.unread import note_unread

#: The user that LiveAgent itself writes as: rules, automatic answers, system notes.
SYSTEM_USER: Final = "system00"
DELETED: Final = "X"
RESOLVED: Final = frozenset("RL")

#: Ticket.status, the same letters in v1, v3 and in the rows of the history.
STATUS: Final[Mapping[str, str]] = {
    "N": "new",
    "I": "open",  # init: a chat or call that is not picked up yet
    "T": "open",  # chatting
    "P": "open",  # calling
    "C": "open",  # the customer wrote again
    "A": "pending",  # answered: waits for the customer
    "W": "on_hold",  # postponed
    "R": "resolved",
    "L": "closed",
    "B": "spam",
    "X": "deleted",
}

#: Ticket.channel_type. `forum` and `suggestion` are LiveAgent's own words and count as `other`.
CHANNEL: Final[Mapping[str, str]] = {
    "E": "email",
    "B": "chat",  # contact button: where a website chat starts
    "I": "chat",  # a proactive chat invitation
    "M": "web_form",
    "C": "voice",
    "W": "voice",  # call button
    "V": "voice",  # seen in filter examples only; a message group of this letter is an outgoing call
    "1": "voice",  # as above: an internal call by the letter of its group, see `channel_of`
    "F": "social",
    "A": "messaging",  # Facebook's private messages
    "T": "social",
    "Q": "forum",
    "S": "suggestion",
}

Flow = Literal["in", "out", "talk", "call", "aside", "third", "none"]


@dataclass(frozen=True, slots=True)
class GroupKind:
    """What the messages of one type of message group are.

    `flow`: written by the customer (`in`), by an agent (`out`), by either, told apart by who it is (`talk`);
    a phone call, whose messages say nothing (`call`); an agent's words that the customer does not see
    (`aside`); somebody else's (`third`); not a conversation (`none`).
    """

    flow: Flow
    channel: str | None = None


_NONE: Final = GroupKind("none")
_ASIDE: Final = GroupKind("aside")

#: MessageGroup.type. Whoever is known to be an agent writes as an agent, whatever the type of the group.
GROUP: Final[Mapping[str, GroupKind]] = {
    "3": GroupKind("in", "email"),
    "4": GroupKind("out", "email"),
    "5": GroupKind("in", "web_form"),  # offline: the contact form
    "M": GroupKind("in"),  # the same, of old versions
    "7": GroupKind("talk"),  # "received answer": nothing says more
    "C": GroupKind("talk", "chat"),
    "6": GroupKind("talk", "messaging"),  # WhatsApp
    "F": GroupKind("talk", "social"),
    "W": GroupKind("talk", "social"),
    "Y": GroupKind("talk", "social"),  # retweet
    "A": GroupKind("talk"),  # knowledge base: first post
    "K": GroupKind("talk"),
    "P": GroupKind("call", "voice"),
    "V": GroupKind("call", "voice"),  # outgoing call
    "1": GroupKind("call", "internal"),  # internal call
    "O": GroupKind("aside"),  # forwarded to somebody who is not the customer
    "Q": GroupKind("third"),  # what they replied
    "I": _ASIDE,
    "U": _ASIDE,
    "Z": _ASIDE,
    "S": _NONE,  # start info
    "T": _NONE,  # transfer: dates the present agent and department
    "R": _NONE,  # resolve: tells who resolved
    "J": _NONE,
    "X": _NONE,
    "B": _NONE,
    "G": _NONE,
    "L": _NONE,
    "2": _NONE,  # merged: does not tell into what
    # Allowed by the API and explained nowhere; a conversation would not be lost by calling them one.
    "H": GroupKind("talk"),
    "E": GroupKind("talk"),
    "D": GroupKind("talk"),
    "N": GroupKind("talk"),
}
TRANSFER: Final = "T"
RESOLVE: Final = "R"
INTERNAL_CALL: Final = "1"
INCOMING_CALL: Final = "P"
#: MessageGroup.status of groups that are not part of this conversation any more: deleted, split off.
GROUP_AWAY: Final = frozenset("DS")
#: Group types whose channel has no letter of its own among the channel types.
_CHANNEL_BY_GROUP: Final = frozenset("6FWY")

MessageKind = Literal["text", "attachment", "note", "rating", "none"]

#: Message.type, as far as it is anything to us; every other documented type is furniture.
MESSAGE: Final[Mapping[str, MessageKind]] = {
    "M": "text",
    "Y": "text",  # legacy
    "F": "attachment",
    "Z": "attachment",  # a field of a contact form
    "N": "note",
    "I": "note",
    "W": "rating",
    "P": "rating",
    **dict.fromkeys("CQTEDHRSUGV1LAOJBKX023456", "none"),
}

#: CallListItem.type.
CALL: Final[Mapping[str, str]] = {"I": "in", "O": "out", "T": "internal"}

#: rankingType: which of these the report really writes is not verified, so every candidate is here.
RANKING: Final[Mapping[str, str]] = {
    **dict.fromkeys(("w", "r", "reward", "rewarded", "positive", "+"), "positive"),
    **dict.fromkeys(("n", "o", "neutral", "ok", "semi-positive"), "neutral"),
    **dict.fromkeys(("p", "punishment", "punished", "rebuke", "negative", "-"), "negative"),
}
#: A rating on the scale [1, 3].
SCORE: Final[Mapping[str, int]] = {"positive": 3, "neutral": 2, "negative": 1}
SCALE: Final = [1, 3]
#: The report's column of validity came with 5.49.0.1 under a name nobody wrote down; its words are guessed.
VALIDITY: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("y", "1", "v", "a", "true", "valid", "active"), True),
    **dict.fromkeys(("n", "0", "i", "x", "false", "invalid", "invalidated", "inactive"), False),
}

#: Roles in the order in which they are asked to stand for the plugin in a summary ticket.
ROLES: Final = ("owner", "admin", "agent")

TICKET_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
TICKET_CODE: Final = re.compile(r"[A-Z0-9]{3}-[A-Z0-9]{3,5}-[A-Z0-9]{3,5}")
#: A variable of a rule that LiveAgent left as it stands, because it knows none of that name.
UNEXPANDED: Final = re.compile(r"\{\s*\$[^}]*\}?")


def status_of(code: str | None) -> str | None:
    """Our word for a ticket's status; None, counted, for a letter that is not documented."""
    found = STATUS.get(code or "")
    if found is None:
        note_unread("ticket status", code)
    return found


def group_kind(code: str | None) -> GroupKind:
    """What a message group is; one of an unknown type may be anybody's, so it is told by who wrote it."""
    found = GROUP.get(code or "")
    if found is None:
        note_unread("message group type", code)
    return found or GroupKind("talk")


def message_kind(code: str | None) -> MessageKind:
    """What a message is; one of an unknown type is nothing, and counted."""
    found = MESSAGE.get(code or "")
    if found is None:
        note_unread("message type", code)
    return found or "none"


def channel_of(code: str | None, groups: Iterable[str | None], own: JSONValue = None) -> str | None:
    """The channel of a ticket by its channel_type, else by its message groups, oldest first.

    `own` is the account's table for letters that LiveAgent does not document (`[desk] channels`). A letter
    that nothing explains stays visible as `liveagent-<letter>`, which counts as `other`.
    """
    kinds = ((letter or "", GROUP[letter or ""]) for letter in groups if (letter or "") in GROUP)
    opening, kind = next((one for one in kinds if one[1].flow != "none"), ("", _NONE))
    if opening == INTERNAL_CALL:
        return "internal"
    if code is None:
        return kind.channel or ("internal" if kind.flow == "aside" else None)
    if isinstance(own, Mapping) and isinstance(own.get(code), str):
        return str(own[code])
    if code in CHANNEL:
        return CHANNEL[code]
    if opening in _CHANNEL_BY_GROUP:
        return kind.channel
    note_unread("channel_type", code)
    return f"liveagent-{code}"


def rating_of(code: str | None) -> str | None:
    """positive, neutral or negative; None, counted, for a word that is in no table."""
    found = RANKING.get((code or "").strip().lower())
    if found is None:
        note_unread("rankingType", code)
    return found


def is_valid(word: str | None) -> bool:
    """Whether a rating still counts; without a word, or with one that no table explains, it does."""
    if word is None:
        return True
    found = VALIDITY.get(word.strip().lower())
    if found is None:
        note_unread("validity of a rating", word)
    return found is not False
