"""What LiveAgent says with 200, page by page and word by word, and what is made of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import responses

from integrations.base import Access, Reading
from integrations.errors import DeskpulseError, Gone, RateLimited, Refused, Rejected, Unavailable, Unclear
from integrations.liveagent.client import PAGE, RANKS, Client
from integrations.liveagent.directory import directory_of
from integrations.session import NoGate, Session
from integrations.times import DAY, HOUR, SECOND
from tests.desks.liveagent.world import DESK, NOW, ZAGREB, Office, at

BASE = "https://acme.ladesk.example"
V3, V1 = f"{BASE}/api/v3", f"{BASE}/api"
KEYS = {"v3_key": "v3-s3cret-aaaa", "v1_key": "v1-s3cret-bbbb"}


@contextmanager
def wired(**options: Any) -> Iterator[tuple[responses.RequestsMock, Client]]:
    account = Access(url=BASE, credentials=KEYS, zone=ZAGREB, options=options)
    with (
        responses.RequestsMock(assert_all_requests_are_fired=False) as wire,
        Session(account, NoGate(), clock=lambda: NOW / SECOND) as session,
    ):
        yield wire, Client(session)


def queries(wire: responses.RequestsMock) -> list[dict[str, str]]:
    return [dict(parse_qsl(urlsplit(str(one.request.url)).query)) for one in wire.calls]


# ---------------------------------------------------------------------------------------------- v1 with 200


@pytest.mark.parametrize(
    ("response", "error"),
    [
        ({}, None), ({"status": "OK"}, None), ({"statuscode": 0}, None), ({"statuscode": "0"}, None),
        ({"status": "ERROR", "statuscode": 0}, Unclear), ({"status": "ERROR"}, Unclear),
        ({"status": "OK", "statuscode": 500}, Unclear), ({"statuscode": "500"}, Unclear),
        ({"statuscode": None}, Unclear),
        ({"status": "ERROR", "errormessage": " no\n such  one "}, Rejected),
        ({"statuscode": 1, "errormessage": "no such one"}, Rejected),
        ({"status": "ERROR", "errormessage": ["no such one"]}, Unclear),
        ({"status": "ERROR", "errormessage": ""}, Unclear),
        ({"status": "OK", "statuscode": 0, "errormessage": "left over"}, None),
    ],
)  # fmt: skip
def test_v1_did_it_when_neither_word_nor_number_says_otherwise(
    response: dict[str, Any], error: type[DeskpulseError] | None
) -> None:
    with wired() as (wire, client):
        wire.post(f"{V1}/conversations/k3/tags", json={"response": response})
        if error is None:
            client.add_tag("k3", "vip")
        else:
            with pytest.raises(error, match="no such one" if error is Rejected else "does not say why"):
                client.add_tag("k3", "vip")
        assert len(wire.calls) == 1


@pytest.mark.parametrize("status", [400, 405, 409, 422])
@pytest.mark.parametrize("version", [1, 3])
def test_what_will_never_be_taken_is_given_up_with_liveagents_own_words(version: int, status: int) -> None:
    said = f"bad {KEYS['v3_key']}\n and   {KEYS['v1_key']} " + "x" * 500
    body: dict[str, Any] = {"message": said} if version == 3 else {"response": {"errormessage": said}}
    with wired() as (wire, client):
        wire.put(f"{V3}/tickets/k3", json=body, status=status)
        wire.post(f"{V1}/conversations/k3/tags", json=body, status=status)
        with pytest.raises(Rejected) as caught:
            client.update("k3", {}) if version == 3 else client.add_tag("k3", "vip")
    assert "bad … and …" in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"message": "Ticket not found"}', b'{"message": 7}'])
def test_what_is_not_there_is_gone_whatever_the_words(status: int, body: bytes) -> None:
    with wired() as (wire, client):
        wire.get(f"{V3}/tickets/k3", body=body, status=status)
        with pytest.raises(Gone):
            client.ticket("k3")


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"<html>", b'{"message": null}', b'{"message": ["x"]}'])
@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_without_words_names_the_privilege(status: int, body: bytes) -> None:
    with wired() as (wire, client):
        wire.get(f"{V3}/tags", body=body, status=status)
        with pytest.raises(Refused, match=f"{status}.*give the v3_key the privilege tag.read") as caught:
            client.tags()
    assert caught.value.permission == "tag.read"


@pytest.mark.parametrize(
    ("header", "after"),
    [(None, 60.0), ("7", 7.0), ("0", 1.0), ("99999", 3600.0), ("soon", 60.0), ("Mon, 15 Jun 2026 12:00:30 GMT", 30.0)],
)
def test_a_rate_limit_says_how_long_or_a_minute(header: str | None, after: float) -> None:
    with wired() as (wire, client):
        wire.get(f"{V3}/tags", status=429, headers={} if header is None else {"Retry-After": header})
        with pytest.raises(RateLimited) as caught:
            client.tags()
    assert caught.value.after == after


@pytest.mark.parametrize("body", [b'{"message": "Service Unavailable"}', b"<html>Updating</html>", b'[{"id": "t1"'])
def test_an_outage_that_is_told_with_200_is_no_list(body: bytes) -> None:
    with wired() as (wire, client):
        wire.get(f"{V3}/tags", body=body)
        with pytest.raises(Unavailable):
            client.tags()


@pytest.mark.parametrize("answer", [{}, [], {"id": ""}, {"id": 7}, {"id": None}, "k3"])
def test_a_ticket_that_was_made_and_not_named_is_unclear(answer: Any) -> None:
    with wired() as (wire, client):
        wire.post(f"{V3}/tickets", json=answer, status=201)
        with pytest.raises(Unclear, match="did not tell the id"):
            client.create_ticket({"subject": "x"})


# ---------------------------------------------------------------------------------------------- pages


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ([range(0)], 0), ([range(1)], 1), ([range(99)], 99), ([range(100), range(0)], 100),
        ([range(100), range(100, 101)], 101), ([range(100), range(100)], 100),
        ([range(100), range(50, 150), range(150, 151)], 201), ([range(100), range(100, 200), range(100, 200)], 200),
    ],
)  # fmt: skip
def test_groups_are_read_to_the_page_that_is_not_full_or_comes_again(pages: list[range], found: int) -> None:
    with wired() as (wire, client):
        for rows in pages:
            groups = [{"id": f"g{number}", "datecreated": "2026-06-10 09:00:00"} for number in rows]
            wire.get(f"{V3}/tickets/k3/messages", json=groups)
        assert len(client.groups("k3")) == found
        asked = [(one["_page"], one["_perPage"]) for one in queries(wire)]
        assert asked == [(str(number), "100") for number in range(1, len(pages) + 1)]
        assert {one["includeQuotedMessages"] for one in queries(wire)} == {"false"}


def test_changed_tickets_are_asked_for_oldest_change_first() -> None:
    with wired() as (wire, client):
        wire.get(f"{V3}/tickets", json=[])
        assert client.changed_since("2026-06-10 09:00:00", page=3) == []
        assert queries(wire) == [{
            "_filters": '[["date_changed","D>=","2026-06-10 09:00:00"]]', "_sortField": "date_changed",
            "_sortDir": "ASC", "_perPage": "500", "_page": "3",
        }]  # fmt: skip


@pytest.mark.parametrize(
    ("sizes", "offsets"), [([0], [0]), ([3], [0]), ([RANKS, 3], [0, RANKS]), ([RANKS, RANKS, 0], [0, RANKS, 2 * RANKS])]
)
def test_ratings_are_asked_for_until_an_answer_is_not_full(sizes: list[int], offsets: list[int]) -> None:
    row = {"conversationid": "k3", "datecreated": "2026-06-10 09:00:00", "rankingType": "R"}
    with wired() as (wire, client):
        for size in sizes:
            wire.get(f"{V1}/reports/ranking", json={"response": {"ranks": [row] * size}})
        assert [len(ranks) for ranks in client.all_ratings("a", "b")] == sizes
        assert [int(one["limitfrom"]) for one in queries(wire)] == offsets
        assert {one["limitcount"] for one in queries(wire)} == {str(RANKS)}


@pytest.mark.parametrize("ranks", [None, {}, "x", 7, [], [None, 7, "x", []]])
def test_a_report_without_rows_is_no_ratings(ranks: Any) -> None:
    with wired() as (wire, client):
        wire.get(f"{V1}/reports/ranking", json={"response": {"ranks": ranks}})
        assert client.ratings("a", "b", offset=0) == ([], False)


@pytest.mark.parametrize("found", [None, {}, [], [None, 7], [{}], [{"conversationid": None, "subject": None}]])
def test_a_list_of_conversations_without_rows_finds_none(found: Any) -> None:
    with wired() as (wire, client):
        wire.get(f"{V1}/conversations", json={"response": {"conversations": found}})
        assert [row for row in client.tickets_about("x", department="d") if row != ("", "")] == []


def test_a_reconciliation_resumes_where_it_stopped_and_asks_for_ratings_an_hour_ahead() -> None:
    """Nothing rated meanwhile is missed when our clock is behind LiveAgent's."""
    with wired() as (wire, client):
        wire.get(f"{V1}/reports/ranking", json={"response": {"ranks": []}})
        pages = list(DESK.reconcile(client.session, since=NOW - DAY, cursor="ratings|2026-06-14 10:00:00|1000"))
        (asked,) = queries(wire)
    assert [page.cursor for page in pages] == [None]
    assert (asked["date_from"], asked["date_to"]) == ("2026-06-14 10:00:00", "2026-06-15 15:00:00")
    assert (asked["limitfrom"], PAGE, HOUR) == ("1000", 500, 3600 * SECOND)


