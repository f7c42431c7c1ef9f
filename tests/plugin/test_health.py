"""Alive, ready and the numbers."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from plugin.app import close_app, create_app
from plugin.health import Checks
from tests.plugin.calling import BODY, DOOR, is_error, signed
from tests.plugin.conftest import World
from workers.store import schema
from workers.store.calls import NewCall, open_writer
from workers.store.gauges import gauges

_NOW = 1_000_000_000


def test_alive_needs_nothing_else(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_ready_tells_about_each_part_and_redis_decides_nothing(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    told = {name: answer.json[name] for name in ("status", "database", "home", "redis")}
    assert told == {"status": "ready", "database": "ok", "home": "ok", "redis": "away"}
    assert answer.json["oldest_waiting_seconds"] == 0.0


def test_without_its_home_folder_it_is_not_ready(client: FlaskClient, world: World) -> None:
    world.settings.home.rename(world.settings.home.with_name("elsewhere"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert is_error(answer.json, "not_ready")
    assert answer.json is not None
    assert answer.json["error"]["details"]["home"] == "not writable"
    assert "Retry-After" in answer.headers


def test_ready_says_how_long_the_oldest_call_waits(client: FlaskClient, world: World) -> None:
    _keep(world, at=time.time_ns() // 1000 - 90_000_000)
    answer = client.get("/readyz")
    assert answer.json is not None
    assert 89 < answer.json["oldest_waiting_seconds"] < 120


def test_a_check_that_hangs_is_given_up(world: World, tmp_path: Path) -> None:
    world.settings.home.mkdir(exist_ok=True)
    answer = threading.Event()
    checks = Checks(world.database, tmp_path, lambda: answer.wait(20))
    started = time.monotonic()
    assert checks.queue_answers() is False
    assert time.monotonic() - started < 5
    answer.set()
    checks.close()


def test_the_numbers_count_outcomes_and_batches(client: FlaskClient) -> None:
    for headers in (signed(BODY), signed(BODY), {}):
        client.post(DOOR, data=BODY, headers=headers)
    client.get(DOOR)
    text = client.get("/metrics").get_data(as_text=True)
    assert 'deskpulse_door_requests_total{outcome="accepted"} 2.0' in text
    assert 'deskpulse_door_requests_total{outcome="refused"} 1.0' in text
    assert 'deskpulse_door_requests_total{outcome="probe"} 1.0' in text
    assert "deskpulse_keep_seconds_count 2.0" in text
    assert "deskpulse_keep_batch_sum 2.0" in text
    assert "deskpulse_waiting_calls 2.0" in text


def test_the_numbers_name_no_account_and_no_address(client: FlaskClient) -> None:
    client.post("/webhooks/generic/canary", data=BODY)
    client.post(DOOR + "?token=canary", data=BODY, headers=signed(BODY))
    text = client.get("/metrics").get_data(as_text=True)
    assert "canary" not in text
    assert "acme" not in text
    assert "127.0.0.1" not in text


def test_what_waits_is_counted_from_rows(world: World) -> None:
    ids = [_keep(world, at=_NOW + number) for number in range(4)]
    with world.database.write() as connection:
        rows = [
            {"account": "acme", "call": ids[0], "lease_until": 0, "attempts": 1, "finished_at": 1, "outcome": "done"},
            {**_finished(ids[1]), "outcome": "unreadable"},
            {**_finished(ids[2]), "outcome": "set_aside"},
        ]
        connection.execute(schema.takes.delete())
        connection.execute(insert(schema.takes), [{"error": None, **row} for row in rows])
        waiting = {"held": None, "attempts": 0, "next_at": 0, "lease_until": 0, "asked_at": 0, "wish": "{}"}
        for ticket, state in (("1", "waiting"), ("2", "done")):
            action = {"account": "acme", "ticket": ticket, "purpose": "channel", "state": state, **waiting}
            connection.execute(insert(schema.actions).values(action))
        asked = {"account": "acme", "ticket": "1", "wanted": 1, "origin": "live", "next_at": 0, "lease_until": 0}
        connection.execute(insert(schema.refreshes).values(**asked, attempts=0, state="waiting"))
        if not world.database.is_sqlite:  # there the door itself makes the take
            connection.execute(insert(schema.takes).values(account="acme", call=ids[3], lease_until=0, attempts=0))
    found = gauges(world.database, now=_NOW + 5_000_003)
    assert (found.waiting_calls, found.unreadable, found.set_aside) == (1, 1, 1)
    assert (found.waiting_actions, found.waiting_refreshes) == (1, 1)
    assert found.oldest_seconds == 5.0


def _finished(call: int) -> dict[str, object]:
    return {"account": "acme", "call": call, "lease_until": 0, "attempts": 1, "finished_at": 1, "error": "no JSON"}


def _keep(world: World, *, at: int) -> int:
    writer = open_writer(world.database.door)
    (kept,) = writer.write([NewCall("acme", "generic", None, at, "{}", "{}", b"{}")])
    writer.close()
    return kept.id


def test_scrapes_at_the_same_time_are_all_answered(app: Flask) -> None:
    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(lambda _: app.test_client().get("/metrics").status_code, range(12)))
    assert statuses == [200] * 12


@pytest.mark.parametrize("path", ["/nothing", "/webhooks", "/webhooks/", "/webhooks/generic", "/webhooks/a/b/c"])
def test_an_unknown_address_gets_the_one_shape(client: FlaskClient, path: str) -> None:
    answer = client.post(path, data=BODY)
    assert answer.status_code == 404
    assert is_error(answer.json, "not_found")


def test_a_wrong_method_gets_the_one_shape_and_is_told_the_right_one(client: FlaskClient) -> None:
    answer = client.post("/healthz")
    assert answer.status_code == 405
    assert is_error(answer.json, "method_not_allowed")
    assert "GET" in answer.headers["Allow"]


def test_a_mistake_of_ours_gets_the_one_shape_and_tells_nothing(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    app = create_app(world.settings, world.database, send=lambda: None)

    @app.get("/mistake")
    def mistake() -> str:
        raise ValueError("canary@example.org")

    answer = app.test_client().get("/mistake")
    close_app(app)
    assert answer.status_code == 500
    assert is_error(answer.json, "internal_error")
    assert "canary" not in answer.get_data(as_text=True)
