"""`deskpulse account token …`: make, list and revoke the bearer tokens of the API."""

from __future__ import annotations

from argparse import Namespace
from typing import Any, Final

from integrations.errors import GiveUp
from integrations.times import iso
from plugin.commands.command import OK, Command, Context, option
from plugin.commands.terminal import write_json, write_table
from workers.periods import date_of
from workers.store import tokens
from workers.store.tokens import Token

_SLUG: Final = option("slug", help="the account", metavar="SLUG")
_NAME: Final = option("--name", help="what the token is called, such as the program that uses it", required=True)
_FORMAT: Final = option("--format", help="for a person or for a program", choices=("table", "json"), default="table")
_COLUMNS: Final = ("name", "begins", "scopes", "created_at", "expires_at", "last_used")


def add(context: Context, options: Namespace) -> int:
    """Make a token and show it this once."""
    runtime, slug = context.runtime, options.slug
    context.require(slug)
    scopes = tuple(options.scopes or (tokens.READ,))
    with runtime.database.write() as connection:
        text = tokens.add(connection, slug, options.name, scopes, now=runtime.clock(), days=options.days)
    told = {"account": slug, "name": options.name, "scopes": " ".join(scopes), "token": text}
    if options.format == "json":
        write_json(context.out, {**told, "scopes": list(scopes)})
        return OK
    for name, value in told.items():
        context.say(f"{name:<8} {value}")
    context.note("The token is not shown again; deskpulse account token revoke ends it.")
    return OK


def list_(context: Context, options: Namespace) -> int:
    """The tokens of an account, none of them whole."""
    context.require(options.slug)
    with context.runtime.database.read() as connection:
        rows = [_told(token) for token in tokens.listed(connection, options.slug)]
    if options.format == "json":
        write_json(context.out, rows)
    else:
        write_table(context.out, _COLUMNS, [[_shown(row[name]) for name in _COLUMNS] for row in rows])
    return OK


def revoke(context: Context, options: Namespace) -> int:
    """Let a token open nothing any more."""
    context.require(options.slug)
    with context.runtime.database.write() as connection:
        known = tokens.revoke(connection, options.slug, options.name)
    if not known:
        raise GiveUp(
            f"There is no token {options.name}; `deskpulse account token list {options.slug}` shows those there are."
        )
    context.say(f"The token {options.name} of {options.slug} is revoked.")
    return OK


def _told(token: Token) -> dict[str, Any]:
    return {
        "name": token.name,
        "begins": token.prefix,
        "scopes": list(token.scopes),
        "created_at": iso(token.created_at),
        "expires_at": None if token.expires_at is None else iso(token.expires_at),
        "last_used": None if token.used_day is None else date_of(token.used_day).isoformat(),
    }


def _shown(value: Any) -> Any:
    return " ".join(value) if isinstance(value, list) else value


COMMANDS: Final = (
    Command(
        ("account", "token", "add"),
        "make a token for the API and print it this once",
        (
            _SLUG,
            _NAME,
            option(
                "--scope",
                help="what it opens: figures and tickets, single answers with comments, the settings; read without one",
                dest="scopes",
                action="append",
                choices=tuple(tokens.SCOPES),
            ),
            option("--days", help="how many days it is good for; without it until revoked", type=int, metavar="DAYS"),
            _FORMAT,
        ),
        add,
    ),
    Command(
        ("account", "token", "list"),
        "list an account's tokens: how they begin, what they open, when they were last used",
        (_SLUG, _FORMAT),
        list_,
    ),
    Command(("account", "token", "revoke"), "end a token at once", (_SLUG, _NAME), revoke),
)
