"""Freshdesk's words and ours: statuses, sources, kinds of conversation, ratings, merges, and what is our own.

Sources: the API reference v2 (ticket properties, conversation properties, satisfaction ratings), the API clients that
name the sources it leaves out, and the texts of the notes that a merge leaves behind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from integrations.actions import SUMMARY_TAG, is_own_tag
from integrations.events import CHANNELS, FIELDS, KINDS, STATUSES, JSONObject, JSONValue
from integrations.freshdesk.markup import has_mark
from integrations.freshdesk.unread import note_unread
from integrations.freshdesk.values import Conversation, Rating, Ticket

#: Ticket.status; numbers above 7 are an administrator's own.
_STATUSES: Final[Mapping[int, str]] = {
    2: "open",
    3: "pending",
    4: "resolved",
    5: "closed",
    6: "pending",  # waiting on customer
    7: "on_hold",  # waiting on third party
}
CLOSED: Final = 5
LOW: Final = 1  #: Ticket.priority

#: Ticket.source, and what its number is called. `forum`, `e-commerce` and `bot` stay such words and count as `other`.
_SOURCES: Final[Mapping[int, str]] = {
    1: "email",
    2: "web_form",  # the portal
    3: "voice",
    4: "forum",
    5: "social",  # Twitter
    6: "social",  # Facebook
    7: "chat",
    8: "messaging",  # Mobihelp, inside apps
    9: "web_form",  # the feedback widget
    10: "email",  # outbound
    11: "e-commerce",
    12: "bot",
}
PORTAL: Final = 2
OUTBOUND: Final = 10

#: Labels of sources that have no number of their own in the documentation, in lower case.
_LABELS: Final[Mapping[str, str]] = {
    **{channel: channel for channel in CHANNELS},
    **{channel.replace("_", " "): channel for channel in CHANNELS},
    "e-mail": "email",
    "outbound email": "email",
    "portal": "web_form",
    "web": "web_form",
    "website": "web_form",
    "feedback widget": "web_form",
    "contact form": "web_form",
    "phone": "voice",
    "call": "voice",
    "twitter": "social",
    "x": "social",
    "facebook": "social",
    "facebook page": "social",
    "instagram": "social",
    "google my business": "social",
    "live chat": "chat",
    "web chat": "chat",
    "webchat": "chat",
    "mobihelp": "messaging",
    "whatsapp": "messaging",
    "facebook messenger": "messaging",
    "messenger": "messaging",
    "instagram direct": "messaging",
    "line": "messaging",
    "telegram": "messaging",
    "viber": "messaging",
    "apple business chat": "messaging",
    "text message": "sms",
    "walk-in": "in_person",
    "walk in": "in_person",
    "rest api": "api",
}

#: Ticket.association_type and Ticket.type of work that agents give each other: no customer's contact.
_INTERNAL_ASSOCIATIONS: Final = frozenset({2, 3})  # child of another ticket, tracker of several
_INTERNAL_TYPES: Final = frozenset({"Service Task"})

#: Conversation.source: a reply, a note that repeats a survey's comment, and a mail to a third party.
_REPLY: Final = 0
_SURVEY_FEEDBACK: Final = 6
_FORWARD: Final = 8

#: The notes that Freshdesk writes when tickets are merged, as it words them in English.
_MERGED_INTO: Final = re.compile(r"^\s*This ticket is closed and merged into ticket #?(\d{1,19})\b")
_MERGED_IN: Final = re.compile(
    r"^\s*(Tickets? with ids? .{0,200}merged into this ticket|Merged from ticket #?\d+\b)", re.DOTALL
)

#: Rating codes of today's surveys from worst to best, and those of classic surveys.
_CODES: Final = (-103, -102, -101, 100, 101, 102, 103)
_CLASSIC: Final = (3, 2, 1)

_PRIORITIES: Final[Mapping[int, str]] = {1: "low", 2: "medium", 3: "high", 4: "urgent"}
#: What the keys of custom fields begin with.
CUSTOM: Final = "cf_"
_OWN_FIELD: Final = "deskpulse"

#: A placeholder that Freshdesk left as it stands, because it knows none of that name.
UNEXPANDED: Final = re.compile(r"\{\{[^}]*\}?\}?")


def status(ticket: Ticket, options: JSONObject) -> str | None:
    """Our word for what the ticket is now; None, counted, for a status that nobody explained."""
    if ticket.deleted:
        return "deleted"
    return "spam" if ticket.spam else status_of(ticket.status, options)


def status_of(number: int | None, options: JSONObject) -> str | None:
    """Our word for a status by its number: the account's own table, `[desk] statuses`, stands over ours."""
    told = _table(options, "statuses").get(str(number))
    word = told if told in STATUSES else _STATUSES.get(number or 0)
    if word is None:
        note_unread("ticket status", number)
    return word


def channel(ticket: Ticket, options: JSONObject) -> str | None:
    """The channel of a ticket's source; one that nothing explains keeps Freshdesk's own word and counts as `other`.

    The account's `[desk] channels` leads from a source's number or label to a channel; labels were read when the
    account was connected.
    """
    if ticket.source is None:
        return None
    number = str(ticket.source)
    label = _label(options, number)
    own = _table(options, "channels")
    named = own.get(number) or own.get(label)
    if isinstance(named, str) and named:
        return _word(named) or None
    return _SOURCES.get(ticket.source) or _LABELS.get(label.lower()) or _unknown_source(label, number)


