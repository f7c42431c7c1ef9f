"""The false alarms of an account, spread over its tests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.statistics.alarm_budget import FALSE_ALARMS_A_YEAR, FALSE_SHIFTS_A_YEAR, LOOSEST, Watched

streams = st.integers(min_value=0, max_value=10_000)


def test_the_budgets_are_four_alarms_and_two_shifts_a_year() -> None:
    assert (FALSE_ALARMS_A_YEAR, FALSE_SHIFTS_A_YEAR) == (4, 2)


def test_a_weekly_stream_makes_52_tests_a_year_and_a_monthly_one_12() -> None:
    assert Watched(weekly=1, monthly=0).tests_a_year == pytest.approx(52.18, abs=0.01)
    assert Watched(weekly=0, monthly=1).tests_a_year == 12
    assert Watched(weekly=28, monthly=28).tests_a_year == pytest.approx(28 * 64.18, abs=0.1)


@given(streams, streams)
def test_all_tests_together_make_four_false_alarms_a_year_at_most(weekly: int, monthly: int) -> None:
    watched = Watched(weekly=weekly, monthly=monthly)
    assert 0 < watched.alpha <= LOOSEST
    assert watched.alpha * watched.tests_a_year <= FALSE_ALARMS_A_YEAR * (1 + 1e-12)


def test_an_account_with_few_streams_is_not_told_what_its_intervals_deny() -> None:
    assert Watched(weekly=1, monthly=0).alpha == Watched(weekly=0, monthly=0).alpha == LOOSEST
