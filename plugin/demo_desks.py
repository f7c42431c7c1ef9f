"""The simulated desks of the demo: every desk's simulator that has a life, behind the same few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, Protocol
from wsgiref.types import WSGIApplication
from zoneinfo import ZoneInfo

from integrations.actions import is_own_tag
from integrations.errors import GiveUp
from integrations.registry import DESK_NAMES
from integrations.times import Instant

_SEED: Final = 20
#: The past is fetched in seconds, which a real desk's own limits would stretch over minutes.
_NO_LIMIT: Final = 10**9
_LIMITS: Final = "_per_minute"
_OUTSIDE: Final = ("history", "connect", "step")


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


class SimulatorStage:
    """Any simulator: `Simulator(seed, zone)` with what a stage has, and ways to count what is ours.

    These are `own_tags()` and `own_notes()`, each by ticket, and `summaries()`. What its `api` allows a minute is
    lifted; `api.lock` keeps its people and its API apart.
    """

    def __init__(self, simulator: Any) -> None:
        self._desk = simulator
        for name in filter(_is_limit, vars(simulator.api)):
            setattr(simulator.api, name, _NO_LIMIT)
        self.app: WSGIApplication = simulator.app
        self.history: Callable[[int, Instant], None] = simulator.history
        self.connect: Callable[[str, str], None] = simulator.connect

    @property
    def credentials(self) -> Mapping[str, str]:
        """Asked for late: connecting may make some."""
        found: Mapping[str, str] = self._desk.credentials
        return found

    def step(self, now: Instant) -> int:
        """One or two things: each call may make us ask several times, and the budgets of desks are small."""
        posted: int = self._desk.step(now, moves=1)
        return posted

    def written(self) -> Written:
        """Counted in the desk itself."""
        with self._desk.api.lock:
            desk = self._desk
            tags, notes = (sum(map(len, found.values())) for found in (desk.own_tags(), desk.own_notes()))
            return Written(tags, notes, len(desk.summaries()))


class GenericStage:
    """The simulated desk that speaks canonical events; it has a bridge, and no API of its own."""

    def __init__(self, simulator: Any) -> None:
        self._desk = simulator
        self.app: WSGIApplication = simulator.app
        self.credentials: Mapping[str, str] = {}
        self.history: Callable[[int, Instant], None] = simulator.history
        self.step: Callable[[Instant], int] = simulator.step

    def connect(self, webhook_url: str, secret: str) -> None:
        """The bridge is used with the account's own secret."""
        self._desk.connect(webhook_url, secret)
        self.credentials = {"secret": secret}

    def written(self) -> Written:
        """Counted in the desk itself."""
        tickets = list(self._desk.tickets.values())
        tags = sum(sum(map(is_own_tag, tuple(ticket.tags))) for ticket in tickets)
        return Written(tags, sum(len(ticket.notes) for ticket in tickets), len(self._desk.summaries))


#: The desk that is simulated when nobody names one.
USUAL: Final = "liveagent"
_GENERIC: Final = "generic"


def stage(desk: str, zone: ZoneInfo) -> Stage:
    """The simulated desk of that name; GiveUp when there is none."""
    simulator = _simulator(desk) if desk in DESK_NAMES else None
    if simulator is None:
        raise GiveUp(f"The demo cannot simulate {desk}; choose from {', '.join(stages())} with --desk.")
    # The generic one writes every time with its offset, so it has no zone.
    return GenericStage(simulator(_SEED)) if desk == _GENERIC else SimulatorStage(simulator(_SEED, zone))


def stages() -> list[str]:
    """Every desk whose simulator has a life."""
    return [name for name in DESK_NAMES if _simulator(name) is not None]


def _simulator(desk: str) -> Callable[..., Any] | None:
    """What makes the desk's simulator; None when there is none, or none that lives by itself."""
    name = f"integrations.{desk}.simulator"
    if find_spec(name) is None:
        return None
    found: Callable[..., Any] | None = getattr(import_module(name), "Simulator", None)
    return found if all(hasattr(found, one) for one in _OUTSIDE) else None


def _is_limit(name: str) -> bool:
    return name.endswith(_LIMITS)
