"""Promises 30 and 34 in full: what we write stands in the desk once, whatever fails, and never sets itself off."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from sqlalchemy import update

from integrations.actions import Action, AddNote, PutSummary, Section
from integrations.errors import Retry
from integrations.generic.simulator import Simulator
from integrations.generic.webhook import Generic
from integrations.registry import DESK_NAMES
from integrations.session import Session
from integrations.times import HOUR, MINUTE, iso
from tests.desks import test_generic
from tests.desks.contract import DeskContract
from tests.desks.hooks import DeskHooks, Served
from tests.desks.serving import serving
from tests.promises.stack import Stack, on_both, scaled
from tests.servers import wait_for
from tests.workers import strict_desk
from tests.workers.conftest import clock, nudged, runtime
from tests.workers.small_world import a_week, tell
from tests.workers.standing import Clock, add_account, rows, wish
from tests.workers.test_pipeline import keep, take_all
from workers.desk_work import work_off
from workers.metrics.facts import read_facts
from workers.periods import today
from workers.rebuild import verify
from workers.runtime import Runtime
from workers.settings import Settings
from workers.store import accounts, schema, tickets
from workers.summaries import sum_up

__all__ = ["clock", "nudged", "runtime"]


def _hooks(desk: str) -> DeskHooks:
    """The answers that the desk's own test class gives."""
    module = test_generic if desk == "generic" else import_module(f"tests.desks.{desk}.test_contract")
    found = [one for one in vars(module).values() if isinstance(one, type) and issubclass(one, DeskContract)]
    (made,) = (one for one in found if one is not DeskContract)
    hooks: DeskHooks = made()
    return hooks


SECRET = "whsec_a2V5"
#: Who a desk says we are.
PLUGIN = {"by": "agent", "author": "plugin"}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", DESK_NAMES)
def test_30_every_marker_has_one_object_however_many_answers_are_lost(name: str) -> None:
    random = Random(30)
    hooks = _hooks(name)
    lost = 0
    with hooks.serving() as served:
        for number in range(scaled(120)):
            _unlimited(served)
            for action in _marked(f"deskpulse:trial-{number}", served):
                for _ in range(random.randrange(4)):
                    served.lose_next_answer()
                    lost += _is_lost(hooks, action, served)
                while _is_lost(hooks, action, served):
                    lost += 1
                if random.random() < 0.3:  # a worker that was paused comes late
                    lost += _is_lost(hooks, action, served)
        written = served.written()
    texts = [*written.notes[served.ticket], *written.summaries.values()]
    found = {number: sum(f"trial-{number}#" in text for text in texts) for number in range(scaled(120))}
    assert set(found.values()) == {2}, {number: n for number, n in found.items() if n != 2}
    assert lost > scaled(120)


def _unlimited(served: Served) -> None:
    """Simulated desks count requests by the real minute; here they come by the hundred."""
    seen: set[int] = set()
    left: list[object] = [served]
    while left:
        one = left.pop()
        seen.add(id(one))
        for name, value in list(getattr(one, "__dict__", {}).items()):
            if name.endswith("_per_minute") and isinstance(value, int):
                setattr(one, name, 10**9)
            elif id(value) not in seen and type(value).__module__.startswith(("integrations.", "tests.desks.")):
                left.append(value)


def _marked(marker: str, served: Served) -> Iterator[Action]:
    yield AddNote(served.ticket, f"[{marker}#note]", ("Please call back",))
    yield PutSummary(f"{marker}#summary", f"A day ({marker})", (Section("Volume", ("7 tickets",)),))


