"""What LiveAgent is asked, word for word: addresses, parameters, bodies, and the privilege each request needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from integrations.actions import AddNote, AddTag, PutSummary, RemoveTag, Section, SetField
from integrations.errors import Gone, Refused, Unavailable
from integrations.liveagent import markup
from integrations.liveagent.client import Client
from integrations.liveagent.directory import directory_of
from integrations.liveagent.unread import UNREAD
from tests.desks.liveagent.test_answers import BASE, KEYS, V1, V3, queries, wired
from tests.desks.liveagent.test_whole import group, interval, local, message, ticket
from tests.desks.liveagent.world import DESK

Ask = Callable[[Client], object]
PAGED = {"_perPage": "500", "_page": "1"}
PARTS = {"_perPage": "100", "_page": "1"}
#: Request → how the client makes it, its parameters, and the privilege that its refusal names.
ASKS: dict[str, tuple[Ask, dict[str, str], str]] = {
    "GET /tickets/r4": (lambda client: client.ticket("r4"), {}, "ticket.read_all"),
    "GET /tickets/r4/history": (lambda client: client.history("r4"), PARTS, "ticket.read_all"),
    "GET /tickets/r4/messages": (
        lambda client: client.groups("r4"), {**PARTS, "includeQuotedMessages": "false"}, "ticket.read_all",
    ),
    "GET /tickets": (
        lambda client: client.tickets_with('a "b"'),
        {"_filters": '[["search","L","a \\"b\\""]]', "_perPage": "500"}, "ticket.read_all",
    ),
    "GET /calls": (
        lambda client: client.calls("2026-05-20 11:50:00", "2026-05-20 12:10:00"),
        {
            "_filters": '[["dateCreated",">=","2026-05-20 11:50:00"],["dateCreated","<=","2026-05-20 12:10:00"]]',
            "_perPage": "500",
        },
        "call.read",
    ),
    "GET /tags": (lambda client: client.tags(), PAGED, "tag.read"),
    "GET /agents": (lambda client: client.agents(), PAGED, "agent.read"),
    "GET /departments": (lambda client: client.departments(), PAGED, "settings.read"),
    "POST /tags": (lambda client: client.create_tag("vip"), {}, "tag.manage"),
    "PUT /tickets/r4": (lambda client: client.update("r4", {"tags": []}), {}, "ticket.operate"),
    "POST /tickets": (lambda client: client.create_ticket({"subject": "x"}), {}, "ticket.create"),
}  # fmt: skip
SUMMARY = PutSummary("deskpulse:w:20", "Week 20", (Section("Volume", ("9 tickets",)),))


@pytest.mark.parametrize("request_", ASKS)
def test_each_request_has_its_parameters_and_names_its_privilege_when_refused(request_: str) -> None:
    ask, parameters, permission = ASKS[request_]
    method, path = request_.split()
    with wired() as (wire, client):
        wire.add(method, V3 + path, status=403, json={"message": "insufficient privileges"})
        with pytest.raises(Refused) as caught:
            ask(client)
        assert queries(wire) == [parameters]
    assert caught.value.permission == permission
    assert permission in DESK.permissions
    assert str(caught.value) == (
        f"LiveAgent refused {method} /api/v3{path} (insufficient privileges): give the v3_key the privilege"
        f" {permission} under Configuration > System > API"
    )


def test_the_ranking_report_is_asked_for_every_column_that_is_read_and_for_validity_where_it_is_named() -> None:
    columns = (
        "id,rankingType,datecreated,conversationid,agentcontactid,agentEmail,agent,contactid,requesterEmail,requester,"
        "comment"
    )
    for options, asked in (({}, columns), ({"rating_validity_column": "state"}, columns + ",state")):
        with wired(**options) as (wire, client):
            wire.get(f"{V1}/reports/ranking", json={"response": {"ranks": []}})
            client.ratings("2026-05-19 10:30:00", "2026-05-21 10:30:00", offset=1000)
            assert queries(wire) == [{
                "apikey": KEYS["v1_key"], "date_from": "2026-05-19 10:30:00", "date_to": "2026-05-21 10:30:00",
                "columns": asked, "limitcount": "1000", "limitfrom": "1000",
            }]  # fmt: skip


def test_tickets_about_a_subject_are_looked_for_in_their_department_and_told_with_their_subject() -> None:
    rows = [{"conversationid": "r4", "subject": "Week 20"}, {"conversationid": 7, "subject": None}]
    with wired() as (wire, client):
        wire.get(f"{V1}/conversations", json={"response": {"conversations": rows}})
        assert client.tickets_about("Week 20", department="dep1") == [("r4", "Week 20"), ("7", "")]
        asked = {"apikey": KEYS["v1_key"], "department": "dep1", "subject": "Week 20", "limit": "100"}
        assert queries(wire) == [asked]


def test_a_list_that_never_ends_is_left_after_the_most_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.liveagent.client._MOST_PAGES", 3)
    with wired() as (wire, client):
        for page in range(5):
            wire.get(f"{V3}/tags", json=[{"id": f"{page}-{number}", "name": "x"} for number in range(500)])
        assert len(client.tags()) == 1500
        assert [one["_page"] for one in queries(wire)] == ["1", "2", "3"]


def test_a_page_of_changed_tickets_needs_the_privilege_to_read_them_all() -> None:
    with wired() as (wire, client):
        wire.get(f"{V3}/tickets", status=403)
        with pytest.raises(Refused) as caught:
            client.changed_since("2026-05-20 09:00:00", page=1)
    assert caught.value.permission == "ticket.read_all"


@pytest.mark.parametrize(
    ("path", "ask", "counted"),
    [
        ("/api/v3/tickets/r4/history", lambda client: client.history("r4"), "history row"),
        ("/api/v3/tickets/r4/messages", lambda client: client.groups("r4"), "message group row"),
        ("/api/v3/tickets", lambda client: client.tickets_with("x"), "ticket row"),
        ("/api/v3/calls", lambda client: client.calls("a", "b"), "phone call row"),
        ("/api/v3/tags", lambda client: client.tags(), "tag row"),
        ("/api/v3/agents", lambda client: client.agents(), "agent row"),
        ("/api/v3/departments", lambda client: client.departments(), "department row"),
        ("/api/reports/ranking", lambda client: client.ratings("a", "b", offset=0)[0], "rating row"),
    ],
)
def test_a_row_that_cannot_be_read_is_counted_under_what_it_should_have_been(path: str, ask: Ask, counted: str) -> None:
    UNREAD.clear()
    rows = [None]
    with wired() as (wire, client):
        wire.get(BASE + path, json={"response": {"ranks": rows}} if "ranking" in path else rows)
        assert ask(client) == []
    assert list(UNREAD) == [f"{counted} '_schema'"]


@pytest.mark.parametrize("ask", [lambda client: client.application(), lambda client: client.tags()])
def test_an_outage_is_told_as_one_by_either_api(ask: Ask) -> None:
    with wired() as (wire, client):
        for path in (f"{V1}/application", f"{V3}/tags"):
            wire.get(path, json={"message": "Service Unavailable"})
        with pytest.raises(Unavailable, match="answered 200 with a notice that it is unavailable"):
            ask(client)


def test_agents_departments_and_tags_are_asked_for_once_in_a_session_and_the_nameless_have_no_name() -> None:
    agents = [{"id": "a1", "name": "Rui", "email": "RUI@desk.example"}, {"id": "a2", "name": " ", "email": None}]
    with wired() as (wire, client):
        wire.get(f"{V3}/agents", json=agents)
        wire.get(f"{V3}/departments", json=[{"department_id": "d1", "name": "Lamps"}, {"department_id": "d2"}])
        wire.get(f"{V3}/tags", json=[{"id": "t1", "name": "vip"}])
        for _ in range(2):
            directory = directory_of(client.session)
            assert directory.names(client) == {"agent": {"a1": "Rui"}, "department": {"d1": "Lamps"}}
            assert directory.agents_by_email(client) == {"rui@desk.example": "a1"}
            assert (directory.tag_ids(client), directory.tag_names(client, ["t1"])) == ({"vip": "t1"}, ["vip"])
        assert len(wire.calls) == 3


# ---------------------------------------------------------------------------------------------- refreshes


def asked_by(groups: list[Any], calls: list[Any] = [], ranks: list[Any] = []) -> dict[str, list[dict[str, str]]]:  # noqa: B006
    """What a refresh of a ticket with these groups asks for besides the ticket, its history and its groups."""
    lists = {"agents": [], "calls": calls, "tickets/r4tq81xz/history": [interval("N", "09:00")]}
    with wired() as (wire, client):
        for path, answer in {**lists, "tickets/r4tq81xz/messages": groups, "tickets/r4tq81xz": ticket()}.items():
            wire.get(f"{V3}/{path}", json=answer)
        wire.get(f"{V1}/reports/ranking", json={"response": {"ranks": ranks}})
        DESK.refresh("r4tq81xz", client.session)
        asked: dict[str, list[dict[str, str]]] = {}
        for one in wire.calls:
            url = urlsplit(str(one.request.url))
            if "r4tq81xz" not in url.path:
                asked.setdefault(url.path, []).append(dict(parse_qsl(url.query)))
        return asked


def test_calls_are_asked_for_ten_minutes_around_each_group_of_a_call_and_around_no_other() -> None:
    groups = [group(n, kind, f"1{n}:00", "us88") for n, kind in enumerate("PS3V1")]
    filters = [one["_filters"] for one in asked_by(groups)["/api/v3/calls"]]
    assert filters == [
        f'[["dateCreated",">=","{local(first)}"],["dateCreated","<=","{local(last)}"]]'
        for first, last in (("09:50:00", "10:10:00"), ("12:50:00", "13:10:00"), ("13:50:00", "14:10:00"))
    ]


def test_ratings_are_asked_for_from_a_day_before_the_first_to_a_day_after_the_last() -> None:
    rated = [message(f"w{clock}", clock, "us88", type_=kind) for clock, kind in (("15:00", "W"), ("10:30", "P"))]
    asked = asked_by([group(0, "3", "09:00", "us88", *rated)], ranks=[{"conversationid": "other", "datecreated": "x"}])
    (report,) = asked["/api/reports/ranking"]
    assert (report["date_from"], report["date_to"]) == ("2026-05-19 10:30:00", "2026-05-21 15:00:00")
    assert "/api/v3/agents" not in asked  # none of the ratings is this ticket's


# ---------------------------------------------------------------------------------------------- writing


def sent(
    action: Any, *tickets: dict[str, Any], listed: Any = (), found: Any = (), options: Any = None
) -> list[tuple[str, Any]]:
    """What an action writes: address and body of each request that is no GET; `tickets` are told one after another.

    `listed` are the tickets of v1's list, `found` those of the search.
    """
    tags = [{"id": name[:2] + name[-1], "name": name} for name in ("vip", "deskpulse-low", "bug")]
    agents = [{"id": "ag2", "name": "B", "email": "b@desk.example", "role": "agent"}]
    departments = [{"department_id": one} for one in ("d2", "d1")]
    lists = {"tags": tags, "agents": agents, "tickets": list(found), "departments": departments}
    with wired(**(options or {})) as (wire, client):
        for told in tickets:
            wire.get(f"{V3}/tickets/{told['id']}", json=told)
            wire.get(f"{V3}/tickets/{told['code']}", json=told)
        for path, answer in {**lists, "tickets/r4tq81xz/messages": []}.items():
            wire.get(f"{V3}/{path}", json=answer)
        wire.get(f"{V1}/conversations", json={"response": {"conversations": list(listed)}})
        wire.put(f"{V3}/tickets/r4tq81xz", json={})
        wire.post(f"{V3}/tickets", json={"id": "new1"})
        for path in ("messages", "tags"):
            wire.post(f"{V1}/conversations/r4tq81xz/{path}", json={"response": {"status": "OK"}})
        DESK.apply(action, client.session)
        writes = [one.request for one in wire.calls if one.request.method != "GET"]
    return [(f"{one.method} {str(one.url).removeprefix(BASE)}", body_of(one.body)) for one in writes]


def body_of(body: Any) -> Any:
    return orjson.loads(body) if isinstance(body, bytes) else dict(parse_qsl(body))


def test_a_tag_is_taken_off_by_sending_the_others_in_their_order() -> None:
    written = sent(RemoveTag("r4tq81xz", "deskpulse-low"), ticket(tags="vip,dew,bug"), ticket(tags="vip,bug"))
    assert written == [("PUT /api/v3/tickets/r4tq81xz", {"tags": ["vip", "bug"]})]


def test_a_field_is_sent_alone() -> None:
    held = [{"code": "csat", "value": "1"}, {"code": "region", "value": "north"}]
    after = [{"code": "csat", "value": "3"}]
    written = sent(SetField("r4tq81xz", "csat", "3"), ticket(custom_fields=held), ticket(custom_fields=after))
    assert written == [("PUT /api/v3/tickets/r4tq81xz", {"custom_fields": [{"code": "csat", "value": "3"}]})]


def test_what_is_written_on_a_ticket_known_by_its_code_goes_to_its_id() -> None:
    """LiveAgent before 5.62.18 failed at notes by code."""
    (noted,) = sent(AddNote("LMP-KQWZ-440", "deskpulse:n:1", ("Call back",)), ticket())
    body = {"apikey": KEYS["v1_key"], "message": "Call back\n[deskpulse:n:1]", "type": "N"}
    assert noted == ("POST /api/conversations/r4tq81xz/messages", body)
    (tagged,) = sent(AddTag("LMP-KQWZ-440", "deskpulse-low"), ticket(), ticket(tags="dew"))
    body = {"apikey": KEYS["v1_key"], "name": "deskpulse-low"}
    assert tagged == ("POST /api/conversations/r4tq81xz/tags", body)


@pytest.mark.parametrize(
    "action",
    [AddTag("merged", "deskpulse-low"), RemoveTag("merged", "deskpulse-low"), SetField("merged", "csat", "3"),
     AddNote("merged", "deskpulse:n:1", ("Call back",))],
)  # fmt: skip
def test_nothing_is_written_on_another_ticket_that_liveagent_answers_with(action: Any) -> None:
    with wired() as (wire, client):
        wire.get(f"{V3}/tickets/merged", json=ticket())
        with pytest.raises(Gone, match="ticket merged is deleted"):
            DESK.apply(action, client.session)
        assert len(wire.calls) == 1


@pytest.mark.parametrize(
    ("options", "chosen"),
    [
        ({}, ("ag2", "b@desk.example", "d1")),
        ({"summary_agent": "ag9"}, ("ag9", "b@desk.example", "d1")),
        ({"summary_recipient": "weekly@desk.example"}, ("ag2", "weekly@desk.example", "d1")),
        ({"summary_department": "d7"}, ("ag2", "b@desk.example", "d7")),
        ({"summary_agent": "", "summary_recipient": 7, "summary_department": ""}, ("ag2", "b@desk.example", "d1")),
        ({"summary_agent": 7, "summary_recipient": "", "summary_department": 7}, ("ag2", "b@desk.example", "d1")),
    ],
)
def test_a_summary_is_a_resolved_plain_ticket_without_mail_by_whom_and_where_the_account_says(
    options: dict[str, Any], chosen: tuple[str, str, str]
) -> None:
    ((address, body),) = sent(SUMMARY, options=options)
    agent, recipient, department = chosen
    assert address == "POST /api/v3/tickets"
    assert body.pop("message").startswith("Week 20\n\nVolume\n- 9 tickets\n\n[deskpulse:w:20#1-")
    assert body == {
        "useridentifier": agent, "recipient": recipient, "departmentid": department, "status": "R",
        "subject": "Week 20 [deskpulse:w:20]", "do_not_send_mail": "Y", "use_template": "N", "is_html_message": "N",
    }  # fmt: skip


OPENED = ticket(status="R", subject="Week 20 [deskpulse:w:20]")
COPIED = ticket(status="R", subject="Re: Week 20")


@pytest.mark.parametrize(
    ("known", "told", "listed", "found", "address"),
    [
        ("r4tq81xz", OPENED, [], [], "POST /api/conversations/r4tq81xz/messages"),  # neither list shows it yet
        (None, OPENED, [OPENED], [], "POST /api/conversations/r4tq81xz/messages"),
        (None, OPENED, [], [OPENED], "POST /api/conversations/r4tq81xz/messages"),
        (None, COPIED, [COPIED], [COPIED], "POST /api/v3/tickets"),  # both lists find more than was asked for
        (None, {**OPENED, "status": "X"}, [OPENED], [OPENED], "POST /api/v3/tickets"),
        ("r4tq81xz", {**OPENED, "status": "X"}, [], [], "POST /api/v3/tickets"),
    ],
)
def test_a_summary_is_revised_where_it_is_and_opened_where_there_is_none(
    known: str | None, told: dict[str, Any], listed: list[Any], found: list[Any], address: str
) -> None:
    rows = [{"conversationid": one["id"], "subject": one["subject"]} for one in listed]
    action = replace(SUMMARY, object_id=known)
    written = sent(action, told, listed=rows, found=found)
    assert [one for one, _ in written] == [address]
    assert "[deskpulse:w:20#1-" in written[0][1]["message"]


def test_a_summary_with_a_new_title_gets_a_new_subject_and_the_next_revision_and_an_equal_one_nothing() -> None:
    text = group(0, "4", "09:00", "ag72", message("s1", "09:00", "ag72", text=markup.revised("Week 20", "w:20", 3)))
    with wired() as (wire, client):
        wire.get(f"{V3}/tickets/r4tq81xz", json=OPENED)
        wire.get(f"{V3}/tickets/r4tq81xz/messages", json=[text])
        wire.put(f"{V3}/tickets/r4tq81xz", json={})
        wire.post(f"{V1}/conversations/r4tq81xz/messages", json={"response": {"status": "OK"}})
        for title, addresses in (("Week 20", []), ("Week 20: quiet", ["messages", "r4tq81xz"])):
            before = len(wire.calls)
            action = PutSummary("w:20", title, (), object_id="r4tq81xz")
            assert DESK.apply(action, client.session).changed is bool(addresses)
            writes = [one.request for one in list(wire.calls)[before:] if one.request.method != "GET"]
            assert [str(one.url).rpartition("/")[2] for one in writes] == addresses
        note, subject = (body_of(one.body) for one in writes)
    assert "[deskpulse:w:20#4-" in note["message"]
    assert subject == {"subject": "Week 20: quiet [deskpulse:w:20]"}
