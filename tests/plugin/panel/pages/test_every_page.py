"""What holds of every page: sound HTML, nothing inline, named pictures, links that lead somewhere, nothing foreign."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import pytest

import plugin.panel
from tests.browser.world import HOSTILE
from tests.plugin.panel.pages.looking import Pages, must_hold, taken_apart, without_token
from workers.reports import FIGURES
from workers.wording.language import LANGUAGES

ACCOUNTS = ("empty", "wide", "nasty")
PAGES = (
    "", "overview", "overview?by=department", "overview?by=agent&period=28", "overview?by=tag", "answers?period=28",
    "answers?show=negative", "answers?show=out&period=90", "settings", "figure/csat?period=28",
    "figure/first_response_time?period=90", "figure/ticket_volume?tab=tickets",
    "figure/resolution_rate_24h?tab=explanation",
    "overview?period=today", "overview?period=days&from=2026-03-01&to=2026-03-18", "overview?slice=channel:email",
)  # fmt: skip
#: Those that are most unlike each other, for the accounts that are unlike each other.
SOME = (
    "",
    "overview?by=department",
    "answers?period=28",
    "settings",
    "figure/csat?period=28",
    "figure/first_response_time",
)
CASES = [("acme", page) for page in PAGES] + [(account, page) for account in ACCOUNTS for page in SOME]
#: What a page may weigh at most on its way, in bytes.
HEAVIEST = 60_000
#: Of `dist/htmx.min.js` in htmx.org 2.0.11 on npm.
HTMX = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"


@pytest.mark.parametrize(("account", "page"), CASES)
def test_each_is_sound_light_and_named(busy: Pages, account: str, page: str) -> None:
    seen = busy.see(f"{account}/{page}")
    must_hold(seen)
    assert len(gzip.compress(seen.html.encode())) < HEAVIEST


@pytest.mark.slow
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_its_page_in_all_tabs(busy: Pages, name: str) -> None:
    must_hold(busy.see(f"acme/figure/{name}?period=28"))
    told = busy.see(f"acme/figure/{name}?period=28&tab=explanation")
    must_hold(told)
    assert "Definition" in told.text


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("page", ["", "answers?show=negative", "settings", "figure/csat?tab=tickets"])
def test_each_speaks_every_language(busy: Pages, code: str, page: str) -> None:
    seen = busy.see(f"acme/{page}", speaks=code)
    must_hold(seen)
    assert seen.all("html")[0].attributes["lang"] == code


def test_every_link_of_the_panel_leads_to_a_page(busy: Pages) -> None:
    seen: set[str] = set()
    todo = ["/panel/nasty/", "/panel/nasty/answers?period=28"]
    while todo and len(seen) < 40:
        address = todo.pop(0)
        if address in seen:
            continue
        seen.add(address)
        answer = busy.ask(address.removeprefix("/panel/"))
        assert answer.status_code == 200, address
        found = taken_apart(200, answer.text).links()
        # Some of each kind are enough.
        todo += [link for link in found if sum(kind(link) == kind(other) for other in (*seen, *todo)) < 4]
    assert {kind(address) for address in seen} >= {
        "/panel/nasty/", "/panel/nasty/overview", "/panel/nasty/figure", "/panel/nasty/answers",
        "/panel/nasty/settings", "/panel/nasty/ticket",
    }  # fmt: skip


def kind(address: str) -> str:
    return "/".join(address.partition("?")[0].split("/")[:4])


@pytest.mark.parametrize("page", ["", "overview?by=agent&period=28", "overview?by=tag&period=28", "answers?period=28"])
def test_what_customers_and_agents_wrote_stays_text(busy: Pages, page: str) -> None:
    seen = busy.see(f"nasty/{page}")
    assert seen.all("img") == []
    assert "49" not in re.findall(r"&(\d+)'", seen.text), "a template of theirs was filled in"
    assert "\u202e" not in seen.text, "what turns the text after it is gone"
    if page:
        assert "<script>alert(1)</script>" in seen.text


def test_a_hostile_slice_is_text_in_the_address_and_in_the_choice(busy: Pages) -> None:
    seen = busy.see("nasty/overview?" + "slice=tag:%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    must_hold(seen)


@pytest.mark.parametrize("page", ["", "answers", "figure/csat?tab=tickets"])
def test_a_viewer_sees_all_but_the_settings(busy: Pages, page: str) -> None:
    seen = busy.see(f"acme/{page}", role="viewer")
    assert "/panel/acme/settings" not in seen.links()


def test_the_settings_are_a_leads_alone(busy: Pages) -> None:
    assert busy.ask("acme/settings", role="viewer").status_code == 403
    assert busy.send("acme/settings", role="viewer", section="general", time_zone="UTC").status_code == 403


@pytest.mark.parametrize("page", ["figure/nothing", "figure/", "figures", "settings/x"])
def test_what_is_not_there_is_a_page_that_says_so(busy: Pages, page: str) -> None:
    answer = busy.ask(f"acme/{page}")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


@pytest.mark.parametrize(
    "query",
    [
        "period=never", "period=days&from=x&to=y", "period=days&from=2026-03-10&to=2026-03-01",
        "period=days&from=1900-01-01&to=2026-03-01", "slice=planet:mars", "slice=channel:pigeon", "slice=%00", "by=x",
        "slice=agent:a1&by=agent", "after=%00%ff", "tab=x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("page", ["overview", "answers", "figure/nps?tab=tickets"])
def test_no_address_breaks_a_page(busy: Pages, page: str, query: str) -> None:
    must_hold(busy.see(f"empty/{page}{'&' if '?' in page else '?'}{query}"))


@pytest.mark.parametrize("day", ["1970-01-01", "1989-12-31", "1990-01-01", "2199-12-31"])
@pytest.mark.parametrize("page", ["overview", "answers", "figure/survey_response_rate", "figure/nps?tab=tickets"])
def test_no_day_that_can_be_chosen_breaks_a_page(busy: Pages, page: str, day: str) -> None:
    must_hold(busy.see(f"acme/{page}{'&' if '?' in page else '?'}period=days&from={day}&to={day}"))


def test_what_one_asked_for_goes_along_to_the_other_pages(busy: Pages) -> None:
    seen = busy.see("acme/overview?period=28&slice=channel:email")
    answers = next(link for link in seen.links() if kind(link) == "/panel/acme/answers")
    assert without_token(answers) == "/panel/acme/answers?period=28&slice=channel%3Aemail"


def test_the_policy_lets_nothing_in_from_elsewhere(busy: Pages) -> None:
    policy = busy.ask("acme/overview").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
    assert "unsafe" not in policy


def test_the_library_is_the_one_that_was_published() -> None:
    folder = Path(plugin.panel.__file__).parent / "static"
    library = (folder / "htmx-2.0.11.min.js").read_bytes()
    assert hashlib.sha256(library).hexdigest() == HTMX
    assert "Zero-Clause BSD" in (folder / "htmx-2.0.11.LICENSE.txt").read_text(encoding="utf-8")


def test_hostile_means_hostile() -> None:
    assert {"<script>", "\u202e", "{{", "'", '"'} <= {
        part for part in ("<script>", "\u202e", "{{", "'", '"') if part in HOSTILE
    }
