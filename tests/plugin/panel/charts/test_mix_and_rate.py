"""What made a figure change."""

from __future__ import annotations

import pytest

from plugin.panel.charts.mix_and_rate import Effect, MixAndRate, mix_and_rate
from tests.plugin.panel.charts.samples import ENGLISH
from tests.plugin.panel.pictures import drawn_texts, of_class, share, table_texts, tree
from workers.wording.language import language

FELL = MixAndRate(
    "CSAT", 88.0, 81.0, (Effect("E-mail", "rate", -6.0), Effect("Chat", "mix", -2.0), Effect("API", "rate", 1.0))
)


def bars(data: MixAndRate) -> list[tuple[float, float, str]]:
    """Left, right and look of each change."""
    rects = [one.attrib for one in tree(mix_and_rate(data, ENGLISH).svg).iter("rect") if "%" in one.get("x", "")]
    return [
        (share(one["x"]), share(one["x"]) + share(one["width"]), one["fill"].rstrip(")").rsplit("-", 1)[-1])
        for one in rects
    ]


def test_each_bar_starts_where_the_one_before_ended() -> None:
    [email, chat, api] = bars(FELL)
    assert email[0] == pytest.approx(chat[1], abs=1e-4)
    assert chat[0] == pytest.approx(api[0], abs=1e-4)


def test_the_lengths_are_the_changes() -> None:
    lengths = [right - left for left, right, _ in bars(FELL)]
    assert lengths[0] / lengths[2] == pytest.approx(6, abs=0.01)
    assert lengths[1] / lengths[2] == pytest.approx(2, abs=0.01)


def test_levels_are_points_so_that_no_length_is_cut_off() -> None:
    points = [share(one.get("cx")) for one in of_class(mix_and_rate(FELL, ENGLISH).svg, "point")]
    assert len(points) == 2
    assert points[0] == pytest.approx(bars(FELL)[0][1], abs=1e-4)
    assert points[1] == pytest.approx(bars(FELL)[2][1], abs=1e-4)


def test_what_is_worse_has_a_texture() -> None:
    assert [look for _, _, look in bars(FELL)] == ["negative", "negative", "positive"]
    more = MixAndRate("Reopened", 5.0, 9.0, (Effect("E-mail", "rate", 4.0),), higher_is_better=False)
    assert [look for _, _, look in bars(more)] == ["negative"]


def test_what_the_effects_leave_over_is_shown() -> None:
    data = MixAndRate("CSAT", 88.0, 81.0, (Effect("E-mail", "rate", -6.0),))
    assert table_texts(mix_and_rate(data, ENGLISH).table) == [
        ["Before", "–", "–", "88%"],
        ["E-mail", "changed itself", "\N{MINUS SIGN}6 points", "82%"],
        ["All else", "–", "\N{MINUS SIGN}1 point", "81%"],
        ["Now", "–", "–", "81%"],
    ]


def test_nothing_is_left_over_where_the_effects_are_all() -> None:
    assert "All else" not in drawn_texts(mix_and_rate(FELL, ENGLISH).svg)


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (FELL, "From 88% to 81%; most of it in E-mail itself (\N{MINUS SIGN}6 points)."),
        (
            MixAndRate("CSAT", 88.0, 90.0, (Effect("Chat", "mix", 2.0),)),
            "From 88% to 90%; most of it because the share of Chat changed (+2 points).",
        ),
        (MixAndRate("CSAT", 80.0, 90.0, ()), "From 80% to 90%."),
    ],
)
def test_the_finding_says_what_made_most_of_it(data: MixAndRate, finding: str) -> None:
    assert mix_and_rate(data, ENGLISH).finding == finding


def test_changes_have_the_sign_of_their_language() -> None:
    assert "\N{MINUS SIGN}6 points" in drawn_texts(mix_and_rate(FELL, ENGLISH).svg)
    assert any(text.startswith("\N{MINUS SIGN}6") for text in drawn_texts(mix_and_rate(FELL, language("hr")).svg))


def test_no_change_at_all_is_drawn() -> None:
    picture = mix_and_rate(MixAndRate("CSAT", 80.0, 80.0, (Effect("Chat", "mix", 0.0),)), ENGLISH)
    assert picture.finding == "From 80% to 80%."
    assert len(of_class(picture.svg, "point")) == 2
