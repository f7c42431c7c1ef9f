"""Digests by e-mail and to Slack: one row for each period and receiver."""

from alembic import op
from sqlalchemy import inspect

from workers.store import schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table where the work is; a database that was made with the present tables has it."""
    connection = op.get_bind()
    if inspect(connection).has_table("answers"):
        schema.digests.create(connection, checkfirst=True)
