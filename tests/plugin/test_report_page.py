"""The report page: off by default, the report's own numbers, nothing from elsewhere, and no person named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

import plugin
from plugin import errors
from plugin.app import BLUEPRINTS
from plugin.report_page import report_page
from plugin.report_view import cells, chart
from tests.workers.small_world import a_week, at, tell, ticket
from tests.workers.standing import Clock, Nudged, add_account
from workers.accounts import Account
from workers.runtime import Runtime
from workers.secrets import vault
from workers.settings import Settings
from workers.store import schema
from workers.store.database import open_database

VOID = {"meta", "link"}
CSS = Path(plugin.__file__).parent / "static" / "report.css"


@pytest.fixture
def clock() -> Clock:
    return Clock(at("2026-03-18 12:00"))


@pytest.fixture
def runtime(settings: Settings, clock: Clock) -> Iterator[Runtime]:
    database = open_database(settings.database_url)
    yield Runtime(settings, database, vault(settings), clock=clock, nudge=Nudged())
    database.dispose()


@pytest.fixture
def client(settings: Settings, runtime: Runtime, clock: Clock) -> FlaskClient:
    return made(settings.changed(DESKPULSE_REPORT_PAGE="1"), runtime, clock)


@pytest.fixture
def account(runtime: Runtime) -> Account:
    found = add_account(runtime, "acme", desk="generic", url="http://127.0.0.1:1")
    stories = [
        *a_week("2026-03-04", 14, "w", answered=20, resolved=90, csat=4),
        *a_week(
            "2026-03-11", 7, "v", channel="web_form", answered=40, resolved=90, csat=2, comment="Ask Eva <b>now</b>"
        ),
        ticket("today", "2026-03-18 09:00", answered=2),
    ]
    tell(runtime, found, *stories, names={"agent": {"7": "Eva"}})
    return found


def made(settings: Settings, runtime: Runtime, clock: Clock) -> FlaskClient:
    app = Flask("page", static_folder=None)
    errors.register(app)
    app.register_blueprint(report_page(settings, runtime.database, clock=clock))
    return app.test_client()


class Outline(HTMLParser):
    """Whether every element is closed, and which attributes there are."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(" ".join(data.split()))


def outline(page: str) -> Outline:
    found = Outline()
    found.feed(page)
    assert found.open == []
    return found


class TestPage:
    def test_it_is_off_unless_it_is_turned_on(self, settings: Settings, runtime: Runtime, clock: Clock) -> None:
        assert made(settings, runtime, clock).get("/").status_code == 404
        assert report_page in BLUEPRINTS

    def test_one_account_is_shown_at_once(self, client: FlaskClient, account: Account) -> None:
        answer = client.get("/")
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert "<h1>acme</h1>" in answer.text

    def test_several_accounts_are_listed(self, client: FlaskClient, account: Account, runtime: Runtime) -> None:
        add_account(runtime, "other")
        page = client.get("/").text
        assert 'href="/accounts/acme"' in page
        assert 'href="/accounts/other"' in page

    def test_without_an_account_it_says_how_to_get_one(self, client: FlaskClient) -> None:
        assert "deskpulse connect" in client.get("/").text

    def test_an_account_without_tickets_has_a_page(self, client: FlaskClient, runtime: Runtime) -> None:
        add_account(runtime, "empty")
        page = client.get("/accounts/empty").text
        assert "No tickets in these days." in page
        assert "None yet." in page

    def test_an_unknown_account_is_not_found(self, client: FlaskClient) -> None:
        answer = client.get("/accounts/nobody")
        assert answer.status_code == 404
        assert answer.get_json()["error"]["code"] == "not_found"

    def test_nothing_comes_from_elsewhere_and_nothing_runs(self, client: FlaskClient, account: Account) -> None:
        answer = client.get("/")
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'")
        assert "unsafe" not in policy
        names = {name for name, _ in outline(answer.text).attributes}
        assert names & {"style", "onclick", "src"} == set()
        assert "<script" not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"

    def test_its_style_sheet_is_served(self, client: FlaskClient) -> None:
        with client.get("/static/report.css") as answer:
            assert (answer.status_code, answer.mimetype) == (200, "text/css")

    def test_it_refreshes_only_when_it_is_followed(self, client: FlaskClient, account: Account) -> None:
        assert 'http-equiv="refresh"' not in client.get("/").text
        followed = client.get("/?live=1").text
        assert '<meta http-equiv="refresh" content="3">' in followed
        assert ">Pause<" in followed


