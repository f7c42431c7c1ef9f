"""The API's explanations: the figure of the report, the way to it, and its tickets page by page."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.plugin.api_world import API, WEEK, opened
from workers.explain import ExplainRequest, explain
from workers.settings import Settings


@pytest.fixture
def api(settings: Settings) -> Iterator[API]:
    with opened(settings) as made:
        yield made


@pytest.mark.parametrize("metric", ["ticket_volume", "csat", "first_response_time"])
def test_it_is_what_the_one_function_says(api: API, metric: str) -> None:
    asked = ExplainRequest(metric, 20_521, 20_527)
    with api.runtime.database.read() as connection:
        told = explain(connection, api.account, asked, now=api.runtime.clock())
    assert api.well(f"explain?metric={metric}&{WEEK}") == json.loads(json.dumps(told))


@pytest.mark.parametrize("metric", ["ticket_volume", "csat", "full_resolution_time"])
def test_its_figure_is_that_of_the_report(api: API, metric: str) -> None:
    figure = api.well(f"explain?metric={metric}&{WEEK}&slice=channel:email")["figure"]
    assert figure == api.well(f"report?{WEEK}&slice=channel:email&metric={metric}")["total"][metric]
    assert figure["n"] > 0


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_hold_every_ticket_once(api: API, limit: int) -> None:
    token, found, after = api.token(), [], ""
    while True:
        page = api.well(f"explain?metric=ticket_volume&{WEEK}&limit={limit}&after={after}", token=token)
        found += [row["ticket"] for row in page["tickets"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert sorted(found) == ["T-1", "T-2", "T-3", "T-4", "T-5"]


def test_without_days_it_is_about_four_weeks_until_today(api: API) -> None:
    told = api.well("explain?metric=ticket_volume")
    assert (told["from"], told["to"]) == ("2026-02-19", "2026-03-18")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", "metric: Name a metric."),
        ("metric=csat&by=channel", "by: There is no such parameter."),
        ("metric=csat&format=csv", "format: There is no such parameter."),
        ("metric=csat&limit=0", "limit: Choose a number from 1 to 10000."),
        ("metric=csat&metric=ces", "metric: This parameter may be there once only."),
        ("metric=csat&from=1970-01-01&to=2069-12-31", "from: The period has 36,525 days; ask for 3,660 at most."),
        ("metric=csat&after=%00", "after: A text cannot hold the character 0."),
    ],
)
def test_a_wrong_parameter_is_answered_in_one_clear_sentence(api: API, query: str, message: str) -> None:
    assert api.refused(f"explain?{query}")["message"] == message


@pytest.mark.parametrize(("query", "told"), [("metric=joy", "joy"), ("metric=csat&slice=pigeon", "pigeon")])
def test_what_cannot_be_explained_is_told_with_what_can(api: API, query: str, told: str) -> None:
    error = api.refused(f"explain?{query}")
    assert told in error["message"]
    assert "choose from" in error["message"] or "write KIND:VALUE" in error["message"]
    assert error["code"] == "invalid_parameters"
