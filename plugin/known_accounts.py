"""The accounts as the door knows them: read from the database at most every two seconds, and never by garbage."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from integrations.times import Instant
from plugin.limits import TokenBuckets
from workers.accounts import Account
from workers.store.keeper import NotKept

_FRESH_SECONDS: Final = 2.0
#: How many reads a second wrong proofs may cause for one account, and unknown names for all together.
_REREADS: Final = 4.0
#: How long a call waits for another one that reads the accounts, in seconds: less than that one may take (app.py), so
#: that calls beside each other give up together instead of one after the other.
_PATIENCE: Final = 3.0


class AccountSource(Protocol):
    """Where accounts are read from."""

    def find(self, slug: str) -> Account | None:
        """The account of that slug now, or None."""

    def slugs(self) -> frozenset[str]:
        """The slugs of all accounts now."""


@dataclass(frozen=True, slots=True)
class Known:
    """An account, and when it was read."""

    account: Account
    read_at: float

    def secrets(self, now: Instant) -> list[bytes]:
        """The secrets that prove a call now."""
        return self.account.active_secrets(now)


class KnownAccounts:
    """A cache that is never older than two seconds; errors of the source pass through."""

    def __init__(self, source: AccountSource, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._clock = clock
        self._known: dict[str, Known] = {}
        self._slugs: frozenset[str] = frozenset()
        self._rereads = TokenBuckets(rate=_REREADS, burst=_REREADS, clock=clock)
        self._reading = threading.Lock()

    def __contains__(self, slug: str) -> bool:
        return slug in self._known

    def find(self, slug: str) -> Known | None:
        """The account of that slug, or None when there was none a moment ago."""
        known = self._known.get(slug)
        if known is not None and self._clock() - known.read_at <= _FRESH_SECONDS:
            return known
        if known is None and not self._exists(slug):
            return None
        return self._read(slug, newer_than=known)

    def reread(self, known: Known) -> Known | None:
        """The account as it is now, for a call it does not prove; as it was, when that was asked too often."""
        return self._read(known.account.slug, newer_than=known, sparingly=self._rereads)

    def _exists(self, slug: str) -> bool:
        """Whether there is such an account, by a list of all that invented names make us read only so often."""
        if slug in self._slugs:
            return True
        with self._alone():
            if slug not in self._slugs and not self._rereads.take(""):
                self._slugs = self._source.slugs()
        return slug in self._slugs

    def _read(self, slug: str, *, newer_than: Known | None, sparingly: TokenBuckets | None = None) -> Known | None:
        with self._alone():
            present = self._known.get(slug)
            if present is not None and present is not newer_than:
                return present  # another thread read it while this one waited
            if sparingly is not None and sparingly.take(slug):
                return present
            read_at = self._clock()
            account = self._source.find(slug)
            if account is None:
                self._known.pop(slug, None)
                self._slugs -= {slug}
                return None
            self._known[slug] = known = Known(account, read_at)
            return known

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One thread reads at a time; NotKept for one that waits in vain, because nothing could be kept either."""
        if not self._reading.acquire(timeout=_PATIENCE):
            raise NotKept("the accounts are not read in time")
        try:
            yield
        finally:
            self._reading.release()
