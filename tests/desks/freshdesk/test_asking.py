"""Asking a simulated Freshdesk: about one ticket, and page by page for what changed."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest
import responses

from integrations.base import Page, Reading
from integrations.errors import Gone, RateLimited, Refused, Rejected, Unreadable
from integrations.events import Event
from integrations.freshdesk.client import PAGE, Client
from integrations.freshdesk.simulated_world import CLOSED, PENDING, RESOLVED, Kept
from integrations.session import NoGate, Session
from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant
from tests.desks.freshdesk import samples
from tests.desks.freshdesk.samples import DESK, only
from tests.desks.freshdesk.world import Shop, at
from tests.desks.hooks import NOW
from tests.desks.wired import FORBIDDEN, HOST
from tests.workers.stories import agent_of
from workers.observing import observed
from workers.tickets import Ticket, fold

LONG_AGO = NOW - 100 * DAY


def pages(shop: Shop, *, since: Instant = LONG_AGO, cursor: str | None = None, **options: Any) -> list[Page]:
    """All pages of a back-fill."""
    with shop.open(access=shop.access(**options)) as (session, _):
        return list(DESK.backfill(session, since=since, cursor=cursor))


def asked(found: list[Page]) -> list[str]:
    """The tickets that are to be asked about, in order."""
    return [ticket for page in found for ticket in page.reading.refresh]


def events(found: list[Page]) -> list[Event]:
    return [one for page in found for one in page.reading.events]


def folded(shop: Shop, ticket: Kept) -> Ticket:
    """The ticket as a refresh tells it."""
    reading = shop.refreshed(ticket)
    told = list(reading.events)
    for present in reading.present:
        told += observed(present, fold(str(ticket.id), told))
    return fold(str(ticket.id), told)


class TestRefresh:
    def test_a_ticket_costs_three_requests_and_four_calls_of_the_limit(self) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        with shop.open() as (session, wire):
            DESK.refresh(str(ticket.id), session)
        assert wire.sent == [
            f"GET /api/v2/tickets/{ticket.id}",
            f"GET /api/v2/tickets/{ticket.id}/conversations",
            f"GET /api/v2/tickets/{ticket.id}/satisfaction_ratings",
        ]
        assert len(wire.sent) == DESK.requests_per_refresh

    def test_what_people_did_is_what_is_told(self) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        shop.answered(ticket, "15 09:20")
        shop.world.say(ticket, at("15 10:00"), shop.customer, "Not yet.", incoming=True)
        shop.world.say(ticket, at("15 10:05"), shop.ivo, "Look at this?", private=True, source=2)
        shop.world.say(ticket, at("15 10:30"), shop.eva, "Now?")
        shop.world.set_status(ticket, at("15 10:40"), RESOLVED)
        told = folded(shop, ticket)
        assert [(one.by, one.public, one.at) for one in told.messages] == [
            ("customer", True, at("15 09:00")), ("agent", True, at("15 09:20")), ("customer", True, at("15 10:00")),
            ("agent", False, at("15 10:05")), ("agent", True, at("15 10:30")),
        ]  # fmt: skip
        assert [(one.at, agent_of(told, one)) for one in told.resolutions] == [(at("15 10:40"), str(shop.eva))]
        assert (told.status, told.agent, told.department) == ("resolved", str(shop.eva), str(shop.orders))
        assert (told.customer, told.channel, told.tags) == (str(shop.customer), "email", ("vip",))

    @pytest.mark.parametrize("conversations", [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE + 5])
    def test_every_conversation_is_read_however_many_pages_they_fill(self, conversations: int) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        for number in range(conversations):
            shop.world.say(ticket, at("15 09:10") + number * SECOND, shop.eva, "One more.")
        assert len(only(shop.told(ticket), "message.sent")) == conversations + 1

    def test_a_rating_is_told_with_its_survey(self) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00", agent=shop.eva)
        shop.world.rate(ticket, at("15 11:00"), 100, "It was fine")
        (answer,) = only(shop.told(ticket), "survey.answered")
        assert (answer.at, answer.data["score"], answer.data["scale"]) == (at("15 11:00"), 2, [1, 3])
        assert (answer.data["agent"], answer.data["comment"]) == (str(shop.eva), "It was fine")

    def test_the_surveys_are_asked_for_once_in_a_session(self) -> None:
        shop = Shop()
        tickets = [shop.ticket(f"15 09:0{number}") for number in range(3)]
        for ticket in tickets:
            shop.world.rate(ticket, at("15 10:00"), 103)
        with shop.open() as (session, wire):
            for ticket in tickets:
                DESK.refresh(str(ticket.id), session)
        assert wire.sent.count("GET /api/v2/surveys") == 1

    def test_an_account_without_surveys_has_no_ratings_and_no_failure(self) -> None:
        shop = Shop()
        shop.api.has_surveys = False
        assert only(shop.told(shop.ticket("15 09:00")), "survey.answered") == []

    def test_a_survey_that_is_gone_leaves_the_seven_points(self) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        shop.world.rate(ticket, at("15 11:00"), 103)
        shop.world.surveys.clear()
        assert only(shop.told(ticket), "survey.answered")[0].data["scale"] == [1, 7]

    @pytest.mark.parametrize("flag", ["spam", "deleted"])
    def test_what_was_said_in_a_ticket_that_counts_for_nothing_is_not_asked_for(self, flag: str) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        shop.world.mark(ticket, at("15 09:10"), **{flag: True})
        with shop.open() as (session, wire):
            reading = DESK.refresh(str(ticket.id), session)
        assert reading.present[0].values["status"] == flag
        assert len(wire.sent) == 1

    def test_a_ticket_in_the_archive_is_not_deleted(self) -> None:
        shop = Shop()
        ticket = shop.ticket("02 09:00", status=CLOSED)
        ticket.archived = True
        with shop.open() as (session, wire):
            reading = DESK.refresh(str(ticket.id), session)
        assert reading.present[0].values["status"] == "closed"
        assert wire.sent == ["GET /api/v2/tickets/1", "GET /api/v2/tickets/archived/1"]

    @pytest.mark.parametrize("id_", ["77", "0", "9" * 19])
    def test_a_ticket_that_nobody_knows_is_deleted(self, id_: str) -> None:
        reading = Shop().refreshed(id_)
        assert reading.events == ()
        assert [(one.ticket, one.values) for one in reading.present] == [(id_, {"status": "deleted"})]

    @pytest.mark.parametrize("id_", ["", "..", "1/../2", "1?x", "x", "٣", "-1", "1.0", "9" * 20])
    def test_what_is_no_number_is_never_asked_for(self, id_: str) -> None:
        shop = Shop()
        with shop.open() as (session, wire):
            with pytest.raises(Gone):
                Client(session).ticket(id_)
            assert wire.sent == []

    def test_a_merge_is_told_of_the_ticket_that_is_gone_and_not_of_the_other(self) -> None:
        shop = Shop()
        first, second = shop.ticket("15 09:00"), shop.ticket("15 09:02")
        shop.world.merge(second, at("15 09:05"), first, shop.eva)
        assert folded(shop, second).merged_into == str(first.id)
        kept = folded(shop, first)
        assert kept.merged_into is None
        assert [(one.by, one.auto) for one in kept.messages] == [("customer", False), ("agent", True)]

    def test_our_own_author_is_no_agent_whose_replies_are_lost(self) -> None:
        """Somebody may have given the key of a person who also answers customers."""
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        shop.world.say(ticket, at("15 09:30"), shop.api.me, "I answer too.")
        assert [one.author for one in folded(shop, ticket).messages] == [str(shop.customer), str(shop.api.me)]


class TestPages:
    def test_every_ticket_is_asked_about_once_with_its_beginning(self) -> None:
        shop = Shop()
        tickets = [shop.ticket(f"15 0{hour}:00") for hour in range(1, 8)]
        found = pages(shop)
        assert asked(found) == [str(ticket.id) for ticket in tickets]
        assert {one.type for one in events(found)} == {"ticket.created", "status.changed", "message.sent"}
        assert [one.at for one in only(events(found), "ticket.created")] == [ticket.created for ticket in tickets]

    @pytest.mark.parametrize("tickets", [PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 2 * PAGE + 30])
    def test_however_many_there_are_all_are_found(self, tickets: int) -> None:
        shop = Shop()
        for number in range(tickets):
            shop.world.open(at("14 09:00") + number * MINUTE, shop.customer, subject="x")
        found = pages(shop)
        assert set(asked(found)) == {str(ticket) for ticket in shop.world.tickets}
        assert found[-1].cursor is None

    def test_more_tickets_of_one_second_than_a_page_holds_are_all_found(self) -> None:
        shop = Shop()
        for _ in range(2 * PAGE + 10):
            shop.world.open(at("14 09:00"), shop.customer, subject="x")
        shop.ticket("14 09:01")
        assert set(asked(pages(shop))) == {str(ticket) for ticket in shop.world.tickets}

    def test_a_ticket_that_changes_between_two_pages_makes_none_be_missed(self) -> None:
        shop = Shop()
        for number in range(2 * PAGE + 10):
            shop.world.open(at("14 09:00") + number * MINUTE, shop.customer, subject="x")
        seen: list[str] = []
        with shop.open() as (session, _):
            for page in DESK.backfill(session, since=LONG_AGO):
                seen += page.reading.refresh
                for ticket in list(shop.world.tickets.values())[: PAGE // 2]:
                    shop.world.touch(ticket, NOW - HOUR)
        assert {str(ticket) for ticket in shop.world.tickets} == set(seen)

    @pytest.mark.parametrize("stop", [0, 1, 2, 3])
    def test_after_any_page_it_goes_on_where_it_was(self, stop: int) -> None:
        shop = Shop()
        for number in range(PAGE + 20):
            shop.world.open(at("14 09:00") + number * MINUTE, shop.customer, subject="x")
        shop.world.mark(shop.ticket("15 08:00"), at("15 08:01"), spam=True)
        whole = pages(shop)
        rest = pages(shop, cursor=whole[stop].cursor)
        assert [asked([page]) for page in rest] == [asked([page]) for page in whole[stop + 1 :]]
        assert [one.id for one in events(rest)] == [one.id for one in events(whole[stop + 1 :])]

    @pytest.mark.parametrize(
        "cursor",
        ["x", "tickets", "tickets|2026-06-15T00:00:00Z|0", "tickets|2026-02-30T00:00:00Z|1", "tickets|now|1",
         "other|2026-06-15T00:00:00Z|1", "tickets|2026-06-15T00:00:00Z|1|", "../x|2026-06-15T00:00:00Z|1",
         "tickets|2026-06-15T00:00:00Z|99999"],
    )  # fmt: skip
    def test_what_is_no_place_is_rejected_before_anything_is_asked(self, cursor: str) -> None:
        shop = Shop()
        with shop.open() as (session, wire):
            with pytest.raises(Rejected, match="start the back-fill again"):
                list(DESK.backfill(session, since=LONG_AGO, cursor=cursor))
            assert wire.sent == []

    def test_only_what_changed_since_then_is_asked_about(self) -> None:
        shop = Shop()
        shop.ticket("10 09:00")
        old = shop.ticket("10 10:00")
        new = shop.ticket("15 09:00")
        shop.world.say(old, at("15 08:00"), shop.customer, "Still nothing", incoming=True)
        assert asked(pages(shop, since=at("15 00:00"))) == [str(old.id), str(new.id)]

    @pytest.mark.parametrize("flag", ["spam", "deleted"])
    def test_what_is_out_of_the_lists_is_found_by_its_filter_and_not_asked_about(self, flag: str) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        shop.world.mark(ticket, at("15 09:30"), **{flag: True})
        found = pages(shop)
        (now,) = [present for page in found for present in page.reading.present]
        assert (now.ticket, now.values, now.updated_at) == (str(ticket.id), {"status": flag}, at("15 09:30"))
        assert asked(found) == []
        assert only(events(found), "ticket.created")[0].ticket == str(ticket.id)

    def test_a_ticket_that_is_both_is_deleted(self) -> None:
        shop = Shop()
        shop.world.mark(shop.ticket("15 09:00"), at("15 09:30"), spam=True, deleted=True)
        assert [one.values for page in pages(shop) for one in page.reading.present] == [{"status": "deleted"}]

    def test_ratings_come_last_each_with_its_scale(self) -> None:
        shop = Shop()
        for number, code in enumerate((103, -103, 100)):
            shop.world.rate(shop.ticket(f"15 09:0{number}"), at(f"15 10:0{number}"), code)
        found = pages(shop)
        answers = only(events(found), "survey.answered")
        assert [(one.data["score"], one.data["scale"]) for one in answers] == [(3, [1, 3]), (1, [1, 3]), (2, [1, 3])]
        assert {one.type for one in found[-1].reading.events} == {"survey.answered"}

    @pytest.mark.parametrize("ratings", [PAGE, PAGE + 1, 2 * PAGE + 3])
    def test_however_many_ratings_there_are_all_are_found(self, ratings: int) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        for number in range(ratings):
            shop.world.rate(ticket, at("15 10:00") + number * SECOND, 103)
        assert len({one.id for one in only(events(pages(shop)), "survey.answered")}) == ratings

    def test_a_row_that_cannot_be_read_is_asked_about_so_that_its_failure_shows(self) -> None:
        shop = Shop()
        odd, good = shop.ticket("15 09:00"), shop.ticket("15 09:01")
        odd.agent = -5
        assert asked(pages(shop)) == [str(odd.id), str(good.id)]

    def test_our_summaries_are_not_asked_about(self) -> None:
        shop = Shop()
        own = shop.world.open(
            at("15 08:00"), shop.api.me, subject="Week 24 [deskpulse:w:24]", status=CLOSED, tags=["deskpulse-summary"]
        )
        found = pages(shop)
        assert asked(found) == []
        assert next(one.data for one in events(found) if one.ticket == str(own.id))["channel"] == "internal"

    def test_names_of_agents_and_groups_come_with_the_first_page(self) -> None:
        shop = Shop()
        shop.ticket("15 09:00")
        first, *others = pages(shop)
        assert first.reading.names["agent"][str(shop.eva)] == "Eva Novak"
        assert first.reading.names["department"] == {str(shop.orders): "Orders", str(shop.returns): "Returns"}
        assert [page.reading.names for page in others] == [{} for _ in others]

    def test_a_key_that_may_not_list_agents_loses_names_and_nothing_else(self) -> None:
        shop = Shop()
        shop.ticket("15 09:00")
        with shop.open() as (session, wire):
            wire.spoil(FORBIDDEN, "GET /api/v2/agents")
            found = list(DESK.backfill(session, since=LONG_AGO))
        assert found[0].reading.names == {}
        assert asked(found) == ["1"]

    def test_a_wrong_key_stops_it(self) -> None:
        shop = Shop()
        shop.api.api_key = "another"
        with shop.open(access=samples.access(HOST)) as (session, _), pytest.raises(Refused):
            list(DESK.backfill(session, since=LONG_AGO))


class TestReconciling:
    def test_it_finds_what_no_call_told_and_moves_nothing_else(self) -> None:
        shop = Shop()
        known, lost = shop.ticket("14 09:00"), shop.ticket("14 10:00")
        before = folded(shop, known)
        shop.answered(lost, "15 09:00")
        with shop.open() as (session, _):
            found = list(DESK.reconcile(session, since=at("15 00:00")))
            assert asked(found) == [str(lost.id)]
            reading = DESK.refresh(str(lost.id), session)
        assert fold(str(lost.id), reading.events).status == "pending"
        assert folded(shop, known) == before

    def test_told_twice_it_adds_nothing(self) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        shop.answered(ticket, "15 09:10")
        first, second = (shop.refreshed(ticket) for _ in range(2))
        assert [one.content_hash() for one in first.events] == [one.content_hash() for one in second.events]
        assert list(observed(second.present[0], folded(shop, ticket))) == []

    def test_ratings_are_looked_for_two_days_back(self) -> None:
        shop = Shop()
        ticket = shop.ticket("10 09:00")
        for moment in ("12 09:00", "14 09:00"):
            shop.world.rate(ticket, at(moment), 103)
        with shop.open() as (session, _):
            found = list(DESK.reconcile(session, since=NOW - HOUR))
        assert [one.at for one in only(events(found), "survey.answered")] == [at("14 09:00")]

    def test_a_list_that_trails_behind_makes_it_late_and_not_wrong(self) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        shop.api.not_listed = {ticket.id}
        assert asked(pages(shop)) == []
        shop.api.not_listed = set()
        assert asked(pages(shop)) == [str(ticket.id)]

    def test_a_reopened_ticket_is_told_with_the_moment_of_its_reopening(self) -> None:
        shop = Shop()
        ticket = shop.ticket("14 09:00", agent=shop.eva)
        shop.world.set_status(ticket, at("14 10:00"), RESOLVED)
        first = shop.refreshed(ticket).events
        shop.world.say(ticket, at("15 09:00"), shop.customer, "It flickers again", incoming=True)
        told = fold(str(ticket.id), [*first, *shop.refreshed(ticket).events])
        assert [(one.at, one.undone_at) for one in told.resolutions] == [(at("14 10:00"), at("15 09:00"))]
        assert told.status == "open"

    def test_a_ticket_that_waits_for_the_customer_is_pending_since_then(self) -> None:
        shop = Shop()
        ticket = shop.ticket("15 09:00")
        shop.world.set_status(ticket, at("15 09:30"), PENDING)
        shop.world.touch(ticket, at("15 11:00"))
        assert [(one.status, one.at) for one in folded(shop, ticket).statuses] == [
            ("open", at("15 09:00")), ("pending", at("15 09:30")),
        ]  # fmt: skip


class TestClocks:
    @pytest.mark.parametrize("hours", [-30, -2, 2, 23])
    def test_a_desk_whose_clock_is_wrong_dates_everything_by_its_own(self, hours: int) -> None:
        shop = Shop()
        ticket = shop.world.open(NOW + hours * HOUR, shop.customer, subject="x")
        shop.world.say(ticket, NOW + hours * HOUR + MINUTE, shop.eva, "We look.")
        told = folded(shop, ticket)
        assert [one.at - told.opened_at for one in told.messages] == [0, MINUTE]
        assert told.created_at == NOW + hours * HOUR

    def test_one_that_is_more_than_a_day_ahead_is_unreadable(self) -> None:
        shop = Shop()
        ticket = shop.world.open(NOW + 25 * HOUR, shop.customer, subject="x")
        with pytest.raises(Unreadable, match="future"):
            shop.refreshed(ticket)


class TestWire:
    """The very requests, so that a simulator that is as wrong as the client cannot hide it."""

    def asked(self, answers: Mapping[str, Any], ask: Any) -> list[Any]:
        with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
            for path, told in answers.items():
                wire.get(f"{samples.URL}/api/v2{path}", json=told)
            with Session(samples.access(), NoGate(), clock=lambda: NOW / SECOND) as session:
                ask(session)
            return [call.request for call in wire.calls]

    def test_the_key_is_the_name_of_basic_authentication(self) -> None:
        ticket = f"/tickets/{samples.TICKET}"
        answers = {ticket: samples.page(), f"{ticket}/conversations": [], f"{ticket}/satisfaction_ratings": []}
        requests = self.asked(answers, lambda session: DESK.refresh(samples.TICKET, session))
        proof = "Basic " + base64.b64encode(b"key-of-deskpulse:X").decode()
        assert {request.headers["Authorization"] for request in requests} == {proof}
        assert [request.path_url for request in requests] == [
            "/api/v2/tickets/5021?include=stats",
            "/api/v2/tickets/5021/conversations?per_page=100&page=1",
            "/api/v2/tickets/5021/satisfaction_ratings",
        ]

    def test_lists_are_asked_for_by_the_second_and_in_the_order_of_change(self) -> None:
        answers: dict[str, Any] = {
            "/tickets": [], "/surveys/satisfaction_ratings": [], "/agents": [], "/groups": [],
        }  # fmt: skip
        since = at("01 00:00") + 250_000
        requests = self.asked(answers, lambda session: list(DESK.backfill(session, since=since)))
        order = "updated_since=2026-06-01T00%3A00%3A00Z&order_by=updated_at&order_type=asc&per_page=100&page=1"
        assert [request.path_url.removeprefix("/api/v2") for request in requests[2:]] == [
            f"/tickets?{order}",
            f"/tickets?{order}&filter=spam",
            f"/tickets?{order}&filter=deleted",
            "/surveys/satisfaction_ratings?created_since=2026-06-01T00%3A00%3A00Z&per_page=100&page=1",
        ]

    @pytest.mark.parametrize("told", [{}, {"tickets": []}, "x", 7, None])
    def test_a_list_that_is_none_is_rejected(self, told: Any) -> None:
        answers = {"/agents": [], "/groups": [], "/tickets": told}
        with pytest.raises(Rejected, match="no list"):
            self.asked(answers, lambda session: list(DESK.backfill(session, since=LONG_AGO)))

    @pytest.mark.parametrize("told", [{}, [], "x", {"id": 5021}, {"id": "x", "created_at": "2026-06-15T08:00:00Z"}])
    def test_a_page_that_is_no_ticket_is_rejected(self, told: Any) -> None:
        with pytest.raises(Rejected, match="not what its API documents"):
            self.asked({"/tickets/5021": told}, lambda session: DESK.refresh("5021", session))


def test_a_budget_that_is_used_up_stops_before_the_request() -> None:
    class Empty:
        def take(self, requests: int) -> None:
            raise RateLimited("no budget", after=7.0)

        def hold(self, seconds: float) -> None:
            raise AssertionError

    shop = Shop()
    ticket = shop.ticket("15 09:00")
    with shop.open(gate=Empty()) as (session, wire):
        with pytest.raises(RateLimited):
            DESK.refresh(str(ticket.id), session)
        assert wire.sent == []


def test_the_moment_of_asking_is_our_clocks() -> None:
    shop = Shop(now=NOW + 5 * MINUTE)
    reading: Reading = shop.refreshed(shop.ticket("15 09:00"))
    assert [one.asked_at for one in reading.present] == [NOW + 5 * MINUTE]
