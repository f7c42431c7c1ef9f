"""Connecting a simulated Freshdesk: what is checked, made, found, and left to be pasted."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from integrations.actions import SetField
from integrations.base import Call, Installed
from integrations.errors import Refused, Rejected, Unavailable
from integrations.freshdesk import setup
from integrations.freshdesk.webhook import Freshdesk
from tests.desks.freshdesk.samples import DESK
from tests.desks.freshdesk.world import Shop
from tests.desks.wired import DOWN, FORBIDDEN, Fault

ADDRESS = "https://us.example/webhooks/freshdesk/lampshop"
SECRET = "whsec_c2VjcmV0"


def installed(shop: Shop, *, link_fields: Sequence[str] = (), **options: Any) -> Installed:
    """What connecting arranges."""
    with shop.open(access=replace(shop.access(**options), author=None)) as (session, _):
        return DESK.install(session, webhook_url=ADDRESS, secret=SECRET, link_fields=link_fields)


def pasted(shop: Shop, *, active: bool = True) -> None:
    """An administrator pasted all rules."""
    for rule in setup.RULES:
        shop.api.rules[rule.kind].append({"id": 1, "name": rule.name, "active": active, "actions": []})


class TestChecks:
    def test_a_good_key_is_told_with_whose_it_is(self) -> None:
        shop = Shop()
        found = installed(shop)
        assert found.author == str(shop.api.me)
        assert f"writes as agent {shop.api.me}" in found.done[0]

    def test_a_wrong_key_is_one_line_that_says_where_to_get_another(self) -> None:
        shop = Shop()
        access = replace(shop.access(), credentials={"api_key": "wrong-key-of-somebody"})
        with shop.open(access=access) as (session, wire):
            with pytest.raises(Refused, match=r"api_key.*profile settings") as caught:
                DESK.install(session, webhook_url=ADDRESS, secret=SECRET)
            assert wire.sent == ["GET /api/v2/agents/me"]
        assert "wrong-key" not in str(caught.value)

    def test_without_a_key_the_same_is_said(self) -> None:
        shop = Shop()
        nothing = replace(shop.access(), credentials={})
        with shop.open(access=nothing) as (session, _), pytest.raises(Refused, match="api_key"):
            DESK.install(session, webhook_url=ADDRESS, secret=SECRET)

    @pytest.mark.parametrize("path", ["agents/me", "ticket_fields", "surveys"])
    def test_a_permission_that_is_missing_is_named(self, path: str) -> None:
        shop = Shop()
        with shop.open() as (session, wire):
            wire.spoil(FORBIDDEN, f"GET /api/v2/{path}")
            with pytest.raises(Refused, match="View tickets under Admin > Team > Agents") as caught:
                DESK.install(session, webhook_url=ADDRESS, secret=SECRET)
        assert caught.value.permission == "View tickets"

    def test_an_address_that_is_another_programs_is_not_connected(self) -> None:
        shop = Shop()
        with shop.open() as (session, wire):
            wire.spoil(Fault("another program", done=False, answer=(200, {}, b'{"hello": 1}')), "GET .*")
            with pytest.raises(Rejected, match="not what its API documents"):
                DESK.install(session, webhook_url=ADDRESS, secret=SECRET)

    def test_a_desk_that_is_away_is_tried_again(self) -> None:
        shop = Shop()
        with shop.open() as (session, wire):
            wire.spoil(DOWN, "GET .*")
            with pytest.raises(Unavailable):
                DESK.install(session, webhook_url=ADDRESS, secret=SECRET)


class TestWords:
    def test_what_sources_are_called_is_kept(self) -> None:
        assert installed(Shop()).options["source_names"]["13"] == "WhatsApp"

    def test_a_source_that_an_administrator_added_is_then_told_by_its_label(self) -> None:
        shop = Shop()
        shop.world.sources["Kiosk"] = 101
        options = dict(installed(shop).options)
        ticket = shop.ticket("15 09:00", source=101)
        created = shop.refreshed(ticket, **options, channels={"Kiosk": "in_person"}).events[0]
        assert created.data["channel"] == "in_person"

    @pytest.mark.parametrize("choices", [None, [], "x", {"Email": "1"}, {"Email": None}])
    def test_choices_that_are_no_table_are_none(self, choices: Any) -> None:
        shop = Shop()
        shop.world.sources = choices
        assert installed(shop).options["source_names"] == {}

    def test_a_status_that_nobody_explained_is_asked_for(self) -> None:
        shop = Shop()
        shop.world.statuses["8"] = ["Waiting for parts", "We wait"]
        (step,) = [step for step in installed(shop).by_hand if "Waiting for parts" in step]
        assert '[desk.statuses] 8 = "on_hold"' in step

    def test_one_that_the_account_explained_is_not(self) -> None:
        shop = Shop()
        shop.world.statuses["8"] = ["Waiting for parts", "We wait"]
        told = installed(shop, statuses={"8": "on_hold"}).by_hand
        assert [step for step in told if "Waiting for parts" in step] == []

    def test_freshdesks_own_statuses_are_all_explained(self) -> None:
        assert [step for step in installed(Shop()).by_hand if "desk.statuses" in step] == []


class TestFields:
    def test_our_fields_are_made_once_and_their_keys_are_kept(self) -> None:
        shop = Shop()
        first, second = installed(shop), installed(shop)
        keys = {"csat": "cf_deskpulse_csat", "ces": "cf_deskpulse_ces", "nps": "cf_deskpulse_nps"}
        assert first.options["fields"] == second.options["fields"] == keys
        assert len([line for line in first.done if "was made" in line]) == 3
        assert [line for line in second.done if "was made" in line] == []
        assert [key for key in shop.world.fields if key.startswith("cf_deskpulse_")][2:] == list(keys.values())

    def test_a_field_that_is_there_under_another_key_is_used(self) -> None:
        shop = Shop()
        shop.world.fields["cf_deskpulse_csat_882"] = "Deskpulse csat"
        assert installed(shop).options["fields"]["csat"] == "cf_deskpulse_csat_882"

    def test_a_key_that_is_no_administrators_leaves_them_to_be_made_by_hand(self) -> None:
        shop = Shop()
        shop.api.is_administrator = False
        found = installed(shop)
        steps = [step for step in found.by_hand if "Ticket Fields" in step]
        assert found.options["fields"] == {}
        assert [re.findall(r"labelled (Deskpulse \w+)", step) for step in steps] == [
            ["Deskpulse csat"], ["Deskpulse ces"], ["Deskpulse nps"],
        ]  # fmt: skip
        assert all("Administrator" in step for step in steps)

    def test_a_field_that_freshdesk_does_not_take_is_left_with_its_words(self) -> None:
        shop = Shop()
        with shop.open() as (session, wire):
            wire.spoil(Fault("too many", done=False, answer=(400, {}, b'{"message": "Limit of fields"}')), "POST .*")
            found = DESK.install(session, webhook_url=ADDRESS, secret=SECRET)
        assert len([step for step in found.by_hand if "Limit of fields" in step]) == 1

    def test_what_connecting_made_is_what_writing_uses(self) -> None:
        shop = Shop()
        options = dict(installed(shop).options)
        ticket = shop.ticket("15 09:00")
        with shop.open(access=shop.access(**options)) as (session, _):
            DESK.apply(SetField("1", "csat", "3"), session)
        assert ticket.fields["cf_deskpulse_csat"] == "3"


class TestLinksToSurveys:
    CSAT, NPS = "deskpulse_survey_csat", "deskpulse_survey_nps"

    def test_a_field_is_made_for_each_survey_that_is_asked_and_takes_the_link(self) -> None:
        shop = Shop()
        found = installed(shop, link_fields=(self.CSAT, self.NPS))
        keys = {self.CSAT: f"cf_{self.CSAT}", self.NPS: f"cf_{self.NPS}"}
        assert found.options["fields"].items() >= keys.items()
        assert [line for line in found.done if "survey_" in line] == [
            f"The field {self.CSAT} was made", f"The field {self.NPS} was made",
        ]  # fmt: skip
        ticket, link = shop.ticket("15 09:00"), "https://pulse.example/s/" + "x" * 170
        with shop.open(access=shop.access(**found.options)) as (session, _):
            DESK.apply(SetField("1", self.CSAT, link), session)
        assert ticket.fields[f"cf_{self.CSAT}"] == link

    def test_what_is_missing_since_a_survey_was_turned_on_is_made_and_nothing_else_changes(self) -> None:
        shop = Shop()
        installed(shop, link_fields=(self.CSAT,))
        before = dict(shop.world.fields)
        assert [line for line in installed(shop, link_fields=(self.CSAT,)).done if "was made" in line] == []
        assert shop.world.fields == before
        installed(shop, link_fields=(self.CSAT, self.NPS))
        assert shop.world.fields == {**before, f"cf_{self.NPS}": self.NPS}

    @pytest.mark.parametrize("label", ["deskpulse_survey_csat", "Our survey"])
    def test_one_that_was_made_by_hand_is_known_by_its_label_or_its_key(self, label: str) -> None:
        shop = Shop()
        shop.world.fields["cf_deskpulse_survey_csat"] = label
        found = installed(shop, link_fields=(self.CSAT,))
        assert found.options["fields"][self.CSAT] == "cf_deskpulse_survey_csat"
        assert [line for line in found.done if self.CSAT in line] == []
        assert [step for step in found.by_hand if self.CSAT in step] == []

    def test_one_that_holds_no_link_is_told(self) -> None:
        shop = Shop()
        shop.world.fields["cf_deskpulse_survey_csat"] = self.CSAT
        shop.world.field_types["cf_deskpulse_survey_csat"] = "custom_number"
        (step,) = [step for step in installed(shop, link_fields=(self.CSAT,)).by_hand if self.CSAT in step]
        assert f"{self.CSAT} is of the type custom_number, which takes no link" in step

    def test_without_an_administrators_key_only_what_is_asked_is_a_step(self) -> None:
        shop = Shop()
        shop.api.is_administrator = False
        steps = installed(shop, link_fields=(self.NPS,)).by_hand
        assert len([step for step in steps if f"labelled {self.NPS}, not shown to customers" in step]) == 1
        assert self.CSAT not in " ".join(steps)


class TestRules:
    def test_each_is_told_with_everything_that_has_to_be_typed(self) -> None:
        texts = [step for step in installed(Shop()).by_hand if step.startswith("Rule:")]
        assert len(texts) == len(setup.RULES) == 3
        for text, rule in zip(texts, setup.RULES, strict=True):
            assert f"> {rule.tab} > New rule" in text
            assert f"URL: {ADDRESS}\n" in text
            assert f"Custom headers: X-Deskpulse-Token: {SECRET}\n" in text
            assert text.endswith(rule.content())

    @pytest.mark.parametrize("rule", setup.RULES, ids=lambda rule: rule.event)
    def test_its_content_is_json_of_ids_that_is_read_as_a_hint(self, rule: setup.Rule) -> None:
        told = json.loads(rule.content())
        assert told == {"freshdesk_webhook": {"event": rule.event, "ticket_id": "{{ticket.id}}"}}
        sent = rule.content().replace("{{ticket.id}}", "77").encode()
        shop = Shop()
        call = Call(body=sent, headers={setup.HEADER.lower(): SECRET}, query={}, received_at=0)
        DESK.verify(call, (SECRET.encode(),), now=0)
        assert DESK.parse(call, shop.access()).refresh == ("77",)

    def test_together_they_hear_of_everything_that_counts(self) -> None:
        heard = " ".join(rule.when for rule in setup.RULES)
        for event in ("status", "agent", "group", "note", "reply", "feedback", "deleted", "spam", "creation", "system"):
            assert event in heard

    def test_rules_that_are_there_are_not_asked_for_again(self) -> None:
        shop = Shop()
        pasted(shop)
        found = installed(shop)
        assert [step for step in found.by_hand if step.startswith("Rule:")] == []
        assert [line for line in found.done if line.startswith("The rule")] == [
            f"The rule {rule.name} is there" for rule in setup.RULES
        ]

    def test_one_that_is_switched_off_is_not_there(self) -> None:
        shop = Shop()
        pasted(shop, active=False)
        assert len([step for step in installed(shop).by_hand if step.startswith("Rule:")]) == 3

    def test_only_those_that_are_missing_are_asked_for(self) -> None:
        shop = Shop()
        shop.api.rules[1].append({"name": "Deskpulse ticket.created", "active": True})
        texts = [step for step in installed(shop).by_hand if step.startswith("Rule:")]
        assert ["Ticket Creation" in text for text in texts] == [False, False]

    def test_a_key_that_may_not_look_gets_all_of_them(self) -> None:
        shop = Shop()
        pasted(shop)
        shop.api.is_administrator = False
        assert len([step for step in installed(shop).by_hand if step.startswith("Rule:")]) == 3

    @pytest.mark.parametrize("body", [b"[]", b"{}", b'{"rules": null}', b'{"rules": [7, {"name": null}]}', b'"x"'])
    def test_an_odd_list_of_rules_is_an_empty_one(self, body: bytes) -> None:
        shop = Shop()
        with shop.open() as (session, wire):
            wire.spoil(Fault("odd", done=False, answer=(200, {}, body)), "GET .*/rules", times=2)
            found = DESK.install(session, webhook_url=ADDRESS, secret=SECRET)
        assert len([step for step in found.by_hand if step.startswith("Rule:")]) == 3


class TestSurveys:
    def test_how_many_there_are_is_told(self) -> None:
        assert "1 surveys found" in installed(Shop()).done

    @pytest.mark.parametrize("off", ["feature", "none"])
    def test_an_account_without_any_is_told_and_connected(self, off: str) -> None:
        shop = Shop()
        shop.api.has_surveys = off != "feature"
        shop.world.surveys.clear()
        assert "No survey found: customers are asked for no rating" in installed(shop).done


class TestDescription:
    def test_the_calls_are_named_as_freshdesk_names_them(self) -> None:
        assert Freshdesk.calls[:2] == ("Ticket Creation", "Ticket Updates")
        assert {"onTicketCreate", "onTicketUpdate", "onTicketDelete", "onConversationCreate"} <= set(Freshdesk.calls)

    def test_what_it_costs_stays_below_the_smallest_paid_plan(self) -> None:
        calls_a_refresh = Freshdesk.requests_per_refresh + 1  # moments are embedded
        refreshes = Freshdesk.requests_per_minute / Freshdesk.requests_per_refresh
        assert refreshes * calls_a_refresh <= 200 / 2
