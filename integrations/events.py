"""The one language of events: what a desk told us, whichever desk it was.

An event is one canonical fact about one ticket. Its JSON form (`docs/event.schema.json`) is the body of a
`generic` call and a line of `deskpulse import`; every other desk's calls are translated into it.

In `data` an absent key says nothing; an explicit None is a value ("nobody is assigned").
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import orjson

from integrations.errors import Unreadable
from integrations.fields import (
    ACTORS,
    CHANNELS,
    FIELDS,
    KINDS,
    LARGEST_WHOLE,
    LIVE_DIRECTIONS,
    MEDIA,
    OUTCOMES,
    STATUSES,
    SURVEY_DIRECTIONS,
    TEXT_SCHEMA,
    Check,
    Field,
    JSONObject,
    JSONValue,
    field_of,
    identifier,
    sequence_number,
)
from integrations.times import DAY, Instant, instant_of_iso, iso

__all__ = [
    "ACTORS", "CHANNELS", "FIELDS", "KINDS", "LATEST_AHEAD", "LIVE_DIRECTIONS", "MEDIA", "OUTCOMES", "STATUSES",
    "SURVEY_DIRECTIONS", "TYPES", "Event", "EventType", "Field", "JSONObject", "JSONValue", "event", "json_schema",
    "read_event",
]  # fmt: skip

#: An event dated this far after we received it is unreadable: a desk's clock or zone is wrong.
LATEST_AHEAD: Final = DAY


class Event(NamedTuple):
    """One canonical fact.

    `at` is when it happened by the desk's clock; `seen` the desk's `updated_at` of the object that told us,
    else `at`; `seq` the desk's own order inside one instant; `observed` is true for a present value that no
    dated fact of the desk explains.
    """

    type: str
    ticket: str
    at: Instant
    data: JSONObject
    id: str
    seq: int | None = None
    seen: Instant | None = None
    observed: bool = False

    def content(self) -> bytes:
        """Canonical JSON of everything but `id`, `seen` and `observed`: what the content hash covers."""
        fields = {**self.data, "type": self.type, "ticket": self.ticket, "at": self.at}
        if self.seq is not None:
            fields["seq"] = self.seq
        return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)

    def content_hash(self) -> bytes:
        """16 bytes that are the same for the same content, whichever call brought it."""
        return hashlib.sha256(self.content()).digest()[:16]

    def with_data(self, **changes: JSONValue) -> Event:
        """The same event with some of its data replaced; its id stays."""
        data = {**self.data, **changes}
        return Event(self.type, self.ticket, self.at, data, self.id, self.seq, self.seen, self.observed)

    def json(self) -> dict[str, JSONValue]:
        """The event as a line of `deskpulse import`."""
        line: dict[str, JSONValue] = {"type": self.type, "ticket": self.ticket, "at": iso(self.at), "id": self.id}
        if self.seq is not None:
            line["seq"] = self.seq
        if self.seen is not None:
            line["seen"] = iso(self.seen)
        return {**line, **self.data}


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event: its meaning, its fields, and what tells two events of it apart."""

    rank: int  #: the order inside one instant, as in docs/design.md
    meaning: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    identity: tuple[str, ...]  #: the fields an id is derived from, beside type and ticket; `at` for the moment


_WHO: Final = ("by", "author")
_NAMES: Final = ("agent", "department")
_LIVE: Final = ("media", "direction", "channel", *_WHO, *_NAMES)
_SURVEY: Final = ("survey", "touchpoint", "version", *_NAMES)
_ANSWER: Final = (*_SURVEY, "comment", "direction", "customer")

