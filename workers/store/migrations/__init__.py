"""How a database gets the tables of this version: Alembic revisions, looked for at every start."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from sqlalchemy import Engine, MetaData, inspect

from integrations.errors import GiveUp
from workers.store.database import Database
from workers.store.schema import door, work

#: The newest revision; a database that has it needs nothing.
NEWEST: Final = "0011"
_VERSION: Final = "alembic_version"


def upgrade(database: Database) -> None:
    """Bring the database to the newest revision; safe to repeat and to run from several processes.

    GiveUp when it is of a later version of Deskpulse.
    """
    if not database.is_sqlite:
        _upgrade(database.work, (door, work))
        return
    _upgrade(database.door, (door,))
    _upgrade(database.work, (work,))


def _upgrade(engine: Engine, parts: tuple[MetaData, ...]) -> None:
    revision = _revision(engine)
    if revision > NEWEST:
        raise GiveUp(
            f"The tables are of a later version of Deskpulse (revision {revision}, this one knows {NEWEST}): "
            "install that version, or restore a backup that was made before it."
        )
    if revision < NEWEST:
        import_module("workers.store.migrations.running").run(engine, parts)


def _revision(engine: Engine) -> str:
    """The revision that the database has; '' before the first."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(_VERSION):
            return ""
        return max(connection.exec_driver_sql(f"SELECT version_num FROM {_VERSION}").scalars(), default="")
