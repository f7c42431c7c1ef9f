"""What the door lets in, what it refuses, and what it keeps."""

from __future__ import annotations

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from integrations.base import Call
from integrations.generic.webhook import Generic
from plugin.app import close_app, create_app
from tests.desks.hostile import BODIES
from tests.plugin.calling import BODY, DOOR, OTHER, SECRET, delivered, is_error, signed
from tests.plugin.conftest import World
from tests.servers import wait_for
from workers.store import schema
from workers.store.calls import read_calls


def test_a_proved_call_is_acknowledged_with_the_number_it_is_kept_under(client: FlaskClient, world: World) -> None:
    answer = client.post(DOOR, data=BODY, headers=signed(BODY))
    assert answer.status_code == 202
    assert answer.json == {"call": str(world.ids()[0])}
    assert world.bodies() == [BODY]


def test_the_workers_are_woken_after_a_call(client: FlaskClient, world: World) -> None:
    client.post(DOOR, data=BODY, headers=signed(BODY))
    wait_for(lambda: len(world.nudges) == 1, what="the message to the workers")


def test_on_postgresql_the_workers_find_a_take_for_each_call(client: FlaskClient, world: World) -> None:
    client.post(DOOR, data=BODY, headers=delivered("d1"))
    client.post(DOOR, data=BODY, headers=delivered("d1"))
    with world.database.read() as connection:
        takes = [tuple(row) for row in connection.execute(select(schema.takes.c.account, schema.takes.c.call))]
    assert takes == ([] if world.database.is_sqlite else [("acme", world.ids()[0])])


def test_a_genuine_body_is_kept_whatever_it_holds(client: FlaskClient, world: World) -> None:
    answers = [client.post(DOOR, data=body, headers=signed(body)) for body in BODIES]
    assert {answer.status_code for answer in answers} == {202}
    assert world.bodies() == list(BODIES)


def test_hostile_bodies_without_a_proof_are_refused_and_never_our_failure(client: FlaskClient, world: World) -> None:
    statuses = {client.post(DOOR, data=body).status_code for body in BODIES}
    assert statuses <= {401, 429}
    assert world.ids() == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Signature": ""},
        {"X-Signature": "sha256=" + "0" * 64},
        {"X-Signature": "sha256=ä"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic Og=="},
        {"Webhook-Id": "1", "Webhook-Timestamp": "٣", "Webhook-Signature": "v1,é"},
        {"Webhook-Id": "1", "Webhook-Timestamp": "9" * 400, "Webhook-Signature": "v1," + "A" * 9000},
        signed(BODY, OTHER),
        signed(BODY + b" "),
    ],
)
def test_a_wrong_proof_is_refused(client: FlaskClient, world: World, headers: dict[str, str]) -> None:
    answer = client.post(
        DOOR, data=BODY, headers={k: v.encode("utf-8", "replace").decode("latin-1") for k, v in headers.items()}
    )
    assert answer.status_code == 401
    assert world.ids() == []


def test_every_401_looks_the_same(client: FlaskClient, world: World) -> None:
    world.add_account("other", desk="liveagent", secret=SECRET)
    paths = (DOOR, "/webhooks/generic/nobody", "/webhooks/nothing/acme", "/webhooks/generic/other", "/webhooks/x/y%00z")
    answers = [client.post(path, data=BODY, headers=signed(BODY, OTHER)) for path in paths]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1
    assert is_error(answers[0].json, "unauthorized")


def test_an_account_of_another_desk_is_refused_even_with_its_secret(client: FlaskClient, world: World) -> None:
    world.add_account("other", desk="django_helpdesk", secret=SECRET)
    assert client.post("/webhooks/generic/other", data=BODY, headers=signed(BODY)).status_code == 401


def test_an_unknown_account_takes_as_long_as_a_wrong_proof(world: World) -> None:
    app = create_app(world.settings.changed(DESKPULSE_FAILED_PROOFS_PER_MINUTE="0"), world.database, send=lambda: None)
    client = app.test_client()
    times: dict[str, list[float]] = {DOOR: [], "/webhooks/generic/nobody": []}
    body = b"x" * 100_000
    for _ in range(150):
        for path, taken in times.items():
            started = time.perf_counter()
            client.post(path, data=body, headers=signed(body, OTHER))
            taken.append(time.perf_counter() - started)
    close_app(app)
    known, unknown = (statistics.median(taken) for taken in times.values())
    assert 0.6 < known / unknown < 1.7


def test_an_account_made_a_moment_ago_is_let_in(client: FlaskClient, world: World) -> None:
    assert client.post("/webhooks/generic/later", data=BODY, headers=signed(BODY)).status_code == 401
    world.add_account("later")
    assert client.post("/webhooks/generic/later", data=BODY, headers=signed(BODY)).status_code == 202


