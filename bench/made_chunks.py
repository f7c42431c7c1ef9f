"""A made-up history as the chunks that taking it in would have left: every measure that its tickets have.

Facts are arrays here instead of one at a time; the chunks are put together and written by the store's own code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from sqlalchemy import Connection

from bench.made_tickets import DAY, NEVER, Array, Tickets
from workers.accounts import Account
from workers.counting import rules_version
from workers.store import bulk, schema, tickets
from workers.store.chunks import (
    DAYS,
    NO_CHUNK,
    STOCK_DAYS,
    Chunks,
    Stored,
    span_of,
    stock_span_of,
    summed,
    write_chunks,
)
from workers.store.folding import SELDOM, STOCK, mark_of

KINDS: Final = ("agent", "department", "tag", "product")
_CHUNKS: Final = ("account", "kind", "value", "channel", "span", *Stored._fields)
_TICKETS: Final = ("account", "ticket", "day", "last_day", "state", "counted", "version", "rules")
_ROWS: Final = 20_000


class Facts(NamedTuple):
    """Facts of one measure: whose, on which day, decided how many days later (None at once), total, and values."""

    measure: str
    who: Array
    day: Array
    lag: int | None
    total: Array
    values: Array | None


@dataclass(frozen=True)
class _Groups:
    """Facts' places among the groups, which are value × channel × span."""

    codes: tuple[Array, ...]
    channels: Array
    width: int  #: spans
    days: int  #: of a span
    start: int  #: the first day of the first span

    def of(self, facts: Facts, codes: Array) -> tuple[Array, Array]:
        """Which facts count under these codes; for each of those its group × days of a span + day in its span."""
        kept = np.flatnonzero(codes[facts.who] != NEVER)
        who, since = facts.who[kept], facts.day[kept] - self.start
        group = (codes[who] * (self.channels.max() + 1) + self.channels[who]) * self.width + since // self.days
        return kept, group * self.days + since % self.days


