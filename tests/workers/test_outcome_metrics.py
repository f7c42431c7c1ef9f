"""What came of the work: live contacts, resolutions that last, touches, transfers and what customers said of it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.events import Event
from tests.workers.small_world import tell
from tests.workers.standing import Clock, add_account
from tests.workers.stories import answered, at, counted, created, rules, sent, status, told
from tests.workers.test_metrics import MONDAY_DAY, figure
from workers import wording
from workers.accounts import Account
from workers.metrics import METRICS, facts_of
from workers.metrics.base import Counted
from workers.metrics.facts import Fact
from workers.reports import ReportRequest, report
from workers.runtime import Runtime
from workers.statistics.intervals import nps_interval
from workers.store import figures
from workers.tickets import fold
from workers.wording.language import language

_SECOND = 1 / 60
_HOUR = 60.0
_DAY = 24 * _HOUR
Told = list[Event]


def contact(
    media: str | None = "chat",
    *,
    took: float | None = None,
    gave_up: float | None = None,
    id_: str = "c1",
    agent: str = "eva",
    **about: Any,
) -> Told:
    """A contact queued a minute after creation; it was answered or ended after so many seconds."""
    about = {"contact": id_, **({"media": media} if media else {}), **about}
    events = [told("live.queued", 1, **about)]
    if took is not None:
        events.append(told("live.answered", 1 + took * _SECOND, agent=agent, **about))
    if gave_up is not None:
        events.append(told("live.ended", 1 + gave_up * _SECOND, outcome="abandoned", **about))
    return events


def live(*contacts: Told, **settings: Any) -> Counted:
    """A chat ticket with these contacts."""
    return counted(created(channel="chat", department="desk"), *chain(*contacts), **settings)


def facts_named(ticket: Counted, measure: str) -> list[Fact]:
    return [fact for fact in facts_of(ticket) if fact.measure == measure]


def credited(ticket: Counted, measure: str) -> list[tuple[str, str]]:
    """Agent and department of each fact of a measure."""
    pairs = [dict(fact.slices.pairs) for fact in facts_named(ticket, measure)]
    return [(pair["agent"], pair["department"]) for pair in pairs]


def share(name: str, *tickets: Counted, as_of: int | None = None) -> tuple[int | None, int | None]:
    """Numerator and denominator."""
    found = figure(name, *tickets) if as_of is None else figure(name, *tickets, as_of=as_of)
    return found.numerator, found.denominator


class TestLiveContacts:
    def test_the_pick_up_time_is_from_queued_to_answered(self) -> None:
        found = figure("pickup_time", live(contact(took=12)), live(contact(took=30)))
        assert (found.value, found.n, found.unit) == (21, 2, "s")

    def test_it_has_no_business_time_even_where_there_is_a_schedule(self) -> None:
        ticket = live(contact(took=12), schedule="s", schedules={"s": {"mon": ["13:00-14:00"]}})
        assert figure("pickup_time", ticket).value == 12
        assert not facts_named(ticket, "pickup_time_business")

    @pytest.mark.parametrize(("seconds", "abandoned", "short"), [(9.9, 0, 1), (10, 1, 0), (10.1, 1, 0), (600, 1, 0)])
    def test_who_leaves_before_ten_seconds_is_on_neither_side_and_listed(
        self, seconds: float, abandoned: int, short: int
    ) -> None:
        ticket = live(contact(gave_up=seconds))
        assert share("abandon_rate", ticket, live(contact(took=5))) == (abandoned, 1 + abandoned)
        assert share("service_level", ticket, live(contact(took=5))) == (1, 1 + abandoned)
        assert figure("short_abandons", ticket).n == short

    @pytest.mark.parametrize(
        ("media", "seconds", "in_time"),
        [("voice", 20, 1), ("voice", 20.001, 0), ("chat", 20.001, 1), ("chat", 60, 1), ("chat", 60.001, 0)],
    )
    def test_in_time_is_up_to_the_last_moment(self, media: str, seconds: float, in_time: int) -> None:
        assert share("service_level", live(contact(media, took=seconds))) == (in_time, 1)

    def test_without_a_medium_a_call_is_known_by_its_channel(self) -> None:
        by_channel = [counted(created(channel=channel), *contact(None, took=30)) for channel in ("voice", "chat")]
        assert [share("service_level", ticket) for ticket in by_channel] == [(0, 1), (1, 1)]

    def test_who_still_waits_contributes_nothing_yet(self) -> None:
        waiting = live(contact())
        assert not [
            fact for name in ("pickup_time", "abandon_rate", "service_level") for fact in facts_named(waiting, name)
        ]
        assert figure("abandon_rate", waiting).value is None

    def test_ringing_at_several_agents_is_one_contact(self) -> None:
        rung = [told("live.queued", 1, contact="c1", media="voice", agent=agent) for agent in ("jo", "max")]
        ticket = live([*rung, *contact("voice", took=15)])
        assert share("service_level", ticket) == (1, 1)
        assert credited(ticket, "pickup_time") == [("eva", "desk")]

    def test_each_contact_of_a_ticket_counts(self) -> None:
        ticket = live(contact(gave_up=40, id_="a"), contact(took=5, id_="b"), contact(gave_up=3, id_="c"))
        assert share("abandon_rate", ticket) == (1, 2)
        assert figure("short_abandons", ticket).value == 1

    @pytest.mark.parametrize(("direction", "offered"), [("in", 1), ("out", 0), ("internal", 0)])
    def test_our_own_calls_are_not_offered(self, direction: str, offered: int) -> None:
        assert figure("pickup_time", live(contact("voice", took=5, direction=direction))).n == offered
        assert share("abandon_rate", live(contact("voice", gave_up=50, direction=direction)))[1] == offered

    def test_what_was_handled_without_a_moment_of_answering_was_not_abandoned(self) -> None:
        about = {"contact": "c1", "media": "chat"}
        ticket = live([told("live.queued", 1, **about), told("live.ended", 9, outcome="handled", **about)])
        assert share("abandon_rate", ticket) == (0, 0)

    @pytest.mark.parametrize("outcome", ["missed", "voicemail"])
    def test_every_other_unanswered_end_is_an_abandoned_contact(self, outcome: str) -> None:
        about = {"contact": "c1", "media": "voice"}
        ticket = live([told("live.queued", 1, **about), told("live.ended", 2, outcome=outcome, **about)])
        assert share("abandon_rate", ticket) == (1, 1)

    def test_the_department_is_that_of_the_moment_and_an_abandoned_contact_is_nobodys(self) -> None:
        moves = [told("ticket.moved", 1 + 20 * _SECOND, department="sales"), told("ticket.assigned", 2, agent="ivo")]
        rung = told("live.queued", 1, contact="b", media="chat", agent="jo")
        ticket = live(contact(took=10, id_="a"), [rung, *contact(gave_up=30, id_="b")[1:]], moves)
        assert credited(ticket, "pickup_time") == [("eva", "desk")]
        assert credited(ticket, "abandon_rate") == [("", "sales")]

    def test_a_contact_belongs_to_the_day_it_was_queued(self) -> None:
        ten_to_midnight, past_midnight = 15 * _HOUR - 10, 15 * _HOUR + 5
        ticket = live(
            [
                told("live.queued", ten_to_midnight, contact="c", media="chat"),
                told("live.answered", past_midnight, contact="c", media="chat", agent="eva"),
            ]
        )
        assert [fact.day for fact in facts_named(ticket, "pickup_time")] == [MONDAY_DAY]
        assert figure("pickup_time", ticket).value == 15 * 60

    def test_an_answer_before_the_queue_took_no_time(self) -> None:
        ticket = live([told("live.queued", 1, contact="c"), told("live.answered", 0.5, contact="c")])
        assert figure("pickup_time", ticket).value == 0

    def test_the_contacts_of_spam_are_not_offered(self) -> None:
        assert share("service_level", live(contact(took=5), [status("spam", 9)])) == (0, 0)

    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 200)), max_size=6))
    def test_both_shares_have_the_same_offered_contacts(self, ends: list[tuple[bool, int]]) -> None:
        told_of = [
            contact(id_=str(place), took=seconds if took else None, gave_up=None if took else seconds)
            for place, (took, seconds) in enumerate(ends)
        ]
        ticket = live(*told_of)
        offered = sum(took or seconds >= 10 for took, seconds in ends)
        assert share("abandon_rate", ticket)[1] == share("service_level", ticket)[1] == offered
        assert figure("short_abandons", ticket).n == len(ends) - offered


class TestResolutions:
    TWICE = (
        status("resolved", 10, by="agent", author="jo"),
        status("open", 2 * _DAY),
        status("resolved", 3 * _DAY, by="agent", author="max"),
        status("open", 4 * _DAY),
        status("resolved", 5 * _DAY, by="agent", author="zoe"),
    )

    def test_a_ticket_opened_again_twice_has_three_resolutions_of_which_one_lasts(self) -> None:
        ticket = counted(created(), *self.TWICE)
        assert figure("resolved_volume", ticket).value == 3
        assert share("reopen_rate", ticket) == (2, 3)

    def test_each_is_credited_to_who_resolved_the_department_and_the_tags_then(self) -> None:
        ticket = counted(
            created(department="desk", tags=["a"]),
            self.TWICE[0],
            told("ticket.moved", 20, department="sales"),
            told("ticket.tagged", 21, tags=["b", "noise"]),
            *self.TWICE[1:3],
            told("ticket.assigned", 4 * _DAY, agent="ivo"),
            told("ticket.tagged", 4 * _DAY, tags=["c"]),
            tags={"ignore": ["noise"]},
        )
        tags = [dict(fact.slices.pairs)["tag"] for fact in facts_named(ticket, "reopen_rate")]
        assert credited(ticket, "reopen_rate") == [("jo", "desk"), ("max", "sales")]
        assert tags == ["a", "b"]

    def test_one_that_is_undone_keeps_the_tags_it_had(self) -> None:
        ticket = counted(created(tags=["a"]), self.TWICE[0], told("ticket.tagged", 20, tags=["b"]), self.TWICE[1])
        (fact,) = facts_named(ticket, "reopen_rate")
        assert dict(fact.slices.pairs)["tag"] == "a"

    @pytest.mark.parametrize(
        ("after", "undone"), [(7 * _DAY - _SECOND, 1), (7 * _DAY, 1), (7 * _DAY + _SECOND, 0), (30 * _DAY, 0)]
    )
    def test_undone_at_exactly_seven_days_is_within_them(self, after: float, undone: int) -> None:
        ticket = counted(created(), status("resolved", 10), status("open", 10 + after))
        assert share("reopen_rate", ticket) == (undone, 1)

    def test_the_last_seven_days_are_undecided_even_where_it_is_undone_already(self) -> None:
        ticket = counted(created(), status("resolved", 10), status("open", 20))
        young = figure("reopen_rate", ticket, as_of=MONDAY_DAY + 7)
        assert (young.n, young.undecided, young.value) == (0, 1, None)
        assert share("reopen_rate", ticket, as_of=MONDAY_DAY + 8) == (1, 1)

    def test_the_volume_counts_the_undecided_too(self) -> None:
        ticket = counted(created(), *self.TWICE)
        assert figure("resolved_volume", ticket, as_of=MONDAY_DAY + 8).value == 3
        assert figure("reopen_rate", ticket, as_of=MONDAY_DAY + 8).undecided == 2

    @pytest.mark.parametrize(
        "events",
        [
            [status("resolved", 10), status("closed", 20)],
            [status("resolved", 10), status("deleted", 20), status("resolved", 30)],
            [status("resolved", 10), status("spam", 20), status("closed", 30)],
            [status("closed", 10), status("closed", 20)],
        ],
    )
    def test_saying_again_what_holds_is_no_second_resolution(self, events: Told) -> None:
        ticket = counted(created(), *events)
        assert figure("resolved_volume", ticket).value == 1
        assert share("reopen_rate", ticket) == (0, 1)

    def test_a_deletion_that_ends_in_an_open_ticket_undoes_the_resolution_then(self) -> None:
        ticket = counted(created(), status("resolved", 10), status("deleted", 20), status("open", 30))
        assert share("reopen_rate", ticket) == (1, 1)

    @pytest.mark.parametrize(
        "events",
        [
            [sent(5), status("resolved", 6), status("spam", 9)],
            [told("ticket.merged", 5, into="T2"), status("closed", 6)],
            [status("resolved", 5), status("deleted", 6)],
        ],
    )
    def test_spam_after_a_reply_and_the_desks_own_close_of_a_merged_ticket_solve_nothing(self, events: Told) -> None:
        ticket = counted(created(), *events)
        assert figure("resolved_volume", ticket).value is None
        assert figure("closing_ratio", ticket).n == 0

    def test_a_resolution_belongs_to_its_own_day(self) -> None:
        ticket = counted(created(), *self.TWICE)
        assert [fact.day - MONDAY_DAY for fact in facts_named(ticket, "reopen_rate")] == [0, 3, 5]

    def test_the_closing_ratio_may_exceed_a_hundred_and_has_no_interval(self) -> None:
        found = figure("closing_ratio", counted(created(), *self.TWICE), counted(created()))
        assert (found.value, found.numerator, found.denominator) == (150, 3, 2)
        assert (found.low, found.high) == (None, None)

    def test_it_takes_our_own_tickets_on_both_sides(self) -> None:
        ours = counted(created(by="agent"), sent(0), status("resolved", 10))
        found = figure("closing_ratio", ours, counted(created()))
        assert (found.numerator, found.denominator) == (1, 2)

    def test_where_nothing_was_created_there_is_no_ratio(self) -> None:
        assert figure("closing_ratio").value is None

    def test_volume_and_ratio_have_no_facts_of_their_own(self) -> None:
        ticket = counted(created(), *self.TWICE)
        own = [metric for metric in METRICS if metric.name in ("resolved_volume", "closing_ratio")]
        assert [list(metric.facts(ticket)) for metric in own] == [[], []]
        assert all(metric.reads for metric in own)


class TestTouches:
    def solved(self, *events: Event, channel: str = "email", **settings: Any) -> Counted:
        return counted(created(channel=channel), *events, status("resolved", 90), **settings)

    @pytest.mark.parametrize(
        ("channel", "events", "one", "zero"),
        [
            ("email", [sent(5)], 1, 0),
            ("email", [sent(5), sent(6)], 0, 0),
            ("email", [], 0, 1),
            ("email", [sent(5), sent(6, public=False)], 1, 0),
            ("email", [sent(5, public=False)], 0, 1),
            ("email", [sent(1, auto=True), sent(5)], 1, 0),
            ("email", [sent(1, "bot"), sent(5)], 1, 0),
            ("chat", [sent(5), sent(6), sent(7)], 1, 0),
            ("chat", [sent(5), sent(6, "customer"), sent(7)], 0, 0),
            ("messaging", [sent(5), sent(6, "customer", auto=True), sent(7)], 1, 0),
            ("voice", contact("voice", took=5), 1, 0),
        ],
    )
    def test_what_is_one_touch_and_what_is_none(self, channel: str, events: Told, one: int, zero: int) -> None:
        ticket = self.solved(*events, channel=channel)
        assert share("one_touch_rate", ticket) == (one, 1)
        assert share("zero_touch_rate", ticket) == (zero, 1)

    def test_what_was_opened_again_is_no_one_touch(self) -> None:
        assert share("one_touch_rate", self.solved(sent(5), status("resolved", 6), status("open", 7))) == (0, 1)

    @pytest.mark.parametrize(
        "ticket",
        [
            counted(created(by="agent"), sent(1), status("resolved", 5)),
            counted(created(), sent(1, "bot"), status("resolved", 5)),
            counted(created(), sent(1, author="robo"), status("resolved", 5), bots={"authors": ["robo"]}),
            counted(created(), sent(1)),
            counted(created(), sent(1), status("resolved", 5), status("open", 6)),
            counted(created(), sent(1), status("resolved", 5), status("spam", 6)),
        ],
        ids=["outbound", "bot", "an author who is a bot", "unresolved", "open again", "spam"],
    )
    def test_on_neither_side(self, ticket: Counted) -> None:
        assert share("one_touch_rate", ticket) == share("zero_touch_rate", ticket) == (0, 0)

    def test_it_is_credited_to_who_resolved_on_the_day_of_the_last_resolution(self) -> None:
        ticket = counted(
            created(),
            sent(5, author="jo"),
            status("resolved", 10),
            status("open", 20),
            status("resolved", 2 * _DAY, by="agent", author="max"),
            told("ticket.assigned", 3 * _DAY, agent="ivo"),
        )
        assert credited(ticket, "one_touch_rate") == [("max", "")]
        assert [fact.day for fact in facts_named(ticket, "one_touch_rate")] == [MONDAY_DAY + 2]


class TestBotsAlone:
    def test_tickets_that_only_a_bot_answered_have_a_row_of_their_own(self) -> None:
        alone = counted(created(), sent(1, "bot"), status("resolved", 5))
        unsolved = counted(created(), sent(1, "bot"))
        both = counted(created(), sent(1, "bot"), sent(2), status("resolved", 5))
        tickets = (alone, unsolved, both, counted(created(), status("resolved", 5)))
        assert share("resolution_rate_bot", *tickets) == (1, 2)
        assert share("resolution_rate", *tickets) == (3, 4)

    def test_our_own_tickets_are_not_among_them(self) -> None:
        ours = counted(created(by="agent"), sent(0, author="robo"), status("resolved", 5), bots={"authors": ["robo"]})
        assert share("resolution_rate_bot", ours) == (0, 0)


class TestTransfers:
    def moved(self, *minutes: float) -> Told:
        return [told("ticket.moved", minute, department=f"d{place}") for place, minute in enumerate(minutes)]

    def test_only_changes_after_the_first_response_are_transfers(self) -> None:
        ticket = counted(created(), *self.moved(1, 5, 9, 12), sent(5))
        assert figure("transfers", ticket).numerator == 2

    def test_the_figure_is_the_mean_of_every_ticket(self) -> None:
        moved = counted(created(), sent(1), *self.moved(2, 3, 4))
        still = [counted(created(), sent(1)), counted(created()), counted(created(by="agent"), sent(0))]
        found = figure("transfers", moved, *still)
        assert (found.value, found.n, found.numerator, found.unit) == (0.75, 4, 3, "transfers")

    def test_where_nothing_was_moved_the_mean_is_zero_and_of_no_ticket_it_is_none(self) -> None:
        assert figure("transfers", counted(created(), sent(1))).value == 0
        assert figure("transfers").value is None

    def test_an_unanswered_ticket_has_none_and_coming_to_another_channel_is_none(self) -> None:
        assert figure("transfers", counted(created(), *self.moved(1, 2))).numerator == 0
        assert figure("transfers", counted(created(), sent(1), told("ticket.moved", 2, channel="chat"))).numerator == 0

    def test_they_belong_to_the_day_and_the_first_responder_of_the_ticket(self) -> None:
        ticket = counted(created(department="desk"), sent(1, author="jo"), *self.moved(2 * _DAY), sent(3 * _DAY))
        assert credited(ticket, "transfers") == credited(ticket, "ticket_volume") == [("jo", "desk")]
        assert [fact.day for fact in facts_named(ticket, "transfers")] == [MONDAY_DAY]


def nps_of(scores: Iterable[float], scale: tuple[int, int] = (0, 10)) -> list[Counted]:
    """One answer a ticket."""
    return [counted(created(), answered(score, 5, kind="nps", scale=list(scale))) for score in scores]


class TestNps:
    def test_three_hundred_promoters_and_a_hundred_detractors_of_five_hundred_are_forty(self) -> None:
        (one, two, three) = nps_of((9, 8, 6))
        found = figure("nps", *[one] * 300, *[two] * 100, *[three] * 100)
        assert (found.value, found.numerator, found.denominator, found.unit) == (40, 200, 500, "points")
        assert found.distribution == {"9": 300, "8": 100, "6": 100}

    def test_each_score_has_its_side(self) -> None:
        sides = [figure("nps", *nps_of([score] * 5)).value for score in range(11)]
        assert sides == [-100.0] * 7 + [0.0] * 2 + [100.0] * 2

    @pytest.mark.parametrize(
        ("promoters", "passives", "detractors", "low", "high"),
        [(7, 3, 2, -5.50, 72.17), (20, 0, 0, 69.68, 100), (10, 20, 10, -21.13, 21.13), (0, 0, 20, -100, -69.68)],
    )
    def test_the_interval_is_the_adjusted_wald_within_the_scale(
        self, promoters: int, passives: int, detractors: int, low: float, high: float
    ) -> None:
        found = figure("nps", *nps_of([10] * promoters + [7] * passives + [0] * detractors))
        assert found.low == pytest.approx(low, abs=0.006)
        assert found.high == pytest.approx(high, abs=0.006)

    def test_below_five_answers_there_are_only_the_counts(self) -> None:
        found = figure("nps", *nps_of([10, 10, 9, 0]))
        assert (found.value, found.low, found.n, found.numerator) == (None, None, 4, 2)
        assert found.distribution == {"0": 1, "9": 1, "10": 2}
        assert figure("nps", *nps_of([10] * 5)).value == 100

    @pytest.mark.parametrize("scale", [(1, 10), (1, 5), (0, 9)])
    def test_another_scale_is_shown_and_not_scored(self, scale: tuple[int, int]) -> None:
        found = figure("nps", *nps_of([scale[1]] * 6, scale))
        assert (found.value, found.low, found.n, found.numerator) == (None, None, 6, None)
        assert found.distribution == {str(scale[1]): 6}
        assert found.note == f"the scale {scale[0]}-{scale[1]} is not 0-10"

    def test_two_scales_are_two_parts(self) -> None:
        found = figure("nps", *nps_of([10] * 5), *nps_of([10] * 6, (1, 10)))
        assert (found.value, found.n) == (None, 11)
        assert {name: part.value for name, part in (found.parts or {}).items()} == {"0-10": 100, "1-10": None}

    def test_half_a_point_below_a_promoter_is_passive(self) -> None:
        assert figure("nps", *nps_of([8.5, 6.5, 8.5, 6.5, 9])).numerator == 1

    @given(st.lists(st.integers(0, 10), min_size=5, max_size=30))
    def test_the_score_is_never_off_its_scale_and_mirrors_with_its_sides(self, scores: list[int]) -> None:
        found = figure("nps", *nps_of(scores))
        promoters, detractors = sum(score >= 9 for score in scores), sum(score <= 6 for score in scores)
        assert found.value == pytest.approx(100 * (promoters - detractors) / len(scores))
        assert (found.low, found.high) == nps_interval(promoters, detractors, len(scores))
        assert -100 <= (found.low or 0) <= (found.high or 0) <= 100


class TestAnswers:
    def test_a_rating_after_a_reassignment_stays_with_who_held_the_ticket_when_it_was_asked_for(self) -> None:
        ticket = counted(
            created(department="desk"),
            sent(5, author="jo"),
            told("survey.sent", 10, kind="nps"),
            told("ticket.assigned", 20, agent="ivo"),
            told("ticket.moved", 20, department="sales"),
            sent(25, author="ivo"),
            answered(9, 30, kind="nps", scale=[0, 10]),
        )
        assert credited(ticket, "nps:0:10:") == [("jo", "desk")]

    @pytest.mark.parametrize("kind", ["csat", "nps"])
    def test_a_second_rating_replaces_the_first_and_an_equal_one_changes_nothing(self, kind: str) -> None:
        scale = [0, 10] if kind == "nps" else [1, 5]
        first, second, again = (
            answered(score, minute, kind=kind, scale=scale) for score, minute in ((1, 5), (4, 9), (4, 2 * _DAY))
        )
        ticket = counted(created(), first, second, again)
        assert figure(kind, ticket).distribution == {"4": 1}
        assert [fact.day for fact in facts_of(ticket) if fact.measure.startswith(kind)] == [MONDAY_DAY]

    def test_an_answer_in_the_next_period_counts_there(self) -> None:
        ticket = counted(
            created(), told("survey.sent", 10, kind="nps"), answered(9, 8 * _DAY, kind="nps", scale=[0, 10])
        )
        assert [fact.day for fact in facts_named(ticket, "nps:0:10:")] == [MONDAY_DAY + 8]
        assert [fact.day for fact in facts_named(ticket, "ticket_volume")] == [MONDAY_DAY]

    def test_an_invalidated_answer_leaves(self) -> None:
        given_ = answered(9, 5, kind="nps", scale=[0, 10])
        assert figure("nps", counted(created(), given_, told("survey.invalidated", 6, kind="nps"))).n == 0

    def test_a_deleted_or_merged_ticket_keeps_its_nps_and_spam_does_not(self) -> None:
        given_ = answered(9, 5, kind="nps", scale=[0, 10])
        ends = (status("deleted", 9), told("ticket.merged", 9, into="T2"), status("spam", 9))
        assert [figure("nps", counted(created(), given_, end)).n for end in ends] == [1, 1, 0]

    def test_csat_shows_neutral_and_negative_answers_in_its_distribution(self) -> None:
        tickets = [counted(created(), answered(score, 5)) for score in (5, 4, 4, 3, 3, 3, 2, 1)]
        found = figure("csat", *tickets)
        assert (found.value, found.numerator, found.denominator) == (37.5, 3, 8)
        assert found.distribution == {"1": 1, "2": 1, "3": 3, "4": 2, "5": 1}
        assert figure("csat_mean", *tickets).value == pytest.approx(25 / 8)


class TestStored:
    @pytest.fixture
    def account(self, runtime: Runtime, clock: Clock) -> Account:
        clock.now = at(20 * _DAY)
        return add_account(runtime, "acme", time_zone="Europe/Zagreb")

    def total(self, runtime: Runtime, account: Account, *names: str) -> dict[str, Any]:
        request = ReportRequest(MONDAY_DAY, MONDAY_DAY + 20, metrics=names)
        with runtime.database.read() as connection:
            found: dict[str, Any] = report(connection, account, request, now=runtime.clock())["total"]
        return found

    def test_a_ticket_that_is_opened_again_late_corrects_the_days_before(
        self, runtime: Runtime, account: Account
    ) -> None:
        tell(runtime, account, [created(), sent(5), status("resolved", 10), status("resolved", 17 * _DAY, "T2")])
        tell(runtime, account, [created(16 * _DAY, "T2")])
        names = ("resolved_volume", "closing_ratio", "reopen_rate", "one_touch_rate")
        before = self.total(runtime, account, *names)
        figures.compact(runtime.database, "acme", budget_seconds=5)
        tell(runtime, account, [status("open", 6 * _DAY)])
        after = self.total(runtime, account, *names)
        assert [found["reopen_rate"]["numerator"] for found in (before, after)] == [0, 1]
        assert [found["one_touch_rate"]["denominator"] for found in (before, after)] == [2, 1]
        assert after["reopen_rate"]["undecided"] == 1
        assert (after["resolved_volume"]["value"], after["closing_ratio"]["value"]) == (2, 100)

    def test_live_contacts_are_the_same_folded_or_not(self, runtime: Runtime, account: Account) -> None:
        names = ("pickup_time", "abandon_rate", "short_abandons", "service_level", "transfers", "nps")
        tell(runtime, account, list(TestAnyOrder.STORY))
        before = self.total(runtime, account, *names)
        figures.compact(runtime.database, "acme", budget_seconds=5)
        assert self.total(runtime, account, *names) == before
        assert [before[name]["n"] for name in names] == [1, 1, 1, 1, 1, 1]


class TestBetter:
    def test_each_metric_says_which_way_is_good_news(self) -> None:
        better = {metric.name: metric.better for metric in METRICS}
        up = (
            "service_level",
            "closing_ratio",
            "one_touch_rate",
            "resolution_rate",
            "csat",
            "nps",
            "survey_response_rate",
        )
        down = ("pickup_time", "abandon_rate", "reopen_rate", "transfers")
        assert {better[name] for name in up} == {"higher"}
        assert {better[name] for name in down} == {"lower"}
        assert {better[name] for name in ("resolved_volume", "ces")} == {""}


class TestAnyOrder:
    STORY = (
        created(channel="chat", department="desk"),
        *contact(gave_up=3, id_="a"),
        *contact(took=15, id_="b"),
        sent(4),
        told("ticket.moved", 5, department="sales"),
        *TestResolutions.TWICE,
        told("survey.sent", 6 * _DAY, kind="nps"),
        answered(9, 6 * _DAY + 5, kind="nps", scale=[0, 10]),
    )

    @given(st.permutations(STORY))
    def test_the_facts_are_the_same(self, events: list[Event]) -> None:
        assert facts_of(Counted(fold("T1", events), rules())) == facts_of(counted(*self.STORY))


#: Five tickets, so that there is a score.
TELLING = [counted(*TestAnyOrder.STORY)] * 5


class TestWords:
    def test_each_figure_can_be_read_aloud(self) -> None:
        said = {
            name: wording.figure(figure(name, *TELLING).json(), language("en"))
            for name in ("short_abandons", "resolved_volume", "closing_ratio", "transfers", "nps")
        }
        assert said == {
            "short_abandons": "5",
            "resolved_volume": "15",
            "closing_ratio": "300% (15 to 5)",
            "transfers": "1 on average (5)",
            "nps": "100 (5, likely 17.49 to 100)",
        }

    def test_more_of_what_is_counted_is_more(self) -> None:
        before = figure("resolved_volume", *TELLING[:1]).json()
        assert (
            wording.difference(figure("resolved_volume", *TELLING).json(), before, language("en")).text
            == "12 more than 3"
        )
