"""What is wrong with a setting, in a language: the check itself, which everybody shares, says it in English."""

from __future__ import annotations

from typing import Final

from workers.wording.known import told
from workers.wording.language import Language, mark

#: What the forms of the panel may be refused for; values stand in braces. Those of marshmallow are its own words.
SENTENCES: Final = (
    mark("{name} is not a time zone such as Europe/Zagreb"),
    mark("Not a valid integer."),
    mark("Must be greater than or equal to {least} and less than or equal to {most}."),
    mark("Must be one of: {choices}."),
    mark("Length must be between {least} and {most}."),
    mark("Write hours as 09:00-17:00, until 24:00 at the latest."),
    mark("{hours} must end after it starts; a night ends at 24:00 and goes on the next day"),
    mark("{hours} starts before {earlier} has ended; put them in order and apart"),
    mark("{date} is not a date such as 2026-12-25"),
    mark("there is no date {date}"),
    mark("{stretch} ends before it starts"),
    mark("{stretch} is longer than a year; take the days of the week away instead"),
    mark("no holidays are known of {code}; give a country such as HR, or a part such as DE-BE"),
    mark("no holidays are known of {code}; {country} has no parts"),
    mark("no holidays are known of {code}; {country} has {parts}"),
    mark("Name a slice with small letters, digits and _, a letter first."),
    mark("This word has a meaning in reports already; choose another name."),
    mark("NPS is asked from 0 to 10"),
    mark("a survey is asked with {points} scores, the lowest of them 0 or 1"),
    mark("Write a time as 08:00, or off."),
    mark("Write a day and a time as mon 08:00, or off."),
)


def mistake(reason: str, language: Language) -> str:
    """The reason in this language; as it is where it is none of these."""
    return told(reason, SENTENCES, language)
