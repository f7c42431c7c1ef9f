"""Every metric: what a ticket's facts are, and what their sums say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.events import Event
from integrations.times import instant_of_iso
from tests.workers.stories import answered, at, counted, created, sent, status, told
from workers.metrics import METRICS, facts_of, figures_of
from workers.metrics.answers import Scale
from workers.metrics.base import Counted, Figure, Measures, Sums
from workers.metrics.csat import is_negative, is_positive
from workers.metrics.facts import Fact, read_facts, write_facts

MONDAY_DAY = date(2026, 3, 2).toordinal() - date(1970, 1, 1).toordinal()
#: A day on which everything told here is decided.
LATER = MONDAY_DAY + 100


def sums_of(facts: Iterable[Fact], as_of: int = LATER) -> Measures:
    """The facts added up by hand, as a naive reader would."""
    found: dict[str, Sums] = {}
    for fact in facts:
        sums = found.setdefault(fact.measure, Sums())
        if fact.decided is not None and fact.decided > as_of:
            sums.undecided += fact.n
            continue
        sums.n += fact.n
        sums.total += fact.total
        if fact.value is not None:
            sums.values.append(np.array([fact.value], np.int64))
    return found


def figure(name: str, *tickets: Counted, as_of: int = LATER) -> Figure:
    """A figure over these tickets."""
    return figures_of(sums_of([fact for ticket in tickets for fact in facts_of(ticket)], as_of))[name]


def slices_of(ticket: Counted, measure: str) -> dict[str, str]:
    """The slices of a ticket's only fact of this measure."""
    (fact,) = [fact for fact in facts_of(ticket) if fact.measure == measure]
    return dict(fact.slices.pairs)


def csat(scores: Iterable[float], scale: list[int]) -> Figure:
    """The CSAT of one answer a ticket."""
    return figure("csat", *(counted(created(), answered(score, 5, scale=scale)) for score in scores))


def test_every_metric_says_everything_about_itself() -> None:
    for metric in METRICS:
        said = (metric.title, metric.definition, metric.formula, metric.cohort, metric.exclusions, metric.source)
        assert all(said)
        assert metric.name in metric.figures


def test_every_figure_that_is_made_is_declared() -> None:
    assert list(figures_of({})) == [name for metric in METRICS for name in metric.figures]


def test_every_fact_is_of_a_declared_measure() -> None:
    ticket = counted(created(), sent(5), status("resolved", 9), answered(5, 20), told("survey.sent", 10, kind="csat"))
    declared = {prefix for metric in METRICS for prefix in metric.measures}
    assert {fact.measure.split(":")[0] for fact in facts_of(ticket)} <= declared


@given(st.lists(st.sampled_from(["ticket.created", "message.sent", "ticket.assigned", "ticket.moved"]), max_size=6))
def test_a_ticket_without_what_a_metric_needs_has_no_facts_of_it(types: list[str]) -> None:
    """No resolution, contact, survey or answer: then even asking would give nothing."""
    known = {
        "ticket.created": created(),
        "message.sent": sent(5),
        "ticket.assigned": told("ticket.assigned", 6, agent="eva"),
        "ticket.moved": told("ticket.moved", 7, department="b"),
    }
    ticket = counted(created(), *(known[type_] for type_ in types))
    needing = [metric for metric in METRICS if metric.needs]
    assert {metric.needs for metric in needing} == {"resolutions", "contacts", "surveys", "answers"}
    assert [fact for metric in needing for fact in metric.facts(ticket)] == []


def test_facts_come_in_the_order_of_the_metrics_so_that_the_same_ones_give_the_same_text() -> None:
    told_all = (created(), sent(5), status("resolved", 9), answered(5, 20), told("survey.sent", 10, kind="csat"))
    facts = facts_of(counted(*told_all))
    owners = [next(m for m in METRICS if fact.measure.split(":")[0] in m.measures) for fact in facts]
    for gate in {metric.left_out for metric in owners}:
        places = [METRICS.index(metric) for metric in owners if metric.left_out is gate]
        assert places == sorted(places)


def test_of_nothing_there_is_no_value_never_zero() -> None:
    assert {made.value for made in figures_of({}).values()} == {None}
    assert {made.n for made in figures_of({}).values()} == {0}


