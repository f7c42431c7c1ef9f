"""What a desk's answer means, and what is sent to it."""

from __future__ import annotations

import socket
import traceback
from pathlib import Path
from typing import Any

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from integrations import deadlines, session
from integrations.errors import (
    DeskpulseError,
    Gone,
    RateLimited,
    Refused,
    Rejected,
    Unavailable,
    Unclear,
)
from integrations.session import retry_after
from tests.integrations.wires import KEY, NOON, URL, Purse, dripping_desk, keeping_desk, raw_desk, session_to


def error_of(method: str, status: int, **answer: Any) -> DeskpulseError:
    with responses.RequestsMock() as wire, session_to() as desk:
        wire.add(method, f"{URL}/tickets/71", status=status, **answer)
        with pytest.raises(DeskpulseError) as caught:
            desk.request(method, "/tickets/71", permission="tickets:write")
    return caught.value


class TestStatuses:
    @pytest.mark.parametrize(
        ("status", "of_a_read", "of_a_write"),
        [
            (301, Rejected, Rejected), (302, Rejected, Rejected), (304, Rejected, Rejected), (307, Rejected, Rejected),
            (400, Rejected, Rejected), (401, Refused, Refused), (403, Refused, Refused), (404, Gone, Gone),
            (405, Rejected, Rejected), (408, Unavailable, Unclear), (409, Rejected, Rejected), (410, Gone, Gone),
            (413, Rejected, Rejected), (422, Rejected, Rejected), (425, Unavailable, Unclear),
            (429, RateLimited, RateLimited), (500, Unavailable, Unclear), (501, Unavailable, Unclear),
            (502, Unavailable, Unclear), (503, Unavailable, Unavailable), (504, Unavailable, Unclear),
            (520, Unavailable, Unclear),
        ],
    )  # fmt: skip
    def test_each_means_one_thing_to_do(
        self, status: int, of_a_read: type[DeskpulseError], of_a_write: type[DeskpulseError]
    ) -> None:
        assert type(error_of("GET", status)) is of_a_read
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert type(error_of(method, status)) is of_a_write

    def test_a_sentence_says_who_answered_what_to_what(self) -> None:
        said = str(error_of("POST", 422, body='{"error":\n  "title is missing"}'))
        assert said == 'desk.example answered 422 to POST /tickets/71: {"error": "title is missing"}'

    def test_a_refusal_names_the_permission(self) -> None:
        refused = error_of("POST", 403)
        assert isinstance(refused, Refused)
        assert refused.permission == "tickets:write"
        assert "grant the permission tickets:write" in str(refused)

    def test_a_desk_may_read_a_failure_in_its_own_way_first(self) -> None:
        for status, kind in ((422, Gone), (400, Rejected)):
            with responses.RequestsMock() as wire, session_to() as desk:
                wire.add("PUT", f"{URL}/x", status=status, body="no such thing")
                with pytest.raises(kind):
                    desk.request("PUT", "/x", meaning=lambda said: Gone(said.text) if said.status == 422 else None)

    def test_success_gives_status_headers_and_json(self) -> None:
        with responses.RequestsMock() as wire, session_to() as desk:
            wire.add("GET", f"{URL}/x", json={"a": [1]}, headers={"X-Next": "7"})
            wire.add("DELETE", f"{URL}/x", status=204)
            found = desk.get("/x")
            assert (found.status, found.headers["x-next"], found.json) == (200, "7", {"a": [1]})
            assert desk.request("DELETE", "/x").json is None

    def test_a_page_for_people_is_no_success(self) -> None:
        for method, kind in (("GET", Unavailable), ("POST", Unclear)):
            with responses.RequestsMock() as wire, session_to() as desk:
                wire.add(method, f"{URL}/x", body="<html>We are upgrading</html>")
                with pytest.raises(kind, match="not JSON"):
                    desk.request(method, "/x")


