"""Reports as rows of a file: each figure once, each under its own column, nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.exports import REPORT_COLUMNS, csv_lines, figures_of, json_lines, report_columns, report_rows
from plugin.report_text import change
from workers import answer_list
from workers.ticket_rows import COLUMNS

FIGURE = {"value": 2.5, "unit": "%", "n": 4, "low": -1.0}


def made(by: str, *keys: str) -> dict[str, Any]:
    """A report with one figure in each of these rows."""
    rows = [{by: key, "metrics": {"csat": FIGURE}, "previous": {}} for key in keys]
    return {"by": by, "rows": rows, "total": {"csat": FIGURE}, "total_previous": {"csat": {**FIGURE, "n": 9}}}


def read(report: dict[str, Any]) -> list[dict[str, str]]:
    text = "".join(csv_lines(report_rows(report), report_columns(report)))
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_each_figure_of_each_row_and_of_the_total_is_there_once() -> None:
    rows = read(made("channel", "email", "chat"))
    assert [row["channel"] for row in rows] == ["email", "chat", "(total)"]
    assert [row["previous_n"] for row in rows] == ["", "", "9"]
    assert {(row["value"], row["n"], row["low"], row["high"]) for row in rows} == {("2.5", "4", "-1.0", "")}


def test_a_row_without_a_key_is_called_none() -> None:
    assert [(each.name, each.key) for each in figures_of(made("agent", ""))] == [("(none)", ""), ("(total)", "(total)")]


@pytest.mark.parametrize("name", REPORT_COLUMNS)
def test_a_slice_may_have_the_name_of_a_column(name: str) -> None:
    report = made("brand", "x")
    report |= {"by": name, "rows": [{**report["rows"][0], name: "=x", "name": "Shown"}]}
    (row, _) = read(report)
    assert report_columns(report) == (f"slice_{name}", *REPORT_COLUMNS)
    assert row[f"slice_{name}"] == ("Shown" if name == "name" else "'=x")
    assert (row["value"], row["n"], row["figure"]) == ("2.5", "4", "csat")


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8))
def test_no_key_of_a_row_begins_a_formula(key: str) -> None:
    row = read(made("tag", key))[0]
    assert not row["tag"].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert row["tag"].removeprefix("'") == key.removeprefix("'")


def test_lines_hold_the_columns_they_are_given() -> None:
    assert list(json_lines([{"a": 1, "b": None, "c": 3}], ("b", "a"))) == ['{"b":null,"a":1}\n']
    assert list(csv_lines([{"a": "-1", "b": -1}], ("=a", "a", "b"))) == ["'=a,a,b\n", ",'-1,-1\n"]


def test_no_column_stands_twice() -> None:
    for columns in (COLUMNS, answer_list.COLUMNS, REPORT_COLUMNS):
        assert len(set(columns)) == len(columns)


@pytest.mark.parametrize(
    ("verdict", "unit", "said"),
    [
        (None, "%", ""),
        ({"kind": "too few"}, "%", "too few"),
        ({"kind": "worse", "difference": -12.54}, "%", "worse, -12.5 points"),
        ({"kind": "no clear change", "difference": 0}, "s", "no clear change"),
        ({"kind": "not tested", "difference": 7500.0}, "s", "not tested, +2 h 5 min"),
        ({"kind": "higher", "difference": 40}, "tickets", "higher, +40"),
    ],
)
def test_a_change_is_told_by_its_word_and_its_size(verdict: dict[str, Any] | None, unit: str, said: str) -> None:
    assert change(verdict, unit) == said


def test_a_row_of_csv_holds_what_its_change_is_called() -> None:
    verdict = {"kind": "worse", "difference": -12.5, "low": -20.0, "high": -5.0, "n": 60, "n_before": 70}
    figure = {"value": 75.0, "unit": "%", "n": 60, "low": 63.0, "high": 84.0, "verdict": verdict}
    report = {"by": "channel", "rows": [], "total": {"csat": figure}, "total_previous": {}}
    (row,) = report_rows(report)
    assert [row[name] for name in ("verdict", "difference", "difference_low", "difference_high", "low")] == [
        "worse", -12.5, -20.0, -5.0, 63.0
    ]  # fmt: skip
