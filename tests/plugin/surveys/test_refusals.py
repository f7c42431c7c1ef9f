"""A link that opens nothing says so kindly and tells nothing; floods wait; what cannot be kept is not thanked for."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from integrations.times import DAY, MINUTE, SECOND
from tests.plugin.surveys.world import World, hidden, seen
from workers import links
from workers.store.keeper import CallKeeper, NotKept


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Who is refused is refused before anything is asked of a database."""
    return sqlite_url


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def bad_tokens(world: World) -> dict[str, str]:
    """Everything that somebody may try instead of a link of the account acme."""
    account, other = world.account("acme"), world.account("other")
    good = world.link(account).rpartition("/")[2]
    head, claims, signature = good.split(".")
    keys = links.keys_of(world.runtime.vault, account)
    told = jwt.decode(good, options={"verify_signature": False})
    foreign = world.link(other).rpartition("/")[2]
    return {
        "nothing": "x",
        "no token": "a.b.c",
        "unsigned": f"{part({'alg': 'none'})}.{claims}.",
        "unsigned in capitals": f"{part({'alg': 'NONE'})}.{claims}.{signature}",
        "unsigned, with a signature": f"{part({'alg': 'none', 'typ': 'JWT'})}.{claims}.{signature}",
        "no signature": f"{head}.{claims}.",
        "another algorithm": jwt.encode(told, keys[0] * 2, "HS512"),
        "another key": jwt.encode(told, b"k" * 32, "HS256"),
        "the key of another account": jwt.encode(told, links.keys_of(world.runtime.vault, other)[0], "HS256"),
        "another ticket": f"{head}.{part({**told, 't': 'T2'})}.{signature}",
        "another account": f"{head}.{part({**told, 'a': 'other'})}.{signature}",
        "a later end": f"{head}.{part({**told, 'exp': told['exp'] + 9})}.{signature}",
        "the claims of another link": f"{head}.{claims}.{foreign.split('.')[2]}",
        "an account that is not there": jwt.encode({**told, "a": "nobody"}, keys[0], "HS256"),
        "cut off": good[:-1],
        "too long": good + "A" * 3000,
        "not ASCII": "é" + good,
    }


