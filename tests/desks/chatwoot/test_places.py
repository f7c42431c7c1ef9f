"""Going through Chatwoot's lists: everything once, resumed at any place, and what was never delivered is found."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from integrations.base import Page, Reading
from integrations.chatwoot import simulated_shapes as shapes
from integrations.chatwoot.simulated_world import Talk
from integrations.errors import RateLimited, Rejected, Unavailable
from integrations.events import Event
from integrations.session import Session
from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant, instant_of_iso
from tests.desks.chatwoot.samples import BEGIN, DESK
from tests.desks.chatwoot.world import Clock, Office
from tests.desks.wired import Fault
from workers.observing import observed
from workers.tickets import Ticket, fold

#: 14:00 in Zagreb, and half past three in the night after.
DAYTIME = instant_of_iso("2026-06-15T12:00:00Z")
NIGHT = instant_of_iso("2026-06-16T01:30:00Z")


def filled(office: Office, number: int = 7, *, apart: Instant = HOUR) -> list[Talk]:
    """So many conversations, an hour between two, every other one resolved and rated."""
    talks = []
    for count in range(number):
        talks.append(office.talk("Mail" if count % 2 else "WhatsApp"))
        if count % 2:
            office.world.reply(talks[-1], office.clock.later(), office.eva, "Here you are")
            office.world.set_status(talks[-1], office.clock.later(), "resolved")
            office.world.rate(talks[-1], office.clock.later(), 1 + count % 5, f"Answer {count}")
        office.clock.later(apart)
    return talks


def everything(session: Session, since: Instant, cursor: str | None = None) -> list[Page]:
    return list(DESK.backfill(session, since=since, cursor=cursor))


def told(pages: list[Page]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The ids of the events and of the tickets to ask about, page by page."""
    return [(tuple(one.id for one in page.reading.events), page.reading.refresh) for page in pages]


def asked_about(pages: list[Page]) -> set[str]:
    return {ticket for page in pages for ticket in page.reading.refresh}


def folded(session: Session, pages: list[Page]) -> dict[str, Ticket]:
    """Every ticket as it is after these pages and the refreshes that they ask for."""
    found: dict[str, list[Event]] = defaultdict(list)
    readings: list[Reading] = [page.reading for page in pages]
    readings += [DESK.refresh(ticket, session) for ticket in sorted(asked_about(pages))]
    for reading in readings:
        for event in reading.events:
            found[event.ticket].append(event)
        for present in reading.present:
            found[present.ticket] += observed(present, fold(present.ticket, found[present.ticket]))
    return {ticket: fold(ticket, events) for ticket, events in found.items()}


@pytest.fixture
def office() -> Office:
    return Office()


