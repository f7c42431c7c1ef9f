"""What a desk posts, kept as it was built, and the real door to which it is delivered when a test says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

from requests import PreparedRequest

from integrations.errors import BadProof
from integrations.registry import desk_named
from integrations.times import SECOND, Instant
from plugin.incoming import call_of
from plugin.known_accounts import KnownAccounts
from plugin.limits import TokenBuckets
from plugin.webhooks import Door
from tests.desks.day_line import Answer, body_of, environ_of
from tests.workers.standing import Clock
from workers.accounts import Account
from workers.runtime import Runtime
from workers.store import accounts
from workers.store.calls import Kept, NewCall, Writer, open_writer

PLUGIN: Final = "https://plugin.example"
_UNLIMITED: Final = TokenBuckets(rate=0, burst=1)


@dataclass(frozen=True, eq=False)
class Posted:
    """One request that the desk made to us, and when."""

    sent_at: Instant
    path: str
    body: bytes
    _environ: Mapping[str, Any]

    def environ(self) -> dict[str, Any]:
        """The request as a server hands it to the application."""
        return {**self._environ, "wsgi.input": BytesIO(self.body)}


@dataclass
class Post:
    """Takes what the desk posts and answers 202 before anybody has read it."""

    clock: Clock
    taken: list[Posted] = field(default_factory=list)

    def answer(self, request: PreparedRequest) -> Answer:
        """Keep one request of the desk."""
        environ = environ_of(request)
        self.taken.append(Posted(self.clock.now, environ["PATH_INFO"], body_of(request), environ))
        return 202, {}, b"{}"

    def take(self) -> list[Posted]:
        """What came since the last time."""
        taken, self.taken = self.taken, []
        return taken


@dataclass(frozen=True)
class _Rows:
    """The accounts in the database."""

    runtime: Runtime

    def find(self, slug: str) -> Account | None:
        with self.runtime.database.read() as connection:
            return accounts.find(connection, slug, self.runtime.vault)

    def stamps(self) -> dict[str, bytes]:
        with self.runtime.database.read() as connection:
            return accounts.stamps(connection)


@dataclass(frozen=True)
class _Keeper:
    """Commits each call at once, without the thread of the web process."""

    writer: Writer

    def keep(self, call: NewCall) -> Kept:
        (kept,) = self.writer.write([call])
        return kept


class _Watch:
    def outcome(self, name: str) -> None:
        """Nobody counts."""

    def kept(self, seconds: float) -> None:
        """Nobody measures."""


@dataclass(frozen=True)
class Entrance:
    """The product's door for one account, under the test's clock."""

    door: Door
    account: Account
    clock: Clock

    def deliver(self, posted: Posted, at: Instant) -> int:
        """One request arrives; the status it is answered with."""
        self.clock.now = at
        _, _, desk, slug = posted.path.split("/")
        return self.door.answer(desk, slug, posted.environ()).status

    def proves(self, posted: Posted, at: Instant) -> bool:
        """Whether the request still proves itself then: some desks' proofs say when they were made."""
        call = call_of(posted.environ(), posted.body, at)
        try:
            desk_named(self.account.desk).verify(call, self.account.active_secrets(at), now=at)
        except BadProof:
            return False
        return True


@contextmanager
def entrance(runtime: Runtime, account: Account, clock: Clock) -> Iterator[Entrance]:
    """The door, open."""
    writer = open_writer(runtime.database.door)
    door = Door(
        accounts=KnownAccounts(_Rows(runtime)),
        desks=desk_named,
        keeper=_Keeper(writer),
        watch=_Watch(),
        nudge=lambda: None,
        failed_proofs=_UNLIMITED,
        pace=_UNLIMITED,
        largest_body=1024 * 1024,
        clock=lambda: clock.now / SECOND,
    )
    try:
        yield Entrance(door, account, clock)
    finally:
        writer.close()