def _is_lost(hooks: DeskHooks, action: Action, served: Served) -> bool:
    """Whether the answer was lost: an action that finds its object writes nothing whose answer could be."""
    try:
        hooks.desk.apply(action, served.session)
    except Retry:
        return True
    return False


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_30_one_summary_a_day_whatever_the_desk_and_the_worker_do(runtime: Runtime, clock: Clock) -> None:
    random = Random(31)
    simulator = Simulator(5)
    simulator.connect("", SECRET)
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    first = today(clock(), ZoneInfo("UTC")) - 1
    days = range(first, first - scaled(60), -1)
    with serving(simulator.app) as url:
        _connected(runtime, url)
        for day in days:
            _told_at_last(runtime, clock, simulator, day, random)
    told = rows(runtime, schema.summaries)
    markers = Counter(summary["marker"] for summary in simulator.summaries.values())
    assert len(told) == len(days)
    assert markers == {row.marker: 1 for row in told}
    assert {row.object_id for row in told} == set(simulator.summaries)


def _told_at_last(runtime: Runtime, clock: Clock, simulator: Simulator, day: int, random: Random) -> None:
    for fault in random.choices(("drop", "fail", "limit", "before", "after"), k=random.randrange(4)):
        if fault in ("before", "after"):
            _killed(runtime, day, after=fault == "after")
        else:
            simulator.misbehave(fault)
            sum_up(runtime, "acme", "daily", day)
        clock.now += MINUTE * random.choice((1, 5))
    for _ in range(20):
        clock.now += 30 * MINUTE
        sum_up(runtime, "acme", "daily", day)
        if any(row.day == day and row.told for row in rows(runtime, schema.summaries)):
            return
    pytest.fail("the summary is never told")


def _killed(runtime: Runtime, day: int, *, after: bool) -> None:
    """A worker that dies before or after its request, with nothing settled."""
    apply = Generic.apply

    def dying(self: Generic, action: Action, session: Session) -> None:
        if after:
            apply(self, action, session)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Generic, "apply", dying)
        try:
            sum_up(runtime, "acme", "daily", day)
        except (KeyboardInterrupt, Retry):
            return


def _connected(runtime: Runtime, url: str, **settings: Any) -> None:
    """A generic account with a bridge and a week of tickets."""
    made = add_account(runtime, "acme", desk="generic", url=url, **settings)
    made = replace(made, credentials={"secret": SECRET})
    with runtime.database.write() as connection:
        accounts.save(connection, made, runtime.vault)
    tell(runtime, made, *a_week("2026-03-02", 14, "w", answered=20, resolved=90, csat=4))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_30_senders_killed_beside_a_desk_that_fails_leave_one_note_each(both: tuple[Settings, Settings]) -> None:
    numbers = [str(number) for number in range(scaled(40))]

    def scenario(settings: Settings) -> dict[str, int]:
        random = Random(32)
        with strict_desk.serving() as desk, Stack(settings, entry="tests.workers.worker_entry") as stack:
            desk.add(*numbers)
            desk.after = "1"
            add_account(stack.runtime, "acme", url=desk.url, summaries={"daily": None, "weekly": None})
            stack.start("redis", "desks", "sums")
            for number in numbers:
                marker = f"[deskpulse:{number}]"
                wish(stack.runtime, "acme", number, "note:csat", kind="note", marker=marker, lines=["Call back"])
            for _ in range(scaled(8)):
                desk.mode = random.choice(("well", "lose", "fail", "limit"))
                desk.delay = random.choice(("", "POST"))
                _hurry(stack)
                time.sleep(1 + 2 * random.random())
                stack.kill("desks")
                stack.start("desks")
            desk.mode, desk.delay = "well", ""
            wait_for(lambda: _all_done(stack), seconds=180, what="every note")
            return {number: len(desk.tickets[number]["notes"]) for number in numbers}

    for notes in on_both(scenario, *both):
        assert notes == dict.fromkeys(numbers, 1)


def _hurry(stack: Stack) -> None:
    """What waits for a later try is due, as if hours had passed."""
    now = stack.runtime.clock()
    with stack.runtime.database.write() as connection:
        waiting = schema.actions.c.state == "waiting"
        connection.execute(update(schema.actions).where(waiting).values(next_at=now))


