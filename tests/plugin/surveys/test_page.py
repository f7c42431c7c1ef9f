"""What a customer sees: one question, one tap, a word of thanks; and a friendly page for a link that opens nothing."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest

from integrations.times import DAY, SECOND
from tests.plugin.surveys.world import PHONE, World, buttons, hidden, seen
from workers.surveys.settings import AFTER_CHAT

CSP = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is shown is the same on both databases."""
    return sqlite_url


class TestTheQuestion:
    def test_it_is_one_form_with_a_button_for_each_score_and_the_ends_named(self, world: World) -> None:
        page = world.browser.get(world.link(world.account()))
        assert page.status_code == 200
        assert buttons(page.text) == ["1", "2", "3", "4", "5"]
        assert page.text.count("<form") == 1
        words = seen(page.text)
        assert words.startswith("How satisfied are you with the help you received? 1 = Very dissatisfied")
        assert "5 = Very satisfied" in words

    @pytest.mark.parametrize(
        ("told", "expected"),
        [
            ({"scale": (0, 1)}, ["Dissatisfied", "Satisfied"]),
            ({"scale": (1, 3)}, ["Dissatisfied", "Neutral", "Satisfied"]),
            ({"scale": (1, 4)}, ["1", "2", "3", "4"]),
            ({"scale": (1, 7)}, [str(score) for score in range(1, 8)]),
            ({"scale": (1, 10)}, [str(score) for score in range(1, 11)]),
            ({"kind": "nps", "scale": (0, 10)}, [str(score) for score in range(11)]),
            ({"kind": "ces", "scale": (1, 2)}, ["Difficult", "Easy"]),
            ({"kind": "ces", "scale": (1, 3), "direction": "effort"}, ["Little effort", "Some effort", "Much effort"]),
        ],
    )
    def test_every_scale_has_its_options(self, world: World, told: dict[str, Any], expected: list[str]) -> None:
        assert buttons(world.browser.get(world.link(world.account(), **told)).text) == expected

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ({"kind": "ces"}, "How easy was it to get the help you needed? 1 = Very difficult 5 = Very easy"),
            ({"kind": "ces", "direction": "effort"}, "1 = Very little effort 5 = Very much effort"),
            ({"kind": "nps", "scale": (0, 10)}, "0 = Not at all likely 10 = Extremely likely"),
            ({"touchpoint": AFTER_CHAT}, "How satisfied are you with this chat?"),
        ],
    )
    def test_the_direction_of_a_scale_is_printed(self, world: World, told: dict[str, Any], words: str) -> None:
        assert words in seen(world.browser.get(world.link(world.account(), **told)).text)

    def test_the_accounts_own_wording_is_asked_in_the_customers_language(self, world: World) -> None:
        asked = {"en": "Well?", "hr": "I?"}
        path = world.link(world.account(surveys={"csat": {"ask": True, "question": asked}}, language="hr"))
        for header, question in (
            ("hr-HR,hr;q=0.9", ">I?"),
            ("en-GB", ">Well?"),
            ("lt", ' lang="en">Well?'),
            ("xx", ">I?"),
        ):
            page = world.browser.get(path, headers={"Accept-Language": header})
            assert f'<h1 id="question"{question}</h1>' in page.text
        assert world.browser.get(path).headers["Content-Language"] == "hr"

    def test_the_page_says_its_language(self, world: World) -> None:
        page = world.browser.get(world.link(world.account()), headers={"Accept-Language": "sl"})
        assert '<html lang="sl">' in page.text
        assert (page.headers["Content-Language"], page.headers["Vary"]) == ("sl", "Accept-Language")

    def test_hostile_wording_is_inert(self, world: World) -> None:
        asked = {"en": '"><script>alert(1)</script>{{ 7 * 7 }}'}
        page = world.browser.get(world.link(world.account(surveys={"csat": {"ask": True, "question": asked}})))
        assert "<script" not in page.text
        assert "{{ 7 * 7 }}" in page.text


