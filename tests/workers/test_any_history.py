"""Whatever happened, in whatever order it was told and counted anew: every figure is that of a plain recount."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from itertools import count
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from integrations.events import Event
from integrations.times import DAY, SECOND, Instant, instant_of_iso
from tests.tries import tries
from tests.workers.accounts_for_tests import add_account, take, take_as_new
from tests.workers.stories import told
from workers import timeline
from workers.accounts import Account
from workers.forget import forget
from workers.keeping import Keeper
from workers.metrics import METRICS, STOCKS, facts_of, figures_of
from workers.metrics.afterwards import CONTACTED, RESCUED, RESCUED_ALONE
from workers.metrics.base import Counted, Figure, Sums, of_rated_tickets
from workers.metrics.facts import Fact, Slices
from workers.metrics.repeat_contact_rate import RATE
from workers.metrics.sides import is_low, side
from workers.metrics.waiting_now import MEASURE
from workers.periods import Period, previous
from workers.rebuild import rebuild, verify
from workers.reports import ReportRequest, report
from workers.runtime import Runtime
from workers.secrets import customer_hash
from workers.store import accounts, figures
from workers.store.conflicts import in_transaction
from workers.tickets import RESOLVED, Answer, fold

_NUMBERS = count()
#: Named as days since 1970, of which the first was a Thursday.
MONDAY_DAY = 20514
TICKETS = st.sampled_from(["T1", "T2", "T3", "T4", "T5"])
AGENTS = st.sampled_from(["eva", "max", "robo"])
DEPARTMENTS = st.sampled_from(["a", "b", None])
CUSTOMERS = st.sampled_from(["ana", "ivo", None])
CHANNELS = st.sampled_from(["email", "chat", "voice", "internal"])
TAGS = st.lists(st.sampled_from(["x", "y", "test"]), max_size=2, unique=True)
#: Three weeks from a Monday morning on; most of it is near the full hours of one of the first days.
MINUTES = st.integers(0, 30_000) | st.builds(
    lambda day, hour: day * 1440 + hour * 60, st.integers(0, 9), st.integers(0, 12)
)
ZONES = st.sampled_from(["Europe/Zagreb", "UTC", "Asia/Tokyo", "America/St_Johns"])
NOWS = st.sampled_from(["2026-03-23T21:00:00Z", "2026-03-27T12:00:00Z", "2026-05-01T00:00:00Z"])
PERIODS = st.sampled_from([Period(MONDAY_DAY, MONDAY_DAY + 25), Period(MONDAY_DAY + 7, MONDAY_DAY + 13)])
OFFICE = {"main": {"mon": ["09:00-17:00"], "tue": ["09:00-12:00", "13:00-17:00"], "sat": ["10:00-24:00"]}}
CHANGES = st.one_of(
    st.builds(lambda zone: {"time_zone": zone}, ZONES),
    st.sampled_from([
        {"schedule": "main", "schedules": OFFICE},
        {"schedules": OFFICE, "departments": {"a": {"schedule": "main"}}},
        {"schedule": None, "schedules": None, "departments": None},
        {"exclude": {"channels": ["chat"], "tags": ["test"]}},
        {"exclude": {"departments": ["b"]}},
        {"exclude": {}},
        {"repeat_days": 1},
        {"repeat_days": 10},
        {"bots": {"authors": ["robo"]}},
        {"targets": {"email": {"first_response": 3600}, "voice": {"first_response": 60}}},
        {"tags": {"ignore": ["y"]}},
    ]),
)  # fmt: skip


def of(type_: str, **data: st.SearchStrategy[Any]) -> st.SearchStrategy[Event]:
    """Events of a type for any ticket at any time; what is None in `data` is said to be nobody's."""

    def made(minutes: int, ticket: str, said: dict[str, Any]) -> Event:
        return told(type_, minutes, ticket, **said)

    return st.builds(made, MINUTES, TICKETS, st.fixed_dictionaries(data))


