"""Figures of the Report JSON as what the charts draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from plugin.panel.charts.share_whiskers import Share
from plugin.panel.charts.target_bullets import Bullet
from plugin.panel.charts.three_parts import Parts, Survey
from workers.metrics.answers import Scale
from workers.metrics.csat import is_negative, is_positive
from workers.metrics.nps import DETRACTOR_TO, PROMOTER_FROM
from workers.wording.language import Language

JSON: TypeAlias = Mapping[str, Any]

#: The lowest easy score and the highest hard one, by the scale's bounds; easy as docs/metrics.md has it.
_EASY: Final = {(1.0, 5.0): (4, 2), (1.0, 7.0): (5, 3)}
_NPS: Final = (0.0, 10.0)


def share_of(name: str, figure: JSON, *, href: str = "") -> Share:
    """A row of a share in per cent."""
    return Share(
        name=name,
        n=figure.get("denominator") or 0,
        numerator=figure.get("numerator"),
        value=figure["value"],
        low=figure.get("low"),
        high=figure.get("high"),
        undecided=figure.get("undecided") or 0,
        href=href,
    )


def bullet_of(name: str, figure: JSON, *, goal: float | None = None, target: str = "", href: str = "") -> Bullet:
    """A share that was in time, against its goal in per cent; `target` in words."""
    n, kept = figure.get("denominator") or 0, figure.get("numerator") or 0
    return Bullet(
        name=name,
        n=n,
        missed=n - kept,
        value=figure["value"],
        low=figure.get("low"),
        high=figure.get("high"),
        goal=goal,
        target=target,
        undecided=figure.get("undecided") or 0,
        href=href,
    )


def parts_of(name: str, figure: JSON, survey: Survey, *, href: str = "") -> Parts | None:
    """The answers of one scale in three parts; None where its scale has no agreed sides, or there are several."""
    scale = _scale(figure.get("scale") or ("0-10" if survey == "nps" else ""))
    if scale is None and figure["n"]:
        return None
    sides = [_side(float(score), scale, survey) for score in figure.get("distribution") or {}]
    if None in sides:
        return None
    counts = dict.fromkeys((-1, 0, 1), 0)
    for side, count in zip(sides, (figure.get("distribution") or {}).values(), strict=True):
        counts[side or 0] += count
    ends = {end: figure.get(end) for end in ("low", "high")}
    return Parts(name, counts[-1], counts[0], counts[1], score=figure["value"], href=href, **ends)


def scale_said(figure: JSON, language: Language) -> str:
    """Which end of the scale of a CES figure is the easy one; '' where it has none, or several."""
    scale = _scale(figure.get("scale") or "")
    if scale is None:
        return ""
    best = scale.low if scale.direction == "effort" else scale.high
    ends = {"low": language.number(scale.low), "high": language.number(scale.high), "best": language.number(best)}
    return language.say("On a scale from {low} to {high}, where {best} is the easiest.", **ends)


def _scale(name: str) -> Scale | None:
    """The scale of that name: `1-5`, `1-7 effort`."""
    bounds, _, direction = name.partition(" ")
    low, _, high = bounds.partition("-")
    try:
        return Scale(float(low), float(high), direction)
    except ValueError:
        return None


def _side(score: float, scale: Scale | None, survey: Survey) -> int | None:
    """-1, 0 or 1; None where the scale does not tell."""
    if scale is None:
        return None
    match survey:
        case "nps":
            if (scale.low, scale.high) != _NPS:
                return None
            return 1 if score >= PROMOTER_FROM else -1 if score <= DETRACTOR_TO else 0
        case "csat":
            known = is_positive(scale.high, scale)
            return (int(is_positive(score, scale)) - int(is_negative(score, scale))) if known else None
        case "ces":
            return _ease(score, scale)


def _ease(score: float, scale: Scale) -> int | None:
    if (scale.low, scale.high) not in _EASY:
        return None
    easy, hard = _EASY[scale.low, scale.high]
    mirrored = scale.low + scale.high - score if scale.direction == "effort" else score
    return 1 if mirrored >= easy else -1 if mirrored <= hard else 0
