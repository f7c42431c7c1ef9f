"""Which tags more tickets have than such a day usually brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from workers.metrics import measures_for
from workers.metrics.base import Measures
from workers.now.days import Days, hourly
from workers.now.page import Spike
from workers.periods import date_of
from workers.statistics.alarm_budget import LOOSEST
from workers.statistics.distributions import binomial_two_sided
from workers.statistics.intervals import FEWEST_FOR_SHARE
from workers.statistics.volume_change import volume_change
from workers.store import figures
from workers.store.adding import Rows, Wanted

#: Fewer tickets than this are never told of.
FEWEST: Final = 5
#: A tag is compared with so many days at least.
_FEWEST_DAYS: Final = 8
#: In standard errors of a count; what is called a spike at last has grown by three at least.
_LEAST_GROWTH: Final = 1.0
#: The history of so many tags is read: those that grew most against the week before.
_MOST_TAGS: Final = 20
_WEEK: Final = 7
_VOLUME: Final = "ticket_volume"

#: Tag → day → sums.
_Tags: TypeAlias = Mapping[str, Rows]


class _Asked(NamedTuple):
    """A day, and up to which hour it is looked at (24: the whole day)."""

    day: int
    until: int


def spikes(days: Days) -> tuple[Spike, ...]:
    """The tags that today (its finished hours) or yesterday had more tickets than that weekday of 8 weeks.

    The test is `volume_change`; where a tag is too rare for it, the exact comparison of two Poisson counts that is a
    part of it. It may be wrong once in twenty days over all tags of that day, so it is no alarm: it chooses what is
    worth a look. Today comes before yesterday, and the greatest surprise first.
    """
    asked = (_Asked(days.today - 1, 24), _Asked(days.today, days.hour))
    recent = _by_tag(days, days.today - 1 - _WEEK, None)
    recent.pop("", None)
    candidates = _candidates(recent, asked)
    if not candidates:
        return ()
    history = _by_tag(days, days.first, candidates)
    alpha = LOOSEST / (len(asked) * len(recent))
    found = [(p, spike) for tag in candidates for p, spike in _of_tag(days, tag, history.get(tag, {}), asked, alpha)]
    return tuple(spike for _, spike in sorted(found, key=lambda each: (-each[1].day, each[0], each[1].tag)))


def _by_tag(days: Days, first: int, tags: Sequence[str] | None) -> dict[str, Rows]:
    wanted = Wanted("tag", (first, days.today), days.today, measures=measures_for([_VOLUME]), time=str)
    return figures.sums_by_value(days.connection, days.account.slug, wanted, tags)


def _candidates(recent: _Tags, asked: Sequence[_Asked]) -> list[str]:
    """The tags that may be more than usual: with enough tickets, and clearly more than a week before."""
    grown: dict[str, float] = {}
    for tag, rows in recent.items():
        for one in asked:
            count, before = _count(rows, one), _count(rows, one._replace(day=one.day - _WEEK))
            growth = (count - before) / (1 + before) ** 0.5
            if count >= FEWEST and growth >= _LEAST_GROWTH:
                grown[tag] = max(grown.get(tag, 0.0), growth)
    return sorted(grown, key=lambda tag: (-grown[tag], tag))[:_MOST_TAGS]


def _of_tag(days: Days, tag: str, rows: Rows, asked: Sequence[_Asked], alpha: float) -> Iterator[tuple[float, Spike]]:
    for one in asked:
        count, usual = _count(rows, one), days.usual(one.day)
        before = [_count(rows, one._replace(day=day)) for day in usual]
        if count < FEWEST or len(before) < _FEWEST_DAYS:
            continue
        p = chance_of(one.day, count, before, alpha)
        if p <= alpha and count > max(before):
            until = None if one.day < days.today else one.until
            mean = sum(before) / len(before)
            yield p, Spike(tag, one.day, until, count, mean, min(before), max(before), len(before))


def chance_of(day: int, count: int, before: Sequence[int], alpha: float) -> float:
    """How likely so different a count is on such a day; 1 where the test's interval holds what is usual."""
    if sum(before) < FEWEST_FOR_SHARE:
        return binomial_two_sided(count, count + sum(before), 1 / (1 + len(before)))
    weekday = date_of(day).weekday()
    history = [[each if place == weekday else 0 for place in range(_WEEK)] for each in before]
    verdict = volume_change([(weekday, count)], history, alpha=alpha)
    return 1.0 if verdict.kind != "higher" or verdict.p is None else verdict.p


def _count(rows: Rows, one: _Asked) -> int:
    found: Measures = rows.get(str(one.day), {})
    return sum(hourly(found)[: one.until])
