"""Chunks: what is put in can be read, what is taken out was in, and nothing depends on the order."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.metrics.facts import NOTHING, Slices, write_facts
from workers.metrics.facts import Fact as Whole
from workers.store.adding import Flows, Wanted, add_facts
from workers.store.chunks import (
    NO_CHUNK,
    STOCK_DAYS,
    Array,
    InconsistentFigures,
    Stored,
    contents,
    numbered,
    open_chunk,
    read_chunks,
    span_of,
    stock_span_of,
    summed,
)
from workers.store.folding import ChunkKey, facts_of, folded, folding_of, in_portions

MONDAY = date(2026, 3, 9).toordinal() - date(1970, 1, 1).toordinal()
Fact = tuple[str, int, int | None, int, int, int | None]

_FACTS = st.lists(
    st.tuples(
        st.sampled_from(["volume", "wait", "csat:1:5:", "first_response_time", "full_resolution_time"]),
        st.sampled_from([MONDAY, MONDAY + 1, MONDAY + 6, MONDAY + 27]),
        st.sampled_from([None, MONDAY + 8]),
        st.just(1),
        st.integers(min_value=0, max_value=5),
        st.one_of(st.none(), st.integers(min_value=0, max_value=2**33)),
    ),
    max_size=30,
)


_NUMBERS = st.one_of(st.integers(-3, 3), st.integers(-(2**62), 2**62))
_COLUMNS = st.lists(st.tuples(_NUMBERS, _NUMBERS, st.integers(-2, 2)), max_size=20).map(
    lambda rows: np.array(rows, np.int64).reshape(-1, 3).T
)


def written(facts: list[Fact], channel: str = "chat", pairs: tuple[tuple[str, str], ...] = ()) -> str:
    """Facts as a ticket holds them."""
    return write_facts(Whole(Slices(channel, pairs), *fact) for fact in facts)


def change(old: str, new: str, present: dict[ChunkKey, Stored] | None = None) -> dict[ChunkKey, Stored]:
    """The chunks after a change; those that nothing is left of are gone."""
    folding = folding_of(facts_of([(old, new)]))
    after = dict(zip(folding.keys, folded(folding, present or {}), strict=True))
    return {key: stored for key, stored in {**(present or {}), **after}.items() if stored != NO_CHUNK}


def put(facts: list[Fact], chunk: Stored = NO_CHUNK, sign: int = 1) -> Stored:
    """A chunk with these facts in it, or taken out of it."""
    key = ("", "", "chat", MONDAY)
    old, new = (NOTHING, written(facts))[::sign]
    return change(old, new, {key: chunk} if chunk != NO_CHUNK else {}).get(key, NO_CHUNK)


def held(chunk: Stored) -> Any:
    """What is in a chunk."""
    return contents(read_chunks([chunk] if chunk != NO_CHUNK else []))


def test_a_span_is_four_weeks_from_a_monday() -> None:
    assert [span_of(MONDAY + day) for day in range(-1, 29)] == [MONDAY - 28, *([MONDAY] * 28), MONDAY + 28]


@given(_FACTS)
def test_a_chunk_holds_exactly_what_was_put_in(facts: list[Fact]) -> None:
    numbers: Counter[Any] = Counter()
    values: Counter[Any] = Counter()
    for measure, day, decided, n, total, value in facts:
        numbers[measure, day, -1 if decided is None else decided, "n"] += n
        numbers[measure, day, -1 if decided is None else decided, "total"] += total
        values.update([] if value is None else [(measure, day, value)])
    assert held(put(facts)) == (numbers, values)


@given(_FACTS, _FACTS)
def test_what_was_put_in_can_be_taken_out_again(first: list[Fact], second: list[Fact]) -> None:
    assert put(second, put(second, put(first)), sign=-1) == put(first)


@given(_FACTS, st.data())
def test_the_order_of_putting_in_does_not_matter(facts: list[Fact], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(facts))
    one_by_one = NO_CHUNK
    for fact in shuffled:
        one_by_one = put([fact], one_by_one)
    assert one_by_one == put(facts)


@given(st.lists(_FACTS, max_size=4), st.lists(_FACTS, max_size=4), st.integers(0, 2000))
def test_many_changes_at_once_are_as_many_one_by_one(
    before: list[list[Fact]], after: list[list[Fact]], most: int
) -> None:
    """Also some chunks at a time; each is of another agent and channel, so that they meet in some and not in others."""
    texts = [
        written(facts, ("chat", "email")[place % 2], (("agent", f"a{place // 2}"),))
        for place, facts in enumerate([*before, *after])
    ]
    present: dict[ChunkKey, Stored] = {}
    for text in texts[: len(before)]:
        present = change(NOTHING, text, present)
    old, new = texts[: len(before)], texts[len(before) :]
    folding = folding_of(facts_of([*((text, NOTHING) for text in old), *((NOTHING, text) for text in new)]))
    at_once = present | dict(zip(folding.keys, folded(folding, present), strict=True))
    sizes = {key: len(stored.counts) + len(stored.durations) for key, stored in present.items()}
    parts = list(in_portions(folding, sizes, most))
    assert [key for part in parts for key in part.keys] == list(folding.keys)
    assert all(len(part.keys) == 1 or sum(sizes.get(key, 0) for key in part.keys) <= most for part in parts)
    in_parts = present | {
        key: stored for part in parts for key, stored in zip(part.keys, folded(part, present), strict=True)
    }
    assert in_parts == at_once
    for text in new:
        present = change(NOTHING, text, present)
    for text in old:
        present = change(text, NOTHING, present)
    assert {key: stored for key, stored in at_once.items() if stored != NO_CHUNK} == present


def test_what_stays_the_same_touches_no_chunk() -> None:
    text = written([("wait", MONDAY, None, 1, 5, 5)])
    assert folding_of(facts_of([(text, text)])).keys == []


@given(_COLUMNS)
def test_columns_are_summed_by_their_keys(columns: Array) -> None:
    """Also where the keys do not fit into one number."""
    sums: Counter[tuple[int, ...]] = Counter()
    for first, second, number in columns.T.tolist():
        sums[first, second] += number
    assert summed(columns, 2).T.tolist() == [[*key, sums[key]] for key in sorted(sums) if sums[key]]
    different, which = numbered(columns[:2])
    assert different.T.tolist() == sorted(map(list, sums))
    assert np.array_equal(different[:, which], columns[:2])


@pytest.mark.parametrize("value", [-1, -2000, 2**40, -(2**40)])
def test_values_may_be_negative_or_large(value: int) -> None:
    facts: list[Fact] = [("csat:-2:2:", MONDAY + day, None, 1, 3, each) for day, each in enumerate((value, 7, value))]
    assert held(put(facts))[1] == {("csat:-2:2:", MONDAY + 1, 7): 1} | {
        ("csat:-2:2:", MONDAY + day, value): 1 for day in (0, 2)
    }
    assert held(put(facts[:2], put(facts), sign=-1))[1] == {("csat:-2:2:", MONDAY + 2, value): 1}


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
    assert open_chunk(chunk.counts).sections == {0: [0, size, 0, 0, 1, *[2] * 27]}
    assert sum(held(chunk)[1].values()) == 2


def test_durations_lie_apart_from_scores_and_hours() -> None:
    chunk = put([("csat:1:5:", MONDAY, None, 1, 4, 4), ("first_response_time", MONDAY + 1, None, 1, 70_000, 70_000)])
    assert chunk.durations == (70_000).to_bytes(8, "little")
    assert chunk.counts.endswith((4).to_bytes(8, "little"))
    assert sum(held(chunk)[1].values()) == 2


def test_a_number_that_does_not_fit_is_not_kept_cut() -> None:
    with pytest.raises(InconsistentFigures, match="does not fit where it is kept: n"):
        put([("volume", MONDAY, None, 2**32, 1, None)])
    largest = held(put([("volume", MONDAY, None, 2**32 - 1, -(2**63), None)]))[0]
    assert largest == {("volume", MONDAY, -1, "n"): 2**32 - 1, ("volume", MONDAY, -1, "total"): -(2**63)}


def test_a_measure_that_counts_nothing_any_more_is_gone() -> None:
    chunk = put([("wait", MONDAY, None, 1, 5, 5), ("volume", MONDAY, None, 1, 1, 9)])
    left = put([("wait", MONDAY, None, 1, 5, 5)], chunk, sign=-1)
    assert left == put([("volume", MONDAY, None, 1, 1, 9)])
    assert open_chunk(left.counts).measures == ["volume"]


@given(_FACTS, st.integers(0, 27), st.integers(0, 27), st.integers(MONDAY, MONDAY + 30))
def test_sums_are_of_the_days_asked_for_and_what_is_not_decided_is_apart(
    facts: list[Fact], first: int, length: int, as_of: int
) -> None:
    wanted = Wanted("", (MONDAY + first, MONDAY + first + length), as_of)
    adding = Flows(wanted, lambda value, channel: value + channel)
    for part in filter(None, (facts[::2], facts[1::2])):
        chunk = put(part)
        adding.add_chunk("", "chat", open_chunk(chunk.counts), chunk)
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
    chunk = put(facts)
    adding.add_chunk("", "chat", open_chunk(chunk.counts), chunk)
    add_facts(adding, {("chat", (), "csat:1:5:", MONDAY, None, 1, 5, 5): 1})
    (sums,) = adding.result()["chat"].values()
    assert (sums.n, sums.total, sums.all_values().tolist()) == (2, 9, [4, 5])
