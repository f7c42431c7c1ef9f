"""The API's tickets and answers: the export's own rows, page by page or in a stream, and every answer's fate."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from integrations.events import event
from tests.plugin.api_world import API, WEEK, opened
from tests.tries import tries
from tests.workers.small_world import answer, at, tell, ticket
from workers import answer_list
from workers.settings import Settings
from workers.store import tickets
from workers.ticket_rows import COLUMNS


@pytest.fixture
def api(settings: Settings) -> Iterator[API]:
    with opened(settings) as made:
        yield made


def pages(api: API, path: str) -> list[list[dict[str, Any]]]:
    """Every page of an address, following `next`."""
    name = path.partition("?")[0]
    token, found, after = api.token(), [], ""
    while True:
        page = api.well(f"{path}&after={after}", token=token)
        found.append(page[name])
        if page["next"] is None:
            return found
        after = page["next"]


class TestTickets:
    def test_a_page_has_the_rows_of_the_export(self, api: API) -> None:
        page = api.well("tickets")
        assert set(page) == {"account", "tickets", "next"}
        assert (page["account"], page["next"]) == ("acme", None)
        assert [row["ticket"] for row in page["tickets"]] == ["T-1", "T-2", "T-3", "T-4", "T-5", "T-6"]
        assert {tuple(row) for row in page["tickets"]} == {COLUMNS}
        assert (page["tickets"][0]["first_response_s"], page["tickets"][0]["csat"]) == (1800, 5)
        assert page["tickets"][5]["excluded"] == "tag"

    @pytest.mark.parametrize(
        ("query", "chosen"),
        [
            ("from=2026-03-12", ["T-5", "T-6"]),
            ("to=2026-03-10", ["T-1", "T-2"]),
            ("from=2026-03-11&to=2026-03-11", ["T-3", "T-4"]),
            ("from=2026-04-01", []),
            ("after=T-4", ["T-5", "T-6"]),
            ("after=T-9", []),
        ],
    )
    def test_days_and_a_start_choose(self, api: API, query: str, chosen: list[str]) -> None:
        assert [row["ticket"] for row in api.well(f"tickets?{query}")["tickets"]] == chosen

    @pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 7])
    def test_pages_hold_every_row_once(self, api: API, limit: int) -> None:
        found = pages(api, f"tickets?limit={limit}")
        assert [row["ticket"] for page in found for row in page] == [f"T-{number}" for number in range(1, 7)]
        assert all(len(page) == limit for page in found[:-1])
        assert found[-1]

    def test_lines_and_rows_are_the_same_tickets(self, api: API) -> None:
        told = api.well("tickets")["tickets"]
        lines = api.ask("tickets?format=jsonl")
        assert lines.mimetype == "application/x-ndjson"
        assert [json.loads(line) for line in lines.text.splitlines()] == told
        rows = api.table("tickets?format=csv")
        assert tuple(rows[0]) == COLUMNS
        assert [row["ticket"] for row in rows] == [row["ticket"] for row in told]
        assert [row["first_response_s"] for row in rows[:2]] == ["1800", "3600"]

    def test_a_formula_is_text_in_csv_only(self, api: API) -> None:
        tell(api.runtime, api.account, ticket("@risk", "2026-03-01 10:00", agent="+1", answered=1))
        (row,) = api.table("tickets?format=csv&to=2026-03-01")
        assert (row["ticket"], row["first_response_agent"], row["reopens"]) == ("'@risk", "'+1", "0")
        assert api.well("tickets?to=2026-03-01")["tickets"][0]["ticket"] == "@risk"

    def test_a_limit_holds_for_every_form(self, api: API) -> None:
        assert len(api.ask("tickets?format=jsonl&limit=2").text.splitlines()) == 2
        assert len(api.table("tickets?format=csv&limit=2&after=T-2")) == 2

    def test_accept_may_ask_for_lines(self, api: API) -> None:
        assert api.ask("tickets", headers={"Accept": "application/x-ndjson"}).mimetype == "application/x-ndjson"

    @pytest.mark.parametrize("form", ["jsonl", "csv"])
    def test_many_stream_across_pages_of_the_database(
        self, api: API, form: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tickets, "_PAGE", 2)
        answer = api.ask(f"tickets?format={form}")
        assert [f"T-{number}" in answer.text for number in range(1, 8)] == [True] * 6 + [False]
        assert "Content-Length" not in answer.headers

    @pytest.mark.parametrize("form", ["json", "jsonl", "csv"])
    def test_a_database_that_fails_is_told_before_anything_is_sent(
        self, api: API, form: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: object, **__: object) -> Any:
            raise OperationalError("select", {}, Exception("gone"))

        token = api.token()
        monkeypatch.setattr(tickets, "pages", away)
        told = api.refused(f"tickets?format={form}", 503, token=token)
        assert told["code"] == "unavailable"
        assert "gone" not in str(told)

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("limit=0", "limit: Choose a number from 1 to 10000."),
            ("limit=10001", "limit: Choose a number from 1 to 10000."),
            ("limit=many", "limit: Choose a number from 1 to 10000."),
            ("limit=" + "9" * 5000, "limit: Choose a number from 1 to 10000."),
            ("format=xml", "format: Choose from json, jsonl, csv."),
            ("after=%00", "after: A text cannot hold the character 0."),
            ("by=channel", "by: There is no such parameter."),
            ("from=2026-03-02&to=2026-03-01", "from: The period begins on 2026-03-02 and ends before, on 2026-03-01."),
        ],
    )
    def test_what_cannot_be_is_one_clear_sentence(self, api: API, query: str, message: str) -> None:
        assert api.refused(f"tickets?{query}")["message"] == message


class TestAnswers:
    def fates(self, api: API) -> dict[tuple[str, str, float], str]:
        rows = api.well("answers")["answers"]
        assert all(row["counted"] == (not row["reason"]) for row in rows)
        return {(row["ticket"], row["kind"], row["score"]): row["reason"] for row in rows}

    def test_an_answer_has_what_a_follow_up_needs(self, api: API) -> None:
        page = api.well("answers?from=2026-03-09&to=2026-03-09")
        assert (page["account"], page["next"]) == ("acme", None)
        (row,) = page["answers"]
        assert tuple(row) == answer_list.COLUMNS
        assert row.pop("at").startswith("2026-03-09T11:00:00")
        assert row == {
            "ticket": "T-1", "kind": "csat", "survey": "csat", "touchpoint": "after resolution", "score": 5.0,
            "low": 1.0, "high": 5.0, "direction": None, "comment": "thank you", "channel": "email", "agent": "7",
            "department": "berlin", "valid": True, "counted": True, "reason": "",
        }  # fmt: skip

    def test_it_says_whether_each_counts_or_why_not(self, api: API) -> None:
        assert self.fates(api) == {
            ("T-1", "csat", 5): "", ("T-2", "csat", 2): "", ("T-3", "csat", 4): "replaced",
            ("T-3", "csat", 3): "", ("T-4", "ces", 6): "", ("T-6", "csat", 1): "tag",
        }  # fmt: skip

    def test_the_counted_ones_are_those_of_the_figure(self, api: API) -> None:
        total = api.well(f"report?{WEEK}")["total"]
        counted = Counter(row["kind"] for row in api.well(f"answers?{WEEK}")["answers"] if row["counted"])
        assert counted == {"csat": total["csat"]["n"], "ces": total["ces"]["n"]}
        assert total["csat"]["distribution"] == {"2": 1, "3": 1, "5": 1}

    def test_a_repeated_and_an_invalidated_one_do_not_count(self, api: API) -> None:
        again = answer("T-1", at("2026-03-13 10:00"), kind="csat", score=5, scale=[1, 5], survey="again")
        bad = answer("T-7", at("2026-03-13 11:00"), kind="csat", score=1, scale=[1, 5])
        taken_back = event("survey.invalidated", "T-7", at("2026-03-14 11:00"), survey="csat", kind="csat")
        tell(api.runtime, api.account, [again], [*ticket("T-7", "2026-03-13 10:00"), bad, taken_back])
        rows = api.well("answers?from=2026-03-13")["answers"]
        assert [(row["ticket"], row["valid"], row["reason"]) for row in rows] == [
            ("T-1", True, "repeated"), ("T-6", True, "tag"), ("T-7", False, "invalidated"),
        ]  # fmt: skip

    def test_a_kind_chooses(self, api: API) -> None:
        assert [row["ticket"] for row in api.well("answers?kind=ces")["answers"]] == ["T-4"]
        assert api.well("answers?kind=nps")["answers"] == []

    @pytest.mark.parametrize("limit", [1, 2, 4, 6])
    def test_pages_hold_every_answer_once(self, api: API, limit: int) -> None:
        whole = api.well("answers")["answers"]
        found = pages(api, f"answers?limit={limit}")
        assert [row for page in found for row in page] == whole
        assert len(whole) == 6

    def test_lines_and_rows_are_the_same_answers(self, api: API) -> None:
        told = api.well("answers")["answers"]
        assert [json.loads(line) for line in api.ask("answers?format=jsonl").text.splitlines()] == told
        rows = api.table("answers?format=csv")
        assert [row["comment"] for row in rows if row["ticket"] == "T-2"] == ["'=too slow"]
        assert [row["counted"] for row in rows] == ["true" if row["counted"] else "false" for row in told]

    def test_nothing_says_who_gave_it(self, api: API) -> None:
        assert not {"customer", "author"} & set(api.well("answers")["answers"][0])

    @pytest.mark.parametrize("after", ["x", "T-1", "W10", "bnVsbA", "é", "W" * 999])
    def test_a_cursor_that_is_none_of_ours_is_refused(self, api: API, after: str) -> None:
        assert api.refused(f"answers?after={after}")["message"] == "after: Take it from `next` of the page before."

    @effort(max_examples=tries(2), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.recursive(st.none() | st.integers() | st.text(max_size=4), lambda inner: st.lists(inner, max_size=6)))
    def test_no_cursor_is_a_failure_of_ours(self, api: API, value: Any) -> None:
        text = base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
        assert api.ask("answers", query_string={"after": text}).status_code in (200, 422)

    @pytest.mark.parametrize("day", [2**31, -(2**40), 10**30, True, False, 1.0, None])
    def test_no_day_of_a_cursor_is_too_much_for_the_database(self, api: API, day: Any) -> None:
        text = base64.urlsafe_b64encode(json.dumps([day, "a", "b", "c", "d"]).encode()).decode()
        assert api.refused("answers", query_string={"after": text})["code"] == "invalid_parameters"


def test_the_list_is_the_same_for_every_page_size(api: API, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = api.ask("answers?format=jsonl").text
    monkeypatch.setattr("plugin.api.lists._PAGE", 1)
    assert api.ask("answers?format=jsonl").text == whole
