"""What may be asked for in a query, and how a wrong query becomes one clear answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, NoReturn

from flask import Request
from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema
from webargs.flaskparser import FlaskParser
from webargs.multidictproxy import MultiDictProxy

from integrations.events import KINDS
from plugin.asked import FIRST_OF_LIST, FIRST_OF_REPORT, LAST_OF_LIST, LAST_OF_REPORT
from plugin.commands.command import sentence
from plugin.errors import Problem

#: How many rows one answer has when nobody says, and how many it may have.
USUAL_ROWS: Final = 1000
MOST_ROWS: Final = 10_000
#: The longest period that figures are made of: ten years.
MOST_DAYS: Final = 3660
#: The longest one whose rows are days, since each of them has every figure: three years.
MOST_DAYS_BY_DAY: Final = 1100
_FIRST_DAY: Final = date(1970, 1, 1)
_LAST_DAY: Final = date(2199, 12, 31)

INVALID: Final = "invalid_parameters"
_UNKNOWN: Final = "There is no such parameter."
_NOT_A_DAY: Final = "Write a day as YYYY-MM-DD, such as 2026-01-31."


def _is_usual(day: date) -> None:
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise ValidationError(f"Choose a day from {_FIRST_DAY} to {_LAST_DAY}.")


def _is_plain(text: str) -> None:
    if "\0" in text:  # which no database keeps in a text
        raise ValidationError("A text cannot hold the character 0.")


def _day(name: str, told: str) -> fields.Date:
    return fields.Date(
        data_key=name,
        format="%Y-%m-%d",
        validate=_is_usual,
        error_messages={"invalid": _NOT_A_DAY},
        metadata={"description": told, "type": "string", "format": "date"},
    )


def _text(told: str, **more: Any) -> fields.String:
    return fields.String(validate=_is_plain, metadata={"description": told}, **more)


def _choice(told: str, *choices: str) -> fields.String:
    wrong = f"Choose from {', '.join(choices)}."
    return fields.String(validate=validate.OneOf(choices, error=wrong), metadata={"description": told})


def _rows_limit(told: str) -> fields.Integer:
    wrong = f"Choose a number from 1 to {MOST_ROWS}."
    within = validate.Range(min=1, max=MOST_ROWS, error=wrong)
    return fields.Integer(
        validate=within,
        error_messages={"invalid": wrong, "too_large": wrong},
        metadata={"description": told, "minimum": 1, "maximum": MOST_ROWS},
    )


class Query(Schema):
    """A query; parameters it does not name are refused."""

    error_messages = {"unknown": _UNKNOWN}  # noqa: RUF012 - the way marshmallow wants it

    class Meta:
        """What marshmallow does with parameters that the schema does not name."""

        unknown = RAISE


class _Days(Query):
    first = _day("from", sentence(FIRST_OF_REPORT))
    last = _day("to", sentence(LAST_OF_REPORT))

    @validates_schema
    def _in_order(self, query: Mapping[str, Any], **_: object) -> None:
        if "first" in query and "last" in query and query["first"] > query["last"]:
            raise ValidationError(f"The period begins on {query['first']} and ends before, on {query['last']}.", "from")


class _Rows(_Days):
    first = _day("from", sentence(FIRST_OF_LIST))
    last = _day("to", sentence(LAST_OF_LIST))
    limit = _rows_limit(f"How many rows at most; {USUAL_ROWS} in JSON without it, all of them in other formats.")
    format = _choice("How the rows are written; the Accept header may say so too.", "json", "jsonl", "csv")


class ReportQuery(_Days):
    """Which report."""

    by = _text(
        "The rows: `channel`, `agent`, `department`, `tag`, `touchpoint`, an own slice, `day`, `week`, `month`, "
        "`weekday_hour`.",
        load_default="channel",
    )
    slice = _text("Only this, as KIND:VALUE, such as `channel:email`.")
    metrics = fields.List(
        _text("The name of a figure."),
        data_key="metric",
        metadata={"description": "Only these figures; repeat the parameter for several. All without it."},
    )
    format = _choice("How the report is written; the Accept header may say so too.", "json", "csv")


class TicketsQuery(_Rows):
    """Which tickets, by the local day of their creation."""

    after = _text("The ticket after which the rows begin: `next` of the page before.", load_default="")


class AnswersQuery(_Rows):
    """Which answers, by the local day on which they were given."""

    kind = _choice("Only answers to this kind of survey.", *KINDS)
    after = _text("Where the rows begin: `next` of the page before.", load_default="")


class ExplainQuery(_Days):
    """Which figure."""

    metric = _text("The name of a metric or a figure.", required=True, error_messages={"required": "Name a metric."})
    slice = _text("Only this, as KIND:VALUE, such as `channel:email`.")
    after = _text("The ticket after which the list begins: `next` of the page before.")
    limit = _rows_limit("How many tickets are listed at most; 100 without it.")


class Parser(FlaskParser):
    """Reads queries strictly, and tells what is wrong in our one shape of an error."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"query": RAISE}  # noqa: RUF012 - the way webargs wants it

    def load_querystring(self, req: Request, schema: Schema) -> MultiDictProxy:
        """The parameters; Problem 422 when one that has a single value is there twice."""
        for name, values in req.args.lists():
            if len(values) > 1 and not isinstance(_field(schema, name), fields.List):
                raise invalid({name: "This parameter may be there once only."})
        found: MultiDictProxy = super().load_querystring(req, schema)
        return found

    def handle_error(self, error: ValidationError, *_: object, **__: object) -> NoReturn:
        """Answer 422 with every wrong parameter."""
        messages = error.messages
        told = messages.get("query", messages) if isinstance(messages, Mapping) else {"query": messages}
        raise invalid({str(name): _first(wrong) for name, wrong in told.items()}) from error


def invalid(wrong: Mapping[str, str]) -> Problem:
    """422: what is wrong with each of these parameters."""
    message = " ".join(f"{name}: {what}" for name, what in wrong.items())
    return Problem(422, message, code=INVALID, details=wrong)


def _field(schema: Schema, name: str) -> fields.Field[Any] | None:
    return next((field for key, field in schema.fields.items() if (field.data_key or key) == name), None)


def _first(wrong: Any) -> str:
    """The first of what marshmallow says is wrong, which may stand below the places of a list."""
    while not isinstance(wrong, str):
        wrong = next(iter(wrong.values() if isinstance(wrong, Mapping) else wrong))
    return wrong
