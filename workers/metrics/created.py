"""How many tickets were created, whoever opened them: what several metrics divide by."""

from __future__ import annotations

from typing import Final

from workers.metrics.base import Measures, Sums

#: The measures of the ticket volume in which every ticket is once.
CREATED: Final = ("ticket_volume", "ticket_volume_outbound")


def tickets_created(measures: Measures) -> int:
    """Inbound and outbound tickets together."""
    return sum(measures.get(name, Sums()).n for name in CREATED)
