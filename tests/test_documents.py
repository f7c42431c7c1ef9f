"""The documents against the product: nothing is left out, no link leads nowhere, no command is invented."""

from __future__ import annotations

import argparse
import re
import shlex
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from integrations.errors import GiveUp
from integrations.events import TYPES
from integrations.fields import FIELDS, STATUSES
from integrations.registry import DESK_NAMES, desk_named
from integrations.session import USER_AGENT
from plugin import manifest
from plugin.asked import REPORT_DAYS
from plugin.cli import COMMANDS, parser
from plugin.commands.command import Command
from plugin.health import OUTCOMES, DoorNumbers
from workers.metrics import METRICS
from workers.settings import declarations
from workers.store.gauges import Gauges
from workers.ticket_rows import COLUMNS

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
#: Written when its measurements are made.
COMING: set[Path] = set()
#: Read by compose.yaml and by the tests of the promises, not by the product.
FOREIGN = {"DESKPULSE_POSTGRES_PASSWORD", "DESKPULSE_PROMISES_SCALE"}
#: Hosts of package indexes, in pieces so that this file names none of them.
INDEXES = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.com", "ana" + "conda.org")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def without_code(text: str) -> str:
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made of their words."""
    headings = re.findall(r"^#+ (.+)$", without_code(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def shell_lines(page: Path) -> list[str]:
    """The lines of all blocks that are marked as shell, each without its comment."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [bare for line in lines if (bare := line.split(" #")[0].strip())]


def said_by(page: Path) -> list[list[str]]:
    """The arguments of every `deskpulse …` in the page's shell blocks."""
    found = (re.search(r"(?:^|[\s/;&|])deskpulse ([a-z].*)", line) for line in shell_lines(page))
    return [shlex.split(re.split(r" [|>&]|;", each[1])[0]) for each in found if each]


def names(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


class TestNothingIsLeftOut:
    @pytest.mark.parametrize("command", COMMANDS, ids=lambda command: "-".join(command.words))
    def test_every_command_has_a_section_with_its_options(self, command: Command) -> None:
        heading = f"\n## deskpulse {' '.join(command.words)}\n"
        assert read("docs/cli.md").count(heading) == 1
        section = read("docs/cli.md").split(heading)[1].split("\n## ")[0]
        for option in (*command.options, *command.exclusive):
            name = option.names[0]
            assert name in section or str(option.more.get("metavar", name.upper())) in section

    @pytest.mark.parametrize(
        ("page", "heading"),
        [
            ("cli", "deskpulse report"),
            ("api", "GET /api/v1/accounts/{account}/report"),
            ("api", "GET /api/v1/accounts/{account}/explain"),
        ],
    )
    def test_how_long_a_period_is_when_nobody_says_is_told(self, page: str, heading: str) -> None:
        section = read(f"docs/{page}.md").split(f"\n## {heading}\n")[1].split("\n## ")[0]
        assert f"without it the period is {REPORT_DAYS} days long" in section

    @pytest.mark.parametrize("name", [each.name for each in declarations()])
    def test_every_setting_has_a_row(self, name: str) -> None:
        assert read("docs/settings.md").count(f"| `{name}` |") == 1

    @pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
    def test_every_figure_of_every_metric_is_on_its_page(self, metric: object) -> None:
        page = read("docs/metrics.md")
        assert all(f"`{figure}`" in page for figure in getattr(metric, "figures", ()))
        assert f"`{getattr(metric, 'name', '')}`" in page

    @pytest.mark.parametrize("desk", DESK_NAMES)
    def test_every_desk_has_a_page_that_the_readme_links(self, desk: str) -> None:
        page = ROOT / "docs" / "desks" / f"{desk}.md"
        assert page.is_file()
        assert f"(docs/desks/{desk}.md)" in read("README.md")
        assert page.read_text(encoding="utf-8").startswith("# ")

    @pytest.mark.parametrize("desk", DESK_NAMES)
    def test_every_credential_and_permission_of_a_desk_is_on_its_page(self, desk: str) -> None:
        page = read(f"docs/desks/{desk}.md")
        for credential in desk_named(desk).credentials:
            assert credential.name in page
        for permission in desk_named(desk).permissions:
            assert permission in page

    @pytest.mark.parametrize("word", [*TYPES, *FIELDS, *STATUSES])
    def test_every_word_of_an_event_is_on_the_page_of_the_bridge(self, word: str) -> None:
        assert re.search(rf"`[^`]*\b{re.escape(word)}\b[^`]*`", read("docs/desks/generic.md")), word

    def test_every_number_for_prometheus_is_on_the_page_of_who_operates_it(self) -> None:
        registry, page = CollectorRegistry(), read("docs/operating.md")
        DoorNumbers(registry)
        told = {sample.name.removesuffix("_created") for each in registry.collect() for sample in each.samples}
        names = {re.sub(r"_(bucket|count|sum)$", "", name) for name in told if name != "deskpulse_door_requests"}
        assert len(names) == 3
        for name in (*names, *(f"deskpulse_{each.name}" for each in fields(Gauges))):
            assert page.count(f"\n| `{name}` |") == 1
        assert all(f"`{outcome}`" in page for outcome in OUTCOMES)

    def test_every_page_is_reached_from_the_readme(self) -> None:
        reached, new = {ROOT / "README.md"}, {ROOT / "README.md"}
        while new:
            new = {target for page in new for target, _ in links(page) if target.suffix == ".md"} - reached - COMING
            reached |= new
        assert set(PAGES) - reached == set()

    def test_the_columns_of_the_export_are_each_named_once(self) -> None:
        assert len(set(COLUMNS)) == len(COLUMNS)
        assert COLUMNS[0] == "ticket"


def links(page: Path) -> list[tuple[Path, str]]:
    """Where a page's own links lead: file and anchor."""
    found = re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text(encoding="utf-8")))
    inside = [each for each in found if "://" not in each and not each.startswith("mailto:")]
    return [
        ((page.parent / file).resolve() if file else page, anchor)
        for file, _, anchor in (each.partition("#") for each in inside)
    ]


