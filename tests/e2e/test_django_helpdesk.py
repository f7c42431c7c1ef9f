"""Deskpulse as a whole beside a real django-helpdesk, on both databases: what people do there and what comes of it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from integrations.times import SECOND, instant_of_iso
from tests.e2e.real_desk import RealDesk
from tests.e2e.running import RunningDeskpulse, until
from tests.servers import PostgreSQL

#: The first of these tests may have to install the desk.
pytestmark = pytest.mark.timeout(300)

#: Seconds from what a customer does to its tag in the desk, also on a busy machine.
AT_ONCE: Final = 10.0
MARA, IVO = "mara@customer.example", "ivo@customer.example"
_SETTINGS: Final = """
time_zone = "{zone}"
[summaries]
daily = "{daily}"
weekly = "{weekday} 08:00"
[surveys.csat]
scale = [1, 5]
follow_up_below = 3
[desk.answers.csat]
field = "survey_score"
comment = "survey_comment"
scale = [1, 5]
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def pulse(request: pytest.FixtureRequest) -> Iterator[RunningDeskpulse]:
    """An installation that runs, on a database that was empty; each test has an account of its own in it."""
    if request.param == "sqlite":
        with RunningDeskpulse() as installed:
            installed.start()
            yield installed
        return
    server: PostgreSQL = request.getfixturevalue("postgres_server")
    url = server.new()
    with RunningDeskpulse(database_url=url) as installed:
        installed.start()
        yield installed
    server.drop(url)


@pytest.fixture
def account(pulse: RunningDeskpulse, real_desk: RealDesk) -> Iterator[str]:
    """The name of an account that a test may connect; it is removed while its desk still runs."""
    slug = f"acme-{real_desk.port}"
    yield slug
    pulse.run("account", "remove", slug)


# --- the account --------------------------------------------------------------------------------------------------


def noon() -> ZoneInfo:
    """A zone in which it is between 12 and 13 o'clock, so that no test sees midnight."""
    ahead = 12 - datetime.now(UTC).hour
    return ZoneInfo(f"Etc/GMT{-ahead:+d}")  # in these names east is minus


def today() -> date:
    return datetime.now(noon()).date()


def connect(pulse: RunningDeskpulse, desk: RealDesk, account: str, *, daily: str) -> str:
    """Connects the desk; the address of its webhooks. At 11:00 the daily summary is due, at 23:00 it is not.

    A weekly one never is: its moment is too long ago.
    """
    long_ago = (today() - timedelta(days=4)).strftime("%a").lower()
    told = pulse.connect(
        "django_helpdesk",
        account,
        url=desk.url,
        settings=_SETTINGS.format(zone=noon().key, weekday=long_ago, daily=daily),
        credentials={
            "token": desk.token,
            "user_id": desk.users["deskpulse"],
            "summary_queue": desk.queues["summaries"],
        },
    )
    return told["webhook address"]


def history(*tickets: str) -> list[dict[str, Any]]:
    """Yesterday's tickets of a desk before this one: each was answered after 10 minutes and resolved after an hour."""
    opened = datetime.now(noon()).replace(hour=12) - timedelta(days=1)
    happened: list[tuple[int, dict[str, Any]]] = [
        (0, {"type": "ticket.created", "channel": "email", "by": "customer"}),
        (10, {"type": "message.sent", "by": "agent", "author": "9", "public": True}),
        (60, {"type": "status.changed", "status": "resolved"}),
    ]
    return [
        {"ticket": ticket, "at": (opened + timedelta(minutes=minutes)).isoformat(), **told}
        for ticket in tickets
        for minutes, told in happened
    ]


# --- looking at the desk ------------------------------------------------------------------------------------------


def tags(desk: RealDesk, ticket: int) -> list[str]:
    return [tag for tag in (desk.ticket(ticket)["custom_tags"] or "").split(",") if tag]


