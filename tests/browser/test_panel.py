"""The panel in a real browser: axe-core, narrow and dark, by keyboard, without scripts, inside another site's frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, Response
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.showing import Show, chromium, copied_world, shared_folder, violations, width_needed
from tests.desks.serving import serving
from tests.plugin.panel.pages.looking import Pages
from workers.store import accounts
from workers.wording.language import LANGUAGES

DESKTOP = {"width": 1280, "height": 900}
TELEPHONE = {"width": 320, "height": 640}
#: Each page once, with data, without, with much and with hostile text.
EACH = (
    "acme/", "acme/overview", "acme/settings", "acme/figure/first_response_time?period=28", "acme/ticket/2986",
    "empty/", "wide/overview?by=department", "nasty/overview?by=agent&period=28", "nasty/answers?period=28",
)  # fmt: skip
#: Each page in the states that it has.
PAGES = (
    "", "overview", "overview?by=tag&period=28", "answers?period=90", "settings", "figure/ticket_volume?period=90",
    "figure/csat?period=28", "figure/answered_within_target?period=28", "figure/first_response_time?tab=tickets",
    "figure/survey_response_rate?tab=explanation", "figure/backlog?period=28", "figure/ces?period=28",
)  # fmt: skip


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Show]:
    folder: Path = tmp_path_factory.mktemp("browser")
    with copied_world(shared_folder(tmp_path_factory), folder) as made:
        pages = Pages(made.runtime)
        with serving(pages.app) as url:
            yield Show(pages, url)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport=DESKTOP, reduced_motion="reduce")  # type: ignore[arg-type]
    yield made
    made.close()


def must_be_well(show: Show, page: Page) -> None:
    """Wide and light, then narrow and dark: nothing for axe to say, nothing to scroll sideways for, no complaint."""
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(TELEPHONE)  # type: ignore[arg-type]
    assert violations(page) == []
    assert width_needed(page) == TELEPHONE["width"]
    assert show.complaints() == []


@pytest.mark.parametrize("page", EACH)
def test_each_page_is_for_everybody(show: Show, context: BrowserContext, page: str) -> None:
    must_be_well(show, show.open(context, page))


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("code", LANGUAGES)
def test_each_page_in_each_language(show: Show, context: BrowserContext, code: str, page: str) -> None:
    must_be_well(show, show.open(context, f"acme/{page}", speaks=code))


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("account", ["wide", "nasty", "empty"])
def test_each_page_of_an_account_with_little_much_or_hostile_text(
    show: Show, context: BrowserContext, account: str, page: str
) -> None:
    must_be_well(show, show.open(context, f"{account}/{page}"))


class TestControls:
    def test_a_choice_is_shown_at_once_announced_and_in_the_address(self, show: Show, context: BrowserContext) -> None:
        page = show.open(context, "acme/overview")
        page.evaluate("window.stayed = true")
        page.select_option("select[name=period]", "28")
        page.wait_for_selector("text=18 February – 17 March 2026")
        assert page.inner_text("#said") == "Overview: 18 February – 17 March 2026"
        assert page.get_attribute("#said", "role") == "status"
        assert parse_qs(urlsplit(page.url).query)["period"] == ["28"]
        assert page.evaluate("window.stayed"), "the page was not loaded anew"
        page.go_back()
        page.wait_for_selector("text=9 March – 15 March 2026")
        assert show.complaints() == []

    def test_a_choice_goes_along_to_other_pages_and_to_another_language(
        self, show: Show, context: BrowserContext
    ) -> None:
        page = show.open(context, "acme/overview")
        page.select_option("select[name=period]", "28")
        page.wait_for_selector("text=18 February – 17 March 2026")
        page.wait_for_selector("nav a[href*='answers?period=28']")
        page.select_option("select[name=language]", "hr")
        page.click(".who button >> nth=0")
        page.wait_for_selector("html[lang=hr]")
        assert parse_qs(urlsplit(page.url).query)["period"] == ["28"]
        assert show.complaints() == []

    def test_without_scripts_the_same_by_a_button(self, show: Show, browser: Browser) -> None:
        plain = browser.new_context(viewport=DESKTOP, java_script_enabled=False)  # type: ignore[arg-type]
        page = show.open(plain, "acme/overview")
        page.select_option("select[name=period]", "28")
        page.select_option("select[name=slice]", "channel:email")
        page.click("button:has-text('Show')")
        assert "18 February – 17 March 2026" in page.inner_text("main")
        assert page.inner_text("h1") == "Overview E-mail"
        plain.close()

    def test_days_of_ones_own_are_asked_for_only_where_they_are_chosen(
        self, show: Show, context: BrowserContext
    ) -> None:
        page = show.open(context, "acme/overview")
        assert not page.is_visible("input[name=from]")
        page.select_option("select[name=period]", "days")
        page.wait_for_selector("input[name=from]", state="visible")

    def test_from_a_figure_to_its_tickets_and_how_it_is_counted(self, show: Show, context: BrowserContext) -> None:
        page = show.open(context, "acme/overview")
        page.click(".card:has-text('CSAT') >> text=Tickets")
        assert page.inner_text("h1") == "CSAT"
        assert "https://desk.example/agent/tickets/" in (page.get_attribute("tbody a.out", "href") or "")
        page.click("text=How it is counted")
        assert "Definition" in page.inner_text("main")
        page.click("text=Its story >> nth=0")
        assert page.inner_text("h1").startswith("Ticket ")
        assert show.complaints() == []

    def test_a_form_is_filled_in_and_saved(self, show: Show, context: BrowserContext) -> None:
        page = show.open(context, "wide/settings")
        page.fill("input[name='targets.voice.first_response']", "2")
        page.click("button:has-text('Save') >> nth=2")
        page.wait_for_selector("text=Saved.")
        assert page.input_value("input[name='targets.voice.first_response']") == "2"
        assert show.complaints() == []


class TestKeyboard:
    def test_one_skips_to_the_content(self, show: Show, context: BrowserContext) -> None:
        page = show.open(context, "acme/overview")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == "period"

    @pytest.mark.parametrize("address", ["acme/", "acme/overview"])
    def test_everything_is_reached_in_order_and_seen_when_it_is(
        self, show: Show, context: BrowserContext, address: str
    ) -> None:
        page = show.open(context, address)
        expected: int = page.evaluate(
            "[...document.querySelectorAll('a[href], button, select, input:not([type=hidden]), textarea, summary,"
            ' [tabindex="0"]\')].filter(each => each.checkVisibility()).length'
        )
        seen = set()
        for _ in range(expected):
            page.keyboard.press("Tab")
            told = page.evaluate(_FOCUSED)
            assert told["outline"] != "none" or told["drawn"], told
            assert told["seen"], told
            seen.add(told["place"])
        assert len(seen) >= expected * 0.95

    def test_a_period_is_chosen_by_keys_alone_and_keeps_the_focus(self, show: Show, context: BrowserContext) -> None:
        page = show.open(context, "acme/answers")
        page.focus("select[name=period]")
        page.keyboard.press("ArrowDown")
        page.wait_for_selector("text=1 February – 28 February 2026")
        assert page.evaluate("document.activeElement.name") == "period"
        page.keyboard.press("ArrowUp")
        page.wait_for_selector("text=9 March – 15 March 2026")


_FOCUSED = """() => {
  const on = document.activeElement, style = getComputedStyle(on), box = on.getBoundingClientRect();
  const drawn = on.namespaceURI.endsWith('svg');
  return {
    outline: style.outlineStyle, drawn, html: on.outerHTML.slice(0, 120),
    seen: drawn || on.tagName === 'BODY' || (box.bottom > 0 && box.top < innerHeight),
    place: [...document.querySelectorAll('*')].indexOf(on),
  };
}"""


class TestFrame:
    @pytest.fixture
    def desk(self, show: Show) -> Iterator[str]:
        """Another origin whose page frames our overview."""
        app = Flask("desk", static_folder=None)
        framed = show.address("acme/overview")
        html = (
            f'<!doctype html><title>desk</title><iframe name="ours" width="700" height="600" src="{framed}"></iframe>'
        )
        app.add_url_rule("/", "start", lambda: Response(html, mimetype="text/html"))
        with serving(app) as url:
            yield url.replace("127.0.0.1", "localhost")

    @staticmethod
    def allow(show: Show, *origins: str) -> None:
        house = show.pages.house
        with house.database.write() as connection:
            account = accounts.find(connection, "acme", house.vault)
            assert account is not None
            settings = {**account.settings, "panel": {"origins": list(origins)}}
            accounts.save(connection, accounts.with_settings(account, settings), house.vault)

    def test_inside_a_desk_one_goes_from_page_to_page_without_a_cookie(
        self, show: Show, context: BrowserContext, desk: str
    ) -> None:
        self.allow(show, desk)
        page = context.new_page()
        page.goto(desk)
        frame = page.frame("ours")
        assert frame is not None
        frame.wait_for_selector("h1:has-text('Overview')")
        frame.select_option("select[name=period]", "28")
        frame.wait_for_selector("text=18 February – 17 March 2026")
        frame.click("nav >> text=Answers")
        frame.wait_for_selector("h1:has-text('Answers')")
        assert context.cookies() == []

    def test_a_site_that_is_not_allowed_cannot_frame_it(self, show: Show, context: BrowserContext, desk: str) -> None:
        self.allow(show)
        page = context.new_page()
        page.goto(desk)
        page.wait_for_load_state("networkidle")
        frame = page.frame("ours")
        assert frame is None or frame.query_selector("h1") is None or "Overview" not in frame.content()


def test_hostile_text_runs_nowhere(show: Show, context: BrowserContext) -> None:
    for address in (
        "nasty/",
        "nasty/overview?by=tag&period=28",
        "nasty/answers?period=28",
        "nasty/figure/csat?period=28",
    ):
        page = show.open(context, address)
        assert page.evaluate("document.querySelectorAll('main img, main script').length") == 0
    assert show.complaints() == []
