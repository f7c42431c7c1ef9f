"""Which rows tell of a person, and taking them out; a person is the hash under which the account knows them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, Engine, String, and_, cast, delete, or_, select

from integrations.base import Call
from workers.store import bulk, calls, schema
from workers.store.history import Versions

#: Calls searched in one step.
_STEP: Final = 200
_OF_TICKETS: Final = (
    schema.events, schema.answers, schema.actions, schema.refreshes, schema.survey_asks, schema.tickets
)  # fmt: skip


def own_tickets(connection: Connection, account: str, person: str) -> set[str]:
    """The tickets whose customer the person is, or who opened them."""
    tickets, events = schema.tickets.c, schema.events.c
    held = select(tickets.ticket).where(tickets.account == account, tickets.customer == person)
    opened = select(events.ticket).where(
        events.account == account, events.type == "ticket.created", _says("customer", person)
    )
    return set(connection.execute(held.union(opened)).scalars())


def events_naming(
    connection: Connection, account: str, person: str, *, ticket: str | None = None
) -> dict[str, list[tuple[str, bytes]]]:
    """Ticket → id and hash of each event that names the person, of all tickets or of one."""
    events = schema.events.c
    naming = or_(_says("customer", person), _says("author", person))
    statement = select(events.ticket, events.id, events.hash).where(events.account == account, naming)
    if ticket is not None:
        statement = statement.where(events.ticket == ticket)
    found: dict[str, list[tuple[str, bytes]]] = {}
    for of, id_, hash_ in connection.execute(statement):
        found.setdefault(of, []).append((id_, bytes(hash_)))
    return found


def remove_tickets(connection: Connection, account: str, tickets: Collection[str]) -> dict[str, int]:
    """Delete everything about these tickets but what they changed in the figures; rows by table."""
    gone: dict[str, int] = {}
    for table in _OF_TICKETS:
        rows = table.c
        where = and_(rows.account == account, rows.ticket.in_(sorted(tickets)))
        gone[table.name] = connection.execute(delete(table).where(where)).rowcount
    return gone


def remove_rows(connection: Connection, account: str, tickets: Collection[str]) -> None:
    """Delete the rows of tickets of which nothing is known; what is asked about them stays."""
    bulk.delete(connection, schema.tickets, ("account", "ticket"), [(account, ticket) for ticket in tickets])


def remove_events(connection: Connection, account: str, ticket: str, keys: Sequence[tuple[str, bytes]]) -> None:
    """Delete these events of a ticket."""
    rows = [(account, ticket, id_, hash_) for id_, hash_ in keys]
    bulk.delete(connection, schema.events, ("account", "ticket", "id", "hash"), rows)


def without(events: Versions, keys: Sequence[tuple[str, bytes]]) -> Versions:
    """The events but those."""
    gone = set(keys)
    return {key: event for key, event in events.items() if key not in gone}


def kept_calls(door: Engine, account: str) -> Iterator[dict[int, tuple[str, str, Call]]]:
    """Every call of the account that still has its body, some at a time."""
    columns, after = schema.calls.c, 0
    while True:
        with door.connect() as connection:
            ids = select(columns.id).where(columns.account == account, columns.id > after, columns.body.is_not(None))
            numbers = connection.execute(ids.order_by(columns.id).limit(_STEP)).scalars().all()
            if not numbers:
                return
            found = calls.read_calls(connection, numbers)
        yield found
        after = numbers[-1]


def waiting_calls(connection: Connection, account: str) -> set[int]:
    """The calls that are not taken in yet, of those the intake knows."""
    rows = schema.takes.c
    waiting = select(rows.call).where(rows.account == account, rows.finished_at.is_(None))
    return set(connection.execute(waiting).scalars())


def _says(name: str, person: str) -> ColumnElement[bool]:
    """Whether an event's data have this value under this name; the hash is hexadecimal, so it needs no escaping."""
    return cast(schema.events.c.data, String).contains(f'"{name}":"{person}"', autoescape=True)
