"""The JSON that LiveAgent sends and answers, checked and made into values; unknown fields are ignored.

Shapes: the v3 client's models (`docs/*.md` of QualityUnit/LiveAgent-api-python) and the v1 reference. Each value says
beside its name what its key is there and how it is read; without a default it must be there. Times stay LiveAgent's
own text, `YYYY-MM-DD HH:MM:SS` without an offset, until `facts.py` reads them in order.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar, get_type_hints

from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow.fields import Field, Function

from integrations.errors import Rejected
from integrations.events import JSONValue
from integrations.liveagent.unread import note_unread

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
#: In every zone between the years that `integrations.times` takes.
_EARLIEST: Final = "1990-01-03"
_LATEST: Final = "2199-12-30"
_LONGEST: Final = 512
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class _Key:
    """The key of a value in LiveAgent's JSON, and what makes the value of what stands there."""

    name: str
    read: Callable[[JSONValue], Any]


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
    """LiveAgent's time, left as text; None for the ways to write none: the empty text, 0000-00-00 and 1970-01-01."""
    if value == "":
        return None
    if not isinstance(value, str) or not _TIME.fullmatch(value) or value > _LATEST:
        raise ValidationError("must be YYYY-MM-DD HH:MM:SS")
    if value < _EARLIEST:
        return None
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


def _order(value: JSONValue) -> int:
    return int(value) if isinstance(value, str | int) and str(value).isdecimal() and len(str(value)) < 16 else 0


def _messages(value: JSONValue) -> tuple[Message, ...]:
    """The messages of a group; one that cannot be read is counted and does not hide the others."""
    return tuple(rows(Message, value if isinstance(value, list) else [], what="message"))


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket, as `GET /tickets` and `GET /tickets/{id}` tell it; `tags` are ids."""

    id: Annotated[str, _Key("id", _word)]
    created: Annotated[str, _Key("date_created", _time)]
    code: Annotated[str | None, _Key("code", _word)] = None
    subject: Annotated[str, _Key("subject", _text)] = ""
    customer: Annotated[str | None, _Key("owner_contactid", _word)] = None
    address: Annotated[str | None, _Key("owner_email", _name)] = None
    department: Annotated[str | None, _Key("departmentid", _word)] = None
    agent: Annotated[str | None, _Key("agentid", _word)] = None
    status: Annotated[str | None, _Key("status", _word)] = None
    channel: Annotated[str | None, _Key("channel_type", _word)] = None
    changed: Annotated[str | None, _Key("date_changed", _time)] = None
    resolved: Annotated[str | None, _Key("date_resolved", _time)] = None
    deleted: Annotated[str | None, _Key("date_deleted", _time)] = None
    tags: Annotated[tuple[str, ...], _Key("tags", _ids)] = ()
    fields: Annotated[Mapping[str, str | None], _Key("custom_fields", _codes)] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Interval:
    """One row of a ticket's history: a status, from when to when (None while it holds)."""

    start: Annotated[str, _Key("date_from", _time)]
    end: Annotated[str | None, _Key("date_to", _time)] = None
    status: Annotated[str | None, _Key("status", _word)] = None
    department: Annotated[str | None, _Key("department_id", _word)] = None
    department_name: Annotated[str | None, _Key("department_name", _name)] = None
    agent: Annotated[str | None, _Key("agent_id", _word)] = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message inside a group."""

    id: Annotated[str, _Key("id", _word)]
    at: Annotated[str, _Key("datecreated", _time)]
    user: Annotated[str | None, _Key("userid", _word)] = None
    type: Annotated[str | None, _Key("type", _word)] = None
    text: Annotated[str, _Key("message", _text)] = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One message group: a reply, a chat, a call, a transfer …"""

    id: Annotated[str, _Key("id", _word)]
    at: Annotated[str, _Key("datecreated", _time)]
    user: Annotated[str | None, _Key("userid", _word)] = None
    user_name: Annotated[str | None, _Key("user_full_name", _name)] = None
    type: Annotated[str | None, _Key("type", _word)] = None
    status: Annotated[str | None, _Key("status", _word)] = None
    order: Annotated[int, _Key("sort_order", _order)] = 0
    messages: Annotated[tuple[Message, ...], _Key("messages", _messages)] = ()


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """One row of `GET /calls`."""

    id: Annotated[str, _Key("id", _word)]
    at: Annotated[str, _Key("dateCreated", _time)]
    ticket: Annotated[str | None, _Key("ticketId", _word)] = None
    type: Annotated[str | None, _Key("type", _word)] = None
    answered: Annotated[str | None, _Key("dateAnswered", _time)] = None
    finished: Annotated[str | None, _Key("dateFinished", _time)] = None


