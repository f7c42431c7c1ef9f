"""What an explanation lists always adds up to the figure, and every ticket that is missing there has its reason."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.events import CHANNELS, STATUSES, Event
from integrations.times import DAY, MINUTE
from tests.tries import tries
from tests.workers.accounts_for_tests import add_account, take
from tests.workers.standing import Clock
from tests.workers.stories import MONDAY, answered, created, sent, status, told
from workers.accounts import Account
from workers.contributions import making_of
from workers.cuts import BadReport
from workers.explain import ExplainRequest, explain
from workers.periods import day_of
from workers.reports import FIGURES, ReportRequest, report
from workers.runtime import Runtime
from workers.store import accounts, figures

MARCH = day_of(date(2026, 3, 1))
SETTINGS: dict[str, Any] = {
    "schedule": "main",
    "schedules": {"main": {"mon": ["09:00-17:00"], "tue": ["09:00-17:00"], "wed": ["09:00-12:00"]}},
    "bots": {"authors": ["robot"]},
    "targets": {"email": {"first_response": 3600, "goal": 90}},
    "exclude": {"tags": ["x"]},
    "repeat_days": 3,
}
_NUMBERS = count()
_NAMES = ("T1", "T2", "T3", "T4", "T5")
_MINUTES = st.integers(min_value=0, max_value=30_000)
_AGENTS = st.sampled_from(["eva", "max", "robot"])


def _told(type_: str, **data: st.SearchStrategy[Any]) -> st.SearchStrategy[Event]:
    return st.builds(
        lambda minutes, ticket, more: told(type_, minutes, ticket, **more),
        _MINUTES,
        st.sampled_from(_NAMES),
        st.fixed_dictionaries(data),
    )


_LIVE = {
    "contact": st.sampled_from(["k1", "k2"]),
    "media": st.sampled_from(["chat", "voice"]),
    "outcome": st.just("abandoned"),
}
_SURVEY = {"survey": st.just("s"), "kind": st.sampled_from(["csat", "ces", "nps"])}
_ANSWERS = st.builds(
    lambda minutes, ticket, given, point: answered(
        given[2], minutes, ticket, kind=given[0], scale=given[1], survey="s", touchpoint=point
    ),
    _MINUTES,
    st.sampled_from(_NAMES),
    st.sampled_from(
        [
            ("csat", [1, 5], 5), ("csat", [1, 5], 2), ("csat", [1, 3], 3), ("csat", [1, 6], 4), ("ces", [1, 5], 4),
            ("ces", [1, 7], 2.5), ("nps", [0, 10], 9), ("nps", [0, 10], 3), ("nps", [1, 10], 9),
        ]
    ),
    st.sampled_from(["web", "chat"]),
)  # fmt: skip
_EVENTS = st.one_of(
    _told("status.changed", status=st.sampled_from(STATUSES)),
    _told("status.changed", status=st.sampled_from(["resolved", "open"])),
    _told("message.sent", by=st.just("agent"), author=_AGENTS, public=st.booleans()),
    _told("message.sent", by=st.just("customer"), public=st.just(True)),
    _told("ticket.moved", department=st.sampled_from(["a", "b", None])),
    _told("ticket.assigned", agent=_AGENTS),
    _told("ticket.tagged", tags=st.lists(st.sampled_from(["x", "y", "z"]), max_size=2, unique=True)),
    _told("ticket.merged", into=st.sampled_from(["T9", None])),
    _told("survey.sent", **_SURVEY),
    _told("survey.invalidated", **_SURVEY),
    _told("live.queued", **{name: _LIVE[name] for name in ("contact", "media")}),
    _told("live.answered", **{name: _LIVE[name] for name in ("contact", "media")}, agent=_AGENTS),
    _told("live.ended", **_LIVE),
    _ANSWERS,
    _ANSWERS,
)
_CREATED = st.builds(
    lambda minutes, ticket, channel, by, customer, tags: created(
        minutes, ticket, channel=channel, by=by, customer=customer, tags=tags
    ),
    st.integers(min_value=0, max_value=8_000),
    st.sampled_from(_NAMES),
    st.sampled_from([*CHANNELS[:3], "voice"]),
    st.sampled_from(["customer", "customer", "agent"]),
    st.sampled_from(["ana", "ivo", None]),
    st.lists(st.sampled_from(["x", "y", "z"]), max_size=2, unique=True),
)
_HISTORIES = st.tuples(st.lists(_CREATED, min_size=1, max_size=6), st.lists(_EVENTS, max_size=40))
_SLICES = st.sampled_from(
    [None, None, "channel:email", "channel:voice", "agent:eva", "agent:", "department:a", "department:", "tag:y",
     "tag:", "touchpoint:chat"]
)  # fmt: skip


def asked(runtime: Runtime, account: Account, request: ExplainRequest) -> dict[str, Any]:
    with runtime.database.read() as connection:
        return explain(connection, account, request, now=runtime.clock())


def of(runtime: Runtime, account: Account, metric: str, **more: Any) -> dict[str, Any]:
    """The explanation of a figure of March 2026."""
    return asked(runtime, account, ExplainRequest(metric, MARCH, MARCH + 30, **more))


def all_pages(
    runtime: Runtime, account: Account, request: ExplainRequest
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The first page, and the tickets of all pages."""
    page = first = asked(runtime, account, request)
    listed = list(page["tickets"])
    while page["next"] is not None:
        page = asked(runtime, account, replace(request, after=page["next"]))
        assert page["funnel"] is None
        listed += page["tickets"]
    return first, listed


