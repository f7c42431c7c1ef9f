"""The table of all desks, made from their code: `python -m tests.desks.desk_docs` writes it anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from integrations.base import Credential, Desk
from integrations.registry import DESK_NAMES, desk_named

PAGE = Path(__file__).parents[2] / "docs" / "desks" / "README.md"
_HEAD = """\
# The desks

Made from the code of each desk by `make docs`: what it can, and what it needs. How to connect one, what is read and
written, its limits and what is not verified stand on its own page. How to add one:
[adding_a_desk.md](../adding_a_desk.md).

What the columns say: *asked*: the desk's API can be asked about one ticket. *History*: what was before is fetched when
it is connected. *Missed*: what no call told is found by asking from time to time. *Tags*, *fields*, *notes*,
*summaries*: what is written into the desk. *Surveys*: the kinds the desk asks itself, or, for a generic desk, may tell
of. *A minute*: the most requests that an account's desk gets from all workers together.
"""
_ABLE = ("refresh", "backfill", "reconcile", "tags", "fields", "notes", "summaries")


def page() -> str:
    """`docs/desks/README.md`."""
    desks = [desk_named(name) for name in DESK_NAMES]
    return "\n".join((_HEAD, *_table(desks), *(line for desk in desks for line in _section(desk)))) + "\n"


def _table(desks: Iterable[Desk]) -> Iterator[str]:
    yield "| desk | asked | history | missed | tags | fields | notes | summaries | surveys | a minute |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for desk in desks:
        able = (_tick(getattr(desk.capabilities, name)) for name in _ABLE)
        surveys = ", ".join(desk.capabilities.surveys) or "–"
        cells = (f"[{desk.title}]({desk.name}.md)", *able, surveys, str(desk.requests_per_minute))
        yield f"| {' | '.join(cells)} |"


def _section(desk: Desk) -> Iterator[str]:
    yield from ("", f"## {desk.title}", "")
    yield f"`deskpulse connect {desk.name}`; its calls go to `/webhooks/{desk.name}/<account>`{_token(desk)}."
    yield ""
    yield "- Credentials: " + ("; ".join(map(_credential, desk.credentials)) or "none")
    if desk.permissions:
        yield "- They must allow: " + _words(desk.permissions)
    yield "- Calls: " + _words(desk.calls)
    if desk.panel:
        yield "- Places for the panel: " + _words(desk.panel)


def _token(desk: Desk) -> str:
    return ", with the secret in the address" if desk.token_in_url else ""


def _credential(one: Credential) -> str:
    return f"`{one.name}`{'' if one.required else ' (may be left out)'}: {one.help}"


def _tick(able: bool) -> str:
    return "yes" if able else "–"


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
