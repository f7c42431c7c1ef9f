"""Working time is what passes between the ends of a schedule's spans, whatever clocks, calendars and moves do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant, instant_of_iso
from tests.tries import tries
from workers.working_time.business_time import (
    Hours,
    Schedule,
    Segment,
    Stay,
    TicketClock,
    Weekly,
    due,
    working_seconds,
    working_time,
)

SUNDAY: Final = 6
WHOLE_DAY: Final = ((0, 1440),)
ALWAYS: Final[Weekly] = (WHOLE_DAY,) * 7
NINE_TO_FIVE: Final[Weekly] = (((540, 1020),),) * 5 + ((),) * 2
WITH_LUNCH: Final[Weekly] = (((540, 720), (780, 1020)),) * 5 + ((),) * 2


def at(text: str) -> Instant:
    return instant_of_iso(text)


def schedule(zone: str = "UTC", weekly: Weekly = NINE_TO_FIVE, *holidays: str) -> Schedule:
    return Schedule(ZoneInfo(zone), weekly, frozenset(map(date.fromisoformat, holidays)))


def on(weekday: int, *spans: str) -> Weekly:
    """A week with these spans on one day."""
    minutes = [[int(time[:2]) * 60 + int(time[3:]) for time in span.split("-")] for span in spans]
    day = tuple((start, end) for start, end in minutes)
    return tuple(day if place == weekday else () for place in range(7))


def on_day(zone: str, day: str, *spans: str) -> int:
    """The working minutes of a local day that has these spans."""
    when = date.fromisoformat(day)
    midday = datetime(when.year, when.month, when.day, 12, tzinfo=ZoneInfo("UTC"))
    noon = int(midday.timestamp()) * SECOND
    micros = schedule(zone, on(when.weekday(), *spans)).micros_between(noon - 2 * DAY, noon + 2 * DAY)
    assert micros % MINUTE == 0
    return micros // MINUTE


class TestAnOrdinaryWeek:
    @pytest.mark.parametrize(
        ("start", "end", "minutes"),
        [
            ("2026-06-03T10:00:00Z", "2026-06-03T11:30:00Z", 90),
            ("2026-06-03T11:30:00Z", "2026-06-03T13:30:00Z", 60),
            ("2026-06-03T12:10:00Z", "2026-06-03T12:50:00Z", 0),
            ("2026-06-03T17:00:00Z", "2026-06-04T09:00:00Z", 0),
            ("2026-06-05T16:00:00Z", "2026-06-08T10:00:00Z", 120),
            ("2026-06-06T10:00:00Z", "2026-06-07T10:00:00Z", 0),
            ("2026-06-01T00:00:00Z", "2026-06-08T00:00:00Z", 5 * 7 * 60),
            ("2026-06-03T08:59:00Z", "2026-06-03T09:01:00Z", 1),
            ("2026-06-03T16:59:00Z", "2026-06-03T17:01:00Z", 1),
        ],
    )
    def test_only_the_spans_count(self, start: str, end: str, minutes: int) -> None:
        assert schedule("UTC", WITH_LUNCH).seconds_between(at(start), at(end)) == minutes * 60

    def test_it_is_exact_to_the_microsecond_and_rounded_down_once(self) -> None:
        opens, closes = at("2026-06-03T09:00:00Z"), at("2026-06-04T09:00:00Z")
        assert schedule().micros_between(opens - 5, opens + 7) == 7
        assert schedule().micros_between(opens + 1, closes + SECOND - 2) == 8 * HOUR + SECOND - 3
        assert schedule().seconds_between(opens + 1, closes + SECOND - 2) == 8 * 3600

    def test_a_stretch_that_ends_before_it_starts_is_nothing(self) -> None:
        assert schedule().micros_between(at("2026-06-03T12:00:00Z"), at("2026-06-03T11:00:00Z")) == 0
        assert schedule().seconds_between(at("2026-06-03T12:00:00Z"), at("2026-06-03T12:00:00Z")) == 0

    def test_spans_that_overlap_or_touch_count_once_and_empty_ones_not_at_all(self) -> None:
        assert on_day("UTC", "2026-06-03", "09:00-12:00", "11:00-13:00", "13:00-14:00") == 5 * 60
        assert on_day("UTC", "2026-06-03", "09:00-14:00", "10:00-11:00") == 5 * 60
        assert on_day("UTC", "2026-06-03", "13:00-14:00", "09:00-12:00", "10:00-10:00", "17:00-16:00") == 4 * 60

    def test_a_night_is_two_spans_that_meet_at_midnight(self) -> None:
        night: Weekly = ((), ((1320, 1440),), ((0, 360),), (), (), (), ())
        assert schedule("UTC", night).micros_between(at("2026-06-01T00:00:00Z"), at("2026-06-08T00:00:00Z")) == 8 * HOUR

    def test_a_schedule_that_never_opens_has_no_working_time(self) -> None:
        closed = Schedule(ZoneInfo("UTC"))
        assert closed.seconds_between(at("2020-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z")) == 0
        assert closed.due(at("2020-01-01T00:00:00Z"), 1) is None

    def test_schedules_of_the_same_hours_are_equal_whatever_they_were_asked(self) -> None:
        asked = schedule()
        asked.seconds_between(at("2020-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z"))
        assert asked == schedule()
        assert hash(asked) == hash(schedule())
        assert asked != schedule("UTC", WITH_LUNCH)


class TestCalendars:
    def test_holidays_are_closed(self) -> None:
        closed = schedule("UTC", NINE_TO_FIVE, "2026-06-04", "2026-06-06")
        assert closed.seconds_between(at("2026-06-03T16:00:00Z"), at("2026-06-05T10:00:00Z")) == 2 * 3600
        assert [day for day in range(1, 8) if closed.is_working_day(date(2026, 6, day))] == [1, 2, 3, 5]

    def test_a_holiday_is_a_day_of_the_schedules_zone(self) -> None:
        tokyo = schedule("Asia/Tokyo", ALWAYS, "2026-06-04")
        assert tokyo.micros_between(at("2026-06-03T15:00:00Z"), at("2026-06-04T15:00:00Z")) == 0
        assert tokyo.micros_between(at("2026-06-03T14:00:00Z"), at("2026-06-04T16:00:00Z")) == 2 * HOUR

    def test_the_leap_day_is_a_day_like_others(self) -> None:
        assert schedule().is_working_day(date(2028, 2, 29))
        assert schedule().seconds_between(at("2028-02-28T16:00:00Z"), at("2028-03-01T10:00:00Z")) == 10 * 3600
        assert schedule().seconds_between(at("2027-02-26T16:00:00Z"), at("2027-03-01T10:00:00Z")) == 2 * 3600

    def test_a_year_ends_without_a_seam(self) -> None:
        always = schedule("Pacific/Auckland", ALWAYS)
        start, end = at("2025-12-31T10:59:59.999999Z"), at("2026-01-01T11:00:00.000001Z")
        assert always.micros_between(start, end) == end - start
        assert schedule().seconds_between(at("2025-12-31T16:00:00Z"), at("2026-01-01T10:00:00Z")) == 2 * 3600

    def test_half_hour_zones_open_at_their_own_nine(self) -> None:
        kolkata = schedule("Asia/Kolkata")
        assert kolkata.seconds_between(at("2026-06-03T03:30:00Z"), at("2026-06-03T03:31:00Z")) == 60
        assert kolkata.seconds_between(at("2026-06-03T03:00:00Z"), at("2026-06-03T12:00:00Z")) == 8 * 3600
        assert schedule("Asia/Kathmandu").due(at("2026-06-03T00:00:00Z"), 1) == at("2026-06-03T03:15:01Z")

    @pytest.mark.parametrize("years", [1, 3, 10, 30])
    def test_years_are_the_sum_of_their_weeks(self, years: int) -> None:
        start = at("2000-01-03T00:00:00Z")
        weeks = [start + week * 7 * DAY for week in range(52 * years + 1)]
        assert schedule().micros_between(start, weeks[-1]) == 52 * years * 40 * HOUR
        assert schedule("Europe/Zagreb").micros_between(start, weeks[-1]) == 52 * years * 40 * HOUR

    def test_what_is_laid_out_is_kept_and_grows_without_changing_an_answer(self) -> None:
        kept = schedule("Europe/Zagreb", WITH_LUNCH)
        start, end = at("2026-03-27T10:00:00Z"), at("2026-04-02T10:00:00Z")
        first = kept.micros_between(start, end)
        spans = kept._layout.covering(start, end)
        assert kept._layout.covering(start + DAY, end + DAY) is spans
        kept.micros_between(at("2019-01-01T00:00:00Z"), at("2031-01-01T00:00:00Z"))
        assert kept.micros_between(start, end) == first == 29 * HOUR
        assert kept._layout.covering(start, end) is not spans

    def test_what_is_laid_out_tells_nothing_of_the_time_after_it(self) -> None:
        spans = schedule("UTC", ALWAYS)._layout.covering(WEDNESDAY, WEDNESDAY)
        assert spans.due(spans.last - 2, 1) == spans.last - 1
        assert spans.due(spans.last - 1, 1) is None


class TestClockChanges:
    @pytest.mark.parametrize(
        ("span", "minutes"),
        [
            ("01:00-04:00", 120),
            ("01:00-02:00", 60),
            ("01:00-02:30", 60),
            ("02:30-04:00", 60),
            ("02:00-03:00", 0),
            ("02:10-02:50", 0),
            ("03:00-04:00", 60),
            ("00:00-24:00", 23 * 60),
        ],
    )
    def test_in_spring_an_hour_is_left_out(self, span: str, minutes: int) -> None:
        assert on_day("Europe/Zagreb", "2026-03-29", span) == minutes

    @pytest.mark.parametrize(
        ("span", "minutes"),
        [
            ("01:00-04:00", 240),
            ("01:00-02:00", 60),
            ("01:00-02:30", 150),
            ("02:30-04:00", 150),
            ("02:00-03:00", 120),
            ("02:10-02:50", 100),
            ("03:00-04:00", 60),
            ("00:00-24:00", 25 * 60),
        ],
    )
    def test_in_autumn_an_hour_comes_twice(self, span: str, minutes: int) -> None:
        assert on_day("Europe/Zagreb", "2026-10-25", span) == minutes

    def test_two_spans_within_the_repeated_hour_count_the_time_between_once(self) -> None:
        assert on_day("Europe/Zagreb", "2026-10-25", "02:00-02:20", "02:40-03:00") == 120

    def test_a_bound_in_the_gap_is_the_moment_of_the_change(self) -> None:
        late = schedule("Europe/Zagreb", on(SUNDAY, "02:30-04:00"))
        assert late.due(at("2026-03-29T00:00:00Z"), 1) == at("2026-03-29T01:00:01Z")

    def test_a_bound_in_the_repeated_hour_is_its_first_to_start_and_its_second_to_end(self) -> None:
        starting = schedule("Europe/Zagreb", on(SUNDAY, "02:30-04:00"))
        assert starting.due(at("2026-10-25T00:00:00Z"), 1) == at("2026-10-25T00:30:01Z")
        ending = schedule("Europe/Zagreb", on(SUNDAY, "01:00-02:30"))
        assert ending.due(at("2026-10-24T12:00:00Z"), 150 * 60) == at("2026-10-25T01:30:00Z")

    def test_a_weekend_over_a_change_leaves_working_days_as_they_are(self) -> None:
        los_angeles = schedule("America/Los_Angeles")
        assert los_angeles.seconds_between(at("2026-03-07T00:00:00Z"), at("2026-03-09T17:00:00Z")) == 2 * 3600
        assert los_angeles.seconds_between(at("2026-10-30T23:00:00Z"), at("2026-11-02T18:00:00Z")) == 2 * 3600

    @pytest.mark.parametrize(
        ("zone", "day", "span", "minutes"),
        [
            ("Australia/Lord_Howe", "2026-04-05", "00:00-24:00", 24 * 60 + 30),
            ("Australia/Lord_Howe", "2026-04-05", "01:00-01:45", 75),
            ("Australia/Lord_Howe", "2026-10-04", "00:00-24:00", 23 * 60 + 30),
            ("Australia/Lord_Howe", "2026-10-04", "02:15-03:00", 30),
            ("America/Sao_Paulo", "2018-11-04", "00:00-24:00", 23 * 60),
            ("America/Sao_Paulo", "2018-11-04", "00:30-02:00", 60),
            ("America/Sao_Paulo", "2018-11-03", "22:00-24:00", 120),
            ("America/Sao_Paulo", "2018-02-17", "22:00-24:00", 180),
            ("America/Sao_Paulo", "2018-02-18", "00:00-24:00", 24 * 60),
            ("America/Havana", "2026-10-31", "22:00-24:00", 120),
            ("America/Havana", "2026-11-01", "00:00-24:00", 25 * 60),
            ("America/St_Johns", "2010-11-06", "22:00-24:00", 180),
            ("Asia/Kolkata", "2026-03-29", "00:00-24:00", 24 * 60),
        ],
    )
    def test_changes_of_half_an_hour_and_at_midnight(self, zone: str, day: str, span: str, minutes: int) -> None:
        assert on_day(zone, day, span) == minutes

    def test_midnight_that_comes_twice_is_counted_once(self) -> None:
        always = schedule("America/St_Johns", ALWAYS)
        start, end = at("2010-11-06T02:30:00Z"), at("2010-11-08T03:30:00Z")
        assert always.micros_between(start, end) == end - start == 49 * HOUR

    def test_a_day_that_a_zone_left_out_is_no_working_day(self) -> None:
        apia = schedule("Pacific/Apia", ALWAYS)
        assert [apia.is_working_day(date(2011, 12, day)) for day in (29, 30, 31)] == [True, False, True]
        assert on_day("Pacific/Apia", "2011-12-30", "09:00-17:00", "18:00-24:00") == 0
        assert on_day("Pacific/Apia", "2011-12-29", "09:00-24:00") == on_day(
            "Pacific/Apia", "2011-12-31", "09:00-24:00"
        )
        assert apia.micros_between(at("2011-12-29T10:00:00Z"), at("2011-12-31T10:00:00Z")) == 48 * HOUR

    def test_a_day_whose_only_span_the_clock_skips_is_no_working_day(self) -> None:
        early = schedule("Europe/Zagreb", on(SUNDAY, "02:00-03:00"))
        assert not early.is_working_day(date(2026, 3, 29))
        assert early.is_working_day(date(2026, 4, 5))


class TestDue:
    @pytest.mark.parametrize(
        ("start", "seconds", "end"),
        [
            ("2026-06-03T10:00:00Z", 3600, "2026-06-03T11:00:00Z"),
            ("2026-06-03T11:30:00Z", 3600, "2026-06-03T13:30:00Z"),
            ("2026-06-03T11:30:00Z", 1800, "2026-06-03T12:00:00Z"),
            ("2026-06-05T16:30:00Z", 3600, "2026-06-08T09:30:00Z"),
            ("2026-06-06T12:00:00Z", 1, "2026-06-08T09:00:01Z"),
            ("2026-06-06T12:00:00Z", 0, "2026-06-06T12:00:00Z"),
            ("2026-12-31T16:00:00Z", 2 * 3600, "2027-01-04T10:00:00Z"),
            ("2026-06-01T09:00:00Z", 5 * 7 * 3600 * 520, "2036-05-19T17:00:00Z"),
        ],
    )
    def test_it_is_the_first_moment_at_which_enough_has_passed(self, start: str, seconds: int, end: str) -> None:
        assert schedule("UTC", WITH_LUNCH, "2027-01-01").due(at(start), seconds) == at(end)

    def test_a_start_with_a_fraction_keeps_it(self) -> None:
        assert schedule().due(at("2026-06-03T16:59:59.500001Z"), 1) == at("2026-06-04T09:00:00.500001Z")

    def test_what_would_come_after_the_year_2200_does_not_come(self) -> None:
        yearly = schedule("UTC", on(SUNDAY, "00:00-00:01"))
        assert yearly.due(at("2190-01-01T00:00:00Z"), 3600) == at("2191-02-20T00:01:00Z")
        assert yearly.due(at("2190-01-01T00:00:00Z"), 10**9) is None


ZONES: Final = {
    "UTC": "2026-01-01",
    "Europe/Zagreb": "2026-03-29 2026-10-25 2028-02-29",
    "America/Los_Angeles": "2026-03-08 2026-11-01",
    "Asia/Kolkata": "2026-05-05",
    "Australia/Lord_Howe": "2026-04-05 2026-10-04",
    "America/Sao_Paulo": "2018-02-18 2018-11-04",
    "America/Havana": "2026-03-08 2026-11-01",
    "America/St_Johns": "2010-03-14 2010-11-07",
    "Pacific/Apia": "2011-12-30",
    "Africa/Casablanca": "2026-02-15 2026-03-22",
}
PLACES: Final = [(zone, day) for zone, days in ZONES.items() for day in days.split()]


@lru_cache(maxsize=64)
def readings(zone: str, day: str) -> list[tuple[Instant, datetime]]:
    """What the clock shows each minute of the days around a day."""
    first = at(f"{day}T00:00:00Z") - 4 * DAY
    moments = range(first, first + 8 * DAY, MINUTE)
    return [(each, datetime.fromtimestamp(each // SECOND, ZoneInfo(zone)).replace(tzinfo=None)) for each in moments]


def open_minutes(zone: str, day: str, weekly: Weekly, holidays: frozenset[date]) -> set[Instant]:
    """The minutes from the first to the last of each span that the clock shows, found by watching it."""
    shown: dict[tuple[date, int, int], list[Instant]] = {}
    for moment, wall in readings(zone, day):
        minute = wall.hour * 60 + wall.minute
        for start, end in weekly[wall.weekday()]:
            if start <= minute < end and wall.date() not in holidays:
                shown.setdefault((wall.date(), start, end), []).append(moment)
    return {minute for seen in shown.values() for minute in range(seen[0], seen[-1] + 1, MINUTE)}


minutes_of_day = st.lists(st.integers(0, 1440), unique=True, max_size=6).map(sorted)


@st.composite
def weeks(draw: st.DrawFn) -> Weekly:
    bounds = [draw(st.one_of(st.just([0, 1440]), minutes_of_day)) for _ in range(7)]
    return tuple(tuple(zip(day[::2], day[1::2], strict=False)) for day in bounds)


@st.composite
def schedules(draw: st.DrawFn) -> tuple[Schedule, str, str]:
    """A schedule, and a zone and day around which to ask it."""
    zone, day = draw(st.sampled_from(PLACES))
    off = draw(st.frozensets(st.integers(-3, 3), max_size=2))
    middle = date.fromisoformat(day)
    return Schedule(ZoneInfo(zone), draw(weeks()), frozenset(middle + timedelta(days=each) for each in off)), zone, day


hours_around = st.integers(-60 * 60, 60 * 60)


class TestAgainstAWatchedClock:
    @settings(max_examples=tries(4))
    @given(schedules(), hours_around, hours_around)
    def test_it_is_the_time_from_the_first_to_the_last_minute_shown(
        self, drawn: tuple[Schedule, str, str], one: int, other: int
    ) -> None:
        asked, zone, day = drawn
        middle = at(f"{day}T00:00:00Z")
        start, end = sorted((middle + one * MINUTE, middle + other * MINUTE))
        opened = open_minutes(zone, day, asked.weekly, asked.holidays)
        assert asked.micros_between(start, end) == sum(start <= minute < end for minute in opened) * MINUTE

    @given(schedules())
    def test_a_working_day_is_one_on_which_a_minute_of_a_span_is_shown(self, drawn: tuple[Schedule, str, str]) -> None:
        asked, zone, day = drawn
        middle = date.fromisoformat(day)
        for each in (middle + timedelta(days=step) for step in (-1, 0, 1)):
            only_that = tuple(spans if place == each.weekday() else () for place, spans in enumerate(asked.weekly))
            assert asked.is_working_day(each) == bool(open_minutes(zone, day, only_that, asked.holidays))


some_time = st.integers(-400 * DAY, 400 * DAY)


class TestLaws:
    @settings(max_examples=tries(4))
    @given(schedules(), st.tuples(some_time, some_time, some_time).map(sorted))
    def test_parts_add_up_and_no_part_is_more_than_what_passed(
        self, drawn: tuple[Schedule, str, str], three: Sequence[Instant]
    ) -> None:
        asked, _, day = drawn
        first, second, third = (at(f"{day}T00:00:00Z") + each for each in three)
        parts = asked.micros_between(first, second), asked.micros_between(second, third)
        assert asked.micros_between(first, third) == sum(parts)
        assert 0 <= parts[0] <= second - first
        assert 0 <= parts[1] <= third - second

    @settings(max_examples=tries(4))
    @given(schedules(), some_time, st.integers(1, 40 * 24 * 3600))
    def test_due_is_the_first_moment_with_so_much_behind_it(
        self, drawn: tuple[Schedule, str, str], after: int, seconds: int
    ) -> None:
        asked, _, day = drawn
        start = at(f"{day}T00:00:00Z") + after
        end = asked.due(start, seconds)
        if end is None:
            assert not any(asked.weekly)
            return
        assert asked.micros_between(start, end) == seconds * SECOND
        assert asked.micros_between(start, end - 1) == seconds * SECOND - 1

    @given(schedules(), st.lists(st.tuples(some_time, some_time), min_size=2, max_size=4))
    def test_what_was_asked_before_changes_no_answer(
        self, drawn: tuple[Schedule, str, str], asked_for: list[tuple[Instant, Instant]]
    ) -> None:
        used, _, day = drawn
        middle = at(f"{day}T00:00:00Z")
        for start, end in ((middle + one, middle + other) for one, other in asked_for):
            fresh = Schedule(used.zone, used.weekly, used.holidays)
            assert used.micros_between(start, end) == fresh.micros_between(start, end)
            assert used.due(start, 3600) == fresh.due(start, 3600)


DAYTIME: Final = schedule("UTC", NINE_TO_FIVE)
EVENING: Final = schedule("UTC", (((17 * 60, 21 * 60),),) * 7)
NEVER: Final = Schedule(ZoneInfo("UTC"))
HOURS: Final = Hours(
    account=DAYTIME,
    departments={"evening": EVENING, "never": NEVER, "whole": schedule("UTC", ALWAYS)},
    department_channels={("evening", "chat"): schedule("UTC", ALWAYS)},
)
WEDNESDAY: Final = at("2026-06-03T00:00:00Z")


def hour(number: int) -> Instant:
    """An hour of Wednesday, or of a day after it."""
    return WEDNESDAY + number * HOUR


class TestScheduleInForce:
    def test_the_nearest_one_is_taken(self) -> None:
        channel = schedule("UTC", ALWAYS)
        hours = Hours(DAYTIME, {"chat": channel}, {"evening": EVENING}, {("evening", "email"): NEVER})
        assert hours.schedule_for("email", "evening") is NEVER
        assert hours.schedule_for("chat", "evening") is EVENING
        assert hours.schedule_for("chat", None) is channel
        assert hours.schedule_for("email", "elsewhere") is DAYTIME
        assert hours.schedule_for(None, None) is DAYTIME

    def test_hours_are_false_without_any_schedule(self) -> None:
        assert not Hours()
        assert Hours().schedule_for("email", "evening") is None
        assert Hours(DAYTIME)
        assert Hours(channels={"chat": DAYTIME})
        assert Hours(departments={"evening": DAYTIME})
        assert Hours(department_channels={("evening", "chat"): DAYTIME})


class TestSegments:
    def test_each_is_measured_by_the_schedule_in_force_there(self) -> None:
        moved: list[Segment] = [(hour(8), hour(11), "email", None), (hour(11), hour(19), "email", "evening")]
        assert working_time(HOURS, moved) == (2 + 2) * HOUR
        assert working_seconds(HOURS, [*moved, (hour(19), hour(23), "chat", "evening")]) == 8 * 3600

    def test_without_a_schedule_all_time_is_working_time(self) -> None:
        assert working_time(Hours(), [(hour(1), hour(3) + 5, "email", None)]) == 2 * HOUR + 5
        hours = Hours(channels={"chat": DAYTIME})
        assert working_time(hours, [(hour(1), hour(3), "email", None), (hour(3), hour(10), "chat", None)]) == 3 * HOUR

    def test_fractions_are_dropped_once(self) -> None:
        parts: list[Segment] = [
            (hour(10) + each * SECOND, hour(10) + each * SECOND + 600_000, "email", None) for each in range(2)
        ]
        assert working_time(HOURS, parts) == 1_200_000
        assert working_seconds(HOURS, parts) == 1

    def test_a_segment_that_ends_before_it_starts_takes_nothing_away(self) -> None:
        parts: list[Segment] = [(hour(10), hour(9), "email", None), (hour(10), hour(11), "email", "whole")]
        assert working_time(HOURS, parts) == HOUR
        assert working_time(Hours(), parts) == HOUR

    def test_nothing_is_nothing(self) -> None:
        assert working_time(HOURS, []) == working_seconds(HOURS, []) == 0

    def test_only_the_last_may_be_open_and_then_only_to_find_what_is_due(self) -> None:
        open_: Segment = (hour(10), None, "email", None)
        with pytest.raises(ValueError, match="only the last segment may be open"):
            working_time(HOURS, [open_])
        with pytest.raises(ValueError, match="only the last segment may be open"):
            due(HOURS, [open_, open_], 1)
        assert due(HOURS, [open_], 60) == hour(10) + MINUTE

    def test_due_is_found_in_the_segment_in_which_enough_has_passed(self) -> None:
        moved: list[Segment] = [(hour(8), hour(11), "email", None), (hour(11), None, "email", "evening")]
        assert due(HOURS, moved, 0) == hour(8)
        assert due(HOURS, moved, 3600) == hour(10)
        assert due(HOURS, moved, 2 * 3600) == hour(11)
        assert due(HOURS, moved, 2 * 3600 + 1) == hour(17) + SECOND
        assert due(HOURS, moved, 10 * 3600) == hour(24 + 21)

    def test_due_is_when_the_last_second_was_worked_not_when_the_ticket_moved(self) -> None:
        moved: list[Segment] = [(hour(8), hour(23), "email", "evening"), (hour(23), None, "email", "whole")]
        assert due(HOURS, moved, 4 * 3600) == hour(21)
        assert due(HOURS, moved, 4 * 3600 + 1) == hour(23) + SECOND

    def test_the_last_one_is_open_whatever_its_end(self) -> None:
        assert due(HOURS, [(hour(9), hour(10), "email", None)], 2 * 3600) == hour(11)
        assert due(Hours(), [(hour(9), hour(10), "email", None)], 2 * 3600) == hour(11)

    def test_it_never_comes_where_the_last_schedule_never_opens(self) -> None:
        left: list[Segment] = [(hour(9), hour(10), "email", None), (hour(10), None, "email", "never")]
        assert due(HOURS, left, 3601) is None
        assert due(HOURS, left, 3600) == hour(10)

    def test_due_of_no_segments_is_refused(self) -> None:
        with pytest.raises(ValueError, match="there must be a segment"):
            due(HOURS, [], 60)


@st.composite
def stays(draw: st.DrawFn) -> list[Stay]:
    """A ticket's stays within a week; several may begin at one moment."""
    since = sorted(draw(st.lists(st.integers(0, 7 * 24 * 60), min_size=1, max_size=6)))
    departments = st.sampled_from(["evening", "whole", "elsewhere", None])
    return [Stay(WEDNESDAY + m * MINUTE, draw(st.sampled_from(["email", "chat"])), draw(departments)) for m in since]


