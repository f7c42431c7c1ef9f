"""Tickets that show what an insight means: of its slice, and on the wrong side of its figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from workers.accounts import Account
from workers.contributions import Making, making_of, together
from workers.insights.shapes import ALL, Place
from workers.insights.slicing import better_of
from workers.metrics.facts import Fact, Slices, read_facts
from workers.periods import Period
from workers.store import recent

#: As many as a sentence has room for.
MOST: Final = 5
#: So many of the newest tickets of a period are looked at.
_LOOKED_AT: Final = 400
_TOGETHER: Final = 100
_RATINGS: Final = ("csat", "ces", "nps")


@dataclass
class Wish:
    """Tickets of all of these places that a figure counts against."""

    metric: str
    places: tuple[Place, ...]
    found: list[str] = field(default_factory=list)

    @property
    def rating(self) -> str:
        """The kind of answers that the figure is made of; '' where it is made of others."""
        kind = self.metric.partition("_")[0]
        return kind if kind in _RATINGS else ""


def fill(connection: Connection, account: Account, wishes: Sequence[Wish], period: Period, today: int) -> None:
    """Give each wish some of the newest tickets of the period; few or none where such tickets are rare."""
    for rating in sorted({wish.rating for wish in wishes}):
        asked = [_Search(wish, account, period, today) for wish in wishes if wish.rating == rating]
        _search(_newest(connection, account.slug, rating, period), asked)


@dataclass
class _Search:
    wish: Wish
    account: Account
    period: Period
    today: int
    making: Making = field(init=False)

    def __post_init__(self) -> None:
        self.making = making_of(self.wish.metric, scheduled=bool(self.account.rules.hours))

    @property
    def is_over(self) -> bool:
        return len(self.wish.found) >= MOST

    def look_at(self, ticket: str, facts: Iterable[Fact]) -> None:
        """Take the ticket when it is one of those that count against the figure."""
        chosen = [fact for fact in facts if self._is_asked(fact)]
        if not chosen or self.is_over or ticket in self.wish.found:
            return
        sums = together(self.making.of(chosen, self.today).values())
        if sums.n and sums.total is not None and self._is_wrong(sums.n, sums.total):
            self.wish.found.append(ticket)

    def _is_asked(self, fact: Fact) -> bool:
        inside = self.period.first <= fact.day <= self.period.last and self.making.wants(fact.measure)
        return inside and all(_is_in(fact.slices, place) for place in self.wish.places)

    def _is_wrong(self, n: int, total: float) -> bool:
        return total > 0 if better_of(self.wish.metric) == "lower" else total < n


def _search(rows: Iterable[tuple[str, str]], asked: Sequence[_Search]) -> None:
    for ticket, counted in rows:
        facts = read_facts(counted)
        for search in asked:
            search.look_at(ticket, facts)
        if all(search.is_over for search in asked):
            return


def _newest(connection: Connection, account: str, rating: str, period: Period) -> Iterator[tuple[str, str]]:
    days = (period.first, period.last)
    if rating:
        tickets = recent.rated(connection, account, rating, days, limit=_LOOKED_AT)
    else:
        tickets = recent.created(connection, account, days, limit=_LOOKED_AT)
    for place in range(0, len(tickets), _TOGETHER):
        yield from recent.counted(connection, account, tickets[place : place + _TOGETHER])


def _is_in(slices: Slices, place: Place) -> bool:
    if place.kind == ALL:
        return True
    if place.kind == "channel":
        return slices.channel == place.value
    return (place.kind, place.value) in slices.pairs
