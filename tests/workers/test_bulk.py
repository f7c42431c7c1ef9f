"""Many rows in one statement: the same rows on both databases, whatever stands in them."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.tries import tries
from tests.workers.standing import rows
from workers.runtime import Runtime
from workers.store import bulk, schema

EVENTS = ("account", "ticket", "id", "hash", "type", "at", "seq", "seen", "observed", "origin", "data")
NAMES = ("account", "kind", "id", "name")
#: What breaks statements that are glued together.
UGLY = ("it's", 'say "x"', "a\\b", "%s %b ?", ":name", "{}", "", " ", "čćž 漢字 🎈", "a,b", "NULL", "--", "\n\t")


def stored(ticket: str, *, hash_: bytes = b"\x00\xff", seq: int | None = None, data: str = "{}") -> tuple[Any, ...]:
    return ("acme", ticket, "id", hash_, "ticket.created", 2**53, seq, 1, True, "live", data)


def write_names(runtime: Runtime, *pairs: tuple[str, str], again: bool = False) -> None:
    write = bulk.upsert if again else bulk.insert
    with runtime.database.write() as connection:
        write(connection, schema.names, NAMES, [("acme", "agent", id_, name) for id_, name in pairs])


def names(runtime: Runtime) -> dict[str, str]:
    return {row.id: row.name for row in rows(runtime, schema.names)}


class TestAdd:
    def test_every_kind_of_value_and_any_text_comes_back_as_it_was(self, runtime: Runtime) -> None:
        told = [stored(text, seq=number or None, data=text) for number, text in enumerate(UGLY)]
        with runtime.database.write() as connection:
            bulk.add(connection, schema.events, EVENTS, told)
            bulk.add(connection, schema.events, EVENTS, [])
        found = [(*row[:3], bytes(row.hash), *row[4:]) for row in rows(runtime, schema.events)]
        assert sorted(found, key=str) == sorted(told, key=str)

    def test_a_row_that_is_there_refuses_all_of_them(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            bulk.add(connection, schema.events, EVENTS, [stored("1")])
        with pytest.raises(IntegrityError), runtime.database.write() as connection:
            bulk.add(connection, schema.events, EVENTS, [stored("2"), stored("1")])
        assert [row.ticket for row in rows(runtime, schema.events)] == ["1"]


class TestInsertNew:
    def test_says_which_were_not_there(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            assert bulk.insert_new(connection, schema.events, EVENTS, [stored("1"), stored("it's")]) == {"1", "it's"}
            again = [stored("1", data="{1}"), stored("2")]
            assert bulk.insert_new(connection, schema.events, EVENTS, again) == {"2"}
            assert bulk.insert_new(connection, schema.events, EVENTS, []) == set()
        found = rows(runtime, schema.events)
        assert sorted((row.ticket, row.data) for row in found) == [("1", "{}"), ("2", "{}"), ("it's", "{}")]


class TestInsert:
    def test_every_kind_of_value_comes_back_as_it_was(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            bulk.insert(connection, schema.events, EVENTS, [stored("1"), stored("2", seq=0), stored("3", hash_=b"")])
        found = rows(runtime, schema.events)
        assert [row.seq for row in found] == [None, 0, None]
        assert [bytes(row.hash) for row in found] == [b"\x00\xff", b"\x00\xff", b""]
        assert {(row.at, row.observed) for row in found} == {(2**53, True)}

    def test_no_text_is_too_ugly(self, runtime: Runtime) -> None:
        write_names(runtime, *((text, text) for text in UGLY))
        assert names(runtime) == {text: text for text in UGLY}

    def test_a_row_that_is_there_stays_as_it_is(self, runtime: Runtime) -> None:
        write_names(runtime, ("1", "Eva"))
        write_names(runtime, ("1", "Jo"), ("2", "Max"))
        assert names(runtime) == {"1": "Eva", "2": "Max"}

    def test_of_two_rows_with_one_key_the_first_is_kept(self, runtime: Runtime) -> None:
        write_names(runtime, ("1", "Eva"), ("1", "Jo"))
        assert names(runtime) == {"1": "Eva"}

    def test_nothing_is_no_statement(self, runtime: Runtime) -> None:
        write_names(runtime)
        write_names(runtime, again=True)
        with runtime.database.write() as connection:
            bulk.delete(connection, schema.names, ("account", "id"), [])
        assert names(runtime) == {}

    def test_thousands_are_one_call(self, runtime: Runtime) -> None:
        write_names(runtime, *((f"{n:05}", str(n)) for n in range(20_000)))
        assert len(names(runtime)) == 20_000

    def test_floats_and_flags_keep_their_kind(self, runtime: Runtime) -> None:
        columns = [column.name for column in schema.answers.columns]
        row = ("acme", "1", "csat", "s", "", 5, 9, "chat", None, None, 3.5, 1.0, 5.0, None, "fine", None, False, None)
        with runtime.database.write() as connection:
            bulk.insert(connection, schema.answers, columns, [row])
        assert tuple(rows(runtime, schema.answers)[0]) == row


class TestUpsert:
    def test_what_is_new_is_inserted_and_what_is_there_is_changed(self, runtime: Runtime) -> None:
        write_names(runtime, ("1", "Eva"), ("2", "Jo"))
        write_names(runtime, ("2", "Joan"), ("3", "Max"), again=True)
        assert names(runtime) == {"1": "Eva", "2": "Joan", "3": "Max"}

    def test_only_what_is_to_change_changes(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            bulk.upsert(connection, schema.events, EVENTS, [stored("1", seq=1, data="{}")])
            bulk.upsert(connection, schema.events, EVENTS, [stored("1", seq=2, data='{"a":1}')], changing=("data",))
        (row,) = rows(runtime, schema.events)
        assert (row.seq, row.data) == (1, '{"a":1}')

    def test_a_value_may_become_null(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            bulk.upsert(connection, schema.events, EVENTS, [stored("1", seq=1)])
            bulk.upsert(connection, schema.events, EVENTS, [stored("1", seq=None)])
        assert rows(runtime, schema.events)[0].seq is None

    @given(
        first=st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(UGLY)),
        second=st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(UGLY)),
    )
    @settings(max_examples=tries(1 / 2), suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_it_is_the_update_of_a_dictionary(
        self, runtime: Runtime, first: dict[str, str], second: dict[str, str]
    ) -> None:
        with runtime.database.write() as connection:
            connection.execute(schema.names.delete())
        write_names(runtime, *first.items(), again=True)
        write_names(runtime, *second.items(), again=True)
        assert names(runtime) == first | second


class TestDelete:
    def test_exactly_these_rows_go(self, runtime: Runtime) -> None:
        write_names(runtime, *((text, "x") for text in UGLY))
        gone = UGLY[::2]
        with runtime.database.write() as connection:
            bulk.delete(connection, schema.names, ("account", "id"), [("acme", text) for text in gone])
        assert names(runtime).keys() == set(UGLY) - set(gone)

    def test_a_row_is_named_by_all_its_columns_together(self, runtime: Runtime) -> None:
        kept = ("acme", "agent", "1", "Eva")
        with runtime.database.write() as connection:
            bulk.insert(
                connection, schema.names, NAMES, [kept, ("bravo", "agent", "1", "Jo"), ("acme", "agent", "2", "x")]
            )
            bulk.delete(connection, schema.names, ("account", "id"), [("bravo", "1"), ("acme", "2")])
        assert [tuple(row) for row in rows(runtime, schema.names)] == [kept]

    def test_what_is_not_there_is_no_error(self, runtime: Runtime) -> None:
        write_names(runtime, ("1", "Eva"))
        with runtime.database.write() as connection:
            bulk.delete(connection, schema.names, ("account", "id"), [("acme", "9"), ("acme", "it's")])
        assert names(runtime) == {"1": "Eva"}

    def test_rows_are_found_by_bytes_and_by_whole_numbers(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            bulk.insert(connection, schema.events, EVENTS, [stored("1"), stored("1", hash_=b"\x01")])
            bulk.delete(connection, schema.events, ("hash", "at"), [(b"\x01", 2**53)])
        assert [bytes(row.hash) for row in rows(runtime, schema.events)] == [b"\x00\xff"]


class TestRowsOfTickets:
    @pytest.mark.parametrize("lock", [False, True])
    def test_they_come_in_the_order_of_their_key_and_of_this_account_only(self, runtime: Runtime, lock: bool) -> None:
        others = ("bravo", *stored("b")[1:])
        with runtime.database.write() as connection:
            bulk.insert(connection, schema.events, EVENTS, [stored("b"), stored("a"), stored("c"), others])
            found = bulk.rows_of(connection, schema.events, "ticket, seq", "acme", {"c", "a", "z"}, lock=lock)
            assert [tuple(row) for row in found] == [("a", None), ("c", None)]

    def test_of_no_tickets_there_are_no_rows(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            bulk.insert(connection, schema.events, EVENTS, [stored("a")])
            assert list(bulk.rows_of(connection, schema.events, "ticket", "acme", set())) == []

    def test_names_of_tickets_may_hold_anything(self, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            bulk.insert(connection, schema.events, EVENTS, [stored(text) for text in UGLY])
            found = bulk.rows_of(connection, schema.events, "ticket", "acme", UGLY)
            assert {ticket for (ticket,) in found} == set(UGLY)


def test_what_is_written_in_a_block_that_fails_is_not_kept(runtime: Runtime) -> None:
    def fail() -> None:
        with runtime.database.write() as connection:
            bulk.insert(connection, schema.names, NAMES, [("acme", "agent", "1", "Eva")])
            assert connection.execute(select(schema.names.c.name)).scalar_one() == "Eva"
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        fail()
    assert names(runtime) == {}


def test_as_many_rows_as_one_likes_are_asked_for(runtime: Runtime) -> None:
    with runtime.database.write() as connection:
        if connection.dialect.name == "sqlite":
            driver: Any = connection.connection.driver_connection
            driver.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 20)
        bulk.insert(connection, schema.events, EVENTS, [stored(text) for text in UGLY if text])
        asked = [*UGLY, *map(str, range(100))]
        found = [ticket for (ticket,) in bulk.rows_of(connection, schema.events, "ticket", "acme", asked)]
    assert sorted(found) == sorted(text for text in UGLY if text)
