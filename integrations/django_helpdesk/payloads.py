"""What django-helpdesk sends: the JSON of its webhooks and of its API, checked and made into plain values.

Shapes as sent by 2.6.1: `helpdesk/serializers.py` (TicketSerializer, FollowUpSerializer) and `helpdesk/webhooks.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import ValidationError, fields, post_load, pre_load, validate

from integrations.events import JSONValue
from integrations.schemas import DeskSchema, Text, checked, json_of
from integrations.times import Instant, instant_of_iso

#: Custom fields stand beside the others under their name with this before it.
CUSTOM: Final = "custom_"

_KEY: Final = validate.Range(min=0, max=2**63)
_MOST_FOLLOW_UPS: Final = 10_000
_DESK: Final = "django-helpdesk"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One entry of a ticket's history."""

    id: int
    ticket: int | None
    date: Instant
    user: int | None  #: who wrote it; None for customers and for the desk itself
    title: str
    comment: str
    public: bool
    new_status: int | None
    message_id: str  #: of the mail that it came from, else empty
    recipients: tuple[str, ...] | None  #: who was notified by mail; None when that was not recorded


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket with its whole history, oldest entry first."""

    id: int
    queue: int
    title: str
    description: str
    resolution: str | None  #: what the desk shows to the customer as its resolution
    customer: str  #: the submitter's address, else empty
    agent: int | None
    status: int
    on_hold: bool
    merged_to: int | None
    follow_ups: tuple[FollowUp, ...]
    custom: Mapping[str, JSONValue]  #: custom field → value, names without the prefix


@dataclass(frozen=True, slots=True)
class Hook:
    """The body of one webhook."""

    ticket: Ticket
    queue_slug: str
    follow_up: int | None  #: None when the ticket is new


def _moment(text: str) -> Instant:
    try:
        return instant_of_iso(text)
    except (ValueError, OverflowError) as error:
        raise ValidationError("Not an ISO 8601 time with offset.", "date") from error


def _key() -> fields.Integer:
    return fields.Integer(strict=True, required=True, validate=_KEY)


def _key_or_none(data_key: str | None = None) -> fields.Integer:
    return fields.Integer(strict=True, allow_none=True, load_default=None, validate=_KEY, data_key=data_key)


class _FollowUpSchema(DeskSchema):
    id = _key()
    ticket = _key_or_none()
    date = fields.String(required=True)
    user = _key_or_none()
    title = Text()
    comment = Text()
    public = fields.Boolean(load_default=False)
    new_status = _key_or_none()
    message_id = Text()
    recipients = fields.List(fields.String(), data_key="email_recipients", allow_none=True, load_default=None)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> FollowUp:
        told = data["recipients"]
        return FollowUp(**{**data, "date": _moment(data["date"]), "recipients": None if told is None else tuple(told)})


class _TicketSchema(DeskSchema):
    id = _key()
    queue = _key()
    title = Text()
    description = Text()
    resolution = fields.String(allow_none=True, load_default=None)
    customer = Text(data_key="submitter_email")
    agent = _key_or_none("assigned_to")
    status = _key()
    on_hold = fields.Boolean(load_default=False)
    merged_to = _key_or_none()
    follow_ups = fields.List(
        fields.Nested(_FollowUpSchema),
        data_key="followup_set",
        required=True,
        validate=validate.Length(max=_MOST_FOLLOW_UPS),
    )
    custom = fields.Raw(load_default=dict)

    @pre_load
    def _gathered(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, dict):
            return data
        custom = {name.removeprefix(CUSTOM): value for name, value in data.items() if name.startswith(CUSTOM)}
        return {**data, "custom": custom}

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Ticket:
        history = tuple(sorted(data.pop("follow_ups"), key=lambda entry: (entry.date, entry.id)))
        return Ticket(**data, follow_ups=history)


class _HookSchema(DeskSchema):
    ticket = fields.Nested(_TicketSchema, required=True)
    queue_slug = Text()
    follow_up = _key_or_none("followup_id")


_HOOK: Final = _HookSchema()
_TICKET: Final = _TicketSchema()
_FOLLOW_UP: Final = _FollowUpSchema()


def read_hook(body: bytes) -> Hook:
    """The webhook in a call's body; Unreadable when it is not one."""
    return Hook(**checked(_HOOK, json_of(body), desk=_DESK))


def read_ticket(told: JSONValue) -> Ticket:
    """A ticket of the API; Unreadable when it is not one."""
    ticket: Ticket = checked(_TICKET, told, desk=_DESK)
    return ticket


def read_follow_up(told: JSONValue) -> FollowUp:
    """A follow-up of the API; Unreadable when it is not one."""
    entry: FollowUp = checked(_FOLLOW_UP, told, desk=_DESK)
    return entry
