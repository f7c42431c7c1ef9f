"""How many tickets came in, and how many we opened ourselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workers.metrics.base import Counted, Figure, Measures, Metric, Sums
from workers.metrics.facts import Fact


def facts(counted: Counted) -> Iterator[Fact]:
    """One ticket on its day of creation; its value is the local hour, from which weekday × hour is made."""
    measure = "ticket_volume" if counted.inbound else "ticket_volume_outbound"
    hour = counted.hour(counted.ticket.opened_at)
    yield Fact(counted.created_slices, measure, counted.created_day, None, 1, 1, hour)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """Counts; None of nothing."""
    return {name: _count(measures.get(name)) for name in ("ticket_volume", "ticket_volume_outbound")}


def _count(sums: Sums | None) -> Figure:
    n = sums.n if sums else 0
    return Figure(value=n or None, unit="tickets", n=n)


METRIC = Metric(
    name="ticket_volume",
    title="Ticket volume",
    definition="Inbound tickets created in the period; tickets that we opened ourselves stand beside it.",
    formula="count of tickets",
    cohort="created",
    exclusions="incomplete, merged, deleted, spam, internal and excluded channels, departments and tags",
    source="our own; see docs/design.md",
    example=(
        "Three customers write; one of these tickets is merged, another one is spam. We open one ourselves: 1 "
        "ticket, 1 opened by us."
    ),
    elsewhere=(
        "Freshdesk leaves out spam and merged tickets too, but counts only what is assigned to an agent or a group "
        "(Freshdesk solutions 50000000041). Zammad leaves merged ones out and knows only phone, e-mail, web and "
        "Twitter as channels of creation (code of its report module). LiveAgent tells created tickets and incoming "
        "messages apart (support.liveagent.com 765561). Chatwoot cannot merge conversations."
    ),
    figures={"ticket_volume": "Tickets", "ticket_volume_outbound": "Opened by us"},
    measures=("ticket_volume", "ticket_volume_outbound"),
    facts=facts,
    figure=figure,
)
