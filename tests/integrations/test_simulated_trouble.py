"""A simulated desk goes wrong exactly where it was told to, before or after it did what was asked."""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from werkzeug.test import Client

from integrations.simulated_trouble import WAIT, Failure, Troubled

_FAILURES = {"429": Failure("429 Too Many Requests", {"error": "slower"}, waits=True), "500": Failure("500 Broken")}


class Desk:
    """Notes what it was asked, and answers that it did it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.trouble = Troubled(self._answer, _FAILURES)
        self.client = Client(self.trouble)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.done.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"done"]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(("kind", "done"), [("429", False), ("500", False), ("500 late", True), ("drop", False),
                                            ("drop late", True)])  # fmt: skip
def test_a_request_is_done_before_it_goes_wrong_only_where_that_is_ordered(desk: Desk, kind: str, done: bool) -> None:
    desk.trouble.order(kind)
    assert desk.client.post("/tickets", data=b"{}").status_code in (429, 500)
    assert desk.done == ["POST /tickets"] * done
    assert desk.client.post("/tickets", data=b"{}").text == "done"


def test_only_the_request_that_was_meant_goes_wrong(desk: Desk) -> None:
    desk.trouble.order("500", "PUT", "/tags")
    assert [desk.client.put("/notes").status_code, desk.client.post("/tags").status_code] == [200, 200]
    assert desk.client.put("/tickets/1/tags").status_code == 500
    desk.trouble.lose_next_write()
    assert desk.client.get("/tickets").status_code == 200
    assert desk.client.delete("/tickets/1").status_code == 500
    assert desk.done[-1] == "DELETE /tickets/1"
    assert desk.trouble.ordered == []


def test_a_failure_says_what_it_is_and_how_long_to_wait(desk: Desk) -> None:
    desk.trouble.order("429", "GET")
    answer = desk.client.get("/tickets")
    assert (answer.json, answer.headers["Retry-After"]) == ({"error": "slower"}, str(WAIT))
    desk.trouble.order("500", "GET")
    answer = desk.client.get("/tickets")
    assert (answer.text, answer.headers.get("Retry-After")) == ("", None)


def test_a_desk_hangs_until_it_is_released_and_did_nothing(desk: Desk) -> None:
    desk.trouble.released.set()
    desk.trouble.order("hang")
    assert desk.client.post("/tickets").status_code == 500
    assert desk.done == []


def test_trouble_that_is_not_known_is_refused(desk: Desk) -> None:
    with pytest.raises(ValueError, match="no such trouble: 418"):
        desk.trouble.order("418")
