"""`deskpulse connect` and `deskpulse backfill`: a desk's credentials are checked and its history is fetched."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from integrations.base import Credential, Desk, Installed
from integrations.errors import DeskpulseError, GiveUp, Refused
from integrations.registry import desk_named
from integrations.session import NoGate, Session
from integrations.times import DAY, MINUTE, SECOND, Instant
from plugin.commands.accounts import made, settings_of
from plugin.commands.command import (
    ACCOUNT,
    OK,
    Command,
    Context,
    address_to_copy,
    desk_is_known,
    option,
    secret_of,
    start_of,
    warn_without_address,
    webhook_url,
)
from plugin.commands.first_call import PATIENCE, newest_call, seconds_to_wait, see_first_call
from plugin.commands.terminal import Rate, progress
from workers import tagging
from workers.accounts import Account
from workers.desk_jobs import run_job
from workers.desk_work import work_off
from workers.removing import remove_account
from workers.store import accounts, jobs
from workers.surveys.settings import link_fields

#: How far back a connected desk is asked when nobody says: two of the quarters that are compared.
_HISTORY: Final = 180 * DAY
_STEP_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.5
#: What is put off for longer is left to the workers.
_PATIENCE: Final = 30 * SECOND
_LONGEST_STALL: Final = 2 * MINUTE


def connect(context: Context, options: Namespace) -> int:
    """Check the credentials, keep them, arrange what the desk allows, say what is left to do, fetch its history.

    At last a first call of the desk is waited for.
    """
    desk_is_known(options.desk)
    desk = desk_named(options.desk)
    _check_address(options.url)
    account, is_new = _account(context, options)
    known = newest_call(context, account)
    try:
        account = _with_credentials(context, desk, account, options)
        installed = _install(context, desk, account)
    except (DeskpulseError, KeyboardInterrupt):
        if is_new:
            # It was made a moment ago and cannot be connected.
            remove_account(context.runtime.database, account.slug)
        raise
    _keep(context, account, installed)
    _tell(context, desk, account, installed)
    code = _history(context, desk, account, options.since)
    see_first_call(context, desk, account, after=known, seconds=seconds_to_wait(context, options.wait))
    return code


def backfill(context: Context, options: Namespace) -> int:
    """Fetch what changed since a day; with --tag, then ask for the channel tags of these tickets."""
    account = context.account(options.account)
    desk = desk_named(account.desk)
    if not (desk.capabilities.backfill and account.reachable):
        todo = f"deskpulse connect {account.desk} --account {account.slug} --url https://…"
        raise GiveUp(f"{account.slug} has no desk that can be asked; run `{todo}` with the desk's own address first.")
    since = start_of(options.since, account.rules.zone)
    code = _fetch(context, account, since)
    if options.tag and code == OK:
        _fetch_tickets(context, account.slug)
        number = tagging.ask_tags(context.runtime, account.slug, since=since)
        context.say(f"{number:,} tickets get their channel tag, at a quarter of the desk's request budget.")
    return code


def _check_address(url: str | None) -> None:
    try:
        parts = urlsplit(url or "https://none")
    except ValueError as error:
        raise GiveUp(f"--url {url} is no address: {error}.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise GiveUp(f"--url {url} is no address; write it as https://support.example.com.")


def _account(context: Context, options: Namespace) -> tuple[Account, bool]:
    runtime = context.runtime
    with runtime.database.read() as connection:
        found = accounts.find(connection, options.account, runtime.vault)
    if found is None:
        return made(context, options.account, options.desk, settings_of(options.settings)), True
    if found.desk != options.desk:
        raise GiveUp(f"{found.slug} is an account of {found.desk}; choose another name for one of {options.desk}.")
    if options.settings is not None:
        raise GiveUp(f"{found.slug} has settings already; change them with `deskpulse account set`.")
    return found, False


def _with_credentials(context: Context, desk: Desk, account: Account, options: Namespace) -> Account:
    given = _given(options.credential or (), context.environ)
    known = {each.name for each in desk.credentials}
    for name in given:
        if name not in known:
            raise GiveUp(f"{desk.title} has no credential {name}; it has: {', '.join(sorted(known)) or 'none'}.")
    found = {**account.credentials, **given}
    for each in desk.credentials:
        if each.name == "secret" and each.name not in given:
            # Where a desk is called with the webhook's own secret, nobody has to type it.
            found[each.name] = secret_of(account)
        elif each.required and not found.get(each.name):
            found[each.name] = _asked(context, desk, each)
    connected = replace(account, credentials=found, desk_url=options.url or account.desk_url)
    if not connected.reachable and any(each.required for each in desk.credentials):
        raise GiveUp(f"{desk.title} has to be asked: give its own address as --url https://….")
    return connected


def _given(pairs: tuple[str, ...], environ: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise GiveUp("Write a credential as name=value, name=@FILE or name=env:VARIABLE.")
        found[name] = _value(name, value, environ)
    return found


def _value(name: str, value: str, environ: Mapping[str, str]) -> str:
    if value.startswith("@"):
        try:
            return Path(value[1:]).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise GiveUp(f"The file of the credential {name} cannot be read: {error}.") from error
    if value.startswith("env:"):
        variable = value.removeprefix("env:")
        if not environ.get(variable):
            raise GiveUp(f"The variable {variable} of the credential {name} is not set; set it, or use @FILE.")
        return environ[variable].strip()
    return value


def _asked(context: Context, desk: Desk, wanted: Credential) -> str:
    given = context.ask(f"{wanted.name} ({wanted.help}): ").strip() if context.ask else ""
    if not given:
        raise GiveUp(f"{desk.title} needs {wanted.help}: give it as --credential {wanted.name}=@FILE.")
    return given


def _install(context: Context, desk: Desk, account: Account) -> Installed:
    """What the desk said; never inside a transaction."""
    private = context.settings.allow_private_desks
    try:
        with Session(account.access, NoGate(), allow_private=private) as session:
            return desk.install(
                session,
                webhook_url=webhook_url(context.settings, account),
                secret=secret_of(account),
                link_fields=link_fields(account.settings),
            )
    except Refused as error:
        need = "" if error.permission and error.permission in str(error) else _needed(desk, error)
        raise GiveUp(f"{error}{need}") from error


def _needed(desk: Desk, error: Refused) -> str:
    wanted = error.permission or ", ".join(desk.permissions)
    return f"; the credentials need the permission {wanted}" if wanted else ""


def _keep(context: Context, account: Account, installed: Installed) -> None:
    """Keep what connecting found out, beside what others may have changed meanwhile."""
    runtime = context.runtime
    with runtime.database.write() as connection:
        present = accounts.find(connection, account.slug, runtime.vault)
        if present is None:
            raise GiveUp(f"The account {account.slug} was removed meanwhile.")
        kept = replace(
            present,
            credentials=account.credentials,
            desk_url=account.desk_url,
            author=installed.author or present.author,
            options={**present.options, **installed.options},
        )
        if installed.secrets:
            kept = accounts.with_secrets_of_desk(kept, installed.secrets)
        accounts.save(connection, kept, runtime.vault)


def _tell(context: Context, desk: Desk, account: Account, installed: Installed) -> None:
    context.say(f"{account.slug} is connected to {desk.title}.")
    for done in installed.done:
        context.say(f"  done: {done}")
    if installed.by_hand:
        context.say("Left to do in the desk, by hand:")
    for number, step in enumerate(installed.by_hand, 1):
        context.say(f"{number:>3}. {step}")
    _tell_panel(context, desk, account)
    context.say("webhook address  " + address_to_copy(context.settings, account))
    context.say("secret           " + secret_of(account))
    context.say(f"To test it, change a ticket in the desk and run: deskpulse calls --account {account.slug}")
    warn_without_address(context)


def _tell_panel(context: Context, desk: Desk, account: Account) -> None:
    """How the panel comes into the desk."""
    steps = desk.panel_steps(webhook_url=webhook_url(context.settings, account), secret=secret_of(account))
    if steps:
        context.say("To open the panel from the desk, by hand:")
    for number, step in enumerate(steps, 1):
        context.say(f"{number:>3}. {step}")


def _history(context: Context, desk: Desk, account: Account, since: str | None) -> int:
    if not (desk.capabilities.backfill and account.reachable):
        return OK
    zone = account.rules.zone
    start = start_of(since, zone) if since else context.runtime.clock() - _HISTORY
    return _fetch(context, account, start)


def _fetch(context: Context, account: Account, since: Instant) -> int:
    """Go through the desk's history here, or watch a worker do it."""
    runtime, slug = context.runtime, account.slug
    with runtime.database.write() as connection:
        jobs.start(connection, slug, jobs.BACKFILL, since=since, now=runtime.clock())
    rate, stall = Rate(), _Stall(context)
    with progress(context.err) as step:
        while (now := _progress(context, slug)).state in ("waiting", "running"):
            if now.error and now.next_at > runtime.clock() + _PATIENCE:
                raise GiveUp(f"{now.error}; `deskpulse up` goes on with it, or the same command later.")
            step(f"{now.done:,} tickets, {rate.of(now.done):,} a second", now.done, now.total)
            if not run_job(runtime, slug, jobs.BACKFILL, seconds=_STEP_SECONDS):
                # It ended, or a worker has it, or the desk is tried again in a moment.
                stall.wait_unless(_progress(context, slug))
    if now.state == "given_up":
        raise GiveUp(f"The history was not fetched: {now.error}; mend that and run `deskpulse backfill` again.")
    context.say(f"History: {now.done:,} tickets read{_left(context, slug)}.")
    return OK


