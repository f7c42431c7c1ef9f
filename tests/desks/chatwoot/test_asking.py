"""What Chatwoot is asked about one conversation: its messages, its history in activity lines, its answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from integrations.base import Call, Reading
from integrations.chatwoot import simulated_shapes as shapes
from integrations.chatwoot.simulated_world import ACTIVITY, INCOMING, OUTGOING, TEMPLATE, Job, Said, Talk
from integrations.errors import Rejected, Unavailable
from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant
from tests.desks.chatwoot.samples import BEGIN, DESK, only, the
from tests.desks.chatwoot.world import Office
from tests.desks.wired import MISSING, Fault
from tests.workers.stories import agent_of
from workers.observing import observed
from workers.tickets import Ticket, fold


@pytest.fixture
def office() -> Office:
    return Office()


def asked(office: Office, talk: Talk, **options: Any) -> Reading:
    """What a refresh tells."""
    with office.asked(**options) as session:
        return DESK.refresh(str(talk.id), session)


def folded(reading: Reading) -> Ticket:
    """The ticket of a reading, present values observed."""
    events = list(reading.events)
    for present in reading.present:
        events += observed(present, fold(present.ticket, events))
    return fold(events[0].ticket, events)


def whole(moment: Instant) -> Instant:
    return moment // SECOND * SECOND


class TestWhatHolds:
    def test_everything_that_holds_is_present(self, office: Office) -> None:
        talk = office.talk("WhatsApp")
        office.world.assign(talk, office.clock.later(), office.eva)
        office.world.move(talk, office.clock.later(), (6, "returns"))
        office.world.set_labels(talk, office.clock.later(), ["lamp", "channel-messaging", "vip"])
        office.world.set_custom(talk, office.clock.later(), {"region": "south", "csat": "4", "deskpulse_x": "1"})
        reading = asked(office, talk)
        (present,) = reading.present
        assert present.values == {
            "status": "open",
            "channel": "messaging",
            "customer": str(office.ada.id),
            "fields": {"region": "south", "inbox": str(talk.inbox.id)},
            "agent": str(office.eva.id),
            "department": "6",
            "tags": ["lamp", "vip"],
        }
        assert present.updated_at == talk.updated
        assert present.asked_at == office.clock.now
        assert reading.names == {"agent": {str(office.eva.id): "Eva"}, "department": {"6": "returns"}}

    @pytest.mark.parametrize(
        ("known", "fields"),
        [(["region", "plan"], {"region": None, "plan": None}), (["csat", "deskpulse_x", "inbox", 7], {}), ("x", {})],
    )
    def test_an_attribute_that_there_may_be_and_is_not_is_none(
        self, office: Office, known: Any, fields: dict[str, Any]
    ) -> None:
        talk = office.talk()
        (present,) = asked(office, talk, attributes=known).present
        assert present.values["fields"] == {**fields, "inbox": str(talk.inbox.id)}

    def test_nobody_no_team_and_no_labels_are_said(self, office: Office) -> None:
        (present,) = asked(office, office.talk()).present
        assert (present.values["agent"], present.values["department"], present.values["tags"]) == (None, None, [])

    def test_before_402_the_last_activity_stands_for_the_last_change(self, office: Office) -> None:
        office.world.tells_updated = False
        talk = office.talk()
        office.world.set_custom(talk, office.clock.later(HOUR), {"region": "south"})
        (present,) = asked(office, talk).present
        assert present.updated_at == whole(talk.active)
        assert present.updated_at < talk.updated

    @pytest.mark.parametrize(
        ("word", "status"), [("open", "open"), ("pending", "open"), ("snoozed", "on_hold"), ("resolved", "resolved")]
    )
    def test_each_status_has_its_word(self, office: Office, word: str, status: str) -> None:
        talk = office.talk()
        talk.status = word
        assert folded(asked(office, talk)).status == status

    def test_an_unknown_status_is_not_said(self, office: Office) -> None:
        talk = office.talk()
        talk.status = "hibernating"
        (present,) = asked(office, talk).present
        assert "status" not in present.values

    def test_whose_customer_was_deleted_is_asked_about_like_any_other(self, office: Office) -> None:
        talk = office.talk()
        told = shapes.conversation(talk, office.world)
        told["meta"]["sender"] = None
        with office.wired() as (session, wire):
            answer = Fault("no customer", done=False, answer=(200, {}, json.dumps(told).encode()))
            wire.spoil(answer, f"GET .*/conversations/{talk.id}")
            reading = DESK.refresh(str(talk.id), session)
        (present,) = reading.present
        assert "customer" not in present.values
        assert folded(reading).customer is None
        assert [one.data["by"] for one in only(reading, "message.sent")] == ["customer"]

    def test_a_deleted_conversation_is_deleted(self, office: Office) -> None:
        talk = office.talk()
        office.world.delete(talk)
        reading = asked(office, talk)
        assert reading.events == ()
        assert [now.values for now in reading.present] == [{"status": "deleted"}]

    def test_one_that_is_deleted_while_it_is_asked_about_is_deleted(self, office: Office) -> None:
        talk = office.talk()
        with office.wired() as (session, wire):
            wire.spoil(MISSING, "GET .*/messages")
            reading = DESK.refresh(str(talk.id), session)
        assert reading.events == ()
        assert [now.values for now in reading.present] == [{"status": "deleted"}]

    def test_a_summary_of_ours_is_internal_and_its_notes_are_not_asked_for(self, office: Office) -> None:
        inbox = office.inbox("Deskpulse summaries")
        talk = office.world.open(office.clock.later(), inbox, office.ada, None, status="resolved")
        with office.asked() as session:
            reading = DESK.refresh(str(talk.id), session)
        assert the(reading, "ticket.created").data == {"by": "system", "channel": "internal"}
        assert reading.present == ()
        assert len(office.simulator.api.asked) == 1


class TestMessages:
    def test_each_is_told_by_whom_when_and_in_order(self, office: Office) -> None:
        talk = office.talk("Website")
        moments = [office.clock.now]
        writes: list[Callable[[Instant], object]] = [
            lambda at: office.world.reply(talk, at, office.world.bot, "Hello, robot here"),
            lambda at: office.world.write(talk, at, "People, please"),
            lambda at: office.world.note(talk, at, office.eva, "Third one"),
            lambda at: office.world.reply(talk, at, office.ivo, "I look into it"),
            lambda at: office.world.reply(talk, at, office.ivo, "By rule", attributes={"automation_rule_id": 3}),
        ]
        for write in writes:
            moments.append(office.clock.later())
            write(moments[-1])
        told = only(asked(office, talk), "message.sent")
        assert [(one.at, one.data["by"], one.data["public"]) for one in told] == [
            (moments[0], "customer", True),
            (moments[1], "bot", True),
            (moments[2], "customer", True),
            (moments[3], "agent", False),
            (moments[4], "agent", True),
            (moments[5], "system", True),
        ]
        assert [one.data.get("auto", False) for one in told] == [False] * 5 + [True]
        assert [one.data.get("author") for one in told[3:5]] == [str(office.eva.id), str(office.ivo.id)]

    @pytest.mark.parametrize(("number", "questions"), [(1, 1), (99, 1), (100, 2), (101, 2), (250, 3)])
    def test_however_many_there_are_each_is_told_once(self, office: Office, number: int, questions: int) -> None:
        talk = office.talk(text=None)
        for _ in range(number):
            office.world.write(talk, office.clock.later(SECOND), "And another thing")
        told = only(asked(office, talk), "message.sent")
        assert len({one.data["message"] for one in told}) == len(told) == number
        assert sum("/messages" in line for line in office.simulator.api.asked) == questions

    def test_a_chatwoot_that_does_not_know_where_to_go_on_is_not_asked_for_ever(self, office: Office) -> None:
        talk = office.talk(text=None)
        for _ in range(100):
            office.world.write(talk, office.clock.later(SECOND), "And another thing")
        rows = json.dumps({"payload": [shapes.message(said, talk) for said in talk.messages]}).encode()
        with office.wired() as (session, wire):
            wire.spoil(Fault("always the first", done=False, answer=(200, {}, rows)), "GET .*/messages", times=5)
            told = only(DESK.refresh(str(talk.id), session), "message.sent")
        assert len(told) == 100
        assert sum(line.endswith("/messages") for line in wire.sent) == 2

    def test_a_call_and_a_refresh_tell_the_same_message_once(self, office: Office) -> None:
        talk = office.world.open(office.clock.later() + 400_000, office.inbox(), office.ada, "It flickers")
        office.world.reply(talk, office.clock.later() + 700_000, office.eva, "Since when?")
        refreshed = {one.id: one.content_hash() for one in only(asked(office, talk), "message.sent")}
        called = {one.id: one.content_hash() for body in bodies(office) for one in only(body, "message.sent")}
        assert called == refreshed
        assert len(called) == 2

    def test_our_own_notes_are_not_told(self, office: Office) -> None:
        talk = office.talk()
        office.world.note(talk, office.clock.later(), office.simulator.plugin, "By our user")
        office.world.note(talk, office.clock.later(), office.eva, "By mark\n\n[deskpulse:n:1]")
        assert len(only(asked(office, talk), "message.sent")) == 1

    def test_who_opened_it_is_who_wrote_as_it_began(self, office: Office) -> None:
        inbound = office.talk()
        outbound = office.talk(text=None)
        office.world.reply(outbound, office.clock.now + SECOND, office.eva, "Your lamp is ready")
        later = office.talk(text=None)
        office.world.reply(later, office.clock.later(HOUR), office.eva, "Your lamp is ready")
        by = [the(asked(office, talk), "ticket.created").data.get("by") for talk in (inbound, outbound, later)]
        assert by == ["customer", "agent", None]

    @pytest.mark.parametrize("kind", [INCOMING, OUTGOING, ACTIVITY, TEMPLATE, 9])
    def test_a_message_of_nobody_is_read(self, office: Office, kind: int) -> None:
        talk = office.talk(text=None)
        talk.messages.append(Said(901, min(kind, 3), office.clock.now, "?", None))
        told = only(asked(office, talk), "message.sent")
        assert [one.data["by"] for one in told] == {0: ["customer"], 1: ["system"], 2: []}.get(kind, ["system"])


def bodies(office: Office) -> list[Reading]:
    """What each call says that the world has ready."""
    jobs = list(office.world.jobs)
    calls = [Call(office.simulator._body(job), {}, {}, office.clock.now) for job in jobs]
    return [DESK.parse(call, office.access()) for call in calls]


class TestHistory:
    """Chatwoot keeps no history of a status but the lines that it writes about it."""

    def test_resolutions_and_reopenings_are_dated_by_their_lines(self, office: Office) -> None:
        talk, moments = office.talk(), []
        for status in ("resolved", "open", "snoozed", "open", "resolved"):
            moments.append(office.clock.later(HOUR))
            office.world.set_status(talk, moments[-1], status)
        ticket = folded(asked(office, talk))
        assert [(change.at, change.status) for change in ticket.statuses] == [
            (moments[0], "resolved"),
            (moments[1], "open"),
            (moments[2], "on_hold"),
            (moments[3], "open"),
            (moments[4], "resolved"),
        ]
        assert [one.undone_at for one in ticket.resolutions] == [moments[1], None]

    def test_a_customer_who_writes_again_opens_it(self, office: Office) -> None:
        talk = office.talk()
        office.world.set_status(talk, office.clock.later(), "resolved")
        again = office.clock.later(DAY)
        office.world.write(talk, again, "It flickers again")
        ticket = folded(asked(office, talk))
        assert ticket.status == "open"
        assert [one.undone_at for one in ticket.resolutions] == [again]

    @pytest.mark.parametrize(
        ("line", "status"),
        [
            ("Conversation was marked resolved by Eva", "resolved"),
            ("Conversation was resolved by Ada", "resolved"),
            ("Conversation was marked resolved by system due to 3 days of inactivity", "resolved"),
            ("Conversation was reopened by Eva", "open"),
            ("System reopened the conversation due to a new incoming message.", "open"),
            ("Conversation was snoozed by Eva", "on_hold"),
            ("Conversation was marked as pending by Eva", "open"),
            ("Assigned to Eva by Ivo", None),
            ("Eva added resolved", None),
            ("Unterhaltung wurde von Eva als gelöst markiert", None),
            ("", None),
        ],
    )
    def test_older_versions_say_it_in_english_or_not_at_all(
        self, office: Office, line: str, status: str | None
    ) -> None:
        talk = office.talk()
        talk.messages.append(Said(902, ACTIVITY, office.clock.later(), line, None))
        told = only(asked(office, talk), "status.changed")
        assert [one.data["status"] for one in told] == ([status] if status else [])

    def test_words_in_a_message_change_nothing(self, office: Office) -> None:
        talk = office.talk(text="Conversation was marked resolved by me")
        assert only(asked(office, talk), "status.changed") == []
        assert folded(asked(office, talk)).status == "open"

    @pytest.mark.parametrize(
        "activity", [None, "x", {}, {"type": "other", "status": "resolved"}, {"type": "conversation_status_changed"},
                     {"type": "conversation_status_changed", "status": "hibernating"}]
    )  # fmt: skip
    def test_a_line_that_says_something_else_is_no_change(self, office: Office, activity: Any) -> None:
        talk = office.talk()
        talk.messages.append(Said(902, ACTIVITY, office.clock.later(), "?", None, attributes={"activity": activity}))
        assert only(asked(office, talk), "status.changed") == []

    def test_without_a_line_the_status_is_dated_by_the_last_change(self, office: Office) -> None:
        talk = office.talk()
        talk.status, talk.updated = "resolved", office.clock.later(HOUR)
        (change,) = folded(asked(office, talk)).statuses[-1:]
        assert (change.at, change.status) == (talk.updated, "resolved")

    def test_two_changes_in_one_second_are_in_chatwoots_order(self, office: Office) -> None:
        talk, moment = office.talk(), office.clock.later()
        office.world.set_status(talk, moment, "resolved")
        office.world.set_status(talk, moment, "open")
        ticket = folded(asked(office, talk))
        assert ticket.status == "open"
        assert len(ticket.resolutions) == 1

    @pytest.mark.parametrize("structured", [True, False])
    def test_a_bot_lets_go_once_and_is_seen_to(self, office: Office, structured: bool) -> None:
        office.world.structured_lines = structured
        talk = office.talk("Website")
        office.world.reply(talk, office.clock.later(SECOND), office.world.bot, "Your order number?")
        let_go = office.clock.later()
        office.world.set_status(talk, let_go, "open", by="Robo")
        office.world.set_status(talk, office.clock.later(), "resolved")
        office.world.set_status(talk, office.clock.later(), "open")
        assert [one.at for one in only(asked(office, talk), "ticket.handover")] == [let_go]

    def test_where_no_bot_was_nothing_is_handed_over(self, office: Office) -> None:
        talk = office.talk()
        for status in ("resolved", "open"):
            office.world.set_status(talk, office.clock.later(), status)
        assert only(asked(office, talk), "ticket.handover") == []


class TestAnswers:
    @staticmethod
    def rated(office: Office, *, after: Instant = 10 * MINUTE, score: int = 4, comment: str = "Kind") -> Talk:
        talk = office.talk()
        office.world.set_status(talk, office.clock.later(), "resolved")
        office.world.rate(talk, office.clock.later(after), score, comment)
        return talk

    @pytest.mark.parametrize(("after", "questions"), [(10 * MINUTE, 1), (3 * HOUR, 2), (13 * DAY, 2)])
    def test_an_answer_has_the_moment_of_its_csat_response(
        self, office: Office, after: Instant, questions: int
    ) -> None:
        talk = self.rated(office, after=after)
        given = office.clock.now
        answer = the(asked(office, talk), "survey.answered")
        survey = office.world.survey_of(talk)
        assert survey is not None
        assert answer.at == given
        assert answer.data == {
            "survey": str(survey.id), "kind": "csat", "scale": [1, 5], "score": 4, "comment": "Kind",
        }  # fmt: skip
        assert sum("csat_survey_responses" in line for line in office.simulator.api.asked) == questions

    def test_without_an_answer_no_response_is_asked_for(self, office: Office) -> None:
        talk = office.talk()
        office.world.set_status(talk, office.clock.later(), "resolved")
        reading = asked(office, talk)
        assert the(reading, "survey.sent").at == office.clock.now
        assert only(reading, "survey.answered") == []
        assert len(office.simulator.api.asked) == 2

    def test_an_answer_that_was_changed_counts_anew_on_its_first_day(self, office: Office) -> None:
        talk = self.rated(office, score=5)
        first = office.clock.now
        office.world.rate(talk, office.clock.later(2 * DAY), 1, "It broke again")
        answer = the(asked(office, talk), "survey.answered")
        assert (answer.at, answer.data["score"], answer.data["comment"]) == (first, 1, "It broke again")

    def test_the_response_wins_over_the_call_that_told_it(self, office: Office) -> None:
        talk = self.rated(office)
        given = office.clock.now
        office.clock.later(5 * MINUTE)
        called = [one for reading in bodies(office) for one in reading.events]
        assert folded(Reading(events=tuple(called))).answers[0].at > given
        (answer,) = fold(str(talk.id), [*called, *asked(office, talk).events]).answers
        assert answer.at == given

    def test_a_later_call_about_its_survey_dates_no_answer_anew(self, office: Office) -> None:
        talk = self.rated(office)
        given, told = whole(office.clock.now), list(asked(office, talk).events)
        office.clock.later(9 * DAY)
        office.world.jobs[:] = [Job("message_updated", talk, office.world.survey_of(talk))]
        (delivered,) = bodies(office)
        assert delivered.refresh == (str(talk.id),)
        for events in ([*told, *delivered.events], [*delivered.events, *told]):
            (answer,) = fold(str(talk.id), events).answers
            assert (answer.at, answer.score) == (given, 4)

    def test_among_many_answers_it_finds_its_own(self, office: Office) -> None:
        talk = self.rated(office, score=3)
        for _ in range(60):
            self.rated(office, after=SECOND, score=3)
        answer = the(asked(office, talk), "survey.answered")
        assert answer.data["survey"] == str(office.world.answers[0].message.id)

    def test_a_response_that_is_not_there_leaves_the_answer_to_the_list(self, office: Office) -> None:
        talk = self.rated(office)
        office.world.answers.clear()
        office.clock.later(20 * DAY)
        assert only(asked(office, talk), "survey.answered") == []

    def test_a_response_that_holds_another_score_by_now_is_left_to_the_call_about_it(self, office: Office) -> None:
        talk = self.rated(office, score=4)
        later = [{**shapes.answer(office.world.answers[0]), "rating": 2}]
        with office.wired() as (session, wire):
            answer = Fault("thought again", done=False, answer=(200, {}, json.dumps(later).encode()))
            wire.spoil(answer, "GET .*/csat_survey_responses", times=8)
            assert only(DESK.refresh(str(talk.id), session), "survey.answered") == []
        office.world.rate(talk, office.clock.later(), 2)
        assert the(asked(office, talk), "survey.answered").data["score"] == 2

    @pytest.mark.parametrize(("passed", "questions"), [(5 * MINUTE, 1), (2 * HOUR, 2), (20 * DAY, 2)])
    def test_a_response_is_looked_for_no_further_than_time_has_passed(
        self, office: Office, passed: Instant, questions: int
    ) -> None:
        talk = self.rated(office, after=SECOND)
        office.world.answers.clear()
        office.clock.later(passed)
        assert only(asked(office, talk), "survey.answered") == []
        assert sum("csat_survey_responses" in line for line in office.simulator.api.asked) == questions

    def test_behind_many_answers_it_is_left_to_the_list_after_a_few_pages(self, office: Office) -> None:
        office.simulator.api.page = 1
        talk = self.rated(office, after=SECOND, score=3)
        for _ in range(12):
            self.rated(office, after=SECOND, score=3)
        reading = asked(office, talk)
        assert only(reading, "survey.answered") == []
        assert sum("csat_survey_responses" in line for line in office.simulator.api.asked) == 8
        with office.asked() as session:
            pages = DESK.backfill(session, since=BEGIN)
            listed = {one.ticket for page in pages for one in page.reading.events if one.type == "survey.answered"}
        assert str(talk.id) in listed

    def test_one_given_this_very_second_is_found(self, office: Office) -> None:
        talk = self.rated(office, after=SECOND)
        office.world.answers[0].at = office.clock.later(400_000)
        assert the(asked(office, talk), "survey.answered").at == whole(office.clock.now)

    def test_where_the_inbox_is_not_told_the_answers_of_all_are_looked_through(self, office: Office) -> None:
        talk = self.rated(office)
        told = json.dumps({**shapes.conversation(talk, office.world), "inbox_id": None}).encode()
        with office.wired() as (session, wire):
            wire.spoil(Fault("no inbox", done=False, answer=(200, {}, told)), f"GET .*/conversations/{talk.id}")
            assert the(DESK.refresh(str(talk.id), session), "survey.answered").data["score"] == 4
        assert not any("inbox_id" in line for line in office.simulator.api.asked)

    def test_an_answer_is_credited_to_who_wrote_before_it_was_asked_for(self, office: Office) -> None:
        talk = office.talk()
        office.world.assign(talk, office.clock.later(), office.eva)
        office.world.reply(talk, office.clock.later(), office.eva, "Done")
        office.world.set_status(talk, office.clock.later(), "resolved")
        office.world.assign(talk, office.clock.later(), None)
        office.world.rate(talk, office.clock.later(), 5)
        ticket = folded(asked(office, talk))
        assert agent_of(ticket, ticket.answers[0]) == str(office.eva.id)


class TestNonsense:
    @pytest.mark.parametrize(
        ("told", "error"),
        [
            (b"[]", Rejected),
            (b'{"id": 1}', Rejected),
            (b"null", Rejected),
            (b"", Rejected),
            (b"<html>", Unavailable),
        ],
    )
    def test_an_answer_that_is_no_conversation_is_an_error_of_its_kind(
        self, office: Office, told: bytes, error: type[Exception]
    ) -> None:
        office.talk()
        with office.wired() as (session, wire):
            wire.spoil(Fault("nonsense", done=False, answer=(200, {}, told)), "GET .*/conversations/1")
            with pytest.raises(error):
                DESK.refresh("1", session)

    @pytest.mark.parametrize("told", [b'{"payload": 3}', b'{"payload": [3]}', b'{"payload": [{"id": 1}]}', b"{}"])
    def test_messages_that_are_none_are_rejected(self, office: Office, told: bytes) -> None:
        office.talk()
        with office.wired() as (session, wire):
            wire.spoil(Fault("nonsense", done=False, answer=(200, {}, told)), "GET .*/messages")
            with pytest.raises(Rejected, match="not what Chatwoot sends"):
                DESK.refresh("1", session)

    def test_the_whole_is_asked_with_two_requests(self, office: Office) -> None:
        asked(office, office.talk())
        assert office.simulator.api.asked == [
            "GET /api/v1/accounts/1/conversations/1",
            "GET /api/v1/accounts/1/conversations/1/messages?after=0",
        ]
        assert DESK.requests_per_refresh == 2
        assert office.clock.now > BEGIN
