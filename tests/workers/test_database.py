"""Connections: a read is one moment, a write is one transaction, and calls lie in a file of their own."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import DBAPIError, OperationalError

from tests.workers.standing import rows
from workers.runtime import Runtime
from workers.store import conflicts, leases, schema
from workers.store.conflicts import in_transaction, is_conflict, is_outage
from workers.store.database import Database, open_database, streamed

NAMES = schema.names


def write_name(connection: Connection, id_: str) -> None:
    connection.execute(insert(NAMES).values(account="acme", kind="agent", id=id_, name=id_))


def count(connection: Connection) -> int:
    found: int = connection.execute(select(func.count()).select_from(NAMES)).scalar_one()
    return found


class TestLargeRows:
    def test_they_come_one_by_one_and_all_of_them(self, runtime: Runtime) -> None:
        mark = "?" if runtime.database.is_sqlite else "%s"
        with runtime.database.write() as connection:
            for number in range(250):
                write_name(connection, f"{number:03}")
            asked = f"SELECT id FROM names WHERE account = {mark} ORDER BY id"
            found = streamed(connection, asked, ("acme",))
            assert next(found)[0] == "000"
            assert [row[0] for row in found] == [f"{number:03}" for number in range(1, 250)]
            assert count(connection) == 250

    def test_what_the_database_complains_about_is_an_error_of_the_store(self, runtime: Runtime) -> None:
        with pytest.raises(DBAPIError, match="nowhere"), runtime.database.read() as connection:
            list(streamed(connection, "SELECT * FROM nowhere", ()))


class TestConnectionsThatDied:
    """PostgreSQL ends a connection that lies in the pool, as a restart does."""

    @staticmethod
    def who(database: Database) -> int:
        with database.read() as connection:
            found: int = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            return found

    @staticmethod
    def end(url: str, who: int) -> None:
        database = open_database(url)
        with database.write() as connection:
            connection.exec_driver_sql("SELECT pg_terminate_backend(%s)", (who,))
        database.dispose()

    @pytest.fixture
    def database(self, postgres_url: str) -> Iterator[Database]:
        found = open_database(postgres_url)
        yield found
        found.dispose()

    def ended(self, url: str, database: Database) -> int:
        """Who lay in the pool, and lies there dead."""
        before = self.who(database)
        assert self.who(database) == before
        self.end(url, before)
        return before

    def test_one_that_lay_there_for_a_while_is_replaced(
        self, postgres_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("workers.store.database._SURELY_ALIVE", 0.0)
        before = self.ended(postgres_url, database)
        assert self.who(database) != before

    def test_one_that_was_used_a_moment_ago_fails_once(
        self, postgres_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("workers.store.database._SURELY_ALIVE", 60.0)
        before = self.ended(postgres_url, database)
        with pytest.raises(OperationalError) as failed:
            self.who(database)
        assert is_outage(failed.value)
        assert self.who(database) != before


class TestReading:
    def test_what_is_written_in_between_is_not_seen(self, runtime: Runtime) -> None:
        with runtime.database.read() as reading:
            assert count(reading) == 0
            with runtime.database.write() as writing:
                write_name(writing, "1")
            assert count(reading) == 0
        with runtime.database.read() as reading:
            assert count(reading) == 1

    def test_what_is_not_committed_is_not_seen(self, runtime: Runtime) -> None:
        with runtime.database.write() as writing:
            write_name(writing, "1")
            with runtime.database.read() as reading:
                assert count(reading) == 0

    def test_readers_do_not_wait_for_a_writer_nor_it_for_them(self, runtime: Runtime) -> None:
        with runtime.database.read() as first, runtime.database.write() as writing:
            assert count(first) == 0
            write_name(writing, "1")
            with runtime.database.read() as second:
                assert count(second) == 0

    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    def test_a_read_cannot_write(self, runtime: Runtime) -> None:
        with (
            pytest.raises(DBAPIError, match="read-only transaction"),
            runtime.database.read() as reading,
        ):
            write_name(reading, "1")


class TestWriting:
    def test_a_block_that_ends_well_is_committed(self, runtime: Runtime) -> None:
        with runtime.database.write() as writing:
            write_name(writing, "1")
            write_name(writing, "2")
        assert [row.id for row in rows(runtime, NAMES)] == ["1", "2"]

    def test_a_block_that_fails_leaves_nothing(self, runtime: Runtime) -> None:
        write_twice = insert(NAMES), [{"account": "acme", "kind": "agent", "id": "1", "name": "x"}] * 2
        with pytest.raises(DBAPIError), runtime.database.write() as writing:
            writing.execute(*write_twice)
        assert rows(runtime, NAMES) == []

    def test_a_failed_block_hands_on_a_connection_that_works(self, runtime: Runtime) -> None:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError), runtime.database.write() as writing:
                write_name(writing, str(1 // count(writing)))
        with runtime.database.write() as writing:
            write_name(writing, "1")
        assert len(rows(runtime, NAMES)) == 1

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_on_sqlite_the_write_lock_is_taken_at_once(self, runtime: Runtime) -> None:
        path = runtime.settings.database_url.removeprefix("sqlite:///")
        other = sqlite3.connect(path, timeout=0, isolation_level=None)
        with runtime.database.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")
        other.close()

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_on_sqlite_the_door_is_not_held_up_by_the_work(self, runtime: Runtime) -> None:
        with runtime.database.write(), runtime.database.door.execution_options(immediate=True).begin() as door:
            assert door.exec_driver_sql("SELECT count(*) FROM calls").scalar_one() == 0

    def test_writers_at_once_lose_no_row(self, runtime: Runtime) -> None:
        def work(worker: int) -> None:
            for number in range(5):
                with runtime.database.write() as writing:
                    write_name(writing, f"{worker}-{number}")

        workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert len(rows(runtime, NAMES)) == 20


class TestOpening:
    def test_sqlite_is_two_files_side_by_side(self, tmp_path: Path) -> None:
        database = open_database(f"sqlite:///{tmp_path}/figures.db")
        assert database.is_sqlite
        assert database.work.url.database == f"{tmp_path}/figures.db"
        assert database.door.url.database == f"{tmp_path}/calls.db"

    def test_postgresql_is_one_database_by_whichever_driver_name(self) -> None:
        for address in ("postgresql://u:p@host/db", "postgresql+psycopg://u:p@host/db"):
            database = open_database(address)
            assert database.door is database.work
            assert database.work.url.drivername == "postgresql+psycopg"
            assert not database.is_sqlite

    def test_nothing_is_connected_before_it_is_used(self, tmp_path: Path) -> None:
        database = open_database(f"sqlite:///{tmp_path}/none/deskpulse.db")
        with pytest.raises(OperationalError, match="unable to open"), database.read():
            pass

    def test_sqlite_survives_a_power_cut_and_reads_beside_writes(self, tmp_path: Path) -> None:
        database = open_database(f"sqlite:///{tmp_path}/deskpulse.db")
        for engine in (database.door, database.work):
            with engine.connect() as connection:
                told = [
                    connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")
                ]
            assert told == ["wal", 2]
        database.dispose()

    def test_after_disposing_it_is_opened_again(self, runtime: Runtime) -> None:
        runtime.database.dispose()
        assert rows(runtime, NAMES) == []


class Conflict(Exception):
    """What a driver raises, with the database's code."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


