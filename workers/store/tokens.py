"""The bearer tokens of the API: made once, kept as hashes, and found again by what a caller shows."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from integrations.errors import GiveUp
from integrations.times import DAY, Instant
from workers.secrets import TOKEN_MARK, hash_token, new_token
from workers.store import schema

READ: Final = "read"  #: figures, tickets, and what explains a figure
ANSWERS: Final = "answers"  #: single answers with what customers wrote
SETTINGS: Final = "settings"  #: the account's settings, to read and to change
SCOPES: Final = {
    READ: "figures, tickets, and what explains a figure",
    ANSWERS: "single answers with what customers wrote",
    SETTINGS: "the account's settings, to read and to change",
}
_PREFIX: Final = len(TOKEN_MARK) + 6
_LONGEST_NAME: Final = 64
_MOST_DAYS: Final = 3650

_rows: Final = schema.tokens.c


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token; `prefix` is how it begins, `used_day` the last UTC day it was used, from 1970-01-01."""

    name: str
    prefix: str
    scopes: tuple[str, ...]
    created_at: Instant
    expires_at: Instant | None = None
    used_day: int | None = None


def add(
    connection: Connection, account: str, name: str, scopes: Sequence[str], *, now: Instant, days: int | None = None
) -> str:
    """A new token as its holder needs it, told only here; GiveUp for a name, scope or number of days that cannot be."""
    _check(name, scopes, days)
    known = select(_rows.name).where(_rows.account == account, _rows.name == name)
    if connection.execute(known).first() is not None:
        raise GiveUp(f"there is a token {name} already; choose another name or revoke it first")
    text = new_token()
    values = {
        "account": account,
        "name": name,
        "prefix": text[:_PREFIX],
        "hash": hash_token(text),
        "scopes": " ".join(scope for scope in SCOPES if scope in scopes),
        "created_at": now,
        "expires_at": None if days is None else now + days * DAY,
    }
    connection.execute(insert(schema.tokens).values(values))
    return text


def listed(connection: Connection, account: str) -> list[Token]:
    """The tokens of an account by name, expired ones among them."""
    statement = select(schema.tokens).where(_rows.account == account).order_by(_rows.name)
    return [_token(row) for row in connection.execute(statement)]


def revoke(connection: Connection, account: str, name: str) -> bool:
    """Let a token open nothing any more; whether there was one."""
    gone = connection.execute(delete(schema.tokens).where(_rows.account == account, _rows.name == name))
    return bool(gone.rowcount)


def proved(connection: Connection, account: str, text: str, *, now: Instant) -> Token | None:
    """The token that opens this account; None for all else, found out in the same steps."""
    shown = hash_token(text)
    row = connection.execute(select(schema.tokens).where(_rows.hash == shown)).one_or_none()
    held, of = (bytes(row.hash), row.account) if row else (bytes(len(shown)), "")
    # The index has compared a hash of what was shown, which tells nothing of how a token goes on.
    right = hmac.compare_digest(held, shown) & hmac.compare_digest(of.encode(), account.encode())
    if row is None or not right or (row.expires_at is not None and row.expires_at <= now):
        return None
    return _token(row)


def note_use(connection: Connection, account: str, name: str, day: int) -> None:
    """Remember the day on which a token was used."""
    of_token = (_rows.account == account, _rows.name == name)
    earlier = or_(_rows.used_day.is_(None), _rows.used_day < day)
    connection.execute(update(schema.tokens).where(*of_token, earlier).values(used_day=day))


def _check(name: str, scopes: Sequence[str], days: int | None) -> None:
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise GiveUp(f"the name of a token has 1 to {_LONGEST_NAME} letters that can be printed")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise GiveUp(f"there is no scope {' '.join(unknown)}; choose from {', '.join(SCOPES)}")
    if days is not None and not 1 <= days <= _MOST_DAYS:
        raise GiveUp(f"a token is good for 1 to {_MOST_DAYS} days, or without --days until it is revoked")


def _token(row: Row[Any]) -> Token:
    return Token(
        row.name, row.prefix, tuple(row.scopes.split()), row.created_at, expires_at=row.expires_at,
        used_day=row.used_day,
    )  # fmt: skip
