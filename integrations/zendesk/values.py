"""Single values of Zendesk's JSON: each reader takes whatever stands there and gives one canonical form.

A reader that says so refuses what it cannot read; the others give None or nothing, for an odd value beside
the ones that are needed is no reason to lose a ticket.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Annotated, Any, Final, TypeVar, cast, get_origin, get_type_hints

from marshmallow import EXCLUDE, Schema, ValidationError
from marshmallow.fields import Function

from integrations.errors import Unreadable
from integrations.events import JSONObject, JSONValue
from integrations.times import Instant, instant_of_iso

_ID: Final = re.compile(r"-?[0-9]{1,19}")
_LONGEST: Final = 255
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True)
class Key:
    """The key of a value in Zendesk's JSON, and what makes the value of what stands there."""

    name: str
    read: Callable[[JSONValue], Any]


def id_of(value: JSONValue) -> str | None:
    """An id as text; None for an empty one, for 0 and for what is no id."""
    told = str(value) if type(value) in (str, int) else ""
    return told if _ID.fullmatch(told) and told != "0" else None


def is_none(value: JSONValue) -> bool:
    """Whether it is one of the ways in which Zendesk writes that there is nobody, or nothing."""
    return value is None or (type(value) in (str, int) and value in ("", "0", 0))


def must_id(value: JSONValue) -> str:
    """An id as text; refuses everything else."""
    found = id_of(value)
    if found is None:
        raise ValidationError("must be an id")
    return found


def number(value: JSONValue) -> int | None:
    """An id as the number that orders events; None for what is none, or too large for JSON."""
    found = id_of(value)
    return int(found) if found is not None and 0 <= int(found) <= 2**53 else None


def as_it_is(value: JSONValue) -> JSONValue:
    """Whatever stands there, for a reader that knows more."""
    return value


def moment(value: JSONValue) -> Instant:
    """A time with its offset; refuses everything else."""
    if not isinstance(value, str):
        raise ValidationError("must be a time")
    try:
        return instant_of_iso(value)
    except (ValueError, OverflowError) as error:
        raise ValidationError("must be a time with its offset") from error


def word(value: JSONValue) -> str | None:
    """A short word in small letters, or a number as one; None where there is none."""
    told = str(value) if type(value) in (str, int) else ""
    return told.lower() if 0 < len(told) <= _LONGEST and told.isprintable() else None


def text(value: JSONValue) -> str:
    """A text of any length; anything else is the empty text."""
    return value if isinstance(value, str) else ""


def name_of(value: JSONValue) -> str:
    """A name as it can be shown, in one line."""
    return "".join(letter if letter.isprintable() else " " for letter in text(value)).strip()[:_LONGEST]


def tags_of(value: JSONValue) -> tuple[str, ...]:
    """A list of tags, which may also be one text with blanks between them."""
    told = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(one for one in told if isinstance(one, str) and 0 < len(one) <= _LONGEST and one.isprintable())


def may_be_tags(value: JSONValue) -> bool:
    """Whether it is what `tags_of` reads in full, or nothing."""
    listed = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return listed or value is None or isinstance(value, str)


def dict_of(value: JSONValue) -> JSONObject:
    """An object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def dicts(value: JSONValue) -> list[JSONObject]:
    """The objects of a list; anything else is left out."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def custom_of(value: JSONValue) -> dict[str, JSONValue]:
    """`[{"id": …, "value": …}]` as id → value."""
    pairs = ((id_of(one.get("id")), one.get("value")) for one in dicts(value))
    return {id_: held for id_, held in pairs if id_ is not None}


def flag(value: JSONValue) -> bool | None:
    """True, false, or None for everything else."""
    return value if isinstance(value, bool) else None


def read(made: type[_Made], told: JSONValue, what: str) -> _Made:
    """The value class made of one object; Unreadable, naming the keys, when one of its readers refuses."""
    try:
        found = {name: value for name, value in _schema(cast("Any", made)).load(told).items() if value is not None}
    except ValidationError as error:
        names = ", ".join(sorted(map(str, error.messages_dict)))
        raise Unreadable(f"{what}: cannot read {names}") from error
    return made(**found)


def readable(reads: Callable[[JSONValue], _Made], rows: Iterable[JSONValue]) -> Iterator[_Made]:
    """What is made of these rows; one of a shape that is not documented does not hide the others."""
    for row in rows:
        try:
            yield reads(row)
        except Unreadable:
            continue


def keys_of(made: Any) -> frozenset[str]:
    """The keys of Zendesk's JSON that the value class reads."""
    return frozenset(str(one.data_key) for one in _schema(made).fields.values())


@cache
def _schema(made: type[Any]) -> Schema:
    """What checks the keys of a value class; other keys are passed over."""
    hints, read = get_type_hints(made, include_extras=True), {}
    for one in fields(made):
        if get_origin(hints[one.name]) is Annotated:
            told: Key = hints[one.name].__metadata__[0]
            needed = one.default is MISSING and one.default_factory is MISSING
            read[one.name] = Function(deserialize=told.read, data_key=told.name, required=needed, allow_none=not needed)
    return Schema.from_dict(dict(read), name=made.__name__)(unknown=EXCLUDE)
