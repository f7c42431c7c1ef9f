"""How a database gets the tables of this version: Alembic revisions, run at every start."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData

from workers.store.database import Database
from workers.store.schema import door, work

#: A key of PostgreSQL's advisory locks, so that two processes that start together migrate one after the other.
_LOCK = 7_302_118


def upgrade(database: Database) -> None:
    """Bring the database to the newest revision; safe to repeat and to run from several processes."""
    if not database.is_sqlite:
        _upgrade(database.work, (door, work))
        return
    _upgrade(database.door, (door,))
    _upgrade(database.work, (work,))


def _upgrade(engine: Engine, parts: tuple[MetaData, ...]) -> None:
    with engine.execution_options(immediate=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        command.upgrade(_config(connection, parts), "head")


def _config(connection: Connection, parts: tuple[MetaData, ...]) -> Config:
    config = Config()
    config.set_main_option("script_location", "workers.store:migrations")
    config.attributes["connection"] = connection
    config.attributes["parts"] = parts
    return config
