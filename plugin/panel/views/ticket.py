"""One ticket, narrow enough for a desk's sidebar: who waits and until when, what was measured, what was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import render_template
from markupsafe import Markup

from integrations.times import instant_of_iso
from plugin.panel.access.house import House
from plugin.panel.access.pages import speaking
from plugin.panel.views.answers import Given, given
from plugin.panel.views.figure import reason_of
from plugin.panel.views.follow_ups import states_of
from plugin.panel.views.health import ago
from plugin.panel.views.sight import Sight, Ticket, sight
from workers import answer_list, wording
from workers.accounts import Account
from workers.store import one_ticket
from workers.store.one_ticket import OneTicket
from workers.wording.language import Language, mark

JSON = Mapping[str, Any]

_STATUSES: Final[Mapping[str, str]] = {
    "new": mark("new"),
    "open": mark("open"),
    "pending": mark("waits for the customer"),
    "on_hold": mark("on hold"),
    "resolved": mark("resolved"),
    "closed": mark("closed"),
    "spam": mark("spam"),
    "deleted": mark("deleted"),
}
_EVER: Final = (-(2**31), 2**31 - 1)
_MOST_ANSWERS: Final = 20


@dataclass(frozen=True, slots=True)
class Wait:
    """That the customer waits, and by when the first response is due; `late` when that has passed."""

    said: str
    due: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class TicketPage:
    """The page; without `facts` the ticket is not known."""

    ticket: Ticket
    wait: Wait | None = None
    facts: tuple[tuple[str, str], ...] = ()
    answers: tuple[Given, ...] = ()
    excluded: str = ""


def ticket_page(sight: Sight, id_: str) -> TicketPage:
    """What is known of a ticket, from one snapshot."""
    found = one_ticket.find(sight.connection, sight.account.slug, id_)
    if found is None:
        return TicketPage(sight.ticket(id_))
    rows = answer_list.newest(sight.connection, sight.account.slug, days=_EVER, of={"ticket": id_}, limit=_MOST_ANSWERS)
    followed = states_of(sight, id_) if rows else {}
    return TicketPage(
        ticket=sight.ticket(id_),
        wait=_wait(sight, found),
        facts=tuple(_facts(sight, found.row)),
        answers=tuple(given(sight, row, followed) for _, row in rows),
        excluded=reason_of(sight.language, found.row["excluded"]) if found.row["excluded"] else "",
    )


def fragment(house: House, account: Account, ticket: str) -> Markup:
    """The same inside a page of the desk: words and numbers, nothing that leads anywhere."""
    language = speaking(house)
    with sight(house.database, account, language, now=house.clock()) as seen:
        view = ticket_page(seen, ticket)
    shown = render_template("panel/ticket_fragment.html", say=language.say, language=language, view=view)
    return Markup(shown)  # noqa: S704 - made by our own template, which escapes every value


def _wait(sight: Sight, found: OneTicket) -> Wait | None:
    language = sight.language
    if found.waiting_since is None:
        return None
    said = language.say("The customer has waited for {time}.", time=ago(language, found.waiting_since, sight.now))
    if found.due_at is None:
        return Wait(said)
    if found.due_at < sight.now:
        told = language.say("The first response is late by {time}.", time=ago(language, found.due_at, sight.now))
        return Wait(said, told, late=True)
    clock = language.moment(found.due_at, sight.account.rules.zone)
    return Wait(said, language.say("The first response is due on {moment}.", moment=clock))


def _facts(sight: Sight, row: JSON) -> Iterator[tuple[str, str]]:
    language = sight.language
    say = language.say
    yield say("Status"), say(_STATUSES[row["status"]]) if row["status"] in _STATUSES else row["status"] or say("none")
    if row["channel"]:
        yield say("Channel"), wording.channel(row["channel"], language)
    for kind, label in (("department", say("Department")), ("agent", say("Agent"))):
        if row[kind]:
            yield label, sight.names.of(kind, row[kind])
    for name, label in (("created_at", say("Created")), ("resolved_at", say("Resolved"))):
        if row[name]:
            yield label, language.moment(instant_of_iso(row[name]), sight.account.rules.zone)
    yield from _took(language, row)
    for name, label in (
        ("agent_replies", say("Our messages")),
        ("customer_messages", say("The customer's messages")),
        ("reopens", say("Reopened")),
        ("transfers", say("Moved to another department")),
    ):
        if row[name]:
            yield label, language.number(row[name])


def _took(language: Language, row: JSON) -> Iterator[tuple[str, str]]:
    say = language.say
    for name, label in (
        ("first_response", say("First response")),
        ("full_resolution", say("Resolution")),
        ("requester_wait", say("The customer waited for us")),
    ):
        seconds, business = row[f"{name}_s"], row[f"{name}_business_s"]
        if seconds is None:
            continue
        told = language.duration(seconds)
        if business is not None and business != seconds:
            told = say("{time}, {business} in business hours", time=told, business=language.duration(business))
        yield label, told
