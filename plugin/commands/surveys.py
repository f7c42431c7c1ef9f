"""`deskpulse survey …`: what became of the surveys that Deskpulse asks, and the answers that are doubted."""

from __future__ import annotations

from argparse import Namespace
from typing import Any, Final

from integrations.errors import GiveUp
from integrations.events import KINDS
from integrations.times import DAY, iso
from plugin.commands.command import ACCOUNT, OK, Command, Context, option
from plugin.commands.terminal import write_json, write_rows
from workers.surveys import judging
from workers.surveys.judging import Suspect
from workers.surveys.wording import why_doubted, why_held_back
from workers.wording.language import language

_ENGLISH: Final = language("en")
_DAYS: Final = 30
_MOST_DAYS: Final = 3650
_COLUMNS: Final = ("at", "ticket", "kind", "survey", "score", "channel", "reason", "comment")


def state(context: Context, options: Namespace) -> int:
    """Count what was asked, held back and why, answered and doubted."""
    account = context.account(options.account)
    with context.runtime.database.read() as connection:
        found = judging.state(connection, account.slug, since=_since(context, options))
    told = {
        "days": options.days,
        "asked": found.asked.asked,
        "handed_over": found.asked.handed_over,
        "held_back": found.asked.held_back,
        "answered": found.answered,
        "suspects": found.suspects,
    }
    if options.format == "json":
        write_json(context.out, told)
        return OK
    context.say(f"asked        {found.asked.asked} in {options.days} days")
    context.say(f"handed over  {found.asked.handed_over}: their links are in the desk")
    for outcome, number in found.asked.held_back.items():
        context.say(f"held back    {number}: {why_held_back(outcome, _ENGLISH)}")
    context.say(f"answered     {found.answered}")
    context.say(f"doubted      {found.suspects}: `deskpulse survey suspects --account {account.slug}` lists them")
    return OK


def suspects(context: Context, options: Namespace) -> int:
    """List the answers that are doubted, newest first."""
    account = context.account(options.account)
    with context.runtime.database.read() as connection:
        found = judging.suspects(connection, account.slug, since=_since(context, options))
    rows = [_row(one, in_words=options.format == "table") for one in found]
    write_rows(context.out, _COLUMNS, rows, options.format)
    return OK


def restore(context: Context, options: Namespace) -> int:
    """Let a doubted answer count again."""
    judging.restore(context.runtime, **_which(context, options))
    context.say(f"The answer to {options.survey} on ticket {options.ticket} counts again.")
    return OK


def doubt(context: Context, options: Namespace) -> int:
    """Let an answer count no more."""
    judging.invalidate(context.runtime, **_which(context, options))
    context.say(f"The answer to {options.survey} on ticket {options.ticket} counts no more.")
    return OK


def _which(context: Context, options: Namespace) -> dict[str, str]:
    account = context.account(options.account)
    return {"account": account.slug, "ticket": options.ticket, "kind": options.kind, "survey": options.survey}


def _since(context: Context, options: Namespace) -> int:
    if not 1 <= options.days <= _MOST_DAYS:
        raise GiveUp(f"--days must be from 1 to {_MOST_DAYS}.")
    days: int = options.days
    return context.runtime.clock() - days * DAY


def _row(one: Suspect, *, in_words: bool) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in _COLUMNS}
    reason = why_doubted(one.reason, _ENGLISH) if in_words else one.reason
    return {**row, "at": iso(one.at), "score": f"{one.score:g} of {one.high:g}" if in_words else one.score} | {
        "reason": reason,
        "comment": one.comment or "" if in_words else one.comment,
    }


_FORMAT: Final = option("--format", help="for a person or for a program", choices=("table", "json"), default="table")
_WITHIN: Final = option("--days", help="of the last so many days", type=int, default=_DAYS, metavar="N")
_ONE: Final = (
    ACCOUNT,
    option("--ticket", help="the desk's id of the ticket", required=True, metavar="TICKET"),
    option("--survey", help="the survey's id, as `survey suspects` shows it", required=True, metavar="SURVEY"),
    option("--kind", help="what the survey asks", choices=KINDS, default="csat"),
)

COMMANDS: Final = (
    Command(
        ("survey", "state"),
        "count what was asked, held back and why, answered and doubted",
        (ACCOUNT, _WITHIN, _FORMAT),
        state,
    ),
    Command(
        ("survey", "suspects"),
        "list the answers that are doubted, newest first",
        (ACCOUNT, _WITHIN, _FORMAT),
        suspects,
    ),
    Command(("survey", "restore"), "let an answer that is doubted count again", _ONE, restore),
    Command(("survey", "doubt"), "let an answer count no more; `survey restore` undoes it", _ONE, doubt),
)