def steps(found: dict[str, Any]) -> dict[str, Any]:
    """How many tickets each step has; of what is left out, by reason."""
    told_steps = {step["step"]: step["tickets"] for step in found["funnel"] if step["step"] != "left_out"}
    return told_steps | {step["reason"]: step["tickets"] for step in found["funnel"] if step["step"] == "left_out"}


def last_step(found: dict[str, Any]) -> dict[str, Any]:
    step: dict[str, Any] = found["funnel"][-1]
    return step


def total_of(figure: dict[str, Any]) -> float | None:
    """What the totals of a figure's tickets must add up to; None where the figure does not tell."""
    if "numerator" in figure:
        return float(figure["numerator"])
    if figure["n"] == 0:
        return 0
    if "mean" in figure:
        return float(figure["mean"] * figure["n"])
    if figure["unit"] == "points":
        return None if figure["value"] is None else float(figure["value"] * figure["n"])
    return None if figure["unit"] in ("s", "%") else float(figure["value"])


def check(first: dict[str, Any], listed: list[dict[str, Any]]) -> None:
    """Everything that must hold between a figure, its funnel and its tickets."""
    figure, last = first["figure"], last_step(first)
    assert len({each["ticket"] for each in listed}) == len(listed) == last["tickets"]
    assert sum(each["n"] for each in listed) == last["n"] == figure["n"]
    expected = total_of(figure)
    if expected is not None:
        assert last["total"] == pytest.approx(expected)
        assert sum(each["total"] for each in listed) == pytest.approx(expected)
    for name, part in figure.get("parts", {}).items():
        counted = last["parts"].get(name, {"n": 0, "total": 0}) if "parts" in last else last
        assert counted["n"] == part["n"]
        if total_of(part) is not None:
            assert counted["total"] == pytest.approx(total_of(part))
    by_step = {step["step"]: step for step in first["funnel"]}
    left_out = sum(step["tickets"] for step in first["funnel"] if step["step"] == "left_out")
    assert by_step["in_period"]["tickets"] == left_out + by_step["eligible"]["tickets"]
    assert by_step["eligible"]["tickets"] == by_step["undecided"]["tickets"] + last["tickets"]
    assert by_step["undecided"]["n"] == figure.get("undecided", 0)


