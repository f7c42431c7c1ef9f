"""What a page is asked for: which days, and which slice of the tickets; read from an address, never trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from workers.periods import Period, date_of, day_of, monday_of, previous
from workers.wording.language import mark

#: The stretches to choose from, as the address has them, in the order of the choice.
STRETCHES: Final[Mapping[str, str]] = {
    "today": mark("Today so far"),
    "yesterday": mark("Yesterday"),
    "week": mark("Last week"),
    "month": mark("Last month"),
    "7": mark("Last 7 days"),
    "28": mark("Last 28 days"),
    "90": mark("Last 90 days"),
    "days": mark("These days"),
}
#: The last whole week: of whole weeks and months alone a change is ever called clear.
USUAL: Final = "week"
#: Days of one's own that a page shows at most, and what addresses may name at all.
MOST_DAYS: Final = 400
_FIRST, _LAST = date(1970, 1, 1), date(2199, 12, 31)
_LONGEST_SLICE: Final = 300

NOT_DAYS: Final = mark("Choose two days, the first not after the last, at most {days} days apart.")


@dataclass(frozen=True, slots=True)
class Asked:
    """The days with the name of their stretch, the slice as KIND:VALUE or None, and what was wrong ('': nothing)."""

    stretch: str
    period: Period
    slice: str | None = None
    wrong: str = ""

    @property
    def values(self) -> dict[str, str]:
        """The same as an address says it; what is usual is not named."""
        found: dict[str, str] = {}
        if self.stretch != USUAL:
            found["period"] = self.stretch
        if self.stretch == "days":
            found |= {"from": _iso(self.period.first), "to": _iso(self.period.last)}
        if self.slice:
            found["slice"] = self.slice
        return found

    @property
    def before(self) -> Period:
        """The days it is compared with."""
        return previous(self.period)


def asked_of(values: Mapping[str, str], *, today: int) -> Asked:
    """What the values of an address ask for; the usual where they are none."""
    slice_ = slice_of(values.get("slice", ""))
    stretch = values.get("period", USUAL)
    if stretch != "days":
        known = stretch if stretch in STRETCHES else USUAL
        return Asked(known, period_of(known, today=today), slice_)
    own = _own_days(values)
    if own is None:
        return Asked(USUAL, period_of(USUAL, today=today), slice_, wrong=NOT_DAYS)
    return Asked("days", own, slice_)


def period_of(stretch: str, *, today: int) -> Period:
    """The days of a stretch, seen today; `ValueError` for one that has none of its own."""
    if stretch == "today":
        return Period(today, today)
    if stretch == "yesterday":
        return Period(today - 1, today - 1)
    if stretch == "week":
        monday = monday_of(today)
        return Period(monday - 7, monday - 1)
    if stretch == "month":
        last = date_of(today).replace(day=1) - timedelta(days=1)
        return Period(day_of(last.replace(day=1)), day_of(last))
    return Period(today - int(stretch), today - 1)


def _own_days(values: Mapping[str, str]) -> Period | None:
    days = [_day(values.get(name, "")) for name in ("from", "to")]
    if days[0] is None or days[1] is None or not 0 <= days[1] - days[0] < MOST_DAYS:
        return None
    return Period(days[0], days[1])


def _day(text: str) -> int | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return day_of(found) if _FIRST <= found <= _LAST else None


def slice_of(text: str) -> str | None:
    """A slice that an address may name; whether it is one, the report says."""
    kind, colon, _ = text.partition(":")
    return text if kind and colon and "\0" not in text and len(text) <= _LONGEST_SLICE else None


def _iso(day: int) -> str:
    return date_of(day).isoformat()
