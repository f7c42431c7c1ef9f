"""Answers to surveys as facts: one measure per kind and scale, so that unlike scales are never pooled."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from workers.metrics.base import Counted, Figure, Measures, Sums
from workers.metrics.facts import Fact
from workers.rules import Rules
from workers.statistics.intervals import FEWEST_FOR_SHARE

#: Scores are stored as whole thousandths, for some desks send halves.
PARTS: Final = 1000
#: Scores as thousandths lie within so many on every scale that is in use.
_CLOSE: Final = 100_000


@dataclass(frozen=True, slots=True)
class Scale:
    """A survey's scale and what a high score means (`easy` or `effort`, for CES)."""

    low: float
    high: float
    direction: str = ""

    @property
    def points(self) -> int:
        """How many whole scores it has."""
        return int(self.high - self.low) + 1

    @property
    def name(self) -> str:
        """`1-5`, as figures over several scales name their parts."""
        return f"{self.low:g}-{self.high:g}" + (f" {self.direction}" if self.direction == "effort" else "")

    def mirrored(self, score: float) -> float:
        """A score with a high one meaning easy whatever the survey's direction."""
        return self.low + self.high - score if self.direction == "effort" else score


@dataclass(frozen=True, slots=True)
class Scores:
    """How many answers gave each score of one scale, the lowest score first, and how many there are."""

    scale: Scale
    counts: Mapping[float, int]
    n: int

    @property
    def distribution(self) -> dict[str, int]:
        """Score → how many gave it."""
        return {f"{score:g}": count for score, count in self.counts.items()}

    @property
    def mean(self) -> float:
        """The mean score."""
        return sum(score * count for score, count in self.counts.items()) / self.n

    @property
    def deviation(self) -> float:
        """The standard deviation of a sample, of two answers at least."""
        mean = self.mean
        return math.sqrt(sum(count * (score - mean) ** 2 for score, count in self.counts.items()) / (self.n - 1))

    def among(self, is_counted: Callable[[float], bool]) -> int:
        """How many answers gave such a score."""
        return sum(count for score, count in self.counts.items() if is_counted(score))


def scale_of(kind: str, low: float, high: float, direction: str | None, rules: Rules) -> Scale:
    """The scale of an answer; what a high score of a CES means is said by the answer, else by the account."""
    if kind != "ces":
        return Scale(low, high)
    rule = rules.surveys.get(kind)
    return Scale(low, high, direction or (rule.direction if rule else "easy"))


def answer_facts(counted: Counted, kind: str) -> Iterator[Fact]:
    """The standing answers of a kind."""
    for answer in counted.ticket.standing_answers():
        if answer.kind != kind:
            continue
        scale = scale_of(kind, answer.low, answer.high, answer.direction, counted.rules)
        measure = f"{kind}:{scale.low:g}:{scale.high:g}:{scale.direction}"
        value = round(answer.score * PARTS)
        yield Fact(counted.answer_slices(answer), measure, counted.day(answer.at), None, 1, value, value)


def scores_of(measures: Measures, kind: str) -> list[Scores]:
    """The scores of each scale that was answered on, widest use first."""
    found = [_scores(measure, sums) for measure, sums in measures.items() if measure.split(":")[0] == kind and sums.n]
    return sorted(found, key=lambda scores: (-scores.n, scores.scale.name))


def over_scales(scores: list[Scores], unit: str, figure_of: Callable[[Scores], Figure]) -> Figure:
    """The figure of the one scale that was answered on; over several, null with one part a scale."""
    if not scores:
        return Figure(value=None, unit=unit, n=0)
    if len(scores) == 1:
        return replace(figure_of(scores[0]), scale=scores[0].scale.name)
    return Figure(
        value=None,
        unit=unit,
        n=sum(part.n for part in scores),
        parts={part.scale.name: figure_of(part) for part in scores},
        note="answers on different scales are not pooled",
    )


def few(figure: Figure) -> Figure:
    """The figure of fewer answers than may be scored: its counts."""
    return replace(figure, value=None, low=None, high=None, note=f"fewer than {FEWEST_FOR_SHARE} answers")


def scale_of_measure(measure: str) -> Scale:
    """The scale that the answers of a measure were given on."""
    _, low, high, direction = measure.split(":")
    return Scale(float(low), float(high), direction)


def _scores(measure: str, sums: Sums) -> Scores:
    parts, counts = _tally(sums.narrow_values())
    scores = (part / PARTS for part in parts.tolist())
    return Scores(scale_of_measure(measure), dict(zip(scores, counts.tolist(), strict=True)), int(counts.sum()))


def _tally(parts: NDArray[np.integer[Any]]) -> tuple[NDArray[np.integer[Any]], NDArray[np.int64]]:
    """Each number, the lowest first, and how often it is there: counted where they lie close enough, else sorted."""
    least = int(parts.min(initial=0))
    if int(parts.max(initial=0)) - least > _CLOSE:
        return np.unique(parts, return_counts=True)
    counts = np.bincount(parts - least)
    found = np.flatnonzero(counts)
    return found + least, counts[found]
