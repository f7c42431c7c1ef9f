"""What holds for each command by itself: its help, its wrong arguments, its JSON, its CSV, its silence in a pipe."""

from __future__ import annotations

import argparse
import csv
import io
import os
import re
import string
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.cli import COMMANDS, main, parser
from plugin.commands.command import Command, Option, sentence
from plugin.commands.terminal import progress, write_csv, write_json, write_table
from plugin.exports import REPORT_COLUMNS, cell, csv_lines, json_lines
from plugin.report_text import shown
from tests.cli.conftest import CLI, story
from workers.ticket_rows import COLUMNS
from workers.wording.language import language

FORMULA = ("=", "+", "-", "@", "\t", "\r")
NAMED = {"-".join(command.words): command for command in COMMANDS}
#: What each command needs to be understood; options under test are put behind it.
NEEDED: dict[str, tuple[str, ...]] = {
    "account-add": ("acme", "--desk", "generic"),
    "account-show": ("acme",),
    "account-set": ("acme", "--settings", "a.toml"),
    "account-rotate-secret": ("acme",),
    "account-remove": ("acme",),
    "account-token-add": ("acme", "--name", "n"),
    "account-token-list": ("acme",),
    "account-token-revoke": ("acme", "--name", "n"),
    "account-user-add": ("acme", "eva"),
    "account-user-list": ("acme",),
    "account-user-remove": ("acme", "eva"),
    "account-slack": ("acme",),
    "connect": ("generic", "--account", "acme"),
    "backfill": ("--account", "acme", "--since", "2026-01-01"),
    "package": ("zendesk", "--account", "acme", "--output", "app.zip"),
    "import": ("history.jsonl", "--account", "acme"),
    "report": ("--account", "acme"),
    "tickets": ("--account", "acme"),
    "rebuild": ("--account", "acme"),
    "verify": ("--account", "acme"),
    "calls": ("--account", "acme"),
    "replay": ("--account", "acme"),
    "survey-state": ("--account", "acme"),
    "survey-suspects": ("--account", "acme"),
    "survey-restore": ("--account", "acme", "--ticket", "T1", "--survey", "deskpulse-csat"),
    "survey-doubt": ("--account", "acme", "--ticket", "T1", "--survey", "deskpulse-csat"),
    "forget": ("--account", "acme", "c-1"),
}
ALL_OPTIONS = [
    pytest.param(command, each, id=f"{name}{each.names[0]}")
    for name, command in NAMED.items()
    for each in (*command.options, *command.exclusive)
]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is said at the terminal does not depend on the database."""
    return sqlite_url


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def help_of(command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", "300")
    assert main([*command.words, "--help"], {}) == 0
    return capsys.readouterr().out


def line_of(code: int, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of a refusal."""
    shown = capsys.readouterr()
    assert (code, shown.out, shown.err.count("\n")) == (2, "", 1), shown
    return shown.err.strip()


