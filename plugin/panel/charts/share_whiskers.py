"""Shares side by side: a dot, the range in which it likely lies, how many told it, and the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from markupsafe import Markup

from plugin.panel.charts.enough import FEWEST_FOR_RANK, is_faint, only_counts
from plugin.panel.charts.marks import across, joined, line, named_block, svg_text, tag
from plugin.panel.charts.picture import Cell, Picture, Table, key_of
from plugin.panel.charts.rows import TRACK, anchor, axis, grid, head, linked_text, row, track
from plugin.panel.charts.words import (
    NONE,
    Counted,
    alphabetical,
    count,
    counted,
    likely,
    listed,
    percent_ends,
    whole_percent,
)
from workers.wording.language import Language, mark

#: What a share is a share of.
Meaning: TypeAlias = Literal["positive", "easy", "in_time", "resolved", "answered", "share"]
#: Channels that need a look first come first; people, who are never ranked, and what has its own order.
Order: TypeAlias = Literal["lowest_first", "highest_first", "alphabetical", "as_given"]

_LIKELY: Final[dict[Meaning, str]] = {
    "positive": mark("{name}: {value} positive, likely between {low} and {high}"),
    "easy": mark("{name}: {value} found it easy, likely between {low} and {high}"),
    "in_time": mark("{name}: {value} in time, likely between {low} and {high}"),
    "resolved": mark("{name}: {value} resolved, likely between {low} and {high}"),
    "answered": mark("{name}: {value} answered, likely between {low} and {high}"),
    "share": mark("{name}: {value}, likely between {low} and {high}"),
}
_TICKS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_MIDDLE: Final = TRACK / 2


@dataclass(frozen=True, slots=True)
class Share:
    """A share in per cent with the 95 % interval it likely lies in; `n` is what it is a share of.

    `unlike` answers are on several scales, which are not put together: there is no share of them.
    """

    name: str
    n: int
    numerator: int | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    undecided: int = 0
    href: str = ""
    unlike: bool = False

    @property
    def told(self) -> tuple[float, float, float] | None:
        """Low, value and high, where there are enough for them."""
        if only_counts(self.n) or self.value is None:
            return None
        low, high = (self.value if end is None else end for end in (self.low, self.high))
        return low, self.value, high


@dataclass(frozen=True, slots=True)
class ShareWhiskers:
    """Shares of one kind; `whole` is that of all rows together, and of people their team. `target` in per cent."""

    name: str
    rows: tuple[Share, ...]
    whole: Share | None = None
    target: float | None = None
    meaning: Meaning = "share"
    counted: Counted = "answers"
    order: Order = "lowest_first"


def share_whiskers(data: ShareWhiskers, language: Language) -> Picture:
    """A row each. Rows of fewer than 30 are grey, behind the others and in no order but the alphabet's."""
    rows = _ordered(data)
    finding, table = _finding(data, language), _table(data, rows, language)
    if not any(share.n for share in rows):
        return Picture(data.name, finding, Markup(""), table)
    drawn = [_row(share, data, language) for share in rows]
    svg = named_block(
        key_of("shares", data.name),
        (data.name, finding),
        *_heading(data, language),
        *drawn,
        axis(tuple((place, language.percent(round(100 * place))) for place in _TICKS)),
        class_="chart-rows",
    )
    return Picture(data.name, finding, svg, table, _note(data, language))


def _ordered(data: ShareWhiskers) -> list[Share]:
    match data.order:
        case "as_given":
            return list(data.rows)
        case "alphabetical":
            return sorted(data.rows, key=lambda share: alphabetical(share.name))
        case "lowest_first":
            return sorted(data.rows, key=lambda share: _rank(share, (share.told or (0.0,))[0]))
        case "highest_first":
            return sorted(data.rows, key=lambda share: _rank(share, -(share.told or (0.0,))[-1]))


def _rank(share: Share, bound: float) -> tuple[int, float, str]:
    """Those that compare by their bound; then those of few, and those of very few, by name."""
    if not is_faint(share.n) and share.told:
        return 0, bound, alphabetical(share.name)
    return (2 if share.told is None else 1), 0.0, alphabetical(share.name)


def _heading(data: ShareWhiskers, language: Language) -> list[Markup]:
    marks = []
    if data.target is not None:
        place = data.target / 100
        text = f"{language.say('Goal')} {whole_percent(data.target, language)}"
        marks.append(svg_text(text, across(place), 13, f"aim {anchor(place, wide=0.16)}"))
    return [head(joined(marks))] if marks else []


def _row(share: Share, data: ShareWhiskers, language: Language) -> Markup:
    ground = (grid(_TICKS), _reference(data), _target(data))
    value, beside = _said(share, language)
    return row(
        linked_text(share.name, share.href),
        _of(share, data.counted, language),
        track(*ground, _marks(share)),
        value,
        beside,
        faint=is_faint(share.n),
    )


def _marks(share: Share) -> Markup:
    told = share.told
    if told is None:
        return _counts(share)
    low, value, high = (end / 100 for end in told)
    few = "-few" if is_faint(share.n) else ""
    width = max(0.0, high - low)
    return joined(
        (
            tag("rect", x=across(low), y=_MIDDLE - 4, width=across(width), height=8, rx=4, class_=f"range{few}"),
            tag("circle", cx=across(value), cy=_MIDDLE, r=6, class_=f"point{few}"),
        )
    )


