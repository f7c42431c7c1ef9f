"""The story of the demo: an account is connected, its desk's past fetched, yesterday told, and then the desk lives."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import requests

from integrations.base import Desk, Page, Reading
from integrations.errors import DeskpulseError
from integrations.session import NoGate, Session
from integrations.times import DAY, MINUTE, Instant
from plugin.demo_desks import Stage, Written
from plugin.panel.access.entry import entry_address
from workers.absorbing import Incoming, absorb
from workers.accounts import Account
from workers.periods import today
from workers.readings import portions, tickets_of
from workers.runtime import Runtime
from workers.secrets import new_secret
from workers.store import accounts, jobs, refreshes
from workers.store.conflicts import in_transaction
from workers.store.gauges import gauges
from workers.store.jobs import Job
from workers.summaries import sum_up

ACCOUNT: Final = "demo"
_HISTORY_DAYS: Final = 30
#: Within how many seconds each channel should be answered first, and how often.
_TARGETS: Final = {
    "email": {"first_response": 4 * 3600, "goal": 90},
    "web_form": {"first_response": 4 * 3600, "goal": 90},
    "messaging": {"first_response": 1800, "goal": 85},
    "chat": {"first_response": 120, "goal": 85},
}
#: How often the desk may move, and how often is told what came of it, in seconds.
_STEP_SECONDS: Final = 1.0
_TELL_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.2
#: Nothing new happens in the desk while so much waits: its budget of requests is as small as the real one's.
_MOST_WAITING: Final = 6
#: Tickets stored in one transaction while the past is fetched, and those that yesterday may be about.
_AT_ONCE: Final = 20
_YESTERDAYS: Final = 100
_PATIENCE: Final = 2.0


class Play:
    """One run of the demo. The past is fetched without the budget, which would stretch seconds over minutes."""

    def __init__(
        self, runtime: Runtime, simulated: Stage, desk: Desk, *, address: str, say: Callable[[str], None]
    ) -> None:
        self._runtime = runtime
        self._stage = simulated
        self._desk = desk
        self._address = address
        self._say = say
        self._began = time.monotonic()
        self._over = threading.Event()
        self._past: list[str] = []
        self._history: Job | None = None  #: held while the past comes in, so that pages say so
        self._calls = 0

    def set_up(self, desk_url: str) -> None:
        """What `deskpulse connect` does; the desk's list of the past is taken in before anything else runs."""
        now = self._runtime.clock()
        self._stage.history(_HISTORY_DAYS, now)
        secret = new_secret()
        webhook = f"{self._address}/webhooks/{self._desk.name}/{ACCOUNT}"
        self._stage.connect(webhook, secret)
        self._account = self._connected(desk_url, webhook, secret, now)
        self._past = self._listed(now)
        self._say(f"a simulated {self._desk.title} with {_HISTORY_DAYS} days of history is connected")

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """The desk lives beside the block, and stops with it."""
        thread = threading.Thread(target=self._live, name="simulated desk", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    # ------------------------------------------------------------------------------------------ the past

    def _connected(self, desk_url: str, webhook: str, secret: str, now: Instant) -> Account:
        vault, settings = self._runtime.vault, {"time_zone": "UTC", "targets": _TARGETS}
        with self._runtime.database.write() as connection:
            added = accounts.add(connection, ACCOUNT, self._desk.name, settings, secret=secret, vault=vault, now=now)
        account = replace(added, desk_url=desk_url, credentials=self._stage.credentials)
        with self._session(account) as session:
            installed = self._desk.install(session, webhook_url=webhook, secret=secret)
        account = replace(account, author=installed.author, options=installed.options)
        account = accounts.with_secrets_of_desk(account, installed.secrets)
        with self._runtime.database.write() as connection:
            accounts.save(connection, account, vault)
        return account

    def _listed(self, now: Instant) -> list[str]:
        """Take in the back-fill; the tickets that it only hints at or tells in part, the newest first."""
        hinted: list[str] = []
        with self._session(self._account) as session:
            for page in self._desk.backfill(session, since=now - (_HISTORY_DAYS + 1) * DAY):
                self._absorb_page(page)
                hinted += [*page.reading.refresh, *sorted(_told_in_part(page.reading))]
        self._be_reconciled(now)
        with self._runtime.database.write() as connection:
            # We fetch them ourselves, without the budget.
            refreshes.drop_all(connection, ACCOUNT)
            jobs.start(connection, ACCOUNT, jobs.BACKFILL, since=now - _HISTORY_DAYS * DAY, now=now)
            self._history = jobs.claim(connection, ACCOUNT, jobs.BACKFILL, now=now)
        return list(dict.fromkeys(reversed(hinted)))

    def _absorb_page(self, page: Page) -> None:
        for reading in portions(replace(page.reading, refresh=())):
            if tickets_of(reading) or reading.names:
                self._absorb([Incoming(reading, "backfill", self._runtime.clock())])

    def _absorb(self, incoming: Sequence[Incoming]) -> None:
        now = self._runtime.clock()
        in_transaction(self._runtime.database, lambda connection: absorb(connection, self._account, incoming, now=now))

    def _be_reconciled(self, now: Instant) -> None:
        """The past was just fetched up to now: the first reconciliation has nothing to find."""
        poll = self._account.poll_minutes * MINUTE
        with self._runtime.database.write() as connection:
            jobs.ensure_reconcile(connection, ACCOUNT, poll=poll, now=now)
            job = jobs.claim(connection, ACCOUNT, jobs.RECONCILE, now=now)
            if job is not None:
                jobs.finish_reconcile(connection, job, next_at=now + poll)

    def _come_further(self, tickets: int) -> None:
        """Say how much of the past is here."""
        if self._history is None:
            return
        total, now = len(self._past), self._runtime.clock()
        with self._runtime.database.write() as connection:
            jobs.advance(connection, self._history, cursor=None, tickets=tickets, total=total, now=now)

    def _be_whole(self) -> None:
        """The past is here."""
        if self._history is not None:
            with self._runtime.database.write() as connection:
                jobs.finish(connection, self._history)
        self._history = None

    def _fetch(self, tickets: Sequence[str]) -> None:
        """Ask about these tickets one by one."""
        for start in range(0, len(tickets), _AT_ONCE):
            with self._session(self._account) as session:
                part = tickets[start : start + _AT_ONCE]
                found = [self._desk.refresh(ticket, session) for ticket in part if not self._over.is_set()]
            if found:
                self._absorb([Incoming(reading, "backfill", self._runtime.clock()) for reading in found])
                self._come_further(len(found))

    def _session(self, account: Account) -> Session:
        return Session(account.access, NoGate(), allow_private=True)

    # ------------------------------------------------------------------------------------------ the present

    def _live(self) -> None:
        try:
            self._fetch(self._past[:_YESTERDAYS])
            self._wait_for_page()
            self._sum_up()
            self._go_on(self._past[_YESTERDAYS:])
        except DeskpulseError as error:
            self._say(f"the simulated desk stops: {error}")

    def _wait_for_page(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            self._come_further(0)
            if self._page_answers():
                seconds = time.monotonic() - self._began
                entry = self._address + entry_address(self._runtime, ACCOUNT)
                self._say(f"figures after {seconds:.0f} s; the panel, for an hour: {entry}")
                self._say("it shows what is to be seen now; Overview says which channel needs help - Ctrl-C ends it")
                return

    def _page_answers(self) -> bool:
        try:
            with requests.Session() as http:
                http.trust_env = False
                return http.get(f"{self._address}/", timeout=_PATIENCE).ok
        except requests.RequestException:
            return False

    def _sum_up(self) -> None:
        if not self._over.is_set():
            sum_up(self._runtime, ACCOUNT, "daily", today(self._runtime.clock(), self._account.rules.zone) - 1)
            self._say("the summary of yesterday was posted into the desk")

    def _go_on(self, rest: Sequence[str]) -> None:
        """The desk moves and, at first, the older past comes in; now and then a line tells what came of it."""
        told = time.monotonic()
        while not self._over.wait(0 if rest else _STEP_SECONDS):
            self._fetch(rest[:_AT_ONCE])
            rest = rest[_AT_ONCE:]
            if not rest:
                self._be_whole()
            if self._may_move():
                self._calls += self._stage.step(self._runtime.clock())
            if time.monotonic() - told > _TELL_SECONDS:
                told = time.monotonic()
                self._say(_sentence(self._calls, self._stage.written()))

    def _may_move(self) -> bool:
        found = gauges(self._runtime.database, now=self._runtime.clock())
        return found.waiting_calls + found.waiting_refreshes + found.waiting_actions < _MOST_WAITING


def _told_in_part(reading: Reading) -> set[str]:
    """The tickets whose creation is not told: take-in asks about them."""
    created = {event.ticket for event in reading.events if event.type == "ticket.created"}
    return {event.ticket for event in reading.events} - created


def _sentence(calls: int, written: Written) -> str:
    back = f"tags {written.tags}, notes {written.notes}, summaries {written.summaries}"
    return f"calls that came in: {calls}; written into the desk: {back}"
