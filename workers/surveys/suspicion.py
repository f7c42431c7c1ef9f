"""Whether an answer was given by a person: a pure judgement over what was seen of the link before and with the vote.

Mail scanners and previews open every link of a message; some press what they find there. Opening never votes, so most
of them leave no answer at all. What is doubted is kept, counts for nothing, and a person can let it count again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from integrations.times import SECOND, Instant

#: Why an answer is doubted. The worst is told first: the form that only our page gives, then who and how fast.
NO_FORM: Final = "no_form"
SCANNER: Final = "scanner"
PREFETCH: Final = "prefetch"
TOO_FAST: Final = "too_fast"
SOON_AFTER_SENDING: Final = "soon_after_sending"
SEVERAL_OPTIONS: Final = "several_options"
PROBED: Final = "probed"
REASONS: Final = (NO_FORM, SCANNER, PREFETCH, TOO_FAST, SOON_AFTER_SENDING, SEVERAL_OPTIONS, PROBED)

#: Why an answer is doubted that a person took out.
BY_HAND: Final = "by_hand"

#: What starts the reason of an invalidation that is ours.
MARK: Final = "suspect:"

#: Between opening the page and pressing a button a person needs at least this long.
_READING: Final = SECOND
#: Between our handing the link to the desk and an answer lie the desk's message, its way, and opening it.
_DELIVERY: Final = 5 * SECOND
#: Requests this close to the opening of the form belong to the same visitor.
_TOGETHER: Final = 5 * SECOND
#: Programs that fetch links of messages, by what they call themselves: scanners, previews, crawlers, tools. (Cubot
#: makes telephones.)
_PROGRAMS: Final = re.compile(
    r"(?<!cu)bot\b|crawl|spider|preview|scan|barracuda|mimecast|proofpoint|fortimail|trendmicro|safelinks|urldefense"
    r"|facebookexternalhit|whatsapp|skypeuripreview|slurp|headless|phantom|curl/|wget/|python|java/|okhttp|go-http"
    r"|libwww|node-fetch|axios|httpclient|apache-http",
    re.IGNORECASE,
)
_LONGEST_AGENT: Final = 300


@dataclass(frozen=True, slots=True)
class Open:
    """One time that a link was opened, without any vote: how, and with which score preselected."""

    at: Instant
    method: str
    score: int | None = None
    prefetch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen of one vote. `form_at` is when its form was made, None for a vote without a form of ours."""

    asked_at: Instant
    form_at: Instant | None
    voted_at: Instant
    agent: str = ""
    prefetch: bool = False
    opens: tuple[Open, ...] = ()

    def json(self) -> dict[str, object]:
        """The evidence as it is kept in the body of the call; moments in microseconds UTC, no address."""
        opens = [[seen.at, seen.method, seen.score, seen.prefetch] for seen in self.opens]
        return {
            "asked_at": self.asked_at,
            "form_at": self.form_at,
            "voted_at": self.voted_at,
            "agent": self.agent[:_LONGEST_AGENT],
            "prefetch": self.prefetch,
            "opens": opens,
        }


def suspicion(seen: Evidence) -> str | None:
    """Why the vote is doubted; None for what may well be a person's."""
    return next((reason for reason, holds in _signs(seen).items() if holds), None)


def is_prefetch(headers: Mapping[str, str]) -> bool:
    """Whether a request says that nobody looks at what it fetches; names of headers in lower case.

    `Sec-Purpose: prefetch` and `prefetch;prerender` by the Fetch standard; `Purpose`, `X-Purpose` and `X-Moz` of older
    browsers.
    """
    told = " ".join(headers.get(name, "") for name in ("sec-purpose", "purpose", "x-purpose", "x-moz")).lower()
    return "prefetch" in told or "preview" in told or "prerender" in told


def is_program(agent: str) -> bool:
    """Whether a user agent is known to be a program, or says nothing at all."""
    return not agent.strip() or _PROGRAMS.search(agent) is not None


def _signs(seen: Evidence) -> dict[str, bool]:
    beside = tuple(_beside(seen))
    options = {opened.score for opened in beside if opened.score is not None}
    return {
        NO_FORM: seen.form_at is None,
        SCANNER: is_program(seen.agent),
        PREFETCH: seen.prefetch,
        TOO_FAST: seen.form_at is not None and seen.voted_at - seen.form_at < _READING,
        SOON_AFTER_SENDING: seen.voted_at - seen.asked_at < _DELIVERY,
        SEVERAL_OPTIONS: len(options) > 1,
        PROBED: any(opened.method == "HEAD" for opened in beside),
    }


def _beside(seen: Evidence) -> Iterable[Open]:
    """What was opened within seconds of the form: what came long before it was somebody else's doing."""
    if seen.form_at is None:
        return ()
    form_at = seen.form_at
    return (opened for opened in seen.opens if abs(opened.at - form_at) <= _TOGETHER)
