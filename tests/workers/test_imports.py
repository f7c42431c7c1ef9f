"""Importing files: any order and any repetition gives the same tickets, and tables mean what their mapping says."""

from __future__ import annotations

import csv
import multiprocessing
import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as configured
from hypothesis import strategies as st

from integrations.errors import GiveUp
from integrations.events import Event, event
from integrations.times import HOUR, instant_of_iso
from tests.cli.conftest import story
from tests.tries import tries
from tests.workers.figured import figured
from tests.workers.standing import rows
from workers import import_portions, rebuild
from workers.import_mapping import InvalidMapping, read_mapping
from workers.import_sources import JSONLines, Record, Source, Table
from workers.imports import Progress, import_file, whole_tickets
from workers.runtime import Runtime
from workers.store import accounts, schema
from workers.ticket_rows import read_row

UTC = ZoneInfo("UTC")
EXAMPLE = Path(__file__).parents[2] / "docs/examples/helpdesk_log.toml"

#: A log of our own in the form of the example: out of order, with a row twice and a case resolved twice.
HEADER = (
    "Case ID", "Activity", "Resource", "Complete Timestamp", "Variant", "Variant", "customer", "product",
    "service_level", "seriousness_2", "support_section",
)  # fmt: skip
LOG = (
    ("Case 1", "Take in charge ticket", "R-1", "2024/03/30 09:30:00.000"),
    ("Case 1", "Assign seriousness", "R-1", "2024/03/30 09:00:00.000"),
    ("Case 1", "Resolve ticket", "R-2", "2024/03/31 09:00:00.000"),
    ("Case 1", "Resolve ticket", "R-2", "2024/03/31 09:00:00.000"),
    ("Case 1", "Closed", "R-3", "2024/04/15 09:00:00.000"),
    ("Case 2", "Assign seriousness", "R-1", "2024/04/01 10:00:00.500"),
    ("Case 2", "Wait", "R-1", "2024/04/01 11:00:00.500"),
    ("Case 2", "Resolve ticket", "R-1", "2024/04/01 13:00:00.500"),
    ("Case 2", "Resolve ticket", "R-4", "2024/04/03 10:00:00.500"),
    ("Case 3", "Insert ticket", "R-1", "2024/04/02 10:00:00.000"),
)


@pytest.fixture(autouse=True)
def account(runtime: Runtime) -> None:
    make(runtime, "acme")


def make(runtime: Runtime, slug: str) -> None:
    with runtime.database.write() as connection:
        accounts.add(connection, slug, "generic", {}, secret="whsec_a2V5", vault=runtime.vault, now=runtime.clock())


def run(runtime: Runtime, source: Any, slug: str = "acme") -> tuple[Progress, list[Record]]:
    rejected: list[Record] = []
    done = import_file(runtime, slug, source, rejected=rejected.append, progress=lambda _: None)
    return done, rejected


def lines_file(path: Path, lines: Sequence[dict[str, Any]]) -> JSONLines:
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    return JSONLines(path)


def table(path: Path, log: Sequence[Sequence[str]], mapping: str = "") -> Table:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows([*row, "v", "v", "cust", "prod", "gold", "high", "S-1"] for row in log)
    return Table(path, read_mapping(mapping or EXAMPLE.read_text(encoding="utf-8")), zone=UTC)


def read(source: Source) -> list[Record]:
    received_at = instant_of_iso("2026-01-01T00:00:00Z")
    return [source.read(entry, received_at=received_at) for entry in source.entries(after=0)]


def states(runtime: Runtime, slug: str = "acme") -> dict[str, dict[str, Any]]:
    return {row.ticket: read_row(row.state) for row in rows(runtime, schema.tickets, account=slug)}


def verified(runtime: Runtime, slug: str = "acme") -> list[str]:
    with runtime.database.read() as connection:
        found = accounts.find(connection, slug, runtime.vault)
    assert found is not None
    return list(rebuild.verify(runtime.database, found))


