"""Forgetting a person: figures equal a recount without them, and nothing brings them back."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as configured
from hypothesis import strategies as st
from sqlalchemy import Connection

from integrations.base import Reading
from integrations.errors import GiveUp
from integrations.events import read_event
from tests.cli.conftest import keep, story
from tests.servers import wait_for
from tests.tries import tries
from tests.workers.figured import figured
from tests.workers.standing import rows
from tests.workers.waiting import is_waiting
from workers import imports, pipeline, rebuild
from workers.absorbing import Incoming, absorb
from workers.forget import _bury, forget
from workers.metrics.repeat_contact_rate import RATE
from workers.runtime import Runtime
from workers.secrets import customer_hash
from workers.store import accounts, schema
from workers.store.conflicts import in_transaction
from workers.store.database import Database

FAR = 4_000_000_000_000_000


@pytest.fixture(autouse=True)
def account(runtime: Runtime) -> None:
    make(runtime, "acme")


def make(runtime: Runtime, slug: str) -> None:
    with runtime.database.write() as connection:
        accounts.add(connection, slug, "generic", {}, secret="whsec_a2V5", vault=runtime.vault, now=runtime.clock())


def take_in(runtime: Runtime, slug: str, lines: Sequence[dict[str, Any]], *, origin: str = "import") -> None:
    with runtime.database.write() as connection:
        absorb_in(connection, runtime, slug, lines, origin=origin)


def absorb_in(
    connection: Connection, runtime: Runtime, slug: str, lines: Sequence[dict[str, Any]], *, origin: str = "import"
) -> None:
    events = tuple(read_event(line, received_at=FAR) for line in lines)
    found = accounts.find(connection, slug, runtime.vault)
    assert found is not None
    absorb(connection, found, [Incoming(Reading(events=events), origin, FAR)], now=runtime.clock())


def verified(runtime: Runtime, slug: str) -> list[str]:
    with runtime.database.read() as connection:
        found = accounts.find(connection, slug, runtime.vault)
    assert found is not None
    return list(rebuild.verify(runtime.database, found))


def everything(database: Database) -> str:
    """Every row of both databases as one text."""
    found = []
    for metadata, engine in ((schema.door, database.door), (schema.work, database.work)):
        for table in metadata.sorted_tables:
            with engine.connect() as connection:
                found += [repr(tuple(row)) for row in connection.execute(table.select())]
    return "\n".join(found)


class TestFigures:
    def test_they_equal_a_recount_without_the_person(self, runtime: Runtime) -> None:
        others = story("T-2", customer="c-2") + story("T-3", customer="c-3", day="2026-03-09")
        take_in(runtime, "acme", story("T-1") + others + story("T-4", day="2026-03-10"))
        imports.compact(runtime, "acme")
        removed = forget(runtime, "acme", "c-1")
        make(runtime, "without")
        take_in(runtime, "without", others)
        assert figured(runtime, "acme") == figured(runtime, "without") != {}
        assert (removed["tickets"], removed["events"], removed["answers"]) == (2, 8, 2)
        assert verified(runtime, "acme") == []

    def test_also_when_nothing_was_folded_yet(self, runtime: Runtime) -> None:
        take_in(runtime, "acme", story("T-1"))
        forget(runtime, "acme", "c-1")
        assert rows(runtime, schema.chunks) == []
        assert rows(runtime, schema.changes) == []

    def test_a_ticket_of_somebody_else_is_counted_without_what_the_person_wrote_in_it(self, runtime: Runtime) -> None:
        wrote = {
            "type": "message.sent", "ticket": "T-2", "at": "2026-03-02T13:00:00+01:00", "by": "customer",
            "author": "c-1", "message": "m-9",
        }  # fmt: skip
        take_in(runtime, "acme", [*story("T-2", customer="c-2"), wrote])
        assert forget(runtime, "acme", "c-1")["events"] == 1
        make(runtime, "without")
        take_in(runtime, "without", story("T-2", customer="c-2"))
        assert figured(runtime, "acme") == figured(runtime, "without")
        assert verified(runtime, "acme") == []

    @pytest.mark.parametrize("at_once", [True, False])
    def test_a_ticket_that_comes_to_them_later_is_gone_too(self, runtime: Runtime, at_once: bool) -> None:
        others = story("T-3", customer="c-3")
        take_in(runtime, "acme", [*story("T-2", customer="c-2"), *others])
        imports.compact(runtime, "acme")
        forget(runtime, "acme", "c-1")
        comes = {"type": "ticket.updated", "ticket": "T-2", "at": "2026-03-02T14:00:00+01:00", "customer": "c-1"}
        late = {"type": "status.changed", "ticket": "T-2", "at": "2026-03-02T15:00:00+01:00", "status": "open"}
        for lines in ([comes, late],) if at_once else ([comes], [late]):
            take_in(runtime, "acme", lines)
        make(runtime, "without")
        take_in(runtime, "without", others)
        assert figured(runtime, "acme") == figured(runtime, "without")
        assert [row.ticket for row in rows(runtime, schema.tickets, account="acme")] == ["T-3"]
        assert verified(runtime, "acme") == []

    def test_a_ticket_they_opened_leaves_the_list_of_whoever_has_it_now(self, runtime: Runtime) -> None:
        others = story("T-2", customer="c-2")
        handed_over = {"type": "ticket.updated", "ticket": "T-3", "at": "2026-03-05T09:00:00+01:00", "customer": "c-2"}
        take_in(runtime, "acme", [*others, *story("T-3", day="2026-03-04"), handed_over])
        assert repeated(runtime, "acme") == (1, 2)
        forget(runtime, "acme", "c-1")
        assert repeated(runtime, "acme") == (0, 1)
        assert len(rows(runtime, schema.customers)) == 1
        assert verified(runtime, "acme") == []

    def test_the_list_of_their_tickets_goes_with_them_and_the_lists_of_others_stay(self, runtime: Runtime) -> None:
        theirs = story("T-1") + story("T-2", day="2026-03-03")
        others = story("T-3", customer="c-2") + story("T-4", customer="c-2", day="2026-03-03")
        take_in(runtime, "acme", theirs + others)
        assert repeated(runtime, "acme") == (2, 4)
        forget(runtime, "acme", "c-1")
        assert repeated(runtime, "acme") == (1, 2)
        assert len(rows(runtime, schema.customers)) == 1

    def test_a_ticket_of_which_only_their_words_are_known_leaves_no_list_behind(self, runtime: Runtime) -> None:
        wrote = {
            "type": "message.sent", "ticket": "T-2", "at": "2026-03-02T13:00:00+01:00", "by": "customer",
            "author": "c-1", "message": "m-9",
        }  # fmt: skip
        take_in(runtime, "acme", [wrote])
        forget(runtime, "acme", "c-1")
        assert [rows(runtime, table) for table in (schema.tickets, schema.customers, schema.changes)] == [[], [], []]

    def test_a_ticket_that_was_theirs_and_is_told_again_counts_once_whatever_waits_to_be_folded(
        self, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        opened = {"type": "ticket.created", "ticket": "T-2", "at": "2026-03-02T09:00:00+01:00", "channel": "email"}
        of_others = [{**opened, "by": "agent"}, *story("T-2", customer="c-2")[1:]]
        monkeypatch.setattr("workers.forget.compact", lambda *_: None)
        for person in ("c-1", "c-3"):
            take_in(runtime, "acme", [{**opened, "by": "customer", "author": person}])
            forget(runtime, "acme", person)
            assert rows(runtime, schema.tickets) == []
        take_in(runtime, "acme", of_others)
        assert [row.version for row in rows(runtime, schema.changes, ticket="T-2")] == [1, 2, 3, 4, 5]
        make(runtime, "without")
        take_in(runtime, "without", of_others)
        assert figured(runtime, "acme") == figured(runtime, "without") != {}
        assert verified(runtime, "acme") == []

    @configured(max_examples=tries(1 / 2), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(tickets=st.lists(st.tuples(st.integers(1, 6), st.integers(1, 3)), min_size=1, max_size=8))
    def test_whoever_is_forgotten_of_whichever_tickets(self, runtime: Runtime, tickets: list[tuple[int, int]]) -> None:
        owners = dict(tickets)
        number = len(rows(runtime, schema.accounts))
        with_all, without = f"with-{number}", f"without-{number}"
        for slug, kept in ((with_all, {1, 2, 3}), (without, {2, 3})):
            make(runtime, slug)
            lines = [story(f"T-{t}", customer=f"c-{c}", day=f"2026-03-0{t}") for t, c in owners.items() if c in kept]
            take_in(runtime, slug, [line for lines_ in lines for line in lines_])
        forget(runtime, with_all, "c-1")
        assert figured(runtime, with_all) == figured(runtime, without)
        assert verified(runtime, with_all) == []


def repeated(runtime: Runtime, slug: str) -> tuple[int, int]:
    """Of resolved tickets of known customers: how many were followed by another one, and how many there are."""
    whole = [cells for (kind, *_), (cells, _) in figured(runtime, slug).items() if not kind]
    counted = [(name, n) for cells in whole for (measure, *_, name), n in cells.items() if measure == RATE]
    return sum(n for name, n in counted if name == "total"), sum(n for name, n in counted if name == "n")


class TestTraces:
    def test_nothing_that_is_kept_names_the_person(self, runtime: Runtime) -> None:
        opened = story("T-1", customer="eva@example.org")
        keep(runtime, "acme", *opened, *story("T-2", customer="c-2"))
        while pipeline.take_in(runtime):
            pass
        with runtime.database.read() as connection:
            found = accounts.find(connection, "acme", runtime.vault)
        assert found is not None
        hash_ = customer_hash(found.customer_key, "eva@example.org")
        assert hash_ in everything(runtime.database)
        removed = forget(runtime, "acme", " Eva@Example.ORG ")
        kept = everything(runtime.database).replace(repr(("acme", "customer", hash_)), "")
        assert hash_ not in kept
        assert "eva@example.org" not in kept
        assert "thanks from c-2" in kept
        assert removed["bodies"] == 4

    @pytest.mark.parametrize(
        "body",
        [
            {"note": "written by EVA@example.org, yesterday"},
            b'{"from": "ev\\u0061@example.org"}',
            b"from=eva%40example.org&to=x",
            b"not JSON: eva@example.org",
        ],
    )
    def test_a_body_that_names_them_is_emptied_however_it_is_written(self, runtime: Runtime, body: Any) -> None:
        (number,) = keep(runtime, "acme", body)
        while pipeline.take_in(runtime):
            pass
        assert forget(runtime, "acme", "eva@example.org")["bodies"] == 1
        (call,) = [row for row in door_rows(runtime) if row.id == number]
        assert (call.body, call.headers, call.query) == (None, None, None)

    @pytest.mark.parametrize("body", [{"from": "steva@example.org"}, {"from": "eva@example.orgs"}, {"n": "c-2"}])
    def test_a_body_that_names_somebody_else_stays(self, runtime: Runtime, body: Any) -> None:
        keep(runtime, "acme", body)
        while pipeline.take_in(runtime):
            pass
        assert forget(runtime, "acme", "eva@example.org")["bodies"] == 0

    def test_a_body_about_a_ticket_of_theirs_is_emptied_too(self, runtime: Runtime) -> None:
        keep(runtime, "acme", *story("T-1"))
        while pipeline.take_in(runtime):
            pass
        assert forget(runtime, "acme", "c-1")["bodies"] == 4

    def test_calls_of_other_accounts_stay(self, runtime: Runtime) -> None:
        make(runtime, "other")
        keep(runtime, "other", *story("T-1"))
        while pipeline.take_in(runtime):
            pass
        assert forget(runtime, "acme", "c-1")["bodies"] == 0
        assert len(rows(runtime, schema.tickets, account="other")) == 1

    def test_a_call_that_waits_keeps_its_body_and_is_counted(self, runtime: Runtime) -> None:
        keep(runtime, "acme", story("T-1")[0])
        assert forget(runtime, "acme", "c-1")["waiting"] == 1
        while pipeline.take_in(runtime):
            pass
        assert rows(runtime, schema.tickets) == []
        assert forget(runtime, "acme", "c-1")["bodies"] == 1


class TestComingBack:
    @pytest.mark.parametrize("origin", ["live", "import", "replay", "backfill"])
    def test_their_tickets_stay_away(self, runtime: Runtime, origin: str) -> None:
        take_in(runtime, "acme", story("T-1"))
        forget(runtime, "acme", "c-1")
        take_in(runtime, "acme", story("T-1"), origin=origin)
        assert rows(runtime, schema.tickets) == []
        assert rows(runtime, schema.events) == []

    def test_forgetting_again_removes_nothing(self, runtime: Runtime) -> None:
        take_in(runtime, "acme", story("T-1") + story("T-2", customer="c-2"))
        forget(runtime, "acme", "c-1")
        before = everything(runtime.database)
        assert +forget(runtime, "acme", "c-1") == {}
        assert everything(runtime.database) == before

    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    @pytest.mark.parametrize("of_another", [False, True])
    def test_what_is_being_taken_in_just_then_does_not_stay(self, runtime: Runtime, *, of_another: bool) -> None:
        """The intake has read the tombstones when the person is forgotten, and what it stores shows only afterwards."""
        wrote = {
            "type": "message.sent", "ticket": "T-2", "at": "2026-03-02T13:00:00+01:00", "by": "customer",
            "author": "c-1", "message": "m-9",
        }  # fmt: skip
        lines = [*story("T-2", customer="c-2"), wrote] if of_another else story("T-1")
        forgetting = threading.Thread(target=lambda: forget(runtime, "acme", "c-1"))
        with runtime.database.write() as connection:
            absorb_in(connection, runtime, "acme", lines)
            forgetting.start()
            wait_for(lambda: is_waiting(runtime) or not forgetting.is_alive(), what="forgetting")
        forgetting.join()
        assert [row.ticket for row in rows(runtime, schema.tickets)] == ["T-2"] * of_another
        assert not [row for row in rows(runtime, schema.events) if "m-9" in row.data]
        assert verified(runtime, "acme") == []

    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    def test_what_is_taken_in_while_they_are_buried_waits_and_finds_the_tombstone(self, runtime: Runtime) -> None:
        intake = threading.Thread(target=lambda: take_in(runtime, "acme", story("T-1")))
        with runtime.database.write() as connection:
            _bury(runtime, "acme", "c-1", connection)
            intake.start()
            wait_for(lambda: is_waiting(runtime) or not intake.is_alive(), what="the intake")
        intake.join()
        assert rows(runtime, schema.tickets) == []

    def test_one_who_was_never_there_leaves_a_tombstone_only(self, runtime: Runtime) -> None:
        take_in(runtime, "acme", story("T-1"))
        assert +forget(runtime, "acme", "c-9") == {}
        assert len(rows(runtime, schema.tombstones)) == 1
        assert len(rows(runtime, schema.tickets)) == 1


def test_beside_many_workers_and_counting_anew_everything_ends_exact(runtime: Runtime) -> None:
    """Taking in, forgetting, other rules and folding at once, as workers on several machines do."""
    chance = random.Random(5)
    lines = [line for n in range(40) for line in story(f"T-{n}", customer=f"c-{n % 4}", day=f"2026-03-{1 + n % 28:02}")]
    chance.shuffle(lines)
    batches = [lines[place : place + 5] for place in range(0, len(lines), 5)]

    def work(place: int) -> None:
        if place == 10:
            forget(runtime, "acme", "c-1")
        if place == 16:
            with runtime.database.write() as connection:
                found = accounts.find(connection, "acme", runtime.vault)
                assert found is not None
                accounts.save(connection, accounts.with_settings(found, {"repeat_days": 2}), runtime.vault)
            rebuild.rebuild(runtime, "acme", progress=lambda _done, _of: None)
        storing = partial(absorb_in, runtime=runtime, slug="acme", lines=batches[place])
        in_transaction(runtime.database, storing)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(len(batches))))
    rebuild.rebuild(runtime, "acme", progress=lambda _done, _of: None)
    imports.compact(runtime, "acme")
    assert verified(runtime, "acme") == []
    assert len(rows(runtime, schema.customers)) == 3


def test_nobody_is_not_forgotten(runtime: Runtime) -> None:
    with pytest.raises(GiveUp):
        forget(runtime, "acme", "  ")


def door_rows(runtime: Runtime) -> list[Any]:
    with runtime.database.door.connect() as door:
        return list(door.execute(schema.calls.select()).all())
