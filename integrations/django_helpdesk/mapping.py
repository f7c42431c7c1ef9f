"""django-helpdesk's words in ours: what its numbers, words and titles mean, and who wrote an entry.

Titles of entries are sentences in the language of whoever caused them, so they only ever serve as hints, and only in
English: where a hint does not match, less is known, and nothing is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from integrations.actions import is_own_field, is_own_tag
from integrations.django_helpdesk.markup import is_marked
from integrations.django_helpdesk.payloads import FollowUp, Ticket
from integrations.events import CHANNELS, FIELDS, STATUSES, JSONObject, JSONValue

#: `helpdesk/settings.py`. A new ticket is "open" there: the desk does not tell unread tickets from read ones.
#: Duplicate without a ticket that it was merged into: the conversation has ended without another one.
_STATUSES: Final[Mapping[int, str]] = {1: "open", 2: "open", 3: "resolved", 4: "closed", 5: "closed"}
_RESOLVED: Final = 3
_CLOSED: Final = 4
#: The statuses of tickets that somebody still works on: what `on_hold` suspends.
_HOLDABLE: Final = frozenset({"new", "open", "pending"})
#: The numbers that mean that the conversation is over.
_FINISHED: Final = frozenset({"resolved", "closed"})

#: Words that administrators use for channels, in `custom_channel` and as names of queues.
_CHANNELS: Final[Mapping[str, str]] = {
    **{channel.replace("_", "-"): channel for channel in CHANNELS},
    "e-mail": "email",
    "mail": "email",
    "mails": "email",
    "web": "web_form",
    "webform": "web_form",
    "website": "web_form",
    "form": "web_form",
    "portal": "web_form",
    "live-chat": "chat",
    "livechat": "chat",
    "phone": "voice",
    "telephone": "voice",
    "calls": "voice",
    "call": "voice",
    "whatsapp": "messaging",
    "telegram": "messaging",
    "messenger": "messaging",
    "facebook": "social",
    "instagram": "social",
    "twitter": "social",
    "walk-in": "in_person",
}

#: Custom fields that are read as something else: never slices of a ticket.
_CHANNEL_FIELD: Final = "channel"
TAGS_FIELD: Final = "tags"
_NOT_FIELDS: Final = frozenset({_CHANNEL_FIELD, TAGS_FIELD})

#: `helpdesk/forms.py`: opened in the public form, also by somebody who is logged in.
_BY_FORM: Final = "Ticket Opened Via Web"
#: `helpdesk/management/commands/escalate_tickets.py`: a public entry by nobody that looks like a customer's.
_ESCALATED: Final = "Ticket Escalated"
#: `helpdesk/update_ticket.py`; with a change of status, its name follows.
_ASSIGNED: Final = re.compile(r"^Assigned to (?P<name>\S{1,150})( and [A-Z][a-z]+)?$")
#: `helpdesk/views/staff.py`: an entry that came with a ticket merged into this one, in any language.
_MERGED_IN: Final = re.compile(r"^\[[^\[\]]*#\d+\] ")


def status(number: int, *, on_hold: bool = False, options: JSONObject) -> str | None:
    """The canonical status; None for a number of the desk's own that the account's `statuses` do not explain."""
    told = _table(options, "statuses").get(str(number))
    word = told if told in STATUSES else _STATUSES.get(number)
    return "on_hold" if on_hold and word in _HOLDABLE else word


def is_finished(number: int | None, *, options: JSONObject) -> bool:
    """Whether a change to that status ends the conversation."""
    return number is not None and status(number, options=options) in _FINISHED


def channel(ticket: Ticket, *, queue_slug: str, options: JSONObject) -> str | None:
    """Where the ticket came from, by what says so most plainly; None when nothing does.

    The custom field `channel`; the account's `channels` (queue → channel); a mail; nobody's entry, which is the
    public form; the title of that form's entry; the queue's name, if it is a word for a channel.
    """
    told = ticket.custom.get(_CHANNEL_FIELD)
    if isinstance(told, str) and (word := _canonical("channel", told.strip())):
        return _CHANNELS.get(_word(word), word)
    by_queue = _table(options, "channels")
    named = by_queue.get(queue_slug) or by_queue.get(str(ticket.queue))
    if isinstance(named, str) and _canonical("channel", named):
        return named
    return _channel_of_opening(opening(ticket)) or _CHANNELS.get(_word(queue_slug))


def _channel_of_opening(entry: FollowUp | None) -> str | None:
    if entry is None:
        return None
    if entry.message_id:
        return "email"
    return "web_form" if entry.user is None or entry.title == _BY_FORM else None


def opening(ticket: Ticket) -> FollowUp | None:
    """The entry that opened the ticket; None when it went away with a merge, or never was."""
    return next((entry for entry in ticket.follow_ups if not is_merged_in(entry)), None)


def is_merged_in(entry: FollowUp) -> bool:
    """Whether the entry belongs to a ticket that was merged into this one."""
    return _MERGED_IN.match(entry.title) is not None


def opened_by(ticket: Ticket, entry: FollowUp) -> str:
    """Who opened the ticket. What staff or a program opened for a submitter is that customer's question."""
    return "agent" if entry.user is not None and not entry.message_id and not ticket.customer else "customer"