class TestNumbers:
    def test_finished_days_stand_beside_the_days_before(self, client: FlaskClient, account: Account) -> None:
        texts = outline(client.get("/?days=7").text).texts
        assert "11 March – 17 March 2026" in texts
        assert "compared with 4 March – 10 March 2026" in texts
        assert texts[texts.index("Tickets") : texts.index("Tickets") + 4] == ["Tickets", "14", "▲", "7 more than 7"]

    def test_today_stands_apart(self, client: FlaskClient, account: Account) -> None:
        page = client.get("/").text
        today = page[page.index('id="today"') : page.index('id="days"')]
        assert re.search(r"<dt>Tickets</dt><dd>1</dd>", today)
        assert "Wednesday 18 March 2026 (not over)" in page

    def test_each_channel_has_a_row_with_its_interval(self, client: FlaskClient, account: Account) -> None:
        page = client.get("/").text
        row = page[page.index(">E-mail</th>") : page.index(">Web form</th>")]
        assert ">100%<" in row
        assert ">likely 65–100%<" in row
        assert ">7 answers<" in row

    @pytest.mark.parametrize(("asked", "shown"), [("30", 31), ("90", 91), ("7", 8), ("12", 8), ("x", 8)])
    def test_the_period_is_one_of_three(self, client: FlaskClient, account: Account, asked: str, shown: int) -> None:
        page = client.get(f"/accounts/acme?days={asked}").text
        assert page.count('<rect class="day"') + page.count('<rect class="unfinished"') == shown
        assert page.count('aria-current="page"') == 1

    def test_comments_are_shown_as_text_and_name_no_agent(self, client: FlaskClient, account: Account) -> None:
        page = client.get("/").text
        assert "Ask … &lt;b&gt;now&lt;/b&gt;" in page
        assert "Eva" not in page

    def test_the_state_of_the_work_is_told(self, client: FlaskClient, account: Account) -> None:
        assert "0 calls wait" in client.get("/").text

    def test_counting_anew_is_told(self, client: FlaskClient, account: Account, runtime: Runtime) -> None:
        with runtime.database.write() as connection:
            connection.execute(schema.accounts.update().values(rules=2))
        assert "0 of 22 tickets are done" in client.get("/").text

    def test_what_is_not_all_is_never_rounded_to_all(self) -> None:
        share: dict[str, Any] = {
            "value": 99.6,
            "unit": "%",
            "n": 250,
            "numerator": 249,
            "denominator": 250,
            "low": 98.0,
            "high": 99.9,
        }
        none: dict[str, Any] = {"value": None, "unit": "tickets", "n": 0}
        told = dict.fromkeys(("ticket_volume", "resolution_rate", "resolution_rate_24h", "ces"), none)
        told |= {"first_response_time": {**none, "unit": "s"}, "csat": share}
        assert cells(told, None)[3].main == "99.6%"


class TestAccess:
    def test_pictures_have_names_and_tables_beside_them(self, client: FlaskClient, account: Account) -> None:
        page = client.get("/").text
        assert 'role="img" aria-label="Tickets per day. Between 2 and 2 tickets' in page
        for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
            ElementTree.fromstring(svg)
            assert "aria-label=" in svg or 'aria-hidden="true"' in svg
        assert "<caption>Tickets per day</caption>" in page

    def test_tables_have_headers_and_captions(self, client: FlaskClient, account: Account) -> None:
        page = client.get("/").text
        for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
            assert "<caption>" in table
            assert 'scope="col"' in table
            assert 'scope="row"' in table
        assert '<html lang="en">' in page

    def test_a_change_is_told_in_words_and_not_by_a_glyph_alone(self, client: FlaskClient, account: Account) -> None:
        texts = outline(client.get("/").text).texts
        after = [texts[place + 1] for place, text in enumerate(texts) if text in ("▲", "▼", "=")]
        assert after
        assert all(re.search(r"more|fewer|slower|faster|higher|lower|as before", text) for text in after)

    @pytest.mark.parametrize("scheme", [0, 1])
    def test_texts_and_marks_contrast_with_what_is_under_them(self, scheme: int) -> None:
        colours = dict(re.findall(r"--(\w+): (#\w{6})", CSS.read_text().split(":root {")[scheme + 1].split("}")[0]))
        for ground in ("ground", "sheet"):
            assert contrast(colours["ink"], colours[ground]) >= 7
            assert contrast(colours["soft"], colours[ground]) >= 4.5
            assert contrast(colours["mark"], colours[ground]) >= 3

    def test_a_chart_of_quiet_days_has_flat_bars(self) -> None:
        nothing = {"ticket_volume": {"n": 0}}
        found = chart([{"day": "2026-03-17", "metrics": nothing}, {"day": "2026-03-18", "metrics": nothing}])
        assert [bar.height for bar in found.bars] == [0, 0]
        assert found.finding == "Between 0 and 0 tickets on a finished day, 0 on average."


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
