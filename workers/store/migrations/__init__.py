"""How a database gets the tables of this version: Alembic revisions, looked for at every start."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from sqlalchemy import Engine, MetaData, inspect

from workers.store.database import Database
from workers.store.schema import door, work

#: The newest revision; a database that has it needs nothing.
NEWEST: Final = "0010"
_VERSION: Final = "alembic_version"


def upgrade(database: Database) -> None:
    """Bring the database to the newest revision; safe to repeat and to run from several processes."""
    if not database.is_sqlite:
        _upgrade(database.work, (door, work))
        return
    _upgrade(database.door, (door,))
    _upgrade(database.work, (work,))


def _upgrade(engine: Engine, parts: tuple[MetaData, ...]) -> None:
    if not _is_newest(engine):
        import_module("workers.store.migrations.running").run(engine, parts)


def _is_newest(engine: Engine) -> bool:
    with engine.connect() as connection:
        if not inspect(connection).has_table(_VERSION):
            return False
        return connection.exec_driver_sql(f"SELECT version_num FROM {_VERSION}").scalars().all() == [NEWEST]
