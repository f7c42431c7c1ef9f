"""The accounts as the door knows them: all of them, as they stood at most two seconds ago.

All are looked at together, and only those are opened that were written since. So what a call costs does not depend
on whether there is an account of its name, and invented names cost no more reads and no memory.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from integrations.errors import GiveUp
from integrations.times import Instant
from plugin.limits import TokenBuckets
from workers.accounts import Account
from workers.store.keeper import NotKept

_FRESH_SECONDS: Final = 2.0
#: How many reads a second calls without a proof may cause, all together.
_REREADS: Final = 4.0
#: How long a call waits for another one that reads the accounts, in seconds: less than that one may take (app.py), so
#: that calls beside each other give up together instead of one after the other.
_PATIENCE: Final = 3.0


class AccountSource(Protocol):
    """Where accounts are read from."""

    def find(self, slug: str) -> Account | None:
        """The account of that slug now, or None."""

    def stamps(self) -> Mapping[str, bytes]:
        """The slugs of all accounts now, each with bytes that are others once the account was written."""


@dataclass(frozen=True, slots=True)
class Known:
    """An account, and the stamp under which it was read."""

    account: Account
    stamp: bytes

    def secrets(self, now: Instant) -> list[bytes]:
        """The secrets that prove a call now."""
        return self.account.active_secrets(now)


@dataclass(frozen=True, slots=True)
class Seen:
    """All accounts as they stood at one moment; of one that does not open, why."""

    read_at: float
    known: Mapping[str, Known | GiveUp]

    def __contains__(self, slug: str) -> bool:
        return slug in self.known

    def find(self, slug: str) -> Known | None:
        """The account of that slug, or None; GiveUp for one that does not open."""
        found = self.known.get(slug)
        if isinstance(found, GiveUp):
            raise GiveUp(str(found))
        return found


class KnownAccounts:
    """A cache that is never older than two seconds; errors of the source pass through."""

    def __init__(self, source: AccountSource, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._clock = clock
        self._seen: Seen | None = None
        self._rereads = TokenBuckets(rate=_REREADS, burst=_REREADS, clock=clock)
        self._reading = threading.Lock()

    def __contains__(self, slug: str) -> bool:
        return self._seen is not None and slug in self._seen

    def find(self, slug: str) -> Known | None:
        """The account of that slug, or None when there is none now."""
        seen = self.present()
        return seen.find(slug) or self.newer(seen).find(slug)

    def present(self) -> Seen:
        """The accounts as they stood a moment ago."""
        seen = self._seen
        if seen is not None and self._clock() - seen.read_at <= _FRESH_SECONDS:
            return seen
        return self._read(newer_than=seen)

    def newer(self, seen: Seen) -> Seen:
        """The accounts as they are now, for a call that these do not prove; as they were, when asked too often."""
        return self._read(newer_than=seen, sparingly=True)

    def _read(self, *, newer_than: Seen | None, sparingly: bool = False) -> Seen:
        with self._alone():
            seen = self._seen
            if seen is not None and seen is not newer_than:
                return seen  # another thread read them while this one waited
            if seen is not None and sparingly and self._rereads.take(""):
                return seen
            read_at = self._clock()
            before = {} if seen is None else seen.known
            self._seen = Seen(read_at, dict(self._opened(before)))
            return self._seen

    def _opened(self, before: Mapping[str, Known | GiveUp]) -> Iterator[tuple[str, Known | GiveUp]]:
        for slug, stamp in self._source.stamps().items():
            known = before.get(slug)
            if isinstance(known, Known) and known.stamp == stamp:
                yield slug, known
                continue
            try:
                account = self._source.find(slug)
            except GiveUp as error:  # its secrets do not open, which is no other account's trouble
                yield slug, error
            else:
                if account is not None:
                    yield slug, Known(account, stamp)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One thread reads at a time; NotKept for one that waits in vain, because nothing could be kept either."""
        if not self._reading.acquire(timeout=_PATIENCE):
            raise NotKept("the accounts are not read in time")
        try:
            yield
        finally:
            self._reading.release()
