"""For how long a solved ticket waited for us, for its customer, and on hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from workers.metrics.base import Counted, Figure, Measures, Metric
from workers.metrics.durations import BUSINESS, duration_facts, duration_figures
from workers.metrics.facts import Fact

_INCLUDED: Final = (
    "A reopened ticket's later waiting is included, time as spam or deleted is not. A solved ticket that never did "
    "counts as 0, so `n` is the number of solved tickets."
)


def _facts_of(wait: str) -> Callable[[Counted], Sequence[Fact]]:
    """One duration on the day of the last resolution, credited to who resolved and the department then."""

    measure = wait + "_time"

    def facts(counted: Counted) -> Sequence[Fact]:
        if counted.resolution is None:
            return ()
        day = counted.day(counted.resolution.at)
        return duration_facts(counted, measure, counted.resolved_slices, day, counted.waits[wait])

    return facts


def _metric(
    wait: str, title: str, *, definition: str, statuses: str, better: str, example: str, elsewhere: str
) -> Metric:
    measure = wait + "_time"

    def figure(measures: Measures) -> Mapping[str, Figure]:
        return duration_figures(measures, measure)

    return Metric(
        name=measure,
        title=title,
        definition=f"{definition} {_INCLUDED}",
        formula=f"sum of the spans in {statuses}, from creation to the last resolution; median, p90 and mean",
        cohort="last resolution",
        exclusions="as for ticket volume; tickets that are not resolved now",
        source=f"as the {title.lower()} of support.zendesk.com article 4408834848154",
        figures={measure: title.removesuffix(" time"), measure + BUSINESS: f"{title.removesuffix(' time')} (business)"},
        measures=(measure, measure + BUSINESS),
        facts=_facts_of(wait),
        figure=figure,
        needs="resolutions",
        better=better,
        example=example,
        elsewhere=elsewhere,
    )


REQUESTER: Final = _metric(
    "requester_wait",
    "Requester wait time",
    definition="How long a ticket was new, open or on hold until it was resolved: the customer waited for us.",
    statuses="new, open and on_hold",
    better="lower",
    example="New at 9:00, pending at 9:10, open at 10:10, solved at 10:30: 1800 s.",
    elsewhere=(
        "Zendesk: the same statuses; in business time by the schedule that held at each change (support.zendesk.com "
        "5654110765338)."
    ),
)
AGENT: Final = _metric(
    "agent_wait",
    "Agent wait time",
    definition="How long a ticket was pending until it was resolved: we waited for the customer.",
    statuses="pending",
    better="",
    example="New at 9:00, pending at 9:10, open at 10:10, solved at 10:30: 3600 s.",
    elsewhere=(
        "Zendesk: the same status; in business time by the schedule that held at each change (support.zendesk.com "
        "5654110765338). Chatwoot keeps pending time in its resolution time (Chatwoot's code, "
        "reporting_event_listener.rb)."
    ),
)
ON_HOLD: Final = _metric(
    "on_hold",
    "On hold time",
    definition="How long a ticket was on hold until it was resolved: a part of the requester wait time.",
    statuses="on_hold",
    better="lower",
    example="New at 9:00, on hold at 9:10, open at 10:10, solved at 10:30: 3600 s.",
    elsewhere=(
        "Zendesk: the same status (support.zendesk.com 4408834848154). What Chatwoot calls snoozed stays in its "
        "resolution time (Chatwoot's code, reporting_event_listener.rb)."
    ),
)