#: Every event type, in the order in which events of one instant are folded.
TYPES: Final[Mapping[str, EventType]] = {
    "ticket.created": EventType(
        0, "a ticket exists", (), ("channel", "customer", "tags", "fields", *_WHO, *_NAMES), ()
    ),
    "ticket.updated": EventType(
        1, "custom fields or the customer changed", (), ("fields", "customer"), ("fields", "at")
    ),
    "ticket.moved": EventType(
        2, "the channel or the department changed", (), ("channel", "department"), ("department", "channel", "at")
    ),
    "ticket.assigned": EventType(3, "an agent took or was given the ticket", ("agent",), _WHO, ("agent", "at")),
    "ticket.tagged": EventType(
        4,
        "tags were set, added or removed",
        (),
        ("tags", "add_tags", "remove_tags"),
        ("tags", "add_tags", "remove_tags", "at"),
    ),
    "message.sent": EventType(
        5,
        "a public message or a private note",
        ("by",),
        ("author", "public", "message", "auto", "channel", "customer", *_NAMES),
        ("message",),
    ),
    "ticket.handover": EventType(6, "a bot handed the conversation to people", (), (), ("at",)),
    "live.queued": EventType(7, "a customer waits for a live agent", ("contact",), _LIVE, ("contact",)),
    "live.answered": EventType(8, "an agent took the live contact", ("contact",), _LIVE, ("contact",)),
    "live.ended": EventType(9, "the live contact is over", ("contact",), (*_LIVE, "outcome"), ("contact",)),
    "status.changed": EventType(10, "the ticket's status from now on", ("status",), (*_WHO, "agent"), ("status", "at")),
    "survey.sent": EventType(
        11, "a survey was put to the customer", ("kind",), (*_SURVEY, "scale", "direction"), ("survey", "kind")
    ),
    "survey.answered": EventType(
        12, "a customer answered", ("kind", "score", "scale"), _ANSWER, ("survey", "kind", "at")
    ),
    "survey.invalidated": EventType(
        13, "an answer no longer counts", ("kind",), ("survey", "reason"), ("survey", "kind", "at")
    ),
    "survey.restored": EventType(
        14, "an invalidated answer counts again", ("kind",), ("survey",), ("survey", "kind", "at")
    ),
    "ticket.merged": EventType(15, "the ticket went into another one, or came back", ("into",), (), ("into", "at")),
}


@dataclass(frozen=True, slots=True)
class _Rules:
    """What `TYPES` and `FIELDS` say about one type, worked out once: reading is the hot path of an import."""

    checks: Mapping[str, Check]
    required: tuple[str, ...]
    identify: Callable[[Instant, int | None, JSONObject], list[JSONValue]]


def _rules(type_: str, kind: EventType) -> _Rules:
    checks = {name: field_of(type_, name).check for name in (*kind.required, *kind.optional)}
    return _Rules(checks, kind.required, _IDENTITIES.get(type_) or _identity_by(kind.identity))


def _identity_by(names: tuple[str, ...]) -> Callable[[Instant, int | None, JSONObject], list[JSONValue]]:
    def identify(at: Instant, _: int | None, data: JSONObject) -> list[JSONValue]:
        return [at if name == "at" else _identifying(name, data) for name in names]

    return identify


def _identifying(name: str, data: JSONObject) -> JSONValue:
    if name == "survey":
        return data["survey"] if "survey" in data else data["kind"]
    if name == "fields":
        return sorted(data.get("fields") or ())
    # A department that is absent and one that is null are two statements, so they are two ids.
    return [data[name]] if name in data else []


def _identity_of_message(at: Instant, seq: int | None, data: JSONObject) -> list[JSONValue]:
    return [[data["message"]]] if "message" in data else [data["by"], at, seq]


_IDENTITIES: Final = {"message.sent": _identity_of_message}
_RULES: Final = {type_: _rules(type_, kind) for type_, kind in TYPES.items()}


def event(
    type_: str,
    ticket: str,
    at: Instant,
    *,
    id_: str | None = None,
    seq: int | None = None,
    seen: Instant | None = None,
    observed: bool = False,
    **data: JSONValue,
) -> Event:
    """An event made by our own code from a desk's words; Unreadable when a field is not what it must be.

    Its id is derived from what identifies the fact, never from what a later delivery may add. A field that
    this type has not is a mistake in our code: TypeError.
    """
    rules = _RULES[type_]
    name = "ticket"
    try:
        ticket = identifier(ticket)
        name = "id"
        own_id = None if id_ is None else identifier(id_)
        name = "seq"
        seq = None if seq is None else sequence_number(seq)
        checked = {}
        for name, value in data.items():
            checked[name] = rules.checks[name](value)
    except KeyError as error:
        raise TypeError(f"{type_} has no field {name}") from error
    except ValueError as error:
        raise Unreadable(f"{type_}: {name} {error}") from error
    return _made(type_, rules, ticket, at, checked, own_id, seq, seen, observed=observed)


def is_ahead(event: Event, received_at: Instant) -> bool:
    """Whether an event is dated so far after we received it that the desk's clock or zone must be wrong."""
    return event.at > received_at + LATEST_AHEAD


def require_not_ahead(events: Iterable[Event], received_at: Instant) -> None:
    """Return when none of the events is ahead; Unreadable otherwise."""
    for event in events:
        if is_ahead(event, received_at):
            raise Unreadable(f"{event.type}: at is more than 24 hours in the future; check the desk's clock and zone")


