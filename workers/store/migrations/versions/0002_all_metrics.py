"""What every metric needs: new columns and tables; what was counted before is counted again from the events."""

from alembic import context, op
from sqlalchemy import BigInteger, Column, Integer, inspect

from workers.store import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring a database of the first tables to the present ones; one that was made with them has them all."""
    found = inspect(op.get_bind())
    if not found.has_table("tickets") or "last_day" in {column["name"] for column in found.get_columns("tickets")}:
        return
    op.add_column("tickets", Column("last_day", Integer))
    op.add_column("tickets", Column("waiting_since", BigInteger))
    for derived in ("chunks", "changes"):
        op.drop_table(derived)
    for part in context.config.attributes["parts"]:
        part.create_all(op.get_bind())
    for table in (schema.tickets, schema.takes):
        columns = {column["name"] for column in inspect(op.get_bind()).get_columns(table.name)}
        for index in table.indexes:
            if columns.issuperset(index.columns.keys()):  # the others are of later revisions
                index.create(op.get_bind(), checkfirst=True)
    op.get_bind().execute(schema.tickets.update().values(state="[]", counted="[]", version=0, rules=0))
