"""Following bad answers up: when it is due, what counts as a contact, and who is satisfied again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.events import Event
from integrations.times import DAY, HOUR, Instant
from tests.workers.accounts_for_tests import add_account, take
from tests.workers.stories import MONDAY, answered, at, counted, created, sent, status, told
from workers import answer_list
from workers.accounts import Account
from workers.explain import ExplainRequest, explain
from workers.follow_ups import FollowUp, follow_ups
from workers.forget import forget
from workers.metrics.afterwards import CONTACTED, RESCUED, RESCUED_ALONE, Afterwards, Given, afterwards_of, judged
from workers.rebuild import forget_counts, rebuild, verify
from workers.reports import ReportRequest, report
from workers.runtime import Runtime

A_DAY = 24 * 60
OFFICE: dict[str, Any] = {
    "schedule": "main",
    "schedules": {"main": {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}},
}
#: The local day of the stories' Monday.
MONDAY_DAY = MONDAY // DAY


def due(*events: Event, **settings: Any) -> Instant | None:
    (given,) = (one for one in afterwards_of(counted(*events, **settings)).answers if one.is_followed_up)
    return given.due


def contacts(*events: Event, **settings: Any) -> tuple[Instant, ...]:
    return afterwards_of(counted(*events, **settings)).contacts


class TestDue:
    def test_without_a_schedule_after_24_hours(self) -> None:
        assert due(created(), answered(1, 30)) == at(30 + A_DAY)

    def test_after_24_business_hours_which_are_three_days_of_eight(self) -> None:
        assert due(created(), answered(1, 30), **OFFICE) == at(30 + 3 * A_DAY)
        friday = 4 * A_DAY + 7 * 60
        assert due(created(), answered(1, friday), **OFFICE) == at(friday + 5 * A_DAY)

    def test_in_the_hours_of_the_tickets_department(self) -> None:
        always = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
        schedules = {**OFFICE["schedules"], "always": always}
        settings = {**OFFICE, "schedules": schedules, "departments": {"night": {"schedule": "always"}}}
        assert due(created(department="night"), answered(1, 30), **settings) == at(30 + A_DAY)

    def test_never_where_no_opening_comes(self) -> None:
        assert due(created(), answered(1, 30), schedule="none", schedules={"none": {}}) is None

    @pytest.mark.parametrize(("score", "survey"), [(3, {}), (5, {}), (2, {"follow_up_below": 2})])
    def test_only_low_answers_are_due(self, score: int, survey: dict[str, Any]) -> None:
        (only,) = afterwards_of(counted(created(), answered(score, 30), surveys={"csat": survey})).answers
        assert not only.is_followed_up
        assert list(only.facts()) == []


class TestContact:
    def test_a_public_message_of_a_person_and_an_answered_call_of_ours(self) -> None:
        call = (
            told("live.queued", 7, contact="c1", media="voice", direction="out"),
            told("live.answered", 8, contact="c1", media="voice", direction="out", agent="eva"),
        )
        assert contacts(created(), sent(5), *call) == (at(5), at(8))

    def test_nothing_else(self) -> None:
        call = (
            told("live.queued", 7, contact="c1", media="voice", direction="in"),
            told("live.answered", 8, contact="c1", media="voice", direction="in", agent="eva"),
            told("live.queued", 9, contact="c2", media="voice", direction="out"),
        )
        others = (
            sent(1, public=False),
            sent(2, "customer"),
            sent(3, "bot"),
            sent(4, auto=True),
            sent(5, author="robot"),
            status("resolved", 6),
        )
        assert contacts(created(), *others, *call, bots={"authors": ["robot"]}) == ()


def low(day: int, *, survey: str = "s", within: int = DAY) -> Given:
    moment = MONDAY + day * DAY
    return Given(
        moment, survey, good=False, day=MONDAY_DAY + day, slices='["email",[]]', due=moment + within, decided=9
    )


def good(day: int, *, survey: str = "s") -> Given:
    return Given(MONDAY + day * DAY, survey, good=True)


def said_of_first(*tickets: Afterwards) -> tuple[int | None, int | None, int | None]:
    first = judged(tickets)[0].answers[0]
    return first.contacted, first.before_next, first.rescued


class TestWhatCameAfterwards:
    @pytest.mark.parametrize(("contact", "said"), [(None, 0), (0, 0), (1, 1), (DAY, 1), (DAY + 1, 0)])
    def test_a_contact_is_in_time_from_just_after_the_answer_to_the_last_moment(
        self, contact: int | None, said: int
    ) -> None:
        reached = () if contact is None else (MONDAY + contact,)
        assert said_of_first(Afterwards(reached, (low(0),)))[0] == said

    def test_on_whichever_ticket_of_the_customer(self) -> None:
        assert said_of_first(Afterwards((), (low(0),)), Afterwards((MONDAY + HOUR,))) == (1, None, None)

    def test_what_was_written_before_the_answer_is_none(self) -> None:
        assert said_of_first(Afterwards((MONDAY - HOUR,), (low(0),)))[0] == 0

    def test_whoever_answers_well_after_a_contact_is_satisfied_again(self) -> None:
        later = Afterwards((), (good(20),))
        assert said_of_first(Afterwards((MONDAY + HOUR,), (low(0),)), later) == (1, 1, 1)

    def test_without_a_contact_before_the_next_answer_it_is_told_apart(self) -> None:
        assert said_of_first(Afterwards((), (low(0),)), Afterwards((MONDAY + 30 * DAY,), (good(20),))) == (0, 0, 1)

    def test_a_bad_next_answer_is_one_too(self) -> None:
        assert said_of_first(Afterwards((), (low(0),)), Afterwards((), (low(3),))) == (0, 0, 0)

    @pytest.mark.parametrize(("days", "rescued"), [(90, 1), (91, None)])
    def test_within_90_days(self, days: int, rescued: int | None) -> None:
        assert said_of_first(Afterwards((), (low(0),)), Afterwards((), (good(days),)))[2] == rescued

    def test_a_change_of_mind_about_the_same_survey_is_no_next_answer(self) -> None:
        assert said_of_first(Afterwards((), (low(0), good(1))))[2] is None
        assert said_of_first(Afterwards((), (low(0), good(1, survey="another"))))[2] == 1

    def test_the_first_next_answer_decides(self) -> None:
        assert said_of_first(Afterwards((), (low(0),)), Afterwards((), (low(3),)), Afterwards((), (good(2),)))[2] == 1

    def test_two_answers_of_one_moment_are_no_trouble(self) -> None:
        twins = (low(0), low(0, survey="s")._replace(due=None), good(0))
        assert said_of_first(Afterwards((), twins), Afterwards((), (good(1),)))[2] == 1

    def test_an_answer_that_is_never_due_is_never_in_time_nor_late(self) -> None:
        (only,) = judged([Afterwards((), (low(0)._replace(due=None, decided=None),))])
        assert list(only.answers[0].facts()) == []

    @given(
        tickets=st.lists(
            st.tuples(
                st.lists(st.integers(0, 200), max_size=4).map(sorted),
                st.lists(st.tuples(st.integers(0, 200), st.sampled_from("ab"), st.booleans()), max_size=3),
            ),
            max_size=5,
        )
    )
    def test_it_is_what_a_look_at_everything_finds(
        self, tickets: list[tuple[list[int], list[tuple[int, str, bool]]]]
    ) -> None:
        listed = [
            Afterwards(
                tuple(MONDAY + day * DAY for day in reached),
                tuple((good if fine else low)(day, survey=survey) for day, survey, fine in answers),
            )
            for reached, answers in tickets
        ]
        everything = [(place, one) for place, ticket in enumerate(listed) for one in ticket.answers]
        reached = [moment for ticket in listed for moment in ticket.contacts]
        for place, ticket in enumerate(judged(listed)):
            for one in ticket.answers:
                assert (one.contacted, one.rescued) == naive(one, place, everything, reached)


def naive(
    one: Given, place: int, everything: Sequence[tuple[int, Given]], reached: Sequence[Instant]
) -> tuple[int | None, int | None]:
    if one.good or one.due is None:
        return None, None
    contacted = any(one.at < moment <= one.due for moment in reached)
    later = [
        (other.at, where, other)
        for where, other in everything
        if one.at < other.at <= one.at + 90 * DAY and (where, other.survey) != (place, one.survey)
    ]
    return int(contacted), int(min(later)[2].good) if later else None


def shares(runtime: Runtime, account: Account, *, day: int = 0, now: Instant) -> dict[str, tuple[int, int, int]]:
    """Numerator, denominator and undecided of the three figures."""
    names = (CONTACTED, RESCUED, RESCUED_ALONE)
    asked = ReportRequest(MONDAY_DAY + day, MONDAY_DAY + day, metrics=names)
    with runtime.database.read() as connection:
        total = report(connection, account, asked, now=now)["total"]
    return {
        name: (
            total[name].get("numerator") or 0,
            total[name].get("denominator") or 0,
            total[name].get("undecided") or 0,
        )
        for name in names
    }


def listed(runtime: Runtime, account: Account, now: Instant) -> tuple[FollowUp, ...]:
    with runtime.database.read() as connection:
        return follow_ups(connection, account, now=now)


class TestAccount:
    LATER = MONDAY + 10 * DAY

    def test_from_the_answer_to_the_figure(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, created(), answered(1, 30, comment="Never again"))
        assert shares(runtime, account, now=at(60))[CONTACTED] == (0, 0, 1)
        (waiting,) = listed(runtime, account, at(60))
        assert (waiting.state, waiting.due_at, waiting.comment) == ("waiting", at(30 + A_DAY), "Never again")
        assert [one.state for one in listed(runtime, account, at(31 + A_DAY))] == ["late"]

        take(runtime, account, created(A_DAY, "T2"), sent(A_DAY + 5, ticket="T2"))
        assert shares(runtime, account, now=self.LATER)[CONTACTED] == (1, 1, 0)
        assert [(one.state, one.contacted_at) for one in listed(runtime, account, self.LATER)] == [
            ("contacted_in_time", at(A_DAY + 5))
        ]
        assert list(verify(runtime.database, account)) == []

    def test_a_late_contact_is_shown_and_counts_as_none_in_time(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, created(), answered(1, 30), sent(31 + A_DAY))
        assert shares(runtime, account, now=self.LATER)[CONTACTED] == (0, 1, 0)
        assert [one.state for one in listed(runtime, account, self.LATER)] == ["contacted_late"]

    def test_of_a_customer_nobody_knows_the_ticket_itself_tells(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, created(customer=None), answered(1, 30), sent(40))
        take(runtime, account, created(0, "T2", customer=None), answered(1, 30, "T2"))
        assert shares(runtime, account, now=self.LATER)[CONTACTED] == (1, 2, 0)
        assert {one.ticket: one.state for one in listed(runtime, account, self.LATER)} == {
            "T1": "contacted_in_time", "T2": "late",
        }  # fmt: skip
        assert list(verify(runtime.database, account)) == []

    def test_satisfied_again(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, created(), answered(1, 30), sent(40))
        take(runtime, account, created(0, "B1", customer="bo"), answered(2, 30, "B1"))
        for name, customer in (("T2", "ana"), ("B2", "bo")):
            take(runtime, account, created(5 * A_DAY, name, customer=customer), answered(5, 6 * A_DAY, name))
        found = shares(runtime, account, now=self.LATER)
        assert (found[RESCUED], found[RESCUED_ALONE]) == ((1, 1, 0), (1, 1, 0))

    def test_spam_is_followed_by_nothing_and_a_merged_ticket_still_is(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, created(), answered(1, 30), status("spam", 60))
        take(runtime, account, created(0, "T2", customer="bo"), answered(1, 30, "T2"))
        take(runtime, account, told("ticket.merged", 60, "T2", into="T9"))
        assert shares(runtime, account, now=self.LATER)[CONTACTED] == (0, 1, 0)
        assert [one.ticket for one in listed(runtime, account, self.LATER)] == ["T2"]

    def test_an_answer_that_is_taken_back_takes_its_fact_along(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, created(), answered(1, 30))
        take(runtime, account, told("survey.invalidated", 45, kind="csat", reason="by mistake"))
        assert shares(runtime, account, now=self.LATER)[CONTACTED] == (0, 0, 0)
        assert listed(runtime, account, self.LATER) == ()
        assert list(verify(runtime.database, account)) == []

    def test_a_contact_is_never_a_reopening(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, created(), sent(5), status("resolved", 10), answered(1, 30), sent(40))
        with runtime.database.read() as connection:
            asked = ReportRequest(MONDAY_DAY, MONDAY_DAY, metrics=("reopen_rate", CONTACTED))
            total = report(connection, account, asked, now=self.LATER)["total"]
        assert (total["reopen_rate"]["numerator"], total[CONTACTED]["numerator"]) == (0, 1)

    def test_who_is_forgotten_leaves_the_figures(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, created(), answered(1, 30), sent(40))
        take(runtime, account, created(0, "T2", customer="bo"), answered(1, 30, "T2"))
        forget(runtime, "acme", "ana")
        assert shares(runtime, account, now=self.LATER)[CONTACTED] == (0, 1, 0)
        assert list(verify(runtime.database, account)) == []

    def test_counted_anew_it_is_the_same(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, created(), answered(1, 30), sent(40))
        before = shares(runtime, account, now=self.LATER)
        with runtime.database.write() as connection:
            forget_counts(connection, "acme")
        rebuild(runtime, "acme", progress=lambda _done, _of: None)
        assert shares(runtime, account, now=self.LATER) == before
        assert list(verify(runtime.database, account)) == []

    def test_its_explanation_names_the_ticket_of_the_answer(self, runtime: Runtime) -> None:
        account = add_account(runtime)
        take(runtime, account, created(), answered(1, 30))
        take(runtime, account, created(A_DAY, "T2"), sent(A_DAY + 5, ticket="T2"))
        with runtime.database.read() as connection:
            asked = ExplainRequest(CONTACTED, MONDAY_DAY, MONDAY_DAY)
            told_of = explain(connection, account, asked, now=self.LATER)
        assert [one["ticket"] for one in told_of["tickets"]] == ["T1"]


def test_deleting_a_ticket_of_an_excluded_department_brings_its_answer_nowhere(runtime: Runtime) -> None:
    account = add_account(runtime, exclude={"departments": ["lab"]})
    told = (created(department="lab"), answered(1, 10))
    for more in ((), (status("deleted", 20),)):
        take(runtime, account, *told, *more)
        with runtime.database.read() as connection:
            ((_, row),) = answer_list.listed(connection, "acme", limit=9)
            found = report(connection, account, ReportRequest(MONDAY_DAY, MONDAY_DAY, metrics=("csat",)), now=at(60))
        assert (row["counted"], row["reason"]) == (False, "department")
        assert found["total"]["csat"]["n"] == 0
        assert listed(runtime, account, at(60)) == ()
