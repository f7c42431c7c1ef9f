"""Who is known to be an agent, and when the list of agents must be asked for."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.liveagent.payloads import Group, Interval, Message, Ticket
from integrations.liveagent.people import known_agents, needs_agents
from tests.desks.liveagent.test_whole import group, interval, lines, message, refreshed, ticket

NOON = "2026-05-20 12:00:00"


@pytest.mark.parametrize(
    ("now", "before", "known"),
    [("a1", ["a2", None, "a3"], {"a1", "a2", "a3"}), ("a1", [], {"a1"}), (None, ["a2"], {"a2"}), (None, [None], set())],
)
def test_the_agents_of_a_ticket_are_the_present_one_and_those_of_its_history(
    now: str | None, before: list[str | None], known: set[str]
) -> None:
    told = Ticket(id="r4", created=NOON, agent=now)
    assert known_agents(told, [Interval(start=NOON, agent=one) for one in before]) == known


@pytest.mark.parametrize(
    ("type_", "user", "kind", "asks"),
    [
        ("C", "stranger", "M", True), ("C", "stranger", "F", True), ("C", "stranger", "Z", True),
        ("6", "stranger", "M", True), ("?", "stranger", "M", True), ("C", "a1", "M", False),
        ("C", "system00", "M", False),
        ("C", "stranger", "N", False), ("C", "stranger", "E", False), ("C", "stranger", "W", False),
        ("3", "stranger", "M", False), ("4", "stranger", "M", False), ("I", "stranger", "M", False),
        ("P", "stranger", "M", False), ("Q", "stranger", "M", False),
    ],
)  # fmt: skip
def test_the_list_is_asked_for_when_either_side_may_have_written_and_it_is_not_known_who(
    type_: str, user: str, kind: str, asks: bool
) -> None:
    known = Group("g0", NOON, type="C", messages=(Message("m0", NOON, "a1", "M"),))
    told = Group("g1", NOON, type=type_, messages=(Message("m1", NOON, user, kind),))
    assert needs_agents([known, told], frozenset({"a1"})) is asks


@pytest.mark.parametrize("user", [None, ""])
def test_words_of_nobody_are_the_customers_though_the_ticket_is_nobodys_either(user: Any) -> None:
    letter = group(0, "3", "09:00", "", {**message("m1", "09:00", ""), "userid": user})
    (said,) = lines(refreshed(ticket(), [interval("N", "09:00")], [letter]), "message")
    assert (said[3]["by"], said[3]["author"]) == ("customer", None)


@pytest.mark.parametrize(("user", "tags"), [("ag72", ["deskpulse-summary"]), ("us88", [])])
def test_a_summary_that_liveagent_files_as_a_form_is_ours_when_one_of_all_agents_wrote_it(
    user: str, tags: list[str]
) -> None:
    """Neither the ticket nor its history names the agent in whose name it was opened."""
    form = group(0, "5", "09:00", user, message("m1", "09:00", user))
    told = ticket(status="R", subject="Week 20 [deskpulse:w:20]")
    reading = refreshed(told, [interval("R", "09:00")], [form])
    assert reading.present[0].values["tags"] == tags
