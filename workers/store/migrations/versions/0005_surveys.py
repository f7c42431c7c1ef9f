"""Surveys that Deskpulse asks: what was decided about tickets, whom to leave alone, why an answer is doubted."""

from alembic import op
from sqlalchemy import Column, Text, inspect

from workers.store import schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what is not there where the work is; a database that was made with the present tables has it all."""
    connection = op.get_bind()
    found = inspect(connection)
    if not found.has_table("answers"):
        return
    if "reason" not in {column["name"] for column in found.get_columns("answers")}:
        op.add_column("answers", Column("reason", Text))
    for table in (schema.survey_asks, schema.survey_turns):
        table.create(connection, checkfirst=True)
