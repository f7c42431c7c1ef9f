"""The JSON that LiveAgent sends and answers, checked and made into values; unknown fields are ignored.

Shapes: the v3 client's models (`docs/*.md` of QualityUnit/LiveAgent-api-python) and the v1 reference. Times
stay LiveAgent's own text, `YYYY-MM-DD HH:MM:SS` without an offset, until `facts.py` reads them in order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load

from integrations.errors import Rejected
from integrations.events import JSONValue
from integrations.liveagent.unread import note_unread

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_LONGEST: Final = 512
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hint:
    """What a rule's HTTP request says: which ticket something happened to."""

    ticket_id: str | None = None
    ticket_code: str | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket, as `GET /tickets` and `GET /tickets/{id}` tell it; `tags` are ids."""

    id: str
    created: str
    code: str | None = None
    subject: str = ""
    customer: str | None = None
    address: str | None = None
    department: str | None = None
    agent: str | None = None
    status: str | None = None
    channel: str | None = None
    changed: str | None = None
    resolved: str | None = None
    deleted: str | None = None
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Interval:
    """One row of a ticket's history: a status, from when to when (None while it holds)."""

    start: str
    end: str | None = None
    status: str | None = None
    department: str | None = None
    department_name: str | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message inside a group."""

    id: str
    at: str
    user: str | None = None
    type: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One message group: a reply, a chat, a call, a transfer …"""

    id: str
    at: str
    user: str | None = None
    user_name: str | None = None
    type: str | None = None
    status: str | None = None
    order: int = 0
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """One row of `GET /calls`."""

    id: str
    at: str
    ticket: str | None = None
    type: str | None = None
    answered: str | None = None
    finished: str | None = None


@dataclass(frozen=True, slots=True)
class Rank:
    """One row of the ranking report: a customer's rating of an agent in a ticket."""

    ticket: str
    at: str
    type: str | None = None
    agent_email: str | None = None
    customer: str | None = None
    address: str | None = None
    comment: str | None = None
    validity: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A tag, an agent or a department: an id with a name."""

    id: str
    name: str = ""
    email: str | None = None
    role: str | None = None


def _word(value: JSONValue) -> str | None:
    """A text, or a number read as one; None for the empty text."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value == "":
        return None
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
        raise ValidationError("must be a short text")
    return value


def _name(value: JSONValue) -> str | None:
    """A name or an address as it can be shown, in one line; None where there is none. Never a reason to refuse."""
    if not isinstance(value, str):
        return None
    shown = "".join(letter if letter.isprintable() else " " for letter in value)
    return shown.strip()[:_LONGEST] or None


def _text(value: JSONValue) -> str:
    """What a person wrote, of any length; anything that is no text is the empty text."""
    return value if isinstance(value, str) else ""


def _time(value: JSONValue) -> str | None:
    """LiveAgent's time, left as text; None for the empty text and 0000-00-00."""
    if value == "" or (isinstance(value, str) and value.startswith("0000-00-00")):
        return None
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        raise ValidationError("must be YYYY-MM-DD HH:MM:SS")
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise ValidationError("is no date") from error
    return value


def _ids(value: JSONValue) -> tuple[str, ...]:
    """A list of ids, which some answers of v3 give as one text with commas."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return ()
    return tuple(str(item).strip() for item in value if isinstance(item, str | int) and str(item).strip())


def _codes(value: JSONValue) -> dict[str, str | None]:
    """`[{"code": …, "value": …}]` as a mapping."""
    rows = value if isinstance(value, list) else []
    pairs = ((row.get("code"), row.get("value")) for row in rows if isinstance(row, dict))
    return {code: _shown(item) for code, item in pairs if isinstance(code, str) and code}


def _shown(value: JSONValue) -> str | None:
    if isinstance(value, list):
        value = ", ".join(str(item) for item in value)
    if value is None:
        return None
    # NUL and half surrogate pairs are what our databases refuse.
    return str(value).replace("\0", "").encode("utf-8", "replace").decode()[:_LONGEST] or None


class _Schema(Schema, Generic[T]):
    """Loads an object into the value class named by `made`; absent and null fields keep its defaults."""

    made: type[Any]

    class Meta:
        """What marshmallow does with fields that the schema does not name."""

        unknown = EXCLUDE

    @post_load
    def _make(self, data: dict[str, Any], **_options: Any) -> T:
        value: T = self.made(**{name: item for name, item in data.items() if item is not None})
        return value


_Reader = Callable[[JSONValue], Any]


def _must(read: _Reader, key: str) -> fields.Field[Any]:
    return fields.Function(deserialize=read, data_key=key, required=True, validate=_is_there)


def _is_there(value: Any) -> None:
    if value is None:
        raise ValidationError("must not be empty")


def _may(read: _Reader, key: str) -> fields.Field[Any]:
    return fields.Function(deserialize=read, data_key=key, allow_none=True)


def _order(value: JSONValue) -> int:
    return int(value) if isinstance(value, str | int) and str(value).isdecimal() and len(str(value)) < 16 else 0


def _messages(value: JSONValue) -> tuple[Message, ...]:
    return tuple(rows(MESSAGE, value if isinstance(value, list) else [], what="message"))


class HintSchema(_Schema[Hint]):
    """A rule's HTTP body in the form that the setup page gives."""

    made = Hint
    ticket_id = _may(_word, "ticket_id")
    ticket_code = _may(_word, "ticket_code")


