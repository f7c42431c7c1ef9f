"""Counts over time by channel."""

from __future__ import annotations

from itertools import pairwise

import pytest

from plugin.panel.charts.stacked_days import Stack, StackedDays, stacked_days
from tests.plugin.panel.charts.samples import ENGLISH, days, stacks
from tests.plugin.panel.pictures import drawn_texts, of_class, share, table_texts, tree


def bars(data: StackedDays) -> list[tuple[float, float, str]]:
    """Place, height and filling of every part of a bar."""
    rects = [one.attrib for one in tree(stacked_days(data, ENGLISH).svg).iter("rect")]
    parts = [one for one in rects if one.get("fill", "").startswith("url") and "%" in one.get("x", "")]
    return [(share(one["x"]), float(one["height"]), one["fill"]) for one in parts]


def two_days(first: tuple[int | None, ...], second: tuple[int | None, ...], *, open_: bool = False) -> StackedDays:
    one, other = (Stack(day, counts) for day, counts in zip(days(2), (first, second), strict=True))
    last = Stack(other.when, other.counts, unfinished=open_)
    return StackedDays("Tickets", ("E-mail", "Chat"), (one, last))


def test_the_heights_of_the_parts_are_their_counts() -> None:
    heights = [height for _, height, _ in bars(two_days((40, 20), (10, 0)))]
    # A pixel parts one part from the next.
    assert [round((height + 1) / (heights[2] + 1), 1) for height in heights] == [4, 2, 1]


def test_totals_stand_above_the_bars() -> None:
    assert {"60", "10"} <= set(drawn_texts(stacked_days(two_days((40, 20), (10, 0)), ENGLISH).svg))


def test_the_table_has_every_count_and_the_total() -> None:
    picture = stacked_days(two_days((40, 20), (10, None)), ENGLISH)
    assert picture.table.head == ("Time", "E-mail", "Chat", "Total")
    assert table_texts(picture.table) == [
        ["Tuesday 17 November 2026", "40", "20", "60"],
        ["Wednesday 18 November 2026", "10", "–", "10"],
    ]


def test_the_finding_says_between_what_the_finished_days_lie_and_which_channel_is_largest() -> None:
    found = stacked_days(two_days((40, 20), (10, 0)), ENGLISH).finding
    assert found == "Between 10 and 60 on a finished day, 35 on average. The largest part is E-mail (71%)."


def test_a_day_that_is_not_over_is_hatched_and_out_of_the_finding() -> None:
    picture = stacked_days(two_days((40, 20), (10, 0), open_=True), ENGLISH)
    assert len(of_class(picture.svg, "open")) == 1
    assert picture.finding.startswith("60 in all.")
    assert picture.note == "What is hatched is not whole: it is not over yet, or these days begin within it."
    assert table_texts(picture.table)[1][0] == "Wednesday 18 November 2026 (not over)"


def test_where_all_is_over_nothing_is_hatched() -> None:
    picture = stacked_days(two_days((40, 20), (10, 0)), ENGLISH)
    assert of_class(picture.svg, "open") == []
    assert picture.note == ""


def test_of_the_present_day_alone_only_the_count_so_far_is_told() -> None:
    data = StackedDays("Tickets", ("E-mail",), (Stack("2026-11-18", (14,), unfinished=True),))
    assert stacked_days(data, ENGLISH).finding == "14 so far; nothing of it is over yet."


@pytest.mark.parametrize(("when", "told"), [("2026-W46", "in a finished week"), ("2026-10", "in a finished month")])
def test_weeks_and_months_are_called_so(when: str, told: str) -> None:
    data = StackedDays("Tickets", ("E-mail",), (Stack(when, (14,)), Stack(when, (16,))))
    assert told in stacked_days(data, ENGLISH).finding


def test_beyond_six_channels_the_smallest_are_drawn_as_one_and_stay_apart_in_the_table() -> None:
    names = tuple(f"Channel {place}" for place in range(9))
    data = StackedDays("Tickets", names, (Stack("2026-11-18", (9, 8, 1, 7, 6, 2, 5, 4, 3)),))
    picture = stacked_days(data, ENGLISH)
    drawn = [text for text in drawn_texts(picture.svg) if text.startswith(("Channel", "All"))]
    assert drawn == ["Channel 0", "Channel 1", "Channel 3", "Channel 4", "Channel 6", "Channel 7", "All others"]
    assert picture.table.head == ("Time", *names, "Total")
    parts = [height for _, height, _ in bars(data)]
    assert round((parts[-1] + 1) / (parts[0] + 1), 2) == round((1 + 2 + 3) / 9, 2)


def test_the_parts_of_a_bar_have_the_order_of_the_legend() -> None:
    fills = [look.rsplit("-", 2)[-1].rstrip(")") for _, _, look in bars(two_days((40, 20), (10, 5)))]
    assert fills == ["1", "2", "1", "2"]


def test_of_many_days_only_the_highest_is_labelled_everywhere() -> None:
    totals = of_class(stacked_days(stacks(30, ("a", "b")), ENGLISH).svg, "total")
    assert len(totals) == 30
    assert len([one for one in totals if "from-" not in one.get("class", "")]) == 1


def test_labels_of_ninety_days_never_touch() -> None:
    labels = of_class(stacked_days(stacks(90, ("a",)), ENGLISH).svg, "tick")
    times = [one for one in labels if "middle" in one.get("class", "")]
    places = sorted(share(one.get("x")) for one in times)
    narrow = sorted(share(one.get("x")) for one in times if "from-" not in one.get("class", ""))
    assert min(b - a for a, b in pairwise(places)) * 640 >= 50
    assert min(b - a for a, b in pairwise(narrow)) * 230 >= 50
    assert times[-1].text == "18 Nov"


def test_columns_too_narrow_to_press_have_their_links_in_the_table_only() -> None:
    few, many = (stacked_days(stacks(n, ("a",), href="/t"), ENGLISH) for n in (7, 90))
    assert len(of_class(few.svg, "press")) == 14
    assert next(tree(few.svg).iter("a")).get("class") is None
    assert list(tree(many.svg).iter("a")) == []
    assert len([row for row in many.table.rows if not isinstance(row[0], str)]) == 90


def test_links_of_thirty_days_show_where_each_is_at_least_24_pixels_wide() -> None:
    links = list(tree(stacked_days(stacks(30, ("a",), href="/t"), ENGLISH).svg).iter("a"))
    assert {one.get("class") for one in links} == {"from-800"}
    assert (800 - 24 - 16) / 30 >= 24
