"""A database with one account, and the web application on it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from plugin.app import close_app, create_app
from tests.plugin.calling import SECRET
from workers.secrets import vault
from workers.settings import Settings
from workers.store import accounts, schema
from workers.store.calls import read_calls
from workers.store.database import Database, open_database


@dataclass
class World:
    """The parts a test looks at."""

    settings: Settings
    database: Database
    nudges: list[None] = field(default_factory=list)

    def add_account(self, slug: str, *, secret: str = SECRET, desk: str = "generic") -> None:
        """One more account."""
        now = time.time_ns() // 1000
        with self.database.write() as connection:
            accounts.add(connection, slug, desk, {}, secret=secret, vault=vault(self.settings), now=now)

    def change_secret(self, slug: str, secret: str, *, now: int) -> None:
        """Rotate an account's secret."""
        safe = vault(self.settings)
        with self.database.write() as connection:
            account = accounts.find(connection, slug, safe)
            assert account is not None
            accounts.save(connection, accounts.with_new_secret(account, secret, now), safe)

    def ids(self) -> list[int]:
        """The numbers of all calls that are kept, in order."""
        with self.database.door.connect() as connection:
            return list(connection.execute(select(schema.calls.c.id).order_by(schema.calls.c.id)).scalars())

    def bodies(self) -> list[bytes]:
        """The bodies of all calls that are kept, in order."""
        with self.database.door.connect() as connection:
            return [call.body for _, (_, _, call) in sorted(read_calls(connection, self.ids()).items())]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def world(settings: Settings, database: Database) -> World:
    settings.home.mkdir(parents=True)
    made = World(settings, database)
    made.add_account("acme")
    return made


@pytest.fixture
def app(world: World) -> Iterator[Flask]:
    made = create_app(world.settings, world.database, send=lambda: world.nudges.append(None))
    yield made
    close_app(made)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
