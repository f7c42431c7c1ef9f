"""A change split into mix and rate adds up exactly, whatever the parts are."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.statistics.decomposition import Part, decompose

NAMES = st.sampled_from(["email", "chat", "voice", "", "ünïcode", "x" * 200])


@st.composite
def shares(draw: st.DrawFn) -> Part:
    n = draw(st.integers(0, 100_000))
    return Part(draw(st.integers(0, n)), n)


@st.composite
def means(draw: st.DrawFn) -> Part:
    scores = draw(st.lists(st.integers(1, 7), max_size=20))
    return Part(sum(scores), len(scores))


PERIODS = st.dictionaries(NAMES, shares() | means(), max_size=6)


@given(PERIODS, PERIODS)
def test_the_effects_add_up_to_the_difference(now: dict[str, Part], before: dict[str, Part]) -> None:
    found = decompose(now, before)
    totals = [(sum(Fraction(part.total) for part in parts.values()), sum(part.n for part in parts.values()))
              for parts in (now, before)]  # fmt: skip
    if not all(n for _, n in totals):
        assert found is None
        return
    assert found is not None
    exact = totals[0][0] / totals[0][1] - totals[1][0] / totals[1][1]
    assert math.isclose(found.mix + found.rate, exact, rel_tol=1e-9, abs_tol=1e-9)
    assert math.isclose(math.fsum(effect.whole for effect in found.effects), exact, rel_tol=1e-9, abs_tol=1e-9)


@given(PERIODS, PERIODS)
def test_backwards_every_effect_is_the_other_way_round(now: dict[str, Part], before: dict[str, Part]) -> None:
    there, back = decompose(now, before), decompose(before, now)
    effects = {effect.name: effect for effect in back.effects} if back else {}
    for effect in there.effects if there else ():
        assert math.isclose(effect.mix, -effects[effect.name].mix, abs_tol=1e-9)
        assert math.isclose(effect.rate, -effects[effect.name].rate, abs_tol=1e-9)


@given(PERIODS)
def test_between_equal_periods_there_is_no_effect(parts: dict[str, Part]) -> None:
    found = decompose(parts, parts)
    assert found is None or {(effect.mix, effect.rate) for effect in found.effects} <= {(0.0, 0.0)}


@given(PERIODS, st.integers(2, 9))
def test_more_of_everything_alike_is_no_effect(parts: dict[str, Part], times: int) -> None:
    more = {name: Part(part.total * times, part.n * times) for name, part in parts.items()}
    found = decompose(more, parts)
    assert found is None or all(abs(effect.whole) < 1e-9 for effect in found.effects)


def test_a_worked_example() -> None:
    """Of 100 e-mails 80 and of 100 chats 60 were answered in time; then of 50 e-mails 40 and of 150 chats 75."""
    found = decompose({"email": Part(40, 50), "chat": Part(75, 150)}, {"email": Part(80, 100), "chat": Part(60, 100)})
    assert found is not None
    assert (found.before, found.now) == (0.7, 0.575)
    chat, email = found.effects
    # R̄ = 0.6375: 25 points more of chats at (0.5 + 0.6) / 2, and they lost 10 points at a mean weight of 0.625
    assert chat.mix == pytest.approx(0.25 * (0.55 - 0.6375))
    assert chat.rate == pytest.approx(0.625 * -0.1)
    assert email.mix == pytest.approx(-0.25 * (0.8 - 0.6375))
    assert email.rate == 0


def test_only_the_mix_changes() -> None:
    """Every part does as before, and yet the whole does worse (E. H. Simpson's reversal in its plainest form)."""
    found = decompose({"a": Part(9, 10), "b": Part(45, 90)}, {"a": Part(81, 90), "b": Part(5, 10)})
    assert found is not None
    assert found.rate == 0
    assert found.mix == pytest.approx(-0.32)


@pytest.mark.parametrize("is_now", [True, False])
def test_a_part_of_one_period_only_is_mix_and_nothing_else(is_now: bool) -> None:
    both, more = {"email": Part(80, 100)}, {"email": Part(80, 100), "chat": Part(10, 100)}
    found = decompose(more, both) if is_now else decompose(both, more)
    assert found is not None
    chat = next(effect for effect in found.effects if effect.name == "chat")
    assert chat.rate == 0
    assert (chat.mix < 0) is is_now


def test_a_part_of_nothing_is_no_part() -> None:
    found = decompose({"a": Part(1, 2), "b": Part()}, {"a": Part(1, 2)})
    assert found is not None
    assert [effect.name for effect in found.effects] == ["a"]


def test_nothing_is_not_compared() -> None:
    assert decompose({}, {"a": Part(1, 2)}) is None
    assert decompose({"a": Part(1, 2)}, {"a": Part()}) is None


@pytest.mark.parametrize(("total", "n"), [(1, 0), (0, -1)])
def test_a_sum_of_nothing_is_refused(total: float, n: int) -> None:
    with pytest.raises(ValueError, match="neither a share nor a mean"):
        Part(total, n)