class TestHelp:
    @pytest.mark.parametrize(("command", "each"), ALL_OPTIONS)
    def test_each_option_is_explained(
        self, command: Command, each: Option, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shown = help_of(command, capsys, monkeypatch)
        assert each.help in shown
        assert (each.names[0] if each.names[0].startswith("-") else each.more.get("metavar", each.names[0])) in shown

    @pytest.mark.parametrize("command", COMMANDS, ids=list(NAMED))
    def test_a_command_is_told_as_one_sentence(
        self, command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert sentence(command.help) in help_of(command, capsys, monkeypatch)
        assert not command.help.endswith(".")
        assert command.help[0].islower()

    def test_the_list_of_commands_names_them_all(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "200")
        assert main(["--help"], {}) == 0
        shown = capsys.readouterr().out
        assert {command.words[0] for command in COMMANDS} <= set(re.findall(r"^    ([a-z-]+)", shown, re.MULTILINE))

    def test_no_command_is_there_twice(self) -> None:
        assert len(NAMED) == len(COMMANDS)
        assert all(1 <= len(command.words) <= 3 for command in COMMANDS)


class TestWrong:
    @pytest.mark.parametrize("name", NAMED)
    def test_an_option_that_is_not_there_is_named(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        code = main([*NAMED[name].words, *NEEDED.get(name, ()), "--frobnicate"], {})
        assert "--frobnicate" in line_of(code, capsys)

    @pytest.mark.parametrize("name", [name for name in NAMED if name in NEEDED])
    def test_what_is_required_is_asked_for(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        line = line_of(main([*NAMED[name].words], {}), capsys)
        assert "required" in line
        assert f"deskpulse {' '.join(NAMED[name].words)} --help" in line

    @pytest.mark.parametrize("name", [name for name in NAMED if name in NEEDED])
    def test_what_is_needed_suffices(self, name: str) -> None:
        options = parser().parse_args([*NAMED[name].words, *NEEDED[name]])
        assert isinstance(options, argparse.Namespace)
        assert options.command is NAMED[name]

    @pytest.mark.parametrize(
        ("command", "each"),
        [case for case in ALL_OPTIONS if "choices" in case.values[1].more],  # type: ignore[union-attr]
    )
    def test_a_word_that_is_none_of_the_choices_is_told_with_them(
        self, command: Command, each: Option, capsys: pytest.CaptureFixture[str]
    ) -> None:
        name = "-".join(command.words)
        line = line_of(main([*command.words, *NEEDED.get(name, ()), each.names[0], "yaml"], {}), capsys)
        assert all(choice in line for choice in ("yaml", *each.more["choices"]))

    @pytest.mark.parametrize("name", ["calls", "replay"])
    def test_two_options_that_exclude_each_other_are_named(self, name: str, capsys: pytest.CaptureFixture[str]) -> None:
        code = main([name, *NEEDED[name], "--unreadable", "--set-aside"], {})
        assert "not allowed with" in line_of(code, capsys)

    @pytest.mark.parametrize("option", ["--from", "--to"])
    @pytest.mark.parametrize("command", ["report", "tickets"])
    @pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "31.01.2026", "2026-13-01", "20260101x"])
    def test_what_is_no_day_is_told_with_an_example(
        self, cli: CLI, account: str, command: str, option: str, day: str
    ) -> None:
        line = cli.refused(command, "--account", account, option, day)
        assert line == f"{option} {day} is not a day; write it as YYYY-MM-DD, such as 2026-01-31."

    @pytest.mark.parametrize("command", ["report", "tickets"])
    def test_days_in_the_wrong_order_are_both_named(self, cli: CLI, account: str, command: str) -> None:
        line = cli.refused(command, "--account", account, "--from", "2026-02-02", "--to", "2026-02-01")
        assert line == "--from 2026-02-02 is after --to 2026-02-01; change one of them."

    @pytest.mark.parametrize(
        "arguments",
        [
            ("account", "show", "nobody"),
            ("account", "rotate-secret", "nobody"),
            ("account", "remove", "nobody"),
            ("backfill", "--account", "nobody", "--since", "2026-01-01"),
            ("replay", "--account", "nobody", "--unreadable"),
            ("forget", "--account", "nobody", "c-1"),
        ],
    )
    def test_an_account_that_is_not_there_is_one_line(self, cli: CLI, arguments: Sequence[str]) -> None:
        assert "There is no account nobody; `deskpulse account list` shows them." in cli.refused(*arguments)

    @pytest.mark.parametrize("arguments", [("account", "set", "acme", "--settings"), ("import", "--account", "acme")])
    def test_a_file_that_is_not_there_is_named(self, cli: CLI, account: str, arguments: Sequence[str]) -> None:
        line = cli.refused(*arguments, cli.folder / "missing.toml.jsonl")
        assert "missing.toml.jsonl" in line

    @pytest.mark.parametrize("content", ["time_zone = ", "time_zone = 3", "unknown = 1", 'time_zone = "Nowhere/At"'])
    def test_wrong_settings_change_nothing(self, cli: CLI, account: str, content: str) -> None:
        before = cli.well("account", "show", account, "--format", "json").json
        cli.refused("account", "set", account, "--settings", cli.file("wrong.toml", content))
        assert cli.well("account", "show", account, "--format", "json").json == before

    @pytest.mark.parametrize("metric", ["nonsense", "", "CSAT", "csat; drop table"])
    def test_a_metric_that_is_not_there_is_told_with_those_there_are(self, cli: CLI, account: str, metric: str) -> None:
        for option in ("--metric", "--explain"):
            assert "ticket_volume" in cli.refused("report", "--account", account, option, metric)


SIMPLE = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8"), max_size=9)
DOCUMENT = SIMPLE | st.lists(SIMPLE, max_size=3) | st.dictionaries(st.text("abc", max_size=3), SIMPLE, max_size=3)


class TestJSON:
    def test_an_account_is_told_by_its_documented_keys(self, cli: CLI) -> None:
        made = cli.well("account", "add", "acme", "--desk", "generic", "--format", "json").json
        assert set(made) == {"account", "webhook_url", "secret"}
        shown = cli.well("account", "show", "acme", "--format", "json").json
        assert set(shown) == {"account", "desk", "webhook_url", "desk_url", "credentials", "author", "settings"}
        rotated = cli.well("account", "rotate-secret", "acme", "--format", "json").json
        assert set(rotated) == set(made)
        assert rotated["secret"] != made["secret"]

    def test_accounts_and_calls_are_lists(self, cli: CLI, account: str) -> None:
        assert cli.well("account", "list", "--format", "json").json == [
            {"account": "acme", "desk": "generic", "tickets": 0}
        ]
        assert cli.well("calls", "--account", account, "--format", "json").json == []

    def test_an_empty_report_has_every_key_and_no_zero_for_nothing(self, cli: CLI, account: str) -> None:
        told = cli.well("report", "--account", account, "--format", "json").json
        assert {"account", "from", "to", "as_of", "time_zone", "by", "previous", "rows", "total"} <= set(told)
        assert (told["rows"], told["by"]) == ([], "channel")
        empty = [figure for figure in told["total"].values() if figure["n"] == 0 and figure["unit"] in ("%", "s")]
        assert empty
        assert all(figure["value"] is None for figure in empty)

    def test_the_rows_of_a_report_add_up_to_its_total(self, cli: CLI, account: str) -> None:
        lines = [
            line for n, channel in enumerate(("email", "chat", "email")) for line in story(f"t{n}", channel=channel)
        ]
        cli.well("import", cli.lines("history.jsonl", lines), "--account", account)
        period = ("--from", "2026-03-01", "--to", "2026-03-07", "--format", "json")
        told = cli.well("report", "--account", account, *period).json
        volumes = {row["channel"]: row["metrics"]["ticket_volume"]["n"] for row in told["rows"]}
        assert volumes == {"email": 2, "chat": 1}
        assert told["total"]["ticket_volume"]["n"] == 3

    def test_csv_and_json_tell_the_same(self, cli: CLI, account: str) -> None:
        cli.well("import", cli.lines("history.jsonl", story("t1")), "--account", account)
        asked = ("report", "--account", account, "--from", "2026-03-01", "--to", "2026-03-07", "--format")
        rows = list(csv.DictReader(io.StringIO(cli.well(*asked, "csv").out)))
        told = cli.well(*asked, "json").json
        assert tuple(rows[0]) == ("channel", *REPORT_COLUMNS)
        total = {row["figure"]: row for row in rows if row["channel"] == "(total)"}
        assert set(total) == set(told["total"])
        assert all(row["n"] == str(told["total"][name]["n"]) for name, row in total.items())

    def test_tickets_as_csv_and_as_json_lines_tell_the_same(self, cli: CLI, account: str) -> None:
        cli.well("import", cli.lines("history.jsonl", [*story("t1"), *story("=2")]), "--account", account)
        lines = [orjson.loads(line) for line in cli.well("tickets", "--account", account).out.splitlines()]
        rows = list(csv.DictReader(io.StringIO(cli.well("tickets", "--account", account, "--format", "csv").out)))
        assert [tuple(line) for line in lines] == [COLUMNS, COLUMNS]
        assert sorted(row["ticket"] for row in rows) == ["'=2", "t1"]
        assert {row["first_response_s"] for row in rows} == {str(line["first_response_s"]) for line in lines}

    @given(DOCUMENT)
    def test_one_document_is_written_with_an_end(self, value: Any) -> None:
        out = io.StringIO()
        write_json(out, value)
        assert orjson.loads(out.getvalue()) == value
        assert out.getvalue().endswith("\n")


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
STARTING = st.builds(str.__add__, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", " ", "'", "", "x"]), TEXT)
VALUE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | STARTING


class TestCSV:
    @given(VALUE)
    def test_no_text_begins_a_formula_and_numbers_stay_numbers(self, value: Any) -> None:
        made = cell(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            assert made is value
        else:
            assert isinstance(made, str)
            assert not made.startswith(FORMULA)

    @given(STARTING)
    def test_a_text_is_changed_only_by_an_apostrophe_where_it_must_be(self, text: str) -> None:
        assert cell(text) == ("'" + text if text.startswith(FORMULA) else text)

    @given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), VALUE, max_size=6), max_size=3))
    def test_a_file_read_back_has_a_safe_cell_for_each_column(self, rows: list[dict[str, Any]]) -> None:
        text = "".join(csv_lines(rows))
        read = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        assert read[0] == list(COLUMNS)
        assert [len(row) for row in read] == [len(COLUMNS)] * (len(rows) + 1)
        for row, found in zip(rows, read[1:], strict=True):
            for name, text_ in zip(COLUMNS, found, strict=True):
                assert text_ == str(cell(row.get(name)))

    @pytest.mark.parametrize("text", ["x\r=1+1", "x\n=1+1", 'x"\r\n"=1', "\r", "\n=1"])
    def test_no_line_end_inside_a_text_begins_a_row(self, text: str) -> None:
        lines = list(csv_lines([{"ticket": text}]))
        read = list(csv.reader(io.StringIO("".join(lines), newline="")))
        assert len(read) == len(lines) == 2
        assert read[1][0].removeprefix("'") == text

    @given(st.lists(st.fixed_dictionaries({"name": STARTING, "n": st.integers()}), max_size=4))
    def test_reports_are_as_safe(self, rows: list[dict[str, Any]]) -> None:
        out = io.StringIO(newline="")
        write_csv(out, ("name", "n"), rows)
        read = list(csv.reader(io.StringIO(out.getvalue(), newline="")))
        assert not any(name.startswith(FORMULA) for name, _ in read)
        assert [int(number) for _, number in read[1:]] == [row["n"] for row in rows]

    @given(
        st.lists(
            st.dictionaries(st.sampled_from(COLUMNS), st.none() | st.integers(0, 9) | TEXT, max_size=6), max_size=4
        )
    )
    def test_json_lines_are_one_line_a_row_with_every_column(self, rows: list[dict[str, Any]]) -> None:
        lines = list(json_lines(rows))
        assert all(line.count("\n") == 1 and line.endswith("\n") for line in lines)
        assert [orjson.loads(line) for line in lines] == [{name: row.get(name) for name in COLUMNS} for row in rows]


