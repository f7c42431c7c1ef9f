"""What Zendesk tells of surveys: good and bad ratings, and the responses of the newer survey.

Sources: the pages "Satisfaction ratings" and "CSAT survey responses" of developer.zendesk.com.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from marshmallow import ValidationError

from integrations.errors import Unreadable
from integrations.events import JSONObject, JSONValue
from integrations.times import Instant
from integrations.zendesk import values
from integrations.zendesk.values import Key

_USUAL_QUESTION: Final = "customer_satisfaction"


@dataclass(frozen=True, slots=True)
class Rating:
    """A good or bad rating of the older survey."""

    id: Annotated[str, Key("id", values.must_id)]
    ticket: Annotated[str, Key("ticket_id", values.must_id)]
    made: Annotated[Instant, Key("created_at", values.moment)]
    score: Annotated[str, Key("score", values.text)] = ""
    changed: Annotated[Instant | None, Key("updated_at", values.moment)] = None
    agent: Annotated[str | None, Key("assignee_id", values.id_of)] = None
    comment: Annotated[str | None, Key("comment", values.text)] = None

    @property
    def at(self) -> Instant:
        """When it became what it is."""
        return max(self.made, self.changed or self.made)


@dataclass(frozen=True, slots=True)
class _Response:
    """A response to the newer survey, with whatever it holds."""

    subjects: Annotated[Sequence[JSONObject], Key("subjects", values.dicts)] = ()
    answers: Annotated[Sequence[JSONObject], Key("answers", values.dicts)] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """One answered question with a scale, of the newer survey."""

    ticket: str
    question: str  #: what it asks, in Zendesk's word
    score: float
    scale: tuple[float, float]
    at: Instant
    comment: str | None


def read_rating(told: JSONValue) -> Rating:
    """One rating; Unreadable when it is none."""
    return values.read(Rating, told, "satisfaction rating")


def read_response(told: JSONValue) -> list[Answered]:
    """The answers on a scale that one survey response holds; Unreadable when it is none or about no ticket."""
    found = values.read(_Response, told, "survey response")
    about = (values.id_of(one.get("id")) for one in found.subjects if str(one.get("type")).endswith("ticket"))
    ticket = next(filter(None, about), None)
    if ticket is None:
        raise Unreadable("survey response: it is about no ticket")
    comment = "\n".join(filter(None, map(_open_text, found.answers))) or None
    scaled = (one for one in found.answers if one.get("type") == "rating_scale")
    return list(values.readable(lambda one: _answered(one, ticket, comment), scaled))


def _open_text(answer: JSONObject) -> str | None:
    value = answer.get("value")
    if isinstance(value, dict):
        value = value.get("text")
    return value if answer.get("type") == "open_ended" and isinstance(value, str) else None


def _answered(answer: JSONObject, ticket: str, comment: str | None) -> Answered:
    question = values.dict_of(answer.get("question"))
    score, told = answer.get("rating"), answer.get("updated_at") or answer.get("created_at")
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise Unreadable("survey response: an answer has no rating")
    try:
        at = values.moment(told)
    except ValidationError as error:
        raise Unreadable("survey response: an answer has no date") from error
    asks = values.word(question.get("sub_type")) or _USUAL_QUESTION
    return Answered(ticket, asks, score, _scale(question, score), at, comment)


def _scale(question: JSONObject, score: float) -> tuple[float, float]:
    """From the lowest to the highest of the options that the question had, else 1 to 5."""
    options = [one.get("rating") for one in values.dicts(question.get("options"))]
    numbers = [one for one in options if isinstance(one, int | float) and not isinstance(one, bool)]
    if len(numbers) > 1 and min(numbers) <= score <= max(numbers):
        return min(numbers), max(numbers)
    return 1, 5
