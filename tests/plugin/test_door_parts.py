"""The door with parts that a test holds in its hands: each way to end a request, and what is counted for it."""

from __future__ import annotations

import io
import json
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from integrations.generic.webhook import Generic
from integrations.registry import desk_named
from plugin.known_accounts import KnownAccounts
from plugin.limits import TokenBuckets
from plugin.webhooks import Answer, Door, before
from tests.plugin.calling import BODY, SECRET, delivered, is_error, signed
from tests.tries import tries
from workers.accounts import Account, Secret
from workers.rules import rules_of
from workers.store.calls import Kept, NewCall
from workers.store.keeper import NotKept

LIMIT = 1000


@dataclass
class Parts:
    """Everything behind the door: accounts, a keeper that may fail, and what was counted."""

    accounts: dict[str, Account] = field(default_factory=dict)
    kept: list[NewCall] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    nudges: int = 0
    seen: bool = False
    full: bool = False
    unreadable: bool = False
    looks: int = 0
    now: float = 1_780_000_000.0

    def find(self, slug: str) -> Account | None:
        if self.unreadable:
            raise NotKept("the accounts cannot be read")
        return self.accounts.get(slug)

    def stamps(self) -> dict[str, bytes]:
        self.looks += 1
        if self.unreadable:
            raise NotKept("the accounts cannot be read")
        return {slug: repr(account).encode() for slug, account in self.accounts.items()}

    def keep(self, call: NewCall) -> Kept:
        if self.full:
            raise NotKept("full")
        self.kept.append(call)
        return Kept(len(self.kept), self.seen)

    def outcome(self, name: str) -> None:
        self.outcomes.append(name)

    def kept_after(self, seconds: float) -> None:
        self.times.append(seconds)

    def nudge(self) -> None:
        self.nudges += 1


class Watch:
    def __init__(self, parts: Parts) -> None:
        self.outcome = parts.outcome
        self.kept = parts.kept_after


def account(slug: str, desk: str = "generic") -> Account:
    return Account(slug, desk, {}, rules_of({}, 1), (Secret(SECRET),), {}, b"k" * 32)


@pytest.fixture
def parts() -> Parts:
    return Parts({"acme": account("acme"), "desk": account("desk", "liveagent")})


@pytest.fixture
def door(parts: Parts) -> Door:
    return made(parts)


def made(parts: Parts, *, failures: float = 1000.0, pace: float = 1000.0) -> Door:
    still = lambda: 0.0  # noqa: E731 - no token comes back while a test runs
    return Door(
        accounts=KnownAccounts(parts, clock=still),
        desks=desk_named,
        keeper=parts,
        watch=Watch(parts),
        nudge=parts.nudge,
        failed_proofs=TokenBuckets(rate=1, burst=failures, clock=still),
        pace=TokenBuckets(rate=1, burst=pace, clock=still),
        largest_body=LIMIT,
        clock=lambda: parts.now,
    )


def call(
    door: Door, body: bytes = BODY, *, method: str = "POST", desk: str = "generic", slug: str = "acme", **more: Any
) -> Answer:
    headers = more.pop("headers", signed(body))
    environ = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    given_ = {
        "REQUEST_METHOD": method, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body),
        "REMOTE_ADDR": "192.0.2.1", **environ, **more,
    }  # fmt: skip
    return door.answer(desk, slug, given_)


def refused(answer: Answer, status: int, code: str) -> bool:
    return answer.status == status and is_error(json.loads(answer.body), code)


class TestKept:
    def test_a_proved_call_is_kept_counted_and_the_workers_are_woken(self, door: Door, parts: Parts) -> None:
        assert call(door) == Answer(202, b'{"call":"1"}')
        assert (parts.outcomes, parts.nudges, len(parts.times)) == (["accepted"], 1, 1)
        (kept,) = parts.kept
        assert (kept.account, kept.desk, kept.body, kept.received_at) == (
            "acme",
            "generic",
            BODY,
            1_780_000_000_000_000,
        )

    def test_one_seen_before_is_acknowledged_and_counted_apart(self, door: Door, parts: Parts) -> None:
        parts.seen = True
        assert call(door).status == 202
        assert parts.outcomes == ["repeated"]

    def test_its_delivery_id_is_kept_beside_it(self, parts: Parts) -> None:
        parts.now = time.time()
        assert call(made(parts), headers=delivered("d-1")).status == 202
        assert parts.kept[0].delivery == "d-1"

    def test_a_call_that_cannot_be_kept_is_to_be_sent_again(self, door: Door, parts: Parts) -> None:
        parts.full = True
        answer = call(door)
        assert refused(answer, 503, "unavailable")
        assert int(dict(answer.headers)["Retry-After"]) >= 1
        assert (parts.outcomes, parts.nudges) == (["not_kept"], 0)

    def test_while_the_accounts_cannot_be_read_nobody_is_refused_for_good(self, door: Door, parts: Parts) -> None:
        parts.unreadable = True
        answer = call(door)
        assert refused(answer, 503, "unavailable")
        assert dict(answer.headers)["Retry-After"]
        assert parts.outcomes == ["not_kept"]


