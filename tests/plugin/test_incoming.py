"""A request as a call: what is read of it, and what of its headers and query is kept."""

from __future__ import annotations

import io
import json
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.base import Call
from plugin import incoming
from plugin.errors import Problem
from plugin.incoming import call_of, keeps, kept_call, read_body

LIMIT = 10
PROVING = (
    "authorization", "proxy-authorization", "x-auth", "x-auth-user", "cookie", "set-cookie2", "x-signature",
    "webhook-signature", "x-hub-signature-256", "sig", "x-sig", "secret", "client_secret", "token", "x-api-key",
    "api_key", "apikey", "access-key", "password", "passwd", "x-hmac", "credential", "credentials", "session",
    "session_id", "jwt", "x-jwt-assertion",
)  # fmt: skip
IDENTIFYING = (
    "x-forwarded-for", "forwarded", "x-real-ip", "true-client-ip", "cf-connecting-ip", "x-remote-addr", "remote_user",
    "client_ip", "realip", "from",
)  # fmt: skip
PLAIN = (
    "content-type", "user-agent", "webhook-id", "webhook-timestamp", "x-event", "accept", "host", "x-authored-by",
    "design", "fromage", "x-from", "signal", "ticket", "keyboard", "author",
)  # fmt: skip
WORDS = ("Authorization", "cookie", "SIGNATURE", "Secret", "toKen", "api-key", "passw", "hmac", "jwt", "Forwarded")
NAME = st.text(string.ascii_letters + string.digits + "-_", max_size=20)


