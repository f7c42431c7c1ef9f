"""What was first told of finished periods, as rows: the figures, and which tickets they were made of.

A row is written once. What is known of its tickets stands in one compressed column: few ever ask for it.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, Row, and_, delete, exists, or_, select, tuple_, update

from integrations.times import Instant
from workers.store import bulk, schema
from workers.store.tombstones import keep_alive, tombstones
from workers.ticket_rows import COLUMNS

#: More periods than these are not kept for an account, and 13 months have fewer: 397 days, 57 weeks and 14 months at
#: most. Of too many, days go before weeks and months.
MOST: Final = 480
_ROW: Final = ("account", "period", "day", "as_of", "rules", "volume", "figures", "basis", "tickets", "forgotten")
_DAILY: Final = "daily"
_FILLING: Final = ("backfill", "import:%", "rebuild")
_TOGETHER: Final = 500

_rows: Final = schema.reported.c
_OUT: Final = COLUMNS.index("excluded")
_DIRECTION: Final = COLUMNS.index("direction")
_CREATED: Final = COLUMNS.index("created_at")

#: Of a period: `daily`, `weekly` or `monthly`, and the first day it tells about.
Key = tuple[str, int]


class Seen(NamedTuple):
    """A ticket as it is now: its day, why it does not count as an inbound one ('': it does), when it was created."""

    day: int
    out: str
    created_at: Instant | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A period as it was first told.

    `volume` is how many tickets counted, `figures` are those of the Report JSON, and `basis` is what of the settings
    decided which tickets counted. `tickets` has every ticket of these days with why it was out of count ('': it
    counted), and is None where they were too many to keep. `forgotten` is how many that counted were of persons
    forgotten since. `why` says, as kind and number, why `compared` tickets counted when a worker last looked.
    """

    period: str
    day: int
    as_of: Instant
    rules: int
    volume: int
    figures: Mapping[str, Any]
    basis: Mapping[str, Any]
    tickets: Mapping[str, str] | None
    forgotten: int = 0
    compared: int | None = None
    why: tuple[tuple[str, int], ...] = ()


def have(connection: Connection, account: str, keys: Collection[Key]) -> set[Key]:
    """Those of the periods that were told."""
    asked = tuple_(_rows.period, _rows.day).in_(list(keys))
    found = connection.execute(select(_rows.period, _rows.day).where(_rows.account == account, asked))
    return {(row.period, row.day) for row in found}


def find(connection: Connection, account: str, key: Key) -> Snapshot | None:
    """The period as it was first told; None where it was not."""
    row = connection.execute(select(schema.reported).where(_of(account, key))).one_or_none()
    return None if row is None else _snapshot(row)


def keep(connection: Connection, account: str, told: Snapshot) -> None:
    """Write it down unless the period was told before; forgotten tickets stay out."""
    keep_alive(connection, account)
    dead = tombstones(connection, account).tickets
    left, gone = (None, 0) if told.tickets is None else _without(told.tickets, dead)
    values = (
        account, told.period, told.day, told.as_of, told.rules, told.volume, _text(told.figures),
        _text(told.basis), None if left is None else _packed(left), told.forgotten + gone,
    )  # fmt: skip
    bulk.insert(connection, schema.reported, _ROW, [values])


def forget(connection: Connection, account: str, tickets: Collection[str]) -> None:
    """Take these tickets out of every period; of those that counted only their number stays."""
    mine = and_(_rows.account == account, _rows.tickets.is_not(None))
    wanted, dead = [orjson.dumps(ticket) for ticket in tickets], frozenset(tickets)
    locked = select(_rows.period, _rows.day, _rows.tickets).where(mine).order_by(_rows.period, _rows.day)
    for row in connection.execute(locked.with_for_update()).all():
        text = zlib.decompress(row.tickets)
        if any(id_ in text for id_ in wanted):
            left, gone = _without(_unpacked(row.tickets), dead)
            ours = update(schema.reported).where(_of(account, (row.period, row.day)))
            connection.execute(ours.values(tickets=_packed(left), forgotten=_rows.forgotten + gone))


def larger(connection: Connection, account: str, few: int) -> list[Key]:
    """The periods of more tickets than these that were kept one by one, the newest first."""
    found = select(_rows.period, _rows.day).where(
        _rows.account == account, _rows.volume > few, _rows.tickets.is_not(None)
    )
    return [(row.period, row.day) for row in connection.execute(found.order_by(_rows.day.desc(), _rows.period))]


