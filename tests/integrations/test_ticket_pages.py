"""Where agents see a ticket: an address below the desk's own, in which an id is never more than an id."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from integrations.base import Access
from integrations.registry import DESK_NAMES, desk_named

PAGES = {
    "chatwoot": "https://desk.example/app/accounts/3/conversations/17",
    "django_helpdesk": "https://desk.example/tickets/17/",
    "freshdesk": "https://desk.example/a/tickets/17",
    "generic": None,
    "liveagent": "https://desk.example/agent/#/Ticket;17",
    "zammad": "https://desk.example/#ticket/zoom/17",
    "zendesk": "https://desk.example/agent/tickets/17",
}


def access(url: str = "https://desk.example", **credentials: str) -> Access:
    return Access(url, {"account_id": "3", "token": "a-secret", **credentials}, ZoneInfo("UTC"))


@pytest.mark.parametrize("desk", DESK_NAMES)
def test_each_desk_says_where_agents_see_a_ticket(desk: str) -> None:
    assert desk_named(desk).ticket_url(access(), "17") == PAGES[desk]


@pytest.mark.parametrize("desk", DESK_NAMES)
def test_without_the_desks_address_there_is_none(desk: str) -> None:
    assert desk_named(desk).ticket_url(access(""), "17") is None


@pytest.mark.parametrize("desk", [name for name, page in PAGES.items() if page])
def test_an_id_is_written_so_that_it_stays_an_id(desk: str) -> None:
    found = desk_named(desk).ticket_url(access("https://desk.example/"), '../"><x>?a=1&{token}')
    assert found is not None
    assert found.startswith("https://desk.example/")
    assert not set('"<>?&{}') & set(found)
    assert "a-secret" not in found
