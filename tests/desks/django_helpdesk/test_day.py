"""A whole day in a simulated django-helpdesk, against what really happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any, Final
from urllib.parse import quote

import orjson

from integrations.django_helpdesk.mapping import split_tags
from integrations.django_helpdesk.simulated_api import Api
from integrations.django_helpdesk.simulator import CUSTOM_FIELDS, REOPENED, RESOLVED, Simulator, User
from integrations.events import Event
from integrations.registry import desk_named
from integrations.times import Instant, instant_of_iso
from tests.desks.day import WORDS, By, Clock, DayContract, Performer, Survey, Tells
from tests.desks.django_helpdesk.samples import DESK, EVA, access, at, by_form, call, entry, hook, ticket
from tests.desks.hooks import Written
from workers.observing import observed
from workers.tickets import fold

_SUMMARIES: Final = 5
_PLUGIN: Final = 3
_AGENTS: Final = {"eva": 1, "ivo": 2, "mira": 6}
_QUEUES: Final = {"chat": 3, "voice": 4}
_PROGRAM: Final = 7
_ANSWERED: Final = "The customer answered the survey."
_ANSWERS: Final = {"csat": {"field": "survey_score", "comment": "survey_comment", "scale": [1, 5]}}


class DjangoHelpdeskDay(Performer):
    """The day as people make it in django-helpdesk, whose webhooks are posted inside the requests that cause them.

    A program of the desk's own asks for a score, writes it into custom fields and a line about it into the ticket.
    """

    settings: Mapping[str, Any] = {"desk": {"answers": _ANSWERS}}

    def __init__(self, clock: Clock) -> None:
        fields = {**CUSTOM_FIELDS, "survey_score": None, "survey_comment": None}
        self.desk = Simulator(clock=clock, custom_fields=fields)
        self.desk.users = (*self.desk.users, User(_AGENTS["mira"], "mira", "token-of-mira"))
        api = Api(self.desk)
        self.app, self.violations = api.app(), api.violations
        self.credentials = {
            "token": "token-of-deskpulse", "user_id": str(_PLUGIN), "summary_queue": str(_SUMMARIES)
        }  # fmt: skip

    def connect(self, webhook_url: str, secret: str) -> None:
        self.desk.hook_url = f"{webhook_url}?token={quote(secret, safe='')}"

    def open(self, at: Instant, *, channel: str, customer: str) -> str:
        del at  # the simulator reads the clock
        address = f"{customer}@customers.example"
        if channel == "email":
            return str(self.desk.opened_by_mail("Where is it?", WORDS, customer=address))
        if channel == "web_form":
            return str(self.desk.opened_by_form("Where is it?", WORDS, customer=address))
        return str(self.desk.opened_by_api("Where is it?", WORDS, customer=address, queue=_QUEUES[channel]))

    def reply(self, ticket: str, at: Instant, *, by: By, who: str) -> None:
        del at
        number = int(ticket)
        if by == "agent":
            self.desk.replied(number, WORDS, user=_AGENTS[who])
        elif self.desk.tickets[number]["queue"] == 1:
            self.desk.mailed(number, WORDS)
        else:
            self.desk.answered_on_page(number, WORDS)

    def note(self, ticket: str, at: Instant, *, agent: str) -> None:
        del at
        self.desk.noted(int(ticket), WORDS, user=_AGENTS[agent])

    def assign(self, ticket: str, at: Instant, *, agent: str) -> None:
        del at
        self.desk.taken(int(ticket), user=_AGENTS[agent])

    def resolve(self, ticket: str, at: Instant, *, agent: str) -> None:
        del at
        self.desk.replied(int(ticket), "", user=_AGENTS[agent], status=RESOLVED)

    def reopen(self, ticket: str, at: Instant, *, customer: str) -> None:
        del at, customer
        self.desk.answered_on_page(int(ticket), WORDS, status=REOPENED)

    def merge(self, ticket: str, at: Instant, *, into: str) -> None:
        del at
        self.desk.merged(int(ticket), into=int(into))

    def rate(self, ticket: str, at: Instant, *, score: int, comment: str) -> None:
        del at
        self.desk.patched(int(ticket), custom_survey_score=str(score), custom_survey_comment=comment)
        self.desk.noted(int(ticket), _ANSWERED, user=_PROGRAM)

    def undated(self, calls: Iterable[bytes]) -> Set[tuple[str, Instant]]:
        return {
            (str(entry["ticket"]), instant_of_iso(entry["date"]))
            for hook in map(orjson.loads, calls)
            for entry in hook["ticket"]["followup_set"]
            if entry["id"] == hook.get("followup_id") and entry["comment"] == _ANSWERED
        }

    def flush(self) -> None:
        """Nothing waits."""

    def written(self) -> Written:
        tickets = {id_: held for id_, held in self.desk.tickets.items() if held["queue"] != _SUMMARIES}
        found: dict[str, list[str]] = {str(id_): [] for id_ in tickets}
        for one in self.desk.follow_ups.values():
            if not one["public"] and str(one["ticket"]) in found:
                found[str(one["ticket"])].append(one["comment"] or "")
        return Written(
            tags={str(id_): frozenset(split_tags(held["custom_tags"])) for id_, held in tickets.items()},
            fields={str(id_): {"csat": held["custom_csat"]} for id_, held in tickets.items() if held["custom_csat"]},
            notes={id_: tuple(texts) for id_, texts in found.items()},
            summaries={str(id_): held["title"] for id_, held in self.desk.tickets.items() if id_ not in tickets},
        )


class TestDay(DayContract):
    desk = desk_named("django_helpdesk")
    tells = Tells(
        channels=("email", "web_form", "chat", "voice"),
        survey=Survey((1, 5), scores=(1, 2, 3, 4, 5), low=frozenset({1, 2})),
        merges=True,
        transfers=False,  # only the webhook for a new ticket knows its first queue, and that may be lost
    )

    def performer(self, clock: Clock) -> Performer:
        return DjangoHelpdeskDay(clock)


def test_a_webhook_that_arrives_after_a_later_one_moves_no_ticket_back() -> None:
    resolved, reopened = entry(502, 5, "Done", user=EVA, new_status=3), entry(503, 9, "Not yet", new_status=2)
    early = hook(ticket(by_form(), resolved, status=3), follow_up=502)
    late = hook(ticket(by_form(), resolved, reopened, status=2, assigned_to=EVA), follow_up=503)
    events: list[Event] = []
    for body, minutes in ((late, 10), (early, 200)):
        reading = DESK.parse(call(body, received_at=at(minutes)), access())
        events += reading.events
        for present in reading.present:
            events += observed(present, fold("204", events))
    found = fold("204", events)
    assert (found.status, found.agent, len(found.resolutions)) == ("open", str(EVA), 1)
