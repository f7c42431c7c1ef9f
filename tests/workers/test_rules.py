"""Settings of an account: each key is taken as documented or refused with its name, and only some are rules."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.events import CHANNELS
from workers.rules import COUNTING, InvalidSettings, Rules, check_settings, read_settings, rules_of

#: Every key, as an account may set it.
WHOLE = """
time_zone = "Europe/Lisbon"
schedule = "main"
repeat_days = 7
[schedules.main]
time_zone = "Europe/Lisbon"
mon = ["09:00-12:00", "13:00-17:00"]
tue = ["00:00-24:00"]
sun = []
holidays = ["2026-12-25", "2026-12-27/2026-12-31"]
holidays_of = "PT"
[departments.porto]
schedule = "main"
[departments.porto.channels.email]
schedule = "main"
[channels.chat]
schedule = "main"
[targets.email]
first_response = 14400
goal = 95
[slices]
region = "field:region"
[surveys.csat]
scale = [1, 5]
follow_up_below = 3
[surveys.ces]
scale = [1, 7]
direction = "effort"
[bots]
authors = ["bot-1"]
[exclude]
departments = ["test"]
channels = ["voice"]
tags = ["spam-ish"]
[tags]
ignore = ["seen"]
[desk]
url = "https://desk.example"
time_zone = "Europe/Lisbon"
poll_minutes = 5
own_option = "of the desk"
[retention]
call_bodies_days = 14
[panel]
origins = ["https://desk.example"]
[digests]
email = ["lead@desk.example"]
[summaries]
daily = "07:30"
weekly = "fri 16:00"
[actions]
max_age_hours = 24
"""

CHOICE = "Must be one of: "
MISSING = "Missing data for required field."
UNKNOWN = "Unknown field."
NO_TEXT = "Not a valid string."
NO_LIST = "Not a valid list."
NO_WHOLE = "Not a valid integer."
NO_TABLE = "Invalid input type."
NOT_SO = "String does not match expected pattern."
CLOSED_RANGE = "Must be greater than or equal to {} and less than or equal to {}."

WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"time_zone": "Mars/Olympus"}, "time_zone: Mars/Olympus is not a time zone such as Europe/Zagreb"),
    ({"time_zone": "../etc/passwd"}, "time_zone: ../etc/passwd is not a time zone such as Europe/Zagreb"),
    ({"time_zone": ""}, "time_zone:  is not a time zone such as Europe/Zagreb"),
    ({"time_zone": 1}, f"time_zone: {NO_TEXT}"),
    ({"schedule": 5}, f"schedule: {NO_TEXT}"),
    ({"schedule": "night"}, "schedule: there is no [schedules.night]"),
    ({"repeat_days": 0}, f"repeat_days: {CLOSED_RANGE.format(1, 365)}"),
    ({"repeat_days": 366}, f"repeat_days: {CLOSED_RANGE.format(1, 365)}"),
    ({"repeat_days": 1.5}, f"repeat_days: {NO_WHOLE}"),
    ({"repeat_days": "7 days"}, f"repeat_days: {NO_WHOLE}"),
    ({"schedules": {"main": {"mo": []}}}, f"schedules.main.value.mo: {UNKNOWN}"),
    ({"schedules": {"main": {"mon": "09:00-17:00"}}}, f"schedules.main.value.mon: {NO_LIST}"),
    ({"schedules": {"main": {"mon": ["9-17"]}}}, f"schedules.main.value.mon.0: {NOT_SO}"),
    ({"schedules": {"main": {"mon": ["09:00-24:30"]}}}, f"schedules.main.value.mon.0: {NOT_SO}"),
    ({"schedules": {"main": {"holidays": ["25.12.2026"]}}}, f"schedules.main.value.holidays.0: {NOT_SO}"),
    ({"schedules": {"main": {"time_zone": "X"}}},
     "schedules.main.value.time_zone: X is not a time zone such as Europe/Zagreb"),
    ({"departments": {"porto": {"schedule": "night"}}}, "schedule: there is no [schedules.night]"),
    ({"departments": {"porto": {"hours": []}}}, f"departments.porto.value.hours: {UNKNOWN}"),
    ({"departments": {"porto": {"channels": {"chat": {"schedule": "night"}}}}},
     "schedule: there is no [schedules.night]"),
    ({"departments": {"porto": {"channels": {"fax": {"schedule": "main"}}}}},
     f"departments.porto.value.channels.fax.key: {CHOICE}{', '.join(CHANNELS)}."),
    ({"channels": {"chat": {}}}, f"channels.chat.value.schedule: {MISSING}"),
    ({"channels": {"chat": {"schedule": "night"}}}, "schedule: there is no [schedules.night]"),
    ({"channels": {"fax": {"schedule": "main"}}}, f"channels.fax.key: {CHOICE}{', '.join(CHANNELS)}."),
    ({"targets": {"email": {}}}, f"targets.email.value.first_response: {MISSING}"),
    ({"targets": {"email": {"first_response": 0}}},
     "targets.email.value.first_response: Must be greater than or equal to 1."),
    ({"targets": {"email": {"first_response": 60, "goal": 101}}},
     f"targets.email.value.goal: {CLOSED_RANGE.format(0, 100)}"),
    ({"targets": {"fax": {"first_response": 60}}}, f"targets.fax.key: {CHOICE}{', '.join(CHANNELS)}."),
    ({"slices": {"Region": "field:x"}}, f"slices.Region.key: {NOT_SO}"),
    ({"slices": {"region": "region"}}, f"slices.region.value: {NOT_SO}"),
    ({"slices": {"region": "field:"}}, f"slices.region.value: {NOT_SO}"),
    ({"slices": {f"s{n}": "field:x" for n in range(6)}}, "slices: Longer than maximum length 5."),
    ({"surveys": {"thumbs": {}}}, f"surveys.thumbs.key: {CHOICE}csat, ces, nps."),
    ({"surveys": {"csat": {"scale": [1]}}}, "surveys.csat.value.scale: Length must be 2."),
    ({"surveys": {"csat": {"scale": [1, 4.5]}}}, f"surveys.csat.value.scale.1: {NO_WHOLE}"),
    ({"surveys": {"ces": {"direction": "hard"}}}, f"surveys.ces.value.direction: {CHOICE}easy, effort."),
    ({"surveys": {"csat": {"follow_up_below": "low"}}}, "surveys.csat.value.follow_up_below: Not a valid number."),
    ({"bots": {"authors": "bot"}}, f"bots.authors: {NO_LIST}"),
    ({"bots": {"names": []}}, f"bots.names: {UNKNOWN}"),
    ({"exclude": {"departments": "test"}}, f"exclude.departments: {NO_LIST}"),
    ({"exclude": {"channels": ["fax"]}}, f"exclude.channels.0: {CHOICE}{', '.join(CHANNELS)}."),
    ({"exclude": {"tags": [1]}}, f"exclude.tags.0: {NO_TEXT}"),
    ({"exclude": {"agents": []}}, f"exclude.agents: {UNKNOWN}"),
    ({"excluded": {"tags": []}}, f"excluded: {UNKNOWN}"),
    ({"tags": {"ignore": "seen"}}, f"tags.ignore: {NO_LIST}"),
    ({"tags": []}, f"tags._schema: {NO_TABLE}"),
    ({"desk": {"url": "desk.example"}}, "desk.url: Not a valid URL."),
    ({"desk": {"url": "ftp://desk.example"}}, "desk.url: Not a valid URL."),
    ({"desk": {"time_zone": "X"}}, "desk.time_zone: X is not a time zone such as Europe/Zagreb"),
    ({"desk": {"poll_minutes": 0}}, f"desk.poll_minutes: {CLOSED_RANGE.format(1, 1440)}"),
    ({"retention": {"call_bodies_days": 0}}, f"retention.call_bodies_days: {CLOSED_RANGE.format(1, 3650)}"),
    ({"retention": {"days": 3}}, f"retention.days: {UNKNOWN}"),
    ({"panel": {"origins": "https://desk.example"}}, f"panel.origins: {NO_LIST}"),
    ({"digests": []}, "digests: Not a valid mapping type."),
    ({"summaries": {"daily": "8:00"}}, f"summaries.daily: {NOT_SO}"),
    ({"summaries": {"daily": "24:00"}}, f"summaries.daily: {NOT_SO}"),
    ({"summaries": {"weekly": "08:00"}}, f"summaries.weekly: {NOT_SO}"),
    ({"summaries": {"monthly": "08:00"}}, f"summaries.monthly: {UNKNOWN}"),
    ({"actions": {"max_age_hours": 0}}, f"actions.max_age_hours: {CLOSED_RANGE.format(1, 8760)}"),
    ({"webhooks": {}}, f"webhooks: {UNKNOWN}"),
)  # fmt: skip


class TestReading:
    def test_every_documented_key_is_taken_as_it_stands(self) -> None:
        settings = read_settings(WHOLE)
        assert set(COUNTING) <= set(settings)
        assert settings["schedules"]["main"]["mon"] == ["09:00-12:00", "13:00-17:00"]
        assert settings["exclude"] == {"departments": ["test"], "channels": ["voice"], "tags": ["spam-ish"]}
        assert settings["digests"] == {"email": ["lead@desk.example"]}

    def test_checking_again_changes_nothing(self) -> None:
        settings = read_settings(WHOLE)
        assert check_settings(settings) == settings

    def test_no_settings_are_good_settings(self) -> None:
        assert read_settings("") == {}

    def test_a_target_without_a_goal_is_for_nine_in_ten(self) -> None:
        assert check_settings({"targets": {"chat": {"first_response": 60}}})["targets"]["chat"]["goal"] == 90.0

    def test_options_of_the_desk_itself_are_kept_for_it_to_check(self) -> None:
        assert read_settings(WHOLE)["desk"]["own_option"] == "of the desk"

    def test_a_desk_may_live_at_a_name_without_a_domain(self) -> None:
        assert (
            check_settings({"desk": {"url": "http://helpdesk:8000/api"}})["desk"]["url"] == "http://helpdesk:8000/api"
        )

    @pytest.mark.parametrize("when", ["daily", "weekly"])
    def test_a_summary_may_be_turned_off(self, when: str) -> None:
        assert check_settings({"summaries": {when: None}})["summaries"] == {when: None}

    def test_a_text_that_is_not_toml_is_told_with_its_line(self) -> None:
        with pytest.raises(InvalidSettings, match=r"^the settings are not TOML: .*line 1"):
            read_settings("time_zone = Europe/Zagreb")

    @pytest.mark.parametrize(("settings", "sentence"), WRONG, ids=[sentence[:60] for _, sentence in WRONG])
    def test_a_wrong_key_is_refused_by_name(self, settings: dict[str, Any], sentence: str) -> None:
        with pytest.raises(InvalidSettings) as refused:
            check_settings(settings)
        assert str(refused.value) == sentence

    def test_all_wrong_keys_are_told_at_once(self) -> None:
        with pytest.raises(InvalidSettings) as refused:
            check_settings({"repeat_days": 0, "colour": "red"})
        assert sorted(part.split(":")[0] for part in str(refused.value).split("; ")) == ["colour", "repeat_days"]


class TestRules:
    def test_without_settings_everything_counts_in_utc(self) -> None:
        rules = rules_of({}, 3)
        assert (rules.number, rules.zone.key) == (3, "UTC")
        assert not rules.excluded_tags | rules.excluded_channels | rules.excluded_departments | rules.bots

    def test_every_counting_key_that_rules_know_reaches_them(self) -> None:
        rules = rules_of(read_settings(WHOLE), 1)
        assert rules.zone.key == "Europe/Lisbon"
        assert (rules.excluded_departments, rules.excluded_channels) == (frozenset({"test"}), frozenset({"voice"}))
        assert (rules.excluded_tags, rules.ignored_tags) == (frozenset({"spam-ish"}), frozenset({"seen"}))
        assert (rules.bots, rules.slices) == (frozenset({"bot-1"}), {"region": "region"})

    def test_a_survey_has_its_scale_direction_and_threshold(self) -> None:
        surveys = rules_of(read_settings(WHOLE), 1).surveys
        assert (surveys["csat"].scale, surveys["csat"].follow_up_below) == ((1, 5), 3.0)
        assert (surveys["ces"].scale, surveys["ces"].direction) == ((1, 7), "effort")
        assert (surveys["csat"].direction, surveys["ces"].follow_up_below) == ("easy", None)

    def test_a_survey_that_says_nothing_means_easy_and_follows_up_by_its_sides(self) -> None:
        survey = rules_of({"surveys": {"nps": {}}}, 1).surveys["nps"]
        assert (survey.scale, survey.direction, survey.follow_up_below) == (None, "easy", None)

    def test_a_field_of_a_slice_may_have_a_colon_in_its_name(self) -> None:
        assert rules_of(check_settings({"slices": {"place": "field:geo:city"}}), 1).slices == {"place": "geo:city"}

    def test_rules_are_equal_when_their_settings_are(self) -> None:
        assert rules_of(read_settings(WHOLE), 2) == rules_of(read_settings(WHOLE), 2) != Rules(2, rules_of({}, 2).zone)
