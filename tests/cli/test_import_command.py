"""`deskpulse import`: what is told, what is put aside, and that it may be said twice."""

from __future__ import annotations

import gzip
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import CLI, story
from tests.workers.standing import rows
from workers import imports
from workers.runtime import Runtime
from workers.store import schema

MAPPING = """
ticket = "id"
[time]
column = "when"
zone = "Europe/Berlin"
[[rules]]
first = true
events = [{ type = "ticket.created", channel = "email" }]
[[rules]]
when = { what = "done" }
events = [{ type = "status.changed", status = "resolved" }]
"""
TABLE = "id,when,what\nT-1,2026-03-02 10:00:00,start\nT-1,2026-03-02 11:30:00,done\nT-2,2026-03-03 10:00:00,start\n"


class TestEvents:
    def test_events_become_tickets_and_figures_without_a_worker(self, cli: CLI, account: str) -> None:
        path = cli.lines("two.jsonl", story("T-1") + story("T-2"))
        ended = cli.well("import", path, "--account", account)
        assert ended.out.startswith("8 records read, 8 events (")
        assert "acme has 2 tickets." in ended.out
        report = cli.well(
            "report", "--account", account, "--from", "2026-03-02", "--to", "2026-03-02", "--format", "json"
        ).json
        assert report["total"]["ticket_volume"]["value"] == 2
        assert report["total"]["full_resolution_time"]["value"] == 7200
        assert report["total"]["csat"]["numerator"] == 2
        assert cli.well("verify", "--account", account).out.startswith("2 tickets and every figure")

    def test_nothing_is_asked_of_the_desk(self, cli: CLI, account: str, runtime: Runtime) -> None:
        cli.well("import", cli.lines("one.jsonl", story("T-1")), "--account", account)
        assert rows(runtime, schema.actions) == []
        assert {row.origin for row in rows(runtime, schema.events)} == {"import"}

    def test_the_same_file_again_changes_nothing(self, cli: CLI, account: str, runtime: Runtime) -> None:
        path = cli.lines("one.jsonl", story("T-1"))
        cli.well("import", path, "--account", account)
        before = [rows(runtime, table) for table in (schema.events, schema.tickets, schema.chunks, schema.changes)]
        cli.well("import", path, "--account", account)
        assert [
            rows(runtime, table) for table in (schema.events, schema.tickets, schema.chunks, schema.changes)
        ] == before

    def test_a_packed_file_and_a_byte_order_mark_are_read(self, cli: CLI, account: str) -> None:
        text = "\ufeff" + "".join(json.dumps(event) + "\r\n" for event in story("T-1")) + "\n\n"
        path = cli.folder / "one.jsonl.gz"
        path.write_bytes(gzip.compress(text.encode()))
        assert "4 events" in cli.well("import", path, "--account", account).out


