"""Group commit: what is acknowledged is committed, whatever the database does, and nobody waits for ever."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from integrations.times import SECOND
from tests.servers import wait_for
from workers.store import calls, schema
from workers.store.calls import Kept, NewCall, delivery_key, open_writer
from workers.store.database import Database
from workers.store.keeper import CallKeeper, NotKept


def _call(body: bytes = b"{}", *, account: str = "acme", delivery: str | None = None, at: int = 1) -> NewCall:
    return NewCall(account, "generic", delivery, at, '{"x-event": "a"}', '{"topic": "b"}', body)


class _Script:
    """A writer whose answers a test decides."""

    broken = False

    def __init__(self, write: Callable[[Sequence[NewCall]], list[Kept]]) -> None:
        self._write = write
        self.closed = False

    def write(self, calls: Sequence[NewCall]) -> list[Kept]:
        return self._write(calls)

    def close(self) -> None:
        self.closed = True


def _numbers(batch: Sequence[NewCall]) -> list[Kept]:
    return [Kept(int(call.body), seen=False) for call in batch]


def test_calls_that_wait_together_are_committed_together(database: Database) -> None:
    batches: list[int] = []
    keeper = CallKeeper(partial(open_writer, database.door), watch=lambda count, _: batches.append(count))
    with ThreadPoolExecutor(16) as threads:
        kept = list(threads.map(lambda number: keeper.keep(_call(str(number).encode())), range(300)))
    keeper.close()
    assert len({each.id for each in kept}) == 300
    assert sum(batches) == 300
    assert len(batches) < 300
    with database.door.connect() as connection:
        found = calls.read_calls(connection, [each.id for each in kept])
    assert [found[each.id][2].body for each in kept] == [str(number).encode() for number in range(300)]


def test_two_processes_never_give_the_same_number(database: Database) -> None:
    keepers = [CallKeeper(partial(open_writer, database.door)) for _ in range(2)]
    with ThreadPoolExecutor(8) as threads:
        kept = list(threads.map(lambda number: keepers[number % 2].keep(_call()).id, range(200)))
    for keeper in keepers:
        keeper.close()
    assert len(set(kept)) == 200


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.sampled_from([None, "a", "b", "c", "d"]), min_size=1, max_size=6), max_size=6))
def test_a_delivery_has_one_number_however_it_is_repeated(database: Database, batches: list[list[str | None]]) -> None:
    account = f"acme-{time.time_ns()}"
    writers = [open_writer(database.door), open_writer(database.door)]
    numbers: dict[str, set[int]] = {}
    new = 0
    for turn, batch in enumerate(batches):
        for delivery, kept in zip(
            batch, writers[turn % 2].write([_call(account=account, delivery=each) for each in batch]), strict=True
        ):
            new += not kept.seen
            numbers.setdefault(delivery or f"call {kept.id}", set()).add(kept.id)
    for writer in writers:
        writer.close()
    assert all(len(found) == 1 for found in numbers.values())
    with database.door.connect() as connection:
        rows = connection.execute(select(schema.calls.c.id).where(schema.calls.c.account == account)).scalars().all()
    assert sorted(rows) == sorted(number for found in numbers.values() for number in found)
    assert new == len(rows)


def test_a_database_that_fails_is_told_to_every_waiting_call_and_tried_again_for_the_next() -> None:
    failures = [sqlite3.OperationalError("database is locked")]

    def write(batch: Sequence[NewCall]) -> list[Kept]:
        if failures:
            raise failures.pop()
        return _numbers(batch)

    opened: list[_Script] = []

    def open_one() -> _Script:
        opened.append(_Script(write))
        return opened[-1]

    keeper = CallKeeper(open_one)
    with pytest.raises(NotKept) as refused:
        keeper.keep(_call(b"1"))
    assert refused.value.after
    assert keeper.keep(_call(b"2")) == Kept(2, seen=False)
    keeper.close()
    assert [writer.closed for writer in opened] == [True, True]


def test_a_database_that_does_not_answer_is_not_waited_for_any_longer_than_the_patience() -> None:
    answer = threading.Event()

    def write(batch: Sequence[NewCall]) -> list[Kept]:
        answer.wait(20)
        return _numbers(batch)

    keeper = CallKeeper(lambda: _Script(write), patience=0.2)
    started = time.monotonic()
    with pytest.raises(NotKept, match="in time"):
        keeper.keep(_call(b"1"))
    with pytest.raises(NotKept):
        keeper.keep(_call(b"2"))
    with pytest.raises(NotKept, match="does not answer"):
        keeper.keep(_call(b"2"))
    assert time.monotonic() - started < 3
    answer.set()
    wait_for(lambda: _keeps(keeper, b"3"), seconds=5, what="recovery")
    keeper.close()


def _keeps(keeper: CallKeeper, body: bytes) -> bool:
    try:
        return keeper.keep(_call(body)).id == int(body)
    except NotKept:
        return False


def test_a_full_queue_refuses_at_once() -> None:
    answer, writing = threading.Event(), threading.Event()

    def write(batch: Sequence[NewCall]) -> list[Kept]:
        writing.set()
        answer.wait(20)
        return _numbers(batch)

    keeper = CallKeeper(lambda: _Script(write), longest_queue=3)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(keeper.keep, _call(b"1"))
        assert writing.wait(5)
        waiting = [threads.submit(keeper.keep, _call(b"2")) for _ in range(3)]
        wait_for(lambda: keeper._queue.qsize() == 3, seconds=5)
        with pytest.raises(NotKept, match="too many"):
            keeper.keep(_call(b"3"))
        answer.set()
        assert [each.result(5).id for each in (first, *waiting)] == [1, 2, 2, 2]
    keeper.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_mistake_of_ours_in_the_thread_refuses_its_calls_and_ends_nothing_else() -> None:
    mistakes = [ZeroDivisionError()]

    def write(batch: Sequence[NewCall]) -> list[Kept]:
        if mistakes:
            raise mistakes.pop()
        return _numbers(batch)

    keeper = CallKeeper(lambda: _Script(write))
    with pytest.raises(NotKept):
        keeper.keep(_call(b"1"))
    wait_for(lambda: not keeper._thread.is_alive(), seconds=5)
    assert keeper.keep(_call(b"2")).id == 2
    keeper.close()


def test_closing_commits_what_waits_and_refuses_what_comes_later(database: Database) -> None:
    keeper = CallKeeper(partial(open_writer, database.door))
    kept = keeper.keep(_call())
    keeper.close()
    with pytest.raises(NotKept, match="stopping"):
        keeper.keep(_call())
    with database.door.connect() as connection:
        assert set(calls.read_calls(connection, [kept.id])) == {kept.id}


def test_a_call_comes_back_as_it_was_kept(database: Database) -> None:
    (kept,) = _written(database, [_call(b"\x00\xff", at=77)])
    with database.door.connect() as connection:
        account, desk, call = calls.read_calls(connection, [kept.id, 10**12])[kept.id]
    assert (account, desk) == ("acme", "generic")
    assert (call.body, call.received_at) == (b"\x00\xff", 77)
    assert (call.headers, call.query) == ({"x-event": "a"}, {"topic": "b"})


def test_an_empty_body_is_a_body(database: Database) -> None:
    (kept,) = _written(database, [_call(b"")])
    with database.door.connect() as connection:
        assert calls.read_calls(connection, [kept.id])[kept.id][2].body == b""


def test_calls_are_listed_newest_first_page_by_page(database: Database) -> None:
    kept = _written(database, [_call(b"x" * size) for size in range(5)] + [_call(account="zenith")])
    with database.door.connect() as connection:
        first = calls.listing(connection, "acme", limit=3)
        second = calls.listing(connection, "acme", before=first[-1].id, limit=3)
        described = calls.describe(connection, [kept[0].id, kept[5].id])
    assert [listed.size for listed in first + second] == [4, 3, 2, 1, 0]
    assert [listed.account for listed in described] == ["zenith", "acme"]


def test_old_bodies_are_dropped_in_steps_and_the_calls_stay(database: Database) -> None:
    old = _written(database, [_call(at=SECOND) for _ in range(3)])
    young = _written(database, [_call(at=9 * SECOND)])
    (waiting,) = _written(database, [_call(at=SECOND)])
    other = _written(database, [_call(at=SECOND, account="zenith")])
    steps = []
    for _ in range(3):
        with database.door.begin() as connection:
            steps.append(calls.drop_bodies(connection, "acme", 5 * SECOND, below=waiting.id, limit=2))
    assert steps == [2, 1, 0]
    with database.door.connect() as connection:
        ids = [each.id for each in (*old, *young, waiting, *other)]
        assert set(calls.read_calls(connection, ids)) == {young[0].id, waiting.id, other[0].id}
        assert {listed.size for listed in calls.describe(connection, [each.id for each in old])} == {None}


def test_after_an_account_was_removed_its_numbers_are_not_used_again(database: Database) -> None:
    _written(database, [_call()])
    gone = _written(database, [_call(account="zenith", delivery="d") for _ in range(2)] + [_call(account="zenith")])
    steps = []
    for _ in range(3):
        with database.door.begin() as connection:
            steps.append(calls.remove(connection, "zenith", through=gone[-1].id, limit=1))
    assert steps == [1, 1, 0]
    with database.door.connect() as connection:
        assert calls.read_calls(connection, [each.id for each in gone]) == {}
    (new,) = _written(database, [_call()])
    assert new.id > max(each.id for each in gone)


@pytest.mark.parametrize(("given", "kept"), [(None, None), ("", None), ("evt_1", "evt_1")])
def test_a_delivery_id_is_kept_as_it_is(given: str | None, kept: str | None) -> None:
    assert delivery_key(given) == kept


@pytest.mark.parametrize("strange", ["\x00", "a\nb", "\ud800", "x" * 201])
def test_a_delivery_id_no_database_takes_is_hashed(strange: str) -> None:
    key = delivery_key(strange)
    assert key is not None
    assert key.startswith("sha256:")
    assert key.isascii()


def _written(database: Database, batch: Sequence[NewCall]) -> list[Kept]:
    writer = open_writer(database.door)
    try:
        return writer.write(batch)
    finally:
        writer.close()
