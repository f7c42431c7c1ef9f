"""Tails against published values, and what must hold of every one of them."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.statistics.distributions import (
    binomial_two_sided,
    fisher_two_sided,
    incomplete_beta,
    t_quantile,
    t_two_sided,
)

small = st.integers(min_value=0, max_value=40)


@pytest.mark.parametrize(("t", "freedom", "p"), [(2.2281, 10, 0.05), (3.1693, 10, 0.01), (4.0321, 5, 0.01), (0, 3, 1)])
def test_the_tails_of_students_t_are_the_tabled_ones(t: float, freedom: int, p: float) -> None:
    assert t_two_sided(t, freedom) == pytest.approx(p, abs=1e-5)


@given(st.floats(min_value=1, max_value=1000))
def test_the_quantile_leaves_a_fortieth_in_each_tail(freedom: float) -> None:
    assert t_two_sided(t_quantile(freedom), freedom) == pytest.approx(0.05, abs=1e-9)


@given(st.floats(min_value=0, max_value=500), st.floats(min_value=0.1, max_value=200))
def test_no_side_of_zero_is_likelier(t: float, freedom: float) -> None:
    assert 0 <= t_two_sided(t, freedom) == t_two_sided(-t, freedom) <= 1


def test_fisher_tells_the_tea_taster() -> None:
    """The Design of Experiments (1935), chapter II: 3 of 4 right has a tail of 17/70, all right 1/70."""
    assert fisher_two_sided(3, 4, 1, 4) == pytest.approx(2 * 17 / 70)
    assert fisher_two_sided(4, 4, 0, 4) == pytest.approx(2 / 70)


@given(small, small, small, small)
def test_fisher_is_the_exact_hypergeometric_tail(a: int, b: int, c: int, d: int) -> None:
    n, before, of = a + b, c + d, a + c
    ways = {x: comb(n, x) * comb(before, of - x) for x in range(max(0, of - before), min(n, of) + 1)}
    tails = sum(way for x, way in ways.items() if x <= a), sum(way for x, way in ways.items() if x >= a)
    exact = min(1.0, float(Fraction(2 * min(tails), sum(ways.values()))))
    assert fisher_two_sided(a, n, c, before) == pytest.approx(exact, rel=1e-9)


@given(small, small, small, small)
def test_fisher_does_not_mind_which_sample_or_which_outcome_comes_first(a: int, b: int, c: int, d: int) -> None:
    p = fisher_two_sided(a, a + b, c, c + d)
    assert 0 <= p <= 1
    assert fisher_two_sided(c, c + d, a, a + b) == pytest.approx(p, rel=1e-9)
    assert fisher_two_sided(b, a + b, d, c + d) == pytest.approx(p, rel=1e-9)


@given(st.integers(min_value=1, max_value=60), st.data())
def test_the_binomial_tail_is_the_exact_sum(n: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(min_value=0, max_value=n))
    share = data.draw(st.fractions(min_value=Fraction(1, 50), max_value=Fraction(49, 50), max_denominator=50))
    terms = [comb(n, x) * share**x * (1 - share) ** (n - x) for x in range(n + 1)]
    exact = min(1.0, float(2 * min(sum(terms[: successes + 1]), sum(terms[successes:]))))
    assert binomial_two_sided(successes, n, float(share)) == pytest.approx(exact, rel=1e-9)


def test_tails_of_a_million_are_as_exact_as_small_ones() -> None:
    assert incomplete_beta(500_000, 500_000, 0.5) == pytest.approx(0.5, rel=1e-9)
    assert binomial_two_sided(501_000, 1_000_000, 0.5) == pytest.approx(0.0456, abs=1e-4)
    assert fisher_two_sided(501_000, 1_000_000, 500_000, 1_000_000) == pytest.approx(0.1576, abs=1e-3)
