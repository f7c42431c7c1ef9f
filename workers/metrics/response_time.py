"""How long customers waited for an answer, the first and every later one alike."""

from __future__ import annotations

from collections.abc import Mapping

from workers.metrics.base import Counted, Figure, Measures, Metric, Sums
from workers.metrics.durations import BUSINESS, duration_figures
from workers.metrics.facts import Fact

_NAME = "response_time"
_POOLED = ("first_response_time", "next_response_time")


def facts(_counted: Counted) -> tuple[Fact, ...]:
    """None of its own: what is pooled is counted already."""
    return ()


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The distribution of all waits, from every value of both."""
    pooled = {_NAME + twin: _together([measures.get(each + twin) for each in _POOLED]) for twin in ("", BUSINESS)}
    return duration_figures(pooled, _NAME)


def _together(parts: list[Sums | None]) -> Sums:
    found = [sums for sums in parts if sums is not None]
    return Sums(
        n=sum(sums.n for sums in found),
        total=sum(sums.total for sums in found),
        values=[values for sums in found for values in sums.values],
    )


METRIC = Metric(
    name=_NAME,
    title="Response time",
    definition=(
        "Every wait that a person's public message ended, first and next responses together: what is often called "
        "the average response time. A ticket with many exchanges weighs as much as it has responses."
    ),
    formula="all values of first_response_time and next_response_time in one; median, p90 and mean",
    cohort="response",
    exclusions="as for the two",
    source="our own; its parts are first_response_time and next_response_time",
    example="One ticket, first answered after 600 s and then after 1200 s: two waits, median 900 s.",
    elsewhere=(
        "Chatwoot's reply time leaves the first reply out (Chatwoot's code, reporting_event_listener.rb). LiveAgent "
        "tells new and open answers as two averages (support.liveagent.com 765561)."
    ),
    figures={_NAME: "Response", _NAME + BUSINESS: "Response (business)"},
    measures=(),
    reads=tuple(each + twin for each in _POOLED for twin in ("", BUSINESS)),
    facts=facts,
    figure=figure,
    better="lower",
)
