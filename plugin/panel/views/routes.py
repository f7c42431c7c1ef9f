"""The addresses of the pages; each view reads what is asked for and hands it to its page."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Final

from flask import Blueprint, Response, request

from integrations.errors import GiveUp
from plugin.panel.access.house import House
from plugin.panel.access.pages import speaking
from plugin.panel.access.refusals import Refusal
from plugin.panel.access.session import current_account, current_visitor, for_role, link, may
from plugin.panel.forms.fields import grouped
from plugin.panel.views import figure, settings
from plugin.panel.views.answers import answers_page, judge
from plugin.panel.views.controls import controls
from plugin.panel.views.now import now_view
from plugin.panel.views.overview import by_of, overview
from plugin.panel.views.page import looking, page, way_back
from plugin.panel.views.ticket import ticket_page
from workers.store import users
from workers.wording.language import LANGUAGES, mark

#: What an address of the list of answers may say; the kind of survey that one answer is of is another field.
_LIST: Final = {**{name: name for name in ("period", "from", "to", "slice", "show", "after")}, "kind": "of_kind"}


def add_views(pages: Blueprint, house: House) -> None:
    """`/`, `/overview`, `/figure/<metric>`, `/answers`, `/settings` and `/ticket/<ticket>` below the account."""
    pages.add_url_rule("/overview", "overview", partial(_overview, house))
    pages.add_url_rule("/figure/<metric>", "figure", partial(_figure, house))
    pages.add_url_rule("/", "now", partial(_now, house))
    pages.add_url_rule("/answers", "answers", partial(_answers, house))
    pages.add_url_rule("/answers", "judge", for_role("lead")(partial(_judge, house)), methods=["POST"])
    pages.add_url_rule("/settings", "settings", for_role("lead")(partial(_settings, house)))
    pages.add_url_rule("/settings", "save_settings", for_role("lead")(partial(_save_settings, house)), methods=["POST"])
    pages.add_url_rule("/language", "speak", partial(_speak, house), methods=["POST"])
    pages.add_url_rule("/ticket/<path:ticket>", "ticket", partial(_ticket, house))


def _overview(house: House) -> Response:
    with looking(house) as looks:
        by = by_of(request.args.get("by", ""), looks.sight.account, looks.asked)
        view = overview(looks.sight, looks.asked, by)
        asked = controls(looks.sight, looks.asked, by=by if by != "channel" else "")
        return page("overview.html", looks, mark("Overview"), view=view, asked=asked)


def _figure(house: House, metric: str) -> Response:
    if not figure.is_figure(metric):
        raise Refusal("missing")
    tab = figure.tab_of(request.args.get("tab", ""))
    after = request.args.get("after", "").replace("\0", "")
    with looking(house) as looks:
        view = figure.figure_page(looks.sight, looks.asked, metric, tab, after=after)
        say = looks.sight.language.say
        return page(
            "figure.html",
            looks,
            view.title,
            view=view,
            asked=controls(looks.sight, looks.asked, tab=tab if tab != figure.TREND else ""),
            metric=metric,
            tab=tab,
            tabs=[(name, say(label)) for name, label in figure.TABS.items()],
            others=list(figure.others(looks.sight.language, metric)),
        )


def _answers(house: House) -> Response:
    kind, show, after = (request.args.get(name, "") for name in ("kind", "show", "after"))
    with looking(house) as looks:
        view = answers_page(looks.sight, looks.asked, kind=kind, show=show, after=after)
        asked = controls(looks.sight, looks.asked)
        return page(
            "answers.html", looks, mark("Answers"), view=view, asked=asked, kind=kind, show=show, after=after,
            may_judge=may("lead"),
        )  # fmt: skip


def _judge(house: House) -> Response:
    """Let one answer count again or no more, and show the same list again."""
    sent = request.form.to_dict()
    with contextlib.suppress(GiveUp):  # somebody else did so a moment ago, and the list shows it
        judge(house, current_account(), sent)
    back = {name: sent[field] for name, field in _LIST.items() if sent.get(field)}
    return Response(status=303, headers={"Location": link("answers", **back)})


def _now(house: House) -> Response:
    with looking(house) as looks:
        return page("now.html", looks, mark("Now"), view=now_view(looks.sight), may_set=may("lead"))


def _settings(house: House) -> Response:
    with looking(house) as looks:
        made = settings.sections(looks.sight, saved=request.args.get("saved", ""))
        return page("settings.html", looks, mark("Settings"), sections=made, groups=grouped)


def _save_settings(house: House) -> Response:
    key, sent = request.form.get("section", ""), request.form.to_dict()
    if key not in settings.SECTIONS:
        raise Refusal("missing")
    try:
        wrong = settings.save(house, current_account(), key, sent, speaking(house))
    except settings.Overtaken:
        with looking(house) as looks:
            made = settings.overtaken(looks.sight, key)
            return page("settings.html", looks, mark("Settings"), status=409, sections=made, groups=grouped)
    if not wrong:
        return Response(status=303, headers={"Location": f"{link('settings', saved=key)}#{key}"})
    with looking(house) as looks:
        made = settings.refused(looks.sight, key, sent, wrong)
        return page("settings.html", looks, mark("Settings"), status=422, sections=made, groups=grouped)


def _speak(house: House) -> Response:
    """Keep the language that a user chose; whoever is not kept as a user goes on in the desk's."""
    code, visitor = request.form.get("language", ""), current_visitor()
    with house.database.write() as connection:
        users.speak(connection, visitor.account, visitor.user, code if code in LANGUAGES else None)
    return Response(status=303, headers={"Location": way_back(request.form)})


def _ticket(house: House, ticket: str) -> Response:
    with looking(house) as looks:
        view = ticket_page(looks.sight, ticket)
        return page("ticket.html", looks, mark("Ticket"), status=200 if view.facts else 404, view=view)
