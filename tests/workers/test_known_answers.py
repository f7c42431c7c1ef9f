"""Worked examples that others published, and what our figures make of the same answers."""

from __future__ import annotations

import numpy as np
import pytest

from workers.metrics import figures_of
from workers.metrics.base import Figure, Sums


def figures(measure: str, answers: dict[int, int]) -> dict[str, Figure]:
    """The figures of so many answers by score; measures hold thousandths."""
    values = np.repeat(np.array(list(answers), np.int64) * 1000, list(answers.values()))
    return figures_of({measure: Sums(n=len(values), total=int(values.sum()), values=[values])})


@pytest.mark.parametrize(
    ("measure", "answers", "share"),
    [
        ("csat:1:5:", {5: 42, 4: 32, 3: 10, 2: 9, 1: 14}, 100 * 74 / 107),  # help.delighted.com, article 240
        ("csat:1:5:", {5: 50, 4: 30, 2: 20}, 80),  # theprimecalculator.com/business/csat-calculator
        ("csat:0:1:", {1: 8, 0: 2}, 80),  # support.assembled.com 25785923095693, Zendesk's good and bad
        ("csat:1:5:", {5: 20, 4: 7, 3: 27}, 50),  # chatwoot, csat getters.spec.js
        ("csat:1:3:", {3: 6, 2: 3, 1: 1}, 60),  # Zendesk: only 3 of 3 is good
        ("csat:1:5:", {5: 59617, 4: 11219, 3: 2558, 2: 1283, 1: 11230}, 82.45661005505954),  # a shop's 85,907 answers
    ],
)
def test_csat_is_the_published_share(measure: str, answers: dict[int, int], share: float) -> None:
    assert figures(measure, answers)["csat"].value == pytest.approx(share)


def test_csat_of_the_shop_has_its_mean_and_interval() -> None:
    found = figures("csat:1:5:", {5: 59617, 4: 11219, 3: 2558, 2: 1283, 1: 11230})
    assert found["csat_mean"].value == pytest.approx(4.242157216524847)
    assert (found["csat"].low, found["csat"].high) == pytest.approx((82.20082697, 82.70949058), abs=1e-6)


def test_no_answers_have_no_csat() -> None:
    assert figures_of({})["csat"].value is None


def test_ces_of_a_thousand_answers() -> None:
    """support.cys.group 3000095529: mean 4.08; 5 and above are 46 %."""
    found = figures("ces:1:7:easy", {1: 80, 2: 210, 3: 140, 4: 110, 5: 160, 6: 180, 7: 120})
    assert found["ces"].value == pytest.approx(4.08)
    assert found["ces_easy_share"].value == pytest.approx(46)


def test_ces_of_effort_is_the_plain_mean() -> None:
    assert figures("ces:1:5:effort", {1: 2, 2: 2, 3: 1, 4: 1, 5: 1})["ces"].value == pytest.approx(18 / 7)
