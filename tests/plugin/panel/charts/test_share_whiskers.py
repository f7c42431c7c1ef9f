"""Shares with the range in which they likely lie."""

from __future__ import annotations

import pytest

from plugin.panel.charts.share_whiskers import Meaning, Order, Share, ShareWhiskers, share_whiskers
from tests.plugin.panel.charts.samples import ENGLISH, share_row
from tests.plugin.panel.pictures import drawn_texts, of_class, share, table_texts
from workers.wording.language import language

ROWS = (
    share_row("Chat", 44, 50),
    share_row("E-mail", 171, 240),
    share_row("Voice", 13, 15),
    share_row("SMS", 3, 4),
    share_row("API", 20, 20),
)


def csat(
    *rows: Share, whole: Share | None = None, target: float | None = None, order: Order = "lowest_first"
) -> ShareWhiskers:
    return ShareWhiskers("CSAT by channel", rows or ROWS, whole, target, "positive", order=order)


def names(data: ShareWhiskers) -> list[str]:
    return [row.text or "" for row in of_class(share_whiskers(data, ENGLISH).svg, "row-name")]


def test_the_finding_says_the_share_and_between_what_it_likely_lies() -> None:
    found = share_whiskers(csat(share_row("Chat", 44, 50)), ENGLISH).finding
    assert found == "Chat: 88% positive, likely between 76 and 94%."


def test_dot_and_whisker_lie_at_their_numbers() -> None:
    svg = share_whiskers(csat(share_row("Chat", 44, 50)), ENGLISH).svg
    [dot], [whisker] = of_class(svg, "point"), of_class(svg, "range")
    assert share(dot.get("cx")) == pytest.approx(0.88)
    assert share(whisker.get("x")) == pytest.approx(0.762, abs=0.001)
    assert share(whisker.get("x")) + share(whisker.get("width")) == pytest.approx(0.944, abs=0.001)


def test_every_row_prints_how_many_told_it() -> None:
    texts = drawn_texts(share_whiskers(csat(), ENGLISH).svg)
    assert {"50 answers", "240 answers", "15 answers", "4 answers"} <= set(texts)


def test_rows_that_compare_come_first_by_their_lower_bound_and_few_answers_by_name() -> None:
    assert names(csat()) == ["E-mail", "Chat", "API", "Voice", "SMS"]


def test_where_high_is_bad_the_highest_upper_bound_comes_first() -> None:
    assert names(csat(order="highest_first"))[:2] == ["Chat", "E-mail"]


def test_people_stand_in_the_order_of_the_alphabet_where_accents_follow_their_letter() -> None:
    rows = tuple(
        share_row(name, 3 * place, 40) for place, name in enumerate(("Zoran", "Đuro", "Čedo", "Dora", "ana", "Cvita"))
    )
    assert names(csat(*rows, order="alphabetical")) == ["ana", "Cvita", "Čedo", "Dora", "Đuro", "Zoran"]


def test_people_are_not_named_for_missing_a_target_and_their_team_is_a_line() -> None:
    data = csat(share_row("Ana", 10, 40), whole=share_row("Team", 300, 400), target=90, order="alphabetical")
    picture = share_whiskers(data, ENGLISH)
    assert picture.finding == "Team: 75% positive, likely between 71 and 79%."
    assert "The solid line is Team (75%)." in picture.note
    [reference] = of_class(picture.svg, "reference")
    assert share(reference.get("x1")) == pytest.approx(0.75)


def test_below_five_answers_there_are_only_counts() -> None:
    picture = share_whiskers(csat(share_row("SMS", 3, 4), share_row("Chat", 44, 50)), ENGLISH)
    assert (len(of_class(picture.svg, "single")), len(of_class(picture.svg, "single-open"))) == (3, 1)
    assert {"3 of 4", "too few answers"} <= set(drawn_texts(picture.svg))
    assert table_texts(picture.table)[1] == ["SMS", "too few answers", "–", "3", "4"]
    assert "75%" not in str(picture.table) + "".join(drawn_texts(picture.svg))


def test_below_thirty_a_row_is_grey_and_open_with_its_range() -> None:
    picture = share_whiskers(csat(share_row("Voice", 13, 15)), ENGLISH)
    assert len(of_class(picture.svg, "point-few")) == len(of_class(picture.svg, "faint")) == 1
    assert "likely 62–96%" in drawn_texts(picture.svg)
    assert "fewer than 30" in picture.note


