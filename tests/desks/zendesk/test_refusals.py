"""Every request of the client times every way in which Zendesk does not answer it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import responses

from integrations.base import Access
from integrations.errors import (
    DeskpulseError,
    GiveUp,
    Gone,
    RateLimited,
    Refused,
    Rejected,
    Retry,
    Skip,
    Unavailable,
    Unclear,
)
from integrations.session import Session
from integrations.times import SECOND
from integrations.zendesk.client import Client
from tests.desks.zendesk.office import NOW, UTC

BASE = "https://acme.zendesk.example/api/v2"
TOKEN = "t0k3n-of-acme"
Ask = Callable[[Client], object]

READS: Mapping[str, tuple[str, Ask]] = {
    "a ticket": ("/tickets/7", lambda one: one.ticket("7")),
    "its audits": ("/tickets/7/audits", lambda one: one.audits("7")),
    "its comments": ("/tickets/7/comments", lambda one: one.comments("7")),
    "tickets of ours": ("/tickets", lambda one: one.tickets_with("deskpulse:w:1")),
    "the export": ("/incremental/tickets/cursor", lambda one: one.changed(since=NOW, cursor=None)),
    "the export's next page": ("/incremental/tickets/cursor", lambda one: one.changed(since=NOW, cursor="c")),
    "ratings": ("/satisfaction_ratings", lambda one: one.ratings(since=NOW, cursor=None)),
    "a rating": ("/satisfaction_ratings/9", lambda one: one.rating("9")),
    "responses": ("/guide/survey_responses", lambda one: one.responses(since=NOW, cursor=None)),
    "responses about a ticket": ("/guide/survey_responses", lambda one: one.responses_about("7")),
    "users": ("/users/show_many", lambda one: one.users(["9"])),
    "staff": ("/users", lambda one: one.staff()),
    "groups": ("/groups", lambda one: one.groups()),
    "who we are": ("/users/me", lambda one: one.me()),
    "webhooks": ("/webhooks", lambda one: one.listed("/webhooks", "webhooks")),
    "a secret": ("/webhooks/w/signing_secret", lambda one: one.show("/webhooks/w/signing_secret", "signing_secret")),
}
#: Which a plan may not have: a missing permission there is a missing survey.
SURVEYS = ("/satisfaction_ratings", "/guide/survey_responses")
WRITES: Mapping[str, tuple[str, str, Ask]] = {
    "tags": ("PUT", "/tickets/7/tags", lambda one: one.add_tags("7", ["a"])),
    "tags less": ("DELETE", "/tickets/7/tags", lambda one: one.remove_tags("7", ["a"])),
    "a change": ("PUT", "/tickets/7", lambda one: one.update("7", {"subject": "x"})),
    "an import": ("POST", "/imports/tickets", lambda one: one.import_ticket({"subject": "x"}, key="k")),
    "a webhook": ("POST", "/webhooks", lambda one: one.create("/webhooks", "webhook", {"name": "x"})),
    "a webhook set right": ("PATCH", "/webhooks/w", lambda one: one.revise("/webhooks/w", "webhook", {"name": "x"})),
}


@dataclass(frozen=True)
class Failing:
    """What comes back, and what it means to whoever asked or wrote."""

    reading: type[DeskpulseError]
    writing: type[DeskpulseError]
    status: int = 200
    body: bytes | Exception = b"{}"
    headers: tuple[tuple[str, str], ...] = ()
    after: float | None = None
    says: str = ""


def told(**body: Any) -> bytes:
    return json.dumps(body).encode()


HTML = b"<!DOCTYPE html><html><body>Zendesk is down for maintenance</body></html>"
FAILURES: Mapping[str, Failing] = {
    "no such token": Failing(Refused, Refused, 401, told(error="Couldn't authenticate you"), says="API tokens"),
    "no such role": Failing(Refused, Refused, 403, told(error="You do not have access"), says="role Administrator"),
    "no such scope": Failing(Refused, Refused, 403, told(error="forbidden"), says="scopes read and write"),
    "a suspended account": Failing(Refused, Refused, 403, HTML, says="Zendesk refused"),
    "no such place": Failing(Gone, Gone, 404, told(error="RecordNotFound", description="Not found"), says="404"),
    "a place that is no more": Failing(Gone, Gone, 410, says="410"),
    "a conflict": Failing(Rejected, Unavailable, 409, told(error="UpdateConflict")),
    "something not allowed": Failing(
        Rejected, Rejected, 422, told(error="RecordInvalid", description="Record validation errors"), says="validation",
    ),
    "a closed ticket": Failing(
        Skip, Skip, 422, told(details={"status": [{"description": "Status: closed prevents ticket update"}]}),
        says="is closed",
    ),
    "too many comments": Failing(Rejected, Rejected, 422, told(description="comment limit of 5000"), says="5000"),
    "a bad request": Failing(Rejected, Rejected, 400, told(error="Unprocessable"), says="400"),
    "a body that is too large": Failing(Rejected, Rejected, 413, says="413"),
    "a redirect": Failing(Rejected, Rejected, 302, b"", (("Location", "https://acme.example/"),), says="elsewhere"),
    "a limit": Failing(RateLimited, RateLimited, 429, b"", (("Retry-After", "41"),), 41.0, "rate limit"),
    "a limit without a second": Failing(RateLimited, RateLimited, 429, b"", (("Retry-After", "0"),), 1.0),
    "a limit that does not say": Failing(RateLimited, RateLimited, 429, HTML, (), 60.0),
    "a limit of words": Failing(RateLimited, RateLimited, 429, b"", (("Retry-After", "soon"),), 60.0),
    "a limit of a day": Failing(RateLimited, RateLimited, 429, b"", (("Retry-After", "86400"),), 3600.0),
    "a limit as a date": Failing(
        RateLimited, RateLimited, 429, b"", (("Retry-After", "Mon, 15 Jun 2026 12:00:30 GMT"),), 30.0,
    ),
    "an error": Failing(Unavailable, Unclear, 500, told(error="InternalError"), says="500"),
    "a bad gateway": Failing(Unavailable, Unclear, 502, HTML, says="502"),
    "maintenance": Failing(Unavailable, Unavailable, 503, HTML, (("Retry-After", "30"),), 30.0, "503"),
    "maintenance without end": Failing(Unavailable, Unavailable, 503, says="503"),
    "a slow gateway": Failing(Unavailable, Unclear, 504, b"", says="504"),
    "a request that took too long": Failing(Unavailable, Unclear, 408, b"", says="408"),
    "a hang": Failing(Unavailable, Unclear, body=requests.ReadTimeout(), says="did not answer"),
    "a lost connection": Failing(Unavailable, Unclear, body=requests.ConnectionError(), says="did not answer"),
    "nobody there": Failing(Unavailable, Unavailable, body=requests.ConnectTimeout(), says="cannot be reached"),
    "a page for people": Failing(Unavailable, Unclear, 200, HTML, says="not JSON"),
    "half an answer": Failing(Unavailable, Unclear, 200, b'{"ticket": {"id": 7, "crea', says="not JSON"),
    "bytes": Failing(Unavailable, Unclear, 200, b"\xff\xfe\x00", says="not JSON"),
}  # fmt: skip


class Purse:
    """A gate that remembers how long it was shut."""

    def __init__(self) -> None:
        self.held: list[float] = []

    def take(self, requests: int) -> None:
        """Plenty."""

    def hold(self, seconds: float) -> None:
        self.held.append(seconds)


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as found:
        yield found


def failed(wire: responses.RequestsMock, method: str, path: str, ask: Ask, failing: Failing) -> DeskpulseError:
    """What the client makes of it; the gate is shut exactly when there was a limit."""
    wire.add(method, BASE + path, body=failing.body, status=failing.status, headers=dict(failing.headers))
    purse = Purse()
    access = Access(BASE.removesuffix("/api/v2"), {"email": "o@acme.example", "token": TOKEN}, UTC)
    with Session(access, purse, clock=lambda: NOW / SECOND) as session, pytest.raises(DeskpulseError) as caught:
        ask(Client(session))
    assert purse.held == ([failing.after] if failing.status == 429 else [])
    return caught.value


def require_sentence(error: DeskpulseError, failing: Failing) -> None:
    """One line that says what happened, without a key of ours."""
    said = str(error)
    assert failing.says in said
    assert "\n" not in said
    basic = base64.b64encode(f"o@acme.example/token:{TOKEN}".encode()).decode()
    assert [secret for secret in (TOKEN, basic) if secret in said] == []


@pytest.mark.parametrize("failure", FAILURES)
def test_a_question_that_is_not_answered_is_an_error_that_says_what_to_do(
    wire: responses.RequestsMock, failure: str
) -> None:
    failing = FAILURES[failure]
    for path, ask in READS.values():
        if failing.status == 403 and path.startswith(SURVEYS):
            continue
        wire.reset()
        error = failed(wire, "GET", path, ask, failing)
        assert type(error) is failing.reading, path
        assert getattr(error, "after", None) == failing.after
        require_sentence(error, failing)


@pytest.mark.parametrize("what", [name for name, (path, _) in READS.items() if path.startswith(SURVEYS)])
@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_plan_without_a_survey_is_told_from_a_token_that_is_withdrawn(
    wire: responses.RequestsMock, what: str, status: int
) -> None:
    failing = Failing(Gone, Gone, status)
    error = failed(wire, "GET", *READS[what], failing)
    assert type(error) is (Refused if status == 401 else Gone)
    assert ("has no such survey" in str(error)) is (status == 403)


@pytest.mark.parametrize("failure", FAILURES)
def test_a_write_that_is_not_answered_is_never_taken_for_done(wire: responses.RequestsMock, failure: str) -> None:
    failing = FAILURES[failure]
    for method, path, ask in WRITES.values():
        wire.reset()
        error = failed(wire, method, path, ask, failing)
        assert type(error) is failing.writing, path
        assert getattr(error, "after", None) == failing.after
        require_sentence(error, failing)


@pytest.mark.parametrize("failure", FAILURES)
def test_what_a_refused_user_lacks_is_named_and_nothing_else_is(wire: responses.RequestsMock, failure: str) -> None:
    failing = FAILURES[failure]
    error = failed(wire, "GET", *READS["a ticket"], failing)
    assert getattr(error, "permission", None) == ("Administrator" if failing.status in (401, 403) else None)
    assert isinstance(error, Retry | GiveUp | Skip)


NOT_TOLD: list[tuple[str, bytes, type[DeskpulseError]]] = [
    ("a ticket", b"{}", Rejected),
    ("a ticket", b"[]", Rejected),
    ("a ticket", b"", Rejected),
    ("a ticket", told(ticket={"id": 7}), Rejected),
    ("a ticket", told(ticket={"created_at": "2026-06-15T09:00:00Z"}), Rejected),
    ("a ticket", told(ticket=[{"id": 7}]), Rejected),
    ("a rating", told(satisfaction_rating={"id": 9}), Rejected),
    ("a rating", told(satisfaction_ratings=[]), Rejected),
    ("its audits", b"{}", Unavailable),
    ("its audits", told(audits=None), Unavailable),
    ("its comments", told(comments={"id": 1}), Unavailable),
    ("tickets of ours", told(ticket=[]), Unavailable),
    ("ratings", told(satisfaction_ratings="none"), Unavailable),
    ("responses", b"7", Unavailable),
    ("users", b"null", Unavailable),
    ("groups", b'"groups"', Unavailable),
    ("webhooks", told(webhooks=0), Unavailable),
    ("the export", told(tickets=[]), Unavailable),
    ("the export", told(tickets=[], end_of_stream="true"), Unavailable),
    ("the export", told(tickets={}, end_of_stream=True), Unavailable),
    ("the export", told(tickets=[], end_of_stream=False), Unavailable),
    ("the export", told(tickets=[], end_of_stream=False, after_cursor=""), Unavailable),
    ("the export's next page", told(tickets=[], end_of_stream=False, after_cursor="c"), Unavailable),
    ("who we are", told(user=None), Refused),
    ("who we are", b"[]", Refused),
]


@pytest.mark.parametrize(("what", "body", "error"), NOT_TOLD)
def test_an_answer_that_holds_something_else_is_never_an_empty_one(
    wire: responses.RequestsMock, what: str, body: bytes, error: type[DeskpulseError]
) -> None:
    path, ask = READS[what]
    found = failed(wire, "GET", path, ask, Failing(error, error, body=body))
    assert type(found) is error


UNTOLD: list[tuple[str, bytes]] = [
    ("tags", b""), ("tags", b"{}"), ("tags", told(tags="vip")), ("tags less", told(tags=None)), ("a change", b""),
    ("a change", told(ticket={"id": 7})), ("a change", told(audit={})), ("an import", told(ticket=None)),
    ("an import", b"[]"), ("a webhook", b"{}"), ("a webhook", told(webhook={"name": "x"})),
    ("a webhook", told(webhook={"id": ""})),
]  # fmt: skip


@pytest.mark.parametrize(("what", "body"), UNTOLD)
def test_a_write_whose_answer_shows_nothing_of_it_is_unclear(
    wire: responses.RequestsMock, what: str, body: bytes
) -> None:
    method, path, ask = WRITES[what]
    assert type(failed(wire, method, path, ask, Failing(Unclear, Unclear, body=body))) is Unclear


@pytest.mark.parametrize("body", [b"", b"{}", b'{"webhook": {}}'])
def test_a_webhook_that_is_set_right_answers_with_nothing(wire: responses.RequestsMock, body: bytes) -> None:
    wire.patch(BASE + "/webhooks/w", body=body, status=204 if not body else 200)
    with Session(Access(BASE.removesuffix("/api/v2"), {"token": TOKEN}, UTC), Purse()) as session:
        Client(session).revise("/webhooks/w", "webhook", {"status": "active"})
    assert len(wire.calls) == 1