def _unknown_source(label: str, number: str) -> str:
    note_unread("ticket source", label or number)
    return _word(label) or f"source-{number}"


def is_internal(ticket: Ticket) -> bool:
    """Whether the ticket is work that agents give each other: a child, a tracker, a technician's task."""
    return ticket.association in _INTERNAL_ASSOCIATIONS or ticket.type in _INTERNAL_TYPES


def is_summary(ticket: Ticket, *, author: str | None) -> bool:
    """Whether the ticket is a summary of ours.

    A customer may copy our mark into a subject and cannot set a tag, nor be the agent whose key we use.
    """
    if not has_mark(ticket.subject):
        return False
    return SUMMARY_TAG in (ticket.tags or ()) or (author is not None and ticket.requester == author)


def is_ours(said: Conversation) -> bool:
    """Whether this is one of our own notes; nobody outside can write a private one."""
    return said.private and not said.incoming and has_mark(said.text)


def merged_into(said: Conversation) -> str | None:
    """The ticket that this note says its ticket was merged into; None when it says no such thing."""
    found = None if said.incoming else _MERGED_INTO.match(said.text)
    return found[1] if found and found[1] != said.ticket else None


def written_by(said: Conversation, *, requester: str | None) -> str:
    """Who wrote it. A private message that came from outside is a third party's, whom we only forwarded to."""
    if said.user is None or (said.private and said.incoming):
        return "system"
    return "customer" if said.incoming or (said.user == requester and not said.private) else "agent"


def is_public(said: Conversation) -> bool:
    """Whether the customer sees it: a forward goes to somebody else, whatever Freshdesk calls it."""
    return not said.private and said.source != _FORWARD


def needs_requester(said: Conversation) -> bool:
    """Whether only the ticket tells who wrote this: customers and agents both may add public notes."""
    return not (said.incoming or said.private) and said.source != _REPLY and said.user is not None


def is_automatic(said: Conversation) -> bool:
    """Whether nobody wrote this to be answered: a repeated survey comment, the note of a merge, the desk's own."""
    return said.user is None or said.source == _SURVEY_FEEDBACK or (not said.incoming and _is_merge(said.text))


def _is_merge(text: str) -> bool:
    return _MERGED_IN.match(text) is not None


def scored(rating: Rating, codes: Sequence[int]) -> tuple[int, list[int]] | None:
    """The answer as a score from 1 on its scale; None, counted, for a code that is in no table.

    `codes` are those that its survey takes now; without them, or when this code is no longer one of them, it counts on
    the seven points that there are.
    """
    if rating.code in _CLASSIC:
        return _CLASSIC.index(rating.code) + 1, [1, len(_CLASSIC)]
    taken = [code for code in _CODES if code in codes]
    if rating.code in taken and len(taken) > 1:
        return taken.index(rating.code) + 1, [1, len(taken)]
    if rating.code in _CODES:
        return _CODES.index(rating.code) + 1, [1, len(_CODES)]
    note_unread("rating", rating.code)
    return None


def tags(ticket: Ticket) -> list[str] | None:
    """The ticket's tags without ours; None where they are not told."""
    if ticket.tags is None:
        return None
    return sorted({tag for tag in ticket.tags if not is_own_tag(tag) and _canonical("tags", [tag])})


def own_field(name: str, options: JSONObject) -> str:
    """The key of a custom field that we write, as it was called when the account was connected."""
    told = _table(options, "fields").get(name)
    return told if isinstance(told, str) and told else name if name.startswith(CUSTOM) else CUSTOM + name


def slices(ticket: Ticket, options: JSONObject) -> dict[str, JSONValue]:
    """What may tell tickets apart: custom fields without their `cf_`, then type, priority and product."""
    ours = {own_field(kind, options) for kind in KINDS}
    found: dict[str, JSONValue] = {}
    for key, value in ticket.custom.items():
        name = key.removeprefix(CUSTOM)
        if key not in ours and not name.startswith(_OWN_FIELD):
            told = ", ".join(map(str, value)) if isinstance(value, list) else value
            found.update(_canonical("fields", {name: told}) or {})
    standard = {"type": ticket.type, "priority": _PRIORITIES.get(ticket.priority or 0), "product": ticket.product}
    return {**{name: value for name, value in standard.items() if _canonical("fields", {name: value})}, **found}


def explained_statuses(options: JSONObject) -> frozenset[str]:
    """The numbers of statuses that are explained, here or by the account."""
    told = _table(options, "statuses")
    return frozenset({*map(str, _STATUSES), *(number for number, word in told.items() if word in STATUSES)})


def _label(options: JSONObject, number: str) -> str:
    told = _table(options, "source_names").get(number)
    return told.strip() if isinstance(told, str) else ""


def _word(text: str) -> str:
    """A word that an event can hold as its channel; empty when it cannot."""
    found = _canonical("channel", text.strip())
    return found if isinstance(found, str) else ""


def _canonical(name: str, value: JSONValue) -> JSONValue | None:
    try:
        return FIELDS[name].check(value)
    except ValueError:
        return None


def _table(options: JSONObject, name: str) -> Mapping[str, JSONValue]:
    table = options.get(name)
    return table if isinstance(table, Mapping) else {}
