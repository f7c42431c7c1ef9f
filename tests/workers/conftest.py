"""What the tests of the workers may ask for: a runtime under their own clock and a strict desk on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations import registry
from tests.workers.standing import Clock, Nudged
from tests.workers.strict_desk import State, serving
from workers.runtime import Runtime
from workers.secrets import vault
from workers.settings import Settings
from workers.store.database import open_database

STRICT = {
    "strict": "tests.workers.strict_desk:StrictDesk",
    "deaf": "tests.workers.strict_desk:DeafDesk",
    "slow": "tests.workers.strict_desk:SlowDesk",
}


@pytest.fixture
def clock() -> Clock:
    """Moves only when it is told to."""
    return Clock()


@pytest.fixture
def nudged() -> Nudged:
    """The messages that were sent."""
    return Nudged()


@pytest.fixture
def runtime(settings: Settings, clock: Clock, nudged: Nudged, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """A runtime on an empty database, once each database, that knows the strict desk."""
    for name, place in STRICT.items():
        monkeypatch.setitem(registry._DESKS, name, place)
    database = open_database(settings.database_url)
    yield Runtime(settings, database, vault(settings), clock=clock, nudge=nudged, nap=clock.nap)
    database.dispose()


@pytest.fixture
def desk() -> Iterator[State]:
    """A strict desk that works well until it is told otherwise."""
    with serving() as state:
        yield state
