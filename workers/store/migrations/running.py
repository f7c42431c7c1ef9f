"""Runs Alembic's revisions; a room of its own, because loading Alembic takes as long as all else of a start."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData

#: A key of PostgreSQL's advisory locks, so that two processes that start together migrate one after the other.
_LOCK = 7_302_118


def run(engine: Engine, parts: tuple[MetaData, ...]) -> None:
    """Bring one database to the newest revision."""
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
