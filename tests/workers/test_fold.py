"""The rules of the fold one by one: order inside an instant, versions, attribution frozen at its moment."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.events import STATUSES, TYPES, Event
from integrations.times import MINUTE
from tests.workers.stories import agent_of, answered, at, counted, created, sent, status, ticket_of, told
from workers.tickets import Answer, Ticket, fold, merge_versions


def only_answer(*events: Event) -> Answer:
    (found,) = ticket_of(*events).standing_answers()
    return found


def seen(event: Event, minutes: float, **data: Any) -> Event:
    """A version of an event, told by an object that was changed then; an absent key says nothing."""
    return event._replace(seen=at(minutes), data=data)


class TestOrder:
    RANKS = (
        "ticket.created", "ticket.updated", "ticket.moved", "ticket.assigned", "ticket.tagged", "message.sent",
        "ticket.handover", "live.queued", "live.answered", "live.ended", "status.changed", "survey.sent",
        "survey.answered", "survey.invalidated", "survey.restored", "ticket.merged",
    )  # fmt: skip

    def test_inside_one_instant_kinds_come_in_the_documented_order(self) -> None:
        assert sorted(TYPES, key=lambda name: TYPES[name].rank) == list(self.RANKS)
        assert all(TYPES[one].rank < TYPES[other].rank for one, other in pairwise(self.RANKS))

    @pytest.mark.parametrize(("earlier", "later"), list(pairwise(STATUSES)))
    def test_inside_one_instant_the_later_status_of_the_list_holds(self, earlier: str, later: str) -> None:
        for events in permutations((created(), status(earlier, 5), status(later, 5))):
            assert ticket_of(*events).status == later

    def test_an_assignment_at_the_moment_of_a_resolution_came_before_it(self) -> None:
        ticket = ticket_of(created(), status("resolved", 5), told("ticket.assigned", 5, agent="jo"))
        assert agent_of(ticket, ticket.resolutions[0]) == "jo"

    def test_a_message_at_the_moment_of_a_move_was_written_in_the_new_department(self) -> None:
        (message,) = ticket_of(created(department="d1"), sent(5), told("ticket.moved", 5, department="d2")).messages
        assert message.department == "d2"

    def test_the_desks_own_number_orders_messages_of_one_instant(self) -> None:
        story = (created(), sent(5, author="b", seq=2), sent(5, author="a", seq=1), sent(5, author="c", seq=3))
        assert [one.author for one in ticket_of(*story).messages] == ["a", "b", "c"]

    def test_a_microsecond_decides_before_the_kind_does(self) -> None:
        later = told("ticket.assigned", 5, agent="jo")._replace(at=at(5) + 1)
        ticket = ticket_of(created(agent="eva"), status("resolved", 5), later)
        assert agent_of(ticket, ticket.resolutions[0]) == "eva"

    def test_of_several_creations_the_earliest_is_the_tickets(self) -> None:
        story = (created(5, by="agent")._replace(id="x"), created(2))
        found = ticket_of(*story)
        assert (found.created_at, found.created_by) == (at(2), "customer")


class TestBeforeCreation:
    def test_what_is_dated_before_counts_as_at_creation(self) -> None:
        found = ticket_of(created(10), sent(1), status("resolved", 3), told("ticket.handover", 2))
        assert found.messages[0].at == found.resolutions[0].at == found.handover_at == at(10)

    def test_its_order_among_itself_is_that_of_its_kinds(self) -> None:
        found = ticket_of(created(10), status("resolved", 1), status("open", 2))
        assert found.status == "resolved"
        assert not found.resolutions[0].undone_at

    def test_the_first_thing_known_keeps_its_own_date(self) -> None:
        found = ticket_of(created(10), sent(1))
        assert (found.first_at, found.opened_at) == (at(1), at(10))
        assert ticket_of(sent(1), sent(4)).opened_at == at(1)


class TestVersions:
    def test_one_id_is_one_event_however_many_versions(self) -> None:
        first = created()
        versions = [seen(first, n, agent=str(n)) for n in range(5)]
        (merged,) = merge_versions(versions)
        assert merged.data == {"agent": "4"}

    def test_an_absent_key_takes_nothing_back_and_null_does(self) -> None:
        first = seen(created(), 1, agent="eva", channel="chat")
        assert ticket_of(first, seen(first, 2, channel="email")).agent == "eva"
        assert ticket_of(first, seen(first, 2, agent=None)).agent is None

    def test_without_a_date_of_its_own_a_version_is_as_old_as_its_fact(self) -> None:
        plain = created(3, agent="old")
        assert ticket_of(plain, seen(plain, 4, agent="new")).agent == "new"
        assert ticket_of(plain, seen(plain, 2, agent="older")).agent == "old"

    def test_custom_fields_are_merged_one_by_one(self) -> None:
        first = seen(created(), 1, fields={"a": "1", "b": "1"})
        found = ticket_of(first, seen(first, 2, fields={"b": "2", "c": None}))
        assert found.fields == {"a": "1", "b": "2", "c": None}

    @given(order=st.permutations(range(4)))
    def test_versions_of_one_date_are_merged_alike_in_any_order(self, order: list[int]) -> None:
        first = created()
        versions = [seen(first, 1, agent=name, channel="chat") for name in ("eva", "jo", "max", "zoe")]
        assert merge_versions([versions[place] for place in order]) == merge_versions(versions)


class TestState:
    def test_creation_tells_everything_it_can(self) -> None:
        found = ticket_of(created(agent="eva", department="d1", tags=["b", "a"], fields={"land": "HR"}))
        assert (found.created_by, found.channel, found.customer) == ("customer", "email", "ana")
        assert (found.agent, found.department, found.tags, found.fields) == ("eva", "d1", ("a", "b"), {"land": "HR"})
        assert (found.status, found.counted_status) == ("new", "new")

    def test_a_field_or_the_customer_may_change_later(self) -> None:
        story = (created(fields={"land": "HR"}), told("ticket.updated", 1, fields={"land": None, "x": "1"}))
        assert ticket_of(*story).fields == {"land": None, "x": "1"}
        assert ticket_of(*story).customer == "ana"
        assert ticket_of(*story, told("ticket.updated", 2, customer="bo")).customer == "bo"

    def test_a_message_may_tell_who_the_customer_is(self) -> None:
        assert ticket_of(created(customer=None), sent(1, "customer", customer="bo")).customer == "bo"
        assert ticket_of(created(), sent(1, "customer", customer=None)).customer == "ana"

    def test_a_move_to_where_it_is_is_no_transfer(self) -> None:
        story = (created(department="d1"), told("ticket.moved", 1, department="d1"))
        assert ticket_of(*story).transfers == ()
        assert ticket_of(*story, told("ticket.moved", 2, department=None)).transfers == (at(2),)

    def test_a_move_may_tell_the_channel_alone(self) -> None:
        found = ticket_of(created(department="d1"), told("ticket.moved", 1, channel="voice"))
        assert (found.channel, found.department, found.transfers) == ("voice", "d1", ())

    def test_tags_are_added_before_they_are_removed(self) -> None:
        change = told("ticket.tagged", 1, add_tags=["a", "b"], remove_tags=["b", "c"])
        assert ticket_of(created(tags=["c"]), change).tags == ("a",)

    def test_a_whole_set_stands_whatever_else_is_told_with_it(self) -> None:
        change = told("ticket.tagged", 1, tags=["z"], add_tags=["a"])
        assert ticket_of(created(tags=["c"]), change).tags == ("z",)

    def test_the_first_handover_is_the_handover(self) -> None:
        assert ticket_of(created(), told("ticket.handover", 2), told("ticket.handover", 4)).handover_at == at(2)

    def test_messages_are_public_and_written_by_hand_unless_said(self) -> None:
        (message,) = ticket_of(created(department="d1"), told("message.sent", 1, by="agent")).messages
        assert (message.public, message.auto, message.author, message.department) == (True, False, None, "d1")

    def test_a_message_may_name_its_own_department(self) -> None:
        (message,) = ticket_of(created(department="d1"), sent(1, department="d7")).messages
        assert message.department == "d7"

    def test_of_one_instant_is_one_status_at_most_told_twice(self) -> None:
        found = ticket_of(created(), status("open", 1), status("open", 9), status("pending", 10))
        assert [(one.status, one.at) for one in found.statuses] == [("open", at(1)), ("pending", at(10))]


class TestInterludes:
    @pytest.mark.parametrize("away", ["spam", "deleted"])
    @pytest.mark.parametrize(
        ("before", "after", "resolutions", "undone"),
        [("resolved", "resolved", 1, 0), ("resolved", "closed", 1, 0), ("resolved", "open", 1, 1),
         ("open", "resolved", 1, 0), ("open", "pending", 0, 0)],
    )  # fmt: skip
    def test_the_next_counted_status_is_compared_with_the_one_before(
        self, away: str, before: str, after: str, resolutions: int, undone: int
    ) -> None:
        found = ticket_of(created(), status(before, 1), status(away, 2), status(after, 3))
        assert len(found.resolutions) == resolutions
        assert sum(done.undone_at is not None for done in found.resolutions) == undone

    def test_inside_one_the_counted_status_is_the_one_before(self) -> None:
        found = ticket_of(created(), status("pending", 1), status("spam", 2), status("deleted", 3))
        assert (found.status, found.counted_status) == ("deleted", "pending")

    @given(words=st.lists(st.sampled_from(STATUSES), max_size=10))
    def test_leaving_interludes_out_changes_no_number_of_resolutions(self, words: list[str]) -> None:
        def made(kept: list[tuple[int, str]]) -> Ticket:
            return ticket_of(created(), *(status(word, n + 1) for n, word in kept))

        whole = list(enumerate(words))
        counted = [(n, word) for n, word in whole if word not in ("spam", "deleted")]
        assert made(whole).resolutions == made(counted).resolutions
        assert made(whole).counted_status == made(counted).counted_status


class TestAnswers:
    SENT = told("survey.sent", 10, kind="csat", survey="s1", touchpoint="resolution")
    GIVEN = answered(4, 20, survey="s1")

    def test_attribution_is_frozen_when_the_survey_was_sent(self) -> None:
        before = (created(department="d1"), sent(1, author="eva"), self.SENT)
        after = (sent(12, author="jo"), told("ticket.moved", 13, department="d2"), self.GIVEN)
        ticket, answer = ticket_of(*before, *after), only_answer(*before, *after)
        assert (agent_of(ticket, answer), answer.department, answer.touchpoint) == ("eva", "d1", "resolution")

    def test_without_a_sending_it_is_as_when_it_was_answered(self) -> None:
        story = (created(department="d1"), sent(1, author="eva"), told("ticket.moved", 2, department="d2"))
        ticket, answer = ticket_of(*story, self.GIVEN), only_answer(*story, self.GIVEN)
        assert (agent_of(ticket, answer), answer.department, answer.touchpoint) == ("eva", "d2", "")

    def test_the_agent_the_desk_names_stands_before_everybody(self) -> None:
        story = (created(agent="a1"), sent(1, author="eva"), self.SENT, answered(4, 20, survey="s1", agent="max"))
        assert agent_of(ticket_of(*story), only_answer(*story)) == "max"

    def test_a_bot_that_writes_as_an_agent_is_credited_only_where_no_person_is(self) -> None:
        robo = {"bots": {"authors": ["robo"]}}
        eva, bot = sent(1, author="eva"), sent(2, author="robo")
        solved, by_bot = status("resolved", 3, by="system"), status("resolved", 3, by="agent", author="robo")

        def credited(*story: Event) -> tuple[str | None, ...]:
            found = counted(*story, **robo)
            done, given = found.ticket.resolutions[0], found.ticket.answers[0]
            return found.resolver(done), found.credited(found.ticket.surveys[0].credit), found.credited(given.credit)

        assert credited(created(agent="a1"), eva, bot, solved, self.SENT, self.GIVEN) == ("eva", "eva", "eva")
        assert credited(created(agent="a1"), bot, solved, self.SENT, self.GIVEN) == ("a1", "a1", "a1")
        assert credited(created(agent="a1"), eva, by_bot, self.SENT, self.GIVEN) == ("eva", "eva", "eva")

    def test_where_nobody_wrote_it_is_the_holders(self) -> None:
        story = (created(agent="a1"), sent(1, public=False, author="eva"), self.GIVEN)
        assert agent_of(ticket_of(*story), only_answer(*story)) == "a1"

    def test_another_survey_or_kind_lends_nothing(self) -> None:
        others = (
            told("survey.sent", 5, kind="csat", survey="s2", touchpoint="chat"),
            told("survey.sent", 6, kind="nps", survey="s1", touchpoint="chat"),
        )
        assert only_answer(created(), *others, self.GIVEN).touchpoint == ""

    def test_a_survey_without_a_name_is_called_as_its_kind(self) -> None:
        found = ticket_of(created(), told("survey.sent", 1, kind="nps"), answered(9, 2, kind="nps", scale=[0, 10]))
        assert (found.surveys[0].survey, found.answers[0].survey) == ("nps", "nps")

    def test_going_back_to_an_earlier_score_is_another_answer(self) -> None:
        answer = only_answer(created(), answered(5, 1), answered(2, 2), answered(5, 3))
        assert (answer.score, answer.at) == (5, at(3))

    def test_an_equal_answer_keeps_the_date_and_the_words_of_the_first(self) -> None:
        answer = only_answer(created(), answered(5, 1, comment="fine"), answered(5, 9))
        assert (answer.at, answer.comment) == (at(1), "fine")

    def test_taking_an_answer_out_lets_no_other_kind_go(self) -> None:
        story = (created(), answered(5, 1), answered(9, 1, kind="nps", scale=[0, 10]))
        found = ticket_of(*story, told("survey.invalidated", 2, kind="csat")).standing_answers()
        assert [answer.kind for answer in found] == ["nps"]

    def test_an_answer_given_after_the_invalidation_counts(self) -> None:
        answer = only_answer(created(), answered(5, 1), told("survey.invalidated", 2, kind="csat"), answered(3, 4))
        assert answer.score == 3

    def test_what_was_taken_out_and_restored_counts_as_before(self) -> None:
        out, back = told("survey.invalidated", 2, kind="csat"), told("survey.restored", 3, kind="csat")
        assert only_answer(created(), answered(5, 1), out, back) == only_answer(created(), answered(5, 1))


class TestContacts:
    def test_a_contact_is_put_together_from_its_events(self) -> None:
        story = (
            told("live.ended", 9, contact="c", outcome="handled"),
            told("live.queued", 1, contact="c", media="chat", direction="in"),
            told("live.answered", 2, contact="c", agent="eva"),
        )
        (contact,) = ticket_of(created(), *story).contacts
        assert (contact.queued_at, contact.answered_at, contact.ended_at) == (at(1), at(2), at(9))
        assert (contact.media, contact.direction, contact.outcome, contact.agent) == ("chat", "in", "handled", "eva")

    def test_contacts_keep_the_order_in_which_they_began(self) -> None:
        story = [told("live.queued", n, contact=name) for n, name in ((3, "b"), (1, "c"), (2, "a"))]
        assert [one.contact for one in ticket_of(created(), *story).contacts] == ["c", "a", "b"]

    def test_an_empty_word_takes_nothing_back(self) -> None:
        story = (told("live.queued", 1, contact="c", agent="eva"), told("live.ended", 2, contact="c", agent=None))
        assert ticket_of(created(), *story).contacts[0].agent == "eva"


#: A conversation in which everything happens at least once; several things in one instant.
WHOLE = (
    created(department="d1", tags=["a"]), told("ticket.updated", 1, fields={"land": "HR"}),
    told("ticket.moved", 1, department="d2"), told("ticket.assigned", 1, agent="jo"),
    told("ticket.tagged", 2, add_tags=["b"]), sent(2, "bot"), told("ticket.handover", 2), sent(4), sent(4, "customer"),
    told("live.queued", 5, contact="c"), told("live.answered", 5, contact="c"), told("live.ended", 6, contact="c"),
    status("open", 6), status("resolved", 7), told("survey.sent", 7, kind="csat"), answered(2, 8), answered(4, 8.5),
    told("survey.invalidated", 9, kind="csat"), told("survey.restored", 9, kind="csat"), status("spam", 10),
    status("open", 11), told("ticket.merged", 12, into="T2"), told("ticket.merged", 13, into=None),
    status("closed", 13),
)  # fmt: skip


@given(order=st.permutations(WHOLE), again=st.lists(st.sampled_from(WHOLE), max_size=6))
def test_late_repeated_and_in_any_order_the_ticket_is_the_same(order: list[Event], again: list[Event]) -> None:
    assert fold("T1", [*order, *again]) == fold("T1", WHOLE)


def test_a_later_event_moves_no_attribution_of_what_was_before() -> None:
    later = (
        told("ticket.assigned", 60, agent="zoe"),
        told("ticket.moved", 61, department="d9"),
        sent(62, author="zoe"),
        told("ticket.tagged", 63, tags=["late"]),
    )
    before, after = fold("T1", WHOLE), fold("T1", [*WHOLE, *later])
    assert after.resolutions == before.resolutions
    assert after.answers == before.answers
    assert after.messages[: len(before.messages)] == before.messages
    assert after.first_at == before.first_at == at(0)
    assert after.opened_at + MINUTE == at(1)
