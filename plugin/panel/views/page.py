"""Putting a page together: its template, the visitor's language, where the other pages are, the line of health."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
#: What an address may say of what a page shows; and of the pages of one thing, what this is called there.
_ASKED: Final = ("period", "from", "to", "slice", "by", "tab", "kind", "show")
_OF_ONE: Final = {"figure": "metric", "ticket": "ticket"}


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
        stood=_stood(),
        state=health(seen.database, seen.connection, seen.account, language, now=seen.now),
        **view,
    )
    return Response(shown, status, mimetype="text/html")


def way_back(sent: Mapping[str, str]) -> str:
    """The address of the page on which a form stood that carries where it stood; the first page for any other."""
    name = sent.get("page", "")
    asked = {each: sent[each] for each in _ASKED if sent.get(each)}
    if name in _OF_ONE and sent.get(_OF_ONE[name]):
        return link(name, **{_OF_ONE[name]: sent[_OF_ONE[name]]}, **asked)
    return link(name if name in _pages() else "now", **asked)


def _stood() -> dict[str, str]:
    """What a form carries of the page on which it stands, so that `way_back` finds it."""
    values = {**request.args, **(request.view_args or {})}
    return {name: values[name] for name in (*_ASKED, *_OF_ONE.values()) if values.get(name)}


def _pages() -> dict[str, str]:
    return {**_PAGES, **(_OF_LEADS if may("lead") else {})}
