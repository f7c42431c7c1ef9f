"""How much of the change of a share or a mean is another mix of its parts, and how much is their own change; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """What one part has in one period: a sum (of successes, of scores) and the number it is of; nothing at all is 0."""

    total: float = 0.0
    n: int = 0

    def __post_init__(self) -> None:
        if self.n < 0 or (self.n == 0 and self.total != 0):
            raise ValueError(f"{self.total} of {self.n} is neither a share nor a mean")


@dataclass(frozen=True, slots=True)
class Effect:
    """What one part adds to the difference: by there being more or less of it (`mix`), and by itself (`rate`)."""

    name: str
    mix: float
    rate: float
    now: Part
    before: Part

    @property
    def whole(self) -> float:
        """Both together."""
        return self.mix + self.rate


@dataclass(frozen=True, slots=True)
class Split:
    """A difference and what makes it up, in the unit of the value; the greatest effect comes first."""

    now: float
    before: float
    effects: tuple[Effect, ...]

    @property
    def difference(self) -> float:
        """Now minus before."""
        return self.now - self.before

    @property
    def mix(self) -> float:
        """What another mix adds."""
        return math.fsum(effect.mix for effect in self.effects)

    @property
    def rate(self) -> float:
        """What the parts' own changes add."""
        return math.fsum(effect.rate for effect in self.effects)


def decompose(now: Mapping[str, Part], before: Mapping[str, Part]) -> Split | None:
    """The difference of two shares or means, by part; None where one of the periods has nothing.

    With w the weight of a part (its n of all) and r its own share or mean, the value of a period is R = Σ w r, and

        R₁ - R₀ = Σ (w₁ - w₀) (r̄ - R̄)  +  Σ w̄ (r₁ - r₀),      x̄ = (x₀ + x₁) / 2

    E. M. Kitagawa, Components of a Difference Between Two Rates, JASA 50 (1955), 1168–1194: nothing is left over,
    and neither period is preferred. R̄ is taken off in the first sum, which changes nothing in it as a whole (weights
    add up to 1 in both periods), so that more of a part that does better than the rest counts as a gain. A part that
    is there in one period only has no change of its own: all it adds is mix.
    """
    n_now, n_before = (sum(part.n for part in parts.values()) for parts in (now, before))
    if not n_now or not n_before:
        return None
    value_now = math.fsum(part.total for part in now.values()) / n_now
    value_before = math.fsum(part.total for part in before.values()) / n_before
    middle = (value_now + value_before) / 2
    effects = []
    for name in now.keys() | before.keys():
        one, other = now.get(name, Part()), before.get(name, Part())
        if not one.n and not other.n:
            continue
        weight, weight_before = one.n / n_now, other.n / n_before
        rate, rate_before = _rates(one, other)
        mix = (weight - weight_before) * ((rate + rate_before) / 2 - middle)
        effects.append(Effect(name, mix, (weight + weight_before) / 2 * (rate - rate_before), one, other))
    effects.sort(key=lambda effect: (-abs(effect.whole), effect.name))
    return Split(value_now, value_before, tuple(effects))


def _rates(now: Part, before: Part) -> tuple[float, float]:
    """The share or mean of a part in both periods; that of the one where it is not there in the other one."""
    if not now.n:
        return before.total / before.n, before.total / before.n
    rate = now.total / now.n
    return rate, before.total / before.n if before.n else rate
