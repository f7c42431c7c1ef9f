"""The line at the foot of every page: how fresh the figures are, what is missing, and what waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from integrations.registry import desk_named
from integrations.times import DAY, MINUTE, SECOND, Instant
from workers.accounts import Account
from workers.counting import rules_version
from workers.store import tickets
from workers.store.database import Database
from workers.store.freshness import Freshness, freshness
from workers.wording.language import Language

#: A desk that was busy and is silent for so long has probably lost its webhook.
_SILENT: Final = 2 * DAY


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence; `tone` is plain, coming while figures are not whole, or wrong where a person has to look."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Health:
    """The line; `troubles` says how many of its sentences are about something wrong."""

    sentences: tuple[Sentence, ...]

    @property
    def troubles(self) -> int:
        """How many sentences are about something that a person has to look at."""
        return sum(sentence.tone == "wrong" for sentence in self.sentences)

    @property
    def coming(self) -> tuple[str, ...]:
        """Why the figures are not whole yet: what a reader must know before the figures."""
        return tuple(sentence.text for sentence in self.sentences if sentence.tone == "coming")


def health(database: Database, connection: Connection, account: Account, language: Language, *, now: Instant) -> Health:
    """What is known of an account at this moment, in the snapshot of the page."""
    found = freshness(database, connection, account.slug)
    stale = tickets.count_stale(connection, account.slug, rules_version(account.rules))
    of = tickets.count(connection, account.slug) if stale else 0
    sentences = [
        Sentence(language.say("As of {moment}.", moment=language.moment(now, account.rules.zone))),
        *_fresh(found, account, language, now),
        *_under_way(found, language),
        *_waits(found, language),
        *_wrong(found, language),
    ]
    if stale:
        told = language.say(
            "History is counted anew: {done} of {of} tickets are done.",
            done=language.number(of - stale),
            of=language.number(of),
        )
        sentences.append(Sentence(told, "coming"))
    return Health(tuple(sentences))


def ago(language: Language, moment: Instant, now: Instant) -> str:
    """How long ago a moment was: in seconds up to a minute, then in the two largest units."""
    return language.duration(max(0, now - moment) // SECOND)


def _fresh(found: Freshness, account: Account, language: Language, now: Instant) -> Iterator[Sentence]:
    desk = _desk_title(account.desk)
    if found.last_call is None:
        yield Sentence(language.say("{desk} has not called yet.", desk=desk))
    else:
        told = {"desk": desk, "ago": ago(language, found.last_call, now)}
        if now - found.last_call > _SILENT:
            silent = language.say("{desk} last called {ago} ago: is its webhook still set?", **told)
            yield Sentence(silent, "wrong")
        else:
            yield Sentence(language.say("{desk} last called {ago} ago.", **told))
    if found.checked is not None and found.checked + MINUTE < now:
        yield Sentence(language.say("Checked with the desk {ago} ago.", ago=ago(language, found.checked, now)))
    elif found.checked is not None:
        yield Sentence(language.say("Checked with the desk just now."))


def _under_way(found: Freshness, language: Language) -> Iterator[Sentence]:
    if found.backfill is None:
        return
    done, total = found.backfill
    if total is None:
        yield Sentence(
            language.say_many("History comes in: {n} ticket so far.", "History comes in: {n} tickets so far.", done),
            "coming",
        )
    else:
        told = {"done": language.number(done), "of": language.number(total)}
        yield Sentence(language.say("History comes in: {done} of {of} tickets.", **told), "coming")


def _waits(found: Freshness, language: Language) -> Iterator[Sentence]:
    say_many = language.say_many
    if found.calls:
        yield Sentence(say_many("{n} call waits to be read.", "{n} calls wait to be read.", found.calls))
    if found.refreshes:
        told = say_many("{n} ticket waits to be fetched.", "{n} tickets wait to be fetched.", found.refreshes)
        yield Sentence(told)
    if found.actions:
        told = say_many(
            "{n} change waits to be written to the desk.",
            "{n} changes wait to be written to the desk.",
            found.actions,
        )
        yield Sentence(told)
    if not (found.calls or found.refreshes or found.actions):
        yield Sentence(language.say("Nothing waits."))


def _wrong(found: Freshness, language: Language) -> Iterator[Sentence]:
    if found.desk_away:
        yield Sentence(language.say("The desk does not answer; it is asked again every 30 seconds."), "wrong")
    if found.unreadable:
        told = language.say_many("{n} call could not be read.", "{n} calls could not be read.", found.unreadable)
        yield Sentence(told, "wrong")
    if found.set_aside:
        told = language.say_many(
            "{n} call failed and is set aside.", "{n} calls failed and are set aside.", found.set_aside
        )
        yield Sentence(told, "wrong")
    if found.given_up:
        told = language.say_many("{n} change was given up.", "{n} changes were given up.", found.given_up)
        yield Sentence(told, "wrong")


def _desk_title(name: str) -> str:
    try:
        return desk_named(name).title
    except KeyError:
        return name
