"""LiveAgent's JSON is read where it can be, and one odd value does not hide the rest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import Rejected, Unreadable
from integrations.events import TYPES
from integrations.liveagent import payloads
from integrations.liveagent.facts import Told, reading_of
from integrations.liveagent.people import People, known_agents
from integrations.liveagent.unread import UNREAD
from tests.desks.liveagent.world import NOW, ZAGREB, at

_FIXTURES = Path(__file__).parent / "fixtures"


def fixture(name: str) -> Any:
    return json.loads((_FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def told(ticket: Any, history: Any, groups: Any) -> Told:
    one = payloads.one(payloads.Ticket, ticket, what="ticket")
    intervals = payloads.rows(payloads.Interval, history, what="history")
    return Told(
        ticket=one,
        intervals=intervals,
        groups=payloads.rows(payloads.Group, groups, what="message group"),
        people=People(known_agents(one, intervals)),
        zone=ZAGREB,
        asked_at=NOW,
    )


def test_a_ticket_as_the_documentation_shows_it_is_read_whole() -> None:
    """One chat that was transferred, resolved and rated, in the keys of the API's models."""
    reading = reading_of(told(fixture("ticket"), fixture("history"), fixture("messages")))
    assert [(one.type, one.at, one.seq) for one in reading.events] == [
        ("ticket.created", at("03-02 11:21") + 4_000_000, None),
        ("ticket.assigned", at("03-02 11:22") + 1_000_000, None),
        ("ticket.assigned", at("03-02 11:30"), None),
        ("ticket.moved", at("03-02 11:30"), None),
        ("status.changed", at("03-02 11:21") + 4_000_000, 0),
        ("status.changed", at("03-02 11:41") + 5_000_000, 3),
        ("message.sent", at("03-02 11:21") + 4_000_000, None),
        ("message.sent", at("03-02 11:22") + 10_000_000, None),
        ("message.sent", at("03-02 11:31"), None),
        ("message.sent", at("03-02 11:33"), None),
    ]
    assert [one.data.get("by") for one in reading.events if one.type == "message.sent"] == [
        "customer", "agent", "agent", "customer",
    ]  # fmt: skip
    assert reading.present[0].values == {
        "status": "resolved",
        "channel": "chat",
        "agent": "ag81",
        "department": "dp20",
        "customer": "ct55",
        "tags": [],
        "fields": {"region": "north"},
    }
    assert reading.names == {"agent": {"ag81": "Una Kos"}, "department": {"dp10": "Sales", "dp20": "Returns"}}


def test_a_body_full_of_nulls_is_read() -> None:
    nulls = dict.fromkeys(fixture("ticket")) | {"id": "k3", "date_created": "2026-03-02 11:21:04"}
    ticket = payloads.one(payloads.Ticket, nulls, what="ticket")
    assert ticket == payloads.Ticket(id="k3", created="2026-03-02 11:21:04")


@pytest.mark.parametrize("name", ["Jo\u00a0Doe", "Jo\nDoe", "Jo\u200bDoe", " Jo Doe "])
def test_a_name_with_odd_characters_does_not_hide_who_has_it(name: str) -> None:
    (agent,) = payloads.rows(payloads.Named, [{"id": "a", "name": name}], what="agent")
    assert agent.name == "Jo Doe"


@pytest.mark.parametrize("bad", [None, 7, [], "x", {}, {"id": "g"}, {"id": "g", "datecreated": "2026-02-30 10:00:00"}])
def test_a_row_that_cannot_be_read_is_counted_and_the_next_one_read(bad: object) -> None:
    UNREAD.clear()
    good = {"id": "g2", "datecreated": "2026-03-02 11:21:04"}
    assert [group.id for group in payloads.rows(payloads.Group, [bad, good], what="group")] == ["g2"]
    assert sum(UNREAD.values()) == 1


def test_a_message_that_cannot_be_read_does_not_hide_its_group() -> None:
    row = {
        "id": "g",
        "datecreated": "2026-03-02 11:21:04",
        "messages": [{"id": "m"}, fixture("messages")[0]["messages"][0]],
    }
    (group,) = payloads.rows(payloads.Group, [row], what="group")
    assert [message.id for message in group.messages] == ["me1"]


@pytest.mark.parametrize("messages", [None, "x", {}, 7])
def test_a_group_without_a_list_of_messages_has_none(messages: object) -> None:
    row = {"id": "g", "datecreated": "2026-03-02 11:21:04", "messages": messages}
    (group,) = payloads.rows(payloads.Group, [row], what="group")
    assert group.messages == ()


def test_unknown_keys_of_newer_versions_are_ignored() -> None:
    newer = {**fixture("ticket"), "ai_summary": {"text": "…"}, "sentiment": 0.2}
    assert payloads.one(payloads.Ticket, newer, what="ticket") == payloads.one(
        payloads.Ticket, fixture("ticket"), what="ticket"
    )


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["ticket", "history", "messages"]), st.data())
def test_whatever_one_value_is_the_ticket_is_read_or_given_up(name: str, data: st.DataObject) -> None:
    told_by_desk = {part: fixture(part) for part in ("ticket", "history", "messages")}
    target = told_by_desk[name] if name == "ticket" else data.draw(st.sampled_from(told_by_desk[name]))
    target[data.draw(st.sampled_from(sorted(target)))] = data.draw(_JSON)
    try:
        reading = reading_of(told(told_by_desk["ticket"], told_by_desk["history"], told_by_desk["messages"]))
    except (Rejected, Unreadable):
        return
    assert {one.type for one in reading.events} <= set(TYPES)
    assert [one.type for one in reading.events].count("ticket.created") == 1
