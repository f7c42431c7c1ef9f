"""The headers of every page, also of those that refuse: who may frame it, and nothing from elsewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest

from plugin.panel.ways_in.places import ancestors, origin_of
from tests.plugin.panel.access.world import Panel, account_of, get, post
from workers.accounts import Account
from workers.rules import SettingsSchema

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors "
)


def framers(answer: Any) -> str:
    policy: str = answer.headers["Content-Security-Policy"]
    assert policy.startswith(POLICY)
    return policy.removeprefix(POLICY)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/panel/acme/", 200), ("/panel/acme/figure/csat", 200), ("/panel/acme/nothing", 404),
        ("/panel/beta/", 401), ("/panel/acme/sign-in", 200), ("/panel/acme/in/liveagent", 200),
        ("/panel/acme/in/zendesk", 404), ("/panel/nowhere/", 401), ("/", 200), ("/panel/acme/enter", 401),
    ],
)  # fmt: skip
def test_every_page_says_the_same_but_for_who_may_frame_it(house: Panel, path: str, status: int) -> None:
    answer = get(house.signed_in("acme"), path)
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    slug = re.match(r"/panel/(acme|beta)/", path)
    assert framers(answer) == (f"https://{slug[1]}.ladesk.example" if slug else "'none'")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "X-Frame-Options" not in answer.headers


def test_a_page_after_a_form_has_them_too(house: Panel) -> None:
    answer = post(house.browser(), "/panel/acme/sign-in", {"name": "eva", "password": "wrong"})
    assert framers(answer) == "https://acme.ladesk.example"


def test_no_page_holds_a_script_or_a_style_of_its_own(house: Panel) -> None:
    house.add("chat", desk="chatwoot", url="https://chat.example")
    for path in ("/", "/panel/acme/", "/panel/nowhere/", "/panel/chat/in/chatwoot"):
        text = get(house.browser(), path).text
        assert not re.search(r"<style|style=|\son\w+=|javascript:", text, re.I)
        assert re.findall(r"<script(?![^>]*\ssrc=)", text) == []


def test_what_is_the_same_for_all_needs_nobody(house: Panel) -> None:
    for name in ("access.css", "chatwoot.js", "frame.js", "zendesk.js"):
        answer = get(house.browser(), f"/static/panel/{name}", buffered=True)
        assert answer.status_code == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" not in answer.headers.get("Cache-Control", "")


def of(desk: str, url: str = "", *origins: str) -> Account:
    settings: dict[str, Any] = {"desk": {"url": url}} if url else {}
    return account_of("acme", desk, settings={**settings, "panel": {"origins": list(origins)}})


class TestWhoMayFrame:
    @pytest.mark.parametrize("desk", ["zendesk", "chatwoot", "freshdesk", "liveagent"])
    def test_the_desk_itself_by_its_origin_alone(self, desk: str) -> None:
        assert ancestors(of(desk, "https://Help.Example/agent/?x=1#y")) == "https://help.example"
        assert ancestors(of(desk, "http://127.0.0.1:9000")) == "http://127.0.0.1:9000"

    @pytest.mark.parametrize("desk", ["zammad", "django_helpdesk", "generic"])
    def test_a_desk_that_frames_nothing_may_not_either(self, desk: str) -> None:
        assert ancestors(of(desk, "https://help.example")) == "'none'"

    def test_whoever_the_settings_name(self) -> None:
        account = of("freshdesk", "https://acme.freshdesk.example", "https://*.cdn.example", "https://x.example:8443")
        assert ancestors(account) == "https://acme.freshdesk.example https://*.cdn.example https://x.example:8443"
        assert ancestors(of("zammad", "https://help.example", "https://portal.example")) == "https://portal.example"

    def test_each_once(self) -> None:
        assert ancestors(of("zendesk", "https://a.example", "https://a.example")) == "https://a.example"

    def test_nobody_where_there_is_no_account(self) -> None:
        assert ancestors(None) == "'none'"
        assert ancestors(of("zendesk")) == "'none'"
        assert ancestors(of("zendesk", "", "https://a.example")) == "https://a.example"

    @pytest.mark.parametrize(
        "address",
        ["https://a.example; script-src *", "https://a.example b", "javascript:alert(1)", "//a.example", "a.example",
         "https://", "https://*", "*", "https://a.example\r\nX: y", "data:text/html,x", "https://[::1", "'self'",
         "https://a_b.example", "ftp://a.example"],
    )  # fmt: skip
    def test_what_is_no_origin_gets_into_no_header(self, address: str) -> None:
        found = origin_of(address)
        assert found in ("", "https://a.example")
        assert not re.search(r"[\s;,']", found)

    def test_settings_take_what_the_header_takes(self) -> None:
        for origin in ("https://a.example", "http://a.example:81", "https://*.a.example"):
            assert SettingsSchema().load({"panel": {"origins": [origin]}})
            assert origin_of(origin) == origin
