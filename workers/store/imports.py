"""How far the import of a file has come, kept with its rows, so that the same command goes on where it stopped."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, select, update

from integrations.times import Instant
from workers.store import bulk, schema

_COLUMNS: Final = ("account", "job", "state", "cursor", "since", "done", "total", "attempts", "next_at", "lease_until")


def job_name(digest: str) -> str:
    """The job of a file with this digest."""
    return f"import:{digest}"


def place_of(connection: Connection, account: str, job: str) -> int | None:
    """How many records of the file are stored by an import that was cut off; None when there is none."""
    rows = schema.jobs.c
    found = select(rows.cursor).where(rows.account == account, rows.job == job, rows.state == "running")
    place = connection.execute(found).scalar_one_or_none()
    return None if place is None else int(place)


def begin(connection: Connection, account: str, job: str, *, now: Instant) -> int:
    """How many records of the file are stored already: none, unless an earlier import of it was cut off."""
    place = place_of(connection, account, job)
    if place is None:
        bulk.upsert(connection, schema.jobs, _COLUMNS, [(account, job, "running", "0", now, 0, None, 0, now, 0)])
    return place or 0


def advance(connection: Connection, account: str, job: str, *, place: int) -> None:
    """So many records are stored, in the transaction that stores the last of them."""
    _update(connection, account, job, state="running", place=place)


def finish(connection: Connection, account: str, job: str, *, place: int) -> None:
    """The file was read to its end; the next import of it begins anew."""
    _update(connection, account, job, state="done", place=place)


def _update(connection: Connection, account: str, job: str, *, state: str, place: int) -> None:
    rows = schema.jobs.c
    where = (rows.account == account, rows.job == job)
    connection.execute(update(schema.jobs).where(*where).values(state=state, cursor=str(place), done=place))
