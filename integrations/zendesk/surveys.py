"""Ratings and survey responses as answers. Pure.

The lists of ratings and of responses are the truth: a trigger's call and the ticket itself only say that there is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from integrations.errors import Unreadable
from integrations.events import Event, event
from integrations.zendesk import mapping
from integrations.zendesk.survey_payloads import Answered, Rating

#: What a ticket's satisfaction survey is called: there is one a ticket, and its answer may change.
SATISFACTION: Final = "satisfaction"


def of_ratings(ratings: Iterable[Rating]) -> Iterator[Event]:
    """The answers among these rows; a survey that was only offered is none."""
    for rating in ratings:
        score = mapping.score(rating.score)
        if score is not None:
            data = _data("csat", score, mapping.RATING_SCALE, rating.comment)
            agent: dict[str, Any] = {} if rating.agent is None else {"agent": rating.agent}
            yield event("survey.answered", rating.ticket, rating.at, **data, **agent)


def of_responses(answers: Iterable[Answered]) -> Iterator[Event]:
    """The answers to questions that Zendesk documents; of the others the kind is not known."""
    for answer in answers:
        kind = mapping.QUESTION.get(answer.question)
        if kind is not None:
            data = _data(kind, answer.score, answer.scale, answer.comment)
            try:
                yield event("survey.answered", answer.ticket, answer.at, **data)
            except Unreadable:
                continue  # a rating off the scale of its own question


def _data(kind: str, score: float, scale: tuple[float, float], comment: str | None) -> dict[str, Any]:
    told = {"survey": SATISFACTION, "kind": kind, "score": score, "scale": list(scale)}
    return {**told, "comment": comment} if comment and comment.strip() else told
