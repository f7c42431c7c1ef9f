"""From a chat that ends to the lead's figures: the link, the vote, the tag, the note, on both databases."""

from __future__ import annotations

from typing import Any

from integrations.events import Event, event
from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant
from tests.plugin.surveys.world import World
from tests.workers.standing import START, rows
from tests.workers.strict_desk import State
from tests.workers.surveys.test_sending import take
from workers.accounts import Account
from workers.desk_work import work_off
from workers.imports import compact
from workers.rebuild import verify
from workers.reports import ReportRequest, report
from workers.store import accounts, schema
from workers.surveys import judging


def chat(ticket: str, customer: str, ended: Instant) -> list[Event]:
    """A chat that Eva took."""
    came: dict[str, Any] = {"contact": f"c-{ticket}", "media": "chat", "direction": "in"}
    return [
        event("ticket.created", ticket, ended - 9 * MINUTE, channel="chat", by="customer", customer=customer),
        event("live.queued", ticket, ended - 9 * MINUTE, **came),
        event("live.answered", ticket, ended - 8 * MINUTE, **came, agent="eva"),
        event("message.sent", ticket, ended - 7 * MINUTE, by="agent", author="eva", public=True),
        event("live.ended", ticket, ended, **came, outcome="handled"),
    ]


def account_of(world: World, desk: State) -> Account:
    desk.add("C1", "C2", "C3")
    settings = {"surveys": {"csat": {"ask": True, "scale": [1, 5], "follow_up_below": 3}}, "desk": {"url": desk.url}}
    with world.runtime.database.write() as connection:
        return accounts.add(
            connection, "acme", "strict", settings, secret="whsec_a2V5", vault=world.runtime.vault, now=world.clock()
        )


def figures(world: World, account: Account, *names: str) -> dict[str, Any]:
    compact(world.runtime, account.slug)
    request = ReportRequest(START // DAY, world.clock() // DAY, metrics=names)
    with world.runtime.database.read() as connection:
        total: dict[str, Any] = report(connection, account, request, now=world.clock())["total"]
    return total


def test_a_chat_is_rated_and_everybody_sees_it(world: World, desk: State) -> None:
    account = account_of(world, desk)
    take(world.runtime, account, *chat("C1", "ana", START), *chat("C2", "bo", START), *chat("C3", "ana", START))
    work_off(world.runtime, "acme")
    links = {
        ticket: desk.tickets[ticket]["fields"]
        .get("deskpulse_survey_csat", "")
        .removeprefix("https://pulse.example.com")
        for ticket in ("C1", "C2", "C3")
    }
    assert sorted(ticket for ticket, link in links.items() if link) == ["C1", "C2"]

    thanks = world.vote(links["C1"], 2)
    assert "How satisfied" in world.browser.get(links["C1"]).text
    assert "Thank you!" in thanks.text
    world.clock.now += 20 * SECOND
    world.vote(links["C1"], 2, comment="It took three chats")
    world.browser.post(links["C2"], data={"score": "5"}, headers={"User-Agent": "curl/8"})
    world.take_in()
    work_off(world.runtime, "acme")

    ticket = desk.tickets["C1"]
    assert ticket["fields"]["csat"] == "2"
    assert "deskpulse-follow-up" in ticket["tags"]
    assert any("It took three chats" in note for note in ticket["notes"])
    assert "csat" not in desk.tickets["C2"]["fields"]

    world.clock.now += 9 * DAY
    total = figures(world, account, "csat", "survey_response_rate")
    assert total["csat"]["n"] == 1
    assert total["csat"]["distribution"] == {"2": 1}
    rate = total["survey_response_rate"]
    assert (rate["numerator"], rate["denominator"]) == (1, 2)
    assert list(verify(world.runtime.database, account)) == []

    (doubted,) = _suspects(world)
    judging.restore(world.runtime, "acme", ticket=doubted.ticket, kind=doubted.kind, survey=doubted.survey)
    total = figures(world, account, "csat", "survey_response_rate")
    assert total["csat"]["distribution"] == {"2": 1, "5": 1}
    assert total["survey_response_rate"]["numerator"] == 2
    assert list(verify(world.runtime.database, account)) == []


def test_the_answer_is_the_agents_who_had_the_ticket_when_it_was_asked(world: World, desk: State) -> None:
    account = account_of(world, desk)
    take(world.runtime, account, *chat("C1", "ana", START))
    work_off(world.runtime, "acme")
    world.clock.now += HOUR
    take(world.runtime, account, event("ticket.assigned", "C1", world.clock(), agent="somebody else"))
    world.vote(desk.tickets["C1"]["fields"]["deskpulse_survey_csat"].removeprefix("https://pulse.example.com"), 1)
    world.take_in()
    (answer,) = rows(world.runtime, schema.answers)
    assert (answer.agent, answer.channel, answer.touchpoint, answer.survey) == (
        "eva", "chat", "post-chat", "deskpulse-csat"
    )  # fmt: skip


def _suspects(world: World) -> list[judging.Suspect]:
    with world.runtime.database.read() as connection:
        return judging.suspects(connection, "acme")