KINDS = st.sampled_from([("csat", [1, 5]), ("csat", [1, 3]), ("ces", [1, 7]), ("nps", [0, 10])])
ANSWERS = st.builds(
    lambda minutes, ticket, asked, score: told(
        "survey.answered", minutes, ticket, kind=asked[0], scale=asked[1], score=min(score, asked[1][1])
    ),
    MINUTES, TICKETS, KINDS, st.integers(1, 10),
)  # fmt: skip
CONTACTS = {
    "contact": st.sampled_from(["c1", "c2"]),
    "media": st.sampled_from(["chat", "voice"]),
    "direction": st.sampled_from(["in", "out"]),
}
KIND = st.sampled_from(["csat", "ces", "nps"])
CREATED = of(
    "ticket.created",
    by=st.sampled_from(["customer", "customer", "agent"]), channel=CHANNELS, customer=CUSTOMERS, tags=TAGS,
    department=DEPARTMENTS, agent=AGENTS,
)  # fmt: skip
MESSAGES = of("message.sent", by=st.just("agent"), author=AGENTS, public=st.sampled_from([True, True, False]))
STATUSES = of(
    "status.changed", status=st.sampled_from(["open", "pending", "on_hold", "resolved", "resolved", "closed"])
)
EVENTS = st.one_of(
    CREATED,
    CREATED,
    MESSAGES,
    MESSAGES,
    of("message.sent", by=st.sampled_from(["customer", "bot"]), auto=st.sampled_from([False, False, True])),
    STATUSES,
    STATUSES,
    of("status.changed", status=st.sampled_from(["spam", "deleted", "open"]), agent=AGENTS),
    of("ticket.merged", into=st.sampled_from(["T9", None])),
    of("ticket.moved", channel=CHANNELS),
    of("ticket.moved", department=DEPARTMENTS),
    of("ticket.assigned", agent=AGENTS),
    of("ticket.tagged", add_tags=TAGS),
    of("ticket.tagged", tags=TAGS),
    of("ticket.handover"),
    of("ticket.updated", customer=CUSTOMERS),
    of("live.queued", **CONTACTS),
    of("live.answered", **CONTACTS, agent=AGENTS),
    of("live.ended", **CONTACTS, outcome=st.sampled_from(["handled", "abandoned"])),
    of("survey.sent", kind=KIND),
    ANSWERS,
    ANSWERS,
    of("survey.invalidated", kind=KIND),
    of("survey.restored", kind=KIND),
)  # fmt: skip


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """What usually happens to a ticket: it is opened, answered, solved, perhaps opened again, and rated."""
    ticket, start = draw(TICKETS), draw(st.integers(0, 12)) * 1440 + draw(st.integers(0, 600))
    customer = draw(st.sampled_from(["ana", "ana", "ivo", None]))
    channel = draw(st.sampled_from(["email", "email", "chat", "voice"]))
    agent = draw(AGENTS)
    solved = start + draw(st.sampled_from([30, 90, 600, 1440, 3000]))
    events = [
        told("ticket.created", start, ticket, by="customer", channel=channel, customer=customer, tags=draw(TAGS)),
        told("message.sent", start + draw(st.integers(1, 25)), ticket, by="agent", author=agent),
        told("status.changed", start + 26, ticket, status=draw(st.sampled_from(["on_hold", "pending"]))),
        told("message.sent", solved - 2, ticket, by="customer"),
        told("message.sent", solved - 1, ticket, by="agent", author=agent),
        told("status.changed", solved, ticket, status="resolved"),
        told("survey.sent", solved, ticket, kind="csat"),
        told("survey.answered", solved + 90, ticket, kind="csat", scale=[1, 5], score=draw(st.integers(1, 5))),
    ]
    later = told("status.changed", solved + draw(st.sampled_from([60, 2000, 12000])), ticket, status="open")
    return [*(event for event in events if draw(st.integers(0, 9))), *([later] if draw(st.booleans()) else [])]


