"""What docs/desks/zammad.md says is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from integrations.actions import SUMMARY_TAG
from integrations.zammad import mapping
from integrations.zammad.connecting import NAME, PAYLOAD, TRIGGERS
from tests.desks.zammad.office import DESK, Office, at, of_type, parsed, present

PAGE = (Path(__file__).parents[3] / "docs" / "desks" / "zammad.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """The words under a heading."""
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("kind", sorted(mapping.CHANNELS))
def test_every_type_of_article_is_explained_with_its_channel(kind: str) -> None:
    channels = next(line for line in section("What is read").splitlines() if line.startswith("Channels,"))
    assert kind in channels
    assert mapping.CHANNELS[kind] == "fax" or f"`{mapping.CHANNELS[kind]}`" in channels


@pytest.mark.parametrize("kind", sorted(mapping.STATE_TYPES))
def test_every_type_of_state_is_explained_with_its_status(kind: str) -> None:
    states = next(line for line in section("What is read").splitlines() if line.startswith("States count"))
    assert kind.split()[-1] in states
    assert f"`{mapping.STATE_TYPES[kind]}`" in states


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda trigger: trigger.name)
def test_every_trigger_can_be_clicked_as_the_page_says(trigger: object) -> None:
    rows = re.findall(r"^\s*\| `(.+?)` \| (.+?) \|$", section("By hand"), re.MULTILINE)
    clicks = {name: condition.replace("*", "") for name, condition in rows}
    assert clicks[getattr(trigger, "title", "")] == getattr(trigger, "clicks", "")


def test_the_payload_to_paste_is_the_one_that_connecting_sets() -> None:
    assert PAYLOAD in section("By hand")
    assert f"name `{NAME}`" in section("By hand")


def test_the_setting_of_a_state_works_as_the_example_says() -> None:
    options = {"states": {"waiting for customer": "pending", "closed": "closed"}}
    assert '{ "waiting for customer" = "pending", closed = "closed" }' in section("Connect")
    office = Office()
    office.world.states[77] = ("waiting for customer", "pending reminder")
    ticket = office.letter(at("10 09:00"))
    office.world.change(ticket, at("10 10:00"), office.eva.id, state=77)
    assert present(office.told(ticket, options=options))["status"] == "pending"
    office.world.change(ticket, at("10 11:00"), office.eva.id, state=4)
    assert present(office.told(ticket, options=options))["status"] == "closed"


def test_the_setting_of_a_channel_works_as_the_example_says() -> None:
    assert '{ note = "api", fax = "voice" }' in section("Connect")
    office = Office()
    ticket = office.world.open(at("10 09:00"), office.jo, type_="note")
    assert present(office.told(ticket))["channel"] == "internal"
    assert present(office.told(ticket, options={"channels": {"note": "api"}}))["channel"] == "api"


def test_public_notes_work_as_the_page_says() -> None:
    assert "`public_notes`" in section("Connect")
    office = Office()
    ticket = office.letter(at("10 09:00"))
    office.world.say(ticket, at("10 09:30"), office.eva, type_="note")
    told = [
        of_type(office.told(ticket, options=options), "message.sent")[-1] for options in ({}, {"public_notes": True})
    ]
    assert [one.data["public"] for one in told] == [False, True]


def test_the_summarys_tag_and_the_limit_are_those_of_the_code() -> None:
    assert f"`{SUMMARY_TAG}`" in section("What is written")
    assert f"at most {DESK.requests_per_minute} a minute" in section("Limits and quirks")
    assert f"A refresh costs {DESK.requests_per_refresh}." in section("Limits and quirks")


def test_every_request_that_is_made_is_on_the_page() -> None:
    written, read = section("What is written"), section("What is read")
    for request in (
        "POST /tags/add",
        "DELETE /tags/remove",
        "PUT /tickets/{id}",
        "POST /ticket_articles",
        "POST /tickets",
    ):
        assert f"`{request}`" in written
    for request in (
        "GET /tickets/{id}",
        "GET /ticket_history/{id}",
        "GET /ticket_articles/by_ticket/{id}",
        "GET /tags",
    ):
        assert f"`{request}`" in read


@pytest.mark.parametrize("count", [0, 1])
def test_a_payload_of_an_older_zammad_is_read_all_the_same(count: int) -> None:
    """A Zammad before 6.0 knows no custom payload and sends its default one."""
    told = {"ticket": {"id": 5, "created_at": "2026-06-15T09:00:00Z", "updated_at": "2026-06-15T09:00:00Z"}}
    assert parsed(told | ({"article": {}} if count else {})).refresh == ("5",)