def _counts(share: Share) -> Markup:
    """Of fewer than five, one mark each: full ones counted for, open ones against."""
    if share.numerator is None or not only_counts(share.n):
        return Markup("")
    return joined(
        tag(
            "circle", cx=10 + 18 * place, cy=_MIDDLE, r=5, class_="single" if place < share.numerator else "single-open"
        )
        for place in range(share.n)
    )


def _target(data: ShareWhiskers) -> Markup:
    if data.target is None:
        return Markup("")
    return line(across(data.target / 100), 0, across(data.target / 100), TRACK, "target")


def _reference(data: ShareWhiskers) -> Markup:
    if data.whole is None or data.whole.told is None:
        return Markup("")
    place = across(data.whole.told[1] / 100)
    return line(place, 0, place, TRACK, "reference")


def _said(share: Share, language: Language) -> tuple[str, str]:
    told = share.told
    if told is None:
        return _fraction(share, language), _why_none(share, language)
    return whole_percent(told[1], language), likely(told[0], told[2], language)


def _why_none(share: Share, language: Language) -> str:
    """Why there is no share; '' where there is nothing that it could be of."""
    if share.unlike:
        return language.say("on different scales")
    return language.say("too few answers") if share.n else ""


def _fraction(share: Share, language: Language) -> str:
    if share.numerator is None or not share.n:
        return NONE
    return language.say("{part} of {whole}", part=language.number(share.numerator), whole=language.number(share.n))


def _of(share: Share, what: Counted, language: Language) -> str:
    told = counted(share.n, what, language)
    if not share.undecided:
        return told
    return language.say_many("{told}, {n} undecided", "{told}, {n} undecided", share.undecided, told=told)


def _finding(data: ShareWhiskers, language: Language) -> str:
    lead = data.whole or max(data.rows, key=lambda share: share.n, default=None)
    if lead is None or not lead.n:
        return language.say("Nothing was counted in these days.")
    if lead.unlike:
        counts = counted(lead.n, data.counted, language)
        return language.say("{name}: {counts} on different scales, not put together.", name=lead.name, counts=counts)
    if lead.told is None:
        told = language.say(
            "{name}: {counts}, too few for a percentage", name=lead.name, counts=_fraction(lead, language)
        )
        return f"{told}."
    low, high = percent_ends(lead.told[0], lead.told[2], language)
    value = whole_percent(lead.told[1], language)
    told = language.say(_LIKELY[data.meaning], name=lead.name, value=value, low=low, high=high)
    return _against_target(told, data, language)


def _against_target(told: str, data: ShareWhiskers, language: Language) -> str:
    """The finding with who misses the target for certain, of those that may be compared; people are not named."""
    if data.target is None or data.order not in ("lowest_first", "highest_first"):
        return f"{told}."
    target = whole_percent(data.target, language)
    missing = [share.name for share in _ordered(data) if not is_faint(share.n) and _misses(share, data)]
    if not missing:
        return language.say("{told}. None clearly misses the target of {target}.", told=told, target=target)
    values = {"told": told, "target": target, "names": listed(missing, language)}
    if data.order == "highest_first":
        return language.say("{told}. Clearly above the target of {target}: {names}.", **values)
    return language.say("{told}. Clearly below the target of {target}: {names}.", **values)


def _misses(share: Share, data: ShareWhiskers) -> bool:
    if share.told is None or data.target is None:
        return False
    low, _, high = share.told
    return low > data.target if data.order == "highest_first" else high < data.target


def _note(data: ShareWhiskers, language: Language) -> str:
    notes = []
    if data.whole is not None and data.whole.told is not None:
        value = whole_percent(data.whole.told[1], language)
        notes.append(language.say("The solid line is {name} ({value}).", name=data.whole.name, value=value))
    if any(is_faint(share.n) for share in data.rows):
        fewest = language.number(FEWEST_FOR_RANK)
        notes.append(language.say("Grey and open: fewer than {fewest}, so not compared.", fewest=fewest))
    return " ".join(notes)


def _table(data: ShareWhiskers, rows: Sequence[Share], language: Language) -> Table:
    head_row = (
        language.say("Name"),
        language.say("Share"),
        language.say("Likely"),
        language.say("Counted for"),
        language.say("Out of"),
        *((language.say("Undecided"),) if _has_undecided(rows) else ()),
        *((language.say("Goal"),) if data.target is not None else ()),
    )
    every = [*rows, data.whole] if data.whole is not None and data.whole.n else rows
    return Table(data.name, head_row, tuple(_line(share, data, language) for share in every))


def _has_undecided(rows: Sequence[Share]) -> bool:
    return any(share.undecided for share in rows)


def _line(share: Share, data: ShareWhiskers, language: Language) -> tuple[Cell, ...]:
    value, ends = NONE, NONE
    if share.told is not None:
        value = whole_percent(share.told[1], language)
        ends = "–".join(percent_ends(share.told[0], share.told[2], language))
    elif share.n:
        value = _why_none(share, language)
    return (
        linked_text(share.name, share.href),
        value,
        ends,
        count(share.numerator, language),
        language.number(share.n),
        *((language.number(share.undecided),) if _has_undecided(data.rows) else ()),
        *((whole_percent(data.target, language),) if data.target is not None else ()),
    )
