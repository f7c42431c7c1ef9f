"""How long a report takes, beside the straightforward SQL over the same tickets in DuckDB and in PostgreSQL.

    python -m bench.report [--tickets 1000000] [--by channel agent …] [--rounds 9]

Volume, median and p90 of first response and resolution, resolution rate and CSAT, 90 days against the previous 90, with
the total row. Ours is the whole of `workers.reports.report`, intervals, verdicts and all, out of a store that holds
every measure and every slice kind of the same tickets. The SQL reads one plain table, in PostgreSQL with an index on
account and day of creation; the three must agree, counts exactly and quantiles within 1e-9, before any is timed. All
run by turns with warm caches; a ratio is that of the medians. The bars are those of the report by channel.
"""

from __future__ import annotations

import argparse
import gc
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import duckdb
import psycopg
from sqlalchemy import make_url

from bench.made_chunks import KINDS, chunks, fill, write
from bench.made_tickets import COLUMNS, Tickets, make, write_table, write_tags
from bench.stage import DATABASES, runtime_on, servers
from workers.accounts import Account
from workers.periods import Period, previous
from workers.reports import ReportRequest, report
from workers.runtime import Runtime
from workers.store import accounts

#: Ours may take so much of the time of each.
BARS: Final = {"DuckDB": 0.4, "PostgreSQL SQL": 1 / 20}
METRICS: Final = ("ticket_volume", "first_response_time", "full_resolution_time", "resolution_rate", "csat")
_DAYS: Final = 90

#: Row → count, numerator, n and figures, by name; '*' is the total row.
Answers: TypeAlias = dict[str, dict[str, float | None]]
#: What makes one report: its time does not count what reads the figures out of it.
Question: TypeAlias = Callable[[], Any]

_QUERY: Final = """
SELECT {row}, count(*) FILTER (WHERE created_day BETWEEN {first} AND {last}),
    sum(is_resolved) FILTER (WHERE created_day BETWEEN {first} AND {last}),
    count(*) FILTER (WHERE responded_day BETWEEN {first} AND {last}),
    {response} FILTER (WHERE responded_day BETWEEN {first} AND {last}),
    count(*) FILTER (WHERE resolved_day BETWEEN {first} AND {last}),
    {resolution} FILTER (WHERE resolved_day BETWEEN {first} AND {last}),
    count(*) FILTER (WHERE answered_day BETWEEN {first} AND {last}),
    count(*) FILTER (WHERE answered_day BETWEEN {first} AND {last} AND score >= 4)
FROM {table}
WHERE account = 'bench' AND (created_day BETWEEN {first} AND {last} OR responded_day BETWEEN {first} AND {last}
    OR resolved_day BETWEEN {first} AND {last} OR answered_day BETWEEN {first} AND {last})
{groups}
"""
_OF_TAGS: Final = "(SELECT tickets.*, tag FROM tickets LEFT JOIN tags USING (ticket)) AS tagged"


@dataclass(frozen=True)
class Asked:
    """One report: by what, of which days, at which moment."""

    by: str
    period: Period
    now: int