@settings(max_examples=tries(1 / 2), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    history=_HISTORIES,
    seed=st.integers(min_value=0, max_value=10**6),
    slice_=_SLICES,
    start=st.integers(min_value=-2, max_value=12),
    length=st.integers(min_value=1, max_value=30),
    today=st.integers(min_value=0, max_value=24),
)
def test_the_tickets_of_all_pages_add_up_to_every_figure(
    runtime: Runtime,
    clock: Clock,
    history: tuple[list[Event], list[Event]],
    seed: int,
    slice_: str | None,
    start: int,
    length: int,
    today: int,
) -> None:
    chance = random.Random(seed)
    clock.now = MONDAY + today * DAY + 30 * MINUTE
    account = add_account(runtime, f"e{next(_NUMBERS)}", **(SETTINGS if seed % 2 else {}))
    events = [*history[0], *history[1]]
    chance.shuffle(events)
    while events:
        take(runtime, account, *(events.pop() for _ in range(min(len(events), chance.randint(1, 6)))))
    if chance.random() < 0.5:
        figures.compact(runtime.database, account.slug, budget_seconds=5)
    first = MARCH + start
    with runtime.database.read() as connection:
        asked_report = ReportRequest(first, first + length - 1, slice=slice_)
        total = report(connection, account, asked_report, now=clock.now)["total"]
    for name in chance.sample(FIGURES, 8):
        request = ExplainRequest(name, first, first + length - 1, slice=slice_, limit=chance.randint(1, 3))
        found, listed = all_pages(runtime, account, request)
        assert found["figure"] == total[name]
        check(found, listed)


@pytest.fixture
def account(runtime: Runtime, clock: Clock) -> Account:
    """An account on Sunday 22 March 2026, whose tickets are told by each test."""
    clock.now = MONDAY + 20 * DAY
    return add_account(runtime, **SETTINGS)


class TestFunnel:
    def test_every_exclusion_has_its_count(self, runtime: Runtime, account: Account) -> None:
        take(
            runtime, account,
            *(created(number, f"T{number}", channel="chat") for number in (0, 1, 2, 3, 4, 6, 7)),
            status("spam", 60, "T1"), status("deleted", 60, "T2"), told("ticket.merged", 60, "T3", into="T4"),
            told("ticket.tagged", 60, "T4", tags=["x"]), created(5, "T5", by="agent"), sent(6, ticket="T5"),
            sent(10, ticket="T9"), status("spam", 90, "T6"),
        )  # fmt: skip
        found = of(runtime, account, "resolution_rate")
        assert found["funnel"][0] == {"step": "in_period", "tickets": 9}
        assert found["funnel"][1] == {"step": "left_out", "reason": "spam", "tickets": 2}
        assert steps(found) == {
            "in_period": 9, "eligible": 2, "undecided": 0, "counted": 2, "spam": 2, "deleted": 1, "merged": 1, "tag": 1,
            "incomplete": 1, "outbound": 1,
        }  # fmt: skip
        assert [each["ticket"] for each in found["tickets"]] == ["T0", "T7"]

    def test_what_would_not_be_in_the_period_is_not_left_out_of_it(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(-10 * 1440, "T1"), sent(5, ticket="T1"), status("spam", 60, "T1"))
        assert steps(of(runtime, account, "ticket_volume")) == {
            "in_period": 0, "eligible": 0, "undecided": 0, "counted": 0
        }  # fmt: skip
        assert steps(of(runtime, account, "first_response_time"))["spam"] == 1

    def test_a_ticket_is_left_out_of_the_slices_it_would_be_in(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(0, department="a"), status("spam", 60))
        assert steps(of(runtime, account, "ticket_volume", slice="department:a"))["spam"] == 1
        assert "spam" not in steps(of(runtime, account, "ticket_volume", slice="department:b"))

    def test_days_that_are_not_old_enough_are_undecided(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(0, "T1"), created(15 * 1440, "T2"), status("resolved", 10, "T1"))
        found = of(runtime, account, "resolution_rate_7d")
        assert steps(found) == {"in_period": 2, "eligible": 2, "undecided": 1, "counted": 1}
        assert found["tickets"] == [
            {"ticket": "T1", "n": 1, "total": 1, "values": [], "day": "2026-03-02", "decided": "2026-03-10"}
        ]

    def test_tickets_that_only_a_bot_answered_are_left_out_of_one_touch(
        self, runtime: Runtime, account: Account
    ) -> None:
        for ticket, author in (("T1", "robot"), ("T2", "eva")):
            events = (created(0, ticket), sent(5, ticket=ticket, author=author), status("resolved", 9, ticket))
            take(runtime, account, *events)
        assert steps(of(runtime, account, "one_touch_rate"))["bot"] == 1
        assert "bot" not in steps(of(runtime, account, "resolution_rate"))

    def test_an_answer_that_was_taken_back_is_left_out(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(0), answered(5, 60), told("survey.invalidated", 70, survey="csat", kind="csat"))
        found = of(runtime, account, "csat")
        assert steps(found) == {"in_period": 1, "eligible": 0, "undecided": 0, "counted": 0, "invalidated": 1}
        assert "invalidated" not in steps(of(runtime, account, "ces"))

    def test_merging_hides_a_ticket_but_not_its_answer(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(0), answered(5, 60), told("ticket.merged", 90, into="T9"))
        assert steps(of(runtime, account, "csat"))["counted"] == 1
        assert steps(of(runtime, account, "ticket_volume"))["merged"] == 1


