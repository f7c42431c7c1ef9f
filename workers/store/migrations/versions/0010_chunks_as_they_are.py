"""PostgreSQL keeps chunks as they are: to unpack what it had compressed took a quarter of the time to fetch them."""

from alembic import op
from sqlalchemy import inspect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say so; a chunk that is there already is compressed until it is next written."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql" or not inspect(connection).has_table("chunks"):
        return
    # A database that was made with the tables of a later revision has other columns.
    if "data" in {column["name"] for column in inspect(connection).get_columns("chunks")}:
        op.execute("ALTER TABLE chunks ALTER COLUMN data SET STORAGE EXTERNAL")
