"""Which channels, departments, tags and other slices an account's figures have, without reading the figures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Exists,
    Select,
    Text,
    bindparam,
    exists,
    func,
    literal,
    select,
    union_all,
)

from integrations.events import CHANNELS
from workers.store import schema

_chunks: Final = schema.chunks.c


def _next(kind: ColumnElement[str], last: ColumnElement[str]) -> Select[Any]:
    """The value of a kind after this one, null after the last."""
    ours = (_chunks.account == bindparam("account"), _chunks.kind == kind)
    return select(func.min(_chunks.value).label("value")).where(*ours, _chunks.value > last)


@cache
def _in_order(kinds: int) -> Select[Any] | CompoundSelect[Any]:
    """The values of so many kinds: one step in the index for each value, for there are thousands of chunks of each."""
    return union_all(*map(_of_one_kind, range(kinds))).order_by("number", "place")


def _of_one_kind(number: int) -> Select[Any]:
    kind = bindparam(f"kind{number}", type_=Text)
    first = _next(kind, literal("")).add_columns(literal(1).label("place")).cte(f"found{number}", recursive=True)
    further = select(_next(kind, first.c.value).scalar_subquery(), first.c.place + 1)
    found = first.union_all(further.where(first.c.value.is_not(None), first.c.place < bindparam("most")))
    told = (found.c.value.is_not(None), found.c.place <= bindparam("most"))
    return select(literal(number).label("number"), found.c.value, found.c.place.label("place")).where(*told)


def _is_there(channel: str) -> Exists:
    ours = (_chunks.account == bindparam("account"), _chunks.kind == "", _chunks.value == "")
    return exists().where(*ours, _chunks.channel == channel)


_CHANNELS_THERE: Final = select(*(_is_there(channel).label(channel) for channel in CHANNELS))


def channels(connection: Connection, account: str) -> list[str]:
    """The channels that were ever counted, in their usual order; what only waits to be folded is not among them."""
    row = connection.execute(_CHANNELS_THERE, {"account": account}).one()
    return [channel for channel, is_there in zip(CHANNELS, row, strict=True) if is_there]


def values(connection: Connection, account: str, kinds: Sequence[str], *, most: int) -> dict[str, list[str]]:
    """Of each slice kind its values in the order of the database, `most` of them at most; '' (none) is left out."""
    told = {f"kind{number}": kind for number, kind in enumerate(kinds)}
    found: dict[str, list[str]] = {kind: [] for kind in kinds}
    for number, value, _ in connection.execute(_in_order(len(kinds)), {**told, "account": account, "most": most}):
        found[kinds[number]].append(value)
    return found
