"""From Chatwoot, Freshdesk and LiveAgent: a hint is no proof, a secret opens no more than it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jwt
import pytest
from flask import Flask

import plugin.panel
from integrations.panels import HEADER, panel_secret
from integrations.times import DAY, SECOND
from tests.plugin.panel.access.scripts import ran
from tests.plugin.panel.access.world import (
    FRAME,
    OWN_FORM_IN_FRAME,
    PASSWORD,
    TOP,
    Panel,
    cookies,
    get,
    hidden,
    post,
    title,
)
from workers.store import accounts

SECRET = panel_secret("whsec_acme")
LIVEAGENT = "/panel/acme/in/liveagent"


class TestChatwoot:
    @pytest.fixture
    def chat(self, house: Panel) -> Panel:
        house.add("chat", desk="chatwoot", url="https://chat.example/")
        house.user("chat", "eva")
        return house

    def test_one_signs_in_inside_the_frame_and_goes_on_with_a_token(self, chat: Panel) -> None:
        browser = chat.browser()
        page = get(browser, "/panel/chat/in/chatwoot", FRAME)
        assert (page.status_code, hidden(page)) == (200, {"next": "/panel/chat/", "frame": "1"})
        form = {**hidden(page), "name": "eva", "password": PASSWORD}
        answer = post(browser, "/panel/chat/sign-in", form, OWN_FORM_IN_FRAME)
        assert cookies(answer) == []
        assert get(browser, answer.headers["Location"], FRAME).status_code == 200

    def test_the_page_around_only_chooses_where_the_sign_in_leads(self, chat: Panel) -> None:
        page = get(chat.browser(), "/panel/chat/in/chatwoot", FRAME)
        assert 'data-desk="https://chat.example" data-ticket="/panel/chat/ticket/0"' in page.text
        assert '<script src="/static/panel/chatwoot.js" defer></script>' in page.text
        form = {"next": "/panel/chat/ticket/17", "frame": "1", "name": "eva"}
        assert post(chat.browser(), "/panel/chat/sign-in", {**form, "password": "wrong"}).status_code == 401
        answer = post(chat.browser(), "/panel/chat/sign-in", {**form, "password": PASSWORD})
        assert answer.headers["Location"].startswith("/panel/chat/ticket/17?t=")

    @pytest.mark.parametrize(
        ("origin", "parent", "data", "leads"),
        [
            ("https://chat.example", True, {"event": "appContext", "data": {"conversation": {"id": 17}}}, "/t/17"),
            ("https://evil.example", True, {"event": "appContext", "data": {"conversation": {"id": 17}}}, "/"),
            ("https://chat.example", False, {"event": "appContext", "data": {"conversation": {"id": 17}}}, "/"),
            ("https://chat.example", True, {"event": "appContext", "data": {"conversation": {"id": "1/../x"}}}, "/"),
            ("https://chat.example", True, {"event": "appContext", "data": {"conversation": {"id": -1}}}, "/"),
            ("https://chat.example", True, {"event": "appContext"}, "/"),
            ("https://chat.example", True, {"event": "other", "data": {"conversation": {"id": 17}}}, "/"),
            ("https://chat.example", True, None, "/"),
            ("https://chat.example", True, "{no json", "/"),
        ],
    )  # fmt: skip
    def test_the_script_believes_only_the_desk_itself(
        self, origin: str, parent: bool, data: Any, leads: str, tmp_path: Path
    ) -> None:
        text = data if isinstance(data, str) else json.dumps(data)
        where, told, asked = ran(
            tmp_path,
            "chatwoot.js",
            f"""
            let heard; const asked = [];
            global.Event = class {{ constructor(type) {{ this.type = type; }} }};
            const next = {{value: "/"}}; const told = [];
            const above = {{postMessage: (text, to) => asked.push([text, to])}};
            global.window = {{parent: above, addEventListener: (_, listener) => {{ heard = listener; }}}};
            global.document = {{querySelector: () => ({{
              dataset: {{desk: "https://chat.example", ticket: "/t/0"}}, elements: {{next}},
              dispatchEvent: (event) => told.push(event.type),
            }})}};
            play();
            heard({{source: {"above" if parent else "{}"}, origin: {json.dumps(origin)}, data: {json.dumps(text)}}});
            console.log(JSON.stringify([next.value, told, asked]));
            """,
        )
        assert (where, told) == (leads, ["hint"] if leads != "/" else [])
        assert asked == [["chatwoot-dashboard-app:fetch-info", "https://chat.example"]]


class TestComingBackWithinTenMinutes:
    """`frame.js`, which keeps the last token for this tab where a browser lets it."""

    def seen(self, tmp_path: Path, address: str, *, form: str = "null", kept: str = "{}", top: bool = False) -> Any:
        return ran(
            tmp_path,
            "frame.js",
            f"""
            const kept = {kept}; const went = []; let hint = () => 0; const url = new URL({json.dumps(address)});
            const location = {{pathname: url.pathname, search: url.search, replace: (to) => went.push(to)}};
            const sessionStorage = {{
              getItem: (key) => kept[key] ?? null, setItem: (key, text) => {{ kept[key] = text; }},
              removeItem: (key) => {{ delete kept[key]; }},
            }};
            global.window = {{location, sessionStorage}}; global.window.parent = {"global.window" if top else "{}"};
            const form = {form};
            if (form) {{ form.addEventListener = (_, heard) => {{ hint = heard; }}; }}
            global.document = {{
              querySelector: () => form, getElementById: () => form, addEventListener: () => 0,
            }};
            play();
            const before = [...went]; hint();
            console.log(JSON.stringify([kept, before, went]));
            """,
        )

    def form(self, resume: str, page: str) -> str:
        return json.dumps({"dataset": {"resume": resume}, "elements": {"next": {"value": page}}})

    def test_a_page_in_a_frame_keeps_its_token_for_its_own_account(self, tmp_path: Path) -> None:
        kept, *_ = self.seen(tmp_path, "https://p.example/panel/acme/overview?t=eyJ.a.b")
        assert kept == {"deskpulse.acme": "eyJ.a.b"}

    def test_at_top_level_nothing_is_kept(self, tmp_path: Path) -> None:
        assert self.seen(tmp_path, "https://p.example/panel/acme/?t=eyJ.a.b", top=True)[0] == {}

    def test_the_sign_in_leads_on_at_once_with_what_was_kept_and_only_once(self, tmp_path: Path) -> None:
        form, address = self.form("now", "/panel/acme/ticket/1?a=b"), "https://p.example/panel/acme/in/liveagent"
        kept, before, _ = self.seen(tmp_path, address, form=form, kept='{"deskpulse.acme": "eyJ.a.b"}')
        assert (kept, before) == ({}, ["/panel/acme/ticket/1?a=b&t=eyJ.a.b"])
        assert self.seen(tmp_path, address, form=form)[1] == []

    def test_where_the_desk_says_which_ticket_it_is_that_is_waited_for(self, tmp_path: Path) -> None:
        form, address = self.form("hint", "/panel/acme/ticket/17"), "https://p.example/panel/acme/in/chatwoot"
        _, before, went = self.seen(tmp_path, address, form=form, kept='{"deskpulse.acme": "eyJ.a.b"}')
        assert (before, went) == ([], ["/panel/acme/ticket/17?t=eyJ.a.b"])

    @pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "/panel/beta/", "/panel/acmex/"])
    def test_a_token_is_carried_nowhere_else(self, tmp_path: Path, page: str) -> None:
        address = "https://p.example/panel/acme/in/liveagent"
        kept, before, _ = self.seen(
            tmp_path, address, form=self.form("now", page), kept='{"deskpulse.acme": "eyJ.a.b"}'
        )
        assert (kept, before) == ({"deskpulse.acme": "eyJ.a.b"}, [])


class TestFreshdesk:
    @pytest.fixture
    def fresh(self, house: Panel) -> Panel:
        house.add("fresh", desk="freshdesk", url="https://fresh.freshdesk.example")
        house.user("fresh", "eva")
        return house

    def vouched(self, house: Panel, secret: str = "whsec_fresh", algorithm: str = "HS256", **changes: Any) -> str:
        seconds = house.clock() // SECOND
        good = {"aud": "deskpulse panel", "account": "fresh", "sub": "1003", "iat": seconds, "exp": seconds + 300}
        claims = {name: value for name, value in {**good, **changes}.items() if value is not ...}
        return jwt.encode(claims, panel_secret(secret), algorithm)

    def test_without_a_token_one_signs_in(self, fresh: Panel) -> None:
        page = get(fresh.browser(), "/panel/fresh/in/freshdesk?ticket=31", FRAME)
        assert (page.status_code, hidden(page)["next"]) == (200, "/panel/fresh/ticket/31")

    def test_the_app_vouches_for_its_agent(self, fresh: Panel) -> None:
        token = self.vouched(fresh, ticket=31, role="lead")
        answer = get(fresh.browser(), f"/panel/fresh/in/freshdesk?token={token}", FRAME)
        assert cookies(answer) == []
        assert answer.headers["Location"].startswith("/panel/fresh/ticket/31?t=")
        assert "freshdesk:1003 (lead)" in get(fresh.browser(), answer.headers["Location"], FRAME).text

    @pytest.mark.parametrize("role", ["owner", 5, None, ...])
    def test_another_role_is_a_viewer(self, fresh: Panel, role: Any) -> None:
        answer = get(fresh.browser(), f"/panel/fresh/in/freshdesk?token={self.vouched(fresh, role=role)}", FRAME)
        assert "(viewer)" in get(fresh.browser(), answer.headers["Location"], FRAME).text

    @pytest.mark.parametrize(
        "changes",
        [
            {"secret": "whsec_acme"}, {"algorithm": "HS512"}, {"aud": "panel"}, {"account": "acme"}, {"account": ...},
            {"sub": ...}, {"iat": ...}, {"exp": ...}, {"exp": 1}, {"exp": 2_000_000_000}, {"iat": "x"}, {"sub": 5},
        ],
    )  # fmt: skip
    def test_any_other_token_is_refused(self, fresh: Panel, changes: dict[str, Any]) -> None:
        answer = get(fresh.browser(), f"/panel/fresh/in/freshdesk?token={self.vouched(fresh, **changes)}", FRAME)
        assert (answer.status_code, title(answer)) == (401, "The desk did not say who you are")

    def test_the_accounts_own_secret_signs_none(self, fresh: Panel) -> None:
        seconds = fresh.clock() // SECOND
        claims = {"aud": "deskpulse panel", "account": "fresh", "sub": "1", "iat": seconds, "exp": seconds + 60}
        token = jwt.encode(claims, "whsec_fresh" * 4, "HS256")
        assert get(fresh.browser(), f"/panel/fresh/in/freshdesk?token={token}", FRAME).status_code == 401


class TestLiveAgentsServer:
    def fetched(self, house: Panel, secret: str = SECRET, path: str = f"{LIVEAGENT}?ticket=ab12cd", **more: Any) -> Any:
        return house.browser().open(path, base_url="https://pulse.example", headers={HEADER: secret}, **more)

    def test_with_the_secret_it_gets_a_fragment_and_nothing_that_opens_more(self, house: Panel) -> None:
        answer = self.fetched(house)
        assert answer.status_code == 200
        assert "ab12cd" in answer.text
        assert cookies(answer) == []

    def test_what_it_really_gets_has_no_script_no_form_and_no_way_in(self, house: Panel) -> None:
        app = Flask("plugin", static_folder=None)
        app.register_blueprint(plugin.panel.panel(house.settings, house.database, clock=house.clock))
        address = {"base_url": "https://pulse.example", "headers": {HEADER: SECRET}}
        answer = app.test_client().get(f"{LIVEAGENT}?ticket=ab12cd", **address)
        assert (answer.status_code, cookies(answer)) == (200, [])
        assert not re.search(r"<script|<form|<input|<iframe|eyJ|\son\w+=|[?&]t=", answer.text)

    def test_by_post_too(self, house: Panel) -> None:
        assert "ab12cd" in self.fetched(house, path=LIVEAGENT, method="POST", data={"ticket": "ab12cd"}).text

    @pytest.mark.parametrize(
        "secret", ["", "x", SECRET[:-1], SECRET + "0", "whsec_acme", panel_secret("whsec_beta"), "é"]
    )
    def test_with_another_secret_it_gets_nothing(self, house: Panel, secret: str) -> None:
        answer = self.fetched(house, secret.encode().decode("latin-1"))
        assert answer.status_code == 401
        assert "ab12cd" not in answer.text.replace("ticket/ab12cd", "").replace("ticket=ab12cd", "")

    def test_during_a_rotation_both_are_good_and_then_only_the_new_one(self, house: Panel) -> None:
        changed = accounts.with_new_secret(house.account("acme"), "whsec_new", house.clock())
        with house.database.write() as connection:
            accounts.save(connection, changed, house.vault)
        assert [self.fetched(house, panel_secret(f"whsec_{name}")).status_code for name in ("acme", "new")] == [200] * 2
        house.clock.now += DAY
        assert self.fetched(house).status_code == 401
        assert self.fetched(house, panel_secret("whsec_new")).status_code == 200

    @pytest.mark.parametrize("ticket", ["", "{$conv_conversationid}", "a/b", "<b>", "x" * 65, "é"])
    def test_a_variable_that_was_not_filled_in_is_told(self, house: Panel, ticket: str) -> None:
        answer = self.fetched(house, path=LIVEAGENT, query_string={"ticket": ticket})
        assert answer.status_code == 200
        assert "was not told which ticket" in answer.text
        assert "<b>" not in answer.text


class TestLiveAgentsBrowser:
    def test_there_one_signs_in_whatever_the_address_says(self, house: Panel) -> None:
        page = get(house.browser(), f"{LIVEAGENT}?ticket=ab12cd&contact_email=eva@acme.example", FRAME)
        assert (page.status_code, title(page)) == (200, "Sign in")
        assert hidden(page) == {"next": "/panel/acme/ticket/ab12cd", "frame": "1"}

    def test_opened_by_a_form_it_is_the_same(self, house: Panel) -> None:
        page = post(house.browser(), LIVEAGENT, {"ticket": "ab12cd"}, FRAME)
        assert hidden(page)["next"] == "/panel/acme/ticket/ab12cd"

    def test_a_cookie_is_not_looked_at(self, house: Panel) -> None:
        assert title(get(house.signed_in("acme"), LIVEAGENT, TOP)) == "Sign in"


def test_a_secret_for_the_panel_tells_nothing_of_the_accounts_own() -> None:
    assert SECRET == panel_secret("whsec_acme") != panel_secret("whsec_acmf")
    assert "whsec" not in SECRET
    assert len(SECRET) == 67
