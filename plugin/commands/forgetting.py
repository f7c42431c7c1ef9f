"""`deskpulse forget`: everything about a customer, for good."""

from __future__ import annotations

from argparse import Namespace
from typing import Final

from plugin.commands.command import ACCOUNT, CHANGE, OK, Command, Context, option
from workers.forget import forget

_REMOVED: Final = ("tickets", "events", "answers", "actions", "refreshes")


def run(context: Context, options: Namespace) -> int:
    """Forget the customers; 2 when calls that wait name one of them."""
    account = context.account(options.account)
    code = OK
    for person in options.customers:
        gone = forget(context.runtime, account.slug, person)
        parts = ", ".join(f"{gone[name]} {name}" for name in _REMOVED)
        context.say(f"Removed: {parts}; {gone['bodies']} calls emptied.")
        if gone["waiting"]:
            code = CHANGE
            context.note(
                f"{gone['waiting']} calls that name the customer wait to be taken in; forget again after that."
            )
    return code


COMMANDS: Final = (
    Command(
        ("forget",),
        "forget a customer for good: tickets, events, answers and the calls that named them; figures are corrected",
        (
            ACCOUNT,
            option(
                "customers",
                help="the desk's contact id, and each address of the customer",
                nargs="+",
                metavar="CUSTOMER",
            ),
        ),
        run,
    ),
)
