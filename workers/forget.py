"""Forgetting a person: their tickets leave the figures, what named them is deleted, and nothing brings them back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from itertools import islice
from typing import Final
from urllib.parse import unquote_plus

import orjson
from sqlalchemy import Connection

from integrations.base import Call
from integrations.errors import GiveUp, Unreadable
from integrations.registry import reader_named
from workers.absorbing import recount, take_out
from workers.accounts import Account
from workers.imports import compact
from workers.readings import tickets_of
from workers.runtime import Runtime
from workers.secrets import customer_hash
from workers.store import accounts, calls, customers, forgetting, history, survey_asks, takes, tickets
from workers.store.conflicts import in_transaction
from workers.store.tombstones import be_alone, bury, tombstones

#: Tickets taken out in one transaction.
_STEP: Final = 100

#: What was removed, by kind: tickets, events, answers, actions, refreshes, bodies; and `waiting` calls left alone.
Removed = Counter[str]


def forget(runtime: Runtime, slug: str, person: str) -> Removed:
    """Forget the customer with this contact id or address, for good; safe to repeat after an interruption.

    The tombstones come first, so that nothing that is taken in meanwhile brings the person back. Calls that are
    not taken in yet keep their body, and are counted as `waiting` when they name the person.
    """
    if not person.strip():
        raise GiveUp("Name the customer by the desk's contact id or by an address.")
    hash_ = in_transaction(runtime.database, partial(_bury, runtime, slug, person))
    removed: Removed = Counter()
    for _ in _portions(runtime, lambda connection: forgetting.own_tickets(connection, slug, hash_)):
        removed += in_transaction(runtime.database, partial(_remove, runtime, slug, hash_))
    _remove_mentions(runtime, slug, hash_, removed)
    in_transaction(runtime.database, partial(_remove_person, slug, hash_))
    _remove_bodies(runtime, slug, person, removed)
    compact(runtime, slug)
    return removed


def _account(runtime: Runtime, connection: Connection, slug: str) -> Account:
    account = accounts.hold(connection, slug, runtime.vault)
    if account is None:
        raise GiveUp(f"There is no account {slug} any more.")
    return account


def _bury(runtime: Runtime, slug: str, person: str, connection: Connection) -> str:
    be_alone(connection, slug)
    hash_ = customer_hash(_account(runtime, connection, slug).customer_key, person)
    bury(connection, slug, customers=[hash_], tickets=forgetting.own_tickets(connection, slug, hash_))
    return hash_


def _portions(runtime: Runtime, find: Callable[[Connection], set[str]]) -> Iterable[None]:
    """Once more, as long as anything is left."""
    while True:
        with runtime.database.read() as connection:
            if not find(connection):
                return
        yield


def _remove(runtime: Runtime, slug: str, hash_: str, connection: Connection) -> Removed:
    """Take the next tickets of the person out of the figures and delete them."""
    account = _account(runtime, connection, slug)
    chosen = set(islice(sorted(forgetting.own_tickets(connection, slug, hash_)), _STEP))
    bury(connection, slug, customers=[hash_], tickets=chosen)
    return Counter(take_out(connection, account, chosen))


def _remove_person(slug: str, hash_: str, connection: Connection) -> None:
    customers.remove(connection, slug, hash_)
    survey_asks.forget(connection, slug, hash_)


def _remove_mentions(runtime: Runtime, slug: str, hash_: str, removed: Removed) -> None:
    """Delete what the person did in tickets of others, and count these anew."""
    with runtime.database.read() as connection:
        named = forgetting.events_naming(connection, slug, hash_)
    for ticket in sorted(named):
        removed["events"] += in_transaction(runtime.database, partial(_without_events, runtime, slug, hash_, ticket))


def _without_events(runtime: Runtime, slug: str, hash_: str, ticket: str, connection: Connection) -> int:
    account = _account(runtime, connection, slug)
    tickets.lock(connection, slug, [ticket])
    keys = forgetting.events_naming(connection, slug, hash_, ticket=ticket).get(ticket, [])
    rest = forgetting.without(history.events_of(connection, slug, [ticket])[ticket], keys)
    if not rest:
        take_out(connection, account, [ticket])
        return len(keys)
    forgetting.remove_events(connection, slug, ticket, keys)
    recount(connection, account, [ticket])
    return len(keys)


def _remove_bodies(runtime: Runtime, slug: str, person: str, removed: Removed) -> None:
    """Empty the kept calls that name the person or tell of a ticket of theirs."""
    with runtime.database.read() as connection:
        account = _account(runtime, connection, slug)
        dead = tombstones(connection, slug).tickets
        waiting = forgetting.waiting_calls(connection, slug)
        newest = takes.highest(connection)
    names = _naming(person)
    for found in forgetting.kept_calls(runtime.database.door, slug):
        telling = {
            number
            for number, (_, desk, call) in found.items()
            if names(call) or not dead.isdisjoint(_tickets(desk, call, account))
        }
        late = {number for number in telling if number in waiting or number > newest}
        removed["waiting"] += len(late)
        if telling - late:
            with runtime.database.door.execution_options(immediate=True).begin() as connection:
                removed["bodies"] += calls.drop_bodies_of(connection, telling - late)


def _tickets(desk: str, call: Call, account: Account) -> frozenset[str]:
    try:
        return tickets_of(reader_named(desk).parse(call, account.access))
    except Unreadable:
        return frozenset()


def _naming(person: str) -> Callable[[Call], bool]:
    """Whether a call holds the id or address as a word of its own, however JSON or a form wrote it."""
    word = re.compile(rf"(?<![\w]){re.escape(person.strip().lower())}(?![\w])")

    def names(call: Call) -> bool:
        return any(word.search(text.lower()) for text in _texts(call))

    return names


def _texts(call: Call) -> Iterable[str]:
    body = call.body.decode("utf-8", "replace")
    yield body
    yield unquote_plus(body)
    if "\\" in body:
        yield _unescaped(body)
    yield from call.query.values()
    yield from call.headers.values()


def _unescaped(body: str) -> str:
    try:
        return orjson.dumps(orjson.loads(body)).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return ""
