"""From a folded ticket to what is stored of it: its row, its facts, and what they change in the figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from workers import timeline
from workers.metrics import METRICS_VERSION, facts_of
from workers.metrics.base import Counted
from workers.metrics.facts import write_facts
from workers.rules import Rules
from workers.store.figures import Change
from workers.store.tickets import TicketRow
from workers.ticket_rows import write_row
from workers.tickets import Ticket

_VERSIONS: Final = 1_000_000


def rules_version(rules: Rules) -> int:
    """The account's rules and our definitions as one number: what a ticket's facts were counted by."""
    return rules.number * _VERSIONS + METRICS_VERSION


def count(ticket: Ticket, rules: Rules, before: TicketRow) -> tuple[TicketRow, Change | None]:
    """The ticket's new row, and the change of the figures when its facts are not those counted before."""
    counted = Counted(ticket, rules)
    after = replace(
        before,
        day=counted.created_day,
        last_day=counted.day(ticket.last_at),
        waiting_since=None if counted.excluded else timeline.waiting_since(ticket, rules),
        customer=ticket.customer,
        state=write_row(counted),
        counted=write_facts(facts_of(counted)),
        rules=rules_version(rules),
    )
    if after.counted == before.counted:
        return after, None
    after = replace(after, version=before.version + 1)
    return after, Change(ticket.ticket, after.version, before.counted, after.counted)
