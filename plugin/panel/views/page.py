"""Putting a page together: its template, the visitor's language, where the other pages are, the line of health."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, render_template, request

from plugin.panel.access.house import House
from plugin.panel.access.pages import speaking
from plugin.panel.access.session import current_account, current_visitor, form_token, link, may, query_token
from plugin.panel.views.asked import Asked, asked_of
from plugin.panel.views.health import health
from plugin.panel.views.sight import Sight, sight
from workers.periods import today
from workers.wording.language import LANGUAGES, mark

_PAGES: Final = {"now": mark("Now"), "overview": mark("Overview"), "answers": mark("Answers")}
_OF_LEADS: Final = {"settings": mark("Settings")}


@dataclass(frozen=True)
class Looking:
    """One request for a page: what is seen, and what is asked for."""

    sight: Sight
    asked: Asked


@contextmanager
def looking(house: House) -> Iterator[Looking]:
    """The snapshot and the question of this request."""
    account = current_account()
    now = house.clock()
    asked = asked_of(request.args, today=today(now, account.rules.zone))
    with sight(house.database, account, speaking(house), now=now) as seen:
        yield Looking(seen, asked)


def page(template: str, looks: Looking, title: str, *, status: int = 200, **view: Any) -> Response:
    """The page; `title` is said in the visitor's language, and everything in `view` is the template's own."""
    seen = looks.sight
    language = seen.language
    visitor = current_visitor()
    name = view.pop("page", template.removesuffix(".html"))
    shown = render_template(
        f"panel/{template}",
        say=language.say,
        say_many=language.say_many,
        language=language,
        link=link,
        query_token=query_token,
        form_token=form_token,
        visitor=visitor,
        languages=LANGUAGES,
        account=seen.account.slug,
        pages=[(each, language.say(label)) for each, label in _pages().items()],
        page=name,
        title=language.say(title),
        kept=looks.asked.values,
        state=health(seen.database, seen.connection, seen.account, language, now=seen.now),
        **view,
    )
    return Response(shown, status, mimetype="text/html")


def page_named(name: str) -> str:
    """A page that needs nothing to be found; the first one for any other."""
    return name if name in _pages() else "now"


def _pages() -> dict[str, str]:
    return {**_PAGES, **(_OF_LEADS if may("lead") else {})}
