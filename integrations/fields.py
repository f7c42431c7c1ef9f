"""The fields of an event: the words they may hold, how each is checked, and what it means.

A check gives the value in its one canonical form or raises ValueError saying what it must be. Whatever it is
given, it raises nothing else. Checking a canonical value gives the same value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

JSONValue: TypeAlias = Any  #: whatever JSON can hold; checked by the readers, never trusted
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

LARGEST_WHOLE: Final = 2**53  #: beyond it, JSON readers in other languages lose digits
_LONGEST_NAME: Final = 512
#: Of an id, in UTF-8: three of them stand in one row of an index, which PostgreSQL limits to 2,704 bytes.
_LONGEST_ID: Final = 800
_LONGEST_COMMENT: Final = 20_000
_MOST_ITEMS: Final = 500
_LARGEST_NUMBER: Final = 1_000_000_000

Check: TypeAlias = Callable[[JSONValue], JSONValue]


def text(value: JSONValue) -> str:
    """A text of 1 to 512 characters; a whole number is taken as its digits."""
    # Printable excludes NUL, which PostgreSQL refuses, and lone surrogates, which SQLite does.
    if type(value) is str and 0 < len(value) <= _LONGEST_NAME and value.isprintable():
        return value
    return _unusual_text(value)


def identifier(value: JSONValue) -> str:
    """A text of 1 to 512 characters that takes at most 800 bytes in UTF-8; a whole number is taken as its digits."""
    checked = text(value)
    if len(checked) * 4 > _LONGEST_ID and len(checked.encode()) > _LONGEST_ID:
        raise ValueError(f"must be at most {_LONGEST_ID} bytes long in UTF-8")
    return checked


def _unusual_text(value: JSONValue) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(_whole(value))
    if not isinstance(value, str) or not value:
        raise ValueError("must be a text that is not empty")
    if len(value) > _LONGEST_NAME:
        raise ValueError(f"must be at most {_LONGEST_NAME} characters long")
    if "\0" in value or not _is_unicode(value):
        raise ValueError("must not hold a NUL character or half a surrogate pair")
    return value


def _whole(value: float) -> int:
    if not -LARGEST_WHOLE <= value <= LARGEST_WHOLE or value != int(value):
        raise ValueError("must be a text, or a whole number of at most 2^53")
    return int(value)


def _is_unicode(value: str) -> bool:
    return value.encode("utf-8", "replace").decode() == value


def sequence_number(value: JSONValue) -> int:
    """A whole number from 0 to 2^53: the desk's own order."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a whole number from 0 to 2^53")
    if not 0 <= value <= LARGEST_WHOLE or value != int(value):
        raise ValueError("must be a whole number from 0 to 2^53")
    return int(value)


def _id_or_none(value: JSONValue) -> str | None:
    return None if value is None else identifier(value)


def _someone(value: JSONValue) -> str | None:
    # A desk's template writes an empty text where nobody is assigned.
    return None if value is None or value == "" else identifier(value)


def _said(value: JSONValue) -> str | None:
    return None if value is None or value == "" else text(value)


def _comment(value: JSONValue) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("must be a text")
    clean = value.replace("\0", "")[:_LONGEST_COMMENT]
    return clean.encode("utf-8", "replace").decode() or None


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
    return sorted({text(item) for item in value})


def _values(value: JSONValue) -> dict[str, str | None]:
    if not isinstance(value, dict) or len(value) > _MOST_ITEMS:
        raise ValueError(f"must be an object of at most {_MOST_ITEMS} names and values")
    return {text(name): _value(item) for name, item in value.items()}


def _value(value: JSONValue) -> str | None:
    if isinstance(value, str):
        return text(value) if value else None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and abs(value) < LARGEST_WHOLE and value != int(value):
        return repr(value)
    return text(value)


