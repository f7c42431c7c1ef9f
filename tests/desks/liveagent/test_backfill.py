"""Back-fill and reconciliation find every ticket and every rating, page by page."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from integrations.base import Page
from integrations.errors import Rejected, Unavailable
from integrations.liveagent import backfill
from integrations.liveagent.unread import UNREAD
from integrations.session import Session
from integrations.times import DAY, HOUR, MINUTE, SECOND, instant_of_iso
from tests.desks.liveagent.test_answers import V3, wired
from tests.desks.liveagent.test_whole import ticket
from tests.desks.liveagent.world import DESK, NOW, ZAGREB, Office, at, only
from workers.observing import observed
from workers.tickets import fold


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.liveagent.client.PAGE", 4)
    monkeypatch.setattr("integrations.liveagent.backfill.PAGE", 4)


def pages(session: Session, *, days: int = 30, cursor: str | None = None) -> list[Page]:
    return list(DESK.backfill(session, since=NOW - days * DAY, cursor=cursor))


def asked(found: list[Page]) -> list[str]:
    return [ticket for page in found for ticket in page.reading.refresh]


def test_every_ticket_that_changed_is_asked_about_and_no_older_one(office: Office) -> None:
    old = office.letter(NOW - 40 * DAY)
    touched = office.letter(NOW - 40 * DAY)
    office.answered(touched, NOW - 2 * DAY)
    new = office.letter(NOW - DAY)
    with office.open() as session:
        found = asked(pages(session))
    assert found == [touched.id, new.id]
    assert old.id not in found


def test_a_row_tells_what_it_dates_and_the_refresh_tells_the_same(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.answered(ticket, at("06-10 09:30"))
    office.world.set_status(ticket, at("06-10 10:00"), "R")
    with office.open() as session:
        (row, *_rest) = pages(session)
        refreshed = {one.id: one for one in DESK.refresh(ticket.id, session).events}
    assert [one.type for one in row.reading.events] == ["ticket.created", "status.changed"]
    assert row.reading.present == ()
    for one in row.reading.events:
        assert refreshed[one.id].at == one.at
        assert refreshed[one.id].data.items() >= one.data.items()


def test_a_deleted_ticket_is_told_deleted_by_its_row(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.world.set_status(ticket, at("06-10 09:30"), "X")
    with office.open() as session:
        events = [one for page in pages(session) for one in page.reading.events]
    assert [(one.at, one.data["status"]) for one in only(events, "status.changed")] == [(at("06-10 09:30"), "deleted")]


def test_what_may_be_a_summary_of_ours_is_not_counted_before_its_refresh(office: Office) -> None:
    office.ticket(at("06-10 09:00"), subject="Week [deskpulse:w:1]", status="R")
    with office.open() as session:
        found = pages(session)
    assert [one for page in found for one in page.reading.events] == []
    assert len(asked(found)) == 1


def test_names_of_agents_and_departments_come_with_the_first_page(office: Office) -> None:
    with office.open() as session:
        found = pages(session, days=70)
    assert found[0].reading.names["agent"][office.eva.id] == "Eva Novak"
    assert found[0].reading.names["department"] == {office.support: "Support", office.orders: "Orders"}
    assert len(found) == 1 + 3  # 70 days of ratings are three windows
    assert [page.cursor is None for page in found] == [False, False, False, True]


@pytest.mark.usefixtures("small_pages")
def test_pages_follow_one_another_by_time_and_miss_nothing(office: Office) -> None:
    tickets = [office.letter(at("06-10 09:00") + number // 3 * MINUTE) for number in range(23)]
    with office.open() as session:
        found = pages(session)
    assert set(asked(found)) == {one.id for one in tickets}
    assert found[-1].cursor is None


@pytest.mark.usefixtures("small_pages")
def test_many_changes_in_one_second_are_paged_through(office: Office) -> None:
    tickets = [office.letter(at("06-10 09:00")) for _ in range(11)]
    later = office.letter(at("06-10 09:01"))
    with office.open() as session:
        found = pages(session)
    assert set(asked(found)) == {one.id for one in (*tickets, later)}


@pytest.mark.usefixtures("small_pages")
def test_a_ticket_that_changes_while_pages_are_read_is_not_missed(office: Office) -> None:
    tickets = [office.letter(at("06-10 09:00") + number * MINUTE) for number in range(10)]
    seen: list[str] = []
    with office.open() as session:
        for page in DESK.backfill(session, since=NOW - 30 * DAY):
            seen += page.reading.refresh
            office.world.touch(tickets[0], NOW - MINUTE)  # leaves the first page, so all others move up
    assert set(seen) == {one.id for one in tickets}


@pytest.mark.usefixtures("small_pages")
def test_a_backfill_goes_on_where_it_stopped(office: Office) -> None:
    tickets = [office.letter(at("06-10 09:00") + number * MINUTE) for number in range(10)]
    with office.open() as session:
        first = next(iter(DESK.backfill(session, since=NOW - 30 * DAY)))
    office.simulator.api.requests.clear()
    with office.open() as session:
        rest = pages(session, cursor=first.cursor)
    assert {*first.reading.refresh, *asked(rest)} == {one.id for one in tickets}
    assert len(asked(rest)) < 10


def test_a_failure_in_the_middle_is_raised_and_the_cursor_before_it_is_good(office: Office) -> None:
    ticket = office.letter(at("06-10 09:00"))
    office.world.rate(ticket, at("06-10 10:00"), office.eva, "R")
    with office.open() as session:
        running = DESK.backfill(session, since=NOW - 20 * DAY)
        first = next(running)
        office.simulator.trouble.order("503", "GET", "/reports/ranking")
        with pytest.raises(Unavailable):
            next(running)
        rest = pages(session, cursor=first.cursor)
    assert [one.type for page in rest for one in page.reading.events] == ["survey.answered"]


@pytest.mark.parametrize("cursor", ["x", "tickets", "tickets|2026-06-10 09:00:00", "other|2026-06-10 09:00:00|1", "||"])
def test_a_cursor_that_is_none_of_ours_is_refused(office: Office, cursor: str) -> None:
    with office.open() as session, pytest.raises(Rejected, match="start the back-fill again"):
        pages(session, cursor=cursor)


@pytest.mark.parametrize(
    ("contact", "told"), [("co5512", "co5512"), ("", "ana@mail.example"), (None, "ana@mail.example")]
)
def test_a_row_tells_its_customer_else_the_address_and_an_odd_row_is_counted(contact: str | None, told: str) -> None:
    UNREAD.clear()
    with wired() as (wire, client):
        wire.get(f"{V3}/tickets", json=[ticket(owner_contactid=contact), {"id": "r5"}])
        for path in ("agents", "departments"):
            wire.get(f"{V3}/{path}", json=[])
        first = next(iter(DESK.backfill(client.session, since=NOW - DAY)))
    assert [one.data["customer"] for one in first.reading.events] == [told]
    assert list(UNREAD) == ["ticket row 'date_created'"]


def test_a_row_that_cannot_be_read_does_not_hide_the_others(office: Office) -> None:
    good, bad = office.letter(at("06-10 09:00")), office.letter(at("06-10 09:01"))
    bad.id = "\n"
    with office.open() as session:
        assert asked(pages(session)) == [good.id]


def test_an_empty_account_is_one_page_of_nothing(office: Office) -> None:
    with office.open() as session:
        (first, last) = pages(session)
    assert (asked([first]), first.reading.events, last.reading.events, last.cursor) == ([], (), (), None)


def test_what_happened_after_the_clock_went_back_is_not_missed() -> None:
    """20 to 3, then ten past two again: the later change has the earlier text."""
    since = instant_of_iso("2026-10-25T00:40:00Z")
    office = Office(ZoneInfo("Europe/Zagreb"), now=since + 3 * HOUR)
    ticket = office.letter(since + 30 * MINUTE)
    with office.open() as session:
        (first, *_rest) = DESK.reconcile(session, since=since)
    assert first.reading.refresh == (ticket.id,)


@pytest.mark.parametrize(("minutes", "told"), [(90, 0), (30, 0), (-10, 1), (130, 1)])
def test_a_moment_that_the_clock_has_twice_is_left_to_the_refresh(minutes: int, told: int) -> None:
    """Answered ten to three, then half past two again: the text of the resolution is the earlier one."""
    midnight = instant_of_iso("2026-10-25T00:00:00Z")
    office = Office(ZAGREB, now=midnight + 5 * HOUR)
    ticket = office.letter(midnight - HOUR)
    office.answered(ticket, midnight + min(minutes - 5, 50) * MINUTE)
    office.world.set_status(ticket, midnight + minutes * MINUTE, "R")
    with office.open() as session:
        row = next(iter(DESK.backfill(session, since=midnight - DAY))).reading
        refreshed = DESK.refresh(ticket.id, session)
    assert len(only(list(row.events), "status.changed")) == told
    resolutions = fold(ticket.id, [*row.events, *refreshed.events]).resolutions
    assert [(one.at, one.undone_at) for one in resolutions] == [(midnight + minutes * MINUTE, None)]


def test_a_deletion_in_the_hour_that_the_clock_has_twice_is_told_by_the_refresh() -> None:
    midnight = instant_of_iso("2026-10-25T00:00:00Z")
    office = Office(ZAGREB, now=midnight + 5 * HOUR)
    ticket = office.letter(midnight - HOUR)
    office.answered(ticket, midnight + 50 * MINUTE)
    office.world.set_status(ticket, midnight + 90 * MINUTE, "X")
    with office.open() as session:
        row = next(iter(DESK.backfill(session, since=midnight - DAY))).reading
        refreshed = DESK.refresh(ticket.id, session)
    assert only(list(row.events), "status.changed") == []
    (present,) = refreshed.present
    assert present.times["status"] == present.updated_at == midnight + 90 * MINUTE
    events = [*row.events, *refreshed.events]
    assert fold(ticket.id, [*events, *observed(present, fold(ticket.id, events))]).status == "deleted"


def test_a_calls_channel_is_left_to_the_refresh(office: Office) -> None:
    office.ticket(at("06-10 09:00"), channel="C")
    office.ticket(at("06-10 09:01"), channel="9")
    office.ticket(at("06-10 09:02"), channel="B")
    with office.open(options={"channels": {"B": "messaging"}}) as session:
        events = [one for page in pages(session) for one in page.reading.events]
    assert [one.data.get("channel") for one in events] == [None, None, None]


def test_the_night_look_is_the_hour_of_the_accounts_own_zone() -> None:
    now = instant_of_iso("2026-06-15T01:30:00Z")
    zagreb, utc = ZoneInfo("Europe/Zagreb"), ZoneInfo("UTC")
    assert backfill.ratings_since(now - HOUR, now=now, zone=zagreb) == now - 30 * DAY
    assert backfill.ratings_since(now - HOUR, now=now, zone=utc) == now - 48 * HOUR
    assert backfill.ratings_since(now - 90 * DAY, now=now, zone=utc) == now - 90 * DAY
    assert now % SECOND == 0