class TestRefused:
    @pytest.mark.parametrize(
        ("desk", "slug"),
        [
            ("generic", "nobody"),
            ("nothing", "acme"),
            ("liveagent", "acme"),
            ("generic", "desk"),
            ("", ""),
            ("generic", "ACME"),
        ],
    )
    def test_what_is_not_the_accounts_own_address_is_unproved(
        self, door: Door, parts: Parts, desk: str, slug: str
    ) -> None:
        assert refused(call(door, desk=desk, slug=slug), 401, "unauthorized")
        assert (parts.outcomes, parts.kept, parts.nudges) == (["refused"], [], 0)

    def test_all_refusals_are_the_same_to_the_byte(self, door: Door) -> None:
        answers = {
            (answer.status, answer.body, tuple(answer.headers))
            for answer in (call(door, slug="nobody"), call(door, desk="nothing"), call(door, headers={}))
        }
        assert len(answers) == 1

    @pytest.mark.parametrize(("desk", "slug"), [("generic", "nobody"), ("nothing", "acme"), ("generic", "desk")])
    def test_one_for_an_invented_name_costs_what_a_wrong_proof_costs(
        self, parts: Parts, desk: str, slug: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        checked: list[int] = []
        really = Generic.verify

        def verify(*given: Any, **more: Any) -> None:
            checked.append(1)
            really(*given, **more)

        monkeypatch.setattr(Generic, "verify", verify)

        def cost(desk: str, slug: str) -> tuple[int, int, list[str]]:
            door = made(parts)
            checked.clear()
            parts.looks = 0
            with capture_logs() as logs:
                for _ in range(6):
                    assert call(door, desk=desk, slug=slug, headers={}).status == 401
            return len(checked), parts.looks, [told["event"] for told in logs]

        assert cost(desk, slug) == cost("generic", "acme") == (12, 5, ["call refused"] * 6)

    def test_an_invented_name_is_not_logged(self, door: Door) -> None:
        with capture_logs() as logs:
            call(door, slug="acme", headers={})
            call(door, slug="jane-doe", headers={})
        assert [told["account"] for told in logs] == ["acme", None]

    def test_too_many_of_an_address_are_told_to_wait_with_another_code(self, parts: Parts) -> None:
        door = made(parts, failures=2)
        statuses = [call(door, headers={}).status for _ in range(3)]
        assert statuses == [401, 401, 429]
        answer = call(door, headers={})
        assert refused(answer, 429, "too_many_failures")
        assert answer.headers == [("Retry-After", "1")]

    def test_the_wait_is_the_addresses_and_not_the_accounts(self, parts: Parts) -> None:
        door = made(parts, failures=1)
        assert [call(door, headers={}).status for _ in range(2)] == [401, 429]
        assert call(door, headers={}, REMOTE_ADDR="192.0.2.2").status == 401
        assert call(door).status == 202, "a genuine call passes from the same address"

    def test_a_request_without_an_address_is_one_of_them(self, parts: Parts) -> None:
        door = made(parts, failures=1)
        assert [call(door, headers={}, REMOTE_ADDR=address).status for address in ("", None)] == [401, 429]

    def test_an_account_above_its_pace_is_told_when_to_come_back(self, parts: Parts) -> None:
        door = made(parts, pace=1)
        parts.accounts["other"] = account("other")
        assert [call(door).status, call(door).status] == [202, 429]
        assert refused(call(door), 429, "too_many_requests")
        assert call(door, slug="other").status == 202
        assert parts.outcomes == ["accepted", "too_many", "too_many", "accepted"]

    @pytest.mark.parametrize(("size", "status"), [(LIMIT, 202), (LIMIT + 1, 413)])
    def test_the_size_is_looked_at_before_the_proof(self, door: Door, parts: Parts, size: int, status: int) -> None:
        body = b"x" * size
        assert call(door, body).status == status
        assert parts.outcomes == [{202: "accepted", 413: "too_large"}[status]]
        if status == 413:
            assert json.loads(call(door, body, headers={}).body)["error"]["details"] == {"limit": LIMIT}


class TestProbes:
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_whoever_looks_whether_we_are_there_is_told_so(self, door: Door, parts: Parts, method: str) -> None:
        assert call(door, b"", method=method, headers={}) == Answer(200, b"{}")
        assert call(door, b"", method=method, headers={}, slug="nobody").status == 200, "and nothing about accounts"
        assert (parts.outcomes, parts.kept) == (["probe", "probe"], [])

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "post", "X" * 100])
    def test_another_method_is_told_which_there_are(self, door: Door, parts: Parts, method: str) -> None:
        answer = call(door, method=method)
        assert refused(answer, 405, "method_not_allowed")
        assert answer.headers == [("Allow", "GET, HEAD, POST")]
        assert parts.kept == []

    def test_a_get_with_a_query_is_a_call_only_where_the_desk_sends_such(self, door: Door, parts: Parts) -> None:
        assert call(door, b"", method="GET", QUERY_STRING="ticket=1").status == 200
        assert parts.kept == []


