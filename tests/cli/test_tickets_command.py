"""`deskpulse tickets`: which rows, in which form, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import json

import pytest

from plugin.exports import cell, csv_lines
from tests.cli.conftest import CLI, story
from workers.ticket_rows import COLUMNS


@pytest.fixture
def tickets(cli: CLI, account: str) -> str:
    """Three tickets of three days; the last one is incomplete."""
    lone = {"type": "status.changed", "ticket": "T-3", "at": "2026-03-04T10:00:00+01:00", "status": "open"}
    # 23:30 UTC is the next day in Berlin.
    late = {"type": "ticket.created", "ticket": "T-2", "at": "2026-03-02T23:30:00Z", "channel": "chat"}
    cli.well("import", cli.lines("t.jsonl", [*story("T-1"), late, lone]), "--account", account)
    return account


class TestRows:
    def chosen(self, cli: CLI, account: str, *days: str) -> list[str]:
        return [
            json.loads(line)["ticket"] for line in cli.well("tickets", "--account", account, *days).out.splitlines()
        ]

    def test_all_without_days_an_incomplete_one_among_them(self, cli: CLI, tickets: str) -> None:
        assert self.chosen(cli, tickets) == ["T-1", "T-2", "T-3"]

    @pytest.mark.parametrize(
        ("days", "chosen"),
        [
            (("--from", "2026-03-03"), ["T-2", "T-3"]),
            (("--to", "2026-03-03"), ["T-1", "T-2"]),
            (("--from", "2026-03-03", "--to", "2026-03-03"), ["T-2"]),
            (("--from", "2026-03-05", "--to", "2026-03-31"), []),
        ],
    )
    def test_days_are_local_and_both_included(
        self, cli: CLI, tickets: str, days: tuple[str, ...], chosen: list[str]
    ) -> None:
        assert self.chosen(cli, tickets, *days) == chosen

    def test_every_column_of_the_contract_is_in_every_row(self, cli: CLI, tickets: str) -> None:
        rows = [json.loads(line) for line in cli.well("tickets", "--account", tickets).out.splitlines()]
        assert [tuple(row) for row in rows] == [COLUMNS] * 3
        assert rows[0]["first_response_s"] == 3600
        assert rows[0]["csat"] == 5
        assert [row["excluded"] for row in rows] == ["", "", "incomplete"]

    @pytest.mark.parametrize(
        ("days", "told"),
        [
            (("--from", "2026-02-30"), "--from 2026-02-30 is not a day"),
            (("--to", "tomorrow"), "--to tomorrow is not a day"),
            (("--from", "2026-03-02", "--to", "2026-03-01"), "--from 2026-03-02 is after --to 2026-03-01"),
        ],
    )
    def test_wrong_days_are_one_line(self, cli: CLI, account: str, days: tuple[str, ...], told: str) -> None:
        assert told in cli.refused("tickets", "--account", account, *days)


class TestCSV:
    def test_numbers_stay_numbers_and_nothing_is_an_empty_cell(self, cli: CLI, tickets: str) -> None:
        text = cli.well("tickets", "--account", tickets, "--format", "csv").out
        rows = list(csv.DictReader(io.StringIO(text)))
        assert tuple(rows[0]) == COLUMNS
        assert (rows[0]["full_resolution_s"], rows[0]["csat"], rows[0]["agent"]) == ("7200", "5", "")

    def test_a_ticket_that_would_be_a_formula_is_text(self, cli: CLI, account: str) -> None:
        cli.well("import", cli.lines("t.jsonl", story("=cmd|' /C calc'!A0")), "--account", account)
        text = cli.well("tickets", "--account", account, "--format", "csv").out
        assert next(csv.DictReader(io.StringIO(text)))["ticket"] == "'=cmd|' /C calc'!A0"

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
    def test_text_that_starts_a_formula_gets_an_apostrophe(self, start: str) -> None:
        assert cell(f"{start}1") == f"'{start}1"

    @pytest.mark.parametrize(("value", "written"), [(-3, -3), (-0.5, -0.5), (None, ""), (True, "true"), ("a-b", "a-b")])
    def test_everything_else_stays(self, value: object, written: object) -> None:
        assert cell(value) == written

    def test_lines_come_one_by_one(self) -> None:
        def rows() -> object:
            yield {"ticket": "T-1"}
            raise AssertionError("asked for more than was wanted")

        lines = csv_lines(rows())  # type: ignore[arg-type]
        assert next(lines).startswith("ticket,channel,")
        assert next(lines).startswith("T-1,,")
