"""Events as rows: the set that every ticket is folded from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

import orjson
from sqlalchemy import Connection

from integrations.events import Event
from workers.store import bulk, schema
from workers.store.bulk import Row

_COLUMNS: Final = ("account", "ticket", "id", "hash", "type", "at", "seq", "seen", "observed", "origin", "data")
_READ: Final = "ticket, id, hash, type, at, seq, seen, observed, data"

#: Events by (id, content hash).
Versions = dict[tuple[str, bytes], Event]


class NewEvent(NamedTuple):
    """An event that is not stored yet, and where it came from."""

    event: Event
    hash: bytes
    origin: str


def events_of(connection: Connection, account: str, tickets: Collection[str]) -> dict[str, Versions]:
    """Every stored event of these tickets."""
    found: dict[str, Versions] = {ticket: {} for ticket in tickets}
    for row in bulk.rows_of(connection, schema.events, _READ, account, tickets):
        ticket, id_, hash_, type_, at, seq, seen, observed, data = row
        event = Event(type_, ticket, at, orjson.loads(data), id_, seq, seen, bool(observed))
        found[ticket][id_, bytes(hash_)] = event
    return found


def append(connection: Connection, events: Sequence[Row]) -> None:
    """Store new events, as the rows that they are; one that is there already stays as it is."""
    bulk.insert(connection, schema.events, _COLUMNS, events)


def add(connection: Connection, events: Sequence[Row]) -> None:
    """Store the events of tickets that have none yet."""
    bulk.add(connection, schema.events, _COLUMNS, events)


def raise_seen(connection: Connection, account: str, events: Sequence[NewEvent]) -> None:
    """Remember that the desk's object still says the same at a later change of it."""
    if events:
        rows = [row_of(account, new) for new in events]
        bulk.upsert(connection, schema.events, _COLUMNS, rows, changing=("seen",))


def row_of(account: str, new: NewEvent) -> Row:
    """An event as a row."""
    event = new.event
    return (
        account,
        event.ticket,
        event.id,
        new.hash,
        event.type,
        event.at,
        event.seq,
        event.at if event.seen is None else event.seen,
        event.observed,
        new.origin,
        orjson.dumps(event.data).decode(),
    )
