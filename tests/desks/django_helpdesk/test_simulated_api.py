"""The simulated API is as strict as the real one: what it refuses, what it passes over, how its lists are cut."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from integrations.django_helpdesk.simulated_api import Api
from integrations.django_helpdesk.simulator import Simulator
from tests.desks.django_helpdesk.samples import CUSTOMER

STAFF = {"Authorization": "Token token-of-eva"}
NEW = {"queue": 2, "title": "Blender", "description": "It hums", "priority": 3}


@pytest.fixture
def api() -> Api:
    """Seven tickets, of which two are resolved and two closed."""
    api = Api(Simulator())
    for number in range(1, 8):
        made = api.desk.opened_by_form(f"Number {number}", "?", customer=CUSTOMER)
        if number % 3:
            api.desk.replied(made, "Done", status=2 + number % 3)
    return api


@pytest.fixture
def browser(api: Api) -> FlaskClient:
    return api.app().test_client()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404), ("GET", "/api/", 404), ("GET", "/api/tickets/x/", 404),
        ("GET", "/api/tickets/1/followups/", 404), ("GET", "/api/users/", 404), ("GET", "/api/tickets/-1/", 404),
        ("DELETE", "/api/tickets/1/", 405), ("PUT", "/api/tickets/1/", 405), ("POST", "/api/tickets/1/", 405),
        ("PATCH", "/api/tickets/", 405), ("DELETE", "/api/followups/", 405), ("OPTIONS", "/api/followups/", 405),
        ("GET", "/api/followups/1/", 404), ("HEAD", "/api/none/", 404),
    ],
)  # fmt: skip
def test_an_unknown_address_or_method_is_refused_and_written_down(
    api: Api, browser: FlaskClient, method: str, path: str, status: int
) -> None:
    assert browser.open(path, method=method, headers=STAFF).status_code == status
    assert len(api.violations) == 1


@pytest.mark.parametrize(
    ("headers", "status", "sins"),
    [
        ({}, 401, 1), ({"Authorization": ""}, 401, 1), ({"Authorization": "token-of-eva"}, 401, 1),
        ({"Authorization": "Bearer token-of-eva"}, 401, 1), ({"Authorization": "token token-of-eva"}, 401, 1),
        ({"Authorization": "Token "}, 401, 0), ({"Authorization": "Token nonsense"}, 401, 0),
        ({"Authorization": "Token token-of-guest"}, 403, 0), (STAFF, 200, 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/api/tickets/", "/api/tickets/1/", "/api/followups/"])
def test_only_the_token_of_staff_lets_in(
    api: Api, browser: FlaskClient, headers: dict[str, str], status: int, sins: int, path: str
) -> None:
    assert browser.get(path, headers=headers).status_code == status
    assert len(api.violations) == sins


def numbers(browser: FlaskClient, query: str) -> list[int]:
    return [row["id"] for row in browser.get(f"/api/tickets/?{query}", headers=STAFF).get_json()["results"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3, 4, 5, 6, 7]), ("status=1", [3, 6]), ("status=3", [1, 4, 7]), ("status=4", [2, 5]),
        ("status=1,4", [2, 3, 5, 6]), ("status=9", [1, 2, 3, 4, 5, 6, 7]), ("status=", [1, 2, 3, 4, 5, 6, 7]),
        ("page_size=3", [1, 2, 3]), ("page_size=3&page=2", [4, 5, 6]), ("page_size=3&page=3", [7]),
        ("page_size=3&page=last", [7]), ("page_size=7&page=last", [1, 2, 3, 4, 5, 6, 7]), ("status=5", []),
    ],
)  # fmt: skip
def test_a_list_is_filtered_and_cut_as_asked(api: Api, browser: FlaskClient, query: str, found: list[int]) -> None:
    assert numbers(browser, query) == found
    assert api.violations == []


@pytest.mark.parametrize("page", ["0", "4", "99"])
def test_a_page_that_there_is_not_is_404(api: Api, browser: FlaskClient, page: str) -> None:
    assert browser.get(f"/api/tickets/?page_size=3&page={page}", headers=STAFF).status_code == 404
    assert api.violations == [], "the real one shows no page either: it is no mistake to look"


@pytest.mark.parametrize(
    ("path", "query"),
    [("/api/tickets/", "ordering=-id"), ("/api/tickets/", "queue=2"), ("/api/tickets/1/", "fields=id"),
     ("/api/followups/", "status=1"), ("/api/followups/", "ticket=1")],
)  # fmt: skip
def test_a_filter_that_the_real_one_passes_over_is_a_mistake(
    api: Api, browser: FlaskClient, path: str, query: str
) -> None:
    assert browser.get(f"{path}?{query}", headers=STAFF).status_code == 200
    assert api.violations == [f"{path}: {query.partition('=')[0]} is passed over"]


def test_a_ticket_is_found_only_where_its_status_is(browser: FlaskClient) -> None:
    found = {status: browser.get(f"/api/tickets/1/?status={status}", headers=STAFF).status_code for status in "12345"}
    assert found == {"1": 404, "2": 404, "3": 200, "4": 404, "5": 404}
    assert browser.patch("/api/tickets/1/?status=4", headers=STAFF, json={"title": "x"}).status_code == 404
    assert browser.patch("/api/tickets/1/?status=3", headers=STAFF, json={"title": "x"}).get_json()["title"] == "x"


def test_entries_are_listed_in_the_order_of_their_dates(browser: FlaskClient) -> None:
    rows = browser.get("/api/followups/?page_size=100", headers=STAFF).get_json()["results"]
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)
    assert len(rows) == 7 + 5


@pytest.mark.parametrize(
    ("body", "named"),
    [({**NEW, "queue": 99}, "queue"), ({**NEW, "queue": "shop"}, "queue"), ({**NEW, "queue": None}, "queue"),
     ({name: value for name, value in NEW.items() if name != "priority"}, "priority")],
)  # fmt: skip
def test_a_ticket_that_the_real_one_refuses_is_refused_and_the_field_named(
    api: Api, browser: FlaskClient, body: dict[str, Any], named: str
) -> None:
    answer = browser.post("/api/tickets/", headers=STAFF, json=body)
    assert (answer.status_code, set(answer.get_json())) == (400, {named})
    assert len(api.desk.tickets) == 7


@pytest.mark.parametrize(
    ("change", "status", "named"),
    [
        ({"custom_channel": "fax"}, 400, "custom_channel"), ({"title": "x" * 201}, 400, "title"),
        ({"custom_channel": "email"}, 200, None), ({"title": "x" * 200}, 200, None), ({"custom_tags": ""}, 200, None),
    ],
)  # fmt: skip
def test_a_value_is_taken_or_refused_as_its_field_says(
    api: Api, browser: FlaskClient, change: dict[str, str], status: int, named: str | None
) -> None:
    before = dict(api.desk.tickets[1])
    answer = browser.patch("/api/tickets/1/", headers=STAFF, json=change)
    assert answer.status_code == status
    assert api.desk.tickets[1] == (before if named else {**before, **change})
    assert named is None or named in answer.get_json()


@pytest.mark.parametrize("name", ["custom_mood", "id", "priority_", "followup_set", "submitter_email"])
def test_a_field_that_the_real_one_does_not_take_is_passed_over_and_a_mistake(
    api: Api, browser: FlaskClient, name: str
) -> None:
    before = dict(api.desk.tickets[1])
    assert browser.patch("/api/tickets/1/", headers=STAFF, json={name: 7}).status_code == 200
    assert api.desk.tickets[1] == before
    assert api.violations == [f"PATCH of {name} is passed over"]


@pytest.mark.parametrize("trouble", ["fail", "drop"])
def test_trouble_befalls_one_write_after_it_was_saved_and_no_reading(
    api: Api, browser: FlaskClient, trouble: str
) -> None:
    api.troubles.append(trouble)
    assert browser.get("/api/tickets/1/", headers=STAFF).status_code == 200
    note = {"ticket": 3, "comment": "A note", "public": False}
    assert browser.post("/api/followups/", headers=STAFF, json=note).status_code == 500
    assert browser.post("/api/followups/", headers=STAFF, json=note).status_code == 201
    assert [one["comment"] for one in api.desk.follow_ups.values()].count("A note") == 2


def test_trouble_waits_for_a_request_that_would_have_been_taken(api: Api, browser: FlaskClient) -> None:
    api.troubles.append("fail")
    assert browser.post("/api/followups/", headers=STAFF, json={"ticket": 99, "comment": "x"}).status_code == 400
    assert browser.patch("/api/tickets/99/", headers=STAFF, json={"title": "x"}).status_code == 404
    assert list(api.troubles) == ["fail"]


def test_what_was_asked_is_kept_with_its_query(api: Api, browser: FlaskClient) -> None:
    browser.get("/api/tickets/?status=1,2&page=last", headers=STAFF)
    browser.options("/api/tickets/", headers=STAFF)
    assert api.asked == ["GET /api/tickets/?status=1,2&page=last", "OPTIONS /api/tickets/"]
