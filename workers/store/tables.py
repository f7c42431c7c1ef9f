"""What tables are made of."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Column, ColumnElement, Index, MetaData, Text

door: Final = MetaData()  #: what the web process writes
work: Final = MetaData()  #: what the workers write


def key(name: str = "account") -> Column[str]:
    """A part of the primary key; the account is always the first."""
    return Column(name, Text, primary_key=True)


def moment(name: str, *, nullable: bool = True) -> Column[int]:
    """A column for an Instant."""
    return Column(name, BigInteger, nullable=nullable)


def index_where(name: str, *columns: Column[Any], where: ColumnElement[bool]) -> None:
    """An index over a part of a table."""
    Index(name, *columns, sqlite_where=where, postgresql_where=where)
