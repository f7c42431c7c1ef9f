"""The simulated LiveAgent's API is strict: parameters, filters, bodies and keys, table by table."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from integrations.liveagent.simulated_world import Conversation
from tests.desks.liveagent.world import Office, at

V3 = {"apikey": "v3-key-of-the-simulation"}
KEY = "apikey=v1-key-of-the-simulation"
NEW = {"useridentifier": "", "subject": "Week 9", "departmentid": "", "recipient": "mira@desk.example", "message": "…"}


@pytest.fixture
def office() -> Office:
    """Three letters, an hour apart, of which the second is answered and tagged."""
    office = Office()
    made = [office.letter(at(f"06-10 {hour:02}:00")) for hour in (9, 10, 11)]
    office.answered(made[1], at("06-10 12:00"))
    office.world.set_tags(made[1], at("06-10 12:01"), [office.world.add_tag("vip")])
    return office


@pytest.fixture
def browser(office: Office) -> FlaskClient:
    return office.simulator.api.app.test_client()


@pytest.fixture
def letter(office: Office) -> Conversation:
    return list(office.world.tickets.values())[1]


def found(browser: FlaskClient, *filters: list[str], **asked: Any) -> list[str]:
    """Subjects' hours of the tickets that a list shows."""
    query = {"_filters": json.dumps(filters), "_sortField": "date_created", **asked}
    rows = browser.get("/api/v3/tickets", headers=V3, query_string=query).get_json()
    return [row["date_created"][11:13] for row in rows]


@pytest.mark.parametrize(
    ("filters", "hours"),
    [
        ([], ["09", "10", "11"]), ([["date_created", "D>=", "2026-06-10 10:00:00"]], ["10", "11"]),
        ([["date_created", "D<=", "2026-06-10 10:00:00"]], ["09", "10"]),
        ([["status", "E", "A"]], ["10"]), ([["status", "IN", "A,N"]], ["09", "10", "11"]),
        ([["status", "IN", "R"]], []),
        ([["date_created", "D>=", "2026-06-10 10:00:00"], ["date_created", "D<=", "2026-06-10 10:59:59"]], ["10"]),
        ([["search", "L", "Parcel"]], ["09", "10", "11"]), ([["search", "L", "nothing like it"]], []),
        ([["date_changed", "D>=", "2026-06-10 12:01:00"]], ["10"]),
    ],
)  # fmt: skip
def test_a_list_is_filtered_as_asked(
    office: Office, browser: FlaskClient, filters: list[list[str]], hours: list[str]
) -> None:
    assert found(browser, *filters) == hours
    assert office.simulator.violations == []


@pytest.mark.parametrize(
    ("asked", "hours"),
    [
        ({}, ["09", "10", "11"]), ({"_sortDir": "DESC"}, ["11", "10", "09"]), ({"_perPage": 2}, ["09", "10"]),
        ({"_perPage": 2, "_page": 2}, ["11"]), ({"_perPage": 2, "_page": 3}, []),
        ({"_perPage": 500}, ["09", "10", "11"]),
        ({"_perPage": 1, "_sortDir": "DESC"}, ["11"]),
    ],
)  # fmt: skip
def test_a_list_is_sorted_and_cut_as_asked(browser: FlaskClient, asked: dict[str, Any], hours: list[str]) -> None:
    assert found(browser, **asked) == hours


@pytest.mark.parametrize(
    "query",
    ["_perPage=0", "_perPage=501", "_page=0", "page=1", "limit=5", '_filters=[["owner_email","E","a"]]',
     '_filters=[["custom_fields","E","a"]]', '_filters=[["status","LIKE","A"]]', '_filters=[["status","NE","A"]]',
     '_filters=[["date_created","D>","2026-06-10 10:00:00"]]', '_filters=[["date_created","DP","TW"]]'],
)  # fmt: skip
def test_what_the_list_of_tickets_does_not_know_is_refused_and_written_down(
    office: Office, browser: FlaskClient, query: str
) -> None:
    answer = browser.get(f"/api/v3/tickets?{query}", headers=V3)
    assert (answer.status_code, set(answer.get_json())) == (400, {"message"})
    assert len(office.simulator.violations) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"subject": "New"}, 200), ({"custom_fields": [{"code": "csat", "value": "3"}]}, 200), ({"tags": []}, 200),
        ({}, 200),
        ({"tags": ["no such tag"]}, 400), ({"id": "x"}, 400), ({"code": "x"}, 400), ({"channel_type": "E"}, 400),
        ({"subject": "New", "mood": "good"}, 400), ([], 400), ("x", 400), (None, 400),
    ],
)  # fmt: skip
def test_a_change_names_only_what_may_be_changed(
    office: Office, browser: FlaskClient, letter: Conversation, body: Any, status: int
) -> None:
    before = (letter.subject, dict(letter.fields), list(letter.tags))
    assert browser.put(f"/api/v3/tickets/{letter.id}", headers=V3, json=body).status_code == status
    assert len(office.simulator.violations) == (status == 400)
    if status == 400:
        assert (letter.subject, letter.fields, letter.tags) == before


def test_a_change_leaves_alone_what_it_does_not_name(browser: FlaskClient, letter: Conversation) -> None:
    letter.fields["region"] = "south"
    change = {"custom_fields": [{"code": "csat", "value": "3"}]}
    assert browser.put(f"/api/v3/tickets/{letter.code}", headers=V3, json=change).get_json()["id"] == letter.id
    assert letter.fields == {"region": "south", "csat": "3"}
    assert (letter.subject, len(letter.tags)) == ("Parcel?", 1)


