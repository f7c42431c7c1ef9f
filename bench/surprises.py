"""How often chance alone names a lever, or a tag as more than usual, where nothing differs and nothing changes.

    python -m bench.surprises [--rounds 1000]

Slices of 100 answers a week are all alike; outcomes of one slice in one week have the correlation that is told. Tags
have means of a few tickets a day that differ; their days scatter by more than chance by the part that is told.
"""

from __future__ import annotations

import argparse
import sys
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workers.insights.levers import Against, doubt_of, worse_than_rest
from workers.insights.shapes import Place
from workers.now.spikes import FEWEST, chance_of
from workers.statistics.alarm_budget import LOOSEST
from workers.statistics.change import Share

_ANSWERS: Final = 100
_SATISFIED: Final = 0.85
_DAYS: Final = 8
_A_DAY: Final = 20_000  # one of them


def main() -> int:
    """Print a table of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    rounds = parser.parse_args().rounds
    chance = np.random.default_rng(1)
    for slices in (8, 20):
        for weeks in (0, 8, 26):
            told = (f"{correlation:g}: {100 * _levers(chance, slices, weeks, correlation, rounds):.1f} %"
                    for correlation in (0.0, 0.01, 0.03))  # fmt: skip
            print(f"levers, {slices} slices, {weeks} weeks of history, correlation {', '.join(told)} of periods")
    for tags in (12, 60):
        told = (f"{scatter:g}: {100 * _spikes(chance, tags, scatter, rounds):.1f} %" for scatter in (0.0, 0.1, 0.3))
        print(f"more than usual, {tags} tags, scatter {', '.join(told)} of mornings")
    return 0


def _levers(chance: np.random.Generator, slices: int, weeks: int, correlation: float, rounds: int) -> float:
    """In which part of periods some slice is named."""
    return sum(_names_a_slice(_weeks(chance, slices, weeks, correlation)) for _ in range(rounds)) / rounds


def _weeks(chance: np.random.Generator, slices: int, weeks: int, correlation: float) -> NDArray[np.int64]:
    """Satisfied answers by slice and week; the last week is the period."""
    shares = np.full((slices, weeks + 1), _SATISFIED)
    if correlation:
        precision = 1 / correlation - 1
        shares = chance.beta(_SATISFIED * precision, (1 - _SATISFIED) * precision, shares.shape)
    return chance.binomial(_ANSWERS, shares)


def _names_a_slice(satisfied: NDArray[np.int64]) -> bool:
    slices = len(satisfied)
    total = int(satisfied[:, -1].sum())
    for number, of_weeks in enumerate(satisfied.tolist()):
        own = Share(of_weeks[-1], _ANSWERS)
        rest = Share(total - own.successes, _ANSWERS * (slices - 1))
        against = Against("csat", Place("department", str(number)), own, rest, 0.0)
        history = [Share(found, _ANSWERS) for found in of_weeks[:-1]]
        if worse_than_rest(against, rest, doubt_of(history, own.n, LOOSEST / slices)) is not None:
            return True
    return False


def _spikes(chance: np.random.Generator, tags: int, scatter: float, rounds: int) -> float:
    """On which part of mornings some tag is told, of today or of yesterday."""
    told = 0
    for _ in range(rounds):
        means = np.repeat(chance.lognormal(1.5, 1.0, tags), 2)[:, None] * np.ones(_DAYS + 1)
        if scatter:
            means *= chance.gamma(1 / scatter, scatter, means.shape)
        told += any(_is_told(counts, LOOSEST / (2 * tags)) for counts in chance.poisson(means).tolist())
    return told / rounds


def _is_told(counts: list[int], alpha: float) -> bool:
    *before, count = counts
    return count >= max(FEWEST, max(before) + 1) and chance_of(_A_DAY, count, before, alpha) <= alpha


if __name__ == "__main__":
    sys.exit(main())
