"""Connecting: what is checked and made, that it is made once, and what is left to do by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from integrations.actions import SetField
from integrations.base import Installed
from integrations.errors import Refused, Rejected, Unavailable, Unclear
from integrations.session import NoGate, Session
from integrations.times import SECOND
from integrations.zendesk.connecting import EVENTS, TRIGGER_BODY
from tests.desks.wired import DOWN, FORBIDDEN, LIE, TIMEOUT, UNKNOWN_KEY, Fault
from tests.desks.zendesk.office import DESK, NOW, Office, call

URL = "https://pulse.example/webhooks/zendesk/acme"
SECRET = "whsec_of-the-account"


@pytest.fixture
def office() -> Office:
    found = Office()
    found.world.fields.clear()
    return found


def installed(office: Office, *, url: str = URL, link_fields: Sequence[str] = (), **access: Any) -> Installed:
    with office.open(**access) as (session, _):
        return DESK.install(session, webhook_url=url, secret=SECRET, link_fields=link_fields)


def hooks(office: Office) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in office.world.webhooks.values()}


def test_two_webhooks_are_made_one_for_events_and_one_for_the_trigger(office: Office) -> None:
    installed(office)
    made = hooks(office)
    assert list(made) == ["Deskpulse acme events", "Deskpulse acme surveys"]
    assert made["Deskpulse acme events"]["subscriptions"] == [f"zen:event-type:{event}" for event in EVENTS]
    assert made["Deskpulse acme surveys"]["subscriptions"] == ["conditional_ticket_events"]
    for one in made.values():
        assert (one["endpoint"], one["http_method"], one["request_format"], one["status"]) == (
            URL, "POST", "json", "active",
        )  # fmt: skip
        assert one["secret"] == SECRET


def test_the_trigger_notifies_its_webhook_with_nothing_but_an_id(office: Office) -> None:
    installed(office)
    (trigger,) = office.world.triggers.values()
    webhook = hooks(office)["Deskpulse acme surveys"]["id"]
    assert trigger["actions"] == [{"field": "notification_webhook", "value": [webhook, TRIGGER_BODY]}]
    assert [(one["field"], one["operator"], one["value"]) for one in trigger["conditions"]["any"]] == [
        ("satisfaction_score", "value", word) for word in ("good", "good_with_comment", "bad", "bad_with_comment")
    ]
    assert json.loads(TRIGGER_BODY)["ticket_id"] == "{{ticket.id}}"


def test_the_fields_for_scores_are_made_and_kept_with_the_account(office: Office) -> None:
    told = installed(office)
    titles = {str(id_): title for id_, title in office.world.fields.items()}
    assert set(titles.values()) == {"deskpulse_csat", "deskpulse_ces", "deskpulse_nps"}
    assert {kind: titles[id_] for kind, id_ in told.options["own_fields"].items()} == {
        "csat": "deskpulse_csat", "ces": "deskpulse_ces", "nps": "deskpulse_nps",
    }  # fmt: skip


def test_it_says_who_writes_and_what_was_done(office: Office) -> None:
    told = installed(office)
    assert told.author == str(office.owner.id)
    assert told.done == (
        "The credentials are good and their user has the role Administrator.",
        "The webhook Deskpulse acme events was made.",
        "The webhook Deskpulse acme surveys was made.",
        "Made the ticket fields deskpulse_csat, deskpulse_ces, deskpulse_nps.",
        "The trigger Deskpulse acme satisfaction was made.",
    )
    assert told.secrets == ()
    assert told.by_hand == ()


def test_connecting_again_makes_nothing_twice(office: Office) -> None:
    first = installed(office)
    before = (len(office.world.webhooks), len(office.world.triggers), len(office.world.fields))
    second = installed(office)
    assert (len(office.world.webhooks), len(office.world.triggers), len(office.world.fields)) == before == (2, 1, 3)
    assert (second.author, second.options) == (first.author, first.options)
    assert [said for said in second.done if "made" in said.lower()] == []


def test_a_webhook_that_was_changed_is_set_right(office: Office) -> None:
    installed(office)
    hook = hooks(office)["Deskpulse acme events"]
    changes: tuple[dict[str, Any], ...] = (
        {"endpoint": "https://old.example/x"},
        {"status": "inactive"},
        {"subscriptions": ["zen:event-type:ticket.created"]},
    )
    for change in changes:
        hook |= change
        told = installed(office)
        assert "The webhook Deskpulse acme events was set right." in told.done
        assert (hook["endpoint"], hook["status"], len(hook["subscriptions"])) == (URL, "active", len(EVENTS))
    assert len(office.world.webhooks) == 2


def test_another_address_moves_both_webhooks(office: Office) -> None:
    installed(office)
    installed(office, url="https://new.example/webhooks/zendesk/acme")
    assert {one["endpoint"] for one in office.world.webhooks.values()} == {"https://new.example/webhooks/zendesk/acme"}


def test_two_accounts_of_one_zendesk_have_webhooks_of_their_own(office: Office) -> None:
    installed(office)
    installed(office, account="other", url=URL + "2")
    assert len(office.world.webhooks) == 4
    assert {one["endpoint"] for one in office.world.webhooks.values()} == {URL, URL + "2"}


# ------------------------------------------------------------------------------------------------ links to surveys

CSAT, NPS = "deskpulse_survey_csat", "deskpulse_survey_nps"
LINK = "https://pulse.example/s/" + "x" * 170


def test_a_text_field_is_made_for_each_survey_that_is_asked_and_for_no_other(office: Office) -> None:
    with office.open() as (session, wire):
        told = DESK.install(session, webhook_url=URL, secret=SECRET, link_fields=(CSAT, NPS))
    made = {title: id_ for id_, title in office.world.fields.items()}
    assert made.keys() == {"deskpulse_csat", "deskpulse_ces", "deskpulse_nps", CSAT, NPS}
    assert office.world.field_types == {}, "all of them are texts"
    assert {name: told.options["own_fields"][name] for name in (CSAT, NPS)} == {
        CSAT: str(made[CSAT]), NPS: str(made[NPS]),
    }  # fmt: skip
    assert f"deskpulse_nps, {CSAT}, {NPS}." in told.done[3]
    assert wire.sent.count("POST /api/v2/ticket_fields") == 5


def test_what_is_missing_since_a_survey_was_turned_on_is_made_and_nothing_else_changes(office: Office) -> None:
    installed(office, link_fields=(CSAT,))
    before = dict(office.world.fields)
    assert "The ticket fields were there already." in installed(office, link_fields=(CSAT,)).done
    assert office.world.fields == before
    assert f"Made the ticket fields {NPS}." in installed(office, link_fields=(CSAT, NPS)).done
    assert {id_: title for id_, title in office.world.fields.items() if title != NPS} == before


@pytest.mark.parametrize(("type_", "fits"), [("text", True), ("textarea", True), ("tagger", False), ("integer", False)])
def test_a_field_that_was_made_by_hand_is_taken_and_one_that_holds_no_link_is_told(
    office: Office, type_: str, fits: bool
) -> None:
    office.world.custom_field(CSAT, type_=type_)
    told = installed(office, link_fields=(CSAT,))
    assert list(office.world.fields.values()).count(CSAT) == 1
    assert [f"{CSAT} is of the type {type_}, which takes no link" in step for step in told.by_hand] == (
        [] if fits else [True]
    )


def test_a_link_goes_into_the_field_that_was_made_and_is_never_read_back(office: Office) -> None:
    ticket = office.ticket()
    told = installed(office, link_fields=(CSAT,))
    later = installed(office, options=told.options)
    for options in (told.options, later.options):  # the second as after the survey was turned off
        access = office.access(options=options)
        with office.open(), Session(access, NoGate(), clock=lambda: NOW / SECOND) as session:
            DESK.apply(SetField(str(ticket.id), CSAT, LINK), session)
            reading = DESK.refresh(str(ticket.id), session)
        assert office.simulator.fields(ticket) == {CSAT: LINK}
        assert LINK not in str(reading)


# ------------------------------------------------------------------------------------------------ secrets


def test_secrets_that_zendesk_makes_itself_are_taken_beside_ours(office: Office) -> None:
    office.simulator.administration.takes_secrets = False
    told = installed(office)
    assert set(told.secrets) == {one["secret"] for one in office.world.webhooks.values()}
    assert len(told.secrets) == 2
    for secret in told.secrets:
        DESK.verify(
            call({}, secret=secret.encode()), [SECRET.encode(), *(one.encode() for one in told.secrets)], now=NOW
        )


def test_a_secret_that_zendesk_does_not_tell_is_to_be_compared_by_hand(office: Office) -> None:
    office.simulator.administration.tells_secrets = False
    told = installed(office)
    assert told.secrets == ()
    steps = [step for step in told.by_hand if "Reveal secret" in step]
    assert len(steps) == 2
    assert all(step.startswith("Admin Center › Apps and integrations › Webhooks") for step in steps)


@pytest.mark.parametrize("answer", [b"{}", b'{"signing_secret": null}', b'{"signing_secret": {"secret": ""}}', b"[]"])
def test_an_answer_without_a_secret_is_to_be_compared_by_hand(office: Office, answer: bytes) -> None:
    with office.open() as (session, wire):
        wire.spoil(Fault("200", done=False, answer=(200, {}, answer)), "GET .*/signing_secret")
        told = DESK.install(session, webhook_url=URL, secret=SECRET)
    assert len([step for step in told.by_hand if "Reveal secret" in step]) == 1


def test_no_secret_is_in_what_it_says(office: Office) -> None:
    office.simulator.administration.takes_secrets = False
    told = installed(office)
    said = " ".join((*told.done, *told.by_hand))
    assert [secret for secret in (SECRET, *told.secrets, office.api.token) if secret in said] == []


# ------------------------------------------------------------------------------------------------ by hand


def test_where_the_plan_has_no_ratings_the_trigger_is_told_as_a_step(office: Office) -> None:
    office.api.has_ratings = False
    told = installed(office)
    assert office.world.triggers == {}
    (step,) = [step for step in told.by_hand if "Triggers" in step]
    assert TRIGGER_BODY in step
    assert "Deskpulse acme surveys" in step


# ------------------------------------------------------------------------------------------------ refusals


def test_an_agent_is_refused_with_the_role_and_where_to_give_it(office: Office) -> None:
    office.owner.role = "agent"
    with pytest.raises(Refused, match="is agent in Zendesk: give it the role Administrator under") as caught:
        installed(office)
    assert caught.value.permission == "Administrator"
    assert office.world.webhooks == {}


@pytest.mark.parametrize(
    "credentials",
    [{"email": "x@people.example", "token": "wrong"}, {"token": "wrong"}, {}, {"email": "x@people.example"}],
)
def test_credentials_that_nobody_has_are_refused_although_zendesk_answers_200(
    office: Office, credentials: dict[str, str]
) -> None:
    with pytest.raises(Refused, match="does not know these credentials") as caught:
        installed(office, credentials=credentials)
    assert "Admin Center › Apps and integrations › APIs › API tokens" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_oauth_token_alone_is_enough(office: Office) -> None:
    assert installed(office, credentials={"token": office.api.token}).author == str(office.owner.id)


@pytest.mark.parametrize(
    ("fault", "error"), [(UNKNOWN_KEY, Refused), (FORBIDDEN, Refused), (DOWN, Unavailable), (LIE, Refused)], ids=str
)
def test_a_failure_while_asking_who_we_are_stops_before_anything_is_made(
    office: Office, fault: Fault, error: type[Exception]
) -> None:
    with office.open() as (session, wire):
        wire.spoil(fault, "GET /api/v2/users/me")
        with pytest.raises(error):
            DESK.install(session, webhook_url=URL, secret=SECRET)
    assert (office.world.webhooks, office.world.triggers, office.world.fields) == ({}, {}, {})


@pytest.mark.parametrize("path", ["webhooks", "triggers", "ticket_fields"])
def test_a_lost_answer_is_made_good_by_connecting_again(office: Office, path: str) -> None:
    with office.open() as (session, wire):
        wire.spoil(TIMEOUT, f"POST /api/v2/{path}")
        with pytest.raises(Unclear):
            DESK.install(session, webhook_url=URL, secret=SECRET)
    installed(office)
    assert (len(office.world.webhooks), len(office.world.triggers), len(office.world.fields)) == (2, 1, 3)


@pytest.mark.parametrize("path", ["webhooks", "ticket_fields"])
def test_what_zendesk_does_not_take_is_told_in_its_words(office: Office, path: str) -> None:
    refusal = Fault("422", done=False, answer=(422, {}, b'{"description": "too many of them"}'))
    with office.open() as (session, wire):
        wire.spoil(refusal, f"POST /api/v2/{path}")
        with pytest.raises(Rejected, match="too many of them"):
            DESK.install(session, webhook_url=URL, secret=SECRET)


@pytest.mark.parametrize("path", ["webhooks", "ticket_fields", "triggers"])
def test_an_answer_that_tells_no_id_is_unclear(office: Office, path: str) -> None:
    with office.open() as (session, wire):
        wire.spoil(LIE, f"POST /api/v2/{path}")
        with pytest.raises(Unclear, match="did not tell the id"):
            DESK.install(session, webhook_url=URL, secret=SECRET)


# ------------------------------------------------------------------------------------------------ afterwards


def test_what_was_connected_is_called_and_proves_itself(office: Office) -> None:
    office.simulator.administration.takes_secrets = False
    told = installed(office)
    ticket = office.ticket()
    office.world.rate(ticket, ticket.created, 1)
    fired = list(office.world.fired)
    receivers = [[*office.simulator._receivers(one)] for one in fired]
    assert [len(one) for one in receivers] == [1] * len(fired)
    assert {one[0][0] for one in receivers} == {URL}
    assert {one[0][1] for one in receivers} == set(told.secrets)


def test_a_score_that_is_written_after_connecting_comes_back_as_no_news(office: Office) -> None:
    told = installed(office)
    ticket = office.ticket()
    access = office.access(options=told.options)
    with office.open() as (_, wire), Session(access, NoGate(), clock=lambda: NOW / SECOND) as session:
        DESK.apply(SetField("1", "csat", "1"), session)
        reading = DESK.refresh(str(ticket.id), session)
    assert wire.sent.count("PUT /api/v2/tickets/1") == 1
    assert "ticket.updated" not in {one.type for one in reading.events}
    assert told.options["own_fields"]["csat"] not in reading.present[0].values.get("fields", {})
