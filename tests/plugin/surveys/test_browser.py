"""The survey's page in a real browser: on a small telephone, by keyboard alone, in the dark, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from integrations.times import MINUTE
from tests.browser.showing import chromium
from tests.desks.serving import serving
from tests.plugin.surveys.world import World

#: The height and width of a target that a thumb hits.
TARGET = 44
SMALL: ViewportSize = {"width": 320, "height": 568}
SCALES: tuple[dict[str, Any], ...] = (
    {"scale": (0, 1)}, {"scale": (1, 3)}, {"scale": (1, 4)}, {"scale": (1, 5)}, {"kind": "ces", "scale": (1, 7)},
    {"scale": (1, 10)}, {"kind": "nps", "scale": (0, 10)},
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is seen is the same on both databases."""
    return sqlite_url


@dataclass(frozen=True)
class Served:
    """The page at a port, and what keeps its answers."""

    world: World
    url: str

    def link(self, **told: Any) -> str:
        """The address of a survey that was handed over a minute ago."""
        account = self.world.account()
        path = self.world.link(account, **told)
        self.world.clock.now += MINUTE
        return self.url + path


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    with serving(world.app) as url:
        yield Served(world, url)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A telephone whose browser runs no scripts."""
    agent = "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile"
    opened = browser.new_context(viewport=SMALL, java_script_enabled=False, user_agent=agent)
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which nothing goes wrong unseen."""
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    opened.on("requestfailed", lambda request: wrong.append(request.url))
    yield opened
    assert [one for one in wrong if "404" not in one] == []  # a browser asks for an icon by itself


def boxes(page: Page) -> list[Any]:
    return [one.bounding_box() for one in page.locator("button[name=score]").all()]


@pytest.mark.parametrize("told", SCALES, ids=lambda told: f"{told.get('kind', 'csat')}-{told['scale'][1]}")
def test_every_answer_is_on_the_screen_and_large_enough_for_a_thumb(
    served: Served, page: Page, told: dict[str, Any]
) -> None:
    page.goto(served.link(**told))
    found = boxes(page)
    assert len(found) == told["scale"][1] - told["scale"][0] + 1
    assert min(min(box["width"], box["height"]) for box in found) >= TARGET
    assert min(box["x"] for box in found) >= 0
    assert max(box["x"] + box["width"] for box in found) <= SMALL["width"]
    assert max(box["y"] + box["height"] for box in found) <= SMALL["height"]


def test_one_tap_and_a_comment(served: Served, page: Page) -> None:
    page.goto(served.link())
    served.world.clock.now += MINUTE
    page.get_by_role("button", name="2", exact=True).click()
    assert page.get_by_role("heading", name="Thank you!").is_visible()
    page.get_by_label("Would you like to tell us more?").fill("<b>Nobody</b> called back")
    served.world.clock.now += MINUTE
    page.get_by_role("button", name="Send comment").click()
    assert page.get_by_text("<b>Nobody</b> called back").is_visible()
    kept = [(call["score"], call.get("comment"), call.get("suspect")) for call in served.world.kept()]
    assert kept == [(2, None, None), (2, "<b>Nobody</b> called back", None)]


def test_by_keyboard_alone(served: Served, page: Page) -> None:
    page.goto(served.link(kind="nps", scale=(0, 10)))
    served.world.clock.now += MINUTE
    for _ in range(10):
        page.keyboard.press("Tab")
    assert page.locator("button:focus").get_attribute("value") == "9"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Thank you!").wait_for()
    assert [call["score"] for call in served.world.kept()] == [9]


def test_a_preselected_answer_is_sent_by_one_tap_and_an_other_can_be_chosen(served: Served, page: Page) -> None:
    page.goto(served.link() + "?score=4")
    served.world.clock.now += MINUTE
    page.get_by_role("button", name="Send: 4 of 5").click()
    page.get_by_role("link", name="Change my answer").click()
    served.world.clock.now += MINUTE
    page.get_by_role("button", name="5 = Very satisfied").click()
    assert [call["score"] for call in served.world.kept()] == [4, 5]


def test_no_site_can_frame_it(served: Served, context: BrowserContext) -> None:
    page = context.new_page()
    with page.expect_event("console") as said:
        page.set_content(f'<iframe src="{served.link()}" width="300" height="300"></iframe>')
    assert "frame-ancestors" in said.value.text
    assert page.frames[-1].get_by_role("button").count() == 0


def test_it_is_dark_in_the_dark(served: Served, browser: Browser) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(served.link())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 24, 30)"
    page.close()


def test_long_wording_breaks_and_is_never_wider_than_the_screen(served: Served, page: Page) -> None:
    account = served.world.account("wordy", surveys={"csat": {"ask": True, "question": {"en": "W" * 300}}})
    page.goto(served.url + served.world.link(account))
    heading = page.get_by_role("heading").bounding_box()
    assert heading is not None
    assert heading["x"] + heading["width"] <= SMALL["width"]