@pytest.mark.parametrize("missing", [*NEW, None])
def test_a_ticket_is_made_of_all_that_it_needs(office: Office, browser: FlaskClient, missing: str | None) -> None:
    body = {**NEW, "useridentifier": office.owner.id, "departmentid": office.support, "do_not_send_mail": "Y"}
    body = {name: value for name, value in body.items() if name != missing}
    answer = browser.post("/api/v3/tickets", headers=V3, json=body)
    assert answer.status_code == (400 if missing else 201)
    assert len(office.world.tickets) == (3 if missing else 4)
    assert len(office.simulator.violations) == (1 if missing else 0)


@pytest.mark.parametrize(("wrong", "value"), [("departmentid", "nowhere"), ("useridentifier", "nobody"), ("mood", "x")])
def test_a_ticket_of_nobody_or_for_nowhere_is_refused(
    office: Office, browser: FlaskClient, wrong: str, value: str
) -> None:
    body = {**NEW, "useridentifier": office.owner.id, "departmentid": office.support, wrong: value}
    assert browser.post("/api/v3/tickets", headers=V3, json=body).status_code == 400
    assert office.simulator.api.mailed == []


@pytest.mark.parametrize(("told", "mailed"), [("Y", []), ("N", ["mira@desk.example"]), (None, ["mira@desk.example"])])
def test_a_ticket_mails_its_recipient_unless_told_not_to(
    office: Office, browser: FlaskClient, told: str | None, mailed: list[str]
) -> None:
    body = {**NEW, "useridentifier": office.owner.id, "departmentid": office.support}
    body |= {} if told is None else {"do_not_send_mail": told}
    browser.post("/api/v3/tickets", headers=V3, json=body)
    assert office.simulator.api.mailed == mailed


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"message": "A note", "type": "N"}, 200), ({"message": "A note"}, 200), ({"type": "N"}, 500),
        ({"message": "", "type": "N"}, 500), ({"message": "x", "type": "Q"}, 500),
        ({"message": "x", "type": "N", "useridentifier": "ag1"}, 500),
    ],
)  # fmt: skip
def test_v1_writes_notes_and_nothing_that_a_customer_sees(
    office: Office, browser: FlaskClient, letter: Conversation, form: dict[str, str], status: int
) -> None:
    answer = browser.post(f"/api/conversations/{letter.id}/messages?{KEY}", data=form)
    assert answer.status_code == status
    assert answer.get_json()["response"]["status"] == ("OK" if status == 200 else "ERROR")
    assert office.simulator.notes(letter.id) == (["A note"] if status == 200 else [])


@pytest.mark.parametrize(
    ("form", "status", "tags"),
    [({"name": "vip"}, 200, {"vip"}), ({"name": "new"}, 500, {"vip"}), ({}, 500, {"vip"}),
     ({"name": "urgent"}, 200, {"vip", "urgent"})],
)  # fmt: skip
def test_v1_adds_a_tag_that_there_is_and_makes_none(
    office: Office, browser: FlaskClient, letter: Conversation, form: dict[str, str], status: int, tags: set[str]
) -> None:
    office.world.add_tag("urgent")
    assert browser.post(f"/api/conversations/{letter.id}/tags?{KEY}", data=form).status_code == status
    assert office.simulator.tags(letter.id) == tags


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/api/conversations?{KEY}", 200), (f"/api/conversations?{KEY}&limitcount=5", 400),
        ("/api/conversations?apikey=v3-key-of-the-simulation", 403), (f"/api/reports/ranking?{KEY}", 500),
        (f"/api/reports/ranking?{KEY}&date_from=a&date_to=b", 200), (f"/api/application?{KEY}", 200),
        (f"/api/reports/ranking?{KEY}&date_from=a&date_to=b&limitcount=0", 500),
        (f"/api/reports/ranking?{KEY}&date_from=a&date_to=b&agent=1", 500), (f"/api/rules?{KEY}", 404),
        (f"/api/v3/tags?{KEY}", 403), ("/api/application", 403),
    ],
)  # fmt: skip
def test_v1_knows_its_own_parameters_and_key(browser: FlaskClient, path: str, status: int) -> None:
    assert browser.get(path).status_code == status


@pytest.mark.parametrize(("subject", "found_now"), [("Parcel?", 3), ("Parc", 3), ("Other", 0)])
def test_v1_lists_conversations_by_department_and_subject(
    office: Office, browser: FlaskClient, subject: str, found_now: int
) -> None:
    for department, many in ((office.support, found_now), (office.orders, 0)):
        query = f"{KEY}&department={department}&subject={subject}"
        rows = browser.get(f"/api/conversations?{query}").get_json()["response"]["conversations"]
        assert len(rows) == many


@pytest.mark.parametrize("limit", [1, 3, 60])
def test_a_minute_holds_so_many_requests_and_no_more(office: Office, browser: FlaskClient, limit: int) -> None:
    office.simulator.api.limit_per_minute = limit
    statuses = [browser.get("/api/v3/tags", headers=V3).status_code for _ in range(limit + 2)]
    assert statuses == [200] * limit + [429] * 2
    assert len(office.simulator.violations) == 2
