"""The people who may open the panel."""

from alembic import op

from workers.store import schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table where the work is; it is there already in a database that was made with the present tables."""
    connection = op.get_bind()
    if connection.dialect.has_table(connection, "tickets"):
        schema.users.create(connection, checkfirst=True)
