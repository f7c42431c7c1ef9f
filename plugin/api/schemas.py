"""What goes out and in, for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from marshmallow import INCLUDE, Schema, fields

from workers import answer_list
from workers.rules import SettingsSchema
from workers.ticket_rows import COLUMNS

_COUNTS: Final = frozenset({"reopens", "agent_replies", "customer_messages", "touches", "transfers"})
_SCORES: Final = frozenset({"csat", "ces", "nps", "score", "low", "high"})
_TRUTHS: Final = frozenset({"one_touch", "valid", "counted"})
_TOLD: Final = {
    "excluded": "Why the ticket is out of every count: empty, spam, deleted, merged, incomplete, department, channel "
    "or tag.",
    "reason": "Why the answer does not count: empty, invalidated, replaced, repeated, suspect:… (it is doubted), "
    "or why its ticket does not.",
    "csat": "The raw score of the latest valid answer.",
    "ces": "The raw score of the latest valid answer.",
    "nps": "The raw score of the latest valid answer.",
    "low": "The lowest score of the scale.",
    "high": "The highest score of the scale.",
    "comment": "What the customer wrote.",
}

REPORT: Final = "The report; as CSV one line a figure of a row."
TICKETS: Final = "One page of tickets in JSON; a line or row a ticket in the other forms."
ANSWERS: Final = "One page of answers in JSON; a line or row an answer in the other forms."
EXPLANATION: Final = "The definition, the funnel from all tickets to the counted ones, the figure, its tickets."


def _said(told: str, **more: Any) -> dict[str, Any]:
    return {"description": told, **more}


class ErrorBody(Schema):
    """What went wrong."""

    code = fields.String(required=True, metadata=_said("A word for programs."))
    message = fields.String(required=True, metadata=_said("A sentence for people: what happened and what to do."))
    details = fields.Dict(required=True, metadata=_said("What is wrong with each parameter, and the like."))


class Error(Schema):
    """The one shape of every error."""

    error = fields.Nested(ErrorBody, required=True)


class Verdict(Schema):
    """What is said of a change: now minus before, on finished days; what does not apply is left out."""

    kind = fields.String(metadata=_said("better, worse, higher, lower, no clear change, not tested, too few, learning"))
    n = fields.Integer(metadata=_said("What the present value rests on."))
    n_before = fields.Integer(metadata=_said("What it is compared with rests on."))
    difference = fields.Float()
    low = fields.Float(metadata=_said("The lower end of the difference's 95 % interval."))
    high = fields.Float(metadata=_said("The upper end of the difference's 95 % interval."))
    p = fields.Float(metadata=_said("Of the test, where there was one."))
    alpha = fields.Float(metadata=_said("Of the test, where there was one."))
    have = fields.Integer(metadata=_said("How many weeks, answers or tickets there are of `need`."))
    need = fields.Integer()


class Figure(Schema):
    """The value of a metric for a slice of a period; what does not apply is left out."""

    value = fields.Float(required=True, allow_none=True, metadata=_said("Null when n is 0."))
    unit = fields.String(required=True, metadata=_said("`%`, `s`, or the noun of what is counted."))
    n = fields.Integer(required=True, metadata=_said("How many tickets, answers or surveys stand behind it."))
    low = fields.Float(metadata=_said("The lower end of the 95 % interval."))
    high = fields.Float(metadata=_said("The upper end of the 95 % interval."))
    median = fields.Float()
    p90 = fields.Float()
    mean = fields.Float()
    numerator = fields.Integer()
    denominator = fields.Integer()
    undecided = fields.Integer(metadata=_said("How many are decided only later, on neither side."))
    distribution = fields.Dict(keys=fields.String(), values=fields.Integer())
    scale = fields.String(metadata=_said("The one that was answered on; figures of unlike scales are not compared."))
    parts = fields.Dict(metadata=_said("One figure for each of several scales, which are not pooled."))
    verdict = fields.Nested(Verdict)
    shift = fields.Nested(Verdict, metadata=_said("Whether satisfaction has shifted for good."))
    note = fields.String()


def _figures() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.Nested(Figure))


class ReportRow(Schema):
    """One row; its key stands under the name that `by` has."""

    class Meta:
        """What marshmallow says of fields that the schema does not name."""

        unknown = INCLUDE

    name = fields.String(metadata=_said("The name of an agent or a department."))
    metrics = _figures()
    previous = _figures()
    unfinished = fields.Boolean(metadata=_said("The time of this row is not over."))


class Before(Schema):
    """The period that is compared with."""

    first = fields.Date(data_key="from")
    last = fields.Date(data_key="to")
    business_days = fields.Integer()


class Rebuilding(Schema):
    """How far history is counted again."""

    done = fields.Integer()
    of = fields.Integer()


class Report(Schema):
    """Figures of a period beside those of the period before it."""

    account = fields.String()
    first = fields.Date(data_key="from")
    last = fields.Date(data_key="to")
    as_of = fields.DateTime()
    time_zone = fields.String()
    by = fields.String()
    previous = fields.Nested(Before)
    rows = fields.List(fields.Nested(ReportRow))
    total = _figures()
    total_previous = _figures()
    overlapping = fields.Boolean(metadata=_said("A ticket may stand in several rows."))
    unfinished = fields.Boolean(metadata=_said("The period is not over."))
    rebuilding = fields.Nested(Rebuilding)


class Step(Schema):
    """One step from the tickets of a period to those that count."""

    step = fields.String(metadata=_said("in_period, left_out, eligible, undecided or counted"))
    reason = fields.String(metadata=_said("Why these are left out."))
    tickets = fields.Integer()
    n = fields.Integer()
    total = fields.Float(allow_none=True)
    scale = fields.String(metadata=_said("The one that was answered on; figures of unlike scales are not compared."))
    parts = fields.Dict(metadata=_said("The same of each part of the figure."))


class ExplainedTicket(Schema):
    """A ticket that counts, and for what."""

    ticket = fields.String()
    n = fields.Integer()
    total = fields.Float(allow_none=True)
    values = fields.List(fields.Float(), metadata=_said("Seconds or scores."))
    day = fields.Date()
    decided = fields.Date(allow_none=True)
    scale = fields.String(metadata=_said("The one that was answered on; figures of unlike scales are not compared."))
    parts = fields.Dict(metadata=_said("The same of each part of the figure."))


class Version(Schema):
    """By which definitions and rules it was counted."""

    metrics = fields.Integer()
    rules = fields.Integer()


class Explanation(Schema):
    """A figure explained."""

    account = fields.String()
    metric = fields.String()
    title = fields.String()
    definition = fields.String()
    formula = fields.String()
    cohort = fields.String()
    exclusions = fields.String()
    source = fields.String()
    version = fields.Nested(Version)
    first = fields.Date(data_key="from")
    last = fields.Date(data_key="to")
    as_of = fields.DateTime()
    slice = fields.String(allow_none=True)
    figure = fields.Nested(Figure)
    funnel = fields.List(
        fields.Nested(Step), allow_none=True, metadata={"description": "on the first page; null on those that follow"}
    )
    tickets = fields.List(fields.Nested(ExplainedTicket))
    next = fields.String(allow_none=True, metadata=_said("What `after` must say for the next page; null on the last."))


def _column(name: str) -> fields.Field[Any]:
    more: dict[str, Any] = {"metadata": _said(_TOLD[name])} if name in _TOLD else {}
    if name.endswith("_at") or name == "at":
        return fields.DateTime(allow_none=True, **more)
    if name.endswith("_s"):
        return fields.Integer(allow_none=True, metadata=_said("Whole seconds."))
    if name in _COUNTS:
        return fields.Integer(allow_none=True)
    if name in _SCORES:
        return fields.Float(allow_none=True, **more)
    return fields.Boolean(allow_none=True, **more) if name in _TRUTHS else fields.String(allow_none=True, **more)


def _page(name: str, row: type[Schema]) -> type[Schema]:
    return Schema.from_dict(
        {
            "account": fields.String(),
            name: fields.List(fields.Nested(row)),
            "next": fields.String(
                allow_none=True, metadata=_said("What `after` must say for the next page; null on the last.")
            ),
        },
        name=name.title(),
    )


def _row(name: str, columns: Iterable[str]) -> type[Schema]:
    return Schema.from_dict({column: _column(column) for column in columns}, name=name)


Tickets: Final = _page("tickets", _row("Ticket", COLUMNS))
Answers: Final = _page("answers", _row("Answer", answer_list.COLUMNS))

SETTINGS_BODY: Final = {
    "required": True,
    "description": "The keys of `account.toml`, as one JSON object; unknown ones are refused.",
    "content": {"application/json": {"schema": SettingsSchema}},
}
