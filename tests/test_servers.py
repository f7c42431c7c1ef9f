"""The servers that the other tests stand on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis

from tests import servers
from tests.servers import PostgreSQL, running_postgresql, wait_for

ROOT = Path(__file__).parent.parent

DIES = """
import os, sys
from tests.servers import running_redis
with running_redis() as url:
    print(url, flush=True)
    sys.stdin.read()
"""


def run(url: str, statement: str) -> None:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(statement.encode())


def said_by(url: str, statement: str) -> object:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return connection.execute(statement.encode()).fetchone()


def test_the_queue_never_forgets_a_key_to_make_room(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert client.config_get("append*")["appendfsync"] == "everysec"
    assert client.dbsize() == 0
    client.close()


def test_each_test_has_a_database_of_its_own(postgres_server: PostgreSQL) -> None:
    one, other = postgres_server.new(), postgres_server.new()
    run(one, "CREATE TABLE mine AS SELECT 7 AS n")
    assert said_by(one, "SELECT n FROM mine") == (7,)
    with pytest.raises(psycopg.errors.UndefinedTable):
        said_by(other, "SELECT * FROM mine")
    postgres_server.drop(one)
    postgres_server.drop(other)


def test_the_database_in_the_wheel_serves_where_none_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_installed", lambda: None)
    with running_postgresql() as server:
        assert said_by(server.new(), "SHOW fsync") == ("off",)


def test_programs_that_the_servers_user_must_not_enter_are_copied(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    (hidden / "bin").mkdir(parents=True)
    (hidden / "bin" / "postgres").write_text("#!/bin/sh\n")
    (hidden / "bin" / "postgres").chmod(0o755)
    hidden.chmod(0o700)
    user = servers._server_user()
    found = servers._within_reach(hidden / "bin", tmp_path, user)
    assert found == (hidden / "bin" if user is None else tmp_path / "programs" / "bin")
    assert (found / "postgres").is_file()


@pytest.mark.parametrize(("end", "number"), [(os.kill, signal.SIGKILL), (os.killpg, signal.SIGTERM)])
def test_a_server_ends_with_the_tests_that_started_it_even_when_those_are_killed(
    end: Callable[[int, int], None], number: int
) -> None:
    tests = subprocess.Popen(
        [sys.executable, "-c", DIES],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    assert tests.stdout is not None
    path = Path(tests.stdout.readline().strip().removeprefix("unix://"))
    assert servers.answers(path)
    end(tests.pid, number)
    tests.communicate()
    wait_for(lambda: not servers.answers(path), what="the server to end")
    wait_for(lambda: not path.parent.exists(), what="its folder to go")


def test_waiting_ends_with_a_failure_that_names_what_was_awaited() -> None:
    with pytest.raises(AssertionError, match="for a pig to fly"):
        wait_for(lambda: False, seconds=0.05, what="a pig to fly")
