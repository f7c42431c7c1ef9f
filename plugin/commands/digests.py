"""`deskpulse account slack`: which Slack channel an account's digests go to."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import replace
from typing import Final

from integrations.errors import GiveUp
from integrations.outlets.receivers import check_slack
from plugin.commands.command import OK, Command, Context, option
from workers.store import accounts

_QUESTION: Final = "Address of the channel's incoming webhook: "


def slack(context: Context, options: Namespace) -> int:
    """Keep the webhook's address, sealed, or forget it. Never from the arguments, which others see."""
    account = context.account(options.slug)
    webhook = "" if options.remove else _given(context)
    with context.runtime.database.write() as connection:
        accounts.save(connection, replace(account, slack=webhook), context.runtime.vault)
    if options.remove:
        context.say(f"Digests of {options.slug} no longer go to Slack.")
    else:
        context.say(f"Digests of {options.slug} go to Slack from the next one on.")
    return OK


def _given(context: Context) -> str:
    """The address that a person types or a pipe writes; GiveUp, which does not repeat it, when it is none."""
    line = context.ask(_QUESTION) if context.ask else sys.stdin.readline() if sys.stdin is not None else ""
    try:
        check_slack(line.strip())
    except ValueError as error:
        raise GiveUp(f"Write on standard input {error}.") from None
    return line.strip()


COMMANDS: Final = (
    Command(
        ("account", "slack"),
        "send an account's digests to a Slack channel too, whose webhook's address is read from standard input",
        (
            option("slug", help="the account", metavar="SLUG"),
            option("--remove", help="forget the address", action="store_true"),
        ),
        slack,
    ),
)
