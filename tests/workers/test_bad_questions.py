"""What cannot be answered is refused in one line that says what to change, on standard error, with exit 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CLI
from workers.settings import Settings


@pytest.fixture
def cli(settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CLI:
    """`deskpulse` on an empty database, with one account."""
    monkeypatch.setattr("plugin.commands.terminal.sys.stdin", None)
    made = CLI(settings, capsys, tmp_path)
    made.well("account", "add", "acme", "--desk", "generic")
    return made


def span(first: str, last: str, by: str = "day") -> tuple[str, ...]:
    return "--from", first, "--to", last, "--by", by


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (("--metric", "happiness"), "there is no metric happiness; choose from ticket_volume"),
        (("--metric", "csat", "happiness"), "there is no metric happiness"),
        (("--explain", "happiness"), "here is no metric happiness; choose from ticket_volume"),
        (("--by", "mood"), "there is no report by mood; choose from channel"),
        (("--slice", "mood:sad"), "there is no slice mood:sad; write KIND:VALUE, with a kind of channel"),
        (("--slice", "channel"), "there is no slice channel; write KIND:VALUE"),
        (("--slice", "channel:fax"), "there is no channel fax; choose from email"),
        (("--slice", "agent:7", "--by", "tag"), "by channel, day, week, month, weekday_hour, not by tag"),
        (("--from", "2026-02-30"), "--from 2026-02-30 is not a day; write it as YYYY-MM-DD"),
        (("--to", "yesterday"), "--to yesterday is not a day; write it as YYYY-MM-DD"),
        (span("2026-03-05", "2026-03-04"), "--from 2026-03-05 is after --to 2026-03-04"),
        (span("1990-01-01", "2089-12-31"), "a report by day has at most 3,660 rows; ask for fewer days or longer rows"),
        (span("1990-01-01", "2089-12-31", "week"), "a report by week has at most 3,660 rows"),
        (span("0001-01-01", "0001-01-31"), "from 1970-01-01 to 2199-12-31"),
        (span("2026-01-01", "9999-12-31", "channel"), "from 1970-01-01 to 2199-12-31"),
    ],
)
def test_a_report_that_cannot_be_made_is_one_line(cli: CLI, question: tuple[str, ...], told: str) -> None:
    assert told in cli.refused("report", "--account", "acme", *question)


def test_a_hundred_years_are_answered_where_the_rows_are_few(cli: CLI) -> None:
    made = cli.well("report", "--account", "acme", *span("1990-01-01", "2089-12-31", "channel"), "--format", "json")
    assert made.json["rows"] == []
    assert (made.json["from"], made.json["total"]["ticket_volume"]["value"]) == ("1990-01-01", None)


def test_ten_years_are_not_too_many_days(cli: CLI) -> None:
    question = ("--metric", "ticket_volume", "--format", "json")
    made = cli.well("report", "--account", "acme", *span("2016-01-01", "2025-12-31"), *question)
    assert len(made.json["rows"]) == 3653


@pytest.mark.parametrize(
    ("settings_text", "told"),
    [
        ('time_zone = "Europe/Agram"', "time_zone: Europe/Agram is not a time zone such as Europe/Zagreb"),
        ('schedule = "night"', "schedule: there is no [schedules.night]"),
        ('[departments.x]\nschedule = "no"', "departments.x.schedule: there is no [schedules.no]"),
        ('[schedules.main]\nmon = ["17:00-09:00"]', "schedules.main.mon: 17:00-09:00 must end after it starts"),
        ('[schedules.main]\ntime_zone = "Mars"', "schedules.main.time_zone: Mars is not a time zone"),
        ('[schedules.main]\nholidays = ["2026-02-30"]', "schedules.main.holidays"),
        ("repeat_days = 0", "repeat_days: Must be greater than or equal to 1"),
        ('tme_zone = "UTC"', "tme_zone: Unknown field"),
        ("time_zone =", "the settings are not TOML"),
    ],
)
def test_settings_that_are_wrong_are_one_line(cli: CLI, settings_text: str, told: str) -> None:
    path = cli.file("account.toml", settings_text + "\n")
    assert told in cli.refused("account", "add", "other", "--desk", "generic", "--settings", path)
    assert told in cli.refused("account", "set", "acme", "--settings", path)


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("[columns", "the mapping is not TOML"),
        ("", "the mapping is not right: ticket: Missing data for required field."),
        ("mood = 1", "mood: Unknown field."),
    ],
)
def test_a_mapping_that_is_wrong_is_one_line(cli: CLI, mapping: str, told: str) -> None:
    table = cli.file("history.csv", "id,opened\n1,2026-03-02 10:00\n")
    path = cli.file("mapping.toml", mapping + "\n")
    assert told in cli.refused("import", table, "--account", "acme", "--mapping", path)


def test_a_file_or_an_account_that_is_not_there_is_one_line(cli: CLI) -> None:
    assert "none.jsonl" in cli.refused("import", "none.jsonl", "--account", "acme")
    assert "nobody" in cli.refused("report", "--account", "nobody")
