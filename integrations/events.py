"""The one language of events: what a desk told us, whichever desk it was.

An event is one canonical fact about one ticket. Its JSON form (`docs/event.schema.json`) is the body of a
`generic` call and a line of `deskpulse import`; every other desk's calls are translated into it.

In `data` an absent key says nothing; an explicit None is a value ("nobody is assigned").
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

import orjson

from integrations.errors import Unreadable
from integrations.times import DAY, Instant, instant_of_iso, iso

JSONValue: TypeAlias = Any  #: whatever JSON can hold; checked by the readers below, never trusted
JSONObject: TypeAlias = Mapping[str, JSONValue]

#: Where tickets come from. `internal` is out of every count; a desk's unknown word counts as `other`.
CHANNELS: Final = (
    "email", "chat", "messaging", "voice", "social", "web_form", "sms", "api", "in_person", "other", "internal",
)  # fmt: skip
#: In the order that breaks ties inside one instant.
STATUSES: Final = ("new", "open", "pending", "on_hold", "resolved", "closed", "spam", "deleted")
ACTORS: Final = ("customer", "agent", "bot", "system")
KINDS: Final = ("csat", "ces", "nps")
MEDIA: Final = ("chat", "voice")
LIVE_DIRECTIONS: Final = ("in", "out", "internal")
OUTCOMES: Final = ("handled", "abandoned", "missed", "voicemail")
SURVEY_DIRECTIONS: Final = ("easy", "effort")

#: An event dated this far after we received it is unreadable: a desk's clock or zone is wrong.
LATEST_AHEAD: Final = DAY

_LONGEST_NAME: Final = 512
_LONGEST_COMMENT: Final = 20_000
_MOST_ITEMS: Final = 500
_LARGEST_NUMBER: Final = 1_000_000_000

Check: TypeAlias = Callable[[JSONValue], JSONValue]


@dataclass(frozen=True, slots=True)
class Event:
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
        return replace(self, data={**self.data, **changes})

    def json(self) -> dict[str, JSONValue]:
        """The event as a line of `deskpulse import`."""
        line: dict[str, JSONValue] = {"type": self.type, "ticket": self.ticket, "at": iso(self.at), "id": self.id}
        if self.seq is not None:
            line["seq"] = self.seq
        if self.seen is not None:
            line["seen"] = iso(self.seen)
        return {**line, **self.data}


def _text(value: JSONValue) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text that is not empty")
    if len(value) > _LONGEST_NAME:
        raise ValueError(f"must be at most {_LONGEST_NAME} characters long")
    if "\0" in value:
        raise ValueError("must not hold a NUL character")
    return value


def _text_or_none(value: JSONValue) -> str | None:
    return None if value is None else _text(value)


def _comment(value: JSONValue) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return value[:_LONGEST_COMMENT].replace("\0", "")


def _flag(value: JSONValue) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _number(value: JSONValue) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number")
    if not -_LARGEST_NUMBER <= value <= _LARGEST_NUMBER:
        raise ValueError("must be between -1,000,000,000 and 1,000,000,000")
    return int(value) if value == int(value) else value


def _scale(value: JSONValue) -> list[int | float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("must be [low, high]")
    low, high = _number(value[0]), _number(value[1])
    if low >= high:
        raise ValueError("must be [low, high] with low below high")
    return [low, high]


def _texts(value: JSONValue) -> list[str]:
    if not isinstance(value, list) or len(value) > _MOST_ITEMS:
        raise ValueError(f"must be a list of at most {_MOST_ITEMS} texts")
    return sorted({_text(item) for item in value})


def _fields(value: JSONValue) -> dict[str, str | None]:
    if not isinstance(value, dict) or len(value) > _MOST_ITEMS:
        raise ValueError(f"must be an object of at most {_MOST_ITEMS} names and values")
    return {_text(name): _field_value(item) for name, item in value.items()}


def _field_value(value: JSONValue) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return _text(value)


def _one_of(words: tuple[str, ...]) -> Check:
    allowed = frozenset(words)

    def check(value: JSONValue) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(words)}")
        return str(value)

    return check


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event: how it is checked, and what it means (for the docs and the JSON Schema)."""

    check: Check
    schema: JSONObject
    meaning: str