class TestRateLimit:
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("7", 7), ("0", 1), ("86400", 3600), ("9" * 400, 3600), ("Mon, 15 Jun 2026 12:00:30 GMT", 30),
            ("Mon, 15 Jun 2026 14:00:30 +0200", 30), ("Mon, 15 Jun 2026 11:00:00 GMT", 1),
            ("Tue, 16 Jun 2026 12:00:00 GMT", 3600), ("soon", 60), ("", 60), ("-5", 60), ("1.5", 60), ("²", 60),
            ("Mon, 99 Jun 2026 12:00:30 GMT", 60), ("Mon, 15 Jun 99999999999 12:00:30 GMT", 60), ("\0", 60),
        ],
    )  # fmt: skip
    def test_retry_after_is_read_in_both_forms(self, header: str, seconds: float) -> None:
        assert retry_after({"retry-after": header}, now=NOON) == seconds

    @given(st.text(max_size=60))
    def test_any_retry_after_is_a_wait_between_a_second_and_an_hour(self, header: str) -> None:
        assert 1 <= retry_after({"retry-after": header}, now=NOON) <= 3600

    def test_without_the_header_a_minute_is_waited(self) -> None:
        assert retry_after({}, now=NOON) == 60

    def test_a_429_holds_the_account_back_and_says_how_long(self) -> None:
        purse = Purse()
        with responses.RequestsMock() as wire, session_to(gate=purse) as desk:
            wire.add("GET", f"{URL}/x", status=429, headers={"Retry-After": "17"})
            with pytest.raises(RateLimited) as caught:
                desk.get("/x")
        assert caught.value.after == 17
        assert purse.held == [17]

    def test_a_503_tells_its_wait_only_when_the_desk_did(self) -> None:
        told, silent = error_of("GET", 503, headers={"Retry-After": "9"}), error_of("GET", 503)
        assert isinstance(told, Unavailable)
        assert isinstance(silent, Unavailable)
        assert (told.after, silent.after) == (9, None)

    def test_every_request_is_booked(self) -> None:
        purse = Purse()
        with responses.RequestsMock() as wire, session_to(gate=purse) as desk:
            wire.add("GET", f"{URL}/x", json={})
            for _ in range(3):
                desk.get("/x")
        assert purse.taken == [1, 1, 1]

    def test_without_budget_nothing_is_sent(self) -> None:
        class Empty(Purse):
            def take(self, requests: int) -> None:
                raise RateLimited("the budget is used up", after=4)

        with responses.RequestsMock() as wire, session_to(gate=Empty()) as desk, pytest.raises(RateLimited):
            desk.get("/x")
        assert len(wire.calls) == 0