class TestTerminal:
    def test_progress_leaves_nothing_in_a_pipe(self) -> None:
        err = io.StringIO()
        with progress(err) as step:
            step("fetching", 1, None)
            step("fetching", 2, 2)
        assert err.getvalue() == ""

    def test_progress_on_a_terminal_is_wiped_in_the_end(self) -> None:
        err = Terminal()
        with progress(err) as step:
            step("fetching", 1, 2)
        assert "fetching" in err.getvalue()
        assert err.getvalue().rstrip().endswith("\x1b[2K")

    @given(st.lists(st.tuples(st.text(string.ascii_letters, max_size=9), st.integers(0, 10**6)), max_size=5))
    def test_columns_of_a_plain_table_stand_below_each_other(self, rows: list[tuple[str, int]]) -> None:
        out = io.StringIO()
        write_table(out, ("name", "number"), rows)
        lines = out.getvalue().splitlines()
        place = lines[0].index("number")
        assert len(lines) == len(rows) + 1
        assert [line[place:] for line in lines[1:]] == [str(number) for _, number in rows]
        assert all(line == line.rstrip() for line in lines)

    @pytest.mark.parametrize(
        ("seconds", "told"),
        [(0, "0 s"), (59.4, "59 s"), (59.7, "1 min"), (3599, "1 h"), (5759, "1 h 36 min"), (90061, "1 d 1 h")],
    )
    def test_durations_are_told_as_in_the_panel(self, seconds: float, told: str) -> None:
        assert shown(seconds, "s") == told == language("en").duration(seconds)

    @pytest.mark.parametrize(
        ("value", "unit", "told"),
        [
            (None, "%", ""),
            (12.345, "%", "12.3 %"),
            (1234, "tickets", "1,234"),
            (3.456, "points", "3.46"),
            (61, "s", "1 min 1 s"),
        ],
    )
    def test_a_figure_is_told_in_its_unit(self, value: float | None, unit: str, told: str) -> None:
        assert shown(value, unit) == told