class TestBadLines:
    def bad(self, cli: CLI, number: int = 3) -> Path:
        lines = [json.dumps(story("T-1")[0]), *['{"type": "ticket.created"'] * number, json.dumps(story("T-2")[0])]
        return cli.file("some.jsonl", "\n".join(lines) + "\n")

    def test_the_good_ones_are_imported_and_the_others_told_with_their_line(self, cli: CLI, account: str) -> None:
        ended = cli("import", self.bad(cli), "--account", account)
        assert ended.code == 2
        assert "acme has 2 tickets" in ended.out
        assert [line.split(":")[0] for line in ended.err.splitlines()[:3]] == ["line 2", "line 3", "line 4"]
        assert "3 records could not be read" in ended.err.splitlines()[-1]

    def test_all_of_them_are_in_a_file_that_only_this_user_reads(self, cli: CLI, account: str) -> None:
        cli("import", self.bad(cli, 25), "--account", account)
        kept = cli.folder / "some.jsonl.rejected.jsonl"
        lines = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
        assert [line["line"] for line in lines] == list(range(2, 27))
        assert lines[0]["text"] == '{"type": "ticket.created"'
        assert "JSON" in lines[0]["reason"]
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600

    def test_at_most_twenty_are_listed(self, cli: CLI, account: str) -> None:
        ended = cli("import", self.bad(cli, 25), "--account", account)
        assert len(ended.err.splitlines()) == 21
        assert "25 records" in ended.err

    def test_a_field_that_is_wrong_is_named(self, cli: CLI, account: str) -> None:
        path = cli.lines(
            "one.jsonl", [{**story("T-1")[0], "at": "yesterday"}, {**story("T-1")[0], "at": "2190-01-01T00:00:00Z"}]
        )
        ended = cli("import", path, "--account", account)
        assert "line 1: ticket.created: at must be an ISO 8601 time" in ended.err
        assert "line 2: ticket.created: at is more than 24 hours in the future" in ended.err

    def test_where_nothing_can_be_written_they_are_told_all_the_same(
        self, cli: CLI, account: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = self.bad(cli)

        really = os.open

        def refuse(place: Any, *more: Any, **options: Any) -> int:
            if str(place).endswith(".rejected.jsonl"):
                raise PermissionError(13, "Permission denied")
            return really(place, *more, **options)

        monkeypatch.setattr("plugin.commands.importing.os.open", refuse)
        ended = cli("import", path, "--account", account)
        assert ended.code == 2
        assert "acme has 2 tickets" in ended.out
        assert "could not be written" in ended.err.splitlines()[-1]

    def test_a_folder_in_the_place_of_their_file_is_told_before_anything_is_done(self, cli: CLI, account: str) -> None:
        (cli.folder / "some.jsonl.rejected.jsonl").mkdir()
        assert "cannot be replaced" in cli.refused("import", self.bad(cli), "--account", account)

    def test_a_mended_file_leaves_no_file_of_rejects(self, cli: CLI, account: str) -> None:
        path = self.bad(cli)
        cli("import", path, "--account", account)
        cli.lines("some.jsonl", story("T-1"))
        cli.well("import", path, "--account", account)
        assert not (cli.folder / "some.jsonl.rejected.jsonl").exists()


class TestTables:
    def test_rows_become_events(self, cli: CLI, account: str) -> None:
        path, mapping = cli.file("log.csv", TABLE), cli.file("log.toml", MAPPING)
        ended = cli.well("import", path, "--account", account, "--mapping", mapping)
        assert "3 records read, 3 events" in ended.out
        exported = cli.well("tickets", "--account", account).out.splitlines()
        (first, second) = map(json.loads, exported)
        assert (first["ticket"], first["created_at"], first["full_resolution_s"]) == (
            "T-1",
            "2026-03-02T09:00:00Z",
            5400,
        )
        assert (second["ticket"], second["resolved_at"]) == ("T-2", None)

    def test_a_row_that_cannot_be_read_is_put_aside_as_it_stands(self, cli: CLI, account: str) -> None:
        path = cli.file("log.csv", TABLE + 'T-3,"no, time",start\nT-4\n')
        ended = cli("import", path, "--account", account, "--mapping", cli.file("log.toml", MAPPING))
        assert ended.code == 2
        assert "line 5: the time 'no, time' cannot be read" in ended.err
        assert "line 6: has 1 cells where the header has 3" in ended.err
        kept = (cli.folder / "log.csv.rejected.jsonl").read_text(encoding="utf-8").splitlines()
        assert json.loads(kept[0])["text"] == 'T-3,"no, time",start'

    @pytest.mark.parametrize(
        ("name", "content", "mapping", "told"),
        [
            ("log.csv", TABLE, None, "--mapping"),
            ("log.jsonl", "", MAPPING, "leave --mapping out"),
            ("log.xlsx", "", None, ".jsonl"),
            ("log.csv", "", MAPPING, "empty"),
            ("log.csv", "id,when\n", MAPPING, "'what'"),
            ("log.csv", "id,when,what,what\n", MAPPING, "2 columns named 'what'"),
            ("log.csv", TABLE, "ticket =", "TOML"),
            ("log.csv", TABLE, MAPPING.replace("ticket.created", "ticket.made"), "ticket.created, ticket.updated"),
            ("log.csv", TABLE, MAPPING.replace("channel", "colour"), "colour"),
            ("log.csv", TABLE, MAPPING.replace(', status = "resolved"', ""), "must have status"),
            ("log.csv", TABLE, MAPPING.replace("Europe/Berlin", "Berlin"), "Berlin"),
            ("log.csv", TABLE, MAPPING.replace("first = true", "last = true"), "last"),
        ],
    )
    def test_what_does_not_fit_is_one_line(
        self, cli: CLI, account: str, name: str, content: str, mapping: str | None, told: str
    ) -> None:
        more = () if mapping is None else ("--mapping", cli.file("log.toml", mapping))
        assert told in cli.refused("import", cli.file(name, content), "--account", account, *more)

    def test_a_file_that_is_not_there_or_damaged_is_named(self, cli: CLI, account: str) -> None:
        assert "none.jsonl" in cli.refused("import", "none.jsonl", "--account", account)
        damaged = cli.folder / "cut.jsonl.gz"
        damaged.write_bytes(gzip.compress(b"{}\n" * 1000)[:30])
        assert "cut.jsonl.gz cannot be read" in cli.refused("import", damaged, "--account", account)

    def test_another_encoding_is_named_and_can_be_set(self, cli: CLI, account: str) -> None:
        path = cli.folder / "log.csv"
        path.write_bytes("id,when,what\nT-1,2026-03-02 10:00:00,größer\n".encode("latin-1"))
        mapping = cli.file("log.toml", MAPPING)
        assert "encoding" in cli.refused("import", path, "--account", account, "--mapping", mapping)
        mapping = cli.file("log.toml", MAPPING + '[file]\nencoding = "latin-1"\n')
        assert "1 events" in cli.well("import", path, "--account", account, "--mapping", mapping).out


class TestInterruption:
    @pytest.fixture(autouse=True)
    def small_chunks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("workers.import_portions.PORTION", 2)

    def cut(self, cli: CLI, account: str, path: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
        """Interrupt an import when it would store the chunk after so many."""
        store = imports._store
        stored: list[object] = []

        def interrupted(*arguments: object) -> None:
            if len(stored) == after:
                raise KeyboardInterrupt
            stored.append(arguments)
            store(*arguments)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(imports, "_store", interrupted)
            ended = cli("import", path, "--account", account)
        assert ended.code == 130
        assert "the same command goes on from there" in ended.err

    def test_the_same_command_goes_on_where_it_stopped(
        self, cli: CLI, account: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = cli.lines("one.jsonl", story("T-1") + story("T-2"))
        self.cut(cli, account, path, monkeypatch, after=1)
        ended = cli.well("import", path, "--account", account)
        assert ended.out.startswith("4 records read, 4 events")
        assert cli.well("verify", "--account", account).out.startswith("2 tickets")
        assert cli.well("import", path, "--account", account).out.startswith("8 records read")

    def test_what_was_put_aside_before_stays_in_the_file_once(
        self, cli: CLI, account: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lines = ["{", *map(json.dumps, story("T-1")), "}", "["]
        path = cli.file("some.jsonl", "\n".join(lines) + "\n")
        self.cut(cli, account, path, monkeypatch, after=1)
        ended = cli("import", path, "--account", account)
        kept = (cli.folder / "some.jsonl.rejected.jsonl").read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["line"] for line in kept] == [1, 6, 7]
        assert (ended.code, "3 records could not be read" in ended.err) == (2, True)

    def test_another_file_of_that_name_begins_anew(
        self, cli: CLI, account: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = cli.lines("one.jsonl", story("T-1") + story("T-2"))
        self.cut(cli, account, path, monkeypatch, after=1)
        cli.lines("one.jsonl", story("T-7"))
        assert cli.well("import", path, "--account", account).out.startswith("4 records read")
