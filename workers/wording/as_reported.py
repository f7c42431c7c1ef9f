"""What changed since a period was first told, in a sentence: `214 tickets. Now 211: 2 spam, 1 merged`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from integrations.times import Instant
from workers.as_reported import Since
from workers.periods import date_of, today
from workers.why_changed import BACK, FEWER, FORGOTTEN, LATE, MORE, MOVED, RULES_IN, RULES_OUT, Reason
from workers.wording.language import Language


def sentence(since: Since, language: Language, *, zone: ZoneInfo, now: Instant) -> str:
    """How many tickets were told and how many there are now, with every reason; or that nothing changed."""
    then, present = since.volume
    day, number = _day(since.as_of, language, zone=zone, now=now), language.number(present)
    if not since.changed:
        return language.say("As reported on {day}: unchanged", day=day)
    tickets = language.say_many("{n} ticket", "{n} tickets", then)
    if not since.reasons:
        return language.say("As reported on {day}: {tickets}, as now; other figures changed", day=day, tickets=tickets)
    reasons = ", ".join(_reason(each, language) for each in since.reasons)
    return language.say(
        "As reported on {day}: {tickets}. Now {now}: {reasons}", day=day, tickets=tickets, now=number, reasons=reasons
    )


def _day(as_of: Instant, language: Language, *, zone: ZoneInfo, now: Instant) -> str:
    """The day of the telling, with its year where that is not this one."""
    told, present = (date_of(today(moment, zone)) for moment in (as_of, now))
    return language.day(told, year=told.year != present.year)


def _reason(reason: Reason, language: Language) -> str:
    return _SENTENCES[reason.kind](language, abs(reason.by))


#: Kind of reason → how many tickets there are of it.
_SENTENCES: Final[dict[str, Callable[[Language, int], str]]] = {
    "spam": lambda said, n: said.say_many("{n} spam", "{n} spam", n),
    "merged": lambda said, n: said.say_many("{n} merged", "{n} merged", n),
    "deleted": lambda said, n: said.say_many("{n} deleted", "{n} deleted", n),
    "incomplete": lambda said, n: said.say_many("{n} without its beginning", "{n} without their beginning", n),
    "outbound": lambda said, n: said.say_many("{n} opened by us", "{n} opened by us", n),
    "channel": lambda said, n: said.say_many("{n} in an excluded channel", "{n} in excluded channels", n),
    "department": lambda said, n: said.say_many("{n} in an excluded department", "{n} in excluded departments", n),
    "tag": lambda said, n: said.say_many("{n} with an excluded tag", "{n} with excluded tags", n),
    MOVED: lambda said, n: said.say_many("{n} moved to another day", "{n} moved to other days", n),
    RULES_OUT: lambda said, n: said.say_many("{n} left out by other settings", "{n} left out by other settings", n),
    FORGOTTEN: lambda said, n: said.say_many("{n} forgotten", "{n} forgotten", n),
    FEWER: lambda said, n: said.say_many("{n} fewer in all", "{n} fewer in all", n),
    BACK: lambda said, n: said.say_many("{n} came back", "{n} came back", n),
    LATE: lambda said, n: said.say_many("{n} arrived late", "{n} arrived late", n),
    RULES_IN: lambda said, n: said.say_many("{n} counted by other settings", "{n} counted by other settings", n),
    MORE: lambda said, n: said.say_many("{n} more in all", "{n} more in all", n),
}