def test_volume_counts_inbound_tickets_and_ours_beside_them() -> None:
    ours = counted(created(by="agent"), sent(0))
    assert figure("ticket_volume", counted(created()), ours).n == 1
    assert figure("ticket_volume_outbound", counted(created()), ours).value == 1


def test_a_ticket_that_an_agent_entered_for_a_customer_is_inbound() -> None:
    assert figure("ticket_volume", counted(created(by="agent"), sent(0, "customer"), sent(5))).value == 1


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([status("open", 1)], "incomplete"),
        ([created(), told("ticket.merged", 5, into="T2"), status("deleted", 6)], "merged"),
        ([created(), status("deleted", 5)], "deleted"),
        ([created(), status("spam", 5)], "spam"),
        ([created(channel="internal")], "channel"),
        ([created(channel="sms")], "channel"),
        ([created(department="test")], "department"),
        ([created(tags=["ignore-me"])], "tag"),
        ([created(tags=["deskpulse-summary"])], "tag"),
    ],
)
def test_out_of_every_count_is_each_reason_in_its_order(events: list[Event], reason: str) -> None:
    exclude = {"channels": ["sms"], "departments": ["test"], "tags": ["ignore-me"]}
    ticket = counted(*events, exclude=exclude)
    assert ticket.excluded == reason
    assert facts_of(ticket) == []


def test_first_response_is_the_first_public_message_of_a_person() -> None:
    ticket = counted(
        created(),
        sent(1, by="bot"),
        sent(2, public=False),
        sent(3, auto=True),
        sent(7, author="max", department="sales"),
        sent(9),
    )
    assert figure("first_response_time", ticket).value == 7 * 60
    assert slices_of(ticket, "first_response_time")["agent"] == "max"
    assert slices_of(ticket, "first_response_time")["department"] == "sales"


def test_an_author_who_is_a_bot_by_the_settings_does_not_respond() -> None:
    events = [created(), sent(1, author="robo"), sent(8)]
    assert figure("first_response_time", counted(*events, bots={"authors": ["robo"]})).value == 8 * 60
    assert figure("first_response_time", counted(*events)).value == 60


def test_after_a_bot_the_clock_starts_at_the_handover() -> None:
    ticket = counted(created(), sent(1, by="bot"), told("ticket.handover", 10), sent(14))
    assert figure("first_response_time", ticket).value == 4 * 60


def test_where_we_wrote_first_the_wait_begins_with_the_customers_answer() -> None:
    ours = [created(by="agent"), sent(0)]
    assert figure("first_response_time", counted(*ours)).n == 0
    assert figure("first_response_time", counted(*ours, sent(30, "customer"), sent(50))).value == 20 * 60


def test_a_call_is_answered_when_it_is_picked_up() -> None:
    ticket = counted(
        created(channel="voice"),
        told("live.queued", 1, contact="c", media="voice"),
        told("live.answered", 2, contact="c", media="voice", agent="eva"),
    )
    assert figure("first_response_time", ticket).value == 60


def test_a_chat_is_waited_for_from_the_queue() -> None:
    ticket = counted(created(channel="chat"), told("live.queued", 3, contact="c", media="chat"), sent(4))
    assert figure("first_response_time", ticket).value == 60


def test_the_day_of_a_response_is_local() -> None:
    late = instant_of_iso("2026-03-31T22:30:00Z")  # 00:30 on 1 April in Zagreb
    minutes = (late - at(0)) / 60_000_000
    (fact,) = [fact for fact in facts_of(counted(created(), sent(minutes))) if fact.measure == "first_response_time"]
    assert fact.day == date(2026, 4, 1).toordinal() - date(1970, 1, 1).toordinal()


def test_full_resolution_is_the_last_one_and_an_open_ticket_has_none() -> None:
    twice = [created(), status("resolved", 10), status("open", 20), status("resolved", 60)]
    assert figure("full_resolution_time", counted(*twice)).value == 3600
    assert figure("full_resolution_time", counted(*twice, status("open", 70))).n == 0


def test_few_durations_have_no_interval_and_no_p90() -> None:
    five = figure("first_response_time", *(counted(created(), sent(minute)) for minute in range(1, 6)))
    twenty = figure("first_response_time", *(counted(created(), sent(minute)) for minute in range(1, 21)))
    assert (five.value, five.low, five.p90) == (180, None, None)
    assert (twenty.low, twenty.high) == (6 * 60, 15 * 60)
    assert twenty.p90 == pytest.approx(18.1 * 60)
    assert twenty.mean == 630