class _Stall:
    """Notices when nothing moves any more."""

    def __init__(self, context: Context) -> None:
        self._runtime = context.runtime
        self._seen: object = None
        self._moved_at = context.runtime.clock()

    def wait_unless(self, progress: jobs.Progress | int) -> None:
        """Wait a little, unless there is progress; GiveUp when there was none for too long."""
        now = self._runtime.clock()
        if progress != self._seen:
            self._seen, self._moved_at = progress, now
        elif now > self._moved_at + _LONGEST_STALL:
            raise GiveUp("The desk cannot be asked for now; `deskpulse doctor` says why, and `deskpulse up` goes on.")
        else:
            self._runtime.nap(_LOOK_SECONDS)


def _progress(context: Context, slug: str) -> jobs.Progress:
    with context.runtime.database.read() as connection:
        return next(job for job in jobs.progress(connection, slug) if job.job == jobs.BACKFILL)


def _left(context: Context, slug: str) -> str:
    waiting = _waiting(context, slug)
    return f"; {waiting:,} of them are fetched in full by the workers of `deskpulse up`" if waiting else ""


def _waiting(context: Context, slug: str) -> int:
    with context.runtime.database.read() as connection:
        return tagging.waiting_refreshes(connection, slug)


def _fetch_tickets(context: Context, slug: str) -> None:
    """Fetch in full what waits to be, since a ticket's channel may only be known then."""
    first, stall = _waiting(context, slug), _Stall(context)
    with progress(context.err) as step:
        while waiting := _waiting(context, slug):
            step("fetching tickets", first - waiting, first)
            if not work_off(context.runtime, slug, seconds=_STEP_SECONDS):
                stall.wait_unless(waiting)


