"""Figures that are started over beside live work: whatever was under way just then counts once."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from integrations.base import Reading
from tests.servers import wait_for
from tests.workers.accounts_for_tests import add_account, take
from tests.workers.stories import created, sent, status
from tests.workers.waiting import is_waiting
from workers import imports
from workers.absorbing import Incoming, absorb
from workers.accounts import Account
from workers.forget import _remove
from workers.rebuild import _step, forget_counts, rebuild, verify
from workers.runtime import Runtime
from workers.secrets import customer_hash
from workers.store import chunk_rows, figures

# On SQLite the writing transaction itself keeps everybody else out.
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

TICKETS = [f"T{number}" for number in range(5)]


@pytest.fixture
def account(runtime: Runtime) -> Account:
    return add_account(runtime)


class Beside:
    """Starting the figures over, in a transaction of its own."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._thread = threading.Thread(target=self._start_over)

    def begin(self) -> None:
        """Begin; returns when that waits for another transaction, or is done."""
        self._thread.start()
        wait_for(lambda: is_waiting(self._runtime) or not self._thread.is_alive(), what="starting over")

    def end(self) -> None:
        self._thread.join()

    def _start_over(self) -> None:
        with self._runtime.database.write() as connection:
            forget_counts(connection, "acme")


def differences(runtime: Runtime, account: Account) -> list[str]:
    """What does not agree once everything is counted and folded."""
    rebuild(runtime, "acme", progress=lambda _done, _of: None)
    imports.compact(runtime, "acme")
    return list(verify(runtime.database, account))


def test_what_is_being_taken_in_counts_once(runtime: Runtime, account: Account) -> None:
    for ticket in TICKETS:
        take(runtime, account, created(0, ticket), status("spam", 5, ticket))
    imports.compact(runtime, "acme")
    beside = Beside(runtime)
    events = tuple(status("open", 10, ticket) for ticket in TICKETS)
    incoming = [Incoming(Reading(events=events), "import", runtime.clock())]
    with runtime.database.write() as connection:
        absorb(connection, account, incoming, now=runtime.clock())
        beside.begin()
    beside.end()
    assert differences(runtime, account) == []


def test_what_is_being_counted_anew_counts_once(runtime: Runtime, account: Account) -> None:
    for ticket in TICKETS:
        take(runtime, account, created(0, ticket), sent(5, ticket=ticket))
    with runtime.database.write() as connection:
        forget_counts(connection, "acme")
    beside = Beside(runtime)
    with runtime.database.write() as connection:
        _step(runtime, "acme", connection)
        beside.begin()
    beside.end()
    assert differences(runtime, account) == []


def test_whoever_is_being_forgotten_leaves_the_figures_once(runtime: Runtime, account: Account) -> None:
    for ticket in TICKETS:
        take(runtime, account, created(0, ticket))
    imports.compact(runtime, "acme")
    beside = Beside(runtime)
    with runtime.database.write() as connection:
        _remove(runtime, "acme", customer_hash(account.customer_key, "ana"), connection)
        beside.begin()
    beside.end()
    assert differences(runtime, account) == []


def test_what_is_being_folded_counts_once(runtime: Runtime, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for ticket in TICKETS:
        take(runtime, account, created(0, ticket))
    beside, write = Beside(runtime), chunk_rows.write

    def write_late(*what: Any) -> None:
        monkeypatch.setattr(chunk_rows, "write", write)
        beside.begin()
        write(*what)

    monkeypatch.setattr(chunk_rows, "write", write_late)
    figures.compact(runtime.database, "acme", budget_seconds=5)
    beside.end()
    assert differences(runtime, account) == []
