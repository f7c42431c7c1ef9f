"""What take-in asks of the `desks` queue: rows for actions and for refreshes, one a purpose and one a ticket."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Connection

from integrations.times import Instant
from workers.reactions import Wish
from workers.store import bulk, schema
from workers.store.refreshes import DEBOUNCE

_ACTIONS: Final = ("account", "ticket", "purpose", "wish", "state", "attempts", "next_at", "lease_until", "asked_at")
_CHANGED: Final = ("wish", "state", "attempts", "next_at", "asked_at")
_LIVE_FIRST: Final = {"live": 0, "reconcile": 1, "replay": 2, "backfill": 3, "import": 4}


def ask_actions(connection: Connection, account: str, wishes: Mapping[str, Sequence[Wish]], *, now: Instant) -> int:
    """Write down what should hold for each ticket; how many rows are new or changed.

    A wish that stands already is left alone; a note that was posted is never posted again.
    """
    if not wishes:
        return 0
    columns = "ticket, purpose, wish, held, state"
    rows = bulk.rows_of(connection, schema.actions, columns, account, wishes.keys(), lock=True)
    standing = {(ticket, purpose): (wish, held, state) for ticket, purpose, wish, held, state in rows}
    changed = []
    for ticket, asked in wishes.items():
        for wish in asked:
            before = standing.get((ticket, wish.purpose))
            wanted = _wanted(wish.wish, *before) if before else wish.wish
            if wanted is not None:
                text = orjson.dumps(wanted, option=orjson.OPT_SORT_KEYS).decode()
                changed.append((account, ticket, wish.purpose, text, "waiting", 0, now, 0, now))
    # Neither the lease nor what was fulfilled last is touched: a worker may have the row in hand.
    bulk.upsert(connection, schema.actions, _ACTIONS, changed, changing=_CHANGED)
    return len(changed)


def _wanted(wish: Mapping[str, Any], standing: str, held: str | None, state: str) -> dict[str, Any] | None:
    before = orjson.loads(standing)
    former = {*before.pop("remove", ()), *(_tags(orjson.loads(held)) if held else ()), *_tags(before)} - {
        wish.get("tag")
    }
    if before == wish or (wish["kind"] == "note" and state == "done"):
        return None
    return {**wish, "remove": sorted(former)} if former else dict(wish)


def _tags(wish: Mapping[str, Any]) -> set[str]:
    return {wish["tag"]} if wish.get("tag") else set()


def ask_refreshes(connection: Connection, account: str, tickets: Collection[str], origin: str, *, now: Instant) -> None:
    """Ask for the truth about these tickets: many hints, one row. A live hint makes an older asking live."""
    if not tickets:
        return
    sqlite = connection.dialect.name == "sqlite"
    rank = _LIVE_FIRST[origin]
    weaker = ", ".join(f"'{name}'" for name, place in _LIVE_FIRST.items() if place > rank) or "''"
    mark = "?" if sqlite else "%s"
    source = f"SELECT {mark}, value" if sqlite else f"SELECT {mark}::text, ticket"
    table = f"json_each({mark}) WHERE true" if sqlite else f"unnest({mark}::text[]) AS asked(ticket)"
    statement = (
        "INSERT INTO refreshes (account, ticket, wanted, origin, attempts, next_at, lease_until, state) "
        f"{source}, 1, '{origin}', 0, {mark}, 0, 'waiting' FROM {table} "
        "ON CONFLICT (account, ticket) DO UPDATE SET wanted = refreshes.wanted + 1, state = 'waiting', "
        f"origin = CASE WHEN refreshes.origin IN ({weaker}) THEN excluded.origin ELSE refreshes.origin END, "
        "attempts = CASE WHEN refreshes.state = 'given_up' THEN 0 ELSE refreshes.attempts END, "
        "next_at = CASE WHEN refreshes.state = 'given_up' THEN excluded.next_at ELSE refreshes.next_at END"
    )
    asked: Any = orjson.dumps(sorted(tickets)).decode() if sqlite else sorted(tickets)
    connection.exec_driver_sql(statement, (account, now + DEBOUNCE, asked))
