"""Every field of every form: what it takes, where its bounds are, and that a reason stands beside it alone."""

from __future__ import annotations

from typing import Any

import pytest

from plugin.panel.forms import general, schedule, slices, summaries, surveys, targets
from plugin.panel.forms.draft import Draft
from plugin.panel.forms.fields import Field, Section, grouped, sent_again
from tests.plugin.panel.forms.filling import ENGLISH, MODULES, SCENE, as_sent, outcome, taken
from workers.rules import check_settings

#: What has a value in every form, so that one changed field stands among filled ones.
HELD: dict[str, Any] = {
    "time_zone": "Europe/Vilnius",
    "repeat_days": 3,
    "schedule": "main",
    "schedules": {"main": {"mon": ["08:00-16:00"], "holidays": ["2026-05-01"]}},
    "targets": {"email": {"first_response": 3600, "goal": 75.0}},
    "slices": {"brand": "field:Brand"},
    "surveys": {"csat": {"scale": [1, 5]}, "ces": {"scale": [1, 7], "direction": "effort"}},
}


def at(settings: dict[str, Any], path: str) -> Any:
    """What stands at a path; None where nothing does."""
    found: Any = settings
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


class TestTaken:
    @pytest.mark.parametrize(
        ("module", "field", "text", "value"),
        [
            (general, "time_zone", "Pacific/Chatham", "Pacific/Chatham"),
            (general, "time_zone", "  UTC ", "UTC"),
            (general, "language", "sl", "sl"),
            (general, "repeat_days", "1", 1),
            (general, "repeat_days", "365", 365),
            (general, "repeat_days", "7.0", 7),
            (general, "repeat_days", "", None),
            (schedule, "schedules.main.mon", "", []),
            (schedule, "schedules.main.tue", "00:00-24:00", ["00:00-24:00"]),
            (schedule, "schedules.main.tue", "09:00-12:00,12:00-15:00", ["09:00-12:00", "12:00-15:00"]),
            (schedule, "schedules.main.sun", "23:59-24:00", ["23:59-24:00"]),
            (schedule, "schedules.main.wed", " 09:00-12:00 ;\t13:00-17:00 ", ["09:00-12:00", "13:00-17:00"]),
            (schedule, "schedules.main.holidays_of", "hr", "HR"),
            (schedule, "schedules.main.holidays_of", " de-be ", "DE-BE"),
            (schedule, "schedules.main.holidays", "2028-02-29", ["2028-02-29"]),
            (schedule, "schedules.main.holidays", "2026-12-24\r\n\r\n2026-12-31", ["2026-12-24", "2026-12-31"]),
            (schedule, "schedules.main.holidays", "2027-01-01/2027-12-31", ["2027-01-01/2027-12-31"]),
            (schedule, "schedules.main.holidays", "2028-01-01/2028-12-31", ["2028-01-01/2028-12-31"]),
            (schedule, "schedules.main.holidays", "", None),
            (targets, "targets.email.first_response", "1", 60),
            (targets, "targets.email.first_response", "1.5", 90),
            (targets, "targets.email.first_response", "0.02", 1),
            (targets, "targets.email.first_response", "10080", 604_800),
            (targets, "targets.email.goal", "0", 0.0),
            (targets, "targets.email.goal", "100", 100.0),
            (targets, "targets.email.goal", "99,5", 99.5),
            (targets, "targets.email.goal", "", None),
            (surveys, "surveys.csat.scale.high", "10", [1, 10]),
            (surveys, "surveys.csat.follow_up_below", "2.5", 2.5),
            (surveys, "surveys.csat.channels", "chat email", ["chat", "email"]),
            (surveys, "surveys.csat.channels", " chat , email, ", ["chat", "email"]),
            (surveys, "surveys.nps.expires_days", "1", 1),
            (surveys, "surveys.nps.expires_days", "365", 365),
            (surveys, "surveys.nps.question.en", "q" * 300, "q" * 300),
            (surveys, "surveys.ces.direction", "easy", None),
            (surveys, "asking.days_between", "0", 0),
            (surveys, "asking.days_between", "3650", 3650),
            (surveys, "asking.share", "0", 0.0),
            (surveys, "asking.share", "100", 100.0),
            (surveys, "asking.share", "33.3", 33.3),
            (summaries, "summaries.daily", "00:00", "00:00"),
            (summaries, "summaries.daily", "23:59", "23:59"),
            (summaries, "summaries.daily", "", "off"),
        ],
    )  # fmt: skip
    def test_what_is_right_is_taken_as_it_is_meant(self, module: Any, field: str, text: str, value: Any) -> None:
        found = outcome(module, HELD, {field: text})
        assert found.wrong == {}
        path = field.removesuffix(".high")
        assert at(found.settings, path) == value
        assert type(at(found.settings, path)) is type(value)

    @pytest.mark.parametrize(
        ("day", "clock", "value"),
        [("mon", "08:00", "mon 08:00"), ("sun", "23:59", "sun 23:59"), ("off", "08:00", "off"), ("fri", "", "off")],
    )
    def test_a_weekly_summary_has_a_day_and_a_clock(self, day: str, clock: str, value: str) -> None:
        found = outcome(summaries, {}, {"summaries.weekly": day, "summaries.weekly_at": clock})
        assert (found.wrong, found.settings["summaries"]["weekly"]) == ({}, value)


