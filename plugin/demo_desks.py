"""The simulated desks of the demo, each behind the same few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from wsgiref.types import WSGIApplication
from zoneinfo import ZoneInfo

from integrations.actions import is_own_tag
from integrations.errors import GiveUp
from integrations.generic.simulator import Simulator as GenericSimulator
from integrations.liveagent.simulator import Simulator as LiveAgentSimulator
from integrations.times import Instant

_SEED: Final = 20
#: The past is fetched in seconds, which a real desk's own limit would stretch over minutes.
_NO_LIMIT: Final = 10**9


@dataclass(frozen=True, slots=True)
class Written:
    """What Deskpulse has written into the desk so far."""

    tags: int = 0
    notes: int = 0
    summaries: int = 0


class Stage(Protocol):
    """A simulated desk: an API, a past, and people who go on using it."""

    @property
    def app(self) -> WSGIApplication:
        """What answers below the desk's address."""

    @property
    def credentials(self) -> Mapping[str, str]:
        """What the account needs to be let in."""

    def history(self, days: int, now: Instant) -> None:
        """Let so many days pass without telling anybody."""

    def connect(self, webhook_url: str, secret: str) -> None:
        """Call this address from now on."""

    def step(self, now: Instant) -> int:
        """Let a few things happen now, and post the calls they cause; how many were sent."""

    def written(self) -> Written:
        """What Deskpulse wrote."""


class LiveAgentStage:
    """The simulated LiveAgent."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._desk = LiveAgentSimulator(_SEED, zone)
        self._desk.api.limit_per_minute = _NO_LIMIT
        self.app = self._desk.app
        self.credentials = self._desk.credentials
        self.history = self._desk.history
        self.connect = self._desk.connect

    def step(self, now: Instant) -> int:
        """One or two things: each hint makes us ask several times, and LiveAgent's budget is small."""
        return self._desk.step(now, moves=1)

    def written(self) -> Written:
        """Counted in the desk itself."""
        with self._desk.api.lock:
            desk = self._desk
            tags, notes = (sum(map(len, found.values())) for found in (desk.own_tags(), desk.own_notes()))
            return Written(tags, notes, len(desk.summaries()))


class GenericStage:
    """The simulated desk that speaks canonical events."""

    def __init__(self, zone: ZoneInfo) -> None:
        del zone  # it writes every time with its offset
        self._desk = GenericSimulator(_SEED)
        self.app: WSGIApplication = self._desk.app
        self.credentials: Mapping[str, str] = {}
        self.history = self._desk.history
        self.step = self._desk.step

    def connect(self, webhook_url: str, secret: str) -> None:
        """The bridge is used with the account's own secret."""
        self._desk.connect(webhook_url, secret)
        self.credentials = {"secret": secret}

    def written(self) -> Written:
        """Counted in the desk itself."""
        tickets: list[Any] = list(self._desk.tickets.values())
        tags = sum(sum(map(is_own_tag, tuple(ticket.tags))) for ticket in tickets)
        return Written(tags, sum(len(ticket.notes) for ticket in tickets), len(self._desk.summaries))


_STAGES: Final[Mapping[str, Callable[[ZoneInfo], Stage]]] = {"liveagent": LiveAgentStage, "generic": GenericStage}
#: The desk that is simulated when nobody names one.
USUAL: Final = "liveagent"


def stage(desk: str, zone: ZoneInfo) -> Stage:
    """The simulated desk of that name; GiveUp when there is none."""
    if desk not in _STAGES:
        raise GiveUp(f"The demo cannot simulate {desk}; choose from {', '.join(sorted(_STAGES))} with --desk.")
    return _STAGES[desk](zone)
