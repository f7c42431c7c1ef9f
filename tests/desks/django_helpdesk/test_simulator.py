"""The simulated desk behaves as the real one was seen to: its webhooks, its traps, its strictness."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
import requests
from werkzeug.wrappers import Request, Response

from integrations.django_helpdesk.simulator import Broken, Simulator
from tests.desks.django_helpdesk.samples import CUSTOMER, Simulated, simulated
from tests.desks.serving import serving


@contextmanager
def _receiver() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    told: list[dict[str, Any]] = []

    def app(environ: Any, start: Any) -> Any:
        told.append(orjson.loads(Request(environ).get_data()))
        return Response(status=500)(environ, start)

    with serving(app) as url:
        yield f"{url}/?token=a-secret", told


def _post(desk: Simulated, path: str, **body: Any) -> requests.Response:
    headers = {"Authorization": "Token token-of-deskpulse"}
    return requests.post(desk.url + path, json=body, headers=headers, timeout=5)


def test_each_change_with_an_entry_posts_one_webhook_with_the_whole_ticket() -> None:
    desk = Simulator()
    with _receiver() as (url, told):
        desk.hook_url = url
        ticket = desk.opened_by_mail("Blender", "It hums", customer=CUSTOMER)
        desk.replied(ticket, "Is it old?")
        desk.noted(ticket, "Third one")
        desk.taken(ticket)
        desk.replied(ticket, "Done", status=4)
        desk.mailed(ticket, "No!")
    assert told == desk.hooks
    assert [hook.get("followup_id") for hook in told] == [None, 2, 3, 4, 5, 6]
    assert [len(hook["ticket"]["followup_set"]) for hook in told] == [1, 2, 3, 4, 5, 6]
    assert [hook["ticket"]["status"] for hook in told] == [1, 1, 1, 1, 4, 2]
    assert told[-1]["queue_slug"] == "mail"


def test_changes_without_an_own_request_post_none() -> None:
    desk = Simulator()
    ticket, other = (desk.opened_by_form("Blender", "It hums", customer=CUSTOMER) for _ in range(2))
    desk.patched(ticket, status=3)
    desk.escalated(ticket)
    desk.closed_in_bulk(ticket)
    desk.merged(other, into=ticket)
    desk.deleted(other)
    assert len(desk.hooks) == 2


def test_a_receiver_that_is_down_fails_the_request_after_saving() -> None:
    with simulated() as desk:
        ticket = desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
        with serving(lambda environ, start: [b""]) as gone:
            pass
        desk.desk.hook_url = gone
        assert _post(desk, "/api/followups/", ticket=ticket, comment="Hello", public=False).status_code == 500
        assert desk.desk.follow_ups[2]["comment"] == "Hello"


def test_a_closed_ticket_is_reopened_by_a_mail_but_not_by_an_automatic_one() -> None:
    desk = Simulator()
    ticket = desk.opened_by_mail("Blender", "It hums", customer=CUSTOMER)
    desk.replied(ticket, "Done", status=4)
    desk.mailed(ticket, "I am away", automatic=True)
    assert desk.tickets[ticket]["status"] == 4
    desk.mailed(ticket, "No!")
    assert desk.tickets[ticket]["status"] == 2


@pytest.mark.parametrize("comment", ["{{ }}", "{{ ticket.id", "100 %}", "{% if"])
def test_a_comment_that_is_a_bad_template_breaks_the_desk(comment: str) -> None:
    desk = Simulator()
    ticket = desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
    with pytest.raises(Broken):
        desk.posted_follow_up(desk.users[2], {"ticket": ticket, "comment": comment})
    assert len(desk.follow_ups) == 1


def test_a_title_renames_and_a_reference_writes_into_another_ticket_and_both_are_violations() -> None:
    with simulated() as desk:
        one, two = (desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER) for _ in range(2))
        _post(desk, "/api/followups/", ticket=one, comment=f"like #{two} {{# gone #}}", title="Renamed", public=False)
        assert desk.desk.tickets[one]["title"] == "Renamed"
        assert [entry["title"] for entry in desk.desk.json_of(two)["followup_set"]][1:] == ["Referenced in ticket #1"]
        assert desk.api.violations == [
            "a follow-up with a title renames the ticket",
            "a comment is rendered as a template",
        ]


def test_what_the_real_desk_would_pass_over_is_a_violation() -> None:
    with simulated() as desk:
        ticket = desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
        headers = {"Authorization": "Token token-of-deskpulse"}
        url = f"{desk.url}/api/tickets/"
        assert requests.get(url, params={"ordering": "-id"}, headers=headers, timeout=5).ok
        assert requests.patch(f"{url}{ticket}/", json={"custom_mood": 1, "id": 4}, headers=headers, timeout=5).ok
        assert requests.delete(f"{url}{ticket}/", headers=headers, timeout=5).status_code == 405
        assert requests.get(f"{desk.url}/api/queues/", headers=headers, timeout=5).status_code == 404
        assert requests.get(url, timeout=5).status_code == 401
        assert desk.api.violations == [
            "/api/tickets/: ordering is passed over",
            "PATCH of custom_mood is passed over",
            "PATCH of id is passed over",
            "DELETE /api/tickets/1/: 405",
            "GET /api/queues/: 404",
            "GET /api/tickets/ without a token",
        ]


def test_a_ticket_without_priority_or_with_an_unknown_queue_is_refused() -> None:
    with simulated() as desk:
        assert "priority" in _post(desk, "/api/tickets/", queue=5, title="x", description="y").json()
        assert "queue" in _post(desk, "/api/tickets/", queue=55, title="x", description="y", priority=5).json()
        assert desk.desk.tickets == {}


def test_entries_made_at_once_keep_apart() -> None:
    with simulated() as desk:
        ticket = desk.desk.opened_by_form("Blender", "It hums", customer=CUSTOMER)
        body = {"ticket": ticket, "comment": "Hello", "public": False}
        threads = [threading.Thread(target=_post, args=(desk, "/api/followups/"), kwargs=body) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        dates = [entry["date"] for entry in desk.desk.follow_ups.values()]
    assert len(set(dates)) == 9
    assert dates == sorted(dates)
