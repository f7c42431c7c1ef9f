"""Promise 40 in full: what customers wrote and what is secret is in no log, no metric and no message of any process."""

from __future__ import annotations

import base64
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
import pytest

from integrations.times import iso
from tests.plugin.calling import ask, delivered
from tests.promises.generator import signature
from tests.promises.stack import POISONOUS, SECRET, Stack, on_both, running
from tests.servers import wait_for
from workers.settings import Settings
from workers.store import accounts, schema
from workers.store.calls import NewCall, open_writer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MAIL, PHONE, COMMENT, NAME = "canary@customers.example", "+385 91 555 0173", "canary-comment-a7", "Canary Lastname"
HEADER, QUERY, TEXT = "canary-header-c3", "canary-query-d4", "canary-answer-e5"
KEY = "a key that is a canary itself, f6"
#: The body of a message as the Redis repeats it: its arguments in base64, in JSON, in quotes.
BODY = re.compile(rb'\\"body\\": \\"([\w+/=]+)\\"')
CANARIES = (
    MAIL, "canary@", PHONE, PHONE.replace(" ", ""), "555 0173", COMMENT, NAME, HEADER, QUERY, TEXT, KEY, SECRET,
    SECRET.removeprefix("whsec_"), base64.b64encode(KEY.encode()).decode(),
)  # fmt: skip


def test_40_nothing_that_was_planted_is_found_again(both: tuple[Settings, Settings]) -> None:
    for told, found in on_both(_told, *both):
        assert len(told["logs"]) > 1000
        assert b"deskpulse.take_in" in told["redis"]
        assert b"acme" in told["arguments"]
        assert b"deskpulse_door_requests_total" in told["metrics"]
        assert found == []


def _told(settings: Settings) -> tuple[dict[str, bytes], list[str]]:
    """Everything that a stack said while it was told canaries in every way, and which of them are in it."""
    settings = settings.changed(DESKPULSE_LOG_LEVEL="debug", DESKPULSE_SECRET_KEY=KEY)
    with _rude_desk() as url, running(settings, "redis", entry=POISONOUS) as stack:
        _connect(stack, url)
        with _overheard(stack) as heard:
            stack.start("web", "intake", "desks", "sums")
            answers = b"".join(_planted(stack))
            wait_for(lambda: stack.done() == len(stack.inbox()) + len(stack.inbox("bad")), what="the calls", seconds=90)
            wait_for(lambda: _gave_trouble(stack), seconds=60, what="the desk's rude answers")
            time.sleep(1)
            told = {"metrics": stack.get("/metrics")[1] + stack.get("/readyz")[1], "keys": b"".join(_kept_in(stack))}
            told["commands"] = b"".join(
                Path(f"/proc/{process.pid}/cmdline").read_bytes() for process in stack.processes.values()
            )
        told |= {"redis": b"".join(heard), "answers": answers}
        told["arguments"] = b"".join(base64.b64decode(body) for body in BODY.findall(told["redis"]))
        told["logs"] = b"".join(log.read_bytes() for log in stack.logs.glob("*.log"))
        assert any(COMMENT.encode() in body for body in stack.inbox()), "the canaries were never told"
    return told, [
        f"{canary} in {place}" for place, text in told.items() for canary in CANARIES if canary.encode() in text
    ]


def _connect(stack: Stack, url: str) -> None:
    stack.add_account("bad", desk="poisonous")
    with stack.runtime.database.write() as connection:
        account = accounts.find(connection, "acme", stack.runtime.vault)
        assert account is not None
        changed = accounts.with_settings(account, {**account.settings, "desk": {"url": url}})
        accounts.save(connection, replace(changed, credentials={"secret": SECRET}), stack.runtime.vault)


def _planted(stack: Stack) -> Iterator[bytes]:
    """Calls that are read, that cannot be read, that break their reader, that are refused; what was answered."""
    at = iso(stack.runtime.clock() - 60_000_000)
    told = {"at": at, "ticket": "T1", "customer": MAIL}
    created = {**told, "type": "ticket.created", "channel": "chat", "fields": {"phone": PHONE, "name": NAME}}
    rated = {**told, "type": "survey.answered", "kind": "csat", "score": 1, "scale": [1, 5]}
    bodies = [
        orjson.dumps({"events": [created, {**rated, "comment": f"{COMMENT} {PHONE} {MAIL}"}]}),
        orjson.dumps({**created, "type": MAIL, "channel": COMMENT}),
        orjson.dumps({**created, "at": f"{COMMENT} {PHONE}"}),
        f"{COMMENT} {MAIL}".encode(),
        b'{"raise": "' + COMMENT.encode() + b" " + MAIL.encode() + b'"}',
    ]
    for body in bodies:
        headers = {"X-Customer": HEADER, "User-Agent": f"desk {MAIL}", "X-Token": HEADER}
        for proof in (signature(body), delivered(HEADER, body, SECRET), {}):
            yield _asked(stack, f"/webhooks/generic/acme?token={QUERY}&mail={MAIL}", body, {**headers, **proof})
        yield _asked(stack, f"/{COMMENT}?token={QUERY}", body, {"Authorization": f"Bearer {SECRET}"})
    _keep_poison(stack, orjson.dumps({"raise": f"{COMMENT} {MAIL} {PHONE}"}))


def _asked(stack: Stack, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    return orjson.dumps(ask(stack.port, path=path, body=body, headers=headers).json)


def _keep_poison(stack: Stack, body: bytes) -> None:
    """A call for the desk whose reader breaks, which the web process does not know."""
    writer = open_writer(stack.runtime.database.door)
    writer.write([NewCall("bad", "poisonous", None, stack.runtime.clock(), "{}", "{}", body)])
    writer.close()


def _gave_trouble(stack: Stack) -> bool:
    """Whether the desk was asked for something and the error is kept for an operator."""
    return any(row.error for table in (schema.actions, schema.refreshes) for row in stack.rows(table))


@contextmanager
def _overheard(stack: Stack) -> Iterator[list[bytes]]:
    """Every command that anybody gives the Redis."""
    heard: list[bytes] = []
    over = threading.Event()

    def listen() -> None:
        with socket.socket(socket.AF_UNIX) as wire:
            wire.connect(str(stack.redis_socket))
            wire.settimeout(0.2)
            wire.sendall(b"MONITOR\r\n")
            while not over.is_set():
                with suppress(TimeoutError):
                    heard.append(wire.recv(65536))

    listener = threading.Thread(target=listen)
    listener.start()
    wait_for(lambda: bool(heard), what="the Redis to be overheard")
    try:
        yield heard
    finally:
        over.set()
        listener.join(15)


def _kept_in(stack: Stack) -> Iterator[bytes]:
    """The keys of the Redis and what they hold."""
    client = stack.redis()
    for key in client.scan_iter():
        yield key + b" " + (client.dump(key) or b"")
    client.close()


@contextmanager
def _rude_desk() -> Iterator[str]:
    """A desk that answers everything with an error full of what it was told."""

    class Rude(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Tests print nothing."""

        def do_GET(self) -> None:
            told = self.rfile.read(int(self.headers.get("content-length") or 0))
            answer = f"{TEXT} {MAIL} {SECRET} {self.headers} {told!r}".encode()
            self.send_response(500, TEXT)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_POST = do_GET  # noqa: N815 - the name is http.server's

    server = ThreadingHTTPServer(("127.0.0.1", 0), Rude)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
