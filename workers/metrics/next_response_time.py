"""How long customers waited for every answer after the first, and how often a solved ticket was the only one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workers import timeline
from workers.metrics.base import Counted, Figure, Measures, Metric
from workers.metrics.durations import BUSINESS, duration_facts, duration_figures
from workers.metrics.facts import Fact
from workers.tickets import Resolution

_MEASURE = "next_response_time"
_CLOSED = "closed_without_reply"


def facts(counted: Counted) -> Iterator[Fact]:
    """A wait on the day it ended: a duration of who replied, or one without a reply of who resolved."""
    for wait in timeline.later_waits(counted.ticket, counted.rules):
        ended, day = wait.ended_by, counted.day(wait.until)
        if isinstance(ended, Resolution):
            yield Fact(counted.slices(counted.resolver(ended), ended.department), _CLOSED, day, None, 1, 1, None)
            continue
        took = counted.duration(*timeline.counted_parts(counted.ticket, wait.since, wait.until))
        yield from duration_facts(counted, _MEASURE, counted.slices(ended.author, ended.department), day, took)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The distribution of the waits, and how many no reply ended."""
    closed = measures.get(_CLOSED)
    n = closed.n if closed else 0
    return {**duration_figures(measures, _MEASURE), _CLOSED: Figure(value=n or None, unit="waits", n=n)}


METRIC = Metric(
    name=_MEASURE,
    title="Next response time",
    definition=(
        "After the first response: from the customer's first unanswered message to the next public message of a "
        "person. Private notes, bots and automatic messages neither begin nor end a wait. A wait that a resolution "
        "ends is `closed_without_reply`: counted apart, on the day of that resolution. A wait that nothing ended is "
        "not counted yet. Time as spam or deleted is left out."
    ),
    formula="public human message - first unanswered customer message; median, p90 and mean of all waits",
    cohort="response (closed without reply: the resolution)",
    exclusions="as for ticket volume; waits that have not ended",
    source="as the next reply time of support.zendesk.com article 4408834848154; what a resolution ends is our own",
    example=(
        "After the first reply the customer writes at 10:00 and at 10:05 and is answered at 10:12: one wait, 720 s."
    ),
    elsewhere=(
        "Zendesk's next reply time is the same pair of messages. Chatwoot credits it to the assignee instead of the "
        "author, and a bot's reply ends the wait unseen (Chatwoot's code, reporting_event_listener.rb). Zammad's "
        "update time is the longest stretch of a ticket, not an average (zammad #3410). LiveAgent averages the time "
        "from received to Answered (support.liveagent.com 765561)."
    ),
    figures={
        _MEASURE: "Next response",
        _MEASURE + BUSINESS: "Next response (business)",
        _CLOSED: "Closed without reply",
    },
    measures=(_MEASURE, _MEASURE + BUSINESS, _CLOSED),
    facts=facts,
    figure=figure,
    better="lower",
)
