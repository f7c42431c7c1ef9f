"""What LiveAgent's answers mean, at the wire: keys, refusals, outages, odd shapes, and what is never shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
from responses import matchers

from integrations.base import Access
from integrations.errors import (
    DeskpulseError,
    Gone,
    RateLimited,
    Refused,
    Rejected,
    Unavailable,
    Unclear,
)
from integrations.liveagent.client import Client
from integrations.liveagent.unread import UNREAD
from integrations.session import NoGate, Session
from tests.desks.liveagent.world import ZAGREB

BASE = "https://acme.ladesk.example"
V3 = f"{BASE}/api/v3"
V1 = f"{BASE}/api"
KEYS = {"v3_key": "v3-s3cret-aaaa", "v1_key": "v1-s3cret-bbbb"}


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
        yield mock


@pytest.fixture
def client() -> Iterator[Client]:
    with Session(Access(url=BASE + "/", credentials=KEYS, zone=ZAGREB), NoGate(), allow_private=True) as session:
        yield Client(session)


READ_V3: Callable[[Client], object] = lambda client: client.ticket("k3")  # noqa: E731
WRITE_V3: Callable[[Client], object] = lambda client: client.update("k3", {"subject": "x"})  # noqa: E731
READ_V1: Callable[[Client], object] = lambda client: client.ratings("a", "b", offset=0)  # noqa: E731
WRITE_V1: Callable[[Client], object] = lambda client: client.add_note("k3", "hello")  # noqa: E731
REQUESTS = {
    READ_V3: ("GET", f"{V3}/tickets/k3"),
    WRITE_V3: ("PUT", f"{V3}/tickets/k3"),
    READ_V1: ("GET", f"{V1}/reports/ranking"),
    WRITE_V1: ("POST", f"{V1}/conversations/k3/messages"),
}
V1_ERROR = {"response": {"status": "ERROR", "statuscode": 500, "errormessage": "no such v1-s3cret-bbbb conversation"}}
V1_SILENT = {"response": {"status": "ERROR", "statuscode": 500, "errormessage": "", "debugmessage": ""}}
V3_UNKNOWN = {"message": "ApiKey not found"}


@pytest.mark.parametrize(
    ("ask", "status", "body", "error"),
    [
        (READ_V3, 400, {"message": "bad _filters"}, Rejected),
        (READ_V3, 401, V3_UNKNOWN, Refused),
        (READ_V3, 403, V3_UNKNOWN, Refused),
        (READ_V3, 403, {"message": "insufficient privileges"}, Refused),
        (READ_V3, 404, {"message": "Ticket not found"}, Gone),
        (READ_V3, 405, {"message": "x"}, Rejected),
        (READ_V3, 408, None, Unavailable),
        (READ_V3, 429, {"message": "Too many requests"}, RateLimited),
        (READ_V3, 500, {"message": "oops"}, Unavailable),
        (READ_V3, 502, None, Unavailable),
        (READ_V3, 503, {"message": "Service Unavailable"}, Unavailable),
        (READ_V3, 504, None, Unavailable),
        (READ_V3, 200, {"message": "Service Unavailable"}, Unavailable),
        (WRITE_V3, 409, {"message": "conflict"}, Rejected),
        (WRITE_V3, 422, {"message": "unknown field"}, Rejected),
        (WRITE_V3, 500, {"message": "oops"}, Unclear),
        (WRITE_V3, 503, None, Unavailable),
        (WRITE_V3, 200, {"message": "Service Unavailable"}, Unclear),
        (READ_V1, 400, V1_ERROR, Rejected),
        (READ_V1, 401, V1_ERROR, Refused),
        (READ_V1, 403, V3_UNKNOWN, Refused),
        (READ_V1, 500, V1_ERROR, Rejected),
        (READ_V1, 500, V1_SILENT, Unavailable),
        (READ_V1, 200, V1_ERROR, Rejected),
        (READ_V1, 200, V1_SILENT, Unavailable),
        (READ_V1, 200, {"response": None}, Unavailable),
        (READ_V1, 200, [], Unavailable),
        (WRITE_V1, 404, V1_ERROR, Gone),
        (WRITE_V1, 429, None, RateLimited),
        (WRITE_V1, 500, V1_ERROR, Rejected),
        (WRITE_V1, 500, None, Unclear),
        (WRITE_V1, 503, None, Unavailable),
        (WRITE_V1, 200, V1_ERROR, Rejected),
        (WRITE_V1, 200, V1_SILENT, Unclear),
        (WRITE_V1, 200, {}, Unclear),
    ],
)
def test_a_failed_answer_is_sorted_by_what_to_do(
    wire: responses.RequestsMock,
    client: Client,
    ask: Callable[[Client], object],
    status: int,
    body: object,
    error: type[DeskpulseError],
) -> None:
    method, url = REQUESTS[ask]
    wire.add(method, url, status=status, **({} if body is None else {"json": body}))  # type: ignore[arg-type]
    with pytest.raises(error) as caught:
        ask(client)
    assert type(caught.value) is error
    assert not any(key in str(caught.value) for key in KEYS.values())


@pytest.mark.parametrize("code", [0, "0", None])
def test_success_is_zero_as_a_number_as_a_text_and_when_it_is_not_told(
    wire: responses.RequestsMock, client: Client, code: object
) -> None:
    told = {"status": "OK"} if code is None else {"status": "OK", "statuscode": code}
    wire.post(f"{V1}/conversations/k3/tags", json={"response": told})
    client.add_tag("k3", "channel-chat")
    assert len(wire.calls) == 1


def test_a_v3_key_that_is_unknown_is_named_with_the_place_to_make_one(
    wire: responses.RequestsMock, client: Client
) -> None:
    wire.get(f"{V3}/tickets/k3", status=403, json=V3_UNKNOWN)
    with pytest.raises(Refused, match=r"API v3 key.*Configuration > System > API.*v3_key; a v1 key") as caught:
        client.ticket("k3")
    assert caught.value.permission == "v3_key"


def test_a_v1_key_that_is_unknown_is_named(wire: responses.RequestsMock, client: Client) -> None:
    wire.post(f"{V1}/conversations/k3/tags", status=403, json=V3_UNKNOWN)
    with pytest.raises(Refused, match=r"API v1 key.*v1_key; a v3 key does not work there"):
        client.add_tag("k3", "x")


def test_a_missing_privilege_is_named(wire: responses.RequestsMock, client: Client) -> None:
    wire.get(f"{V3}/tags", status=403, json={"message": "insufficient privileges"})
    with pytest.raises(Refused, match=r"privilege tag\.read") as caught:
        client.tags()
    assert caught.value.permission == "tag.read"


def test_the_v3_key_travels_in_a_header_and_never_in_the_address(wire: responses.RequestsMock, client: Client) -> None:
    wire.get(f"{V3}/tags", json=[], match=[matchers.header_matcher({"apikey": KEYS["v3_key"]})])
    client.tags()
    assert "s3cret" not in str(wire.calls[0].request.url)


def test_the_v1_key_travels_in_the_body_of_a_write(wire: responses.RequestsMock, client: Client) -> None:
    sent = {"apikey": KEYS["v1_key"], "message": "a & b", "type": "N"}
    wire.post(
        f"{V1}/conversations/k3/messages",
        json={"response": {"status": "OK", "statuscode": 0}},
        match=[matchers.urlencoded_params_matcher(sent)],
    )
    client.add_note("k3", "a & b")
    assert wire.calls[0].request.url == f"{V1}/conversations/k3/messages"


def test_a_lost_connection_does_not_show_the_v1_key_of_the_address(
    wire: responses.RequestsMock, client: Client
) -> None:
    url = f"{V1}/reports/ranking?apikey={KEYS['v1_key']}"
    wire.get(f"{V1}/reports/ranking", body=requests.ConnectionError(f"reset at {url}"))
    with pytest.raises(Unavailable) as caught:
        client.ratings("a", "b", offset=0)
    assert "s3cret" not in str(caught.value)


def test_the_report_is_asked_for_with_its_columns_and_limits(wire: responses.RequestsMock, client: Client) -> None:
    wire.get(f"{V1}/reports/ranking", json={"response": {"ranks": None}})
    assert client.ratings("2026-06-01 00:00:00", "2026-06-02 00:00:00", offset=2000) == ([], False)
    asked = parse_qs(urlsplit(str(wire.calls[0].request.url)).query)
    assert (asked["limitfrom"], asked["limitcount"]) == (["2000"], ["1000"])
    assert asked["date_from"] == ["2026-06-01 00:00:00"]
    assert {"rankingType", "datecreated", "conversationid", "agentEmail"} < set(asked["columns"][0].split(","))


def test_numbers_and_nulls_in_the_report_are_read(wire: responses.RequestsMock, client: Client) -> None:
    row: dict[str, Any] = {
        "id": 771, "rankingType": "P", "datecreated": "2026-06-02 11:42:00", "conversationid": 4711,
        "agentEmail": None, "contactid": None, "requesterEmail": "jo@customers.example", "comment": None,
    }  # fmt: skip
    wire.get(f"{V1}/reports/ranking", json={"response": {"ranks": [row, {"id": 2}, None, "x"]}})
    UNREAD.clear()
    ((rank,), more) = client.ratings("a", "b", offset=0)
    assert (rank.ticket, rank.customer, rank.comment, more) == ("4711", None, None, False)
    assert sum(UNREAD.values()) == 3


def test_pages_end_with_one_that_is_not_full(wire: responses.RequestsMock, client: Client) -> None:
    rows = [{"id": f"t{number}", "name": f"tag {number}"} for number in range(501)]
    for page in (1, 2):
        wire.get(
            f"{V3}/tags",
            json=rows[(page - 1) * 500 : page * 500],
            match=[matchers.query_param_matcher({"_page": page, "_perPage": 500})],
        )
    assert len(client.tags()) == 501


def test_a_list_that_ignores_its_page_does_not_go_on_for_ever(wire: responses.RequestsMock, client: Client) -> None:
    rows = [{"id": f"t{number}", "name": "x"} for number in range(500)]
    wire.get(f"{V3}/tags", json=rows)
    assert len(client.tags()) == 500
    assert len(wire.calls) == 2


def test_an_empty_page_is_the_end(wire: responses.RequestsMock, client: Client) -> None:
    wire.get(f"{V3}/tickets/k3/history", json=[])
    assert client.history("k3") == []


@pytest.mark.parametrize("body", [{"id": "k3"}, {"date_created": "2026-06-02 11:42:00"}, [], "x", None, 7])
def test_a_ticket_that_is_not_as_documented_is_given_up(
    wire: responses.RequestsMock, client: Client, body: object
) -> None:
    wire.get(f"{V3}/tickets/k3", json=body)
    with pytest.raises(Rejected, match="not what its API documents"):
        client.ticket("k3")


def test_a_list_that_is_none_is_given_up(wire: responses.RequestsMock, client: Client) -> None:
    wire.get(f"{V3}/tickets/k3/messages", json={"messages": []})
    with pytest.raises(Rejected, match="no list"):
        client.groups("k3")


def test_a_login_page_with_200_is_no_success(wire: responses.RequestsMock, client: Client) -> None:
    wire.put(f"{V3}/tickets/k3", body="<html>log in</html>")
    with pytest.raises(Unclear):
        client.update("k3", {"subject": "x"})


def test_a_new_ticket_whose_id_is_not_told_is_unclear(wire: responses.RequestsMock, client: Client) -> None:
    wire.post(f"{V3}/tickets", json={"status": "R"})
    with pytest.raises(Unclear, match="id of the ticket"):
        client.create_ticket({"subject": "x"})


@pytest.mark.parametrize(
    ("tags", "ids"),
    [
        (["a", "b"], ("a", "b")),
        ("a,b", ("a", "b")),
        ("", ()),
        (None, ()),
        ([], ()),
        ([1, None, "b"], ("1", "b")),
        (7, ()),
    ],
)
def test_tags_are_read_in_every_shape(
    wire: responses.RequestsMock, client: Client, tags: object, ids: tuple[str, ...]
) -> None:
    wire.get(f"{V3}/tickets/k3", json={"id": "k3", "date_created": "2026-06-02 11:42:00", "tags": tags})
    assert client.ticket("k3").tags == ids


@pytest.mark.parametrize("nothing", [None, "", "0000-00-00 00:00:00"])
def test_no_date_is_none_in_every_spelling(wire: responses.RequestsMock, client: Client, nothing: object) -> None:
    told = {"id": "k3", "date_created": "2026-06-02 11:42:00", "date_resolved": nothing, "agentid": ""}
    wire.get(f"{V3}/tickets/k3", json=told)
    ticket = client.ticket("k3")
    assert (ticket.resolved, ticket.agent) == (None, None)


@pytest.mark.parametrize(
    ("fields", "read"),
    [
        ([{"code": "a", "value": "1"}, {"code": "b", "value": ["x", "y"]}], {"a": "1", "b": "x, y"}),
        ([{"code": "a", "value": ""}, {"code": "b", "value": 4}, {"value": "x"}, None], {"a": None, "b": "4"}),
        (None, {}),
        ({"a": 1}, {}),
    ],
)
def test_custom_fields_are_read_by_their_codes(
    wire: responses.RequestsMock, client: Client, fields: object, read: dict[str, str | None]
) -> None:
    wire.get(f"{V3}/tickets/k3", json={"id": "k3", "date_created": "2026-06-02 11:42:00", "custom_fields": fields})
    assert client.ticket("k3").fields == read
