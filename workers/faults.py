"""The one place that catches whatever goes wrong, so that one poisoned piece of work cannot stop the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """What ended a piece of work."""

    error: Exception


def attempted(work: Callable[[], T]) -> T | Fault:
    """What the work gives, or its fault; for pieces of work whose fault is then written into a row or the log."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - nobody can list what a poisoned call or a desk may cause
        return Fault(error)
