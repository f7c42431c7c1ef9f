"""What a ticket comes to that nobody told of before: worked out of its events alone, without the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

from integrations.events import Event
from workers.accounts import Account
from workers.arrivals import Arrivals
from workers.counting import count
from workers.keeping import Keeper
from workers.metrics.facts import NOTHING
from workers.rules import Rules
from workers.store import history, tickets
from workers.store.bulk import Row
from workers.store.folding import Facts, facts_of
from workers.store.history import NewEvent, Versions
from workers.store.tickets import TicketRow
from workers.tickets import fold

#: The origin of what a file of history tells.
IMPORT: Final = "import"


class Basis(NamedTuple):
    """All of an account that decides what its tickets come to; another process can be given it."""

    account: str
    customer_key: bytes
    rules: Rules

    @classmethod
    def of(cls, account: Account) -> Basis:
        """The basis of an account as it is now."""
        return cls(account.slug, account.customer_key, account.rules)


class NewTicket(NamedTuple):
    """Everything that is stored of a ticket, if it is new: its row, its events' rows and its answers' rows."""

    row: TicketRow
    events: list[Row]
    answers: list[Row]
    is_created: bool  #: whether its creation was told


class NewTickets(NamedTuple):
    """Tickets that are stored in one transaction, and what they put into the figures."""

    tickets: Sequence[NewTicket]
    facts: Facts

    @classmethod
    def of(cls, tickets: Sequence[NewTicket]) -> NewTickets:
        """These tickets with their facts."""
        return cls(tickets, facts_of((NOTHING, ticket.row.counted) for ticket in tickets))

    @property
    def names(self) -> set[str]:
        """What they are called."""
        return {ticket.row.ticket for ticket in self.tickets}

    def without(self, known: Collection[str]) -> NewTickets:
        """The tickets that are not known."""
        return self.of([one for one in self.tickets if one.row.ticket not in known]) if known else self


def new_tickets(basis: Basis, events: Iterable[Event]) -> list[NewTicket]:
    """The tickets that these events of an import make if nothing else is known of them, in the order of their names."""
    keeper = Keeper(basis.customer_key)
    arrivals = Arrivals()
    told: dict[str, Versions] = {}
    for event in map(keeper.event, events):
        if event is not None:
            arrivals.add(told.setdefault(event.ticket, {}), event, IMPORT)
    return [_new_ticket(basis, name, told[name]) for name in sorted(told)]


def _new_ticket(basis: Basis, name: str, versions: Versions) -> NewTicket:
    ticket = fold(name, versions.values())
    row, _ = count(ticket, basis.rules, TicketRow(name))
    return NewTicket(
        row,
        [history.row_of(basis.account, NewEvent(event, key[1], IMPORT)) for key, event in versions.items()],
        tickets.answers_of(basis.account, basis.rules, ticket),
        ticket.created_at is not None,
    )
