"""False alarms a year of an account where nothing changes, and how soon a change is called; simulated, seeded.

    python -m bench.alarms [--accounts 40] [--changes 100] [--seed 1]

The account: six channels and their total; volume, answered within target, resolved in 24 h and CSAT of each tested at
the end of every week and month, CSAT watched for lasting shifts too. Good and bad weeks come by themselves: the
weekly volumes and shares scatter more than chance alone would have it, each week for itself or after the one before.
Bars: at most 4 false alarms a year over all
tests, at most 2 false shifts over all streams.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.statistics.alarm_budget import FALSE_ALARMS_A_YEAR, FALSE_SHIFTS_A_YEAR, Watched
from workers.statistics.change import MOST_WEEKS, Share
from workers.statistics.cusum import watch
from workers.statistics.share_change import share_change
from workers.statistics.volume_change import volume_change

#: Tickets a week by channel: email, chat, messaging, voice, social, web form.
VOLUMES = (200, 120, 80, 60, 25, 15)
#: Each share's level, and how many of the tickets it is taken of: within target, resolved in 24 h, CSAT.
SHARES = ((0.80, 1.0), (0.60, 1.0), (0.85, 0.2))
CSAT = 2
#: The standard deviation of a week's volume around its mean, beside chance.
UNEVEN_WEEKS = 0.10
#: The correlation of outcomes within one week: 200 tickets scatter as if there were 67 of them.
ALIKE = 0.01
#: How much a good week carries over into the next: the correlation of the levels of neighbouring weeks.
CARRIED = (0.0, 0.5)
WEEKDAYS = np.array((1.3, 1.25, 1.2, 1.15, 1.1, 0.55, 0.45)) / 7
YEAR, MONTH, WEEK = 52, 30, 7
STREAMS = len(VOLUMES) + 1
WATCHED = Watched(weekly=STREAMS * (1 + len(SHARES)), monthly=STREAMS * (1 + len(SHARES)))
CALLED = ("better", "worse", "higher", "lower")

Days = NDArray[np.int64]
Levels = NDArray[np.float64]


@dataclass(frozen=True)
class Stream:
    """One row of the account by day: tickets, and of each share its successes and what they are taken of."""

    tickets: Days
    shares: tuple[tuple[Days, Days], ...]

    def __add__(self, other: Stream) -> Stream:
        both = zip(self.shares, other.shares, strict=True)
        return Stream(self.tickets + other.tickets, tuple((a + c, b + d) for (a, b), (c, d) in both))


def main() -> int:
    """Print the figures; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=40)
    parser.add_argument("--changes", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    print(f"{STREAMS} rows, {WATCHED.tests_a_year:.0f} tests a year, each at {WATCHED.alpha:.5f}")
    missed = False
    for carried in CARRIED:
        alarms, shifts = zip(*(false_alarms(random, carried) for _ in range(options.accounts)), strict=True)
        print(f"correlation of neighbouring weeks {carried:g}, {options.accounts} account-years")
        missed |= _told("false alarms a year over all tests", alarms, FALSE_ALARMS_A_YEAR)
        missed |= _told("false shifts a year over all streams", shifts, FALSE_SHIFTS_A_YEAR)
    print_shares(random, options.changes)
    print_volumes(random, options.changes)
    return int(missed)


def false_alarms(random: np.random.Generator, carried: float) -> tuple[int, int]:
    """Alarms and shifts called in one year of an account where nothing changes, half a year of history before it."""
    weeks = MOST_WEEKS + 6 + YEAR
    rows = [stream(random, volume, weeks, carried) for volume in VOLUMES]
    rows.append(sum(rows[1:], rows[0]))
    alarms = sum(verdict in CALLED for row in rows for verdict in tests_of(row))
    found = [watch(weekly(*row.shares[CSAT]), streams=STREAMS) for row in rows]
    return alarms, sum(shift.at >= weeks - YEAR for each in found for shift in each.shifts)


def stream(random: np.random.Generator, volume: float, weeks: int, carried: float) -> Stream:
    """A row whose weeks are as good and as bad as ever."""
    tickets = days_of_volume(random, np.full(weeks, volume), carried)
    shares = (days_of_share(random, tickets, np.full(weeks, level), of, carried) for level, of in SHARES)
    return Stream(tickets, tuple(shares))


def days_of_volume(random: np.random.Generator, means: Levels, carried: float = 0.0) -> Days:
    """Tickets by day, for weeks of these means."""
    scatter = UNEVEN_WEEKS * luck(random, len(means), carried) - UNEVEN_WEEKS**2 / 2
    return random.poisson((means * np.exp(scatter))[:, None] * WEEKDAYS).reshape(-1)


def days_of_share(
    random: np.random.Generator, tickets: Days, levels: Levels, of: float, carried: float = 0.0
) -> tuple[Days, Days]:
    """Successes and answers by day, for weeks of these levels; so many of the tickets answer."""
    scatter = np.sqrt(ALIKE / (levels * (1 - levels))) * luck(random, len(levels), carried)
    weeks = 1 / (1 + (1 - levels) / levels * np.exp(-scatter))
    answers = random.binomial(tickets, of)
    return random.binomial(answers, np.repeat(weeks, WEEK)), answers


def luck(random: np.random.Generator, weeks: int, carried: float) -> Levels:
    """How good each week is, in standard deviations; each has so much of the one before it."""
    found = random.normal(size=weeks)
    for week in range(1, weeks):
        found[week] = carried * found[week - 1] + (1 - carried**2) ** 0.5 * found[week]
    return found


def tests_of(row: Stream) -> Iterator[str]:
    """The verdicts of every test of the last year of a row, weeks and months."""
    last = len(row.tickets)
    first = last - YEAR * WEEK
    for length in (WEEK, MONTH):
        for start in range(first, last - length + 1, length):
            yield volume_test(row.tickets, start, length)
            yield from (share_test(*share, start, length) for share in row.shares)


def volume_test(tickets: Days, start: int, length: int) -> str:
    """What is said of the volume of the days from `start` on."""
    days = [(day % WEEK, int(tickets[day])) for day in range(start, start + length)]
    history = tickets[: start // WEEK * WEEK].reshape(-1, WEEK)[-MOST_WEEKS:]
    return volume_change(days, history.tolist(), alpha=WATCHED.alpha).kind


def share_test(successes: Days, answers: Days, start: int, length: int) -> str:
    """What is said of the share of the days from `start` on, beside as many before them."""
    before = start - length
    past = slice(max(0, before // WEEK - MOST_WEEKS) * WEEK, before // WEEK * WEEK)
    history = weekly(successes[past], answers[past])
    now, then = (share_of(successes, answers, first, length) for first in (start, before))
    return share_change(now, then, history, alpha=WATCHED.alpha, better="higher").kind


def share_of(successes: Days, answers: Days, start: int, length: int) -> Share:
    """The share of so many days."""
    days = slice(start, start + length)
    return Share(int(successes[days].sum()), int(answers[days].sum()))


def weekly(successes: Days, answers: Days) -> list[Share]:
    """The share of every week."""
    found = zip(*(days.reshape(-1, WEEK).sum(axis=1).tolist() for days in (successes, answers)), strict=True)
    return [Share(each, of) for each, of in found]


def print_shares(random: np.random.Generator, times: int) -> None:
    """How often, and how soon, a share's fall is called."""
    print("| answers a week | share | called in its first week | first month | watched: weeks, median | in 8 weeks |")
    print("|---|---|---|---|---|---|")
    for volume in (20, 40, 100, 500):
        for low in (0.75, 0.65):
            weeks, months, delays = _share_changes(random, times, volume, low)
            median = f"{np.median(delays):.0f}" if np.isfinite(np.median(delays)) else "more than 26"
            quick = np.mean(np.array(delays) <= 8)
            print(f"| {volume} | 85 → {low:.0%} | {weeks:.0%} | {months:.0%} | {median} | {quick:.0%} |")


def _share_changes(
    random: np.random.Generator, times: int, volume: int, low: float
) -> tuple[float, float, list[float]]:
    past, weeks, months = 52, 0, 0
    delays: list[float] = []
    levels = np.repeat((0.85, low), (past, MOST_WEEKS))
    for _ in range(times):
        answers = days_of_volume(random, np.full(past + MOST_WEEKS, volume))
        found = days_of_share(random, answers, levels, 1.0)
        weeks += share_test(*found, past * WEEK, WEEK) in CALLED
        months += share_test(*found, past * WEEK, MONTH) in CALLED
        shifts = watch(weekly(*found), streams=STREAMS).shifts
        delays.append(min((shift.at - past + 1 for shift in shifts if shift.at >= past), default=np.inf))
    return weeks / times, months / times, delays


def print_volumes(random: np.random.Generator, times: int) -> None:
    """How often a volume's rise is called."""
    print("| tickets a week | volume | called in its first week | first month |")
    print("|---|---|---|---|")
    for volume in (50, 200, 500):
        for rise in (1.25, 1.5, 2.0):
            means = np.repeat((volume, volume * rise), (MOST_WEEKS, 5))
            found = [days_of_volume(random, means) for _ in range(times)]
            week, month = (
                np.mean([volume_test(each, MOST_WEEKS * WEEK, length) in CALLED for each in found])
                for length in (WEEK, MONTH)
            )
            print(f"| {volume} | +{rise - 1:.0%} | {week:.0%} | {month:.0%} |")


def _told(what: str, counts: tuple[int, ...], bar: float) -> bool:
    mean = float(np.mean(counts))
    error = float(np.std(counts, ddof=1)) / len(counts) ** 0.5
    print(f"{what}: {mean:.2f} ± {1.96 * error:.2f} (bar ≤ {bar:g})")
    return mean > bar


if __name__ == "__main__":
    sys.exit(main())
