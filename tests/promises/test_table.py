"""docs/reliability.md names tests that exist, and every full test stands in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent.parent
PAGE = TESTS.parent / "docs" / "reliability.md"
TEST = re.compile(r"`([\w/]+\.py::\w+)`")
ROW = re.compile(r"^\| \d+ \|", re.MULTILINE)


def named() -> list[str]:
    """Every test the page names, as file::test."""
    return TEST.findall(PAGE.read_text(encoding="utf-8"))


def defined_in(path: Path, *, quick: bool = False) -> set[str]:
    """The names of the tests in a module, in classes or not; only those that `make test` runs, when `quick`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tests = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")]
    marks = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Assign)]
    if quick and any(mark.startswith("pytestmark") and "slow" in mark for mark in marks):
        return set()
    return {test.name for test in tests if not (quick and _is_slow(test))}


def _is_slow(test: ast.FunctionDef) -> bool:
    """Whether the whole test is; one whose longest cases alone are is run with the others."""
    return any(ast.unparse(one).startswith("pytest.mark.slow") for one in test.decorator_list)


def test_every_test_the_table_names_exists() -> None:
    missing = [name for name in named() if name.split("::")[1] not in defined_in(TESTS / name.split("::")[0])]
    assert missing == []
    assert len(named()) > 40


def test_the_short_tests_are_run_by_every_make_test() -> None:
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if ROW.match(line)]
    short = [name for row in rows for name in TEST.findall(row[3])]
    parts = [(name.split("::")[1], TESTS / name.split("::")[0]) for name in short]
    assert [test for test, path in parts if test not in defined_in(path, quick=True)] == []


def test_every_test_of_a_promise_stands_in_the_table() -> None:
    here = {f"promises/{path.name}::{test}" for path in TESTS.glob("promises/test_*.py") for test in defined_in(path)}
    assert {name for name in here if re.search(r"::test_\d", name)} - set(named()) == set()


def test_each_row_says_what_is_promised_and_how_it_is_tested() -> None:
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if ROW.match(line)]
    assert {len(row) for row in rows} == {7}
    assert [row[1] for row in rows if not row[2].strip() or not row[3].strip() or not row[4].strip()] == []
