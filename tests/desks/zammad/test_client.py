"""Zammad's API as it is asked, and what its answers and failures mean."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.errors import DeskpulseError, Gone, RateLimited, Refused, Rejected, Unavailable, Unclear
from integrations.session import NoGate, Session
from integrations.zammad.client import Client
from tests.desks.wired import HOST, Fault, Wire, wired
from tests.desks.zammad.office import Office, access_to, at


@pytest.fixture
def office() -> Office:
    office = Office()
    office.letter(at("10 09:00"), region="north")
    return office


@pytest.fixture
def asking(office: Office) -> Iterator[tuple[Client, Wire]]:
    with office.wired() as (wire, session):
        yield Client(session), wire


ASK: dict[str, Callable[[Client], Any]] = {
    "ticket": lambda client: client.ticket("1"),
    "articles": lambda client: client.articles("1"),
    "history": lambda client: client.history("1"),
    "tags": lambda client: client.tags("1"),
    "list": lambda client: client.listed(page=1),
    "changes": lambda client: client.changed_after(at("01 00:00"), page=1),
    "titles": lambda client: client.titled("x"),
    "states": lambda client: client.states(),
    "me": lambda client: client.me(),
    "groups": lambda client: client.groups(),
    "webhooks": lambda client: client.objects("webhooks", "admin.webhook"),
}  # fmt: skip
WRITE: dict[str, Callable[[Client], Any]] = {
    "tag": lambda client: client.add_tag("1", "vip"),
    "tag less": lambda client: client.remove_tag("1", "vip"),
    "field": lambda client: client.update("1", {"csat": "2"}),
    "note": lambda client: client.add_note("1", "words"),
    "summary": lambda client: client.open_ticket({"title": "x"}, body="words"),
}
EVERY = {**ASK, **WRITE}


def answered(status: int, body: Any = None, **headers: str) -> Fault:
    told = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    return Fault(str(status), done=False, answer=(status, headers, told))


def failed(fault: Fault, ask: Callable[[Client], Any]) -> DeskpulseError:
    with wired(Office().simulator.app) as wire, _session() as session:
        wire.spoil(fault, ".*")
        with pytest.raises(DeskpulseError) as caught:
            ask(Client(session))
    return caught.value


def _session(token: str = "token-of-ours") -> Session:
    return Session(access_to(HOST, credentials={"token": token}), NoGate())


class TestAnswers:
    @pytest.mark.parametrize("name", ASK)
    def test_every_question_is_one_that_zammad_answers(self, asking: tuple[Client, Wire], name: str) -> None:
        client, wire = asking
        ASK[name](client)
        assert len(wire.sent) == 1

    def test_the_token_is_in_the_header_and_nowhere_else(self, office: Office) -> None:
        seen: list[tuple[str, str]] = []

        def watched(environ: Any, start: Any) -> Any:
            seen.append((environ["HTTP_AUTHORIZATION"], environ["QUERY_STRING"]))
            return office.simulator.app(environ, start)

        with wired(watched), _session(office.api.token) as session:
            Client(session).ticket("1")
        assert seen == [(f"Token token={office.api.token}", "expand=true")]

    def test_a_ticket_has_its_names(self, asking: tuple[Client, Wire]) -> None:
        found = asking[0].ticket("1")
        assert (found.state, found.group, found.article_type, found.article_sender) == (
            "new",
            "Users",
            "email",
            "Customer",
        )

    def test_articles_and_changes_come_oldest_first(self, office: Office, asking: tuple[Client, Wire]) -> None:
        ticket = office.world.tickets[1]
        office.world.say(ticket, at("10 10:00"), office.eva)
        office.world.say(ticket, at("10 11:00"), office.jo)
        ticket.articles.reverse()
        office.world.history[1].reverse()
        assert [one.at for one in asking[0].articles("1")] == [at("10 09:00"), at("10 10:00"), at("10 11:00")]
        changes, _ = asking[0].history("1")
        assert changes == sorted(changes, key=lambda change: (change.at, change.id))

    def test_a_history_names_the_people_in_it_without_their_addresses(self, asking: tuple[Client, Wire]) -> None:
        _, users = asking[0].history("1")
        assert list(users.values()) == ["Jo Doe"]

    @pytest.mark.parametrize(
        "assets", [None, [], {}, {"User": []}, {"User": {"7": "x", "8": {"login": "a@b.example"}}}]
    )
    def test_odd_assets_name_nobody(self, asking: tuple[Client, Wire], assets: Any) -> None:
        client, wire = asking
        wire.spoil(answered(200, {"history": [], "assets": assets}), "GET .*")
        assert client.history("1") == ([], {})

    def test_tags_that_are_no_texts_are_passed_over(self, asking: tuple[Client, Wire]) -> None:
        client, wire = asking
        wire.spoil(answered(200, {"tags": ["vip", 7, None, {"name": "x"}]}), "GET .*")
        assert client.tags("1") == ["vip"]

    def test_a_title_is_looked_for_and_compared(self, office: Office, asking: tuple[Client, Wire]) -> None:
        for title in ("Week 24 [deskpulse:w:24]", "week 24 [DESKPULSE:W:24]", "other"):
            office.letter(at("10 10:00"), title=title)
        assert [one.title for one in asking[0].titled("[deskpulse:w:24]")] == ["Week 24 [deskpulse:w:24]"]

    def test_states_without_a_type_are_passed_over(self, asking: tuple[Client, Wire]) -> None:
        client, wire = asking
        wire.spoil(
            answered(200, [{"id": 1, "state_type": "new"}, {"id": 2}, "x", {"id": 3, "state_type": 7}]), "GET .*"
        )
        assert client.states() == {"1": "new"}

    def test_groups_that_are_shut_are_passed_over(self, asking: tuple[Client, Wire]) -> None:
        client, wire = asking
        rows = [{"id": 1, "name": "Users", "active": True}, {"id": 2, "name": "Old", "active": False}, 7]
        wire.spoil(answered(200, rows), "GET .*")
        assert client.groups() == {"1": "Users"}

    @pytest.mark.parametrize("name", ["ticket", "articles", "history", "tags", "me", "states", "list", "titles"])
    @pytest.mark.parametrize("told", [7, "x", True, {"error": "?"}])
    def test_an_answer_of_another_product_is_rejected(self, asking: tuple[Client, Wire], name: str, told: Any) -> None:
        client, wire = asking
        wire.spoil(answered(200, told), "GET .*")
        with pytest.raises(Rejected):
            ASK[name](client)

    @pytest.mark.parametrize("change", [{"created_at": None}, {"updated_at": "soon"}, {"id": 2}, {"id": None}])
    def test_an_answer_about_another_ticket_or_none_is_rejected(
        self, asking: tuple[Client, Wire], change: dict[str, Any]
    ) -> None:
        client, wire = asking
        told = {"id": 1, "created_at": "2026-06-10T09:00:00Z", "updated_at": "2026-06-10T09:00:00Z", **change}
        wire.spoil(answered(200, told), "GET .*")
        with pytest.raises(Rejected):
            client.ticket("1")

    @pytest.mark.parametrize("name", ["articles", "history"])
    def test_a_row_that_cannot_be_read_is_rejected_with_the_reason(
        self, asking: tuple[Client, Wire], name: str
    ) -> None:
        client, wire = asking
        told: Any = [{"id": "x"}] if name == "articles" else {"history": [{"id": "x"}], "assets": {}}
        wire.spoil(answered(200, told), "GET .*")
        with pytest.raises(Rejected, match="the desk's answer is not what Zammad sends"):
            ASK[name](client)


class TestFailures:
    @pytest.mark.parametrize("name", EVERY)
    def test_a_token_that_is_not_taken_is_named_in_one_line(self, name: str) -> None:
        error = failed(answered(401, {"error": "Can't find User for Token"}), EVERY[name])
        assert type(error) is Refused
        assert str(error).startswith("Zammad does not take the token (Can't find User for Token): make one with ")
        assert "\n" not in str(error)

    @pytest.mark.parametrize("name", EVERY)
    def test_a_missing_permission_is_named_with_where_to_grant_it(self, name: str) -> None:
        error = failed(answered(403, {"error": "Not authorized"}), EVERY[name])
        assert isinstance(error, Refused)
        permission = "admin.webhook" if name == "webhooks" else "ticket.agent"
        assert error.permission == permission
        assert f"give the token {permission} under Profile › Token Access" in str(error)

    @pytest.mark.parametrize("name", EVERY)
    def test_a_limit_is_obeyed_to_the_second(self, name: str) -> None:
        error = failed(answered(429, None, **{"Retry-After": "7"}), EVERY[name])
        assert isinstance(error, RateLimited)
        assert error.after == 7.0

    @pytest.mark.parametrize("name", EVERY)
    def test_maintenance_is_waited_for(self, name: str) -> None:
        assert type(failed(answered(403, {"error": "Maintenance mode enabled!"}), EVERY[name])) is Unavailable

    @pytest.mark.parametrize(
        ("name", "kind"), [*((name, Unavailable) for name in ASK), *((name, Unclear) for name in WRITE)]
    )
    def test_a_500_is_asked_again_and_looked_after(self, name: str, kind: type[DeskpulseError]) -> None:
        assert (
            type(failed(answered(500, {"error": "Error ID x: Please contact your administrator."}), EVERY[name]))
            is kind
        )

    @pytest.mark.parametrize("name", ["ticket", "articles", "history", *WRITE])
    def test_what_is_not_there_is_gone(self, name: str) -> None:
        assert type(failed(answered(404, {"error": "Couldn't find Ticket with 'id'=1"}), EVERY[name])) is Gone

    @pytest.mark.parametrize("name", WRITE)
    def test_what_zammad_never_takes_is_given_up_with_its_words(self, name: str) -> None:
        error = failed(answered(422, {"error": "Group can't be blank"}), WRITE[name])
        assert type(error) is Rejected
        assert "Group can't be blank" in str(error)

    @pytest.mark.parametrize("told", [b"", b"<html>", b"[]", b"7", b'{"error": 7}', b'{"error": null}'])
    def test_a_refusal_without_words_is_still_a_sentence(self, told: bytes) -> None:
        assert "Zammad refused GET /api/v1/tickets/1 (403): give" in str(failed(answered(403, told), ASK["ticket"]))
        assert "Zammad does not take the token (401): make" in str(failed(answered(401, told), ASK["ticket"]))

    def test_a_long_refusal_is_cut_and_one_line(self) -> None:
        error = failed(answered(403, {"error": "no\n" * 500}), ASK["ticket"])
        assert len(str(error)) < 500
        assert "\n" not in str(error)

    @pytest.mark.parametrize("status", [401, 403, 422])
    def test_a_token_that_an_answer_repeats_is_not_shown(self, status: int) -> None:
        error = failed(answered(status, {"error": "no such token: token-of-ours"}), ASK["ticket"])
        assert "token-of-ours" not in str(error)

    @pytest.mark.parametrize("name", ["field", "note", "summary"])
    @pytest.mark.parametrize("told", [{}, [], {"id": None}, {"id": "x"}, "7", 7])
    def test_an_answer_that_names_nothing_leaves_open_whether_it_was_done(self, name: str, told: Any) -> None:
        assert type(failed(answered(200, told), WRITE[name])) is Unclear

    @pytest.mark.parametrize("id_", ["..", "", "1?x", "1/..", "é", "-1", "1 ", "٣", "1" * 25])
    @pytest.mark.parametrize("ask", [Client.ticket, Client.articles, Client.history, Client.tags])
    def test_an_id_that_is_no_number_is_gone_before_anything_is_asked(
        self, asking: tuple[Client, Wire], ask: Callable[[Client, str], Any], id_: str
    ) -> None:
        client, wire = asking
        with pytest.raises(Gone, match="its tickets have numbers"):
            ask(client, id_)
        assert wire.sent == []
