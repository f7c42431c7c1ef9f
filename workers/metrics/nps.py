"""How many more customers would recommend than warn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from workers.metrics.answers import Scale, Scores, answer_facts, few, over_scales, scores_of
from workers.metrics.base import Counted, Figure, Measures, Metric, of_rated_tickets
from workers.metrics.facts import Fact
from workers.statistics.intervals import FEWEST_FOR_SHARE, nps_interval

_NAME: Final = "nps"
#: The only scale the score is defined on, and where its two sides begin.
_SCALE: Final = (0, 10)
_PROMOTER_FROM: Final = 9
_DETRACTOR_TO: Final = 6


def is_promoter(score: float, scale: Scale) -> bool:
    """Whether somebody with this score would recommend."""
    return (scale.low, scale.high) == _SCALE and score >= _PROMOTER_FROM


def is_detractor(score: float, scale: Scale) -> bool:
    """Whether somebody with this score would warn."""
    return (scale.low, scale.high) == _SCALE and score <= _DETRACTOR_TO


def facts(counted: Counted) -> Iterator[Fact]:
    """The standing NPS answers."""
    return answer_facts(counted, _NAME)


def figure(measures: Measures) -> Mapping[str, Figure]:
    """The score, from -100 to 100, with the distribution of the answers."""
    return {_NAME: over_scales(scores_of(measures, _NAME), "points", _score)}


def _score(scores: Scores) -> Figure:
    shown = Figure(value=None, unit="points", n=scores.n, distribution=scores.distribution)
    if (scores.scale.low, scores.scale.high) != _SCALE:
        return replace(shown, note=f"the scale {scores.scale.name} is not 0-10")
    promoters = scores.among(lambda score: is_promoter(score, scores.scale))
    detractors = scores.among(lambda score: is_detractor(score, scores.scale))
    net = promoters - detractors
    low, high = nps_interval(promoters, detractors, scores.n)
    told = replace(shown, value=100 * net / scores.n, low=low, high=high, numerator=net, denominator=scores.n)
    return few(told) if scores.n < FEWEST_FOR_SHARE else told


METRIC = Metric(
    name=_NAME,
    title="NPS",
    definition=(
        "Promoters (9 and 10) less detractors (0 to 6) of all valid answers on the scale from 0 to 10, from -100 to "
        "100; the rest is passive, in the denominator and on neither side. The numerator is promoters less "
        "detractors; the distribution stands beside it. An answer on another scale is shown, not scored. Below five "
        "answers there are only the counts. The interval is the 95 % adjusted Wald."
    ),
    formula="(promoters - detractors) ÷ valid answers × 100",
    cohort="answered",
    exclusions="as for CSAT",
    source="the sides: measuringu.com, cybaea.net; interval: B. Rocks, The American Statistician 70 (2016)",
    example="Answers of 10, 9, 9, 8 and 3: 3 promoters less 1 detractor of 5, 40.",
    elsewhere=(
        "The sides are the same everywhere (measuringu.com, cybaea.net). LiveAgent has no NPS; none was found in "
        "Chatwoot and Zammad."
    ),
    figures={_NAME: "NPS"},
    measures=(_NAME,),
    facts=facts,
    figure=figure,
    needs="answers",
    left_out=of_rated_tickets,
    better="higher",
)