def _all_done(stack: Stack) -> bool:
    _hurry(stack)
    time.sleep(0.5)
    return {row.state for row in stack.rows(schema.actions)} == {"done"}


class Echoing(Simulator):
    """A desk that tells us about everything that we did in it, in every way a desk could put it."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.acts: Counter[str] = Counter()
        self.echoes: list[bytes] = []

    def echo_again(self, now: int) -> None:
        """Tell about every ticket as it stands."""
        for id_ in self.tickets:
            self._tell(id_, now)

    def _on_ticket(self, word: str, action: dict[str, Any]) -> dict[str, Any]:
        done = super()._on_ticket(word, dict(action))
        self.acts[word] += 1
        assert self.clock is not None
        self._tell(action["ticket"], self.clock(), tag=action.get("tag"))
        return done

    def _tell(self, id_: str, now: int, *, tag: str | None = None) -> None:
        ticket = self.tickets[id_]
        told = {"ticket": id_, "at": iso(now)}
        lines: list[dict[str, Any]] = [
            {**told, "type": "ticket.tagged", "tags": sorted(ticket.tags)},
            {**told, "type": "ticket.updated", "fields": dict(ticket.fields)},
            *({**told, "type": "ticket.tagged", "add_tags": [tag]} for tag in (tag,) if tag),
        ]
        lines += [
            {
                **told,
                "type": "message.sent",
                "by": "agent",
                "author": "plugin",
                "public": False,
                "message": f"n{number}",
            }
            for number, _ in enumerate(ticket.notes)
        ]
        self.echoes.append(orjson.dumps({"events": lines}))


def _rounds(runtime: Runtime, clock: Clock, number: int) -> None:
    """Let our writes come back so many times; nothing more is written and no figure moves."""
    desk = Echoing(34)
    desk.connect("", SECRET)
    desk.clock = clock
    desk.history(1, clock())
    for id_ in list(desk.tickets)[6:]:
        del desk.life.tickets[id_]
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    with serving(desk.app) as url:
        _connected(runtime, url, surveys={"csat": {"scale": [1, 5], "follow_up_below": 6}})
        keep(runtime, *(orjson.dumps({"events": ticket.lines}) for ticket in desk.tickets.values()))
        _settled(runtime, clock, desk)
        once, facts = Counter(desk.acts), _facts(runtime)
        for _ in range(number):
            clock.now += MINUTE
            desk.echo_again(clock())
            _settled(runtime, clock, desk)
    assert desk.acts == once
    assert {"add_tag", "set_field", "add_note"} <= set(once)
    assert _facts(runtime) == facts
    assert desk.refused == []


def _settled(runtime: Runtime, clock: Clock, desk: Echoing) -> None:
    """Take in what came back and do what is wished, until neither brings anything new."""
    for _ in range(50):
        echoes, desk.echoes = desk.echoes, []
        if echoes:
            keep(runtime, *echoes)
        take_all(runtime)
        work_off(runtime, "acme", seconds=HOUR // MINUTE)
        clock.now += MINUTE
        waiting = {row.state for row in rows(runtime, schema.actions)} | {
            row.state for row in rows(runtime, schema.refreshes)
        }
        if not desk.echoes and "waiting" not in waiting:
            return
    pytest.fail("our own writes keep coming back")


def _facts(runtime: Runtime) -> dict[str, Counter[Any]]:
    """Ticket → everything it counts for."""
    with runtime.database.read() as connection:
        account = accounts.find(connection, "acme", runtime.vault)
        assert account is not None
        found = [row for page in tickets.pages(connection, "acme") for row in page]
    assert list(verify(runtime.database, account)) == []
    return {row.ticket: Counter(map(repr, read_facts(row.counted))) for row in found}


def test_34_our_own_writes_come_back_and_set_nothing_off(runtime: Runtime, clock: Clock) -> None:
    _rounds(runtime, clock, 3)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_34_however_often_they_come_back(runtime: Runtime, clock: Clock) -> None:
    _rounds(runtime, clock, scaled(100))
