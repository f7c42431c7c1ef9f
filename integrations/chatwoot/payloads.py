"""What Chatwoot sends: the JSON of its webhooks and of its API, checked and made into plain values.

Shapes as in v4.15.1: `app/presenters/conversations/event_data_presenter.rb`, `app/models/message.rb`
(`webhook_data`, `push_event_data`), `app/listeners/webhook_listener.rb`, and the views below `app/views/api/v1`. The
same thing has several spellings there: a message's type is a word in its own webhook and a number elsewhere, its time
is ISO 8601 there and Unix seconds elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import ValidationError, fields, post_load, validate

from integrations.errors import Unreadable
from integrations.events import JSONValue
from integrations.schemas import DeskSchema, Text, checked, json_of
from integrations.times import SECOND, Instant, instant_of_iso

_DESK: Final = "Chatwoot"
_KEY: Final = validate.Range(min=0, max=2**53)
_MILLISECOND: Final = SECOND // 1000
#: 1990 and 2200, in Unix seconds: what lies outside stands for none.
_EARLIEST: Final = 631_152_000
_LATEST: Final = 7_258_118_400
_MOST_MESSAGES: Final = 1000


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody, or a team, with a name; `type` is the desk's word, in lower case, empty for contacts in webhooks."""

    id: int
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message, note, automatic message or line about an activity. `at` is a whole second in every spelling."""

    id: int
    type: str | int | None
    at: Instant
    private: bool
    content: str
    content_type: str
    attributes: Mapping[str, JSONValue]
    additional: Mapping[str, JSONValue]
    sender: Named | None
    sender_type: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation as it was when the payload was built. `id` is the number that people see."""

    id: int
    inbox: int | None
    channel: str
    status: str
    created: Instant
    updated: Instant | None  #: down to the millisecond, as in the list of changes
    active: Instant | None  #: when the last message or activity line came
    assignee: Named | None
    assignee_type: str
    team: Named | None
    contact: Named | None
    labels: tuple[str, ...]
    custom: Mapping[str, JSONValue]
    additional: Mapping[str, JSONValue]
    messages: tuple[Message, ...]  #: the last one, in webhooks and lists


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute before and after the change that a webhook is about."""

    before: JSONValue
    after: JSONValue


@dataclass(frozen=True, slots=True)
class Hook:
    """The body of one call."""

    event: str
    account: int | None
    conversation: Conversation | None
    message: Message | None
    changes: Mapping[str, Change]


@dataclass(frozen=True, slots=True)
class Rating:
    """One row of the CSAT responses; `conversation` is the number that people see."""

    message: int
    conversation: int
    score: int
    comment: str
    at: Instant  #: of the first answer to this survey; a later one replaces the score and leaves this


def _required_moment(told: JSONValue, name: str) -> Instant:
    moment = _moment(told)
    if moment is None:
        raise ValidationError("Not a time.", name)
    return moment


def _floored(moment: Instant | None, unit: Instant) -> Instant | None:
    return None if moment is None else moment // unit * unit


def _moment(value: Any) -> Instant | None:
    if isinstance(value, str):
        try:
            return instant_of_iso(value)
        except (ValueError, OverflowError):
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return round(value * SECOND) if _EARLIEST <= value < _LATEST else None


def _table(told: JSONValue) -> Mapping[str, JSONValue]:
    """An object; whatever else stands there is an empty one."""
    return told if isinstance(told, dict) else {}


def _raw(data_key: str | None = None) -> fields.Raw:
    return fields.Raw(allow_none=True, load_default=None, data_key=data_key)


def _key() -> fields.Integer:
    return fields.Integer(strict=True, required=True, validate=_KEY)


def _key_or_none(data_key: str | None = None) -> fields.Integer:
    return fields.Integer(strict=True, allow_none=True, load_default=None, validate=_KEY, data_key=data_key)


class _NamedSchema(DeskSchema):
    id = _key()
    name = Text()
    type = Text()

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Named:
        return Named(data["id"], data["name"], data["type"].lower())


def _somebody() -> fields.Nested:
    return fields.Nested(_NamedSchema, allow_none=True, load_default=None)


class _MessageSchema(DeskSchema):
    id = _key()
    type = _raw("message_type")
    created_at = _raw()
    private = fields.Boolean(allow_none=True, load_default=False)
    content = Text()
    content_type = Text()
    attributes = _raw("content_attributes")
    additional = _raw("additional_attributes")
    sender = _somebody()
    sender_type = Text()

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Message:
        return Message(
            id=data["id"],
            type=data["type"] if type(data["type"]) in (str, int) else None,
            at=_required_moment(data["created_at"], "created_at") // SECOND * SECOND,
            private=bool(data["private"]),
            content=data["content"],
            content_type=data["content_type"],
            attributes=_table(data["attributes"]),
            additional=_table(data["additional"]),
            sender=data["sender"],
            sender_type=data["sender_type"].lower(),
        )


class _MetaSchema(DeskSchema):
    sender = _somebody()
    assignee = _somebody()
    assignee_type = Text()
    team = _somebody()
    channel = Text()


class _ConversationSchema(DeskSchema):
    id = _key()
    inbox = _key_or_none("inbox_id")
    channel = Text()
    status = fields.String(required=True)
    created_at = _raw()
    updated_at = _raw()
    last_activity_at = _raw()
    meta = fields.Nested(_MetaSchema, required=True)
    labels = fields.List(fields.String(), allow_none=True, load_default=list)
    custom = _raw("custom_attributes")
    additional = _raw("additional_attributes")
    messages = fields.List(fields.Nested(_MessageSchema), load_default=list, validate=validate.Length(max=10))

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Conversation:
        meta = data["meta"]
        # Before 4.0.2 the API did not tell the last change.
        active = _moment(data["last_activity_at"])
        updated = _moment(data["updated_at"]) or active
        return Conversation(
            id=data["id"],
            inbox=data["inbox"],
            channel=data["channel"] or meta["channel"],
            status=data["status"],
            created=_required_moment(data["created_at"], "created_at") // SECOND * SECOND,
            updated=_floored(updated, _MILLISECOND),
            active=active,
            assignee=meta["assignee"],
            assignee_type=meta["assignee_type"].lower(),
            team=meta["team"],
            contact=meta["sender"],
            labels=tuple(data["labels"] or ()),
            custom=_table(data["custom"]),
            additional=_table(data["additional"]),
            messages=tuple(data["messages"]),
        )


class _RatingSchema(DeskSchema):
    message = fields.Integer(strict=True, required=True, validate=_KEY, data_key="message_id")
    conversation = fields.Integer(strict=True, required=True, validate=_KEY, data_key="conversation_id")
    score = fields.Integer(strict=True, required=True, data_key="rating")
    comment = Text(data_key="feedback_message")
    created_at = _raw()

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Rating:
        return Rating(at=_required_moment(data.pop("created_at"), "created_at") // SECOND * SECOND, **data)


_CONVERSATION: Final = _ConversationSchema()
_MESSAGE: Final = _MessageSchema()
_RATING: Final = _RatingSchema()


def read_hook(body: bytes) -> Hook:
    """The call in a body; Unreadable when it is none. A message's call holds its conversation, others are one."""
    told = json_of(body)
    if not isinstance(told, dict) or not isinstance(told.get("event"), str):
        raise Unreadable("not what Chatwoot sends: there is no event")
    account = told.get("account")
    number = account.get("id") if isinstance(account, dict) else None
    has_message, has_conversation = "message_type" in told, "status" in told and "meta" in told
    inner = told.get("conversation") if has_message else told if has_conversation else None
    return Hook(
        event=told["event"],
        account=number if type(number) is int else None,
        conversation=None if inner is None else read_conversation(inner),
        message=checked(_MESSAGE, told, desk=_DESK) if has_message else None,
        changes=dict(_changes(told.get("changed_attributes"))),
    )


