"""`deskpulse account user …`: add, list and remove the people who may open an account's panel."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any, Final

from integrations.errors import GiveUp
from integrations.panels import panel_address
from integrations.times import iso
from plugin.commands.command import OK, Command, Context, option, webhook_url
from plugin.commands.terminal import write_json, write_rows
from workers.periods import date_of
from workers.store import users
from workers.store.users import User

_SLUG: Final = option("slug", help="the account", metavar="SLUG")
_NAME: Final = option("name", help="what the person types to sign in", metavar="NAME")
_FORMAT: Final = option("--format", help="for a person or for a program", choices=("table", "json"), default="table")
_COLUMNS: Final = ("name", "role", "created_at", "last_signed_in")
_QUESTION: Final = "Password (leave it empty to have one made): "


def add(context: Context, options: Namespace) -> int:
    """Make a user; a password that was made here is shown this once."""
    runtime, slug = context.runtime, options.slug
    account = context.account(slug)
    given = _given(context, from_stdin=options.password_stdin)
    password = given or users.new_password()
    with runtime.database.write() as connection:
        user = users.add(connection, slug, options.name, options.role, password, now=runtime.clock())
    told = {"account": slug, "name": user.name, "role": user.role} | ({} if given else {"password": password})
    if options.format == "json":
        write_json(context.out, told)
        return OK
    for name, value in told.items():
        context.say(f"{name:<8} {value}")
    context.say(f"{'sign-in':<8} {panel_address(webhook_url(context.settings, account))}")
    if not given:
        context.note("The password is not shown again; remove and add the user to give them another.")
    return OK


def list_(context: Context, options: Namespace) -> int:
    """The users of an account, without anything of their passwords."""
    context.require(options.slug)
    with context.runtime.database.read() as connection:
        rows = [_told(user) for user in users.listed(connection, options.slug)]
    write_rows(context.out, _COLUMNS, rows, options.format)
    return OK


def remove(context: Context, options: Namespace) -> int:
    """End a user; what they have open opens nothing any more."""
    context.require(options.slug)
    with context.runtime.database.write() as connection:
        known = users.remove(connection, options.slug, options.name)
    if not known:
        raise GiveUp(f"There is no user {options.name}; `deskpulse account user list {options.slug}` shows all.")
    context.say(f"The user {options.name} of {options.slug} is removed.")
    return OK


def _given(context: Context, *, from_stdin: bool) -> str:
    """The password of a pipe or of a person; '' when one is to be made. Never from the arguments, which others see."""
    if not from_stdin:
        return context.ask(_QUESTION) if context.ask else ""
    line = sys.stdin.readline() if sys.stdin is not None else ""
    password = line.rstrip("\r\n")
    if not password:
        raise GiveUp("There is no password on standard input; write it as its first line.")
    return password


def _told(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": user.role,
        "created_at": iso(user.created_at),
        "last_signed_in": None if user.used_day is None else date_of(user.used_day).isoformat(),
    }


COMMANDS: Final = (
    Command(
        ("account", "user", "add"),
        "let a person into an account's panel; without a password from them one is made and printed this once",
        (
            _SLUG,
            _NAME,
            option(
                "--role",
                help="a lead may change settings and follow-ups, a viewer sees everything",
                choices=users.ROLES,
                default=users.VIEWER,
            ),
            option("--password-stdin", help="read the password from standard input", action="store_true"),
            _FORMAT,
        ),
        add,
    ),
    Command(("account", "user", "list"), "list the people who may open an account's panel", (_SLUG, _FORMAT), list_),
    Command(("account", "user", "remove"), "end a person's access at once", (_SLUG, _NAME), remove),
)
