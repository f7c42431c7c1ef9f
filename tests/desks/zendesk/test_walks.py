"""Back-fill and reconciliation: every change is found, page by page, from any cursor, within Zendesk's limits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from integrations.base import Page, Reading
from integrations.errors import RateLimited, Refused, Rejected, Unavailable
from integrations.session import NoGate, Session
from integrations.times import DAY, HOUR, MINUTE, SECOND, instant_of_iso
from integrations.zendesk.webhook import Zendesk
from tests.desks.wired import DOWN, FORBIDDEN, LIE, MISSING, UNKNOWN_KEY
from tests.desks.zendesk.office import DESK, NOW, Office, access, at

EXPORT = "GET /api/v2/incremental/tickets/cursor"


@pytest.fixture
def office() -> Office:
    found = Office()
    for minute in range(7):
        found.ticket(minute)
    found.world.rate(found.world.tickets[1], at(20), 1)
    return found


def walked(office: Office, *, since: int = NOW - DAY, cursor: str | None = None) -> list[Page]:
    with office.open() as (session, _):
        return list(DESK.backfill(session, since=since, cursor=cursor))


def asked_about(pages: Sequence[Page]) -> list[str]:
    return [ticket for page in pages for ticket in page.reading.refresh]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_however_large_the_pages_every_ticket_is_asked_about_once(office: Office, size: int) -> None:
    office.api.page_size = size
    pages = walked(office)
    assert sorted(map(int, asked_about(pages))) == list(range(1, 8))
    assert [page.cursor is None for page in pages] == [False] * (len(pages) - 1) + [True]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_walk_resumed_at_each_of_its_cursors_tells_the_same(office: Office, size: int) -> None:
    office.api.page_size = size
    whole = walked(office)
    for done, page in enumerate(whole[:-1], start=1):
        rest = walked(office, cursor=page.cursor)
        assert [one.reading.events for one in rest] == [one.reading.events for one in whole[done:]]
        assert asked_about(rest) == asked_about(whole[done:])


def test_a_page_dates_the_creation_of_its_tickets(office: Office) -> None:
    events = [one for page in walked(office) for one in page.reading.events if one.type == "ticket.created"]
    assert sorted(one.at for one in events) == [at(minute) for minute in range(7)]
    assert {one.data["channel"] for one in events} == {"email"}


def test_the_first_page_names_agents_and_groups_and_no_customer(office: Office) -> None:
    first, *others = walked(office)
    assert first.reading.names["agent"][str(office.eva.id)] == office.eva.name
    assert first.reading.names["department"] == {str(office.support): "Support", str(office.orders): "Orders"}
    assert str(office.jo.id) not in first.reading.names["agent"]
    assert [page.reading.names for page in others] == [{}] * len(others)


def test_only_what_changed_since_is_asked_about(office: Office) -> None:
    office.world.say(office.world.tickets[3], at(60), office.jo.id)
    assert asked_about(walked(office, since=at(30))) == ["3"]
    assert asked_about(walked(office, since=at(61))) == []


def test_a_deleted_ticket_is_asked_about_too(office: Office) -> None:
    office.world.delete(office.world.tickets[2], at(60), office.eva.id)
    assert "2" in asked_about(walked(office, since=at(30)))


def test_a_summary_of_ours_is_told_at_once_and_not_asked_about(office: Office) -> None:
    office.world.open(at(60), office.owner.id, external_id="deskpulse:w:9", channel="api")
    pages = walked(office, since=at(30))
    assert asked_about(pages) == []
    assert [one.type for one in pages[0].reading.events] == ["ticket.created", "ticket.tagged"]


def test_the_last_minute_is_not_asked_for_because_zendesk_refuses_that(office: Office) -> None:
    for since in (NOW, NOW - 30 * SECOND, NOW + HOUR):
        assert asked_about(walked(office, since=since)) == []


def test_a_ticket_that_changes_during_the_walk_is_still_found(office: Office) -> None:
    office.api.page_size = 2
    with office.open() as (session, _):
        walk = DESK.backfill(session, since=NOW - DAY)
        first = next(walk)
        office.world.say(office.world.tickets[5], at(100), office.jo.id)
        rest = list(walk)
    assert set(asked_about([first, *rest])) == {str(number) for number in range(1, 8)}


def test_a_row_that_cannot_be_read_is_asked_about_so_that_its_refresh_says_why(office: Office) -> None:
    with office.open() as (session, _), responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        base = "https://desk.example/api/v2"
        rows = [{"id": 9, "created_at": "soon"}, {"id": None}, None, 7, {"id": "../x"}]
        wire.get(f"{base}/incremental/tickets/cursor", json={"tickets": rows, "end_of_stream": True})
        wire.get(f"{base}/users", json={"users": []})
        wire.get(f"{base}/groups", json={"groups": [{"id": 3, "name": "Support"}, "x"]})
        page = next(DESK.backfill(session, since=NOW - DAY))
    assert page.reading == Reading(refresh=("9",), names={"agent": {}, "department": {"3": "Support"}})


# ------------------------------------------------------------------------------------------------ reconciliation


def test_a_reconciliation_finds_what_was_never_delivered_and_nothing_else(office: Office) -> None:
    office.world.say(office.world.tickets[4], NOW - 30 * MINUTE, office.jo.id)
    with office.open() as (session, _):
        pages = list(DESK.reconcile(session, since=NOW - HOUR))
        assert asked_about(pages) == ["4"]
        found = DESK.refresh("4", session)
    assert NOW - 30 * MINUTE in [one.at for one in found.events if one.type == "message.sent"]


def test_a_ticket_that_the_export_shows_late_is_found_by_the_next_one(office: Office) -> None:
    office.world.say(office.world.tickets[4], NOW - 30 * MINUTE, office.jo.id)
    office.api.unexported = {4}
    with office.open() as (session, _):
        assert asked_about(list(DESK.reconcile(session, since=NOW - HOUR))) == []
        office.api.unexported = set()
        assert asked_about(list(DESK.reconcile(session, since=NOW - HOUR))) == ["4"]


def test_a_reconciliation_asks_only_for_reading(office: Office) -> None:
    with office.open() as (session, wire):
        list(DESK.reconcile(session, since=NOW - HOUR))
    assert {line.partition(" ")[0] for line in wire.sent} == {"GET"}
    assert len(wire.sent) == 6  # agents, administrators, groups, tickets, ratings, responses


# ------------------------------------------------------------------------------------------------ limits


def test_the_limit_of_the_export_is_kept_to_the_second(office: Office) -> None:
    office.api.exports_per_minute, office.api.page_size = 3, 1
    with office.open() as (session, _):
        walk = DESK.backfill(session, since=NOW - DAY)
        pages = [next(walk) for _ in range(3)]
        with pytest.raises(RateLimited) as caught:
            next(walk)
        assert len(office.api.violations) == 1  # it is written down as a fault of ours, for the gate is to prevent it
        office.api.violations.clear()
        office.api.exports_per_minute = 100
        rest = list(DESK.backfill(session, since=NOW - DAY, cursor=pages[-1].cursor))
    assert caught.value.after == 60.0
    assert sorted(map(int, asked_about([*pages, *rest]))) == list(range(1, 8))


class Counted:
    def __init__(self) -> None:
        self.taken = 0

    def take(self, requests: int) -> None:
        self.taken += requests

    def hold(self, seconds: float) -> None:
        raise AssertionError(seconds)


def test_every_request_is_booked(office: Office) -> None:
    gate = Counted()
    with office.open(gate=gate) as (session, wire):
        list(DESK.backfill(session, since=NOW - DAY))
        DESK.refresh("1", session)
    assert gate.taken == len(wire.sent) == len(office.api.requests)


def test_a_refresh_usually_costs_what_the_desk_says() -> None:
    office = Office()
    ticket = office.ticket()
    office.answered(ticket, 5)
    office.world.say(ticket, at(6), office.ivo.id, public=False)
    with office.open() as (session, wire):
        DESK.refresh("1", session)
    assert len(wire.sent) == Zendesk.requests_per_refresh


# ------------------------------------------------------------------------------------------------ failures


def test_a_walk_that_is_refused_says_so_and_one_that_fails_is_tried_again(office: Office) -> None:
    for fault, error in ((UNKNOWN_KEY, Refused), (FORBIDDEN, Refused), (DOWN, Unavailable), (LIE, Unavailable)):
        with office.open() as (session, wire):
            wire.spoil(fault, EXPORT)
            with pytest.raises(error):
                list(DESK.backfill(session, since=NOW - DAY))


@pytest.mark.parametrize("path", ["satisfaction_ratings", "guide/survey_responses"])
def test_a_survey_that_fails_stops_the_walk_but_one_that_is_missing_does_not(office: Office, path: str) -> None:
    with office.open() as (session, wire):
        wire.spoil(DOWN, f"GET /api/v2/{path}")
        with pytest.raises(Unavailable):
            list(DESK.backfill(session, since=NOW - DAY))
        wire.spoil(MISSING, f"GET /api/v2/{path}")
        assert list(DESK.backfill(session, since=NOW - DAY))[-1].cursor is None


# ------------------------------------------------------------------------------------------------ cursors

STRANGE = (
    "x", "||", "tickets", "tickets|1", "tickets||", "users|1781514000|", "tickets|-1|", "tickets|1e9|",
    "tickets|17815140000|", "tickets|1781514000|a b", "tickets|1781514000|é", " tickets|1781514000|",
    "tickets|1781514000|" + "x" * 2001, "tickets|1781514000|x\n",
)  # fmt: skip


@pytest.mark.parametrize("cursor", STRANGE)
def test_a_cursor_that_is_none_of_ours_is_refused_before_anything_is_asked(office: Office, cursor: str) -> None:
    with office.open() as (session, wire):
        with pytest.raises(Rejected, match="start the back-fill again"):
            next(DESK.backfill(session, since=NOW - DAY, cursor=cursor))
        assert wire.sent == []


@given(st.from_regex(r"(tickets|ratings|responses)\|[0-9]{1,10}\|[!-~]{0,20}", fullmatch=True) | st.text(min_size=1))
def test_any_cursor_is_a_place_or_refused(cursor: str) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        base = "https://desk.example/api/v2"
        wire.get(f"{base}/incremental/tickets/cursor", json={"tickets": [], "end_of_stream": True})
        wire.get(f"{base}/satisfaction_ratings", json={"satisfaction_ratings": []})
        wire.get(f"{base}/guide/survey_responses", json={"survey_responses": []})
        with Session(access(), NoGate(), clock=lambda: NOW / SECOND) as session:
            try:
                pages = list(DESK.backfill(session, since=NOW - DAY, cursor=cursor))
            except Rejected:
                return
    assert pages[-1].cursor is None


@pytest.mark.parametrize("since", ["1990-01-02T00:00:00Z", "2001-09-08T00:00:00Z", "2026-01-01T00:00:00Z"])
def test_however_far_back_every_cursor_that_is_given_is_taken_again(office: Office, since: str) -> None:
    office.api.page_size = 3
    pages = walked(office, since=instant_of_iso(since))
    again = [walked(office, since=instant_of_iso(since), cursor=page.cursor)[0] for page in pages[:-1]]
    assert [page.cursor for page in again] == [page.cursor for page in pages[1:]]


def test_an_answer_that_cannot_be_read_does_not_hide_the_others(office: Office) -> None:
    office.world.ratings = {0: {"id": None, "created_at": "2026-06-15T09:00:00Z"}, **office.world.ratings}
    office.world.survey = "newer"
    office.world.rate(office.world.tickets[2], at(30), 5)
    office.world.responses.insert(0, {**office.world.responses[0], "subjects": [{"type": "user", "zrn": "zen:user:9"}]})
    found = [one for page in walked(office) for one in page.reading.events if one.type == "survey.answered"]
    assert [(one.ticket, one.data["score"]) for one in found] == [("1", 1), ("2", 5)]
