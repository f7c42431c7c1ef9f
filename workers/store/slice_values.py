"""Which channels, departments, tags and other slices an account's figures have, without reading the figures."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Exists, Select, bindparam, exists, func, literal, select

from integrations.events import CHANNELS
from workers.store import schema

_chunks: Final = schema.chunks.c


def _next(last: ColumnElement[str]) -> Select[Any]:
    """The value after this one, null after the last."""
    ours = (_chunks.account == bindparam("account"), _chunks.kind == bindparam("kind"))
    return select(func.min(_chunks.value).label("value")).where(*ours, _chunks.value > last)


def _in_order() -> Select[Any]:
    """One step in the index for each value, for there are thousands of chunks of each."""
    first = _next(literal("")).add_columns(literal(1).label("place")).cte("found", recursive=True)
    further = select(_next(first.c.value).scalar_subquery(), first.c.place + 1)
    found = first.union_all(further.where(first.c.value.is_not(None), first.c.place < bindparam("most")))
    told = (found.c.value.is_not(None), found.c.place <= bindparam("most"))
    return select(found.c.value).where(*told).order_by(found.c.place)


def _is_there(channel: str) -> Exists:
    ours = (_chunks.account == bindparam("account"), _chunks.kind == "", _chunks.value == "")
    return exists().where(*ours, _chunks.channel == channel)


_VALUES: Final = _in_order()
_CHANNELS_THERE: Final = select(*(_is_there(channel).label(channel) for channel in CHANNELS))


def channels(connection: Connection, account: str) -> list[str]:
    """The channels that were ever counted, in their usual order; what only waits to be folded is not among them."""
    row = connection.execute(_CHANNELS_THERE, {"account": account}).one()
    return [channel for channel, is_there in zip(CHANNELS, row, strict=True) if is_there]


def values(connection: Connection, account: str, kind: str, *, most: int) -> list[str]:
    """The values of a slice kind in the order of the database, `most` of them at most; '' (none) is left out."""
    return list(connection.execute(_VALUES, {"account": account, "kind": kind, "most": most}).scalars())
