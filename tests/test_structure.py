"""The shape of the whole: what lies where, which way imports point, and how long things may be."""

from __future__ import annotations

import ast
import re
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("plugin", "workers", "integrations")

TOP = {
    *("pyproject.toml", "plugin", "workers", "integrations", "tests", "manifest.json", "README.md"),
    *("docs", "bench", "Makefile", "CHANGELOG.md", "LICENSE", ".ci", "Dockerfile", "compose.yaml"),
}
LONGEST_MODULE = 350
LONGEST_FUNCTION = 50
NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}

MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function and how many lines of code it has."""
    lines = code_lines(path)
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, len(lines & set(range(node.lineno, (node.end_lineno or node.lineno) + 1)))


@cache
def code_lines(path: Path) -> set[int]:
    """The lines that hold code: no comment, no empty line, no docstring."""
    with tokenize.open(path) as source:
        tokens = list(tokenize.generate_tokens(source.readline))
    lines = {
        line
        for token in tokens
        if token.type not in NO_CODE and token.type != tokenize.ENDMARKER
        for line in range(token.start[0], token.end[0] + 1)
    }
    return lines - docstring_lines(parsed(path))


def docstring_lines(tree: ast.Module) -> set[int]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    owners = [node for node in ast.walk(tree) if isinstance(node, documented) and ast.get_docstring(node) is not None]
    return {line for node in owners for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)}


def tracked() -> set[str]:
    """What belongs to the project at the top level; where there is no history, what lies there."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return {line.split("/")[0] for line in listed.stdout.splitlines()}
    return {path.name for path in ROOT.iterdir() if not path.name.endswith(".egg-info") and path.name != "build"}


def test_the_top_level_holds_what_the_design_names_and_dot_files() -> None:
    assert {name for name in tracked() if name not in TOP and not name.startswith(".")} == set()


def test_a_package_says_what_it_is() -> None:
    packages = [path for path in MODULES if path.name == "__init__.py"]
    assert [name(path) for path in packages if not ast.get_docstring(parsed(path))] == []


def test_every_folder_with_modules_is_a_package() -> None:
    missing = {path.parent for path in MODULES if not (path.parent / "__init__.py").exists()}
    assert {name(path) for path in missing} <= {"workers/store/migrations/versions"}


def test_a_module_is_short() -> None:
    lengths = {name(path): len(code_lines(path)) for path in MODULES}
    assert {each: length for each, length in lengths.items() if length > LONGEST_MODULE} == {}


def test_a_function_is_short() -> None:
    lengths = {f"{name(path)}: {function}": length for path in MODULES for function, length in functions(path)}
    assert {each: length for each, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_the_environment_is_read_in_one_place() -> None:
    """`os.environ` may be handed on whole, to `Settings.read` and to the parts, and is read nowhere else."""
    piecemeal = re.compile(r"os\.getenv|os\.environ\s*[.\[]|\bin os\.environ")
    assert [name(path) for path in MODULES if piecemeal.search(path.read_text(encoding="utf-8"))] == []


def test_every_test_runs() -> None:
    skipping = re.compile(r"pytest\.(skip|importorskip)\b|mark\.(skip|skipif|xfail)\b")
    tests = [path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    assert [name(path) for path in tests if skipping.search(path.read_text(encoding="utf-8"))] == []


def test_code_lines_leave_out_comments_and_docstrings(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""One\ntwo."""\n\n# three\ndef four() -> str:\n    """Five."""\n    return """six\nseven"""\n')
    assert code_lines(module) == {5, 7, 8}
