"""Which share of the resolutions did not last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from integrations.times import DAY
from workers.metrics.base import Counted, Figure, Measures, Metric, Sums
from workers.metrics.facts import Fact
from workers.metrics.shares import share_of_sums

NAME: Final = "reopen_rate"
_WINDOW: Final = 7 * DAY


def facts(counted: Counted) -> Iterator[Fact]:
    """One resolution on its day: undone within a week, decided when the whole day is that old."""
    for done in counted.ticket.resolutions:
        day = counted.day(done.at)
        undone = done.undone_at is not None and done.undone_at <= done.at + _WINDOW
        slices = counted.slices(counted.resolver(done), done.department, tags=done.tags)
        yield Fact(slices, NAME, day, counted.all_this_old_on(day, _WINDOW), 1, int(undone), None)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The share of the resolutions that are old enough."""
    return {NAME: share_of_sums(measures.get(NAME))}


def resolutions(measures: Measures) -> int:
    """How many resolutions there were, old enough to be judged or not."""
    sums = measures.get(NAME, Sums())
    return sums.n + sums.undecided


METRIC = Metric(
    name=NAME,
    title="Reopen rate",
    definition=(
        "Of all resolutions in the period, the share undone within 7 days; a ticket that is solved three times has "
        "three. The last 7 days are undecided, on neither side. Closing what is resolved is no resolution, nor is "
        "what a deletion or spam and its undoing interrupt. Credited to who resolved, the department and tags then."
    ),
    formula="undone within 7 days ÷ resolutions × 100",
    cohort="resolution",
    exclusions="as for ticket volume",
    source="our own; see docs/design.md",
    example="Two tickets are solved, one of them is open again on the next day: 1 of 2, 50 %.",
    elsewhere=(
        "Zendesk counts on each ticket how often it left solved (support.zendesk.com 4408834848154). Zammad counts "
        "changes from closed, merged or removed to another status (code of its report module). Chatwoot records the "
        "seconds since the last resolution (Chatwoot's code, reporting_event_listener.rb). None of these has a "
        "window."
    ),
    figures={NAME: "Reopened in 7 days"},
    measures=(NAME,),
    facts=facts,
    figure=figure,
    needs="resolutions",
    better="lower",
)
