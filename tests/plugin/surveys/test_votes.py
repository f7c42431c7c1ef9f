"""A vote is a POST that is kept before it is thanked for; a program's is kept as well, and doubted."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy import select

from integrations.times import MINUTE, SECOND
from tests.plugin.surveys.world import PHONE, World, hidden
from tests.workers.standing import rows
from tests.workers.stories import created
from tests.workers.surveys.test_sending import take
from workers.store import schema


@pytest.fixture
def asked(world: World) -> str:
    """The link of a ticket that the account knows."""
    account = world.account()
    take(world.runtime, account, created(), origin="import")
    return world.link(account)


def answers(world: World) -> list[tuple[float, bool, str | None]]:
    world.take_in()
    found = sorted(rows(world.runtime, schema.answers), key=lambda one: one.at)
    return [(one.score, one.valid, one.reason) for one in found]


def verdict(world: World) -> str | None:
    (call,) = world.kept()
    return str(call["suspect"]) if "suspect" in call else None


class TestOpening:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        """Nothing of it hangs on the database."""
        return sqlite_url

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    def test_it_never_votes(self, world: World, asked: str, method: str) -> None:
        for score in (1, 2, 3, 4, 5):
            world.browser.open(f"{asked}?score={score}", method=method)
        assert (world.kept(), world.nudges, answers(world)) == ([], [], [])

    def test_a_head_request_has_no_body(self, world: World, asked: str) -> None:
        page = world.browser.head(asked)
        assert (page.status_code, page.data) == (200, b"")


class TestAPersonsVote:
    def test_it_is_committed_when_the_thanks_are_read(self, world: World, asked: str) -> None:
        assert world.vote(asked, 4).status_code == 200
        (call,) = world.kept()
        evidence = call.pop("evidence")
        assert call == {
            "ticket": "T1", "kind": "csat", "survey": "deskpulse-csat", "score": 4, "scale": [1, 5], "version": "1",
            "touchpoint": "after resolution",
        }  # fmt: skip
        assert evidence["agent"] == PHONE
        assert evidence["voted_at"] - evidence["form_at"] == 4 * SECOND
        assert [opened[1:3] for opened in evidence["opens"]] == [["GET", None]]
        assert world.nudges == [None]

    def test_it_counts(self, world: World, asked: str) -> None:
        world.vote(asked, 4)
        assert answers(world) == [(4, True, None)]

    def test_a_second_answer_replaces_the_first(self, world: World, asked: str) -> None:
        world.vote(asked, 2)
        world.vote(asked, 5)
        assert answers(world) == [(5, True, None)]

    def test_pressing_twice_is_one_answer(self, world: World, asked: str) -> None:
        world.clock.now += MINUTE
        form = {**hidden(world.browser.get(asked).text), "score": "3"}
        world.clock.now += 3 * SECOND
        assert [world.browser.post(asked, data=form).status_code for _ in range(3)] == [200, 200, 200]
        assert len(world.kept()) == 1

    def test_going_back_to_an_answer_is_an_answer(self, world: World, asked: str) -> None:
        world.clock.now += MINUTE
        form = hidden(world.browser.get(asked).text)
        for score in ("5", "2", "2", "5", "5", "2"):
            world.clock.now += 3 * SECOND
            page = world.browser.post(asked, data={**form, "score": score})
            assert f"We have your answer: {score}" in page.text
        assert [call["score"] for call in world.kept()] == [5, 2, 5, 2]
        assert answers(world) == [(2, True, None)]

    def test_thanks_that_are_loaded_again_do_not_take_the_comment_away(self, world: World, asked: str) -> None:
        world.clock.now += MINUTE
        first = {**hidden(world.browser.get(asked).text), "score": "4"}
        world.clock.now += 3 * SECOND
        thanks = world.browser.post(asked, data=first)
        world.clock.now += 3 * SECOND
        world.browser.post(asked, data={**hidden(thanks.text), "comment": "Quick."})
        world.browser.post(asked, data=first)
        assert [call.get("comment") for call in world.kept()] == [None, "Quick."]

    def test_a_preselected_score_that_is_sent_is_a_vote_for_what_was_pressed(self, world: World, asked: str) -> None:
        world.vote(asked, 2, query="?score=4")
        assert answers(world) == [(2, True, None)]

    def test_neither_address_nor_user_agent_is_kept_outside_of_the_body(self, world: World, asked: str) -> None:
        world.vote(asked, 5)
        world.take_in()
        calls = schema.calls.c
        with world.runtime.database.door.connect() as connection:
            (kept,) = connection.execute(select(calls.headers, calls.query, calls.body, calls.desk)).all()
        assert (kept.headers, kept.query, kept.desk) == ("{}", "{}", "surveys")
        assert b"127.0.0.1" not in bytes(kept.body)
        events = "".join(str(one) for one in rows(world.runtime, schema.events))
        assert "Mozilla" not in events
        assert "evidence" not in events


class TestAProgramsVote:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        """Nothing of it hangs on the database."""
        return sqlite_url

    def test_without_the_form(self, world: World, asked: str) -> None:
        world.clock.now += MINUTE
        page = world.browser.post(asked, data={"score": "1"})
        assert "Thank you!" in page.text
        assert verdict(world) == "no_form"
        assert answers(world) == [(1, False, "suspect:no_form")]

    def test_with_the_form_of_another_link(self, world: World, asked: str) -> None:
        world.clock.now += MINUTE
        other = hidden(world.browser.get(world.link(world.account("b"))).text)
        world.clock.now += 5 * SECOND
        world.browser.post(asked, data={**other, "score": "1"})
        assert verdict(world) == "no_form"

    @pytest.mark.parametrize("form", ["", ".", "zz.ab", "ffffffffffffffff.00", "5.é", "-5.00", "0x5.00", " 1.x"])
    def test_with_an_invented_form(self, world: World, asked: str, form: str) -> None:
        world.clock.now += MINUTE
        world.browser.post(asked, data={"form": form, "score": "1"})
        assert verdict(world) == "no_form"

    def test_faster_than_a_person(self, world: World, asked: str) -> None:
        world.clock.now += MINUTE
        form = hidden(world.browser.get(asked).text)
        world.clock.now += SECOND // 5
        world.browser.post(asked, data={**form, "score": "1"})
        assert verdict(world) == "too_fast"

    def test_before_the_message_can_have_arrived(self, world: World, asked: str) -> None:
        form = hidden(world.browser.get(asked).text)
        world.clock.now += 3 * SECOND
        world.browser.post(asked, data={**form, "score": "1"})
        assert verdict(world) == "soon_after_sending"

    def test_after_opening_every_option(self, world: World, asked: str) -> None:
        world.clock.now += MINUTE
        for score in (1, 2, 3, 4, 5):
            page = world.browser.get(f"{asked}?score={score}")
            world.clock.now += SECOND // 2
        world.clock.now += SECOND
        world.browser.post(asked, data={**hidden(page.text), "score": "5"})
        assert verdict(world) == "several_options"

    def test_after_probing(self, world: World, asked: str) -> None:
        world.clock.now += MINUTE
        world.browser.head(asked)
        form = hidden(world.browser.get(asked).text)
        world.clock.now += 2 * SECOND
        world.browser.post(asked, data={**form, "score": "5"})
        assert verdict(world) == "probed"

    @pytest.mark.parametrize(
        ("headers", "why"),
        [
            ({"User-Agent": "python-requests/2.32"}, "scanner"),
            ({"User-Agent": ""}, "scanner"),
            ({"Sec-Purpose": "prefetch;prerender"}, "prefetch"),
            ({"Purpose": "prefetch"}, "prefetch"),
        ],
    )
    def test_by_what_it_says_of_itself(self, world: World, asked: str, headers: dict[str, str], why: str) -> None:
        world.clock.now += MINUTE
        form = hidden(world.browser.get(asked).text)
        world.clock.now += 5 * SECOND
        world.browser.post(asked, data={**form, "score": "5"}, headers=headers)
        assert verdict(world) == why

    def test_a_person_after_it_is_believed_and_the_doubted_answer_stays_apart(self, world: World, asked: str) -> None:
        world.clock.now += MINUTE
        for score in (1, 2, 3, 4, 5):
            world.browser.get(f"{asked}?score={score}")
        world.browser.post(asked, data={"score": "1"})
        world.vote(asked, 5)
        assert answers(world) == [(1, False, "suspect:no_form"), (5, True, None)]

    def test_it_takes_nothing_from_a_person_before_it(self, world: World, asked: str) -> None:
        world.vote(asked, 5)
        world.clock.now += MINUTE
        world.browser.post(asked, data={"score": "1"})
        assert answers(world) == [(5, True, None), (1, False, "suspect:no_form")]

    def test_reading_it_again_changes_nothing(self, world: World, asked: str) -> None:
        from workers.replay import replay

        world.clock.now += MINUTE
        world.browser.post(asked, data={"score": "1"})
        before = answers(world)
        events = [orjson.loads(one.data) for one in rows(world.runtime, schema.events)]
        assert replay(world.runtime, "acme", [1]).read == 1
        assert answers(world) == before
        assert [orjson.loads(one.data) for one in rows(world.runtime, schema.events)] == events


def test_an_answer_about_a_ticket_that_was_forgotten_brings_nothing_back(world: World, asked: str) -> None:
    from workers.forget import forget

    forget(world.runtime, "acme", "ana")
    world.vote(asked, 1, comment="Who am I?")
    assert answers(world) == []
    assert rows(world.runtime, schema.tickets) == []


def test_what_the_body_says_about_opens_is_bounded(world: World, asked: str) -> None:
    world.clock.now += MINUTE
    for _ in range(25):
        world.browser.get(asked)
    world.clock.now += 2 * SECOND
    world.browser.post(asked, data={"score": "5"}, headers={"User-Agent": "x" * 5000})
    (call,) = world.kept()
    evidence: dict[str, Any] = call["evidence"]
    assert (len(evidence["opens"]), len(evidence["agent"])) == (20, 300)