def _one_of(words: tuple[str, ...]) -> Check:
    allowed = frozenset(words)
    must = f"must be one of {', '.join(words)}"

    def check(value: JSONValue) -> str:
        if type(value) is str and value in allowed:
            return value
        raise ValueError(must)

    return check


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event: how it is checked, its JSON Schema, and what it means (for the docs)."""

    check: Check
    schema: JSONObject
    meaning: str


_STRING: Final = {"type": "string", "minLength": 1, "maxLength": _LONGEST_NAME, "pattern": "^[^\\u0000]*$"}
_WHOLE: Final = {"type": "integer", "minimum": -LARGEST_WHOLE, "maximum": LARGEST_WHOLE}
TEXT_SCHEMA: Final[JSONObject] = {"anyOf": [_STRING, _WHOLE]}
_NULL: Final = {"type": "null"}
_TEXT_OR_NULL: Final = {"anyOf": [_STRING, _WHOLE, _NULL]}
_SOMEONE: Final = {"anyOf": [_STRING, _WHOLE, _NULL, {"const": ""}]}
_TEXTS: Final = {"type": "array", "items": TEXT_SCHEMA, "maxItems": _MOST_ITEMS}
_NUMBER: Final = {"type": "number", "minimum": -_LARGEST_NUMBER, "maximum": _LARGEST_NUMBER}
_SCALE: Final = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
_VALUE: Final = {"anyOf": [*_SOMEONE["anyOf"], {"type": "boolean"}, _NUMBER]}
_VALUES: Final = {
    "type": "object", "maxProperties": _MOST_ITEMS, "propertyNames": _STRING, "additionalProperties": _VALUE,
}  # fmt: skip


def _word(words: tuple[str, ...], meaning: str) -> Field:
    return Field(_one_of(words), {"enum": list(words)}, meaning)


#: Every field that an event's data may hold.
FIELDS: Final[Mapping[str, Field]] = {
    "channel": Field(text, TEXT_SCHEMA, f"{', '.join(CHANNELS)}, or the desk's own word, which counts as other"),
    "by": _word(ACTORS, "who did it"),
    "author": Field(_someone, _SOMEONE, "the id of who did it"),
    "public": Field(_flag, {"type": "boolean"}, "false for a private note"),
    "message": Field(identifier, TEXT_SCHEMA, "the message's id"),
    "auto": Field(_flag, {"type": "boolean"}, "true for automatic messages: never a response, a wait or a touch"),
    "status": _word(STATUSES, "the status from now on"),
    "customer": Field(_someone, _SOMEONE, "the desk's contact id, else an address; kept only as a keyed hash"),
    "agent": Field(_someone, _SOMEONE, "the agent's id; null or an empty text unassigns"),
    "department": Field(_someone, _SOMEONE, "the department's id; null or an empty text takes the ticket out of it"),
    "tags": Field(_texts, _TEXTS, "the whole set of tags"),
    "add_tags": Field(_texts, _TEXTS, "tags that were added"),
    "remove_tags": Field(_texts, _TEXTS, "tags that were removed"),
    "fields": Field(_values, _VALUES, "custom fields: name → value"),
    "into": Field(_id_or_none, _TEXT_OR_NULL, "the ticket that this one was merged into; null undoes a merge"),
    "contact": Field(identifier, TEXT_SCHEMA, "the id of the live contact"),
    "media": _word(MEDIA, "what kind of live contact"),
    "direction": _word(
        (*LIVE_DIRECTIONS, *SURVEY_DIRECTIONS),
        "of a live contact: who called (in, out, internal); of a CES survey: what a high score means (easy, effort)",
    ),
    "outcome": _word(OUTCOMES, "how a live contact ended"),
    "survey": Field(identifier, TEXT_SCHEMA, "the survey's id; without one, its kind"),
    "kind": _word(KINDS, "what the survey asks"),
    "score": Field(_number, _NUMBER, "the customer's answer, on its scale"),
    "scale": Field(_scale, _SCALE, "[low, high], low below high"),
    "version": Field(text, TEXT_SCHEMA, "the version of the survey's wording"),
    "comment": Field(_comment, {"type": ["string", "null"]}, "what the customer wrote beside the score"),
    "touchpoint": Field(identifier, TEXT_SCHEMA, "where the survey was put"),
    "reason": Field(_said, _SOMEONE, "why an answer was invalidated"),
}

_LIVE_DIRECTION: Final = _word(LIVE_DIRECTIONS, "who called")
_SURVEY_DIRECTION: Final = _word(SURVEY_DIRECTIONS, "what a high score of a CES survey means")


def field_of(type_: str, name: str) -> Field:
    """The field as an event of that type holds it: `direction` means one thing in calls, another in surveys."""
    if name == "direction":
        return _SURVEY_DIRECTION if type_.startswith("survey.") else _LIVE_DIRECTION
    return FIELDS[name]
