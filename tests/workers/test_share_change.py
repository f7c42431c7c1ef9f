"""Shares that change and shares that only scatter."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.statistics.change import MOST_WEEKS, Share, Verdict
from workers.statistics.share_change import dispersion, share_change

#: Eight weeks that scatter 4.67 times as much as independent answers would.
UNEVEN = [Share(*week) for week in ((88, 100), (61, 80), (95, 105), (70, 90), (55, 81), (99, 110), (77, 84), (60, 75))]
#: Twelve weeks that scatter as little as can be.
EVEN = [Share(80, 100)] * 12


@st.composite
def shares(draw: st.DrawFn, fewest: int = 5) -> Share:
    n = draw(st.integers(min_value=fewest, max_value=1000))
    return Share(draw(st.integers(min_value=0, max_value=n)), n)


histories = st.lists(shares(fewest=1), min_size=8, max_size=30)


def test_the_dispersion_is_pearsons() -> None:
    """As a binomial GLM of statsmodels 0.15 gives it: `pearson_chi2 / df_resid`."""
    assert dispersion(UNEVEN) == pytest.approx(4.6711211647, abs=1e-9)


@given(histories)
def test_however_many_weeks_it_is_that_of_the_textbook_worked_out_exactly(weeks: list[Share]) -> None:
    n = sum(week.n for week in weeks)
    share = Fraction(sum(week.successes for week in weeks), n)
    squares = sum((week.successes - week.n * share) ** 2 / week.n for week in weeks)
    variance = share * (1 - share) * (len(weeks) - 1)
    assert dispersion(weeks) == pytest.approx(max(1.0, float(squares / variance)) if variance else 1.0, rel=1e-9)


@pytest.mark.parametrize("weeks", [EVEN, [Share(9, 9), Share(3, 3)], [Share(0, 9), Share(0, 3)]])
def test_the_dispersion_is_never_below_one(weeks: list[Share]) -> None:
    assert dispersion(weeks) == 1


def test_a_large_fall_over_even_weeks_is_worse() -> None:
    found = share_change(Share(55, 100), Share(80, 100), EVEN, alpha=0.005, better="higher")
    assert found.kind == "worse"
    assert found.difference == pytest.approx(-0.25)
    assert found.p is not None
    assert found.p < 0.005 == found.alpha


def test_the_same_fall_over_uneven_weeks_is_no_clear_change() -> None:
    found = share_change(Share(55, 100), Share(80, 100), UNEVEN, alpha=0.005, better="higher")
    assert found.kind == "no clear change"
    assert found.low is not None
    assert found.low < -0.25 < 0 < (found.high or 0)


def test_what_is_good_news_depends_on_the_metric() -> None:
    words = [
        share_change(Share(55, 100), Share(80, 100), EVEN, alpha=0.01, better=better).kind
        for better in ("higher", "lower", "")
    ]
    assert words == ["worse", "better", "lower"]


def test_seven_weeks_with_answers_are_still_learning() -> None:
    history = [*EVEN[:7], Share(0, 0), Share(0, 0)]
    found = share_change(Share(5, 100), Share(80, 100), history, alpha=0.05, better="higher")
    assert found == Verdict("learning", 100, 100, have=7, need=8)


def test_four_answers_are_too_few_whatever_they_say() -> None:
    found = share_change(Share(0, 4), Share(80, 100), EVEN, alpha=0.05, better="higher")
    assert found == Verdict("too few", 4, 100, have=4, need=5)


def test_weeks_of_long_ago_do_not_count() -> None:
    recent = [Share(80, 100)] * MOST_WEEKS
    old = [Share(5, 100), Share(95, 100)] * 10
    now, before = Share(55, 100), Share(80, 100)
    assert share_change(now, before, [*old, *recent], alpha=0.01, better="") == share_change(
        now, before, recent, alpha=0.01, better=""
    )


def test_all_satisfied_both_times_is_no_change() -> None:
    found = share_change(Share(20, 20), Share(30, 30), EVEN, alpha=0.05, better="higher")
    assert (found.kind, found.p, found.difference) == ("no clear change", 1.0, 0.0)


def test_a_handful_of_answers_is_judged_exactly() -> None:
    """Normal theory would call 4 of 6 after 190 of 200 (p = 0.004); exactly, both tails, it is 0.08."""
    found = share_change(Share(4, 6), Share(190, 200), [Share(95, 100)] * 26, alpha=0.05, better="higher")
    assert found.kind == "no clear change"
    assert found.p == pytest.approx(0.0821, abs=0.0005)


@given(shares(), shares(), histories)
def test_the_estimate_lies_inside_its_interval_and_p_is_a_probability(
    now: Share, before: Share, history: list[Share]
) -> None:
    found = share_change(now, before, history, alpha=0.05, better="higher")
    assert found.difference is not None
    assert (found.low or 0) <= found.difference <= (found.high or 0)
    assert 0 <= (found.p or 0) <= 1


@given(shares(), shares(), histories)
def test_exchanging_the_periods_turns_the_verdict_round(now: Share, before: Share, history: list[Share]) -> None:
    opposite = {"better": "worse", "worse": "better", "no clear change": "no clear change"}
    there = share_change(now, before, history, alpha=0.05, better="higher")
    back = share_change(before, now, history, alpha=0.05, better="higher")
    assert back.kind == opposite[there.kind]
    assert back.p == pytest.approx(there.p, rel=1e-9)
    assert (back.n, back.n_before) == (there.n_before, there.n)


@pytest.mark.parametrize("weeks", [8, 26])
@pytest.mark.parametrize(
    ("level", "n", "alike"), [(0.85, 60, 0.0), (0.85, 60, 0.02), (0.6, 300, 0.01), (0.95, 20, 0.05)]
)
def test_no_more_false_alarms_than_alpha(level: float, n: int, alike: float, weeks: int) -> None:
    """Weeks whose answers are alike, estimated from 8 or 26 of them; a right test fails this once in a million."""
    times, alpha = 600, 0.02
    random = np.random.default_rng(7)
    levels = random.beta(level * (1 / alike - 1), (1 - level) * (1 / alike - 1), (times, weeks + 2)) if alike else level
    found = random.binomial(n, levels, (times, weeks + 2)).tolist()
    called = 0
    for each in found:
        now, before, *history = [Share(successes, n) for successes in each]
        called += share_change(now, before, history, alpha=alpha, better="").kind in ("higher", "lower")
    assert called <= most_often(times, alpha)


def most_often(times: int, alpha: float) -> int:
    """The number of alarms that so many tests of this size exceed less than once in a million."""
    tail, count = 1.0, -1
    while tail > 1e-6:
        count += 1
        tail -= comb(times, count) * alpha**count * (1 - alpha) ** (times - count)
    return count