def environ(body: bytes = b"", *, length: str | None = None, terminated: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": terminated}
    return found if length is None else {**found, "CONTENT_LENGTH": length}


def refused(given_: dict[str, Any]) -> Problem:
    with pytest.raises(Problem) as caught:
        read_body(given_, LIMIT)
    return caught.value


class TestBody:
    def test_of_a_connection_that_stays_open_only_the_declared_bytes_are_read(self) -> None:
        source = environ(b"firstsecond", length="5")
        assert read_body(source, LIMIT) == b"first"
        assert source["wsgi.input"].read() == b"second"

    def test_a_body_of_exactly_the_limit_is_read(self) -> None:
        assert read_body(environ(b"x" * LIMIT, length=str(LIMIT)), LIMIT) == b"x" * LIMIT
        assert read_body(environ(b"x" * LIMIT, terminated=True), LIMIT) == b"x" * LIMIT

    def test_a_declared_length_above_the_limit_is_refused_before_a_byte_is_read(self) -> None:
        source = environ(b"x" * 11, length="11")
        problem = refused(source)
        assert (problem.status, problem.details) == (413, {"limit": LIMIT})
        assert source["wsgi.input"].tell() == 0

    def test_a_chunked_body_above_the_limit_is_refused_and_not_read_to_its_end(self) -> None:
        source = environ(b"x" * 1000, terminated=True)
        assert refused(source).status == 413
        assert source["wsgi.input"].tell() == LIMIT + 1

    @pytest.mark.parametrize("length", [None, "", "-1", "+5", "5.0", " 5", "0x5", "٥", "five", "9" * 19])
    def test_without_a_length_that_is_one_there_is_no_body(self, length: str | None) -> None:
        source = environ(b"first", length=length)
        assert read_body(source, LIMIT) == b""
        assert source["wsgi.input"].tell() == 0

    @given(body=st.binary(max_size=2 * LIMIT), declared=st.booleans())
    def test_any_body_is_read_whole_or_refused(self, body: bytes, declared: bool) -> None:
        source = environ(body, length=str(len(body)) if declared else None, terminated=not declared)
        if len(body) > LIMIT:
            assert refused(source).status == 413
        else:
            assert read_body(source, LIMIT) == body


class TestCall:
    def test_header_names_are_those_of_http_in_lower_case(self) -> None:
        call = call_of(
            {"HTTP_X_EVENT_NAME": "a", "CONTENT_TYPE": "b", "CONTENT_LENGTH": "3", "HTTP_HOST": "c"}, b"{}", 7
        )
        assert call.headers == {"x-event-name": "a", "content-type": "b", "content-length": "3", "host": "c"}
        assert (call.body, call.received_at) == (b"{}", 7)

    def test_what_the_server_says_about_itself_is_no_header(self) -> None:
        given_ = {"REMOTE_ADDR": "192.0.2.1", "SERVER_NAME": "here", "wsgi.url_scheme": "http", "PATH_INFO": "/"}
        assert call_of(given_, b"", 1).headers == {}

    @pytest.mark.parametrize(
        ("query", "read"),
        [
            (None, {}),
            ("", {}),
            ("a=1&b=2", {"a": "1", "b": "2"}),
            ("a=1&a=2", {"a": "2"}),
            ("a=&b", {"a": "", "b": ""}),
            ("n=%C5%BD&p=a+b", {"n": "Ž", "p": "a b"}),
            ("n=%FF", {"n": "\ufffd"}),
            ("a=1;b=2", {"a": "1;b=2"}),
        ],
    )
    def test_a_query_is_read_as_a_form_is(self, query: str | None, read: dict[str, str]) -> None:
        given_ = {} if query is None else {"QUERY_STRING": query}
        assert call_of(given_, b"", 1).query == read

    @given(st.text(max_size=60))
    def test_no_query_is_our_failure(self, query: str) -> None:
        call = call_of({"QUERY_STRING": query}, b"", 1)
        assert all(isinstance(text, str) for pair in call.query.items() for text in pair)

    def test_invented_names_do_not_fill_the_memory(self) -> None:
        for number in range(3 * incoming._MOST_NAMES):
            call_of({f"HTTP_INVENTED_{number}": "x"}, b"", 1)
            keeps(f"invented-{number}")
        assert len(incoming._names) <= incoming._MOST_NAMES
        assert len(incoming._keeps) <= incoming._MOST_NAMES
        assert call_of({"HTTP_X_NEW_ONE": "x"}, b"", 1).headers == {"x-new-one": "x"}
        assert not keeps("x-token-new-one"), "what is forgotten is judged anew"


class TestKept:
    @pytest.mark.parametrize("name", [*PROVING, *IDENTIFYING])
    def test_what_proves_or_identifies_is_left_out_however_it_is_written(self, name: str) -> None:
        assert not keeps(name)
        assert not keeps(name.upper())

    @pytest.mark.parametrize("name", PLAIN)
    def test_what_does_neither_is_kept(self, name: str) -> None:
        assert keeps(name)

    @given(before=NAME, word=st.sampled_from(WORDS), after=NAME)
    def test_a_name_with_a_secret_word_anywhere_in_it_is_left_out(self, before: str, word: str, after: str) -> None:
        assert not keeps(before + word + after)

    @given(
        headers=st.dictionaries(NAME, st.text(st.characters(codec="utf-8"), max_size=20), max_size=8),
        query=st.dictionaries(NAME, st.text(st.characters(codec="utf-8"), max_size=20), max_size=8),
    )
    def test_whatever_is_kept_is_json_of_plain_names_alone(
        self, headers: dict[str, str], query: dict[str, str]
    ) -> None:
        call = kept_call(Call(b"{}", headers, query, 1), "acme", "generic", None)
        for text, given_ in ((call.headers, headers), (call.query, query)):
            assert json.loads(text) == {name: value for name, value in given_.items() if keeps(name)}

    @given(secret=st.text(string.ascii_letters, min_size=12, max_size=20), name=st.sampled_from(PROVING + IDENTIFYING))
    def test_a_secret_in_headers_and_query_is_nowhere_in_what_is_kept(self, secret: str, name: str) -> None:
        value = f"canary{secret}"
        given_ = {f"HTTP_{name.upper().replace('-', '_')}": value, "QUERY_STRING": f"{name}={value}&page=2"}
        call = kept_call(call_of(given_, b"{}", 1), "acme", "generic", None)
        assert value not in call.headers + call.query
        assert json.loads(call.query) == {"page": "2"}

    def test_body_delivery_and_moment_are_kept_as_they_are(self) -> None:
        call = kept_call(Call(b"\x00\xff", {}, {}, 42), "acme", "generic", "d-1")
        assert (call.account, call.desk, call.delivery, call.received_at) == ("acme", "generic", "d-1", 42)
        assert (call.body, call.headers, call.query) == (b"\x00\xff", "{}", "{}")