# ---------------------------------------------------------------------------------------------- tags and names


def tagged(*names: str, subject: str = "Parcel?") -> tuple[Reading, list[str]]:
    """A refresh of a ticket with these tags, and the requests it took."""
    office = Office()
    ticket = office.letter(at("06-10 09:00"), subject=subject)
    office.world.set_tags(ticket, at("06-10 09:01"), [office.world.add_tag(name) for name in names])
    with office.open() as session:
        reading = DESK.refresh(ticket.id, session)
    return reading, office.simulator.api.requests


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ((), []), (("vip",), ["vip"]), (("b", "a"), ["a", "b"]), (("Größe 🙂", "ß"), ["Größe 🙂", "ß"]),
        (("channel-email", "vip"), ["vip"]), (("deskpulse-follow-up",), []), (("channel",), ["channel"]),
        (("my-channel-email",), ["my-channel-email"]),
    ],
)  # fmt: skip
def test_tags_are_told_by_name_and_without_ours(names: tuple[str, ...], told: list[str]) -> None:
    reading, requests = tagged(*names)
    assert reading.present[0].values["tags"] == told
    assert requests.count("GET /api/v3/tags") == bool(names)


def test_nobody_takes_a_ticket_out_of_every_count_by_giving_it_the_tag_of_our_summaries() -> None:
    reading, _ = tagged("deskpulse-summary", "vip")
    assert reading.present[0].values["tags"] == ["vip"]
    assert "ticket.tagged" not in {one.type for one in reading.events}


