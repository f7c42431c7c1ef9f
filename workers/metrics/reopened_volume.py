"""How many times tickets were opened again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from workers.metrics.base import Counted, Figure, Measures, Metric, Sums
from workers.metrics.facts import Fact

NAME: Final = "reopened_volume"


def facts(counted: Counted) -> Iterator[Fact]:
    """One reopening on its own day, with the slices of the resolution that it undid."""
    for done in counted.ticket.resolutions:
        if done.undone_at is not None:
            slices = counted.slices(counted.resolver(done), done.department, tags=done.tags)
            yield Fact(slices, NAME, counted.day(done.undone_at), None, 1, 1, None)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """A count; None of nothing."""
    n = measures.get(NAME, Sums()).n
    return {NAME: Figure(value=n or None, unit="reopenings", n=n)}


METRIC = Metric(
    name=NAME,
    title="Reopened volume",
    definition=(
        "Reopenings in the period, each on the day on which it happened, however long after the resolution. The "
        "reopen rate tells of resolutions how many were undone within 7 days, which is another number. Credited to "
        "who had resolved, the department and tags then."
    ),
    formula="count of reopenings",
    cohort="reopening",
    exclusions="as for ticket volume, but tickets that we opened are in",
    source="our own; see docs/design.md",
    example="One ticket is solved, opened again and solved again: 1 reopening.",
    elsewhere="Zendesk counts on each ticket how often it left solved (support.zendesk.com 4408834848154).",
    figures={NAME: "Reopenings"},
    measures=(NAME,),
    facts=facts,
    figure=figure,
    needs="resolutions",
)
