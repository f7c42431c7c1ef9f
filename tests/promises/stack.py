"""The product as it runs: its own processes on a Redis of their own, each to be killed, stopped and started alone."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self

import redis
from sqlalchemy import Table, func, select

from plugin import lifeline, up
from plugin.embedded_redis import redis_server
from plugin.preflight import check_port, prepare_home
from tests.servers import answers, wait_for
from workers.accounts import Account
from workers.rebuild import verify
from workers.runtime import open_runtime
from workers.settings import Settings
from workers.store import accounts, schema
from workers.store.calls import read_calls

SECRET = "whsec_dGhlIHNlY3JldCB0aGUgcHJvbWlzZXMgYXJlIHRlc3RlZCB3aXRo"
#: Nothing is told by the clock unless a test is about it.
QUIET: dict[str, Any] = {"time_zone": "Europe/Zagreb", "summaries": {"daily": None, "weekly": None}}
#: The worker's entry that also knows the desk whose calls break their reader.
POISONOUS = "tests.promises.poisonous"
SCALE = float(os.environ.get("DESKPULSE_PROMISES_SCALE", "1"))  # how much longer or shorter than usual


def scaled(number: int) -> int:
    """So many, times DESKPULSE_PROMISES_SCALE, but at least one."""
    return max(1, round(number * SCALE))


class Stack:
    """The processes of one installation, started by name: redis, web, intake, desks, sums.

    Use as a context manager: leaving it kills what is left, and a lifeline does when this process is killed.
    """

    def __init__(self, settings: Settings, *, queue: str = "", entry: str = "workers.main") -> None:
        """`queue` is how web and workers reach the Redis, when not by its socket."""
        self.settings = settings.changed(DESKPULSE_CALLS_PER_SECOND="0", DESKPULSE_FAILED_PROOFS_PER_MINUTE="0")
        prepare_home(self.settings)
        self.port = check_port("127.0.0.1", 0)
        self.redis_socket = self.settings.run_folder / "redis.sock"
        reached = self.settings.changed(DESKPULSE_REDIS_URL=queue) if queue else self.settings
        self._environment = up.environment(reached, dict(os.environ))
        parts = up.parts(self.settings, host="127.0.0.1", port=self.port)
        parts = (up.queue_part(self.settings, redis_server()), *parts)
        self._commands = {
            part.name: [word if word != "workers.main" else entry for word in part.command] for part in parts
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.runtime = open_runtime(self.settings)
        self._held = ExitStack()

    def __enter__(self) -> Self:
        self._lifeline = subprocess.Popen(
            [sys.executable, "-I", "-S", lifeline.__file__], stdin=subprocess.PIPE, start_new_session=True
        )
        return self

    def __exit__(self, *_reason: object) -> None:
        for name in list(self.processes):
            self.kill(name)
        assert self._lifeline.stdin is not None
        self._lifeline.stdin.close()
        self._lifeline.wait()
        self.runtime.database.dispose()

    @property
    def logs(self) -> Path:
        """The folder with a file for each process."""
        return self.settings.home

    def start(self, *names: str) -> None:
        """Start these, the Redis and the web process to the point where they answer."""
        for name in names:
            self._launch(name, self._commands[name])
            if name == "redis":
                wait_for(lambda: answers(self.redis_socket), what="redis")
        if "web" in names:
            wait_for(self.healthy, what="the web process", seconds=90)

    def start_another(self, name: str) -> str:
        """One more worker of that queue; what it is called."""
        other = f"{name}-{len(self.processes)}"
        self._launch(other, [word.replace(f"{name}@", f"{other}@") for word in self._commands[name]])
        return other

    def _launch(self, name: str, command: Sequence[str]) -> None:
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.settings.home,
                env=self._environment,
                process_group=0,
            )
        assert self._lifeline.stdin is not None
        self._lifeline.stdin.write(f"+{process.pid}\n".encode())
        self._lifeline.stdin.flush()

    def signal(self, name: str, number: int) -> None:
        """Send a signal to a process and its children."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.processes[name].pid, number)

    def kill(self, *names: str) -> None:
        """kill -9, children too, as a power cut would."""
        for name in names:
            self.signal(name, signal.SIGKILL)
            self.processes.pop(name).wait(timeout=20)

    def kill_child(self, name: str) -> None:
        """kill -9 of what works under a worker's parent, which then starts another."""
        for child in children(self.processes[name].pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)

    def pause(self, name: str) -> None:
        """Stop it in its tracks until `resume`."""
        self.signal(name, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self.signal(name, signal.SIGCONT)

    def alive(self, name: str) -> bool:
        return self.processes[name].poll() is None

    def healthy(self) -> bool:
        return self.get("/healthz")[0] == 200

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of one question to the web process; 0 when it does not answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def redis(self) -> redis.Redis:
        return redis.Redis.from_url(f"unix://{self.redis_socket}", socket_timeout=10)

    def add_account(self, slug: str = "acme", *, desk: str = "generic", **settings: Any) -> Account:
        """A quiet account whose secret is SECRET."""
        with self.runtime.database.write() as connection:
            return accounts.add(
                connection, slug, desk, {**QUIET, **settings}, secret=SECRET, vault=self.runtime.vault,
                now=self.runtime.clock(),
            )  # fmt: skip

    def inbox(self, account: str = "acme") -> list[bytes]:
        """The bodies of all calls that are kept, in order."""
        with self.runtime.database.door.connect() as connection:
            ids = list(connection.execute(select(schema.calls.c.id).where(schema.calls.c.account == account)).scalars())
            pages = [read_calls(connection, ids[start : start + 500]) for start in range(0, len(ids), 500)]
        return [call.body for page in pages for _, (_, _, call) in sorted(page.items())]

    def rows(self, table: Table) -> list[Any]:
        with self.runtime.database.read() as connection:
            return list(connection.execute(select(table).order_by(*table.primary_key)).all())

    def done(self) -> int:
        """How many calls are taken in."""
        with self.runtime.database.read() as connection:
            done = select(func.count()).select_from(schema.takes).where(schema.takes.c.finished_at.is_not(None))
            return connection.execute(done).scalar_one()

    def in_hand(self) -> int:
        """How many calls some worker holds at this moment."""
        now = self.runtime.clock()
        with self.runtime.database.read() as connection:
            takes = schema.takes.c
            held = select(func.count()).select_from(schema.takes)
            held = held.where(takes.finished_at.is_(None), takes.token.is_not(None), takes.lease_until > now)
            return connection.execute(held).scalar_one()

    def faults(self, account: str = "acme") -> list[str]:
        """What `verify` finds."""
        with self.runtime.database.read() as connection:
            found = accounts.find(connection, account, self.runtime.vault)
        assert found is not None
        return list(verify(self.runtime.database, found))


def children(parent: int) -> list[int]:
    """The processes that this one started and that still run."""
    return [int(word) for word in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


@contextmanager
def running(settings: Settings, *names: str, **options: str) -> Iterator[Stack]:
    """A stack with one quiet account, of whose processes these run."""
    with Stack(settings, **options) as stack:
        stack.add_account()
        stack.start(*names)
        yield stack


def on_both(scenario: Any, *settings: Settings) -> list[Any]:
    """Play a scenario that mostly waits on every database at once; the first failure is raised."""
    with ThreadPoolExecutor(len(settings)) as threads:
        return [each.result() for each in [threads.submit(scenario, one) for one in settings]]


def seconds_until(holds: Any, *, limit: float, what: str) -> float:
    """How long it took until it held."""
    started = time.monotonic()
    wait_for(holds, seconds=limit, what=what)
    return time.monotonic() - started


def raw(port: int, request: bytes, *, seconds: float = 15.0) -> bytes:
    """What a server answers to these very bytes."""
    answer = b""
    with contextlib.suppress(ConnectionError, TimeoutError), socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(seconds)
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        while piece := client.recv(65536):
            answer += piece
    return answer
