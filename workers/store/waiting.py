"""The tickets whose customer waits for us at this moment, and the slices that each of them stands in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, select

from integrations.times import Instant
from workers.metrics import backlog
from workers.metrics.facts import Slices
from workers.store import schema
from workers.store.moments import waiting_tickets

#: The slice kinds that stand beside the moment.
_BESIDE: Final = frozenset({"", "agent", "department"})


class Waiting(NamedTuple):
    """A ticket whose customer waits: since when, and where it is counted."""

    since: Instant
    slices: Slices


def waiting(connection: Connection, account: str, kind: str) -> Iterator[Waiting]:
    """Every ticket whose customer waits, with the slices of its backlog, those of a kind ('' for none) at least.

    A ticket that is not counted, because its account is being counted anew, is left out here as it is everywhere.
    """
    return _by_holder(connection, account) if kind in _BESIDE else _by_facts(connection, account)


def _by_holder(connection: Connection, account: str) -> Iterator[Waiting]:
    """With the holder only, which the index tells."""
    for one in waiting_tickets(connection, account):
        holder = (("agent", one.agent or ""), ("department", one.department or ""))
        yield Waiting(one.since, Slices(one.channel, holder))


def _by_facts(connection: Connection, account: str) -> Iterator[Waiting]:
    """With every slice, which the rows tell."""
    tickets = schema.tickets.c
    where = (tickets.account == account, tickets.waiting_since.is_not(None))
    for since, counted in connection.execute(select(tickets.waiting_since, tickets.counted).where(*where)):
        for channel, pairs, facts in orjson.loads(counted):
            if _is_waiting(facts):
                yield Waiting(since, Slices(channel, tuple((kind, value) for kind, value in pairs)))


def _is_waiting(facts: Iterable[list[Any]]) -> bool:
    return any(fact[0] == backlog.WAITING for fact in facts)