class TicketSchema(_Schema[Ticket]):
    """v3 Ticket."""

    made = Ticket
    id = _must(_word, "id")
    created = _must(_time, "date_created")
    code = _may(_word, "code")
    subject = _may(_text, "subject")
    customer = _may(_word, "owner_contactid")
    address = _may(_name, "owner_email")
    department = _may(_word, "departmentid")
    agent = _may(_word, "agentid")
    status = _may(_word, "status")
    channel = _may(_word, "channel_type")
    changed = _may(_time, "date_changed")
    resolved = _may(_time, "date_resolved")
    deleted = _may(_time, "date_deleted")
    tags = _may(_ids, "tags")
    fields = _may(_codes, "custom_fields")  # type: ignore[assignment]  # marshmallow keeps its own under `fields`


class IntervalSchema(_Schema[Interval]):
    """v3 TicketHistory."""

    made = Interval
    start = _must(_time, "date_from")
    end = _may(_time, "date_to")
    status = _may(_word, "status")
    department = _may(_word, "department_id")
    department_name = _may(_name, "department_name")
    agent = _may(_word, "agent_id")


class MessageSchema(_Schema[Message]):
    """v3 Message."""

    made = Message
    id = _must(_word, "id")
    at = _must(_time, "datecreated")
    user = _may(_word, "userid")
    type = _may(_word, "type")
    text = _may(_text, "message")


class GroupSchema(_Schema[Group]):
    """v3 MessageGroup; a message that cannot be read is counted and does not hide the others."""

    made = Group
    id = _must(_word, "id")
    at = _must(_time, "datecreated")
    user = _may(_word, "userid")
    user_name = _may(_name, "user_full_name")
    type = _may(_word, "type")
    status = _may(_word, "status")
    order = _may(_order, "sort_order")
    messages = _may(_messages, "messages")


class PhoneCallSchema(_Schema[PhoneCall]):
    """v3 CallListItem."""

    made = PhoneCall
    id = _must(_word, "id")
    at = _must(_time, "dateCreated")
    ticket = _may(_word, "ticketId")
    type = _may(_word, "type")
    answered = _may(_time, "dateAnswered")
    finished = _may(_time, "dateFinished")


class RankSchema(_Schema[Rank]):
    """A row of v1 /reports/ranking. `validity` is put there by the client, under whatever name it came."""

    made = Rank
    ticket = _must(_word, "conversationid")
    at = _must(_time, "datecreated")
    type = _may(_word, "rankingType")
    agent_email = _may(_name, "agentEmail")
    customer = _may(_word, "contactid")
    address = _may(_name, "requesterEmail")
    comment = _may(_text, "comment")
    validity = _may(_word, "validity")


class NamedSchema(_Schema[Named]):
    """v3 Tag and Agent."""

    made = Named
    id = _must(_word, "id")
    name = _may(_name, "name")
    email = _may(_name, "email")
    role = _may(_word, "role")


class DepartmentSchema(NamedSchema):
    """v3 Department, whose key is `department_id`."""

    id = _must(_word, "department_id")


HINT: Final = HintSchema()
TICKET: Final = TicketSchema()
INTERVAL: Final = IntervalSchema()
MESSAGE: Final = MessageSchema()
GROUP: Final = GroupSchema()
PHONE_CALL: Final = PhoneCallSchema()
RANK: Final = RankSchema()
NAMED: Final = NamedSchema()
DEPARTMENT: Final = DepartmentSchema()


def one(schema: _Schema[T], value: JSONValue, *, what: str) -> T:
    """The value of one object; Rejected, naming the fields, when it is not what is documented."""
    try:
        loaded: T = schema.load(value)
    except ValidationError as error:
        raise Rejected(f"LiveAgent's {what} is not what its API documents: {_reasons(error)}") from error
    return loaded


def rows(schema: _Schema[T], value: JSONValue, *, what: str) -> list[T]:
    """The values of a list; a row that cannot be read is counted and left out."""
    if not isinstance(value, list):
        raise Rejected(f"LiveAgent's list of {what}s is no list")
    found: list[T] = []
    for row in value:
        try:
            found.append(schema.load(row))
        except ValidationError as error:
            note_unread(f"{what} row", _reasons(error))
    return found


def _reasons(error: ValidationError) -> str:
    return ", ".join(sorted(map(str, error.messages_dict)))[:200]
