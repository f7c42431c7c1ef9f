"""The people who may open the panel: added by name, kept with a slow hash of their password, and ended at once."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update
from werkzeug.security import check_password_hash, generate_password_hash

from integrations.errors import GiveUp
from integrations.times import Instant
from workers.store import schema

LEAD: Final = "lead"  #: may also change settings and follow-ups, and restore answers
VIEWER: Final = "viewer"  #: may look
ROLES: Final = (LEAD, VIEWER)

#: scrypt with 32 MiB (N = 2^15, r = 8, p = 1), werkzeug's own choice, named so that an upgrade does not change it.
_METHOD: Final = "scrypt:32768:8:1"
#: As long to check as a real one, and no password has it.
_NOBODYS: Final = f"{_METHOD}${'0' * 16}${'0' * 128}"
_SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 1024
LONGEST_NAME: Final = 64
_NAME: Final = re.compile(r"^\S(?:.{0,62}\S)?$")
_NUMBERS: Final = 62  #: bits of the number that a user's sign-ins carry

_rows: Final = schema.users.c


@dataclass(frozen=True, slots=True)
class User:
    """One person; `number` is in everything that was signed for them, and another one ends all of that."""

    name: str
    role: str
    number: int
    created_at: Instant
    hash: str = field(default="", repr=False)
    language: str | None = None
    used_day: int | None = None  #: the last UTC day they signed in, from 1970-01-01


def add(connection: Connection, account: str, name: str, role: str, password: str, *, now: Instant) -> User:
    """A new user; GiveUp for a name, role or password that cannot be, or a name that is taken."""
    _check(name, role, password)
    if find(connection, account, name) is not None:
        raise GiveUp(f"there is a user {name} already; remove it first, or choose another name")
    user = User(name, role, secrets.randbits(_NUMBERS), now, hash=generate_password_hash(password, _METHOD))
    values = {"role": role, "hash": user.hash, "number": user.number, "created_at": now}
    connection.execute(insert(schema.users).values(account=account, name=name, **values))
    return user


def find(connection: Connection, account: str, name: str) -> User | None:
    """The user of that name in this account, or None."""
    row = connection.execute(select(schema.users).where(*_of(account, name))).one_or_none()
    return None if row is None else _user(row)


def listed(connection: Connection, account: str) -> list[User]:
    """The users of an account by name."""
    statement = select(schema.users).where(_rows.account == account).order_by(_rows.name)
    return [_user(row) for row in connection.execute(statement)]


def remove(connection: Connection, account: str, name: str) -> bool:
    """End a user and whatever was signed for them; whether there was one."""
    return bool(connection.execute(delete(schema.users).where(*_of(account, name))).rowcount)


def sign_out(connection: Connection, account: str, name: str) -> bool:
    """End everything that was signed for this user until now, on every device; whether there is such a user."""
    statement = update(schema.users).where(*_of(account, name)).values(number=secrets.randbits(_NUMBERS))
    return bool(connection.execute(statement).rowcount)


def note_use(connection: Connection, account: str, name: str, day: int) -> None:
    """Remember the day on which a user signed in."""
    connection.execute(update(schema.users).where(*_of(account, name)).values(used_day=day))


def speak(connection: Connection, account: str, name: str, language: str | None) -> None:
    """Keep the language a user chose; None for the one their browser asks for."""
    connection.execute(update(schema.users).where(*_of(account, name)).values(language=language))


def proves(user: User | None, password: str) -> bool:
    """Whether this is the user's password; for nobody it takes as long, and is never right."""
    kept = _NOBODYS if user is None else user.hash
    right = check_password_hash(kept, password[:LONGEST_PASSWORD])
    return right and user is not None


def new_password() -> str:
    """A password that nobody can guess, to be told once: 120 random bits."""
    return secrets.token_urlsafe(15)


def _of(account: str, name: str) -> tuple[Any, Any]:
    return (_rows.account == account, _rows.name == name)


def _check(name: str, role: str, password: str) -> None:
    if not _NAME.match(name) or not name.isprintable():
        raise GiveUp(f"the name of a user has 1 to {LONGEST_NAME} letters that can be printed, none blank at its ends")
    if role not in ROLES:
        raise GiveUp(f"there is no role {role}; choose from {', '.join(ROLES)}")
    if not _SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise GiveUp(f"a password has {_SHORTEST_PASSWORD} to {LONGEST_PASSWORD} letters; without one, one is made")


def _user(row: Row[Any]) -> User:
    return User(
        row.name, row.role, row.number, row.created_at, hash=row.hash, language=row.language, used_day=row.used_day
    )
