"""Connecting a Zammad: everything its API allows is arranged once, and the rest is said as exact steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from integrations.actions import FOLLOW_UP_TAG, SUMMARY_TAG, SetField
from integrations.base import Installed
from integrations.errors import Refused, Rejected, Unavailable
from integrations.times import DAY
from integrations.zammad.connecting import NAME, PAYLOAD, TAGS, TRIGGERS
from integrations.zammad.payloads import read_hook
from tests.desks.wired import NONSENSE, Fault
from tests.desks.zammad.office import DESK, NOW, PLUGIN, TYPES, Office, at

URL = "https://us.example/webhooks/zammad/acme"
SECRET = "whsec_a-secret-of-ours"


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    office.letter(at("10 09:00"))
    yield office
    assert office.simulator.violations == []


def connected(office: Office, *, link_fields: Sequence[str] = (), **options: Any) -> Installed:
    with office.open(author=None, options={"state_types": {}, "summary_group": None, **options}) as session:
        return DESK.install(session, webhook_url=URL, secret=SECRET, link_fields=link_fields)


def text(installed: Installed) -> str:
    return "\n".join((*installed.done, *installed.by_hand))


class TestWhatIsFound:
    def test_it_finds_its_own_user_the_states_and_a_group(self, office: Office) -> None:
        found = connected(office)
        assert found.author == str(PLUGIN)
        assert found.options == {"state_types": TYPES, "summary_group": "1"}
        assert found.by_hand == ()

    def test_what_was_found_is_enough_for_all_that_follows(self, office: Office) -> None:
        found = connected(office)
        with office.open(author=found.author, options=dict(found.options)) as session:
            DESK.refresh("1", session)
        assert office.api.asked.count("GET /api/v1/ticket_states") == 1

    def test_what_was_done_is_said(self, office: Office) -> None:
        assert connected(office).done == (
            f"The token is good; Deskpulse writes as user {PLUGIN}.",
            "Summaries are opened in the group Users.",
            f"The webhook {NAME} calls {URL} and is signed.",
            "5 triggers set, 0 were right already.",
            f"{len(TAGS)} tags made, 0 were there already.",
        )

    def test_it_brings_no_secret_of_its_own(self, office: Office) -> None:
        assert connected(office).secrets == ()

    def test_the_secret_is_never_said(self, office: Office) -> None:
        assert SECRET not in text(connected(office))
        assert office.api.token not in text(connected(office))

    def test_a_group_that_the_account_names_is_left_alone(self, office: Office) -> None:
        assert "summary_group" not in connected(office, summary_group="Orders").options

    @pytest.mark.parametrize(("rights", "chosen"), [({"3": ["full"], "2": ["create"]}, "2"), ({"10": ["full"]}, "10"),
                                                    ({"1": ["read"], "3": ["full"]}, "3")])  # fmt: skip
    def test_the_first_group_in_which_it_may_open_tickets_is_chosen(
        self, office: Office, rights: dict[str, list[str]], chosen: str
    ) -> None:
        office.api.rights = rights
        assert connected(office).options["summary_group"] == chosen

    @pytest.mark.parametrize("rights", [{}, {"1": ["read", "change"]}, {"1": "full"}])
    def test_without_such_a_group_it_is_said_what_to_set(self, office: Office, rights: Any) -> None:
        office.api.rights = rights
        found = connected(office)
        assert "summary_group" not in found.options
        assert any("Set summary_group under [desk]" in step for step in found.by_hand)

    def test_groups_that_it_cannot_see_are_named(self, office: Office) -> None:
        office.api.rights = {"1": ["full"]}
        (step,) = connected(office).by_hand
        assert step.endswith("or their tickets stay unseen: Orders, Reports.")


class TestSearch:
    def test_a_search_that_answers_no_conditions_is_noticed(self, office: Office) -> None:
        office.api.stale_search = True
        found = connected(office)
        assert found.options["walk"] == "list"
        assert any("lists all tickets" in sentence for sentence in found.done)

    def test_then_a_reconciliation_finds_everything_by_the_list(self, office: Office) -> None:
        office.api.stale_search = True
        found = connected(office)
        with office.open(options=dict(found.options)) as session:
            (page,) = DESK.reconcile(session, since=NOW - 30 * DAY)
        assert page.reading.refresh == ("1",)

    def test_an_empty_desk_says_nothing_about_its_search(self) -> None:
        office = Office()
        office.api.stale_search = True
        assert "walk" not in connected(office).options


class TestWebhookAndTriggers:
    def test_the_webhook_is_signed_and_carries_ids_alone(self, office: Office) -> None:
        connected(office)
        (webhook,) = office.world.webhooks.values()
        assert (webhook["name"], webhook["endpoint"]) == (NAME, URL)
        assert (webhook["signature_token"], webhook["ssl_verify"], webhook["active"]) == (SECRET, True, True)
        assert (webhook["customized_payload"], webhook["custom_payload"]) == (True, PAYLOAD)

    def test_its_payload_is_one_that_can_be_read(self) -> None:
        told = PAYLOAD.replace("#{ticket.id}", "612").replace("#{article.id}", "-")
        assert (read_hook(told.encode()).ticket_id, read_hook(told.encode()).article) == (612, None)

    def test_every_trigger_calls_that_webhook(self, office: Office) -> None:
        connected(office)
        found = {one["name"]: one for one in office.world.triggers.values()}
        assert set(found) == set(DESK.calls)
        (number,) = office.world.webhooks
        for trigger in TRIGGERS:
            one = found[trigger.title]
            assert one["perform"] == {"notification.webhook": {"webhook_id": str(number)}}
            assert (one["activator"], one["execution_condition_mode"], one["active"]) == ("action", "selective", True)
            assert one["condition"] == trigger.condition

    def test_a_triggers_name_can_be_a_header(self) -> None:
        assert all(trigger.title.isascii() and trigger.title.isprintable() for trigger in TRIGGERS)

    def test_connecting_again_changes_nothing(self, office: Office) -> None:
        connected(office)
        before = (dict(office.world.webhooks), dict(office.world.triggers), list(office.world.known_tags))
        office.api.asked.clear()
        again = connected(office)
        assert (office.world.webhooks, office.world.triggers, office.world.known_tags) == before
        assert [request for request in office.api.asked if not request.startswith("GET")] == []
        assert "0 triggers set, 5 were right already." in again.done

    def test_a_new_secret_and_a_new_address_are_taken_over(self, office: Office) -> None:
        office.simulator.connect("https://old.example/hook", "old")
        connected(office)
        (webhook,) = office.world.webhooks.values()
        assert (webhook["endpoint"], webhook["signature_token"]) == (URL, SECRET)
        assert len(office.world.triggers) == 5

    @pytest.mark.parametrize(
        "change",
        [
            {"active": False},
            {"condition": {"ticket.state_id": {"operator": "has changed"}}},
            {"perform": {"notification.webhook": {"webhook_id": "9"}}},
        ],
    )
    def test_a_trigger_that_somebody_changed_is_set_right(self, office: Office, change: dict[str, Any]) -> None:
        connected(office)
        first = dict(office.world.triggers[1])
        office.world.triggers[1].update(change)
        again = connected(office)
        assert office.world.triggers[1] == first
        assert "1 triggers set, 4 were right already." in again.done

    def test_triggers_and_webhooks_of_others_are_left_alone(self, office: Office) -> None:
        theirs = {"id": 1, "name": "Their webhook", "endpoint": "https://them.example", "active": True}
        office.world.webhooks[1] = dict(theirs)
        trigger = {"id": 1, "name": "Their trigger", "condition": {}, "active": False,
                   "perform": {"notification.webhook": {"webhook_id": "1"}}}  # fmt: skip
        office.world.triggers[1] = dict(trigger)
        connected(office)
        assert (office.world.webhooks[1], office.world.triggers[1]) == (theirs, trigger)
        assert (len(office.world.webhooks), len(office.world.triggers)) == (2, 6)


class TestTags:
    def test_the_tags_it_may_set_are_made(self, office: Office) -> None:
        office.world.known_tags += ["vip", "channel-email"]
        found = connected(office)
        assert f"{len(TAGS) - 1} tags made, 1 were there already." in found.done
        assert set(office.world.known_tags) == {"vip", *TAGS}
        assert {"channel-web-form", FOLLOW_UP_TAG, SUMMARY_TAG} < set(TAGS)
        assert "channel-internal" not in TAGS

    def test_without_the_permission_they_are_named(self, office: Office) -> None:
        office.api.permissions.discard("admin.tag")
        (step,) = connected(office).by_hand
        assert "admin.tag" in step
        assert all(tag in step for tag in TAGS)
        assert office.world.known_tags == []


class TestByHand:
    @pytest.mark.parametrize("permission", ["admin.webhook", "admin.trigger"])
    def test_without_a_permission_the_steps_are_exact(self, office: Office, permission: str) -> None:
        office.api.permissions.discard(permission)
        lacks, *steps = connected(office).by_hand
        assert lacks.startswith(f"The token lacks {permission}: give it that permission under Profile › Token Access")
        webhook, triggers = steps[: -len(TRIGGERS)], steps[-len(TRIGGERS) :]
        assert all(one.title in step and one.clicks in step for one, step in zip(TRIGGERS, triggers, strict=True))
        if permission == "admin.webhook":
            assert f"endpoint {URL}, HMAC SHA1 Signature Token {SECRET}" in webhook[0]
            assert PAYLOAD in webhook[1]
        else:
            assert webhook == [], "the webhook is made, and only the triggers are left"
            assert len(office.world.webhooks) == 1

    def test_done_by_hand_it_works_the_same(self, office: Office) -> None:
        office.api.permissions -= {"admin.webhook", "admin.trigger", "admin.tag"}
        connected(office)
        office.simulator.connect(URL, SECRET)
        office.api.permissions |= {"admin.webhook", "admin.trigger", "admin.tag"}
        assert "0 triggers set, 5 were right already." not in connected(office).done
        assert "0 triggers set, 5 were right already." in connected(office).done

    def test_attributes_for_answers_that_tickets_have_not_are_named(self, office: Office) -> None:
        answers = {"csat": {"field": "stars", "scale": [1, 5]}, "nps": {"field": "survey_score", "scale": [0, 10]}}
        assert connected(office, answers=answers).by_hand == (
            "Add the attribute nps under Admin › Objects › Ticket and click Update Database.",
            "Add the attribute stars under Admin › Objects › Ticket and click Update Database.",
        )

    def test_a_declaration_that_cannot_be_read_is_said(self, office: Office) -> None:
        (step,) = connected(office, answers={"smiles": {}}).by_hand
        assert step == "No answers are read from [desk.answers.smiles]: the kinds are csat, ces, nps."


class TestLinksToSurveys:
    """An attribute for each survey that is asked; that Zammad is restarted for it is an administrator's decision."""

    CSAT, NPS = "deskpulse_survey_csat", "deskpulse_survey_nps"
    LINK = "https://us.example/s/" + "x" * 170

    def asked(self, office: Office) -> list[str]:
        return [line for line in office.api.asked if "object_manager" in line]

    def test_without_a_survey_nobody_looks_at_attributes(self, office: Office) -> None:
        connected(office)
        assert self.asked(office) == []

    def test_an_attribute_is_announced_and_left_to_be_taken_into_the_database(self, office: Office) -> None:
        found = connected(office, link_fields=(self.CSAT, self.NPS))
        rows = list(office.world.attributes.values())
        assert [(row["name"], row["object"], row["data_type"]) for row in rows] == [
            (self.CSAT, "Ticket", "input"), (self.NPS, "Ticket", "input"),
        ]  # fmt: skip
        assert {row["data_option"]["maxlength"] for row in rows} == {500}
        assert all(
            row["screens"].keys() == {"edit"} and row["screens"]["edit"].keys() == {"ticket.agent"} for row in rows
        )
        assert found.done[-1] == f"The attributes {self.CSAT}, {self.NPS} wait to be taken into the database."
        (step,) = found.by_hand
        assert step.startswith("Admin › Objects › Ticket › Update Database, when Zammad may be restarted")
        assert [line for line in office.api.asked if "execute_migrations" in line] == []

    def test_it_is_announced_once_and_asked_for_until_it_is_there(self, office: Office) -> None:
        connected(office, link_fields=(self.CSAT,))
        office.api.asked.clear()
        waiting = connected(office, link_fields=(self.CSAT,))
        assert self.asked(office) == ["GET /api/v1/object_manager_attributes"]
        assert ["Update Database" in step for step in waiting.by_hand] == [True]
        office.world.update_database()
        assert connected(office, link_fields=(self.CSAT,)).by_hand == ()

    def test_what_is_missing_since_a_survey_was_turned_on_is_announced_and_nothing_else_changes(
        self, office: Office
    ) -> None:
        connected(office, link_fields=(self.CSAT,))
        office.world.update_database()
        before = dict(office.world.attributes[1])
        (step,) = connected(office, link_fields=(self.CSAT, self.NPS)).by_hand
        assert step.endswith(f"no link to a survey goes into {self.NPS}.")
        assert office.world.attributes[1] == before
        assert office.world.attributes[2]["name"] == self.NPS

    def test_then_it_takes_a_link(self, office: Office) -> None:
        connected(office, link_fields=(self.CSAT,))
        with office.open() as session, pytest.raises(Rejected, match="Update Database"):
            DESK.apply(SetField("1", self.CSAT, self.LINK), session)
        office.world.update_database()
        with office.open() as session:
            DESK.apply(SetField("1", self.CSAT, self.LINK), session)
            reading = DESK.refresh("1", session)
        assert office.world.tickets[1].values[self.CSAT] == self.LINK
        assert self.LINK not in str(reading)

    @pytest.mark.parametrize(
        ("kind", "options", "fits"),
        [
            ("input", {"type": "text", "maxlength": 255}, True),
            ("input", {"type": "url", "maxlength": "500"}, True),
            ("textarea", {"rows": 4}, True),
            ("input", {"type": "text", "maxlength": 120}, False),
            ("select", {"options": {}, "maxlength": 255}, False),
            ("integer", None, False),
        ],
    )
    def test_one_that_was_made_by_hand_is_left_alone_and_one_that_holds_no_link_is_told(
        self, office: Office, kind: str, options: Any, fits: bool
    ) -> None:
        row = {"id": 1, "name": self.CSAT, "object": "Ticket", "data_type": kind, "data_option": options,
               "to_create": False, "to_migrate": False}  # fmt: skip
        office.world.attributes[1] = dict(row)
        office.world.custom.append(self.CSAT)
        office.world.tickets[1].values[self.CSAT] = None
        steps = connected(office, link_fields=(self.CSAT,)).by_hand
        assert office.world.attributes == {1: row}
        assert [f"{self.CSAT} takes no link: make it a Text" in step for step in steps] == ([] if fits else [True])

    def test_an_attribute_of_people_with_that_name_is_another_one(self, office: Office) -> None:
        connected(office, link_fields=("vip",))
        assert [row["object"] for row in office.world.attributes.values()] == ["Ticket"]

    def test_without_the_permission_the_steps_name_what_is_missing(self, office: Office) -> None:
        office.api.permissions.discard("admin.object")
        lacks, *steps = connected(office, link_fields=("region", self.NPS)).by_hand
        assert lacks.startswith("The token lacks admin.object: give it that permission under Profile › Token Access")
        place = "Admin › Objects › Ticket"
        assert (
            steps[0]
            == f"{place} › New Attribute: name {self.NPS}, format Text, maximum length 500, shown to agents only"
        )
        assert [step.startswith(f"{place} › Update Database") for step in steps[1:]] == [True]
        assert connected(office, link_fields=("region",)).by_hand == ()

    def test_without_the_permission_and_any_ticket_all_are_named(self) -> None:
        office = Office()
        office.api.permissions.discard("admin.object")
        steps = connected(office, link_fields=(self.CSAT, self.NPS)).by_hand
        assert [name for step in steps for name in (self.CSAT, self.NPS) if f"name {name}," in step] == [
            self.CSAT, self.NPS,
        ]  # fmt: skip

    def test_what_zammad_does_not_take_is_told_in_its_words(self, office: Office) -> None:
        refusal = Fault("422", done=False, answer=(422, {}, b'{"error": "is a reserved word! (1)"}'))
        with office.wired() as (wire, session):
            wire.spoil(refusal, "POST /api/v1/object_manager_attributes")
            with pytest.raises(Rejected, match="reserved word"):
                DESK.install(session, webhook_url=URL, secret=SECRET, link_fields=(self.CSAT,))


