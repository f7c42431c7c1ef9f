"""Shares in time against their goals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plugin.panel.charts.target_bullets import Bullet, Standing, TargetBullets, target_bullets
from tests.plugin.panel.charts.samples import ENGLISH, bullet_row
from tests.plugin.panel.pictures import drawn_texts, of_class, share, table_texts


@pytest.mark.parametrize(
    ("bullet", "standing", "words"),
    [
        (bullet_row("Chat", 497, 500), "above", "✓ keeps 90%"),
        (bullet_row("E-mail", 180, 240), "below", "▼ below 90%"),
        (bullet_row("Voice", 85, 100), "unclear", "~ 90% not clear"),
        (bullet_row("SMS", 2, 29), "too_few", "too few to judge"),
        (bullet_row("API", 2, 3), "too_few", "too few to judge"),
        (bullet_row("Web form", 50, 60, None), "no_goal", "likely 72–91%"),
    ],
)
def test_a_goal_is_judged_by_the_interval_and_said_in_words(bullet: Bullet, standing: Standing, words: str) -> None:
    assert bullet.standing == standing
    assert words in drawn_texts(target_bullets(TargetBullets("In time", (bullet,)), ENGLISH).svg)


def test_bar_interval_and_goal_lie_at_their_numbers() -> None:
    svg = target_bullets(TargetBullets("In time", (bullet_row("E-mail", 180, 240),)), ENGLISH).svg
    [bar], [whisker], [goal] = (of_class(svg, name) for name in ("kept", "whisker", "goal"))
    assert share(bar.get("width")) == 0.75
    assert share(whisker.get("x")) == pytest.approx(0.692, abs=0.001)
    assert share(goal.get("x1")) == share(goal.get("x2")) == 0.9


def test_each_row_has_its_own_goal() -> None:
    rows = (bullet_row("E-mail", 180, 240, 80), bullet_row("Chat", 180, 240, 95), bullet_row("API", 180, 240, None))
    goals = of_class(target_bullets(TargetBullets("In time", rows), ENGLISH).svg, "goal")
    assert [share(goal.get("x1")) for goal in goals] == [0.8, 0.95]


def test_below_thirty_a_row_is_grey_and_below_five_it_has_no_bar() -> None:
    rows = (bullet_row("SMS", 10, 12), bullet_row("API", 2, 3))
    svg = target_bullets(TargetBullets("In time", rows), ENGLISH).svg
    assert len(of_class(svg, "faint")) == 2
    assert len(of_class(svg, "kept-few")) == 1
    assert "2 of 3" in drawn_texts(svg)


def test_what_was_missed_and_what_is_undecided_stands_in_the_row_and_in_the_table() -> None:
    row = replace(bullet_row("E-mail", 180, 240), undecided=12)
    picture = target_bullets(TargetBullets("In time", (row,)), ENGLISH)
    assert "4 h · 60 missed · 12 undecided" in drawn_texts(picture.svg)
    assert table_texts(picture.table) == [
        ["E-mail", "4 h", "75%", "69–80%", "90%", "▼ below 90%", "60", "240", "12"],
    ]


@pytest.mark.parametrize(
    ("rows", "finding"),
    [
        ((bullet_row("E-mail", 180, 240), bullet_row("Chat", 497, 500)), "Below the goal: E-mail; 63 missed in all."),
        ((bullet_row("Chat", 497, 500),), "No goal is clearly missed; 3 missed in all."),
        ((bullet_row("SMS", 1, 12),), "11 missed; too few to judge a goal."),
        ((), "Nothing had a target in these days."),
    ],
)
def test_the_finding_says_which_goals_are_missed(rows: tuple[Bullet, ...], finding: str) -> None:
    assert target_bullets(TargetBullets("In time", rows), ENGLISH).finding == finding
