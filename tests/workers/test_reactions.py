"""What a ticket asks of its desk: one channel tag, the score, and one follow-up of a bad answer."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import select, update

from integrations.events import Event
from tests.workers.accounts_for_tests import add_account
from tests.workers.standing import Clock
from tests.workers.stories import answered, created, rules, status, ticket_of, told
from workers.metrics.sides import is_low
from workers.reactions import Wish, wishes
from workers.runtime import Runtime
from workers.store import schema
from workers.store.asking import ask_actions, ask_refreshes
from workers.wording.language import language


def wished(*events: Event, **settings: Any) -> dict[str, dict[str, Any]]:
    """Purpose → wish."""
    return {wish.purpose: wish.wish for wish in wishes(ticket_of(*events), rules(**settings), language("en"))}


def test_each_ticket_gets_the_tag_of_its_channel() -> None:
    assert wished(created(channel="web_form")) == {"channel": {"kind": "tag", "tag": "channel-web-form"}}
    assert wished(created(channel="telex"))["channel"]["tag"] == "channel-other"


@pytest.mark.parametrize(
    "end",
    [
        status("deleted", 5),
        status("spam", 5),
        told("ticket.merged", 5, into="T2"),
        told("ticket.tagged", 5, add_tags=["deskpulse-summary"]),
    ],
)
def test_a_ticket_that_is_gone_or_our_own_asks_for_nothing(end: Event) -> None:
    assert wished(created(), answered(1, 2), end) == {}
    assert wished(answered(1, 2)) == {}


def test_a_good_answer_sets_the_score_and_no_follow_up() -> None:
    found = wished(created(), answered(5, 2))
    assert set(found) == {"channel", "score:csat:"}
    assert found["score:csat:"] == {"kind": "field", "name": "csat", "value": "5", "tag": "deskpulse-csat-5"}


def test_a_comment_that_our_page_gets_after_the_score_is_a_note_of_its_own() -> None:
    ours = {"survey": "deskpulse-csat"}
    before = wished(created(), answered(1, 5, **ours))
    after = wished(created(), answered(1, 5, **ours), answered(1, 6, comment="too slow", **ours))
    assert {purpose: after[purpose] for purpose in before} == before
    (more,) = after.keys() - before.keys()
    assert more == "note:csat:deskpulse-csat:comment"
    assert after[more]["lines"] == ["The customer wrote: too slow"]
    assert after[more]["marker"] != before["note:csat:deskpulse-csat"]["marker"]


def test_a_desk_that_tells_the_words_later_gets_them_in_its_one_note() -> None:
    found = wished(created(), answered(1, 5), answered(1, 6, comment="too slow"))
    assert "The customer wrote: too slow" in found["note:csat:csat"]["lines"]
    assert [purpose for purpose in found if purpose.startswith("note:")] == ["note:csat:csat"]


def test_a_comment_that_comes_with_the_score_or_with_another_score_is_in_the_one_note() -> None:
    together = wished(created(), answered(1, 5, comment="too slow"))
    replaced = wished(created(), answered(2, 5), answered(1, 6, comment="too slow"))
    for found in (together, replaced):
        assert "The customer wrote: too slow" in found["note:csat:csat"]["lines"]
        assert "note:csat:csat:comment" not in found


def test_a_comment_on_a_good_answer_is_no_note_whenever_it_comes() -> None:
    assert set(wished(created(), answered(5, 5), answered(5, 6, comment="quick"))) == {"channel", "score:csat:"}


def test_a_note_is_in_the_language_of_its_account_and_its_marker_in_none() -> None:
    ticket = ticket_of(created(), answered(2, 5, comment="too slow"))
    found = {code: list(wishes(ticket, rules(), language(code)))[-1].wish for code in ("en", "hr", "bg")}
    assert found["hr"]["lines"] == [
        "CSAT ocjena: 2 na ljestvici od 1 do 5", "Korisnik je napisao: too slow", "Javite se korisniku.",
    ]  # fmt: skip
    assert found["bg"]["lines"][0] == "Оценка CSAT: 2 по скала от 1 до 5"
    assert len({note["marker"] for note in found.values()}) == 1


def test_a_bad_answer_gets_one_note_with_score_and_comment() -> None:
    found = wished(created(), answered(2, 5, comment="too slow"))
    note = found["note:csat:csat"]
    assert note["lines"][0] == "CSAT answer: 2 on the scale 1 to 5"
    assert "The customer wrote: too slow" in note["lines"]
    assert note["marker"].startswith("[deskpulse:")
    assert wished(created(), answered(1, 9))["note:csat:csat"]["marker"] == note["marker"]


@pytest.mark.parametrize(
    ("below", "score", "low"), [(3, 2, True), (3, 3, False), (None, 2, True), (None, 3, False), (5, 4, True)]
)
def test_low_is_below_the_accounts_threshold_or_else_negative(below: float | None, score: int, low: bool) -> None:
    survey = {"scale": [1, 5]} | ({"follow_up_below": below} if below else {})
    (answer,) = ticket_of(created(), answered(score, 1)).standing_answers()
    assert is_low(answer, rules(surveys={"csat": survey})) is low


def test_a_threshold_is_of_its_own_scale() -> None:
    (answer,) = ticket_of(created(), answered(1, 1, scale=[0, 1])).standing_answers()
    assert not is_low(answer, rules(surveys={"csat": {"scale": [1, 5], "follow_up_below": 3}}))


def test_without_a_threshold_an_effort_score_asks_for_no_follow_up() -> None:
    assert "note:ces:ces" not in wished(created(), answered(1, 5, kind="ces"))


def ask(runtime: Runtime, wish: Wish) -> dict[str, Any]:
    """Ask for a wish and read what stands."""
    with runtime.database.write() as connection:
        ask_actions(connection, "acme", {"T1": [wish]}, now=runtime.clock())
    with runtime.database.read() as connection:
        row = connection.execute(select(schema.actions)).one()
    return {"state": row.state, **orjson.loads(row.wish)}


def fulfil(runtime: Runtime) -> None:
    """The desk did what was asked."""
    with runtime.database.write() as connection:
        connection.execute(update(schema.actions).values(state="done", held=schema.actions.c.wish))


def test_a_wish_that_stands_is_not_asked_for_again(runtime: Runtime) -> None:
    add_account(runtime)
    wish = Wish("channel", {"kind": "tag", "tag": "channel-chat"})
    assert ask(runtime, wish)["state"] == "waiting"
    fulfil(runtime)
    assert ask(runtime, wish)["state"] == "done"


def test_another_channel_replaces_our_own_tag_and_going_back_takes_both_steps_back(runtime: Runtime) -> None:
    add_account(runtime)
    chat, email = ({"kind": "tag", "tag": f"channel-{name}"} for name in ("chat", "email"))
    ask(runtime, Wish("channel", chat))
    fulfil(runtime)
    assert ask(runtime, Wish("channel", email)) == {"state": "waiting", **email, "remove": ["channel-chat"]}
    assert ask(runtime, Wish("channel", chat)) == {"state": "waiting", **chat, "remove": ["channel-email"]}


def test_a_note_that_was_posted_is_never_posted_again(runtime: Runtime) -> None:
    add_account(runtime)
    note = {"kind": "note", "marker": "[deskpulse:1]", "lines": ["a"]}
    ask(runtime, Wish("note:csat:csat", note))
    assert ask(runtime, Wish("note:csat:csat", {**note, "lines": ["a", "b"]}))["lines"] == ["a", "b"]
    fulfil(runtime)
    assert ask(runtime, Wish("note:csat:csat", {**note, "lines": ["c"]}))["state"] == "done"


def test_many_hints_are_one_refresh_and_a_live_one_makes_it_live(runtime: Runtime, clock: Clock) -> None:
    add_account(runtime)
    for origin in ("backfill", "live", "reconcile"):
        with runtime.database.write() as connection:
            ask_refreshes(connection, "acme", {"T1"}, origin, now=clock())
    with runtime.database.read() as connection:
        row = connection.execute(select(schema.refreshes)).one()
    assert (row.wanted, row.origin, row.state) == (3, "live", "waiting")
