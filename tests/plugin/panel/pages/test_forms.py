"""Settings by form: the same check as everywhere, reasons beside their fields, and nothing lost that is not shown."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import pytest

from plugin.panel.forms import general, schedule, slices, summaries, surveys, targets
from plugin.panel.forms.draft import Draft
from plugin.panel.forms.fields import Scene, grouped, sent_again
from tests.browser.world import SETTINGS
from tests.plugin.panel.pages.looking import Pages, Seen, must_hold, speech, taken_apart, without_token
from tests.workers.small_world import tell, ticket
from workers.rules import InvalidSettings, check_settings

MODULES = (general, schedule, targets, slices, surveys, summaries)
FULL: dict[str, Any] = {
    "time_zone": "Europe/Zagreb",
    "language": "hr",
    "repeat_days": 5,
    "schedule": "main",
    "schedules": {
        "main": {
            **{day: ["09:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
            "sat": [],
            "sun": [],
            "holidays": ["2026-12-24", "2026-12-27/2026-12-31"],
        },
        "night": {"mon": ["20:00-24:00"]},
    },
    "departments": {"berlin": {"schedule": "night"}},
    "targets": {"email": {"first_response": 14400, "goal": 92.5}, "chat": {"first_response": 30, "goal": 80.0}},
    "slices": {"region": "field:region", "brand": "field:Brand name"},
    "surveys": {
        "csat": {"scale": [1, 5], "follow_up_below": 3.0, "ask": True, "channels": ["chat"], "expires_days": 7},
        "ces": {"scale": [1, 7], "direction": "effort", "question": {"en": "How easy was it?", "hr": "Koliko lako?"}},
    },
    "asking": {"days_between": 20, "share": 50.0},
    "summaries": {"daily": "07:30", "weekly": "off"},
    "exclude": {"tags": ["junk"]},
}
SCENE = Scene(speech(), ("email", "chat", "voice"))


def as_sent(module: Any, settings: dict[str, Any]) -> dict[str, str]:
    """What a browser sends of a form that nobody touched."""
    fields = module.section(settings, SCENE).fields
    return {field.name: field.value for field in fields if field.kind != "checkbox" or field.value}


def held(pages: Pages) -> dict[str, Any]:
    account = pages.house.account("acme")
    assert account is not None
    return dict(account.settings)


class TestForms:
    @pytest.mark.parametrize("module", MODULES, ids=lambda module: module.KEY)
    def test_a_form_that_nobody_touched_changes_nothing(self, module: Any) -> None:
        draft = Draft(FULL, speech())
        module.take(draft, as_sent(module, FULL))
        assert draft.wrong == {}
        assert check_settings(draft.settings) == check_settings(FULL)

    @pytest.mark.parametrize("module", MODULES, ids=lambda module: module.KEY)
    def test_of_an_account_without_settings_every_form_can_be_saved(self, module: Any) -> None:
        draft = Draft({}, speech())
        module.take(draft, as_sent(module, {}))
        assert draft.wrong == {}
        check_settings(draft.settings)

    @pytest.mark.parametrize("module", MODULES, ids=lambda module: module.KEY)
    def test_names_of_fields_are_unlike_each_other(self, module: Any) -> None:
        names = [field.name for field in module.section(FULL, SCENE).fields]
        assert len(names) == len(set(names))

    @pytest.mark.parametrize(
        ("module", "field", "value", "key"),
        [
            (general, "time_zone", "Mars/Base", "time_zone"),
            (general, "repeat_days", "0", "repeat_days"),
            (schedule, "schedules.main.mon", "9-17", "schedules.main.mon"),
            (schedule, "schedules.main.holidays", "Christmas", "schedules.main.holidays"),
            (schedule, "schedules.main.holidays_of", "XX", "schedules.main.holidays_of"),
            (targets, "targets.email.goal", "101", "targets.email.goal"),
            (surveys, "surveys.csat.channels", "pigeon", "surveys.csat.channels"),
            (summaries, "summaries.daily", "25:00", "summaries.daily"),
        ],
    )
    def test_what_is_wrong_stands_beside_its_field(self, module: Any, field: str, value: str, key: str) -> None:
        draft, sent = Draft(FULL, speech()), {**as_sent(module, FULL), field: value}
        module.take(draft, sent)
        with pytest.raises(InvalidSettings) as refused:
            check_settings(draft.settings)
        assert any(path.startswith(key) for path in refused.value.wrong)
        again = sent_again(module.section(FULL, SCENE), sent, refused.value.wrong)
        shown = next(each for each in again.fields if each.name == field)
        assert shown.value == value
        assert shown.error
        assert [each.name for each in again.fields if each.error] == [field]

    @pytest.mark.parametrize(
        ("module", "field", "value"),
        [
            (general, "repeat_days", "many"), (general, "time_zone", " "),
            (targets, "targets.chat.first_response", "soon"),
            (surveys, "surveys.csat.scale.low", "x"), (slices, "slice.0.field", ""), (surveys, "asking.share", "half"),
        ],
    )  # fmt: skip
    def test_what_cannot_be_read_is_told_before_anything_is_checked(self, module: Any, field: str, value: str) -> None:
        draft = Draft(FULL, speech())
        module.take(draft, {**as_sent(module, FULL), field: value})
        assert list(draft.wrong) == [field]

    def test_minutes_may_be_halves_and_have_a_comma(self) -> None:
        draft = Draft({}, speech())
        targets.take(draft, {"targets.chat.first_response": "0,5", "targets.chat.goal": ""})
        assert draft.settings == {"targets": {"chat": {"first_response": 30}}}

    def test_a_target_is_taken_away_by_emptying_it(self) -> None:
        draft = Draft(FULL, speech())
        targets.take(draft, {"targets.chat.first_response": "", "targets.chat.goal": "80"})
        assert list(draft.settings["targets"]) == ["email"]

    def test_a_schedule_is_no_longer_used_but_kept(self) -> None:
        draft = Draft(FULL, speech())
        sent = as_sent(schedule, FULL)
        del sent["schedule"]
        schedule.take(draft, sent)
        assert "schedule" not in draft.settings
        assert draft.settings["schedules"]["main"]["mon"] == ["09:00-12:00", "13:00-17:00"]

    def test_the_question_of_another_language_stays(self) -> None:
        draft = Draft(FULL, speech("hr"))
        scene = Scene(speech("hr"), SCENE.channels)
        fields = surveys.section(FULL, scene).fields
        sent = {field.name: field.value for field in fields} | {"surveys.ces.question.hr": "Je li bilo lako?"}
        surveys.take(draft, sent)
        assert draft.settings["surveys"]["ces"]["question"] == {"en": "How easy was it?", "hr": "Je li bilo lako?"}

    def test_fields_of_one_group_stand_together(self) -> None:
        found = grouped(targets.section(FULL, SCENE).fields)
        assert [(group.name, len(group.fields)) for group in found] == [("E-mail", 2), ("Chat", 2), ("Voice", 2)]

    def test_a_reason_that_belongs_to_no_field_is_told_above_them(self) -> None:
        again = sent_again(slices.section({}, SCENE), {}, {"slices.Region": "not a name"})
        assert again.errors == ("slices.Region: not a name",)


class TestPage:
    def test_what_is_sent_is_in_force_and_said(self, own: Pages) -> None:
        answer = own.send("acme/settings", section="targets", **{"targets.email.first_response": "60"})
        assert answer.status_code == 303
        assert held(own)["targets"]["email"] == {"first_response": 3600, "goal": 90.0}
        assert "saved=targets" in answer.headers["Location"]
        assert "Saved." in own.see("acme/settings?saved=targets").text

    def test_what_other_forms_hold_stays(self, own: Pages) -> None:
        before = held(own)
        assert own.send("acme/settings", section="general", time_zone="UTC", repeat_days="3").status_code == 303
        after = held(own)
        assert {name for name in after if after[name] != before.get(name)} == {"time_zone", "repeat_days"}
        assert after["targets"] == SETTINGS["targets"]

    def test_what_is_refused_is_shown_again_and_changes_nothing(self, own: Pages) -> None:
        before = held(own)
        answer = own.send("acme/settings", section="general", time_zone="<Mars>", repeat_days="3")
        seen = taken_apart(answer.status_code, answer.text)
        must_hold(seen)
        assert answer.status_code == 422
        field = seen.all("input", name="time_zone")[0]
        assert (field.attributes["value"], field.attributes["aria-invalid"]) == ("<Mars>", "true")
        assert "<Mars> is not a time zone such as Europe/Zagreb" in seen.texts("span", class_="error")[0]
        assert held(own) == before

    def test_settings_that_count_differently_raise_the_rules_number(self, own: Pages) -> None:
        own.send("acme/settings", section="general", time_zone="UTC", repeat_days="7")
        account = own.house.account("acme")
        assert account is not None
        assert account.rules.number == 2
        assert "History is counted anew: 0 of 20 tickets are done." in own.see("acme/").text

    @pytest.mark.parametrize("section", ["", "desk", "panel", "__class__"])
    def test_a_form_that_is_none_is_refused(self, own: Pages, section: str) -> None:
        assert own.send("acme/settings", section=section, url="https://evil.example").status_code == 404

    def test_the_desks_address_cannot_be_changed_here(self, own: Pages) -> None:
        own.send("acme/settings", section="general", time_zone="UTC", **{"desk.url": "https://evil.example"})
        assert held(own)["desk"]["url"] == "https://desk.example"


def filled(seen: Seen, section: str) -> dict[str, str]:
    """What a browser sends of the inputs of one form of the page, which nobody touched."""
    form = seen.html.split(f'<input type="hidden" name="section" value="{section}">')[1].split("</form>")[0]
    inputs = [each.attributes for each in taken_apart(200, form).all("input")]
    values = {each["name"]: each.get("value", "") for each in inputs if each.get("type") != "checkbox"}
    return {"section": section, **values}


class TestTwoLeads:
    """One form, open before two people."""

    CHANGED = "Somebody changed this meanwhile, so nothing was saved. These are the present values."

    def test_the_second_does_not_undo_the_first_unawares(self, own: Pages) -> None:
        first = second = filled(own.see("acme/settings"), "targets")
        assert own.send("acme/settings", **{**first, "targets.email.first_response": "60"}).status_code == 303
        answer = own.send("acme/settings", **{**second, "targets.chat.first_response": "5"})
        assert answer.status_code == 409
        seen = taken_apart(answer.status_code, answer.text)
        must_hold(seen)
        assert seen.texts("p", class_="notice wrong") == [self.CHANGED]
        assert held(own)["targets"]["email"]["first_response"] == 3600
        assert held(own)["targets"]["chat"] == SETTINGS["targets"]["chat"]
        again = filled(seen, "targets")
        assert (again["targets.email.first_response"], again["targets.chat.first_response"]) == ("60", "1")
        assert own.send("acme/settings", **{**again, "targets.chat.first_response": "5"}).status_code == 303
        assert {name: target["first_response"] for name, target in held(own)["targets"].items()} == {
            "email": 3600, "chat": 300, "web_form": 28800,
        }  # fmt: skip

    def test_another_form_may_have_changed(self, own: Pages) -> None:
        seen = own.see("acme/settings")
        assert own.send("acme/settings", section="general", time_zone="UTC", repeat_days="3").status_code == 303
        sent = {**filled(seen, "targets"), "targets.chat.first_response": "5"}
        assert own.send("acme/settings", **sent).status_code == 303

    def test_sending_the_same_twice_is_no_change_by_somebody(self, own: Pages) -> None:
        sent = {**filled(own.see("acme/settings"), "targets"), "targets.chat.first_response": "5"}
        assert [own.send("acme/settings", **sent).status_code for _ in range(2)] == [303, 303]

    def test_what_was_refused_is_still_of_the_form_that_was_shown(self, own: Pages) -> None:
        first = second = filled(own.see("acme/settings"), "targets")
        own.send("acme/settings", **{**first, "targets.email.first_response": "60"})
        answer = own.send("acme/settings", **{**second, "targets.chat.first_response": "soon"})
        assert answer.status_code == 422
        again = filled(taken_apart(422, answer.text), "targets")
        assert own.send("acme/settings", **{**again, "targets.chat.first_response": "5"}).status_code == 409

    def test_a_channel_that_came_meanwhile_is_no_change_by_somebody(self, own: Pages) -> None:
        sent = filled(own.see("acme/settings"), "targets")
        account = own.house.account("acme")
        assert account is not None
        tell(own.runtime, account, ticket("v", "2026-03-17 08:00", channel="voice"))
        sent["targets.chat.first_response"] = "5"
        assert own.send("acme/settings", **sent).status_code == 303

    def test_it_is_said_in_the_language_of_the_second(self, own: Pages) -> None:
        sent = filled(own.see("acme/settings", speaks="hr"), "general")
        own.send("acme/settings", section="general", time_zone="UTC", repeat_days="3")
        answer = own.ask("acme/settings", speaks="hr", method="POST", data={**sent, "repeat_days": "9"})
        assert answer.status_code == 409
        assert self.CHANGED not in answer.text


class TestLanguage:
    @pytest.mark.parametrize(
        ("page", "back"),
        [
            ("overview?period=28&slice=channel:email", "overview?period=28&slice=channel:email"),
            ("overview?by=agent", "overview?by=agent"),
            ("figure/csat?tab=tickets&period=days&from=2026-03-01&to=2026-03-15",
             "figure/csat?tab=tickets&period=days&from=2026-03-01&to=2026-03-15"),
            ("answers?kind=csat&show=out", "answers?kind=csat&show=out"),
            ("ticket/w0", "ticket/w0"), ("settings?saved=targets", "settings"), ("", ""),
        ],
    )  # fmt: skip
    def test_choosing_one_leads_back_to_the_same_page(self, own: Pages, page: str, back: str) -> None:
        form = own.see(f"acme/{page}").html.split('<footer class="who">')[1].split("</form>")[0]
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form))
        answer = own.send("acme/language", **{**fields, "language": "hr"})
        path, _, query = without_token(answer.headers["Location"]).partition("?")
        wanted_path, _, wanted_query = f"/panel/acme/{back}".partition("?")
        assert (path, dict(parse_qsl(query))) == (wanted_path, dict(parse_qsl(wanted_query)))

    def test_a_visitor_chooses_theirs(self, own: Pages) -> None:
        assert own.send("acme/language", language="hr", page="overview").status_code == 303
        answer = own.app.test_client().get(
            own.send("acme/language", language="hr", page="overview").headers["Location"]
        )
        assert '<html lang="hr">' in answer.text

    @pytest.mark.parametrize("code", ["", "xx", "../../etc"])
    def test_what_is_none_is_as_the_browser_asks(self, own: Pages, code: str) -> None:
        answer = own.send("acme/language", language=code, page="settings")
        assert answer.status_code == 303
        assert '<html lang="en">' in own.app.test_client().get(answer.headers["Location"]).text

    def test_what_a_form_is_refused_for_is_told_in_theirs(self, own: Pages) -> None:
        sent = {"section": "general", "time_zone": "{name}", "repeat_days": "400"}
        answer = own.ask("acme/settings", speaks="hr", method="POST", data=sent)
        told = taken_apart(answer.status_code, answer.text).texts("span", class_="error")
        assert told == ["{name} nije vremenska zona kao što je Europe/Zagreb", "Mora biti najmanje 1 i najviše 365."]
