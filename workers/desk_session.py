"""One account's desk within reach of a worker: opened, paced by its gate, its failures counted by the breaker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Final

from sqlalchemy import Connection

from integrations.base import Desk
from integrations.errors import Gone, RateLimited, Refused, Rejected, Unavailable, Unclear
from integrations.registry import desk_named
from integrations.session import Session
from integrations.times import SECOND
from workers.accounts import Account
from workers.runtime import Runtime
from workers.store import accounts
from workers.store.gates import BURST, RowGate
from workers.store.leases import LeaseLost

#: How long work that somebody waits for may wait for its budget in the middle, in seconds.
LIVE_PATIENCE: Final = 10.0
#: The same for work that has time; it also leaves half of the burst to the work that has none.
JOB_PATIENCE: Final = 60.0
JOB_RESERVE: Final = BURST // 2

#: The desk is away or does not let us in: five of these in a row open the breaker.
_DOWN: Final = (Unavailable, Unclear, Refused)
#: The desk works and said no to this one request.
_ANSWERED: Final = (Gone, Rejected)
_LONGEST_NAP: Final = 5.0  #: seconds between two renewals of a lease while waiting for the budget


class Step(Enum):
    """What came of looking for one piece of work."""

    NOTHING = "nothing was due"
    WORKED = "one piece was settled, well or not"
    STOP = "the desk takes no more requests for now"


class PatientGate:
    """Waits for a budget that comes back soon, so that work once begun is not cut off half-way.

    `keep` renews the lease of that work before every booking and every nap. All naps together last at most
    `patience` seconds; after that the RateLimited of the gate beneath goes through.
    """

    def __init__(
        self, gate: RowGate, *, keep: Callable[[], None], patience: float, nap: Callable[[float], None]
    ) -> None:
        self._gate = gate
        self._keep = keep
        self._patience = patience
        self._nap = nap

    def take(self, requests: int) -> None:
        """Book so many requests; more than a full bucket holds are booked in portions."""
        while requests > 0:
            portion = min(requests, self._gate.largest)
            self._keep()
            self._book(portion)
            requests -= portion

    def hold(self, seconds: float) -> None:
        """As the gate beneath."""
        self._gate.hold(seconds)

    def _book(self, requests: int) -> None:
        while True:
            try:
                return self._gate.take(requests)
            except RateLimited as error:
                after = error.after or 0.0
                if after > self._patience:
                    raise
                self._patience -= after
            self._sleep(after)

    def _sleep(self, seconds: float) -> None:
        while seconds > 0:
            self._keep()
            self._nap(min(seconds, _LONGEST_NAP))
            seconds -= _LONGEST_NAP


@dataclass(frozen=True)
class Reach:
    """One account's desk, for one piece of work at a time."""

    runtime: Runtime
    account: Account
    desk: Desk
    gate: RowGate
    patience: float

    def held(self, connection: Connection) -> Account:
        """The account as it is now, which stays until this transaction is over; LeaseLost when it was removed."""
        account = accounts.hold(connection, self.account.slug, self.runtime.vault)
        if account is None:
            raise LeaseLost(f"the account {self.account.slug} was removed")
        return account

    @contextmanager
    def talk(self, keep: Callable[[], None]) -> Iterator[Session]:
        """A session with the desk; what comes of it opens or closes the breaker. Never inside a transaction."""
        gate = PatientGate(self.gate, keep=keep, patience=self.patience, nap=self.runtime.nap)
        try:
            with Session(
                self.account.access,
                gate,
                allow_private=self.runtime.settings.allow_private_desks,
                clock=lambda: self.runtime.clock() / SECOND,
            ) as session:
                yield session
        except _DOWN as error:
            self.gate.failed(error)
            raise
        except _ANSWERED:
            self.gate.succeeded()
            raise
        self.gate.succeeded()


def reach(runtime: Runtime, slug: str) -> Reach | None:
    """The desk for work that somebody waits for; None when there is no such account."""
    return _reach(runtime, slug, reserve=0, patience=LIVE_PATIENCE)


def reach_with_time(runtime: Runtime, slug: str) -> Reach | None:
    """The desk for work that leaves part of the budget to what is live; None when there is no such account."""
    return _reach(runtime, slug, reserve=JOB_RESERVE, patience=JOB_PATIENCE)


def _reach(runtime: Runtime, slug: str, *, reserve: int, patience: float) -> Reach | None:
    with runtime.database.read() as connection:
        account = accounts.find(connection, slug, runtime.vault)
    if account is None:
        return None
    desk = desk_named(account.desk)
    gate = RowGate(runtime.database, slug, per_minute=desk.requests_per_minute, clock=runtime.clock, reserve=reserve)
    return Reach(runtime, account, desk, gate, patience)
