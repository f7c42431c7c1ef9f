"""What an insight is: data for a sentence, a picture and a link, and no words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

from workers.statistics.decomposition import Effect, Split

#: `change`: a test calls the change of a figure one. `goal`: a channel is surely below the goal of its target.
#: `rest`: a part of the account does surely worse than all the rest of it.
Kind = Literal["change", "goal", "rest"]

#: The slice kind of the whole account.
ALL: Final = ""
_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Place:
    """A slice: its kind ('' for the whole account), its value, and its name where the desk told one."""

    kind: str = ALL
    value: str = ""
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Insight:
    """One thing to do next. Values are percentages, except `n`, `weight` and `short`.

    `value` is the figure of `place`, of `n` tickets or answers; `reference` is what it stands against: the value of
    the period before, the goal, or the share of the rest. `difference` is value - reference with its interval, as
    sure as the number of things looked at demands. `weight` is how many tickets or answers that surely is: n × the
    bound nearest to zero. `short` is how many more it takes to come to the reference.

    Of a change `word` is the test's (`better` or `worse`), and `split` says what made it up, over the slice kind
    `over`; `main` is the part that explains most. `examples` are tickets, of the main part where there is one.
    """

    kind: Kind
    metric: str
    place: Place
    value: float
    reference: float
    difference: float
    low: float
    high: float
    n: int
    weight: float
    short: int
    word: str
    examples: tuple[str, ...] = ()
    over: str = ALL
    split: Split | None = None
    main: Effect | None = None
    main_place: Place | None = None


def whole(tickets: float) -> int:
    """So many whole tickets as it takes; what only rounding is above a whole number is that number."""
    return math.ceil(tickets - _ROUNDING)
