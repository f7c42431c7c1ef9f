"""What is shown on a terminal and what anywhere else."""

from __future__ import annotations

import io

import pytest

from plugin.commands.terminal import Rate, asker, progress, write_csv, write_table


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


ROWS = [("a-1", 12), ("agent with a long name", None)]


def test_a_table_in_a_pipe_is_plain_columns() -> None:
    out = io.StringIO()
    write_table(out, ("agent", "n"), ROWS)
    assert out.getvalue() == "agent                   n\na-1                     12\nagent with a long name\n"


def test_on_a_terminal_a_table_has_a_rule_and_no_text_of_it_is_obeyed() -> None:
    out = Terminal()
    write_table(out, ("agent", "n"), [*ROWS, ("[red]\x1b[2Jx\ny", 1)])
    assert out.getvalue().splitlines() == [
        "agent                   n",
        "──────────────────────  ──",
        "a-1                     12",
        "agent with a long name",
        "[red]\ufffd[2Jx\ufffdy            1",
    ]


def test_a_table_without_rows_is_its_header() -> None:
    out = io.StringIO()
    write_table(out, ("agent", "n"), [])
    assert out.getvalue() == "agent  n\n"


def test_progress_is_drawn_on_a_terminal_only() -> None:
    for stream, drawn in ((Terminal(), True), (io.StringIO(), False)):
        with progress(stream) as step:
            step("1,000 events", 5, 10)
        assert ("1,000 events" in stream.getvalue()) is drawn


@pytest.mark.parametrize(
    ("done", "total", "shown"),
    [(5, 10, "━━━━━━━━━━━━━━━───────────────   50%"), (11, 10, "━━━━━━━━━━  100%"), (3, None, "events  0 s")],
)
def test_progress_tells_how_far_it_is_where_that_is_known(done: int, total: int | None, shown: str) -> None:
    err = Terminal()
    with progress(err) as step:
        step("events", done, total)
    assert shown in err.getvalue()


def test_progress_never_runs_into_a_second_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    err = Terminal()
    with progress(err) as step:
        step("a job with a long name\n", 1, 2)
    assert [len(line) for line in err.getvalue().split("\r\x1b[2K")] == [0, 19, 0]


def test_cells_of_csv_are_no_formulas() -> None:
    out = io.StringIO()
    write_csv(out, ("name", "n"), [{"name": "=1+1", "n": -1}])
    assert out.getvalue() == "name,n\n'=1+1,-1\n"


def test_a_rate_is_never_a_division_by_zero() -> None:
    assert Rate().of(0) == 0
    assert Rate().of(10) >= 0


def test_nobody_is_asked_where_nobody_sits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
    assert asker() is None
    monkeypatch.setattr("sys.stdin", Terminal())
    assert asker() is not None
