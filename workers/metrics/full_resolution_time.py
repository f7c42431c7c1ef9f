"""How long it took until a ticket was solved for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workers.metrics.base import Counted, Figure, Measures, Metric
from workers.metrics.durations import BUSINESS, duration_facts, duration_figures
from workers.metrics.facts import Fact

_MEASURE = "full_resolution_time"


def facts(counted: Counted) -> Sequence[Fact]:
    """One duration on the day of the last resolution, credited to who resolved and the department then."""
    took = counted.full_resolution_took
    if counted.resolution is None or took is None:
        return ()
    day = counted.day(counted.resolution.at)
    return duration_facts(counted, _MEASURE, counted.resolved_slices, day, took)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The distribution of the times."""
    return duration_figures(measures, _MEASURE)


METRIC = Metric(
    name=_MEASURE,
    title="Full resolution time",
    definition="From creation to the last resolution. A ticket that is open again has none until it is solved again.",
    formula="last resolution - creation; median, p90 and mean of all tickets",
    cohort="last resolution",
    exclusions="as for ticket volume; tickets that are not resolved now",
    source="as the full resolution time of support.zendesk.com article 4408834848154",
    example="Opened at 9:00, solved at 10:00, open again at 11:00, solved at 12:00: 10800 s.",
    elsewhere=(
        "Zendesk: the same (support.zendesk.com 4408834848154). Chatwoot: every resolution of a ticket has a time of "
        "its own, a bot's and snoozed time included (Chatwoot's code, reporting_event_listener.rb; chatwoot #7679). "
        "Zammad keeps the first closing of a ticket that is open again (zammad #3745). Freshdesk stops the clock in "
        "some statuses (not verified)."
    ),
    figures={_MEASURE: "Resolution", _MEASURE + BUSINESS: "Resolution (business)"},
    measures=(_MEASURE, _MEASURE + BUSINESS),
    better="lower",
    facts=facts,
    figure=figure,
    needs="resolutions",
)
