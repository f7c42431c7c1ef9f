"""The worked examples of the page of the metrics come out as they say, through the store and the report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.events import Event
from tests.workers.accounts_for_tests import add_account
from tests.workers.stories import created, sent, status, told
from tests.workers.test_complaints import A_DAY, Support, asked, rated
from workers.metrics import METRICS
from workers.metrics.documented import page
from workers.rebuild import verify
from workers.runtime import Runtime

#: Until the day that it is in these tests, so that who waits now is told too.
DAYS = ("2026-03-01", "2026-05-30")
REOPENED = [created(), status("resolved", 60), status("open", 120), status("resolved", 180)]
WAITED = [created(), status("pending", 10), status("open", 70), status("resolved", 90)]
TWO = [created(ticket="T1", customer="ana"), created(ticket="T2", customer="ivo")]


def chat(contact: str, *, answered: float | None = None, left: float | None = None) -> list[Event]:
    """A chat, answered or left so many seconds after it was queued."""
    events = [told("live.queued", 1, contact=contact, media="chat")]
    if answered is not None:
        events.append(told("live.answered", 1 + answered / 60, contact=contact, media="chat", agent="eva"))
    if left is not None:
        events.append(told("live.ended", 1 + left / 60, contact=contact, media="chat", outcome="abandoned"))
    return events


def answers(*scores: int, **survey: Any) -> list[Event]:
    """One answer on a ticket of its own each."""
    tickets = [(f"T{number}", score) for number, score in enumerate(scores)]
    return [one for ticket, score in tickets for one in (created(ticket=ticket), rated(score, 9, ticket, **survey))]


#: Metric → what happened, and figure → what comes out.
EXAMPLES: dict[str, tuple[list[Event], dict[str, float]]] = {
    "ticket_volume": (
        [
            created(ticket="T1"), created(ticket="T2"), told("ticket.merged", 5, "T2", into="T1"),
            created(ticket="T3"), status("spam", 5, "T3"), created(ticket="T4", by="agent"), sent(0, ticket="T4"),
        ],
        {"ticket_volume": 1, "ticket_volume_outbound": 1},
    ),
    "first_response_time": (
        [created(), sent(1, "bot"), sent(5, public=False), sent(20)],
        {"first_response_time": 1200},
    ),
    "next_response_time": (
        [created(), sent(5), sent(60, "customer"), sent(65, "customer"), sent(72)],
        {"next_response_time": 720},
    ),
    "response_time": ([created(), sent(10), sent(30, "customer"), sent(50)], {"response_time": 900}),
    "answered_within_target": (
        [*TWO, sent(5, ticket="T1"), sent(15, ticket="T2")],
        {"answered_within_target": 50},
    ),
    "pickup_time": ([created(channel="chat"), *chat("c", answered=30)], {"pickup_time": 30}),
    "abandon_rate": (
        [created(channel="chat"), *chat("a", answered=9), *chat("b", left=30), *chat("c", left=5)],
        {"abandon_rate": 50, "short_abandons": 1},
    ),
    "service_level": (
        [created(channel="chat"), *chat("a", answered=30), *chat("b", answered=90)],
        {"service_level": 50},
    ),
    "first_resolution_time": (REOPENED, {"first_resolution_time": 3600}),
    "full_resolution_time": (REOPENED, {"full_resolution_time": 10800}),
    "requester_wait_time": (WAITED, {"requester_wait_time": 1800}),
    "agent_wait_time": (WAITED, {"agent_wait_time": 3600}),
    "on_hold_time": (
        [created(), status("on_hold", 10), status("open", 70), status("resolved", 90)],
        {"on_hold_time": 3600},
    ),
    "resolution_rate": ([*TWO, status("resolved", 60)], {"resolution_rate": 50}),
    "resolved_volume": (REOPENED, {"resolved_volume": 2}),
    "reopened_volume": (REOPENED, {"reopened_volume": 1}),
    "closing_ratio": (REOPENED, {"closing_ratio": 200}),
    "reopen_rate": (
        [*TWO, status("resolved", 60), status("resolved", 60, "T2"), status("open", 60 + A_DAY)],
        {"reopen_rate": 50},
    ),
    "one_touch_rate": (
        [
            *TWO, sent(5), status("resolved", 60), sent(5, ticket="T2"), sent(9, ticket="T2"),
            status("resolved", 60, "T2"),
        ],
        {"one_touch_rate": 50},
    ),
    "repeat_contact_rate": (
        [*TWO, status("resolved", 60), status("resolved", 60, "T2"), created(60 + 2 * A_DAY, "T3", customer="ivo")],
        {"repeat_contact_rate": 50},
    ),
    "transfers": (
        [*TWO, sent(5), sent(5, ticket="T2"), told("ticket.moved", 9, department="b")],
        {"transfers": 0.5},
    ),
    "csat": (answers(5, 5, 4, 3, 1), {"csat": 60}),
    "ces": (answers(5, 4, 4, 3, 1, kind="ces"), {"ces": 3.4, "ces_easy_share": 60}),
    "nps": (answers(10, 9, 9, 8, 3, kind="nps", scale=[0, 10]), {"nps": 40}),
    "survey_response_rate": (
        [
            *(one for number in range(4) for one in (created(ticket=f"T{number}"), asked(9, f"T{number}"))),
            rated(5, A_DAY, "T1"),
        ],
        {"survey_response_rate": 25},
    ),
    "contacted_in_time": (
        [*TWO, rated(1, 5), rated(1, 5, "T2"), sent(A_DAY)],
        {"contacted_in_time": 50},
    ),
    "rescued_rate": (
        [
            event
            for number, again in enumerate((5, 2, None))
            for event in (
                created(ticket=f"A{number}", customer=f"c{number}"),
                rated(1, 5, f"A{number}"),
                sent(60, ticket=f"A{number}"),
                *([] if again is None else [
                    created(30 * A_DAY, f"B{number}", customer=f"c{number}"),
                    rated(again, 31 * A_DAY, f"B{number}"),
                ]),
            )
        ],
        {"rescued_rate": 50},
    ),
    "backlog": ([*TWO, status("resolved", A_DAY)], {"backlog": 1}),
    "waiting_now": ([*TWO, sent(5)], {"waiting_now": 1}),
}  # fmt: skip


@pytest.fixture
def support(runtime: Runtime) -> Iterator[Support]:
    """An account with a target of ten minutes that is verified at the end."""
    made = Support(runtime, add_account(runtime, targets={"email": {"first_response": 600}}))
    yield made
    assert list(verify(runtime.database, made.account)) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_comes_out_as_it_says(support: Support, name: str) -> None:
    events, expected = EXAMPLES[name]
    support.tell(*events)
    (told_of,) = [metric.example for metric in METRICS if metric.name == name]
    for figure, value in expected.items():
        assert support.total(figure, *DAYS)["value"] == pytest.approx(value)
        assert f" {value:g}" in told_of


def test_every_metric_has_an_example_and_says_how_others_count() -> None:
    assert {metric.name for metric in METRICS} == set(EXAMPLES)
    for metric in METRICS:
        assert metric.example in page()
        assert len(metric.elsewhere) > len("None.")
        assert f"*Elsewhere.* {metric.elsewhere}" in page()


def spread(scores: dict[int, int]) -> list[int]:
    """Each score as often as it was given."""
    return [score for score, times in scores.items() for _ in range(times)]


NPS = {"kind": "nps", "scale": [0, 10]}


@pytest.mark.parametrize(
    ("figure", "scores", "survey", "value", "interval"),
    [
        ("csat", {5: 12, 4: 8, 3: 10, 2: 10, 1: 10}, {}, 40, None),
        ("csat", {5: 13, 1: 2}, {}, 100 * 13 / 15, (62.1, 96.3)),
        ("csat", {5: 44, 2: 6}, {}, 88, (76.2, 94.4)),
        ("csat", {4: 5}, {}, 100, (56.6, 100)),
        ("nps", {10: 200, 9: 100, 8: 60, 7: 40, 6: 60, 0: 40}, NPS, 40, None),
        ("nps", {9: 50, 8: 33, 5: 17}, NPS, 33, None),
        ("ces", {5: 1, 4: 2, 3: 1, 1: 1}, {"kind": "ces"}, 3.4, None),
        ("ces_easy_share", {5: 1, 4: 2, 3: 1, 1: 1}, {"kind": "ces"}, 60, None),
    ],
)
def test_known_answers_come_out_of_the_store(
    support: Support,
    figure: str,
    scores: dict[int, int],
    survey: dict[str, Any],
    value: float,
    interval: tuple[float, float] | None,
) -> None:
    support.tell(*answers(*spread(scores), **survey))
    found = support.total(figure, *DAYS)
    assert (found["value"], found["n"]) == (pytest.approx(value), sum(scores.values()))
    assert interval is None or (found["low"], found["high"]) == pytest.approx(interval, abs=0.05)


@pytest.mark.parametrize(("score", "value"), [(0, -100), (6, -100), (7, 0), (8, 0), (9, 100), (10, 100)])
def test_where_the_sides_of_nps_end(support: Support, score: int, value: float) -> None:
    support.tell(*answers(*[score] * 5, **NPS))
    assert support.total("nps", *DAYS)["value"] == value


def test_a_ces_index_and_our_figures_of_the_same_answers() -> None:
    counts = dict(zip(range(1, 8), (80, 210, 140, 110, 160, 180, 120), strict=True))
    index = 100 * (counts[6] + counts[7] - counts[1] - counts[2] - counts[3]) / 1000
    assert index == -13
    assert (sum(score * n for score, n in counts.items()) / 1000, sum(counts[n] for n in (5, 6, 7)) / 10) == (4.08, 46)
    (said,) = [metric.elsewhere for metric in METRICS if metric.name == "ces"]
    assert all(number in said for number in ("-13", "4.08", "46 %"))


@pytest.mark.parametrize(
    ("name", "part", "whole", "share"),
    [
        ("one_touch_rate", 2, 4, "50 %"),
        ("one_touch_rate", 60, 100, "60 %"),
        ("one_touch_rate", 60, 80, "75 %"),
        ("repeat_contact_rate", 60, 600, "10 %"),
        ("repeat_contact_rate", 20, 100, "20 %"),
        ("repeat_contact_rate", 150, 1000, "15 %"),
    ],
)
def test_what_others_count_is_worked_out_too(name: str, part: int, whole: int, share: str) -> None:
    (said,) = [metric.elsewhere for metric in METRICS if metric.name == name]
    assert f"{100 * part / whole:g} %" == share
    assert share in said


@pytest.mark.parametrize(
    ("score", "high", "share"), [(3, 5, 0), (4, 5, 100), (2, 3, 0), (3, 3, 100), (1, 2, 0), (2, 2, 100)]
)
def test_good_is_what_zendesk_calls_good(support: Support, score: int, high: int, share: float) -> None:
    support.tell(*answers(*[score] * 5, scale=[1, high]))
    assert support.total("csat", *DAYS)["value"] == share