def main() -> int:
    """Print the figures and ratios; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--by", nargs="+", default=["channel"], choices=("channel", *KINDS))
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with ExitStack() as stack:
        stage = stack.enter_context(stage_of(options.tickets))
        held = [measured(stage, by, options.tickets, options.rounds) for by in options.by]
    return int(not all(held))


@dataclass(frozen=True)
class Stage:
    """The same tickets in our store on both databases, in DuckDB and in PostgreSQL."""

    stores: Mapping[str, tuple[Runtime, Account]]
    duck: duckdb.DuckDBPyConnection
    postgresql: psycopg.Connection
    today: int

    def questions(self, by: str) -> dict[str, Question]:
        """What makes the report by something, by who answers."""
        first = self.today - _DAYS
        asked = Asked(by, Period(first, self.today - 1), (self.today * 86_400 + 3600) * 1_000_000)
        ours = {f"ours on {name}": _ours(*store, asked) for name, store in self.stores.items()}
        return {**ours, "DuckDB": _of_duck(self.duck, asked), "PostgreSQL SQL": _of_postgresql(self.postgresql, asked)}


@contextmanager
def stage_of(number: int) -> Iterator[Stage]:
    """Everything filled with so many tickets."""
    with ExitStack() as stack:
        started = stack.enter_context(servers())
        runtimes = {name: stack.enter_context(runtime_on(name, started)) for name in DATABASES}
        now = runtimes["SQLite"].clock()
        day = now // 1_000_000 // 86_400
        made = make(number, today=day)
        begun = time.perf_counter()
        stores = {name: (runtime, _account(runtime)) for name, runtime in runtimes.items()}
        rows = list(chunks(made))
        for runtime, account in stores.values():
            with runtime.database.write() as connection:
                fill(connection, account, made)
                write(connection, account.slug, rows)
        url = make_url(runtimes["PostgreSQL"].settings.database_url).set(drivername="postgresql")
        postgresql = stack.enter_context(psycopg.connect(url.render_as_string(), autocommit=True))
        duck = stack.enter_context(duckdb.connect())
        _fill_tables(duck, postgresql, made)
        megabytes = sum(len(row[-1].counts) + len(row[-1].durations) for row in rows) / 1e6
        print(
            f"{number:,} tickets in {len(rows):,} chunks of {megabytes:,.0f} MB, "
            f"ready after {time.perf_counter() - begun:.0f} s"
        )
        yield Stage(stores, duck, postgresql, day)


def measured(stage: Stage, by: str, tickets: int, rounds: int) -> bool:
    """Check that all agree on the report by something, time them by turns, and say whether the bars are held."""
    questions = stage.questions(by)
    ours, *others = questions
    for other in others:
        _require_same(_answers(questions[ours](), by), _answers(questions[other](), by), f"{ours} and {other}")
    times = _times(questions, rounds)
    threads = stage.duck.execute("SELECT current_setting('threads')").fetchone()
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(
        f"report by {by}, {tickets:,} tickets, {rounds} rounds, DuckDB with {threads and threads[0]} threads, {load}:"
    )
    for name, taken in times.items():
        print(f"  {name}: {1000 * taken:.1f} ms")
    held = True
    for name in DATABASES:
        for other, bar in BARS.items():
            ratio = times[f"ours on {name}"] / times[other]
            has_bar = by == "channel"
            held &= ratio <= bar or not has_bar
            print(f"  ours on {name} ÷ {other} = {ratio:.3f}" + (f" (bar ≤ {bar:g})" if has_bar else ""))
    return held


def _times(questions: Mapping[str, Question], rounds: int) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in questions}
    for number in range(rounds + 1):
        for name, question in questions.items():
            gc.collect()
            start = time.perf_counter()
            question()
            if number:  # the first round warms the caches
                taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in taken.items()}


def _account(runtime: Runtime) -> Account:
    settings = {"slices": {"product": "field:product"}}
    with runtime.database.write() as connection:
        return accounts.add(
            connection, "bench", "generic", settings, secret="a secret", vault=runtime.vault, now=runtime.clock()
        )


def _fill_tables(duck: duckdb.DuckDBPyConnection, postgresql: psycopg.Connection, made: Tickets) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for table, columns, fill_file in (
            ("tickets", COLUMNS, write_table),
            ("tags", {"ticket": "bigint", "tag": "text"}, write_tags),
        ):
            path = Path(folder) / f"{table}.csv"
            fill_file(made, path)
            typed = ", ".join(f"{name} {type_}" for name, type_ in columns.items())
            duck.execute(f"CREATE TABLE {table} ({typed})")
            duck.execute(f"COPY {table} FROM '{path}' (HEADER false)")
            _copy(postgresql, table, typed, path)
    postgresql.execute("CREATE INDEX ON sql.tickets (account, created_day)")
    postgresql.execute("CREATE INDEX ON sql.tags (ticket)")
    postgresql.execute("VACUUM ANALYZE")


def _copy(postgresql: psycopg.Connection, table: str, typed: str, path: Path) -> None:
    postgresql.execute("CREATE SCHEMA IF NOT EXISTS sql")
    postgresql.execute("SET search_path = sql")
    postgresql.execute(f"CREATE TABLE {table} ({typed})".encode())
    with postgresql.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv)".encode()) as copy:
        copy.write(path.read_bytes())


def _ours(runtime: Runtime, account: Account, asked: Asked) -> Question:
    request = ReportRequest(asked.period.first, asked.period.last, by=asked.by, metrics=METRICS)

    def ask() -> dict[str, Any]:
        with runtime.database.read() as connection:
            return report(connection, account, request, now=asked.now)

    return ask


def _of_duck(duck: duckdb.DuckDBPyConnection, asked: Asked) -> Question:
    statements = _statements(asked, "quantile_cont({}, [0.5, 0.9])")

    def ask() -> list[list[tuple[Any, ...]]]:
        return [[row for each in group for row in duck.execute(each).fetchall()] for group in statements]

    return ask


def _of_postgresql(postgresql: psycopg.Connection, asked: Asked) -> Question:
    statements = _statements(asked, "percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY {})")

    def ask() -> list[list[tuple[Any, ...]]]:
        return [[row for each in group for row in postgresql.execute(each.encode())] for group in statements]

    return ask


def _statements(asked: Asked, quantiles: str) -> list[list[str]]:
    """What gives the rows and the total, of the period and of the one before."""
    return [_statements_of(asked.by, period, quantiles) for period in (asked.period, previous(asked.period))]


def _statements_of(by: str, period: Period, quantiles: str) -> list[str]:
    def statement(row: str, table: str, groups: str) -> str:
        return _QUERY.format(
            row=row,
            table=table,
            groups=groups,
            first=period.first,
            last=period.last,
            response=quantiles.format("first_response"),
            resolution=quantiles.format("resolution"),
        )

    if by == "tag":  # a ticket stands in several rows, in the total once
        return [statement("coalesce(tag, '')", _OF_TAGS, "GROUP BY 1"), statement("'*'", "tickets", "")]
    return [statement(f"coalesce({by}, '*')", "tickets", f"GROUP BY GROUPING SETS (({by}), ())")]


def _answers(answer: Any, by: str) -> list[Answers]:
    """What was answered of the period and of the one before, in one shape."""
    if isinstance(answer, list):
        return [{row[0]: _of_row(*row[1:]) for row in rows} for rows in answer]
    rows = {row[by]: row for row in answer["rows"]}
    return [
        {"*": _of_figures(answer[total]), **{name: _of_figures(row[part]) for name, row in rows.items()}}
        for part, total in (("metrics", "total"), ("previous", "total_previous"))
    ]


def _of_row(volume: int, solved: int, *rest: Any) -> dict[str, float | None]:
    responses, response, resolutions, resolution, answers, positive = rest
    return {
        "volume": volume,
        "solved": solved,
        "responses": responses,
        "resolutions": resolutions,
        "answers": answers,
        "positive": positive,
        "response_median": response[0],
        "response_p90": response[1],
        "resolution_median": resolution[0],
        "resolution_p90": resolution[1],
    }


def _of_figures(figures: Mapping[str, Any]) -> dict[str, float | None]:
    response, resolution, csat = (figures[name] for name in ("first_response_time", "full_resolution_time", "csat"))
    return {
        "volume": figures["ticket_volume"]["n"],
        "solved": figures["resolution_rate"]["numerator"],
        "responses": response["n"],
        "resolutions": resolution["n"],
        "answers": csat["n"],
        "positive": sum(count for score, count in csat.get("distribution", {}).items() if int(score) >= 4),
        "response_median": response["median"],
        "response_p90": response.get("p90"),
        "resolution_median": resolution["median"],
        "resolution_p90": resolution.get("p90"),
    }


def _require_same(ours: list[Answers], others: list[Answers], who: str) -> None:
    """Return when both say the same; what ours does not tell, as a p90 of few values, is not compared."""
    for now, then in zip(ours, others, strict=True):
        assert now.keys() == then.keys(), f"{who} have other rows"
        for row, figures in now.items():
            for name, value in figures.items():
                other = then[row][name]
                is_same = value is None or (
                    other is not None and math.isclose(value, other, rel_tol=1e-9, abs_tol=1e-9)
                )
                assert is_same, f"{who} differ in {name} of {row}: {value} and {other}"


if __name__ == "__main__":
    sys.exit(main())
