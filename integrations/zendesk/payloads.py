"""What Zendesk sends and answers, checked and made into plain values; unknown keys are ignored.

Webhooks write every id as text (perhaps an empty one) and every word in capitals, the REST API writes numbers and small
letters: both become the same values here. Times carry up to nine digits of a second. Sources: the pages "Ticket
events", "Tickets", "Ticket Audit events reference" and "Ticket comments" of developer.zendesk.com.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Final

from integrations.errors import Unreadable
from integrations.events import JSONObject, JSONValue
from integrations.schemas import json_of
from integrations.times import Instant
from integrations.zendesk import values
from integrations.zendesk.values import Key

#: Zendesk's own fields that may tell tickets apart: key in its JSON → our name of the field.
OWN_FIELDS: Final = {
    "brand_id": "brand",
    "form_id": "form",
    "ticket_form_id": "form",
    "organization_id": "organization",
    "priority": "priority",
    "type": "type",
}
_EVENT_TYPE: Final = "zen:event-type:"
_TYPE: Final = re.compile(re.escape(_EVENT_TYPE) + r"\w[\w.-]*")
_TICKET_EVENT: Final = "ticket."
_MESSAGING_EVENT: Final = "messaging_ticket."
_UNEXPANDED: Final = "{{"


@dataclass(frozen=True, slots=True)
class Via:
    """How something came about: the desk's word, what it refers to, and the tickets on both sides of that."""

    channel: str | None = None
    rel: str | None = None
    from_ticket: str | None = None
    from_channel: str | None = None
    to_ticket: str | None = None


def _via(value: JSONValue) -> Via:
    """The via object; Zendesk also writes the word, or the number that stands for it, alone."""
    if not isinstance(value, dict):
        return Via(values.word(value))
    source = values.dict_of(value.get("source"))
    origin, target = values.dict_of(source.get("from")), values.dict_of(source.get("to"))
    return Via(
        channel=values.word(value.get("channel")),
        rel=values.word(source.get("rel")),
        from_ticket=values.id_of(origin.get("ticket_id")),
        from_channel=values.word(origin.get("channel")),
        to_ticket=values.id_of(target.get("ticket_id")),
    )


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket as a webhook's `detail` and the REST API tell it; words in small letters, ids as text.

    `fields` are Zendesk's own (brand, form, organization, priority, type); `custom` leads from the id of a custom
    field to its value and is only told by the API.
    """

    id: Annotated[str, Key("id", values.must_id)]
    created: Annotated[Instant, Key("created_at", values.moment)]
    updated: Annotated[Instant | None, Key("updated_at", values.moment)] = None
    via: Annotated[Via, Key("via", _via)] = field(default_factory=Via)
    requester: Annotated[str | None, Key("requester_id", values.id_of)] = None
    submitter: Annotated[str | None, Key("submitter_id", values.id_of)] = None
    actor: Annotated[str | None, Key("actor_id", values.id_of)] = None
    agent: Annotated[str | None, Key("assignee_id", values.id_of)] = None
    department: Annotated[str | None, Key("group_id", values.id_of)] = None
    status: Annotated[str | None, Key("status", values.word)] = None
    tags: Annotated[tuple[str, ...], Key("tags", values.tags_of)] = ()
    external_id: Annotated[str | None, Key("external_id", values.text)] = None
    subject: Annotated[str, Key("subject", values.text)] = ""
    custom: Annotated[Mapping[str, JSONValue], Key("custom_fields", values.custom_of)] = field(default_factory=dict)
    rating: Annotated[JSONObject, Key("satisfaction_rating", values.dict_of)] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """One event of a webhook: its kind, what changed, and the ticket as it then was."""

    kind: Annotated[str, Key("type", values.text)]
    time: Annotated[Instant, Key("time", values.moment)]
    event: Annotated[JSONObject, Key("event", values.dict_of)] = field(default_factory=dict)
    detail: Annotated[JSONObject, Key("detail", values.dict_of)] = field(default_factory=dict)
    subject: str = ""  #: id of the ticket; empty when the event is about something else
    ticket: Ticket | None = None


@dataclass(frozen=True, slots=True)
class Hint:
    """The body of a trigger's webhook: something happened to this ticket."""

    ticket: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One event inside an audit."""

    type: Annotated[str, Key("type", values.text)]
    id: Annotated[int | None, Key("id", values.number)] = None
    field: Annotated[str | None, Key("field_name", values.word)] = None
    value: Annotated[JSONValue, Key("value", values.as_it_is)] = None
    previous: Annotated[JSONValue, Key("previous_value", values.as_it_is)] = None
    author: Annotated[str | None, Key("author_id", values.id_of)] = None
    public: Annotated[bool | None, Key("public", values.flag)] = None
    body: Annotated[str, Key("body", values.text)] = ""
    comment: Annotated[str | None, Key("comment_id", values.id_of)] = None
    via: Annotated[Via | None, Key("via", _via)] = None


def _entries(value: JSONValue) -> tuple[Entry, ...]:
    return tuple(values.read(Entry, one, "audit event") for one in values.dicts(value))


@dataclass(frozen=True, slots=True)
class Audit:
    """One update of a ticket: who, when, and everything that it changed."""

    id: Annotated[str, Key("id", values.must_id)]
    at: Annotated[Instant, Key("created_at", values.moment)]
    author: Annotated[str | None, Key("author_id", values.id_of)] = None
    via: Annotated[Via, Key("via", _via)] = field(default_factory=Via)
    entries: Annotated[tuple[Entry, ...], Key("events", _entries)] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment, as the list of a ticket's comments tells it."""

    id: Annotated[str, Key("id", values.must_id)]
    public: Annotated[bool, Key("public", values.flag)] = False
    body: Annotated[str, Key("body", values.text)] = ""
    plain: Annotated[str, Key("plain_body", values.text)] = ""

    @property
    def text(self) -> str:
        """What it says."""
        return self.plain or self.body


