"""The page on a real database, under a clock that the tests move, with the workers behind it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from integrations.times import MINUTE, SECOND
from plugin import errors
from plugin.known_accounts import KnownAccounts
from plugin.surveys.answering import Reception
from plugin.surveys.pages import surveys
from tests.workers.standing import Clock
from workers import links, pipeline
from workers.accounts import Account
from workers.links import SurveyLink
from workers.runtime import Runtime
from workers.store import accounts, schema
from workers.store.calls import open_writer
from workers.store.keeper import CallKeeper

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1"


@dataclass(frozen=True)
class Source:
    """The accounts as they are in the database."""

    runtime: Runtime

    def find(self, slug: str) -> Account | None:
        with self.runtime.database.read() as connection:
            return accounts.find(connection, slug, self.runtime.vault)

    def stamps(self) -> dict[str, bytes]:
        with self.runtime.database.read() as connection:
            return accounts.stamps(connection)


@dataclass
class World:
    """The page, its browser, and what is behind it."""

    runtime: Runtime
    clock: Clock
    keeper: CallKeeper
    nudges: list[None] = field(default_factory=list)

    def __post_init__(self) -> None:
        app = Flask("plugin", static_folder=None)
        errors.register(app)
        known = KnownAccounts(Source(self.runtime), clock=lambda: self.clock() / SECOND)
        reception = Reception(known, self.keeper, lambda: self.nudges.append(None), self.runtime.vault)
        app.register_blueprint(surveys(reception, clock=self.clock))
        self.app = app

    def account(self, slug: str = "acme", **settings: Any) -> Account:
        """One more account."""
        with self.runtime.database.write() as connection:
            return accounts.add(
                connection, slug, "generic", settings, secret="whsec_a2V5", vault=self.runtime.vault, now=self.clock()
            )

    def link(self, account: Account, **told: Any) -> str:
        """The path of a link that was handed over now."""
        usual = {"account": account.slug, "ticket": "T1", "kind": "csat", "scale": (1, 5), "asked_at": self.clock()}
        token = links.make(SurveyLink(**{**usual, **told}), links.keys_of(self.runtime.vault, account))
        return links.address("", token)

    @property
    def browser(self) -> FlaskClient:
        """Somebody's telephone."""
        client = self.app.test_client()
        client.environ_base["HTTP_USER_AGENT"] = PHONE
        return client

    def vote(self, path: str, score: object, *, comment: str = "", query: str = "") -> TestResponse:
        """A person opens the page a while after it was sent, thinks, and presses a button."""
        self.clock.now += MINUTE
        page = self.browser.get(path + query)
        self.clock.now += 4 * SECOND
        return self.browser.post(path, data={**hidden(page.text), "score": str(score), "comment": comment})

    def kept(self) -> list[dict[str, Any]]:
        """The bodies of all calls, in order."""
        calls = schema.calls.c
        with self.runtime.database.door.connect() as connection:
            return [orjson.loads(body) for body in connection.execute(select(calls.body).order_by(calls.id)).scalars()]

    def take_in(self) -> None:
        """Let the workers read what was kept."""
        while pipeline.take_in(self.runtime):
            pass


@contextmanager
def opened(runtime: Runtime, clock: Clock) -> Iterator[World]:
    keeper = CallKeeper(partial(open_writer, runtime.database.door))
    try:
        yield World(runtime, clock, keeper)
    finally:
        keeper.close()


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the form on a page."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))


def buttons(page: str) -> list[str]:
    """What the buttons that give a score say, for a person who sees them."""
    found = re.findall(r'<button name="score"[^>]*>(.*?)</button>', page)
    return [html.unescape(re.sub(r'<span class="unseen">.*?</span>', "", one)) for one in found]


def seen(page: str) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<main>")[2])).split())
