"""After which share of solved tickets the customer soon had to come back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from workers.metrics.base import Counted, Figure, Measures, Metric, of_inbound_tickets
from workers.metrics.facts import Fact
from workers.metrics.shares import share_of_sums

#: Counted by a customer's list, `workers.customers`.
RATE: Final = "repeat_contact_rate"
#: Counted by each ticket.
UNIDENTIFIED: Final = "repeat_unidentified_share"


def facts(counted: Counted) -> Iterator[Fact]:
    """A resolved ticket: whether its customer is unknown. Known ones are counted by the list of all their tickets."""
    if counted.resolution is not None:
        day, unknown = counted.day(counted.resolution.at), counted.ticket.customer is None
        yield Fact(counted.resolved_slices, UNIDENTIFIED, day, None, 1, int(unknown), None)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The share of known customers who came back, and how many tickets it cannot tell of."""
    return {name: share_of_sums(measures.get(name)) for name in (RATE, UNIDENTIFIED)}


METRIC = Metric(
    name=RATE,
    title="Repeat contact rate",
    definition=(
        "Of the resolved inbound tickets whose customer is known, the share whose customer opened another inbound "
        "ticket after the resolution and within `repeat_days` times 24 hours (7 days unless set); several such "
        "tickets are one repeated contact, and one opened at the very moment of the resolution is none. The last "
        "`repeat_days` days are undecided. Beside it the share of resolved inbound tickets whose customer is not "
        "known, of which it tells nothing."
    ),
    formula="resolved tickets followed by another one in time ÷ resolved tickets of known customers × 100",
    cohort="last resolution",
    exclusions=(
        "as for ticket volume, also as the other ticket; outbound tickets on both sides; tickets that are not resolved "
        "now; tickets without a known customer"
    ),
    source="our own; see docs/design.md",
    example="Two customers' tickets are solved; one of the two writes again two days later: 1 of 2, 50 %.",
    elsewhere=(
        "Three others are in use: repeated tickets by tickets, 60 of 600, 10 % (sparrowdesk.com); customers with "
        "more than one contact by customers, 20 of 100, 20 % (blog.intelligentbee.com, 2023); contacts of customers "
        "seen in the 7 days before about the same subject by contacts, 150 of 1000, 15 % (eurogroupconsulting.com). "
        "They look back, ours looks forward and asks for no subject."
    ),
    figures={RATE: "Repeat contacts", UNIDENTIFIED: "Customer unknown"},
    measures=(RATE, UNIDENTIFIED),
    facts=facts,
    figure=figure,
    needs="resolutions",
    left_out=of_inbound_tickets,
    better="lower",
)
