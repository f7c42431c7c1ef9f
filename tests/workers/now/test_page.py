"""The page as a whole: of nothing, of hostile text, and of one account only."""

from __future__ import annotations

from tests.workers.now.world import NOW, at, lost, page, tell, ticket
from tests.workers.standing import Clock, add_account
from workers.imports import compact
from workers.runtime import Runtime

TARGETS = {"email": {"first_response": 3600}}
HOSTILE = "<script>alert(1)</script>' OR 1=1 --\x00\u202e{n} %s"


def test_an_account_without_anything_has_a_page(runtime: Runtime, clock: Clock) -> None:
    clock.now = at(NOW)
    found = page(runtime, add_account(runtime, "empty", targets=TARGETS))
    assert (found.waiting, found.breaching.tickets, found.not_called_back.contacts, found.spikes) == ((), (), (), ())
    assert (found.yesterday.created, found.yesterday.net, found.expected.so_far) == (0, 0, 0)
    assert [each.yesterday.value for each in found.targets] == [None]


def test_it_is_the_same_before_and_after_what_waits_is_folded(runtime: Runtime, clock: Clock) -> None:
    clock.now = at(NOW)
    account = add_account(runtime, "acme", targets=TARGETS)
    tell(
        runtime,
        account,
        ticket("first", "2025-12-01 08:00"),
        *(ticket(f"y{number}", "2026-03-17 08:00", answered=number, tags=("new",)) for number in range(12)),
        ticket("1", "2026-03-18 08:00", tags=("new",)),
        lost("2", "2026-03-18 09:00"),
    )
    before = page(runtime, account)
    compact(runtime, "acme")
    assert page(runtime, account) == before
    assert [spike.count for spike in before.spikes] == [12]


def test_hostile_text_comes_out_as_it_came_in(runtime: Runtime, clock: Clock) -> None:
    clock.now = at(NOW)
    account = add_account(runtime, "acme", targets=TARGETS)
    text = HOSTILE.replace("\x00", "")  # no database keeps it
    tell(
        runtime,
        account,
        ticket("first", "2025-12-01 08:00"),
        *(ticket(f"{text}{number}", "2026-03-17 08:00", tags=(text,), department=text) for number in range(9)),
        lost(f"lost {text}", "2026-03-18 09:00"),
    )
    found = page(runtime, account)
    assert [spike.tag for spike in found.spikes] == [text]
    assert {one.department for one in found.breaching.tickets} >= {text}
    assert found.not_called_back.contacts[0].ticket == f"lost {text}"


def test_nothing_of_another_account_is_on_it(runtime: Runtime, clock: Clock) -> None:
    clock.now = at(NOW)
    mine, other = (add_account(runtime, slug, targets=TARGETS) for slug in ("mine", "other"))
    tell(runtime, other, ticket("1", "2026-03-17 08:00", tags=("a",)), lost("2", "2026-03-18 09:00", customer="ana"))
    empty = page(runtime, mine)
    assert (empty.waiting, empty.breaching.tickets, empty.not_called_back.contacts) == ((), (), ())
    tell(runtime, mine, lost("2", "2026-03-18 09:00", customer="ana"))
    tell(runtime, other, ticket("3", "2026-03-18 09:30", answered=5))
    assert page(runtime, mine).not_called_back.n == 1
