"""`deskpulse calls` and `deskpulse replay`: what the desk sent, what became of it, and reading it once more."""

from __future__ import annotations

from argparse import Namespace
from typing import Any, Final
from zoneinfo import ZoneInfo

from integrations.errors import GiveUp
from integrations.times import iso
from plugin.commands.command import ACCOUNT, CHANGE, OK, Command, Context, option, start_of
from plugin.commands.terminal import write_rows
from workers.replay import replay
from workers.store import listing
from workers.store.listing import SET_ASIDE, UNREADABLE, WAITING, CallRow

_NAMES: Final = ("call", "received_at", "desk", "size", "outcome", "attempts", "error")
_MOST: Final = 100
_MOST_LISTED: Final = 10_000
#: PostgreSQL's largest bigint; a larger number is no call.
_LARGEST: Final = 2**63 - 1


def list_(context: Context, options: Namespace) -> int:
    """List calls, newest first."""
    account = context.account(options.account)
    database = context.runtime.database
    outcome = _outcome(options)
    if not 1 <= options.limit <= _MOST_LISTED:
        raise GiveUp(f"--limit must be from 1 to {_MOST_LISTED}.")
    if outcome is None:
        found = listing.newest(database, account.slug, limit=options.limit)
    else:
        found = listing.by_outcome(database, account.slug, outcome, limit=options.limit)
    rows = [_row(call) for call in found]
    write_rows(context.out, _NAMES, rows, options.format)
    return OK


def again(context: Context, options: Namespace) -> int:
    """Read calls once more; 2 when some still cannot be read."""
    account = context.account(options.account)
    chosen = _chosen(context, options, account.slug, account.rules.zone)
    done = replay(context.runtime, account.slug, chosen)
    context.say(f"{done.read} calls read again.")
    for number, reason in sorted(done.failed.items()):
        context.note(f"call {number}: {reason}")
    return CHANGE if done.failed else OK


def _chosen(context: Context, options: Namespace, slug: str, zone: ZoneInfo) -> list[int]:
    outcome, database = _outcome(options), context.runtime.database
    if bool(options.calls) == bool(outcome):
        raise GiveUp("Name the calls to replay, or give --unreadable or --set-aside.")
    if outcome is not None:
        since = start_of(options.since, zone) if options.since else 0
        return [call.call for call in listing.by_outcome(database, slug, outcome, since=since)]
    if options.since:
        raise GiveUp("--since goes with --unreadable or --set-aside; leave it out, or leave the numbers out.")
    asked = sorted(set(options.calls))
    found = {call.call: call for call in listing.known(database, slug, [each for each in asked if each <= _LARGEST])}
    for number in asked:
        if number not in found:
            raise GiveUp(f"{slug} has no call {number}; `deskpulse calls --account {slug}` lists them.")
        if found[number].outcome == WAITING:
            raise GiveUp(f"Call {number} still waits to be taken in; leave it out, the workers take it.")
    return asked


def _outcome(options: Namespace) -> str | None:
    for outcome in (UNREADABLE, SET_ASIDE, WAITING):
        if getattr(options, outcome, False):
            return outcome
    return None


def _row(call: CallRow) -> dict[str, Any]:
    row = {name: getattr(call, name) for name in _NAMES}
    return {**row, "received_at": iso(call.received_at)}


_UNREADABLE: Final = option("--unreadable", help="those that could not be read", action="store_true")
_SET_ASIDE: Final = option("--set-aside", help="those that failed too often", action="store_true")

COMMANDS: Final = (
    Command(
        ("calls",),
        "list what the desk sent and what became of it, newest first",
        (
            ACCOUNT,
            option("--format", help="for a person or for a program", choices=("table", "json"), default="table"),
            option("--limit", help="at most so many", type=int, default=_MOST, metavar="N"),
        ),
        list_,
        exclusive=(
            _UNREADABLE,
            _SET_ASIDE,
            option("--waiting", help="those that are not taken in yet", action="store_true"),
        ),
    ),
    Command(
        ("replay",),
        "read kept calls once more, after what kept them from being read was mended",
        (
            option("calls", help="their numbers", nargs="*", type=int, metavar="CALL"),
            ACCOUNT,
            option("--since", help="of those only the ones received since that day", metavar="YYYY-MM-DD"),
        ),
        again,
        exclusive=(_UNREADABLE, _SET_ASIDE),
    ),
)
