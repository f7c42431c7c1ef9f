"""LiveAgent's naive times, in any zone and in the hour that is there twice."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.liveagent.local import in_order, moment, text_of, text_since
from integrations.liveagent.payloads import Interval
from integrations.times import DAY, HOUR, MINUTE, SECOND, instant_of_iso
from tests.desks.liveagent.world import ZAGREB

PACIFIC = ZoneInfo("America/Los_Angeles")
ZONES = st.sampled_from(
    [
        ZAGREB,
        PACIFIC,
        ZoneInfo("America/Phoenix"),
        ZoneInfo("Asia/Kolkata"),
        ZoneInfo("Australia/Lord_Howe"),
        ZoneInfo("UTC"),
    ]
)
MOMENTS = st.integers(
    instant_of_iso("2026-01-01T00:00:00Z") // SECOND, instant_of_iso("2027-01-01T00:00:00Z") // SECOND
)
AROUND_THE_CHANGE = st.integers(-2 * 3600, 2 * 3600).map(
    lambda seconds: instant_of_iso("2026-10-25T01:00:00Z") // SECOND + seconds
)


@given(MOMENTS | AROUND_THE_CHANGE, ZONES)
def test_a_text_means_the_moment_it_was_written_or_the_first_of_two(seconds: int, zone: ZoneInfo) -> None:
    at = seconds * SECOND
    read = moment(text_of(at, zone), zone)
    assert read in (at, at - HOUR, at - HOUR // 2)
    assert moment(text_of(at, zone), zone, after=at) == at


@given(AROUND_THE_CHANGE, AROUND_THE_CHANGE)
def test_what_happens_later_has_no_text_before_the_one_asked_from(since: int, wait: int) -> None:
    later = since * SECOND + abs(wait * SECOND - instant_of_iso("2026-10-25T01:00:00Z"))
    assert text_of(later, ZAGREB) >= text_since(since * SECOND, ZAGREB)


@pytest.mark.parametrize(
    ("utc", "zone", "text"),
    [
        ("2026-10-25T00:30:00Z", ZAGREB, "2026-10-25 02:30:00"),
        ("2026-10-25T01:30:00Z", ZAGREB, "2026-10-25 02:30:00"),
        ("2026-11-01T08:30:00Z", PACIFIC, "2026-11-01 01:30:00"),
        ("2026-11-01T09:30:00Z", PACIFIC, "2026-11-01 01:30:00"),
        ("2026-03-29T01:00:00Z", ZAGREB, "2026-03-29 03:00:00"),
    ],
)
def test_moments_are_written_as_liveagent_writes_them(utc: str, zone: ZoneInfo, text: str) -> None:
    assert text_of(instant_of_iso(utc), zone) == text


def test_the_second_of_two_is_taken_when_the_first_would_be_before_what_came_earlier() -> None:
    first = instant_of_iso("2026-10-25T00:50:00Z")
    assert moment("2026-10-25 02:10:00", ZAGREB) == first - 40 * MINUTE
    assert moment("2026-10-25 02:10:00", ZAGREB, after=first) == first + 20 * MINUTE


def test_a_time_that_is_simply_earlier_stays_so() -> None:
    noon = instant_of_iso("2026-06-15T12:00:00Z")
    assert moment("2026-06-15 10:00:00", ZAGREB, after=noon) == instant_of_iso("2026-06-15T08:00:00Z")


def test_of_two_that_are_both_before_what_came_earlier_the_first_is_taken() -> None:
    later = instant_of_iso("2026-10-25T04:00:00Z")
    assert moment("2026-10-25 02:10:00", ZAGREB, after=later) == instant_of_iso("2026-10-25T00:10:00Z")


@given(
    st.lists(st.integers(0, 5400), min_size=1, max_size=8, unique=True).map(sorted),
    st.randoms(use_true_random=False),
)
def test_a_history_is_put_in_order_however_it_is_told_and_whatever_the_clock_does(waits: list[int], random) -> None:  # type: ignore[no-untyped-def]
    begin = instant_of_iso("2026-10-25T00:15:00Z")
    starts = [begin + wait * SECOND for wait in waits]
    texts = [text_of(start, ZAGREB) for start in starts]
    if len(set(texts)) < len(texts):
        return  # the same text twice in one history: nothing could tell those apart
    ends = [*texts[1:], None]
    chain = [
        Interval(start, end, status=str(number)) for number, (start, end) in enumerate(zip(texts, ends, strict=True))
    ]
    told = list(chain)
    random.shuffle(told)
    assert in_order(told) == chain


@pytest.mark.parametrize("backwards", [False, True])
def test_intervals_of_one_second_keep_the_order_in_which_they_are_told(backwards: bool) -> None:
    noon = "2026-06-15 12:00:00"
    chain = [*(Interval(noon, noon, status=status) for status in "NAC"), Interval(noon, None, status="R")]
    assert in_order(chain[::-1] if backwards else chain) == chain


def test_a_gap_in_a_history_is_stepped_over() -> None:
    rows = [
        Interval("2026-06-15 12:00:00", "2026-06-15 12:10:00", status="N"),
        Interval("2026-06-15 12:10:01", "2026-06-15 12:20:00", status="A"),
        Interval("2026-06-15 12:30:00", None, status="R"),
    ]
    assert [one.status for one in in_order(rows[::-1])] == ["N", "A", "R"]
    assert in_order([]) == []
    assert DAY > HOUR
