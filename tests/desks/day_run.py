"""A whole day of one desk, through the real door and the real workers, beside the same day as canonical events."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Final

from integrations.base import Desk, Reading
from integrations.registry import desk_named
from integrations.session import NoGate, Session
from integrations.times import DAY, HOUR, MINUTE, SECOND, Instant
from tests.desks.day_door import PLUGIN, Entrance, Post, Posted, entrance
from tests.desks.day_line import Gatekeeper, joined
from tests.desks.day_performer import Performer
from tests.desks.day_story import MIDNIGHT, PAUSE, SHIFT, ZONE, Move, Tells, story
from tests.desks.day_telling import told_of
from tests.desks.wired import HOST
from tests.workers.standing import Clock, Nudged
from workers.absorbing import Incoming, absorb
from workers.accounts import Account
from workers.runtime import Runtime
from workers.secrets import vault
from workers.settings import Settings
from workers.store import accounts
from workers.store.conflicts import in_transaction
from workers.store.database import open_database
from workers.store.gauges import gauges
from workers.sweep import sweep
from workers.tasks import TASKS

SECRET: Final = "whsec_dGhlIHNlY3JldCBvZiBhIHdob2xlIGRheQ=="
DESK_ACCOUNT: Final = "desk"
TOLD_ACCOUNT: Final = "told"
#: How late a call may be that proves itself only for a while.
_SHORTLY: Final = 200 * SECOND
#: When everything of the first shift and of the second has arrived that is only a little late.
BREAK: Final = MIDNIGHT + SHIFT + _SHORTLY
_EVENING: Final = BREAK + PAUSE + SHIFT
#: After the day, when nothing happens any more, and when its summary is due.
_NIGHT: Final = MIDNIGHT + DAY + 30 * MINUTE
_MORNING: Final = MIDNIGHT + DAY + 8 * HOUR + 5 * MINUTE
_MISSING: Final = 0.05
_LATE: Final = 0.10
_TWICE: Final = 0.25
_MOST_ROUNDS: Final = 5000


@dataclass
class Day:
    """One day as it is lived; `ids` leads from the story's tickets to the desk's."""

    runtime: Runtime
    clock: Clock
    nudged: Nudged
    performer: Performer
    gatekeeper: Gatekeeper
    tells: Tells
    moves: Sequence[Move]
    account: Account
    told: Account  #: the second account
    entrance: Entrance
    post: Post
    ids: dict[str, str] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)  #: everything that the desk posted, in order
    lost: list[bytes] = field(default_factory=list)  #: the bodies of calls that were never delivered
    late: list[bytes] = field(default_factory=list)  #: and of those that came hours later
    _random: Random = field(default_factory=lambda: Random(7))
    _pending: list[tuple[Instant, Posted]] = field(default_factory=list)
    _coming: deque[Move] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._coming.extend(self.moves)

    def live(self) -> None:
        """From the evening before, when the desk is first asked what was missed, to the summary of the next morning."""
        self.work()
        self.happen(BREAK)
        self.live_on()

    def live_on(self) -> None:
        """The same from the break between the shifts on."""
        self.work()
        self.happen(_EVENING)
        self.work()
        for moment in (_NIGHT, _MORNING, _MORNING + HOUR):
            self.clock.now = max(self.clock.now, moment)
            self.work()
            self._arrive(self.clock.now + _SHORTLY)
            self.work()

    def happen(self, until: Instant) -> None:
        """What happens in the desk until then, and the calls of it that arrive until then."""
        while self._coming and self._coming[0].at <= until:
            self._play(self._coming.popleft())
        self._arrive(until)

    def tell(self) -> None:
        """The second account is told the day."""
        told = Incoming(Reading(events=tuple(told_of(self))), "import", MIDNIGHT + DAY)
        in_transaction(
            self.runtime.database,
            lambda connection: absorb(connection, self.told, [told], now=self.clock.now),
        )

    def live_again(self) -> None:
        """The first quarter of the calls arrives once more, where the proof still holds; the desk is asked once more
        what was missed, and the summary is looked at again.
        """
        for posted in self.posted[: len(self.posted) // 4]:
            if self.entrance.proves(posted, self.clock.now):
                self._deliver(posted, self.clock.now)
        self.work()
        self.clock.now += 14 * HOUR
        self.work()

    def is_silent(self) -> bool:
        """Whether the desk has nothing more to post: what we wrote into it led to nothing that we would write."""
        self.performer.flush()
        return self.post.take() == []

    def work(self) -> None:
        """The workers do everything that waits, and the desk posts what their writing makes it post."""
        for _ in range(_MOST_ROUNDS):
            self.look()
            if not self._waits():
                return
            self.clock.nap(1)
        raise AssertionError("the work does not end")

    def look(self) -> None:
        """The workers do what can be done now."""
        sweep(self.runtime)
        while messages := dict.fromkeys(self.nudged.take()):
            for task, *ids in messages:
                TASKS[f"deskpulse.{task}"](self.runtime, *ids)

    def _waits(self) -> int:
        found = gauges(self.runtime.database, now=self.clock.now)
        return found.waiting_calls + found.waiting_actions + found.waiting_refreshes

    def _play(self, move: Move) -> None:
        self.clock.now = move.at
        if move.what == "open":
            self.ids[move.ticket] = self.performer.open(move.at, channel=move.channel, customer=move.who)
        else:
            _PLAYED[move.what](self.performer, self.ids[move.ticket], move, self.ids)
        self._collect()

    def _collect(self) -> None:
        """Decide what becomes of the calls that the desk posts: lost, late, twice, or simply a little later."""
        self.performer.flush()
        for posted in self.post.take():
            self.posted.append(posted)
            fate = self._random.random()
            if fate < _MISSING:
                self.lost.append(posted.body)
                continue
            late = posted.sent_at + int(self._random.uniform(2, 8) * HOUR)
            if fate < _MISSING + _LATE and self.entrance.proves(posted, late):
                self.late.append(posted.body)
                self._pending.append((late, posted))
            else:
                self._pending.append((self._soon(posted), posted))
            if self._random.random() < _TWICE:
                self._pending.append((self._soon(posted), posted))

    def _soon(self, posted: Posted) -> Instant:
        return posted.sent_at + int(self._random.random() * _SHORTLY)

    def _arrive(self, until: Instant) -> None:
        self._collect()
        due = sorted((one for one in self._pending if one[0] <= until), key=lambda one: one[0])
        self._pending = [one for one in self._pending if one[0] > until]
        now = self.clock.now
        for at, posted in due:
            self._deliver(posted, at)
        self.clock.now = max(now, until)

    def _deliver(self, posted: Posted, at: Instant) -> None:
        status = self.entrance.deliver(posted, at)
        assert status == desk_named(self.account.desk).accepted, (status, posted)


#: What each move is, but for opening.
_PLAYED: Final[dict[str, Callable[[Performer, str, Move, dict[str, str]], None]]] = {
    "reply": lambda desk, ticket, move, _: desk.reply(ticket, move.at, by=move.by, who=move.who),
    "note": lambda desk, ticket, move, _: desk.note(ticket, move.at, agent=move.who),
    "assign": lambda desk, ticket, move, _: desk.assign(ticket, move.at, agent=move.who),
    "hand_over": lambda desk, ticket, move, _: desk.hand_over(ticket, move.at),
    "pick_up": lambda desk, ticket, move, _: desk.pick_up(ticket, move.at, agent=move.who),
    "hang_up": lambda desk, ticket, move, _: desk.hang_up(ticket, move.at),
    "transfer": lambda desk, ticket, move, _: desk.transfer(ticket, move.at, agent=move.who),
    "resolve": lambda desk, ticket, move, _: desk.resolve(ticket, move.at, agent=move.who),
    "reopen": lambda desk, ticket, move, _: desk.reopen(ticket, move.at, customer=move.who),
    "merge": lambda desk, ticket, move, ids: desk.merge(ticket, move.at, into=ids[move.into]),
    "rate": lambda desk, ticket, move, _: desk.rate(ticket, move.at, score=move.score, comment=move.comment),
}


@contextmanager
def begun(
    settings: Settings, desk: Desk, tells: Tells, perform: Callable[[Clock], Performer], *, tickets: int
) -> Iterator[Day]:
    """The evening before: the desk is connected, and there is a second account."""
    clock, nudged = Clock(MIDNIGHT - HOUR), Nudged()
    performer, post, moves = perform(clock), Post(clock), story(tells, tickets)
    with ExitStack() as held:
        database = open_database(settings.database_url)
        held.callback(database.dispose)
        runtime = Runtime(settings, database, vault(settings), clock=clock, nudge=nudged, nap=clock.nap)
        gatekeeper = Gatekeeper(performer.app)
        held.enter_context(joined(gatekeeper, {PLUGIN: post.answer}))
        account = _connected(runtime, desk, performer)
        told = _added(runtime, TOLD_ACCOUNT, "generic", {})
        opened = held.enter_context(entrance(runtime, account, clock))
        yield Day(runtime, clock, nudged, performer, gatekeeper, tells, moves, account, told, opened, post)


def _connected(runtime: Runtime, desk: Desk, performer: Performer) -> Account:
    """As `deskpulse connect` does it."""
    webhook = f"{PLUGIN}/webhooks/{desk.name}/{DESK_ACCOUNT}"
    performer.connect(webhook, SECRET)
    given = performer.settings
    # Once a day is what tells a reconciliation apart from the hints: what was lost is found in the night.
    made = _added(runtime, DESK_ACCOUNT, desk.name, {**given, "desk": {"poll_minutes": 1440, **given.get("desk", {})}})
    account = replace(made, desk_url=HOST, credentials=performer.credentials)
    with Session(account.access, NoGate(), allow_private=True, clock=lambda: runtime.clock() / SECOND) as session:
        installed = desk.install(session, webhook_url=webhook, secret=SECRET)
    account = replace(account, author=installed.author, options=installed.options)
    account = accounts.with_secrets_of_desk(account, installed.secrets)
    with runtime.database.write() as connection:
        accounts.save(connection, account, runtime.vault)
    return account


def _added(runtime: Runtime, slug: str, desk: str, settings: dict[str, Any]) -> Account:
    with runtime.database.write() as connection:
        return accounts.add(
            connection,
            slug,
            desk,
            {"time_zone": ZONE.key, **settings},
            secret=SECRET,
            vault=runtime.vault,
            now=runtime.clock(),
        )