def test_a_tag_that_no_list_knows_keeps_its_id_and_is_looked_for_once() -> None:
    with wired() as (wire, client):
        wire.get(f"{V3}/tags", json=[{"id": "t1", "name": "vip"}])
        directory = directory_of(client.session)
        assert directory.tag_names(client, ["t1"]) == ["vip"]
        assert directory.tag_names(client, ["t1", "t9"]) == ["vip", "t9"]
        assert directory.tag_names(client, []) == []
        assert len(wire.calls) == 2


@pytest.mark.parametrize(
    ("agents", "chosen"),
    [
        ([], None), ([{"id": "a1", "role": "owner"}], None),
        ([{"id": "a2", "role": "agent", "email": "a"}, {"id": "a1", "role": "admin", "email": "b"}], "a1"),
        ([{"id": "a2", "role": "owner", "email": "a"}, {"id": "a1", "role": "admin", "email": "b"}], "a2"),
        ([{"id": "a2", "role": "owner", "email": "a"}, {"id": "a1", "role": "owner", "email": "b"}], "a1"),
        ([{"id": "a2", "email": "a"}, {"id": "a3", "role": "x", "email": "b"}, {"id": "a1", "role": "agent"}], "a2"),
    ],
)  # fmt: skip
def test_a_summary_is_opened_in_the_name_of_the_owner_else_an_admin_else_anybody_with_an_address(
    agents: list[dict[str, str]], chosen: str | None
) -> None:
    with wired() as (wire, client):
        wire.get(f"{V3}/agents", json=agents)
        found = directory_of(client.session).spokesman(client)
    assert (found and found.id) == chosen
