"""Which share of the tickets that came in was answered within the target of their channel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from integrations.times import Instant
from workers import timeline
from workers.metrics.base import Counted, Figure, Measures, Metric, of_inbound_tickets
from workers.metrics.facts import Fact
from workers.metrics.shares import share_of_sums
from workers.tickets import Ticket
from workers.working_time.business_time import Hours, TicketClock

_NAME = "answered_within_target"
_CALENDAR = Hours()


def facts(counted: Counted) -> Iterator[Fact]:
    """One inbound ticket with a target: answered by its due instant, decided when the day of that is over."""
    due = due_at(counted)
    if due is None:
        return
    response = counted.first_response
    in_time = int(response is not None and response.at <= due)
    yield Fact(counted.created_slices, _NAME, counted.created_day, counted.day(due) + 1, 1, in_time, None)


def due_at(counted: Counted) -> Instant | None:
    """Until when the first response is in time; None where the channel has no target, or no opening ever comes.

    Where the ticket was when its customer began to wait decides the target and the schedule: being moved later
    makes nothing due earlier or later.
    """
    start = timeline.first_wait(counted.ticket, counted.rules) if counted.rules.targets else None
    if start is None:
        return None
    stay = counted.stay_at(start)
    target = counted.rules.targets.get(stay.channel)
    if target is None:
        return None
    hours = _CALENDAR if _is_call(counted.ticket, start) else counted.rules.hours
    return TicketClock(hours, (stay,)).due(start, target.first_response)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The share."""
    return {_NAME: share_of_sums(measures.get(_NAME))}


def _is_call(ticket: Ticket, start: Instant) -> bool:
    """Whether the wait began in the queue of a call, which is measured in calendar time alone."""
    contact = timeline.live_start(ticket)
    return contact is not None and timeline.media_of(contact, ticket) == "voice" and contact.queued_at == start


METRIC = Metric(
    name=_NAME,
    title="Answered within target",
    definition=(
        "Of the inbound tickets created in the period, the share whose first response came by the due instant: so "
        "many seconds after the wait began as the channel has as its target, in business time where a schedule is in "
        "force, for a call in calendar time. The due instant is fixed when the wait begins (creation, handover, or the "
        "queue for a live start) by where the ticket is then. A ticket is undecided until the day of its due instant "
        "is over, whether it was answered or not; unanswered then is missed, also when it was resolved without a "
        "response or handled by a bot alone."
    ),
    formula="first response by the due instant ÷ created, with a target × 100",
    cohort="created",
    exclusions=(
        "as for ticket volume; outbound tickets; channels without a target; tickets that are never due, "
        "because their schedule never opens for long enough"
    ),
    source="our own; the targets and their goals are the account's settings",
    example="With a target of 10 minutes, one ticket is answered after 5 and one after 15: 1 of 2, 50 %.",
    elsewhere=(
        "LiveAgent's SLA report tells met and missed; a first answer is met when the status becomes Answered, and "
        "solving without one logs nothing (support.liveagent.com 304582). Zammad pauses while a ticket is pending, "
        "closed or merged (its code). Zendesk does not recompute what was due when a schedule changes."
    ),
    figures={_NAME: "Within target"},
    measures=(_NAME,),
    facts=facts,
    figure=figure,
    left_out=of_inbound_tickets,
    better="higher",
)
