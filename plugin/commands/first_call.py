"""The end of `deskpulse connect`: a first genuine call of the desk is seen to arrive, or it is said that none came."""

from __future__ import annotations

from typing import Final

import requests

from integrations.base import Desk, Reading
from integrations.errors import Unreadable
from integrations.times import SECOND, Instant
from plugin.commands.command import Context, webhook_url
from plugin.commands.terminal import is_terminal, progress
from workers.accounts import Account
from workers.readings import tickets_of
from workers.store import listing
from workers.store.calls import read_calls

#: How long a person is waited for who goes over to the desk and changes something there, in seconds.
PATIENCE: Final = 300
_LOOK_SECONDS: Final = 0.5
_DOOR_SECONDS: Final = 3.0
_MOST_AT_ONCE: Final = 100


def seconds_to_wait(context: Context, asked: int | None) -> int:
    """So many as were asked for; else five minutes where a person looks on, and none where nobody does."""
    if asked is not None:
        return max(0, asked)
    return PATIENCE if context.ask is not None and is_terminal(context.err) else 0


def newest_call(context: Context, account: Account) -> int:
    """The number of the account's newest call, 0 before the first."""
    return next((one.call for one in listing.newest(context.runtime.database, account.slug, limit=1)), 0)


def see_first_call(context: Context, desk: Desk, account: Account, *, after: int, seconds: int) -> None:
    """Say what came of the first call after that one, whether it came already or comes within so many seconds.

    Only a call that proved itself at the door is there to be found. None is no failure: the desk may be quiet.
    """
    if not seconds:
        return
    context.say("Live test: change something in the desk now, for example write a private note into a ticket.")
    _look_at_door(context, account)
    started = context.runtime.clock()
    try:
        call = _awaited(context, account, after, until=started + seconds * SECOND)
    except KeyboardInterrupt:
        context.say(f"Not waited for any longer; later: deskpulse calls --account {account.slug}")
        return
    if call is None:
        _say_none(context, account, seconds)
    else:
        context.say(f"A call of the desk arrived, call {call}: {_told(context, desk, account, call)}.")


def _look_at_door(context: Context, account: Account) -> None:
    """Say so when the door does not answer where the desk is to call."""
    address = webhook_url(context.settings, account)
    try:
        answers = requests.get(address, timeout=_DOOR_SECONDS).ok
    except requests.RequestException:
        answers = False
    if not answers:
        context.say(f"Nothing answers at {address} from here: start `deskpulse up`, and let that address lead to it.")


def _awaited(context: Context, account: Account, after: int, *, until: Instant) -> int | None:
    """The number of the first call after that one; None when the time is over."""
    runtime, started = context.runtime, context.runtime.clock()
    with progress(context.err) as step:
        while True:
            found = listing.newest(runtime.database, account.slug, limit=_MOST_AT_ONCE)
            if new := [one.call for one in found if one.call > after]:
                return min(new)
            now = runtime.clock()
            if now >= until:
                return None
            step("waiting for a call; Ctrl-C ends it", now - started, until - started)
            runtime.nap(_LOOK_SECONDS)


def _told(context: Context, desk: Desk, account: Account, number: int) -> str:
    """What the call says, in a few words."""
    with context.runtime.database.door.connect() as connection:
        _, _, call = read_calls(connection, [number])[number]
    try:
        reading = desk.parse(call, account.access)
    except Unreadable as error:
        return f"it proves itself and cannot be read: {error}"
    return f"it proves itself and tells of {_about(reading)}"


def _about(reading: Reading) -> str:
    tickets = sorted(tickets_of(reading))
    if not tickets:
        return "nothing that is counted"
    return f"ticket {tickets[0]}" if len(tickets) == 1 else f"{len(tickets)} tickets"


def _say_none(context: Context, account: Account, seconds: int) -> None:
    context.say(
        f"No call of the desk came within {seconds} s. Everything else is done, and calls are taken whenever they come."
    )
    context.say("If you did change something: does the desk know the address and the secret above, can it reach that")
    context.say("address, and what does its own list of sent webhooks say? `deskpulse up` logs calls that it refuses.")
    context.say(f"To look again: deskpulse calls --account {account.slug}")
