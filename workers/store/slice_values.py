"""Which channels, departments, tags and other slices an account's figures have, without reading the figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, Exists, exists, func, select

from integrations.events import CHANNELS
from workers.store import schema

_chunks: Final = schema.chunks.c


def channels(connection: Connection, account: str) -> list[str]:
    """The channels that were ever counted, in their usual order; what only waits to be folded is not among them."""
    asked = [_is_there(account, channel).label(channel) for channel in CHANNELS]
    row = connection.execute(select(*asked)).one()
    return [channel for channel, is_there in zip(CHANNELS, row, strict=True) if is_there]


def values(connection: Connection, account: str, kind: str, *, most: int) -> list[str]:
    """The values of a slice kind in the order of the database, `most` of them at most; '' (none) is left out."""
    return list(_values(connection, account, kind, most))


def _values(connection: Connection, account: str, kind: str, most: int) -> Iterator[str]:
    # One step in the index for each value: there are thousands of chunks for each.
    last = ""
    for _ in range(most):
        where = (_chunks.account == account, _chunks.kind == kind, _chunks.value > last)
        found = connection.execute(select(func.min(_chunks.value)).where(*where)).scalar_one()
        if found is None:
            return
        last = found
        yield found


def _is_there(account: str, channel: str) -> Exists:
    return exists().where(
        _chunks.account == account, _chunks.kind == "", _chunks.value == "", _chunks.channel == channel
    )
