"""What each ticket tells the list of its customer stands beside it, filled as tickets are counted."""

from alembic import op
from sqlalchemy import Column, Text, inspect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column where it is not."""
    found = inspect(op.get_bind())
    if found.has_table("tickets") and "link" not in {column["name"] for column in found.get_columns("tickets")}:
        op.add_column("tickets", Column("link", Text))
