"""Settings of an account: each key is taken as documented or refused with its name, and only some are rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from integrations.events import CHANNELS
from integrations.times import SECOND, instant_of_iso
from workers.rules import COUNTING, LARGEST, InvalidSettings, Rules, Target, check_settings, read_settings, rules_of

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
periods = ["weekly"]
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
NO_HOURS = "Write hours as 09:00-17:00, until 24:00 at the latest."
NO_SLICE = "Name a slice with small letters, digits and _, a letter first."
NO_FIELD = "Write field: and then the name of a field of the desk."
NO_TIME = "Write a time as 08:00, or off."
NO_DAY = "Write a day and a time as mon 08:00, or off."
TAKEN = "This word has a meaning in reports already; choose another name."
CLOSED_RANGE = "Must be greater than or equal to {} and less than or equal to {}."
NO_END = "must end after it starts; a night ends at 24:00 and goes on the next day"
TOO_LONG = "is longer than a year; take the days of the week away instead"
APART = "put them in order and apart"
NO_COUNTRY = "no holidays are known of '{}'; give a country such as HR, or a part such as DE-BE"
ANEW = "leave them out, they are made anew"


def frozen(of: str, *, years: Sequence[int] = (2025, 2026)) -> dict[str, Any]:
    """A schedule with frozen holidays, whose country is Croatia."""
    return {"holidays_of": "HR", "holidays_frozen": {"of": of, "years": list(years), "dates": ["2025-01-01"]}}


NO_ADDRESS = "Write an e-mail address such as lead@desk.example, without a name."
NO_ORIGIN = "Write an origin as https://desk.example, without a path; https://*.desk.example is one for all below it."

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
    ({"schedules": {"main": {"mo": []}}}, f"schedules.main.mo: {UNKNOWN}"),
    ({"schedules": {"main": {"mon": "09:00-17:00"}}}, f"schedules.main.mon: {NO_LIST}"),
    ({"schedules": {"main": {"mon": ["9-17"]}}}, f"schedules.main.mon.0: {NO_HOURS}"),
    ({"schedules": {"main": {"mon": ["09:00-24:30"]}}}, f"schedules.main.mon.0: {NO_HOURS}"),
    ({"schedules": {"main": {"mon": ["09:00-17:00\n"]}}}, f"schedules.main.mon.0: {NO_HOURS}"),
    ({"schedules": {"main": {"tue": ["09:00-12:00", "12:00-12:00"]}}},
     f"schedules.main.tue: 12:00-12:00 {NO_END}"),
    ({"schedules": {"main": {"wed": ["22:00-06:00"]}}}, f"schedules.main.wed: 22:00-06:00 {NO_END}"),
    ({"schedules": {"main": {"thu": ["09:00-12:00", "11:59-17:00"]}}},
     f"schedules.main.thu: 11:59-17:00 starts before 09:00-12:00 has ended; {APART}"),
    ({"schedules": {"main": {"fri": ["13:00-17:00", "09:00-12:00"]}}},
     f"schedules.main.fri: 09:00-12:00 starts before 13:00-17:00 has ended; {APART}"),
    ({"schedules": {"main": {"holidays": ["25.12.2026"]}}},
     "schedules.main.holidays.0: 25.12.2026 is not a date such as 2026-12-25"),
    ({"schedules": {"main": {"holidays": ["2026-12-25", "2026-02-30"]}}},
     "schedules.main.holidays.1: there is no date 2026-02-30"),
    ({"schedules": {"main": {"holidays": ["2027-02-28/2027-02-29"]}}},
     "schedules.main.holidays.0: there is no date 2027-02-29"),
    ({"schedules": {"main": {"holidays": ["2026-12-25/"]}}},
     "schedules.main.holidays.0:  is not a date such as 2026-12-25"),
    ({"schedules": {"main": {"holidays": ["2026-12-31/2026-12-27"]}}},
     "schedules.main.holidays.0: 2026-12-31/2026-12-27 ends before it starts"),
    ({"schedules": {"main": {"holidays": ["2026-01-01/2027-01-02"]}}},
     f"schedules.main.holidays.0: 2026-01-01/2027-01-02 {TOO_LONG}"),
    ({"schedules": {"main": {"holidays_of": "XX"}}}, f"schedules.main.holidays_of: {NO_COUNTRY.format('XX')}"),
    ({"schedules": {"main": {"holidays_of": "Croatia"}}},
     f"schedules.main.holidays_of: {NO_COUNTRY.format('Croatia')}"),
    ({"schedules": {"main": {"holidays_of": "HR-ZG"}}},
     "schedules.main.holidays_of: no holidays are known of 'HR-ZG'; HR has no parts"),
    ({"schedules": {"main": {"holidays_frozen": {"of": "HR", "years": [2026, 2026], "dates": []}}}},
     f"schedules.main.holidays_frozen: they are of HR and holidays_of is not set; {ANEW}"),
    ({"schedules": {"main": frozen("PT")}},
     f"schedules.main.holidays_frozen: they are of PT and holidays_of is HR; {ANEW}"),
    ({"schedules": {"main": frozen("HR", years=[2027, 2026])}},
     "schedules.main.holidays_frozen: the years end before they start: 2027, 2026"),
    ({"schedules": {"main": frozen("HR", years=[2026, 2027])}},
     "schedules.main.holidays_frozen: 2025-01-01 is not of the years 2026 to 2027"),
    ({"schedules": {"main": {"holidays_frozen": {"of": "HR", "years": [2026], "dates": []}}}},
     "schedules.main.holidays_frozen.years: Length must be 2."),
    ({"schedules": {"main": {"holidays_frozen": {"of": "HR", "years": [2026, 2027], "dates": ["x"]}}}},
     "schedules.main.holidays_frozen.dates.0: x is not a date such as 2026-12-25"),
    ({"schedules": {"main": {"time_zone": "X"}}},
     "schedules.main.time_zone: X is not a time zone such as Europe/Zagreb"),
    ({"departments": {"porto": {"schedule": "night"}}}, "departments.porto.schedule: there is no [schedules.night]"),
    ({"departments": {"porto": {"hours": []}}}, f"departments.porto.hours: {UNKNOWN}"),
    ({"departments": {"porto": {"channels": {"chat": {"schedule": "night"}}}}},
     "departments.porto.channels.chat.schedule: there is no [schedules.night]"),
    ({"departments": {"porto": {"channels": {"fax": {"schedule": "main"}}}}},
     f"departments.porto.channels.fax: {CHOICE}{', '.join(CHANNELS)}."),
    ({"channels": {"chat": {}}}, f"channels.chat.schedule: {MISSING}"),
    ({"channels": {"chat": {"schedule": "night"}}}, "channels.chat.schedule: there is no [schedules.night]"),
    ({"channels": {"fax": {"schedule": "main"}}}, f"channels.fax: {CHOICE}{', '.join(CHANNELS)}."),
    ({"targets": {"email": {}}}, f"targets.email.first_response: {MISSING}"),
    ({"targets": {"email": {"first_response": 0}}},
     f"targets.email.first_response: {CLOSED_RANGE.format(1, LARGEST)}"),
    ({"targets": {"email": {"first_response": LARGEST + 1}}},
     f"targets.email.first_response: {CLOSED_RANGE.format(1, LARGEST)}"),
    ({"surveys": {"csat": {"scale": [1, LARGEST + 1]}}},
     f"surveys.csat.scale.1: {CLOSED_RANGE.format(-LARGEST, LARGEST)}"),
    ({"surveys": {"csat": {"scale": [-LARGEST - 1, 5]}}},
     f"surveys.csat.scale.0: {CLOSED_RANGE.format(-LARGEST, LARGEST)}"),
    ({"surveys": {"csat": {"follow_up_below": 1e308}}},
     f"surveys.csat.follow_up_below: {CLOSED_RANGE.format(-LARGEST, LARGEST)}"),
    ({"targets": {"email": {"first_response": 60, "goal": 101}}},
     f"targets.email.goal: {CLOSED_RANGE.format(0, 100)}"),
    ({"targets": {"fax": {"first_response": 60}}}, f"targets.fax: {CHOICE}{', '.join(CHANNELS)}."),
    ({"slices": {"Region": "field:x"}}, f"slices.Region: {NO_SLICE}"),
    ({"slices": {"region": "region"}}, f"slices.region: {NO_FIELD}"),
    ({"slices": {"tag": "field:x"}}, f"slices.tag: {TAKEN}"),
    ({"slices": {"previous": "field:x"}}, f"slices.previous: {TAKEN}"),
    ({"slices": {"region": "field:"}}, f"slices.region: {NO_FIELD}"),
    ({"slices": {"region\n": "field:x"}}, f"slices.region\n: {NO_SLICE}"),
    ({"slices": {"region": "field:x\n"}}, f"slices.region: {NO_FIELD}"),
    ({"slices": {f"s{n}": "field:x" for n in range(6)}}, "slices: Longer than maximum length 5."),
    ({"surveys": {"thumbs": {}}}, f"surveys.thumbs: {CHOICE}csat, ces, nps."),
    ({"surveys": {"csat": {"scale": [1]}}}, "surveys.csat.scale: Length must be 2."),
    ({"surveys": {"csat": {"scale": [1, 4.5]}}}, f"surveys.csat.scale.1: {NO_WHOLE}"),
    ({"surveys": {"ces": {"direction": "hard"}}}, f"surveys.ces.direction: {CHOICE}easy, effort."),
    ({"surveys": {"csat": {"follow_up_below": "low"}}}, "surveys.csat.follow_up_below: Not a valid number."),
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
    ({"panel": {"origins": ["https://desk.example/path"]}}, f"panel.origins.0: {NO_ORIGIN}"),
    ({"panel": {"origins": ["https://desk.example; script-src *"]}}, f"panel.origins.0: {NO_ORIGIN}"),
    ({"panel": {"origins": ["https://desk.example\n"]}}, f"panel.origins.0: {NO_ORIGIN}"),
    ({"panel": {"origins": ["*"]}}, f"panel.origins.0: {NO_ORIGIN}"),
    ({"panel": {"roles": {"admin": "owner"}}}, f"panel.roles.admin: {CHOICE}lead, viewer."),
    ({"digests": []}, "digests._schema: Invalid input type."),
    ({"digests": {"email": "lead@desk.example"}}, f"digests.email: {NO_LIST}"),
    ({"digests": {"email": ["Eva <lead@desk.example>"]}}, f"digests.email.0: {NO_ADDRESS}"),
    ({"digests": {"email": ["lead@desk.example\nBcc: x@desk.example"]}}, f"digests.email.0: {NO_ADDRESS}"),
    ({"digests": {"email": [f"{n}@desk.example" for n in range(21)]}}, "digests.email: Longer than maximum length 20."),
    ({"digests": {"email": ["a@desk.example", "A@desk.example"]}}, "digests.email: Name each receiver once."),
    ({"digests": {"periods": ["monthly"]}}, f"digests.periods.0: {CHOICE}daily, weekly."),
    ({"summaries": {"daily": "8:00"}}, f"summaries.daily: {NO_TIME}"),
    ({"summaries": {"daily": "24:00"}}, f"summaries.daily: {NO_TIME}"),
    ({"summaries": {"weekly": "08:00"}}, f"summaries.weekly: {NO_DAY}"),
    ({"summaries": {"daily": "off\n"}}, f"summaries.daily: {NO_TIME}"),
    ({"summaries": {"daily": "08:00\n"}}, f"summaries.daily: {NO_TIME}"),
    ({"summaries": {"weekly": "off\n"}}, f"summaries.weekly: {NO_DAY}"),
    ({"summaries": {"weekly": "mon 08:00\n"}}, f"summaries.weekly: {NO_DAY}"),
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
        assert settings["digests"] == {"email": ["lead@desk.example"], "periods": ["weekly"]}

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

    def test_the_longest_target_is_one_that_a_clock_can_be_moved_by(self) -> None:
        settings = {"targets": {"chat": {"first_response": LARGEST, "goal": 90.0}}}
        assert check_settings(settings) == settings
        assert instant_of_iso("2026-06-01T00:00:00Z") + LARGEST * SECOND < instant_of_iso("2100-01-01T00:00:00Z")

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

    def test_targets_and_repeat_days_reach_the_rules(self) -> None:
        rules = rules_of(read_settings(WHOLE), 1)
        assert (rules.targets, rules.repeat_days) == ({"email": Target(14400, 95.0)}, 7)

    def test_without_targets_nothing_is_promised_and_a_week_is_a_repetition(self) -> None:
        assert (rules_of({}, 1).targets, rules_of({}, 1).repeat_days) == ({}, 7)
        assert rules_of({"repeat_days": 3}, 1).repeat_days == 3


#: Each schedule is open on Mondays for another number of hours.
SCHEDULES = {
    name: {"mon": [f"00:00-0{hours}:00"]} for hours, name in enumerate(("account", "channel", "department", "both"), 1)
}
MONDAY = instant_of_iso("2026-06-01T00:00:00Z"), instant_of_iso("2026-06-02T00:00:00Z")


def hours_on_monday(settings: dict[str, Any], channel: str = "email", department: str | None = None) -> int | None:
    schedule = rules_of(check_settings({"schedules": SCHEDULES, **settings}), 1).hours.schedule_for(channel, department)
    return None if schedule is None else schedule.seconds_between(*MONDAY) // 3600


class TestHours:
    def test_an_account_without_a_schedule_has_none_in_force(self) -> None:
        assert not rules_of({}, 1).hours
        assert not rules_of(check_settings({"schedules": SCHEDULES}), 1).hours
        assert hours_on_monday({}) is None

    def test_the_channel_in_the_department_stands_before_the_department_the_channel_and_the_account(self) -> None:
        settings: dict[str, Any] = {"schedule": "account"}
        assert hours_on_monday(settings, "chat", "porto") == 1
        settings["channels"] = {"chat": {"schedule": "channel"}}
        assert hours_on_monday(settings, "chat", "porto") == 2
        settings["departments"] = {"porto": {"schedule": "department"}}
        assert hours_on_monday(settings, "chat", "porto") == 3
        settings["departments"] = {"porto": {"channels": {"chat": {"schedule": "both"}}}}
        assert hours_on_monday(settings, "chat", "porto") == 4

    @pytest.mark.parametrize(
        ("channel", "department", "hours"),
        [("chat", "porto", 4), ("email", "porto", 3), ("chat", "faro", 2), ("chat", None, 2), ("email", None, 1)],
    )
    def test_each_is_in_force_only_where_it_was_put(self, channel: str, department: str | None, hours: int) -> None:
        settings: dict[str, Any] = {
            "schedule": "account",
            "channels": {"chat": {"schedule": "channel"}},
            "departments": {"porto": {"schedule": "department", "channels": {"chat": {"schedule": "both"}}}},
        }
        assert hours_on_monday(settings, channel, department) == hours

    @pytest.mark.parametrize(
        "settings",
        [
            {"schedule": "account"},
            {"channels": {"email": {"schedule": "account"}}},
            {"departments": {"porto": {"schedule": "account"}}},
            {"departments": {"porto": {"channels": {"email": {"schedule": "account"}}}}},
        ],
    )
    def test_one_schedule_anywhere_makes_hours(self, settings: dict[str, Any]) -> None:
        assert rules_of(check_settings({"schedules": SCHEDULES, **settings}), 1).hours
        assert hours_on_monday(settings, "email", "porto") == 1

    def test_a_schedule_without_a_zone_has_the_accounts(self) -> None:
        settings = {"time_zone": "Asia/Tokyo", "schedule": "a", "schedules": {"a": {}, "b": {"time_zone": "UTC"}}}
        here = rules_of(settings, 1).hours.account
        there = rules_of({**settings, "schedule": "b"}, 1).hours.account
        assert here is not None
        assert there is not None
        assert (here.zone.key, there.zone.key) == ("Asia/Tokyo", "UTC")

    def test_holidays_ranges_and_frozen_ones_are_all_days_off(self) -> None:
        main = {**frozen("HR"), "holidays": ["2026-12-25", "2026-12-30/2027-01-01"]}
        schedule = rules_of(check_settings({"schedule": "main", "schedules": {"main": main}}), 1).hours.account
        assert schedule is not None
        assert sorted(day.isoformat() for day in schedule.holidays) == [
            "2025-01-01", "2026-12-25", "2026-12-30", "2026-12-31", "2027-01-01",
        ]  # fmt: skip

    def test_spans_that_touch_are_one_and_a_day_may_be_whole(self) -> None:
        main = {"mon": ["00:00-09:00", "09:00-24:00"]}
        assert hours_on_monday({"schedule": "main", "schedules": {"main": main}}) == 24

    def test_the_same_settings_share_what_was_laid_out_of_their_years(self) -> None:
        settings = {"schedule": "account", "schedules": SCHEDULES}
        assert rules_of(settings, 1).hours is rules_of({**settings, "repeat_days": 3}, 2).hours
        assert rules_of(settings, 1).hours is not rules_of({**settings, "schedule": "both"}, 1).hours