def explain(connection: Connection, account: str, key: Key, *, now: int, why: Sequence[tuple[str, int]]) -> None:
    """Why so many tickets count now, as kind and number."""
    values = {"compared": now, "why": orjson.dumps([tuple(each) for each in why]).decode()}
    connection.execute(update(schema.reported).where(_of(account, key)).values(**values))


def drop(connection: Connection, account: str, *, before: int) -> None:
    """Drop what began before that day, and what is more than is kept."""
    connection.execute(delete(schema.reported).where(_rows.account == account, _rows.day < before))
    ordered = select(_rows.period, _rows.day).where(_rows.account == account)
    ordered = ordered.order_by(_rows.period == _DAILY, _rows.day.desc())
    surplus = [(account, *row) for row in connection.execute(ordered).all()[MOST:]]
    bulk.delete(connection, schema.reported, ("account", "period", "day"), surplus)


def is_filling(connection: Connection, account: str) -> bool:
    """Whether history is being taken in or counted, so that figures are not whole yet."""
    jobs = schema.jobs.c
    named = or_(*(jobs.job.like(name) for name in _FILLING))
    found = exists().where(jobs.account == account, named, jobs.state.in_(("waiting", "running")))
    return bool(connection.execute(select(found)).scalar_one())


def seen_on(connection: Connection, account: str, first: int, last: int) -> dict[str, Seen]:
    """Every ticket of these local days."""
    tickets = schema.tickets.c
    found = select(tickets.ticket, tickets.day, tickets.state).where(
        tickets.account == account, tickets.day.between(first, last)
    )
    return dict(_seen(row) for row in connection.execute(found))


def seen_of(connection: Connection, account: str, tickets: Iterable[str]) -> dict[str, Seen]:
    """Those of these tickets that there are."""
    names = sorted(tickets)
    found: dict[str, Seen] = {}
    for start in range(0, len(names), _TOGETHER):
        some = names[start : start + _TOGETHER]
        rows = bulk.rows_of(connection, schema.tickets, "ticket, day, state", account, some)
        found.update(_seen(row) for row in rows)
    return found


def _seen(row: Sequence[Any]) -> tuple[str, Seen]:
    ticket, day, state = row
    values = orjson.loads(state) or [None] * len(COLUMNS)
    outbound = "outbound" if values[_DIRECTION] == "outbound" else ""
    return ticket, Seen(-1 if day is None else day, values[_OUT] or outbound, values[_CREATED])


def _of(account: str, key: Key) -> Any:
    return and_(_rows.account == account, _rows.period == key[0], _rows.day == key[1])


def _snapshot(row: Row[Any]) -> Snapshot:
    return Snapshot(
        period=row.period,
        day=row.day,
        as_of=row.as_of,
        rules=row.rules,
        volume=row.volume,
        figures=orjson.loads(row.figures),
        basis=orjson.loads(row.basis),
        tickets=None if row.tickets is None else _unpacked(row.tickets),
        forgotten=row.forgotten,
        compared=row.compared,
        why=tuple((kind, by) for kind, by in orjson.loads(row.why)) if row.why else (),
    )


def _without(tickets: Mapping[str, str], dead: Collection[str]) -> tuple[dict[str, str], int]:
    """The tickets but those, and how many of those counted."""
    left = {ticket: out for ticket, out in tickets.items() if ticket not in dead}
    return left, sum(not out for ticket, out in tickets.items() if ticket in dead)


def _packed(tickets: Mapping[str, str]) -> bytes:
    """By why they are out of count, sorted: what differs little from its neighbour takes little room."""
    groups: dict[str, list[str]] = {}
    for ticket in sorted(tickets):
        groups.setdefault(tickets[ticket], []).append(ticket)
    return zlib.compress(orjson.dumps(groups))


def _unpacked(data: bytes) -> dict[str, str]:
    groups: dict[str, list[str]] = orjson.loads(zlib.decompress(data))
    return {ticket: out for out, tickets in groups.items() for ticket in tickets}


def _text(told: Mapping[str, Any]) -> str:
    return orjson.dumps(told).decode()
