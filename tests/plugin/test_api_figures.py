"""The API's report: the command line's own numbers, in JSON and CSV, and one clear answer to what cannot be."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from plugin.cli import main
from plugin.exports import REPORT_COLUMNS
from tests.plugin.api_world import API, WEEK, opened
from workers.cuts import TIMES
from workers.reports import FIGURES, ReportRequest, report
from workers.runtime import open_runtime
from workers.settings import Settings

DAYS = ("--from", "2026-03-09", "--to", "2026-03-15")


@pytest.fixture
def api(settings: Settings) -> Iterator[API]:
    with opened(settings) as made:
        yield made


@pytest.fixture
def said(api: API, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """What the command line says at the same moment."""
    monkeypatch.setattr(
        "plugin.commands.command.open_runtime",
        lambda settings: replace(open_runtime(settings), clock=api.runtime.clock),
    )

    def say(*arguments: str) -> str:
        capsys.readouterr()
        assert main([arguments[0], "--account", "acme", *arguments[1:]], api.runtime.settings.variables) == 0
        return capsys.readouterr().out

    return say


class TestNumbers:
    @pytest.mark.parametrize("by", ["channel", "agent", "department", "tag", "touchpoint", *TIMES, "weekday_hour"])
    def test_they_are_those_of_the_command_line(self, api: API, said: Callable[..., str], by: str) -> None:
        told = json.loads(said("report", *DAYS, "--by", by, "--format", "json"))
        made = api.well(f"report?{WEEK}&by={by}")
        assert made["as_of"].startswith("2026-03-18T12:00:00")
        assert made == told

    def test_slice_and_metrics_are_those_of_the_command_line(self, api: API, said: Callable[..., str]) -> None:
        wanted = ("--slice", "channel:email", "--metric", "csat", "ticket_volume")
        told = json.loads(said("report", *DAYS, *wanted, "--format", "json"))
        made = api.well(f"report?{WEEK}&slice=channel:email&metric=csat&metric=ticket_volume")
        assert made["total"] == told["total"]
        assert set(made["total"]) == {"csat", "ticket_volume"}
        assert made["total"]["ticket_volume"]["value"] == 3

    def test_the_shape_is_the_public_one(self, api: API) -> None:
        made = api.well(f"report?{WEEK}")
        assert {"account", "from", "to", "as_of", "time_zone", "by", "previous", "rows", "total", "total_previous"} <= (
            set(made)
        )
        assert [row["channel"] for row in made["rows"]] == ["email", "chat"]
        assert made["previous"] == {"from": "2026-03-02", "to": "2026-03-08", "business_days": 5}
        assert set(made["total"]) == set(FIGURES)

    def test_without_days_it_is_about_four_weeks_until_today(self, api: API) -> None:
        made = api.well("report")
        assert (made["from"], made["to"]) == ("2026-02-19", "2026-03-18")
        assert made["unfinished"]

    @pytest.mark.parametrize(
        ("query", "first", "last"),
        [
            ("to=2026-03-10", "2026-02-11", "2026-03-10"),
            ("from=2026-03-10", "2026-03-10", "2026-03-18"),
            ("from=2027-01-01", "2027-01-01", "2027-01-01"),
        ],
    )
    def test_with_one_day_the_other_follows(self, api: API, query: str, first: str, last: str) -> None:
        made = api.well(f"report?{query}")
        assert (made["from"], made["to"]) == (first, last)


class TestCSV:
    def test_it_is_the_file_of_the_command_line(self, api: API, said: Callable[..., str]) -> None:
        told = said("report", *DAYS, "--by", "agent", "--format", "csv")
        assert api.ask(f"report?{WEEK}&by=agent&format=csv").text == told

    def test_text_that_would_be_a_formula_is_text_and_numbers_stay_numbers(self, api: API) -> None:
        rows = api.table(f"report?{WEEK}&by=agent&metric=ticket_volume&format=csv")
        assert tuple(rows[0]) == ("agent", *REPORT_COLUMNS)
        volumes = {row["agent"]: row["n"] for row in rows}
        assert volumes["(total)"] == "5"
        assert volumes["'=cmd"] == "1"
        assert not [agent for agent in volumes if agent.startswith(("=", "+", "-", "@"))]

    def test_it_has_a_name_of_its_own(self, api: API) -> None:
        answer = api.ask(f"report?{WEEK}&format=csv")
        assert answer.headers["Content-Disposition"] == ('attachment; filename="acme-report-2026-03-09-2026-03-15.csv"')
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"

    @pytest.mark.parametrize(
        ("accept", "mimetype"),
        [
            ("text/csv", "text/csv"),
            ("application/json", "application/json"),
            ("application/json;q=0.3, text/csv;q=0.9", "text/csv"),
            ("*/*", "application/json"),
            ("text/*", "text/csv"),
            ("image/png", "application/json"),
            ("", "application/json"),
            (";;;q=", "application/json"),
        ],
    )
    def test_the_accept_header_may_ask_for_it(self, api: API, accept: str, mimetype: str) -> None:
        answer = api.ask(f"report?{WEEK}", headers={"Accept": accept})
        assert (answer.status_code, answer.mimetype) == (200, mimetype)
        assert "Accept" in answer.headers["Vary"]

    def test_the_parameter_outdoes_the_header(self, api: API) -> None:
        answer = api.ask(f"report?{WEEK}&format=json", headers={"Accept": "text/csv"})
        assert answer.mimetype == "application/json"


class TestWrong:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        """No database is asked before the refusal, or any would do."""
        return sqlite_url

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("from=2026-02-30", "from: Write a day as YYYY-MM-DD, such as 2026-01-31."),
            ("to=tomorrow", "to: Write a day as YYYY-MM-DD, such as 2026-01-31."),
            ("from=", "from: Write a day as YYYY-MM-DD, such as 2026-01-31."),
            ("from=20260301", "from: Write a day as YYYY-MM-DD, such as 2026-01-31."),
            ("from=0001-01-01", "from: Choose a day from 1970-01-01 to 2199-12-31."),
            ("to=9999-12-31", "to: Choose a day from 1970-01-01 to 2199-12-31."),
            (
                "from=2026-03-02&to=2026-03-01",
                "from: The period begins on 2026-03-02 and ends before, on 2026-03-01.",
            ),
            ("from=1970-01-01&to=2069-12-31", "from: The period has 36,525 days; ask for 3,660 at most."),
            ("from=1980-01-01", "from: The period has 16,879 days; ask for 3,660 at most."),
            ("by=day&from=2016-03-11&to=2026-03-18", "from: The period has 3,660 days; ask for 1,100 at most."),
            ("colour=red", "colour: There is no such parameter."),
            ("by=channel&by=day", "by: This parameter may be there once only."),
            ("format=xml", "format: Choose from json, csv."),
            ("format=jsonl", "format: Choose from json, csv."),
            ("slice=agent:%00", "slice: A text cannot hold the character 0."),
        ],
    )
    def test_a_parameter_is_answered_in_one_clear_sentence(self, api: API, query: str, message: str) -> None:
        told = api.refused(f"report?{query}")
        assert (told["code"], told["message"]) == ("invalid_parameters", message)
        name, _, what = message.partition(": ")
        assert told["details"] == {name: what}

    def test_all_wrong_parameters_are_named_at_once(self, api: API) -> None:
        told = api.refused("report?colour=red&from=x&size=2")
        assert set(told["details"]) == {"colour", "from", "size"}

    @pytest.mark.parametrize(
        ("query", "told"),
        [
            ("by=colour", "There is no report by colour; choose from channel,"),
            ("by=", "There is no report by ; choose from"),
            ("slice=email", "There is no slice email; write KIND:VALUE"),
            ("slice=channel:pigeon", "There is no channel pigeon; choose from"),
            ("by=agent&slice=department:s", "A report of one department is possible by"),
            ("metric=joy", "There is no metric joy; choose from"),
            ("metric=csat&metric=", "There is no metric ; choose from"),
        ],
    )
    def test_what_no_report_can_be_is_told_with_what_can(self, api: API, query: str, told: str) -> None:
        error = api.refused(f"report?{query}")
        assert error["message"].startswith(told)
        assert error["message"].endswith(".")
        assert error["code"] == "invalid_parameters"

    def test_ten_years_are_possible(self, api: API) -> None:
        made = api.well("report?from=2016-03-11&to=2026-03-18&metric=ticket_volume")
        assert made["total"]["ticket_volume"]["value"] == 5


def test_the_report_is_made_by_the_one_function(api: API) -> None:
    with api.runtime.database.read() as connection:
        made = report(connection, api.account, ReportRequest(20_521, 20_527), now=api.runtime.clock())
    assert api.well(f"report?{WEEK}") == json.loads(json.dumps(made))
    rows = csv.reader(io.StringIO(api.ask(f"report?{WEEK}&format=csv").text))
    assert next(rows)[0] == made["by"]


@effort(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["from", "to", "by", "slice", "metric", "format", "after", "limit", "kind", "x"]),
        st.text(max_size=12) | st.dates().map(str) | st.integers().map(str)
        | st.sampled_from(["channel", "day", "csv", "agent:7", "csat", "channel:email"]),
        max_size=4,
    ),
    st.sampled_from(["report", "tickets", "answers", "explain"]),
)  # fmt: skip
def test_whatever_is_asked_is_answered_or_refused_and_never_a_failure_of_ours(
    api: API, query: dict[str, str], path: str
) -> None:
    answer = api.ask(path, query_string=query)
    assert answer.status_code in (200, 422), (query, answer.text)
