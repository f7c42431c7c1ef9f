"""Answers to a survey that a form or a program of the desk's own asks, read from the attributes that it fills."""

from __future__ import annotations

from collections.abc import Iterator

from integrations import answer_fields
from integrations.actions import is_own_field
from integrations.answer_fields import AnswerFields
from integrations.events import JSONObject
from integrations.zammad.mapping import is_custom
from integrations.zammad.payloads import Change, Ticket


def surveys(options: JSONObject) -> list[AnswerFields]:
    """The surveys that the account declares; what is wrongly declared is left out, and `mistakes` says so."""
    return answer_fields.declared(options, _check)


def mistakes(options: JSONObject) -> list[str]:
    """A sentence for each kind of survey that cannot be read as the account declares it."""
    return answer_fields.mistakes(options, _check)


def attributes(options: JSONObject) -> frozenset[str]:
    """The attributes that hold answers, which therefore tell no tickets apart."""
    return answer_fields.names(surveys(options))


def standing(ticket: Ticket, options: JSONObject) -> list[JSONObject]:
    """The answers that a ticket holds now."""
    found = (each.answer(ticket.attributes) for each in surveys(options))
    return [answer for answer in found if answer is not None]


def given(changes: list[Change], options: JSONObject) -> Iterator[tuple[Change, JSONObject]]:
    """Each answer that a history tells, with the change that was it; its comment is what changed together with it."""
    for each in surveys(options):
        comments = {change.at: change.value_to for change in changes if change.attribute == each.comment}
        for change in changes:
            if change.attribute != each.field:
                continue
            held = {each.field: change.value_to, each.comment or "": comments.get(change.at)}
            if (answer := each.answer(held)) is not None:
                yield change, answer


def _check(name: str) -> None:
    if not is_custom(name) or is_own_field(name):
        raise ValueError(f"{name} is Zammad's own or written by Deskpulse, so name another attribute")
