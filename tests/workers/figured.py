"""The figures of an account as numbers, however their rows were written."""

from __future__ import annotations

from typing import Any

from workers import imports
from workers.runtime import Runtime
from workers.store import chunk_rows
from workers.store.chunks import contents


def figured(runtime: Runtime, slug: str) -> dict[Any, Any]:
    """Everything that is counted, by slice and week, after what waits was folded; what came to nothing is left out."""
    imports.compact(runtime, slug)
    with runtime.database.read() as connection:
        found = {key: contents(chunk) for key, chunk in chunk_rows.all_chunks(connection, slug)}
    return {key: (+numbers, +values) for key, (numbers, values) in found.items() if +numbers}
