"""Answers in three parts, negative, neutral and positive, with the score they give: CSAT, CES and NPS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from markupsafe import Markup

from plugin.panel.charts.enough import is_faint, only_counts
from plugin.panel.charts.marks import across, hidden_drawing, joined, named_block, svg_text, tag
from plugin.panel.charts.patterns import fill, textures
from plugin.panel.charts.picture import Cell, Picture, Table, key_of
from plugin.panel.charts.rows import TRACK, linked_text, row, track
from plugin.panel.charts.words import NONE, counted, percent_ends, signed, whole_percent
from workers.wording.language import Language, mark

Survey: TypeAlias = Literal["csat", "ces", "nps"]

#: Ends that may be negative are not parted by a dash.
_SIGNED: Final = mark("likely {low} to {high}")
_PLAIN: Final = mark("likely {low}–{high}")
_PARTS: Final = ("negative", "neutral", "positive")
#: A part narrower than this has no room for its number, as a share.
_ROOM: Final = 0.14


@dataclass(frozen=True, slots=True)
class Parts:
    """How many answers were negative, neutral and positive, and the score with its 95 % interval.

    The score of CSAT is a percentage, of CES a mean on its own scale, of NPS points from -100 to 100.
    """

    name: str
    negative: int
    neutral: int
    positive: int
    score: float | None = None
    low: float | None = None
    high: float | None = None
    href: str = ""

    @property
    def n(self) -> int:
        """All answers."""
        return self.negative + self.neutral + self.positive

    @property
    def counts(self) -> tuple[int, int, int]:
        """In the order in which they are drawn."""
        return self.negative, self.neutral, self.positive


@dataclass(frozen=True, slots=True)
class ThreeParts:
    """Rows in the order given (channels, touch points). `scale` says in words which end is which, where it is asked."""

    name: str
    survey: Survey
    rows: tuple[Parts, ...]
    scale: str = ""


def three_parts(data: ThreeParts, language: Language) -> Picture:
    """A bar of 100 % each; of fewer than five answers one mark each."""
    finding, table = _finding(data, language), _table(data, language)
    if not any(parts.n for parts in data.rows):
        return Picture(data.name, finding, Markup(""), table, data.scale)
    key = key_of("parts", data.name)
    defs = hidden_drawing(textures(key, _PARTS), class_="patterns", height=0, width=0)
    drawn = [_row(parts, data.survey, key, language) for parts in data.rows]
    rows = named_block(key, (data.name, finding), defs, *drawn, class_="chart-rows")
    return Picture(data.name, finding, joined((_legend(data.survey, key, language), rows)), table, data.scale)


def _names(survey: Survey, language: Language) -> tuple[str, str, str]:
    match survey:
        case "csat":
            return language.say("Negative"), language.say("Neutral"), language.say("Positive")
        case "ces":
            return language.say("Hard"), language.say("Neither"), language.say("Easy")
        case "nps":
            return language.say("Detractors 0–6"), language.say("Passives 7–8"), language.say("Promoters 9–10")


def _legend(survey: Survey, key: str, language: Language) -> Markup:
    items = []
    for class_, name in zip(_PARTS, _names(survey, language), strict=True):
        swatch = tag("rect", width=12, height=12, rx=2, fill=fill(key, class_))
        items.append(tag("li", hidden_drawing(swatch, class_="swatch", height=12, width=12), name))
    return tag("ul", *items, class_="legend")


def _row(parts: Parts, survey: Survey, key: str, language: Language) -> Markup:
    marks = _ones(parts, key) if only_counts(parts.n) else _bar(parts, key, language)
    value, beside = _score(parts, survey, language)
    below = counted(parts.n, "answers", language)
    return row(linked_text(parts.name, parts.href), below, track(marks), value, beside, faint=is_faint(parts.n))


def _bar(parts: Parts, key: str, language: Language) -> Markup:
    marks, before = [], 0
    for class_, part in zip(_PARTS, parts.counts, strict=True):
        start, width = before / parts.n, part / parts.n
        before += part
        if not part:
            continue
        look = {"fill": fill(key, class_), "class_": "part"}
        marks.append(tag("rect", x=across(start), y=6, width=across(width), height=TRACK - 12, **look))
        if width >= _ROOM:
            text = whole_percent(100 * width, language)
            marks.append(svg_text(text, across(start + width / 2), TRACK / 2 + 4.5, f"inside on-{class_} middle"))
    return joined(marks)


def _ones(parts: Parts, key: str) -> Markup:
    kinds = [class_ for class_, part in zip(_PARTS, parts.counts, strict=True) for _ in range(part)]
    return joined(
        tag("rect", x=2 + 18 * place, y=TRACK / 2 - 7, width=14, height=14, rx=2, fill=fill(key, class_))
        for place, class_ in enumerate(kinds)
    )


def _score(parts: Parts, survey: Survey, language: Language) -> tuple[str, str]:
    if only_counts(parts.n) or parts.score is None:
        return NONE, language.say("too few answers") if parts.n else ""
    ends = _likely(parts, survey, language)
    if ends is None:
        return _written(parts.score, survey, language), ""
    form = _SIGNED if survey == "nps" else _PLAIN
    return _written(parts.score, survey, language), language.say(form, low=ends[0], high=ends[1])


def _likely(parts: Parts, survey: Survey, language: Language) -> tuple[str, str] | None:
    if parts.low is None or parts.high is None or only_counts(parts.n):
        return None
    if survey == "csat":
        return percent_ends(parts.low, parts.high, language)
    return _written(parts.low, survey, language), _written(parts.high, survey, language)


def _written(value: float, survey: Survey, language: Language) -> str:
    match survey:
        case "csat":
            return whole_percent(value, language)
        case "ces":
            return language.number(value, 1)
        case "nps":
            return signed(round(value), language)


def _finding(data: ThreeParts, language: Language) -> str:
    parts = max(data.rows, key=lambda row_: row_.n, default=None)
    if parts is None or not parts.n:
        return language.say("Nobody answered in these days.")
    values = {"name": parts.name, "count": counted(parts.n, "answers", language)}
    if only_counts(parts.n):
        return language.say("{name}: {count}, too few for a percentage.", **values)
    shares = {
        class_: whole_percent(100 * part / parts.n, language) for class_, part in zip(_PARTS, parts.counts, strict=True)
    }
    told = _shares_said(data.survey, values | shares, language)
    likely = _likely(parts, data.survey, language)
    if parts.score is None or likely is None:
        return f"{told}."
    score = _written(parts.score, data.survey, language)
    ends = {"low": likely[0], "high": likely[1]}
    return language.say(
        "{told}; the score is {score}, likely between {low} and {high}.", told=told, score=score, **ends
    )


def _shares_said(survey: Survey, values: dict[str, str], language: Language) -> str:
    match survey:
        case "csat":
            return language.say("{name}: {positive} positive, {neutral} neutral, {negative} negative", **values)
        case "ces":
            return language.say("{name}: {positive} found it easy, {negative} found it hard", **values)
        case "nps":
            return language.say("{name}: {positive} promoters, {neutral} passives, {negative} detractors", **values)


def _table(data: ThreeParts, language: Language) -> Table:
    head = (
        language.say("Name"),
        *_names(data.survey, language),
        language.say("Score"),
        language.say("Likely"),
        language.say("Answers"),
    )
    return Table(data.name, head, tuple(_line(parts, data.survey, language) for parts in data.rows))


def _line(parts: Parts, survey: Survey, language: Language) -> tuple[Cell, ...]:
    likely = _likely(parts, survey, language)
    return (
        linked_text(parts.name, parts.href),
        *(_part(part, parts.n, language) for part in parts.counts),
        _score(parts, survey, language)[0],
        (" … " if survey == "nps" else "–").join(likely) if likely else NONE,
        language.number(parts.n),
    )


def _part(part: int, n: int, language: Language) -> str:
    if only_counts(n):
        return language.number(part)
    return f"{language.number(part)} ({whole_percent(100 * part / n, language)})"
