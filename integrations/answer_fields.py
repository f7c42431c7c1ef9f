"""Answers to a survey that a desk's own forms or programs ask, read from the ticket's fields that they fill.

An account declares them under `[desk.answers.<kind>]`: `field`, `scale` and, where there is one, `comment`.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from integrations.events import KINDS, JSONObject, JSONValue

#: ValueError, saying why, for a field that an account may not declare.
Check = Callable[[str], None]

_OPTION: Final = "answers"
_KEYS: Final = frozenset({"field", "scale", "comment"})
#: What stands in a field that nobody filled; a field of numbers may hold a 0 then.
_NOTHING: Final = (None, "", "-")
_log = logging.getLogger(__name__)

#: How often a field held what is no score on its scale, since the process started: `"csat in stars"` → 3.
UNREAD: Final[Counter[str]] = Counter()


@dataclass(frozen=True, slots=True)
class AnswerFields:
    """Where the answers to one kind of survey stand."""

    kind: str
    field: str
    low: int
    high: int
    comment: str | None

    def answer(self, held: Mapping[str, JSONValue]) -> JSONObject | None:
        """The answer in these fields, as the data of `survey.answered`; None, and counted, for what is no score."""
        value = held.get(self.field)
        score = _number(value)
        if score is None or not self.low <= score <= self.high:
            if score != 0 and value not in _NOTHING:
                self._note_unread()
            return None
        scale: list[JSONValue] = [self.low, self.high]
        told: dict[str, JSONValue] = {"kind": self.kind, "survey": self.field, "score": score, "scale": scale}
        comment = held.get(self.comment) if self.comment else None
        words = comment.strip() if isinstance(comment, str) else ""
        return {**told, "comment": words} if words else told

    def _note_unread(self) -> None:
        # The value is not logged: anybody may have written it.
        key = f"{self.kind} in {self.field}"
        UNREAD[key] += 1
        if UNREAD[key] == 1:
            _log.warning("%s: a ticket holds what is no number from %d to %d; left out", key, self.low, self.high)


def declared(options: JSONObject, check: Check) -> list[AnswerFields]:
    """The fields that the account names; what is wrongly named is left out, and `mistakes` says so."""
    return [found for found in _told(options, check) if isinstance(found, AnswerFields)]


def mistakes(options: JSONObject, check: Check) -> list[str]:
    """A sentence for each kind of survey whose fields cannot be read as the account names them."""
    return [found for found in _told(options, check) if isinstance(found, str)]


def names(found: Iterable[AnswerFields]) -> frozenset[str]:
    """The fields that hold answers, which therefore tell no tickets apart."""
    return frozenset(name for each in found for name in (each.field, each.comment) if name)


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


def _told(options: JSONObject, check: Check) -> Iterator[AnswerFields | str]:
    table = options.get(_OPTION)
    if table is None:
        return
    if not isinstance(table, Mapping):
        yield "[desk.answers] must hold a table for each kind of survey, such as [desk.answers.csat]."
        return
    for kind, where in table.items():
        try:
            yield _read(kind, where, check)
        except ValueError as error:
            yield f"No answers are read from [desk.answers.{kind}]: {error}."


def _read(kind: str, where: JSONValue, check: Check) -> AnswerFields:
    if kind not in KINDS:
        raise ValueError(f"the kinds are {', '.join(KINDS)}")
    if not isinstance(where, Mapping) or not {"field", "scale"} <= where.keys() <= _KEYS:
        raise ValueError("it must hold field and scale, and may hold comment")
    comment = where.get("comment")
    low, high = _scale(where["scale"])
    return AnswerFields(
        kind, _field(where["field"], check), low, high, None if comment is None else _field(comment, check)
    )


def _scale(told: JSONValue) -> tuple[int, int]:
    match told:
        case [int(low), int(high)] if low < high and bool not in (type(low), type(high)):
            return low, high
    raise ValueError("scale must be two whole numbers, the lower first")


def _field(told: JSONValue, check: Check) -> str:
    if not isinstance(told, str) or not told:
        raise ValueError("field and comment are names of custom fields")
    check(told)
    return told
