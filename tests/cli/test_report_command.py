"""`deskpulse report`, `verify` and `rebuild`."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import update

from tests.cli.conftest import CLI, story
from workers.runtime import Runtime
from workers.store import schema

MARCH = ("--from", "2026-03-01", "--to", "2026-03-31")


@pytest.fixture
def counted(cli: CLI, account: str) -> str:
    """Two tickets by e-mail and one by chat in March, one by e-mail in February."""
    events = [
        *story("T-1"),
        *story("T-2", customer="c-2", day="2026-03-03"),
        *story("T-3", customer="c-3", day="2026-03-04", channel="chat"),
        *story("T-4", customer="c-4", day="2026-02-04"),
    ]
    cli.well("import", cli.lines("t.jsonl", events), "--account", account)
    return account


class TestReport:
    def test_json_is_the_public_shape(self, cli: CLI, counted: str) -> None:
        made = cli.well("report", "--account", counted, *MARCH, "--format", "json").json
        assert (made["from"], made["to"], made["time_zone"], made["by"]) == (
            "2026-03-01", "2026-03-31", "Europe/Berlin", "channel",
        )  # fmt: skip
        assert made["previous"]["from"] == "2026-02-01"
        volumes = {row["channel"]: row["metrics"]["ticket_volume"]["value"] for row in made["rows"]}
        assert volumes == {"email": 2, "chat": 1}
        assert made["total"]["ticket_volume"]["value"] == 3
        assert made["total_previous"]["ticket_volume"]["value"] == 1

    def test_a_person_reads_durations_shares_and_the_period_before(self, cli: CLI, counted: str) -> None:
        out = cli.well("report", "--account", counted, *MARCH).out
        assert out.startswith("acme: 2026-03-01 to 2026-03-31 (Europe/Berlin)\nbefore: 2026-02-01 to 2026-02-28")
        lines = {tuple(line.split()[:2]): line.split() for line in out.splitlines() if line}
        assert lines["email", "ticket_volume"][2:] == ["2", "1", "learning", "2"]
        assert lines["(total)", "full_resolution_time"][2:6] == ["2", "h", "2", "h"]

    def test_csv_has_one_line_a_figure_of_a_row(self, cli: CLI, counted: str) -> None:
        text = cli.well("report", "--account", counted, *MARCH, "--format", "csv", "--metric", "ticket_volume").out
        rows = list(csv.DictReader(io.StringIO(text)))
        assert {row["figure"] for row in rows} == {"ticket_volume"}
        assert {row["channel"]: (row["value"], row["previous_value"]) for row in rows} == {
            "email": ("2", "1"), "chat": ("1", ""), "(total)": ("3", "1"),
        }  # fmt: skip

    def test_rows_may_be_days_and_of_one_slice(self, cli: CLI, counted: str) -> None:
        arguments = ("--by", "day", "--slice", "channel:chat", "--from", "2026-03-03", "--to", "2026-03-05")
        made = cli.well("report", "--account", counted, *arguments, "--format", "json").json
        assert [(row["day"], row["metrics"]["ticket_volume"]["value"]) for row in made["rows"]] == [
            ("2026-03-03", None), ("2026-03-04", 1), ("2026-03-05", None),
        ]  # fmt: skip

    def test_without_days_it_is_about_the_last_four_weeks(self, cli: CLI, counted: str) -> None:
        made = cli.well("report", "--account", counted, "--format", "json").json
        assert made["unfinished"] is True
        made = cli.well("report", "--account", counted, "--to", "2026-03-28", "--format", "json").json
        assert made["from"] == "2026-03-01"

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("--by", "colour"), "colour"),
            (("--metric", "happiness"), "happiness"),
            (("--explain", "happiness"), "ticket_volume"),
            (("--slice", "agent:a-1", "--by", "department"), "department"),
            (("--slice", "email"), "KIND:VALUE"),
            (("--from", "2026-03-02", "--to", "2026-03-01"), "after"),
            (("--from", "2026-3"), "2026-3"),
        ],
    )
    def test_what_cannot_be_reported_is_one_line(
        self, cli: CLI, account: str, arguments: tuple[str, ...], told: str
    ) -> None:
        assert told in cli.refused("report", "--account", account, *arguments)


class TestRecounting:
    def test_a_change_of_zone_is_counted_by_rebuild(self, cli: CLI, counted: str) -> None:
        cli.well("account", "set", counted, "--settings", cli.file("new.toml", 'time_zone = "Asia/Tokyo"\n'))
        report = ("report", "--account", counted, *MARCH, "--format", "json")
        assert cli.well(*report).json["rebuilding"] == {"done": 0, "of": 4}
        assert "counted again" in cli.well("report", "--account", counted, *MARCH).out
        assert cli("verify", "--account", counted).code == 1
        assert "present rules" in cli.well("rebuild", "--account", counted).out
        assert "rebuilding" not in cli.well(*report).json
        assert "4 tickets and every figure" in cli.well("verify", "--account", counted).out

    def test_verify_shows_what_differs_and_rebuild_anew_mends_it(
        self, cli: CLI, counted: str, runtime: Runtime
    ) -> None:
        with runtime.database.write() as connection:
            rows = schema.tickets.c
            connection.execute(update(schema.tickets).where(rows.ticket == "T-2").values(counted="[]"))
        ended = cli("verify", "--account", counted)
        assert ended.code == 1
        assert "ticket T-2: its facts are" in ended.out
        assert "--anew" in ended.err
        cli.well("rebuild", "--account", counted, "--anew")
        cli.well("verify", "--account", counted)