def failed(sqlstate: str) -> DBAPIError:
    return DBAPIError("SELECT 1", {}, Conflict(sqlstate))


class TestConflicts:
    def test_what_lost_against_another_transaction_is_run_again(self, runtime: Runtime) -> None:
        left = ["40001", "40P01"]

        def work(connection: Connection) -> int:
            write_name(connection, "1")
            if left:
                raise failed(left.pop())
            return count(connection)

        assert in_transaction(runtime.database, work) == 1
        assert len(rows(runtime, NAMES)) == 1

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_the_fifth_conflict_in_a_row_goes_through(self, runtime: Runtime) -> None:
        tries: list[int] = []

        def work(_: Connection) -> None:
            tries.append(1)
            raise failed("40001")

        with pytest.raises(DBAPIError):
            in_transaction(runtime.database, work)
        assert len(tries) == conflicts._TIMES == 5

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_every_other_error_goes_through_at_once(self, runtime: Runtime) -> None:
        tries: list[int] = []

        def work(_: Connection) -> None:
            tries.append(1)
            raise failed("23505")

        with pytest.raises(DBAPIError):
            in_transaction(runtime.database, work)
        assert len(tries) == 1

    @pytest.mark.parametrize(
        ("code", "outage"),
        [("53100", True), ("57P01", True), ("08006", True), ("40001", True), ("55P03", True), ("22021", False),
         ("54000", False), ("23505", False), ("42P01", False)],
    )  # fmt: skip
    def test_a_full_or_absent_database_is_an_outage_and_a_value_it_refuses_is_none(
        self, code: str, outage: bool
    ) -> None:
        assert is_outage(failed(code)) is outage

    def test_a_server_that_cannot_be_reached_is_an_outage(self) -> None:
        database = open_database("postgresql://nobody@127.0.0.1:1/nowhere", pooled=False)
        with pytest.raises(OperationalError) as caught, database.read():
            pass
        assert is_outage(caught.value)

    @pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
    def test_a_file_that_may_not_grow_is_an_outage_and_a_value_of_another_kind_is_none(self, runtime: Runtime) -> None:
        with runtime.database.work.connect() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1")
            with pytest.raises(DBAPIError) as caught:
                connection.exec_driver_sql("INSERT INTO names VALUES ('acme', 'agent', '1', hex(zeroblob(9000000)))")
            assert is_outage(caught.value)
            with pytest.raises(DBAPIError) as caught:
                connection.exec_driver_sql("INSERT INTO names VALUES ('acme', 'agent', '1', NULL)")
            assert not is_outage(caught.value)

    @pytest.mark.parametrize(
        ("code", "conflict"), [("40001", True), ("40P01", True), ("40002", False), ("57014", False), ("", False)]
    )
    def test_only_serialization_failures_and_deadlocks_are_conflicts(self, code: str, conflict: bool) -> None:
        assert is_conflict(failed(code)) is conflict

    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    def test_a_real_deadlock_ends_with_both_done(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            for id_ in ("1", "2"):
                write_name(connection, id_)
        met = threading.Barrier(2)

        def work(first: str, second: str) -> None:
            waited: list[int] = []

            def rename(connection: Connection) -> None:
                for id_ in (first, second):
                    connection.execute(NAMES.update().where(NAMES.c.id == id_).values(name=NAMES.c.name + first))
                    if not waited:
                        waited.append(met.wait(10))

            in_transaction(runtime.database, rename)

        workers = [threading.Thread(target=work, args=pair) for pair in (("1", "2"), ("2", "1"))]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert [sorted(row.name) for row in rows(runtime, NAMES)] == [["1", "1", "2"], ["1", "2", "2"]]


class TestLeases:
    def test_one_row_is_settled_and_anything_else_is_lost(self) -> None:
        leases.settled(1)
        for found in (0, 2):
            with pytest.raises(leases.LeaseLost, match="taken by another worker"):
                leases.settled(found)

    def test_tokens_do_not_repeat(self) -> None:
        tokens = {leases.new_token() for _ in range(1000)}
        assert len(tokens) == 1000
        assert {len(token) for token in tokens} == {16}
