"""Nothing is shown across accounts: every address of the panel, with every proof that is not for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from plugin import errors
from plugin.panel import panel
from plugin.panel.access.tokens import COOKIE, ENTRY
from tests.plugin.panel.access.world import COOKIE_NAME, FRAME, OWN_FORM, Panel, cookies, get, hidden

#: What anybody may ask for: it proves who one is, or asks for that.
OPEN = ("panel.access.", "panel.ways.", "panel.static")
VALUES = {"account": "acme", "metric": "csat", "ticket": "12", "rest": "nothing", "what": "x"}
SIGNS = ("Sign in", "signed out", "does not open", "Only leads", "not for other sites", "Nothing was changed")


def closed(app: Flask) -> Iterator[tuple[str, str]]:
    """Every method and address of the pages of the account acme."""
    adapter = app.url_map.bind("pulse.example", url_scheme="https")
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith(OPEN):
            for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
                yield method, adapter.build(rule.endpoint, _values(rule), method=method)


def _values(rule: Rule) -> dict[str, str]:
    return {name: VALUES.get(name, "x") for name in rule.arguments}


@dataclass(frozen=True)
class Foreign:
    """Somebody of the account beta, a lead there, who asks for a page of acme."""

    house: Panel
    app: Flask

    def browser(self, cookie: str = "") -> FlaskClient:
        made = self.app.test_client()
        if cookie:
            made.set_cookie(COOKIE_NAME, cookie, domain="pulse.example", secure=True)
        return made

    def with_nothing(self, method: str, path: str) -> TestResponse:
        return self._ask(self.browser(), method, path)

    def with_a_cookie_of_theirs(self, method: str, path: str) -> TestResponse:
        return self._ask(self.browser(self.house.token("beta", "lea", purpose=COOKIE)), method, path)

    def with_a_form_of_theirs(self, method: str, path: str) -> TestResponse:
        browser = self.browser(self.house.token("beta", "lea", purpose=COOKIE))
        return self._ask(browser, method, path, **hidden(get(self.house.signed_in("beta", "lea"), "/panel/beta/")))

    def with_a_token_of_theirs(self, method: str, path: str) -> TestResponse:
        return self._ask(self.browser(), method, path, t=self.house.token("beta", "lea"))

    def with_a_token_that_says_it_is_ours(self, method: str, path: str) -> TestResponse:
        claims = self.house.token("beta", "lea", account="acme")
        return self._ask(self.browser(), method, path, t=claims)

    def with_an_entry_of_ours(self, method: str, path: str) -> TestResponse:
        return self._ask(self.browser(), method, path, t=self.house.token("acme", "lea", purpose=ENTRY))

    def with_a_cookie_of_ours_as_a_token(self, method: str, path: str) -> TestResponse:
        return self._ask(self.browser(), method, path, t=self.house.token("acme", "lea", purpose=COOKIE))

    def _ask(self, browser: FlaskClient, method: str, path: str, **values: str) -> TestResponse:
        form = values if method != "GET" else {}
        headers = FRAME if method == "GET" and not browser.get_cookie(COOKIE_NAME, "pulse.example") else OWN_FORM
        return browser.open(
            path, method=method, base_url="https://pulse.example", headers=headers, data=form or None,
            query_string={} if form else values,
        )  # fmt: skip


TRIES: dict[str, Callable[[Foreign, str, str], TestResponse]] = {
    name: try_ for name, try_ in vars(Foreign).items() if name.startswith("with_")
}


@pytest.fixture
def everything(house: Panel) -> Flask:
    """The panel with the pages that it really has."""
    app = Flask("plugin", static_folder=None)
    errors.register(app)
    app.register_blueprint(panel(house.settings, house.database, clock=house.clock))
    return app


@pytest.mark.parametrize("name", TRIES)
def test_every_page_refuses_who_is_not_of_its_account(house: Panel, everything: Flask, name: str) -> None:
    foreign, addresses = Foreign(house, everything), list(closed(everything))
    assert len(addresses) >= 7
    for method, path in addresses:
        assert path.startswith("/panel/acme/"), path
        answer = TRIES[name](foreign, method, path)
        assert answer.status_code in (401, 403), (method, path)
        assert any(sign in answer.text for sign in SIGNS), (method, path)
        assert "beta" not in answer.text
        assert cookies(answer) == []


def test_the_same_pages_are_there_for_those_who_are(house: Panel, everything: Flask) -> None:
    """Else the test above could pass by refusing everybody."""
    seen = []
    for method, path in closed(everything):
        if method == "GET":
            token = house.token("acme", "lea")
            answer = everything.test_client().get(f"{path}?t={token}", base_url="https://pulse.example", headers=FRAME)
            seen.append(answer.status_code)
    assert set(seen) <= {200, 302, 303, 404}
    assert seen.count(200) >= 4


def test_one_desks_account_is_not_opened_through_another_desks_way(house: Panel) -> None:
    house.add("zen", desk="zendesk", url="https://zen.zendesk.example")
    for path in ("/panel/zen/in/liveagent", "/panel/acme/in/chatwoot", "/panel/nowhere/in/liveagent"):
        answer = get(house.browser(), path, FRAME)
        assert answer.status_code == 401
        assert "The desk did not say who you are" in answer.text