NAMES = (
    "nothing", "no token", "unsigned", "unsigned in capitals", "unsigned, with a signature", "no signature",
    "another algorithm", "another key", "the key of another account", "another ticket", "another account",
    "a later end", "the claims of another link", "an account that is not there", "cut off", "too long", "not ASCII",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_link_opens_one_and_the_same_page_and_takes_no_vote(world: World, name: str) -> None:
    tokens = bad_tokens(world)
    assert set(tokens) == set(NAMES)
    path = f"/s/{tokens[name]}"
    usual = world.browser.get("/s/x")
    for page in (world.browser.get(path), world.browser.post(path, data={"score": "5"})):
        assert page.status_code == 404
        assert page.text == usual.text
        assert "This link does not work." in page.text
    assert world.browser.head(path).status_code == 404
    assert (world.kept(), world.nudges) == ([], [])


def test_a_link_whose_time_is_over_is_gone_and_takes_no_vote(world: World) -> None:
    path = world.link(world.account(), days=2)
    world.clock.now += 2 * DAY - SECOND
    page = world.browser.get(path)
    assert page.status_code == 200
    world.clock.now += SECOND
    for late in (world.browser.get(path), world.browser.post(path, data={**hidden(page.text), "score": "5"})):
        assert late.status_code == 410
        assert seen(late.text).startswith("This survey is over. Thank you for taking the time.")
    assert world.kept() == []


def test_the_link_of_one_account_is_never_an_answer_in_another(world: World) -> None:
    acme, other = world.account("acme"), world.account("other", surveys={"csat": {"question": {"en": "Theirs?"}}})
    assert world.vote(world.link(acme), 5).status_code == 200
    assert "Theirs?" not in world.browser.get(world.link(acme)).text
    assert "Theirs?" in world.browser.get(world.link(other)).text
    world.take_in()
    assert [call["ticket"] for call in world.kept()] == ["T1"]


def test_an_account_that_was_removed_opens_nothing(world: World) -> None:
    from workers.removing import remove_account

    path = world.link(world.account())
    assert world.browser.get(path).status_code == 200
    remove_account(world.runtime.database, "acme")
    world.clock.now += 10 * SECOND
    assert world.browser.get(path).status_code == 404


class TestNotKept:
    @pytest.fixture
    def away(self, world: World, monkeypatch: pytest.MonkeyPatch) -> World:
        def refuse(*_: object) -> None:
            raise NotKept("the database did not commit the call in time")

        monkeypatch.setattr(CallKeeper, "keep", refuse)
        return world

    def test_a_vote_that_cannot_be_kept_is_not_thanked_for(self, away: World) -> None:
        page = away.vote(away.link(away.account()), 5)
        assert page.status_code == 503
        assert page.headers["Retry-After"] == "5"
        assert seen(page.text).startswith("We cannot save your answer right now.")
        assert "Thank" not in page.text
        assert away.nudges == []

    def test_accounts_that_cannot_be_read_are_told_in_the_same_way(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = world.link(world.account())

        def fail(*_: object) -> Any:
            raise NotKept("the accounts cannot be read")

        monkeypatch.setattr("plugin.known_accounts.KnownAccounts.find", fail)
        assert world.browser.get(path).status_code == 503


class TestFloods:
    def test_a_link_that_is_opened_again_and_again_waits(self, world: World) -> None:
        path = world.link(world.account())
        pages = [world.browser.get(path) for _ in range(31)]
        assert [page.status_code for page in pages] == [200] * 30 + [429]
        assert 1 <= int(pages[-1].headers["Retry-After"]) <= 20
        assert seen(pages[-1].text).startswith("Too many requests.")

    def test_another_link_of_the_same_account_is_still_opened(self, world: World) -> None:
        account = world.account()
        for _ in range(31):
            world.browser.get(world.link(account))
        assert world.browser.get(world.link(account, ticket="T2")).status_code == 200

    def test_votes_of_one_link_are_kept_up_to_a_number(self, world: World) -> None:
        path = world.link(world.account())
        for number in range(60):
            world.browser.post(path, data={"score": "5", "comment": str(number)})
        assert len(world.kept()) == 30

    def test_an_address_that_tries_links_waits_for_all_of_them(self, world: World) -> None:
        statuses = [world.browser.get(f"/s/x{number}").status_code for number in range(121)]
        assert statuses == [404] * 120 + [429]

    def test_another_address_does_not(self, world: World) -> None:
        path = world.link(world.account())
        client: FlaskClient = world.browser
        for number in range(125):
            client.get(f"/s/x{number}")
        assert client.get(path, environ_overrides={"REMOTE_ADDR": "203.0.113.9"}).status_code == 200


def test_a_body_that_is_too_large_is_refused_and_not_kept(world: World) -> None:
    path = world.link(world.account())
    world.clock.now += MINUTE
    page = world.browser.post(path, data={"score": "5", "comment": "x" * 70_000})
    assert page.status_code == 413
    assert seen(page.text).startswith("Your comment is too long.")
    assert world.kept() == []


def test_a_comment_as_long_as_the_page_allows_is_kept_whole(world: World) -> None:
    world.vote(world.link(world.account()), 5, comment="č" * 2000)
    assert [call["comment"] for call in world.kept()] == ["č" * 2000]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_do_nothing(world: World, method: str) -> None:
    assert world.browser.open(world.link(world.account()), method=method).status_code == 405
    assert world.kept() == []


@pytest.mark.parametrize(
    "form",
    [b"score=%ff%fe", b"score=5&comment=%ed%a0%80", b"score=5&form=%00", b"\xff\xfe", b"score[]=5", b"score=5&score=1"],
)
def test_no_body_makes_it_fail(world: World, form: bytes) -> None:
    path = world.link(world.account())
    page = world.browser.post(path, data=form, content_type="application/x-www-form-urlencoded")
    assert page.status_code in (200, 400)
    world.take_in()
