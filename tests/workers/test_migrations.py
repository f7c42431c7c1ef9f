"""A database gets its tables however many processes start, and running it again changes nothing."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import numpy as np
import orjson
import pytest
from sqlalchemy import Column, Engine, LargeBinary, MetaData, Table, func, insert, inspect, select

from integrations.errors import GiveUp
from workers.metrics.facts import NOTHING, Fact, Slices, write_facts
from workers.store import chunk_rows, migrations, schema
from workers.store.chunks import contents, read_chunks, span_of, stock_span_of
from workers.store.database import Database, open_database
from workers.store.folding import STOCK, facts_of, folded, folding_of
from workers.store.migrations import upgrade

VERSION = "alembic_version"
BOTH_ENDS = ("door", "work")


def migrate(url: str) -> None:
    database = open_database(url)
    upgrade(database)
    database.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def expected(database: Database, end: str) -> set[str]:
    """The tables at one end: on PostgreSQL both ends are one database."""
    parts = [getattr(schema, end)] if database.is_sqlite else [schema.door, schema.work]
    return {table.name for part in parts for table in part.sorted_tables} | {VERSION}


@pytest.fixture
def bare(bare_database_url: str) -> Database:
    return open_database(bare_database_url)


@pytest.mark.parametrize("end", BOTH_ENDS)
def test_from_nothing_every_table_is_made_where_it_belongs(bare: Database, end: str) -> None:
    upgrade(bare)
    assert tables(getattr(bare, end)) == expected(bare, end)
    bare.dispose()


def test_tables_are_as_the_schema_says(bare: Database) -> None:
    upgrade(bare)
    for end in BOTH_ENDS:
        found = inspect(getattr(bare, end))
        for table in getattr(schema, end).sorted_tables:
            assert [column["name"] for column in found.get_columns(table.name)] == [each.name for each in table.columns]
            keys = found.get_pk_constraint(table.name)["constrained_columns"]
            assert set(keys) == {each.name for each in table.primary_key}
            assert {each["name"] for each in found.get_indexes(table.name)} >= {each.name for each in table.indexes}
    bare.dispose()


def test_postgresql_does_not_compress_what_is_packed(postgres_url: str) -> None:
    database = open_database(postgres_url)
    asked = "SELECT attname, attstorage::text AS attstorage FROM pg_attribute WHERE attrelid = 'chunks'::regclass"
    with database.work.connect() as connection:
        storage = {row.attname: row.attstorage for row in connection.exec_driver_sql(asked)}
    assert (storage["counts"], storage["durations"]) == ("e", "e")
    database.dispose()


def test_repeating_it_keeps_tables_and_rows(bare: Database) -> None:
    upgrade(bare)
    with bare.write() as connection:
        connection.execute(insert(schema.names).values(account="acme", kind="agent", id="1", name="Eva"))
    upgrade(bare)
    upgrade(bare)
    with bare.read() as connection:
        assert connection.execute(select(schema.names.c.name)).scalars().all() == ["Eva"]
        assert connection.exec_driver_sql(f"SELECT count(*) FROM {VERSION}").scalar_one() == 1
    bare.dispose()


def test_processes_that_start_together_all_find_the_tables(bare_database_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=migrate, args=(bare_database_url,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    database = open_database(bare_database_url)
    assert [process.exitcode for process in processes] == [0, 0]
    assert tables(database.work) == expected(database, "work")
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(schema.tickets)).scalar_one() == 0
    database.dispose()


def test_every_primary_key_starts_with_the_account() -> None:
    first = {
        table.name: next(iter(table.primary_key)).name
        for part in (schema.door, schema.work)
        for table in part.sorted_tables
    }
    assert first.pop("accounts") == "slug"
    assert set(first.values()) == {"account"}


def test_a_database_of_the_first_tables_is_brought_forward_and_counted_again(bare: Database) -> None:
    upgrade(bare)
    with bare.work.begin() as connection:
        connection.execute(
            insert(schema.tickets).values(
                account="acme", ticket="1", state="{}", counted="[1]", version=3, rules=1_000_001
            )
        )
        connection.execute(
            insert(schema.chunks).values(
                account="acme", kind="", value="", channel="chat", span=4, counts=b"old", durations=b""
            )
        )
        connection.exec_driver_sql("DROP INDEX tickets_waiting")
        connection.exec_driver_sql("DROP INDEX takes_suspect")
        for column in ("last_day", "waiting_since"):
            connection.exec_driver_sql(f"ALTER TABLE tickets DROP COLUMN {column}")
        for table in ("customers", "tokens"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql(f"UPDATE {VERSION} SET version_num = '0001'")
    upgrade(bare)
    assert tables(bare.work) == expected(bare, "work")
    assert {each["name"] for each in inspect(bare.work).get_indexes("tickets")} >= {"tickets_waiting"}
    with bare.read() as connection:
        row = connection.execute(select(schema.tickets)).one()
        assert (row.ticket, row.state, row.counted, row.rules, row.last_day) == ("1", "[]", "[]", 0, None)
        assert connection.execute(select(func.count()).select_from(schema.chunks)).scalar_one() == 0
    bare.dispose()


def test_the_moments_of_tickets_come_to_a_database_without_them_and_their_indexes_are_made_anew(bare: Database) -> None:
    upgrade(bare)
    indexes = ("tickets_waiting", "tickets_missed", "tickets_by_customer")
    with bare.work.begin() as connection:
        connection.execute(
            insert(schema.tickets).values(
                account="acme", ticket="1", state="[]", counted="[1]", version=3, rules=2_000_002, waiting_since=5
            )
        )
        for index in indexes:
            connection.exec_driver_sql(f"DROP INDEX {index}")
        for column in ("due_at", "missed_at", "reached_at", "channel", "department", "agent"):
            connection.exec_driver_sql(f"ALTER TABLE tickets DROP COLUMN {column}")
        connection.exec_driver_sql("CREATE INDEX tickets_waiting ON tickets (account, waiting_since)")
        connection.exec_driver_sql("CREATE INDEX tickets_by_customer ON tickets (account, customer)")
        connection.exec_driver_sql(f"UPDATE {VERSION} SET version_num = '0003'")
    upgrade(bare)
    found = {each["name"]: each["column_names"] for each in inspect(bare.work).get_indexes("tickets")}
    assert found["tickets_waiting"][:3] == ["account", "waiting_since", "due_at"]
    assert found["tickets_by_customer"] == ["account", "customer", "reached_at"]
    with bare.read() as connection:
        row = connection.execute(select(schema.tickets)).one()
        assert (row.counted, row.rules, row.waiting_since, row.due_at) == ("[1]", 2_000_002, 5, None)
    bare.dispose()


def test_the_tables_of_surveys_and_the_reason_of_an_answer_come_to_a_database_without_them(bare: Database) -> None:
    upgrade(bare)
    with bare.work.begin() as connection:
        for table in ("survey_asks", "survey_turns"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
        connection.exec_driver_sql("ALTER TABLE answers DROP COLUMN reason")
        connection.exec_driver_sql(f"UPDATE {VERSION} SET version_num = '0004'")
    upgrade(bare)
    assert tables(bare.work) == expected(bare, "work")
    assert inspect(bare.work).get_columns("answers")[-1]["name"] == "reason"
    bare.dispose()


def test_the_table_of_what_was_told_comes_to_a_database_without_it(bare: Database) -> None:
    upgrade(bare)
    with bare.work.begin() as connection:
        connection.exec_driver_sql("DROP TABLE reported")
        connection.exec_driver_sql(f"UPDATE {VERSION} SET version_num = '0007'")
    upgrade(bare)
    assert tables(bare.work) == expected(bare, "work")
    bare.dispose()


def test_tables_of_a_later_version_are_left_alone_and_it_is_said_what_to_do(bare: Database) -> None:
    upgrade(bare)
    with bare.work.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION} SET version_num = '9999'")
    with pytest.raises(GiveUp, match=r"later version of Deskpulse \(revision 9999, this one knows"):
        upgrade(bare)
    bare.dispose()


def test_the_newest_revision_is_the_last_there_is() -> None:
    versions = Path(migrations.__file__).parent / "versions"
    assert max(path.name.partition("_")[0] for path in versions.glob("0*.py")) == migrations.NEWEST


def of_one_week(first: int, facts: list[Fact], sections: list[list[int]]) -> bytes:
    """A chunk as revision 0010 left it, of facts of one day each; the values of each section in eight bytes."""
    told = orjson.dumps([first, [fact.measure for fact in facts], list(range(len(facts) + 1)), sections])
    cells = [(place, fact.day, fact.decided or -1, fact.n, fact.total) for place, fact in enumerate(facts)]
    values = [fact.value.to_bytes(8, "little") for fact in facts if fact.value is not None]
    header = (len(told).to_bytes(4, "little") + told).ljust(-(-(4 + len(told)) // 8) * 8, b"\0")
    return header + np.array(cells, np.int64).tobytes() + b"".join(values)


def test_chunks_of_a_week_in_one_column_become_chunks_of_four_weeks_in_two(bare: Database) -> None:
    """Also what is hard: values of other sizes in each week, scores beside durations, what is decided later or not."""
    slices, day = Slices("chat", ()), span_of(20_000)
    first = [
        Fact(slices, "csat:1:5:", day, None, 1, 4000, 4000),
        Fact(slices, "first_response_time", day + 1, None, 1, 70_000, 70_000),
        Fact(slices, "full_resolution_time", day + 6, None, 1, 60, 60),
        Fact(slices, "reopen_rate", day + 2, day + 9, 3, 1, None),
        Fact(slices, "ticket_volume", day + 2, None, 1, 1, 23),
    ]
    second = [
        Fact(slices, "first_response_time", day + 27, None, 1, 9, 9),
        Fact(slices, "full_resolution_time", day + 21, None, 1, 600, 600),
    ]
    stock = [Fact(slices, "backlog_waiting", stock_span_of(day) + 90, None, 1, -1, None)]
    data = {
        ("", day): of_one_week(
            day,
            first,
            [[0, 2, 0, 0, *[1] * 7], [1, 4, 8, 0, 0, *[1] * 6], [2, 1, 16, *[0] * 7, 1], [4, 1, 24, 0, 0, 0, *[1] * 5]],
        ),
        ("", day + 21): of_one_week(day + 21, second, [[0, 1, 0, *[0] * 7, 1], [1, 2, 8, 0, *[1] * 7]]),
        (STOCK, stock_span_of(day)): of_one_week(stock_span_of(day), stock, []),
    }
    upgrade(bare)
    with bare.work.begin() as connection:
        connection.exec_driver_sql("DROP TABLE chunks")
        key = (Column(each.name, each.type, primary_key=True) for each in schema.chunks.primary_key)
        before = Table("chunks", MetaData(), *key, Column("data", LargeBinary, nullable=False))
        before.create(connection)
        agents = {(mark + kind, value): mark for kind, value in (("", ""), ("agent", "eva")) for mark in ("", STOCK)}
        rows = [
            {"account": "acme", "kind": kind, "value": value, "channel": "chat", "span": span, "data": written}
            for (kind, value), mark in agents.items()
            for (of_mark, span), written in data.items()
            if of_mark == mark
        ]
        connection.execute(insert(before), rows)
        connection.exec_driver_sql(f"UPDATE {VERSION} SET version_num = '0010'")
    upgrade(bare)
    assert tables(bare.work) == expected(bare, "work")
    with bare.read() as connection:
        found = dict(chunk_rows.all_chunks(connection, "acme"))
    of_eva = Slices("chat", (("agent", "eva"),))
    told = write_facts(fact._replace(slices=of_eva) for fact in (*first, *second, *stock))
    folding = folding_of(facts_of([(NOTHING, told)]))
    due = dict(zip(folding.keys, folded(folding, {}), strict=True))
    assert len(due) == 4
    assert {key: contents(chunk) for key, chunk in found.items()} == {
        key: contents(read_chunks([stored])) for key, stored in due.items()
    }
    bare.dispose()
