"""The sums of each value of a slice by itself are those that are read one at a time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workers.now.world import NOW, at, tell, ticket
from tests.workers.standing import Clock, add_account
from workers.imports import compact
from workers.metrics import measures_for
from workers.periods import today
from workers.runtime import Runtime
from workers.store import figures
from workers.store.adding import Rows, Wanted

TAGS = ("a", "b", "c", "")


def plain(rows: Rows) -> dict[str, Any]:
    return {
        row: {measure: (sums.n, sums.total, sums.undecided, sorted(sums.all_values().tolist()))
              for measure, sums in measures.items()}
        for row, measures in rows.items()
    }  # fmt: skip


@pytest.mark.parametrize("folded", ["nothing", "some", "all"])
@pytest.mark.parametrize("asked", [None, ("a", ""), ("b", "unknown")])
def test_they_agree_wherever_the_facts_lie(
    runtime: Runtime, clock: Clock, folded: str, asked: tuple[str, ...] | None
) -> None:
    clock.now = at(NOW)
    account = add_account(runtime, "acme")
    day = today(clock.now, account.rules.zone)
    tell(
        runtime,
        account,
        *(ticket(f"1-{number}", f"2026-03-{10 + number} 09:00", tags=TAGS[number % 3 : 3]) for number in range(8)),
        ticket("2", "2026-03-12 09:00"),
    )
    if folded != "nothing":
        compact(runtime, "acme")
    if folded == "some":
        tell(runtime, account, ticket("3", "2026-03-17 09:00", channel="chat", tags=("a", "b")))
    wanted = Wanted("tag", (day - 10, day), day, measures=measures_for(["ticket_volume"]), time=str)
    with runtime.database.read() as connection:
        found = figures.sums_by_value(connection, "acme", wanted, asked)
        for tag in asked or TAGS:
            one = Wanted("tag", wanted.days, day, value=tag, measures=wanted.measures, time=str)
            alone = figures.sums(connection, "acme", one, lambda *_: "")
            assert plain(found.get(tag, {})) == plain(alone)
    assert set(found) <= set(asked or TAGS)
    assert any(found.values())
