"""How long something took over time: the median with the band from the 25th to the 90th percentile, on a log axis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from markupsafe import Markup

from plugin.panel.charts.columns import Columns, dots, presses, time_labels, unfinished_ground, unfinished_note
from plugin.panel.charts.enough import is_faint, only_counts
from plugin.panel.charts.marks import (
    across,
    drawing,
    gutter_width,
    hidden_drawing,
    joined,
    line,
    path,
    stretched,
    svg_text,
    tag,
)
from plugin.panel.charts.patterns import hatching
from plugin.panel.charts.picture import Picture, Table, key_of
from plugin.panel.charts.rows import linked_text
from plugin.panel.charts.scales import TimeScale, time_scale
from plugin.panel.charts.words import NONE, long_time, row_time
from workers.wording.language import Language

_TOP: Final = 12
_PLOT: Final = 200
_HEIGHT: Final = _TOP + _PLOT + 26


@dataclass(frozen=True, slots=True)
class Spell:
    """How long it took in one day, week or month, in seconds; None where too few tell it."""

    when: str
    n: int
    median: float | None
    p25: float | None = None
    p90: float | None = None
    unfinished: bool = False
    href: str = ""

    @property
    def shown(self) -> float | None:
        """The median, where enough tickets tell it."""
        return None if only_counts(self.n) else self.median

    @property
    def band(self) -> tuple[float, float] | None:
        """From the 25th percentile, or the median where it is not told, to the 90th."""
        if self.shown is None or self.p90 is None:
            return None
        return (self.shown if self.p25 is None else self.p25), self.p90


@dataclass(frozen=True, slots=True)
class DurationBand:
    """Durations over time; `target` in seconds, `whole` the same of all days together."""

    name: str
    spells: tuple[Spell, ...]
    whole: Spell | None = None
    target: float | None = None


def duration_band(data: DurationBand, language: Language) -> Picture:
    """A line of medians in its band; a time with fewer than five is left out, and its count told in the table."""
    finding, table = _finding(data, language), _table(data, language)
    shown = [spell.shown for spell in data.spells if spell.shown is not None]
    if not shown:
        return Picture(data.name, finding, Markup(""), table)
    svg = joined((_legend(data, language), _drawn(data, shown, finding, language)))
    return Picture(data.name, finding, svg, table, _note(data, language))


def _drawn(data: DurationBand, shown: Sequence[float], finding: str, language: Language) -> Markup:
    ends = [end for spell in data.spells for end in spell.band or ()] + ([data.target] if data.target else [])
    scale = time_scale(min(*shown, *ends, shown[0]), max(*shown, *ends, shown[0]))
    columns = Columns(len(data.spells), gutter_width(language.duration(tick) for tick in scale.ticks))
    key = key_of("band", data.name)

    def y_of(seconds: float) -> float:
        return _TOP + _PLOT * (1 - scale.place(seconds))

    return drawing(
        key,
        (data.name, finding),
        hatching(key),
        _lines(scale, y_of, language),
        unfinished_ground(columns, [spell.unfinished for spell in data.spells], _TOP + _PLOT, key),
        stretched(columns.slots, _HEIGHT, joined(_bands(data.spells, y_of)), joined(_medians(data.spells, y_of))),
        _target(data.target, y_of),
        joined(_dots(data.spells, columns, y_of)),
        time_labels(columns, [spell.when for spell in data.spells], _HEIGHT - 8, language),
        presses(
            columns,
            [_text(spell, language) for spell in data.spells],
            [spell.href for spell in data.spells],
            _TOP + _PLOT,
        ),
        height=_HEIGHT,
        class_=columns.look,
    )


def _legend(data: DurationBand, language: Language) -> Markup:
    band = language.say("From the 25th to the 90th percentile")
    if all(spell.p25 is None for spell in data.spells):
        band = language.say("Up to the 90th percentile")
    items = [
        ((line(0, 6, 24, 6, "line-1"), tag("circle", cx=12, cy=6, r=3.5, class_="dot")), language.say("Median")),
        ((tag("rect", x=0, y=1, width=24, height=10, class_="band-swatch"),), band),
    ]
    if data.target is not None:
        text = language.say("Target {target}", target=language.duration(data.target))
        items.append(((line(0, 6, 24, 6, "target"),), text))
    drawn = ((hidden_drawing(*marks, class_="swatch", height=12, width=24), text) for marks, text in items)
    return tag("ul", *(tag("li", mark, text) for mark, text in drawn), class_="legend")


def _lines(scale: TimeScale, y_of: Callable[[float], float], language: Language) -> Markup:
    found = [line(0, _TOP + _PLOT, "100%", _TOP + _PLOT, "axis")]
    for tick in scale.ticks:
        found.append(line(0, y_of(tick), "100%", y_of(tick), "grid"))
        found.append(svg_text(language.duration(tick), -8, y_of(tick) + 4, "tick end"))
    if scale.has_first_bin:
        found.append(svg_text(language.number(0), -8, _TOP + _PLOT + 4, "tick end"))
    return joined(found)


def _bands(spells: Sequence[Spell], y_of: Callable[[float], float]) -> Iterator[Markup]:
    """One area for each unbroken stretch of bands; a lonely one is half a column wide."""
    for stretch in _stretches([spell.band is not None for spell in spells]):
        ends = [(place + 0.5, spells[place].band or (0.0, 0.0)) for place in stretch]
        if len(ends) == 1:
            (x, band) = ends[0]
            ends = [(x - 0.25, band), (x + 0.25, band)]
        upper = [(x, y_of(high)) for x, (_, high) in ends]
        lower = [(x, y_of(low)) for x, (low, _) in reversed(ends)]
        yield path(upper + lower, "band", closed=True)
        yield path(upper, "band-edge")
        yield path(lower, "band-edge")


def _medians(spells: Sequence[Spell], y_of: Callable[[float], float]) -> Iterator[Markup]:
    for stretch in _stretches([spell.shown is not None for spell in spells]):
        yield path([(place + 0.5, y_of(spells[place].shown or 0.0)) for place in stretch], "median")


def _stretches(present: Sequence[bool]) -> Iterator[list[int]]:
    for is_present, places in groupby(range(len(present)), key=lambda place: present[place]):
        if is_present:
            yield list(places)


def _dots(spells: Sequence[Spell], columns: Columns, y_of: Callable[[float], float]) -> Iterator[Markup]:
    rooms = dots(columns, [spell.shown is not None for spell in spells])
    for place, (spell, room) in enumerate(zip(spells, rooms, strict=True)):
        if spell.shown is not None and room is not None:
            class_ = f"{'dot-open' if is_faint(spell.n) else 'dot'} {room}".rstrip()
            yield tag("circle", cx=across(columns.middle(place)), cy=y_of(spell.shown), r=3.5, class_=class_)


def _target(target: float | None, y_of: Callable[[float], float]) -> Markup:
    if target is None:
        return Markup("")
    return line(0, y_of(target), "100%", y_of(target), "target")


def _text(spell: Spell, language: Language) -> str:
    return f"{long_time(spell.when, language)}: {_seconds(spell.shown, language)} (n = {language.number(spell.n)})"


def _finding(data: DurationBand, language: Language) -> str:
    whole = data.whole
    if whole is not None and whole.shown is not None:
        told = language.say("Half took at most {median}.", median=language.duration(whole.shown))
        if whole.p90 is not None:
            told = language.say(
                "Half took at most {median}, nine in ten at most {p90}.",
                median=language.duration(whole.shown),
                p90=language.duration(whole.p90),
            )
        return told
    shown = [spell.shown for spell in data.spells if spell.shown is not None and not spell.unfinished]
    if not shown:
        return language.say("Too few for a median in these days.")
    low, high = language.duration(min(shown)), language.duration(max(shown))
    if low == high:
        return language.say("The median was {median}.", median=low)
    return language.say("The median lay between {low} and {high}.", low=low, high=high)


def _note(data: DurationBand, language: Language) -> str:
    faint = any(spell.shown is not None and is_faint(spell.n) for spell in data.spells)
    notes = (
        language.say("Open dots: fewer than 30.") if faint else "",
        unfinished_note([spell.unfinished for spell in data.spells], language),
    )
    return " ".join(note for note in notes if note)


def _table(data: DurationBand, language: Language) -> Table:
    has_p25 = any(spell.p25 is not None for spell in data.spells)
    target = () if data.target is None else (language.duration(data.target),)
    head = (
        language.say("Time"),
        language.say("Median"),
        *((language.say("25th percentile"),) if has_p25 else ()),
        language.say("90th percentile"),
        language.say("Number"),
        *((language.say("Target"),) if target else ()),
    )
    rows = tuple(
        (
            linked_text(row_time(spell.when, language, unfinished=spell.unfinished), spell.href),
            _seconds(spell.shown, language) if spell.n == 0 or spell.shown is not None else language.say("too few"),
            *((_seconds(spell.p25 if spell.shown is not None else None, language),) if has_p25 else ()),
            _seconds(spell.p90 if spell.shown is not None else None, language),
            language.number(spell.n),
            *target,
        )
        for spell in data.spells
    )
    return Table(data.name, head, rows)


def _seconds(value: float | None, language: Language) -> str:
    return NONE if value is None else language.duration(value)
