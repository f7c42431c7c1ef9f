"""What is fetched from a simulated desk: single tickets, its history, and what no webhook told."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
import pytest

from integrations.base import Page, Reading
from integrations.errors import Gone, RateLimited, Refused, Rejected, Unavailable
from integrations.session import NoGate, Session
from integrations.times import DAY, SECOND, Instant, instant_of_iso
from tests.desks.django_helpdesk.samples import CUSTOMER, DESK, PLUGIN, Simulated, access, call, present, simulated


def _told(pages: Iterable[Page]) -> list[set[str]]:
    return [_tickets(page.reading) for page in pages]


def _tickets(reading: Reading) -> set[str]:
    return {event.ticket for event in reading.events} | {now.ticket for now in reading.present} | set(reading.refresh)


def _asked(desk: Simulated, start: str) -> list[str]:
    return [asked for asked in desk.api.asked if asked.startswith(start)]


def _status(pages: Iterable[Page], ticket: int) -> str:
    told = [now.values["status"] for page in pages for now in page.reading.present if now.ticket == str(ticket)]
    return str(told[-1])


class TestARefresh:
    def test_tells_what_the_webhook_told(self) -> None:
        with simulated() as desk:
            ticket = desk.desk.opened_by_mail("Blender", "It hums", customer=CUSTOMER)
            desk.desk.replied(ticket, "Is it old?")
            desk.desk.mailed(ticket, "A year")
            desk.desk.replied(ticket, "A new one is on its way", status=3)
            refreshed = DESK.refresh(str(ticket), desk.session)
        by_hook = _parsed(desk, -1)
        assert [e.content_hash() for e in refreshed.events] == [e.content_hash() for e in by_hook.events]
        assert present(refreshed) == present(by_hook)

    @pytest.mark.parametrize(("status", "requests"), [(1, 1), (2, 1), (3, 2), (4, 3), (5, 3)])
    def test_looks_where_the_desk_answers_fastest_first(self, status: int, requests: int) -> None:
        with simulated() as desk:
            ticket = desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
            desk.desk.patched(ticket, status=status)
            DESK.refresh(str(ticket), desk.session)
            asked = _asked(desk, "GET")
        assert len(asked) == requests
        assert asked[0] == "GET /api/tickets/1/?status=1%2C2"

    def test_of_a_ticket_that_is_gone_observes_it_deleted(self) -> None:
        with simulated() as desk:
            ticket = desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
            desk.desk.deleted(ticket)
            (now,) = DESK.refresh(str(ticket), desk.session).present
        assert now.values == {"status": "deleted"}

    @pytest.mark.parametrize("ticket", ["../users", "7/", "７", "", "-1"])
    def test_of_what_is_no_number_asks_nothing(self, ticket: str) -> None:
        with simulated() as desk:
            assert present(DESK.refresh(ticket, desk.session)) == {"status": "deleted"}
            assert desk.api.asked == []

    def test_that_finds_the_desk_down_is_tried_again(self) -> None:
        with simulated() as desk:
            desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
            desk.api.reading_troubles.extend(["fail", "drop"])
            for _ in range(2):
                with pytest.raises(Unavailable):
                    DESK.refresh("1", desk.session)
            assert present(DESK.refresh("1", desk.session))["status"] == "open"

    def test_that_hangs_is_tried_again(self) -> None:
        with simulated() as desk:
            desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
            desk.api.reading_troubles.append("hang")
            with (
                Session(access(desk.url), NoGate(), allow_private=True, timeout=(1.0, 0.2)) as hurried,
                pytest.raises(Unavailable),
            ):
                DESK.refresh("1", hurried)
            desk.api.go_on.set()

    def test_with_a_wrong_token_or_without_staff_rights_is_refused(self) -> None:
        for token in ("token-of-nobody", "token-of-guest"):
            with simulated(token=token) as desk, pytest.raises(Refused, match="is_staff") as caught:
                DESK.refresh("1", desk.session)
            assert token not in str(caught.value)

    def test_of_an_answer_that_is_no_ticket_gives_up(self) -> None:
        with simulated() as desk:
            ticket = desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
            desk.desk.patched(ticket, status=3, queue="shop")
            with pytest.raises(Rejected, match=r"ticket|queue"):
                DESK.refresh(str(ticket), desk.session)


class TestABackfill:
    def _filled(self, desk: Simulated) -> None:
        for number in range(1, 8):
            ticket = desk.desk.opened_by_form(f"Number {number}", "A question", customer=CUSTOMER)
            if number % 3:
                desk.desk.replied(ticket, "Done", status=2 + number % 3)

    def test_goes_through_open_then_resolved_then_closed_ones_newest_first(self) -> None:
        with simulated(page_size=2) as desk:
            self._filled(desk)
            pages = list(DESK.backfill(desk.session, since=0))
        assert _told(pages) == [{"3", "6"}, {"7"}, {"1", "4"}, {"2", "5"}]
        assert [page.cursor for page in pages] == ["1::0", "1:1:1", "2::0", None]

    def test_leaves_out_finished_tickets_that_rest_since_long(self) -> None:
        with simulated() as desk:
            self._filled(desk)
            pages = list(DESK.backfill(desk.session, since=desk.session.now() + DAY))
        assert _told(pages) == [{"3", "6"}, set(), set()]

    def test_reads_the_statuses_that_the_administrator_added(self) -> None:
        with simulated(statuses={"6": "pending"}) as desk:
            list(DESK.backfill(desk.session, since=0))
            assert _asked(desk, "GET")[-1] == "GET /api/tickets/?status=4%2C5%2C6&page_size=100&page=last"

    def test_misses_no_ticket_when_others_are_finished_meanwhile(self) -> None:
        with simulated(page_size=2) as desk:
            for number in range(6):
                desk.desk.opened_by_form(f"Number {number}", "A question", customer=CUSTOMER)
            pages = DESK.backfill(desk.session, since=0)
            told = [next(pages)]
            for ticket in (1, 2, 5, 6):
                desk.desk.replied(ticket, "Done", status=3)
            told += pages
        assert set().union(*_told(told)) == {"1", "2", "3", "4", "5", "6"}

    def test_goes_on_at_the_last_page_when_its_own_is_no_more(self) -> None:
        with simulated(page_size=1) as desk:
            self._filled(desk)
            pages = list(DESK.backfill(desk.session, since=0, cursor="1:9:0"))
        assert _told(pages) == [{"7"}, {"4"}, {"1"}, {"5"}, {"2"}]

    def test_of_an_empty_desk_is_three_empty_pages(self) -> None:
        with simulated() as desk:
            assert _told(DESK.backfill(desk.session, since=0)) == [set(), set(), set()]

    def test_asks_about_a_row_it_cannot_read_and_reads_the_others(self) -> None:
        with simulated() as desk:
            for _ in range(2):
                desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
            desk.desk.patched(1, queue=None)
            page = next(iter(DESK.backfill(desk.session, since=0)))
        assert page.reading.refresh == ("1",)
        assert {event.ticket for event in page.reading.events} == {"2"}

    def test_stops_at_the_budget_and_the_cursor_resumes_there(self) -> None:
        with simulated(page_size=2) as desk:
            self._filled(desk)
            whole = list(DESK.backfill(desk.session, since=0))
            with Session(desk.session.access, _Budget(2), allow_private=True) as limited:
                pages = DESK.backfill(limited, since=0)
                told = [next(pages), next(pages)]
                with pytest.raises(RateLimited):
                    next(pages)
            told += DESK.backfill(desk.session, since=0, cursor=told[-1].cursor)
        assert _told(told) == _told(whole)


class _Budget:
    def __init__(self, requests: int) -> None:
        self._left = requests

    def take(self, requests: int) -> None:
        if requests > self._left:
            raise RateLimited("the budget is used up", after=1.0)
        self._left -= requests

    def hold(self, seconds: float) -> None:
        self._left = 0


class TestAReconciliation:
    def test_finds_what_no_webhook_told(self) -> None:
        with simulated() as desk:
            numbers = [desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER) for _ in range(6)]
            bulk, dragged, held, away, kept, gone = numbers
            since = desk.session.now() - DAY
            desk.desk.closed_in_bulk(bulk)
            desk.desk.patched(dragged, status=3)
            desk.desk.patched(held, on_hold=True, assigned_to=2)
            desk.desk.merged(away, into=kept)
            desk.desk.deleted(gone)
            hooks = len(desk.desk.hooks)
            pages = list(DESK.reconcile(desk.session, since=since))
        assert hooks == 6
        assert [_status(pages, ticket) for ticket in numbers[:5]] == [
            "closed", "resolved", "on_hold", "closed", "open",
        ]  # fmt: skip
        merged = [event for page in pages for event in page.reading.events if event.type == "ticket.merged"]
        assert [(event.ticket, event.data) for event in merged] == [(str(away), {"into": str(kept)})]

    def test_tells_the_entries_of_finished_tickets_as_their_webhooks_did(self) -> None:
        with simulated(finished_pages=0) as desk:
            ticket = desk.desk.opened_by_mail("Blender", "It hums", customer=CUSTOMER)
            desk.desk.replied(ticket, "Is it old?")
            desk.desk.noted(ticket, "Third one")
            desk.desk.answered_on_page(ticket, "A year")
            desk.desk.escalated(ticket)
            desk.desk.replied(ticket, "A new one is on its way", status=3)
            pages = list(DESK.reconcile(desk.session, since=0))
            by_refresh = DESK.refresh(str(ticket), desk.session).events
        told = {event.content_hash() for page in pages for event in page.reading.events}
        assert told < {event.content_hash() for event in by_refresh}
        assert {event.type for page in pages for event in page.reading.events} == {"message.sent", "status.changed"}
        assert {ticket for page in pages for ticket in page.reading.refresh} == set()

    def test_asks_about_a_finished_ticket_whose_entry_may_have_opened_it(self) -> None:
        with simulated(finished_pages=0) as desk:
            staff = desk.desk.opened_by_api("Call", "Wants a call", customer=CUSTOMER)
            desk.desk.replied(staff, "Called", status=3)
            away = desk.desk.opened_by_mail("Blender", "It hums", customer=CUSTOMER)
            desk.desk.mailed(away, "I am away", automatic=True)
            desk.desk.replied(away, "Done", status=3)
            entries = list(DESK.reconcile(desk.session, since=0))[-1]
        assert entries.reading.refresh == (str(staff), str(away))

    def test_reads_no_more_entries_than_there_are_new_ones(self) -> None:
        with simulated(finished_pages=0) as desk:
            ticket = desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
            for number in range(450):
                desk.desk.noted(ticket, f"Note {number}")
            early = sorted(entry["date"] for entry in desk.desk.follow_ups.values())[-250]
            list(DESK.reconcile(desk.session, since=instant_of_iso(early)))
            asked = _asked(desk, "GET /api/followups/")
        assert [request.rpartition("page=")[2] for request in asked] == ["last", "2"]

    def test_looks_at_the_newest_finished_tickets_only(self) -> None:
        with simulated(page_size=2, finished_pages=2) as desk:
            for _ in range(7):
                desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
            for ticket in range(1, 8):
                desk.desk.patched(ticket, status=3)
            pages = list(DESK.reconcile(desk.session, since=desk.session.now() + DAY))
        assert _told(pages) == [set(), {"7"}, {"5", "6"}, set(), set()]
        assert pages[-1].cursor is None

    def test_asks_for_an_older_finished_ticket_with_an_entry_since_then(self) -> None:
        with simulated(page_size=2) as desk:
            self._finished(desk, 8)
            since = self._later(desk)
            for ticket in (2, 5, 7):
                desk.desk.patched(ticket, custom_csat="1")
                desk.desk.noted(ticket, "The customer answered the survey.", user=7)
            pages = list(DESK.reconcile(desk.session, since=since))
        assert _told(pages) == [set(), {"7", "8"}, set(), {"2", "5", "7"}]
        assert [page.reading.refresh for page in pages] == [(), (), (), ("2", "5")]

    def test_asks_for_none_where_every_finished_ticket_was_looked_at(self) -> None:
        with simulated(page_size=4, finished_pages=2) as desk:
            self._finished(desk, 8)
            since = self._later(desk)
            for ticket in (1, 5):
                desk.desk.noted(ticket, "The customer answered the survey.", user=7)
            pages = list(DESK.reconcile(desk.session, since=since))
        assert {ticket for page in pages for ticket in page.reading.refresh} == set()
        assert set().union(*_told(pages)) == {str(ticket) for ticket in range(1, 9)}

    @pytest.mark.parametrize("place", [3, 4])
    def test_asks_for_whatever_is_older_than_the_newest_of_either_list(self, place: int) -> None:
        with simulated(page_size=2) as desk:
            self._finished(desk, 6)
            for ticket in (1, 2, 6):
                desk.desk.patched(ticket, status={3: 4, 4: 3}[place])
            for ticket in (3, 4, 5):
                desk.desk.patched(ticket, status=place)
            since = self._later(desk)
            for ticket in range(1, 7):
                desk.desk.noted(ticket, "Asked again", user=7)
            entries = list(DESK.reconcile(desk.session, since=since))[-1]
        assert entries.reading.refresh == ("1", "2", "3", "4", "5")

    def test_asks_for_no_older_ticket_whose_entry_tells_all_there_is(self) -> None:
        with simulated(page_size=1) as desk:
            self._finished(desk, 4)
            desk.desk.patched(2, status=1)
            since = self._later(desk)
            desk.desk.noted(1, "1 of 5 [deskpulse:answer-1]", user=PLUGIN)
            desk.desk.closed_in_bulk(2)
            desk.desk.taken(3)
            entries = list(DESK.reconcile(desk.session, since=since))[-1]
        assert entries.reading.refresh == ("3",)
        assert [event.type for event in entries.reading.events] == ["status.changed"]

    def test_knows_what_it_looked_at_after_it_was_interrupted(self) -> None:
        with simulated(page_size=1, finished_pages=2) as desk:
            self._finished(desk, 4)
            since = self._later(desk)
            for ticket in range(1, 5):
                desk.desk.noted(ticket, "The customer answered the survey.", user=7)
            pages = list(DESK.reconcile(desk.session, since=since))
            again = [list(DESK.reconcile(desk.session, since=since, cursor=page.cursor)) for page in pages[:-1]]
        assert pages[-1].reading.refresh == ("1", "2")
        assert {rest[-1].reading.refresh for rest in again} == {("1", "2")}

    def _finished(self, desk: Simulated, tickets: int) -> None:
        for _ in range(tickets):
            desk.desk.replied(desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER), "Done", status=3)

    def _later(self, desk: Simulated) -> Instant:
        """A moment after everything that happened; what happens from now on is later."""
        since = desk.session.now() + DAY // 2
        desk.desk.clock = lambda: since
        return since

    def test_resumes_at_every_page(self) -> None:
        with simulated(page_size=1, finished_pages=2) as desk:
            for _ in range(4):
                desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
            for ticket in (1, 2):
                desk.desk.replied(ticket, "Done", status=3)
            pages = list(DESK.reconcile(desk.session, since=0))
            for done, page in enumerate(pages[:-1], start=1):
                rest = DESK.reconcile(desk.session, since=0, cursor=page.cursor)
                assert _told(rest) == _told(pages[done:])

    def test_says_nothing_about_our_own_notes(self) -> None:
        with simulated(finished_pages=0) as desk:
            ticket = desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
            since = desk.session.now() + SECOND
            desk.desk.clock = lambda: since + SECOND
            desk.desk.noted(ticket, "1 of 5 [deskpulse:answer-1]", user=PLUGIN)
            entries = list(DESK.reconcile(desk.session, since=since))[-1]
        assert (entries.reading.events, entries.reading.refresh) == ((), ())


def _parsed(desk: Simulated, index: int) -> Reading:
    return DESK.parse(call(orjson.dumps(desk.desk.hooks[index]), received_at=desk.session.now()), access())


def test_no_request_of_ours_is_misunderstood_by_the_desk() -> None:
    with simulated(page_size=1) as desk:
        desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
        DESK.refresh("1", desk.session)
        list(DESK.backfill(desk.session, since=0))
        list(DESK.reconcile(desk.session, since=0))
        assert desk.api.violations == []
        with pytest.raises(Gone):
            desk.session.get("/api/tickets/1/nonsense/", headers={"Authorization": "Token token-of-eva"})
        assert desk.api.violations == ["GET /api/tickets/1/nonsense/: 404"]
