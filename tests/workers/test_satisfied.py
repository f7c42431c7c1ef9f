"""From which score on an answer is satisfied, told of a measure, agrees with the figure, on any scale."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.metrics import csat
from workers.metrics.base import Sums

SCALES = ((0, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 7), (1, 10), (0, 10), (0, 9), (1, 6))


@given(st.data())
def test_it_parts_the_answers_as_the_figure_does(data: st.DataObject) -> None:
    low, high = data.draw(st.sampled_from(SCALES))
    scores = [500 * score for score in data.draw(st.lists(st.integers(2 * low, 2 * high), min_size=1, max_size=12))]
    measure = f"csat:{low}:{high}:"
    sums = Sums(len(scores), sum(scores), values=[np.array(scores, np.int64)])
    figure, least = csat.figure({measure: sums})["csat"], csat.satisfied_from(measure)
    if least is None:
        assert figure.numerator is None
    else:
        assert figure.numerator == sum(score >= least for score in scores)


@pytest.mark.parametrize(("measure", "least"), [("csat:1:5:", 4000), ("csat:0:10:", 8000), ("csat:1:6:", None)])
def test_the_border(measure: str, least: float | None) -> None:
    assert csat.satisfied_from(measure) == least