@dataclass(frozen=True, slots=True)
class Rank:
    """One row of v1's /reports/ranking: a customer's rating of an agent in a ticket.

    `validity` is put there by the client, under whatever name it came.
    """

    ticket: Annotated[str, _Key("conversationid", _word)]
    at: Annotated[str, _Key("datecreated", _time)]
    type: Annotated[str | None, _Key("rankingType", _word)] = None
    agent_email: Annotated[str | None, _Key("agentEmail", _name)] = None
    customer: Annotated[str | None, _Key("contactid", _word)] = None
    address: Annotated[str | None, _Key("requesterEmail", _name)] = None
    comment: Annotated[str | None, _Key("comment", _text)] = None
    validity: Annotated[str | None, _Key("validity", _word)] = None


@dataclass(frozen=True, slots=True)
class Named:
    """A tag or an agent: an id with a name."""

    id: Annotated[str, _Key("id", _word)]
    name: Annotated[str, _Key("name", _name)] = ""
    email: Annotated[str | None, _Key("email", _name)] = None
    role: Annotated[str | None, _Key("role", _word)] = None


@dataclass(frozen=True, slots=True)
class Department(Named):
    """A department, whose key is `department_id`."""

    id: Annotated[str, _Key("department_id", _word)]


def _schema(made: type[Any]) -> Schema:
    """The schema of a value class; absent and null fields keep its defaults."""
    keys = get_type_hints(made, include_extras=True)
    read = {one.name: _read(keys[one.name].__metadata__[0], one) for one in dataclasses.fields(made)}
    return Schema.from_dict(read, name=made.__name__)(unknown=EXCLUDE)


def _read(key: _Key, one: dataclasses.Field[Any]) -> Field[Any]:
    if one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING:
        return Function(deserialize=key.read, data_key=key.name, required=True, validate=_is_there)
    return Function(deserialize=key.read, data_key=key.name, allow_none=True)


def _is_there(value: Any) -> None:
    if value is None:
        raise ValidationError("must not be empty")


_SCHEMAS: Final[Mapping[type[Any], Schema]] = {
    made: _schema(made) for made in (Ticket, Interval, Message, Group, PhoneCall, Rank, Named, Department)
}


def _loaded(made: type[_Made], value: JSONValue) -> _Made:
    told = _SCHEMAS[made].load(value)
    return made(**{name: item for name, item in told.items() if item is not None})


def one(made: type[_Made], value: JSONValue, *, what: str) -> _Made:
    """The value of one object; Rejected, naming the fields, when it is not what is documented."""
    try:
        return _loaded(made, value)
    except ValidationError as error:
        raise Rejected(f"LiveAgent's {what} is not what its API documents: {_reasons(error)}") from error


def rows(made: type[_Made], value: JSONValue, *, what: str) -> list[_Made]:
    """The values of a list; a row that cannot be read is counted and left out."""
    if not isinstance(value, list):
        raise Rejected(f"LiveAgent's list of {what}s is no list")
    found: list[_Made] = []
    for row in value:
        try:
            found.append(_loaded(made, row))
        except ValidationError as error:
            note_unread(f"{what} row", _reasons(error))
    return found


def _reasons(error: ValidationError) -> str:
    return ", ".join(sorted(map(str, error.messages_dict)))[:200]
