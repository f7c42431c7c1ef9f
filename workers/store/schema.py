"""The tables. Every primary key starts with the account; days are counted from 1970-01-01 in its zone.

`calls` stands in a database file of its own on SQLite, so that no transaction spans the door and the work
behind it; on PostgreSQL all tables are in one database.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from workers.store.people import digests as digests
from workers.store.people import survey_asks as survey_asks
from workers.store.people import survey_turns as survey_turns
from workers.store.people import tokens as tokens
from workers.store.people import users as users
from workers.store.tables import door as door
from workers.store.tables import index_where, key, moment
from workers.store.tables import work as work

#: A name that no account can have. On SQLite the highest call and the highest take outlive their account under it:
#: numbers of calls are made from the highest one, and copying goes on after it.
NOBODY: Final = ""

# The table as a whole is one row a call, appended and deleted only with its account; the body is dropped after a time.
calls: Final = Table(
    "calls",
    door,
    key(),
    # SQLite has no composite identity: there the one writer of a process numbers the calls itself.
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("desk", Text, nullable=False),
    Column("delivery", Text),  # the desk's id of the delivery, where it sends one
    moment("received_at", nullable=False),
    Column("headers", Text),  # JSON, without anything that proves or identifies
    Column("query", Text),  # JSON, without the token
    Column("body", LargeBinary),
    UniqueConstraint("account", "delivery", name="calls_delivery"),
    Index("calls_id", "id", unique=True),
)

takes: Final = Table(
    "takes",
    work,
    key(),
    Column("call", BigInteger, primary_key=True, autoincrement=False),
    Column("token", Text),  # who holds the lease
    moment("lease_until", nullable=False),  # 0 when nobody ever held it
    Column("attempts", Integer, nullable=False, default=0),
    moment("finished_at"),
    Column("outcome", Text),  # done, unreadable, set_aside
    Column("error", Text),
    sqlite_with_rowid=False,
)
Index("takes_by_call", takes.c.call)
index_where("takes_waiting", takes.c.call, where=takes.c.finished_at.is_(None))
index_where("takes_suspect", takes.c.call, where=takes.c.finished_at.is_(None) & (takes.c.attempts >= text("2")))
index_where("takes_troubled", takes.c.account, takes.c.outcome, where=takes.c.error.is_not(None))

accounts: Final = Table(
    "accounts",
    work,
    Column("slug", Text, primary_key=True),
    Column("desk", Text, nullable=False),
    Column("settings", Text, nullable=False),  # JSON of account.toml
    Column("rules", Integer, nullable=False),  # raised by every change of settings that changes figures
    Column("sealed", LargeBinary, nullable=False),  # secrets, credentials and the customer key
    Column("desk_url", Text),
    Column("author", Text),  # the id under which the plugin writes in the desk
    Column("options", Text, nullable=False, default="{}"),  # JSON, from connect
    moment("created_at", nullable=False),
)

events: Final = Table(
    "events",
    work,
    key(),
    key("ticket"),
    key("id"),
    Column("hash", LargeBinary, primary_key=True),
    Column("type", Text, nullable=False),
    moment("at", nullable=False),
    Column("seq", BigInteger),
    moment("seen", nullable=False),
    Column("observed", Boolean, nullable=False, server_default=false()),
    Column("origin", Text, nullable=False),  # live, reconcile, backfill, import, replay
    Column("data", Text, nullable=False),  # JSON
    sqlite_with_rowid=False,
)

tickets: Final = Table(
    "tickets",
    work,
    key(),
    key("ticket"),
    Column("day", Integer),  # local day of creation, else of the first event
    Column("last_day", Integer),  # local day of the last event: none of its facts but stocks is later
    moment("waiting_since"),  # since when its customer waits for us
    moment("due_at"),  # when its first response is due, while there is none
    moment("missed_at"),  # its last call or chat that nobody took and nobody came back to
    moment("reached_at"),  # when its customer was last written to or spoken with
    Column("channel", Text),  # these three are in the state too: here an index can have them
    Column("department", Text),
    Column("agent", Text),
    Column("customer", Text),
    Column("link", Text),  # JSON: what the list of its customer holds of it, not judged
    Column("state", Text, nullable=False),  # JSON: one row of `deskpulse tickets`
    Column("counted", Text, nullable=False),  # JSON: the facts exactly as they were counted
    Column("version", Integer, nullable=False),  # how often its facts changed
    Column("rules", BigInteger, nullable=False),  # rules number and METRICS_VERSION that counted it
    sqlite_with_rowid=False,
)
Index("tickets_by_day", tickets.c.account, tickets.c.day)
# These have all that is asked of them: a row lies deep in the tree, behind large ones.
index_where(
    "tickets_waiting",
    *(tickets.c[name] for name in ("account", "waiting_since", "due_at", "channel", "department", "agent", "ticket")),
    where=tickets.c.waiting_since.is_not(None),
)
index_where(
    "tickets_missed",
    *(tickets.c[name] for name in ("account", "missed_at", "customer", "ticket")),
    where=tickets.c.missed_at.is_not(None),
)
Index("tickets_by_customer", tickets.c.account, tickets.c.customer, tickets.c.reached_at)
Index("tickets_by_rules", tickets.c.account, tickets.c.rules)

# What needs several tickets of one customer: the list of them.
customers: Final = Table(
    "customers",
    work,
    key(),
    key("customer"),
    Column("counted", Text, nullable=False),  # JSON: what matters of each ticket, with its fact exactly as counted
    Column("version", Integer, nullable=False),  # how often its facts changed
    Column("rules", BigInteger, nullable=False),  # rules number and METRICS_VERSION that counted it
    sqlite_with_rowid=False,
)

changes: Final = Table(
    "changes",
    work,
    key(),
    key("ticket"),  # or whatever else counts: a customer's list is `customer:` and the customer's hash
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("old", Text, nullable=False),  # facts to take out of the figures
    Column("new", Text, nullable=False),  # facts to put in
    sqlite_with_rowid=False,
)

chunks: Final = Table(
    "chunks",
    work,
    key(),
    key("kind"),  # '' for all tickets, else agent, department, tag, touchpoint, an own slice
    key("value"),
    key("channel"),
    Column("span", Integer, primary_key=True, autoincrement=False),  # its first day, a Monday
    # Beside its row id: SQLite would read a tree without them through its large values.
    Column("counts", LargeBinary, nullable=False),
    Column("durations", LargeBinary, nullable=False),  # most of the bytes, which many questions leave unread
)

answers: Final = Table(
    "answers",
    work,
    key(),
    key("ticket"),
    key("kind"),
    key("survey"),
    key("touchpoint"),
    moment("at", nullable=False),
    Column("day", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("agent", Text),
    Column("department", Text),
    Column("score", Float, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("direction", Text),
    Column("comment", Text),
    Column("customer", Text),
    Column("valid", Boolean, nullable=False),
    Column("reason", Text),  # why it is not valid, where that was told
    sqlite_with_rowid=False,
)
Index("answers_by_day", answers.c.account, answers.c.day)

names: Final = Table(
    "names",
    work,
    key(),
    key("kind"),  # agent or department
    key("id"),
    Column("name", Text, nullable=False),
    sqlite_with_rowid=False,
)

actions: Final = Table(
    "actions",
    work,
    key(),
    key("ticket"),  # '' for a summary
    key("purpose"),  # what it is for: channel, score:csat, note:csat:…, follow_up
    Column("wish", Text, nullable=False),  # JSON: what should hold in the desk
    Column("held", Text),  # JSON: the wish that was last fulfilled
    Column("state", Text, nullable=False),  # waiting, done, given_up, skipped
    Column("attempts", Integer, nullable=False, default=0),
    moment("next_at", nullable=False),
    Column("token", Text),
    moment("lease_until", nullable=False),
    Column("error", Text),
    moment("asked_at", nullable=False),
    moment("done_at"),
    sqlite_with_rowid=False,
)
index_where("actions_waiting", actions.c.account, actions.c.next_at, where=actions.c.state == "waiting")
index_where("actions_given_up", actions.c.account, where=actions.c.state == "given_up")

refreshes: Final = Table(
    "refreshes",
    work,
    key(),
    key("ticket"),
    Column("wanted", BigInteger, nullable=False),  # raised by every hint, so that one during a refresh is not lost
    Column("origin", Text, nullable=False),  # of the call that asked
    Column("attempts", Integer, nullable=False, default=0),
    moment("next_at", nullable=False),
    Column("token", Text),
    moment("lease_until", nullable=False),
    Column("error", Text),
    Column("state", Text, nullable=False),  # waiting, given_up
    sqlite_with_rowid=False,
)
index_where("refreshes_waiting", refreshes.c.account, refreshes.c.next_at, where=refreshes.c.state == "waiting")
index_where(
    "refreshes_by_origin",
    refreshes.c.account,
    refreshes.c.origin,
    refreshes.c.next_at,
    where=refreshes.c.state == "waiting",
)

jobs: Final = Table(
    "jobs",
    work,
    key(),
    key("job"),  # backfill, reconcile, rebuild, compact, import:<hash of the file>
    Column("state", Text, nullable=False),  # waiting, running, done, given_up
    Column("cursor", Text),
    moment("since"),
    Column("done", BigInteger, nullable=False, default=0),
    Column("total", BigInteger),
    Column("attempts", Integer, nullable=False, default=0),
    moment("next_at", nullable=False),
    Column("token", Text),
    moment("lease_until", nullable=False),
    Column("error", Text),
    sqlite_with_rowid=False,
)

summaries: Final = Table(
    "summaries",
    work,
    key(),
    key("period"),  # daily or weekly
    Column("day", Integer, primary_key=True, autoincrement=False),  # the first day it tells about
    Column("marker", Text, nullable=False),
    Column("object_id", Text),
    Column("told", Text),  # hash of the content the desk has
    Column("state", Text, nullable=False),  # waiting, done, given_up
    Column("attempts", Integer, nullable=False, default=0),
    moment("next_at", nullable=False),
    Column("token", Text),
    moment("lease_until", nullable=False),
    Column("error", Text),
    sqlite_with_rowid=False,
)

# A finished period as it was first told.
reported: Final = Table(
    "reported",
    work,
    key(),
    key("period"),  # daily, weekly or monthly
    Column("day", Integer, primary_key=True, autoincrement=False),  # the first day it tells about
    moment("as_of", nullable=False),
    Column("rules", BigInteger, nullable=False),  # rules number and METRICS_VERSION that counted it
    Column("volume", Integer, nullable=False),  # how many tickets counted
    Column("figures", Text, nullable=False),  # JSON, as in the report
    Column("basis", Text, nullable=False),  # JSON: what of the settings decided which tickets counted
    Column("forgotten", Integer, nullable=False),  # of those that counted
    Column("compared", Integer),  # how many counted when somebody last looked why
    Column("why", Text),  # JSON of what was found then
    # Compressed JSON: why a ticket was out of count ('': it counted) → tickets; none where they were too many.
    Column("tickets", LargeBinary),
    sqlite_with_rowid=False,
)

gates: Final = Table(
    "gates",
    work,
    key(),
    Column("tokens", Float, nullable=False),
    moment("filled_at", nullable=False),
    moment("held_until", nullable=False),
    Column("failures", Integer, nullable=False, default=0),  # in a row
    moment("probe_at", nullable=False),  # while the breaker is open: when the next single request may go
    Column("error", Text),
    moment("failed_at"),
    moment("succeeded_at"),
    sqlite_with_rowid=False,
)

slots: Final = Table(
    "slots",
    work,
    key(),  # '' for what concerns all accounts
    key("job"),
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

tombstones: Final = Table(
    "tombstones",
    work,
    key(),
    key("what"),  # customer or ticket
    key("key"),
    sqlite_with_rowid=False,
)
