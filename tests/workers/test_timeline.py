"""What a history means: who opened, answered and solved a ticket, since when it waited, and whether it counts."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.events import CHANNELS, Event
from integrations.times import MINUTE
from tests.tries import tries
from tests.workers.stories import answered, at, counted, created, rules, sent, status, ticket_of, told
from workers import timeline
from workers.channels import canonical
from workers.tickets import Message

LIVE_START = (
    told("live.queued", 1, contact="c1", media="chat"),
    told("live.answered", 2, contact="c1", media="chat", agent="eva"),
)


def message(by: str = "agent", *, author: str | None = "eva", public: bool = True, auto: bool = False) -> Message:
    return Message(at(1), by, author, public, auto, None)


class TestExcluded:
    #: What keeps a ticket out, the first that is named first.
    REASONS: tuple[tuple[str, tuple[Event, ...]], ...] = (
        ("merged", (told("ticket.merged", 9, into="T2"),)),
        ("deleted", (status("deleted", 9),)),
        ("channel", (told("ticket.moved", 9, channel="internal"),)),
        ("department", (told("ticket.moved", 9, department="lab"),)),
        ("tag", (told("ticket.tagged", 9, add_tags=["test"]),)),
    )
    SETTINGS: ClassVar[dict[str, Any]] = {"exclude": {"departments": ["lab"], "channels": ["voice"], "tags": ["test"]}}

    @pytest.mark.parametrize("place", range(len(REASONS)))
    def test_of_several_reasons_the_first_is_told(self, place: int) -> None:
        events = [event for _, told_of in self.REASONS[place:] for event in told_of]
        assert counted(created(), *events, **self.SETTINGS).excluded == self.REASONS[place][0]

    def test_without_its_creation_a_ticket_is_incomplete_before_anything_else(self) -> None:
        assert counted(status("spam", 1), told("ticket.merged", 2, into="T2")).excluded == "incomplete"

    def test_what_came_back_counts_again(self) -> None:
        back = (status("spam", 1), status("open", 2), told("ticket.merged", 3, into="T2"))
        assert counted(created(), *back, told("ticket.merged", 4, into=None)).excluded == ""

    def test_an_excluded_channel_is_the_canonical_one(self) -> None:
        assert counted(created(channel="telex"), exclude={"channels": ["other"]}).excluded == "channel"
        assert counted(created(channel="voice"), exclude={"channels": ["other"]}).excluded == ""

    def test_a_tag_that_was_taken_off_excludes_no_more(self) -> None:
        events = (told("ticket.tagged", 1, add_tags=["test"]), told("ticket.tagged", 2, remove_tags=["test"]))
        assert counted(created(), *events, **self.SETTINGS).excluded == ""

    def test_the_ticket_of_a_summary_is_never_counted(self) -> None:
        assert counted(created(tags=["deskpulse-summary"])).excluded == "tag"

    def test_a_ticket_without_department_is_in_no_excluded_one(self) -> None:
        assert counted(created(), exclude={"departments": ["lab"]}).excluded == ""


class TestMessages:
    @pytest.mark.parametrize(
        ("wrote", "human", "bot", "customer"),
        [
            (message(), True, False, False),
            (message(author=None), True, False, False),
            (message(public=False), False, False, False),
            (message(auto=True), False, False, False),
            (message(author="robo"), False, True, False),
            (message(author="robo", public=False), False, False, False),
            (message("bot", author=None), False, True, False),
            (message("bot", public=False), False, False, False),
            (message("customer", author="ana"), False, False, True),
            (message("customer", author="ana", auto=True), False, False, False),
            (message("system", author=None), False, False, False),
        ],
    )
    def test_who_wrote_a_message(self, wrote: Message, human: bool, bot: bool, customer: bool) -> None:
        of_bots = rules(bots={"authors": ["robo"]})
        assert timeline.is_human(wrote, of_bots) is human
        assert timeline.is_bot(wrote, of_bots) is bot
        assert timeline.is_customer(wrote) is customer

    @pytest.mark.parametrize(
        ("authors", "handled"),
        [((), "none"), (("bot",), "bot"), (("agent",), "human"), (("bot", "agent"), "both"), (("customer",), "none")],
    )
    def test_handled_by_is_who_wrote_to_the_customer(self, authors: tuple[str, ...], handled: str) -> None:
        ticket = ticket_of(created(), *(sent(n + 1, by) for n, by in enumerate(authors)))
        assert timeline.handled_by(ticket, rules()) == handled

    def test_a_private_note_handles_nothing(self) -> None:
        assert timeline.handled_by(ticket_of(created(), sent(1, public=False)), rules()) == "none"

    def test_the_messages_of_people_come_in_their_order(self) -> None:
        ticket = ticket_of(created(), sent(5), sent(2, "customer"), sent(3, author="jo"), sent(4, public=False))
        assert [one.author for one in timeline.human_messages(ticket, rules())] == ["jo", "eva"]


class TestDirection:
    def test_who_writes_first_on_a_ticket_that_an_agent_opened_gives_its_direction(self) -> None:
        assert timeline.direction(ticket_of(created(by="agent"), sent(1), sent(2, "customer"))) == "outbound"
        assert timeline.direction(ticket_of(created(by="agent"), sent(1, "customer"), sent(2))) == "inbound"

    def test_notes_and_automatic_messages_are_nobodys_first_word(self) -> None:
        before = (sent(1, public=False), sent(2, auto=True))
        assert timeline.direction(ticket_of(created(by="agent"), *before, sent(3, "customer"))) == "inbound"

    def test_a_ticket_without_a_word_is_inbound(self) -> None:
        assert timeline.direction(ticket_of(created(by="agent"))) == "inbound"

    @pytest.mark.parametrize("by", ["customer", "bot", "system"])
    def test_what_no_agent_opened_is_inbound_whoever_wrote_first(self, by: str) -> None:
        assert timeline.direction(ticket_of(created(by=by), sent(1))) == "inbound"


class TestFirstResponse:
    def waited(self, *events: Event, **more: Any) -> tuple[float, float] | None:
        """Minutes of Monday at which the wait began and ended."""
        found = timeline.first_response(ticket_of(*events), rules(**more))
        return None if found is None else ((found[0] - at(0)) / MINUTE, (found[1].at - at(0)) / MINUTE)

    def test_it_is_counted_from_creation(self) -> None:
        assert self.waited(created(2), sent(12), sent(13)) == (2, 12)

    def test_from_the_handover_where_a_bot_came_first(self) -> None:
        story = (created(), sent(1, "bot"), told("ticket.handover", 5), told("ticket.handover", 20), sent(9))
        assert self.waited(*story) == (5, 9)

    def test_a_handover_after_a_person_had_answered_begins_no_first_wait(self) -> None:
        assert self.waited(created(), sent(2), told("ticket.handover", 5), sent(9)) == (0, 2)
        assert self.waited(created(), sent(2), told("ticket.handover", 5)) == (0, 2)

    def test_a_reply_at_the_moment_of_the_handover_waited_for_nothing(self) -> None:
        assert self.waited(created(), sent(1, "bot"), told("ticket.handover", 5), sent(5)) == (5, 5)

    def test_what_bots_and_notes_said_before_the_handover_moves_nothing(self) -> None:
        before = (sent(1, "bot"), sent(2, author="robo"), sent(3, public=False), sent(4, auto=True))
        story = (created(), *before, told("ticket.handover", 5), sent(9))
        assert self.waited(*story, bots={"authors": ["robo"]}) == (5, 9)

    def test_from_the_queue_where_the_customer_came_live(self) -> None:
        assert self.waited(created(channel="chat"), *LIVE_START, sent(3)) == (1, 3)

    @pytest.mark.parametrize("channel", ["email", "web_form"])
    def test_a_chat_that_follows_a_letter_is_no_live_start(self, channel: str) -> None:
        assert self.waited(created(channel=channel), *LIVE_START, sent(3)) == (0, 3)

    def test_a_queue_after_a_person_had_answered_begins_no_first_wait(self) -> None:
        late = (told("live.queued", 60, contact="c1", media="chat"), sent(61))
        assert self.waited(created(channel="messaging"), sent(5), *late) == (0, 5)

    @pytest.mark.parametrize("direction", ["out", "internal"])
    def test_nobody_waits_in_the_queue_of_a_contact_that_they_did_not_begin(self, direction: str) -> None:
        queued = told("live.queued", 1, contact="c1", media="chat", direction=direction)
        assert self.waited(created(channel="chat"), queued, sent(3)) == (0, 3)

    def test_the_handover_counts_before_the_queue(self) -> None:
        assert self.waited(created(channel="chat"), *LIVE_START, told("ticket.handover", 4), sent(6)) == (4, 6)

    def test_outbound_it_is_counted_from_the_customers_first_message(self) -> None:
        story = (created(by="agent"), sent(1), sent(30, "customer"), sent(45))
        assert self.waited(*story) == (30, 45)
        assert self.waited(*story[:2]) is None

    def test_an_automatic_answer_of_the_customer_starts_no_outbound_wait(self) -> None:
        assert self.waited(created(by="agent"), sent(1), sent(2, "customer", auto=True), sent(3)) is None

    @pytest.mark.parametrize(
        "no_response",
        [sent(1, public=False), sent(1, auto=True), sent(1, "bot"), sent(1, author="robo"), sent(1, "customer")],
        ids=["note", "automatic", "bot", "bot by the settings", "customer"],
    )
    def test_what_is_no_response_is_passed_over(self, no_response: Event) -> None:
        settings = {"bots": {"authors": ["robo"]}}
        assert self.waited(created(), no_response, **settings) is None
        assert self.waited(created(), no_response, sent(7), **settings) == (0, 7)

    def test_a_reply_at_the_moment_of_creation_waited_for_nothing(self) -> None:
        assert self.waited(created(), sent(0)) == (0, 0)

    def test_the_first_person_is_found_whoever_opened_the_ticket(self) -> None:
        found = timeline.first_human(ticket_of(created(by="agent"), sent(1, author="jo"), sent(2)), rules())
        assert found is not None
        assert found.author == "jo"
        assert timeline.first_human(ticket_of(created()), rules()) is None


class TestCalls:
    QUEUED = told("live.queued", 1, contact="c1", media="voice", direction="in")
    ANSWERED = told("live.answered", 2, contact="c1", media="voice", agent="eva")

    def test_a_call_that_was_queued_and_picked_up_is_answered(self) -> None:
        call = timeline.answered_call(ticket_of(created(channel="voice"), self.QUEUED, self.ANSWERED), rules())
        assert call is not None
        assert (call.queued_at, call.answered_at, call.agent) == (at(1), at(2), "eva")

    def test_one_that_nobody_picked_up_is_not(self) -> None:
        missed = told("live.ended", 3, contact="c1", outcome="missed")
        assert timeline.answered_call(ticket_of(created(channel="voice"), self.QUEUED, missed), rules()) is None

    def test_the_first_that_was_answered_is_taken(self) -> None:
        lost = told("live.queued", 0, contact="c0", media="voice")
        call = timeline.answered_call(ticket_of(created(channel="voice"), lost, self.QUEUED, self.ANSWERED), rules())
        assert call is not None
        assert call.contact == "c1"

    def test_a_chat_and_a_call_among_colleagues_are_none(self) -> None:
        inside = (
            told("live.queued", 3, contact="c2", media="voice", direction="internal"),
            told("live.answered", 4, contact="c2"),
        )
        assert timeline.answered_call(ticket_of(created(channel="chat"), *LIVE_START, *inside), rules()) is None

    def test_one_that_we_made_is_none(self) -> None:
        out = told("live.queued", 1, contact="c1", media="voice", direction="out")
        assert timeline.answered_call(ticket_of(created(channel="voice"), out, self.ANSWERED), rules()) is None

    def test_one_after_a_written_answer_is_no_first_response(self) -> None:
        assert timeline.answered_call(ticket_of(created(), sent(0.5), self.QUEUED, self.ANSWERED), rules()) is None

    @pytest.mark.parametrize("silent", [{"public": False}, {"auto": True}, {"by": "bot"}])
    def test_a_note_or_a_machine_before_it_changes_nothing(self, silent: dict[str, Any]) -> None:
        call = timeline.answered_call(ticket_of(created(), sent(0.5, **silent), self.QUEUED, self.ANSWERED), rules())
        assert call is not None

    def test_a_bot_by_the_accounts_settings_neither_takes_a_call_nor_answers_before_it(self) -> None:
        ours = rules(bots={"authors": ["eva", "robo"]})
        ticket = ticket_of(created(), sent(0.5, author="robo"), self.QUEUED, self.ANSWERED)
        assert timeline.answered_call(ticket, ours) is None
        assert timeline.handled_by(ticket, ours) == "bot"
        jo = told("live.answered", 2, contact="c1", media="voice", agent="jo")
        ticket = ticket_of(created(), sent(0.5, author="robo"), self.QUEUED, jo)
        assert timeline.answered_call(ticket, ours) is not None
        assert timeline.handled_by(ticket, ours) == "both"

    def test_the_first_answer_stands_and_who_ends_the_call_does_not_take_it(self) -> None:
        again = told("live.answered", 5, contact="c1", agent="jo", id_="again")
        ended = told("live.ended", 9, contact="c1", agent="max", outcome="handled")
        call = timeline.answered_call(
            ticket_of(created(channel="voice"), self.QUEUED, self.ANSWERED, again, ended), rules()
        )
        assert call is not None
        assert (call.answered_at, call.agent, call.ended_at) == (at(2), "eva", at(9))

    @pytest.mark.parametrize("media", [{}, {"media": "voice"}])
    def test_a_contact_of_a_voice_ticket_is_a_call_where_nobody_says_what_it_is(self, media: dict[str, str]) -> None:
        queued = told("live.queued", 1, contact="c1", **media)
        taken = told("live.answered", 2, contact="c1", agent="eva")
        settings: dict[str, Any] = {"targets": {"voice": {"first_response": 60}, "chat": {"first_response": 60}}}
        call = counted(created(channel="voice"), queued, taken, **settings)
        assert call.first_response is not None
        assert (call.first_response.at, call.first_response.is_call) == (at(2), True)
        assert (call.handled_by, call.touches) == ("human", 1)
        assert timeline.waiting_since(call.ticket, call.rules) is None
        chat = counted(created(channel="chat"), told("live.queued", 1, contact="c1"), taken, **settings)
        assert (chat.first_response, chat.handled_by, chat.touches) == (None, "none", 0)

    def test_a_handover_after_it_begins_no_first_wait(self) -> None:
        later = (self.QUEUED, self.ANSWERED, told("ticket.handover", 10))
        assert timeline.first_wait(ticket_of(created(channel="voice"), *later), rules()) == at(1)
        before = (told("ticket.handover", 0.5), *later[:2])
        assert timeline.first_wait(ticket_of(created(channel="voice"), *before), rules()) == at(0.5)

    def test_what_is_counted_by_creation_stays_with_who_took_it(self) -> None:
        later = (told("ticket.moved", 5, department="d2"), told("ticket.assigned", 6, agent="max"))
        story = (created(channel="voice", department="d1"), self.QUEUED, self.ANSWERED, *later)
        assert dict(counted(*story).created_slices.pairs) | {"tag": ""} == {
            "agent": "eva",
            "department": "d1",
            "tag": "",
        }
        nobody = told("live.answered", 2, contact="c1", media="voice")
        story = (created(channel="voice", department="d1"), self.QUEUED, nobody, *later)
        assert dict(counted(*story).created_slices.pairs) | {"tag": ""} == {
            "agent": "max",
            "department": "d1",
            "tag": "",
        }

    def test_a_call_is_credited_to_the_department_in_which_it_was_taken(self) -> None:
        moved = told("ticket.moved", 5, department="later")
        response = counted(created(channel="voice", department="first"), self.QUEUED, self.ANSWERED, moved)
        assert response.first_response is not None
        assert (response.first_response.department, response.first_response.is_call) == ("first", True)


#: A ticket that Eva answered after a minute.
ANSWERED_ONCE = (created(), sent(1))


class TestLaterWaits:
    def waits(self, *events: Event, **more: Any) -> list[tuple[float, float, str]]:
        """From, to in minutes of Monday, and what ended it."""
        found = timeline.later_waits(ticket_of(*events), rules(**more))
        return [
            ((wait.since - at(0)) / MINUTE, (wait.until - at(0)) / MINUTE, type(wait.ended_by).__name__)
            for wait in found
        ]

    def test_a_wait_lasts_from_the_first_unanswered_message_to_the_reply(self) -> None:
        story = (*ANSWERED_ONCE, sent(10, "customer"), sent(15, "customer"), sent(40))
        assert self.waits(*story) == [(10, 40, "Message")]

    def test_every_exchange_is_one_and_a_second_reply_ends_nothing(self) -> None:
        story = (*ANSWERED_ONCE, sent(10, "customer"), sent(20), sent(21), sent(30, "customer"), sent(33))
        assert self.waits(*story) == [(10, 20, "Message"), (30, 33, "Message")]

    def test_before_the_first_response_there_is_none(self) -> None:
        assert self.waits(created(), sent(1, "customer"), sent(2, "customer"), sent(9)) == []
        assert self.waits(created(), sent(1, "customer"), status("resolved", 2)) == []

    @pytest.mark.parametrize(
        "silent",
        [sent(15, public=False), sent(15, auto=True), sent(15, "bot"), sent(15, author="robo"), sent(15, "system")],
        ids=["note", "automatic", "bot", "bot by the settings", "system"],
    )
    def test_what_is_no_response_ends_no_wait(self, silent: Event) -> None:
        story = (*ANSWERED_ONCE, sent(10, "customer"), silent)
        assert self.waits(*story, bots={"authors": ["robo"]}) == []
        assert self.waits(*story, sent(20), bots={"authors": ["robo"]}) == [(10, 20, "Message")]

    def test_an_out_of_office_note_of_the_customer_begins_none(self) -> None:
        assert self.waits(*ANSWERED_ONCE, sent(10, "customer", auto=True), sent(40)) == []

    def test_a_resolution_before_the_reply_closes_it_without_one(self) -> None:
        story = (*ANSWERED_ONCE, sent(10, "customer"), status("resolved", 30), sent(40))
        assert self.waits(*story) == [(10, 30, "Resolution")]

    def test_a_reply_that_solves_at_the_same_moment_is_a_reply(self) -> None:
        story = (*ANSWERED_ONCE, sent(10, "customer"), sent(30), status("resolved", 30))
        assert self.waits(*story) == [(10, 30, "Message")]

    def test_after_a_resolution_the_next_message_begins_a_new_wait(self) -> None:
        story = (*ANSWERED_ONCE, sent(10, "customer"), status("resolved", 30), sent(50, "customer"), status("open", 50))
        assert self.waits(*story, sent(55)) == [(10, 30, "Resolution"), (50, 55, "Message")]
        assert self.waits(*story, status("closed", 70)) == [(10, 30, "Resolution"), (50, 70, "Resolution")]

    def test_thanks_after_the_resolution_wait_until_somebody_answers(self) -> None:
        story = (*ANSWERED_ONCE, status("resolved", 5), sent(10, "customer"), status("closed", 99))
        assert self.waits(*story) == []
        assert self.waits(*story, sent(100)) == [(10, 100, "Message")]

    def test_after_a_call_that_was_picked_up_messages_make_waits(self) -> None:
        call = (told("live.queued", 1, contact="c1", media="voice"), told("live.answered", 2, contact="c1"))
        story = (created(channel="voice"), *call, sent(1.5, "customer"), sent(10, "customer"), sent(12))
        assert self.waits(*story) == [(10, 12, "Message")]

    def test_outbound_they_follow_the_first_response_to_the_customer(self) -> None:
        story = (created(by="agent"), sent(0), sent(10, "customer"), sent(20), sent(30, "customer"), sent(33))
        assert self.waits(*story) == [(30, 33, "Message")]

    @given(st.lists(st.sampled_from(["customer", "agent", "bot", "resolved", "open"]), max_size=14))
    @settings(max_examples=tries(2))
    def test_waits_never_overlap_and_each_ends_by_the_first_thing_that_could(self, steps: list[str]) -> None:
        who = ("customer", "agent", "bot")
        told_of = [sent(n + 2, step) if step in who else status(step, n + 2) for n, step in enumerate(steps)]
        found = self.waits(*ANSWERED_ONCE, *told_of)
        ends = [-1.0, *(until for _, until, _ in found)]
        solved, replied = "Resolution", "Message"
        for (since, until, kind), before in zip(found, ends, strict=False):
            between = [step for n, step in enumerate(steps) if since < n + 2 < until]
            assert before <= since < until
            assert "agent" not in between
            assert steps[round(until) - 2] == {solved: "resolved", replied: "agent"}[kind]


class TestWaitingSince:
    def since(self, *events: Event, **more: Any) -> float | None:
        found = timeline.waiting_since(ticket_of(*events), rules(**more))
        return None if found is None else (found - at(0)) / MINUTE

    def test_unanswered_it_is_since_the_first_wait_began(self) -> None:
        assert self.since(created(2)) == 2
        assert self.since(created(), sent(1, "bot"), told("ticket.handover", 5)) == 5

    def test_answered_nobody_waits_until_the_customer_writes_again(self) -> None:
        assert self.since(*ANSWERED_ONCE) is None
        assert self.since(*ANSWERED_ONCE, sent(10, "customer"), sent(12, "customer")) == 10
        assert self.since(*ANSWERED_ONCE, sent(10, "customer"), sent(12)) is None

    def test_who_came_back_after_a_resolution_waits_since_then(self) -> None:
        story = (*ANSWERED_ONCE, sent(10, "customer"), status("resolved", 20))
        assert self.since(*story) is None
        assert self.since(*story, sent(30, "customer"), status("open", 30)) == 30
        assert self.since(*story, status("open", 30)) is None

    @pytest.mark.parametrize("word", ["pending", "resolved", "closed", "spam", "deleted"])
    def test_only_in_a_status_that_is_ours_to_move(self, word: str) -> None:
        assert self.since(created(), status(word, 5)) is None

    def test_a_customer_whom_we_wrote_to_first_is_not_listed(self) -> None:
        assert self.since(created(by="agent"), sent(1), sent(5, "customer")) is None


class TestTouches:
    def test_on_letters_every_public_message_of_a_person_is_one(self) -> None:
        assert timeline.touches(ticket_of(created(), sent(1), sent(2), sent(3, public=False)), rules()) == 2

    def test_in_a_conversation_a_run_is_one(self) -> None:
        story = (created(channel="chat"), sent(1), sent(2), sent(3, "customer"), sent(4), sent(5, auto=True), sent(6))
        assert timeline.touches(ticket_of(*story), rules()) == 2

    def test_a_call_with_the_customer_is_one_and_among_colleagues_none(self) -> None:
        def called(**more: Any) -> int:
            call = told("live.answered", 2, contact="c1", media="voice", **more)
            return timeline.touches(ticket_of(created(channel="voice"), call), rules())

        assert [called(), called(direction="out"), called(direction="internal")] == [1, 1, 0]

    def test_a_call_that_a_bot_took_is_none(self) -> None:
        call = told("live.answered", 2, contact="c1", media="voice", agent="robo")
        ticket = ticket_of(created(channel="voice"), call, sent(3))
        assert timeline.touches(ticket, rules(bots={"authors": ["robo"]})) == 1
        assert timeline.touches(ticket, rules()) == 2


class TestParts:
    def parts(self, start: float, end: float, *events: Event) -> list[tuple[float, float]]:
        found = timeline.counted_parts(ticket_of(created(), *events), at(start), at(end))
        return [((since - at(0)) / MINUTE, (until - at(0)) / MINUTE) for since, until in found if since < until]

    def test_time_as_spam_or_deleted_is_cut_out(self) -> None:
        away = (status("spam", 10), status("open", 20), status("deleted", 30), status("open", 35))
        assert self.parts(5, 60, *away) == [(5, 10), (20, 30), (35, 60)]
        assert self.parts(12, 18, *away) == []
        assert self.parts(15, 32, *away) == [(20, 30)]
        assert self.parts(40, 50, *away) == [(40, 50)]

    def test_nothing_is_cut_out_of_an_ordinary_life(self) -> None:
        assert self.parts(1, 9, status("pending", 2), status("resolved", 5), status("open", 7)) == [(1, 9)]

    def test_the_spans_of_a_ticket_follow_each_other_from_its_creation(self) -> None:
        spans = list(timeline.status_spans(ticket_of(created(), status("open", 3), status("resolved", 9))))
        assert [(span.start, span.end, span.status) for span in spans] == [
            (at(0), at(3), "new"),
            (at(3), at(9), "open"),
        ]


class TestResolution:
    def test_the_one_that_holds_is_the_last(self) -> None:
        ticket = ticket_of(created(), status("resolved", 1), status("open", 2), status("closed", 3))
        found = timeline.present_resolution(ticket)
        assert found is not None
        assert found.at == at(3)
        assert timeline.reopenings(ticket) == 1

    def test_an_open_ticket_has_none(self) -> None:
        assert timeline.present_resolution(ticket_of(created())) is None
        assert timeline.present_resolution(ticket_of(created(), status("resolved", 1), status("open", 2))) is None

    @pytest.mark.parametrize("away", ["spam", "deleted"])
    def test_an_interlude_does_not_undo_it(self, away: str) -> None:
        ticket = ticket_of(created(), status("resolved", 1), status(away, 2))
        found = timeline.present_resolution(ticket)
        assert found is not None
        assert (found.at, found.undone_at) == (at(1), None)

    @pytest.mark.parametrize(
        ("age", "solved"), [(0, False), (9, False), (10, True), (19, True), (20, False), (29, False), (30, True)]
    )
    def test_solved_at_an_age_is_what_held_then(self, age: float, solved: bool) -> None:
        ticket = ticket_of(created(), status("resolved", 10), status("open", 20), status("closed", 30))
        assert timeline.resolved_at_age(ticket, round(age * MINUTE)) is solved

    @given(steps=st.lists(st.sampled_from(["open", "pending", "on_hold", "resolved", "closed"]), max_size=8))
    def test_solved_at_every_age_agrees_with_the_status_then(self, steps: list[str]) -> None:
        ticket = ticket_of(created(), *(status(word, 2 * n + 2) for n, word in enumerate(steps)))
        for place in range(len(steps) + 1):
            now = ["new", *steps][place]
            assert timeline.resolved_at_age(ticket, (2 * place + 1) * MINUTE) is (now in ("resolved", "closed"))


class TestChannels:
    def test_a_canonical_word_stays(self) -> None:
        assert [canonical(word) for word in CHANNELS] == list(CHANNELS)

    @pytest.mark.parametrize("word", [None, "", "telex", "Email", "e-mail"])
    def test_every_other_word_is_other(self, word: str | None) -> None:
        assert canonical(word) == "other"


class TestRatings:
    ENDS: ClassVar = {
        "nothing": (),
        "merged": (told("ticket.merged", 5, into="T2"),),
        "deleted": (status("deleted", 5),),
        "deleted and merged": (status("deleted", 5), told("ticket.merged", 6, into="T2")),
    }

    @pytest.mark.parametrize("end", ENDS)
    def test_those_of_what_is_merged_or_deleted_stay(self, end: str) -> None:
        assert counted(created(), answered(5, 1), *self.ENDS[end]).rating_excluded == ""

    @pytest.mark.parametrize("end", ENDS)
    @pytest.mark.parametrize(
        ("reason", "story"),
        [
            ("incomplete", (status("open", 1),)),
            ("spam", (created(), status("spam", 2))),
            ("channel", (created(channel="internal"),)),
            ("department", (created(department="lab"),)),
            ("tag", (created(tags=["test"]),)),
        ],
    )  # fmt: skip
    def test_merging_or_deleting_brings_none_back_that_did_not_count(
        self, end: str, reason: str, story: tuple[Event, ...]
    ) -> None:
        excluding = {"departments": ["lab"], "tags": ["test"]}
        assert counted(*story, answered(5, 1), *self.ENDS[end], exclude=excluding).rating_excluded == reason

    def test_what_was_no_spam_after_all_counts_when_it_is_deleted(self) -> None:
        back = (status("spam", 2), status("open", 3), status("deleted", 4))
        assert counted(created(), answered(5, 1), *back).rating_excluded == ""
