"""Answers to a survey that a form or a program of the desk's own asks, read from the attributes that it fills."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from integrations.events import FIELDS, KINDS, JSONObject, JSONValue
from integrations.zammad.mapping import is_custom, is_own_field
from integrations.zammad.payloads import Change, Ticket

_OPTION: Final = "answers"
_KEYS: Final = frozenset({"field", "scale", "comment"})
_log = logging.getLogger(__name__)

#: How often an attribute held what is no score on its scale, since the process started: `"csat in stars"` → 3.
UNREAD: Final[Counter[str]] = Counter()


@dataclass(frozen=True, slots=True)
class Survey:
    """Where the answers to one kind of survey stand: `[desk.answers.csat]` of the account's settings."""

    kind: str
    field: str
    low: int
    high: int
    comment: str | None

    def answer(self, value: JSONValue, comment: JSONValue) -> JSONObject | None:
        """The data of `survey.answered`; None, counted, for what is no score on the scale, and None for nothing."""
        score = _number(value)
        if score is None or not self.low <= score <= self.high:
            if value not in (None, "", "-"):
                self._note_unread()
            return None
        told: dict[str, JSONValue] = {
            "kind": self.kind,
            "survey": self.field,
            "score": score,
            "scale": [self.low, self.high],
        }
        words = comment.strip() if isinstance(comment, str) else ""
        return {**told, "comment": words} if words else told

    def _note_unread(self) -> None:
        # The value is not logged: anybody may have written it.
        key = f"{self.kind} in {self.field}"
        UNREAD[key] += 1
        if UNREAD[key] == 1:
            _log.warning("%s: a ticket holds what is no number from %d to %d; left out", key, self.low, self.high)


def surveys(options: JSONObject) -> list[Survey]:
    """The surveys that the account declares; what is wrongly declared is left out, and `mistakes` says so."""
    return [found for found in _told(options) if isinstance(found, Survey)]


def mistakes(options: JSONObject) -> list[str]:
    """A sentence for each kind of survey that cannot be read as the account declares it."""
    return [found for found in _told(options) if isinstance(found, str)]


def attributes(options: JSONObject) -> frozenset[str]:
    """The attributes that hold answers, which therefore tell no tickets apart."""
    return frozenset(name for each in surveys(options) for name in (each.field, each.comment) if name)


def standing(ticket: Ticket, options: JSONObject) -> list[JSONObject]:
    """The answers that a ticket holds now."""
    held = ticket.attributes
    found = (each.answer(held.get(each.field), held.get(each.comment or "")) for each in surveys(options))
    return [answer for answer in found if answer is not None]


def given(changes: list[Change], options: JSONObject) -> Iterator[tuple[Change, JSONObject]]:
    """Each answer that a history tells, with the change that was it; its comment is what changed together with it."""
    for each in surveys(options):
        comments = {change.at: change.value_to for change in changes if change.attribute == each.comment}
        for change in changes:
            if change.attribute == each.field and (answer := each.answer(change.value_to, comments.get(change.at))):
                yield change, answer


def _number(value: JSONValue) -> JSONValue | None:
    """The number in an attribute of numbers, or in one of texts; None when there is none."""
    try:
        return None if value == "" else FIELDS["score"].check(float(value) if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None


def _told(options: JSONObject) -> Iterator[Survey | str]:
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


def _read(kind: str, where: JSONValue) -> Survey:
    if kind not in KINDS:
        raise ValueError(f"the kinds are {', '.join(KINDS)}")
    if not isinstance(where, Mapping) or not {"field", "scale"} <= where.keys() <= _KEYS:
        raise ValueError("it must hold field and scale, and may hold comment")
    low, high = _scale(where["scale"])
    comment = where.get("comment")
    return Survey(kind, _attribute(where["field"]), low, high, None if comment is None else _attribute(comment))


def _scale(told: JSONValue) -> tuple[int, int]:
    match told:
        case [int(low), int(high)] if low < high and bool not in (type(low), type(high)):
            return low, high
    raise ValueError("scale must be two whole numbers, the lower first")


def _attribute(told: JSONValue) -> str:
    if not isinstance(told, str) or not told:
        raise ValueError("field and comment are names of attributes")
    if not is_custom(told) or is_own_field(told):
        raise ValueError(f"{told} is Zammad's own or written by Deskpulse, so name another attribute")
    return told