def _changes(told: JSONValue) -> Iterator[tuple[str, Change]]:
    """Told as a list of objects with one key each; null where Chatwoot has forgotten them."""
    for one in told if isinstance(told, list) else ():
        for name, change in one.items() if isinstance(one, dict) else ():
            if isinstance(change, dict) and "current_value" in change:
                yield name, Change(change.get("previous_value"), change["current_value"])


def changed_at(changes: Mapping[str, Change]) -> Instant | None:
    """When a change was saved, down to the millisecond; None when the call does not say."""
    return _floored(_moment(changes["updated_at"].after), _MILLISECOND) if "updated_at" in changes else None


def read_conversation(told: JSONValue) -> Conversation:
    """A conversation of a webhook or of the API; Unreadable when it is none."""
    conversation: Conversation = checked(_CONVERSATION, told, desk=_DESK)
    return conversation


def read_messages(told: JSONValue) -> list[Message]:
    """The messages of one answer; Unreadable when one of them is none."""
    rows = told if isinstance(told, list) and len(told) <= _MOST_MESSAGES else [None]
    return [checked(_MESSAGE, row, desk=_DESK) for row in rows]


def read_rating(told: JSONValue) -> Rating:
    """A row of the CSAT responses; Unreadable when it is none."""
    rating: Rating = checked(_RATING, told, desk=_DESK)
    return rating
