"""A panel at a port, a Chromium before it, and what is asked of everything it shows."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.world import World, opened, world
from tests.plugin.panel.pages.looking import Pages

#: axe's rules with those that are off by default, but for ones that are about whole sites or are experiments.
_RULES: dict[str, Any] = {"rules": {"target-size": {"enabled": True}}}
_DATABASES = ("deskpulse.db", "calls.db")


@contextmanager
def chromium(*options: str) -> Iterator[Browser]:
    """The machine's Chromium, without a window; a failure that says what to do where there is none."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.fail("there is no Chromium here: install it, on Debian with `apt-get install chromium`", pytrace=False)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", *options])
        try:
            yield started
        finally:
            started.close()


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of one run have in common."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@contextmanager
def copied_world(base: Path, folder: Path) -> Iterator[World]:
    """The accounts in a folder of one's own; filled by whoever comes first and copied by all others."""
    template = base / "panel-world"
    with (base / "panel-world.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (template / "ready").exists():
            template.mkdir(exist_ok=True)
            with world(template):
                pass
            (template / "ready").touch()
    for name in _DATABASES:
        shutil.copy(template / name, folder / name)
    with opened(folder) as made:
        yield made


@dataclass
class Show:
    """The panel of these accounts at an address, as a browser goes there."""

    pages: Pages
    url: str
    said: list[str] = field(default_factory=list)

    def address(self, page: str, *, speaks: str | None = None, role: str = "lead") -> str:
        """Where a visitor who is signed in finds a page such as `acme/overview`."""
        slug = page.partition("/")[0]
        mark = "&" if "?" in page else "?"
        return f"{self.url}/panel/{page}{mark}t={self.pages.token(slug, role, speaks=speaks)}"

    def open(self, context: BrowserContext, page: str, **more: Any) -> Page:
        """The page in a new tab; what the browser complains of is kept."""
        tab = context.new_page()
        tab.on("console", lambda message: self.said.append(f"{page}: {message.text}"))
        tab.on("pageerror", lambda error: self.said.append(f"{page}: {error}"))
        tab.on("dialog", lambda dialog: self.said.append(f"{page}: a dialog says {dialog.message}"))
        answer = tab.goto(self.address(page, **more))
        assert answer is not None
        assert answer.ok, answer.status
        return tab

    def complaints(self) -> list[str]:
        """What the browser complained of since this was asked last."""
        found, self.said = self.said, []
        return found


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with a page as it is shown now."""
    found = Axe().run(page, options=_RULES).response["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"][:3]]


def width_needed(page: Page) -> int:
    """How wide the page is, whatever the window."""
    found: int = page.evaluate("document.documentElement.scrollWidth")
    return found
