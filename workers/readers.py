"""How the text of one setting becomes a value; a ValueError says what was wanted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from integrations.outlets.mail_server import sender_of, server_of

T = TypeVar("T")
Reader = Callable[[str], T]

#: A secret shorter than this can be guessed; `secrets.token_urlsafe(32)` gives 43 characters.
_SHORTEST_SECRET: Final = 32


def folder(given: str) -> Path:
    """An absolute folder; `~` is the user's own."""
    if not given.strip():
        raise ValueError("a folder")
    return Path(given.strip()).expanduser().absolute()


def yes_or_no(given: str) -> bool:
    """1, true, yes, on or their opposites."""
    word = given.strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError("1 or 0")


def whole(low: int, high: int) -> Reader[int]:
    """A whole number between two bounds, both allowed."""

    def read(given: str) -> int:
        wanted = f"a whole number from {low} to {high}"
        try:
            number = int(given)
        except ValueError as error:
            raise ValueError(wanted) from error
        if not low <= number <= high:
            raise ValueError(wanted)
        return number

    return read


def one_of(*words: str) -> Reader[str]:
    """One of a few words."""

    def read(given: str) -> str:
        word = given.strip().lower()
        if word not in words:
            raise ValueError("one of " + ", ".join(words))
        return word

    return read


def database(given: str) -> str:
    """An address as SQLAlchemy takes it: SQLite in a file, or PostgreSQL through psycopg 3."""
    address = given.strip()
    scheme, separator, rest = address.partition("://")
    if separator and scheme in {"postgresql", "postgres", "postgresql+psycopg"}:
        return f"postgresql+psycopg://{rest}"
    if separator and scheme == "sqlite" and len(rest) > 1 and rest.startswith("/") and ":memory:" not in rest:
        return "sqlite:///" + str(Path(rest[1:]).expanduser().absolute())
    raise ValueError("sqlite:///<file> or postgresql://<user>:<password>@<host>/<database>")


def redis(given: str) -> str:
    """An address as redis-py takes it."""
    address = given.strip()
    if address.startswith("redis+socket://"):
        address = "unix://" + address.removeprefix("redis+socket://")
    if not address.startswith(("redis://", "rediss://", "unix:///")):
        raise ValueError("redis://<host>:6379/0, rediss://… or unix:///<socket>")
    return address


def web_address(given: str) -> str:
    """A web address without its last slash, or nothing."""
    address = given.strip().rstrip("/")
    parts = urlsplit(address)
    if address and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("an address such as https://deskpulse.example.com")
    return address


def mail_server(given: str) -> str:
    """The address of a mail server, or nothing."""
    address = given.strip()
    if address:
        server_of(address)
    return address


def mail_sender(given: str) -> str:
    """Whom mail is from, or nothing."""
    sender = given.strip()
    try:
        return str(sender_of(sender)) if sender else ""
    except ValueError as error:
        raise ValueError("pulse@desk.example or Deskpulse <pulse@desk.example>") from error


def secret(given: str) -> str:
    """A long random text, or nothing."""
    key = given.strip()
    if key and len(key) < _SHORTEST_SECRET:
        raise ValueError(
            f"at least {_SHORTEST_SECRET} random characters; "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(32))' prints some"
        )
    return key


def secrets(given: str) -> tuple[str, ...]:
    """Several secrets, separated by commas or white space."""
    return tuple(secret(key) for key in given.replace(",", " ").split())
