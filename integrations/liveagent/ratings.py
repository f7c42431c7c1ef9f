"""Ratings of LiveAgent's ranking report as answers on the scale [1, 3]. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from integrations.events import Event, event
from integrations.liveagent.local import moment
from integrations.liveagent.mapping import SCALE, SCORE, is_valid, rating_of
from integrations.liveagent.payloads import Rank

_MINUTE = len("YYYY-MM-DD HH:MM")


def answers_of(ranks: Iterable[Rank], agents: Mapping[str, str], zone: ZoneInfo) -> list[Event]:
    """The answers and invalidations of these rows; `agents` leads from a lower-case address to an agent's id.

    LiveAgent has reported one rating twice, so rows of the same ticket, agent, customer, kind and minute are one
    answer: their events have one id, whichever of the rows a report brings.
    """
    return [made for rank in ranks for made in _events(rank, agents, zone)]


def _events(rank: Rank, agents: Mapping[str, str], zone: ZoneInfo) -> Iterator[Event]:
    rating = rating_of(rank.type)
    if rating is None:
        return
    survey = _survey(rank, rating)
    at = moment(rank.at, zone)
    data: dict[str, Any] = {
        "survey": survey,
        "kind": "csat",
        "score": SCORE[rating],
        "scale": SCALE,
        "agent": agents.get((rank.agent_email or "").lower()),
        "customer": rank.customer or rank.address,
        "comment": rank.comment or None,
    }
    told = {name: value for name, value in data.items() if value is not None}
    yield event("survey.answered", rank.ticket, at, id_=survey, **told)
    if not is_valid(rank.validity):
        # When it was invalidated is not told; in the fold this follows the answer of the same moment.
        yield event(
            "survey.invalidated",
            rank.ticket,
            at,
            id_=f"{survey}-invalid",
            survey=survey,
            kind="csat",
            reason="invalidated in LiveAgent",
        )


def _survey(rank: Rank, rating: str) -> str:
    who = (rank.agent_email or "").lower(), rank.customer or (rank.address or "").lower()
    key = orjson.dumps([rank.ticket, *who, rating, rank.at[:_MINUTE]])
    return "rating-" + hashlib.sha256(key).hexdigest()[:24]
