"""Why a share changed: from what it was, through what each part added, to what it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from markupsafe import Markup

from plugin.panel.charts.marks import across, hidden_drawing, line, named_block, tag
from plugin.panel.charts.patterns import fill, textures
from plugin.panel.charts.picture import Picture, Table, key_of
from plugin.panel.charts.rows import TRACK, row, track
from plugin.panel.charts.words import NONE
from workers.wording.language import Language
from workers.wording.numbers import MINUS

#: `mix`: there was more or less of it; `rate`: it did better or worse itself.
Kind: TypeAlias = Literal["mix", "rate"]

_UP_AND_DOWN: Final = ("positive", "negative")


@dataclass(frozen=True, slots=True)
class Effect:
    """What one part added to the change, in points of a percentage."""

    name: str
    kind: Kind
    change: float


@dataclass(frozen=True, slots=True)
class MixAndRate:
    """A share in per cent before and now, and what made the difference; what the effects leave over is shown too."""

    name: str
    before: float
    now: float
    effects: tuple[Effect, ...]
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True)
class _Step:
    label: str
    below: str
    start: float
    end: float
    is_change: bool = True
    is_first: bool = False
    is_last: bool = False


def mix_and_rate(data: MixAndRate, language: Language) -> Picture:
    """A waterfall that lies on its side: a row a step."""
    finding = _finding(data, language)
    steps = list(_steps(data, language))
    key = key_of("waterfall", data.name)
    defs = hidden_drawing(textures(key, _UP_AND_DOWN), class_="patterns", height=0, width=0)
    ends = _ends(steps)
    drawn = [_row(step, data, ends, key, language) for step in steps]
    svg = named_block(key, (data.name, finding), defs, *drawn, class_="chart-rows")
    return Picture(data.name, finding, svg, _table(data, steps, language), _note(data, language))


def _steps(data: MixAndRate, language: Language) -> Iterator[_Step]:
    yield _Step(language.say("Before"), "", data.before, data.before, is_change=False, is_first=True)
    place = data.before
    for effect in data.effects:
        yield _Step(effect.name, _kind(effect.kind, language), place, place + effect.change)
        place += effect.change
    if _change(data.now - place, language) != _change(0, language):
        yield _Step(language.say("All else"), "", place, data.now)
    yield _Step(language.say("Now"), "", data.now, data.now, is_change=False, is_last=True)


def _kind(kind: Kind, language: Language) -> str:
    return language.say("its part of all changed") if kind == "mix" else language.say("changed itself")


def _ends(steps: list[_Step]) -> tuple[float, float]:
    """The part of the axis that is shown: all of what moves, with some room at both sides."""
    places = [place for step in steps for place in (step.start, step.end)]
    low, high = min(places), max(places)
    room = ((high - low) or abs(high) or 1.0) * 0.06
    return low - room, high + room


def _row(step: _Step, data: MixAndRate, ends: tuple[float, float], key: str, language: Language) -> Markup:
    start, end = ((place - ends[0]) / (ends[1] - ends[0]) for place in (step.start, step.end))
    marks = [line(across(end), TRACK / 2, across(end), TRACK, "joint")] if not step.is_last else []
    if not step.is_first:
        marks.append(line(across(start), 0, across(start), TRACK / 2, "joint"))
    if step.is_change:
        look, width = fill(key, _look(step, data)), across(abs(end - start))
        marks.append(tag("rect", x=across(min(start, end)), y=9, width=width, height=TRACK - 18, fill=look))
    else:
        marks.append(tag("circle", cx=across(end), cy=TRACK / 2, r=7, class_="point"))
    return row(step.label, step.below, track(*marks), _said(step, language), "")


def _look(step: _Step, data: MixAndRate) -> str:
    return "positive" if (step.end >= step.start) == data.higher_is_better else "negative"


def _said(step: _Step, language: Language) -> str:
    return _change(step.end - step.start, language) if step.is_change else language.percent(step.end)


def _change(value: float, language: Language) -> str:
    size = language.points(abs(value))
    if not round(value, 1):
        return size
    return f"{'+' if value > 0 else MINUS}{size}"


def _finding(data: MixAndRate, language: Language) -> str:
    ends = {"before": language.percent(data.before), "now": language.percent(data.now)}
    most = max(data.effects, key=lambda effect: abs(effect.change), default=None)
    if most is None or not most.change:
        return language.say("From {before} to {now}.", **ends)
    told = {**ends, "name": most.name, "change": _change(most.change, language)}
    if most.kind == "mix":
        return language.say(
            "From {before} to {now}; most of it because the share of {name} changed ({change}).", **told
        )
    return language.say("From {before} to {now}; most of it in {name} itself ({change}).", **told)


def _note(data: MixAndRate, language: Language) -> str:
    if not data.effects:
        return ""
    return language.say("Striped bars are changes for the worse, plain ones for the better.")


def _table(data: MixAndRate, steps: list[_Step], language: Language) -> Table:
    head = (language.say("Part"), language.say("What changed"), language.say("Change"), language.say("Level after it"))
    rows = tuple(
        (
            step.label,
            step.below or NONE,
            _change(step.end - step.start, language) if step.is_change else NONE,
            language.percent(step.end),
        )
        for step in steps
    )
    return Table(data.name, head, rows)
