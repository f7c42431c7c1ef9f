"""What a command is, and what it is given to work with."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final, TextIO
from urllib.parse import quote
from zoneinfo import ZoneInfo

from integrations.errors import GiveUp
from integrations.registry import DESK_NAMES, desk_named
from integrations.times import Instant, instant
from plugin.preflight import migrate, prepare_home
from workers.accounts import Account
from workers.runtime import Runtime, open_runtime
from workers.settings import Settings
from workers.store import accounts

#: The exit codes.
OK: Final = 0
WRONG: Final = 1  #: `doctor` and `verify` found something
CHANGE: Final = 2  #: the user must change something

_EPOCH: Final = date(1970, 1, 1)
#: Where the webhooks are when nobody says under which address we are reached.
_LOCAL: Final = "http://127.0.0.1:8710"


@dataclass
class Context:
    """What a command works with; nothing is opened before it is asked for."""

    environ: Mapping[str, str]
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    ask: Callable[[str], str] | None = None  #: asks a person for a secret; None when there is nobody

    @cached_property
    def settings(self) -> Settings:
        """The operator's settings; GiveUp names the variable that is wrong."""
        return Settings.read(self.environ)

    @cached_property
    def runtime(self) -> Runtime:
        """The database, its tables brought to this version first; GiveUp when it cannot be used."""
        prepare_home(self.settings)
        migrate(self.settings)
        return open_runtime(self.settings)

    def require(self, slug: str) -> None:
        """GiveUp when there is no such account, whether its secrets open or not."""
        with self.runtime.database.read() as connection:
            known = accounts.rules_number(connection, slug) is not None
        if not known:
            raise GiveUp(f"There is no account {slug}; `deskpulse account list` shows them.")

    def account(self, slug: str) -> Account:
        """The account of that name; GiveUp when there is none."""
        self.require(slug)
        with self.runtime.database.read() as connection:
            found = accounts.find(connection, slug, self.runtime.vault)
        if found is None:
            raise GiveUp(f"The account {slug} was removed meanwhile.")
        return found

    def say(self, line: str = "") -> None:
        """A line of the answer."""
        self.out.write(line + "\n")

    def note(self, line: str) -> None:
        """A line beside the answer, for the person only."""
        self.err.write(line + "\n")

    def close(self) -> None:
        """Close what was opened."""
        if "runtime" in self.__dict__:
            self.runtime.database.dispose()


@dataclass(frozen=True)
class Option:
    """One argument of a command, as `argparse` takes it."""

    names: tuple[str, ...]
    help: str
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Command:
    """One command: its words, what it does in a sentence, its arguments, and who does it."""

    words: tuple[str, ...]
    help: str
    options: tuple[Option, ...]
    run: Callable[[Context, Namespace], int]
    exclusive: tuple[Option, ...] = ()  #: of these at most one


def option(*names: str, help: str, **more: Any) -> Option:  # noqa: A002 - argparse's own word
    """An argument of a command."""
    return Option(names, help, more)


ACCOUNT: Final = option("--account", help="the account", required=True, metavar="SLUG")


def between(first: str, last: str) -> tuple[Option, Option]:
    """--from and --to, which are told in these words."""
    return (
        option("--from", help=first, dest="first", metavar="YYYY-MM-DD"),
        option("--to", help=last, dest="last", metavar="YYYY-MM-DD"),
    )


def sentence(text: str) -> str:
    """A text as a sentence: a capital at its start, a full stop at its end."""
    return f"{text[0].upper()}{text[1:]}."


def desk_is_known(name: str) -> None:
    """Return when there is such a desk; GiveUp otherwise."""
    try:
        desk_named(name)
    except KeyError as error:
        raise GiveUp(f"There is no desk {name}; there are: {', '.join(DESK_NAMES)}.") from error


def day(text: str | None, name: str) -> date | None:
    """The day of an option; GiveUp when it is none."""
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise GiveUp(f"{name} {text} is not a day; write it as YYYY-MM-DD, such as 2026-01-31.") from error


def days(options: Namespace) -> tuple[date | None, date | None]:
    """The days of --from and --to; GiveUp when they are in the wrong order."""
    first, last = day(options.first, "--from"), day(options.last, "--to")
    if first is not None and last is not None and first > last:
        raise GiveUp(f"--from {first} is after --to {last}; change one of them.")
    return first, last


def day_number(chosen: date | None) -> int | None:
    """Days since 1970-01-01, as the tables count them."""
    return None if chosen is None else (chosen - _EPOCH).days


def start_of(text: str, zone: ZoneInfo) -> Instant:
    """The first moment of a day of --since in this zone; GiveUp when it is none."""
    chosen = day(text, "--since")
    try:
        return instant(datetime(chosen.year, chosen.month, chosen.day, tzinfo=zone)) if chosen else 0
    except ValueError as error:
        raise GiveUp(f"--since {text} cannot be used: {error}.") from error


def webhook_url(settings: Settings, account: Account) -> str:
    """The address that the desk calls, without its secret."""
    return f"{settings.public_url or _LOCAL}/webhooks/{account.desk}/{account.slug}"


def secret_of(account: Account) -> str:
    """The secret that proves the account's calls from now on."""
    return next(kept.value for kept in account.secrets if kept.until is None)


def address_to_copy(settings: Settings, account: Account) -> str:
    """The address as it is put into the desk: with the secret where the desk can prove its calls only by that."""
    address = webhook_url(settings, account)
    if desk_named(account.desk).token_in_url:
        return f"{address}?token={quote(secret_of(account), safe='')}"
    return address


def warn_without_address(context: Context) -> None:
    """Say that the desk will hardly reach the address that was printed."""
    if not context.settings.public_url:
        context.note("DESKPULSE_PUBLIC_URL is not set: put the address that the desk can reach before /webhooks.")
