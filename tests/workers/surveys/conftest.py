"""An account that asks, with a strict desk that takes the links."""

from __future__ import annotations

from typing import Any, Protocol

import pytest

from tests.workers.conftest import clock, desk, nudged, runtime
from tests.workers.standing import add_account
from tests.workers.strict_desk import State
from workers.accounts import Account
from workers.runtime import Runtime
from workers.settings import Settings
from workers.store import accounts

__all__ = ["asking", "clock", "desk", "nudged", "runtime", "settings"]

PUBLIC_URL = "https://pulse.example.com"


class Asks(Protocol):
    """Makes an account of the strict desk that asks."""

    def __call__(self, slug: str = "acme", /, **settings: Any) -> Account: ...


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Those of every test, with an address that customers can open."""
    return settings.changed(DESKPULSE_PUBLIC_URL=PUBLIC_URL)


@pytest.fixture
def asking(runtime: Runtime, desk: State) -> Asks:
    """An account asks CSAT unless other settings are given."""
    desk.add("T1", "T2", "T3")

    def make(slug: str = "acme", /, **given: Any) -> Account:
        add_account(runtime, slug, url=desk.url, **{"surveys": {"csat": {"ask": True}}, **given})
        with runtime.database.read() as connection:
            found = accounts.find(connection, slug, runtime.vault)
        assert found is not None
        return found

    return make
