"""The JSON that Freshdesk sends and answers, checked and made into values; unknown fields are ignored.

Shapes: the API reference v2 (tickets, conversations, satisfaction ratings, surveys, ticket fields) and the payloads of
the app platform's events.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar

from marshmallow import Schema, ValidationError, fields, post_load, pre_load

from integrations.errors import Rejected, Unreadable
from integrations.events import JSONValue
from integrations.freshdesk.unread import note_unread
from integrations.freshdesk.values import Conversation, Named, Rating, Stats, Survey, Ticket
from integrations.schemas import DeskSchema, first_reason
from integrations.times import Instant, instant_of_iso

_LARGEST: Final = 2**63
_LONGEST: Final = 512
_Made = TypeVar("_Made")


class _Id(fields.Field[str | None]):
    """A number, or one written as a text; the empty text is none."""

    def __init__(self, *, data_key: str | None = None, required: bool = False) -> None:
        optional: dict[str, Any] = {} if required else {"load_default": None}
        super().__init__(data_key=data_key, required=required, allow_none=not required, **optional)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str | None:  # noqa: ARG002
        if value == "" and not self.required:
            return None
        if type(value) is str and value.isascii() and value.isdigit() and len(value) < 20:
            value = int(value)
        if type(value) is not int or not 0 <= value < _LARGEST:
            raise ValidationError("Not an id.")
        return str(value)


class _Number(fields.Integer):
    """A small whole number, such as a status; None where there is none."""

    def __init__(self) -> None:
        super().__init__(strict=True, allow_none=True, load_default=None)


class _Moment(fields.Field[Instant | None]):
    """ISO 8601 with an offset or `Z`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Instant | None:  # noqa: ARG002
        if not isinstance(value, str):
            raise ValidationError("Not a time.")
        try:
            return instant_of_iso(value)
        except (ValueError, OverflowError) as error:
            raise ValidationError("Not an ISO 8601 time with offset.") from error


class _Text(fields.Field[str]):
    """What a person wrote, of any length; whatever is no text is the empty text."""

    def __init__(self, *, data_key: str | None = None) -> None:
        super().__init__(allow_none=True, load_default="", data_key=data_key)

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        return super().deserialize(value, attr, data, **kwargs) or ""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:  # noqa: ARG002
        return value if isinstance(value, str) else ""


def _maybe(data_key: str) -> _Moment:
    return _Moment(data_key=data_key, allow_none=True, load_default=None)


def _flag() -> fields.Raw:
    return fields.Raw(load_default=False, allow_none=True)


class _StatsSchema(DeskSchema):
    status_updated = _maybe("status_updated_at")
    reopened = _maybe("reopened_at")
    resolved = _maybe("resolved_at")
    closed = _maybe("closed_at")
    pending = _maybe("pending_since")

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Stats:
        return Stats(**data)


