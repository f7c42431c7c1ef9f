"""What the tests of the workers stand on: a clock they move, an account with the strict desk, rows to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Table, insert, select, update

from integrations.times import SECOND, Instant
from workers.accounts import Account
from workers.runtime import Runtime
from workers.store import accounts, bulk, schema

START: Instant = 1_780_100_000_000_000


@dataclass
class Clock:
    """Moves only when it is told to, or when somebody naps."""

    now: Instant = START

    def __call__(self) -> Instant:
        return self.now

    def nap(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)


@dataclass
class Nudged:
    """Keeps the messages instead of sending them."""

    messages: list[tuple[str | int, ...]] = field(default_factory=list)

    def __call__(self, task: str, *ids: str | int) -> None:
        self.messages.append((task.removeprefix("deskpulse."), *ids))

    def take(self) -> list[tuple[str | int, ...]]:
        taken, self.messages = self.messages, []
        return taken


def add_account(runtime: Runtime, slug: str, *, desk: str = "strict", url: str = "", **settings: Any) -> Account:
    given = {**settings, "desk": {**({"url": url} if url else {}), **settings.get("desk", {})}}
    with runtime.database.write() as connection:
        return accounts.add(
            connection, slug, desk, given, secret="whsec_a2V5", vault=runtime.vault, now=runtime.clock()
        )


def hint(runtime: Runtime, account: str, *tickets: str, origin: str = "live", at: Instant | None = None) -> None:
    """What a hint leaves in the refreshes; the second one for a ticket raises `wanted`."""
    due = runtime.clock() if at is None else at
    with runtime.database.write() as connection:
        for ticket in tickets:
            raised = connection.execute(
                update(schema.refreshes)
                .where(schema.refreshes.c.account == account, schema.refreshes.c.ticket == ticket)
                .values(wanted=schema.refreshes.c.wanted + 1)
            ).rowcount
            if not raised:
                connection.execute(
                    insert(schema.refreshes).values(
                        account=account, ticket=ticket, wanted=1, origin=origin, next_at=due, lease_until=0,
                        state="waiting",
                    )
                )  # fmt: skip


def wish(
    runtime: Runtime, account: str, ticket: str, purpose: str, asked_at: Instant | None = None, **told: Any
) -> None:
    """What take-in leaves in the actions."""
    now = runtime.clock() if asked_at is None else asked_at
    columns = ("account", "ticket", "purpose", "wish", "state", "attempts", "next_at", "lease_until", "asked_at")
    row = (account, ticket, purpose, orjson.dumps(told).decode(), "waiting", 0, now, 0, now)
    with runtime.database.write() as connection:
        bulk.upsert(connection, schema.actions, columns, [row])


def rows(runtime: Runtime, table: Table, **where: Any) -> list[Any]:
    """The rows of a table, in key order."""
    statement = select(table).order_by(*table.primary_key)
    for name, value in where.items():
        statement = statement.where(table.c[name] == value)
    with runtime.database.read() as connection:
        return list(connection.execute(statement).all())


def row(runtime: Runtime, table: Table, **where: Any) -> Any:
    (found,) = rows(runtime, table, **where)
    return found