def read_event(line: JSONValue, *, received_at: Instant) -> Event:
    """The event of one JSON object in canonical form; Unreadable, naming the field, when it is not one.

    Unknown fields are ignored: a newer sender may know more than we do.
    """
    type_, rules = _known(line)
    data = {}
    name = "ticket"
    try:
        ticket = identifier(line.get("ticket"))
        name = "at"
        at = _moment(line.get("at"), received_at)
        checks = rules.checks
        for name, value in line.items():
            check = checks.get(name)
            if check is not None:
                data[name] = check(value)
        name = "id"
        own_id = None if line.get("id") is None else identifier(line["id"])
        name = "seq"
        seq = None if line.get("seq") is None else sequence_number(line["seq"])
        name = "seen"
        seen = None if line.get("seen") is None else _moment(line["seen"], received_at)
    except ValueError as error:
        raise Unreadable(f"{type_}: {name} {error}") from error
    return _made(type_, rules, ticket, at, data, own_id, seq, seen)


def _known(line: JSONValue) -> tuple[str, _Rules]:
    if not isinstance(line, dict):
        raise Unreadable("an event must be a JSON object")
    type_ = line.get("type")
    if not isinstance(type_, str) or type_ not in _RULES:
        raise Unreadable(f"type must be one of {', '.join(TYPES)}")
    return type_, _RULES[type_]


def _moment(value: JSONValue, received_at: Instant) -> Instant:
    if not isinstance(value, str):
        raise ValueError("must be an ISO 8601 time with offset")
    try:
        moment = instant_of_iso(value)
    except ValueError as error:
        raise ValueError(f"must be an ISO 8601 time with offset: {error}") from error
    if moment > received_at + LATEST_AHEAD:
        raise ValueError("is more than 24 hours in the future")
    return moment


def _made(
    type_: str,
    rules: _Rules,
    ticket: str,
    at: Instant,
    data: JSONObject,
    own_id: str | None,
    seq: int | None,
    seen: Instant | None,
    *,
    observed: bool = False,
) -> Event:
    for name in rules.required:
        if name not in data:
            raise Unreadable(f"{type_}: {name} is missing")
    if type_ == "survey.answered":
        low, high = data["scale"]
        if not low <= data["score"] <= high:
            raise Unreadable(f"survey.answered: score {data['score']} is not on its scale [{low}, {high}]")
    if own_id is None:
        identity = orjson.dumps([type_, ticket, *rules.identify(at, seq, data)])
        own_id = hashlib.sha256(identity).hexdigest()[:32]
    return Event(type_, ticket, at, data, own_id, seq, seen, observed)


#: RFC 3339, without leap seconds and between the years that `times.instant` takes.
_TIME: Final[JSONObject] = {
    "type": "string",
    "format": "date-time",
    "pattern": "^(199[0-9]|20[0-9]{2}|21[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
}
_COMMON: Final[Mapping[str, JSONObject]] = {
    "type": {"enum": list(TYPES)},
    "ticket": {**TEXT_SCHEMA, "description": "the desk's id of the ticket"},
    "at": {**_TIME, "description": "when it happened, with offset; at most 24 hours after it is received"},
    "id": {**TEXT_SCHEMA, "description": "what makes this event itself; derived when absent"},
    "seq": {
        "type": "integer",
        "minimum": 0,
        "maximum": LARGEST_WHOLE,
        "description": "the desk's own order inside one instant",
    },
    "seen": {**_TIME, "description": "the desk's updated_at, else at"},
}


def json_schema() -> dict[str, JSONValue]:
    """The JSON Schema of one canonical event, as written to `docs/event.schema.json`.

    What it accepts is read, but for four things that a schema cannot say: a day that its month does not have,
    a time more than 24 hours ahead, a scale whose low end is not below its high end, a score off its scale.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Deskpulse event",
        "type": "object",
        "properties": dict(_COMMON),
        "required": ["type", "ticket", "at"],
        "oneOf": [_schema_of(type_, kind) for type_, kind in TYPES.items()],
    }


def _schema_of(type_: str, kind: EventType) -> dict[str, JSONValue]:
    fields = {name: field_of(type_, name) for name in (*kind.required, *kind.optional)}
    described = {name: {**field.schema, "description": field.meaning} for name, field in fields.items()}
    return {
        "title": type_,
        "description": kind.meaning,
        "properties": {"type": {"const": type_}, **described},
        "required": ["type", "ticket", "at", *kind.required],
    }