class TestAPreselectedScore:
    def test_it_is_offered_and_votes_for_nothing(self, world: World) -> None:
        page = world.browser.get(world.link(world.account()) + "?score=4")
        assert "Send: 4 of 5" in seen(page.text)
        assert buttons(page.text) == ["1", "2", "3", "4", "5"]
        assert page.text.count('class="chosen"') == 1
        assert (world.kept(), world.nudges) == ([], [])

    @pytest.mark.parametrize("score", ["9", "0", "", "x", "4.0", "٤", "-1", "4&score=5x"])
    def test_a_score_that_is_not_on_the_scale_is_none(self, world: World, score: str) -> None:
        page = world.browser.get(world.link(world.account()), query_string={"score": score})
        assert page.status_code == 200
        assert "Send:" not in page.text

    def test_it_is_a_word_where_the_options_are_words(self, world: World) -> None:
        page = world.browser.get(world.link(world.account(), scale=(0, 1)) + "?score=0")
        assert "Send: Dissatisfied" in seen(page.text)


class TestThanks:
    def test_one_tap_is_thanked_for_and_asked_for_a_comment(self, world: World) -> None:
        thanks = world.vote(world.link(world.account()), 4)
        words = seen(thanks.text)
        assert words.startswith("Thank you! We have your answer: 4 of 5.")
        assert "Would you like to tell us more? (optional)" in words
        assert "until 13 June 2026." in words
        assert hidden(thanks.text)["score"] == "4"

    def test_a_comment_comes_on_top_and_ends_it(self, world: World) -> None:
        path = world.link(world.account())
        thanks = world.vote(path, 2)
        world.clock.now += 9 * SECOND
        done = world.browser.post(path, data={**hidden(thanks.text), "comment": " Too slow,\r\nagain "})
        assert "Too slow,\nagain" in done.text
        assert "<textarea" not in done.text
        assert [(call["score"], call.get("comment"), call.get("suspect")) for call in world.kept()] == [
            (2, None, None),
            (2, "Too slow,\nagain", None),
        ]

    def test_no_comment_is_fine_and_keeps_nothing_more(self, world: World) -> None:
        path = world.link(world.account())
        thanks = world.vote(path, 5)
        done = world.browser.post(path, data={**hidden(thanks.text), "comment": "  "})
        assert "You can close this page." in seen(done.text)
        assert len(world.kept()) == 1

    def test_a_hostile_comment_is_inert(self, world: World) -> None:
        done = world.vote(world.link(world.account()), 1, comment="<script>alert(1)</script><img src=x onerror=y>")
        assert "<script" not in done.text
        assert "<img" not in done.text
        assert "&lt;script&gt;" in done.text

    def test_a_word_is_thanked_for_as_a_word(self, world: World) -> None:
        assert "We have your answer: Satisfied." in seen(world.vote(world.link(world.account(), scale=(0, 1)), 1).text)

    @pytest.mark.parametrize("score", ["", "6", "0", "x", "99", "1e1", "-1", "٤"])
    def test_without_an_answer_on_the_scale_the_question_is_asked_again(self, world: World, score: str) -> None:
        again = world.vote(world.link(world.account()), score)
        assert again.status_code == 400
        assert seen(again.text).startswith("Please choose one of the answers.")
        assert 'role="alert"' in again.text
        assert world.kept() == []