def test_the_resolution_rate_is_what_is_solved_now() -> None:
    solved = counted(created(), status("resolved", 5))
    again = counted(created(), status("resolved", 5), status("open", 6))
    found = figure("resolution_rate", solved, again, counted(created()))
    assert (found.numerator, found.denominator) == (1, 3)
    assert found.value == pytest.approx(100 / 3)


def test_the_rate_at_an_age_is_what_was_solved_at_that_age() -> None:
    ticket = counted(created(), status("resolved", 5), status("open", 90), status("resolved", 3000))
    assert figure("resolution_rate_1h", ticket).numerator == 1
    assert figure("resolution_rate_8h", ticket).numerator == 0
    assert figure("resolution_rate_3d", ticket).numerator == 1


def test_a_creation_day_that_is_not_that_old_is_on_neither_side() -> None:
    ticket = counted(created(), status("resolved", 5))
    young = figure("resolution_rate_7d", ticket, as_of=MONDAY_DAY + 7)
    old = figure("resolution_rate_7d", ticket, as_of=MONDAY_DAY + 8)
    assert (young.n, young.undecided, young.value) == (0, 1, None)
    assert (old.n, old.undecided, old.value) == (1, None, 100)


@pytest.mark.parametrize(
    ("scale", "positive", "negative"),
    [
        ((0, 1), [1], [0]),
        ((1, 3), [3], [1]),
        ((1, 4), [3, 4], [1, 2]),
        ((1, 5), [4, 5], [1, 2]),
        ((1, 7), [6, 7], [1, 2, 3]),
        ((1, 10), [8, 9, 10], [1, 2, 3, 4, 5]),
        ((0, 10), [8, 9, 10], [0, 1, 2, 3, 4, 5]),
        ((0, 9), [8, 9], [0, 1, 2, 3, 4, 5]),
        ((1, 6), [], []),
    ],
)
def test_positive_and_negative_by_points_of_the_scale(
    scale: tuple[int, int], positive: list[int], negative: list[int]
) -> None:
    scores = range(scale[0], scale[1] + 1)
    assert [score for score in scores if is_positive(score, Scale(*scale))] == positive
    assert [score for score in scores if is_negative(score, Scale(*scale))] == negative


def test_twenty_positive_of_fifty_are_forty_percent() -> None:
    found = csat([5] * 15 + [4] * 5 + [3] * 10 + [1] * 20, [1, 5])
    assert (found.value, found.numerator, found.denominator) == (40, 20, 50)
    assert found.distribution == {"1": 20, "3": 10, "4": 5, "5": 15}


@pytest.mark.parametrize(
    ("positive", "n", "low", "high"), [(13, 15, 62.1, 96.3), (44, 50, 76.2, 94.4), (5, 5, 56.6, 100)]
)
def test_csat_has_its_wilson_interval(positive: int, n: int, low: float, high: float) -> None:
    found = csat([5] * positive + [1] * (n - positive), [1, 5])
    assert found.low == pytest.approx(low, abs=0.06)
    assert found.high == pytest.approx(high, abs=0.06)


def test_below_five_answers_there_are_counts_but_no_percentage() -> None:
    found = csat([5, 5, 1, 1], [1, 5])
    assert (found.value, found.low, found.numerator, found.n) == (None, None, 2, 4)
    assert found.note == "fewer than 5 answers"


def test_unlike_scales_are_shown_side_by_side_never_pooled() -> None:
    tickets = [counted(created(), answered(5, 5)) for _ in range(6)]
    tickets += [counted(created(), answered(0, 5, scale=[0, 1])) for _ in range(5)]
    found = figure("csat", *tickets)
    assert (found.value, found.n) == (None, 11)
    assert found.parts is not None
    assert {name: part.value for name, part in found.parts.items()} == {"1-5": 100, "0-1": 0}


def test_an_unknown_scale_is_shown_and_not_scored() -> None:
    found = csat([6, 6, 6, 6, 6], [1, 6])
    assert (found.value, found.n, found.distribution) == (None, 5, {"6": 5})