class TestABackfill:
    @pytest.mark.parametrize("size", [1, 2, 3, 7, 25])
    def test_however_large_the_pages_each_conversation_is_asked_about_once(self, office: Office, size: int) -> None:
        talks = filled(office)
        office.simulator.api.page = size
        with office.asked() as session:
            pages = everything(session, BEGIN)
        wanted = [ticket for page in pages for ticket in page.reading.refresh]
        assert sorted(wanted, key=int) == [str(talk.id) for talk in talks]
        assert [page.cursor is None for page in pages] == [False] * (len(pages) - 1) + [True]

    @pytest.mark.parametrize("size", [1, 3, 25])
    def test_resumed_at_each_of_its_places_it_tells_the_rest(self, office: Office, size: int) -> None:
        filled(office)
        office.simulator.api.page = size
        with office.asked() as session:
            pages = everything(session, BEGIN)
            for done, page in enumerate(pages[:-1], start=1):
                assert told(everything(session, BEGIN, page.cursor)) == told(pages)[done:]

    def test_answers_come_first_with_their_moments_and_each_once(self, office: Office) -> None:
        filled(office)
        office.simulator.api.page = 2
        with office.asked() as session:
            pages = everything(session, BEGIN)
        stages = [page.cursor.partition(":")[0] for page in pages[:-1] if page.cursor]
        assert stages == sorted(stages)
        answers = [one for page in pages for one in page.reading.events if one.type == "survey.answered"]
        rows = office.world.answers
        assert {(one.ticket, one.at, one.data["score"]) for one in answers} == {
            (str(row.talk.id), row.at, row.score) for row in rows
        }
        assert len(answers) == len(rows) == 3

    def test_the_desk_tells_how_many_there_are(self, office: Office) -> None:
        filled(office)
        with office.asked() as session:
            totals = [page.total for page in everything(session, BEGIN)]
        assert totals == [None, None, 7, 7]

    @pytest.mark.parametrize("hours", [1, 3, 5, 48])
    def test_only_what_was_active_since_then_is_asked_about(self, office: Office, hours: int) -> None:
        filled(office)
        since = office.clock.now - hours * HOUR
        office.simulator.api.page = 2
        with office.asked() as session:
            pages = everything(session, since)
        active = {str(talk.id) for talk in office.world.talks.values() if max(talk.active, talk.updated) >= since}
        assert asked_about(pages) == active
        assert {one.ticket for page in pages for one in page.reading.events} <= active

    def test_it_stops_at_the_first_page_that_is_older(self, office: Office) -> None:
        filled(office, 12)
        office.simulator.api.page = 2
        with office.asked() as session:
            everything(session, office.clock.now - 2 * HOUR)
        assert sum("/conversations?" in line for line in office.simulator.api.asked) == 2

    def test_a_conversation_that_has_news_meanwhile_hides_no_other_one(self, office: Office) -> None:
        talks = filled(office)
        office.simulator.api.page = 2
        wanted: set[str] = set()
        with office.asked() as session:
            for page in DESK.backfill(session, since=BEGIN):
                wanted |= set(page.reading.refresh)
                office.world.write(talks[0], office.clock.later(), "Are you there?")
        assert wanted >= {str(talk.id) for talk in talks[1:]}

    def test_answers_that_are_given_meanwhile_move_none_to_another_page(self, office: Office) -> None:
        filled(office, 9)
        office.simulator.api.page = 1
        known = [str(row.message.id) for row in reversed(office.world.answers)]
        found: list[str] = []
        with office.asked() as session:
            for page in DESK.backfill(session, since=BEGIN):
                found += [one.data["survey"] for one in page.reading.events if one.type == "survey.answered"]
                talk = office.talk()
                office.world.set_status(talk, office.clock.later(), "resolved")
                office.world.rate(talk, office.clock.later(), 5)
                if "conversations" in str(page.cursor):
                    break
        assert found == known

    def test_a_row_that_cannot_be_read_is_asked_about_and_one_without_a_number_passed_over(
        self, office: Office
    ) -> None:
        office.talk()
        rows = b'{"data": {"meta": {}, "payload": [{"id": 31}, {"id": "x"}, 7, null, {"status": "open"}]}}'
        with office.wired() as (session, wire):
            wire.spoil(Fault("odd rows", done=False, answer=(200, {}, rows)), "GET .*/conversations")
            pages = everything(session, BEGIN)
        assert asked_about(pages) == {"31"}

    @pytest.mark.parametrize("name", ["created_at", "last_activity_at", "updated_at"])
    @pytest.mark.parametrize(("after", "wanted"), [(0, True), (-SECOND, False)])
    def test_whichever_of_its_moments_is_the_last_decides(
        self, office: Office, name: str, after: Instant, wanted: bool
    ) -> None:
        talk, since = office.talk(), BEGIN + DAY
        row = shapes.conversation(talk, office.world) | {name: (since + after) // SECOND}
        rows = json.dumps({"data": {"meta": {}, "payload": [row]}}).encode()
        with office.wired() as (session, wire):
            wire.spoil(Fault("one row", done=False, answer=(200, {}, rows)), "GET .*/conversations")
            pages = everything(session, since)
        assert asked_about(pages) == ({str(talk.id)} if wanted else set())

    @pytest.mark.parametrize("told", [b"{}", b"[]", b'{"data": []}', b'{"data": {"payload": 3}}', b"null"])
    def test_a_list_that_is_none_is_asked_for_again_later(self, office: Office, told: bytes) -> None:
        with office.wired() as (session, wire):
            wire.spoil(Fault("no list", done=False, answer=(200, {}, told)), "GET .*/conversations")
            with pytest.raises(Unavailable, match="no list of Chatwoot"):
                everything(session, BEGIN)

    @pytest.mark.parametrize(
        "rows", [b'[{"rating": 4}]', b'[{"rating": 4, "message_id": 1, "conversation_id": 1, "created_at": "soon"}]']
    )
    def test_an_answer_that_is_none_is_rejected(self, office: Office, rows: bytes) -> None:
        with office.wired() as (session, wire):
            wire.spoil(Fault("odd rows", done=False, answer=(200, {}, rows)), "GET .*/csat_survey_responses")
            with pytest.raises(Rejected, match="not what Chatwoot sends"):
                everything(session, BEGIN)

    def test_a_score_off_the_scale_is_left_out(self, office: Office) -> None:
        filled(office, 4)
        office.world.answers[0].score = 9
        with office.asked() as session:
            pages = everything(session, BEGIN)
        scores = [one.data["score"] for page in pages for one in page.reading.events if "score" in one.data]
        assert scores == [4]

    @pytest.mark.parametrize(
        "cursor",
        ["", "answers", "answers:0:1", "answers:1", "talks:1:1", "answers:x:1", "conversations:1:-1", "changed:1:1:1"],
    )
    def test_a_place_that_is_none_is_said_to_be_none(self, office: Office, cursor: str) -> None:
        with office.asked() as session, pytest.raises(Rejected, match="no place in Chatwoot's lists"):
            everything(session, BEGIN, cursor)

    def test_a_page_of_nothing_but_scores_off_the_scale_is_not_the_last(self, office: Office) -> None:
        filled(office, 6)
        office.simulator.api.page = 1
        latest = max(office.world.answers, key=lambda row: row.at)
        latest.score = 0
        with office.asked() as session:
            pages = everything(session, BEGIN)
        answers = [one for page in pages for one in page.reading.events if one.type == "survey.answered"]
        assert len(answers) == len(office.world.answers) - 1 == 2

    def test_a_summary_is_told_as_one_and_never_asked_about(self, office: Office) -> None:
        inbox = office.inbox("Deskpulse summaries")
        talk = office.world.open(office.clock.later(), inbox, office.ada, None, status="resolved")
        with office.asked() as session:
            pages = everything(session, BEGIN)
        assert asked_about(pages) == set()
        events = [one for page in pages for one in page.reading.events]
        assert {one.ticket for one in events} == {str(talk.id)}
        assert events[0].data["channel"] == "internal"

    def test_a_rate_limit_ends_it_and_the_place_goes_on(self, office: Office) -> None:
        filled(office)
        office.simulator.api.page = 2
        with office.asked() as session:
            whole, walk = told(everything(session, BEGIN)), DESK.backfill(session, since=BEGIN)
            first = next(walk)
            office.simulator.api.reading_troubles.append("429 for a while")
            with pytest.raises(RateLimited) as caught:
                next(walk)
            assert caught.value.after == 9.0
            assert told([first, *everything(session, BEGIN, first.cursor)]) == whole

    def test_with_its_refreshes_it_tells_the_whole_past(self, office: Office) -> None:
        talks = filled(office)
        with office.asked() as session:
            tickets = folded(session, everything(session, BEGIN))
        for talk in talks:
            ticket = tickets[str(talk.id)]
            assert ticket.created_at == talk.created // SECOND * SECOND
            assert ticket.status == talk.status
            assert [answer.score for answer in ticket.answers] == [
                row.score for row in office.world.answers if row.talk is talk
            ]


class TestAReconciliation:
    def reconciled(self, office: Office, since: Instant, **options: Any) -> tuple[list[Page], list[str]]:
        with office.asked(**options) as session:
            begun = len(office.simulator.api.asked)
            pages = list(DESK.reconcile(session, since=since))
        return pages, office.simulator.api.asked[begun:]

    def test_what_was_never_delivered_is_found_and_nothing_else_is_asked_about(self, office: Office) -> None:
        talks = filled(office, apart=20 * MINUTE)
        office.world.jobs.clear()
        since = office.clock.now
        office.world.write(talks[2], office.clock.later(), "Hello?")
        office.world.set_custom(talks[4], office.clock.later(), {"region": "north"})
        pages, _ = self.reconciled(office, since)
        assert asked_about(pages) == {str(talks[2].id), str(talks[4].id)}

    def test_a_change_without_an_activity_is_found_by_its_own_question(self, office: Office) -> None:
        talks = filled(office, apart=20 * MINUTE)
        since = office.clock.now
        talks[0].updated = office.clock.later()
        pages, asked = self.reconciled(office, since)
        assert asked_about(pages) == {str(talks[0].id)}
        assert any("updated_within=120" in line for line in asked)

    def test_where_chatwoot_does_not_know_that_question_the_list_is_enough_for_activity(self, office: Office) -> None:
        talks = filled(office, apart=20 * MINUTE)
        office.simulator.api.knows_updated_within = False
        since = office.clock.now
        office.world.write(talks[0], office.clock.later(), "Hello?")
        pages, _ = self.reconciled(office, since)
        assert asked_about(pages) == {str(talks[0].id)}

    @pytest.mark.parametrize(("hours", "in_one"), [(1, 1), (6, 1), (7, 0), (48, 0)])
    def test_after_a_long_silence_everything_comes_in_pages(self, office: Office, hours: int, in_one: int) -> None:
        filled(office, 2)
        _, asked = self.reconciled(office, office.clock.now - hours * HOUR)
        assert sum("updated_within" in line for line in asked) == in_one

    @pytest.mark.parametrize(("now", "found"), [(DAYTIME, False), (NIGHT, True), (NIGHT - HOUR, False)])
    def test_an_answer_that_was_changed_is_found_at_night(self, now: Instant, found: bool) -> None:
        office = Office(clock=Clock(now - 10 * DAY))
        talk = office.talk()
        office.world.set_status(talk, office.clock.later(), "resolved")
        office.world.rate(talk, office.clock.later(), 5)
        office.world.rate(talk, now - MINUTE, 1, "Broke again")
        office.clock.now = now
        pages, _ = self.reconciled(office, now - 10 * MINUTE)
        answers = [one for page in pages for one in page.reading.events if one.type == "survey.answered"]
        assert [one.data["score"] for one in answers] == ([1] if found else [])

    def test_after_a_silence_longer_than_answers_may_change_the_night_looks_back_to_its_begin(self) -> None:
        office = Office(clock=Clock(NIGHT - 20 * DAY))
        talk = office.talk()
        office.world.set_status(talk, office.clock.later(), "resolved")
        office.world.rate(talk, office.clock.later(), 1)
        office.clock.now = NIGHT
        pages, _ = self.reconciled(office, NIGHT - 20 * DAY)
        answers = [one for page in pages for one in page.reading.events if one.type == "survey.answered"]
        assert [one.ticket for one in answers] == [str(talk.id)]

    def test_it_costs_a_handful_of_questions_when_nothing_happened(self, office: Office) -> None:
        filled(office)
        _, asked = self.reconciled(office, office.clock.now - 10 * MINUTE)
        assert len(asked) == 3

    def test_a_list_that_lags_behind_is_made_good_by_the_next_look(self, office: Office) -> None:
        talks = filled(office, apart=20 * MINUTE)
        since = office.clock.now
        office.world.write(talks[1], office.clock.later(), "Hello?")
        office.simulator.api.stale = set()
        assert asked_about(self.reconciled(office, since)[0]) == set()
        office.simulator.api.stale = None
        assert asked_about(self.reconciled(office, since)[0]) == {str(talks[1].id)}

    def test_resumed_at_each_of_its_places_it_tells_the_rest(self, office: Office) -> None:
        filled(office, apart=20 * MINUTE)
        office.simulator.api.page = 2
        since = office.clock.now - 3 * HOUR
        with office.asked() as session:
            pages = list(DESK.reconcile(session, since=since))
            for done, page in enumerate(pages[:-1], start=1):
                assert told(list(DESK.reconcile(session, since=since, cursor=page.cursor))) == told(pages)[done:]
        stages = [(page.cursor or "end").partition(":")[0] for page in pages]
        assert list(dict.fromkeys(stages)) == ["answers", "changed", "conversations", "end"]

    def test_what_the_calls_told_already_it_changes_in_no_ticket(self, office: Office) -> None:
        filled(office, apart=20 * MINUTE)
        since = BEGIN
        with office.asked() as session:
            once = folded(session, everything(session, since))
            again = folded(session, [*everything(session, since), *DESK.reconcile(session, since=since)])
        assert once == again
