"""Figures of the Report JSON as what the charts draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeAlias

from plugin.panel.charts.share_whiskers import Share
from plugin.panel.charts.target_bullets import Bullet
from plugin.panel.charts.three_parts import Parts, Survey
from workers.metrics.answers import Scale
from workers.metrics.sides import side_of
from workers.wording.language import Language

JSON: TypeAlias = Mapping[str, Any]


def share_of(name: str, figure: JSON, *, href: str = "") -> Share:
    """A row of a share in per cent; of answers on unlike scales, which have none, all of them."""
    unlike = bool(figure.get("parts")) and figure.get("denominator") is None
    return Share(
        name=name,
        n=figure["n"] if unlike else figure.get("denominator") or 0,
        numerator=figure.get("numerator"),
        value=figure["value"],
        low=figure.get("low"),
        high=figure.get("high"),
        undecided=figure.get("undecided") or 0,
        href=href,
        unlike=unlike,
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
    counts: Counter[str] = Counter()
    for score, count in (figure.get("distribution") or {}).items():
        counts[side_of(survey, float(score), scale) if scale else ""] += count
    if counts[""]:
        return None
    ends = {end: figure.get(end) for end in ("low", "high")}
    return Parts(
        name, counts["negative"], counts["neutral"], counts["positive"], score=figure["value"], href=href, **ends
    )


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