class TestEnds:
    def test_a_reader_that_has_enough_ends_the_export_well(self, cli: CLI, account: str) -> None:
        lines = [line for number in range(3) for line in story(f"ticket-{number}")]
        cli.well("import", cli.lines("history.jsonl", lines), "--account", account)
        reading, writing = os.pipe()
        os.close(reading)
        root = Path(__file__).parents[2]
        with os.fdopen(writing, "wb") as pipe:
            ended = subprocess.run(
                [sys.executable, "-m", "plugin.cli", "tickets", "--account", account],
                cwd=root, env={"PATH": os.environ["PATH"], **cli.settings.variables}, stdout=pipe,
                stderr=subprocess.PIPE, check=False, timeout=60,
            )  # fmt: skip
        assert (ended.returncode, ended.stderr) == (0, b"")

    @pytest.mark.parametrize(
        ("place", "arguments"),
        [
            ("plugin.commands.tickets.tickets.pages", ("tickets", "--account", "acme")),
            ("plugin.commands.report.report", ("report", "--account", "acme")),
        ],
    )
    def test_ctrl_c_is_130_and_one_word(
        self, cli: CLI, account: str, monkeypatch: pytest.MonkeyPatch, place: str, arguments: Sequence[str]
    ) -> None:
        def interrupted(*_: object, **__: object) -> Any:
            raise KeyboardInterrupt

        monkeypatch.setattr(place, interrupted)
        ended = cli(*arguments)
        assert (ended.code, ended.out, ended.err) == (130, "", "interrupted\n")