class TestRefused:
    def test_a_wrong_token_is_one_line_that_says_where_to_make_one(self, office: Office) -> None:
        other = {"token": "of-somebody-else"}
        with office.open(credentials=other) as session, pytest.raises(Refused) as caught:
            DESK.install(session, webhook_url=URL, secret=SECRET)
        said = str(caught.value)
        assert "\n" not in said
        assert "ticket.agent under Profile › Token Access" in said
        assert "of-somebody-else" not in said
        assert office.world.webhooks == {}

    def test_an_expired_token_is_told_in_zammads_words(self, office: Office) -> None:
        answer = b'{"error": "Not authorized (token expired)!"}'
        with office.wired() as (wire, session):
            wire.spoil(Fault("401", done=False, answer=(401, {}, answer)), "GET .*")
            with pytest.raises(Refused, match=r"token expired.*Profile › Token Access"):
                DESK.install(session, webhook_url=URL, secret=SECRET)

    def test_a_token_that_may_not_read_tickets_is_refused_by_name(self, office: Office) -> None:
        office.api.permissions.discard("ticket.agent")
        with office.open() as session, pytest.raises(Refused, match=r"ticket\.agent under Profile") as caught:
            DESK.install(session, webhook_url=URL, secret=SECRET)
        assert caught.value.permission == "ticket.agent"
        assert office.world.webhooks == {}

    def test_maintenance_is_waited_for(self, office: Office) -> None:
        office.api.maintenance = True
        with office.open() as session, pytest.raises(Unavailable, match="maintenance mode"):
            DESK.install(session, webhook_url=URL, secret=SECRET)

    @pytest.mark.parametrize("answer", [b"{}", b"[]", b'{"id": "7"}', b'{"id": true}', b"7"])
    def test_another_product_at_the_address_is_told(self, office: Office, answer: bytes) -> None:
        with office.wired() as (wire, session):
            wire.spoil(Fault("other", done=False, answer=(200, {}, answer)), "GET /api/v1/users/me")
            with pytest.raises(Rejected, match="check the address of the desk"):
                DESK.install(session, webhook_url=URL, secret=SECRET)

    def test_a_login_page_at_the_address_is_asked_again(self, office: Office) -> None:
        with office.wired() as (wire, session):
            wire.spoil(NONSENSE, "GET /api/v1/users/me")
            with pytest.raises(Unavailable):
                DESK.install(session, webhook_url=URL, secret=SECRET)
