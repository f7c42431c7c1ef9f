"""Chunks: what is put in can be read, what is taken out was in, and nothing depends on the order."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.store.chunks import (
    Chunk,
    Delta,
    InconsistentFigures,
    applied,
    contents,
    empty,
    read_chunk,
    span_of,
    write_chunk,
)

MONDAY = date(2026, 3, 2).toordinal() - date(1970, 1, 1).toordinal()
Fact = tuple[str, int, int | None, int, int, int | None]

_FACTS = st.lists(
    st.tuples(
        st.sampled_from(["volume", "wait", "csat:1:5:"]),
        st.integers(min_value=MONDAY, max_value=MONDAY + 6),
        st.sampled_from([None, MONDAY + 8]),
        st.just(1),
        st.integers(min_value=0, max_value=5),
        st.one_of(st.none(), st.integers(min_value=0, max_value=2**33)),
    ),
    max_size=30,
)


def put(facts: list[Fact], chunk: Chunk | None = None, sign: int = 1) -> Chunk:
    """A chunk with these facts in it, or taken out of it."""
    delta = Delta()
    for measure, day, decided, n, total, value in facts:
        delta.add(measure, day, decided, sign * n, sign * total, value)
    return applied(empty(MONDAY) if chunk is None else chunk, delta)


def test_a_span_begins_on_a_monday() -> None:
    assert [span_of(MONDAY + day) for day in range(-1, 8)] == [MONDAY - 7, *([MONDAY] * 7), MONDAY + 7]


@given(_FACTS)
def test_a_chunk_is_read_as_it_was_written(facts: list[Fact]) -> None:
    chunk = put(facts)
    assert contents(read_chunk(write_chunk(chunk))) == contents(chunk)


@given(_FACTS, _FACTS)
def test_what_was_put_in_can_be_taken_out_again(first: list[Fact], second: list[Fact]) -> None:
    assert contents(put(second, put(second, put(first)), sign=-1)) == contents(put(first))


@given(_FACTS, st.data())
def test_the_order_of_putting_in_does_not_matter(facts: list[Fact], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(facts))
    one_by_one = empty(MONDAY)
    for fact in shuffled:
        one_by_one = put([fact], one_by_one)
    assert contents(one_by_one) == contents(put(facts))


def test_a_value_that_is_not_there_cannot_be_taken_out() -> None:
    chunk = put([("wait", MONDAY, None, 1, 5, 5), ("wait", MONDAY, None, 1, 7, 7)])
    with pytest.raises(InconsistentFigures, match="not among those"):
        put([("wait", MONDAY, None, 1, 6, 6)], chunk, sign=-1)
    with pytest.raises(InconsistentFigures, match="not among those"):
        put([("wait", MONDAY, None, 1, 5, 5), ("wait", MONDAY, None, 1, 7, 5)], chunk, sign=-1)


def test_more_than_is_in_cannot_be_taken_out() -> None:
    with pytest.raises(InconsistentFigures, match="more is to be taken out"):
        put([("volume", MONDAY, None, 1, 1, None)], sign=-1)


def test_parts_are_the_days_asked_for_and_what_is_not_decided_is_apart() -> None:
    chunk = put(
        [
            ("wait", MONDAY, None, 1, 10, 10),
            ("wait", MONDAY + 3, None, 1, 20, 20),
            ("wait", MONDAY + 3, None, 1, 15, 15),
            ("wait", MONDAY + 6, None, 1, 40, 40),
            ("rate", MONDAY + 3, MONDAY + 5, 1, 1, None),
            ("rate", MONDAY + 3, MONDAY + 9, 1, 1, None),
        ]
    )
    parts = {part.measure: part for part in chunk.parts(MONDAY + 1, MONDAY + 5, as_of=MONDAY + 7)}
    assert (parts["wait"].n, parts["wait"].total) == (2, 35)
    assert np.array_equal(parts["wait"].values, [15, 20])
    assert (parts["rate"].n, parts["rate"].total, parts["rate"].undecided) == (1, 1, 1)
