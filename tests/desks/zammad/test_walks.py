"""Going through a Zammad's tickets: everything that changed, once and in order, however the pages fall."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.base import Page
from integrations.errors import RateLimited, Rejected
from integrations.session import Session
from integrations.times import DAY, MINUTE, SECOND, Instant
from integrations.zammad.simulated_world import Ticket
from tests.desks.wired import LIMITED_FOR
from tests.desks.zammad.office import DESK, NOW, Office, at

SINCE = NOW - 30 * DAY
SMALL: dict[str, Any] = {"page_size": 2}
LISTED: dict[str, Any] = {"page_size": 2, "walk": "list"}
WAYS = pytest.mark.parametrize("options", [SMALL, LISTED, {}], ids=["by change", "by list", "one page"])


@pytest.fixture
def office() -> Office:
    return Office()


def filled(office: Office, number: int = 5) -> list[Ticket]:
    """Tickets an hour apart."""
    return [office.letter(at(f"10 {hour:02d}:00")) for hour in range(9, 9 + number)]


def asked(pages: list[Page]) -> list[str]:
    return [ticket for page in pages for ticket in page.reading.refresh]


def walked(office: Office, *, since: Instant = SINCE, cursor: str | None = None, **options: Any) -> list[Page]:
    with office.open(options=options) as session:
        return list(DESK.backfill(session, since=since, cursor=cursor))


@WAYS
def test_every_ticket_is_told_of_and_asked_about(office: Office, options: dict[str, Any]) -> None:
    tickets = [str(one.id) for one in filled(office)]
    pages = walked(office, **options)
    assert list(dict.fromkeys(asked(pages))) == tickets
    created = {one.ticket: one.at for page in pages for one in page.reading.events}
    assert created == {str(one.id): one.created_at for one in office.world.tickets.values()}


@WAYS
def test_what_did_not_change_since_then_is_left_alone(office: Office, options: dict[str, Any]) -> None:
    tickets = filled(office)
    office.world.say(tickets[0], at("12 09:00"), office.eva)
    found = asked(walked(office, since=at("10 12:00"), **options))
    assert set(found) == {str(tickets[number].id) for number in (0, 3, 4)}


@WAYS
def test_the_moment_itself_belongs_to_it(office: Office, options: dict[str, Any]) -> None:
    ticket = office.letter(at("10 09:00:00.250"))
    assert asked(walked(office, since=at("10 09:00:00.250"), **options)) == [str(ticket.id)]
    assert asked(walked(office, since=at("10 09:00:00.251"), **options)) == []


@WAYS
def test_an_empty_desk_has_one_empty_page(office: Office, options: dict[str, Any]) -> None:
    (page,) = walked(office, **options)
    assert (page.reading.events, page.reading.refresh, page.cursor) == ((), (), None)


@WAYS
def test_it_goes_on_after_any_page(office: Office, options: dict[str, Any]) -> None:
    filled(office, 7)
    pages = walked(office, **options)
    for done, page in enumerate(pages[:-1], 1):
        assert asked(walked(office, cursor=page.cursor, **options)) == asked(pages[done:])


def test_many_changes_in_one_millisecond_are_all_found(office: Office) -> None:
    tickets = [office.letter(at("10 09:00")) for _ in range(7)]
    tickets.append(office.letter(at("10 10:00")))
    assert set(asked(walked(office, **SMALL))) == {str(one.id) for one in tickets}


def test_a_ticket_that_changes_meanwhile_is_not_passed_over(office: Office) -> None:
    tickets = filled(office, 6)
    found: list[str] = []
    with office.open(options=SMALL) as session:
        for number, page in enumerate(DESK.backfill(session, since=SINCE)):
            found += page.reading.refresh
            if number < 2:
                office.world.say(tickets[number], NOW + number * MINUTE, office.eva)
    assert set(found) == {str(one.id) for one in tickets}
    assert found.index(str(tickets[0].id)) < len(found) - 1 - found[::-1].index(str(tickets[0].id))


def test_a_ticket_that_is_deleted_meanwhile_hides_no_other(office: Office) -> None:
    tickets = filled(office, 6)
    found: list[str] = []
    with office.open(options=SMALL) as session:
        for page in DESK.backfill(session, since=SINCE):
            found += page.reading.refresh
            if tickets[0].id in office.world.tickets:
                office.world.delete(tickets[0])
    assert {str(one.id) for one in tickets[1:]} <= set(found)


def test_summaries_are_asked_about_and_date_nothing(office: Office) -> None:
    summary = office.world.open(
        at("10 09:00"), office.simulator.plugin, type_="note", sender="Agent", title="Week 24 [deskpulse:w:24]"
    )
    (page,) = walked(office)
    assert (page.reading.events, page.reading.refresh) == ((), (str(summary.id),))


def test_the_database_is_asked_and_not_the_search_index(office: Office) -> None:
    filled(office, 1)
    with office.wired() as (wire, session):
        list(DESK.reconcile(session, since=SINCE))
    assert wire.sent == ["GET /api/v1/tickets/search"]


def test_without_the_search_the_list_is_gone_through(office: Office) -> None:
    filled(office, 3)
    with office.wired(options=LISTED) as (wire, session):
        list(DESK.reconcile(session, since=SINCE))
    assert wire.sent == ["GET /api/v1/tickets"] * 2


@pytest.mark.parametrize("cursor", ["", "x", "changed|1", "changed||1", "other|1|1", "changed|-1|1", "list|1|1|1",
                                    "changed|1|1\n", "changed|" + "9" * 30 + "|1"])  # fmt: skip
def test_a_cursor_that_is_no_place_is_rejected(office: Office, cursor: str) -> None:
    if cursor == "":
        assert len(walked(office, cursor=cursor)) == 1, "an empty cursor is none"
        return
    with pytest.raises(Rejected, match="is no place in Zammad's tickets; start again without it"):
        walked(office, cursor=cursor)


@pytest.mark.parametrize("size", [0, 1, 101, -2, True, "10", None])
def test_a_page_size_that_cannot_be_is_the_usual_one(office: Office, size: Any) -> None:
    filled(office, 3)
    assert len(walked(office, page_size=size)) == 1


def spoilt(office: Office, change: dict[str, Any]) -> None:
    """Let the search give one row that is not what it should be."""
    search = office.api.views["GET /tickets/search"]

    def odd() -> list[Any]:
        rows: list[Any] = search()
        rows[0] = {**rows[0], **change} if change else "nonsense"
        return rows

    office.api.views["GET /tickets/search"] = odd


@pytest.mark.parametrize("change", [{}, {"id": 0}, {"id": None}, {"id": "#{ticket.id}"}])
def test_a_row_that_is_no_ticket_stops_the_walk_and_is_told(office: Office, change: dict[str, Any]) -> None:
    filled(office, 3)
    spoilt(office, change)
    with pytest.raises(Rejected, match="the desk's answer is not what Zammad sends"):
        walked(office)


@pytest.mark.parametrize("change", [{"created_at": None}, {"updated_at": "soon"}, {"state": 7}, {"group": []}])
def test_a_row_of_which_a_part_cannot_be_read_is_asked_about(office: Office, change: dict[str, Any]) -> None:
    tickets = filled(office, 3)
    spoilt(office, change)
    assert set(asked(walked(office))) == {str(one.id) for one in tickets}


@pytest.mark.parametrize("answer", [{}, {"tickets": [1], "assets": {}}, 7, "x", True])
def test_an_answer_that_is_no_list_is_rejected(office: Office, answer: Any) -> None:
    office.api.views["GET /tickets/search"] = lambda: answer
    with pytest.raises(Rejected, match="no list of Zammad"):
        walked(office)


class _Counting:
    """A gate that counts what was booked and for how long it was held."""

    def __init__(self) -> None:
        self.taken = 0
        self.held: list[float] = []

    def take(self, requests: int) -> None:
        self.taken += requests

    def hold(self, seconds: float) -> None:
        self.held.append(seconds)


def test_every_request_is_booked_and_a_429_is_obeyed_to_the_second(office: Office) -> None:
    filled(office, 5)
    gate = _Counting()
    with office.wired(gate=gate, options=SMALL) as (wire, session):
        pages = DESK.backfill(session, since=SINCE)
        first = next(pages)
        wire.spoil(LIMITED_FOR, "GET .*")
        with pytest.raises(RateLimited) as caught:
            next(pages)
        assert (caught.value.after, gate.held) == (13.0, [13.0])
        rest = list(DESK.backfill(session, since=SINCE, cursor=first.cursor))
    assert gate.taken == len(wire.sent)
    assert len(set(asked([first, *rest]))) == 5


def test_a_limit_in_front_of_zammad_is_waited_for(office: Office) -> None:
    filled(office, 5)
    office.api.limit_per_minute = 2

    def some(session: Session, cursor: str | None) -> tuple[list[Page], float | None]:
        found: list[Page] = []
        try:
            found += DESK.backfill(session, since=SINCE, cursor=cursor)
        except RateLimited as limited:
            return found, limited.after
        return found, None

    with office.open(options=SMALL) as session:
        _, after = some(session, None)
        assert after == 7.0
        office.now += 61 * SECOND
        office.api.limit_per_minute = None
        pages, after = some(session, None)
    assert after is None
    assert len(set(asked(pages))) == 5
