"""What came after an answer, at its edges: the same moment, the last one of 90 days, answers on several tickets."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.times import DAY, HOUR
from tests.workers.stories import answered, at, counted, created, sent, told
from workers.metrics.afterwards import (
    ANSWERS_AGAIN,
    CONTACTED,
    RESCUED,
    RESCUED_ALONE,
    Afterwards,
    Given,
    afterwards_of,
    facts_alone,
    first_after,
    judged,
    read_afterwards,
)

PLACE = orjson.dumps(["email", [["department", "s"], ["agent", ""]]]).decode()
ALL = (CONTACTED, RESCUED, RESCUED_ALONE)


def bad(moment: int, survey: str = "csat:a:", *, due: int | None = 100, day: int = 7) -> Given:
    """A low answer, to be followed up until `due`."""
    return Given(moment, survey, good=False, day=day, slices=PLACE, due=due, decided=None if due is None else day + 1)


def good(moment: int, survey: str = "csat:b:") -> Given:
    return Given(moment, survey, good=True)


def of_first(*tickets: Afterwards) -> tuple[int | None, int | None, int | None]:
    """What came of the first answer of the first ticket: contacted, before the next answer, rescued."""
    given = judged(tickets)[0].answers[0]
    return given.contacted, given.before_next, given.rescued


class TestContacts:
    @pytest.mark.parametrize(
        ("contacts", "due", "contacted"),
        [
            ((), 100, 0), ((50,), 100, 1), ((100,), 100, 1), ((101,), 100, 0), ((10,), 100, 0), ((11,), 100, 1),
            ((9,), 100, 0), ((9, 10, 101), 100, 0), ((9, 10, 99), 100, 1), ((50,), None, None), ((), None, None),
            ((10, 11), 10, 0),
        ],
    )  # fmt: skip
    def test_the_first_one_after_the_answer_is_in_time_up_to_the_moment_it_is_due(
        self, contacts: tuple[int, ...], due: int | None, contacted: int | None
    ) -> None:
        assert of_first(Afterwards(contacts, (bad(10, due=due),))) == (contacted, None, None)

    def test_it_may_be_on_any_ticket_of_the_customer(self) -> None:
        assert of_first(Afterwards((), (bad(10),)), Afterwards((5, 200)), Afterwards((40,)))[0] == 1

    def test_each_answer_has_its_own(self) -> None:
        (ticket,) = judged([Afterwards((20,), (bad(10), bad(20, "ces:x:"), bad(5, "nps:y:", due=12)))])
        assert [given.contacted for given in ticket.answers] == [1, 0, 0]

    def test_a_good_answer_waits_for_nobody(self) -> None:
        (ticket,) = judged([Afterwards((20,), (good(10),))])
        assert ticket.answers == (good(10),)
        assert not ticket.answers[0].is_followed_up


class TestNextAnswers:
    @pytest.mark.parametrize(
        ("later", "expected"),
        [
            (good(11), (0, 0, 1)),
            (good(10), (0, None, None)),
            (good(9), (0, None, None)),
            (good(10 + ANSWERS_AGAIN), (0, 0, 1)),
            (good(11 + ANSWERS_AGAIN), (0, None, None)),
            (bad(11, "nps:z:"), (0, 0, 0)),
        ],
    )
    def test_within_90_days_and_never_of_the_same_moment(self, later: Given, expected: tuple[int, ...]) -> None:
        assert of_first(Afterwards((), (bad(10), later))) == expected
        assert of_first(Afterwards((), (bad(10),)), Afterwards((), (later,))) == expected

    @pytest.mark.parametrize(("contact", "before"), [(49, 1), (50, 0), (51, 0), (11, 1), (10, 0)])
    def test_a_contact_came_before_only_when_it_was_earlier(self, contact: int, before: int) -> None:
        assert of_first(Afterwards((contact,), (bad(10), good(50))))[1:] == (before, 1)

    def test_a_late_contact_rescues_too(self) -> None:
        assert of_first(Afterwards((150,), (bad(10, due=100), good(200)))) == (0, 1, 1)

    def test_the_next_one_counts_and_not_the_best_one(self) -> None:
        assert of_first(Afterwards((), (bad(10), bad(20, "ces:x:"), good(30))))[2] == 0

    def test_of_one_moment_that_of_the_first_ticket_counts(self) -> None:
        first, second = Afterwards((), (bad(50, "nps:z:"),)), Afterwards((), (good(50),))
        assert of_first(Afterwards((), (bad(10),)), first, second)[2] == 0
        assert of_first(Afterwards((), (bad(10),)), second, first)[2] == 1

    def test_the_same_survey_on_another_ticket_is_another_answer(self) -> None:
        assert of_first(Afterwards((), (bad(10),)), Afterwards((), (good(20, "csat:a:"),)))[2] == 1

    def test_each_answer_in_a_row_is_judged_by_the_one_after_it(self) -> None:
        (ticket,) = judged([Afterwards((15,), (bad(10, "1"), bad(20, "2"), good(30, "3"), bad(40, "4")))])
        assert [(given.before_next, given.rescued) for given in ticket.answers] == [
            (1, 0), (0, 1), (None, None), (None, None),
        ]  # fmt: skip

    def test_the_order_within_a_ticket_does_not_matter(self) -> None:
        answers = (bad(10, "1"), bad(20, "2"), good(20, "0"), bad(40, "4"))
        told_of = [sorted(judged([Afterwards((15,), each)])[0].answers) for each in permutations(answers)]
        assert all(each == told_of[0] for each in told_of)


class TestAnything:
    GIVEN = st.builds(
        lambda moment, survey, low: bad(moment, survey, due=moment + 5) if low else good(moment, survey),
        st.integers(0, 20),
        st.sampled_from("abc"),
        st.booleans(),
    )
    TICKETS = st.lists(
        st.builds(
            lambda contacts, answers: Afterwards(tuple(sorted(contacts)), tuple(answers)),
            st.lists(st.integers(0, 30), max_size=4),
            st.lists(GIVEN, max_size=3, unique_by=lambda one: one.survey),
        ),
        max_size=4,
    )

    @given(TICKETS)
    def test_judging_changes_nothing_that_was_told_and_judging_again_nothing(self, tickets: list[Afterwards]) -> None:
        once = judged(tickets)
        assert judged(once) == once
        assert [ticket.contacts for ticket in once] == [ticket.contacts for ticket in tickets]
        assert [[given[:7] for given in each.answers] for each in once] == [
            [given[:7] for given in each.answers] for each in tickets
        ]

    @given(TICKETS)
    def test_there_are_as_many_rescues_as_answers_with_a_next_one(self, tickets: list[Afterwards]) -> None:
        answers = [given for ticket in judged(tickets) for given in ticket.answers]
        facts = [fact for given in answers for fact in given.facts()]
        assert all((given.rescued is None) is (given.before_next is None) for given in answers)
        assert sum(fact.measure == CONTACTED for fact in facts) == sum(given.is_followed_up for given in answers)
        assert sum(fact.measure != CONTACTED for fact in facts) == sum(given.rescued is not None for given in answers)
        assert all(fact.n == 1 and fact.total in (0, 1) for fact in facts)

    @given(TICKETS)
    def test_json_brings_back_what_it_was_given(self, tickets: list[Afterwards]) -> None:
        for ticket in judged(tickets):
            assert (
                read_afterwards(
                    *orjson.loads(orjson.dumps([ticket.contacts, [tuple(given) for given in ticket.answers]]))
                )
                == ticket
            )

    @given(st.lists(st.integers(0, 9)), st.integers(-1, 10))
    def test_the_first_after_is_the_least_of_the_later_ones(self, moments: list[int], when: int) -> None:
        assert first_after(sorted(moments), when) == min((each for each in moments if each > when), default=None)


class TestFacts:
    def test_they_stand_on_the_day_and_in_the_slices_of_the_answer(self) -> None:
        judged_one = bad(10)._replace(contacted=1, before_next=1, rescued=0)
        contacted, rescued = judged_one.facts()
        assert (contacted.measure, contacted.day, contacted.decided, contacted.total) == (CONTACTED, 7, 8, 1)
        assert (rescued.measure, rescued.day, rescued.decided, rescued.total) == (RESCUED, 7, None, 0)
        assert contacted.slices == rescued.slices == ("email", (("department", "s"), ("agent", "")))

    @pytest.mark.parametrize(
        ("contacted", "before", "rescued", "measures"),
        [
            (None, None, None, []), (0, None, None, [CONTACTED]), (None, 1, 1, [RESCUED]),
            (None, 0, 0, [RESCUED_ALONE]),
            (1, 0, 1, [CONTACTED, RESCUED_ALONE]), (0, 1, 1, [CONTACTED, RESCUED]),
        ],
    )  # fmt: skip
    def test_only_what_is_known_is_counted(
        self, contacted: int | None, before: int | None, rescued: int | None, measures: list[str]
    ) -> None:
        one = bad(10)._replace(contacted=contacted, before_next=before, rescued=rescued)
        assert [fact.measure for fact in one.facts()] == measures

    def test_an_answer_that_is_not_followed_up_has_none(self) -> None:
        assert list(good(10)._replace(contacted=1, before_next=1, rescued=1).facts()) == []


class TestOfOneTicket:
    def alone(self, *events: Any, measures: tuple[str, ...] = ALL, **settings: Any) -> list[tuple[str, int]]:
        ticket = counted(created(customer=None), answered(1, 30), *events, **settings)
        return [(fact.measure, fact.total) for fact in facts_alone(ticket, measures)]

    def test_a_known_customers_facts_are_told_by_their_list(self) -> None:
        assert list(facts_alone(counted(created(), answered(1, 30)), ALL)) == []

    def test_an_unknown_ones_ticket_tells_all_of_it(self) -> None:
        assert self.alone() == [(CONTACTED, 0)]
        assert self.alone(sent(40)) == [(CONTACTED, 1)]
        assert self.alone(sent(40), answered(5, 50, touchpoint="other")) == [(CONTACTED, 1), (RESCUED, 1)]
        assert self.alone(answered(5, 50, touchpoint="other")) == [(CONTACTED, 0), (RESCUED_ALONE, 1)]

    def test_only_the_measures_that_are_asked_for_are_told(self) -> None:
        more = (sent(40), answered(5, 50, touchpoint="other"))
        assert self.alone(*more, measures=(RESCUED,)) == [(RESCUED, 1)]
        assert self.alone(*more, measures=()) == []

    @pytest.mark.parametrize("by", ["customer", "bot", "system"])
    def test_a_message_of_anybody_else_is_no_contact(self, by: str) -> None:
        assert self.alone(sent(40, by=by)) == [(CONTACTED, 0)]

    @pytest.mark.parametrize(("more", "contacted"), [({"public": False}, 0), ({"auto": True}, 0), ({}, 1)])
    def test_a_note_and_an_automatic_message_are_none(self, more: dict[str, Any], contacted: int) -> None:
        assert self.alone(sent(40, **more)) == [(CONTACTED, contacted)]

    @pytest.mark.parametrize(("direction", "reached"), [("out", True), ("in", False)])
    def test_a_call_of_ours_that_was_taken_is_one(self, direction: str, reached: bool) -> None:
        call = {"contact": "c1", "media": "voice", "direction": direction}
        ticket = counted(
            created(), told("live.queued", 40, **call), told("live.answered", 41, by="agent", **call), answered(1, 30)
        )
        assert afterwards_of(ticket).contacts == ((at(41),) if reached else ())

    def test_an_answer_that_replaced_another_stands_alone(self) -> None:
        ticket = counted(created(), answered(1, 30), answered(5, 60))
        (one,) = afterwards_of(ticket).answers
        assert (one.at, one.good, one.is_followed_up) == (at(60), True, False)

    def test_it_is_due_a_day_later_and_decided_when_that_day_is_over(self) -> None:
        (one,) = afterwards_of(counted(created(), answered(1, 30))).answers
        assert one.due == at(30) + 24 * HOUR
        assert one.day == at(30) // DAY
        assert one.decided == one.day + 2
