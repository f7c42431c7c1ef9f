"""The demo: figures within seconds, a desk that is written to, and nothing left when it ends."""

from __future__ import annotations

import html
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from integrations.errors import GiveUp
from integrations.registry import desk_named
from plugin.demo import demo
from plugin.demo_desks import stage, stages
from tests.servers import short_folder, wait_for
from tests.test_up import lives
from workers.settings import Settings

ROOT = Path(__file__).parent.parent
START = 60.0
LIFE = 60.0
END = 30.0


@dataclass
class Demo:
    """A running demo and what it printed."""

    process: subprocess.Popen[bytes]
    log: Path
    folder: Path

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def found(self, pattern: str) -> re.Match[str] | None:
        assert self.process.poll() is None, self.said
        return re.search(pattern, self.said)

    def page(self, name: str = "now", query: str = "") -> str:
        """A page of the panel, by the link that was printed and the links on the pages behind it."""
        match = self.found(r"figures after \d+ s; the panel, for an hour: (http://\S+)")
        assert match
        text = _read(match[1])
        if name == "now":
            return text
        host = match[1].partition("/panel/")[0]
        link = re.search(rf'href="(/panel/demo/{name}\?[^"]+)"', text)
        assert link, text
        return _read(host + html.unescape(link[1]) + query)

    def parts(self) -> list[int]:
        """Every process it started, at any depth."""
        found, todo = [], [self.process.pid]
        while todo:
            children = Path(f"/proc/{todo[-1]}/task/{todo.pop()}/children").read_text().split()
            found += [int(pid) for pid in children]
            todo += [int(pid) for pid in children]
        return found


@contextmanager
def running(*options: str) -> Iterator[Demo]:
    with short_folder() as folder:
        log = folder / "log"
        own = folder / "own"
        own.mkdir()
        environment = {**os.environ, "TMPDIR": str(own), "PYTHONPATH": str(ROOT), "HOME": str(folder / "home")}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "plugin.demo", "--port", "0", *options],
                cwd=folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Demo(process, log, own)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(END)


@pytest.mark.slow
@pytest.mark.parametrize("desk", stages())
def test_the_page_fills_the_desk_is_written_to_and_nothing_is_left(desk: str) -> None:
    with running("--desk", desk) as demo_:
        wait_for(lambda: bool(demo_.found("figures after")), seconds=START, what="a page")
        assert "Customers who wait for us" in demo_.page()
        full = re.compile(r'<span class="main">[1-9][\d,]+</span>')
        wait_for(lambda: full.search(demo_.page("overview", "&period=28")) is not None, seconds=LIFE, what="figures")
        first = demo_.page("overview", "&period=today")
        if desk_named(desk).capabilities.surveys:
            none = "There are no such answers in these days"
            wait_for(lambda: none not in demo_.page("answers", "&period=28"), seconds=LIFE, what="an answer")
        written = r"calls that came in: [1-9]\d*; written into the desk: tags [1-9]\d*, notes \d+, summaries 1\b"
        wait_for(lambda: bool(demo_.found(written)), seconds=LIFE, what="a tag and one summary in the desk")
        wait_for(
            lambda: _tickets(demo_.page("overview", "&period=today")) > _tickets(first),
            seconds=LIFE,
            what="the page to move",
        )
        parts = demo_.parts()
        assert len(parts) > 4
        demo_.process.send_signal(signal.SIGINT)
        assert demo_.process.wait(END) == 0
        assert [pid for pid in parts if lives(pid)] == []
        assert list(demo_.folder.iterdir()) == []


def test_a_signal_before_anything_runs_leaves_nothing() -> None:
    with running("--desk", "generic") as demo_:
        wait_for(lambda: any(demo_.folder.iterdir()), seconds=START, what="the home folder")
        demo_.process.send_signal(signal.SIGTERM)
        demo_.process.wait(END)
        assert list(demo_.folder.iterdir()) == []


def test_a_desk_without_a_simulation_is_refused_with_the_ones_there_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings.read({"DESKPULSE_HOME": str(tmp_path)})
    assert demo(settings, host="127.0.0.1", port=0, desk="helpscout") == 2
    told = f"The demo cannot simulate helpscout; choose from {', '.join(stages())} with --desk.\n"
    assert capsys.readouterr().err == told
    with pytest.raises(GiveUp, match="choose from"):
        stage("", settings.home)  # type: ignore[arg-type]


def _read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=20) as answer:
        text: bytes = answer.read()
    return text.decode()


def _tickets(page: str) -> int:
    """How many tickets the overview counts."""
    match = re.search(r'>Tickets</a></h3>\s*<p class="value"><span class="main">([\d,]+|–)</span>', page)
    assert match, page
    return int(match[1].replace(",", "")) if match[1] != "–" else 0
