"""How the panel comes into each desk: exact steps with an address of ours, and no secret of the account itself."""

from __future__ import annotations

import re

import pytest

from integrations.panels import HEADER, panel_address, panel_secret
from integrations.registry import DESK_NAMES, desk_named

SECRET = "whsec_of-the-account"
PANEL = "https://pulse.example/panel/acme/"


def steps(desk: str) -> tuple[str, ...]:
    url = f"https://pulse.example/webhooks/{desk}/acme"
    return desk_named(desk).panel_steps(webhook_url=url, secret=SECRET)


def test_the_address_is_the_one_that_calls_go_to() -> None:
    assert panel_address("https://pulse.example/webhooks/zendesk/acme") == PANEL
    assert panel_address("http://127.0.0.1:8710/webhooks/x/a-b", "in/x") == "http://127.0.0.1:8710/panel/a-b/in/x"


@pytest.mark.parametrize("desk", sorted(set(DESK_NAMES) - {"generic"}))
def test_every_desk_has_steps_that_can_be_followed(desk: str) -> None:
    told = steps(desk)
    assert told
    assert all(step == step.strip() and "\n" not in step for step in told)
    assert SECRET not in " ".join(told)


@pytest.mark.parametrize("desk", ["chatwoot", "freshdesk", "liveagent"])
def test_a_desk_that_frames_us_is_given_its_own_way_in(desk: str) -> None:
    assert f"{PANEL}in/{desk}" in " ".join(steps(desk))


def test_zendesk_is_given_an_app_made_for_the_account() -> None:
    assert "deskpulse package zendesk --account acme" in steps("zendesk")[0]
    assert "--credential app_public_key=@FILE" in steps("zendesk")[1]
    assert "app_public_key" in {each.name for each in desk_named("zendesk").credentials}


def test_liveagents_server_is_given_a_header_to_paste() -> None:
    found = re.search(rf"{HEADER}: (\S+?)\"", steps("liveagent")[0])
    assert found
    assert found[1] == panel_secret(SECRET)
    assert "{$conv_conversationid}" in steps("liveagent")[0]


def test_zammad_is_given_a_link_because_it_frames_nothing() -> None:
    assert f"{PANEL}ticket/#{{ticket.id}}" in steps("zammad")[0]
    assert desk_named("zammad").panel == ()


def test_a_desk_that_we_know_nothing_of_has_none() -> None:
    assert steps("generic") == ()


@pytest.mark.parametrize("desk", DESK_NAMES)
def test_a_place_for_the_panel_is_named_where_there_are_steps_into_a_frame(desk: str) -> None:
    framed = {"chatwoot", "freshdesk", "liveagent", "zendesk"}
    assert bool(desk_named(desk).panel) == (desk in framed)
