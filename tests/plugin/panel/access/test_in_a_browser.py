"""In a real browser: each desk's way in, inside a frame of another origin over https, and who may not frame us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Frame, Page
from werkzeug.serving import make_ssl_devcert

from integrations.panels import panel_secret
from integrations.times import SECOND
from tests.browser.showing import chromium
from tests.desks.serving import serving
from tests.plugin.panel.access.world import COOKIE_NAME, PASSWORD, Panel
from workers.runtime import now

pytestmark = pytest.mark.slow

_FRAME = """<!doctype html><title>desk</title><h1>desk</h1>
<iframe name="ours" src="{src}" width="600" height="500"></iframe>
{form}<script>
const frame = document.querySelector("iframe");
window.addEventListener("message", (message) => {{
  if (message.data === "chatwoot-dashboard-app:fetch-info") {{
    const told = {{event: "appContext", data: {{conversation: {{id: 17}}}}}};
    frame.contentWindow.postMessage(JSON.stringify(told), "*");
  }}
}});
const form = document.querySelector("form");
if (form) {{ form.submit(); }}
</script>"""


@dataclass
class Desk:
    """A page of another origin that frames us; `shown` is what it says next."""

    house: Panel
    certificate: tuple[str, str]
    shown: str = ""

    def frames(self, path: str, *, form: str = "") -> None:
        self.shown = _FRAME.format(src=path, form=form)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("--host-resolver-rules=MAP *.example 127.0.0.1") as started:
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(ignore_https_errors=True)
    made.set_default_timeout(20_000)
    yield made
    made.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return make_ssl_devcert(str(tmp_path_factory.mktemp("tls") / "ours"), cn="*.example")


@pytest.fixture
def desk(house: Panel, certificate: tuple[str, str]) -> Desk:
    house.clock.now = now()
    return Desk(house, certificate)


@contextmanager
def both(desk: Desk) -> Iterator[tuple[str, str]]:
    """The addresses of the panel and of the desk around it."""
    around = Flask("desk")
    around.add_url_rule("/", "page", lambda: desk.shown)
    with serving(desk.house.app, desk.certificate) as ours, serving(around, desk.certificate) as theirs:
        yield ours.replace("127.0.0.1", "pulse.example"), theirs.replace("127.0.0.1", "desk.example")


def in_frame(page: Page, path: str) -> Frame:
    """Our frame, once it shows this page."""
    page.frame_locator("iframe").get_by_role("link", name="Overview").wait_for()
    found = next(frame for frame in page.frames if path in frame.url)
    assert "t=eyJ" in found.url
    return found


def signs_in(page: Page) -> None:
    frame = page.frame_locator("iframe")
    frame.get_by_label("User name").fill("eva")
    frame.get_by_label("Password").fill(PASSWORD)
    frame.get_by_role("button", name="Sign in").click()


def goes_on(page: Page, context: BrowserContext, slug: str) -> None:
    """From link to link and through a form, without any cookie."""
    in_frame(page, f"/panel/{slug}/").get_by_role("link", name="Overview").click()
    in_frame(page, f"/panel/{slug}/overview").get_by_role("button", name="Sign out").click()
    page.frame_locator("iframe").get_by_role("heading", name="You are signed out").wait_for()
    assert context.cookies() == []


@pytest.mark.parametrize(
    ("name", "query", "leads"),
    [
        ("chatwoot", "", "/ticket/17"), ("freshdesk", "?ticket=31", "/ticket/31"),
        ("liveagent", "?ticket=ab12cd", "/ticket/ab12cd"),
    ],
)  # fmt: skip
def test_one_signs_in_inside_the_desk_and_goes_on_without_a_cookie(
    desk: Desk, context: BrowserContext, name: str, query: str, leads: str
) -> None:
    with both(desk) as (ours, theirs):
        desk.house.add("framed", desk=name, url=theirs)
        desk.house.user("framed", "eva")
        desk.frames(f"{ours}/panel/framed/in/{name}{query}")
        page = context.new_page()
        page.goto(theirs)
        # The number of the conversation comes by a message, which takes a moment.
        field = page.frame_locator("iframe").locator(f'input[name="next"][value$="{leads}"]')
        field.wait_for(state="attached")
        signs_in(page)
        in_frame(page, f"/panel/framed{leads}")
        goes_on(page, context, "framed")


def test_zendesk_posts_its_token_and_one_is_in(desk: Desk, context: BrowserContext) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    with both(desk) as (ours, theirs):
        desk.house.add("framed", desk="zendesk", url=theirs, credentials={"app_public_key": pem})
        seconds = desk.house.clock() // SECOND
        claims: dict[str, Any] = {
            "iss": "desk.example", "aud": "https://desk.example/api/v2/apps/installations/1.json", "iat": seconds,
            "exp": seconds + 120, "sub": "35436", "context": {"product": "support", "location": "nav_bar"},
        }  # fmt: skip
        token = jwt.encode(claims, key, "RS256")
        address = f"{ours}/panel/framed/in/zendesk"
        field = f'<input type="hidden" name="token" value="{token}">'
        desk.frames("about:blank", form=f'<form method="post" target="ours" action="{address}">{field}</form>')
        page = context.new_page()
        page.goto(theirs)
        assert in_frame(page, "/panel/framed/").get_by_text("zendesk:35436 (viewer)").is_visible()
        goes_on(page, context, "framed")


def test_an_app_of_freshdesks_vouches_for_its_agent(desk: Desk, context: BrowserContext) -> None:
    with both(desk) as (ours, theirs):
        desk.house.add("framed", desk="freshdesk", url=theirs)
        seconds = desk.house.clock() // SECOND
        claims = {"aud": "deskpulse panel", "account": "framed", "sub": "7", "iat": seconds, "exp": seconds + 120}
        token = jwt.encode(claims, panel_secret("whsec_framed"), "HS256")
        desk.frames(f"{ours}/panel/framed/in/freshdesk?token={token}")
        page = context.new_page()
        page.goto(theirs)
        in_frame(page, "/panel/framed/")
        goes_on(page, context, "framed")


@pytest.mark.parametrize("name", ["zammad", "liveagent"])
def test_nobody_else_frames_us(desk: Desk, context: BrowserContext, name: str) -> None:
    with both(desk) as (ours, theirs):
        desk.house.add("framed", desk=name, url="https://another.example")
        desk.frames(f"{ours}/panel/framed/sign-in")
        page = context.new_page()
        with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
            page.goto(theirs)
        assert page.frame_locator("iframe").get_by_label("Password").count() == 0


def test_at_top_level_there_is_one_cookie_that_the_browser_keeps(desk: Desk, context: BrowserContext) -> None:
    with both(desk) as (ours, _):
        page = context.new_page()
        page.goto(f"{ours}/panel/acme/overview")
        page.get_by_label("User name").fill("eva")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Sign out").wait_for()
        assert page.url == f"{ours}/panel/acme/overview"
        (cookie,) = context.cookies()
        assert (cookie["name"], cookie["domain"], cookie["path"]) == (COOKIE_NAME, "pulse.example", "/")
        assert cookie["secure"]
        assert cookie["httpOnly"]
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("heading", name="You are signed out").wait_for()
        assert context.cookies() == []
