"""A panel with accounts and users of its own, whose browsers say what real ones say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from integrations.times import SECOND, Instant
from plugin import errors
from plugin.panel import AddViews, panel
from plugin.panel.access.house import House
from plugin.panel.access.sign_in import add_sign_out
from plugin.panel.access.tokens import COOKIE, PANEL, Claims, signed
from plugin.panel.ways_in.which import add_open_ticket
from tests.plugin.panel.access.placeholder import add_views, ticket_fragment
from workers.accounts import Account, Secret
from workers.rules import rules_of
from workers.secrets import vault
from workers.settings import Settings
from workers.store import accounts, users
from workers.store.database import Database
from workers.store.users import User

NONE: Mapping[str, str] = {}
HOME = "https://pulse.example"
PASSWORD = "correct horse battery"
COOKIE_NAME = "__Host-deskpulse"
#: What a browser says of a page at top level, of one inside a frame, and of a form on one of our pages.
TOP = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "none"}
FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site"}
OWN_FORM = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}
OWN_FORM_IN_FRAME = {**OWN_FORM, "Sec-Fetch-Dest": "iframe"}


@dataclass
class Clock:
    """Moves only when it is told to."""

    now: Instant = 1_790_000_000 * SECOND

    def __call__(self) -> Instant:
        return self.now

    def go(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)


@dataclass
class Panel:
    """The application with nothing in it but the panel, and what stands behind it."""

    settings: Settings
    database: Database
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.vault = vault(self.settings)
        self.house = House(self.settings, self.database, self.vault, self.clock)
        # Its own pages are tested elsewhere; here each is only a place that one may reach or not.
        self.app = self.application((add_sign_out, add_open_ticket, add_views))

    def application(self, views: tuple[AddViews, ...]) -> Flask:
        """A panel with these pages."""
        app = Flask("plugin", static_folder=None)
        errors.register(app)
        made = panel(self.settings, self.database, clock=self.clock, views=views, fragment=ticket_fragment)
        app.register_blueprint(made)
        return app

    def browser(self) -> FlaskClient:
        """A browser without any cookie."""
        return self.app.test_client()

    def add(
        self,
        slug: str,
        *,
        desk: str = "liveagent",
        url: str = "",
        credentials: Mapping[str, str] = NONE,
        **more: Any,
    ) -> Account:
        """An account of this desk; `more` are settings."""
        given = {**more, "desk": {"url": url}} if url else more
        with self.database.write() as connection:
            made = accounts.add(
                connection, slug, desk, given, secret=f"whsec_{slug}", vault=self.vault, now=self.clock()
            )
            made = replace(made, credentials=credentials)
            accounts.save(connection, made, self.vault)
        return made

    def account(self, slug: str) -> Account:
        found = self.house.account(slug)
        assert found is not None
        return found

    def user(self, slug: str, name: str = "eva", role: str = "viewer") -> User:
        with self.database.write() as connection:
            return users.add(connection, slug, name, role, PASSWORD, now=self.clock())

    def kept(self, slug: str, name: str = "eva") -> User:
        with self.database.read() as connection:
            found = users.find(connection, slug, name)
        assert found is not None
        return found

    def claims(self, slug: str, name: str = "eva", **changes: Any) -> Claims:
        user = self.kept(slug, name)
        return Claims(
            **{
                "account": slug, "user": name, "role": user.role, "via": "password", "number": user.number,
                "began": self.clock() // SECOND, **changes,
            }
        )  # fmt: skip

    def token(self, slug: str, name: str = "eva", *, purpose: str = PANEL, **changes: Any) -> str:
        """What a sign-in of this user gives out."""
        claims = self.claims(slug, name, **changes)
        return signed(claims, purpose, self.house.keys(self.account(slug)), now=self.clock())

    def signed_in(self, slug: str, name: str = "eva") -> FlaskClient:
        """A browser that holds this user's cookie."""
        browser = self.browser()
        browser.set_cookie(COOKIE_NAME, self.token(slug, name, purpose=COOKIE), domain="pulse.example", secure=True)
        return browser


def account_of(slug: str, desk: str = "liveagent", **more: Any) -> Account:
    """An account that is in no database."""
    given = {"settings": {}, "rules": rules_of({}, 1), "secrets": (Secret(f"whsec_{slug}"),), "credentials": {}}
    return Account(slug=slug, desk=desk, **{**given, "customer_key": b"k" * 32, **more})


def get(browser: FlaskClient, path: str, headers: dict[str, str] = TOP, **more: Any) -> TestResponse:
    return browser.get(path, base_url=HOME, headers=headers, **more)


def post(
    browser: FlaskClient, path: str, data: dict[str, Any], headers: dict[str, str] = OWN_FORM, **more: Any
) -> TestResponse:
    return browser.post(path, base_url=HOME, headers=headers, data=data, **more)


def hidden(answer: TestResponse) -> dict[str, str]:
    """The hidden fields of a page, which its form would send."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text)
    return {name: unescape(value) for name, value in found}


def links(answer: TestResponse) -> list[str]:
    return [unescape(address) for address in re.findall(r'<a href="([^"]+)"', answer.text)]


def title(answer: TestResponse) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.text)
    assert found, answer.text
    return unescape(found[1])


def cookies(answer: TestResponse) -> list[str]:
    return answer.headers.getlist("Set-Cookie")