#: What a figure says of itself; beside it a report says how it changed.
SAID = {field.name for field in fields(Figure)}


def plain(value: Any) -> Any:
    """Figures without what is judged of them, fractions to nine places: sums in another order differ in the last."""
    if isinstance(value, float):
        return round(value, 9)
    if isinstance(value, Mapping):
        told_of = SAID if "unit" in value else value.keys()
        return {name: plain(inner) for name, inner in value.items() if name in told_of}
    return value


class Recount:
    """Every ticket of a set of events, folded and counted from nothing, as an account's rules want it."""

    def __init__(self, account: Account, events: Iterable[Event], now: Instant) -> None:
        self.rules, self.now = account.rules, now
        self.today = self.day(now)
        by_ticket: dict[str, dict[tuple[str, bytes], Event]] = {}
        for event in events:
            by_ticket.setdefault(event.ticket, {})[event.id, event.content_hash()] = event
        folded = (fold(ticket, versions.values()) for ticket, versions in by_ticket.items())
        self.tickets = [Counted(ticket, self.rules) for ticket in folded]
        self.counted = [each for each in self.tickets if not each.excluded]
        self.facts = (
            [fact for each in self.tickets for fact in facts_of(each)] + list(self.repeats()) + list(self.afterwards())
        )

    def day(self, moment: Instant) -> int:
        """The local day of a moment, from 1970 on."""
        local = datetime.fromtimestamp(moment // SECOND, UTC).astimezone(self.rules.zone)
        return local.date().toordinal() - 719163

    def repeats(self) -> Iterator[Fact]:
        """Whether the customer of a solved ticket opened another one soon after."""
        mine = [each for each in self.counted if each.inbound and each.ticket.customer is not None]
        for each in mine:
            if each.ticket.counted_status not in RESOLVED or not each.ticket.resolutions:
                continue
            solved = each.ticket.resolutions[-1].at
            again = any(
                0 < other.ticket.opened_at - solved <= self.rules.repeat_days * DAY
                for other in mine
                if other is not each and other.ticket.customer == each.ticket.customer
            )
            day = self.day(solved)
            yield Fact(each.resolved_slices, RATE, day, day + self.rules.repeat_days + 1, 1, int(again), None)

    def afterwards(self) -> Iterator[Fact]:
        """Whether a known customer who had answered badly was contacted in time, and what they answered next."""
        for each, low in self.answers():
            if each.ticket.customer is None or not is_low(low, self.rules):
                continue
            theirs = [other for other in self.tickets if other.ticket.customer == each.ticket.customer]
            reached = [m.at for other in theirs for m in timeline.human_messages(other.ticket, self.rules)]
            first = min((moment for moment in reached if moment > low.at), default=None)
            slices, day, due = each.answer_slices(low), self.day(low.at), each.clock.due(low.at, 24 * 3600)
            if due is not None:
                yield Fact(slices, CONTACTED, day, self.day(due) + 1, 1, int(first is not None and first <= due), None)
            later = [
                (answer.at, other is each and (answer.kind, answer.survey) == (low.kind, low.survey), other, answer)
                for other, answer in self.answers()
                if other in theirs and low.at < answer.at <= low.at + 90 * DAY
            ]
            again = [(at, answer) for at, is_same, _, answer in later if not is_same]
            if again:
                at, answer = min(again, key=lambda one: one[0])
                measure = RESCUED if first is not None and first < at else RESCUED_ALONE
                yield Fact(slices, measure, day, None, 1, int(side(answer, self.rules) == "positive"), None)

    def answers(self) -> Iterator[tuple[Counted, Answer]]:
        """The answers that figures count, each with its ticket."""
        for each in self.tickets:
            if not of_rated_tickets(each):
                yield from ((each, answer) for answer in each.ticket.standing_answers())

    def waits(self) -> Iterator[tuple[Slices, int]]:
        """Where customers wait at this moment, and for how many seconds."""
        for each in self.counted:
            since = timeline.waiting_since(each.ticket, self.rules)
            if since is not None:
                yield each.present_slices, max(0, self.now - since) // SECOND

    def rows(self, by: str, period: Period, *, live: bool = True) -> dict[str, dict[str, Any]]:
        """The figures of every row, each by going through all facts once."""
        name = TIMES.get(by)
        if name is None:
            sums = self._sums(lambda slices, _: keys_of(by, slices), period)
            if live and self.today in period.days:
                for slices, seconds in self.waits():
                    for key in keys_of(by, slices):
                        add(sums.setdefault(key, {}), MEASURE, seconds, seconds)
            return {key: self.figures(measures) for key, measures in sums.items()}
        days: dict[str, list[int]] = {}
        for day in period.days:
            days.setdefault(name(day), []).append(day)
        return {key: self._of_days(Period(within[0], within[-1])) for key, within in days.items()}

    def _of_days(self, within: Period) -> dict[str, Any]:
        """The figures of a row of time; a stock only where the row has begun."""
        sums = self._sums(lambda *_: [""], within).get("", {})
        if within.first > self.today:
            sums = {measure: each for measure, each in sums.items() if measure not in STOCKS}
        return self.figures(sums)

    def _sums(self, keys: Callable[[Slices, int], list[str]], period: Period) -> dict[str, dict[str, Sums]]:
        found: dict[str, dict[str, Sums]] = {}
        for fact in self.facts:
            first = 0 if fact.measure in STOCKS else period.first
            last = min(period.last, self.today) if fact.measure in STOCKS else period.last
            if not first <= fact.day <= last:
                continue
            for key in keys(fact.slices, fact.day):
                measures = found.setdefault(key, {})
                if fact.decided is not None and fact.decided > self.today:
                    measures.setdefault(fact.measure, Sums()).undecided += fact.n
                else:
                    add(measures, fact.measure, fact.total, fact.value, n=fact.n)
        return found

    def figures(self, measures: dict[str, Sums]) -> dict[str, Any]:
        """As JSON; where no schedule is set all time is business time."""
        twins = {} if self.rules.hours else {twin: measures[of] for of, twin in TWINS.items() if of in measures}
        return as_json(figures_of({**measures, **twins}))

    def backlog(self, day: int) -> tuple[int, int]:
        """How many tickets waited for us, and how many for their customers, when a day was over."""
        held: Counter[str] = Counter()
        for each in self.counted:
            said = [change.status for change in each.ticket.statuses if self.day(change.at) <= day]
            if self.day(each.ticket.opened_at) <= day:
                held[["new", *said][-1]] += 1
        return held["new"] + held["open"] + held["on_hold"], held["pending"]

    def resolutions(self) -> int:
        """How often a ticket became solved that was not; spam and deleted are as if they had not been."""
        total = 0
        for each in self.counted:
            was = False
            for change in each.ticket.statuses:
                if change.status not in ("spam", "deleted"):
                    total += change.status in RESOLVED and not was
                    was = change.status in RESOLVED
        return total


#: Calendar figure → its business twin.
TWINS = {
    name: name + "_business" for metric in METRICS for name in metric.figures if name + "_business" in metric.figures
}


def _week(day: int) -> str:
    year, week, _ = datetime.fromordinal(day + 719163).isocalendar()
    return f"{year}-W{week:02d}"


TIMES: Mapping[str, Callable[[int], str]] = {
    "day": lambda day: datetime.fromordinal(day + 719163).strftime("%Y-%m-%d"),
    "week": _week,
    "month": lambda day: datetime.fromordinal(day + 719163).strftime("%Y-%m"),
}
CUTS = ("channel", "agent", "department", "tag", *TIMES)


def keys_of(by: str, slices: Slices) -> list[str]:
    """In which rows a fact stands."""
    if not by:
        return [""]
    return [slices.channel] if by == "channel" else [value for kind, value in slices.pairs if kind == by]


def add(measures: dict[str, Sums], measure: str, total: int, value: int | None, *, n: int = 1) -> None:
    sums = measures.setdefault(measure, Sums())
    sums.n += n
    sums.total += total
    if value is not None:
        sums.values.append(np.array([value], np.int64))


def as_json(made: Mapping[str, Figure]) -> dict[str, Any]:
    found: dict[str, Any] = plain({name: figure.json() for name, figure in made.items()})
    return found


NOTHING = as_json(figures_of({}))


def differences(found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[tuple[str, str, Any, Any]]:
    """Row, figure, what a report says, what a recount says."""
    return [
        (key, name, found.get(key, NOTHING)[name], expected.get(key, NOTHING)[name])
        for key in {**found, **expected}
        for name in NOTHING
        if found.get(key, NOTHING)[name] != expected.get(key, NOTHING)[name]
    ]


class Histories(RuleBasedStateMachine):
    """One account and everything that was told of it."""

    def __init__(self, runtime: Runtime) -> None:
        super().__init__()
        self.runtime = runtime
        self.slug = f"h{next(_NUMBERS)}"
        self.account = add_account(runtime, self.slug)
        self.keeper = Keeper(self.account.customer_key)
        self.kept: list[Event] = []  #: as they are stored: customers are hashes
        self.said: list[Event] = []
        self.late: list[Event] = []
        self.forgotten: set[str] = set()
        self.dead: set[str] = set()

    def take(self, events: list[Event], store: Callable[..., None] = take) -> None:
        """Tell the account, and remember."""
        store(self.runtime, self.account, *events)
        self.said += events
        # A ticket that comes to a forgotten customer is gone with all that was told of it.
        self.dead |= {event.ticket for event in events if event.data.get("customer") in self.forgotten}
        told = [*self.kept, *(self.keeper.event(event) for event in events)]
        self.kept = [event for event in told if event is not None and event.ticket not in self.dead]

    @initialize(known=st.lists(stories(), min_size=2, max_size=5))
    def begin(self, known: list[list[Event]]) -> None:
        self.take([event for story in known for event in story])

    @rule(story=stories(), order=st.randoms(use_true_random=False))
    def live_through(self, story: list[Event], order: Any) -> None:
        """A part of it comes late."""
        order.shuffle(story)
        part = order.randint(1, len(story)) if story else 0
        self.take(story[:part])
        self.late += story[part:]

    @rule(events=st.lists(EVENTS, min_size=3, max_size=12), held_back=st.lists(EVENTS, max_size=3))
    def tell(self, events: list[Event], held_back: list[Event]) -> None:
        self.take(events)
        self.late += held_back

    @rule(events=st.lists(EVENTS, max_size=12), story=stories())
    def bring(self, events: list[Event], story: list[Event]) -> None:
        """A file of history tells it."""
        self.take([*events, *story], take_as_new)

    @rule(order=st.randoms(use_true_random=False))
    def tell_again_and_late(self, order: Any) -> None:
        again = [*order.sample(self.said, len(self.said) // 3), *self.late]
        order.shuffle(again)
        self.late = []
        while again:
            self.take([again.pop() for _ in range(min(len(again), order.randint(1, 9)))])

    @rule(step=st.sampled_from([1, 3, 50]))
    def compact(self, step: int) -> None:
        figures.compact(self.runtime.database, self.slug, budget_seconds=5, step=step)

    @rule(change=CHANGES)
    def settle(self, change: dict[str, Any]) -> None:
        """Other rules from now on; what was counted by the old ones stays so for a while."""
        wanted = {**self.account.settings, **change}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        self.account = accounts.with_settings(self.account, wanted)
        in_transaction(
            self.runtime.database, lambda connection: accounts.save(connection, self.account, self.runtime.vault)
        )

    @rule()
    def count_anew(self) -> None:
        assert rebuild(self.runtime, self.slug, progress=lambda done, of: None)

    @rule(person=st.sampled_from(["ana", "ivo"]), chance=st.integers(0, 3))
    def forget(self, person: str, chance: int) -> None:
        """Once in a while: a ticket of theirs goes, and out of others what names them."""
        if chance or person in self.forgotten:
            return
        forget(self.runtime, self.slug, person)
        self.forgotten.add(person)
        name = customer_hash(self.account.customer_key, person)
        tickets = {event.ticket for event in self.kept}
        folded = {ticket: fold(ticket, [each for each in self.kept if each.ticket == ticket]) for ticket in tickets}
        theirs = {ticket for ticket, found in folded.items() if found.customer == name}
        theirs |= {
            each.ticket for each in self.kept if each.type == "ticket.created" and each.data.get("customer") == name
        }
        self.dead |= theirs
        self.kept = [each for each in self.kept if each.ticket not in theirs and each.data.get("customer") != name]

    @rule(now=NOWS, period=PERIODS, by=st.sampled_from(CUTS))
    def check(self, now: str, period: Period, by: str) -> None:
        """The report says what a recount says, row by row and in total."""
        self.count_anew()
        moment = instant_of_iso(now)
        recount = Recount(self.account, self.kept, moment)
        found = self.report(by, period, moment)
        assert differences({row[by]: row["metrics"] for row in found["rows"]}, recount.rows(by, period)) == []
        if by not in TIMES:
            before = recount.rows(by, previous(period), live=False)
            assert differences({row[by]: row["previous"] for row in found["rows"]}, before) == []
        assert differences({"": found["total"]}, recount.rows("", period, live=by not in TIMES)) == []
        self.rows_add_up(found, by)

    def report(self, by: str, period: Period, now: Instant) -> dict[str, Any]:
        with self.runtime.database.read() as connection:
            made = report(connection, self.account, ReportRequest(period.first, period.last, by), now=now)
        found: dict[str, Any] = {**made, "total": plain(made["total"])}
        found["rows"] = [
            {**row, "metrics": plain(row["metrics"]), "previous": plain(row["previous"])} for row in made["rows"]
        ]
        return found

    def rows_add_up(self, found: dict[str, Any], by: str) -> None:
        """What is counted once in some row is counted once in all of them; a stock is no sum over time."""
        if by == "tag":
            return
        for name, total in found["total"].items():
            if by in TIMES and name.startswith("backlog"):
                continue
            # unlike scales have no numerator together, though the rows of one scale have
            for part in ("n",) if "parts" in total else ("n", "numerator", "denominator", "undecided"):
                assert sum(row["metrics"][name].get(part, 0) for row in found["rows"]) == total.get(part, 0), name

    def teardown(self) -> None:
        """What came late has come: nothing differs, by any cut, nor from the plainest counting there is."""
        self.take(self.late)
        period, now = Period(MONDAY_DAY - 7, MONDAY_DAY + 30), "2026-03-27T12:00:00Z"
        for by in CUTS:
            self.check(now, period, by)
        assert list(verify(self.runtime.database, self.account)) == []
        recount = Recount(self.account, self.kept, instant_of_iso(now))
        found = self.report("day", period, instant_of_iso(now))
        volume = Counter(each.inbound for each in recount.counted)
        assert found["total"]["ticket_volume"]["n"] == volume[True]
        assert found["total"]["ticket_volume_outbound"]["n"] == volume[False]
        assert found["total"]["resolved_volume"]["n"] == recount.resolutions()
        for day, row in zip(period.days, found["rows"], strict=True):
            held = tuple(row["metrics"][name]["n"] for name in ("backlog_waiting", "backlog_pending"))
            assert held == (recount.backlog(day) if day <= recount.today else (0, 0))


def test_every_figure_of_any_history_is_that_of_a_plain_recount(runtime: Runtime) -> None:
    class Here(Histories):
        def __init__(self) -> None:
            super().__init__(runtime)

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=tries(1 / 8),
            stateful_step_count=20,
            print_blob=True,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
            suppress_health_check=list(HealthCheck),
        ),
    )