class TestSending:
    def test_every_request_names_us_and_asks_below_the_desk_s_address(self) -> None:
        with (
            raw_desk(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as (url, asked),
            session_to(url + "/v3/") as desk,
        ):
            desk.get("/tickets", params={"page": 2})
        first, *headers = asked[0].decode().split("\r\n")
        assert first == "GET /v3/tickets?page=2 HTTP/1.1"
        assert "User-Agent: Deskpulse/0.1 (helpdesk plugin)" in headers

    def test_a_signed_body_is_sent_byte_for_byte(self) -> None:
        body = b'{ "b":1,  "a" : "\xc3\xa9" }\n'
        with raw_desk(b"HTTP/1.1 204 No Content\r\n\r\n") as (url, asked), session_to(url) as desk:
            desk.request("POST", "/actions", body=body, headers={"content-type": "application/json"})
        assert asked[0].endswith(b"\r\n\r\n" + body)

    def test_neither_proxies_nor_netrc_of_the_machine_are_used(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password hidden\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        with raw_desk(b"HTTP/1.1 204 No Content\r\n\r\n") as (url, asked), session_to(url) as desk:
            desk.get("/x")
        assert b"Authorization" not in asked[0]

    def test_a_redirect_is_not_followed(self) -> None:
        leads = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
        with raw_desk(leads) as (url, asked), session_to(url) as desk, pytest.raises(Rejected, match="redirects"):
            desk.get("/x")
        assert len(asked) == 1

    def test_a_key_that_no_header_can_hold_is_rejected_without_showing_it(self) -> None:
        for key in ("ключ-4411", "a\r\nb: 4411"):
            with raw_desk() as (url, _), session_to(url, key=key) as desk, pytest.raises(Rejected) as caught:
                desk.get("/x", headers={"apikey": key})
            assert "4411" not in _told(caught.value)

    @pytest.mark.parametrize(
        "url", ["", "desk.example", "ftp://desk.example", "http://", "http://[::1", "http://x:99999"]
    )
    def test_an_address_that_cannot_be_called_is_one_of_our_errors(self, url: str) -> None:
        with session_to(url) as desk, pytest.raises(DeskpulseError):
            desk.get("/x")


def _told(error: BaseException) -> str:
    """All that a log with its traceback would hold."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(error)


class TestLostAnswers:
    def test_a_desk_that_cannot_be_reached_has_done_nothing(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            url = f"http://127.0.0.1:{gone.getsockname()[1]}"
        for method in ("GET", "POST"):
            for private in (url, "http://no-such-desk.invalid"):
                with session_to(private) as desk, pytest.raises(Unavailable, match="cannot be reached"):
                    desk.request(method, "/x")

    @pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", b"nonsense\r\n\r\n"])
    def test_of_a_write_whose_answer_is_lost_nobody_knows(self, answer: bytes) -> None:
        for method, kind in (("GET", Unavailable), ("POST", Unclear)):
            with raw_desk(answer) as (url, _), session_to(url) as desk, pytest.raises(kind):
                desk.request(method, "/x")

    def test_a_silent_desk_is_left_after_the_time_out(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            for method, kind in (("GET", Unavailable), ("POST", Unclear)):
                with session_to(url, wait=0.1) as desk, pytest.raises(kind, match="did not answer"):
                    desk.request(method, "/x")

    @pytest.mark.parametrize(
        "start",
        [
            b"HTTP/1.1 2",
            b"HTTP/1.1 200 OK\r\nX-Drip: ",
            b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;",
        ],
        ids=["status", "headers", "body", "body without a length", "size of a chunk"],
    )
    def test_a_desk_that_drips_its_answer_is_cut_off(self, start: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(deadlines, "LONGEST", 0.3)
        for method, kind in (("GET", Unavailable), ("POST", Unclear)):
            with dripping_desk(start) as url, session_to(url) as desk, pytest.raises(kind, match="did not answer"):
                desk.request(method, "/x")

    def test_each_request_on_one_connection_has_its_own_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(deadlines, "LONGEST", 0.5)
        with keeping_desk(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", after=0.3) as url, session_to(url) as desk:
            for _ in range(3):
                assert desk.get("/x").json == {}

    def test_an_answer_without_end_is_cut(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(session, "_LARGEST_ANSWER", 100_000)
        endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 400_000
        for method, kind in (("GET", Rejected), ("POST", Unclear)):
            with responses.RequestsMock() as wire, session_to() as desk:
                wire.add(method, f"{URL}/x", body=endless)
                with pytest.raises(kind):
                    desk.request(method, "/x")

    def test_a_key_is_in_no_error_and_in_no_traceback(self) -> None:
        """The key stands in the query, in a header and in what the desk repeats."""
        closed = (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
        said = [f"HTTP/1.1 {status} No\r\n\r\nbad key {KEY}".encode() for status in (400, 401, 404, 422, 500)]
        for answer in (*closed, *said):
            for method in ("GET", "POST"):
                with raw_desk(answer) as (url, _), session_to(url) as desk, pytest.raises(DeskpulseError) as caught:
                    desk.request(method, "/x", params={"apikey": KEY}, headers={"apikey": KEY})
                assert KEY not in _told(caught.value)
        with session_to("http://127.0.0.1:9") as desk, pytest.raises(Unavailable) as caught_one:
            desk.get("/x", params={"apikey": KEY})
        assert KEY not in _told(caught_one.value)
