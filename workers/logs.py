"""What is logged and what never is: one line an event, keys from a list, and no address, number or secret in it."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO, TypeAlias

import structlog
from structlog.typing import Processor

from integrations.errors import DeskpulseError

#: What a line may hold besides its event; any other key is dropped, because nobody has thought about its values.
KEYS: Final = frozenset(
    {
        "account", "action", "attempts", "batch", "call", "calls", "count", "database", "desk", "done", "error",
        "event", "events", "exception", "exc_info", "home", "job", "level", "logger", "outcome", "part", "period",
        "port", "purpose", "queue", "seconds", "slot", "status", "task", "ticket", "tickets", "timestamp", "wait",
    }
)  # fmt: skip

_HIDDEN: Final = (
    (re.compile(r"(?i)://[^\s/@]+@"), "://[credentials]@"),
    (re.compile(r"\?[\w.%\[\]-]+=[^\s\"'<>]*"), "?[query]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), r"\1 [secret]"),
    (re.compile(r"\b(whsec|dp)_[\w+/=-]{8,}"), "[secret]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), "[secret]"),
    (
        re.compile(r"(?i)\b([\w-]*(?:secret|token|passw\w*|api[-_]?key|authorization|signature))([\"']?\s*[:=]\s*)"
                   r"(\"[^\"]*\"|'[^']*'|[^\s,;)}]+)"),
        r"\1\2[secret]",
    ),
    (re.compile(r"[^\s<>\"'(),;:=@]+@[\w-]+(?:\.[\w-]+)+"), "[address]"),
    (re.compile(r"(?=[\w+=-]*\d)(?=[\w+=-]*[A-Za-z])[\w+=-]{32,}"), "[secret]"),
    (re.compile(r"(?<![\w.:-])(?!\d{4}-\d\d-\d\d)(?:\+|\(?0|\(?\d)(?:[ ()./-]{0,2}\d){7,14}(?![\w:])"), "[number]"),
)  # fmt: skip

#: Libraries whose ordinary lines say nothing to an operator.
_QUIET: Final = (
    "alembic", "amqp", "celery.app.trace", "celery.beat", "celery.worker.strategy", "kombu", "sqlalchemy", "urllib3",
    "waitress.queue",
)  # fmt: skip

_Event: TypeAlias = MutableMapping[str, Any]


def set_up(*, level: str, form: str, stream: TextIO | None = None) -> None:
    """Log to a stream (stderr) from now on, our own lines and the libraries', as `json` or `text`."""
    shared: list[Processor] = [_level, structlog.processors.TimeStamper(fmt="iso", utc=True), _exception, _allowed]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, _without_error_text, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _scrubbed, _renderer(form)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line for every request that waits its turn


def tell(warnings: Iterable[str]) -> None:
    """Log sentences about the settings, each as a warning of its own."""
    log = structlog.get_logger(__name__)
    for warning in warnings:
        log.warning(warning)


def scrub(text: str) -> str:
    """The text without e-mail addresses, telephone numbers, query strings and what looks like a secret."""
    for pattern, instead in _HIDDEN:
        text = pattern.sub(instead, text)
    return text


def _level(_logger: Any, name: str, event: _Event) -> _Event:
    event.setdefault("level", name)
    return event


def _renderer(form: str) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(sort_keys=True)
    return _text


def _text(_logger: Any, _name: str, event: _Event) -> str:
    """`time level event key=value …`, one line whatever the values hold."""
    head = " ".join(str(event.pop(key, "")) for key in ("timestamp", "level", "event"))
    rest = "".join(f" {key}={value}" for key, value in sorted(event.items()))
    return (head + rest).replace("\r", " ").replace("\n", " ")


def _exception(_logger: Any, _name: str, event: _Event) -> _Event:
    """Replace an exception by its classes and places; a message may quote what a customer wrote."""
    error = _error_of(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = _told(error)
    return event


def _error_of(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1]  # type: ignore[no-any-return]
    return sys.exc_info()[1] if exc_info else None


def _told(error: BaseException) -> str:
    """The error and its causes, each with the places it went through, the innermost last."""
    parts: list[str] = []
    link: BaseException | None = error
    while link is not None and len(parts) < 5:
        sentence = f": {link}" if isinstance(link, DeskpulseError) else ""
        parts.append(f"{type(link).__name__}{sentence} at {_places(link.__traceback__)}")
        link = link.__cause__ or link.__context__
    return " caused by ".join(parts)


def _places(trace: TracebackType | None) -> str:
    places = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return " > ".join(places[-12:]) or "no place"


def _without_error_text(_logger: Any, _name: str, event: _Event) -> _Event:
    """A library that logs an exception often writes its message into the line as well."""
    error = _error_of(event.get("exc_info"))
    if error is not None:
        for text in (repr(error), str(error)):
            event["event"] = str(event["event"]).replace(text, type(error).__name__) if text else event["event"]
    return event


def _allowed(_logger: Any, _name: str, event: _Event) -> _Event:
    for key in [key for key in event if key not in KEYS and not key.startswith("_")]:
        del event[key]
    return event


def _scrubbed(_logger: Any, _name: str, event: _Event) -> _Event:
    return {key: value if key == "timestamp" else _plain(value) for key, value in event.items()}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping | list | tuple | set | frozenset | bytes):
        return f"[{type(value).__name__}]"
    return scrub(str(value))