class TestAnything:
    @hypothesis_settings(max_examples=tries(2), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        body=st.binary(max_size=80),
        method=st.sampled_from(["POST", "GET", "PUT", ""]),
        headers=st.dictionaries(
            st.sampled_from(["X-Signature", "Webhook-Id", "Webhook-Timestamp", "Webhook-Signature", "Content-Type"]),
            st.text(st.characters(max_codepoint=255), max_size=30),
        ),
        query=st.text(st.characters(max_codepoint=255), max_size=30),
        length=st.text("0123456789-+ x", max_size=4),
        desk=st.sampled_from(["generic", "liveagent", "django_helpdesk", "nothing"]),
    )
    def test_whatever_comes_without_a_proof_is_answered_and_nothing_is_kept(
        self, body: bytes, method: str, headers: dict[str, str], query: str, length: str, desk: str
    ) -> None:
        parts = Parts({"acme": account("acme"), "desk": account("desk", "liveagent")})
        answer = call(
            made(parts), body, method=method, desk=desk, headers=headers, QUERY_STRING=query, CONTENT_LENGTH=length
        )
        assert answer.status in (200, 401, 405, 413)
        assert (len(parts.outcomes), parts.kept) == (1, [])
        assert json.loads(answer.body) is not None


class TestPaths:
    @pytest.mark.parametrize(
        ("path", "through"),
        [
            ("/webhooks/generic/acme", True),
            ("/webhooks/generic/", False),
            ("/webhooks/generic", False),
            ("/webhooks/generic/acme/", False),
            ("/webhooks/a/b/c", False),
            ("/webhooksgeneric/acme", False),
            ("/Webhooks/generic/acme", False),
            ("/healthz", False),
            ("", False),
        ],
    )
    def test_only_an_address_of_desk_and_account_is_the_doors(self, door: Door, path: str, through: bool) -> None:
        started: list[str] = []
        app = before(lambda environ, start: [b"behind"], door)
        environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO()}
        body = b"".join(app(environ, lambda status, headers, *_: started.append(status)))  # type: ignore[arg-type]
        assert body == (b"{}" if through else b"behind")
        assert started == (["200 OK"] if through else [])

    @pytest.mark.parametrize(("method", "body"), [("GET", b"{}"), ("HEAD", b"")])
    def test_a_head_is_answered_with_the_length_alone(self, door: Door, method: str, body: bytes) -> None:
        sent: list[dict[str, str]] = []
        app = before(lambda environ, start: [], door)
        environ = {"PATH_INFO": "/webhooks/generic/acme", "REQUEST_METHOD": method, "wsgi.input": io.BytesIO()}
        answer = app(environ, lambda _status, headers, *_: sent.append(dict(headers)))  # type: ignore[arg-type]
        assert b"".join(answer) == body
        assert sent == [{"Content-Type": "application/json", "Content-Length": "2"}]
