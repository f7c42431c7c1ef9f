"""The API behind the real server: streams, probes, headers of every answer, and threads that are left to desks."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client

from plugin import errors
from plugin.api.busy import at_most
from plugin.api.serving import add_api
from plugin.app import close_app, create_app
from tests.plugin.api_world import API, WEEK, opened
from tests.plugin.calling import ask, is_error, serving
from tests.servers import wait_for
from tests.workers.small_world import tell, ticket
from workers.settings import Settings
from workers.store.database import Database, open_database

ACME = "/api/v1/accounts/acme"
SECURE = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is shown here lies between the wire and the database, whichever that is."""
    return sqlite_url


@pytest.fixture
def api(settings: Settings) -> Iterator[API]:
    settings.home.mkdir(parents=True)
    with opened(settings) as made:
        yield made


@pytest.fixture
def port(api: API) -> Iterator[int]:
    app = create_app(api.runtime.settings, api.runtime.database, send=lambda: None)
    with serving(app, api.runtime.settings) as at:
        yield at
    close_app(app)


def bearer(api: API, *scopes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.token(*scopes)}"}


class TestServed:
    def test_a_report_comes_over_the_wire(self, api: API, port: int) -> None:
        answer = ask(port, "GET", f"{ACME}/report?{WEEK}", headers=bearer(api))
        assert answer.status == 200
        assert answer.json["total"]["ticket_volume"]["value"] == 5

    def test_many_tickets_stream_in_chunks(self, api: API, port: int) -> None:
        tell(api.runtime, api.account, *(ticket(f"many-{n:04}", "2026-03-01 10:00") for n in range(1200)))
        headers = bearer(api)
        answer = ask(port, "GET", f"{ACME}/tickets?format=jsonl", headers=headers)
        lines = answer.json.decode().splitlines()
        assert answer.headers["transfer-encoding"] == "chunked"
        assert len({json.loads(line)["ticket"] for line in lines}) == len(lines) == 1206
        page = ask(port, "GET", f"{ACME}/tickets", headers=headers).json
        assert (len(page["tickets"]), page["next"]) == (1000, page["tickets"][-1]["ticket"])

    def test_settings_are_changed_over_the_wire(self, api: API, port: int) -> None:
        body = json.dumps({"repeat_days": 9}).encode()
        headers = {**bearer(api, "settings"), "Content-Type": "application/json"}
        answer = ask(port, "PATCH", f"{ACME}/settings", body=body, headers=headers)
        assert (answer.status, answer.json["repeat_days"]) == (200, 9)
        chunked = ask(port, "PATCH", f"{ACME}/settings", body=iter([b'{"repeat', b'_days": 8}']), headers=headers)
        assert (chunked.status, chunked.json["repeat_days"]) == (200, 8)

    @pytest.mark.parametrize("path", ["/report", "/tickets", "/tickets?format=csv", "/answers", "/settings"])
    def test_head_is_answered_as_get_without_a_body(self, api: API, port: int, path: str) -> None:
        answer = ask(port, "HEAD", ACME + path, headers=bearer(api))
        assert (answer.status, answer.json) == (200, None)
        assert ask(port, "HEAD", ACME + path).status == 401

    @pytest.mark.parametrize(
        ("path", "allowed"),
        [("/report", "GET, HEAD, OPTIONS"), ("/settings", "GET, HEAD, OPTIONS, PATCH, PUT")],
    )
    def test_options_say_what_is_allowed_and_nothing_more(self, port: int, path: str, allowed: str) -> None:
        answer = ask(port, "OPTIONS", ACME + path)
        assert (answer.status, answer.json) == (200, None)
        assert ", ".join(sorted(answer.headers["allow"].split(", "))) == allowed
        assert not [name for name in answer.headers if name.startswith("access-control")]

    @pytest.mark.parametrize(
        ("method", "path", "status", "code"),
        [
            ("GET", f"{ACME}/report", 401, "unauthorized"),
            ("GET", f"{ACME}/%00/report", 404, "not_found"),
            ("GET", "/api/v1/accounts/%00/report", 401, "unauthorized"),
            ("GET", "/api/v1/accounts/%FF%FE/report", 401, "unauthorized"),
            ("GET", f"{ACME}/nothing", 404, "not_found"),
            ("GET", "/api/v1/", 404, "not_found"),
            ("GET", f"{ACME}/report/", 404, "not_found"),
            ("POST", f"{ACME}/report", 405, "method_not_allowed"),
            ("DELETE", f"{ACME}/settings", 405, "method_not_allowed"),
            ("PUT", "/api/v1/docs", 405, "method_not_allowed"),
        ],
    )
    def test_every_error_has_the_one_shape_and_the_headers(
        self, port: int, method: str, path: str, status: int, code: str
    ) -> None:
        answer = ask(port, method, path)
        assert answer.status == status
        assert is_error(answer.json, code)
        assert {name: answer.headers.get(name) for name in SECURE} == SECURE

    @pytest.mark.parametrize("path", [f"{ACME}/report", "/api/v1/docs", "/api/v1/openapi.json"])
    def test_answers_carry_the_headers(self, api: API, port: int, path: str) -> None:
        answer = ask(port, "GET", path, headers=bearer(api))
        assert answer.status == 200
        assert {name: answer.headers.get(name) for name in SECURE} == SECURE
        assert "default-src 'none'" in answer.headers["content-security-policy"]

    def test_a_reader_that_leaves_early_harms_nobody(self, api: API, port: int) -> None:
        tell(api.runtime, api.account, *(ticket(f"many-{n:04}", "2026-03-01 10:00") for n in range(1200)))
        headers = bearer(api)
        for _ in range(20):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", f"{ACME}/tickets?format=csv", headers=headers)
            assert isinstance(connection.sock, socket.socket)
            connection.sock.shutdown(socket.SHUT_RDWR)
            connection.close()
        wait_for(lambda: ask(port, "GET", f"{ACME}/report", headers=headers).status == 200, seconds=20)