def cut(held: Sequence[Stay], start: Instant, end: Instant) -> Iterator[Segment]:
    """The segments of a stretch, stay by stay."""
    for place, (since, channel, department) in enumerate(held):
        until = held[place + 1].since if place + 1 < len(held) else end
        first, last = (since if place else min(start, since)), (until if place + 1 < len(held) else max(end, until))
        yield max(first, start), max(min(last, end), max(first, start)), channel, department


class TestTicketClock:
    def test_a_stretch_is_cut_where_the_ticket_moved(self) -> None:
        clock = TicketClock(HOURS, [Stay(hour(8), "email", None), Stay(hour(11), "email", "evening")])
        assert clock.micros_between(hour(8), hour(19)) == 4 * HOUR
        assert clock.micros_between(hour(9), hour(10)) == HOUR
        assert clock.micros_between(hour(12), hour(18)) == HOUR
        assert clock.micros_between(hour(19), hour(8)) == 0

    def test_the_first_stay_holds_before_it_too(self) -> None:
        clock = TicketClock(HOURS, [Stay(hour(12), "email", "whole"), Stay(hour(13), "email", "never")])
        assert clock.micros_between(hour(2), hour(20)) == 11 * HOUR
        assert TicketClock(HOURS, [Stay(hour(12), "email", None)]).micros_between(hour(2), hour(13)) == 4 * HOUR

    def test_a_move_that_changes_no_schedule_cuts_nothing(self) -> None:
        clock = TicketClock(HOURS, [Stay(hour(8), "email", None), Stay(hour(9), "chat", "elsewhere")])
        assert clock._only
        assert clock.due(hour(8), 8 * 3600) == hour(17)

    def test_seconds_are_rounded_down_once(self) -> None:
        clock = TicketClock(HOURS, [Stay(hour(8), "email", None), Stay(hour(10) + 600_000, "email", "whole")])
        assert clock.seconds_between(hour(10), hour(10) + 1_200_000) == 1
        assert clock.seconds_between(hour(10), hour(10) + 999_999) == 0

    def test_due_goes_on_in_the_last_stay(self) -> None:
        clock = TicketClock(HOURS, [Stay(hour(8), "email", None), Stay(hour(11), "email", "evening")])
        assert clock.due(hour(8), 3600) == hour(10)
        assert clock.due(hour(8), 3 * 3600) == hour(18)
        assert clock.due(hour(20), 2 * 3600) == hour(24 + 18)
        assert clock.due(hour(8), 0) == hour(8)

    def test_due_never_comes_where_the_ticket_ends_in_a_schedule_that_never_opens(self) -> None:
        clock = TicketClock(HOURS, [Stay(hour(8), "email", None), Stay(hour(11), "email", "never")])
        assert clock.due(hour(8), 2 * 3600) == hour(11)
        assert clock.due(hour(8), 2 * 3600 + 1) is None

    def test_stays_out_of_order_or_missing_are_refused(self) -> None:
        with pytest.raises(ValueError, match="there must be a stay"):
            TicketClock(HOURS, [])
        with pytest.raises(ValueError, match="out of order"):
            TicketClock(HOURS, [Stay(hour(9), "email", None), Stay(hour(8), "email", None)])

    @settings(max_examples=tries(4))
    @given(stays(), st.integers(-600, 8 * 24 * 60), st.integers(-600, 8 * 24 * 60))
    def test_it_agrees_with_the_segments_cut_by_hand(self, held: list[Stay], one: int, other: int) -> None:
        start, end = WEDNESDAY + min(one, other) * MINUTE, WEDNESDAY + max(one, other) * MINUTE
        assert TicketClock(HOURS, held).micros_between(start, end) == working_time(HOURS, cut(held, start, end))

    @settings(max_examples=tries(4))
    @given(stays(), st.integers(-600, 8 * 24 * 60), st.integers(1, 10 * 24 * 3600))
    def test_due_is_the_first_moment_with_so_much_behind_it(self, held: list[Stay], after: int, seconds: int) -> None:
        start = WEDNESDAY + after * MINUTE
        clock = TicketClock(HOURS, held)
        end = clock.due(start, seconds)
        assert end is not None
        assert clock.micros_between(start, end) == seconds * SECOND
        assert clock.micros_between(start, end - 1) == seconds * SECOND - 1
