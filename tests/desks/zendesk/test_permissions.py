"""Connecting with some of the permissions, losing them later, and what is left after somebody removed our things."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.actions import AddNote, AddTag, PutSummary, RemoveTag, SetField
from integrations.base import Installed
from integrations.errors import DeskpulseError, Gone, RateLimited, Refused, Rejected, Unavailable, Unclear
from integrations.session import Session
from integrations.times import DAY, HOUR
from tests.desks.wired import (
    DROP,
    FORBIDDEN,
    INVALID,
    LIMITED_FOR,
    MISSING,
    NONSENSE,
    TIMEOUT,
    UNKNOWN_KEY,
    Fault,
)
from tests.desks.zendesk.office import DESK, NOW, Office, at

URL = "https://pulse.example/webhooks/zendesk/acme"
SECRET = "whsec_of-the-account"
#: Everything that connecting asks for, in its order.
REQUESTS = (
    "GET /api/v2/users/me", "GET /api/v2/webhooks", "POST /api/v2/webhooks", "GET /api/v2/ticket_fields",
    "POST /api/v2/ticket_fields", "GET /api/v2/webhooks/.*/signing_secret", "GET /api/v2/triggers",
    "POST /api/v2/triggers",
)  # fmt: skip
#: What a question and what a write becomes; a step is something that is left to do by hand.
FAULTS: dict[Fault, tuple[type[DeskpulseError], type[DeskpulseError]]] = {
    UNKNOWN_KEY: (Refused, Refused), FORBIDDEN: (Refused, Refused), MISSING: (Gone, Gone),
    INVALID: (Rejected, Rejected), LIMITED_FOR: (RateLimited, RateLimited), DROP: (Unavailable, Unclear),
    TIMEOUT: (Unavailable, Unclear),
    NONSENSE: (Unavailable, Unclear),
}  # fmt: skip
STEPS: dict[str, tuple[set[Fault], str]] = {
    "GET /api/v2/webhooks/.*/signing_secret": ({UNKNOWN_KEY, FORBIDDEN, MISSING, INVALID}, "Reveal secret"),
    "POST /api/v2/triggers": ({MISSING, INVALID}, "Create trigger"),
}


@pytest.fixture
def office() -> Office:
    found = Office()
    found.world.fields.clear()
    return found


def installed(office: Office, *, url: str = URL, **access: Any) -> Installed:
    with office.open(**access) as (session, _):
        return DESK.install(session, webhook_url=url, secret=SECRET)


def made(office: Office) -> tuple[int, int, int]:
    return len(office.world.webhooks), len(office.world.triggers), len(office.world.fields)


def require_line(error: DeskpulseError, request_: str) -> None:
    """One line; of a refusal one that names what was refused, the role, and where to give it."""
    said = str(error)
    assert "\n" not in said
    if isinstance(error, Refused):
        assert request_.rpartition("/")[2] in said
        assert "the role Administrator" in said
        assert "Admin Center ›" in said
        assert error.permission == "Administrator"


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("request_", REQUESTS)
def test_whatever_fails_on_the_way_is_said_and_connecting_again_makes_everything_once(
    office: Office, request_: str, fault: Fault
) -> None:
    by_hand, step = STEPS.get(request_, (set(), ""))
    with office.open() as (session, wire):
        wire.spoil(fault, request_)
        if fault in by_hand:
            told = DESK.install(session, webhook_url=URL, secret=SECRET)
            assert len([one for one in told.by_hand if step in one]) == 1
        else:
            with pytest.raises(DeskpulseError) as caught:
                DESK.install(session, webhook_url=URL, secret=SECRET)
            assert type(caught.value) is FAULTS[fault][request_.startswith("POST")]
            require_line(caught.value, request_)
    assert [one for one in installed(office).by_hand if step and step in one] == []
    assert made(office) == (2, 1, 3)


@pytest.mark.parametrize("role", ["agent", "end-user", "", "light agent"])
def test_a_user_of_any_other_role_makes_nothing(office: Office, role: str) -> None:
    office.owner.role = role
    with pytest.raises(Refused, match=f"is {role or 'unknown'} in Zendesk: give it the role Administrator"):
        installed(office)
    assert made(office) == (0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "told", "reason"),
    [
        ("ces", {"field": "effort", "scale": [1, 7]}, "effort is no id of a custom field, such as 360012345678"),
        ("ces", {"field": 360071, "scale": [1, 7]}, "field and comment are names of custom fields"),
        ("csat", {"field": "360071", "scale": [7, 1]}, "scale must be two whole numbers, the lower first"),
        ("mood", {"field": "360071", "scale": [1, 7]}, "the kinds are csat, ces, nps"),
        ("nps", {"field": "360071"}, "it must hold field and scale, and may hold comment"),
    ],
)
def test_a_field_of_answers_that_is_named_wrongly_is_told(office: Office, kind: str, told: Any, reason: str) -> None:
    right = {"nps" if kind == "ces" else "ces": {"field": "360071", "scale": [1, 7]}}
    steps = installed(office, options={"answers": {kind: told, **right}}).by_hand
    said = [step for step in steps if "answers" in step]
    assert said == [f"No answers are read from [desk.answers.{kind}]: {reason}."]


# ------------------------------------------------------------------------------------------------ lost later


WRITES = (
    AddTag("1", "channel-email"), RemoveTag("1", "deskpulse-low"), SetField("1", "csat", "2"),
    AddNote("1", "deskpulse:n:1", ("Call back",)), PutSummary("deskpulse:w:1", "Week 1", ()),
)  # fmt: skip


def standing() -> Office:
    office = Office()
    office.ticket(tags=["vip", "deskpulse-low"])
    return office


@pytest.mark.parametrize("action", WRITES, ids=lambda action: type(action).__name__)
def test_a_token_that_was_withdrawn_is_a_refusal_of_everything(action: Any) -> None:
    office = standing()
    office.api.token = "another"
    access = office.access(credentials={"email": office.owner.email, "token": "withdrawn"})
    with office.open() as (session, wire):
        session.access = access
        for ask in (lambda: DESK.apply(action, session), lambda: DESK.refresh("1", session)):
            with pytest.raises(Refused, match=r"does not know these credentials.*API tokens"):
                ask()
    assert {line.partition(" ")[0] for line in wire.sent} == {"GET"}


def _walk(session: Session) -> object:
    return list(DESK.reconcile(session, since=NOW - HOUR))


def test_an_administrator_who_is_an_agent_now_reads_tickets_and_is_told_what_else_it_takes() -> None:
    office = standing()
    office.owner.role = "agent"
    with office.open() as (session, _):
        assert DESK.refresh("1", session).events != ()
        assert DESK.apply(AddTag("1", "channel-email"), session).changed
        with pytest.raises(Refused, match=r"GET /incremental/tickets/cursor.*role Administrator"):
            _walk(session)
        with pytest.raises(Refused, match=r"POST /imports/tickets.*role Administrator"):
            DESK.apply(PutSummary("deskpulse:w:1", "Week 1", ()), session)


@pytest.mark.parametrize("fault", [MISSING, FORBIDDEN], ids=str)
@pytest.mark.parametrize("survey", ["good and bad", "newer"])
def test_a_survey_that_the_plan_has_no_more_loses_its_answers_and_not_the_ticket(survey: str, fault: Fault) -> None:
    office = standing()
    office.world.survey = survey
    ticket = office.world.tickets[1]
    office.answered(ticket, 10, status="solved")
    office.world.rate(ticket, at(20), 1)
    path = "satisfaction_ratings/.*" if survey == "good and bad" else "guide/survey_responses"
    with office.open() as (session, wire):
        before = DESK.refresh("1", session)
        wire.spoil(fault, f"GET /api/v2/{path}")
        after = DESK.refresh("1", session)
    assert [one.type for one in before.events if one not in after.events] == ["survey.answered"]
    assert [one.values for one in after.present] == [one.values for one in before.present]


@pytest.mark.parametrize("survey", ["good and bad", "newer"])
def test_a_token_that_is_withdrawn_before_the_survey_is_asked_for_is_said(survey: str) -> None:
    office = standing()
    office.world.survey = survey
    office.world.rate(office.world.tickets[1], at(20), 1)
    path = "satisfaction_ratings.*" if survey == "good and bad" else "guide/survey_responses"
    with office.open() as (session, wire):
        wire.spoil(UNKNOWN_KEY, f"GET /api/v2/{path}", times=2)
        with pytest.raises(Refused, match="does not know these credentials"):
            DESK.refresh("1", session)
        with pytest.raises(Refused, match="does not know these credentials"):
            _walk(session)


# ------------------------------------------------------------------------------------------------ removed


def test_a_field_that_somebody_deleted_is_named_and_made_again(office: Office) -> None:
    first = installed(office)
    office.ticket()
    gone = int(first.options["own_fields"]["csat"])
    del office.world.fields[gone], office.world.tickets[1].fields[gone]
    with office.open() as (session, _), pytest.raises(Rejected, match="no ticket field deskpulse_csat: add one"):
        DESK.apply(SetField("1", "csat", "2"), session)
    second = installed(office)
    assert "Made the ticket fields deskpulse_csat." in second.done
    with office.open() as (session, _):
        assert DESK.apply(SetField("1", "csat", "2"), session).changed
    assert second.options["own_fields"]["csat"] not in (str(gone), None)
    assert second.options["own_fields"]["nps"] == first.options["own_fields"]["nps"]


@pytest.mark.parametrize("what", ["events", "surveys"])
def test_a_webhook_that_somebody_deleted_is_made_again_and_the_other_left(office: Office, what: str) -> None:
    installed(office)
    office.world.triggers.clear()
    kept = {id_ for id_, one in office.world.webhooks.items() if not one["name"].endswith(what)}
    for id_ in set(office.world.webhooks) - kept:
        del office.world.webhooks[id_]
    told = installed(office)
    assert f"The webhook Deskpulse acme {what} was made." in told.done
    assert kept < set(office.world.webhooks)
    assert made(office) == (2, 1, 3)


def test_what_is_to_be_removed_by_hand_is_found_by_its_name(office: Office) -> None:
    installed(office)
    names = [one["name"] for one in office.world.webhooks.values()]
    names += [one["title"] for one in office.world.triggers.values()]
    assert {name.split()[0] for name in names} == {"Deskpulse"}
    assert {title.partition("_")[0] for title in office.world.fields.values()} == {"deskpulse"}


def test_a_ticket_that_was_deleted_is_found_by_the_walk_and_told_as_deleted() -> None:
    office = standing()
    office.world.delete(office.world.tickets[1], NOW - HOUR, office.eva.id)
    with office.open() as (session, _):
        (asked,) = {ticket for page in DESK.reconcile(session, since=NOW - DAY) for ticket in page.reading.refresh}
        reading = DESK.refresh(asked, session)
        with pytest.raises(Gone):
            DESK.apply(AddTag(asked, "channel-email"), session)
    assert [one.values for one in reading.present] == [{"status": "deleted"}]
