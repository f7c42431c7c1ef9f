"""What was given up is counted on every page of the panel, by an index of its own."""

from alembic import op
from sqlalchemy import inspect

from workers.store import schema

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index where the work is, unless it is there."""
    connection = op.get_bind()
    if inspect(connection).has_table("actions"):
        for index in schema.actions.indexes:
            index.create(connection, checkfirst=True)
