"""The figures' store: exact in any order, with any repetition, folded or not, on both databases."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from itertools import count, pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from integrations.events import CHANNELS, STATUSES, Event
from integrations.times import DAY
from tests.workers.accounts_for_tests import add_account, stored_tickets, take
from tests.workers.standing import Nudged, rows
from tests.workers.stories import answered, created, sent, status, told
from workers import tasks
from workers.metrics import STOCKS
from workers.metrics.base import Sums
from workers.metrics.facts import NOTHING, Fact, read_facts
from workers.rebuild import forget_counts, rebuild, verify
from workers.runtime import Runtime
from workers.store import accounts, bulk, chunk_rows, figures, folding, schema
from workers.store.chunks import InconsistentFigures
from workers.store.figures import Wanted
from workers.sweep import sweep

EVER = (0, 40_000)
_NUMBERS = count()
_TICKETS = st.sampled_from(["T1", "T2", "T3"])
_MINUTES = st.integers(min_value=0, max_value=30_000)
_EVENTS = st.one_of(
    st.builds(
        # Without a customer, whose hash is another one in another account and would decide between two versions.
        lambda minutes, ticket, channel, tags: created(minutes, ticket, channel=channel, tags=tags, customer=None),
        _MINUTES,
        _TICKETS,
        st.sampled_from(CHANNELS[:3]),
        st.lists(st.sampled_from("xy"), max_size=2),
    ),
    st.builds(
        lambda word, minutes, ticket: status(word, minutes, ticket), st.sampled_from(STATUSES), _MINUTES, _TICKETS
    ),
    st.builds(
        lambda minutes, ticket, name: sent(minutes, ticket=ticket, author=name, message=f"{name}{minutes}"),
        _MINUTES,
        _TICKETS,
        st.sampled_from(["eva", "max"]),
    ),
    st.builds(
        lambda minutes, ticket, word: told("ticket.moved", minutes, ticket, department=word),
        _MINUTES,
        _TICKETS,
        st.sampled_from(["a", "b", None]),
    ),
    st.builds(
        lambda score, minutes, ticket: answered(score, minutes, ticket),
        st.integers(min_value=1, max_value=5),
        _MINUTES,
        _TICKETS,
    ),
    st.builds(
        lambda minutes, ticket, word: told("ticket.merged", minutes, ticket, into=word),
        _MINUTES,
        _TICKETS,
        st.sampled_from(["T9", None]),
    ),
)


def naive(facts: list[Fact], kind: str) -> dict[str, dict[str, tuple[int, int, list[int]]]]:
    """Row → measure → n, total and values, by going through every fact once."""
    found: dict[str, dict[str, tuple[int, int, list[int]]]] = {}
    for fact in facts:
        for row in [fact.slices.channel] if kind == "channel" else [v for k, v in fact.slices.pairs if k == kind]:
            n, total, values = found.setdefault(row, {}).setdefault(fact.measure, (0, 0, []))
            more = [] if fact.value is None else [fact.value]
            found[row][fact.measure] = (n + fact.n, total + fact.total, sorted([*values, *more]))
    return {row: kept for row, measures in found.items() if (kept := dict(_kept(measures)))}


def _kept(measures: dict[str, tuple[int, int, list[int]]]) -> Iterator[tuple[str, tuple[int, int, list[int]]]]:
    """What is not nothing; of a stock, how much of it there is, and not how often it changed."""
    for measure, (n, total, values) in measures.items():
        if measure not in STOCKS:
            yield measure, (n, total, values)
        elif total:
            yield measure, (total, total, [])


def plain(rows: dict[str, dict[str, Sums]]) -> dict[str, dict[str, tuple[int, int, list[int]]]]:
    """What the store says, in the same shape; what adds up to nothing left out."""
    return {
        row: {
            name: (sums.n, sums.total, np.sort(sums.all_values()).tolist()) for name, sums in measures.items() if sums.n
        }
        for row, measures in rows.items()
        if any(sums.n for sums in measures.values())
    }


def read(runtime: Runtime, slug: str, kind: str) -> dict[str, dict[str, tuple[int, int, list[int]]]]:
    """The store's sums by channel or by a slice kind, over all days."""
    wanted = Wanted("" if kind == "channel" else kind, EVER, as_of=EVER[1])
    with runtime.database.read() as connection:
        return plain(
            figures.sums(connection, slug, wanted, lambda value, channel: channel if kind == "channel" else value)
        )


def together(runtime: Runtime, slug: str, *borders: int) -> bool:
    """Whether periods side by side, divided by these days, tell the same when they are read together."""
    wanted = [Wanted("", (first, last - 1), as_of=last + 2) for first, last in pairwise(borders)]
    with runtime.database.read() as connection:
        alone = [figures.sums(connection, slug, each, lambda _, channel: channel) for each in wanted]
        found = figures.sums_of_each(connection, slug, wanted, lambda _, channel: channel)
    return list(map(plain, found)) == list(map(plain, alone))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(_EVENTS, min_size=1, max_size=25), seed=st.integers(min_value=0, max_value=10**6))
