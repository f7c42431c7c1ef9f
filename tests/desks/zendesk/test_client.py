"""What Zendesk is asked, word for word: addresses, parameters, bodies and credentials; and how lists end."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses

from integrations.actions import AddNote, AddTag, PutSummary, RemoveTag, SetField
from integrations.base import Access
from integrations.errors import Gone, Refused, Rejected, Unavailable
from integrations.session import NoGate, Session
from integrations.times import instant_of_iso
from integrations.zendesk.client import Client
from integrations.zendesk.directory import directory_of
from tests.desks.zendesk.office import DESK, UTC, Office

BASE = "https://acme.zendesk.example"
SINCE = instant_of_iso("2026-06-15T09:00:00Z")
TICKET = {"id": 7, "created_at": "2026-06-15T09:00:00Z", "tags": ["vip"], "custom_fields": [{"id": 3, "value": None}]}
Ask = Callable[[Client], object]


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as found:
        yield found


@pytest.fixture
def client() -> Iterator[Client]:
    with Session(account(), NoGate()) as session:
        yield Client(session)


def account(**credentials: str) -> Access:
    return Access(BASE, credentials or {"email": "o@acme.example", "token": "t0k3n"}, UTC, author="77", account="acme")


def asked(wire: responses.RequestsMock, at: int = -1) -> tuple[str, str, dict[str, str], Any]:
    """Method, path, parameters and body of one request."""
    request: Any = wire.calls[at].request
    parts = urlsplit(request.url)
    body = json.loads(request.body) if request.body else None
    return request.method, parts.path, dict(parse_qsl(parts.query)), body


READS: dict[str, tuple[Ask, str, dict[str, str], dict[str, Any]]] = {
    "a ticket": (lambda one: one.ticket("7"), "/api/v2/tickets/7", {}, {"ticket": TICKET}),
    "its audits": (lambda one: one.audits("7"), "/api/v2/tickets/7/audits", {"page[size]": "100"}, {"audits": []}),
    "its comments": (
        lambda one: one.comments("7"), "/api/v2/tickets/7/comments", {"page[size]": "100"}, {"comments": []},
    ),
    "tickets of an external id": (
        lambda one: one.tickets_with("deskpulse:w:1"),
        "/api/v2/tickets", {"external_id": "deskpulse:w:1", "page[size]": "100"}, {"tickets": []},
    ),
    "the export from a moment": (
        lambda one: one.changed(since=SINCE, cursor=None),
        "/api/v2/incremental/tickets/cursor", {"per_page": "1000", "start_time": "1781514000"},
        {"tickets": [], "end_of_stream": True},
    ),
    "the export from a cursor": (
        lambda one: one.changed(since=SINCE, cursor="MTU3|="),
        "/api/v2/incremental/tickets/cursor", {"per_page": "1000", "cursor": "MTU3|="},
        {"tickets": [], "end_of_stream": True},
    ),
    "ratings": (
        lambda one: one.ratings(since=SINCE, cursor=None),
        "/api/v2/satisfaction_ratings", {"score": "received", "start_time": "1781514000", "page[size]": "100"},
        {"satisfaction_ratings": []},
    ),
    "ratings from a cursor": (
        lambda one: one.ratings(since=SINCE, cursor="c2"),
        "/api/v2/satisfaction_ratings",
        {"score": "received", "start_time": "1781514000", "page[size]": "100", "page[after]": "c2"},
        {"satisfaction_ratings": []},
    ),
    "responses": (
        lambda one: one.responses(since=SINCE, cursor=None),
        "/api/v2/guide/survey_responses", {"filter[created_at_start]": "1781514000000", "page[size]": "100"},
        {"survey_responses": []},
    ),
    "responses about a ticket": (
        lambda one: one.responses_about("7"),
        "/api/v2/guide/survey_responses", {"filter[subject_zrns]": "zen:ticket:7", "page[size]": "100"},
        {"survey_responses": []},
    ),
    "users": (lambda one: one.users(["9", "8"]), "/api/v2/users/show_many", {"ids": "8,9"}, {"users": []}),
    "groups": (lambda one: one.groups(), "/api/v2/groups", {"page[size]": "100"}, {"groups": []}),
    "staff": (lambda one: one.staff(), "/api/v2/users", {"role[]": "admin", "page[size]": "100"}, {"users": []}),
    "who we are": (lambda one: one.me(), "/api/v2/users/me", {}, {"user": {"id": 77, "role": "admin"}}),
}  # fmt: skip


@pytest.mark.parametrize("what", READS)
def test_a_question_is_asked_as_documented(client: Client, wire: responses.RequestsMock, what: str) -> None:
    ask, path, params, answer = READS[what]
    wire.get(BASE + path, json=answer)
    ask(client)
    assert asked(wire) == ("GET", path, params, None)


def test_every_request_carries_the_address_and_the_token_as_basic_credentials(
    client: Client, wire: responses.RequestsMock
) -> None:
    wire.get(BASE + "/api/v2/tickets/7", json={"ticket": TICKET})
    client.ticket("7")
    given = str(wire.calls[0].request.headers["Authorization"])
    assert base64.b64decode(given.removeprefix("Basic ")) == b"o@acme.example/token:t0k3n"


def test_a_token_without_an_address_is_a_bearer_token(wire: responses.RequestsMock) -> None:
    wire.get(BASE + "/api/v2/tickets/7", json={"ticket": TICKET})
    with Session(account(token="oauth"), NoGate()) as session:
        Client(session).ticket("7")
    assert wire.calls[0].request.headers["Authorization"] == "Bearer oauth"


# ------------------------------------------------------------------------------------------------ writing

WRITES: dict[str, tuple[Any, str, str, Any, Any]] = {
    "a tag": (
        AddTag("7", "channel-email"), "PUT", "/api/v2/tickets/7/tags", {"tags": ["channel-email"]},
        {"tags": ["vip", "channel-email"]},
    ),
    "a tag less": (
        RemoveTag("7", "deskpulse-low"), "DELETE", "/api/v2/tickets/7/tags", {"tags": ["deskpulse-low"]},
        {"tags": ["vip"]},
    ),
    "a field": (
        SetField("7", "csat", "2"), "PUT", "/api/v2/tickets/7",
        {"ticket": {"custom_fields": [{"id": 3, "value": "2"}]}},
        {"ticket": {**TICKET, "custom_fields": [{"id": 3, "value": "2"}]}},
    ),
    "a note": (
        AddNote("7", "n:1", ("Call <b>",)), "PUT", "/api/v2/tickets/7",
        {"ticket": {"comment": {"html_body": "Call &lt;b&gt;<br>[deskpulse:n:1]", "public": False}}},
        {"ticket": TICKET},
    ),
    "a summary": (
        PutSummary("w:1", "Week", ()), "POST", "/api/v2/imports/tickets",
        {"ticket": {
            "subject": "Week", "external_id": "deskpulse:w:1", "tags": ["deskpulse-summary"], "status": "solved",
            "comments": [{"html_body": "<br>[deskpulse:w:1] e3b0c442", "public": False}],
            "requester_id": 77, "submitter_id": 77,
        }},
        {"ticket": {**TICKET, "id": 8}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRITES)
def test_a_write_is_one_request_with_exactly_what_changes(wire: responses.RequestsMock, what: str) -> None:
    action, method, path, body, answer = WRITES[what]
    held = {**TICKET, "tags": ["vip", "deskpulse-low"]}
    wire.get(BASE + "/api/v2/tickets/7", json={"ticket": held})
    wire.get(BASE + "/api/v2/tickets", json={"tickets": []})
    wire.get(BASE + "/api/v2/tickets/7/comments", json={"comments": []})
    wire.get(BASE + "/api/v2/ticket_fields", json={"ticket_fields": [{"id": 3, "title": "deskpulse_csat"}]})
    wire.add(method, BASE + path, json=answer)
    with Session(account(), NoGate()) as session:
        assert DESK.apply(action, session).changed
    assert asked(wire) == (method, path, {}, body)
    assert [one.request.method for one in wire.calls][:-1] == ["GET"] * (len(wire.calls) - 1)


def test_a_summary_carries_a_key_by_which_a_repeated_request_may_be_known(wire: responses.RequestsMock) -> None:
    wire.get(BASE + "/api/v2/tickets", json={"tickets": []})
    wire.post(BASE + "/api/v2/imports/tickets", json={"ticket": TICKET})
    with Session(account(), NoGate()) as session:
        DESK.apply(PutSummary("w:1", "Week", ()), session)
        DESK.apply(PutSummary("w:1", "Week", ()), session)
        DESK.apply(PutSummary("w:1", "Week 1", ()), session)
    first, again, other = [one.request.headers["Idempotency-Key"] for one in wire.calls if one.request.method == "POST"]
    assert first == again != other
    assert {key.rpartition(":")[0] for key in (first, other)} == {"deskpulse:w:1"}


def test_nothing_that_is_written_assigns_answers_or_tells_anybody() -> None:
    written = json.dumps([body for _, _, _, body, _ in WRITES.values()])
    forbidden = ("assignee", "group_id", "collaborator", "follower", "email_cc", '"public": true', "recipient")
    assert [word for word in forbidden if word in written] == []


# ------------------------------------------------------------------------------------------------ pages


def test_a_list_is_read_to_its_end(client: Client, wire: responses.RequestsMock) -> None:
    for rows, meta in (([1, 2], {"has_more": True, "after_cursor": "c2"}), ([3], {"has_more": False})):
        wire.get(
            BASE + "/api/v2/tickets/7/comments",
            json={"comments": [{"id": row, "public": True, "body": "x"} for row in rows], "meta": meta},
        )
    assert [one.id for one in client.comments("7")] == ["1", "2", "3"]
    assert [asked(wire, number)[2].get("page[after]") for number in range(2)] == [None, "c2"]


@pytest.mark.parametrize(
    "meta",
    [None, [], {}, {"has_more": True}, {"has_more": True, "after_cursor": None},
     {"has_more": "yes", "after_cursor": "c"}, {"has_more": False, "after_cursor": "c"}, {"after_cursor": "c"}],
)  # fmt: skip
def test_a_list_that_tells_no_next_page_has_none(client: Client, wire: responses.RequestsMock, meta: Any) -> None:
    wire.get(BASE + "/api/v2/tickets/7/comments", json={"comments": [], "meta": meta})
    assert client.comments("7") == []
    assert len(wire.calls) == 1


def test_a_list_that_repeats_its_cursor_ends(client: Client, wire: responses.RequestsMock) -> None:
    told = {"comments": [{"id": 1}], "meta": {"has_more": True, "after_cursor": "c"}}
    wire.get(BASE + "/api/v2/tickets/7/comments", json=told)
    assert len(client.comments("7")) == 2
    assert len(wire.calls) == 2


@pytest.mark.parametrize("answer", [{}, [], None, {"tickets": []}, {"tickets": [], "end_of_stream": None},
                                    {"tickets": None, "end_of_stream": True}])  # fmt: skip
def test_an_export_that_is_none_is_asked_for_again(client: Client, wire: responses.RequestsMock, answer: Any) -> None:
    wire.get(BASE + "/api/v2/incremental/tickets/cursor", json=answer)
    with pytest.raises(Unavailable, match="export of changed tickets is none"):
        client.changed(since=SINCE, cursor=None)


@pytest.mark.parametrize(("ended", "after", "cursor"), [(True, "c", None), (True, None, None), (False, "c", "c")])
def test_an_export_goes_on_until_it_says_that_it_ended(
    client: Client, wire: responses.RequestsMock, ended: bool, after: str | None, cursor: str | None
) -> None:
    told = {"tickets": [7], "end_of_stream": ended, "after_cursor": after}
    wire.get(BASE + "/api/v2/incremental/tickets/cursor", json=told)
    rows = client.changed(since=SINCE, cursor=None)
    assert (rows.rows, rows.after) == ((7,), cursor)


def test_many_users_are_asked_for_a_hundred_at_a_time(client: Client, wire: responses.RequestsMock) -> None:
    wire.get(BASE + "/api/v2/users/show_many", json={"users": [{"id": 5, "role": "agent", "name": "Eva"}]})
    assert len(client.users(str(number) for number in range(1, 251))) == 3
    assert [len(asked(wire, number)[2]["ids"].split(",")) for number in range(3)] == [100, 100, 50]


def test_audits_are_in_order_whatever_order_they_come_in(client: Client, wire: responses.RequestsMock) -> None:
    rows = [{"id": id_, "created_at": f"2026-06-15T09:0{minute}:00Z"} for id_, minute in ((12, 1), (9, 0), (11, 1))]
    wire.get(BASE + "/api/v2/tickets/7/audits", json={"audits": [*rows, {"id": 3}, None]})
    assert [one.id for one in client.audits("7")] == ["9", "11", "12"]


# ------------------------------------------------------------------------------------------------ places


@pytest.mark.parametrize("id_", ["", ".", "..", "7/audits", "7?x", "7#", "%37", "-7", "７", "9" * 20, "7 ", "\n7"])
def test_an_id_that_would_lead_elsewhere_is_no_ticket_and_nothing_is_asked(
    client: Client, wire: responses.RequestsMock, id_: str
) -> None:
    asks: tuple[Ask, ...] = (
        lambda one: one.ticket(id_),
        lambda one: one.audits(id_),
        lambda one: one.comments(id_),
        lambda one: one.add_tags(id_, ["x"]),
        lambda one: one.remove_tags(id_, ["x"]),
        lambda one: one.update(id_, {}),
    )
    for ask in asks:
        with pytest.raises(Gone, match="its tickets have numbers"):
            ask(client)
    assert len(wire.calls) == 0


# ------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(("status", "words"), [(401, "does not know these credentials"), (403, "needs the role Admin")])
def test_a_refusal_names_the_role_the_place_and_what_was_asked(
    client: Client, wire: responses.RequestsMock, status: int, words: str
) -> None:
    wire.get(BASE + "/api/v2/tickets/7", status=status, json={"error": "no t0k3n"})
    with pytest.raises(Refused, match=words) as caught:
        client.ticket("7")
    said = str(caught.value)
    assert said.startswith("Zendesk refused GET /tickets/7: ")
    assert "Administrator" in said
    assert "t0k3n" not in said


@pytest.mark.parametrize("user", [None, {}, {"id": None, "name": "Anonymous user", "role": "end-user"}, []])
def test_an_anonymous_user_is_a_refusal(client: Client, wire: responses.RequestsMock, user: Any) -> None:
    wire.get(BASE + "/api/v2/users/me", json={"user": user})
    with pytest.raises(Refused, match="does not know these credentials"):
        client.me()


def test_a_conflict_is_tried_again_when_writing_and_final_when_asking(
    client: Client, wire: responses.RequestsMock
) -> None:
    wire.get(BASE + "/api/v2/tickets/7", status=409, json={})
    wire.put(BASE + "/api/v2/tickets/7", status=409, json={})
    with pytest.raises(Unavailable, match="somebody changes the same"):
        client.update("7", {"subject": "x"})
    with pytest.raises(Rejected):
        client.ticket("7")


# ------------------------------------------------------------------------------------------------ the directory


def test_users_are_asked_about_once_in_a_session_also_those_that_are_gone() -> None:
    office = Office()
    with office.open() as (session, wire):
        client, directory = Client(session), directory_of(session)
        first = directory.users(client, [str(office.eva.id), "999"])
        again = directory.users(client, ["999", str(office.eva.id)])
        directory.users(client, [])
        more = directory.users(client, [str(office.ivo.id), "999"])
    assert first == again
    assert (first["999"].role, first[str(office.eva.id)].name) == ("", office.eva.name)
    assert more[str(office.ivo.id)].role == "agent"
    assert wire.sent == ["GET /api/v2/users/show_many"] * 2


def test_another_session_has_a_directory_of_its_own() -> None:
    office = Office()
    with office.open() as (first, _), Session(office.access(), NoGate()) as second:
        assert directory_of(first) is directory_of(first)
        assert directory_of(first) is not directory_of(second)


def test_what_names_told_is_not_asked_again() -> None:
    office = Office()
    with office.open() as (session, wire):
        client, directory = Client(session), directory_of(session)
        names = directory.names(client)
        directory.users(client, [str(office.eva.id), str(office.owner.id)])
    assert names["agent"][str(office.owner.id)] == office.owner.name
    assert "GET /api/v2/users/show_many" not in wire.sent


def test_a_field_has_no_title_twice() -> None:
    office = Office()
    with office.open() as (session, _):
        client, directory = Client(session), directory_of(session)
        assert directory.field(client, "region") == str(office.region)
        assert directory.field(client, str(office.region)) == str(office.region)
        assert directory.field(client, "csat") == str(office.own["csat"])
        assert directory.field(client, "nothing") is None


def test_a_list_that_never_ends_is_cut_off(client: Client, wire: responses.RequestsMock) -> None:
    def endless(request: Any) -> tuple[int, dict[str, str], str]:
        cursor = f"c{len(wire.calls)}"
        return 200, {}, json.dumps({"groups": [{"id": 3}], "meta": {"has_more": True, "after_cursor": cursor}})

    wire.add_callback("GET", BASE + "/api/v2/groups", callback=endless)
    assert len(client.groups()) == len(wire.calls) == 200
