"""Satisfaction ratings as answers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from integrations.events import Event, JSONValue, event
from integrations.freshdesk import mapping
from integrations.freshdesk.values import Rating


def answers_of(ratings: Iterable[Rating], surveys: Mapping[str, Sequence[int]]) -> list[Event]:
    """The answers of these ratings; `surveys` leads from a survey's id to the codes that it takes.

    A rating that is changed keeps its id, so its last version counts.
    """
    return [made for rating in ratings for made in _answer(rating, surveys.get(rating.survey or "", ()))]


def _answer(rating: Rating, codes: Sequence[int]) -> Iterator[Event]:
    found = mapping.scored(rating, codes)
    if found is None:
        return
    score, scale = found
    told: dict[str, JSONValue] = {
        "survey": rating.survey,
        "agent": rating.agent,
        "department": rating.group,
        "customer": rating.customer,
        "comment": rating.comment,
    }
    known = {name: value for name, value in told.items() if value is not None}
    id_ = f"rating-{rating.id}"
    seen = rating.updated or rating.created
    yield event(
        "survey.answered",
        rating.ticket,
        rating.created,
        id_=id_,
        seen=seen,
        kind="csat",
        score=score,
        scale=scale,
        **known,
    )
