"""The first tables, as the schema has them."""

from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of the part this database holds."""
    for part in context.config.attributes["parts"]:
        part.create_all(op.get_bind())
