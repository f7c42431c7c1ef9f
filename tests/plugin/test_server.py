"""The real server: exact limits on the wire, slow clients, kills, and parts that are away."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import event, make_url

from integrations.errors import DeskpulseError
from plugin.app import close_app, create_app
from tests.desks.hostile import BODIES
from tests.plugin.calling import BODY, DOOR, ask, is_error, serving, signed
from tests.plugin.conftest import World
from tests.servers import KEPT, wait_for
from workers.settings import Settings
from workers.store.database import open_database


@pytest.fixture
def port(app: Flask, world: World) -> Iterator[int]:
    with serving(app, world.settings) as port:
        yield port


def _chunks(body: bytes, size: int) -> Iterator[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


@pytest.mark.parametrize("size", [1, 1000, 65536])
def test_a_chunked_body_of_exactly_the_limit_is_kept_whatever_the_chunks(world: World, size: int) -> None:
    small = world.settings.changed(DESKPULSE_MAX_BODY_BYTES="20000")
    app = create_app(small, world.database, send=lambda: None)
    body, longer = b"x" * 20000, b"x" * 20001
    with serving(app, small) as port:
        kept = ask(port, body=_chunks(body, size), headers={**signed(body), "Transfer-Encoding": "chunked"})
        refused = ask(port, body=_chunks(longer, size), headers={**signed(longer), "Transfer-Encoding": "chunked"})
    close_app(app)
    assert (kept.status, refused.status) == (202, 413)
    assert is_error(refused.json, "too_large")
    assert world.bodies() == [body]


def test_a_plain_body_of_exactly_the_limit_is_kept_and_one_byte_more_is_not(port: int, world: World) -> None:
    limit = world.settings.max_body_bytes
    kept = ask(port, body=b"x" * limit, headers=signed(b"x" * limit))
    refused = ask(port, body=b"x" * (limit + 1), headers=signed(b"x" * (limit + 1)))
    assert (kept.status, refused.status) == (202, 413)
    assert refused.json["error"]["details"] == {"limit": limit}
    assert len(world.ids()) == 1


def test_a_body_that_the_server_itself_refuses_gets_the_same_shape(port: int) -> None:
    answer = _raw(port, b"POST /webhooks/generic/acme HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'{"error":{"code":"too_large"' in answer


@pytest.mark.parametrize(
    ("request_bytes", "status", "code"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"400", b"bad_request"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", b"501", b"not_implemented"),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", b"431", b"headers_too_large"),
        (b"\x00\xff\xfe\r\n\r\n", b"400", b"bad_request"),
    ],
)
def test_what_is_not_http_gets_the_same_shape(port: int, request_bytes: bytes, status: bytes, code: bytes) -> None:
    answer = _raw(port, request_bytes)
    assert answer.split(b" ")[1] == status
    assert b'{"error":{"code":"' + code + b'"' in answer
    assert b"Server:" not in answer


def _raw(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(request)
        answer = b""
        while piece := client.recv(65536):
            answer += piece
            if b"}}" in answer:
                break
        return answer


def test_hostile_bodies_over_the_wire_are_kept_and_never_our_failure(port: int, world: World) -> None:
    statuses = [ask(port, body=body, headers=signed(body)).status for body in BODIES]
    assert set(statuses) == {202}
    assert len(world.ids()) == len(BODIES)


def test_two_hundred_stalled_clients_do_not_hold_up_a_healthy_one(port: int) -> None:
    head = f"POST {DOOR} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n".encode()
    with ExitStack() as held:
        for number in range(200):
            stalled = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            stalled.sendall(head + b"x" if number % 2 else head[:20])
        taken = []
        for _ in range(10):
            started = time.monotonic()
            assert ask(port, body=BODY, headers=signed(BODY)).status == 202
            taken.append(time.monotonic() - started)
        assert sorted(taken)[-2] < 1.0


def test_a_stalled_client_is_cut_off(sqlite_url: str, tmp_path: Path) -> None:
    world = _world_at(sqlite_url, tmp_path)
    app = create_app(world.settings, world.database, send=lambda: None)
    with (
        serving(app, world.settings) as port,
        socket.create_connection(("127.0.0.1", port), timeout=30) as stalled,
    ):
        stalled.sendall(b"POST /webhooks/generic/acme HTTP/1.1\r\nContent-Le")
        started = time.monotonic()
        assert stalled.recv(1) == b""
        assert time.monotonic() - started < 12
    close_app(app)
    world.database.dispose()


def test_a_queue_that_never_answers_holds_up_nobody(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as frozen:
        settings = world.settings.changed(DESKPULSE_REDIS_URL=f"redis://127.0.0.1:{frozen.getsockname()[1]}/0")
        app = create_app(settings, world.database)
        with serving(app, settings) as port:
            started = time.monotonic()
            statuses = [ask(port, body=BODY, headers=signed(BODY)).status for _ in range(20)]
            taken = time.monotonic() - started
            ready = ask(port, "GET", "/readyz")
        close_app(app)
    assert statuses == [202] * 20
    assert taken < 5
    assert (ready.status, ready.json["redis"]) == (200, "away")


def test_while_the_database_is_locked_calls_are_refused_with_a_time_to_come_back(
    sqlite_url: str, tmp_path: Path
) -> None:
    world = _world_at(sqlite_url, tmp_path)
    app = create_app(world.settings, world.database, send=lambda: None)
    with serving(app, world.settings) as port:
        assert ask(port, body=BODY, headers=signed(BODY)).status == 202
        lock = sqlite3.connect(str(world.database.door.url.database), isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        refused = ask(port, body=BODY, headers=signed(BODY))
        alive = ask(port, "GET", "/healthz")
        lock.execute("ROLLBACK")
        lock.close()
        again = ask(port, body=BODY, headers=signed(BODY))
    close_app(app)
    assert (refused.status, alive.status, again.status) == (503, 200, 202)
    assert int(refused.headers["retry-after"]) >= 1
    assert is_error(refused.json, "unavailable")
    assert len(world.ids()) == 2


def test_while_the_disk_is_full_calls_are_refused_and_nothing_breaks(sqlite_url: str, tmp_path: Path) -> None:
    world = _world_at(sqlite_url, tmp_path)
    full = [True]

    @event.listens_for(world.database.door, "connect")
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        # The writer drops its connection after a failure, so the next one sees whether there is room again.
        if full[0]:
            connection.execute("PRAGMA max_page_count = 20")

    app = create_app(world.settings, world.database, send=lambda: None)
    with serving(app, world.settings) as port:
        body = b"x" * 300_000
        refused = [ask(port, body=body, headers=signed(body)).status for _ in range(3)]
        full[0] = False
        world.database.door.dispose()
        kept = ask(port, body=body, headers=signed(body)).status
    close_app(app)
    assert (refused, kept) == ([503] * 3, 202)
    assert world.bodies() == [body]


def _world_at(url: str, folder: Path) -> World:
    settings = Settings.read({"DESKPULSE_HOME": str(folder), "DESKPULSE_DATABASE_URL": url})
    world = World(settings, open_database(url))
    world.add_account("acme")
    return world


def test_after_postgresql_dropped_every_connection_the_next_call_is_kept(postgres_url: str, tmp_path: Path) -> None:
    world = _world_at(postgres_url, tmp_path)
    app = create_app(world.settings, world.database, send=lambda: None)
    with serving(app, world.settings) as port:
        assert ask(port, body=BODY, headers=signed(BODY)).status == 202
        _end_connections(postgres_url)
        assert ask(port, body=BODY, headers=signed(BODY)).status == 202
    close_app(app)
    assert len(world.ids()) == 2
    world.database.dispose()


def test_while_postgresql_is_away_calls_are_refused_and_later_kept(postgres_url: str, tmp_path: Path) -> None:
    world = _world_at(postgres_url, tmp_path)
    app = create_app(world.settings, world.database, send=lambda: None)
    name = make_url(postgres_url).database
    with serving(app, world.settings) as port:
        assert ask(port, body=BODY, headers=signed(BODY)).status == 202
        with psycopg.connect(_server(postgres_url), autocommit=True) as admin:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            _end_connections(postgres_url)
            refused = ask(port, body=BODY, headers=signed(BODY))
            ready = ask(port, "GET", "/readyz")
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        wait_for(lambda: ask(port, body=BODY, headers=signed(BODY)).status == 202, seconds=10, what="recovery")
    close_app(app)
    assert refused.status == 503
    assert "retry-after" in refused.headers
    assert is_error(ready.json, "not_ready")
    assert ready.json["error"]["details"]["database"] == "away"
    world.database.dispose()


def _server(url: str) -> str:
    return make_url(url).set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)


def _end_connections(url: str) -> None:
    with psycopg.connect(_server(url), autocommit=True) as admin:
        those = "datname = %s AND application_name <> %s"
        mine = (make_url(url).database, KEPT)
        admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {those}", mine)


class _WebProcess:
    """The web process as it is started in production."""

    def __init__(self, world: World, **variables: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "plugin.main", "--port", str(self.port)],
            env={**os.environ, **world.settings.variables, **variables},
            stderr=subprocess.PIPE,
        )
        wait_for(self.alive, what="the web process")

    def alive(self) -> bool:
        try:
            return ask(self.port, "GET", "/healthz").status == 200
        except OSError:
            return False

    def end(self, number: int) -> tuple[int, bytes]:
        self.process.send_signal(number)
        _, log = self.process.communicate(timeout=30)
        return self.process.returncode, log


def _load(port: int, sent: list[bytes], acknowledged: dict[int, bytes], name: str) -> None:
    """Call until the process is gone, noting what was acknowledged under which number."""
    for number in range(100_000):
        body = f"{name}-{number}".encode()
        try:
            answer = ask(port, body=body, headers=signed(body))
        except (OSError, HTTPException):
            return
        sent.append(body)
        if answer.status == 202:
            acknowledged[int(answer.json["call"])] = body


def _under_load(web: _WebProcess, name: str, number: int, acknowledged: dict[int, bytes]) -> tuple[int, bytes]:
    sent: list[bytes] = []
    threads = [
        threading.Thread(target=_load, args=(web.port, sent, acknowledged, f"{name}-{each}")) for each in range(4)
    ]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(sent) > 40, what="some calls")
    ended = web.end(number)
    for thread in threads:
        thread.join()
    return ended


def test_every_acknowledged_call_survives_kill_9(world: World) -> None:
    acknowledged: dict[int, bytes] = {}
    for turn in range(3):
        _under_load(_WebProcess(world), f"turn-{turn}", signal.SIGKILL, acknowledged)
    kept = dict(zip(world.ids(), world.bodies(), strict=True))
    assert len(acknowledged) > 100
    assert {number: kept.get(number) for number in acknowledged} == acknowledged


def test_sigterm_finishes_what_is_in_hand_and_ends_cleanly(world: World) -> None:
    acknowledged: dict[int, bytes] = {}
    code, log = _under_load(_WebProcess(world), "turn", signal.SIGTERM, acknowledged)
    kept = dict(zip(world.ids(), world.bodies(), strict=True))
    assert code == 0
    assert b"Traceback" not in log
    assert {number: kept.get(number) for number in acknowledged} == acknowledged


def test_a_variable_that_is_no_setting_is_in_the_log(sqlite_url: str, tmp_path: Path) -> None:
    world = _world_at(sqlite_url, tmp_path)
    web = _WebProcess(world, DESKPULSE_WEB_TREADS="8")
    code, log = web.end(signal.SIGTERM)
    assert code == 0
    assert log.count(b"DESKPULSE_WEB_TREADS is not a setting; did you mean DESKPULSE_WEB_THREADS?") == 1
    world.database.dispose()


def test_a_port_that_is_taken_is_one_line_and_exit_2(sqlite_url: str, tmp_path: Path) -> None:
    world = _world_at(sqlite_url, tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "plugin.main", "--port", str(port)],
            env={**os.environ, **world.settings.variables},
            capture_output=True,
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr.count(b"\n") == 1
    assert b"choose another with --port" in ended.stderr
    world.database.dispose()


def test_a_part_that_fails_to_wake_the_workers_costs_no_call(world: World) -> None:
    def send() -> None:
        raise DeskpulseError("the queue is away")

    app = create_app(world.settings, world.database, send=send)
    answers = [app.test_client().post(DOOR, data=BODY, headers=signed(BODY)).status_code for _ in range(3)]
    close_app(app)
    assert answers == [202] * 3
