"""Which calls and chats nobody took and nobody came back to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from integrations.times import DAY, Instant
from workers import timeline
from workers.accounts import Account
from workers.now.page import MissedContact, NotCalledBack
from workers.reaching import last_missed, missed_at
from workers.store import history, moments
from workers.store.moments import Missed
from workers.tickets import RESOLVED, Ticket, fold

#: What is older is told no more: nobody would call back after so long.
LOOKED_BACK: Final = 7 * DAY
_LISTED: Final = 50

Names = Mapping[tuple[str, str], str]


def not_called_back(connection: Connection, account: Account, names: Names, *, now: Instant) -> NotCalledBack:
    """The customers whose last contact was missed within the last seven times 24 hours, the newest first."""
    since = now - LOOKED_BACK
    missed = moments.missed_since(connection, account.slug, since)
    customers = {one.customer for one in missed if one.customer is not None}
    reached = moments.last_reached(connection, account.slug, customers)
    left = [one for one in missed if one.customer is None or reached.get(one.customer, 0) < one.at]
    times = Counter(map(_whose, left))
    newest: dict[str, Missed] = {}
    for one in left:
        newest.setdefault(_whose(one), one)
    listed = list(newest.values())[:_LISTED]
    folded = _folded(connection, account.slug, [one.ticket for one in listed])
    contacts = (
        _contact(folded[one.ticket], account, names, times[_whose(one)]) for one in listed if one.ticket in folded
    )
    return NotCalledBack(since, len(newest), tuple(contact for contact in contacts if contact is not None))


def _whose(one: Missed) -> str:
    """The customer, or the ticket itself where nobody knows whose it is; a customer is a hash, never a ticket's id."""
    return f"ticket {one.ticket}" if one.customer is None else one.customer


def _folded(connection: Connection, account: str, tickets: list[str]) -> dict[str, Ticket]:
    stored = history.events_of(connection, account, tickets)
    return {ticket: fold(ticket, versions.values()) for ticket, versions in stored.items() if versions}


def _contact(ticket: Ticket, account: Account, names: Names, times: int) -> MissedContact | None:
    """The contact as its events tell of it; None where rules have changed since the ticket was counted."""
    contact = last_missed(ticket, account.rules)
    if contact is None:
        return None
    return MissedContact(
        ticket=ticket.ticket,
        channel=ticket.channel,
        media=timeline.media_of(contact, ticket),
        outcome=contact.outcome or "",
        at=missed_at(contact),
        department=ticket.department,
        agent=ticket.agent,
        agent_name=names.get(("agent", ticket.agent or "")),
        resolved=ticket.status in RESOLVED,
        times=times,
    )
