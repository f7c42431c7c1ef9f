"""How long customers waited for the first answer of a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from workers.metrics.base import Counted, Figure, Measures, Metric
from workers.metrics.durations import BUSINESS, duration_facts, duration_figures
from workers.metrics.facts import Fact

_MEASURE = "first_response_time"
_FROM_CREATION = "first_response_time_from_creation"


def facts(counted: Counted) -> Iterator[Fact]:
    """One duration on the day of the response, credited to who wrote it and the department then.

    Beside it the time from creation, where an inbound ticket's wait began later.
    """
    response, took, opened_at = counted.first_response, counted.first_response_took, counted.ticket.opened_at
    if response is None or took is None:
        return
    waits = [(_MEASURE, took)]
    if counted.inbound and response.since > opened_at:
        waits.append((_FROM_CREATION, counted.duration((opened_at, response.at))))
    slices, day = counted.slices(response.agent, response.department), counted.day(response.at)
    kept = 1 if response.is_call else None
    for measure, time in waits:
        yield from islice(duration_facts(counted, measure, slices, day, time), kept)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The distribution of the waits."""
    return duration_figures(measures, _MEASURE, _FROM_CREATION)


METRIC = Metric(
    name=_MEASURE,
    title="First response time",
    definition=(
        "From creation (from the handover where a bot came first, from the queue for a live start, from the "
        "customer's first message where we wrote first) to the first public message of a person. A private note, "
        "a bot and an automatic message are no response, and a handover or a queue after a response begins no wait. "
        "A call with live events: from queued to answered, without business time where there is a schedule. For "
        "tickets whose wait began at a handover or in a queue, the time from creation stands beside it."
    ),
    formula="first public human message - start of the wait; median, p90 and mean of all tickets",
    cohort="first response",
    exclusions="as for ticket volume; tickets without a response yet",
    source=(
        "as the first reply time of support.zendesk.com article 4408834848154; "
        "handover, queue and outbound rules are our own"
    ),
    example=("Opened at 9:00; a bot answers at 9:01, a private note follows at 9:05, a public reply at 9:20: 1200 s."),
    elsewhere=(
        "Zendesk takes the second public comment where an agent opened the ticket with a public one, and one "
        "schedule for the whole span (support.zendesk.com 4408834848154). Chatwoot counts from the latest handover "
        "or reopening (Chatwoot's code, reporting_event_listener.rb). Zammad has 0 for a ticket that an agent "
        "opened, and minutes only where a matching SLA sets a target (zammad #4516). To Freshdesk a public note is a "
        "response (Freshdesk solutions 50000000041). LiveAgent averages the time from creation until the status is "
        "Answered (support.liveagent.com 765561)."
    ),
    figures={
        _MEASURE: "First response",
        _MEASURE + BUSINESS: "First response (business)",
        _FROM_CREATION: "First response from creation",
        _FROM_CREATION + BUSINESS: "First response from creation (business)",
    },
    measures=(_MEASURE, _MEASURE + BUSINESS, _FROM_CREATION, _FROM_CREATION + BUSINESS),
    better="lower",
    facts=facts,
    figure=figure,
)