class TestRefused:
    @pytest.mark.parametrize(
        ("module", "field", "text"),
        [
            *((general, "time_zone", text) for text in ("Europe", "Europe/Mars", "../../etc/passwd", "x" * 999, "\0")),
            *((general, "language", text) for text in ("xx", "EN", "en-GB", "<b>")),
            *((general, "repeat_days", text) for text in ("0", "-1", "366", "2.5", "1e3", "x", "nan", "inf", "9e99")),
            *(
                (schedule, "schedules.main.tue", text)
                for text in (
                    "9:00-17:00", "09:00", "09:00-", "17:00-09:00", "09:00-09:00", "09:00-24:01", "24:00-24:00",
                    "closed", "09:60-10:00", "09:00-12:00 11:59-13:00", "13:00-14:00 09:00-10:00", "09:00–17:00",
                    "-09:00-10:00",
                )
            ),
            *((schedule, "schedules.main.holidays_of", text) for text in ("Croatia", "HR-", "DE-XX", "-", "../HR")),
            *(
                (schedule, "schedules.main.holidays", text)
                for text in (
                    "2026-02-29", "2026-13-01", "24.12.2026", "20261224", "2026-12-31/2026-12-24", "2026-12-24/",
                    "/2026-12-24", "2026-01-01/2027-01-02", "2026-12-24//2026-12-25", "2026-12-24 / 2026-12-25",
                )
            ),
            *((targets, "targets.email.first_response", text) for text in ("0", "0.001", "-5", "soon", "nan", "1e999")),
            *((targets, "targets.email.goal", text) for text in ("-1", "100.1", "most", "nan", "-inf", "90 %")),
            *((surveys, "surveys.csat.channels", text) for text in ("pigeon", "chat;email", "Chat", "chat/email")),
            *((surveys, "surveys.csat.follow_up_below", text) for text in ("low", "nan", "inf", "3 of 5")),
            *((surveys, "surveys.csat.expires_days", text) for text in ("0", "366", "-3", "1.5", "week", "inf")),
            (surveys, "surveys.csat.question.en", "q" * 301),
            *((surveys, "surveys.ces.direction", text) for text in ("hard", "EASY", " ")),
            *((surveys, "asking.days_between", text) for text in ("-1", "3651", "0.5", "nan", "1e30")),
            *((surveys, "asking.share", text) for text in ("-0.1", "100.01", "half", "nan", "inf")),
            *((summaries, "summaries.daily", text) for text in ("24:00", "8:00", "08:60", "8", "noon", "08:00:00")),
            *((summaries, "summaries.weekly", text) for text in ("monday", "MON", "0", "mon tue", "")),
            *((surveys, "surveys.csat.scale.low", text) for text in ("", "one", "1.5", "nan", "9" * 30, "9" * 5000)),
        ],
        ids=lambda value: value[:24].encode("unicode_escape").decode() if isinstance(value, str) else None,
    )  # fmt: skip
    def test_what_is_wrong_is_told_beside_its_field_alone(self, module: Any, field: str, text: str) -> None:
        found = outcome(module, HELD, {field: text})
        assert found.marked == [field]
        assert found.again.errors == ()
        shown = {each.name: each.value for each in found.again.fields}
        assert shown == dict.fromkeys(shown, "") | as_sent(module, HELD) | {field: text}

    def test_a_clock_of_the_weekly_summary_is_told_beside_its_day(self) -> None:
        found = outcome(summaries, {}, {"summaries.weekly": "mon", "summaries.weekly_at": "25:00"})
        assert found.marked == ["summaries.weekly"]

    @pytest.mark.parametrize(
        ("kind", "scale"), [("csat", ("5", "1")), ("csat", ("1", "6")), ("csat", ("2", "6")), ("nps", ("1", "10"))]
    )
    def test_a_scale_that_cannot_be_asked_is_told_beside_its_lower_end(self, kind: str, scale: tuple[str, str]) -> None:
        low, high = (f"surveys.{kind}.scale.{end}" for end in ("low", "high"))
        found = outcome(surveys, {}, {f"surveys.{kind}.ask": "on", low: scale[0], high: scale[1]})
        assert (found.marked, found.again.errors) == ([low], ())

    @pytest.mark.parametrize("scale", [("1", "6"), ("2", "6"), ("-2", "2"), ("0", "1000000")])
    def test_a_scale_that_is_only_read_may_be_any(self, scale: tuple[str, str]) -> None:
        sent = {"surveys.csat.scale.low": scale[0], "surveys.csat.scale.high": scale[1]}
        found = outcome(surveys, {}, sent)
        assert found.wrong == {}
        assert found.settings["surveys"]["csat"]["scale"] == [int(end) for end in scale]
        again = as_sent(surveys, found.settings)
        assert {name: again[name] for name in sent} == sent

    def test_several_wrong_fields_are_all_told_at_once(self) -> None:
        wrong = {"targets.email.first_response": "soon", "targets.email.goal": "most"}
        assert outcome(targets, HELD, wrong).marked == list(wrong)
        unchecked = {"time_zone": "Mars", "language": "xx", "repeat_days": "400"}
        assert outcome(general, HELD, unchecked).marked == list(unchecked)

    def test_what_was_held_before_stands_until_the_form_is_right(self) -> None:
        draft = taken(general, HELD, as_sent(general, HELD) | {"repeat_days": "nan"})
        assert draft.settings["repeat_days"] == HELD["repeat_days"]
        assert draft.wrong == {"repeat_days": "Write a number."}


