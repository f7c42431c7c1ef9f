"""docs/reliability.md names tests that exist, and every full test stands in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent.parent
PAGE = TESTS.parent / "docs" / "reliability.md"
ROW = re.compile(r"^\| \d+ \|", re.MULTILINE)


def named() -> list[str]:
    """Every test the page names, as file::test."""
    return re.findall(r"`([\w/]+\.py::\w+)`", PAGE.read_text(encoding="utf-8"))


def defined_in(path: Path) -> set[str]:
    """The names of the tests in a module, in classes or not."""
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in found if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_test_the_table_names_exists() -> None:
    missing = [name for name in named() if name.split("::")[1] not in defined_in(TESTS / name.split("::")[0])]
    assert missing == []
    assert len(named()) > 40


def test_every_test_of_a_promise_stands_in_the_table() -> None:
    here = {f"promises/{path.name}::{test}" for path in TESTS.glob("promises/test_*.py") for test in defined_in(path)}
    assert {name for name in here if re.search(r"::test_\d", name)} - set(named()) == set()


def test_each_row_says_what_is_promised_and_how_it_is_tested() -> None:
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if ROW.match(line)]
    assert {len(row) for row in rows} == {7}
    assert [row[1] for row in rows if not row[2].strip() or not row[3].strip() or not row[4].strip()] == []