COMMANDS: Final = (
    Command(
        ("connect",),
        "connect a desk: check the credentials, arrange what its API allows, say what is left to do, fetch its history",
        (
            option("desk", help="which desk, such as liveagent", metavar="DESK"),
            option("--account", help="the account, made when there is none", required=True, metavar="SLUG"),
            option("--url", help="the desk's own address", metavar="URL"),
            option(
                "--credential",
                help="a credential; one that is missing is asked for at the terminal",
                action="append",
                metavar="NAME=VALUE|NAME=@FILE|NAME=env:VARIABLE",
            ),
            option("--settings", help="settings of a new account", metavar="ACCOUNT.toml"),
            option("--since", help="how far back history is fetched; else 180 days", metavar="YYYY-MM-DD"),
            option(
                "--wait",
                help=f"how long a first call of the desk is waited for at the end, 0 for not at all; else {PATIENCE}"
                " on a terminal and 0 elsewhere",
                type=int,
                metavar="SECONDS",
            ),
        ),
        connect,
    ),
    Command(
        ("backfill",),
        "fetch a desk's history once more",
        (
            ACCOUNT,
            option("--since", help="how far back", required=True, metavar="YYYY-MM-DD"),
            option("--tag", help="then tag these tickets by their channel, slowly", action="store_true"),
        ),
        backfill,
    ),
)
