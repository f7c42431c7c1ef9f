"""The spans in which a schedule is open, laid out over years: any stretch is measured by two look-ups."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from integrations.times import DAY, MINUTE, Instant
from workers.working_time.wall_clock import closes, opens, steady, wall_of

#: A span of a day in minutes of its wall clock, from 0 to 1440; what does not end after it starts is empty.
DaySpan: TypeAlias = tuple[int, int]
#: The spans of Monday to Sunday.
Week: TypeAlias = Sequence[Sequence[DaySpan]]

_MARGIN: Final = 2 * DAY  # a change of clocks moves the spans of a day by a day at most
_LATEST: Final[Instant] = (date(2200, 1, 1) - date(1970, 1, 1)).days * DAY


@dataclass(frozen=True, slots=True)
class Spans:
    """Open spans in order, apart from each other; right for the moments from `first` to `last`.

    `before` is how many microseconds are open before each of them.
    """

    years: range
    first: Instant
    last: Instant
    starts: array[int]
    ends: array[int]
    before: array[int]
    total: int

    def worked(self, moment: Instant) -> int:
        """The open microseconds before a moment."""
        place = bisect_right(self.starts, moment) - 1
        if place < 0:
            return 0
        return self.before[place] + min(moment, self.ends[place]) - self.starts[place]

    def due(self, start: Instant, micros: int) -> Instant | None:
        """The first moment at which so much has been open since a start; None when these years do not tell."""
        wanted = self.worked(start) + micros
        if wanted > self.total:
            return None
        place = bisect_left(self.before, wanted) - 1
        moment = self.starts[place] + wanted - self.before[place]
        return moment if moment < self.last else None


class Layout:
    """The open spans of one schedule for the years that were asked for: they are made once and kept.

    Every answer is the same whatever was asked before. Safe between threads: what is kept is only ever
    replaced as a whole, at worst twice by the same.
    """

    def __init__(self, zone: ZoneInfo, week: Week, holidays: Collection[date]) -> None:
        self._zone = zone
        self._week = tuple(tuple(span for span in day if span[0] < span[1]) for day in week)
        self._holidays = holidays
        self._kept: Spans | None = None

    @property
    def ever_opens(self) -> bool:
        """Whether any day of the week has a span."""
        return any(self._week)

    def covering(self, start: Instant, end: Instant) -> Spans:
        """Spans that are right between these moments."""
        kept = self._kept
        if kept is not None and kept.first <= start and end < kept.last:
            return kept
        years = range(self._year(start - _MARGIN), self._year(end + _MARGIN) + 1)
        if kept is not None:
            years = range(min(years.start, kept.years.start), max(years.stop, kept.years.stop))
        self._kept = made = self._made(years)
        return made

    def due(self, start: Instant, micros: int) -> Instant | None:
        """The first moment at which so much has been open since a start; None when there is none before 2200."""
        spans = self.covering(start, start)
        found = spans.due(start, micros)
        while found is None and self.ever_opens and spans.last < _LATEST:
            spans = self.covering(start, min(_LATEST, 2 * spans.last - start))
            found = spans.due(start, micros)
        return found

    def of_day(self, day: date) -> Iterator[tuple[Instant, Instant]]:
        """The spans of a local day as moments; what the clock never shows has none."""
        week = self._week[day.weekday()]
        if not week or day in self._holidays:
            return
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  # a wall clock's
        begins = steady(midnight, self._zone)
        for start, end in week:
            if begins is not None:
                yield begins + start * MINUTE, begins + end * MINUTE
                continue
            opened = opens(midnight + timedelta(minutes=start), self._zone)
            closed = closes(midnight + timedelta(minutes=end), self._zone)
            if opened < closed:
                yield opened, closed

    def _made(self, years: range) -> Spans:
        starts, ends = array("q"), array("q")
        for start, end in self._of_years(years):
            if ends and start <= ends[-1]:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)
        *before, total = accumulate((end - start for start, end in zip(starts, ends, strict=True)), initial=0)
        first, last = (opens(datetime(year, 1, 1), self._zone) for year in (years.start, years.stop))  # noqa: DTZ001
        return Spans(years, first + DAY, last - DAY, starts, ends, array("q", before), total)

    def _of_years(self, years: range) -> Iterable[tuple[Instant, Instant]]:
        first, after = date(years.start, 1, 1).toordinal(), date(years.stop, 1, 1).toordinal()
        # Nearly sorted already; not quite where the clock is set back over midnight.
        return sorted(span for day in range(first, after) for span in self.of_day(date.fromordinal(day)))

    def _year(self, moment: Instant) -> int:
        return wall_of(moment, self._zone).year
