"""Connecting: both keys checked, tags made, and rules that an administrator can paste as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from integrations.base import Installed
from integrations.errors import Refused, Unavailable
from integrations.events import CHANNELS
from integrations.liveagent.setup import RULES, TAGS
from tests.desks.liveagent.test_answers import V1, V3, queries, wired
from tests.desks.liveagent.world import DESK, Office

ADDRESS = "https://pulse.example/webhooks/liveagent/acme"
_PAGE = Path(__file__).parents[3] / "docs" / "desks" / "liveagent.md"
SECRET = "whsec_a+b/c="
URL = f"{ADDRESS}?token=whsec_a%2Bb%2Fc%3D"


@pytest.fixture
def office() -> Office:
    return Office()


def connected(office: Office, **access: object) -> Installed:
    with office.open(**access) as session:  # type: ignore[arg-type]
        return DESK.install(session, webhook_url=ADDRESS, secret=SECRET)


def test_there_is_one_rule_for_every_trigger_and_two_for_ratings(office: Office) -> None:
    _first, *rules = connected(office).by_hand
    triggers = [line.split(": ", 1)[1] for rule in rules for line in rule.splitlines() if "Apply when" in line]
    assert triggers == [
        "ticket created",
        "ticket status changed",
        "ticket transferred",
        "ticket tags changed",
        "message group added",
        "chat started",
        "incoming call started",
        "agent rated",
        "agent rated",
    ]
    assert set(triggers) == set(DESK.calls)


def test_a_rule_is_complete_and_exact(office: Office) -> None:
    rules = connected(office).by_hand
    assert rules[1] == "\n".join(
        (
            "Rule: Deskpulse ticket.created",
            "  Apply when: ticket created",
            "  Conditions: none",
            "  Action: HTTP Request, method POST",
            f"  URL: {URL}",
            '  HTTP Body: {"event":"ticket.created","ticket_id":"{$conv_conversationid}","ticket_code":"{$conv_code}"}',
        )
    )
    assert "agent rating type is Punishment" in rules[-1]
    assert rules[-1].endswith('"ticket_code":"{$conv_code}","rating":"punishment"}')


def test_the_field_of_each_survey_that_is_asked_is_a_step_and_no_other(office: Office) -> None:
    with office.open() as session:
        told = DESK.install(session, webhook_url=ADDRESS, secret=SECRET, link_fields=("deskpulse_survey_nps",))
    before = connected(office).by_hand
    assert told.by_hand[:-1] == before
    assert "add a text with the code deskpulse_survey_nps," in told.by_hand[-1]
    assert "deskpulse_survey_" not in " ".join(before)


def test_every_body_is_json_and_holds_ids_only() -> None:
    for rule in RULES:
        body = json.loads(rule.body())
        assert set(body) <= {"event", "ticket_id", "ticket_code", "rating"}
        assert body["event"] == rule.event


def test_the_page_in_the_docs_has_the_same_rules() -> None:
    page = _PAGE.read_text(encoding="utf-8")
    for rule in RULES:
        assert f"| {rule.trigger} | {rule.condition or 'none'} | `{rule.body()}` |" in page


def test_our_tags_are_made_once(office: Office) -> None:
    first, second = connected(office), connected(office)
    assert sorted(office.world.tags.values()) == sorted(TAGS)
    assert f"{len(TAGS)} tags made, 0 were there already" in first.done
    assert f"0 tags made, {len(TAGS)} were there already" in second.done


def test_every_counted_channel_has_its_tag_and_internal_none() -> None:
    assert {f"channel-{channel.replace('_', '-')}" for channel in CHANNELS if channel != "internal"} < set(TAGS)
    assert "channel-internal" not in TAGS
    assert {"deskpulse-summary", "deskpulse-follow-up"} < set(TAGS)


def test_what_summaries_need_is_chosen_and_can_be_seen(office: Office) -> None:
    assert connected(office).options == {
        "summary_department": office.support,
        "summary_agent": office.owner.id,
        "summary_recipient": "mira@desk.example",
    }


def test_without_agents_and_departments_nothing_is_chosen(office: Office) -> None:
    office.world.agents.clear()
    office.world.departments.clear()
    assert connected(office).options == {}


@pytest.mark.parametrize("wrong", ["v3_key", "v1_key"])
def test_a_wrong_key_is_named(office: Office, wrong: str) -> None:
    keys = {**office.simulator.credentials, wrong: "nonsense-key"}
    with pytest.raises(Refused, match=wrong) as caught:
        connected(office, credentials=keys)
    assert "nonsense-key" not in str(caught.value)


def test_keys_that_were_mixed_up_are_recognised(office: Office) -> None:
    v3, v1 = office.simulator.api.v3_key, office.simulator.api.v1_key
    with pytest.raises(Refused, match="a v1 key does not work there"):
        connected(office, credentials={"v3_key": v1, "v1_key": v3})


def test_the_clock_of_liveagent_is_compared_with_the_accounts_zone(office: Office) -> None:
    assert "LiveAgent's clock agrees with the time zone Europe/Zagreb" in connected(office).done
    told = connected(office, zone=ZoneInfo("America/Los_Angeles")).done[-1]
    assert "+9.0 hours" in told
    assert "set time_zone under [desk]" in told


@pytest.mark.parametrize("trouble", ["500", "503", "500 of v1", "outage"])
def test_an_application_that_does_not_tell_its_clock_does_not_stop_us(office: Office, trouble: str) -> None:
    office.simulator.trouble.order(trouble, "GET", "/application")
    assert "did not tell its time" in connected(office).done[-1]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({"expires": "0000-00-00 00:00:00", "serverTime": "2026-06-15 14:00:00"}, "agrees with the time zone"),
        ({"expires": "2026-13-45 99:00:00"}, "did not tell its time: check that LiveAgent's own time zone is Europe/"),
        ({"a": {"b": {"time": "2026-06-15 14:10:00"}}}, "agrees"), ({"time": "2026-06-15 13:50:00"}, "agrees"),
        ({"time": "2026-06-15 14:20:00"}, "says it is 2026-06-15 14:20:00, which is +0.3 hours from Europe/Zagreb"),
        ({"time": "2026-06-15 05:00:00"}, "which is -9.0 hours from Europe/Zagreb: set time_zone under [desk]"),
        ({"time": "2026-06-15T14:00:00"}, "did not tell"), ({"time": 1781524800, "version": "5.63"}, "did not tell"),
    ],
)  # fmt: skip
def test_the_first_time_that_the_application_tells_is_its_clock(answer: dict[str, Any], told: str) -> None:
    with wired() as (wire, client):
        wire.get(f"{V1}/application", json={"response": {"status": "OK", **answer}})
        wire.get(f"{V1}/reports/ranking", json={"response": {"ranks": []}})
        for path in ("departments", "agents"):
            wire.get(f"{V3}/{path}", json=[])
        wire.get(f"{V3}/tags", json=[{"id": name, "name": name} for name in TAGS])
        installed = DESK.install(client.session, webhook_url=ADDRESS, secret=SECRET)
        (report,) = [one for one in queries(wire) if "date_from" in one]
    assert told in installed.done[-1]
    assert installed.done[:3] == (
        "The API v3 key works; 0 departments and 0 agents found",
        "The API v1 key works",
        f"0 tags made, {len(TAGS)} were there already",
    )
    assert (report["date_from"], report["date_to"]) == ("2026-06-14 14:00:00", "2026-06-15 14:00:00")


def test_a_key_that_is_refused_while_the_clock_is_asked_for_is_named() -> None:
    with wired() as (wire, client):
        wire.get(f"{V1}/application", status=403)
        wire.get(f"{V1}/reports/ranking", json={"response": {"ranks": []}})
        for path in ("departments", "agents", "tags"):
            wire.get(f"{V3}/{path}", json=[{"id": name, "name": name} for name in TAGS])
        with pytest.raises(Refused, match="v1_key"):
            DESK.install(client.session, webhook_url=ADDRESS, secret=SECRET)


def test_a_desk_that_is_down_is_not_taken_for_a_wrong_key(office: Office) -> None:
    office.simulator.trouble.order("503", "GET", "/departments")
    with pytest.raises(Unavailable):
        connected(office)


def test_nothing_that_is_told_holds_a_key(office: Office) -> None:
    installed = connected(office)
    told = " ".join((*installed.done, *installed.by_hand, str(installed.options)))
    assert not any(key in told for key in office.simulator.credentials.values())
    assert installed.author is None
