"""An account in a database, and what arrives for it."""

from __future__ import annotations

from typing import Any

from integrations.base import Reading
from integrations.events import Event
from integrations.times import Instant
from workers.absorbing import Incoming, absorb, absorb_new
from workers.accounts import Account
from workers.new_tickets import Basis, NewTickets, new_tickets
from workers.runtime import Runtime
from workers.store import accounts, tickets
from workers.store.tickets import TicketRow


def add_account(runtime: Runtime, slug: str = "acme", desk: str = "generic", **settings: Any) -> Account:
    """A new account in Zagreb."""
    with runtime.database.write() as connection:
        return accounts.add(
            connection,
            slug,
            desk,
            {"time_zone": "Europe/Zagreb", **settings},
            secret="a secret of the tests",
            vault=runtime.vault,
            now=runtime.clock(),
        )


def take(
    runtime: Runtime, account: Account, *events: Event, origin: str = "import", now: Instant | None = None
) -> None:
    """Absorb these events in one transaction."""
    moment = runtime.clock() if now is None else now
    with runtime.database.write() as connection:
        absorb(connection, account, [Incoming(Reading(events=events), origin, moment)], now=moment)


def take_as_new(runtime: Runtime, account: Account, *events: Event) -> None:
    """Store these events as an import does: new tickets as they were worked out, then what is told of the others."""
    basis, now = Basis.of(account), runtime.clock()
    worked_out = NewTickets.of(new_tickets(basis, events))
    with runtime.database.write() as connection:
        known = absorb_new(connection, account, worked_out, basis, now=now)
    take(runtime, account, *(event for event in events if event.ticket in known))


def stored_tickets(runtime: Runtime, account: Account) -> dict[str, TicketRow]:
    """Every ticket row of an account."""
    with runtime.database.read() as connection:
        return {row.ticket: row for page in tickets.pages(connection, account.slug) for row in page}