class TestAway:
    def test_a_database_that_is_away_is_503_with_a_time(self, api: API, tmp_path: Any) -> None:
        away = open_database("postgresql+psycopg://nobody@/nothing?host=/nonexistent")
        told = self.asked(api, away)
        assert told.status_code == 503
        assert int(told.headers["Retry-After"]) >= 1
        assert is_error(told.get_json(), "unavailable")
        assert "nonexistent" not in told.text

    def asked(self, api: API, database: Database) -> Any:
        app = Flask("plugin", static_folder=None)
        errors.register(app)
        add_api(app, api.runtime.settings, database)
        answer = app.test_client().get(f"{ACME}/report", headers=bearer(api))
        database.dispose()
        return answer


class TestPlaces:
    """What keeps threads free for the calls of desks."""

    class Slow:
        """An application whose answers end when they are told to."""

        def __init__(self) -> None:
            self.go_on = threading.Event()
            self.inside = threading.Semaphore(0)

        def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
            start_response("200 OK", [("Content-Type", "text/plain")])
            self.inside.release()
            assert self.go_on.wait(20)
            yield b"done"

    def test_one_request_more_than_may_be_is_refused_at_once_and_the_next_one_is_not(self) -> None:
        slow = self.Slow()
        client = Client(at_most(slow, 2))
        threads = [threading.Thread(target=client.get, args=("/api/v1/x",), kwargs={"buffered": True}) for _ in "ab"]
        for thread in threads:
            thread.start()
        assert all(slow.inside.acquire(timeout=20) for _ in threads)
        refused = client.get("/api/v1/x")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert is_error(json.loads(refused.data), "busy")
        slow.go_on.set()
        for thread in threads:
            thread.join(20)
        assert client.get("/api/v1/x", buffered=True).data == b"done"

    def test_other_addresses_need_no_place(self) -> None:
        slow = self.Slow()
        client = Client(at_most(slow, 1))
        thread = threading.Thread(target=client.get, args=("/api/v1/x",), kwargs={"buffered": True})
        thread.start()
        assert slow.inside.acquire(timeout=20)
        slow.go_on.set()
        assert client.get("/webhooks/generic/acme", buffered=True).data == b"done"
        thread.join(20)

    def test_a_failure_gives_its_place_back(self) -> None:
        def fails(_environ: Any, _start: Any) -> Iterable[bytes]:
            raise RuntimeError("no")

        client = Client(at_most(fails, 1))
        for _ in range(3):
            with pytest.raises(RuntimeError, match="no"):
                client.get("/api/v1/x")