class TestSlices:
    def rows(self, *pairs: tuple[str, str]) -> dict[str, str]:
        """What is sent of these rows; the others stay empty."""
        padded = [*pairs, *[("", "")] * (5 - len(pairs))]
        return {
            f"slice.{place}.{part}": text
            for place, pair in enumerate(padded)
            for part, text in zip(("name", "field"), pair, strict=True)
        }

    def test_five_are_kept_in_their_order_without_gaps(self) -> None:
        found = outcome(
            slices, HELD, self.rows(("e", "E"), ("", ""), ("b", "field:b"), (" c ", " Two words "), ("a", "Ä"))
        )
        assert found.wrong == {}
        assert list(found.settings["slices"].items()) == [
            ("e", "field:E"), ("b", "field:field:b"), ("c", "field:Two words"), ("a", "field:Ä"),
        ]  # fmt: skip
        assert as_sent(slices, found.settings)["slice.1.field"] == "field:b"

    def test_all_of_them_emptied_are_none(self) -> None:
        assert "slices" not in outcome(slices, HELD, self.rows()).settings

    @pytest.mark.parametrize(
        ("pairs", "marked"),
        [
            ((("region", ""),), ["slice.0.field"]),
            ((("", "Region"),), ["slice.0.name"]),
            ((("", ""), ("  ", "Region")), ["slice.1.name"]),
            ((("region", "A"), ("region", "B")), ["slice.1.name"]),
            ((("region", "A"), ("brand", "B"), ("region", "A")), ["slice.2.name"]),
            ((("a", ""), ("", "B")), ["slice.0.field", "slice.1.name"]),
        ],
    )
    def test_half_a_slice_and_one_that_is_there_twice_are_told_beside_it(
        self, pairs: tuple[tuple[str, str], ...], marked: list[str]
    ) -> None:
        assert outcome(slices, {}, self.rows(*pairs)).marked == marked

    @pytest.mark.parametrize(
        "name", ["Region", "1st", "a b", "a-b", "a.b", "channel", "week", "agent", "ä", "x'--", "<b>"]
    )
    def test_a_name_that_cannot_be_is_told_by_its_name(self, name: str) -> None:
        found = outcome(slices, {}, self.rows((name, "Field")))
        assert [error.partition(": ")[0] for error in found.again.errors] == [f"slices.{name}"]
        assert found.again.fields[0].value == name