class TestTickets:
    def test_a_duration_is_listed_with_its_seconds(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(0), sent(5), status("resolved", 90))
        (ticket,) = of(runtime, account, "full_resolution_time")["tickets"]
        assert ticket == {
            "ticket": "T1", "n": 1, "total": 5400, "values": [5400], "day": "2026-03-02", "decided": None
        }  # fmt: skip

    def test_business_time_without_a_schedule_is_calendar_time(self, runtime: Runtime, clock: Clock) -> None:
        clock.now = MONDAY + 20 * DAY
        plain = add_account(runtime, "plain")
        take(runtime, plain, created(0), sent(5))
        assert of(runtime, plain, "response_time_business")["tickets"][0]["values"] == [300]

    def test_both_sides_of_a_ratio_are_listed(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(-30 * 1440, "T1"), status("resolved", 60, "T1"), created(0, "T2"))
        listed = of(runtime, account, "closing_ratio")["tickets"]
        assert [(each["ticket"], each["n"], each["total"]) for each in listed] == [("T1", 0, 1), ("T2", 1, 0)]

    def test_unlike_scales_have_a_total_each_and_none_together(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(0, "T1"), answered(4.5, 60, "T1"), created(0, "T2"))
        take(runtime, account, answered(2, 60, "T2", scale=[1, 3]))
        found = of(runtime, account, "csat_mean")
        assert last_step(found) == {
            "step": "counted", "tickets": 2, "n": 2, "total": None,
            "parts": {"1-3": {"tickets": 1, "n": 1, "total": 2}, "1-5": {"tickets": 1, "n": 1, "total": 4.5}},
        }  # fmt: skip
        assert [(each["total"], each["values"]) for each in found["tickets"]] == [(None, [4.5]), (None, [2])]
        assert found["tickets"][0]["parts"] == {"1-5": {"n": 1, "total": 4.5}}

    def test_a_scale_that_is_not_scored_has_no_total(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(0), answered(4, 60, scale=[1, 6]))
        assert last_step(of(runtime, account, "csat")) == {"step": "counted", "tickets": 1, "n": 1, "total": None}

    def test_the_backlog_lists_who_was_in_it_on_the_last_day(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(-40 * 1440, "T1"), created(0, "T2"), status("resolved", 1440, "T2"))
        request = ExplainRequest("backlog", MARCH, MARCH + 1)
        assert [each["ticket"] for each in asked(runtime, account, request)["tickets"]] == ["T1", "T2"]
        later = asked(runtime, account, replace(request, last_day=MARCH + 2))
        assert [(each["ticket"], each["day"]) for each in later["tickets"]] == [("T1", "2026-01-21")]

    def test_who_waits_now_is_listed_for_days_that_include_today(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(0, "T1"), created(0, "T2"), sent(5, ticket="T2"), created(0, "T3"))
        take(runtime, account, status("spam", 60, "T4"), created(0, "T4"), told("ticket.merged", 60, "T3", into="T1"))
        found = of(runtime, account, "waiting_oldest")
        assert [(each["ticket"], each["values"]) for each in found["tickets"]] == [("T1", [20 * 86_400])]
        assert steps(found)["merged"] == 1
        past = asked(runtime, account, ExplainRequest("waiting_now", MARCH, MARCH + 5))
        assert (past["figure"]["n"], past["tickets"]) == (0, [])

    def test_repeated_contacts_list_the_resolved_tickets(self, runtime: Runtime, account: Account) -> None:
        for ticket, opened, customer in (("T1", 0, "ana"), ("T2", 300, "ana"), ("T3", 0, None)):
            take(runtime, account, created(opened, ticket, customer=customer), status("resolved", opened + 60, ticket))
        found = of(runtime, account, "repeat_contact_rate")
        assert [(each["ticket"], each["n"], each["total"]) for each in found["tickets"]] == [("T1", 1, 1), ("T2", 1, 0)]
        assert steps(found)["unknown_customer"] == 1


