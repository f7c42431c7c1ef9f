"""`deskpulse doctor`: what is wrong and what to do about it."""

from __future__ import annotations

from argparse import Namespace
from typing import Final

from plugin.commands.command import OK, WRONG, Command, Context, option
from workers import doctor
from workers.store import accounts


def run(context: Context, options: Namespace) -> int:
    """Look at everything; 1 when something is wrong."""
    if options.account is not None:
        context.require(options.account)
    if options.reseal:
        number = doctor.reseal(context.runtime)
        context.say(f"The secrets of {number} accounts are sealed with the present key.")
    if options.retry:
        _retry(context, options.account)
    wrong = 0
    for finding in doctor.examine(context.runtime, options.account):
        wrong += not finding.well
        context.say(f"{'ok   ' if finding.well else 'WRONG'} {finding.about}: {' '.join(finding.sentence.split())}")
    return WRONG if wrong else OK


def _retry(context: Context, slug: str | None) -> None:
    with context.runtime.database.read() as connection:
        slugs = [slug] if slug is not None else accounts.slugs(connection)
    number = sum(doctor.try_again(context.runtime, each) for each in slugs)
    context.say(f"{number} things that were given up are tried again.")


COMMANDS: Final = (
    Command(
        ("doctor",),
        "say what is wrong with the installation and what to do about it",
        (
            option("--account", help="only this account", metavar="SLUG"),
            option("--reseal", help="first seal all secrets under the present key", action="store_true"),
            option("--retry", help="first let be tried again what was given up", action="store_true"),
        ),
        run,
    ),
)
