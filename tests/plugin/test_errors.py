"""Every error is answered in one shape, whichever part of the product answers it."""

from __future__ import annotations

import json
from http import HTTPStatus

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import default_exceptions as known_exceptions
from werkzeug.routing import RequestRedirect

from plugin.errors import Problem, error_body, register, sentence_of
from tests.plugin.calling import is_error

KNOWN = {
    400: "bad_request", 401: "unauthorized", 404: "not_found", 405: "method_not_allowed", 413: "too_large",
    415: "unsupported_media_type", 429: "too_many_requests", 431: "headers_too_large", 500: "internal_error",
    501: "not_implemented", 503: "unavailable",
}  # fmt: skip
SEPARATORS = "\n\r"


@pytest.fixture
def app() -> Flask:
    made = Flask("errors")
    register(made)

    @made.get("/status/<int:status>")
    def status(status: int) -> str:
        abort(status)

    @made.get("/problem")
    def problem() -> str:
        raise Problem(409, "It changed meanwhile.", code="conflict", details={"now": 3}, retry_after=0.2)

    @made.get("/folder/")
    def folder() -> str:
        return "here"

    @made.get("/moved")
    def moved() -> str:
        raise RequestRedirect("/elsewhere")

    @made.post("/taken")
    def taken() -> str:
        return "taken"

    return made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


class TestAnswers:
    @pytest.mark.parametrize("status", sorted(status for status in known_exceptions if status >= 400))
    def test_every_status_that_the_framework_knows_is_answered_in_our_shape(
        self, client: FlaskClient, status: int
    ) -> None:
        answer = client.get(f"/status/{status}")
        assert (answer.status_code, answer.mimetype) == (status, "application/json")
        assert is_error(answer.get_json(), KNOWN.get(status, "bad_request" if status < 500 else "internal_error"))

    def test_a_problem_brings_its_own_words_and_details(self, client: FlaskClient) -> None:
        answer = client.get("/problem")
        told = {"code": "conflict", "message": "It changed meanwhile.", "details": {"now": 3}}
        assert (answer.status_code, answer.get_json()) == (409, {"error": told})
        assert answer.headers["Retry-After"] == "1"

    def test_which_methods_there_are_is_said(self, client: FlaskClient) -> None:
        answer = client.get("/taken")
        assert is_error(answer.get_json(), "method_not_allowed")
        assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}

    @pytest.mark.parametrize(("path", "to"), [("/folder", "/folder/"), ("/moved", "/elsewhere")])
    def test_a_redirect_is_no_error(self, client: FlaskClient, path: str, to: str) -> None:
        answer = client.get(path)
        assert answer.status_code == 308
        assert answer.headers["Location"].removeprefix("http://localhost") == to


class TestProblem:
    @pytest.mark.parametrize(("status", "code"), KNOWN.items())
    def test_a_status_has_a_code_and_a_sentence(self, status: int, code: str) -> None:
        problem = Problem(status)
        assert (problem.status, problem.code, problem.details, problem.headers) == (status, code, {}, [])
        assert str(problem).endswith(".")

    @pytest.mark.parametrize(
        ("seconds", "header"),
        [(0.0, "1"), (0.001, "1"), (1.0, "1"), (1.001, "2"), (59.5, "60"), (3600.0, "3600")],
    )
    def test_the_wait_is_told_in_whole_seconds_and_never_too_short(self, seconds: float, header: str) -> None:
        assert Problem(503, retry_after=seconds).headers == [("Retry-After", header)]

    @pytest.mark.parametrize(("status", "as_if"), [(418, 400), (499, 400), (502, 500), (599, 500)])
    def test_an_unknown_status_is_told_as_its_class_is(self, status: int, as_if: int) -> None:
        assert sentence_of(status) == sentence_of(as_if)

    @given(st.sampled_from(list(HTTPStatus)), st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
    def test_any_message_survives_the_way_through_json(self, status: HTTPStatus, message: str) -> None:
        body = json.loads(Problem(status.value, message).body)
        assert is_error(body, sentence_of(status.value)[0])
        assert body["error"]["message"] == message

    @given(st.dictionaries(st.text("abc", max_size=3), st.integers(-9, 9) | st.text("xyz", max_size=3), max_size=3))
    def test_details_are_kept_as_they_are(self, details: dict[str, int | str]) -> None:
        body = error_body("code", "message", details)
        assert json.loads(body)["error"]["details"] == details
        assert not any(separator.encode() in body for separator in SEPARATORS)
