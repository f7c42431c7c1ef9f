"""Finished periods stay as they were first told."""

from alembic import op
from sqlalchemy import inspect

from workers.store import schema

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table where the work is, unless it is there."""
    connection = op.get_bind()
    if inspect(connection).has_table("answers"):
        schema.reported.create(connection, checkfirst=True)
