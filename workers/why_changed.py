"""Why other tickets count in a period than did when it was first told; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from workers.periods import Period, today
from workers.rules import Rules
from workers.store.reported import Seen

#: Why a ticket that counted counts no more, besides the words of `timeline.excluded` and `outbound`.
MOVED: Final = "moved"
FORGOTTEN: Final = "forgotten"
RULES_OUT: Final = "rules_out"
#: Why one counts that did not.
LATE: Final = "late"
BACK: Final = "back"
RULES_IN: Final = "rules_in"
#: Of tickets that were not kept one by one.
MORE: Final = "more"
FEWER: Final = "fewer"
#: In the order in which they are told.
REASONS: Final = (
    "spam", "merged", "deleted", "incomplete", "outbound", "channel", "department", "tag", MOVED, RULES_OUT,
    FORGOTTEN, FEWER, BACK, LATE, RULES_IN, MORE,
)  # fmt: skip
_OF_SETTINGS: Final = ("channel", "department", "tag")


class Reason(NamedTuple):
    """Why the count changed, and by how many tickets: below 0 where they count no more."""

    kind: str
    by: int


@dataclass(frozen=True, slots=True)
class Basis:
    """What of an account's settings decides which tickets count on which day."""

    zone: ZoneInfo
    excluded: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, rules: Rules) -> Basis:
        """That of the rules in force."""
        found = (rules.excluded_channels, rules.excluded_departments, rules.excluded_tags)
        return cls(rules.zone, {kind: tuple(sorted(names)) for kind, names in zip(_OF_SETTINGS, found, strict=True)})

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Basis:
        """As it was kept."""
        return cls(ZoneInfo(kept["zone"]), {kind: tuple(kept[kind]) for kind in _OF_SETTINGS})

    def json(self) -> dict[str, Any]:
        """As it is kept."""
        return {"zone": self.zone.key, **{kind: list(names) for kind, names in self.excluded.items()}}

    def differs(self, other: Basis, out: str) -> bool:
        """Whether the setting that excludes for this reason is another one there."""
        return self.excluded.get(out) != other.excluded.get(out)


def why_changed(
    then: Mapping[str, str], now: Mapping[str, Seen], period: Period, *, was: Basis, holds: Basis, forgotten: int = 0
) -> tuple[Reason, ...]:
    """Why other tickets count now; pure. The reasons add up to the difference of the two counts.

    `then` has the tickets of the period with why they were out of count, `now` these and those of the period now;
    `forgotten` is how many that counted are not in `then` any more.
    """
    found = Counter({FORGOTTEN: forgotten})
    for ticket in then.keys() | now.keys():
        seen = now.get(ticket)
        counted = then.get(ticket) == ""
        counts = seen is not None and seen.out == "" and seen.day in period.days
        if counted and not counts:
            found[_why_gone(seen, period, was=was, holds=holds)] += 1
        if seen is not None and counts and not counted:
            found[_why_come(then.get(ticket), seen, period, was=was, holds=holds)] += 1
    return tuple(_reason(kind, found[kind]) for kind in REASONS if found[kind])


def _reason(kind: str, n: int) -> Reason:
    return Reason(kind, n if kind in (LATE, BACK, RULES_IN) else -n)


def _why_gone(seen: Seen | None, period: Period, *, was: Basis, holds: Basis) -> str:
    if seen is None:
        return FORGOTTEN
    if seen.out:
        return RULES_OUT if was.differs(holds, seen.out) else seen.out
    return RULES_OUT if was.zone != holds.zone and _day_in(was.zone, seen) in period.days else MOVED


def _why_come(out: str | None, seen: Seen, period: Period, *, was: Basis, holds: Basis) -> str:
    if out is None:
        return RULES_IN if was.zone != holds.zone and _day_in(was.zone, seen) not in period.days else LATE
    if out == "incomplete":
        return LATE
    return RULES_IN if was.differs(holds, out) else BACK


def _day_in(zone: ZoneInfo, seen: Seen) -> int:
    return seen.day if seen.created_at is None else today(seen.created_at, zone)