_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": _LONGEST_NAME}
_NULLABLE: Final = {"type": ["string", "null"], "maxLength": _LONGEST_NAME}
_TEXTS: Final = {"type": "array", "items": _TEXT, "maxItems": _MOST_ITEMS}

#: Every field that an event's data may hold.
FIELDS: Final[Mapping[str, Field]] = {
    "channel": Field(_text, _TEXT, "a canonical channel, or the desk's own word, which counts as `other`"),
    "by": Field(_one_of(ACTORS), {"enum": list(ACTORS)}, "who did it"),
    "author": Field(_text_or_none, _NULLABLE, "the id of who did it"),
    "public": Field(_flag, {"type": "boolean"}, "false for a private note"),
    "message": Field(_text, _TEXT, "the message's id"),
    "auto": Field(_flag, {"type": "boolean"}, "true for automatic messages: never a response, a wait or a touch"),
    "status": Field(_one_of(STATUSES), {"enum": list(STATUSES)}, "the status from now on"),
    "customer": Field(_text_or_none, _NULLABLE, "the desk's contact id, else an address; kept only as a keyed hash"),
    "agent": Field(_text_or_none, _NULLABLE, "the agent's id; null unassigns"),
    "department": Field(_text_or_none, _NULLABLE, "the department's id; null takes the ticket out of it"),
    "tags": Field(_texts, _TEXTS, "the whole set of tags"),
    "add_tags": Field(_texts, _TEXTS, "tags that were added"),
    "remove_tags": Field(_texts, _TEXTS, "tags that were removed"),
    "fields": Field(_fields, {"type": "object", "maxProperties": _MOST_ITEMS}, "custom fields: name → value"),
    "into": Field(_text_or_none, _NULLABLE, "the ticket that this one was merged into; null undoes a merge"),
    "contact": Field(_text, _TEXT, "the id of the live contact"),
    "media": Field(_one_of(MEDIA), {"enum": list(MEDIA)}, "what kind of live contact"),
    "direction": Field(
        _one_of((*LIVE_DIRECTIONS, *SURVEY_DIRECTIONS)),
        {"enum": [*LIVE_DIRECTIONS, *SURVEY_DIRECTIONS]},
        "of a live contact: who called; of a CES survey: what a high score means",
    ),
    "outcome": Field(_one_of(OUTCOMES), {"enum": list(OUTCOMES)}, "how a live contact ended"),
    "survey": Field(_text, _TEXT, "the survey's id; without one, its kind"),
    "kind": Field(_one_of(KINDS), {"enum": list(KINDS)}, "what the survey asks"),
    "score": Field(_number, {"type": "number"}, "the customer's answer"),
    "scale": Field(_scale, {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}, "[low, high]"),
    "version": Field(_text, _TEXT, "the version of the survey's wording"),
    "comment": Field(_comment, {"type": ["string", "null"]}, "what the customer wrote beside the score"),
    "touchpoint": Field(_text, _TEXT, "where the survey was put"),
    "reason": Field(_text_or_none, _NULLABLE, "why an answer was invalidated"),
}


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event: its meaning, its fields, and what tells two events of it apart."""

    rank: int  #: the order inside one instant, DESIGN's table
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


def _identity(kind: EventType, type_: str, ticket: str, at: Instant, seq: int | None, data: JSONObject) -> str:
    if type_ == "message.sent" and "message" not in data:
        parts: list[JSONValue] = [type_, ticket, data.get("by"), at, seq]
    else:
        parts = [type_, ticket]
        for name in kind.identity:
            parts.append(at if name == "at" else _identifying(name, data))
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:32]


def _identifying(name: str, data: JSONObject) -> JSONValue:
    if name == "fields":
        return sorted(data.get("fields") or ())
    if name == "survey":
        return data.get("survey", data.get("kind"))
    # A department that is absent and one that is null are two statements, so they are two ids.
    return [data[name]] if name in data else []


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

    Its id is derived from what identifies the fact, never from what a later delivery may add.
    """
    return _checked(type_, ticket, at, id_=id_, seq=seq, seen=seen, observed=observed, data=data)


