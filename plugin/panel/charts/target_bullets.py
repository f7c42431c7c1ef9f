"""What was done in time, against what was meant to be: a bar each, with its goal as a line across it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from markupsafe import Markup

from plugin.panel.charts.enough import is_faint, only_counts
from plugin.panel.charts.marks import across, joined, line, named_block, tag
from plugin.panel.charts.picture import Cell, Picture, Table, key_of
from plugin.panel.charts.rows import axis, grid, linked_text, row, track
from plugin.panel.charts.words import NONE, count, likely, listed, percent_ends, whole_percent
from workers.wording.language import Language

_TICKS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)

#: How a share stands to its goal; `unclear` where the range in which it likely lies holds the goal.
Standing: TypeAlias = Literal["above", "below", "unclear", "too_few", "no_goal"]


@dataclass(frozen=True, slots=True)
class Bullet:
    """A share within target in per cent with its 95 % interval, the goal in per cent, and how many missed it.

    `target` is what had to be kept, in words (`4 h`).
    """

    name: str
    n: int
    missed: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    goal: float | None = None
    target: str = ""
    undecided: int = 0
    href: str = ""

    @property
    def standing(self) -> Standing:
        """By the interval, never by the value alone."""
        if self.value is None or is_faint(self.n) or self.low is None or self.high is None:
            return "too_few"
        if self.goal is None:
            return "no_goal"
        if self.low >= self.goal:
            return "above"
        return "below" if self.high < self.goal else "unclear"


@dataclass(frozen=True, slots=True)
class TargetBullets:
    """Bullets in the order given."""

    name: str
    rows: tuple[Bullet, ...]


def target_bullets(data: TargetBullets, language: Language) -> Picture:
    """A bar from 0 to 100 % each; below 30 grey and not judged, below five its counts."""
    finding, table = _finding(data, language), _table(data, language)
    if not any(bullet.n for bullet in data.rows):
        return Picture(data.name, finding, Markup(""), table)
    svg = named_block(
        key_of("bullets", data.name),
        (data.name, finding),
        *(_row(bullet, language) for bullet in data.rows),
        axis(tuple((place, language.percent(round(100 * place))) for place in _TICKS)),
        class_="chart-rows",
    )
    note = language.say("The upright line is the goal; the thin bar below is the range in which the share likely lies.")
    return Picture(data.name, finding, svg, table, note)


def _row(bullet: Bullet, language: Language) -> Markup:
    return row(
        linked_text(bullet.name, bullet.href),
        _below(bullet, language),
        track(grid(_TICKS), _bar(bullet), _goal(bullet)),
        _value(bullet, language),
        _judged(bullet, language),
        faint=is_faint(bullet.n),
    )


def _bar(bullet: Bullet) -> Markup:
    if bullet.value is None or only_counts(bullet.n):
        return Markup("")
    few = "-few" if is_faint(bullet.n) else ""
    marks = [tag("rect", x=0, y=11, width=across(bullet.value / 100), height=16, rx=2, class_=f"kept{few}")]
    if bullet.low is not None and bullet.high is not None:
        width = across((bullet.high - bullet.low) / 100)
        marks.append(tag("rect", x=across(bullet.low / 100), y=31, width=width, height=4, rx=2, class_="whisker"))
    return joined(marks)


def _goal(bullet: Bullet) -> Markup:
    if bullet.goal is None:
        return Markup("")
    place = across(bullet.goal / 100)
    return line(place, 6, place, 32, "goal")


def _below(bullet: Bullet, language: Language) -> str:
    parts = [bullet.target] if bullet.target else []
    parts.append(language.say_many("{n} missed", "{n} missed", bullet.missed))
    if bullet.undecided:
        parts.append(language.say_many("{n} undecided", "{n} undecided", bullet.undecided))
    return " · ".join(parts)


def _value(bullet: Bullet, language: Language) -> str:
    if bullet.value is not None and not only_counts(bullet.n):
        return whole_percent(bullet.value, language)
    if not bullet.n:
        return NONE
    kept, of = language.number(bullet.n - bullet.missed), language.number(bullet.n)
    return language.say("{part} of {whole}", part=kept, whole=of)


def _judged(bullet: Bullet, language: Language) -> str:
    """In words and with a sign, so that no colour has to tell it."""
    goal = whole_percent(bullet.goal, language) if bullet.goal is not None else ""
    match bullet.standing:
        case "above":
            return language.say("✓ keeps {goal}", goal=goal)
        case "below":
            return language.say("▼ below {goal}", goal=goal)
        case "unclear":
            return language.say("~ {goal} not clear", goal=goal)
        case "no_goal":
            return _likely(bullet, language)
        case "too_few":
            return language.say("too few to judge") if bullet.n else ""


def _likely(bullet: Bullet, language: Language) -> str:
    if bullet.low is None or bullet.high is None or only_counts(bullet.n):
        return ""
    return likely(bullet.low, bullet.high, language)


def _finding(data: TargetBullets, language: Language) -> str:
    if not any(bullet.n for bullet in data.rows):
        return language.say("Nothing had a target in these days.")
    below = [bullet.name for bullet in data.rows if bullet.standing == "below"]
    missed = sum(bullet.missed for bullet in data.rows)
    if below:
        told = language.say("Below the goal: {names}", names=listed(below, language))
        return language.say_many("{told}; {n} missed in all.", "{told}; {n} missed in all.", missed, told=told)
    if all(bullet.standing in ("too_few", "no_goal") for bullet in data.rows):
        return language.say_many("{n} missed; too few to judge a goal.", "{n} missed; too few to judge a goal.", missed)
    return language.say_many(
        "No goal is clearly missed; {n} missed in all.", "No goal is clearly missed; {n} missed in all.", missed
    )


def _table(data: TargetBullets, language: Language) -> Table:
    head = (
        language.say("Name"),
        language.say("Target"),
        language.say("In time"),
        language.say("Likely"),
        language.say("Goal"),
        language.say("Standing"),
        language.say("Missed"),
        language.say("Out of"),
        language.say("Undecided"),
    )
    return Table(data.name, head, tuple(_line(bullet, language) for bullet in data.rows))


def _line(bullet: Bullet, language: Language) -> tuple[Cell, ...]:
    judged = "" if bullet.standing == "no_goal" else _judged(bullet, language)
    return (
        linked_text(bullet.name, bullet.href),
        bullet.target or NONE,
        _value(bullet, language),
        _ends(bullet, language),
        NONE if bullet.goal is None else whole_percent(bullet.goal, language),
        judged or NONE,
        count(bullet.missed, language),
        language.number(bullet.n),
        language.number(bullet.undecided),
    )


def _ends(bullet: Bullet, language: Language) -> str:
    if bullet.low is None or bullet.high is None or only_counts(bullet.n):
        return NONE
    return "–".join(percent_ends(bullet.low, bullet.high, language))
