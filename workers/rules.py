"""An account's settings (`account.toml`), checked, and the part of them that decides what figures say."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from integrations.errors import GiveUp
from integrations.events import CHANNELS, KINDS, SURVEY_DIRECTIONS
from integrations.outlets.receivers import MOST_RECEIVERS, PERIODS, check_address, check_apart
from workers.surveys import settings as surveys
from workers.wording.language import LANGUAGES
from workers.working_time.business_time import Hours
from workers.working_time.public_holidays import check_country
from workers.working_time.working_hours import DAYS, check_date, check_day, check_holiday, hours_of, wrong_in

_SPAN: Final = validate.Regexp(
    r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)\Z",
    error="Write hours as 09:00-17:00, until 24:00 at the latest.",
)
_CLOCK: Final = validate.Regexp(r"^(off|([01]\d|2[0-3]):[0-5]\d)\Z", error="Write a time as 08:00, or off.")
_WEEKLY: Final = validate.Regexp(
    r"^(off|(mon|tue|wed|thu|fri|sat|sun) ([01]\d|2[0-3]):[0-5]\d)\Z",
    error="Write a day and a time as mon 08:00, or off.",
)
#: What a browser calls an origin, with which a page may be framed; a path or a blank would end up in a header.
_ORIGIN: Final = validate.Regexp(
    r"^https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?\Z",
    error="Write an origin as https://desk.example, without a path; https://*.desk.example is one for all below it.",
)
_SLICE: Final = validate.Regexp(
    r"^[a-z][a-z0-9_]*\Z", error="Name a slice with small letters, digits and _, a letter first."
)
_SOURCE: Final = validate.Regexp(r"^field:.+\Z", error="Write field: and then the name of a field of the desk.")
_ROLE: Final = validate.OneOf(("lead", "viewer"))
_MOST_SLICES: Final = 5
#: The slice kinds every ticket has; an account adds its own.
SLICE_KINDS: Final = ("agent", "department", "tag", "touchpoint")
#: What an own slice cannot be called: what reports are cut by already, and the other keys of their rows.
_TAKEN: Final = (
    "channel", *SLICE_KINDS, "day", "week", "month", "weekday_hour", "name", "metrics", "previous", "unfinished",
)  # fmt: skip
_FREE: Final = validate.NoneOf(_TAKEN, error="This word has a meaning in reports already; choose another name.")
#: Words that stand in the links of surveys, which have to stay short, and questions on a telephone's screen.
_LONGEST_WORD: Final = 40
_LONGEST_QUESTION: Final = 300
#: The largest number of a setting that has no narrower bound of its own; as seconds, these are 31 years.
LARGEST: Final = 10**9 - 1
_GOAL: Final = 90.0
_REPEAT_DAYS: Final = 7
_SCORE: Final = validate.Range(min=-LARGEST, max=LARGEST)


class InvalidSettings(GiveUp):
    """The settings of an account are not what they must be; the message names each wrong key.

    `wrong` has the reason of each key, as a path with points, where the settings were read at all.
    """

    def __init__(self, message: str, *, wrong: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.wrong: Mapping[str, str] = wrong or {}


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValidationError(f"{name} is not a time zone such as Europe/Zagreb") from error


def _valid(check: Callable[[Any], object]) -> Callable[[Any], None]:
    """A check that raises ValueError, as marshmallow wants it."""

    def checked(value: Any) -> None:
        try:
            check(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    return checked


class _Strict(Schema):
    class Meta:
        """What marshmallow does with fields that the schema does not name."""

        unknown = RAISE


class _Named(fields.Dict):
    """A table whose keys are names; what is wrong is told by the name alone, as the file has it."""

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """The table; marshmallow's `name.value` and `name.key` become `name`."""
        try:
            return super().deserialize(value, attr, data, **kwargs)
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            named = {name: wrong.get("key") or wrong["value"] for name, wrong in error.messages.items()}
            raise ValidationError(named) from error


class _FrozenHolidays(_Strict):
    of = fields.String(required=True)
    years = fields.List(
        fields.Integer(strict=True, validate=validate.Range(min=1900, max=2300)),
        required=True,
        validate=validate.Length(equal=2),
    )
    dates = fields.List(fields.String(validate=_valid(check_date)), required=True)


class _Schedule(_Strict):
    time_zone = fields.String(validate=_zone)
    mon, tue, wed, thu, fri, sat, sun = (
        fields.List(fields.String(validate=_SPAN), validate=_valid(check_day)) for _ in DAYS
    )
    holidays = fields.List(fields.String(validate=_valid(check_holiday)))
    holidays_of = fields.String(validate=_valid(check_country))
    holidays_frozen = fields.Nested(_FrozenHolidays)


class _ChannelSchedule(_Strict):
    schedule = fields.String(required=True)


class _Department(_Strict):
    schedule = fields.String()
    channels = _Named(fields.String(validate=validate.OneOf(CHANNELS)), fields.Nested(_ChannelSchedule))


