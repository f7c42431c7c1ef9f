"""From a folded ticket to what is stored of it: its row, its facts, and what they change in the figures.

From a customer's list of tickets in the same way.
"""

from __future__ import annotations

from typing import Final

from workers import timeline
from workers.customers import Moves, judged, link_of, moved, read_links, write_links
from workers.metrics import METRICS_VERSION, facts_of
from workers.metrics.answered_within_target import due_at
from workers.metrics.base import Counted
from workers.metrics.facts import write_facts
from workers.reaching import last_missed, last_reached, missed_at
from workers.rules import Rules
from workers.store.customers import CustomerRow
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
    facts = write_facts(facts_of(counted))
    changed = facts != before.counted
    waits_since = None if counted.excluded else timeline.waiting_since(ticket, rules)
    missed = None if counted.excluded else last_missed(ticket, rules)
    after = TicketRow(
        ticket=ticket.ticket,
        day=counted.created_day,
        last_day=counted.day(ticket.last_at),
        waiting_since=waits_since,
        due_at=due_at(counted) if waits_since is not None and counted.first_response is None else None,
        missed_at=None if missed is None else missed_at(missed),
        reached_at=last_reached(ticket, rules),
        channel=ticket.channel,
        department=ticket.department,
        agent=ticket.agent,
        customer=ticket.customer,
        link=link_of(counted),
        state=write_row(counted),
        counted=facts,
        version=before.version + changed,
        rules=rules_version(rules),
    )
    return after, Change(ticket.ticket, after.version, before.counted, facts) if changed else None


def count_customer(before: CustomerRow, moves: Moves, rules: Rules) -> tuple[CustomerRow, Change | None]:
    """The customer's new row, and the change of the figures when the facts of the list are not those counted before.

    A list may be long and one ticket changes few of its facts: the change holds only those that differ.
    """
    was = read_links(before.counted)
    links = judged(moved(was, moves), rules)
    after = before._replace(counted=write_links(links), rules=rules_version(rules))
    old = [fact for ticket, link in was.items() if not link.counts_as(links.get(ticket)) for fact in link.facts()]
    new = [fact for ticket, link in links.items() if not link.counts_as(was.get(ticket)) for fact in link.facts()]
    if not old and not new:
        return after, None
    after = after._replace(version=before.version + 1)
    return after, Change(key_of_customer(after.customer), after.version, write_facts(old), write_facts(new))


def key_of_customer(customer: str) -> str:
    """Under which a customer's changes stand among those of tickets.

    No desk's ticket has this id but by chance: the hash is keyed with random bytes that only the account knows.
    """
    return f"customer:{customer}"
