"""The sealed column of the accounts, as it stands: for finding and renewing what an earlier key sealed."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from workers.store import schema


def all_sealed(connection: Connection) -> dict[str, bytes]:
    """Account → its sealed secrets; the rows are kept for this transaction."""
    columns = schema.accounts.c
    rows = connection.execute(select(columns.slug, columns.sealed).order_by(columns.slug).with_for_update())
    return {row.slug: bytes(row.sealed) for row in rows}


def put(connection: Connection, account: str, sealed: bytes) -> None:
    """The same secrets, sealed anew."""
    columns = schema.accounts.c
    connection.execute(update(schema.accounts).where(columns.slug == account).values(sealed=sealed))
