"""A sight that nothing was read for: an account of plain data, a clock, and the names that a desk told."""

from __future__ import annotations

from typing import Any, cast

from integrations.times import Instant
from plugin.panel.views import names
from plugin.panel.views.sight import Sight
from tests.workers.small_world import at
from workers.accounts import Account, Secret
from workers.rules import rules_of
from workers.store.database import Database
from workers.wording.language import language

#: A Wednesday.
NOW = at("2026-03-18 12:00")
NAMES = {
    ("agent", "7"): "Eva \u202eHorvat", ("agent", "8"): "\u200f", ("department", "d1"): "Billing & <b>",
    ("tag", "x"): "no",
}  # fmt: skip


class NoConnection:
    """Nothing can be read through it."""


def account(*, desk: str = "zendesk", url: str = "https://desk.example", **settings: Any) -> Account:
    """An account that is in no database."""
    return Account("acme", desk, settings, rules_of(settings, 1), (Secret("x"),), {}, b"k", desk_url=url)


def seen(*, now: Instant = NOW, speaks: str = "en", of: Account | None = None, first_day: int | None = None) -> Sight:
    """What a page is made from; `first_day` is the day of the first ticket."""
    nothing = cast("Any", NoConnection())
    made = Sight(cast("Database", nothing), nothing, of or account(), language(speaks), now)
    known = names.Names.__new__(names.Names)
    known._names, known._language = NAMES, made.language
    made.__dict__.update(names=known, first_day=first_day)  # where cached properties keep what was read
    return made
