"""Digests: each receiver is told once about each day and week, whatever fails, and no desk is needed for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import orjson
import pytest
import requests
import responses

from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant
from tests.integrations.outlets.strict_mail import SILENT, Mailbox, serving
from tests.workers.small_world import a_week, at, tell, ticket
from tests.workers.standing import Clock, Nudged, add_account, row, rows
from workers.accounts import Account
from workers.digests import receivers_of, send_digests
from workers.doctor import examine, try_again
from workers.periods import day_of
from workers.retries import DELAYS
from workers.runtime import Runtime
from workers.schedule import due_digests
from workers.store import accounts, digests, schema
from workers.store.digests import LEASE, Claimed
from workers.store.due import Summary
from workers.store.leases import LeaseLost
from workers.summaries import marker_of
from workers.sweep import sweep

YESTERDAY = day_of(date(2026, 3, 17))
LAST_WEEK = day_of(date(2026, 3, 9))
MORNING = at("2026-03-18 08:00")
WEBHOOK = "https://hooks.slack.com/services/T00000000/B00000000/aSecretOfTheseTests"
LEAD, SECOND_LEAD = "lead@desk.example", "second@desk.example"
WHAT = Summary("acme", "daily", YESTERDAY)

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class World:
    """A runtime, the account acme with tickets of two weeks, and the mail server."""

    runtime: Runtime
    clock: Clock
    box: Mailbox

    def send(self, period: str = "daily", day: int = YESTERDAY) -> None:
        send_digests(self.runtime, "acme", period, day)

    def row(self, receiver: str = LEAD) -> Any:
        return row(self.runtime, schema.digests, receiver=receiver)

    def states(self) -> dict[str, str]:
        return {each.receiver: each.state for each in rows(self.runtime, schema.digests)}

    def claim(self, what: Summary = WHAT) -> Claimed | None:
        with self.runtime.database.write() as connection:
            return digests.claim(connection, what, now=self.clock.now)

    def change(self, **changed: Any) -> Account:
        """The account with other digests, or another field."""
        with self.runtime.database.write() as connection:
            found = accounts.find(connection, "acme", self.runtime.vault)
            assert found is not None
            if "digests" in changed:
                changed = {"settings": {**found.settings, **changed}}
            account = replace(found, **changed)
            accounts.save(connection, account, self.runtime.vault)
        return account

    def told(self) -> list[str]:
        """What `deskpulse doctor` says of digests."""
        return [each.sentence for each in examine(self.runtime, "acme") if "digest" in each.sentence]


def make(runtime: Runtime, clock: Clock, box: Mailbox, **told: Any) -> World:
    settings = runtime.settings.changed(
        DESKPULSE_SMTP_URL=f"smtp://127.0.0.1:{box.port}",
        DESKPULSE_MAIL_FROM="Deskpulse <pulse@desk.example>",
        DESKPULSE_PUBLIC_URL="https://pulse.example",
    )
    runtime = replace(runtime, settings=settings)
    clock.now = MORNING
    asked = {"desk": "generic", "digests": {"email": [LEAD]}, "time_zone": "Europe/Zagreb", **told}
    account = add_account(runtime, "acme", desk=asked.pop("desk"), **asked)
    yesterday = [
        ticket(
            "1", "2026-03-17 10:00", answered=10, resolved=100, csat=1, comment="<b>Eva</b> never called, a@b.example"
        ),
        ticket("2", "2026-03-17 11:00", channel="chat", answered=2, resolved=30, csat=5, comment="Great"),
    ]
    people = {"agent": {"7": "Eva Horvat"}}
    tell(runtime, account, *yesterday, *a_week("2026-03-02", 14, "w", answered=20, resolved=90), names=people)
    return World(runtime, clock, box)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with serving(Mailbox()) as made:
        yield made


@pytest.fixture
def world(runtime: Runtime, clock: Clock, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr("workers.doctor._REDIS_SECONDS", 0.1)
    monkeypatch.setattr("integrations.outlets.email._TIMEOUT", 0.4)
    return make(runtime, clock, box)


def html(box: Mailbox) -> str:
    found = box.letters[-1].get_body(("html",))
    assert found is not None
    text: str = found.get_content()
    return text


class TestRows:
    """On both databases."""

    def test_a_receiver_is_told_once(self, world: World) -> None:
        for _ in range(3):
            world.send()
        world.clock.now += 10 * DAY
        world.send()
        assert (world.box.receivers, len(world.box.taken)) == ([LEAD], 1)
        assert world.states() == {LEAD: "done"}

    def test_a_row_stands_before_anything_is_sent_and_is_done_last(self, world: World) -> None:
        found: list[str] = []
        world.box.on_content = lambda: found.append(world.row().state)
        world.send()
        assert found == ["sending"]
        assert world.row().state == "done"

    def test_two_workers_never_have_the_same_one(self, world: World) -> None:
        world.change(digests={"email": [LEAD, SECOND_LEAD]})
        with world.runtime.database.write() as connection:
            digests.begin(connection, WHAT, [("email", LEAD), ("email", SECOND_LEAD)], now=world.clock.now)
        held = [world.claim(), world.claim(), world.claim()]
        assert [each and each.receiver for each in held] == [LEAD, SECOND_LEAD, None]

    def test_a_worker_that_paused_finishes_nothing_of_its_successor(self, world: World) -> None:
        with world.runtime.database.write() as connection:
            digests.begin(connection, WHAT, [("email", LEAD)], now=world.clock.now)
        first = world.claim()
        world.clock.now += LEASE
        second = world.claim()
        assert first is not None
        assert second is not None
        with pytest.raises(LeaseLost), world.runtime.database.write() as connection:
            digests.hand_over(connection, first, now=world.clock.now)
        with world.runtime.database.write() as connection:
            digests.finish(connection, second)
        assert world.row().state == "done"

    def test_what_waits_is_found_when_it_is_due(self, world: World) -> None:
        world.box.answers = {"rcpt": "421 busy"}
        world.send()
        assert self.due(world) == []
        world.clock.now += MINUTE
        assert self.due(world) == [WHAT]

    def test_removing_the_account_removes_them(self, world: World) -> None:
        world.send()
        with world.runtime.database.write() as connection:
            accounts.remove(connection, "acme")
        assert rows(world.runtime, schema.digests) == []

    def due(self, world: World) -> list[Summary]:
        with world.runtime.database.read() as connection:
            return digests.due(connection, now=world.clock.now)


@on_sqlite
class TestWhatIsSent:
    def test_it_says_what_the_summary_says_and_leads_to_the_same_days(self, world: World) -> None:
        world.send()
        page = html(world.box)
        assert world.box.letters[0]["Subject"] == "Deskpulse: Tuesday 17 March 2026"
        for heading in ("What changed", "Where", "What customers said", "What to do next"):
            assert heading in page
        assert "Ticket 1 (E-mail): CSAT 1 on 1 to 5" in page
        assert (
            'href="https://pulse.example/panel/acme/overview?period=days&amp;from=2026-03-17&amp;to=2026-03-17"' in page
        )
        assert "As it stood on 18 March 2026, 09:00" in page

    def test_a_week_leads_to_its_days(self, world: World) -> None:
        world.send("weekly", LAST_WEEK)
        assert "from=2026-03-09&amp;to=2026-03-15" in html(world.box)
        assert world.box.letters[0]["Subject"] == "Deskpulse: the week from 9 March 2026 to 15 March 2026"

    def test_no_customer_and_no_agent_is_in_it_and_no_comment_is_markup(self, world: World) -> None:
        world.send()
        everything = world.box.taken[0].decode() + html(world.box)
        assert not [word for word in ("Eva", "Horvat", "a@b.example", "c-1") if word in everything]
        assert "&lt;b&gt;" in html(world.box)
        assert "<b>" not in html(world.box)

    def test_channels_are_drawn_where_there_are_several(self, world: World) -> None:
        world.send()
        assert html(world.box).count('height="10" bgcolor') == 2
        world.send("weekly", LAST_WEEK)
        assert html(world.box).count('height="10" bgcolor') == 0

    @pytest.mark.parametrize(
        ("code", "title"),
        [("hr", "Deskpulse: utorak, 17. ožujka 2026."), ("bg", "Deskpulse: вторник, 17 март 2026\u202fг.")],
    )
    def test_it_is_in_the_language_of_the_account(self, world: World, code: str, title: str) -> None:
        account = world.change(digests={"email": [LEAD]})
        world.change(settings={**account.settings, "language": code})
        world.send()
        (letter,) = world.box.letters
        assert letter["Subject"].replace("\u202f", " ") == title.replace("\u202f", " ")
        assert letter["Content-Language"] == code

    def test_it_is_marked_as_the_summary_of_the_desk_is(self, world: World) -> None:
        world.send()
        marker = marker_of(world.change(), "daily", YESTERDAY).replace(":", ".")
        assert world.box.letters[0]["Message-ID"] == f"<{marker}@desk.example>"

    def test_without_an_address_of_the_panel_it_leads_nowhere(self, world: World) -> None:
        world.runtime = replace(world.runtime, settings=world.runtime.settings.changed(DESKPULSE_PUBLIC_URL=""))
        world.send()
        assert "<a " not in html(world.box)

    def test_slack_gets_it_at_an_address_that_is_kept_sealed(self, world: World) -> None:
        world.change(slack=WEBHOOK, digests={})
        world.change(slack=WEBHOOK)
        with responses.RequestsMock() as slack:
            slack.post(WEBHOOK, body="ok")
            world.send()
            (call,) = slack.calls
        assert orjson.loads(call.request.body or b"")["text"] == "Deskpulse: Tuesday 17 March 2026"
        assert not [each for each in rows(world.runtime, schema.digests) if "aSecret" in repr(each)]
        assert b"aSecret" not in bytes(row(world.runtime, schema.accounts).sealed)


@on_sqlite
class TestReceivers:
    def test_each_gets_a_letter_of_their_own(self, world: World) -> None:
        world.change(digests={"email": [LEAD, SECOND_LEAD]})
        world.send()
        assert sorted(world.box.receivers) == [LEAD, SECOND_LEAD]
        assert [SECOND_LEAD in each.decode() for each in world.box.taken].count(True) == 1

    def test_one_that_fails_keeps_nobody_waiting(self, world: World) -> None:
        world.change(digests={"email": [LEAD, SECOND_LEAD]}, slack="")
        world.change(slack=WEBHOOK)
        world.box.answers = {"rcpt": "550 unknown"}
        with responses.RequestsMock() as slack:
            slack.post(WEBHOOK, body="ok")
            world.send()
        assert world.states() == {LEAD: "given_up", SECOND_LEAD: "given_up", "": "done"}

    def test_who_comes_later_gets_the_next_one(self, world: World) -> None:
        world.box.answers = {"rcpt": "421 busy"}
        world.send()
        world.box.answers = {}
        world.change(digests={"email": [LEAD, SECOND_LEAD]})
        world.clock.now += MINUTE
        world.send()
        assert world.states() == {LEAD: "done"}

    @pytest.mark.parametrize(
        "changed", [{"email": []}, {"email": [SECOND_LEAD]}, {"email": [LEAD], "periods": ["weekly"]}]
    )
    def test_who_is_taken_out_gets_none_that_waited(self, world: World, changed: dict[str, Any]) -> None:
        world.box.answers = {"rcpt": "421 busy"}
        world.send()
        world.box.answers = {}
        world.change(digests=changed)
        world.clock.now += MINUTE
        world.send()
        assert (world.states(), world.box.taken) == ({LEAD: "done"}, [])

    def test_nobody_is_told_of_a_period_that_is_not_wanted(self, world: World) -> None:
        world.change(digests={"email": [LEAD], "periods": ["weekly"]})
        world.send()
        assert world.states() == {}

    @pytest.mark.parametrize("day", [YESTERDAY + 1, YESTERDAY + 30, day_of(date(2026, 2, 20))])
    def test_nothing_is_told_of_a_day_that_is_not_over_or_before_all_tickets(self, world: World, day: int) -> None:
        world.send(day=day)
        assert world.states() == {}

    def test_an_account_or_a_period_that_is_not_there_is_no_fault(self, world: World) -> None:
        send_digests(world.runtime, "nobody", "daily", YESTERDAY)
        world.send("hourly")
        assert world.states() == {}


@on_sqlite
class TestFailing:
    def test_a_server_that_is_busy_is_asked_again_by_the_usual_table(self, world: World) -> None:
        world.box.answers = {"rcpt": "450 later"}
        world.send()
        assert (world.row().state, world.row().attempts) == ("waiting", 1)
        assert DELAYS[0] <= world.row().next_at - world.clock.now <= 1.1 * DELAYS[0]
        assert world.told() == [f"1 digests were put off ({world.row().error}) and are tried again by themselves"]
        world.box.answers = {}
        world.clock.now += 10 * SECOND
        world.send()
        assert (world.row().state, world.row().error, len(world.box.taken)) == ("done", None, 1)

    def test_a_server_that_stays_away_is_given_up_after_three_days(self, world: World) -> None:
        world.box.answers = {"connect": "421 away"}
        start = world.clock.now
        while world.row().state == "waiting" if world.states() else True:
            world.send()
            world.clock.now = max(world.clock.now, world.row().next_at)
        assert world.row().state == "given_up"
        assert 3 * DAY < world.clock.now - start < 4 * DAY

    def test_a_refusal_is_given_up_told_and_tried_again_when_asked(self, world: World) -> None:
        world.box.answers = {"rcpt": "550 5.1.1 unknown"}
        world.send()
        assert world.told() == [
            (
                "1 digests were given up (127.0.0.1 answered 550 5.1.1 unknown): "
                "mend that, then `deskpulse doctor --retry` sends them, whatever their day"
            )
        ]
        world.box.answers = {}
        world.send()
        assert world.box.taken == []
        assert try_again(world.runtime, "acme") == 1
        world.send()
        assert len(world.box.taken) == 1
        assert world.told() == ["digests: 1 receivers, the latest of 2026-03-17"]

    def test_a_content_without_an_answer_is_not_sent_twice(self, world: World) -> None:
        world.box.answers = {"content": SILENT}
        world.send()
        world.box.answers = {}
        world.clock.now += 5 * DAY
        world.send()
        assert (len(world.box.seen), world.box.taken, world.row().state) == (1, [], "given_up")
        assert "it may have arrived" in world.told()[0]

    def test_a_plain_no_to_the_content_is_believed(self, world: World) -> None:
        world.box.answers = {"content": "451 later"}
        world.send()
        assert world.row().state == "waiting"
        world.box.answers = {}
        world.clock.now += MINUTE
        world.send()
        assert len(world.box.taken) == 1

    def test_an_installation_without_a_mail_server_says_so(self, world: World) -> None:
        bare = world.runtime.settings.changed(DESKPULSE_SMTP_URL="")
        world.runtime = replace(world.runtime, settings=bare)
        world.send()
        assert world.row().error == "no mail server is known: set DESKPULSE_SMTP_URL and DESKPULSE_MAIL_FROM"
        assert world.told()[0] == "its digests go by e-mail: set DESKPULSE_SMTP_URL and DESKPULSE_MAIL_FROM"

    @pytest.mark.parametrize(
        ("status", "state", "attempts"),
        [(429, "waiting", 0), (503, "waiting", 1), (404, "given_up", 1), (410, "given_up", 1)],
    )
    def test_slack_is_waited_for_or_given_up(self, world: World, status: int, state: str, attempts: int) -> None:
        world.change(digests={})
        world.change(slack=WEBHOOK)
        with responses.RequestsMock() as slack:
            slack.post(WEBHOOK, status=status, headers={"Retry-After": "90"})
            world.send()
        found = world.row("")
        assert (found.state, found.attempts) == (state, attempts)
        assert state == "given_up" or found.next_at >= world.clock.now + 90 * SECOND
        assert "aSecret" not in found.error

    def test_slack_is_asked_again_after_a_lost_answer(self, world: World) -> None:
        world.change(digests={})
        world.change(slack=WEBHOOK)
        with responses.RequestsMock() as slack:
            slack.post(WEBHOOK, body=requests.ConnectionError("reset"))
            world.send()
        assert world.row("").state == "waiting"


@on_sqlite
class TestEndedWorkers:
    def begun(self, world: World) -> Claimed:
        receivers = receivers_of(world.change())
        with world.runtime.database.write() as connection:
            digests.begin(connection, WHAT, receivers, now=world.clock.now)
        claimed = world.claim()
        assert claimed is not None
        return claimed

    def test_one_that_ended_before_it_handed_over_is_succeeded(self, world: World) -> None:
        self.begun(world)
        world.clock.now += LEASE - 1
        world.send()
        assert world.box.taken == []
        world.clock.now += 1
        world.send()
        assert (len(world.box.taken), world.states()) == (1, {LEAD: "done"})

    def test_what_one_was_handing_over_when_it_ended_is_not_sent_again(self, world: World) -> None:
        claimed = self.begun(world)
        with world.runtime.database.write() as connection:
            digests.hand_over(connection, claimed, now=world.clock.now)
        world.clock.now += LEASE
        world.send()
        assert (world.box.seen, world.row().state) == ([], "given_up")
        assert "a worker ended while this was handed over: it may have arrived" in world.told()[0]

    def test_a_person_may_have_it_sent_again_under_the_same_id(self, world: World) -> None:
        world.box.answers = {"content": SILENT}
        world.send()
        world.box.answers = {}
        try_again(world.runtime, "acme")
        world.send()
        ids = [[line for line in each.split(b"\r\n") if line.startswith(b"Message-ID")] for each in world.box.seen]
        assert len(ids) == 2
        assert ids[0] == ids[1]

    def test_one_that_kills_every_worker_is_given_up(self, world: World) -> None:
        self.begun(world)
        for _ in range(len(DELAYS) + 1):
            world.clock.now += LEASE
            world.claim()
        world.clock.now += LEASE
        world.send()
        assert (world.row().state, world.box.taken) == ("given_up", [])
        assert "workers ended" in world.row().error

    def test_a_worker_stops_after_a_while_and_asks_to_go_on(
        self, world: World, nudged: Nudged, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("workers.digests._SEND", 0)
        world.change(digests={"email": [LEAD, SECOND_LEAD]})
        nudged.take()
        world.send()
        assert (len(world.box.taken), nudged.take()) == (1, [("send_digests", "acme", "daily", YESTERDAY)])


@on_sqlite
class TestDesks:
    @pytest.mark.parametrize("desk", ["generic", "deaf"])
    def test_a_desk_that_is_down_or_takes_no_summaries_holds_nothing_up(
        self, runtime: Runtime, clock: Clock, box: Mailbox, nudged: Nudged, desk: str
    ) -> None:
        world = make(runtime, clock, box, desk=desk, url="http://127.0.0.1:9/")
        nudged.take()
        sweep(world.runtime)
        assert ("send_digests", "acme", "daily", YESTERDAY) in nudged.take()
        world.send()
        assert world.states() == {LEAD: "done"}

    def test_a_mail_server_that_is_down_leaves_the_summary_alone(self, world: World, nudged: Nudged) -> None:
        world.box.answers = {"connect": "421 away"}
        world.send()
        nudged.take()
        sweep(world.runtime)
        assert ("sum_up", "acme", "daily", YESTERDAY) in nudged.take()


@on_sqlite
class TestSchedule:
    def asked(self, world: World, nudged: Nudged) -> list[tuple[str | int, ...]]:
        nudged.take()
        sweep(world.runtime)
        return [each for each in nudged.take() if each[0] == "send_digests" and each[2] == "daily"]

    def test_it_is_asked_for_when_summaries_are_told_and_not_once_begun(self, world: World, nudged: Nudged) -> None:
        world.clock.now = at("2026-03-18 06:59")
        assert self.asked(world, nudged) == []
        world.clock.now = at("2026-03-18 07:00")
        assert self.asked(world, nudged) == [("send_digests", "acme", "daily", YESTERDAY)]
        assert self.asked(world, nudged) == []
        world.send()
        world.clock.now += HOUR
        assert self.asked(world, nudged) == []

    def test_what_was_put_off_is_asked_for_again(self, world: World, nudged: Nudged) -> None:
        world.box.answers = {"rcpt": "450 later"}
        world.send()
        assert self.asked(world, nudged) == []
        world.clock.now += MINUTE
        assert self.asked(world, nudged) == [("send_digests", "acme", "daily", YESTERDAY)]

    def test_without_receivers_nothing_is_asked_for(self, world: World, nudged: Nudged) -> None:
        world.change(digests={"periods": ["daily"]})
        assert self.asked(world, nudged) == []

    @pytest.mark.parametrize(("periods", "found"), [(None, {"daily", "weekly"}), (["weekly"], {"weekly"}), ([], set())])
    def test_an_account_chooses_its_periods(self, world: World, periods: list[str] | None, found: set[str]) -> None:
        chosen = {} if periods is None else {"periods": periods}
        account = world.change(digests={"email": [LEAD], **chosen})
        monday = at("2026-03-16 08:00")
        due = due_digests("acme", account.settings, account.rules.zone, now=monday)
        assert {each.period for each in due} == found

    @pytest.mark.parametrize("told_at", ["00:30", "02:30", "03:00", "23:45"])
    @pytest.mark.parametrize("change", ["2026-03-29", "2026-10-25"])
    def test_days_with_a_clock_change_are_told_once_each(self, world: World, told_at: str, change: str) -> None:
        account = world.change(digests={"email": [LEAD], "periods": ["daily"]})
        settings = {**account.settings, "summaries": {"daily": told_at}}
        middle: Instant = at(f"{change} 00:00")
        days: list[int] = []
        for now in range(middle - 2 * DAY, middle + 3 * DAY, 5 * MINUTE):
            days += [each.day for each in due_digests("acme", settings, account.rules.zone, now=now)]
        changed = day_of(date.fromisoformat(change))
        told = list(dict.fromkeys(days))
        assert told == sorted(told)
        assert set(range(changed - 2, changed + 2)) <= set(told)
        assert all(days.count(day) >= 130 for day in (changed - 1, changed))  # twelve hours, whatever clocks do
