"""The page of surveys, on each database where it keeps something."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.plugin.surveys.world import World, opened
from tests.workers.conftest import clock, desk, nudged, runtime
from tests.workers.standing import Clock
from workers.runtime import Runtime
from workers.settings import Settings

__all__ = ["clock", "desk", "nudged", "runtime", "settings", "world"]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Those of every test, with an address that customers can open."""
    return settings.changed(DESKPULSE_PUBLIC_URL="https://pulse.example.com")


@pytest.fixture
def world(runtime: Runtime, clock: Clock) -> Iterator[World]:
    """The page, and nobody there yet."""
    with opened(runtime, clock) as made:
        yield made