def test_figures_equal_a_naive_recount_whatever_the_order(runtime: Runtime, history: list[Event], seed: int) -> None:
    chance = random.Random(seed)
    slug = f"a{next(_NUMBERS)}"
    account = add_account(runtime, slug)
    again = [*history, *chance.sample(history, len(history) // 3)]
    chance.shuffle(again)
    while again:
        batch = [again.pop() for _ in range(min(len(again), chance.randint(1, 4)))]
        take(runtime, account, *batch)
        if chance.random() < 0.3:
            figures.compact(runtime.database, slug, budget_seconds=5, step=chance.choice([1, 2, 50]))
    facts = [fact for row in stored_tickets(runtime, account).values() for fact in read_facts(row.counted)]
    for kind in ("channel", "agent", "department", "tag"):
        assert read(runtime, slug, kind) == naive(facts, kind)
    assert list(verify(runtime.database, account)) == []
    border = history[0].at // DAY + chance.randint(-3, 3)
    assert together(runtime, slug, border - chance.randint(1, 9), border, border + chance.randint(1, 9))
    in_order = add_account(runtime, slug + "b")
    take(runtime, in_order, *history)
    assert read(runtime, slug + "b", "channel") == read(runtime, slug, "channel")


def volume(rows: dict[str, dict[str, tuple[int, int, list[int]]]]) -> int:
    return sum(measures["ticket_volume"][0] for measures in rows.values() if "ticket_volume" in measures)


def test_a_total_over_a_slice_is_the_whole_unless_slices_overlap(runtime: Runtime) -> None:
    account = add_account(runtime)
    for number in range(12):
        ticket = f"T{number}"
        take(runtime, account, created(number, ticket, tags=["x", "y"][: number % 3]), sent(number + 5, ticket=ticket))
    whole = Counter({row: measures["ticket_volume"][0] for row, measures in read(runtime, "acme", "channel").items()})
    assert whole.total() == 12
    for kind in ("agent", "department"):
        assert volume(read(runtime, "acme", kind)) == 12
    assert volume(read(runtime, "acme", "tag")) == 16


def test_what_is_seldom_asked_for_lies_apart_and_is_found_when_it_is(runtime: Runtime) -> None:
    account = add_account(runtime)
    take(runtime, account, created(0), sent(5), status("resolved", 9))
    figures.compact(runtime.database, account.slug, budget_seconds=5)
    with runtime.database.read() as connection:
        lie = {key[0]: set(chunk.measures) for key, chunk in chunk_rows.all_chunks(connection, account.slug)}
        seldom = Wanted("", EVER, EVER[1], measures=frozenset({"requester_wait_time"}))
        found = figures.sums(connection, account.slug, seldom, lambda _, channel: channel)
    assert {"ticket_volume", "first_response_time", "full_resolution_time"} <= lie[""]
    assert "requester_wait_time" in lie[folding.SELDOM]
    assert lie[""].isdisjoint(lie[folding.SELDOM])
    assert plain(found) == {"email": {"requester_wait_time": (1, 540, [540])}}


def test_a_late_event_moves_what_was_folded_already(runtime: Runtime) -> None:
    account = add_account(runtime)
    take(runtime, account, created(0), sent(60))
    figures.compact(runtime.database, "acme", budget_seconds=5)
    take(runtime, account, sent(10))
    assert read(runtime, "acme", "channel")["email"]["first_response_time"] == (1, 600, [600])
    figures.compact(runtime.database, "acme", budget_seconds=5)
    assert read(runtime, "acme", "channel")["email"]["first_response_time"] == (1, 600, [600])
    assert list(verify(runtime.database, account)) == []


def test_folding_leaves_nothing_waiting(runtime: Runtime) -> None:
    account = add_account(runtime)
    take(runtime, account, *(created(0, f"T{number}") for number in range(30)))
    assert figures.compact(runtime.database, "acme", budget_seconds=5, step=7) == 30
    with runtime.database.read() as connection:
        assert not figures.has_changes(connection, "acme")
    assert read(runtime, "acme", "channel")["email"]["ticket_volume"][0] == 30


@pytest.mark.parametrize("kept", [0, 3, 1000])
def test_each_reading_of_a_snapshot_finds_what_waited_then_and_a_later_one_what_came_since(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(figures, "_MOST_KEPT", kept)
    account = add_account(runtime)
    take(runtime, account, *(created(0, f"T{number}") for number in range(5)), sent(5, ticket="T1"))
    volume = Wanted("", EVER, as_of=EVER[1], measures=frozenset({"ticket_volume"}))
    response = Wanted("", EVER, as_of=EVER[1], measures=frozenset({"first_response_time"}))
    with runtime.database.read() as connection:
        for _ in range(2):
            assert figures.sums(connection, "acme", volume, lambda *_: "")[""]["ticket_volume"].n == 5
            assert figures.sums(connection, "acme", response, lambda *_: "")[""]["first_response_time"].total == 300
            take(runtime, account, created(1, "T9"), sent(9, ticket="T2"))
    found = read(runtime, "acme", "channel")["email"]
    assert (found["ticket_volume"][0], found["first_response_time"][:2]) == (6, (2, 840))


@pytest.mark.parametrize("table", ["tickets", "chunks", "events"])
def test_verify_names_what_was_tampered_with(runtime: Runtime, table: str) -> None:
    account = add_account(runtime)
    take(runtime, account, created(0), sent(5), status("resolved", 9))
    figures.compact(runtime.database, "acme", budget_seconds=5)
    tampering = {
        "tickets": "UPDATE tickets SET counted = '[]'",
        "chunks": "DELETE FROM chunks WHERE kind = 'agent'",
        "events": "DELETE FROM events WHERE type = 'status.changed'",
    }
    with runtime.database.write() as connection:
        connection.exec_driver_sql(tampering[table])
    differences = list(verify(runtime.database, account))
    assert differences
    assert "T1" in differences[0] or "agent" in differences[0]


def test_a_change_of_zone_is_counted_anew_beside_live_work(runtime: Runtime) -> None:
    account = add_account(runtime)
    take(runtime, account, *(created(14 * 60, f"T{number}") for number in range(5)))  # 23:00 in Zagreb
    figures.compact(runtime.database, "acme", budget_seconds=5)
    moved = accounts.with_settings(account, {"time_zone": "Asia/Tokyo"})
    with runtime.database.write() as connection:
        accounts.save(connection, moved, runtime.vault)
    assert len(list(verify(runtime.database, moved))) == 5
    steps: list[tuple[int, int]] = []
    assert rebuild(runtime, "acme", progress=lambda done, of: steps.append((done, of)))
    assert steps[-1] == (5, 5)
    assert list(verify(runtime.database, moved)) == []
    assert read(runtime, "acme", "channel")["email"]["ticket_volume"][0] == 5


def test_figures_that_do_not_fit_are_started_over(runtime: Runtime) -> None:
    account = add_account(runtime)
    take(runtime, account, created(0), sent(5))
    figures.compact(runtime.database, "acme", budget_seconds=5)
    with runtime.database.write() as connection:
        bulk.delete(connection, schema.chunks, ("account", "kind"), [("acme", "")])
        forget_counts(connection, "acme")
    assert rebuild(runtime, "acme", progress=lambda done, of: None)
    assert list(verify(runtime.database, account)) == []
    assert read(runtime, "acme", "channel")["email"]["ticket_volume"][0] == 1


def test_a_sweep_asks_for_counting_anew_only_what_other_rules_counted(runtime: Runtime, nudged: Nudged) -> None:
    account = add_account(runtime)
    take(runtime, account, created(0))
    sweep(runtime)
    assert ("rebuild", "acme") not in nudged.take()
    with runtime.database.write() as connection:
        accounts.save(connection, accounts.with_settings(account, {"time_zone": "UTC"}), runtime.vault)
    sweep(runtime)
    assert ("rebuild", "acme") in nudged.take()
    tasks.count_anew(runtime, "acme")
    sweep(runtime)
    assert ("rebuild", "acme") not in nudged.take()


def test_figures_that_cannot_be_folded_are_started_over_and_come_out_right(runtime: Runtime) -> None:
    account = add_account(runtime)
    take(runtime, account, created(0), sent(60))
    tasks.compact(runtime, "acme")
    with runtime.database.write() as connection:
        bulk.delete(connection, schema.chunks, ("account",), [("acme",)])
    take(runtime, account, sent(10))
    tasks.compact(runtime, "acme")
    tasks.count_anew(runtime, "acme")
    tasks.compact(runtime, "acme")
    assert list(verify(runtime.database, account)) == []
    assert read(runtime, "acme", "channel")["email"]["first_response_time"] == (1, 600, [600])


def test_a_change_that_stands_already_is_refused_and_never_left_out(runtime: Runtime) -> None:
    account = add_account(runtime)
    take(runtime, account, created(0))
    another = figures.Change("T1", 1, NOTHING, NOTHING)
    with pytest.raises(InconsistentFigures, match="acme"), runtime.database.write() as connection:
        figures.append(connection, "acme", [figures.Change("T9", 1, NOTHING, NOTHING), another])
    assert [row.ticket for row in rows(runtime, schema.changes)] == ["T1"]


def test_a_tickets_changes_are_folded_in_their_order_wherever_they_stand_in_the_table(runtime: Runtime) -> None:
    """PostgreSQL gives rows back in the order of the places they happen to fill."""
    account = add_account(runtime)
    take(runtime, account, created(0), sent(60))
    take(runtime, account, sent(10))
    statement = select(schema.changes).order_by(schema.changes.c.version.desc())
    with runtime.database.write() as connection:
        backwards = [tuple(row) for row in connection.execute(statement)]
        connection.execute(delete(schema.changes))
        for row in backwards:
            bulk.insert(connection, schema.changes, ("account", "ticket", "version", "old", "new"), [row])
    assert len(backwards) == 2
    figures.compact(runtime.database, "acme", budget_seconds=5, step=1)
    assert list(verify(runtime.database, account)) == []