class _Target(_Strict):
    first_response = fields.Integer(strict=True, required=True, validate=validate.Range(min=1, max=LARGEST))
    goal = fields.Float(load_default=_GOAL, validate=validate.Range(min=0, max=100))


class _Survey(_Strict):
    scale = fields.List(fields.Integer(strict=True, validate=_SCORE), validate=validate.Length(equal=2))
    direction = fields.String(validate=validate.OneOf(SURVEY_DIRECTIONS))
    follow_up_below = fields.Float(validate=_SCORE)
    # How Deskpulse asks it itself: workers/surveys/settings.py
    ask = fields.Boolean(truthy={True}, falsy={False})
    channels = fields.List(fields.String(validate=validate.OneOf(CHANNELS)))
    question = _Named(
        fields.String(validate=validate.OneOf(LANGUAGES)), fields.String(validate=validate.Length(1, _LONGEST_QUESTION))
    )
    version = fields.String(validate=validate.Length(1, _LONGEST_WORD))
    expires_days = fields.Integer(strict=True, validate=validate.Range(min=1, max=365))
    touchpoint = fields.String(validate=validate.Length(1, _LONGEST_WORD))


class _Asking(_Strict):
    days_between = fields.Integer(strict=True, validate=validate.Range(min=0, max=3650))
    share = fields.Float(validate=validate.Range(min=0, max=100))


class _Bots(_Strict):
    authors = fields.List(fields.String())


class _Exclude(_Strict):
    departments = fields.List(fields.String())
    channels = fields.List(fields.String(validate=validate.OneOf(CHANNELS)))
    tags = fields.List(fields.String())


class _Tags(_Strict):
    ignore = fields.List(fields.String())


class _DeskOptions(Schema):
    class Meta:
        """What marshmallow does with fields that the schema does not name."""

        unknown = "include"  # what else stands here belongs to the desk: `check_settings` is told what

    url = fields.Url(require_tld=False, schemes={"http", "https"})
    time_zone = fields.String(validate=_zone)
    poll_minutes = fields.Integer(strict=True, validate=validate.Range(min=1, max=1440))


class _Retention(_Strict):
    call_bodies_days = fields.Integer(strict=True, validate=validate.Range(min=1, max=3650))


class _Panel(_Strict):
    origins = fields.List(fields.String(validate=_ORIGIN))
    roles = _Named(fields.String(validate=validate.Length(1, 100)), fields.String(validate=_ROLE))


class _Digests(_Strict):
    email = fields.List(
        fields.String(validate=_valid(check_address)),
        validate=[validate.Length(max=MOST_RECEIVERS), _valid(check_apart)],
    )
    periods = fields.List(fields.String(validate=validate.OneOf(PERIODS)))


class _Summaries(_Strict):
    daily = fields.String(validate=_CLOCK, allow_none=True)
    weekly = fields.String(validate=_WEEKLY, allow_none=True)


class _Actions(_Strict):
    max_age_hours = fields.Integer(strict=True, validate=validate.Range(min=1, max=24 * 365))


class SettingsSchema(_Strict):
    """The keys of `account.toml`; unknown ones are refused."""

    time_zone = fields.String(validate=_zone)
    language = fields.String(validate=validate.OneOf(LANGUAGES))
    schedule = fields.String()
    repeat_days = fields.Integer(strict=True, validate=validate.Range(min=1, max=365))
    schedules = _Named(fields.String(), fields.Nested(_Schedule))
    departments = _Named(fields.String(), fields.Nested(_Department))
    channels = _Named(fields.String(validate=validate.OneOf(CHANNELS)), fields.Nested(_ChannelSchedule))
    targets = _Named(fields.String(validate=validate.OneOf(CHANNELS)), fields.Nested(_Target))
    slices = _Named(
        fields.String(validate=[_SLICE, _FREE]),
        fields.String(validate=_SOURCE),
        validate=validate.Length(max=_MOST_SLICES),
    )
    surveys = _Named(fields.String(validate=validate.OneOf(KINDS)), fields.Nested(_Survey))
    asking = fields.Nested(_Asking)
    bots = fields.Nested(_Bots)
    excluded = fields.Nested(_Exclude, data_key="exclude", attribute="exclude")  # Schema has an `exclude` of its own
    tags = fields.Nested(_Tags)
    desk = fields.Nested(_DeskOptions)
    retention = fields.Nested(_Retention)
    panel = fields.Nested(_Panel)
    digests = fields.Nested(_Digests)
    summaries = fields.Nested(_Summaries)
    actions = fields.Nested(_Actions)


#: The sections whose change alters figures, so that history has to be counted again.
COUNTING: Final = (
    "time_zone", "schedule", "repeat_days", "schedules", "departments", "channels", "targets", "slices", "surveys",
    "bots", "exclude", "tags",
)  # fmt: skip

