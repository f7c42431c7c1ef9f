"""While the past comes in every page says, before its figures, that they are not whole."""

from __future__ import annotations

import pytest

from tests.plugin.panel.pages.looking import Pages
from workers.store import jobs

SAID = "History comes in: 300 of 900 tickets. Until then figures are not whole."


@pytest.mark.parametrize("page", ["acme/", "acme/overview", "acme/figure/csat", "acme/answers"])
def test_it_is_said_until_the_last_ticket_is_here(own: Pages, page: str) -> None:
    assert SAID not in own.see(page).texts("p")
    now = own.runtime.clock()
    with own.runtime.database.write() as connection:
        jobs.start(connection, "acme", jobs.BACKFILL, since=0, now=now)
        job = jobs.claim(connection, "acme", jobs.BACKFILL, now=now)
        assert job is not None
        jobs.advance(connection, job, cursor=None, tickets=300, total=900, now=now)
    assert SAID in own.see(page).texts("p")
    with own.runtime.database.write() as connection:
        jobs.finish(connection, job)
    assert SAID not in own.see(page).texts("p")
