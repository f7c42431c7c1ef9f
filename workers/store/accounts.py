"""Accounts as rows: secrets, credentials and the customer key are sealed together in one column."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

import orjson
from sqlalchemy import Connection, Row, delete, insert, select, update

from integrations.errors import GiveUp
from integrations.registry import desk_named
from integrations.times import Instant, utc
from workers.accounts import ROTATION, Account, Secret
from workers.rules import check_settings, counting_part, rules_of
from workers.runtime import Clock
from workers.runtime import now as present
from workers.store import schema, takes
from workers.store.tombstones import keep_alive
from workers.working_time.public_holidays import with_frozen_holidays

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_KEY_BYTES: Final = 32


class Sealing(Protocol):
    """What seals and opens a column: `workers.secrets.Vault`."""

    def seal(self, data: bytes) -> bytes:
        """Make the data unreadable without the key."""

    def open(self, sealed: bytes) -> bytes:
        """The data again; GiveUp when the key is another one."""


def find(connection: Connection, slug: str, vault: Sealing) -> Account | None:
    """The account of that slug, or None."""
    row = connection.execute(select(schema.accounts).where(schema.accounts.c.slug == slug)).one_or_none()
    return None if row is None else _account(row, vault)


def hold(connection: Connection, slug: str, vault: Sealing) -> Account | None:
    """The account of that slug, which nobody removes until this transaction is over; None when somebody did.

    Ask before anything of the account is locked.
    """
    keep_alive(connection, slug)
    return find(connection, slug, vault)


def slugs(connection: Connection) -> list[str]:
    """Every account's slug, sorted."""
    return list(connection.execute(select(schema.accounts.c.slug).order_by(schema.accounts.c.slug)).scalars())


def stamps(connection: Connection) -> dict[str, bytes]:
    """Every account's slug with its sealed secrets, whose bytes are others each time the account is written."""
    rows = connection.execute(select(schema.accounts.c.slug, schema.accounts.c.sealed))
    return {row.slug: bytes(row.sealed) for row in rows}


def rules_number(connection: Connection, slug: str) -> int | None:
    """The number of the rules in force; None when there is no such account."""
    statement = select(schema.accounts.c.rules).where(schema.accounts.c.slug == slug)
    return connection.execute(statement).scalar_one_or_none()


def add(
    connection: Connection,
    slug: str,
    desk: str,
    settings: Mapping[str, Any],
    *,
    secret: str,
    vault: Sealing,
    now: Instant,
) -> Account:
    """A new account with a fresh customer key; GiveUp when the slug is taken or cannot be part of an address."""
    if not _SLUG.fullmatch(slug):
        raise GiveUp(f"the account name {slug!r} must be of a-z, 0-9, - and _, and start with a letter or digit")
    if rules_number(connection, slug) is not None:
        raise GiveUp(f"there is an account {slug} already; choose another name or remove it first")
    checked = _settled(settings, {}, now, desk)
    account = Account(
        slug=slug,
        desk=desk,
        settings=checked,
        rules=rules_of(checked, 1),
        secrets=(Secret(secret),),
        credentials={},
        customer_key=secrets.token_bytes(_KEY_BYTES),
    )
    connection.execute(insert(schema.accounts).values(created_at=now, **_values(account, vault)))
    return account


def save(connection: Connection, account: Account, vault: Sealing) -> None:
    """Write back everything about an account but its slug."""
    statement = update(schema.accounts).where(schema.accounts.c.slug == account.slug)
    connection.execute(statement.values(**_values(account, vault)))


def with_settings(account: Account, settings: Mapping[str, Any], *, clock: Clock = present) -> Account:
    """The account under new settings; its rules get a new number when they count differently.

    The year of the clock only says which public holidays are frozen that were not yet.
    """
    checked = _settled(settings, account.settings, clock(), account.desk)
    same = counting_part(checked) == counting_part(account.settings)
    number = account.rules.number if same else account.rules.number + 1
    return replace(account, settings=checked, rules=rules_of(checked, number))


def with_new_secret(account: Account, secret: str, now: Instant) -> Account:
    """The account with a new secret; the present one is accepted for another day, older ones no more.

    What the desk made to sign with is changed in the desk, and stays.
    """
    present, *of_desk = (kept for kept in account.secrets if kept.until is None)
    return replace(account, secrets=(Secret(secret), *of_desk, replace(present, until=now + ROTATION)))


def with_secrets_of_desk(account: Account, made: Sequence[str]) -> Account:
    """The account with the secrets that its desk signs with, instead of those that it signed with before."""
    own = [kept for kept in account.secrets if kept.until is None][:1]
    leaving = [kept for kept in account.secrets if kept.until is not None]
    return replace(account, secrets=(*own, *map(Secret, made), *leaving))


def remove(connection: Connection, slug: str) -> None:
    """Everything the work database holds of an account; its calls are removed by `calls.remove`."""
    takes.remove(connection, slug)
    for table in schema.work.sorted_tables:
        key = table.c.slug if table is schema.accounts else table.c.account
        connection.execute(delete(table).where(key == slug))


def _settled(settings: Mapping[str, Any], held: Mapping[str, Any], now: Instant, desk: str) -> dict[str, Any]:
    """What is kept of settings: checked, with the holidays of countries as they are known now."""
    return with_frozen_holidays(check_settings(settings, _options(desk)), held, year=utc(now).year)


def _options(desk: str) -> tuple[str, ...] | None:
    """What an account may say of its desk; None of a desk that is not known here."""
    try:
        return desk_named(desk).options
    except KeyError:
        return None


def _values(account: Account, vault: Sealing) -> dict[str, Any]:
    kept = {
        "secrets": [[secret.value, secret.until] for secret in account.secrets],
        "credentials": dict(account.credentials),
        "customer_key": account.customer_key.hex(),
        "slack": account.slack,
    }
    return {
        "slug": account.slug,
        "desk": account.desk,
        "settings": orjson.dumps(account.settings).decode(),
        "rules": account.rules.number,
        "sealed": vault.seal(orjson.dumps(kept)),
        "desk_url": account.desk_url,
        "author": account.author,
        "options": orjson.dumps(account.options).decode(),
    }


def _account(row: Row[Any], vault: Sealing) -> Account:
    kept = orjson.loads(vault.open(row.sealed))
    settings = orjson.loads(row.settings)
    return Account(
        slug=row.slug,
        desk=row.desk,
        settings=settings,
        rules=rules_of(settings, row.rules),
        secrets=tuple(Secret(value, until) for value, until in kept["secrets"]),
        credentials=kept["credentials"],
        customer_key=bytes.fromhex(kept["customer_key"]),
        slack=kept.get("slack", ""),
        desk_url=row.desk_url,
        author=row.author,
        options=orjson.loads(row.options),
    )
