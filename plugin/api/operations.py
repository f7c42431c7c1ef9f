"""The OpenAPI document as a list of operations, as pages for people show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

_METHODS: Final = ("get", "put", "patch", "post", "delete")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation; `values` are those it may have, where that is a list."""

    name: str
    place: str
    type: str
    required: bool
    description: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be done at one address."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: str
    answer: str
    errors: tuple[tuple[str, str], ...]


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Every operation, in the order of the document."""
    return list(_operations(document))


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        shared = item.get("parameters", [])
        for method in _METHODS:
            if method in item:
                yield _operation(method.upper(), path, item[method], shared)


def _operation(method: str, path: str, told: Mapping[str, Any], shared: list[Mapping[str, Any]]) -> Operation:
    answers = told["responses"]
    return Operation(
        method=method,
        path=path,
        summary=told.get("summary", ""),
        description=told.get("description", ""),
        parameters=tuple(_parameter(each) for each in (*shared, *told.get("parameters", ()))),
        body=told.get("requestBody", {}).get("description", ""),
        answer=answers["200"]["description"],
        errors=tuple((code, answer["description"]) for code, answer in answers.items() if code != "200"),
    )


def _parameter(told: Mapping[str, Any]) -> Parameter:
    schema = told["schema"]
    return Parameter(
        name=told["name"],
        place=told["in"],
        type=schema.get("format", schema["type"]),
        required=bool(told.get("required")),
        description=told.get("description", ""),
        values=tuple(schema.get("enum", ())),
    )