def test_a_deleted_or_merged_ticket_keeps_its_rating_and_spam_does_not() -> None:
    kept = [status("deleted", 9), told("ticket.merged", 9, into="T2")]
    assert [figure("csat", counted(created(), answered(5, 5), end)).n for end in kept] == [1, 1]
    assert figure("csat", counted(created(), answered(5, 5), status("spam", 9))).n == 0


def test_ces_of_five_four_four_three_one() -> None:
    tickets = [counted(created(), answered(score, 5, kind="ces")) for score in (5, 4, 4, 3, 1)]
    mean, easy = figure("ces", *tickets), figure("ces_easy_share", *tickets)
    assert mean.value == pytest.approx(3.4)
    assert (easy.value, easy.numerator) == (60, 3)
    assert mean.low is None


def test_an_effort_survey_is_mirrored_for_the_share_only() -> None:
    tickets = [counted(created(), answered(score, 5, kind="ces", direction="effort")) for score in (1, 2, 2, 4, 5)]
    assert figure("ces", *tickets).value == pytest.approx(2.8)
    assert figure("ces_easy_share", *tickets).value == 60


def test_easy_and_effort_are_never_pooled() -> None:
    tickets = [counted(created(), answered(5, 5, kind="ces", direction=word)) for word in ("easy", "effort")]
    assert figure("ces", *tickets).value is None
    assert set(figure("ces", *tickets).parts or {}) == {"1-5", "1-5 effort"}


def test_the_mean_of_fifteen_answers_has_its_interval_on_the_scale() -> None:
    found = figure("ces", *(counted(created(), answered(5 if n else 4, 5, kind="ces")) for n in range(15)))
    assert found.low is not None
    assert found.value is not None
    assert found.low < found.value
    assert found.high == 5


def test_the_response_rate_counts_surveys_answered_within_a_week() -> None:
    survey = told("survey.sent", 10, kind="csat", survey="s")
    in_time = counted(created(), survey, answered(5, 100, survey="s"))
    late = counted(created(), survey, answered(5, 8 * 24 * 60, survey="s"))
    found = figure("survey_response_rate", in_time, late, counted(created(), survey))
    assert (found.numerator, found.denominator) == (1, 3)
    assert figure("survey_response_rate", in_time, as_of=MONDAY_DAY + 7).undecided == 1


def test_where_no_sending_is_told_the_response_rate_says_so() -> None:
    found = figure("survey_response_rate", counted(created(), answered(5, 5)))
    assert found.value is None
    assert found.note == "the desk did not tell of any survey it sent"


def test_own_slices_tags_and_none_are_where_a_ticket_is_counted() -> None:
    ticket = counted(
        created(fields={"land": "HR"}, tags=["vip", "channel-email", "noise"], agent="ivo"),
        slices={"region": "field:land"},
        tags={"ignore": ["noise"]},
    )
    assert slices_of(ticket, "ticket_volume") == {"agent": "ivo", "department": "", "tag": "vip", "region": "HR"}
    assert slices_of(counted(created()), "ticket_volume")["tag"] == ""


def test_metrics_by_creation_are_credited_to_the_first_human_response() -> None:
    ticket = counted(created(agent="ivo"), sent(5, author="eva"), told("ticket.assigned", 9, agent="max"))
    assert slices_of(ticket, "ticket_volume")["agent"] == "eva"


def test_reassigning_later_moves_no_resolution() -> None:
    ticket = counted(
        created(), status("resolved", 5, by="agent", author="eva"), told("ticket.assigned", 9, agent="max")
    )
    assert slices_of(ticket, "full_resolution_time")["agent"] == "eva"


@given(st.lists(st.integers(min_value=1, max_value=5), max_size=4), st.booleans())
def test_facts_are_written_and_read_as_they_were(scores: list[int], solved: bool) -> None:
    end = [status("resolved", 9)] if solved else []
    answers = [answered(score, 10 + place, touchpoint=f"t{place}") for place, score in enumerate(scores)]
    facts = facts_of(counted(created(tags=["a", "b"]), sent(5), *end, *answers))
    assert sorted(map(repr, read_facts(write_facts(facts)))) == sorted(map(repr, facts))
    assert write_facts(facts) == write_facts(list(facts))