class _TicketSchema(DeskSchema):
    id = _Id(required=True)
    created = _Moment(data_key="created_at", required=True)
    updated = _maybe("updated_at")
    subject = _Text()
    description = _Text()
    source = _Number()
    status = _Number()
    type = _Text()
    priority = _Number()
    requester = _Id(data_key="requester_id")
    agent = _Id(data_key="responder_id")
    group = _Id(data_key="group_id")
    product = _Id(data_key="product_id")
    tags = fields.Raw(load_default=None)
    custom = fields.Raw(data_key="custom_fields", load_default=None)
    spam = _flag()
    deleted = _flag()
    association = _Number()
    association.data_key = "association_type"
    tells_association = fields.Boolean(load_default=False)
    stats = fields.Nested(_StatsSchema, allow_none=True, load_default=None)
    changes = fields.Raw(load_default=None)

    @pre_load
    def _noted(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {**data, "tells_association": "association_type" in data}

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Ticket:
        return Ticket(
            **{
                **data,
                "tags": _texts(data["tags"]),
                "custom": _named(data["custom"]),
                "spam": data["spam"] is True,
                "deleted": data["deleted"] is True,
                "changes": _changes(data["changes"]),
            }
        )


class _ConversationSchema(DeskSchema):
    id = _Id(required=True)
    created = _Moment(data_key="created_at", required=True)
    updated = _maybe("updated_at")
    ticket = _Id(data_key="ticket_id")
    user = _Id(data_key="user_id")
    incoming = _flag()
    private = _flag()
    source = _Number()
    text = _Text(data_key="body_text")

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Conversation:
        return Conversation(**{**data, "incoming": data["incoming"] is True, "private": data["private"] is not False})


class _RatingSchema(DeskSchema):
    id = _Id(required=True)
    ticket = _Id(data_key="ticket_id", required=True)
    created = _Moment(data_key="created_at", required=True)
    updated = _maybe("updated_at")
    ratings = fields.Raw(required=True)
    survey = _Id(data_key="survey_id")
    customer = _Id(data_key="user_id")
    agent = _Id(data_key="agent_id")
    group = _Id(data_key="group_id")
    comment = _Text(data_key="feedback")

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Rating:
        told = data.pop("ratings")
        code = told.get("default_question") if isinstance(told, dict) else None
        if type(code) is not int:
            raise ValidationError("Not a rating.", "ratings")
        return Rating(**{**data, "code": code, "comment": data["comment"] or None})


class _SurveySchema(DeskSchema):
    id = _Id(required=True)
    questions = fields.Raw(load_default=None)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Survey:
        return Survey(data["id"], _codes(data["questions"]))


class _NamedSchema(DeskSchema):
    id = _Id(required=True)
    name = _Text()
    contact = fields.Raw(load_default=None)  # an agent's name stands inside its contact

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> Named:
        inside = data["contact"].get("name") if isinstance(data["contact"], dict) else None
        return Named(data["id"], _shown(data["name"] or inside))


_SCHEMAS: Final[Mapping[type[Any], Schema]] = {
    Ticket: _TicketSchema(),
    Conversation: _ConversationSchema(),
    Rating: _RatingSchema(),
    Survey: _SurveySchema(),
    Named: _NamedSchema(),
}


def of_call(made: type[_Made], told: JSONValue) -> _Made:
    """The value that a call told; Unreadable, naming the field, when it is not what Freshdesk sends."""
    try:
        return _loaded(made, told)
    except ValidationError as error:
        raise Unreadable(f"not what Freshdesk sends: {first_reason(error)}") from error


def one(made: type[_Made], told: JSONValue) -> _Made:
    """The value that the API answered; Rejected, naming the field, when it is not what is documented."""
    try:
        return _loaded(made, told)
    except ValidationError as error:
        raise Rejected(f"Freshdesk's answer is not what its API documents: {first_reason(error)}") from error


def rows(made: type[_Made], told: JSONValue) -> list[_Made]:
    """The values of a list of the API; a row that cannot be read is counted and left out."""
    if not isinstance(told, list):
        raise Rejected("Freshdesk answered with something that is no list")
    found: list[_Made] = []
    for row in told:
        try:
            found.append(_loaded(made, row))
        except ValidationError as error:
            note_unread(f"{made.__name__.lower()} row", first_reason(error))
    return found


def _loaded(made: type[_Made], told: JSONValue) -> _Made:
    value: _Made = _SCHEMAS[made].load(told)
    return value


def _texts(value: JSONValue) -> tuple[str, ...] | None:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else None


def _named(value: JSONValue) -> Mapping[str, JSONValue]:
    return value if isinstance(value, dict) else {}


def _changes(value: JSONValue) -> dict[str, tuple[JSONValue, JSONValue]]:
    """`{"status": [2, 4]}` as pairs; what is no pair says nothing."""
    told = _named(value)
    told = _named(told.get("model_changes")) or told
    return {name: (pair[0], pair[1]) for name, pair in told.items() if isinstance(pair, list) and len(pair) == 2}


def _codes(questions: JSONValue) -> tuple[int, ...]:
    """The codes of the question that every survey has; its first one, where none has that name."""
    told = [one for one in questions if isinstance(one, dict)] if isinstance(questions, list) else []
    ordered = sorted(told, key=lambda one: one.get("id") != "default_question")
    accepted = ordered[0].get("accepted_ratings") if ordered else None
    return tuple(code for code in accepted if type(code) is int) if isinstance(accepted, list) else ()


def _shown(value: JSONValue) -> str:
    """A name in one line, as it can be shown; empty where there is none."""
    if not isinstance(value, str):
        return ""
    return "".join(letter if letter.isprintable() else " " for letter in value).strip()[:_LONGEST]
