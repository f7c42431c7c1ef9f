"""Which share of the answers is satisfied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from workers.metrics.answers import PARTS, Scale, Scores, answer_facts, few, over_scales, scale_of_measure, scores_of
from workers.metrics.base import Counted, Figure, Measures, Metric, of_rated_tickets
from workers.metrics.facts import Fact
from workers.metrics.shares import share_figure
from workers.statistics.intervals import FEWEST_FOR_SHARE

#: Points of the scale → (lowest positive, highest negative), as places counted from the lowest score.
_BANDS: Final = {2: (1, 0), 3: (2, 0), 4: (2, 1), 5: (3, 1), 7: (5, 2), 10: (7, 4), 11: (8, 5)}


def is_positive(score: float, scale: Scale) -> bool:
    """Whether a score is on the satisfied side of its scale; an unknown scale has no sides."""
    return scale.points in _BANDS and score >= _positive_from(scale)


def is_negative(score: float, scale: Scale) -> bool:
    """Whether a score is on the dissatisfied side of its scale."""
    return scale.points in _BANDS and score <= scale.low + _offset(scale, _BANDS[scale.points][1])


def facts(counted: Counted) -> Iterator[Fact]:
    """The standing CSAT answers."""
    return answer_facts(counted, "csat")


def figure(measures: Measures) -> Mapping[str, Figure]:
    """Share positive and mean; over unlike scales null, with one part a scale."""
    scores = scores_of(measures, "csat")
    return {"csat": over_scales(scores, "%", _share), "csat_mean": over_scales(scores, "points", _mean)}


def satisfied_from(measure: str) -> float | None:
    """The least score, in thousandths, that is satisfied among the answers of a measure; None of an unknown scale."""
    scale = scale_of_measure(measure)
    return PARTS * _positive_from(scale) if scale.points in _BANDS else None


def _positive_from(scale: Scale) -> float:
    return scale.low + _offset(scale, _BANDS[scale.points][0])


def _offset(scale: Scale, place: int) -> int:
    # 10 or 11 points: 8–10 positive, 5 and below negative, whether the scale starts at 0 or 1.
    return place if scale.points != 10 or scale.low == 1 else place + 1


def _share(scores: Scores) -> Figure:
    if scores.scale.points not in _BANDS:
        note = f"the scale {scores.scale.name} has no agreed positive side"
        return Figure(value=None, unit="%", n=scores.n, distribution=scores.distribution, note=note)
    positive = scores.among(lambda score: is_positive(score, scores.scale))
    found = replace(share_figure(positive, scores.n), distribution=scores.distribution)
    return few(found) if scores.n < FEWEST_FOR_SHARE else found


def _mean(scores: Scores) -> Figure:
    return Figure(value=scores.mean, unit="points", n=scores.n)


METRIC = Metric(
    name="csat",
    title="CSAT",
    definition=(
        "Positive answers of all valid answers. By points of the scale, positive and negative are: 2: top, bottom; "
        "3: top, bottom; 4: top two, bottom two; 5: 4–5, 1–2; 7: 6–7, 1–3; 10 and 11: 8–10, 5 and below. What is "
        "between is neutral: in the denominator, on neither side."
    ),
    formula="positive ÷ valid answers × 100",
    cohort="answered",
    exclusions="replaced and invalidated answers; incomplete, spam and excluded tickets (not merged or deleted ones)",
    source=(
        "top answers of all answers: help.delighted.com article 240, kicue.com/en/blog/how-to-calculate-csat; "
        "interval: Wilson 1927"
    ),
    example="Answers of 5, 5, 4, 3 and 1 on the scale from 1 to 5: 3 of 5, 60 %.",
    elsewhere=(
        "Zendesk calls 3 of 5 bad, and 2 of 3 too; the share of good is the same (eesel.ai citing Zendesk; not "
        "verified there). Chatwoot: the same share, credited to the assignee at the answer, and 0 where nobody "
        "answered (its code). Nicereply: 100 % less the unhappy (support.nicereply.com 271). Help Scout: great less "
        "not good, from -100 to 100. LiveAgent: of three smileys, perhaps also of customers who did not rate (its "
        "sources disagree; not verified). Zammad has none."
    ),
    figures={"csat": "CSAT", "csat_mean": "CSAT mean"},
    measures=("csat",),
    facts=facts,
    figure=figure,
    needs="answers",
    left_out=of_rated_tickets,
    better="higher",
)
