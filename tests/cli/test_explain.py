"""`deskpulse report --explain`: where a figure comes from, for people, as JSON and as CSV."""

from __future__ import annotations

import csv
import io

import pytest

from tests.cli.conftest import CLI, story

MARCH = ("--from", "2026-03-01", "--to", "2026-03-31")


@pytest.fixture
def counted(cli: CLI, account: str) -> str:
    """In March two tickets by e-mail, one by chat and one that is spam."""
    events = [
        *story("T-1"),
        *story("T-2", customer="c-2", day="2026-03-03"),
        *story("T-3", customer="c-3", day="2026-03-04", channel="chat"),
        *story("T-4", customer="c-4", day="2026-03-05"),
        {"type": "status.changed", "ticket": "T-4", "at": "2026-03-06T09:00:00+01:00", "status": "spam"},
    ]
    cli.well("import", cli.lines("t.jsonl", events), "--account", account)
    return account


class TestExplain:
    def test_a_person_reads_the_definition_the_funnel_and_the_tickets(self, cli: CLI, counted: str) -> None:
        out = cli.well("report", "--account", counted, *MARCH, "--explain", "full_resolution_time").out
        lines = [line.split() for line in out.splitlines() if line]
        assert out.startswith("acme: 2026-03-01 to 2026-03-31\nResolution (full_resolution_time): 2 h, n 3\n")
        assert [line[0] for line in lines[2:8]] == [
            "definition", "formula", "cohort", "exclusions", "source", "version"
        ]  # fmt: skip
        assert ["in", "period", "4"] in lines
        assert ["left", "out:", "spam", "1"] in lines
        assert ["counted", "3", "3", "6", "h"] in lines
        assert ["T-3", "1", "2", "h", "2", "h", "2026-03-04"] in lines
        assert not any(line[0] == "T-4" for line in lines)

    def test_json_is_what_the_workers_tell(self, cli: CLI, counted: str) -> None:
        made = cli.well("report", "--account", counted, *MARCH, "--explain", "csat_mean", "--format", "json").json
        assert (made["metric"], made["figure"]["value"], made["figure"]["n"]) == ("csat_mean", 5.0, 3)
        assert [(each["ticket"], each["total"], each["values"]) for each in made["tickets"]] == [
            ("T-1", 5, [5]), ("T-2", 5, [5]), ("T-3", 5, [5]),
        ]  # fmt: skip

    def test_csv_is_the_tickets_all_of_them_unless_said_otherwise(self, cli: CLI, counted: str) -> None:
        explain = ("report", "--account", counted, *MARCH, "--explain", "csat_mean", "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(cli.well(*explain).out)))
        assert [(row["ticket"], row["n"], row["total"], row["values"], row["day"]) for row in rows] == [
            ("T-1", "1", "5", "5", "2026-03-02"),
            ("T-2", "1", "5", "5", "2026-03-03"),
            ("T-3", "1", "5", "5", "2026-03-04"),
        ]
        rest = cli.well(*explain, "--after", "T-1", "--limit", "1").out
        assert [row["ticket"] for row in csv.DictReader(io.StringIO(rest))] == ["T-2"]

    def test_a_page_says_how_the_next_one_is_asked_for(self, cli: CLI, counted: str) -> None:
        explain = ("report", "--account", counted, *MARCH, "--explain", "ticket_volume", "--limit", "1")
        assert "… and 2 more; --after T-1 shows the next." in cli.well(*explain).out
        second = cli.well(*explain, "--after", "T-1").out
        assert "… and more; --after T-2 shows the next." in second
        assert "shows the next" not in cli.well(*explain, "--after", "T-2").out

    def test_one_slice_is_explained_as_it_is_reported(self, cli: CLI, counted: str) -> None:
        out = cli.well(
            "report", "--account", counted, *MARCH, "--explain", "ticket_volume", "--slice", "channel:chat"
        ).out
        assert out.startswith("acme: 2026-03-01 to 2026-03-31, channel:chat\nTickets (ticket_volume): 1, n 1\n")
        assert "T-3" in out
        assert "T-1" not in out

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (("--explain", "happiness"), "ticket_volume"),
            (("--explain", "csat", "--from", "2026-03-02", "--to", "2026-03-01"), "after"),
            (("--explain", "csat", "--slice", "mood:good"), "KIND:VALUE"),
            (("--explain", "csat", "--slice", "channel:pigeon"), "channel pigeon"),
            (("--explain", "csat", "--by", "day"), "by day"),
            (("--explain", "csat", "--metric", "ces"), "--metric"),
            (("--explain", "csat", "--limit", "0"), "at least 1"),
            (("--explain", "csat", "--limit", "0", "--format", "csv"), "at least 1"),
            (("--after", "T-1"), "--explain"),
            (("--limit", "5"), "--explain"),
            (("--explain", "csat", "--limit", "few"), "few"),
        ],
    )
    def test_what_cannot_be_explained_is_one_line(
        self, cli: CLI, account: str, arguments: tuple[str, ...], told: str
    ) -> None:
        assert told in cli.refused("report", "--account", account, *arguments)