class TestAsking:
    def test_an_explanation_says_what_it_is_about(self, runtime: Runtime, account: Account) -> None:
        found = of(runtime, account, "resolution_rate_24h", slice="channel:email")
        assert list(found) == [
            "account", "metric", "title", "definition", "formula", "cohort", "exclusions", "source", "version", "from",
            "to", "as_of", "slice", "figure", "funnel", "tickets", "next",
        ]  # fmt: skip
        assert (found["metric"], found["title"], found["slice"]) == (
            "resolution_rate_24h", "Resolved in 24 h", "channel:email"
        )  # fmt: skip
        assert found["version"]["rules"] == account.rules.number
        assert found["next"] is None

    def test_a_rule_that_changed_does_not_change_what_was_counted(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, created(0), sent(5))
        changed = accounts.with_settings(account, {**SETTINGS, "time_zone": "Asia/Tokyo", "exclude": {}})
        found = of(runtime, changed, "first_response_time_business")
        assert found["tickets"][0]["values"] == [300]
        check(found, found["tickets"])

    def test_many_pages_hold_every_ticket_once(self, runtime: Runtime, account: Account) -> None:
        take(runtime, account, *(created(number, f"T{number}") for number in range(1203)))
        request = ExplainRequest("ticket_volume", MARCH, MARCH + 30, limit=400)
        first, listed = all_pages(runtime, account, request)
        check(first, listed)
        assert len(first["tickets"]) == 400

    @pytest.mark.parametrize(
        ("request_", "message"),
        [
            (ExplainRequest("joy", MARCH, MARCH), "there is no metric joy"),
            (ExplainRequest("csat", MARCH, MARCH - 1), "ends before it begins"),
            (ExplainRequest("csat", MARCH, MARCH, slice="mood:good"), "KIND:VALUE"),
            (ExplainRequest("csat", MARCH, MARCH, limit=0), "at least 1"),
        ],
    )
    def test_what_cannot_be_explained_is_told(
        self, runtime: Runtime, account: Account, request_: ExplainRequest, message: str
    ) -> None:
        with pytest.raises(BadReport, match=message):
            asked(runtime, account, request_)


@pytest.mark.parametrize(
    ("name", "measures"),
    [
        ("resolution_rate_24h", {"resolution_rate_24h"}),
        ("closing_ratio", {"reopen_rate", "ticket_volume", "ticket_volume_outbound"}),
        ("zero_touch_rate", {"one_touch_rate", "zero_touch_rate"}),
        ("abandon_rate", {"abandon_rate", "pickup_time"}),
        ("first_response_time_business", {"first_response_time_business"}),
        ("csat_mean", {"csat"}),
        ("backlog", {"backlog_waiting", "backlog_pending"}),
    ],
)
def test_a_figure_is_made_of_what_changes_it(name: str, measures: set[str]) -> None:
    assert making_of(name, scheduled=True).measures == measures


def test_every_figure_is_made_of_something() -> None:
    made = {name: making_of(name, scheduled=scheduled) for name in FIGURES for scheduled in (True, False)}
    assert [name for name, making in made.items() if not making.measures or not making.owners] == []
