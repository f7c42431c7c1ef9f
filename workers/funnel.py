"""From the tickets of a period to those that a figure counts: how many are left out and why, and which ones count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, cast

import orjson
from sqlalchemy import Connection

from integrations.times import SECOND, Instant
from workers import timeline
from workers.accounts import Account
from workers.contributions import Contribution, Making, both, together
from workers.customers import read_links
from workers.metrics import backlog, waiting_now
from workers.metrics.afterwards import CONTACTED, RESCUED, RESCUED_ALONE
from workers.metrics.base import Counted
from workers.metrics.facts import Fact, Slices, read_facts
from workers.metrics.repeat_contact_rate import RATE, UNIDENTIFIED
from workers.store import history
from workers.store.behind import Candidate, Search, candidates, lists_of
from workers.ticket_rows import COLUMNS, rating_excluded
from workers.tickets import fold

#: Why a ticket is left out, besides the reasons of the metrics.
UNKNOWN_CUSTOMER: Final = "unknown_customer"
INVALIDATED: Final = "invalidated"

#: Whose clock runs ahead of ours may wait since tomorrow.
_ANY_DAY: Final = 2**31 - 1
_RATINGS: Final = ("csat", "ces", "nps")
#: What is counted by the lists of customers → what the tickets in question hold among their own facts.
_OF_LISTS: Final = {
    RATE: (UNIDENTIFIED,), **dict.fromkeys((CONTACTED, RESCUED, RESCUED_ALONE), _RATINGS),
}  # fmt: skip
_PLACES: Final = tuple(map(COLUMNS.index, ("excluded", "direction", "handled_by")))


@dataclass(frozen=True, slots=True)
class Scope:
    """Which facts are asked for: their days, their slice (`kind` '' for all), seen at which moment of which day."""

    first: int
    last: int
    kind: str
    value: str | None
    now: Instant
    today: int

    def times(self, slices: Slices) -> int:
        """How often a fact with these slices is counted."""
        if not self.kind:
            return 1
        if self.kind == "channel":
            return int(slices.channel == self.value)
        return sum(pair == (self.kind, self.value) for pair in slices.pairs)


class Seen(NamedTuple):
    """What a ticket's stored row tells the metrics that leave it out, under the names that `Counted` has for it."""

    excluded: str
    rating_excluded: str
    inbound: bool
    handled_by: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A ticket behind a figure, what it adds to each part, and the facts by which it does."""

    ticket: str
    parts: Mapping[str, Contribution]
    facts: tuple[Fact, ...]

    @property
    def whole(self) -> Contribution:
        """What it adds to all parts together."""
        parts = list(self.parts.values())
        return parts[0] if len(parts) == 1 else together(parts)


@dataclass(slots=True)
class Tally:
    """Tickets that count for a part of the figure, and what they add up to."""

    tickets: int = 0
    sum: Contribution = field(default_factory=Contribution)


@dataclass(slots=True)
class Funnel:
    """How many tickets each step has, and a page of those that count; `more` says whether others follow."""

    limit: int
    left_out: Counter[str] = field(default_factory=Counter)
    undecided: int = 0
    counted: Tally = field(default_factory=Tally)
    parts: dict[str, Tally] = field(default_factory=dict)
    listed: list[Listed] = field(default_factory=list)
    more: bool = False

    @property
    def eligible(self) -> int:
        """How many tickets nothing leaves out."""
        return self.undecided + self.counted.tickets

    def add(self, listed: Listed) -> None:
        """Put a ticket in that nothing leaves out."""
        self.counted.sum = both(self.counted.sum, listed.whole)
        if not any(part.counts for part in listed.parts.values()):
            self.undecided += 1
            return
        self.counted.tickets += 1
        for name, part in listed.parts.items():
            tally = self.parts.setdefault(name, Tally())
            tally.tickets += part.counts
            tally.sum = both(tally.sum, part)
        if len(self.listed) < self.limit:
            self.listed.append(listed)
        else:
            self.more = True


def funnel_of(
    connection: Connection, account: Account, making: Making, scope: Scope, *, after: str, limit: int
) -> Funnel:
    """Every step of a figure, from the snapshot of this connection, and the first tickets that count.

    With `after` only the tickets that follow that one are looked at, and no more of them than fill a page.
    """
    walk = _Walk(connection, account, making, scope)
    funnel = Funnel(limit)
    if walk.search is None:
        return funnel
    with closing(candidates(connection, account.slug, replace(walk.search, after=after))) as found:
        for rows in found:
            walk.add(rows, funnel)
            if after and funnel.more:
                break
    return funnel


@dataclass(frozen=True)
class _Walk:
    """What is asked of every ticket for one figure."""

    connection: Connection
    account: Account
    making: Making
    scope: Scope

    def add(self, rows: Sequence[Candidate], funnel: Funnel) -> None:
        """Put these tickets into the funnel."""
        out: dict[str, str] = {}
        of_lists = self.of_customers(rows)
        for row in rows:
            facts = self.stored(row, of_lists)
            parts = self.making.of(facts, self.scope.today)
            if any(map(_matters, parts.values())):
                funnel.add(Listed(row.ticket, parts, tuple(facts)))
            elif (reason := self.reason(row)) is not None:
                out[row.ticket] = reason
        funnel.left_out.update(self.left_out(out))

    @property
    def search(self) -> Search | None:
        """Which tickets are looked at; None where nothing can count."""
        scope, making = self.scope, self.making
        if making.is_live:
            return Search(None, _ANY_DAY, (), waiting=True) if scope.first <= scope.today <= scope.last else None
        if making.is_stock:
            return Search(None, self.end, making.measures) if scope.first <= scope.today else None
        return Search(scope.first, scope.last, self._read, kind=self.rating)

    @property
    def end(self) -> int:
        """The last day that matters: a stock is told of today at the latest."""
        return min(self.scope.last, self.scope.today) if self.making.is_stock else self.scope.last

    @property
    def rating(self) -> str:
        """The kind of the answers that are counted; '' where it counts anything else."""
        return next((kind for kind in _RATINGS if kind in self.making.measures), "")

    @property
    def by_customer(self) -> bool:
        """Whether the facts are those of customers' lists."""
        return not self.making.measures.isdisjoint(_OF_LISTS)

    @property
    def only_known(self) -> bool:
        """Whether tickets of unknown customers count for nothing."""
        return RATE in self.making.measures

    @property
    def _read(self) -> frozenset[str]:
        more = (name for measure in self.making.measures for name in _OF_LISTS.get(measure, ()))
        return self.making.measures.union(more)

    def stored(self, row: Candidate, of_lists: Mapping[str, list[Fact]]) -> list[Fact]:
        """The facts of a ticket that matter, as they were counted."""
        if self.making.is_live:
            return self._chosen(self._waits(row))
        return self._chosen([*_facts_in(row.counted, self.making), *of_lists.get(row.ticket, ())])

    def reason(self, row: Candidate) -> str | None:
        """What may leave a ticket out that counts for nothing; None when nothing does."""
        state = orjson.loads(row.state)
        if not state:
            return None
        excluded, direction, handled_by = (state[place] for place in _PLACES)
        # All that the metrics ask of a ticket they may leave out is in its row.
        seen = cast("Counted", Seen(excluded, rating_excluded(state), direction == "inbound", handled_by))
        for metric in self.making.owners:
            if found := metric.left_out(seen):
                return found
        if self.only_known and row.customer is None:
            return UNKNOWN_CUSTOMER
        return INVALIDATED if row.invalidated else None

    def left_out(self, reasons: Mapping[str, str]) -> Iterator[str]:
        """The reason of each of these tickets that would count if nothing left it out."""
        if not reasons:
            return
        stored = history.events_of(self.connection, self.account.slug, list(reasons))
        for ticket, reason in reasons.items():
            if not stored[ticket]:
                continue
            facts = self._would_be(Counted(fold(ticket, stored[ticket].values()), self.account.rules), reason)
            if any(map(_matters, self.making.of(self._chosen(facts), self.scope.today).values())):
                yield reason

    def of_customers(self, rows: Sequence[Candidate]) -> dict[str, list[Fact]]:
        """Ticket → its facts in its customer's list, as far as they matter."""
        if not self.by_customer:
            return {}
        customers = sorted({row.customer for row in rows if row.customer is not None})
        asked = {row.ticket for row in rows}
        found: dict[str, list[Fact]] = {}
        for text in lists_of(self.connection, self.account.slug, customers):
            listed = read_links(text)
            for ticket in asked & listed.keys():
                found[ticket] = [fact for fact in listed[ticket].facts() if self.making.wants(fact.measure)]
        return found

    def _chosen(self, facts: Iterable[Fact]) -> list[Fact]:
        """Those of the days and the slice that are asked for; of a stock what is left at the end."""
        scope = self.scope
        if self.making.is_stock:
            return _net(fact for fact in facts if fact.day <= self.end and scope.times(fact.slices))
        inside = (fact for fact in facts if scope.first <= fact.day <= scope.last)
        return [fact for fact in inside for _ in range(scope.times(fact.slices))]

    def _would_be(self, counted: Counted, reason: str) -> Iterator[Fact]:
        if self.making.is_live:
            since = timeline.waiting_since(counted.ticket, counted.rules)
            return iter([] if since is None else [self._wait(counted.present_slices, since)])
        if reason == INVALIDATED:
            answers = tuple(answer._replace(valid=True) for answer in counted.ticket.answers)
            counted = Counted(counted.ticket._replace(answers=answers), counted.rules)
        if self.by_customer and not self.only_known:
            counted = Counted(counted.ticket._replace(customer=None), counted.rules)
        facts = (fact for metric in self.making.owners for fact in metric.facts(counted))
        if self.only_known:
            return (fact._replace(measure=RATE) for fact in facts if fact.measure == UNIDENTIFIED)
        return (fact for fact in facts if self.making.wants(fact.measure))

    def _waits(self, row: Candidate) -> Iterator[Fact]:
        """That the customer waits, where the ticket's backlog is counted."""
        own = (fact.slices for fact in read_facts(row.counted) if fact.measure == backlog.WAITING)
        slices = None if row.waiting_since is None else next(own, None)
        if slices is not None and row.waiting_since is not None:
            yield self._wait(slices, row.waiting_since)

    def _wait(self, slices: Slices, since: Instant) -> Fact:
        age = max(0, self.scope.now - since) // SECOND
        return Fact(slices, waiting_now.MEASURE, self.scope.today, None, 1, age, age)


def _matters(part: Contribution) -> bool:
    return part.counts or bool(part.undecided)


def _facts_in(text: str, making: Making) -> list[Fact]:
    """The facts of the measures that matter; the others are not even made."""
    found = []
    for channel, pairs, written in orjson.loads(text):
        wanted = [fact for fact in written if making.wants(fact[0])]
        if wanted:
            slices = Slices(channel, tuple((kind, value) for kind, value in pairs))
            found += [Fact(slices, *fact) for fact in wanted]
    return found


def _net(facts: Iterable[Fact]) -> list[Fact]:
    """One fact a measure of which anything is left: since the day on which it last came."""
    levels: Counter[str] = Counter()
    came: dict[str, Fact] = {}
    for fact in facts:
        levels[fact.measure] += fact.total
        if fact.total > 0 and (fact.measure not in came or fact.day > came[fact.measure].day):
            came[fact.measure] = fact
    return [came[name]._replace(n=level, total=level) for name, level in levels.items() if level]