class TestSchedule:
    def test_a_name_with_points_is_one_name(self) -> None:
        held = {
            "schedule": "eu.west",
            "schedules": {"eu.west": {"mon": ["09:00-17:00"]}, "eu": {"sun": ["10:00-11:00"]}},
        }
        found = outcome(schedule, held, {"schedules.eu.west.tue": "10:00-12:00"})
        assert found.wrong == {}
        assert set(found.settings["schedules"]) == {"eu.west", "eu"}
        assert found.settings["schedules"]["eu.west"]["tue"] == ["10:00-12:00"]
        assert found.settings["schedules"]["eu"] == {"sun": ["10:00-11:00"]}

    def test_what_the_form_does_not_show_of_a_schedule_stays(self) -> None:
        held = {"schedule": "main", "schedules": {"main": {"time_zone": "Asia/Tokyo", "mon": ["09:00-17:00"]}}}
        found = outcome(schedule, held, {"schedules.main.mon": ""})
        assert found.settings["schedules"]["main"]["time_zone"] == "Asia/Tokyo"

    @pytest.mark.parametrize(("country", "kept"), [("HR", True), ("", False)])
    def test_frozen_holidays_go_with_their_country(self, country: str, kept: bool) -> None:
        frozen = {"of": "HR", "years": [2026, 2026], "dates": ["2026-05-01"]}
        held = {"schedule": "main", "schedules": {"main": {"holidays_of": "HR", "holidays_frozen": frozen}}}
        found = outcome(schedule, held, {"schedules.main.holidays_of": country})
        assert found.wrong == {}
        assert ("holidays_frozen" in found.settings["schedules"]["main"]) is kept

    def test_an_empty_form_of_an_account_without_hours_leaves_no_trace(self) -> None:
        assert outcome(schedule, {}, {}).settings == {}

    def test_hours_that_are_ticked_without_any_are_closed_all_week(self) -> None:
        found = outcome(schedule, {}, {"schedule": "on"})
        assert found.wrong == {}
        assert set(map(tuple, found.settings["schedules"]["main"].values())) == {()}

    def test_a_schedule_that_is_not_there_is_told_at_the_box(self) -> None:
        draft = Draft({"schedule": "gone"}, ENGLISH)
        wrong = {"schedule": "there is no [schedules.gone]"}
        again = sent_again(schedule.section(draft.settings, SCENE), {"schedule": "on"}, wrong)
        assert [(each.name, each.value) for each in again.fields if each.error] == [("schedule", "on")]


class TestTargets:
    def test_channels_that_the_account_has_or_that_have_a_target_are_offered_once(self) -> None:
        names = [each.name for each in targets.section({"targets": {"voice": {"first_response": 30}}}, SCENE).fields]
        assert names == [
            f"targets.{channel}.{part}" for channel in ("email", "chat", "voice") for part in ("first_response", "goal")
        ]

    @pytest.mark.parametrize(
        ("seconds", "minutes"),
        [(1, "0.01666666667"), (30, "0.5"), (60, "1"), (90, "1.5"), (100, "1.666666667"), (86_400, "1440"),
         (864_123, "14402.05"), (60_000_000, "1000000"), (123_456_789, "2057613.15")],
    )  # fmt: skip
    def test_seconds_are_shown_as_minutes_and_come_back_to_the_second(self, seconds: int, minutes: str) -> None:
        held = {"targets": {"chat": {"first_response": seconds, "goal": 80.0}}}
        sent = as_sent(targets, held)
        assert sent["targets.chat.first_response"] == minutes
        assert taken(targets, held, sent).settings == held

    def test_a_goal_without_minutes_is_no_target(self) -> None:
        found = outcome(targets, {}, {"targets.chat.first_response": " ", "targets.chat.goal": "80"})
        assert (found.settings, found.wrong) == ({}, {})

    def test_a_channel_that_is_not_in_the_form_keeps_its_target(self) -> None:
        held = {"targets": {"voice": {"first_response": 30, "goal": 80.0}}}
        assert taken(targets, held, {"targets.email.first_response": "5"}).settings["targets"] == {
            **held["targets"], "email": {"first_response": 300},
        }  # fmt: skip