def test_many_first_calls_at_once_are_all_let_in(client: FlaskClient, app: Flask, world: World) -> None:
    with ThreadPoolExecutor(24) as threads:
        asked = [threads.submit(_status, app, signed(BODY)) for _ in range(24)]
    assert [answer.result() for answer in asked] == [202] * 24


def test_a_new_secret_holds_at_once_and_the_old_one_for_a_day(client: FlaskClient, world: World) -> None:
    assert client.post(DOOR, data=BODY, headers=signed(BODY)).status_code == 202
    world.change_secret("acme", OTHER, now=time.time_ns() // 1000)
    assert client.post(DOOR, data=BODY, headers=signed(BODY, OTHER)).status_code == 202
    assert client.post(DOOR, data=BODY, headers=signed(BODY)).status_code == 202


def test_the_old_secret_is_refused_when_its_day_is_over(client: FlaskClient, world: World) -> None:
    day_and_a_minute = (24 * 3600 + 60) * 1_000_000
    world.change_secret("acme", OTHER, now=time.time_ns() // 1000 - day_and_a_minute)
    assert client.post(DOOR, data=BODY, headers=signed(BODY)).status_code == 401
    assert client.post(DOOR, data=BODY, headers=signed(BODY, OTHER)).status_code == 202


def test_a_delivery_seen_before_is_acknowledged_with_its_first_number(client: FlaskClient, world: World) -> None:
    first = client.post(DOOR, data=BODY, headers=delivered("d1"))
    again = client.post(DOOR, data=BODY, headers=delivered("d1"))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json == again.json
    assert len(world.ids()) == 1


def test_the_same_delivery_sixteen_times_at_once_is_one_call(app: Flask, world: World) -> None:
    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(_status, app, delivered("d1")) for _ in range(48)]
    assert {answer.result() for answer in asked} == {202}
    assert len(world.ids()) == 1


def test_without_a_delivery_id_every_call_is_a_new_one(client: FlaskClient, world: World) -> None:
    for _ in range(3):
        client.post(DOOR, data=BODY, headers=signed(BODY))
    assert len(world.ids()) == 3


def test_delivery_ids_of_two_accounts_have_nothing_to_do_with_each_other(client: FlaskClient, world: World) -> None:
    world.add_account("zenith")
    for path in (DOOR, "/webhooks/generic/zenith"):
        assert client.post(path, data=BODY, headers=delivered("d1")).status_code == 202
    assert len(world.ids()) == 2


def test_a_probe_is_answered_and_keeps_nothing(client: FlaskClient, world: World) -> None:
    for path in (DOOR, "/webhooks/generic/nobody", "/webhooks/nothing/nobody"):
        assert client.head(path).status_code == 200
        assert client.get(path).status_code == 200
    assert client.get(DOOR + "?token=" + SECRET).status_code == 200
    assert world.ids() == []


def test_another_method_is_told_which_there_are(client: FlaskClient) -> None:
    answer = client.put(DOOR, data=BODY, headers=signed(BODY))
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, HEAD, POST"
    assert is_error(answer.json, "method_not_allowed")


class _ByGet(Generic):
    """A desk whose old versions put everything into the address."""

    calls_by_get = True
    accepted = 200

    def delivery(self, call: Call) -> str | None:
        return call.query.get("delivery")


def test_where_a_desk_calls_by_get_a_query_makes_it_a_call(world: World) -> None:
    app = create_app(world.settings, world.database, desks=lambda _: _ByGet(), send=lambda: None)
    client = app.test_client()
    headers = {"Authorization": f"Bearer {SECRET}"}
    assert client.get(DOOR).status_code == 200
    assert world.ids() == []
    refused = client.get(DOOR + "?ticket=7")
    kept = client.get(DOOR + "?ticket=7&token=canary&ticket=8", headers=headers)
    close_app(app)
    assert refused.status_code == 401
    assert (kept.status_code, kept.json) == (200, {"call": str(world.ids()[0])})
    with world.database.door.connect() as connection:
        (found,) = read_calls(connection, world.ids()).values()
    assert found[2].query == {"ticket": "8"}


def test_a_strange_delivery_id_is_no_obstacle(world: World) -> None:
    app = create_app(world.settings, world.database, desks=lambda _: _ByGet(), send=lambda: None)
    client = app.test_client()
    headers = {"Authorization": f"Bearer {SECRET}"}
    for delivery in ("%00", "%ff%fe", "x" * 5000, "%F0%9F%98%80", "%ed%a0%80"):
        for _ in range(2):
            assert client.get(f"{DOOR}?delivery={delivery}", headers=headers).status_code == 200
    close_app(app)
    assert len(world.ids()) == 5


class _WithKeys(Generic):
    """A desk that puts keys of people into its calls."""

    def kept(self, body: bytes) -> bytes:
        return body.replace(b"canary-key", b"")


def test_a_key_of_somebody_in_a_body_is_proved_with_it_and_kept_without(world: World) -> None:
    app = create_app(world.settings, world.database, desks=lambda _: _WithKeys(), send=lambda: None)
    body = BODY[:-1] + b', "key": "canary-key"}'
    for genuine in (body, BODY):
        assert app.test_client().post(DOOR, data=genuine, headers=signed(genuine)).status_code == 202
    close_app(app)
    with world.database.door.connect() as connection:
        kept = [call.body for _, _, call in read_calls(connection, world.ids()).values()]
    assert sorted(kept) == sorted((BODY, body.replace(b"canary-key", b"")))


def test_what_proves_or_identifies_is_not_kept(client: FlaskClient, world: World) -> None:
    hidden = {
        "Authorization": "Bearer canary-1", "Cookie": "canary-2", "X-Plugin-Token": "canary-3", "X-Api-Key": "canary-4",
        "X-Forwarded-For": "canary-5", "X-Real-Ip": "canary-6", "X-Shop-Hmac-Sha256": "canary-7",
        "Forwarded": "canary-8", "X-Session": "canary-9", "X-Hub-Signature-256": "canary-10",
        "X-Client-Secret": "canary-11",
    }  # fmt: skip
    shown = {"X-Event": "ticket.created", "X-Author": "desk"}
    client.post(DOOR + "?apikey=canary&secret=canary&topic=a", data=BODY, headers={**signed(BODY), **hidden, **shown})
    with world.database.door.connect() as connection:
        ((account, desk, call),) = read_calls(connection, world.ids()).values()
        row = connection.execute(select(schema.calls)).one()
    assert (account, desk, call.query) == ("acme", "generic", {"topic": "a"})
    assert (call.headers["x-event"], call.headers["x-author"]) == ("ticket.created", "desk")
    assert "canary" not in repr(row)
    assert "x-signature" not in call.headers


def test_an_address_with_many_failed_proofs_is_told_to_wait_while_its_genuine_calls_pass(world: World) -> None:
    app = create_app(world.settings.changed(DESKPULSE_FAILED_PROOFS_PER_MINUTE="5"), world.database, send=lambda: None)
    client = app.test_client()
    statuses = [client.post(DOOR, data=BODY).status_code for _ in range(7)]
    last = client.post(DOOR, data=BODY)
    genuine = [client.post(DOOR, data=BODY, headers=signed(BODY)).status_code for _ in range(8)]
    elsewhere = client.post(DOOR, data=BODY, environ_base={"REMOTE_ADDR": "192.0.2.9"})
    close_app(app)
    assert statuses == [401] * 5 + [429] * 2
    assert is_error(last.json, "too_many_failures")
    assert 1 <= int(last.headers["Retry-After"]) <= 12
    assert genuine == [202] * 8
    assert elsewhere.status_code == 401


def test_forwarded_addresses_count_only_behind_proxies_we_were_told_of(world: World) -> None:
    few = world.settings.changed(DESKPULSE_FAILED_PROOFS_PER_MINUTE="2")
    found = {}
    for proxies in ("0", "1"):
        app = create_app(few.changed(DESKPULSE_TRUSTED_PROXIES=proxies), world.database, send=lambda: None)
        client = app.test_client()
        headers = [{"X-Forwarded-For": f"192.0.2.{number}"} for number in range(4)]
        found[proxies] = [client.post(DOOR, data=BODY, headers=each).status_code for each in headers]
        close_app(app)
    assert found == {"0": [401, 401, 429, 429], "1": [401] * 4}


def test_an_account_far_above_its_pace_is_told_to_wait_and_the_others_are_not(world: World) -> None:
    world.add_account("zenith")
    app = create_app(world.settings.changed(DESKPULSE_CALLS_PER_SECOND="1"), world.database, send=lambda: None)
    client = app.test_client()
    answers = [client.post(DOOR, data=BODY, headers=signed(BODY)) for _ in range(5)]
    other = client.post("/webhooks/generic/zenith", data=BODY, headers=signed(BODY))
    close_app(app)
    assert [answer.status_code for answer in answers][:2] == [202, 202]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["Retry-After"] == "1"
    assert is_error(answers[-1].json, "too_many_requests")
    assert other.status_code == 202


def test_the_size_limit_is_exact(client: FlaskClient, world: World) -> None:
    limit = world.settings.max_body_bytes
    for size, status in ((limit, 202), (limit + 1, 413)):
        body = b"x" * size
        assert client.post(DOOR, data=body, headers=signed(body)).status_code == status
    assert [len(body) for body in world.bodies()] == [limit]


def _status(app: Flask, headers: dict[str, str]) -> int:
    return app.test_client().post(DOOR, data=BODY, headers=headers).status_code


def test_no_thread_is_left_when_the_application_is_closed(world: World) -> None:
    before = set(threading.enumerate())
    app = create_app(world.settings, world.database, send=lambda: None)
    app.test_client().post(DOOR, data=BODY, headers=signed(BODY))
    close_app(app)
    wait_for(lambda: set(threading.enumerate()) <= before, what="the threads to end")
