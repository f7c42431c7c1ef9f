"""What Zendesk sends and answers, checked and made into plain values; unknown keys are ignored.

Webhooks write every id as text (perhaps an empty one) and every word in capitals, the REST API writes numbers and small
letters: both become the same values here. Times carry up to nine digits of a second. Sources: the pages "Ticket
events", "Tickets", "Ticket Audit events reference" and "Ticket comments" of developer.zendesk.com.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from integrations.errors import Unreadable
from integrations.events import JSONObject, JSONValue
from integrations.times import Instant
from integrations.zendesk import values

#: Zendesk's own fields that may tell tickets apart: key in its JSON → our name of the field.
OWN_FIELDS: Final = {
    "brand_id": "brand",
    "form_id": "form",
    "ticket_form_id": "form",
    "organization_id": "organization",
    "priority": "priority",
    "type": "type",
}
_OWN_FIELD: Final = "own_"
_EVENT_TYPE: Final = "zen:event-type:"
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


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket as a webhook's `detail` and the REST API tell it; words in small letters, ids as text.

    `fields` are Zendesk's own (brand, form, organization, priority, type); `custom` leads from the id of a custom
    field to its value and is only told by the API.
    """

    id: str
    created: Instant
    updated: Instant | None = None
    via: Via = field(default_factory=Via)
    requester: str | None = None
    submitter: str | None = None
    actor: str | None = None
    agent: str | None = None
    department: str | None = None
    status: str | None = None
    tags: tuple[str, ...] = ()
    external_id: str | None = None
    subject: str = ""
    fields: Mapping[str, str | None] = field(default_factory=dict)
    custom: Mapping[str, JSONValue] = field(default_factory=dict)
    rating: JSONObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """One event of a webhook: `kind` without Zendesk's prefix, what changed, and the ticket as it then was."""

    kind: str
    subject: str  #: id of the ticket; empty when the event is about something else
    time: Instant
    event: JSONObject
    ticket: Ticket | None


@dataclass(frozen=True, slots=True)
class Hint:
    """The body of a trigger's webhook: something happened to this ticket."""

    ticket: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One event inside an audit."""

    type: str
    id: int | None = None
    field: str | None = None
    value: JSONValue = None
    previous: JSONValue = None
    author: str | None = None
    public: bool | None = None
    body: str = ""
    comment: str | None = None
    via: Via | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """One update of a ticket: who, when, and everything that it changed."""

    id: str
    at: Instant
    author: str | None = None
    via: Via = field(default_factory=Via)
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment, as the list of a ticket's comments tells it."""

    id: str
    public: bool
    text: str


@dataclass(frozen=True, slots=True)
class User:
    """A user: `role` is end-user, agent or admin."""

    id: str
    role: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A group."""

    id: str
    name: str = ""


def read_call(body: bytes) -> Notice | Hint:
    """The body of a webhook: an event, or what our trigger sends; Unreadable when it is neither."""
    try:
        told: JSONValue = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable("the body is not JSON") from error
    if not isinstance(told, dict):
        raise Unreadable("the body is not a JSON object")
    return _hint(told) if "type" not in told else _notice(told)


def read_ticket(told: JSONValue) -> Ticket:
    """A ticket; Unreadable when it is none."""
    found = values.loaded(_TICKET, told, "ticket")
    own = {name: found.pop(_OWN_FIELD + key) for key, name in OWN_FIELDS.items() if _OWN_FIELD + key in found}
    return Ticket(fields=own, **found)


def read_audit(told: JSONValue) -> Audit:
    """One audit with its events; Unreadable when it is none."""
    found = values.loaded(_AUDIT, told, "audit")
    entries = tuple(Entry(**values.loaded(_ENTRY, one, "audit event")) for one in found.pop("entries", ()))
    return Audit(entries=entries, **found)


def read_comment(told: JSONValue) -> Comment:
    """One comment; Unreadable when it is none."""
    found = values.loaded(_COMMENT, told, "comment")
    return Comment(found["id"], found.get("public", False), found.get("plain") or found.get("body", ""))


def read_user(told: JSONValue) -> User:
    """One user; Unreadable when it is none."""
    return User(**values.loaded(_USER, told, "user"))


def read_named(told: JSONValue) -> Named:
    """One group; Unreadable when it is none."""
    return Named(**values.loaded(_NAMED, told, "group"))


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
    found = values.loaded(_NOTICE, told, "event")
    kind = found["kind"].removeprefix(_EVENT_TYPE)
    detail = found.get("detail", {})
    ticket = read_ticket(detail) if kind.startswith(_TICKET_EVENT) else None
    id_ = ticket.id if ticket else values.id_of(detail.get("id")) or ""
    if not id_ and kind.startswith(_MESSAGING_EVENT):
        raise Unreadable("event: it is about no ticket")
    return Notice(kind, id_, found["time"], found.get("event", {}), ticket)


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


_TICKET: Final = values.schema(
    "Ticket",
    id=values.must(values.must_id, "id"),
    created=values.must(values.moment, "created_at"),
    updated=values.may(values.moment, "updated_at"),
    via=values.may(_via, "via"),
    requester=values.may(values.id_of, "requester_id"),
    submitter=values.may(values.id_of, "submitter_id"),
    actor=values.may(values.id_of, "actor_id"),
    agent=values.may(values.id_of, "assignee_id"),
    department=values.may(values.id_of, "group_id"),
    status=values.may(values.word, "status"),
    tags=values.may(values.tags_of, "tags"),
    external_id=values.may(values.text, "external_id"),
    subject=values.may(values.text, "subject"),
    custom=values.may(values.custom_of, "custom_fields"),
    rating=values.may(values.dict_of, "satisfaction_rating"),
    **{_OWN_FIELD + key: values.may(values.word, key) for key in OWN_FIELDS},
)
_NOTICE: Final = values.schema(
    "Notice",
    kind=values.must(values.text, "type"),
    subject=values.may(values.text, "subject"),
    time=values.must(values.moment, "time"),
    event=values.may(values.dict_of, "event"),
    detail=values.may(values.dict_of, "detail"),
)
_AUDIT: Final = values.schema(
    "Audit",
    id=values.must(values.must_id, "id"),
    at=values.must(values.moment, "created_at"),
    author=values.may(values.id_of, "author_id"),
    via=values.may(_via, "via"),
    entries=values.may(values.dicts, "events"),
)
_ENTRY: Final = values.schema(
    "Entry",
    type=values.must(values.text, "type"),
    id=values.may(values.number, "id"),
    field=values.may(values.word, "field_name"),
    value=values.may(values.as_it_is, "value"),
    previous=values.may(values.as_it_is, "previous_value"),
    author=values.may(values.id_of, "author_id"),
    public=values.may(values.flag, "public"),
    body=values.may(values.text, "body"),
    comment=values.may(values.id_of, "comment_id"),
    via=values.may(_via, "via"),
)
_COMMENT: Final = values.schema(
    "Comment",
    id=values.must(values.must_id, "id"),
    public=values.may(values.flag, "public"),
    body=values.may(values.text, "body"),
    plain=values.may(values.text, "plain_body"),
)
_USER: Final = values.schema(
    "User",
    id=values.must(values.must_id, "id"),
    role=values.may(values.word, "role"),
    name=values.may(values.name_of, "name"),
)
_NAMED: Final = values.schema("Named", id=values.must(values.must_id, "id"), name=values.may(values.name_of, "name"))