def notes(desk: RealDesk, ticket: int) -> list[dict[str, Any]]:
    """What Deskpulse wrote into a ticket."""
    return [entry for entry in desk.follow_ups(ticket) if entry["user"] == desk.users["deskpulse"]]


def summaries(desk: RealDesk) -> list[dict[str, Any]]:
    return [ticket for ticket in desk.tickets() if ticket["queue"] == desk.queues["summaries"]]


def seconds_until(holds: Callable[[], bool], what: str) -> float:
    started = time.monotonic()
    until(holds, what)
    return time.monotonic() - started


def tagged(desk: RealDesk, ticket: int, *wanted: str) -> float:
    """The seconds until a ticket has exactly these tags."""
    return seconds_until(lambda: tags(desk, ticket) == list(wanted), f"the tags {wanted} of {ticket}")


def seconds_between(desk: RealDesk, ticket: int, *entries: int) -> list[int]:
    """Whole seconds from a ticket's creation to entries of its history, counted from 0, by the desk's own dates."""
    dates = [instant_of_iso(entry["date"]) for entry in desk.follow_ups(ticket)]
    return [(dates[entry] - dates[0]) // SECOND for entry in entries]


def answer_survey(desk: RealDesk, ticket: int, score: int, **comment: str) -> None:
    """The desk's own survey form fills its fields; no webhook tells of that."""
    desk.patched(ticket, custom_survey_score=score, **{f"custom_survey_{name}": text for name, text in comment.items()})


# --- a day at the desk --------------------------------------------------------------------------------------------


def test_tickets_and_answers_become_tags_notes_figures_and_a_summary(
    real_desk: RealDesk, pulse: RunningDeskpulse, account: str
) -> None:
    desk = real_desk
    desk.point_hooks_at(connect(pulse, desk, account, daily="11:00"))
    pulse.bring_in(account, history("old-1", "old-2"))

    form = desk.opened_by_form(title="Blender", text="It hums", customer=MARA)
    assert tagged(desk, form, "channel-web-form") < AT_ONCE
    mail = desk.opened_by_mail(title="Invoice", text="The sum is wrong", customer=MARA)
    chat = desk.opened_by_api(queue="chat", title="Lamp", text="Dark", customer=IVO, custom_tags="vip")
    tagged(desk, mail, "channel-email")
    tagged(desk, chat, "vip", "channel-chat")
    _work(desk, form=form, mail=mail, chat=chat)
    _answers_reach_the_desk(desk, form=form, mail=mail)
    _the_figures_are_those_made_by_hand(desk, pulse, account, form=form, mail=mail, chat=chat)
    _the_summary_stands_once(desk, pulse, account)
    _what_we_wrote_changes_nothing(desk, pulse, account, tickets=(form, mail, chat))
    _all_is_well(pulse, account)


def _work(desk: RealDesk, *, form: int, mail: int, chat: int) -> None:
    desk.replied(mail, "Which one?")
    desk.noted(mail, "She means number 7")
    desk.answered_by_mail(mail, text="Number 7", customer=MARA)
    desk.resolved(mail, "Corrected")
    desk.reopened(mail, "It was not")
    desk.resolved(mail, "Corrected now")
    desk.resolved(form, "Clean the filter")
    desk.closed(chat, "A new lamp is on its way")


def _answers_reach_the_desk(desk: RealDesk, *, form: int, mail: int) -> None:
    answer_survey(desk, form, 2, comment="Too late {{ and }} too loud")
    answer_survey(desk, mail, 5)
    for ticket in (form, mail):
        desk.noted(ticket, "The customer answered the survey")
    until(lambda: desk.ticket(mail)["custom_csat"] == 5, "the score of the good answer")
    tagged(desk, form, "channel-web-form", "deskpulse-follow-up")
    until(lambda: len(notes(desk, form)) == 1, "the note about the bad answer")
    assert desk.ticket(form)["custom_csat"] == 2
    (note,) = notes(desk, form)
    assert note["public"] is False
    assert note["comment"].splitlines()[:2] == [
        "CSAT answer: 2 on the scale 1 to 5",
        "The customer wrote: Too late { { and } } too loud",
    ]
    # The desk shows the last comment on a resolved ticket to its customer; ours must not be it.
    until(lambda: "deskpulse:" not in desk.ticket(form)["resolution"], "what the customer sees")


def _the_figures_are_those_made_by_hand(
    desk: RealDesk, pulse: RunningDeskpulse, account: str, *, form: int, mail: int, chat: int
) -> None:
    rows = pulse.tickets(account, "--from", str(today()))
    assert sorted(name for name, row in rows.items() if not row["excluded"]) == sorted(map(str, (form, mail, chat)))
    # The mail's history: opened, replied, noted, answered by mail, resolved, reopened, resolved …
    hand = {
        str(form): _hand(desk, form, first=1, resolved=(1, 1), channel="web_form", csat=2),
        str(mail): _hand(desk, mail, first=1, resolved=(4, 6), channel="email", csat=5, reopens=1, replies=4, said=2),
        str(chat): _hand(desk, chat, first=1, resolved=(1, 1), channel="chat", status="closed"),
    }
    for ticket, row in hand.items():
        assert {name: rows[ticket][name] for name in row} == row

    made = pulse.report(account, "--from", str(today()), "--to", str(today()))
    volumes = {row["channel"]: row["metrics"]["ticket_volume"]["value"] for row in made["rows"]}
    assert {channel: number for channel, number in volumes.items() if number} == {"chat": 1, "email": 1, "web_form": 1}
    total = made["total"]
    assert total["ticket_volume"]["value"] == 3
    assert total["first_response_time"]["value"] == median(row["first_response_s"] for row in hand.values())
    assert total["full_resolution_time"]["value"] == median(row["full_resolution_s"] for row in hand.values())
    assert (total["resolution_rate"]["numerator"], total["resolution_rate"]["denominator"]) == (3, 3)
    assert (total["csat"]["numerator"], total["csat"]["denominator"]) == (1, 2)
    by_tag = pulse.report(account, "--from", str(today()), "--to", str(today()), "--by", "tag")
    assert sorted(row["tag"] for row in by_tag["rows"] if row["metrics"]["ticket_volume"]["n"]) == ["", "vip"]


def _hand(
    desk: RealDesk,
    ticket: int,
    *,
    first: int,
    resolved: tuple[int, int],
    channel: str,
    csat: int | None = None,
    reopens: int = 0,
    replies: int = 1,
    said: int = 1,
    status: str = "resolved",
) -> dict[str, Any]:
    """What a ticket's row must hold; `first` and `resolved` are places in the desk's history of the ticket."""
    response, first_resolution, full_resolution = seconds_between(desk, ticket, first, *resolved)
    return {
        "channel": channel,
        "status": status,
        "department": str(desk.ticket(ticket)["queue"]),
        "direction": "inbound",
        "first_response_s": response,
        "first_response_agent": str(desk.users["eva"]),
        "first_resolution_s": first_resolution,
        "full_resolution_s": full_resolution,
        "reopens": reopens,
        "agent_replies": replies,
        "customer_messages": said,
        "csat": csat,
        "excluded": "",
    }


def _the_summary_stands_once(desk: RealDesk, pulse: RunningDeskpulse, account: str) -> None:
    until(lambda: len(summaries(desk)) == 1, "the summary of yesterday")
    (first,) = summaries(desk)
    yesterday = today() - timedelta(days=1)
    assert f"{yesterday:%A} {yesterday.day} {yesterday:%B %Y}" in first["title"]
    assert re.search(r"Tickets: 2\b.*\n.*First response: median 10 min", first["description"])
    assert first["submitter_email"] in (None, "")
    pulse.until_next(account, "summaries")
    assert summaries(desk) == [first], "nothing changed, so nothing is written"
    pulse.bring_in(account, history("old-3"))
    for _again in range(2):
        pulse.until_next(account, "summaries")
        (revised,) = summaries(desk)
        assert revised["id"] == first["id"]
        assert re.search(r"Tickets: 3\b", revised["description"])


def _what_we_wrote_changes_nothing(
    desk: RealDesk, pulse: RunningDeskpulse, account: str, *, tickets: tuple[int, ...]
) -> None:
    # Three tickets, eight entries of agents and the customer, two of the survey form; and ours: a note, a summary.
    until(lambda: _outcomes(pulse, account) == ["done"] * (3 + 8 + 2 + 2), "every call to be taken in")
    before = _state(desk, pulse, account, tickets)
    pulse.until_next(account, "reconcile")
    assert _state(desk, pulse, account, tickets) == before
    assert not [mail for mail in desk.mails_sent() if "deskpulse:" in mail], "nobody is mailed what we write"


def _state(desk: RealDesk, pulse: RunningDeskpulse, account: str, tickets: tuple[int, ...]) -> Mapping[str, object]:
    shown = [desk.ticket(ticket) for ticket in tickets]
    return {"desk": shown, "summaries": summaries(desk), "rows": pulse.tickets(account)}


def _outcomes(pulse: RunningDeskpulse, account: str) -> list[str]:
    return [call["outcome"] for call in pulse.calls(account)]


def _all_is_well(pulse: RunningDeskpulse, account: str) -> None:
    assert "agree with the events" in pulse.run("verify", "--account", account)
    assert "WRONG" not in pulse.run("doctor")


# --- while nobody listened ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_no_webhook_told_is_found_by_the_next_reconciliation(
    real_desk: RealDesk, pulse: RunningDeskpulse, account: str
) -> None:
    desk = real_desk
    desk.point_hooks_at(connect(pulse, desk, account, daily="23:00"))
    known = desk.opened_by_form(title="Blender", text="It hums", customer=MARA)
    tagged(desk, known, "channel-web-form")

    pulse.stop()
    missed = _happens_while_nobody_listens(desk, known)
    assert tags(desk, missed) == []
    pulse.start()
    pulse.until_next(account, "reconcile")
    tagged(desk, missed, "channel-web-form")
    rows = pulse.tickets(account)
    assert rows[str(missed)]["channel"] == "web_form"
    assert rows[str(known)]["first_response_s"] == seconds_between(desk, known, 1)[0]
    assert (rows[str(known)]["agent_replies"], rows[str(known)]["status"]) == (1, "resolved")

    _happens_without_a_webhook(desk, known, missed)
    pulse.until_next(account, "reconcile")
    tagged(desk, missed, "channel-web-form", "deskpulse-follow-up")
    until(lambda: len(notes(desk, missed)) == 1, "the note about the bad answer")
    pulse.until_next(account, "reconcile")
    assert len(notes(desk, missed)) == 1
    rows = pulse.tickets(account)
    assert (rows[str(missed)]["status"], rows[str(missed)]["csat"]) == ("resolved", 1)
    assert (rows[str(known)]["status"], rows[str(known)]["reopens"]) == ("closed", 0)
    assert _outcomes(pulse, account) == ["done"] * 2, "the first ticket, and our own note"
    _all_is_well(pulse, account)


def _happens_while_nobody_listens(desk: RealDesk, known: int) -> int:
    """A new ticket and an answer to the known one, of both of which the desk's answer is an error; the new one."""
    with pytest.raises(AssertionError, match="Server Error"):
        desk.opened_by_form(title="Invoice", text="The sum is wrong", customer=IVO)
    with pytest.raises(AssertionError, match="500"):
        desk.resolved(known, "Clean the filter")
    saved = [int(ticket["id"]) for ticket in desk.tickets() if ticket["title"] == "Invoice"]
    assert len(saved) == 1, "the desk saved it, whatever it answered"
    return saved[0]


def _happens_without_a_webhook(desk: RealDesk, known: int, missed: int) -> None:
    desk.closed_in_bulk(known)
    desk.patched(missed, status=3)
    answer_survey(desk, missed, 1, comment="Nobody answers")
