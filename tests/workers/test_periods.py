"""Which days a report is compared with: like with like, never the same day twice."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.times import instant_of_iso
from workers.periods import (
    Period,
    business_days,
    date_of,
    day_of,
    is_week,
    monday_of,
    month_of,
    previous,
    today,
    week_of,
)

days = st.integers(0, 40_000)
lengths = st.integers(1, 800)


def period(first: str, last: str) -> Period:
    return Period(day_of(date.fromisoformat(first)), day_of(date.fromisoformat(last)))


class TestPrevious:
    @pytest.mark.parametrize(
        ("first", "last", "before_first", "before_last"),
        [
            ("2026-03-09", "2026-03-15", "2026-03-02", "2026-03-08"),  # a week
            ("2026-03-09", "2026-03-22", "2026-02-23", "2026-03-08"),  # two weeks
            ("2026-03-11", "2026-03-11", "2026-03-04", "2026-03-04"),  # a Wednesday
            ("2026-03-09", "2026-03-11", "2026-03-02", "2026-03-04"),  # Monday to Wednesday
            ("2026-03-06", "2026-03-16", "2026-02-20", "2026-03-02"),  # eleven days: two weeks back
            ("2026-03-01", "2026-03-31", "2026-02-01", "2026-02-28"),  # a month
            ("2028-03-01", "2028-03-31", "2028-02-01", "2028-02-29"),  # after a leap day
            ("2027-02-01", "2027-02-28", "2027-01-01", "2027-01-31"),  # a month of four whole weeks
            ("2026-01-01", "2026-01-31", "2025-12-01", "2025-12-31"),  # over New Year
            ("2026-04-01", "2026-06-30", "2026-01-01", "2026-03-31"),  # a quarter of thirteen weeks
            ("2026-01-01", "2026-03-31", "2025-10-01", "2025-12-31"),  # the first quarter
            ("2026-02-01", "2026-04-30", "2025-11-02", "2026-01-29"),  # three months that are no quarter
        ],
    )
    def test_a_period_is_compared_with_the_like_before_it(
        self, first: str, last: str, before_first: str, before_last: str
    ) -> None:
        assert previous(period(first, last)) == period(before_first, before_last)

    @given(days, lengths)
    def test_it_ends_before_the_period_begins(self, first: int, length: int) -> None:
        asked = Period(first, first + length - 1)
        assert previous(asked).last < asked.first

    @given(days, lengths)
    def test_it_leaves_no_whole_week_between(self, first: int, length: int) -> None:
        asked = Period(first, first + length - 1)
        assert asked.first - previous(asked).last <= 7

    @given(days, lengths)
    def test_weekdays_match_unless_months_do(self, first: int, length: int) -> None:
        asked = Period(first, first + length - 1)
        before = previous(asked)
        start, end = date_of(asked.first), date_of(asked.last + 1)
        months = (end.year - start.year) * 12 + end.month - start.month
        if start.day == end.day == 1 and (months == 1 or (months == 3 and start.month % 3 == 1)):
            assert before.last + 1 == asked.first
        else:
            assert len(before) == len(asked)
            assert (asked.first - before.first) % 7 == 0

    @given(st.integers(1972, 2100), st.integers(1, 12))
    def test_every_month_meets_the_one_before(self, year: int, month: int) -> None:
        first = date(year, month, 1)
        following = date(year + month // 12, month % 12 + 1, 1)
        before = previous(Period(day_of(first), day_of(following) - 1))
        assert (date_of(before.first).day, before.last) == (1, day_of(first) - 1)
        assert len(before) <= 31


class TestDays:
    def test_a_period_has_both_its_ends(self) -> None:
        assert list(Period(3, 5).days) == [3, 4, 5]
        assert len(Period(3, 5)) == 3

    def test_a_period_that_ends_before_it_begins_is_refused(self) -> None:
        with pytest.raises(ValueError, match="ends before"):
            Period(5, 4)

    @given(days)
    def test_a_day_and_its_date_are_the_same_thing(self, day: int) -> None:
        assert day_of(date_of(day)) == day

    def test_today_is_the_local_day(self) -> None:
        late = instant_of_iso("2026-03-11T23:30:00Z")
        assert date_of(today(late, ZoneInfo("Europe/Zagreb"))) == date(2026, 3, 12)
        assert date_of(today(late, ZoneInfo("America/Lima"))) == date(2026, 3, 11)

    @given(days)
    def test_a_week_begins_on_the_last_monday_there_was(self, day: int) -> None:
        monday = monday_of(day)
        assert date_of(monday).weekday() == 0
        assert monday <= day < monday + 7
        assert is_week(Period(monday, monday + 6))
        assert not is_week(Period(monday, monday + 7))
        assert not is_week(Period(monday + 1, monday + 7))

    def test_weeks_are_named_by_the_year_of_their_thursday(self) -> None:
        assert week_of(day_of(date(2027, 1, 1))) == "2026-W53"
        assert week_of(day_of(date(2026, 1, 5))) == "2026-W02"

    def test_months_are_named_by_year_and_month(self) -> None:
        assert month_of(day_of(date(2026, 1, 31))) == "2026-01"

    def test_business_days_leave_out_weekends(self) -> None:
        assert business_days(period("2026-01-01", "2026-01-31")) == 22
        assert business_days(period("2026-01-03", "2026-01-04")) == 0
