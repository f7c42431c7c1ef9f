"""Medians with their band, on a log axis."""

from __future__ import annotations

import re

import pytest

from plugin.panel.charts.duration_band import DurationBand, Spell, duration_band
from plugin.panel.charts.scales import round_ticks, time_scale
from tests.plugin.panel.charts.samples import ENGLISH, days
from tests.plugin.panel.pictures import of_class, table_texts

HOUR = 3600.0


def spells(*medians: float | None, n: int = 40) -> tuple[Spell, ...]:
    return tuple(
        Spell(day, n, median, None if median is None else median / 2, None if median is None else 4 * median)
        for day, median in zip(days(len(medians)), medians, strict=True)
    )


def ys(markup: str, class_: str) -> list[list[float]]:
    """The heights of the points of each path of a class."""
    return [
        [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", one.get("d", ""))] for one in of_class(markup, class_)
    ]


def test_equal_factors_are_equal_heights() -> None:
    [line] = ys(duration_band(DurationBand("Response", spells(HOUR, 2 * HOUR, 4 * HOUR)), ENGLISH).svg, "median")
    assert line[0] - line[1] == pytest.approx(line[1] - line[2], abs=0.02)


def test_the_band_goes_from_the_25th_to_the_90th_percentile() -> None:
    svg = duration_band(DurationBand("Response", spells(HOUR, HOUR)), ENGLISH).svg
    [line], [upper, lower] = ys(svg, "median"), ys(svg, "band-edge")
    assert upper[0] < line[0] < lower[0]
    assert (line[0] - upper[0]) / (lower[0] - line[0]) == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize(
    ("lowest", "highest", "ticks"),
    [
        (30, 20 * 60, (60, 900, 3600)),
        (1000, 86_400, (900, 3600, 4 * 3600, 86_400)),
        (5000, 5000, (3600, 4 * 3600)),
        (0, 0, (60, 900)),
        (3600, 3600, (3600, 4 * 3600)),
    ],
)
def test_the_ticks_of_the_axis_are_those_people_think_in(lowest: float, highest: float, ticks: tuple[int, ...]) -> None:
    assert time_scale(lowest, highest).ticks == ticks


def test_what_took_less_than_a_minute_has_a_bin_of_its_own_at_the_bottom() -> None:
    scale = time_scale(5, 3600)
    assert scale.has_first_bin
    assert scale.place(0) == 0
    assert 0 < scale.place(30) < scale.place(60) < 0.15
    assert scale.place(3600) == 1


@pytest.mark.parametrize("seconds", [1e7, 1e9, 1e13])
def test_the_longest_times_stay_on_the_axis(seconds: float) -> None:
    scale = time_scale(60, seconds)
    assert 0.5 < scale.place(seconds) <= 1
    assert len(scale.ticks) >= 2


@pytest.mark.parametrize(
    ("highest", "ticks"),
    [(0, (0, 1)), (1, (0, 1)), (3, (0, 1, 2, 3)), (107, (0, 50, 100, 150)), (10**7, (0, 5_000_000, 10_000_000))],
)
def test_the_ticks_of_counts_are_whole_and_round(highest: float, ticks: tuple[int, ...]) -> None:
    assert round_ticks(highest) == ticks


def test_a_day_of_fewer_than_five_breaks_the_line_and_is_told_in_the_table() -> None:
    few = Spell("2026-11-18", 4, HOUR, HOUR, HOUR)
    picture = duration_band(DurationBand("Response", (*spells(HOUR, HOUR), few, *spells(HOUR, HOUR))), ENGLISH)
    assert len(ys(picture.svg, "median")) == 2
    assert table_texts(picture.table)[2][1:] == ["too few", "–", "–", "4"]


def test_a_day_of_fewer_than_thirty_has_an_open_dot_and_a_note() -> None:
    picture = duration_band(DurationBand("Response", spells(HOUR, HOUR, n=12)), ENGLISH)
    assert len(of_class(picture.svg, "dot-open")) == 2
    assert "fewer than 30" in picture.note


def test_a_lonely_day_is_drawn() -> None:
    svg = duration_band(DurationBand("Response", spells(None, HOUR, None)), ENGLISH).svg
    assert len(of_class(svg, "dot")) == 2  # and one in the legend
    [upper, _] = ys(svg, "band-edge")
    assert len(upper) == 2


def test_many_days_have_dots_only_where_there_is_room_but_a_lonely_one_always() -> None:
    many = (*spells(*[HOUR] * 30), Spell("2026-11-18", 0, None), *spells(HOUR))
    dots = of_class(duration_band(DurationBand("Response", many), ENGLISH).svg, "dot")[1:]
    assert [one.get("class") for one in dots] == ["dot from-480"] * 30 + ["dot"]


def test_without_the_25th_percentile_the_band_starts_at_the_median() -> None:
    data = DurationBand("Response", (Spell("2026-11-18", 50, HOUR, None, 4 * HOUR),) * 2)
    picture = duration_band(data, ENGLISH)
    [line], [_, lower] = ys(picture.svg, "median"), ys(picture.svg, "band-edge")
    assert line == lower
    assert picture.table.head == ("Time", "Median", "90th percentile", "Number")
    assert "Up to the 90th percentile" in picture.svg


def test_the_finding_tells_all_days_together_where_they_are_given() -> None:
    whole = Spell("", 400, HOUR, None, 9 * HOUR)
    found = duration_band(DurationBand("Response", spells(HOUR, 2 * HOUR), whole), ENGLISH).finding
    assert found == "Half took at most 1 h, nine in ten at most 9 h."


def test_without_them_it_tells_between_what_the_medians_lay() -> None:
    assert duration_band(DurationBand("Response", spells(HOUR, 2 * HOUR)), ENGLISH).finding == (
        "The median lay between 1 h and 2 h."
    )
    assert duration_band(DurationBand("Response", spells(HOUR)), ENGLISH).finding == "The median was 1 h."


def test_of_too_few_nothing_is_drawn() -> None:
    picture = duration_band(DurationBand("Response", spells(HOUR, n=4)), ENGLISH)
    assert picture.svg == ""
    assert picture.finding == "Too few for a median in these days."


def test_the_target_is_a_line_and_stands_in_the_table() -> None:
    picture = duration_band(DurationBand("Response", spells(HOUR), target=4 * HOUR), ENGLISH)
    assert len(of_class(picture.svg, "target")) == 2  # and one in the legend
    assert table_texts(picture.table)[0][-1] == "4 h"


def test_a_target_far_off_still_fits_on_the_axis() -> None:
    picture = duration_band(DurationBand("Response", spells(HOUR), target=30.0), ENGLISH)
    line = of_class(picture.svg, "target")[-1]
    assert 12 <= float(line.get("y1", 0)) <= 212