class TestEveryPage:
    def pages(self, world: World) -> list[Any]:
        path = world.link(world.account())
        expired = world.link(world.account("late"), asked_at=world.clock() - 30 * DAY)
        return [
            world.browser.get(path),
            world.browser.get(path + "?score=3"),
            world.vote(path, 3),
            world.vote(path, "x"),
            world.browser.get(expired),
            world.browser.get("/s/nothing"),
            world.browser.head(path),
        ]

    def test_it_is_shown_in_no_frame_and_runs_nothing(self, world: World) -> None:
        for page in self.pages(world):
            assert page.headers["Content-Security-Policy"] == CSP
            assert page.headers["X-Frame-Options"] == "DENY"
            assert page.headers["X-Content-Type-Options"] == "nosniff"
            assert not re.search(r"<script|\son\w+=|\sstyle=|<style|http-equiv|javascript:", page.text)

    def test_nobody_indexes_refers_or_caches_it_and_it_sets_no_cookie(self, world: World) -> None:
        for page in self.pages(world):
            assert "noindex" in page.headers["X-Robots-Tag"]
            assert page.headers["Referrer-Policy"] == "no-referrer"
            assert page.headers["Cache-Control"] == "no-store"
            assert "Set-Cookie" not in page.headers

    def test_it_is_small_and_asks_for_nothing_but_its_style(self, world: World) -> None:
        path = world.link(world.account(), kind="nps", scale=(0, 10))
        page = world.browser.get(path + "?score=3")
        (style,) = re.findall(r'<link rel="stylesheet" href="([^"]+)">', page.text)
        assert re.findall(r'(?:src|href)="([^"]+)"', page.text) == [style]
        with world.browser.get(f"/s/{style}") as sheet:
            assert sheet.status_code == 200
            assert len(page.data) + len(sheet.data) < 15_000
        assert len(gzip.compress(page.data)) < 2_000

    def test_its_addresses_hold_wherever_a_proxy_serves_it(self, world: World) -> None:
        path = world.link(world.account())
        for page in (world.browser.get(path), world.vote(path, 3)):
            assert re.findall(r'(?:action|href)="([^"]+)"', page.text)
            assert not re.search(r'(?:action|href)="(/|[^"]*:)', page.text)
            assert f'action="{path.rpartition("/")[2]}"' in page.text

    def test_the_style_is_kept_by_browsers_until_it_changes(self, world: World) -> None:
        page = world.browser.get(world.link(world.account()))
        (style,) = re.findall(r'href="(-/survey[^"]+)"', page.text)
        with world.browser.get(f"/s/{style}") as sheet:
            assert "immutable" in sheet.headers["Cache-Control"]
            assert sheet.mimetype == "text/css"
        assert re.search(r"\?v=[0-9a-f]{8}$", style)

    def test_every_text_can_be_told_in_every_language(self, world: World) -> None:
        path = world.link(world.account())
        for code in ("hr", "sl", "lt", "ro", "bg"):
            page = world.browser.get(path, headers={"Accept-Language": code})
            assert page.status_code == 200
            assert buttons(page.text) == ["1", "2", "3", "4", "5"]


class TestColours:
    """WCAG 2.2, 1.4.3 and 1.4.11: text 4.5 to 1, borders of controls 3 to 1, on light and on dark."""

    SHEET = (Path(__file__).parents[3] / "plugin/surveys/static/survey.css").read_text(encoding="utf-8")

    @staticmethod
    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(self, one: str, other: str) -> float:
        low, high = sorted((self.luminance(one), self.luminance(other)))
        return (high + 0.05) / (low + 0.05)

    @pytest.mark.parametrize("dark", [False, True])
    def test_every_pair_can_be_told_apart(self, *, dark: bool) -> None:
        schemes = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part)) for part in self.SHEET.split("@media")[:2]]
        colours = schemes[dark]
        text = [("ink", "sheet"), ("soft", "sheet"), ("ink", "face"), ("on-mark", "mark"), ("mark", "sheet")]
        assert {pair: self.contrast(*(colours[name] for name in pair)) >= 4.5 for pair in text} == dict.fromkeys(
            text, True
        )
        assert self.contrast(colours["wrong"], colours["sheet"]) >= 4.5
        assert self.contrast(colours["line"], colours["sheet"]) >= 3
        assert self.contrast(colours["mark"], colours["face"]) >= 3

    def test_the_focus_is_never_hidden(self) -> None:
        assert "outline: none" not in self.SHEET
        assert ":focus-visible" in self.SHEET


def test_a_browser_without_a_name_of_a_language_gets_the_accounts(world: World) -> None:
    client = world.app.test_client()
    page = client.get(world.link(world.account(language="ro")), headers={"User-Agent": PHONE})
    assert '<html lang="ro">' in page.text
