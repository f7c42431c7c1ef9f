"""What is wrong with an installation, each thing in one line that says what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import redis
from sqlalchemy import Connection

from integrations.errors import GiveUp
from integrations.registry import DESK_NAMES, capabilities_of
from integrations.times import DAY, MINUTE, SECOND, Instant, iso
from workers.accounts import Account
from workers.digests import EMAIL, receivers_of
from workers.periods import date_of
from workers.runtime import Runtime
from workers.secrets import Vault, vault
from workers.settings import Settings
from workers.store import (
    accounts,
    actions,
    digests,
    figures,
    gates,
    gauges,
    jobs,
    listing,
    refreshes,
    sealed,
    summaries,
)
from workers.store.gates import GateState
from workers.store.listing import SET_ASIDE, UNREADABLE
from workers.surveys import judging
from workers.surveys.settings import asking_of

#: How long a call may wait before something is wrong, in seconds.
_LONGEST_WAIT: Final = 60.0
_REDIS_SECONDS: Final = 2.0
#: A desk that was busy and is silent for so long has probably lost its webhook.
_SILENT: Final = 2 * DAY
#: How far back surveys are told of.
_SURVEY_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what it is about, whether all is well with it, and the sentence."""

    about: str
    well: bool
    sentence: str


def examine(runtime: Runtime, slug: str | None = None) -> Iterator[Finding]:
    """Everything that can be looked at from here, in the order in which one mends it."""
    yield Finding("database", well=True, sentence="SQLite" if runtime.database.is_sqlite else "PostgreSQL")
    yield _queue(runtime)
    yield from _inbox(runtime)
    yield from _seals(runtime)
    with runtime.database.read() as connection:
        slugs = [slug] if slug is not None else accounts.slugs(connection)
    for each in slugs:
        yield from _of_account(runtime, each)


def reseal(runtime: Runtime) -> int:
    """Seal every secret under the newest key; how many accounts. GiveUp when one does not open."""
    with runtime.database.write() as connection:
        found = sealed.all_sealed(connection)
        for slug, secret in found.items():
            sealed.put(connection, slug, runtime.vault.reseal(secret))
    return len(found)


def try_again(runtime: Runtime, slug: str) -> int:
    """Let everything of an account that was given up be tried from now on; how many things."""
    now = runtime.clock()
    with runtime.database.write() as connection:
        number = actions.try_again(connection, slug, now=now) + refreshes.try_again(connection, slug, now=now)
        number += summaries.try_again(connection, slug, now=now) + digests.try_again(connection, slug, now=now)
        return number + sum(jobs.resume(connection, slug, job, now=now) for job in jobs.PAGED)


def _queue(runtime: Runtime) -> Finding:
    try:
        with redis.Redis.from_url(
            runtime.settings.redis_url, socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS
        ) as client:
            client.ping()
    except (redis.RedisError, OSError):
        todo = "start `deskpulse up`" if runtime.settings.owns_redis else "start it, or check DESKPULSE_REDIS_URL"
        return Finding("redis", well=False, sentence=f"does not answer, so no worker runs: {todo}")
    return Finding("redis", well=True, sentence="answers")


def _inbox(runtime: Runtime) -> Iterator[Finding]:
    found = gauges.gauges(runtime.database, now=runtime.clock())
    late = found.oldest_seconds > _LONGEST_WAIT
    sentence = f"{found.waiting_calls} calls wait, the oldest for {found.oldest_seconds:.0f} s"
    todo = ": no worker takes them in; start `deskpulse up` or see what its `intake` part says" if late else ""
    yield Finding("inbox", well=not late, sentence=sentence + todo)


def _seals(runtime: Runtime) -> Iterator[Finding]:
    newest = vault(runtime.settings.changed(DESKPULSE_SECRET_KEY_OLD=""))
    with runtime.database.read() as connection:
        slugs = accounts.slugs(connection)
    old = []
    for slug in slugs:
        if not _opens(runtime, newest, slug):
            old.append(slug)
    lost = [slug for slug in old if not _opens(runtime, runtime.vault, slug)]
    for slug in lost:
        sentence = "its secrets do not open: put the key they were sealed with into DESKPULSE_SECRET_KEY_OLD"
        yield Finding(slug, well=False, sentence=sentence)
    aged = [slug for slug in old if slug not in lost]
    if aged:
        sentence = f"secrets of {', '.join(aged)} are sealed with an earlier key: run `deskpulse doctor --reseal`"
        yield Finding("secrets", well=False, sentence=sentence)
    elif not lost:
        yield Finding("secrets", well=True, sentence="sealed with the present key")


def _opens(runtime: Runtime, keys: Vault, slug: str) -> bool:
    try:
        with runtime.database.read() as connection:
            accounts.find(connection, slug, keys)
    except GiveUp:
        return False
    return True


def _of_account(runtime: Runtime, slug: str) -> Iterator[Finding]:
    try:
        with runtime.database.read() as connection:
            account = accounts.find(connection, slug, runtime.vault)
    except GiveUp:
        return  # told of with the seals
    if account is None:
        return
    if account.desk not in DESK_NAMES:
        yield Finding(slug, well=False, sentence=f"its desk {account.desk} is not known to this version: update it")
    yield _calls(runtime, slug)
    yield from _troubles(runtime, slug)
    with runtime.database.read() as connection:
        if account.reachable:  # what failed at an address that was taken out is asked no more
            yield from _gate(connection, account, now=runtime.clock())
        yield from _given_up(connection, slug)
        yield from _jobs(connection, account)
        yield from _surveys(connection, account, runtime)
        yield from _digests(connection, account, runtime.settings)
        if figures.has_changes(connection, slug):
            yield Finding(slug, well=True, sentence="some facts wait to be folded; reports count them already")