def written_by(entry: FollowUp, *, author: str | None) -> str:
    """Who wrote an entry that did not open its ticket."""
    if entry.message_id:
        return "customer"
    if entry.user is None:
        return "system" if entry.title == _ESCALATED else "customer"
    return "bot" if str(entry.user) == author else "agent"


def is_ours(entry: FollowUp, *, author: str | None) -> bool:
    """Whether the entry is one of Deskpulse's own notes."""
    if entry.user is None or entry.public:
        return False
    return str(entry.user) == author or is_marked(entry.comment)


def shows_notes(ticket: Ticket) -> bool:
    """Whether the desk makes the next comment, even a private one, the resolution that it shows to the customer.

    `helpdesk/update_ticket.py`: of every entry on a resolved ticket, and of the first on a closed one without any.
    """
    return ticket.status == _RESOLVED or (ticket.status == _CLOSED and ticket.resolution is None)


def resolution(ticket: Ticket) -> str | None:
    """What the desk is to show as the resolution: what it shows, unless that is a note of ours.

    Then it is what the entry said that resolved or closed the ticket.
    """
    if ticket.resolution is None or not is_marked(ticket.resolution):
        return ticket.resolution
    said = (entry.comment for entry in reversed(ticket.follow_ups) if entry.new_status in (_RESOLVED, _CLOSED))
    return next(said, None)


def is_summary(ticket: Ticket, *, mark: str = "") -> bool:
    """Whether the ticket is a summary of ours: staff opened it and it carries a marker, this one if one is given."""
    entry = opening(ticket)
    if entry is None or entry.user is None:
        return False
    return any(is_marked(text) and mark in text for text in (ticket.title, ticket.description, entry.comment))


def is_automatic(entry: FollowUp, *, by: str, ticket: Ticket | None, options: JSONObject) -> bool:
    """Whether nobody wrote this for somebody to read: an escalation, a closing click, an out-of-office mail."""
    if by == "system":
        return True
    if by == "customer" and not entry.message_id and is_finished(entry.new_status, options=options):
        return True  # the public page writes "Submitter accepted resolution" into the customer's mouth
    return may_be_automatic_mail(entry) and ticket is not None and _notifies(ticket)


def may_be_automatic_mail(entry: FollowUp) -> bool:
    """Whether nobody was notified of this mail, as of out-of-office mails (`helpdesk/email.py`)."""
    return bool(entry.message_id) and entry.recipients == ()


def _notifies(ticket: Ticket) -> bool:
    # A desk that cannot send mail notifies nobody of anything: then an empty list says nothing.
    entry = opening(ticket)
    return entry is not None and bool(entry.recipients)


def tags(ticket: Ticket) -> list[str] | None:
    """The ticket's tags without ours; None when the desk has no custom field `tags`."""
    if TAGS_FIELD not in ticket.custom:
        return None
    told = split_tags(ticket.custom[TAGS_FIELD])
    return [tag for tag in told if not is_own_tag(tag) and _canonical("tags", [tag])]


def split_tags(text: JSONValue) -> list[str]:
    """The tags in the custom field's text, in its order."""
    if not isinstance(text, str):
        return []
    return list(dict.fromkeys(tag for tag in map(str.strip, text.split(",")) if tag))


def is_reserved(field: str) -> bool:
    """Whether the custom field is read as something else than a field, or written by Deskpulse."""
    return field in _NOT_FIELDS or is_own_field(field)


def own_fields(ticket: Ticket, *, without: Collection[str] = ()) -> dict[str, JSONValue]:
    """The custom fields that may tell tickets apart: neither reserved nor among those named."""
    fields: dict[str, JSONValue] = {}
    for name, value in ticket.custom.items():
        if not is_reserved(name) and name not in without:
            fields.update(_canonical("fields", {name: value}) or {})
    return fields


def agent_named(ticket: Ticket, follow_up: int | None) -> str | None:
    """How the present agent is called, when this very entry assigned them and its title says so."""
    entry = ticket.follow_ups[-1] if ticket.follow_ups else None
    if entry is None or entry.id != follow_up or ticket.agent is None:
        return None
    found = _ASSIGNED.match(entry.title)
    return found["name"] if found else None


def _canonical(field: str, value: JSONValue) -> JSONValue | None:
    """The value as an event holds it; None when an event cannot, as of a text of many lines."""
    try:
        return FIELDS[field].check(value)
    except ValueError:
        return None


def _word(text: str) -> str:
    return text.strip().lower().replace("_", "-").replace(" ", "-")


def _table(options: JSONObject, name: str) -> Mapping[str, JSONValue]:
    table = options.get(name)
    return table if isinstance(table, Mapping) else {}
