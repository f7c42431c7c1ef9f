"""What tests may ask for: settings of a home of their own, and a real database and queue."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import hypothesis
import pytest
import redis
from jinja2 import Environment
from sqlalchemy import URL, Engine, create_engine
from werkzeug.routing import Rule

from tests.servers import PostgreSQL, memory_folder, running_postgresql, running_redis
from workers.settings import Settings
from workers.store import users
from workers.store.database import open_database
from workers.store.migrations import upgrade

# A busy machine is no fault of what is tested; what hangs is ended by the time-out of each test.
# `make promises` looks harder, with `--hypothesis-profile=thorough`.
hypothesis.settings.register_profile("quick", deadline=None, max_examples=15)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=200)
hypothesis.settings.load_profile("quick")

# pytest reads it when the first test asks for a folder
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", memory_folder() or tempfile.gettempdir())


@pytest.fixture(scope="session", autouse=True)
def temporary_folder() -> Iterator[None]:
    """What the product leaves in the machine's folder for temporary files is gone when the tests are."""
    place = memory_folder() or tempfile.gettempdir()
    with (
        tempfile.TemporaryDirectory(prefix="dp-", dir=place, ignore_cleanup_errors=True) as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


def pytest_collection_finish() -> None:
    """Thousands of collected tests live as long as the run: the garbage collector need not look at them again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """What SQLAlchemy compiles for one test's database, and asks of its server, serves the next.

    Anew for each it takes a quarter of a run.
    """
    kept: dict[tuple[str, bool], Engine] = {}

    def create(url: URL, **options: Any) -> Engine:
        alike = (url.get_backend_name(), "poolclass" in options)
        first = kept.get(alike)
        if first is None or getattr(first.dialect, "server_version_info", None) is None:  # it has met no database yet
            kept[alike] = create_engine(url, **options)
            return kept[alike]
        engine = create_engine(url, _initialize=False, **options)
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workers.store.database.create_engine", create)
        yield


@pytest.fixture(scope="session", autouse=True)
def routes_compiled_once() -> Iterator[None]:
    """What werkzeug compiles for a route of one test's application serves the next: anew, it is a fifth of the time."""
    compile_route, kept = Rule._compile_builder, dict[tuple[Any, ...], Any]()

    def compiled(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return compile_route(rule, append_unknown)
        alike = (rule.rule, tuple(rule._trace), append_unknown)
        if alike not in kept:
            kept[alike] = compile_route(rule, append_unknown)
        return kept[alike]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compiled)
        yield


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Iterator[None]:
    """What Jinja compiles for one test's application serves the next."""
    compile_template, kept = Environment.compile, dict[tuple[Any, ...], Any]()

    def compiled(environment: Environment, source: str, *names: Any, **options: Any) -> Any:
        alike = (source, *names, *options.items(), tuple(environment.filters), tuple(environment.tests))
        if alike not in kept:
            kept[alike] = compile_template(environment, source, *names, **options)
        return kept[alike]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Environment, "compile", compiled)
        yield


_SLOW_HASH: Final = (users._METHOD, users._NOBODYS)


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """Passwords are hashed by the same steps in a hundredth of the time; ask for `slow_hash` where that matters."""
    slow, fast = users._METHOD, "scrypt:1024:8:1"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "_METHOD", fast)
        patch.setattr(users, "_NOBODYS", users._NOBODYS.replace(slow, fast))
        yield


@pytest.fixture
def slow_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as the product does it."""
    method, nobodys = _SLOW_HASH
    monkeypatch.setattr(users, "_METHOD", method)
    monkeypatch.setattr(users, "_NOBODYS", nobodys)


def prepare(url: str) -> None:
    """Give the database at this address its tables."""
    opened = open_database(url)
    try:
        upgrade(opened)
    finally:
        opened.dispose()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """The address of this run's Redis; ask for `redis_url` to find it empty."""
    with running_redis() as url:
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """An empty Redis."""
    client = redis.Redis.from_url(redis_server)
    client.flushall()
    client.close()
    return redis_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgreSQL]:
    """This run's PostgreSQL; ask for `postgres_url` for a database in it."""
    with running_postgresql() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgreSQL) -> Iterator[str]:
    """A PostgreSQL database with our tables and no rows."""
    url = postgres_server.lend(prepare)
    yield url
    postgres_server.give_back(url)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with SQLite files that have our tables and no rows; copied, never used."""
    folder = tmp_path_factory.mktemp("sqlite")
    prepare(f"sqlite:///{folder}/deskpulse.db")
    return folder


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Two SQLite files with our tables and no rows."""
    folder = tmp_path / "database"
    shutil.copytree(sqlite_template, folder)
    return f"sqlite:///{folder}/deskpulse.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Once each database we promise, with our tables and no rows."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Once each database we promise, with nothing in it at all."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/bare.db"
        return
    server: PostgreSQL = request.getfixturevalue("postgres_server")
    url = server.new()
    yield url
    server.drop(url)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings on an empty database, with a home and a key of their own; nothing listens at their Redis.

    `settings.changed(DESKPULSE_REDIS_URL=redis_url)` gives them one.
    """
    return Settings.read(
        {
            "DESKPULSE_HOME": str(tmp_path / "home"),
            "DESKPULSE_DATABASE_URL": database_url,
            "DESKPULSE_SECRET_KEY": "a key for the tests, of no worth elsewhere",
            "DESKPULSE_ALLOW_PRIVATE_DESKS": "1",
        }
    )
