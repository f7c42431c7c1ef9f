"""One row of `deskpulse tickets`: what is known of a ticket, under the names of the public contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from integrations.times import iso
from workers import timeline
from workers.metrics.base import Counted, Duration

_DURATIONS: Final = (
    "first_response", "first_resolution", "full_resolution", "requester_wait", "agent_wait", "on_hold",
)  # fmt: skip
_WAITS: Final = _DURATIONS[3:]
#: The names of a row's values, in their order; behind them stands why its answers are out of count.
COLUMNS: Final = (
    "ticket", "channel", "department", "agent", "direction", "handled_by", "created_at", "first_response_at",
    "first_response_agent", "first_resolved_at", "resolved_at", "resolved_by", "status", "excluded",
    *(f"{name}_s" for name in _DURATIONS),
    *(f"{name}_business_s" for name in _DURATIONS),
    "reopens", "agent_replies", "customer_messages", "touches", "transfers", "one_touch", "csat", "ces", "nps",
)  # fmt: skip
_BESIDE: Final = len(COLUMNS)
_TIMES: Final = tuple(place for place, name in enumerate(COLUMNS) if name.endswith("_at"))


def write_row(counted: Counted) -> str:
    """The row as it is stored: a JSON list in the order of `COLUMNS` and one more, moments as whole microseconds."""
    ticket, rules = counted.ticket, counted.rules
    resolution, response = counted.resolution, counted.first_response
    first_resolution = ticket.resolutions[0].at if ticket.resolutions else None
    durations = _durations(counted)
    scores = {answer.kind: answer.score for answer in sorted(ticket.standing_answers(), key=lambda given: given.at)}
    row = (
        ticket.ticket, ticket.channel, ticket.department, ticket.agent, counted.direction,
        counted.handled_by, ticket.created_at, response.at if response else None,
        response.agent if response else None, first_resolution, resolution.at if resolution else None,
        counted.resolver(resolution) if resolution else None, ticket.status, counted.excluded,
        *(took and took.seconds for took in durations),
        None if response and response.is_call else durations[0] and durations[0].business,
        *(took and took.business for took in durations[1:]),
        timeline.reopenings(ticket), sum(1 for _ in timeline.human_messages(ticket, rules)),
        sum(timeline.is_customer(message) for message in ticket.messages), counted.touches, len(ticket.transfers),
        None if resolution is None else counted.is_one_touch,
        scores.get("csat"), scores.get("ces"), scores.get("nps"), counted.rating_excluded,
    )  # fmt: skip
    return orjson.dumps(row).decode()


def read_row(text: str) -> dict[str, Any]:
    """The row as JSON values: times in ISO 8601 UTC, durations in whole seconds, None where there is none."""
    values = orjson.loads(text)
    for place in _TIMES:
        if values[place] is not None:
            values[place] = iso(values[place])
    return dict(zip(COLUMNS, values, strict=False))


def rating_excluded(values: Sequence[Any]) -> str:
    """Why what a ticket's customer said is out of count, by the values of its stored row; '' when it counts."""
    # A row that an earlier version wrote says it of the ticket alone, until that is counted anew.
    place = _BESIDE if len(values) > _BESIDE else COLUMNS.index("excluded")
    found: str = values[place]
    return found


def _durations(counted: Counted) -> list[Duration | None]:
    waits = counted.waits if counted.resolution is not None else {}
    return [
        counted.first_response_took,
        counted.first_resolution_took,
        counted.full_resolution_took,
        *(waits.get(name) for name in _WAITS),
    ]
