"""The pictures in docs/panel: `python -m tests.browser.screenshots` makes them anew, from the accounts of the tests."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from tests.browser.showing import Show, chromium
from tests.browser.world import NOW, world
from tests.desks.serving import serving
from tests.plugin.panel.pages.looking import Pages
from workers.follow_ups import follow_ups

FOLDER: Final = Path(__file__).parent.parent.parent / "docs" / "panel"
#: Name → the page, its width and height in pixels, and light or dark.
SHOTS: Final = {
    "now": ("acme/", 1040, 820, "light"),
    "overview": ("acme/overview", 1040, 900, "light"),
    "overview-dark": ("acme/overview?period=28", 1040, 700, "dark"),
    "figure": ("acme/figure/first_response_time?period=28&slice=channel:email", 1120, 780, "light"),
    "explanation": ("acme/figure/csat?tab=explanation", 1120, 900, "light"),
    "answers": ("acme/answers?show=comments&period=28", 1120, 900, "light"),
    "settings": ("acme/settings", 1120, 900, "light"),
    "ticket": ("acme/ticket/{unhappy}", 360, 700, "light"),
}


def main() -> None:
    """Write every picture."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, world(Path(folder)) as made, chromium() as browser:
        pages = Pages(made.runtime)
        with made.runtime.database.read() as connection:
            unhappy = follow_ups(connection, made.account("acme"), now=NOW)[0].ticket
        with serving(pages.app) as url:
            show = Show(pages, url)
            for name, (page, width, height, scheme) in SHOTS.items():
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,  # type: ignore[arg-type]
                )
                show.open(context, page.format(unhappy=unhappy)).screenshot(path=FOLDER / f"{name}.png")
                context.close()


if __name__ == "__main__":
    main()
