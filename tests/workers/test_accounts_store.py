"""Accounts as rows: what is saved comes back, secrets only under the key, and rules get a number when they count."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

import pytest
from sqlalchemy import select

from integrations.errors import GiveUp
from integrations.times import HOUR, SECOND, instant_of_iso
from tests.workers.accounts_for_tests import take
from tests.workers.standing import Clock, add_account, rows
from tests.workers.stories import created
from workers.accounts import ROTATION, Account, Secret
from workers.rules import COUNTING, InvalidSettings, check_settings, rules_of
from workers.runtime import Runtime
from workers.secrets import Vault
from workers.store import accounts, schema

#: A valid value of each key that decides what figures say, and one of each that does not.
COUNT = {
    "time_zone": "Europe/Lisbon",
    "schedule": "main",
    "repeat_days": 3,
    "schedules": {"main": {"mon": []}, "late": {}},
    "departments": {"porto": {"schedule": "main"}},
    "channels": {"chat": {"schedule": "main"}},
    "targets": {"chat": {"first_response": 60, "goal": 90.0}},
    "slices": {"region": "field:region"},
    "surveys": {"ces": {"direction": "effort"}},
    "bots": {"authors": ["bot"]},
    "exclude": {"tags": ["test"]},
    "tags": {"ignore": ["seen"]},
}
COUNT_NOTHING: dict[str, Any] = {
    "language": "hr",
    "desk": {"url": "https://desk.example", "poll_minutes": 3},
    "retention": {"call_bodies_days": 3},
    "panel": {"origins": ["https://desk.example"]},
    "digests": {"email": []},
    "summaries": {"daily": None},
    "actions": {"max_age_hours": 1},
}


def an_account(**settings: Any) -> Account:
    """An account that stands in no database."""
    checked = check_settings(settings)
    return Account("acme", "strict", checked, rules_of(checked, 1), (Secret("whsec_a2V5"),), {}, b"k" * 32)


def found(runtime: Runtime, slug: str = "acme", vault: Vault | None = None) -> Account | None:
    with runtime.database.read() as connection:
        return accounts.find(connection, slug, vault or runtime.vault)


def saved(runtime: Runtime, account: Account) -> Account | None:
    with runtime.database.write() as connection:
        accounts.save(connection, account, runtime.vault)
    return found(runtime, account.slug)


class TestRows:
    def test_a_new_account_is_found_as_it_was_made(self, runtime: Runtime) -> None:
        made = add_account(runtime, "acme", time_zone="Europe/Lisbon", slices={"land": "field:land"})
        assert found(runtime) == made
        assert made.rules.number == 1

    def test_everything_but_the_slug_can_be_saved_anew(self, runtime: Runtime) -> None:
        changed = replace(
            add_account(runtime, "acme"),
            credentials={"token": "čaj „7” 'x'"},
            desk_url="https://desk.example/ä",
            author="17",
            options={"webhook": 5, "nested": [None, True]},
        )
        assert saved(runtime, changed) == changed

    def test_saving_one_account_leaves_the_others(self, runtime: Runtime) -> None:
        first, second = add_account(runtime, "acme"), add_account(runtime, "bravo")
        saved(runtime, replace(first, author="1"))
        assert found(runtime, "bravo") == second

    def test_an_unknown_account_is_none(self, runtime: Runtime) -> None:
        assert found(runtime) is None
        with runtime.database.read() as connection:
            assert accounts.rules_number(connection, "acme") is None

    def test_slugs_are_sorted(self, runtime: Runtime) -> None:
        for slug in ("zeta", "acme", "m-1_x"):
            add_account(runtime, slug)
        with runtime.database.read() as connection:
            assert accounts.slugs(connection) == ["acme", "m-1_x", "zeta"]

    def test_a_slug_that_cannot_stand_in_an_address_is_refused(self, runtime: Runtime) -> None:
        for slug in ("", "Acme", "-acme", "a b", "a/b", "ä", "a" * 64, "acme."):
            with pytest.raises(GiveUp, match="must be of a-z, 0-9, - and _, and start with a letter or digit"):
                add_account(runtime, slug)
        assert not rows(runtime, schema.accounts)

    def test_a_slug_is_had_by_one_account(self, runtime: Runtime) -> None:
        made = add_account(runtime, "acme")
        with pytest.raises(GiveUp, match="there is an account acme already"):
            add_account(runtime, "acme", time_zone="Europe/Lisbon")
        assert found(runtime) == made

    def test_wrong_settings_make_no_account(self, runtime: Runtime) -> None:
        with pytest.raises(InvalidSettings, match="repeat_days"):
            add_account(runtime, "acme", repeat_days=0)
        assert not rows(runtime, schema.accounts)

    @pytest.mark.parametrize(("desk", "key"), [("generic", "timezone"), ("zammad", "poll_minuets"), ("zendesk", "x")])
    def test_a_key_that_the_desk_does_not_have_is_refused(self, runtime: Runtime, desk: str, key: str) -> None:
        told = {"desk": {"url": "https://desk.example", key: 1}}
        with pytest.raises(InvalidSettings, match=f"^desk.{key}: Unknown field.$"), runtime.database.write() as begun:
            accounts.add(begun, "acme", desk, told, secret="s", vault=runtime.vault, now=0)
        made = replace(add_account(runtime, "acme"), desk=desk)
        with pytest.raises(InvalidSettings, match=f"^desk.{key}: Unknown field.$"):
            accounts.with_settings(made, told)

    def test_a_key_of_the_desk_is_taken(self, runtime: Runtime) -> None:
        told = {"desk": {"walk": "list", "channels": {"note": "api"}}}
        made = replace(add_account(runtime, "acme"), desk="zammad")
        assert accounts.with_settings(made, told).settings == told

    def test_removing_one_takes_its_rows_and_no_others(self, runtime: Runtime) -> None:
        for slug in ("acme", "bravo"):
            take(runtime, add_account(runtime, slug), created(), origin="live")
        with runtime.database.write() as connection:
            accounts.remove(connection, "acme")
        for table in schema.work.sorted_tables:
            key = table.c.slug if table is schema.accounts else table.c.account
            with runtime.database.read() as connection:
                assert "acme" not in connection.execute(select(key)).scalars().all()
        assert [row.account for row in rows(runtime, schema.tickets)] == ["bravo"]


class TestSecrets:
    def test_nothing_secret_stands_in_the_row_as_it_is(self, runtime: Runtime) -> None:
        made = replace(add_account(runtime, "acme"), credentials={"token": "a-very-secret-token"})
        saved(runtime, made)
        row = repr(tuple(rows(runtime, schema.accounts)[0]))
        assert "whsec" not in row
        assert "a-very-secret-token" not in row
        assert made.customer_key.hex() not in row

    def test_every_account_has_a_customer_key_of_its_own_which_stays(self, runtime: Runtime) -> None:
        first, second = add_account(runtime, "acme"), add_account(runtime, "bravo")
        assert len(first.customer_key) == 32
        assert first.customer_key != second.customer_key
        again = saved(runtime, accounts.with_new_secret(first, "whsec_bmV3", runtime.clock()))
        assert again is not None
        assert again.customer_key == first.customer_key

    def test_another_key_opens_nothing(self, runtime: Runtime) -> None:
        add_account(runtime, "acme")
        with pytest.raises(GiveUp, match="DESKPULSE_SECRET_KEY_OLD"):
            found(runtime, vault=Vault(("another key",)))

    def test_an_earlier_key_still_opens(self, runtime: Runtime) -> None:
        made = add_account(runtime, "acme")
        earlier = runtime.settings.secret_key
        assert found(runtime, vault=Vault(("a new key", earlier))) == made

    def test_the_secret_that_was_replaced_proves_calls_for_another_day(self, clock: Clock) -> None:
        rotated = accounts.with_new_secret(an_account(), "whsec_bmV3", clock.now)
        assert rotated.active_secrets(clock.now) == [b"whsec_bmV3", b"whsec_a2V5"]
        assert rotated.active_secrets(clock.now + ROTATION - 1) == [b"whsec_bmV3", b"whsec_a2V5"]
        assert rotated.active_secrets(clock.now + ROTATION) == [b"whsec_bmV3"]

    def test_only_the_present_and_the_one_before_are_kept(self, clock: Clock) -> None:
        once = accounts.with_new_secret(an_account(), "second", clock.now)
        twice = accounts.with_new_secret(once, "third", clock.now + HOUR)
        assert twice.secrets == (Secret("third"), Secret("second", clock.now + HOUR + ROTATION))

    def test_what_the_desk_signs_with_proves_calls_beside_our_own_and_stays_when_that_is_changed(
        self, clock: Clock
    ) -> None:
        first = accounts.with_secrets_of_desk(an_account(), ["made by the desk"])
        assert first.active_secrets(clock.now) == [b"whsec_a2V5", b"made by the desk"]
        rotated = accounts.with_new_secret(first, "second", clock.now)
        assert rotated.active_secrets(clock.now) == [b"second", b"made by the desk", b"whsec_a2V5"]
        again = accounts.with_secrets_of_desk(rotated, ["made anew"])
        assert again.active_secrets(clock.now) == [b"second", b"made anew", b"whsec_a2V5"]
        assert again.access.credentials["secret"] == "second"

    def test_a_rotation_survives_the_row(self, runtime: Runtime, clock: Clock) -> None:
        rotated = accounts.with_new_secret(add_account(runtime, "acme"), "second", clock.now)
        again = saved(runtime, rotated)
        assert again is not None
        assert again.secrets == rotated.secrets

    def test_the_present_secret_is_a_credential_of_the_desk(self, clock: Clock) -> None:
        rotated = accounts.with_new_secret(an_account(), "second", clock.now)
        assert rotated.access.credentials["secret"] == "second"


class TestRulesNumber:
    @pytest.mark.parametrize("key", COUNTING)
    def test_what_counts_raises_the_number(self, key: str) -> None:
        schedules: dict[str, Any] = {"schedules": {"main": {"mon": []}}}
        before = an_account(**schedules)
        after = accounts.with_settings(before, {**schedules, "desk": {}, key: COUNT[key]})
        assert after.rules.number == 2
        assert after.settings[key] == COUNT[key]

    @pytest.mark.parametrize("key", COUNT_NOTHING)
    def test_what_counts_nothing_does_not(self, key: str) -> None:
        before = an_account()
        after = accounts.with_settings(before, {key: COUNT_NOTHING[key]})
        assert after.rules.number == 1
        assert after.settings == {key: COUNT_NOTHING[key]}

    def test_each_key_of_the_file_is_one_or_the_other(self) -> None:
        assert set(COUNT) == set(COUNTING)
        assert not set(COUNT_NOTHING) & set(COUNTING)

    def test_taking_a_key_away_raises_it_too(self) -> None:
        before = an_account(exclude={"tags": ["test"]})
        assert accounts.with_settings(before, {"desk": {}}).rules.number == 2

    def test_the_same_settings_again_keep_the_number(self) -> None:
        before = an_account(**COUNT)
        assert accounts.with_settings(before, dict(before.settings)) == before

    def test_going_back_is_another_number(self) -> None:
        first = an_account()
        there = accounts.with_settings(first, {"repeat_days": 9})
        assert accounts.with_settings(there, dict(first.settings)).rules.number == 3

    def test_the_number_in_force_is_read_from_the_row(self, runtime: Runtime) -> None:
        saved(runtime, accounts.with_settings(add_account(runtime, "acme"), {"repeat_days": 9}))
        with runtime.database.read() as connection:
            assert accounts.rules_number(connection, "acme") == 2

    def test_wrong_settings_change_nothing(self) -> None:
        with pytest.raises(InvalidSettings, match="colour: Unknown field"):
            accounts.with_settings(an_account(), {"colour": "red"})


def year(number: int) -> Clock:
    return Clock(instant_of_iso(f"{number}-06-01T00:00:00Z"))


def kept(account: Account, schedule: str = "main") -> dict[str, Any]:
    """The frozen holidays of a schedule."""
    found: dict[str, Any] = account.settings["schedules"][schedule]["holidays_frozen"]
    return found


class TestHolidaysOfACountry:
    CROATIA: ClassVar[dict[str, Any]] = {"schedules": {"main": {"mon": ["09:00-17:00"], "holidays_of": "HR"}}}

    @pytest.fixture
    def account(self) -> Account:
        return accounts.with_settings(an_account(), self.CROATIA, clock=year(2026))

    def test_ten_years_before_and_five_after_are_kept(self, account: Account) -> None:
        assert (kept(account)["of"], kept(account)["years"]) == ("HR", [2016, 2031])
        assert {"2016-12-25", "2026-05-30", "2026-06-04", "2031-01-06"} <= set(kept(account)["dates"])
        assert kept(account)["dates"] == sorted(set(kept(account)["dates"]))

    def test_they_are_days_off(self) -> None:
        settings = {**self.CROATIA, "schedule": "main"}
        schedule = accounts.with_settings(an_account(), settings, clock=year(2026)).rules.hours.account
        assert schedule is not None
        assert not schedule.is_working_day(date(2026, 4, 6))  # Easter Monday
        assert schedule.is_working_day(date(2026, 4, 13))

    def test_a_new_account_keeps_them_in_its_row(self, runtime: Runtime) -> None:
        made = add_account(runtime, "acme", **self.CROATIA)
        again = found(runtime)
        assert again == made
        assert again is not None
        assert kept(again)["of"] == "HR"

    def test_the_settings_without_them_change_nothing(self, account: Account) -> None:
        assert accounts.with_settings(account, self.CROATIA, clock=year(2026)) == account

    def test_what_is_shown_can_be_set_here_and_elsewhere(self, account: Account) -> None:
        assert accounts.with_settings(account, account.settings, clock=year(2026)) == account
        assert accounts.with_settings(an_account(), account.settings, clock=year(2026)) == account

    def test_another_library_changes_no_year_that_is_kept(self) -> None:
        held = {"of": "HR", "years": [2016, 2030], "dates": ["2020-02-29"]}
        account = an_account(schedules={"main": {"holidays_of": "HR", "holidays_frozen": held}})
        later = accounts.with_settings(account, self.CROATIA, clock=year(2026))
        assert kept(later)["years"] == [2016, 2031]
        assert [day for day in kept(later)["dates"] if day < "2031"] == ["2020-02-29"]
        assert "2031-12-25" in kept(later)["dates"]

    def test_the_years_of_the_file_stand_before_those_of_the_account(self) -> None:
        def main(year: int, *dates: str) -> dict[str, Any]:
            return {"holidays_of": "HR", "holidays_frozen": {"of": "HR", "years": [year, 2027], "dates": [*dates]}}

        account = an_account(schedules={"main": main(2025, "2025-02-03", "2026-02-03")})
        later = accounts.with_settings(account, {"schedules": {"main": main(2026, "2027-02-03")}}, clock=year(2026))
        dates = [day for day in kept(later)["dates"] if "2025" <= day < "2028"]
        assert dates == ["2025-02-03", "2027-02-03"]
        assert kept(later)["years"] == [2016, 2031]

    def test_years_that_have_gone_by_stay(self, account: Account) -> None:
        later = accounts.with_settings(account, self.CROATIA, clock=year(2040))
        assert kept(later)["years"] == [2016, 2045]
        assert {"2016-12-25", "2038-12-25", "2045-12-25"} <= set(kept(later)["dates"])

    def test_another_country_brings_its_own(self, account: Account) -> None:
        berlin = {"schedules": {"main": {"holidays_of": "DE-BE"}}}
        moved = accounts.with_settings(account, berlin, clock=year(2026))
        assert kept(moved)["of"] == "DE-BE"
        assert "2026-03-08" in kept(moved)["dates"]  # a holiday in two states of Germany only
        assert "2026-05-30" not in kept(moved)["dates"]
        assert moved.rules.number == account.rules.number + 1

    def test_each_schedule_has_its_own(self) -> None:
        both = {"schedules": {"main": {"holidays_of": "HR"}, "late": {"holidays_of": "DE"}, "none": {}}}
        account = accounts.with_settings(an_account(), both, clock=year(2026))
        assert (kept(account)["of"], kept(account, "late")["of"]) == ("HR", "DE")
        assert account.settings["schedules"]["none"] == {}

    def test_without_the_country_they_are_gone(self, account: Account) -> None:
        left = accounts.with_settings(account, {"schedules": {"main": {}}}, clock=year(2026))
        assert left.settings == {"schedules": {"main": {}}}


class TestAccount:
    @pytest.fixture
    def plain(self) -> Account:
        return an_account()

    def changed(self, account: Account, **settings: Any) -> Account:
        return accounts.with_settings(account, settings)

    def test_what_is_not_set_has_its_documented_value(self, plain: Account) -> None:
        assert (plain.max_age, plain.call_bodies_days, plain.poll_minutes) == (48 * HOUR, 30, 10)
        assert not plain.reachable
        assert plain.desk_zone is plain.rules.zone

    def test_what_is_set_is_taken(self, plain: Account) -> None:
        account = self.changed(
            plain,
            actions={"max_age_hours": 2},
            retention={"call_bodies_days": 9},
            desk={"poll_minutes": 3, "url": "https://desk.example", "time_zone": "Asia/Tokyo"},
        )
        assert (account.max_age, account.call_bodies_days, account.poll_minutes) == (2 * HOUR, 9, 3)
        assert account.reachable
        assert account.desk_zone.key == account.access.zone.key == "Asia/Tokyo"

    def test_naive_times_of_the_desk_are_in_the_accounts_zone_unless_said(self, plain: Account) -> None:
        assert self.changed(plain, time_zone="Europe/Lisbon").desk_zone.key == "Europe/Lisbon"

    def test_the_connected_address_stands_before_the_one_in_the_settings(self, plain: Account) -> None:
        account = self.changed(plain, desk={"url": "https://settings.example"})
        assert account.access.url == "https://settings.example"
        assert replace(account, desk_url="https://connected.example").access.url == "https://connected.example"

    def test_options_of_the_settings_stand_before_those_of_connect(self, plain: Account) -> None:
        account = replace(self.changed(replace(plain, desk="zammad"), desk={"walk": 1}), options={"walk": 2, "b": 3})
        assert account.access.options == {"walk": 1, "b": 3}

    def test_a_secret_ends_at_its_moment_and_not_after(self, plain: Account, clock: Clock) -> None:
        account = replace(plain, secrets=(Secret("old", clock.now + SECOND),))
        assert account.active_secrets(clock.now) == [b"old"]
        assert account.active_secrets(clock.now + SECOND) == []