@dataclass(frozen=True, slots=True)
class User:
    """A user: `role` is end-user, agent or admin. Also a group, which has none."""

    id: Annotated[str, Key("id", values.must_id)]
    role: Annotated[str, Key("role", values.word)] = ""
    name: Annotated[str, Key("name", values.name_of)] = ""


def kind_of(type_: str) -> str:
    """The kind of an event, `ticket.created`, in the `type` that Zendesk writes."""
    return type_.removeprefix(_EVENT_TYPE)


def read_call(body: bytes) -> Notice | Hint:
    """The body of a webhook: an event, or what our trigger sends; Unreadable when it is neither."""
    told = json_of(body)
    if not isinstance(told, dict):
        raise Unreadable("the body is not a JSON object")
    return _hint(told) if "type" not in told else _notice(told)


def read_ticket(told: JSONValue) -> Ticket:
    """A ticket; Unreadable when it is none."""
    found = values.read(Ticket, told, "ticket")
    own = ((name, own_value(name, told.get(key))) for key, name in OWN_FIELDS.items())
    return replace(found, fields={name: word for name, word in own if word is not None})


def own_value(name: str, value: JSONValue) -> str | None:
    """The value of one of Zendesk's own fields, under our name for it; 0 is the id of nothing."""
    return values.word(value) if name in ("priority", "type") else values.id_of(value)


def read_audit(told: JSONValue) -> Audit:
    """One audit with its events; Unreadable when it is none."""
    return values.read(Audit, told, "audit")


def read_comment(told: JSONValue) -> Comment:
    """One comment; Unreadable when it is none."""
    return values.read(Comment, told, "comment")


def read_user(told: JSONValue) -> User:
    """One user or group; Unreadable when it is none."""
    return values.read(User, told, "user")


def _hint(told: JSONObject) -> Hint:
    inner = told.get("ticket")
    id_ = told.get("ticket_id") or (inner.get("id") if isinstance(inner, dict) else None)
    if isinstance(id_, str) and _UNEXPANDED in id_:
        raise Unreadable("Zendesk did not replace {{ticket.id}}: copy the trigger's body from the setup page again")
    found = values.id_of(id_)
    if found is None:
        raise Unreadable("the body is neither an event of Zendesk nor that of our trigger")
    return Hint(found)


def _notice(told: JSONObject) -> Notice:
    found = values.read(Notice, told, "event")
    if _TYPE.fullmatch(found.kind) is None:
        raise Unreadable(f"event: its type is none that Zendesk writes, {_EVENT_TYPE}ticket.created or another one")
    kind = kind_of(found.kind)
    ticket = read_ticket(found.detail) if kind.startswith(_TICKET_EVENT) else None
    id_ = ticket.id if ticket else values.id_of(found.detail.get("id")) or ""
    if not id_ and kind.startswith(_MESSAGING_EVENT):
        raise Unreadable("event: it is about no ticket")
    return replace(found, kind=kind, subject=id_, ticket=ticket)
