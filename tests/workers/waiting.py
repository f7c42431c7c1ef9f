"""Transactions that wait for one another."""

from __future__ import annotations

from workers.runtime import Runtime


def is_waiting(runtime: Runtime) -> bool:
    """Whether any transaction of this PostgreSQL database waits for another one."""
    statement = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with runtime.database.work.connect() as connection:
        return bool(connection.exec_driver_sql(statement).scalar_one())