#: Of a survey's settings those that count; how it is asked changes no figure.
_COUNTING_OF_SURVEY: Final = ("scale", "direction", "follow_up_below")


@dataclass(frozen=True, slots=True)
class SurveyRule:
    """How one kind of survey is read: its scale, what a high CES means, and when to follow up."""

    scale: tuple[int, int] | None = None
    direction: str = "easy"
    follow_up_below: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Within how many seconds a channel is answered first, and the percentage that should be."""

    first_response: int
    goal: float = _GOAL


@dataclass(frozen=True)
class Rules:
    """What a ticket is counted by. `number` is raised whenever one of these changes."""

    number: int
    zone: ZoneInfo
    excluded_departments: frozenset[str] = frozenset()
    excluded_channels: frozenset[str] = frozenset()
    excluded_tags: frozenset[str] = frozenset()
    ignored_tags: frozenset[str] = frozenset()
    bots: frozenset[str] = frozenset()
    slices: Mapping[str, str] = field(default_factory=dict)  #: own slice → the custom field it is read from
    surveys: Mapping[str, SurveyRule] = field(default_factory=dict)
    hours: Hours = field(default_factory=Hours)  #: false when there is no schedule: all time is working time
    targets: Mapping[str, Target] = field(default_factory=dict)  #: by channel
    repeat_days: int = _REPEAT_DAYS  #: within how many days another ticket of a customer is a repeated contact


def read_settings(text: str) -> dict[str, Any]:
    """The settings in a TOML text; InvalidSettings names what is wrong."""
    try:
        return check_settings(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidSettings(f"the settings are not TOML: {error}") from error


def check_settings(settings: Mapping[str, Any], options: Collection[str] | None = None) -> dict[str, Any]:
    """The same settings when they are valid; InvalidSettings with `key: reason` otherwise.

    `options` are the keys below `[desk]` that are the desk's own; where it is not known yet, any are let through.
    """
    try:
        checked: dict[str, Any] = SettingsSchema().load(settings)
    except ValidationError as error:
        raise _invalid(_sentences(error.messages)) from error
    if wrong := [*wrong_in(checked), *surveys.wrong_in(checked), *_foreign(checked.get("desk", {}), options)]:
        raise _invalid(wrong)
    return checked


def _foreign(told: Mapping[str, Any], options: Collection[str] | None) -> list[str]:
    """A sentence for each key below `[desk]` that is neither every desk's nor this one's."""
    if options is None:
        return []
    known = {*_DeskOptions().fields, *options}
    return [f"desk.{key}: Unknown field." for key in told if key not in known]


def _invalid(sentences: Sequence[str]) -> InvalidSettings:
    parts = (sentence.partition(": ") for sentence in sentences)
    return InvalidSettings("; ".join(sentences), wrong={path: reason for path, _, reason in parts})


def counting_part(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What of checked settings decides what figures say: history is counted anew when it changes."""
    found = {key: settings.get(key) for key in COUNTING}
    asked: Mapping[str, Mapping[str, Any]] = settings.get("surveys", {})
    counted = {kind: {key: told[key] for key in _COUNTING_OF_SURVEY if key in told} for kind, told in asked.items()}
    return {**found, "surveys": {kind: told for kind, told in counted.items() if told}}


def rules_of(settings: Mapping[str, Any], number: int) -> Rules:
    """The counting part of checked settings."""
    exclude = settings.get("exclude", {})
    return Rules(
        number=number,
        zone=ZoneInfo(settings.get("time_zone", "UTC")),
        excluded_departments=frozenset(exclude.get("departments", ())),
        excluded_channels=frozenset(exclude.get("channels", ())),
        excluded_tags=frozenset(exclude.get("tags", ())),
        ignored_tags=frozenset(settings.get("tags", {}).get("ignore", ())),
        bots=frozenset(settings.get("bots", {}).get("authors", ())),
        slices={name: source.removeprefix("field:") for name, source in settings.get("slices", {}).items()},
        surveys={kind: _survey_rule(survey) for kind, survey in settings.get("surveys", {}).items()},
        hours=hours_of(settings),
        targets={
            channel: Target(target["first_response"], target.get("goal", _GOAL))
            for channel, target in settings.get("targets", {}).items()
        },
        repeat_days=settings.get("repeat_days", _REPEAT_DAYS),
    )


def _survey_rule(survey: Mapping[str, Any]) -> SurveyRule:
    scale = survey.get("scale")
    return SurveyRule(
        scale=(scale[0], scale[1]) if scale else None,
        direction=survey.get("direction", "easy"),
        follow_up_below=survey.get("follow_up_below"),
    )


def _sentences(messages: Any, path: str = "") -> list[str]:
    if isinstance(messages, Mapping):
        found = []
        for key, inner in messages.items():
            found += _sentences(inner, f"{path}.{key}" if path else str(key))
        return found
    return [f"{path}: {' '.join(str(message) for message in messages)}"]
