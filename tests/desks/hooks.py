"""What a desk's test class tells the contract about its desk."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

from integrations.base import Access, Call, Desk
from integrations.session import Session
from integrations.times import Instant, instant_of_iso

#: The moment at which the contract's calls arrive; samples are dated before it.
NOW: Instant = instant_of_iso("2026-06-15T12:00:00Z")


@dataclass(frozen=True)
class Way:
    """One way in which a desk proves its calls.

    `sign(body, secret, now)` makes a genuine call. `carriers` are the headers (`x-signature`) and query
    parameters (`?token`) that carry the proof: without any one of them, or with one changed, there is none.
    """

    name: str
    sign: Callable[[bytes, bytes, Instant], Call]
    carriers: tuple[str, ...]
    covers_body: bool = True  #: false for a bare secret, which says nothing about the body


@dataclass(frozen=True)
class Written:
    """What stands in the simulated desk after our writing; equal when nothing was done twice."""

    tags: Mapping[str, frozenset[str]]  #: ticket → all its tags, also those that are not ours
    fields: Mapping[str, Mapping[str, str]]  #: ticket → custom fields
    notes: Mapping[str, tuple[str, ...]]  #: ticket → texts of its private notes
    summaries: Mapping[str, str]  #: object id → everything in it: title and text


class Served(Protocol):
    """A simulated desk that answers over a real socket, and a session to it."""

    @property
    def session(self) -> Session:
        """Its address is the simulator's, its credentials are good."""

    @property
    def ticket(self) -> str:
        """A ticket that exists, is in no final state, and carries a tag that is not ours."""

    @property
    def since(self) -> Instant:
        """Before everything that happened in the simulator."""

    def written(self) -> Written:
        """What stands in the desk now."""

    def lose_next_answer(self) -> None:
        """Let the next write be done and its answer be lost."""


class DeskHooks(ABC):
    """The questions that a desk's test class answers; everything in the contract is asked through these."""

    desk: ClassVar[Desk]
    secrets: ClassVar[tuple[bytes, bytes]] = (
        b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        b"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    )
    missing_ticket: ClassVar[str] = "99999999"  #: an id that no simulated desk has

    @abstractmethod
    def ways(self) -> Sequence[Way]:
        """Every way in which this desk's calls are proved; the first one is its usual way."""

    @abstractmethod
    def samples(self) -> Mapping[str, Call]:
        """Calls as the desk sends them, one of each kind; `self.call(body)` makes one."""

    @abstractmethod
    def access(self) -> Access:
        """How the calls of `samples` are read."""

    @abstractmethod
    def served(self) -> AbstractContextManager[Served | None]:
        """A fresh simulated desk with some history; None for a desk that cannot be called at all."""

    def tagged(self, tags: Sequence[str]) -> Call | None:
        """A genuine call about a ticket that carries these tags; None when this desk's calls tell no tags."""
        return None

    def call(self, body: bytes) -> Call:
        """A genuine call with this body, proved in the usual way, that arrived now."""
        return self.ways()[0].sign(body, self.secrets[0], NOW)

    @contextmanager
    def serving(self) -> Iterator[Served]:
        """The simulated desk; every desk that can be called has one."""
        with self.served() as served:
            assert served is not None, f"{self.desk.title} has no simulator"
            yield served


def carried(call: Call, carrier: str) -> str:
    """The text that a carrier of a proof holds."""
    return call.query[carrier[1:]] if carrier.startswith("?") else call.headers[carrier]


def with_carrier(call: Call, carrier: str, text: str | None) -> Call:
    """The call with that carrier changed, or left out when the text is None."""
    name = carrier.removeprefix("?")
    values = dict(call.query if carrier.startswith("?") else call.headers)
    values.pop(name)
    if text is not None:
        values[name] = text
    return replace(call, query=values) if carrier.startswith("?") else replace(call, headers=values)
