"""`deskpulse account …`: add, show, set, list, rotate the secret of, and remove accounts."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from integrations.errors import GiveUp
from plugin.commands.command import (
    OK,
    Command,
    Context,
    address_to_copy,
    desk_is_known,
    option,
    secret_of,
    warn_without_address,
    webhook_url,
)
from plugin.commands.terminal import write_json, write_rows, write_table
from workers.accounts import Account
from workers.removing import remove_account
from workers.rules import read_settings
from workers.secrets import new_secret
from workers.store import accounts, tickets

_SLUG: Final = option("slug", help="the account's name in addresses and commands", metavar="SLUG")
_SETTINGS: Final = "a TOML file of the account's settings"
_FORMAT: Final = option("--format", help="for a person or for a program", choices=("table", "json"), default="table")


def settings_of(path: str | None) -> dict[str, Any]:
    """The checked settings in a file, none without one; GiveUp when it cannot be read or is wrong."""
    if path is None:
        return {}
    try:
        return read_settings(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise GiveUp(f"The settings file {path} cannot be read: {error}.") from error


def add(context: Context, options: Namespace) -> int:
    """Make an account and show its secret this once."""
    desk_is_known(options.desk)
    account = made(context, options.slug, options.desk, settings_of(options.settings))
    _show_secret(context, account, options.format)
    return OK


def made(context: Context, slug: str, desk: str, settings: Mapping[str, Any]) -> Account:
    """A new account with a new secret."""
    runtime = context.runtime
    with runtime.database.write() as connection:
        return accounts.add(
            connection, slug, desk, settings, secret=new_secret(), vault=runtime.vault, now=runtime.clock()
        )


def show(context: Context, options: Namespace) -> int:
    """Everything about an account that is no secret."""
    account = context.account(options.slug)
    told = {
        "account": account.slug,
        "desk": account.desk,
        "webhook_url": webhook_url(context.settings, account),
        "desk_url": account.access.url or None,
        "credentials": sorted(account.credentials),
        "author": account.author,
        "settings": account.settings,
    }
    if options.format == "json":
        write_json(context.out, told)
    else:
        write_table(context.out, ("", account.slug), list(_flat(told)))
    return OK


def set_(context: Context, options: Namespace) -> int:
    """Put other settings in the place of an account's; history is counted again when they count differently."""
    settings = settings_of(options.settings)
    runtime = context.runtime
    context.account(options.slug)
    with runtime.database.write() as connection:
        # Read again where nobody else can write: another command may have changed it since.
        before = accounts.find(connection, options.slug, runtime.vault)
        if before is None:
            raise GiveUp(f"The account {options.slug} was removed meanwhile.")
        account = accounts.with_settings(before, settings, clock=runtime.clock)
        accounts.save(connection, account, runtime.vault)
        recount = account.rules.number != before.rules.number
    context.say(f"The settings of {account.slug} are replaced.")
    if recount:
        context.say(
            "They count differently: history is counted again in the background (deskpulse rebuild does it now)."
        )
    return OK


def list_(context: Context, options: Namespace) -> int:
    """All accounts with their desks and how many tickets they have."""
    with context.runtime.database.read() as connection:
        rows = [
            {
                "account": slug,
                "desk": _desk_of(context, connection, slug),
                "tickets": tickets.count(connection, slug),
            }
            for slug in accounts.slugs(connection)
        ]
    write_rows(context.out, ("account", "desk", "tickets"), rows, options.format)
    return OK


def _desk_of(context: Context, connection: Connection, slug: str) -> str | None:
    try:
        found = accounts.find(connection, slug, context.runtime.vault)
    except GiveUp as error:
        context.note(f"{slug}: {error}")
        return None
    return None if found is None else found.desk


def rotate_secret(context: Context, options: Namespace) -> int:
    """Give an account a new secret; the present one is still accepted for a day."""
    runtime = context.runtime
    context.account(options.slug)
    with runtime.database.write() as connection:
        before = accounts.find(connection, options.slug, runtime.vault)
        if before is None:
            raise GiveUp(f"The account {options.slug} was removed meanwhile.")
        account = accounts.with_new_secret(before, new_secret(), runtime.clock())
        accounts.save(connection, account, runtime.vault)
    _show_secret(context, account, options.format)
    context.note("The secret before is accepted for another 24 hours: put the new one into the desk until then.")
    return OK


def remove(context: Context, options: Namespace) -> int:
    """Remove an account with everything that is kept of it."""
    runtime = context.runtime
    slug = options.slug
    context.require(slug)
    with runtime.database.read() as connection:
        number = tickets.count(connection, slug)
    remove_account(runtime.database, slug)
    context.say(f"The account {slug} is removed with its calls and {number} tickets.")
    return OK


def _show_secret(context: Context, account: Account, form: str) -> None:
    address = address_to_copy(context.settings, account)
    told = {"account": account.slug, "webhook_url": address, "secret": secret_of(account)}
    if form == "json":
        write_json(context.out, told)
    else:
        for name, value in told.items():
            context.say(f"{name:<12} {value}")
        context.note("The secret is not shown again; deskpulse account rotate-secret makes another one.")
    warn_without_address(context)


def _flat(told: Mapping[str, Any], path: str = "") -> Any:
    for name, value in told.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}{name}.")
        elif isinstance(value, list):
            yield (path + name, ", ".join(map(str, value)))
        else:
            yield (path + name, value)


COMMANDS: Final = (
    Command(
        ("account", "add"),
        "make an account and print its webhook address and, this once, its secret",
        (
            _SLUG,
            option("--desk", help="its desk, such as liveagent or generic", required=True, metavar="DESK"),
            option("--settings", help=_SETTINGS, metavar="ACCOUNT.toml"),
            _FORMAT,
        ),
        add,
    ),
    Command(("account", "show"), "show an account without its secrets", (_SLUG, _FORMAT), show),
    Command(
        ("account", "set"),
        "put other settings in the place of an account's",
        (_SLUG, option("--settings", help=_SETTINGS, required=True, metavar="ACCOUNT.toml")),
        set_,
    ),
    Command(("account", "list"), "list the accounts", (_FORMAT,), list_),
    Command(
        ("account", "rotate-secret"),
        "make a new secret for an account; the present one is accepted for another day",
        (_SLUG, _FORMAT),
        rotate_secret,
    ),
    Command(("account", "remove"), "remove an account and everything that is kept of it", (_SLUG,), remove),
)