def _calls(runtime: Runtime, slug: str) -> Finding:
    with runtime.database.door.connect() as door:
        last = listing.last_received(door, slug)
    if last is None:
        return Finding(slug, well=True, sentence="the desk has not called yet")
    silent = runtime.clock() - last
    known = f"the last call came at {iso(last // SECOND * SECOND)}"
    if silent > _SILENT:
        days = silent // DAY
        return Finding(slug, well=True, sentence=f"{known}, {days} days ago; is its webhook still set in the desk?")
    return Finding(slug, well=True, sentence=known)


def _troubles(runtime: Runtime, slug: str) -> Iterator[Finding]:
    for outcome, option in ((UNREADABLE, "--unreadable"), (SET_ASIDE, "--set-aside")):
        found = listing.by_outcome(runtime.database, slug, outcome)
        if not found:
            continue
        words = outcome.replace("_", " ")
        todo = f"see `deskpulse calls --account {slug} {option}`, and `deskpulse replay` when it is mended"
        yield Finding(slug, well=False, sentence=f"{len(found)} calls are {words} ({found[0].error}): {todo}")


def _gate(connection: Connection, account: Account, *, now: Instant) -> Iterator[Finding]:
    state = next((each for each in gates.states(connection, now=now) if each.account == account.slug), None)
    if state is None:
        return
    if state.open:
        yield Finding(account.slug, well=False, sentence=f"the desk is not asked any more but every 30 s{_why(state)}")
    elif state.failures:
        yield Finding(account.slug, well=False, sentence=f"{state.failures} requests failed in a row{_why(state)}")
    elif state.held_until > now + MINUTE:
        until = iso(state.held_until // SECOND * SECOND)
        yield Finding(account.slug, well=True, sentence=f"the desk's rate limit is used up until {until}")


def _why(state: GateState) -> str:
    since = f" at {iso(state.failed_at // SECOND * SECOND)}" if state.failed_at else ""
    return f": {state.error or 'no reason is known'}{since}; check the desk, its address and `deskpulse connect`"


def _given_up(connection: Connection, slug: str) -> Iterator[Finding]:
    for what, found in (
        ("actions", [each.error for each in actions.given_up(connection, slug)]),
        ("tickets to fetch", [each.error for each in refreshes.given_up(connection, slug)]),
        ("summaries", [each.error for each in summaries.given_up(connection, slug)]),
    ):
        if found:
            sentence = f"{len(found)} {what} were given up ({found[0]}): mend that, then `deskpulse doctor --retry`"
            yield Finding(slug, well=False, sentence=sentence)


def _jobs(connection: Connection, account: Account) -> Iterator[Finding]:
    slug = account.slug
    for job in jobs.progress(connection, slug):
        if job.state == "given_up":
            sentence = f"{job.job} was given up ({job.error}): mend that, then `deskpulse doctor --retry`"
            yield Finding(slug, well=False, sentence=sentence)
        elif job.error and account.reachable:
            yield Finding(slug, well=False, sentence=f"{job.job} failed ({job.error}) and is tried again by itself")


def _digests(connection: Connection, account: Account, settings: Settings) -> Iterator[Finding]:
    """Whether the account's digests reach their receivers; nothing for one that has none."""
    receivers = receivers_of(account)
    if any(outlet == EMAIL for outlet, _ in receivers) and not (settings.smtp_url and settings.mail_from):
        sentence = "its digests go by e-mail: set DESKPULSE_SMTP_URL and DESKPULSE_MAIL_FROM"
        yield Finding(account.slug, well=False, sentence=sentence)
    found = digests.state(connection, account.slug)
    if found.given_up:
        todo = "mend that, then `deskpulse doctor --retry` sends them, whatever their day"
        yield Finding(
            account.slug, well=False, sentence=f"{found.given_up} digests were given up ({found.error}): {todo}"
        )
    elif found.put_off:
        sentence = f"{found.put_off} digests were put off ({found.error}) and are tried again by themselves"
        yield Finding(account.slug, well=False, sentence=sentence)
    elif receivers:
        latest = digests.sent(connection, account.slug)
        of = f"the latest of {date_of(latest)}" if latest is not None else "none sent yet"
        yield Finding(account.slug, well=True, sentence=f"digests: {len(receivers)} receivers, {of}")


def _surveys(connection: Connection, account: Account, runtime: Runtime) -> Iterator[Finding]:
    """What became of the surveys that the account asks; nothing for one that asks none."""
    if not asking_of(account.settings).rules:
        return
    if not runtime.settings.public_url:
        sentence = "it asks surveys whose pages have no address: set DESKPULSE_PUBLIC_URL"
        yield Finding(account.slug, well=False, sentence=sentence)
    if not capabilities_of(account.desk).fields:
        yield Finding(account.slug, well=False, sentence="its desk has no field for the links of surveys")
    found = judging.state(connection, account.slug, since=runtime.clock() - _SURVEY_DAYS * DAY)
    held_back = ", ".join(f"{number} {outcome}" for outcome, number in found.asked.held_back.items()) or "none"
    yield Finding(
        account.slug,
        well=True,
        sentence=f"surveys of {_SURVEY_DAYS} days: {found.asked.asked} asked, {found.asked.handed_over} handed over, "
        f"{found.answered} answered, {found.suspects} doubted; held back: {held_back}",
    )