class TestForeign:
    @pytest.mark.parametrize("module", MODULES, ids=lambda module: module.KEY)
    def test_fields_that_no_form_has_change_nothing(self, module: Any) -> None:
        foreign = {
            "desk.url": "https://evil.example", "panel.roles": "lead", "targets.pigeon.first_response": "5",
            "schedules.other.mon": "09:00-10:00", "slice.5.name": "sixth", "slice.5.field": "Sixth", "__class__": "x",
            "surveys.csat.version": "9", "surveys.xyz.ask": "on", "asking": "x", "": "x", "summaries.monthly": "x",
            "form_token": "x", "section": "other", "surveys.csat.question.xx": "?", "slice.-1.name": "x",
        }  # fmt: skip
        sent = as_sent(module, HELD)
        assert taken(module, HELD, sent | foreign).settings == taken(module, HELD, sent).settings

    @pytest.mark.parametrize("module", MODULES, ids=lambda module: module.KEY)
    def test_a_form_changes_only_what_it_shows(self, module: Any) -> None:
        others = {
            "desk": {"url": "https://desk.example", "poll_minutes": 5}, "exclude": {"tags": ["x"]},
            "bots": {"authors": ["9"]}, "departments": {"d": {}}, "panel": {"origins": ["https://desk.example"]},
        }  # fmt: skip
        held = check_settings(HELD | others)
        after = taken(module, held, dict.fromkeys(as_sent(module, held), "")).settings
        assert {name: after[name] for name in others} == others
        owned = {"general": {"time_zone", "language", "repeat_days"}, "schedule": {"schedule", "schedules"},
                 "surveys": {"surveys", "asking"}}.get(module.KEY, {module.KEY})  # fmt: skip
        assert {name for name in held.keys() | after.keys() if held.get(name) != after.get(name)} <= owned

    @pytest.mark.parametrize("module", MODULES, ids=lambda module: module.KEY)
    def test_what_was_held_is_not_touched_by_what_is_drafted(self, module: Any) -> None:
        before = repr(HELD)
        taken(module, HELD, dict.fromkeys(as_sent(module, HELD), "1"))
        assert repr(HELD) == before


class TestDraft:
    @pytest.mark.parametrize(
        ("settings", "path", "value", "after"),
        [
            ({}, "a", 1, {"a": 1}),
            ({}, "a.b.c", 1, {"a": {"b": {"c": 1}}}),
            ({}, "a.b.c", None, {}),
            ({"a": {"b": {"c": 1}}}, "a.b.c", None, {}),
            ({"a": {"b": {"c": 1}, "d": 2}}, "a.b.c", None, {"a": {"d": 2}}),
            ({"a": {"b": {"c": 1, "d": 2}}}, "a.b.c", None, {"a": {"b": {"d": 2}}}),
            ({"a": {"b": []}}, "a.c", None, {"a": {"b": []}}),
            ({}, ("a.b", "c"), 0, {"a.b": {"c": 0}}),
            ({"a.b": {"c": 0}, "a": {"b": 1}}, ("a.b", "c"), None, {"a": {"b": 1}}),
            ({"a": 1}, "a", False, {"a": False}),
        ],
    )
    def test_what_is_put_stands_there_and_empty_tables_go(
        self, settings: dict[str, Any], path: str | tuple[str, ...], value: Any, after: dict[str, Any]
    ) -> None:
        draft = Draft(settings, ENGLISH)
        draft.put(path, value)
        assert draft.settings == after


class TestShownAgain:
    SECTION = Section("k", "K", "", tuple(map(Field, ("a", "a.b", "a.bc", "d.low", "d.high"), "ABCDE")))

    @pytest.mark.parametrize(
        ("path", "marked"),
        [
            ("a", "a"), ("a.x", "a"), ("a.b", "a.b"), ("a.b.0", "a.b"), ("a.bc", "a.bc"), ("a.bcd", "a"),
            ("d", "d.low"), ("d.high", "d.high"), ("d.high.1", "d.high"), ("d.l", ""), ("dd", ""), ("", ""), ("b", ""),
        ],
    )  # fmt: skip
    def test_a_reason_finds_the_nearest_field(self, path: str, marked: str) -> None:
        again = sent_again(self.SECTION, {}, {path: "no"})
        assert [each.name for each in again.fields if each.error] == ([marked] if marked else [])
        assert again.errors == (() if marked else (f"{path}: no",))

    def test_reasons_about_parts_of_one_field_stand_together(self) -> None:
        again = sent_again(self.SECTION, {"a.b": "x y"}, {"a.b.0": "first.", "a.b.1": "second."})
        assert (again.fields[1].value, again.fields[1].error) == ("x y", "first. second.")

    def test_only_neighbours_of_one_name_are_grouped(self) -> None:
        fields = [Field(name, "", group=group) for name, group in zip("abcd", ("x", "x", "", "x"), strict=True)]
        assert [(each.number, each.name, len(each.fields)) for each in grouped(fields)] == [
            (0, "x", 2), (1, "", 1), (2, "x", 1),
        ]  # fmt: skip
