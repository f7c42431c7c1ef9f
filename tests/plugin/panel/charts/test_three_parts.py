"""Answers in three parts."""

from __future__ import annotations

import pytest

from plugin.panel.charts.three_parts import Parts, Survey, ThreeParts, three_parts
from tests.plugin.panel.charts.samples import ENGLISH
from tests.plugin.panel.pictures import drawn_texts, of_class, share, table_texts, tree

NPS = Parts("All", 100, 100, 300, 40.0, 33.4, 46.6)


def told(parts: Parts, survey: Survey = "csat") -> ThreeParts:
    return ThreeParts("Answers", survey, (parts,), "From 1 to 5.")


def test_the_parts_are_as_wide_as_their_shares_and_lie_end_to_end() -> None:
    rects = of_class(three_parts(told(NPS, "nps"), ENGLISH).svg, "part")
    assert [share(one.get("width")) for one in rects] == [0.2, 0.2, 0.6]
    assert [share(one.get("x")) for one in rects] == [0.0, 0.2, 0.4]


def test_negative_is_told_by_a_texture_and_not_by_colour_alone() -> None:
    patterns = {
        one.get("id", "").split("-")[1]: one for one in tree(three_parts(told(NPS), ENGLISH).svg).iter("pattern")
    }
    strokes = {name: len(list(pattern.iter("path"))) for name, pattern in patterns.items()}
    assert strokes["negative"] > 0
    assert strokes["positive"] == strokes["neutral"] == 0


@pytest.mark.parametrize(
    ("survey", "finding"),
    [
        ("csat", "All: 60% positive, 20% neutral, 20% negative; the score is 40%, likely between 33 and 47%."),
        ("ces", "All: 60% found it easy, 20% found it hard; the score is 40, likely between 33.4 and 46.6."),
        ("nps", "All: 60% promoters, 20% passives, 20% detractors; the score is +40, likely between +33 and +47."),
    ],
)
def test_the_finding_says_the_parts_and_the_score_with_its_range(survey: Survey, finding: str) -> None:
    assert three_parts(told(NPS, survey), ENGLISH).finding == finding


def test_an_nps_below_zero_has_a_readable_range() -> None:
    texts = drawn_texts(three_parts(told(Parts("All", 30, 20, 20, -14.0, -30.0, 3.0), "nps"), ENGLISH).svg)
    assert {"\N{MINUS SIGN}14", "likely \N{MINUS SIGN}30 to +3"} <= set(texts)


def test_the_table_has_counts_with_their_shares() -> None:
    picture = three_parts(told(NPS, "nps"), ENGLISH)
    assert table_texts(picture.table) == [
        ["All", "100 (20%)", "100 (20%)", "300 (60%)", "+40", "+33 … +47", "500"],
    ]


def test_below_five_answers_each_is_a_mark_and_there_is_no_score() -> None:
    picture = three_parts(told(Parts("SMS", 1, 0, 3, 75.0, 30.0, 95.0)), ENGLISH)
    squares = [one.get("fill", "").rsplit("-", 1)[-1] for one in tree(picture.svg).iter("rect") if one.get("rx") == "2"]
    assert [look.rstrip(")") for look in squares[-4:]] == ["negative", "positive", "positive", "positive"]
    assert table_texts(picture.table) == [["SMS", "1", "0", "3", "–", "–", "4"]]
    assert "75" not in "".join(drawn_texts(picture.svg))
    assert picture.finding == "SMS: 4 answers, too few for a percentage."


def test_a_narrow_part_has_no_number_in_it() -> None:
    inside = [one.text for one in of_class(three_parts(told(Parts("All", 5, 5, 90)), ENGLISH).svg, "inside")]
    assert inside == ["90%"]


def test_a_score_without_an_interval_is_told_without_one() -> None:
    picture = three_parts(told(Parts("All", 1, 3, 6, 3.8), "ces"), ENGLISH)
    assert picture.finding == "All: 60% found it easy, 10% found it hard."
    assert "3.8" in drawn_texts(picture.svg)


def test_which_end_of_the_scale_is_which_stays_below_the_picture() -> None:
    assert three_parts(told(NPS), ENGLISH).note == "From 1 to 5."


def test_the_finding_is_of_the_row_with_most_answers() -> None:
    data = ThreeParts("CSAT", "csat", (Parts("SMS", 0, 0, 9, 100.0), Parts("All", 10, 10, 80, 80.0)))
    assert three_parts(data, ENGLISH).finding.startswith("All: 80% positive")
