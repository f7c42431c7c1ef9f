"""What is to be seen at this moment, put together from the rows of tickets and from the figures."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from integrations.times import Instant
from workers.accounts import Account
from workers.now.attainment import attainment
from workers.now.days import Days
from workers.now.missed import not_called_back
from workers.now.page import NowPage as NowPage
from workers.now.spikes import spikes
from workers.now.waiting import breaching, waiting_by_channel
from workers.store import moments, tickets

_WEEK: Final = 7


def now_page(connection: Connection, account: Account, *, now: Instant) -> NowPage:
    """The page of this moment, all of it from the snapshot of this connection; bad answers are `workers.follow_ups`."""
    days = Days(connection, account, now)
    names = tickets.names_of(connection, account.slug)
    waiting = moments.waiting_tickets(connection, account.slug)
    yesterday = days.today - 1
    return NowPage(
        now=now,
        day=days.today,
        waiting=waiting_by_channel(waiting),
        breaching=breaching(waiting, names, now=now),
        not_called_back=not_called_back(connection, account, names, now=now),
        yesterday=days.counts(yesterday),
        week_before=days.counts(yesterday - _WEEK),
        targets=attainment(connection, account, days.today),
        expected=days.expected(),
        spikes=spikes(days),
    )
