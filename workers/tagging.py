"""Asking a desk for the channel tags of tickets of the past, slowly enough to leave its budget to what is live."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection, func, select

from integrations.errors import GiveUp
from integrations.registry import desk_named
from integrations.times import MINUTE, Instant
from workers.accounts import Account
from workers.reactions import wishes
from workers.runtime import Runtime
from workers.store import accounts, asking, history, schema, tickets
from workers.store.conflicts import in_transaction
from workers.tickets import fold

#: Which part of the desk's request budget this takes: one in so many.
_SHARE: Final = 4
#: What one tag usually costs, in requests.
_REQUESTS: Final = 2


def ask_tags(runtime: Runtime, slug: str, *, since: Instant) -> int:
    """Ask for the channel tag of every ticket created since then that is not closed; how many are new.

    Each is due a little after the one before, so that together they take a quarter of the desk's budget.
    """
    account = _account(runtime, slug)
    gap = MINUTE * _SHARE * _REQUESTS // desk_named(account.desk).requests_per_minute
    asked, due = 0, runtime.clock()
    for names in _pages(runtime, account):
        new = in_transaction(runtime.database, partial(_ask, account, names, since, due, gap))
        asked, due = asked + new, due + new * gap
    return asked


def waiting_refreshes(connection: Connection, slug: str) -> int:
    """How many tickets wait to be fetched in full."""
    rows = schema.refreshes.c
    statement = select(func.count()).select_from(schema.refreshes)
    waiting: int = connection.execute(statement.where(rows.account == slug, rows.state == "waiting")).scalar_one()
    return waiting


def _account(runtime: Runtime, slug: str) -> Account:
    with runtime.database.read() as connection:
        account = accounts.find(connection, slug, runtime.vault)
    if account is None:
        raise GiveUp(f"There is no account {slug} any more.")
    return account


def _pages(runtime: Runtime, account: Account) -> list[list[str]]:
    with runtime.database.read() as connection:
        return [[row.ticket for row in page] for page in tickets.pages(connection, account.slug)]


def _ask(
    account: Account, names: Sequence[str], since: Instant, due: Instant, gap: Instant, connection: Connection
) -> int:
    new = 0
    for name, events in history.events_of(connection, account.slug, names).items():
        ticket = fold(name, events.values()) if events else None
        if ticket is None or ticket.status == "closed" or ticket.opened_at < since:
            continue
        channel = [wish for wish in wishes(ticket, account.rules, account.language) if wish.purpose == "channel"]
        new += asking.ask_actions(connection, account.slug, {name: channel}, now=due + new * gap)
    return new
