"""The line beside each headline figure: of whole weeks that are over, of five and more each, of thirty in all."""

from __future__ import annotations

import re
from datetime import date

import pytest

from plugin.panel.charts.sparkline import Unit
from plugin.panel.views.trends import _value, whole_weeks
from tests.plugin.panel.pages.looking import Pages, Seen
from workers.metrics.base import Figure
from workers.periods import Period, day_of


def day(text: str) -> int:
    return day_of(date.fromisoformat(text))


TODAY = day("2026-03-18")  # a Wednesday


@pytest.mark.parametrize(
    ("period", "first_day", "weeks"),
    [
        (("2026-03-09", "2026-03-15"), "2025-01-01", ("2025-12-22", "2026-03-15")),
        (("2026-02-01", "2026-02-28"), "2025-01-01", ("2025-12-01", "2026-02-22")),
        (("2026-03-18", "2026-03-18"), "2025-01-01", ("2025-12-22", "2026-03-15")),
        (("2026-03-09", "2026-03-15"), "2026-03-02", ("2026-03-02", "2026-03-15")),
        (("2026-03-09", "2026-03-15"), "2026-02-24", ("2026-03-02", "2026-03-15")),
        (("2026-03-09", "2026-03-15"), "2026-03-03", None),
        (("2026-03-09", "2026-03-15"), None, None),
        (("2024-03-09", "2024-03-15"), "2026-03-03", None),
    ],
)
def test_they_are_whole_over_and_known(
    period: tuple[str, str], first_day: str | None, weeks: tuple[str, str] | None
) -> None:
    found = whole_weeks(Period(*map(day, period)), TODAY, day(first_day) if first_day else None)
    assert found == (Period(*map(day, weeks)) if weeks else None)


def test_on_a_sunday_its_week_is_not_over() -> None:
    sunday = day("2026-03-15")
    assert whole_weeks(Period(sunday, sunday), sunday, 0) == Period(day("2025-12-15"), day("2026-03-08"))


def lines(seen: Seen) -> dict[str, list[tuple[str, str]]]:
    """Figure → week and value of each row of its line's table."""
    found = {}
    for figure in seen.html.split('<figure class="picture trend">')[1:]:
        name = re.findall(r'<h4 class="picture-name quiet">(.*?)</h4>', figure)[0].removesuffix(" week by week")
        rows = r'<tr><th scope="row">(.*?)</th><td>(.*?)</td>'
        found[name] = re.findall(rows, figure.partition("</figure>")[0])
    return found


def test_every_headline_figure_has_one_and_its_last_week_is_the_figure_of_that_week(busy: Pages) -> None:
    seen = busy.see("acme/overview")
    found = lines(seen)
    assert [each for each in seen.texts("h3") if each not in found] == ["Backlog that waits for us"]
    values = dict(
        re.findall(r'<h3><a [^>]*>([^<]+)</a></h3>\s*<p class="value"><span class="main">([^<]+)</span>', seen.html)
    )
    for name, rows in found.items():
        assert rows[-1] == ("Week 11, 2026", values[name])
    assert {len(rows) for rows in found.values()} == {11}, "the first ticket is of 24 December"


def test_it_is_of_the_slice_that_is_asked_for(busy: Pages) -> None:
    all_, email = (lines(busy.see(f"acme/overview?slice={slice_}"))["Tickets"] for slice_ in ("", "channel:email"))
    assert 0 < int(email[-1][1]) < int(all_[-1][1])


def test_of_too_few_there_is_a_sentence_and_no_line(own: Pages) -> None:
    seen = own.see("acme/overview")
    assert lines(seen) == {}
    assert "Fewer than 30 in these weeks: too few for a trend." in seen.text


def test_without_anything_there_is_nothing(busy: Pages) -> None:
    seen = busy.see("empty/overview")
    assert lines(seen) == {}
    assert "too few for a trend" not in seen.text


@pytest.mark.parametrize(
    ("unit", "n", "has_point"), [("%", 4, False), ("%", 5, True), ("s", 4, False), ("points", 4, False), ("", 1, True)]
)
def test_weeks_of_fewer_than_five_have_no_point_but_in_a_count(unit: Unit, n: int, has_point: bool) -> None:
    assert (_value(Figure(value=50.0, unit=unit, n=n), unit) is not None) == has_point
