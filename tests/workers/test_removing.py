"""Removing an account: nothing of it stays, whatever was under way, and the next of its name begins with nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Connection, delete, event, func, select

from integrations.base import Call
from tests.servers import wait_for
from tests.workers.accounts_for_tests import add_account, take
from tests.workers.standing import Clock, Nudged, rows
from tests.workers.stories import at, created, sent
from tests.workers.test_pipeline import body, keep
from tests.workers.waiting import is_waiting
from workers import as_reported, imports, pipeline, replay, tasks
from workers.absorbing import absorb
from workers.desk_session import reach
from workers.faults import attempted
from workers.periods import day_of
from workers.removing import _remove, remove_account, strays
from workers.runtime import Runtime
from workers.store import calls, chunk_rows, figures, listing, schema
from workers.store.conflicts import in_transaction
from workers.store.gauges import gauges
from workers.store.leases import LeaseLost
from workers.store.takes import LEASE
from workers.sweep import sweep

# On SQLite the writing transaction itself keeps everybody else out.
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
EVENTS = (created(), sent(5))
A_DAY = (as_reported.DAILY, day_of(date(2026, 3, 2)))


def left(runtime: Runtime) -> set[str]:
    """The tables that hold anything."""
    found = {table.name for table in schema.work.sorted_tables if rows(runtime, table)}
    with runtime.database.door.connect() as door:
        bodies = [call for call in door.execute(schema.calls.select()) if call.body is not None]
    return found | {"calls"} if bodies else found


def begin(runtime: Runtime, work: Callable[[], Any]) -> threading.Thread:
    """Begin the work beside a transaction; returns when it waits for that, or is done."""
    thread = threading.Thread(target=work)
    thread.start()
    wait_for(lambda: is_waiting(runtime) or not thread.is_alive(), what="the other transaction")
    return thread


@ON_POSTGRESQL
class TestBeside:
    """Beside what other processes do just then."""

    def test_what_is_being_taken_in_goes_with_the_rest(self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
        add_account(runtime)
        keep(runtime, body(*EVENTS))
        removing: list[threading.Thread] = []

        def beside(*given: Any, **named: Any) -> None:
            absorb(*given, **named)
            removing.append(begin(runtime, lambda: remove_account(runtime.database, "acme")))

        monkeypatch.setattr(pipeline, "absorb", beside)
        pipeline.take_in(runtime)
        removing[0].join()
        assert left(runtime) == set()

    def test_what_is_being_folded_goes_with_the_rest(self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
        take(runtime, add_account(runtime), *EVENTS)
        removing, write = list[threading.Thread](), chunk_rows.write

        def late(*given: Any) -> None:
            monkeypatch.setattr(chunk_rows, "write", write)
            removing.append(begin(runtime, lambda: remove_account(runtime.database, "acme")))
            write(*given)

        monkeypatch.setattr(chunk_rows, "write", late)
        figures.compact(runtime.database, "acme", budget_seconds=5)
        removing[0].join()
        assert left(runtime) == set()

    @pytest.mark.parametrize("way", ["import", "replay", "summary"])
    def test_what_comes_while_it_is_removed_stores_nothing(self, runtime: Runtime, way: str) -> None:
        account = add_account(runtime)
        with runtime.database.read() as connection:
            told = as_reported.snapshot(connection, account, A_DAY, now=at(0))
        call = Call(body(*EVENTS), {}, {}, at(9))
        storing: Mapping[str, Callable[[Connection], Any]] = {
            "import": partial(imports._absorb, runtime, "acme", EVENTS, at(9)),
            "replay": partial(replay._take_in, runtime, "acme", [(1, ("acme", "generic", call))]),
            "summary": partial(as_reported.keep, account=account, told=told),
        }
        with runtime.database.write() as connection:
            _remove("acme", connection)
            work = begin(runtime, lambda: attempted(lambda: in_transaction(runtime.database, storing[way])))
        work.join()
        assert left(runtime) == set()


def test_a_desk_that_was_asked_for_a_removed_account_stores_nothing(runtime: Runtime) -> None:
    add_account(runtime, desk="strict")
    desk = reach(runtime, "acme")
    assert desk is not None
    remove_account(runtime.database, "acme")
    with pytest.raises(LeaseLost, match="was removed"), runtime.database.write() as connection:
        desk.held(connection)


def test_the_next_account_of_that_name_has_no_call(runtime: Runtime) -> None:
    add_account(runtime)
    keep(runtime, body(*EVENTS), body(*EVENTS))
    pipeline.take_in(runtime)
    keep(runtime, body(*EVENTS))
    remove_account(runtime.database, "acme")
    while pipeline.take_in(runtime):
        pass
    add_account(runtime)
    assert listing.newest(runtime.database, "acme", limit=10) == []
    assert rows(runtime, schema.takes, account="acme") == []
    found = gauges(runtime.database, now=runtime.clock())
    assert (found.waiting_calls, found.unreadable) == (0, 0)
    (number,) = keep(runtime, body(*EVENTS))
    assert number == 4
    pipeline.take_in(runtime)
    assert [found.outcome for found in listing.newest(runtime.database, "acme", limit=10)] == ["done"]
    assert [found.ticket for found in rows(runtime, schema.tickets)] == ["T1"]


def test_many_calls_leave_in_steps_so_that_the_door_never_waits_for_all_of_them(runtime: Runtime) -> None:
    add_account(runtime)
    keep(runtime, *[b"{}"] * 1_200)
    keep(runtime, b"{}", account="other")
    steps: list[int] = []

    def count(connection: Connection) -> None:
        steps.append(connection.execute(select(func.count()).where(schema.calls.c.body.is_not(None))).scalar_one())

    event.listen(runtime.database.door, "commit", count)
    remove_account(runtime.database, "acme")
    gone = [before - after for before, after in pairwise([1_201, *steps])]
    assert sum(gone) == 1_200
    assert max(gone) <= 500


class TestLate:
    """Calls that the door kept a moment after the removal, because it had read the account a moment before."""

    @pytest.mark.parametrize("others", [True, False])
    def test_take_in_drops_them(self, runtime: Runtime, *, others: bool) -> None:
        add_account(runtime)
        remove_account(runtime.database, "acme")
        keep(runtime, body(*EVENTS), body(*EVENTS))
        if others:
            add_account(runtime, "other")
            keep(runtime, body(*EVENTS), account="other")
        while pipeline.take_in(runtime):
            pass
        assert of(runtime, "acme") == ([], [])
        assert [len(found) for found in of(runtime, "other")] == [others, others]
        add_account(runtime)
        assert listing.newest(runtime.database, "acme", limit=10) == []

    def test_a_worker_that_died_over_them_leaves_nothing_behind(
        self, runtime: Runtime, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep(runtime, body(*EVENTS))

        def die(*_: Any) -> None:
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(pipeline, "_commit", die)
            with pytest.raises(SystemExit):
                pipeline.take_in(runtime)
        clock.now += LEASE + 1
        while pipeline.take_in(runtime):
            pass
        assert of(runtime, "acme") == ([], [])

    def test_a_call_whose_body_was_dropped_stays_its_accounts(self, runtime: Runtime) -> None:
        add_account(runtime)
        numbers = keep(runtime, body(*EVENTS), body(*EVENTS))
        with runtime.database.door.begin() as connection:
            calls.drop_bodies_of(connection, numbers)
        pipeline.take_in(runtime)
        assert [found.outcome for found in listing.newest(runtime.database, "acme", limit=10)] == ["unreadable"] * 2

    def test_what_a_removal_left_that_was_cut_off_is_found_within_a_day(
        self, runtime: Runtime, clock: Clock, nudged: Nudged
    ) -> None:
        add_account(runtime)
        add_account(runtime, "other")
        for account in ("acme", "other", "acme"):
            keep(runtime, body(*EVENTS), account=account)
        pipeline.take_in(runtime)
        sweep(runtime)
        assert ("remove_strays",) not in nudged.take()
        with runtime.database.write() as connection:
            connection.execute(delete(schema.accounts).where(schema.accounts.c.slug == "acme"))
        clock.nap(24 * 60 * 60)
        sweep(runtime)
        sweep(runtime)
        assert nudged.take().count(("remove_strays",)) == 1
        tasks.remove_strays(runtime)
        assert of(runtime, "acme") == ([], [])
        assert [len(found) for found in of(runtime, "other")] == [1, 1]
        assert strays(runtime.database) == {}


def of(runtime: Runtime, account: str) -> tuple[list[Any], list[Any]]:
    """The calls and the takes of an account."""
    with runtime.database.door.connect() as door:
        kept = door.execute(select(schema.calls).where(schema.calls.c.account == account)).all()
    return list(kept), rows(runtime, schema.takes, account=account)
