"""A small desk that keeps to its rules and can be told to break them, on a real socket so that any process meets it."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from integrations.actions import Action, AddNote, AddTag, Done, RemoveTag, SetField
from integrations.base import Access, Call, Capabilities, Desk, Page, Present, Reading
from integrations.errors import BadProof
from integrations.events import Event, event
from integrations.session import Session
from integrations.times import Instant

#: Older than what causes actions; a ticket that says otherwise has `created_at`.
CREATED_AT: Instant = 1_779_000_000_000_000
PAGE = 3


@dataclass
class State:
    """What the desk holds, what it was asked, and how it misbehaves.

    `mode` is for every request, `modes` for those about one ticket: `well`, `hang` (until `release`),
    `down` (503), `fail` (500), `refuse` (401), `limit` (429), `lose` (done, then no answer), `lie` (200 and
    nonsense), `reject` (422).
    """

    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    mode: str = "well"
    modes: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[float, str, str]] = field(default_factory=list)
    after: str = "7"
    delay: str = ""  #: requests with this method are done and answered when it is too late
    clock: Callable[[], float] = time.monotonic
    release: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def add(self, *tickets: str) -> None:
        for ticket in tickets:
            self.tickets[ticket] = {"id": ticket, "status": "new", "tags": [], "fields": {}, "notes": []}

    def paths(self, method: str = "") -> list[str]:
        return [path for _, used, path in self.requests if used.startswith(method)]

    def asked_about(self, ticket: str) -> int:
        return sum(path.split("/")[2:3] == [ticket] for _, _, path in self.requests)


@contextmanager
def serving() -> Iterator[State]:
    state = State()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        state.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(state: State) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
            """Tests print nothing."""

        def do_GET(self) -> None:
            self._do()

        do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names are http.server's

        def _do(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            state.requests.append((state.clock(), self.command, self.path))
            parts = urlsplit(self.path).path.split("/")
            mode = state.modes.get(parts[2] if len(parts) > 2 else "", state.mode)
            if mode == "hang":
                state.release.wait()
            if mode in _ANSWERS:
                return self._say(_ANSWERS[mode], b"{}", **({"Retry-After": state.after} if mode == "limit" else {}))
            status, answer = _done(state, self.command, self.path, json.loads(body) if body else None)
            if mode == "lose" and self.command != "GET":
                return None
            if self.command == state.delay:
                state.release.wait(5)
            return self._say(status, b"<html>Welcome!" if mode == "lie" else json.dumps(answer).encode())

        def _say(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(BrokenPipeError):  # nobody listens any more
                self.wfile.write(body)

    return Handler


_ANSWERS = {"down": 503, "fail": 500, "refuse": 401, "limit": 429, "reject": 422}


def _done(state: State, method: str, path: str, body: Any) -> tuple[int, Any]:
    address = urlsplit(path)
    parts = address.path.split("/")[2:]
    if not parts:
        return 200, _page(state, parse_qs(address.query))
    ticket = state.tickets.get(parts[0])
    if ticket is None:
        return 404, {}
    if parts[1:2] == ["tags"]:
        tags = [tag for tag in ticket["tags"] if tag != parts[2]]
        ticket["tags"] = tags if method == "DELETE" else [*tags, parts[2]]
    if parts[1:2] == ["fields"]:
        ticket["fields"][parts[2]] = body
    if parts[1:2] == ["notes"]:
        ticket["notes"].append(body)
    return 200, ticket


def _page(state: State, query: dict[str, list[str]]) -> dict[str, Any]:
    ids = sorted(state.tickets)
    after = query.get("after", [""])[0]
    rest = [ticket for ticket in ids if ticket > after]
    page = rest[:PAGE]
    return {"tickets": page, "next": page[-1] if len(rest) > PAGE else None, "total": len(ids)}


class StrictDesk(Desk):
    """The desk's hands and ears."""

    name = "strict"
    title = "Strict"
    capabilities = Capabilities(
        refresh=True, backfill=True, reconcile=True, tags=True, fields=True, notes=True, summaries=False
    )
    requests_per_minute = 6000

    def verify(self, call: Call, secrets: Sequence[bytes], *, now: Instant) -> None:
        if call.headers.get("x-secret", "").encode() not in secrets:
            raise BadProof("the proof is wrong")

    def parse(self, call: Call, access: Access) -> Reading:
        return Reading(refresh=(json.loads(call.body)["ticket"],))

    def refresh(self, ticket: str, session: Session) -> Reading:
        asked_at = session.now()
        told = session.get(f"/tickets/{ticket}").json
        if ticket == "bug":
            raise KeyError("a fault in this desk's code")
        present = Present(ticket, asked_at, {"status": told["status"]})
        return Reading(events=_events(ticket, told.get("created_at", CREATED_AT)), present=(present,))

    def backfill(self, session: Session, *, since: Instant, cursor: str | None = None) -> Iterator[Page]:
        while True:
            told = session.get("/tickets", params={"after": cursor or "", "since": since}).json
            events = tuple(one for ticket in told["tickets"] for one in _events(ticket))
            cursor = told["next"]
            yield Page(Reading(events=events), cursor, told["total"])
            if cursor is None:
                return

    def apply(self, action: Action, session: Session) -> Done:
        match action:
            case AddTag(ticket, tag):
                session.request("POST", f"/tickets/{ticket}/tags/{tag}")
            case RemoveTag(ticket, tag):
                session.request("DELETE", f"/tickets/{ticket}/tags/{tag}")
            case SetField(ticket, name, value):
                session.request("PUT", f"/tickets/{ticket}/fields/{name}", json=value)
            case AddNote(ticket, marker, lines):
                notes = session.get(f"/tickets/{ticket}").json["notes"]
                if not any(marker in note for note in notes):
                    session.request("POST", f"/tickets/{ticket}/notes", json="\n".join((*lines, marker)))
        return Done()


class DeafDesk(StrictDesk):
    """A desk that has no API at all."""

    name = "deaf"
    capabilities = Capabilities()


class SlowDesk(StrictDesk):
    """A desk with a small budget: 24 a minute, a burst of 10."""

    name = "slow"
    requests_per_minute = 24


def _events(ticket: str, created_at: Instant = CREATED_AT) -> tuple[Event, ...]:
    return (event("ticket.created", ticket, created_at, channel="email", by="customer"),)