def _checked(
    type_: str,
    ticket: str,
    at: Instant,
    *,
    id_: str | None,
    seq: int | None,
    seen: Instant | None,
    observed: bool,
    data: JSONObject,
) -> Event:
    kind = TYPES[type_]
    checked: dict[str, JSONValue] = {}
    for name, value in data.items():
        try:
            checked[name] = FIELDS[name].check(value)
        except (ValueError, OverflowError) as error:
            raise Unreadable(f"{type_}: {name} {error}") from error
    for name in kind.required:
        if name not in checked:
            raise Unreadable(f"{type_}: {name} is missing")
    if type_ == "survey.answered":
        low, high = checked["scale"]
        if not low <= checked["score"] <= high:
            raise Unreadable(f"survey.answered: score {checked['score']} is not on its scale [{low}, {high}]")
    return Event(
        type=type_,
        ticket=ticket,
        at=at,
        data=checked,
        id=id_ or _identity(kind, type_, ticket, at, seq, checked),
        seq=seq,
        seen=seen,
        observed=observed,
    )


_ALLOWED: Final = {name: frozenset((*kind.required, *kind.optional)) for name, kind in TYPES.items()}


def read_event(line: JSONValue, *, received_at: Instant) -> Event:
    """The event of one JSON object in canonical form; Unreadable, naming the field, when it is not one.

    Unknown fields are ignored: a newer sender may know more than we do.
    """
    if not isinstance(line, dict):
        raise Unreadable("an event must be a JSON object")
    type_ = line.get("type")
    if not isinstance(type_, str) or type_ not in TYPES:
        raise Unreadable(f"type must be one of {', '.join(TYPES)}")
    try:
        ticket = _text(line.get("ticket"))
    except ValueError as error:
        raise Unreadable(f"{type_}: ticket {error}") from error
    at = _moment(type_, "at", line.get("at"), received_at)
    seen = _moment(type_, "seen", line["seen"], received_at) if line.get("seen") is not None else None
    allowed = _ALLOWED[type_]
    data = {name: value for name, value in line.items() if name in allowed}
    return _checked(type_, ticket, at, id_=_own_id(line), seq=_own_seq(line), seen=seen, observed=False, data=data)


def _moment(type_: str, name: str, value: JSONValue, received_at: Instant) -> Instant:
    if not isinstance(value, str):
        raise Unreadable(f"{type_}: {name} must be an ISO 8601 time with offset")
    try:
        moment = instant_of_iso(value)
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"{type_}: {name} must be an ISO 8601 time with offset: {error}") from error
    if moment > received_at + LATEST_AHEAD:
        raise Unreadable(f"{type_}: {name} is more than 24 hours in the future")
    return moment


def _own_id(line: JSONObject) -> str | None:
    value = line.get("id")
    if value is None:
        return None
    try:
        return _text(value)
    except ValueError as error:
        raise Unreadable(f"id {error}") from error


def _own_seq(line: JSONObject) -> int | None:
    value = line.get("seq")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 2**53:
        raise Unreadable("seq must be a whole number from 0 to 2^53")
    return value


def json_schema() -> dict[str, JSONValue]:
    """The JSON Schema of one canonical event, as written to `docs/event.schema.json`."""
    common: dict[str, JSONValue] = {
        "type": {"enum": list(TYPES)},
        "ticket": {"type": ["string", "integer"], "description": "the desk's id of the ticket"},
        "at": {"type": "string", "format": "date-time", "description": "when it happened, with offset"},
        "id": {"type": "string", "description": "what makes this event itself; derived when absent"},
        "seq": {"type": "integer", "minimum": 0, "description": "the desk's own order inside one instant"},
        "seen": {"type": "string", "format": "date-time", "description": "the desk's updated_at, else at"},
    }
    variants = [
        {
            "title": name,
            "description": kind.meaning,
            "properties": {
                "type": {"const": name},
                **{field: {**FIELDS[field].schema, "description": FIELDS[field].meaning}
                   for field in (*kind.required, *kind.optional)},
            },
            "required": ["type", "ticket", "at", *kind.required],
        }
        for name, kind in TYPES.items()
    ]  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Deskpulse event",
        "type": "object",
        "properties": common,
        "required": ["type", "ticket", "at"],
        "oneOf": variants,
    }
