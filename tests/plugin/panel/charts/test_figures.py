"""Figures of reports as rows of pictures."""

from __future__ import annotations

import pytest

from plugin.panel.charts.figures import bullet_of, parts_of, scale_said, share_of
from plugin.panel.charts.three_parts import Survey
from tests.plugin.panel.charts.samples import ENGLISH
from workers.metrics.base import Figure
from workers.metrics.shares import share_figure


def test_a_share_is_taken_as_the_report_tells_it() -> None:
    row = share_of("Chat", share_figure(44, 50, undecided=3).json(), href="/c")
    assert (row.name, row.n, row.numerator, row.value, row.undecided, row.href) == ("Chat", 50, 44, 88.0, 3, "/c")
    assert row.told == pytest.approx((76.2, 88, 94.4), abs=0.05)


def test_a_share_of_nothing_tells_nothing() -> None:
    row = share_of("Chat", share_figure(0, 0).json())
    assert (row.n, row.told) == (0, None)


def test_answers_on_unlike_scales_are_counted_and_have_no_share() -> None:
    parts = {"1-5": share_figure(4, 9), "1-7": share_figure(2, 3)}
    row = share_of("Chat", Figure(value=None, unit="%", n=12, parts=parts).json())
    assert (row.n, row.unlike, row.told) == (12, True, None)
    assert not share_of("Chat", share_figure(44, 50).json()).unlike


def test_what_was_missed_is_what_was_not_in_time() -> None:
    bullet = bullet_of("Chat", share_figure(180, 240).json(), goal=90, target="4 h")
    assert (bullet.missed, bullet.goal, bullet.standing) == (60, 90, "below")


def parts(survey: Survey, scale: str | None, **distribution: int) -> tuple[int, int, int] | None:
    counted = {score.lstrip("s"): count for score, count in distribution.items()}
    figure = Figure(value=1.0, unit="points", n=sum(counted.values()), distribution=counted, scale=scale)
    found = parts_of("All", figure.json(), survey)
    return None if found is None else found.counts


@pytest.mark.parametrize(
    ("survey", "scale", "expected"),
    [("csat", "1-5", (3, 4, 13)), ("ces", "1-5", (3, 4, 13)), ("ces", "1-5 effort", (13, 4, 3)), ("csat", "1-6", None),
     ("csat", None, None), ("ces", "1-6", None)],
)  # fmt: skip
def test_scores_fall_on_the_side_their_scale_gives_them(
    survey: Survey, scale: str | None, expected: tuple[int, int, int] | None
) -> None:
    assert parts(survey, scale, s1=1, s2=2, s3=4, s4=6, s5=7) == expected


def test_nps_has_its_own_sides() -> None:
    assert parts("nps", "0-10", s0=1, s6=1, s7=2, s8=2, s9=3, s10=3) == (2, 4, 6)
    assert parts("nps", "1-5", s5=3) is None


def test_the_satisfied_sides_are_those_of_the_metric() -> None:
    assert parts("csat", "0-1", s0=4, s1=9) == (4, 0, 9)
    assert parts("csat", "1-7", s3=1, s4=1, s5=1, s6=5) == (1, 2, 5)


@pytest.mark.parametrize(("scale", "best"), [("1-5", 5), ("1-5 effort", 1), ("1-7", 7)])
def test_which_end_of_a_scale_is_easy_is_said(scale: str, best: int) -> None:
    said = scale_said(Figure(value=4.0, unit="points", n=9, scale=scale).json(), ENGLISH)
    assert said == f"On a scale from 1 to {scale[2]}, where {best} is the easiest."


def test_of_several_scales_no_end_is_said() -> None:
    assert scale_said(Figure(value=None, unit="points", n=9).json(), ENGLISH) == ""


def test_several_scales_at_once_have_no_parts() -> None:
    figure = Figure(value=None, unit="%", n=20, note="answers on different scales are not pooled")
    assert parts_of("All", figure.json(), "csat") is None


def test_no_answers_are_three_empty_parts() -> None:
    found = parts_of("All", Figure(value=None, unit="%", n=0).json(), "csat")
    assert found is not None
    assert found.n == 0
