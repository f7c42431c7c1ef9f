"""One row of `deskpulse tickets`: what is known of a ticket, under the names of the public contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from integrations.times import Instant, iso
from workers import timeline
from workers.metrics.base import Counted, whole_seconds
from workers.tickets import StatusChange, Ticket

#: The statuses in which the customer waits for us, for the customer, and for somebody else.
_REQUESTER_WAITS = frozenset({"new", "open", "on_hold"})


@dataclass(frozen=True, slots=True)
class _Span:
    start: Instant
    end: Instant
    status: str


def ticket_row(counted: Counted) -> dict[str, Any]:
    """The row as JSON values: times in ISO 8601 UTC, durations in whole seconds, None where there is none."""
    ticket, rules = counted.ticket, counted.rules
    resolution = timeline.present_resolution(ticket)
    first_resolution = ticket.resolutions[0].at if ticket.resolutions else None
    response = counted.first_response
    scores = {answer.kind: answer.score for answer in sorted(ticket.standing_answers(), key=lambda given: given.at)}
    return {
        "ticket": ticket.ticket,
        "channel": ticket.channel,
        "department": ticket.department,
        "agent": ticket.agent,
        "direction": timeline.direction(ticket),
        "handled_by": timeline.handled_by(ticket, rules),
        "created_at": _iso(ticket.created_at),
        "first_response_at": _iso(response[3]) if response else None,
        "first_response_agent": response[1] if response else None,
        "first_resolved_at": _iso(first_resolution),
        "resolved_at": _iso(resolution.at) if resolution else None,
        "resolved_by": resolution.agent if resolution else None,
        "status": ticket.status,
        "excluded": counted.excluded,
        "first_response_s": whole_seconds(response[0], response[3]) if response else None,
        "first_resolution_s": _since_opened(ticket, first_resolution),
        "full_resolution_s": _since_opened(ticket, resolution.at if resolution else None),
        **_waits(ticket),
        "reopens": timeline.reopenings(ticket),
        "agent_replies": sum(1 for _ in timeline.human_messages(ticket, rules)),
        "customer_messages": sum(timeline.is_customer(message) for message in ticket.messages),
        "transfers": len(ticket.transfers),
        "csat": scores.get("csat"),
        "ces": scores.get("ces"),
        "nps": scores.get("nps"),
    }


def _iso(moment: Instant | None) -> str | None:
    return None if moment is None else iso(moment)


def _since_opened(ticket: Ticket, moment: Instant | None) -> int | None:
    return None if moment is None else whole_seconds(ticket.opened_at, moment)


def _waits(ticket: Ticket) -> dict[str, int | None]:
    """Seconds spent waiting until resolved; None while the ticket is open."""
    if timeline.present_resolution(ticket) is None:
        return {"requester_wait_s": None, "agent_wait_s": None, "on_hold_s": None}
    spans = list(_spans(ticket))
    return {
        "requester_wait_s": sum(whole_seconds(s.start, s.end) for s in spans if s.status in _REQUESTER_WAITS),
        "agent_wait_s": sum(whole_seconds(s.start, s.end) for s in spans if s.status == "pending"),
        "on_hold_s": sum(whole_seconds(s.start, s.end) for s in spans if s.status == "on_hold"),
    }


def _spans(ticket: Ticket) -> Iterator[_Span]:
    changes = (StatusChange(ticket.opened_at, "new"), *ticket.statuses)
    for change, following in pairwise(changes):
        yield _Span(change.at, following.at, change.status)
