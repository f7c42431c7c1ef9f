"""One ticket as it is stored, with what stands beside it for this moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from integrations.times import Instant
from workers.store import schema
from workers.ticket_rows import read_row


@dataclass(frozen=True, slots=True)
class OneTicket:
    """A ticket's row (`ticket_rows.COLUMNS`), since when its customer waits, and when the first response is due."""

    row: dict[str, Any]
    waiting_since: Instant | None
    due_at: Instant | None


def find(connection: Connection, account: str, ticket: str) -> OneTicket | None:
    """The ticket of that id; None when the account has none, or nothing but its id is known."""
    columns = schema.tickets.c
    asked = select(columns.state, columns.waiting_since, columns.due_at)
    found = connection.execute(asked.where(columns.account == account, columns.ticket == ticket)).one_or_none()
    if found is None or found.state == "[]":
        return None
    return OneTicket(read_row(found.state), found.waiting_since, found.due_at)
