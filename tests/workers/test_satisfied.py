"""The quick count of satisfied answers is that of the figure, on any scale."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workers.metrics import csat
from workers.metrics.base import Sums

SCALES = ((0, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 7), (1, 10), (0, 10), (0, 9), (1, 6))


@st.composite
def answers(draw: st.DrawFn) -> dict[str, Sums]:
    """Sums of answers, halves among them, on a scale or two."""
    found = {}
    for low, high in draw(st.lists(st.sampled_from(SCALES), min_size=0, max_size=2, unique=True)):
        scores = draw(st.lists(st.integers(2 * low, 2 * high), max_size=12))
        values = np.array([500 * score for score in scores], np.int64)
        found[f"csat:{low}:{high}:"] = Sums(len(scores), int(values.sum()), values=[values] if scores else [])
    return found


@given(answers())
def test_it_is_the_numerator_and_denominator_of_the_figure(measures: dict[str, Sums]) -> None:
    figure = csat.figure(measures)["csat"]
    assert csat.satisfied(measures) == (figure.numerator or 0, figure.denominator or 0)


def test_a_score_at_the_border_is_satisfied() -> None:
    measures = {"csat:1:5:": Sums(3, 11_000, values=[np.array([3999, 4000, 3001])])}
    assert csat.satisfied(measures) == (1, 3)
