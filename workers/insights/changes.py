"""What the changes that a test has called are made of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from workers.insights.shapes import ALL, Insight, Place, whole
from workers.insights.slicing import Slicing
from workers.periods import Period
from workers.statistics.decomposition import Effect, Split
from workers.verdicts import WATCHED

#: Figures that are tested and that a split explains: shares.
SHARES: Final = tuple(name for name in WATCHED if name != "ticket_volume")
_CALLED: Final = ("better", "worse")
#: A split over fewer parts explains nothing.
_FEWEST_PARTS: Final = 2

Names = Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Changes:
    """The changes of one report: of finished days and those before, whose verdicts were asked for by channel."""

    slicing: Slicing
    names: Names
    period: Period
    before: Period

    def insights(self, made: Mapping[str, Any]) -> Iterator[Insight]:
        """One for each share of which a test says `better` or `worse`, in total or in a channel."""
        for name in SHARES:
            if name not in made["total"]:
                continue
            yield from self._of(name, Place(), made["total"][name], made["total_previous"][name])
            for row in made["rows"]:
                place = Place("channel", row["channel"])
                yield from self._of(name, place, row["metrics"][name], row["previous"][name])

    def _of(self, name: str, place: Place, now: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[Insight]:
        said = now.get("verdict", {})
        if said.get("kind") not in _CALLED or said.get("p") is None:
            return
        over, split = self._told_by(name, place)
        main = None if split is None else _main(split)
        bound = min(abs(said["low"]), abs(said["high"]))
        yield Insight(
            kind="change",
            metric=name,
            place=place,
            value=now["value"],
            reference=before["value"],
            difference=said["difference"],
            low=said["low"],
            high=said["high"],
            n=now["n"],
            weight=now["n"] * bound / 100,
            short=whole(now["n"] * abs(said["difference"]) / 100),
            word=said["kind"],
            over=over,
            split=split,
            main=main,
            main_place=None if main is None else Place(over, main.name, self.names.get((over, main.name))),
        )

    def _told_by(self, name: str, place: Place) -> tuple[str, Split | None]:
        """The slice kind in which one part explains most beyond its size, and the split over it."""
        channel = place.value if place.kind == "channel" else None
        told: tuple[float, str, Split | None] = (-math.inf, ALL, None)
        for dimension in self.slicing.dimensions:
            if dimension == place.kind:
                continue
            split = self.slicing.split(name, dimension, self.period, self.before, channel)
            if split is None or len(split.effects) < _FEWEST_PARTS or not split.difference:
                continue
            told = max(told, (_telling(split), dimension, split), key=lambda each: each[0])
        return told[1:]


def _main(split: Split) -> Effect:
    """The part that adds most in the direction of the change."""
    return max(split.effects, key=lambda effect: (effect.whole * math.copysign(1, split.difference), effect.name))


def _telling(split: Split) -> float:
    """By how much the main part's share of the change exceeds its share of the tickets."""
    main = _main(split)
    n, n_before = sum(effect.now.n for effect in split.effects), sum(effect.before.n for effect in split.effects)
    size = (main.now.n / n + main.before.n / n_before) / 2
    return main.whole / split.difference - size
