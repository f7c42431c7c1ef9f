"""Answers to a survey that the desk's own forms or programs ask, read from the custom fields that they fill."""

from __future__ import annotations

from integrations import answer_fields
from integrations.answer_fields import AnswerFields
from integrations.django_helpdesk import mapping
from integrations.django_helpdesk.payloads import Ticket
from integrations.events import JSONObject, JSONValue


def declared(options: JSONObject) -> list[AnswerFields]:
    """The custom fields that the account names, without their prefix; `mistakes` says what is wrongly named."""
    return answer_fields.declared(options, _check)


def mistakes(options: JSONObject) -> list[str]:
    """A sentence for each kind of survey whose fields cannot be read as the account names them."""
    return answer_fields.mistakes(options, _check)


def fields(options: JSONObject) -> frozenset[str]:
    """The custom fields that hold answers, which therefore tell no tickets apart."""
    return answer_fields.names(declared(options))


def answers(ticket: Ticket, options: JSONObject) -> list[JSONValue]:
    """What customers answered, as in `Present`. A value that is not on its scale is counted and no answer."""
    return [answer for each in declared(options) if (answer := each.answer(ticket.custom)) is not None]


def _check(name: str) -> None:
    if mapping.is_reserved(name):
        raise ValueError(f"Deskpulse reads or writes {name} for another purpose, so name another custom field")
