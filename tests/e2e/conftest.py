"""The real desk for end-to-end tests: one for the whole run, or one for a single test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.real_desk import RealDesk
from tests.e2e.real_desk.environment import CannotInstall, environment


@pytest.fixture(scope="session")
def real_desk_installed() -> None:
    """django-helpdesk is installed; the test fails where it is not and no package index can be reached."""
    failed = _failure()
    if failed:
        pytest.fail(
            f"{failed}\nThese tests run against a real django-helpdesk. It is installed once and then kept: let pip "
            f"reach a package index, or name a folder that holds an installed one in DESKPULSE_TEST_CACHE.",
            pytrace=False,
        )


def _failure() -> str:
    try:
        environment()
    except CannotInstall as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def shared_desk(real_desk_installed: None) -> Iterator[RealDesk]:
    """A running desk without webhooks, one for all tests of a module."""
    with RealDesk() as desk:
        yield desk


@pytest.fixture
def real_desk(real_desk_installed: None) -> Iterator[RealDesk]:
    """A running desk without webhooks, fresh for this test; `point_hooks_at` turns them on."""
    with RealDesk() as desk:
        yield desk
