"""What a page is made from: one snapshot of one account, seen at one moment, told in one language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection

from integrations.base import Desk
from integrations.registry import desk_named
from integrations.times import Instant
from plugin.panel.views.names import Names
from workers.accounts import Account
from workers.periods import Period, today
from workers.store import slice_values
from workers.store.database import Database
from workers.store.moments import first_day
from workers.wording.language import Language


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket that a page names; `desk` is its address in the desk, '' where that is not known."""

    id: str
    desk: str = ""


@dataclass(frozen=True)
class Sight:
    """Everything that is read for one page is read through this; nothing of another account can be."""

    database: Database
    connection: Connection
    account: Account
    language: Language
    now: Instant

    @cached_property
    def today(self) -> int:
        """The present local day."""
        return today(self.now, self.account.rules.zone)

    @cached_property
    def names(self) -> Names:
        """What departments and agents are called."""
        return Names(self.connection, self.account, self.language)

    @cached_property
    def first_day(self) -> int | None:
        """The local day of the first ticket that is known; None without any."""
        return first_day(self.connection, self.account.slug)

    @cached_property
    def channels(self) -> list[str]:
        """The channels that were ever counted, in their usual order."""
        return slice_values.channels(self.connection, self.account.slug)

    def knows(self, period: Period) -> bool:
        """Whether history reaches back to all of these days, so that they compare with others."""
        return self.first_day is not None and self.first_day <= period.first

    def ticket(self, id_: str) -> Ticket:
        """A ticket with its address in the desk."""
        url = self._desk.ticket_url(self.account.access, id_) if self._desk else None
        return Ticket(id_, url if url and url.startswith(("https://", "http://")) else "")

    @cached_property
    def _desk(self) -> Desk | None:
        try:
            return desk_named(self.account.desk)
        except KeyError:
            return None


@contextmanager
def sight(database: Database, account: Account, language: Language, *, now: Instant) -> Iterator[Sight]:
    """One snapshot to make a page from."""
    with database.read() as connection:
        yield Sight(database, connection, account, language, now)
