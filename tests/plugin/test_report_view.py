"""What the report page says of a figure, and that its numbers are the report's whatever the period."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from plugin import errors
from plugin.report_page import report_page
from plugin.report_view import PERIODS, cells, chart, view
from tests.workers.small_world import a_week, at, tell, ticket
from tests.workers.standing import Clock, Nudged, add_account
from workers.accounts import Account
from workers.periods import today
from workers.reports import ReportRequest, report
from workers.runtime import Runtime
from workers.secrets import vault
from workers.settings import Settings
from workers.store.database import open_database

HOSTILE = "\"><script>alert(1)</script>&'<img src=x onerror=y>"
SAFE = str(escape(HOSTILE))
EMPTY: dict[str, dict[str, Any]] = {
    "ticket_volume": {"value": None, "unit": "tickets", "n": 0},
    "first_response_time": {"value": None, "unit": "s", "n": 0},
    "resolution_rate": {"value": None, "unit": "%", "n": 0},
    "resolution_rate_24h": {"value": None, "unit": "%", "n": 0},
    "csat": {"value": None, "unit": "%", "n": 0},
    "ces": {"value": None, "unit": "points", "n": 0},
}
VOLUME, RESPONSE, RESOLVED, CSAT, CES = range(5)


@pytest.fixture
def settings(sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("home")
    key = "a key for the tests, of no worth elsewhere"
    variables = {"HOME": str(home), "DATABASE_URL": sqlite_url, "SECRET_KEY": key, "REPORT_PAGE": "1"}
    return Settings.read({f"DESKPULSE_{name}": value for name, value in variables.items()})


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    database = open_database(settings.database_url)
    yield Runtime(settings, database, vault(settings), clock=Clock(at("2026-03-18 12:00")), nudge=Nudged())
    database.dispose()


@pytest.fixture
def account(runtime: Runtime) -> Account:
    return add_account(runtime, "acme", desk="generic", url="http://127.0.0.1:1")


@pytest.fixture
def client(settings: Settings, runtime: Runtime) -> FlaskClient:
    app = Flask("page", static_folder=None)
    errors.register(app)
    app.register_blueprint(report_page(settings, runtime.database, clock=runtime.clock))
    return app.test_client()


def told(**figures: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: {**figure, **figures.get(name, {})} for name, figure in EMPTY.items()}


def share(value: float, n: int = 100, **more: Any) -> dict[str, Any]:
    return {"value": value, "n": n, "numerator": round(n * value / 100), "denominator": n, **more}


class TestCells:
    def test_nothing_is_a_dash_and_never_a_zero(self) -> None:
        assert [cell.main for cell in cells(EMPTY, EMPTY)] == ["–"] * 5
        assert not any(cell.details or cell.difference or cell.glyph or cell.whisker for cell in cells(EMPTY, EMPTY))

    def test_a_volume_is_its_count(self) -> None:
        one, before = told(ticket_volume={"value": 7, "n": 7}), told(ticket_volume={"value": 5, "n": 5})
        cell = cells(one, before)[VOLUME]
        assert (cell.main, cell.glyph, cell.difference) == ("7", "▲", "2 more than 5")

    def test_without_a_period_before_there_is_no_difference(self) -> None:
        one = told(ticket_volume={"value": 7, "n": 7})
        for before in (None, EMPTY):
            assert (cells(one, before)[VOLUME].glyph, cells(one, before)[VOLUME].difference) == ("", "")

    def test_a_response_is_its_median_with_its_ninth_tenth(self) -> None:
        figure = {"value": 60.0, "median": 60.0, "p90": 3600.0, "n": 30}
        cell = cells(told(first_response_time=figure), None)[RESPONSE]
        assert cell.main == "1 min"
        assert cell.details == ("9 in 10 within 1 h",)

    def test_too_few_responses_have_no_ninth_tenth(self) -> None:
        cell = cells(told(first_response_time={"value": 60.0, "median": 60.0, "n": 3}), None)[RESPONSE]
        assert (cell.main, cell.details) == ("1 min", ())

    def test_resolved_now_is_shown_and_the_aged_share_compared(self) -> None:
        now = told(resolution_rate=share(90.0), resolution_rate_24h=share(50.0))
        before = told(resolution_rate=share(10.0), resolution_rate_24h=share(50.0))
        cell = cells(now, before)[RESOLVED]
        assert cell.main == "90%"
        assert "within 24 hours" in cell.details[0]
        assert cell.glyph == "="

    def test_few_answers_are_counts_with_the_reason(self) -> None:
        few = {"value": None, "n": 3, "numerator": 2, "denominator": 3, "note": "fewer than 5"}
        cell = cells(told(csat=few), None)[CSAT]
        assert cell.main == "2 of 3"
        assert cell.details == ("3 answers", "fewer than 5")
        assert cell.whisker is None

    def test_one_answer_is_one(self) -> None:
        cell = cells(told(csat={"value": None, "n": 1, "numerator": 1, "denominator": 1}), None)[CSAT]
        assert cell.details[0] == "1 answer"

    def test_a_share_brings_its_interval_as_words_and_as_places(self) -> None:
        cell = cells(told(csat=share(80.0, low=71.1, high=86.7)), None)[CSAT]
        assert cell.whisker == (71.1, 80.0, 86.7)
        assert cell.details == ("likely 71–87%", "100 answers")

    def test_a_mean_has_an_interval_in_words_alone(self) -> None:
        cell = cells(told(ces={"value": 3.4, "n": 20, "low": 3.1, "high": 3.7}), None)[CES]
        assert (cell.main, cell.whisker) == ("3.4", None)
        assert cell.details[0] == "likely 3.1–3.7"

    def test_what_has_several_scales_has_no_one_value(self) -> None:
        assert cells(told(ces={"value": None, "n": 9, "note": "two scales"}), None)[CES].main == "…"

    @given(st.floats(0, 100))
    def test_all_and_none_are_said_only_of_all_and_none(self, value: float) -> None:
        main = cells(told(csat=share(value)), None)[CSAT].main
        assert (main != "100%") or value >= 99.95
        assert (main not in ("0%", "0.0%")) or value < 0.05


class TestChart:
    @given(st.lists(st.integers(0, 10_000), min_size=2, max_size=91))
    def test_bars_fill_the_field_and_leave_it_nowhere(self, counts: list[int]) -> None:
        days: list[dict[str, Any]] = [
            {"day": "2026-03-17", "metrics": {"ticket_volume": {"n": count}}} for count in counts
        ]
        days[-1]["unfinished"] = True
        made = chart(days)
        assert [bar.count for bar in made.bars] == counts
        assert max(bar.height for bar in made.bars) == (100 if max(counts) else 0)
        for bar, following in zip(made.bars, (*made.bars[1:], None), strict=True):
            assert bar.y + bar.height == pytest.approx(100)
            assert bar.x + bar.width <= (following.x if following else 100)

    def test_the_day_that_is_not_over_is_in_no_finding(self) -> None:
        days: list[dict[str, Any]] = [
            {"day": f"2026-03-{day}", "metrics": {"ticket_volume": {"n": n}}} for day, n in ((16, 4), (17, 7), (18, 90))
        ]
        days[-1]["unfinished"] = True
        made = chart(days)
        assert made.finding == "Between 4 and 7 tickets on a finished day, 5.5 on average."
        assert made.highest == 90
        assert [bar.unfinished for bar in made.bars] == [False, False, True]


class TestFigures:
    @pytest.mark.parametrize("days", PERIODS)
    def test_the_page_shows_the_reports_own_figures(self, runtime: Runtime, account: Account, days: int) -> None:
        tell(runtime, account, *a_week("2026-01-20", 57, "w", answered=20, resolved=90, csat=4, ces=6))
        now = runtime.clock()
        shown = view(runtime.database, account, days=days, now=now)
        last = today(now, account.rules.zone) - 1
        with runtime.database.read() as connection:
            made = report(connection, account, ReportRequest(last - days + 1, last, by="channel"), now=now)
        assert shown["total"] == cells(made["total"], made["total_previous"])
        assert [row for _, row in shown["rows"]] == [cells(row["metrics"], row["previous"]) for row in made["rows"]]
        assert sum(bar.count for bar in shown["chart"].bars) == made["total"]["ticket_volume"]["n"]

    def test_days_are_those_of_the_account(self, runtime: Runtime) -> None:
        account = add_account(runtime, "east", desk="generic", time_zone="Pacific/Auckland")
        tell(runtime, account, ticket("1", "2026-03-17 12:00"))
        shown = view(runtime.database, account, days=7, now=runtime.clock())
        assert (shown["zone"], shown["as_of"]) == ("Pacific/Auckland", "01:00:00")
        assert shown["chart"].bars[-2].count == 1, "noon in London is the next day there"

    def test_a_period_over_new_year_names_both_years(self, runtime: Runtime, account: Account) -> None:
        shown = view(runtime.database, account, days=7, now=at("2026-01-04 12:00"))
        assert shown["period"] == "28 December 2025 – 3 January 2026"

    def test_only_the_newest_comments_are_shown(self, runtime: Runtime, account: Account) -> None:
        stories = [ticket(f"t{n}", f"2026-03-1{n} 08:00", resolved=5, csat=5, comment=f"word {n}") for n in range(1, 8)]
        tell(runtime, account, *stories, ticket("quiet", "2026-03-17 09:00", resolved=5, csat=1))
        shown = view(runtime.database, account, days=7, now=runtime.clock())
        assert [one["comment"] for one in shown["answers"]] == [f"word {n}" for n in range(7, 1, -1)]
        assert shown["answers"][0]["score"] == "5 on 1 to 5"

    def test_before_anything_was_told_there_is_no_summary(self, runtime: Runtime, account: Account) -> None:
        shown = view(runtime.database, account, days=7, now=runtime.clock())
        assert (shown["summary"], shown["answers"], shown["rebuilding"]) == (None, [], None)


class TestHostile:
    def test_what_customers_and_desks_write_is_text(
        self, client: FlaskClient, runtime: Runtime, account: Account
    ) -> None:
        story = ticket(HOSTILE[:50], "2026-03-17 09:00", channel=HOSTILE[:50], resolved=5, csat=1, comment=HOSTILE)
        tell(runtime, account, story, names={"agent": {"7": HOSTILE[:30]}})
        page = client.get("/accounts/acme").text
        assert SAFE[:20] in page
        assert "<script" not in page
        assert "<img" not in page

    @pytest.mark.parametrize("name", ["Eva", "Eva Novak", "José", "O'Hara", "Eva (Support)"])
    def test_an_agent_is_named_in_no_comment(
        self, client: FlaskClient, runtime: Runtime, account: Account, name: str
    ) -> None:
        said = f"{name} did it, ask {name}!"
        tell(
            runtime,
            account,
            ticket("1", "2026-03-17 09:00", resolved=5, csat=1, comment=said),
            names={"agent": {"7": name}},
        )
        page = client.get("/accounts/acme").text
        assert html.escape(name) not in page.split('class="answers"')[1].split("</ul>")[0]
        assert "did it" in page

    @pytest.mark.parametrize("slug", ["nobody", "%3Cb%3E", "..%2f", "a" * 300, "%00", "acme%20"])
    def test_no_invented_address_is_a_page_or_a_failure(self, client: FlaskClient, account: Account, slug: str) -> None:
        answer = client.get(f"/accounts/{slug}")
        assert answer.status_code == 404
        assert answer.mimetype == "application/json"
        assert answer.get_json()["error"]["code"] == "not_found"

    @pytest.mark.parametrize("query", ["days=", "days=-7", "days=1e9", "days=7&days=90", "days=%00", "live=2", "x=<b>"])
    def test_no_query_is_a_failure(self, client: FlaskClient, account: Account, query: str) -> None:
        page = client.get(f"/accounts/acme?{query}")
        assert page.status_code == 200
        assert 'aria-current="page">7 days' in page.text
        assert 'http-equiv="refresh"' not in page.text


class TestWayAround:
    def test_every_link_on_the_page_leads_to_a_page(
        self, client: FlaskClient, runtime: Runtime, account: Account
    ) -> None:
        add_account(runtime, "other", desk="generic")
        links = {html.unescape(found) for found in re.findall(r'href="([^"]+)"', client.get("/accounts/acme").text)}
        assert len(links) >= 1 + 2 + len(PERIODS) + 2
        for link in links:
            with client.get(link) as answer:
                assert answer.status_code == 200, link

    def test_a_period_is_kept_when_one_begins_to_follow(self, client: FlaskClient, account: Account) -> None:
        page = html.unescape(client.get("/accounts/acme?days=30").text)
        assert "/accounts/acme?days=30&live=1" in page
        followed = html.unescape(client.get("/accounts/acme?days=30&live=1").text)
        assert "/accounts/acme?days=90&live=1" in followed
        assert '/accounts/acme?days=30"' in followed, "and Pause leads back"

    def test_of_many_accounts_the_shown_one_is_marked(self, client: FlaskClient, runtime: Runtime) -> None:
        for number in range(40):
            add_account(runtime, f"acme-{number}", desk="generic")
        page = client.get("/accounts/acme-7").text
        marked = re.findall(r'href="/accounts/([^"?]+)" aria-current="page"', page)
        assert marked == ["acme-7"]
        assert page.count('href="/accounts/acme-39"') == 1

    @pytest.mark.parametrize("path", ["/", "/accounts/acme", "/accounts/nobody", "/static/report.css"])
    def test_every_answer_carries_the_policy(self, client: FlaskClient, account: Account, path: str) -> None:
        with client.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"].split("; ")
            assert {"default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"} <= set(
                policy
            )
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
