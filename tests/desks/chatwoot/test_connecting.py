"""Connecting a Chatwoot: what is checked, what is made and only once, what is left to a person."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from integrations.actions import FOLLOW_UP_TAG, SUMMARY_TAG, PutSummary, channel_tag, is_own_tag
from integrations.base import Installed
from integrations.chatwoot.connecting import EVENTS, LABELS
from integrations.chatwoot.simulated_world import Hook
from integrations.chatwoot.simulator import Simulator
from integrations.errors import BadProof, GiveUp, RateLimited, Refused, Rejected, Unavailable, Unclear
from integrations.events import CHANNELS
from tests.desks.chatwoot.samples import DESK, by_address, said, signed
from tests.desks.chatwoot.world import WEBHOOK, ZONE, Clock, Office
from tests.desks.hooks import NOW
from tests.desks.wired import DOWN, DROP, TIMEOUT, Fault

SECRET = "own&secret"


@pytest.fixture
def office() -> Office:
    """A Chatwoot to which nobody was connected."""
    fresh = Office(Clock(NOW))
    fresh.simulator = Simulator(5, ZONE, clock=fresh.clock)
    fresh.world, fresh.options = fresh.simulator.world, {}
    # Labels are asked for one by one; where they do not matter, they are there.
    fresh.world.labels.update(enumerate(LABELS, 9000))
    return fresh


def asked_to_change(office: Office) -> list[str]:
    """What was asked that changes something."""
    return [line for line in office.simulator.api.asked if not line.startswith("GET")]


class TestWhatIsMade:
    def test_a_webhook_with_what_we_want_to_hear_is_made_and_its_secret_kept(self, office: Office) -> None:
        installed = office.connected()
        (hook,) = office.world.hooks
        assert (hook.url, set(hook.events)) == (WEBHOOK, set(EVENTS))
        assert installed.secrets == (hook.secret,)
        assert SECRET not in hook.url

    def test_what_chatwoot_then_signs_is_proved_and_what_rules_call_too(self, office: Office) -> None:
        installed = office.connected()
        secrets = [SECRET.encode(), *(secret.encode() for secret in installed.secrets)]
        DESK.verify(signed(said(), secrets[1]), secrets, now=NOW)
        DESK.verify(by_address(said(), secrets[0]), secrets, now=NOW)
        with pytest.raises(BadProof):
            DESK.verify(signed(said(), b"another"), secrets, now=NOW)

    def test_an_inbox_of_its_own_and_a_contact_take_the_summaries(self, office: Office) -> None:
        installed = office.connected()
        inbox = office.world.inboxes[int(str(installed.options["summary_inbox"]))]
        contact = office.world.contacts[int(str(installed.options["summary_contact"]))]
        assert (inbox.name, inbox.channel) == ("Deskpulse summaries", "Channel::Api")
        assert (contact.name, contact.identifier) == ("Channel report", "deskpulse-summaries")
        with office.asked(**installed.options) as session:
            made = DESK.apply(PutSummary("w:1", "Week 1", ()), session)
        assert office.world.talks[int(str(made.object_id))].inbox is inbox

    def test_every_label_that_may_be_set_is_shown(self, office: Office) -> None:
        office.world.labels.clear()
        office.connected()
        titles = set(office.world.labels.values())
        assert titles == set(LABELS)
        assert titles >= {channel_tag(channel) for channel in CHANNELS if channel != "internal"}
        assert titles >= {FOLLOW_UP_TAG, SUMMARY_TAG, "deskpulse-csat-1", "deskpulse-csat-5"}
        assert "channel-internal" not in titles

    def test_scores_are_shown_as_attributes(self, office: Office) -> None:
        office.connected()
        assert set(office.world.attributes.values()) == {"csat", "ces", "nps"}

    def test_twilio_inboxes_are_noted_by_what_they_carry(self, office: Office) -> None:
        whatsapp = office.world.add_inbox("Second number", "Channel::TwilioSms", medium="whatsapp")
        mediums = office.connected().options["mediums"]
        assert mediums == {str(office.inbox("Text messages").id): "sms", str(whatsapp.id): "whatsapp"}

    def test_the_accounts_own_attributes_are_noted(self, office: Office) -> None:
        office.world.attributes |= {1: "region", 2: "csat", 3: "plan"}
        assert office.connected().options["attributes"] == ["plan", "region"]

    def test_who_deskpulse_is_there_is_found_out(self, office: Office) -> None:
        installed = office.connected()
        assert installed.author == str(office.simulator.plugin.id)
        assert any(f"writes as user {installed.author}" in line for line in installed.done)

    def test_what_was_done_holds_no_secret(self, office: Office) -> None:
        installed = office.connected()
        told = "\n".join(installed.done)
        for hidden in (SECRET, *installed.secrets, office.simulator.plugin.token):
            assert hidden not in told


class TestLinksToSurveys:
    """An attribute for each survey that is asked: a text, because rules can ask whether a text is present."""

    CSAT, NPS = "deskpulse_survey_csat", "deskpulse_survey_nps"

    def connected(self, office: Office, *link_fields: str) -> Installed:
        with office.asked() as session:
            return DESK.install(session, webhook_url=WEBHOOK, secret=SECRET, link_fields=link_fields)

    def test_an_attribute_is_made_for_each_survey_that_is_asked(self, office: Office) -> None:
        installed = self.connected(office, self.CSAT, self.NPS)
        assert list(office.world.attributes.values()) == ["csat", "ces", "nps", self.CSAT, self.NPS]
        assert office.world.attribute_types == {}, "all of them are texts"
        links = f"Links to surveys go into the conversation's attributes {self.CSAT}, {self.NPS}."
        assert links in installed.done
        assert installed.by_hand == self.connected(office).by_hand

    def test_what_is_missing_since_a_survey_was_turned_on_is_made_and_nothing_else(self, office: Office) -> None:
        first = self.connected(office, self.CSAT)
        before = len(asked_to_change(office))
        assert self.connected(office, self.CSAT).options == first.options
        assert asked_to_change(office)[before:] == []
        self.connected(office, self.CSAT, self.NPS)
        (made,) = asked_to_change(office)[before:]
        assert made.endswith("/custom_attribute_definitions")
        assert list(office.world.attributes.values()).count(self.NPS) == 1

    @pytest.mark.parametrize(("type_", "fits"), [("text", True), ("link", True), ("list", False), ("number", False)])
    def test_one_that_was_made_by_hand_is_taken_and_one_that_holds_no_link_is_told(
        self, office: Office, type_: str, fits: bool
    ) -> None:
        office.world.attributes[8] = self.CSAT
        office.world.attribute_types[self.CSAT] = type_
        told = self.connected(office, self.CSAT).by_hand
        assert list(office.world.attributes.values()).count(self.CSAT) == 1
        assert [step for step in told if f"{self.CSAT} is of the type {type_}, which takes no link" in step] == (
            [] if fits else [told[0]]
        )


class TestAgain:
    def test_connecting_again_makes_nothing_and_finds_the_same(self, office: Office) -> None:
        first = office.connected()
        before = len(asked_to_change(office))
        second = office.connected()
        assert asked_to_change(office)[before:] == []
        assert (second.author, second.options, second.secrets) == (first.author, first.options, first.secrets)

    @pytest.mark.parametrize("path", ["inboxes", "contacts", "webhooks", "labels", "custom_attribute_definitions"])
    @pytest.mark.parametrize("fault", [TIMEOUT, DROP], ids=str)
    def test_an_interruption_anywhere_is_made_good_by_connecting_again(
        self, office: Office, path: str, fault: Fault
    ) -> None:
        for id_ in list(office.world.labels)[:3]:
            del office.world.labels[id_]
        with office.wired() as (session, wire):
            wire.spoil(fault, f"POST .*/{path}")
            with pytest.raises(Unclear):
                DESK.install(session, webhook_url=WEBHOOK, secret=SECRET)
        office.connected()
        assert len(office.world.hooks) == 1
        assert sum(inbox.name == "Deskpulse summaries" for inbox in office.world.inboxes.values()) == 1
        assert sum(one.identifier == "deskpulse-summaries" for one in office.world.contacts.values()) == 1
        assert sorted(office.world.labels.values()) == sorted(LABELS)

    def test_a_webhook_with_other_events_is_set_right(self, office: Office) -> None:
        office.world.hooks.append(Hook(7, WEBHOOK, ["message_created", "contact_created"], "made before"))
        installed = office.connected()
        (hook,) = office.world.hooks
        assert (hook.id, set(hook.events), installed.secrets) == (7, set(EVENTS), ("made before",))

    @pytest.mark.parametrize("url", ["https://other.example/webhooks/chatwoot/acme", f"{WEBHOOK}-2", f"{WEBHOOK}/x"])
    def test_webhooks_of_others_are_left_alone(self, office: Office, url: str) -> None:
        other = Hook(7, url, ["message_created"], "theirs")
        office.world.hooks.append(other)
        office.connected()
        assert [hook.url for hook in office.world.hooks] == [other.url, WEBHOOK]
        assert other.events == ["message_created"]

    def test_an_inbox_of_the_same_name_into_which_customers_write_takes_no_summaries(self, office: Office) -> None:
        theirs = office.world.add_inbox("Deskpulse summaries", "Channel::Email")
        inbox = office.world.inboxes[int(str(office.connected().options["summary_inbox"]))]
        assert (inbox.id != theirs.id, inbox.channel) == (True, "Channel::Api")

    def test_a_contact_whose_identifier_only_looks_like_ours_is_left_alone(self, office: Office) -> None:
        # Chatwoot's search finds parts of names, addresses and identifiers.
        other = office.world.add_contact("Old report", identifier="deskpulse-summaries-2024")
        contact = office.connected().options["summary_contact"]
        assert contact != str(other.id)
        assert office.connected().options["summary_contact"] == contact

    def test_labels_and_attributes_that_are_there_are_not_made_again(self, office: Office) -> None:
        office.world.labels.clear()
        office.world.labels[5] = "channel-email"
        office.world.attributes[6] = "csat"
        installed = office.connected()
        assert sorted(office.world.labels.values()) == sorted(LABELS)
        assert any(f"{len(LABELS) - 1} labels were made, 1 were there" in line for line in installed.done)


class TestBefore4112:
    """Older versions make no secret and sign nothing."""

    def test_the_address_holds_the_secret(self, office: Office) -> None:
        office.world.signs = False
        installed = office.connected()
        (hook,) = office.world.hooks
        assert hook.url == f"{WEBHOOK}?token=own%26secret"
        assert installed.secrets == ()
        assert any("Connect again once Chatwoot is 4.11.2" in step for step in installed.by_hand)

    def test_connecting_again_changes_nothing(self, office: Office) -> None:
        office.world.signs = False
        office.connected()
        before = len(asked_to_change(office))
        office.connected()
        assert asked_to_change(office)[before:] == []

    def test_after_an_upgrade_the_signature_takes_the_secrets_place(self, office: Office) -> None:
        office.world.signs = False
        office.connected()
        office.world.hooks[0].secret = "made by the upgrade"
        installed = office.connected()
        (hook,) = office.world.hooks
        assert (hook.url, installed.secrets) == (WEBHOOK, ("made by the upgrade",))

    def test_another_secret_of_ours_changes_the_address(self, office: Office) -> None:
        office.world.signs = False
        office.connected()
        with office.asked() as session:
            DESK.install(session, webhook_url=WEBHOOK, secret="rotated")
        assert [hook.url for hook in office.world.hooks] == [f"{WEBHOOK}?token=rotated"]


class TestTheDashboardApp:
    URL = "https://pulse.example/panel"

    def connected(self, office: Office, **options: Any) -> Installed:
        with office.asked(**options) as session:
            return DESK.install(session, webhook_url=WEBHOOK, secret=SECRET)

    def test_a_page_that_the_settings_name_is_shown_once(self, office: Office) -> None:
        for _ in range(2):
            installed = self.connected(office, panel_url=self.URL)
        (app,) = office.world.apps.values()
        assert (app["title"], app["content"]) == ("Deskpulse", [{"type": "frame", "url": self.URL}])
        assert any(self.URL in line for line in installed.done)

    @pytest.mark.parametrize("content", [None, "frame", [], [None], [{"type": "frame", "url": "https://crm.example"}]])
    def test_pages_of_others_stand_beside_it_whatever_they_hold(self, office: Office, content: Any) -> None:
        office.world.apps[3] = {"id": 3, "title": "CRM", "content": content}
        self.connected(office, panel_url=self.URL)
        assert [app["title"] for app in office.world.apps.values()] == ["CRM", "Deskpulse"]

    @pytest.mark.parametrize("url", [None, "", 7, "javascript:alert(1)", "pulse.example/panel", []])
    def test_without_an_address_there_is_no_page(self, office: Office, url: Any) -> None:
        self.connected(office, panel_url=url)
        assert office.world.apps == {}
        assert not any("dashboard_apps" in line for line in office.simulator.api.asked)


class TestWhatIsLeft:
    def test_the_steps_can_be_copied_as_they_are(self, office: Office) -> None:
        steps = office.connected().by_hand
        assert any(f"takes {WEBHOOK}?token=own%26secret, " in step for step in steps)
        assert any("Settings › Inboxes › each inbox › CSAT" in step for step in steps)
        assert any("Deskpulse summaries apart" in step for step in steps)
        assert not any("4.11.2" in step for step in steps)


class TestRefusals:
    def refused(self, office: Office, kind: type[GiveUp] = Refused) -> str:
        with pytest.raises(kind) as caught, office.asked() as session:
            DESK.install(session, webhook_url=WEBHOOK, secret=SECRET)
        assert office.world.hooks == []
        assert asked_to_change(office) == []
        assert "\n" not in str(caught.value)
        return str(caught.value)

    def test_a_wrong_token_says_where_there_is_a_good_one(self, office: Office) -> None:
        given = office.simulator.plugin.token
        with office.wired() as (session, _):
            office.simulator.plugin.token = "made anew in Chatwoot"
            with pytest.raises(Refused, match=r"Profile settings › Access Token") as caught:
                DESK.install(session, webhook_url=WEBHOOK, secret=SECRET)
        assert caught.value.permission == "administrator"
        assert given not in str(caught.value)

    @pytest.mark.parametrize("role", ["agent", "custom", ""])
    def test_a_user_who_is_no_administrator_is_named_with_the_role_to_give(self, office: Office, role: str) -> None:
        office.simulator.plugin.role = role
        said = self.refused(office)
        assert "give it the role administrator under Settings › Agents" in said
        assert (f"its role is {role}" if role else "not a user of that account") in said

    @pytest.mark.parametrize("account", ["2", "", "1x"])
    def test_another_account_than_the_users_is_named(self, office: Office, account: str) -> None:
        with office.wired() as (session, _):
            told = {**session.access.credentials, "account_id": account}
            object.__setattr__(session.access, "credentials", told)
            with pytest.raises(Refused, match="not a user of that account"):
                DESK.install(session, webhook_url=WEBHOOK, secret=SECRET)

    @pytest.mark.parametrize(
        ("profile", "kind", "said"),
        [
            ({}, Refused, "not a user of that account"),
            ({"id": 1, "accounts": "all"}, Refused, "not a user"),
            ({"id": 1, "accounts": [3, {"id": 2, "role": "administrator"}]}, Refused, "not a user"),
            ({"accounts": [{"id": 1, "role": "administrator"}]}, Rejected, "not that of a Chatwoot"),
        ],
    )
    def test_a_profile_that_is_none_is_said_to_be_none(
        self, office: Office, profile: Any, kind: type[GiveUp], said: str
    ) -> None:
        with office.wired() as (session, wire):
            answer = Fault("odd", done=False, answer=(200, {}, json.dumps(profile).encode()))
            wire.spoil(answer, "GET /api/v1/profile")
            with pytest.raises(kind, match=said):
                DESK.install(session, webhook_url=WEBHOOK, secret=SECRET)

    @pytest.mark.parametrize(
        "path", ["inboxes", "labels", "webhooks", "custom_attribute_definitions", "contacts/search"]
    )
    def test_a_list_that_is_none_is_asked_for_again_later(self, office: Office, path: str) -> None:
        with office.wired() as (session, wire):
            wire.spoil(Fault("odd", done=False, answer=(200, {}, b'{"payload": 7}')), f"GET .*/{path}")
            with pytest.raises(Unavailable, match="no list of Chatwoot"):
                DESK.install(session, webhook_url=WEBHOOK, secret=SECRET)

    @pytest.mark.parametrize(
        ("path", "told"),
        [
            ("inboxes", {"payload": [{"name": "Deskpulse summaries", "channel_type": "Channel::Api"}]}),
            ("contacts/search", {"payload": [{"identifier": "deskpulse-summaries"}]}),
            ("webhooks", {"payload": {"webhooks": [{"url": WEBHOOK}]}}),
            ("webhooks", {"payload": {"webhooks": [{"id": "7", "url": WEBHOOK, "secret": "made before"}]}}),
        ],
    )
    def test_what_has_no_number_there_is_neither_taken_nor_made_anew(
        self, office: Office, path: str, told: Any
    ) -> None:
        with office.wired() as (session, wire):
            answer = Fault("no number", done=False, answer=(200, {}, json.dumps(told).encode()))
            wire.spoil(answer, f"GET .*/{path}")
            with pytest.raises(Unavailable, match="one of its rows has no number"):
                DESK.install(session, webhook_url=WEBHOOK, secret=SECRET)
        assert not any(path.partition("/")[0] in line for line in asked_to_change(office))

    @pytest.mark.parametrize("done", [True, False])
    def test_a_webhook_that_chatwoot_took_without_showing_it_is_found_by_connecting_again(
        self, office: Office, done: bool
    ) -> None:
        with office.wired() as (session, wire):
            wire.spoil(Fault("not shown", done=done, answer=(200, {}, b"{}")), "POST .*/webhooks")
            with pytest.raises(Unclear, match="took the webhook and did not say under which number"):
                DESK.install(session, webhook_url=WEBHOOK, secret=SECRET)
        installed = office.connected()
        (hook,) = office.world.hooks
        assert (hook.url, (hook.secret,)) == (WEBHOOK, installed.secrets)

    @pytest.mark.parametrize(("fault", "kind"), [(DOWN, Unavailable), ("429", RateLimited)])
    def test_a_desk_that_is_down_or_busy_is_connected_later(
        self, office: Office, fault: Any, kind: type[Exception]
    ) -> None:
        with office.wired() as (session, wire):
            if fault == "429":
                office.simulator.api.reading_troubles.append("429")
            else:
                wire.spoil(fault, "GET .*")
            with pytest.raises(kind):
                DESK.install(session, webhook_url=WEBHOOK, secret=SECRET)
        assert office.connected().secrets


def test_chatwoot_is_asked_to_tell_nothing_about_people_or_typing() -> None:
    assert set(EVENTS) == {
        "conversation_created", "conversation_updated", "conversation_status_changed", "message_created",
        "message_updated",
    }  # fmt: skip
    assert DESK.calls == EVENTS


def test_every_label_is_one_that_chatwoot_takes() -> None:
    for title, meaning in LABELS.items():
        assert re.fullmatch(r"[a-z0-9_-]+", title), title
        assert meaning
        assert is_own_tag(title), title


def test_who_connects_is_asked_for_two_things_and_told_where_they_are() -> None:
    asked = {each.name: (each.secret, each.required) for each in DESK.credentials}
    assert asked == {"token": (True, True), "account_id": (False, True)}
    assert DESK.permissions == ("administrator",)
    assert all(each.help for each in DESK.credentials)
