"""Moments are exact, bounded, and read the way desks write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.times import DAY, HOUR, MINUTE, SECOND, instant, instant_of_iso, instant_of_local, iso, utc

_ZAGREB = ZoneInfo("Europe/Zagreb")
_MOMENTS = st.datetimes(
    datetime(1990, 1, 2),  # noqa: DTZ001 -- hypothesis puts the zone on
    datetime(2199, 12, 30),  # noqa: DTZ001
    timezones=st.timezones(),
)


def test_an_instant_is_microseconds_since_1970() -> None:
    assert instant_of_iso("1990-01-01T00:00:00Z") == 631_152_000 * SECOND
    assert instant_of_iso("2026-01-31T12:00:00.000001Z") == 1_769_860_800 * SECOND + 1
    assert (DAY, HOUR, MINUTE) == (86_400 * SECOND, 3600 * SECOND, 60 * SECOND)


def test_the_same_moment_is_the_same_instant_in_every_offset() -> None:
    texts = ("2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00", "2026-01-31T06:30:00-05:30", "2026-01-31 12:00Z")
    assert {instant_of_iso(text) for text in texts} == {1_769_860_800 * SECOND}


@given(_MOMENTS)
def test_a_moment_survives_the_way_to_text_and_back(moment: datetime) -> None:
    at = instant(moment)
    assert instant_of_iso(iso(at)) == at
    assert utc(at).timestamp() == moment.timestamp()  # a time that a zone repeats or skips is equal to nothing
    assert instant(utc(at).astimezone(timezone(timedelta(hours=-7)))) == at


def test_a_fraction_is_written_only_when_there_is_one() -> None:
    assert iso(1_769_860_800 * SECOND) == "2026-01-31T12:00:00Z"
    assert iso(1_769_860_800 * SECOND + 1500) == "2026-01-31T12:00:00.001500Z"


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2026-01-31", "2026-01-31T12:00:00", "2026-W05-6", "1769860800", "2026-02-30T00:00:00Z",
        "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1989-12-31T23:59:59Z",
        "2200-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "2026-01-31T24:00:00Z", "2026-01-31T12:00:00+24:00",
        "\ud800", "2026-01-31T12:00:00." + "0" * 100_000 + "Z",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+") as caught:
        instant_of_iso(text)
    assert len(str(caught.value)) < 200


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_a_value_error(text: str) -> None:
    for read in (instant_of_iso, lambda some: instant_of_local(some, _ZAGREB)):
        try:
            assert iso(read(text))
        except ValueError:
            continue


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        instant(datetime(2026, 1, 31, 12))  # noqa: DTZ001 -- what is tested


def test_a_local_time_is_read_in_its_zone() -> None:
    assert iso(instant_of_local("2026-01-31 13:00:00", _ZAGREB)) == "2026-01-31T12:00:00Z"
    assert iso(instant_of_local("2026-07-31 13:00:00", _ZAGREB)) == "2026-07-31T11:00:00Z"
    assert iso(instant_of_local("2026-07-31T13:00:00-04:00", _ZAGREB)) == "2026-07-31T17:00:00Z"


def test_of_the_hour_that_a_clock_change_repeats_the_first_is_taken() -> None:
    assert iso(instant_of_local("2026-10-25 02:30:00", _ZAGREB)) == "2026-10-25T00:30:00Z"
    assert iso(instant_of_local("2026-10-25 03:00:00", _ZAGREB)) == "2026-10-25T02:00:00Z"


def test_a_local_time_that_a_clock_change_skips_is_still_a_moment() -> None:
    assert iso(instant_of_local("2026-03-29 02:30:00", _ZAGREB)) == "2026-03-29T01:30:00Z"


@pytest.mark.parametrize(
    "text", ["0001-01-01 00:00:00", "9999-12-31 23:59:59", "0000-00-00 00:00:00", "", "x" * 70_000]
)
def test_what_desks_write_for_none_is_a_value_error(text: str) -> None:
    for zone in (_ZAGREB, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/Los_Angeles")):
        with pytest.raises(ValueError, match=r".+"):
            instant_of_local(text, zone)


def test_an_instant_is_an_aware_utc_datetime() -> None:
    assert utc(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert utc(1_769_860_800 * SECOND).utcoffset() == timedelta(0)
