"""What the page Now looks up: moments beside each ticket, filled as tickets are counted by the present version."""

from alembic import op
from sqlalchemy import BigInteger, Column, Text, inspect

from workers.store import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_CHANGED = ("tickets_waiting", "tickets_missed", "tickets_by_customer")


def upgrade() -> None:
    """Add the columns and their indexes where they are not."""
    found = inspect(op.get_bind())
    if not found.has_table("tickets") or "due_at" in {column["name"] for column in found.get_columns("tickets")}:
        return
    for name in ("due_at", "missed_at", "reached_at"):
        op.add_column("tickets", Column(name, BigInteger))
    for name in ("channel", "department", "agent"):
        op.add_column("tickets", Column(name, Text))
    there = {index["name"] for index in found.get_indexes("tickets")}
    for index in schema.tickets.indexes:
        if index.name in _CHANGED:
            if index.name in there:
                op.drop_index(index.name, "tickets")
            index.create(op.get_bind())
