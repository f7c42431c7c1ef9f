"""Answers to a survey that the desk's own forms or programs ask, read from the custom fields that they fill."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from integrations.django_helpdesk import mapping
from integrations.django_helpdesk.payloads import Ticket
from integrations.events import KINDS, JSONObject, JSONValue

_OPTION: Final = "answers"
_KEYS: Final = frozenset({"field", "scale", "comment"})
_log = logging.getLogger(__name__)

#: How often a field held what is no score on its scale, since the process started: `"csat in stars"` → 3.
UNREAD: Final[Counter[str]] = Counter()


@dataclass(frozen=True, slots=True)
class AnswerFields:
    """Where the answers to one kind of survey stand: `[desk.answers.csat]` of the account's settings."""

    kind: str
    score: str  #: custom field, without the prefix
    low: int
    high: int
    comment: str | None  #: custom field, when there is one


def declared(options: JSONObject) -> list[AnswerFields]:
    """The fields that the account names; what is wrongly named is left out, and `mistakes` says so."""
    return [found for found in _told(options) if isinstance(found, AnswerFields)]


def mistakes(options: JSONObject) -> list[str]:
    """A sentence for each kind of survey whose fields cannot be read as the account names them."""
    return [found for found in _told(options) if isinstance(found, str)]


def fields(options: JSONObject) -> frozenset[str]:
    """The custom fields that hold answers, which therefore tell no tickets apart."""
    names = (name for each in declared(options) for name in (each.score, each.comment))
    return frozenset(name for name in names if name is not None)


def answers(ticket: Ticket, options: JSONObject) -> list[JSONValue]:
    """What customers answered, as in `Present`. A value that is not on its scale is counted and no answer.

    Nothing, and the 0 that a desk gives a field of numbers which nobody filled, are not counted either.
    """
    return [answer for each in declared(options) if (answer := _answer(ticket, each)) is not None]


def _answer(ticket: Ticket, where: AnswerFields) -> JSONObject | None:
    held = ticket.custom.get(where.score)
    score = _number(held)
    if score is None or not where.low <= score <= where.high:
        if score != 0 and held not in (None, ""):
            _note_unread(where)
        return None
    told: dict[str, JSONValue] = {
        "kind": where.kind,
        "survey": where.score,
        "score": score,
        "scale": [where.low, where.high],
    }
    comment = ticket.custom.get(where.comment) if where.comment else None
    if isinstance(comment, str) and comment.strip():
        told["comment"] = comment.strip()
    return told


def _note_unread(where: AnswerFields) -> None:
    """Counts a value that is no score, and logs the first one of its field; not the value, which anybody may write."""
    key = f"{where.kind} in {where.score}"
    UNREAD[key] += 1
    if UNREAD[key] == 1:
        _log.warning("%s: a ticket holds what is no number from %d to %d; left out", key, where.low, where.high)


def _number(value: JSONValue) -> float | None:
    """The number in a field of numbers, or in one of texts; None when there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number == int(number) else number


def _told(options: JSONObject) -> Iterator[AnswerFields | str]:
    table = options.get(_OPTION)
    if table is None:
        return
    if not isinstance(table, Mapping):
        yield "[desk.answers] must hold a table for each kind of survey, such as [desk.answers.csat]."
        return
    for kind, where in table.items():
        try:
            yield _read(kind, where)
        except ValueError as error:
            yield f"No answers are read from [desk.answers.{kind}]: {error}."


def _read(kind: str, where: JSONValue) -> AnswerFields:
    if kind not in KINDS:
        raise ValueError(f"the kinds are {', '.join(KINDS)}")
    if not isinstance(where, Mapping) or not {"field", "scale"} <= where.keys() <= _KEYS:
        raise ValueError("it must hold field and scale, and may hold comment")
    comment = where.get("comment")
    low, high = _scale(where["scale"])
    return AnswerFields(kind, _field(where["field"]), low, high, None if comment is None else _field(comment))


def _scale(told: JSONValue) -> tuple[int, int]:
    match told:
        case [int(low), int(high)] if low < high and bool not in (type(low), type(high)):
            return low, high
    raise ValueError("scale must be two whole numbers, the lower first")


def _field(told: JSONValue) -> str:
    if not isinstance(told, str) or not told:
        raise ValueError("field and comment are names of custom fields")
    if mapping.is_reserved(told):
        raise ValueError(f"Deskpulse reads or writes {told} for another purpose, so name another custom field")
    return told
