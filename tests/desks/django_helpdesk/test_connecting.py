"""Connecting a simulated desk: what is found out, and the exact steps that are left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from integrations.base import Installed
from integrations.django_helpdesk import client, connecting
from integrations.errors import Refused, Rejected
from integrations.session import NoGate, Session
from tests.desks.django_helpdesk.samples import DESK, Simulated, simulated
from tests.desks.serving import serving

HOOK = "https://pulse.example/webhooks/django_helpdesk/acme"
ADDRESS = f"{HOOK}?token=a%2B%2Fsecret"


def _install(desk: Simulated, **credentials: str) -> Installed:
    """Connects an account of which nothing is known yet."""
    allowed = replace(
        desk.session.access, author=None, options={}, credentials={"token": "token-of-deskpulse", **credentials}
    )
    with Session(allowed, NoGate(), allow_private=True) as session:
        return DESK.install(session, webhook_url=HOOK, secret="a+/secret")


def test_the_settings_hold_the_whole_address_with_the_secret() -> None:
    with simulated() as desk:
        lines = _install(desk, user_id="3").by_hand
    assert [line.rpartition(": ")[2] for line in lines[:2]] == [
        f"HELPDESK_NEW_TICKET_WEBHOOK_URLS={ADDRESS}",
        f"HELPDESK_FOLLOWUP_WEBHOOK_URLS={ADDRESS}",
    ]
    assert any("HELPDESK_PRIVATE_FOLLOWUP_MEANS_NO_EMAILS = True" in line for line in lines)


def test_our_own_user_is_found_out_by_one_ticket_however_often_we_connect() -> None:
    with simulated() as desk:
        first, second = (_install(desk, summary_queue="5") for _ in range(2))
        assert (first.author, second.author) == ("3", "3")
        assert first.options == {"summary_queue": "5"}
        assert [ticket["title"] for ticket in desk.desk.tickets.values()] == [
            "Deskpulse is connected [deskpulse:connected]"
        ]
        assert "Deskpulse writes as user 3." in first.done


def test_a_number_that_is_given_is_taken_and_nothing_is_written() -> None:
    with simulated() as desk:
        assert _install(desk, user_id="8", summary_queue="5").author == "8"
        assert desk.desk.tickets == {}


def test_without_queue_and_number_it_says_how_to_give_them() -> None:
    with simulated() as desk:
        installed = _install(desk)
    assert installed.author is None
    assert [line.partition(" to ")[0] for line in installed.by_hand[-2:]] == ["Set summary_queue", "Set user_id"]


def test_a_missing_field_for_tags_is_to_be_added() -> None:
    with simulated() as desk:
        assert not any("Custom fields" in line for line in _install(desk, user_id="3").by_hand)
        desk.desk.custom_fields = {"region": None}
        installed = _install(desk, user_id="3")
    assert any("name tags" in line and "varchar" in line for line in installed.by_hand)
    assert "Custom fields of the desk: region." in installed.done


def test_statuses_that_the_administrator_added_are_to_be_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.django_helpdesk.simulated_api._STATUSES", (1, 2, 3, 4, 5, 6, 7))
    with simulated() as desk:
        assert _install(desk, user_id="3").by_hand[-1].endswith("what these statuses of the desk mean: 6, 7.")


@pytest.mark.parametrize("token", ["token-of-nobody", "token-of-guest", ""])
def test_a_token_that_is_wrong_or_not_of_staff_is_refused(token: str) -> None:
    with simulated(token=token) as desk, pytest.raises(Refused, match="is_staff"):
        DESK.install(desk.session, webhook_url=HOOK, secret="s")


def test_another_kind_of_address_is_rejected() -> None:
    def other(environ: object, start: object) -> list[bytes]:
        start("200 OK", [("Content-Type", "application/json")])  # type: ignore[operator]  # WSGI
        return [b'{"name": "another product"}']

    with serving(other) as url, simulated() as desk:
        elsewhere = replace(desk.session.access, url=url)
        with Session(elsewhere, NoGate(), allow_private=True) as session, pytest.raises(Rejected, match="not that of"):
            DESK.install(session, webhook_url=HOOK, secret="s")


def test_fields_of_a_survey_that_the_desk_does_not_have_are_to_be_added() -> None:
    answers = {"csat": {"field": "stars", "scale": [1, 5]}, "ces": {"field": "region", "scale": [1, 7]}, "mood": {}}
    with simulated(answers=answers) as desk:
        last = DESK.install(desk.session, webhook_url=HOOK, secret="s").by_hand[-2:]
    assert last == (
        "No answers are read from [desk.answers.mood]: the kinds are csat, ces, nps.",
        "Add the custom field stars in the admin: [desk.answers] reads answers from it.",
    )


def test_what_is_done_is_told_and_where_other_webhooks_are_set_how_to_add_ours() -> None:
    with simulated() as desk:
        desk.desk.custom_fields = {"tags": None, "region": None}
        installed = _install(desk, user_id="3")
    assert installed.done == (
        "The token is good and its user is staff (is_staff).",
        "Deskpulse writes as user 3.",
        "Custom fields of the desk: region, tags.",
    )
    assert installed.options == {}
    new, follow_up = connecting.HOOK_SETTINGS
    assert f"add ours behind it: in {new} after `,`, in {follow_up} after ` , ` with blanks" in installed.by_hand[2]


def test_of_what_is_not_there_nothing_is_told() -> None:
    with simulated() as desk:
        desk.desk.custom_fields = {}
        assert _install(desk).done == ("The token is good and its user is staff (is_staff).",)


def test_the_user_that_is_known_stays_whatever_number_is_given() -> None:
    with simulated() as desk:
        known = replace(desk.session.access, author="9", credentials={"token": "token-of-deskpulse", "user_id": "8"})
        with Session(known, NoGate(), allow_private=True) as session:
            assert DESK.install(session, webhook_url=HOOK, secret="s").author == "9"


@pytest.mark.parametrize(
    ("statuses", "asked"),
    [({}, "6, 7."), ({"6": "pending"}, "7."), ({"6": "asleep", "7": "spam"}, "6."), ({"6": "open", "7": "spam"}, None)],
)
def test_only_statuses_that_the_account_does_not_explain_yet_are_asked_about(
    monkeypatch: pytest.MonkeyPatch, statuses: dict[str, str], asked: str | None
) -> None:
    monkeypatch.setattr("integrations.django_helpdesk.simulated_api._STATUSES", (1, 2, 3, 4, 5, 6, 7))
    with simulated(statuses=statuses) as desk:
        steps = DESK.install(desk.session, webhook_url=HOOK, secret="s").by_hand
    assert [step.rpartition("mean: ")[2] for step in steps if "[desk.statuses]" in step] == ([asked] if asked else [])


def test_our_own_user_is_who_wrote_the_mark_whatever_else_was_merged_into_that_ticket() -> None:
    with simulated() as desk:
        desk.desk.opened_by_api("Blender", "It hums", user=1)
        assert _install(desk, summary_queue="5").author == "3"
        desk.desk.merged(1, into=2)
        assert _install(desk, summary_queue="5").author == "3"
        assert set(desk.desk.tickets) == {1, 2}


def test_only_fields_that_are_missing_for_links_to_surveys_are_to_be_added() -> None:
    wanted = ("deskpulse_survey_csat", "deskpulse_survey_nps")
    with simulated() as desk:
        desk.desk.custom_fields = {"tags": None, "deskpulse_survey_csat": None}
        before = DESK.install(desk.session, webhook_url=HOOK, secret="s").by_hand
        (step,) = DESK.install(desk.session, webhook_url=HOOK, secret="s", link_fields=wanted).by_hand[len(before) :]
        desk.desk.custom_fields["deskpulse_survey_nps"] = None
        assert DESK.install(desk.session, webhook_url=HOOK, secret="s", link_fields=wanted).by_hand == before
    assert "name deskpulse_survey_nps, data type varchar, maximum length 500" in step
    assert "deskpulse_survey_" not in " ".join(before)


@pytest.mark.parametrize(
    ("shape", "fits"),
    [
        ({"type": "string"}, True),
        ({"type": "string", "max_length": 255}, True),
        ({"type": "url", "max_length": 500}, True),
        ({"type": "string", "max_length": 60}, False),
        ({"type": "integer"}, False),
        ({"type": "choice", "choices": []}, False),
    ],
)
def test_a_field_that_holds_no_link_is_told(monkeypatch: pytest.MonkeyPatch, shape: dict[str, Any], fits: bool) -> None:
    name = "deskpulse_survey_csat"
    with simulated() as desk:
        monkeypatch.setattr(client, "fields_of_tickets", lambda _: {"custom_tags": {}, f"custom_{name}": shape})
        steps = DESK.install(desk.session, webhook_url=HOOK, secret="s", link_fields=(name,)).by_hand
    assert [step for step in steps if f"The custom field {name} takes no link" in step] == ([] if fits else [steps[-1]])