def fill(connection: Connection, account: Account, made: Tickets) -> None:
    """The chunks of every slice kind, the rows of the tickets, and the names of agents and departments."""
    named = {(kind, name): name.title() for kind in ("agent", "department") for name in made.names(kind)}
    tickets.save_names(connection, account.slug, named)
    rules, days = rules_version(account.rules), (made.created // DAY).tolist()
    for first in range(0, len(days), _ROWS):
        rows = [
            (account.slug, f"T{number}", day, day, "[]", "[]", 1, rules)
            for number, day in enumerate(days[first : first + _ROWS], first)
        ]
        bulk.insert(connection, schema.tickets, _TICKETS, rows)


def write(connection: Connection, account: str, rows: list[tuple[str, str, str, int, Stored]]) -> None:
    """Store chunks that are bytes already."""
    for first in range(0, len(rows), _ROWS):
        some = [(account, *key, *stored) for *key, stored in rows[first : first + _ROWS]]
        bulk.insert(connection, schema.chunks, _CHUNKS, some)


def chunks(made: Tickets) -> Iterator[tuple[str, str, str, int, Stored]]:
    """Every chunk: kind, value, channel, span, and as it is stored."""
    facts = list(_facts(made))
    for kind in ("", *KINDS, "touchpoint"):
        for mark in ("", SELDOM, STOCK):
            of_mark = [each for each in facts if mark_of(each.measure) == mark]
            for value, channel, span, stored in _of_kind(made, of_mark, kind, mark):
                yield mark + kind, value, channel, span, stored


def _of_kind(made: Tickets, facts: list[Facts], kind: str, mark: str) -> Iterator[tuple[str, str, int, Stored]]:
    """The chunks of one kind: value, channel, span, and as it is stored."""
    if kind == "touchpoint":
        facts = [each for each in facts if each.measure.startswith("csat")]
    if not facts:
        return
    nothing = np.zeros(len(made), np.int64)
    codes: tuple[Array, ...] = (getattr(made, kind),) if kind in KINDS else (nothing,)
    if kind == "tag":
        codes = (made.tag, made.second_tag)
    names = made.names(kind) if kind in KINDS else [""]
    first = min(int(each.day.min()) for each in facts)
    last = max(int(each.day.max()) for each in facts)
    days, span = (STOCK_DAYS, stock_span_of) if mark == STOCK else (DAYS, span_of)
    start = span(first)
    groups = _Groups(codes, made.channel, (span(last) - start) // days + 1, days, start)
    channels = made.names("channel")
    places = [
        (value, channel, start + week * days) for value in names for channel in channels for week in range(groups.width)
    ]
    measures = sorted({each.measure for each in facts})
    cells, values = _cells(groups, facts, measures, len(places)), _values(groups, facts, measures)
    written = write_chunks(Chunks([span for _, _, span in places], measures, cells, values))
    yield from ((*place, stored) for place, stored in zip(places, written, strict=True) if stored != NO_CHUNK)


def _cells(groups: _Groups, facts: list[Facts], measures: list[str], number: int) -> Array:
    """Columns of group, measure, day, decided, n and total, sorted."""
    found = []
    for each in facts:
        n = np.zeros(number * groups.days, np.int64)
        total = np.zeros(number * groups.days, np.int64)
        for codes in groups.codes:
            kept, keys = groups.of(each, codes)
            n += np.bincount(keys, minlength=len(n))
            # Sums as floats are exact: they stay far below 2**53.
            total += np.bincount(keys, each.total[kept], minlength=len(n)).astype(np.int64)
        keys = np.flatnonzero(n)
        group, offset = np.divmod(keys, groups.days)
        day = groups.start + group % groups.width * groups.days + offset
        decided = np.full(len(keys), NEVER) if each.lag is None else day + each.lag
        place = np.full(len(keys), measures.index(each.measure))
        found.append(np.stack((group, place, day, decided, n[keys], total[keys])))
    return summed(np.concatenate(found, axis=1), 4)


def _values(groups: _Groups, facts: list[Facts], measures: list[str]) -> Array:
    """Columns of group, measure, day, value and how often it is there, sorted."""
    found = [np.empty((5, 0), np.int64)]
    for each in facts:
        if each.values is None:
            continue
        for codes in groups.codes:
            kept, keys = groups.of(each, codes)
            group = keys // groups.days
            place = np.full(len(keys), measures.index(each.measure))
            found.append(np.stack((group, place, each.day[kept], each.values[kept], np.ones_like(keys))))
    return summed(np.concatenate(found, axis=1), 4)


def _facts(made: Tickets) -> Iterator[Facts]:
    """What these tickets contribute: created, answered once, resolved once, rated."""
    everyone = np.arange(len(made))
    ones = np.ones(len(made), np.int64)
    created = made.created // DAY
    yield Facts("ticket_volume", everyone, created, None, ones, made.created % DAY // 3600)
    yield Facts("resolution_rate", everyone, created, None, (made.resolved != NEVER).astype(np.int64), None)
    for name, hours, lag in (("1h", 1, 2), ("8h", 8, 2), ("24h", 24, 2), ("3d", 72, 4), ("7d", 168, 8)):
        solved = ((made.resolved != NEVER) & (made.resolution <= hours * 3600)).astype(np.int64)
        yield Facts(f"resolution_rate_{name}", everyone, created, lag, solved, None)
    answered = np.flatnonzero(made.responded != NEVER)
    responded = made.responded[answered] // DAY
    response = made.first_response[answered]
    yield Facts("first_response_time", answered, responded, None, response, response)
    yield from _facts_of_resolved(made, np.flatnonzero(made.resolved != NEVER))
    rated = np.flatnonzero(made.answered != NEVER)
    score = made.score[rated] * 1000
    yield Facts("csat:1:5:", rated, made.answered[rated] // DAY, None, score, score)
    yield _stock("backlog_waiting", made.created, made.responded)
    yield _stock("backlog_pending", made.responded, made.resolved)


def _facts_of_resolved(made: Tickets, who: Array) -> Iterator[Facts]:
    day, nothing = made.resolved[who] // DAY, np.zeros(len(who), np.int64)
    response, resolution = made.first_response[who], made.resolution[who]
    yield Facts("full_resolution_time", who, day, None, resolution, resolution)
    yield Facts("first_resolution_time", who, day, None, resolution, resolution)
    yield Facts("requester_wait_time", who, day, None, response, response)
    yield Facts("agent_wait_time", who, day, None, resolution - response, resolution - response)
    yield Facts("on_hold_time", who, day, None, nothing, nothing)
    yield Facts("one_touch_rate", who, day, None, nothing + 1, None)
    yield Facts("reopen_rate", who, day, 8, nothing, None)
    yield Facts("repeat_contact_rate", who, day, 8, nothing, None)
    yield Facts("repeat_unidentified_share", who, day, None, nothing, None)


def _stock(measure: str, since: Array, until: Array) -> Facts:
    """One more from the day on which it begins, one less from the day on which it ends; the same day is neither."""
    begun = since != NEVER
    ends = begun & (until != NEVER)
    same = ends & (since // DAY == until // DAY)
    came, went = np.flatnonzero(begun & ~same), np.flatnonzero(ends & ~same)
    change = np.repeat([1, -1], (len(came), len(went)))
    day = np.concatenate((since[came], until[went])) // DAY
    return Facts(measure, np.concatenate((came, went)), day, None, change, None)
