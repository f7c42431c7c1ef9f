"""Chunks: what is put in can be read, what is taken out was in, and nothing depends on the order."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.store.adding import Flows, Wanted, add_facts
from workers.store.chunks import (
    STOCK_DAYS,
    Chunk,
    Delta,
    InconsistentFigures,
    applied,
    contents,
    empty,
    open_chunk,
    read_chunk,
    span_of,
    stock_span_of,
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


def test_a_quarter_of_stocks_begins_where_the_one_before_ends() -> None:
    spans = [stock_span_of(day) for day in range(-200, 200)]
    assert {later - span for span, later in pairwise(spans)} == {0, STOCK_DAYS}
    assert all(span <= day < span + STOCK_DAYS for day, span in enumerate(spans, -200))


@pytest.mark.parametrize(("largest", "size"), [(23, 1), (255, 1), (256, 2), (65_535, 2), (65_536, 4), (2**32, 8)])
def test_values_take_as_few_bytes_as_the_largest_needs(largest: int, size: int) -> None:
    chunk = put([("wait", MONDAY, None, 1, 1, 1), ("wait", MONDAY + 1, None, 1, largest, largest)])
    assert open_chunk(write_chunk(chunk)).sections == {0: [size, 0, 0, 1, 2, 2, 2, 2, 2, 2]}
    assert contents(read_chunk(write_chunk(chunk))) == contents(chunk)


def test_a_measure_that_counts_nothing_any_more_is_gone() -> None:
    chunk = put([("wait", MONDAY, None, 1, 5, 5), ("volume", MONDAY, None, 1, 1, 9)])
    left = put([("wait", MONDAY, None, 1, 5, 5)], chunk, sign=-1)
    assert contents(left) == contents(put([("volume", MONDAY, None, 1, 1, 9)]))
    assert left.measures == ("volume",)


@given(_FACTS, st.integers(0, 6), st.integers(0, 6), st.integers(MONDAY, MONDAY + 9))
def test_sums_are_of_the_days_asked_for_and_what_is_not_decided_is_apart(
    facts: list[Fact], first: int, length: int, as_of: int
) -> None:
    wanted = Wanted("", (MONDAY + first, MONDAY + first + length), as_of)
    adding = Flows(wanted, lambda value, channel: value + channel)
    for part in (facts[::2], facts[1::2]):
        adding.add_chunk("", "chat", write_chunk(put(part)))
    naive: dict[str, list[list[int]]] = {}
    for measure, day, decided, n, total, value in facts:
        if wanted.days[0] <= day <= wanted.days[1]:
            numbers, values = naive.setdefault(measure, [[0, 0, 0], []])
            is_decided = decided is None or decided <= as_of
            numbers[:] = [
                numbers[0] + n * is_decided,
                numbers[1] + total * is_decided,
                numbers[2] + n * (not is_decided),
            ]
            values += [] if value is None else [value]
    found = {
        measure: [[sums.n, sums.total, sums.undecided], sums.all_values().tolist()]
        for measure, sums in adding.result().get("chat", {}).items()
    }
    assert {name: [numbers, sorted(values)] for name, (numbers, values) in found.items()} == {
        name: [numbers, sorted(values)] for name, (numbers, values) in naive.items()
    }


def test_only_the_measures_that_are_needed_are_added_up() -> None:
    adding = Flows(Wanted("", (MONDAY, MONDAY), MONDAY, measures=frozenset({"csat"})), lambda _, channel: channel)
    facts: list[Fact] = [("csat:1:5:", MONDAY, None, 1, 4, 4), ("wait", MONDAY, None, 1, 9, 9)]
    adding.add_chunk("", "chat", write_chunk(put(facts)))
    add_facts(adding, {("chat", (), "csat:1:5:", MONDAY, None, 1, 5, 5): 1})
    (sums,) = adding.result()["chat"].values()
    assert (sums.n, sums.total, sums.all_values().tolist()) == (2, 9, [4, 5])