class TestAnyOrder:
    def shuffled(self, runtime: Runtime, make_source: Callable[[list[Any]], Any], lines: list[Any], seed: int) -> None:
        """Import the lines as they are into one account, shuffled and some of them twice into another."""
        number = len(rows(runtime, schema.accounts))
        straight, mixed = f"straight-{number}", f"mixed-{number}"
        chance = random.Random(seed)
        again = [*lines, *(line for line in lines if chance.random() < 0.3)]
        chance.shuffle(again)
        for slug, chosen in ((straight, lines), (mixed, again)):
            make(runtime, slug)
            run(runtime, make_source(chosen), slug)
        assert states(runtime, mixed) == states(runtime, straight)
        assert figured(runtime, mixed) == figured(runtime, straight) != {}

    @configured(max_examples=tries(1 / 4), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(seed=st.integers(0, 2**32), chunk=st.integers(1, 12))
    def test_of_events_in_chunks_of_any_size(self, runtime: Runtime, tmp_path: Path, seed: int, chunk: int) -> None:
        lines = [line for number in range(4) for line in story(f"T-{number}", day=f"2026-03-0{number + 1}")]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(import_portions, "PORTION", chunk)
            patch.setattr(import_portions, "NEW", 2 * chunk)
            self.shuffled(runtime, lambda chosen: lines_file(tmp_path / "some.jsonl", chosen), lines, seed)

    @configured(max_examples=tries(1 / 4), suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(seed=st.integers(0, 2**32), chunk=st.integers(1, 12))
    def test_of_the_rows_of_a_table(self, runtime: Runtime, tmp_path: Path, seed: int, chunk: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(import_portions, "PORTION", chunk)
            patch.setattr(import_portions, "NEW", 2 * chunk)
            self.shuffled(runtime, lambda chosen: table(tmp_path / "log.csv", chosen), list(LOG), seed)


class TestTheExample:
    def test_tells_creation_resolutions_reopenings_and_waiting(self, runtime: Runtime, tmp_path: Path) -> None:
        done, rejected = run(runtime, table(tmp_path / "log.csv", LOG))
        assert (done.records, rejected) == (10, [])
        found = states(runtime)
        assert found["Case 1"]["created_at"] == "2024-03-30T09:00:00Z"
        assert (found["Case 1"]["full_resolution_s"], found["Case 1"]["reopens"]) == (86_400, 0)
        assert (found["Case 1"]["status"], found["Case 1"]["resolved_by"]) == ("closed", "R-2")
        assert (found["Case 2"]["first_resolution_s"], found["Case 2"]["full_resolution_s"]) == (3 * 3600, 48 * 3600)
        assert (found["Case 2"]["reopens"], found["Case 2"]["agent_wait_s"]) == (1, 2 * 3600)
        assert (found["Case 3"]["status"], found["Case 3"]["resolved_at"]) == ("new", None)
        assert verified(runtime) == []

    def test_a_row_twice_is_one(self, runtime: Runtime, tmp_path: Path) -> None:
        run(runtime, table(tmp_path / "log.csv", LOG))
        before = rows(runtime, schema.events)
        run(runtime, table(tmp_path / "log.csv", [*LOG, *LOG]))
        assert rows(runtime, schema.events) == before

    def test_the_first_row_gives_department_and_fields(self, runtime: Runtime, tmp_path: Path) -> None:
        run(runtime, table(tmp_path / "log.csv", LOG))
        created = [row for row in rows(runtime, schema.events) if row.type == "ticket.created"]
        assert len(created) == 3
        data = orjson.loads(created[0].data)
        assert data["department"] == "S-1"
        assert data["fields"] == {"product": "prod", "service_level": "gold", "seriousness": "high"}


class TestMapping:
    MAPPING = """
ticket = "Case ID"
[time]
column = "Complete Timestamp"
format = "%Y/%m/%d %H:%M:%S.%f"
"""

    def events(self, tmp_path: Path, rules: str, *log: Sequence[str], zone: str = "UTC") -> list[Event]:
        made = table(tmp_path / "log.csv", log, self.MAPPING + rules)
        made = Table(made.path, read_mapping(self.MAPPING + rules), zone=ZoneInfo(zone))
        found = read(made)
        assert [record.reason for record in found] == [""] * len(found)
        return [one for record in found for one in record.events]

    def test_times_without_a_zone_are_the_accounts(self, tmp_path: Path) -> None:
        rules = '[[rules]]\nevents = [{ type = "ticket.created" }]'
        (made,) = self.events(tmp_path, rules, ("C", "x", "r", "2024/07/01 12:00:00.0"), zone="Europe/Rome")
        assert made == event("ticket.created", "C", instant_of_iso("2024-07-01T10:00:00Z"))

    def test_words_are_translated_and_the_rest_may_be_one_word(self, tmp_path: Path) -> None:
        rules = (
            '[[rules]]\nevents = [{ type = "ticket.created", '
            'channel = { column = "Activity", words = { Mail = "email" }, other = "api" } }]'
        )
        row = ("2024/07/01 12:00:00.0",)
        made = self.events(tmp_path, rules, ("A", "Mail", "r", *row), ("B", "EDI", "r", *row), ("C", "", "r", *row))
        assert [one.data.get("channel") for one in made] == ["email", "api", None]

    def test_an_event_without_what_it_must_have_is_not_made(self, tmp_path: Path) -> None:
        rules = '[[rules]]\nevents = [{ type = "ticket.assigned", agent = { column = "Resource" } }]'
        row = ("2024/07/01 12:00:00.0",)
        made = self.events(tmp_path, rules, ("A", "x", "", *row), ("A", "x", "r-1", *row))
        assert [one.data for one in made] == [{"agent": "r-1"}]

    def test_one_row_may_hold_several_moments_numbers_and_lists(self, tmp_path: Path) -> None:
        rules = """
[[rules]]
events = [
  { type = "ticket.created", tags = { column = "Activity", split = "|" } },
  { type = "survey.answered", kind = "csat", scale = [1, 5], at = { column = "Rated" }, score = { column = "Stars" } },
]
"""
        path = tmp_path / "wide.csv"
        path.write_text(
            "Case ID,Activity,Stars,Complete Timestamp,Rated\n"
            "A,red | blue,4,2024/07/01 12:00:00.0,2024/07/02 12:00:00.0\n"
            "B,,,2024/07/01 12:00:00.0,\n",
            encoding="utf-8",
        )
        source = Table(path, read_mapping(self.MAPPING + rules), zone=UTC)
        first, second = read(source)
        created, answered = first.events
        assert created.data == {"tags": ["blue", "red"]}
        assert (answered.data["score"], answered.at - created.at) == (4, 24 * HOUR)
        assert [one.type for one in second.events] == ["ticket.created"]

    @pytest.mark.parametrize(
        ("cells", "reason"),
        [
            (("A", "x", "r", "2024-07-01"), "the time '2024-07-01' cannot be read"),
            (("A", "x", "r", "2199/07/01 12:00:00.0"), "24 hours in the future"),
            (("A", "x", "r", "1024/07/01 12:00:00.0"), "1990"),
            (("", "x", "r", "2024/07/01 12:00:00.0"), "ticket"),
        ],
    )
    def test_a_row_that_cannot_be_read_says_why(self, tmp_path: Path, cells: tuple[str, ...], reason: str) -> None:
        rules = '[[rules]]\nevents = [{ type = "ticket.created" }]'
        source = table(tmp_path / "log.csv", [cells], self.MAPPING + rules)
        (record,) = read(source)
        assert reason in record.reason
        assert record.events == ()

    @pytest.mark.parametrize(
        "rules",
        [
            "",
            "[[rules]]\nevents = []",
            '[[rules]]\nevents = [{ type = "ticket.created", at = "today" }]',
            '[[rules]]\nevents = [{ type = "ticket.created", channel = { colum = "x" } }]',
            '[[rules]]\nwhen = { Nowhere = "x" }\nevents = [{ type = "ticket.created" }]',
        ],
    )
    def test_what_is_wrong_with_a_mapping_is_told(self, tmp_path: Path, rules: str) -> None:
        with pytest.raises(InvalidMapping):
            read(table(tmp_path / "log.csv", LOG, self.MAPPING + rules))


class TestThePage:
    def test_its_mappings_can_be_read(self) -> None:
        page = (EXAMPLE.parents[1] / "importing.md").read_text(encoding="utf-8")
        written = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
        assert len(written) == 2
        for text in written:
            assert read_mapping(text).layout.delimiter == ","

    def test_one_row_a_ticket_as_it_shows(self, runtime: Runtime, tmp_path: Path) -> None:
        page = (EXAMPLE.parents[1] / "importing.md").read_text(encoding="utf-8")
        path = tmp_path / "tickets.csv"
        path.write_text(
            "Number,Created at,Channel,Requester,Resolved at,Assignee,Rating,Rated at\n"
            "1,2026-03-02 09:00,email,c-1,2026-03-02 11:00,a-1,4,2026-03-03 09:00\n"
            "2,2026-03-02 10:00,chat,c-2,,,,\n",
            encoding="utf-8",
        )
        mapping = read_mapping(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[1])
        done, rejected = run(runtime, Table(path, mapping, zone=UTC))
        assert (done.events, rejected) == (4, [])
        found = states(runtime)
        assert (found["1"]["full_resolution_s"], found["1"]["resolved_by"], found["1"]["csat"]) == (7200, "a-1", 4)
        assert (found["2"]["status"], found["2"]["channel"]) == ("new", "chat")


class TestStoring:
    def test_a_portion_holds_whole_tickets(self) -> None:
        events = [event("message.sent", f"T-{n % 7}", 10**15 + n, by="agent", message=f"m{n}") for n in range(70)]
        cut = list(whole_tickets(events, most=25))
        assert sorted(one.id for portion in cut for one in portion) == sorted(one.id for one in events)
        assert [len(portion) for portion in cut] == [20, 20, 20, 10]
        tickets = [{one.ticket for one in portion} for portion in cut]
        assert sum(map(len, tickets)) == 7

    def test_a_ticket_larger_than_a_portion_stays_whole(self) -> None:
        events = [event("message.sent", "T-1", 10**15 + n, by="agent", message=f"m{n}") for n in range(30)]
        assert [len(portion) for portion in whole_tickets(events, most=10)] == [30]

    def test_everything_is_folded_into_figures_at_the_end(self, runtime: Runtime, tmp_path: Path) -> None:
        run(runtime, lines_file(tmp_path / "t.jsonl", story("T-1")))
        assert rows(runtime, schema.changes) == []
        assert verified(runtime) == []
        (job,) = rows(runtime, schema.jobs)
        assert (job.state, job.job.startswith("import:"), job.done) == ("done", True, 4)

    def test_an_account_that_is_removed_meanwhile_stops_it(self, runtime: Runtime, tmp_path: Path) -> None:
        source = lines_file(tmp_path / "t.jsonl", story("T-1"))
        with runtime.database.write() as connection:
            accounts.remove(connection, "acme")
        with pytest.raises(GiveUp):
            run(runtime, source)
        assert rows(runtime, schema.tickets) == []


class TestAhead:
    """A large file is read and worked out by another process, a portion ahead."""

    @pytest.fixture
    def large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(import_portions, "LARGE", 0)
        monkeypatch.setattr(import_portions, "PORTION", 8)

    def lines(self, path: Path) -> JSONLines:
        told = [line for number in range(12) for line in story(f"T-{number}", day=f"2026-03-{number + 1:02}")]
        lines = [*map(orjson.dumps, told[:30]), b"{", b"", *map(orjson.dumps, [*told[30:], *told[:3]]), b"[]"]
        path.write_bytes(b"\n".join(lines))
        return JSONLines(path)

    @pytest.mark.parametrize("kind", ["lines", "table"])
    def test_it_comes_out_as_without(
        self, runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
    ) -> None:
        make(runtime, "other")
        source = self.lines(tmp_path / "t.jsonl") if kind == "lines" else table(tmp_path / "log.csv", LOG)
        done = run(runtime, source, "other")
        monkeypatch.setattr(import_portions, "LARGE", 0)
        monkeypatch.setattr(import_portions, "PORTION", 8 if kind == "lines" else 3)
        assert run(runtime, source) == done
        assert states(runtime) == states(runtime, "other") != {}
        assert figured(runtime, "acme") == figured(runtime, "other")
        assert verified(runtime) == []

    @pytest.mark.usefixtures("large")
    def test_an_empty_file_is_read_too(self, runtime: Runtime, tmp_path: Path) -> None:
        assert run(runtime, lines_file(tmp_path / "t.jsonl", [])) == (Progress(), [])

    @pytest.mark.usefixtures("large")
    @pytest.mark.parametrize("end", [KeyboardInterrupt, GiveUp])
    def test_however_it_ends_no_process_stays(self, runtime: Runtime, tmp_path: Path, end: type[BaseException]) -> None:
        def stop(_: Progress) -> None:
            raise end

        with pytest.raises(end):
            import_file(runtime, "acme", self.lines(tmp_path / "t.jsonl"), rejected=lambda _: None, progress=stop)
        assert multiprocessing.active_children() == []

    @pytest.mark.usefixtures("large")
    def test_without_the_other_process_it_stops_and_goes_on_later(self, runtime: Runtime, tmp_path: Path) -> None:
        source, told = self.lines(tmp_path / "t.jsonl"), list[Progress]()

        def progress(now: Progress) -> None:
            told.append(now)
            if len(told) == 1:
                for process in multiprocessing.active_children():
                    process.kill()
                    process.join()

        with pytest.raises(GiveUp, match="goes on from there"):
            import_file(runtime, "acme", source, rejected=lambda _: None, progress=progress)
        done, rejected = run(runtime, source)
        assert (done.records, len(rejected)) == (54 - told[-1].records, 2)
        assert (len(states(runtime)), verified(runtime)) == (12, [])

    @pytest.mark.usefixtures("large")
    def test_a_file_that_changes_under_it_stops_it(self, runtime: Runtime, tmp_path: Path) -> None:
        source = self.lines(tmp_path / "t.jsonl")
        lines = source.path.read_bytes()

        class Changed(JSONLines):
            """What the other process reads has a line less."""

            def __reduce__(self) -> tuple[Any, ...]:
                other = tmp_path / "other.jsonl"
                other.write_bytes(lines.partition(b"\n")[2])
                return JSONLines, (other,)

        with pytest.raises(GiveUp, match="was changed while it was read"):
            run(runtime, Changed(source.path))
