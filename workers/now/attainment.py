"""How every channel with a target did against it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from integrations.events import CHANNELS
from workers.accounts import Account
from workers.metrics import answered_within_target
from workers.metrics.base import Figure
from workers.now.page import Attainment
from workers.store import figures
from workers.store.adding import Rows, Wanted

_NAME: Final = answered_within_target.METRIC.name
_WEEK: Final = 7


def attainment(connection: Connection, account: Account, today: int) -> tuple[Attainment, ...]:
    """One row a channel that has a target, in the usual order; figures of nothing where nothing was due."""
    targets = account.rules.targets
    if not targets:
        return ()
    day = _by_channel(connection, account.slug, (today - 1, today - 1), today)
    week = _by_channel(connection, account.slug, (today - _WEEK, today - 1), today)
    return tuple(
        Attainment(
            channel=channel,
            first_response=targets[channel].first_response,
            goal=targets[channel].goal,
            yesterday=_figure(day, channel),
            week=_figure(week, channel),
        )
        for channel in CHANNELS
        if channel in targets
    )


def _by_channel(connection: Connection, account: str, days: tuple[int, int], today: int) -> Rows:
    wanted = Wanted("", days, today, measures=frozenset({_NAME}))
    return figures.sums(connection, account, wanted, lambda _, channel: channel)


def _figure(rows: Rows, channel: str) -> Figure:
    return answered_within_target.METRIC.figure(rows.get(channel, {}))[_NAME]
