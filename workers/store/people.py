"""The tables about people outside the desk's tickets: who may come in, who is told, and who was asked."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from workers.store.tables import index_where, key, moment, work

tokens: Final = Table(
    "tokens",
    work,
    key(),
    key("name"),
    Column("prefix", Text, nullable=False),  # how it begins, so that people recognise it
    Column("hash", LargeBinary, nullable=False),  # SHA-256 of the token, which itself is kept nowhere
    Column("scopes", Text, nullable=False),  # words, with a space between them
    moment("created_at", nullable=False),
    moment("expires_at"),
    Column("used_day", Integer),  # the UTC day on which it was last used
    UniqueConstraint("hash", name="tokens_hash"),
    sqlite_with_rowid=False,
)

users: Final = Table(
    "users",
    work,
    key(),
    key("name"),
    Column("role", Text, nullable=False),  # lead, viewer
    Column("hash", Text, nullable=False),  # scrypt, with its own salt
    Column("number", BigInteger, nullable=False),  # what is signed for the user carries it; another one ends that
    Column("language", Text),  # chosen in the panel
    moment("created_at", nullable=False),
    Column("used_day", Integer),  # the UTC day of the last sign-in
    sqlite_with_rowid=False,
)

# What was decided about asking a ticket by a survey of ours.
survey_asks: Final = Table(
    "survey_asks",
    work,
    key(),
    key("ticket"),
    key("kind"),
    Column("number", Integer, primary_key=True, autoincrement=False),  # of the decisions about this ticket and kind
    moment("occasion_at", nullable=False),  # when what it is about was over
    moment("at", nullable=False),  # when it was decided
    Column("outcome", Text, nullable=False),  # asked, asked_lately, not_sampled
    Column("channel", Text, nullable=False),
    moment("handed_at"),  # when the desk took the link
    sqlite_with_rowid=False,
)
Index("survey_asks_by_time", survey_asks.c.account, survey_asks.c.at)

# When each customer was asked last, so that no two workers ask the same one.
survey_turns: Final = Table(
    "survey_turns",
    work,
    key(),
    key("customer"),
    moment("at", nullable=False),
    sqlite_with_rowid=False,
)

# One row a receiver; the address of a webhook is a secret and stands with the account's.
digests: Final = Table(
    "digests",
    work,
    key(),
    key("period"),  # daily or weekly
    Column("day", Integer, primary_key=True, autoincrement=False),  # the first day it tells about
    key("outlet"),  # email or slack
    key("receiver"),  # an address, '' for the account's one channel
    Column("state", Text, nullable=False),  # waiting, sending, done, given_up
    Column("attempts", Integer, nullable=False, default=0),
    moment("next_at", nullable=False),
    Column("token", Text),
    moment("lease_until", nullable=False),
    Column("error", Text),
    sqlite_with_rowid=False,
)
index_where(
    "digests_open",
    digests.c.account,
    digests.c.next_at,
    where=(digests.c.state == "waiting") | (digests.c.state == "sending"),
)
