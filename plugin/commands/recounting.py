"""`deskpulse verify` and `deskpulse rebuild`: do the figures agree with the events, and counting anew."""

from __future__ import annotations

from argparse import Namespace
from functools import partial
from typing import Final

from plugin.commands.command import ACCOUNT, OK, WRONG, Command, Context, option
from plugin.commands.terminal import progress
from workers import rebuild
from workers.imports import compact
from workers.store import tickets
from workers.store.conflicts import in_transaction


def verify(context: Context, options: Namespace) -> int:
    """Compare everything stored with the events; 1 when something differs."""
    account = context.account(options.account)
    different = 0
    for difference in rebuild.verify(context.runtime.database, account):
        different += 1
        context.say(difference)
    if different:
        context.note(f"{different} differences; `deskpulse rebuild --account {account.slug} --anew` counts all again.")
        return WRONG
    with context.runtime.database.read() as connection:
        number = tickets.count(connection, account.slug)
    context.say(f"{number:,} tickets and every figure of {account.slug} agree with the events.")
    return OK


def recount(context: Context, options: Namespace) -> int:
    """Count the tickets that were counted by other rules, or all of them anew."""
    account, runtime = context.account(options.account), context.runtime
    if options.anew:
        in_transaction(runtime.database, partial(rebuild.forget_counts, account=account.slug))
    with progress(context.err) as step:
        rebuild.rebuild(runtime, account.slug, progress=lambda done, of: step("counting tickets", done, of))
        compact(runtime, account.slug)
    context.say(f"The figures of {account.slug} are counted by its present rules.")
    return OK


COMMANDS: Final = (
    Command(
        ("verify",),
        "check that tickets, facts and figures agree with the events; exit code 1 when they do not",
        (ACCOUNT,),
        verify,
    ),
    Command(
        ("rebuild",),
        "count the tickets that were counted by other rules",
        (
            ACCOUNT,
            option(
                "--anew", help="start the figures over; reports are incomplete until it is done", action="store_true"
            ),
        ),
        recount,
    ),
)
