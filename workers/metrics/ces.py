"""How easy customers found it to get help."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from workers.metrics.answers import Scale, Scores, answer_facts, few, over_scales, scores_of
from workers.metrics.base import Counted, Figure, Measures, Metric, of_rated_tickets
from workers.metrics.facts import Fact
from workers.metrics.shares import share_figure
from workers.statistics.intervals import FEWEST_FOR_MEAN, FEWEST_FOR_SHARE, mean_interval

#: The lowest easy score, by the scale's bounds.
_EASY_FROM: Final = {(1, 5): 4, (1, 7): 5}


def facts(counted: Counted) -> Iterator[Fact]:
    """The standing CES answers."""
    return answer_facts(counted, "ces")


def figure(measures: Measures) -> Mapping[str, Figure]:
    """Mean on the survey's own scale and the share that found it easy; never pooled over scales or directions."""
    scores = scores_of(measures, "ces")
    return {"ces": over_scales(scores, "points", _mean), "ces_easy_share": over_scales(scores, "%", _easy_share)}


def is_easy(score: float, scale: Scale) -> bool:
    """Whether a score says that it was easy; a scale without an agreed easy side has none."""
    easy_from = _easy_from(scale)
    return easy_from is not None and scale.mirrored(score) >= easy_from


def is_hard(score: float, scale: Scale) -> bool:
    """Whether a score says that it was hard: as far from the one end as the easy ones are from the other."""
    return is_easy(scale.low + scale.high - score, scale)


def _easy_from(scale: Scale) -> int | None:
    return _EASY_FROM.get((int(scale.low), int(scale.high)))


def _mean(scores: Scores) -> Figure:
    mean = scores.mean
    found = Figure(value=mean, unit="points", n=scores.n, mean=mean, distribution=scores.distribution)
    if scores.n < FEWEST_FOR_MEAN:
        return found
    low, high = mean_interval(mean, scores.deviation, scores.n)
    return replace(found, low=max(low, scores.scale.low), high=min(high, scores.scale.high))


def _easy_share(scores: Scores) -> Figure:
    if _easy_from(scores.scale) is None:
        return Figure(value=None, unit="%", n=scores.n, note=f"the scale {scores.scale.name} has no agreed easy side")
    found = share_figure(scores.among(lambda score: is_easy(score, scores.scale)), scores.n)
    return few(found) if scores.n < FEWEST_FOR_SHARE else found


METRIC = Metric(
    name="ces",
    title="CES",
    definition=(
        "The mean of the valid answers on the survey's own scale; beside it the share that found it easy (4–5 of 1–5, "
        "5–7 of 1–7; surveys that ask for effort are mirrored for the share only). Never inverted, never pooled."
    ),
    formula="sum of ratings ÷ number of answers",
    cohort="answered",
    exclusions="as for CSAT",
    source=(
        "mean of the ratings: CEB 2010 (effort), Dixon, Toman and DeLisi 2013 (ease); "
        "support.customergauge.com article 5000755869"
    ),
    example="Answers of 5, 4, 4, 3 and 1 on the scale from 1 to 5: 17 ÷ 5, 3.4; 3 of 5 found it easy, 60 %.",
    elsewhere=(
        "An index takes the share of 6 and 7 less that of 1 to 3: of 1000 answers (80, 210, 140, 110, 160, 180 and "
        "120 from 1 to 7) -13, where we tell 4.08 and 46 % easy (support.cys.group 3000095529, 3000095531). In the "
        "first version, of 2010, a high score is effort. LiveAgent has no CES."
    ),
    figures={"ces": "CES", "ces_easy_share": "Found it easy"},
    measures=("ces",),
    facts=facts,
    figure=figure,
    needs="answers",
    left_out=of_rated_tickets,
)