def test_thirty_answers_are_enough() -> None:
    picture = share_whiskers(csat(share_row("Voice", 20, 30)), ENGLISH)
    assert of_class(picture.svg, "faint") == []
    assert picture.note == ""


def test_a_row_whose_whole_range_is_below_the_target_is_named() -> None:
    found = share_whiskers(csat(target=85), ENGLISH).finding
    assert found.endswith("Clearly below the target of 85%: E-mail.")


def test_a_row_of_few_answers_is_never_named_for_it() -> None:
    found = share_whiskers(csat(share_row("Voice", 3, 15), share_row("Chat", 44, 50), target=85), ENGLISH).finding
    assert found.endswith("None clearly misses the target of 85%.")


def test_where_high_is_bad_what_lies_above_the_target_is_named() -> None:
    data = csat(share_row("Voice", 30, 50), share_row("Chat", 2, 50), target=20, order="highest_first")
    assert share_whiskers(data, ENGLISH).finding.endswith("Clearly above the target of 20%: Voice.")


def test_of_many_that_miss_three_are_named() -> None:
    data = csat(*(share_row(f"Channel {place}", 10, 100) for place in range(5)), target=90)
    assert "Channel 0, Channel 1, Channel 2 and 2 others." in share_whiskers(data, ENGLISH).finding


def test_the_target_is_a_line_through_every_row() -> None:
    picture = share_whiskers(csat(target=85), ENGLISH)
    lines = of_class(picture.svg, "target")
    assert len(lines) == len(ROWS)
    assert {share(line.get("x1")) for line in lines} == {0.85}
    assert "Goal 85%" in drawn_texts(picture.svg)
    assert {row[-1] for row in table_texts(picture.table)} == {"85%"}


@pytest.mark.parametrize(("value", "written"), [(99.6, "99.6%"), (0.3, "0.3%"), (99.4, "99%"), (100.0, "100%")])
def test_all_or_none_is_said_only_where_it_is_so(value: float, written: str) -> None:
    picture = share_whiskers(csat(Share("Chat", 5000, None, value, value, value)), ENGLISH)
    assert f"Chat: {written} positive" in picture.finding


def test_of_few_answers_in_all_the_finding_tells_their_counts() -> None:
    found = share_whiskers(csat(share_row("SMS", 3, 4)), ENGLISH).finding
    assert found == "SMS: 3 of 4, too few for a percentage."


def test_answers_on_unlike_scales_are_told_with_their_number() -> None:
    picture = share_whiskers(csat(Share("Chat", 12, unlike=True), share_row("Voice", 44, 50)), ENGLISH)
    texts = drawn_texts(picture.svg)
    assert "12 answers" in texts
    assert "on different scales" in texts
    assert ["Chat", "on different scales", "–", "–", "12"] in [row[:5] for row in table_texts(picture.table)]
    assert "too few answers" not in str(picture)


@pytest.mark.parametrize("as_whole", [True, False])
def test_where_all_is_on_unlike_scales_the_finding_says_so(as_whole: bool) -> None:
    one = Share("All channels", 12, unlike=True)
    data = ShareWhiskers("CSAT", () if as_whole else (one,), whole=one if as_whole else None)
    assert share_whiskers(data, ENGLISH).finding == "All channels: 12 answers on different scales, not put together."


def test_what_is_undecided_is_told_where_there_is_some() -> None:
    row = share_row("Chat", 44, 50)
    undecided = Share(row.name, row.n, row.numerator, row.value, row.low, row.high, undecided=7)
    picture = share_whiskers(ShareWhiskers("Resolved", (undecided,), counted="tickets"), ENGLISH)
    assert "50 tickets, 7 undecided" in drawn_texts(picture.svg)
    assert picture.table.head[-1] == "Undecided"


@pytest.mark.parametrize("meaning", ["positive", "easy", "in_time", "resolved", "answered", "share"])
def test_every_meaning_has_its_sentence(meaning: Meaning) -> None:
    data = ShareWhiskers("Shares", (share_row("Chat", 44, 50),), meaning=meaning)
    assert "likely between 76 and 94%" in share_whiskers(data, ENGLISH).finding


def test_in_croatian_the_numbers_have_croatian_signs() -> None:
    picture = share_whiskers(csat(share_row("Chat", 44, 50)), language("hr"))
    assert "94\u00a0%" in picture.finding
