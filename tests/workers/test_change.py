"""The words for a change, and what is said where no test is made."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.statistics.change import (
    Share,
    Verdict,
    by_test,
    called,
    together,
    untested,
    untested_counts,
    untested_means,
    untested_shares,
)


@st.composite
def shares(draw: st.DrawFn) -> Share:
    n = draw(st.integers(min_value=5, max_value=2000))
    return Share(draw(st.integers(min_value=0, max_value=n)), n)


@pytest.mark.parametrize(
    ("difference", "better", "word"),
    [
        (0.1, "higher", "better"),
        (-0.1, "higher", "worse"),
        (0.1, "lower", "worse"),
        (-0.1, "lower", "better"),
        (3, "", "higher"),
        (-3, "", "lower"),
    ],
)
def test_a_change_is_good_or_bad_news_or_neither(difference: float, better: str, word: str) -> None:
    assert called(difference, better) == word


@pytest.mark.parametrize(
    ("interval", "p", "word"),
    [
        ((0.02, 0.2), 0.001, "better"),
        ((0.02, 0.2), 0.002, "no clear change"),
        ((-0.01, 0.2), 0.001, "no clear change"),
    ],
)
def test_a_change_is_clear_below_alpha_and_where_its_interval_leaves_nought_out(
    interval: tuple[float, float], p: float, word: str
) -> None:
    found = by_test(0.1, interval, p=p, alpha=0.001, better="higher", n=50, n_before=60)
    assert found == Verdict(word, 50, 60, 0.1, *interval, p, 0.001)  # type: ignore[arg-type]


def test_without_a_test_no_change_is_called_however_large() -> None:
    assert untested(50.0, (40.0, 60.0), n=9, n_before=9) == Verdict("not tested", 9, 9, 50.0, 40.0, 60.0)
    assert untested(5.0, (-1.0, 11.0), n=9, n_before=9).kind == "no clear change"


def test_two_shares_have_newcombes_interval() -> None:
    found = untested_shares(Share(56, 70), Share(48, 80))
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert (found.kind, found.n, found.n_before, found.p) == ("not tested", 70, 80, None)


def test_fewer_than_five_answers_say_nothing() -> None:
    found = untested_shares(Share(4, 4), Share(10, 90))
    assert found == Verdict("too few", 4, 90, have=4, need=5)


def test_means_are_compared_from_fifteen_answers_on_both_sides() -> None:
    assert untested_means(3.4, 1.2, 20, before=(3.9, 0.9, 14)) == Verdict("too few", 20, 14, have=14, need=15)
    found = untested_means(3.4, 1.2, 20, before=(3.9, 0.9, 35))
    assert found.kind == "no clear change"
    assert found.difference == pytest.approx(-0.5)


def test_two_counts_are_compared_as_if_tickets_came_independently() -> None:
    assert untested_counts(110, 100).kind == "no clear change"
    found = untested_counts(150, 100)
    assert (found.kind, found.difference) == ("not tested", 50)


@given(shares(), shares())
def test_exchanging_the_periods_turns_an_untested_difference_round(now: Share, before: Share) -> None:
    there, back = untested_shares(now, before), untested_shares(before, now)
    assert there.difference is not None
    assert (back.kind, back.difference) == (there.kind, -there.difference)
    assert (back.low, back.high) == pytest.approx((-(there.high or 0), -(there.low or 0)), abs=1e-12)
    assert replace(there, n=0, n_before=0) == replace(there, n=0, n_before=0, p=None, alpha=None)


def test_shares_of_several_periods_are_pooled_by_their_counts() -> None:
    assert together([Share(1, 4), Share(0, 0), Share(5, 6)]) == Share(6, 10)
    assert together([]) == Share(0, 0)


@pytest.mark.parametrize(("successes", "n"), [(3, 2), (-1, 4)])
def test_what_is_no_share_is_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        Share(successes, n)
