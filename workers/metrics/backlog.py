"""How many tickets are not solved: those that wait for us and those that wait for their customer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from workers import timeline
from workers.metrics.base import Counted, Figure, Measures, Metric
from workers.metrics.facts import Fact

_NAME: Final = "backlog"
WAITING: Final = "backlog_waiting"
PENDING: Final = "backlog_pending"
_PARTS: Final = {**dict.fromkeys(timeline.REQUESTER_WAITS, WAITING), "pending": PENDING}


def facts(counted: Counted) -> Iterator[Fact]:
    """+1 on the day on which a ticket comes into a part, -1 on the day on which it leaves; 0 is no fact."""
    steps = {(counted.created_day, _PARTS["new"]): 1}
    was: str | None = _PARTS["new"]
    for change in counted.ticket.statuses:
        part = _PARTS.get(change.status)
        if part == was:
            continue
        day = counted.day(change.at)
        for name, step in ((was, -1), (part, 1)):
            if name is not None:
                steps[day, name] = steps.get((day, name), 0) + step
        was = part
    for (day, name), step in steps.items():
        if step:
            yield Fact(counted.present_slices, name, day, None, 1, step, None)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """Counts of tickets; None of nothing."""
    parts = {name: measures[name].total if name in measures else 0 for name in (WAITING, PENDING)}
    counts = {_NAME: sum(parts.values()), **parts}
    return {name: Figure(value=count or None, unit="tickets", n=count) for name, count in counts.items()}


METRIC = Metric(
    name=_NAME,
    title="Backlog",
    definition=(
        "Tickets that are new, open or on hold (they wait for us) or pending (they wait for their customer) at the "
        "end of a day; of today, now. It is a stock: every row tells it at the end of its last day, of today where "
        "the row or the period is not over, and a day that has not begun has none. The total is that of the last "
        "day, so days, weeks and months do not add up to it; `previous` is the end of the row or period before. All "
        "of a ticket's history stands with its present agent, department and tags. By weekday and hour there is none."
    ),
    formula="at the end = at the start + created + reopened - resolved - excluded",
    cohort="none: a stock at the end of a day",
    exclusions=(
        "as for ticket volume, but tickets that we opened are in; while a ticket was spam or deleted it was in no "
        "backlog"
    ),
    source="our own; see docs/design.md",
    example="Two tickets come on Monday, one is solved on Tuesday: 1 from Tuesday on.",
    elsewhere=(
        "Zammad subtracts closed from created in each row, which is a difference and no stock (code of its report "
        "module). Zendesk takes a snapshot once a day. Chatwoot tells the present moment only."
    ),
    figures={_NAME: "Backlog", WAITING: "Waiting for us", PENDING: "Waiting for the customer"},
    measures=(WAITING, PENDING),
    facts=facts,
    figure=figure,
    better="lower",
)
