"""`deskpulse tickets`: one row a ticket, streamed."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import Any, Final

from plugin import exports
from plugin.asked import FIRST_OF_LIST, LAST_OF_LIST
from plugin.commands.command import ACCOUNT, OK, Command, Context, between, day_number, days, option
from workers.store import tickets
from workers.ticket_rows import read_row


def run(context: Context, options: Namespace) -> int:
    """Write the tickets created between two days of the account's time zone."""
    first, last = map(day_number, days(options))
    account = context.account(options.account)
    lines = {"jsonl": exports.json_lines, "csv": exports.csv_lines}[options.format]
    for line in lines(_rows(context, account.slug, first, last)):
        context.out.write(line)
    context.out.flush()
    return OK


def _rows(context: Context, slug: str, first: int | None, last: int | None) -> Iterator[dict[str, Any]]:
    with context.runtime.database.read() as connection:
        for page in tickets.pages(connection, slug, first=first, last=last):
            for row in page:
                yield read_row(row.state)


COMMANDS: Final = (
    Command(
        ("tickets",),
        "write one row a ticket, of all or of those created between two days",
        (
            ACCOUNT,
            *between(FIRST_OF_LIST, LAST_OF_LIST),
            option("--format", help="JSON lines or CSV", choices=("jsonl", "csv"), default="jsonl"),
        ),
        run,
    ),
)
