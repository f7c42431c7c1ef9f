"""The page Overview: the headline figures with their verdicts, and the same figures side by side in rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from plugin.panel.charts.picture import Picture
from plugin.panel.views.advice import Advice, advice_for
from plugin.panel.views.asked import Asked, slice_of
from plugin.panel.views.controls import Choice
from plugin.panel.views.figures import Shown, shown, title
from plugin.panel.views.names import kind_title
from plugin.panel.views.pictures import of_overview
from plugin.panel.views.reported import Reported, as_reported
from plugin.panel.views.sight import Sight
from plugin.panel.views.trends import trends
from workers.accounts import Account
from workers.cuts import BadReport
from workers.metrics import STOCKS
from workers.metrics.durations import BUSINESS
from workers.reports import ReportRequest, report
from workers.wording.language import Language

JSON = Mapping[str, Any]

#: The figures that are shown only where there is anything to show, and all of them in their order.
_WHERE_KNOWN: Final = ("answered_within_target", "ces", "nps", "backlog_waiting")
_ORDER: Final = (
    "ticket_volume", "first_response_time", "answered_within_target", "resolution_rate_24h", "reopen_rate", "csat",
    "ces", "nps", "backlog_waiting",
)  # fmt: skip
#: What stands side by side.
_IN_ROWS: Final = (
    "ticket_volume",
    "first_response_time",
    "answered_within_target",
    "resolution_rate_24h",
    "csat",
    "ces",
)
#: What rows may be, besides an account's own slices.
ROWS: Final = ("channel", "department", "agent", "tag")
#: More rows than anybody compares make a page heavy; those with the most tickets are shown.
_MOST_ROWS: Final = 60
_AGENT: Final = "agent"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its name, its slice as an address says it ('': none can be asked for), and its figures.

    `asked` is what the address of a page says that shows the same figures; None where none can.
    """

    name: str
    slice: str
    cells: tuple[Shown, ...]
    asked: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The rows, by name for agents and in their usual order else, with all of them together as the reference."""

    by: str
    title: str
    choices: tuple[Choice, ...]
    heads: tuple[str, ...]
    all: Row
    rows: tuple[Row, ...]
    hidden: int  #: rows with fewer tickets, which are not shown
    overlapping: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """The page; `refused` says why there are no figures."""

    cards: tuple[Shown, ...] = ()
    trends: Mapping[str, Picture] = field(default_factory=dict)  #: of the cards that have one
    rows: SideBySide | None = None
    advice: tuple[Advice, ...] | None = None
    pictures: tuple[Picture, ...] = ()
    reported: Reported | None = None
    refused: str = ""


def by_of(value: str, account: Account, asked: Asked) -> str:
    """What the rows are: as asked where that goes together with the slice, else channels."""
    possible = _possible(account, asked)
    return value if value in possible else possible[0]


def overview(sight: Sight, asked: Asked, by: str) -> Overview:
    """The page's figures, all from one snapshot."""
    wanted = tuple(_named(name, sight.account) for name in _ORDER)
    request = ReportRequest(asked.period.first, asked.period.last, by=by, slice=asked.slice, metrics=wanted)
    try:
        found = report(sight.connection, sight.account, request, now=sight.now)
    except BadReport as error:
        return Overview(refused=str(error))
    cards = tuple(_cards(sight, asked, found, wanted))
    return Overview(
        cards=cards,
        trends=trends(sight, asked, [card.name for card in cards if card.name not in STOCKS]),
        rows=_side_by_side(found, sight, asked),
        advice=advice_for(sight, asked, found if by == "channel" else None),
        pictures=tuple(of_overview(sight, asked)),
        reported=as_reported(sight, asked, found["total"]),
    )


def _cards(sight: Sight, asked: Asked, found: JSON, wanted: Sequence[str]) -> Iterator[Shown]:
    knows = sight.knows(asked.before)
    for name in wanted:
        figure, before = found["total"][name], found["total_previous"][name]
        if _is_worth_it(name, sight.account, figure, before):
            yield shown(sight.language, name, figure, before if knows else None)


def _named(name: str, account: Account) -> str:
    """Durations in business time where there is a schedule."""
    return name + BUSINESS if name.endswith("_time") and account.rules.hours else name


def _is_worth_it(name: str, account: Account, figure: JSON, before: JSON) -> bool:
    if name == "answered_within_target":
        return bool(account.rules.targets)
    return name not in _WHERE_KNOWN or bool(figure["n"] or before["n"])


def _possible(account: Account, asked: Asked) -> tuple[str, ...]:
    """A slice other than a channel stands beside channels only (`workers.cuts`)."""
    if asked.slice and not asked.slice.startswith("channel:"):
        return ("channel",)
    return (*ROWS, *account.rules.slices)


def _side_by_side(found: JSON, sight: Sight, asked: Asked) -> SideBySide:
    by, account, language = found["by"], sight.account, sight.language
    total = {"metrics": found["total"], "previous": found["total_previous"]}
    figures = [
        name
        for name in (_named(each, account) for each in _IN_ROWS)
        if _is_worth_it(name, account, total["metrics"][name], total["previous"][name])
    ]
    rows = sorted(found["rows"], key=_size)[-_MOST_ROWS:] if len(found["rows"]) > _MOST_ROWS else found["rows"]
    made = [_row(language, asked, sight.names.of(by, row[by]), f"{by}:{row[by]}", row, figures) for row in rows]
    if by != "channel":
        made.sort(key=lambda row: row.name.casefold())
    return SideBySide(
        by=by,
        title=kind_title(language, by),
        choices=tuple(Choice(kind, kind_title(language, kind), kind == by) for kind in _possible(account, asked)),
        heads=tuple(title(language, name) for name in figures),
        all=Row(language.say("All"), "", tuple(_cells(language, total, figures)), asked.values),
        rows=tuple(made),
        hidden=len(found["rows"]) - len(rows),
        overlapping=found.get("overlapping", False),
    )


def _row(language: Language, asked: Asked, name: str, slice_: str, row: JSON, figures: Sequence[str]) -> Row:
    found = slice_of(slice_) if slice_.partition(":")[2] else None
    # A page is of one slice: of one within another there is none.
    can_be = found is not None and asked.slice in (None, found)
    values = {**asked.values, "slice": slice_} if can_be else None
    return Row(name, found or "", tuple(_cells(language, row, figures)), values)


def _cells(language: Language, row: JSON, figures: Sequence[str]) -> Iterator[Shown]:
    return (shown(language, each, row["metrics"][each], row["previous"][each]) for each in figures)


def _size(row: JSON) -> int:
    size: int = row["metrics"]["ticket_volume"]["n"]
    return size