class TestLinks:
    @pytest.mark.parametrize("page", PAGES, ids=names)
    def test_every_one_leads_to_a_file_and_a_heading_of_it(self, page: Path) -> None:
        for target, anchor in links(page):
            assert target.exists() or target in COMING, target
            assert not anchor or anchor in anchors(target), anchor

    @pytest.mark.parametrize("page", PAGES, ids=names)
    def test_none_leaves_the_checkout(self, page: Path) -> None:
        assert all(target.is_relative_to(ROOT) for target, _ in links(page))

    @pytest.mark.parametrize("page", PAGES, ids=names)
    def test_none_is_to_an_insecure_address(self, page: Path) -> None:
        found = re.findall(r"\]\((http://[^)]+)\)", page.read_text(encoding="utf-8"))
        assert [each for each in found if "127.0.0.1" not in each] == []


class TestWords:
    @pytest.mark.parametrize("page", PAGES, ids=names)
    def test_no_package_index_is_named(self, page: Path) -> None:
        text = page.read_text(encoding="utf-8").lower()
        assert [index for index in INDEXES if index in text] == []

    @pytest.mark.parametrize("page", PAGES, ids=names)
    def test_each_has_one_title_and_closed_blocks(self, page: Path) -> None:
        text = page.read_text(encoding="utf-8")
        assert len(re.findall(r"^# ", without_code(text), re.MULTILINE)) == 1
        assert len(re.findall(r"^```", text, re.MULTILINE)) % 2 == 0
        assert text.endswith("\n")


class TestExamples:
    @pytest.mark.parametrize("page", PAGES, ids=names)
    def test_every_command_that_is_shown_can_be_said(self, page: Path) -> None:
        for arguments in said_by(page):
            words = [re.sub(r"…|<[^>]+>", "x", each) for each in arguments]
            assert understood(words), arguments

    def test_the_readme_shows_commands(self) -> None:
        assert len(said_by(ROOT / "README.md")) >= 5

    @pytest.mark.parametrize("page", PAGES, ids=names)
    def test_every_make_target_that_is_shown_is_there(self, page: Path) -> None:
        targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
        shown = {line.split()[1] for line in shell_lines(page) if line.startswith("make ")}
        assert shown - targets == set()

    def test_every_phony_target_of_the_makefile_is_one(self) -> None:
        text = read("Makefile")
        (phony,) = re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)
        assert set(phony.split()) == set(re.findall(r"^([a-z]+):", text, re.MULTILINE))

    @pytest.mark.parametrize("page", PAGES, ids=names)
    def test_every_variable_that_is_named_is_a_setting(self, page: Path) -> None:
        known = {each.name for each in declarations()} | {f"{each.name}_FILE" for each in declarations() if each.secret}
        named = set(re.findall(r"\bDESKPULSE_[A-Z_]*[A-Z]\b", page.read_text(encoding="utf-8")))
        assert named - known - FOREIGN == set()

    @pytest.mark.parametrize("page", PAGES, ids=names)
    def test_every_toml_block_is_toml(self, page: Path) -> None:
        for block in re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            assert tomllib.loads(block)


def understood(arguments: list[str]) -> bool:
    """Whether the command line takes these arguments."""
    try:
        return isinstance(parser().parse_args(arguments), argparse.Namespace)
    except GiveUp:
        return False
    except SystemExit as end:  # --help
        return not end.code


class TestVersion:
    @pytest.fixture
    def version(self) -> str:
        return str(tomllib.loads(read("pyproject.toml"))["project"]["version"])

    def test_it_is_the_manifests(self, version: str) -> None:
        assert manifest.version() == version

    def test_it_is_the_newest_in_the_changelog(self, version: str) -> None:
        assert re.findall(r"^## \[(\d[^\]]*)\]", read("CHANGELOG.md"), re.MULTILINE)[0] == version

    def test_the_desks_are_told_the_same(self, version: str) -> None:
        assert USER_AGENT.split()[0] == f"Deskpulse/{'.'.join(version.split('.')[:2])}"

    def test_the_image_has_it(self, version: str) -> None:
        assert f"deskpulse:{version}" in read("compose.yaml")
