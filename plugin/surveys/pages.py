"""`/s/<token>`: the page of one survey. Opening it never votes; the vote is a POST, kept before anybody is thanked."""

from __future__ import annotations

import hashlib
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from integrations.times import SECOND, Instant, utc
from plugin.limits import TokenBuckets, address_key
from plugin.surveys.answering import Opened, Reception, form_mark
from plugin.surveys.forms import COMMENT, Filled, filled
from plugin.surveys.words import name_of, question
from workers.links import PLACE, BadLink, Expired
from workers.runtime import Clock, now
from workers.store.keeper import NotKept
from workers.surveys.settings import rule_of
from workers.wording.language import Language, best_language, language

#: A comment of the longest length in UTF-8, each byte as %XX, with room for the rest of the form.
_LARGEST_FORM: Final = 64 * 1024
#: Of one link: a person opens it some times and changes the answer some times.
_PER_LINK: Final = 30
_LINK_SECONDS: Final = 20.0  #: until one more request of a link is taken
#: Of one address, behind which a whole office may be.
_PER_ADDRESS: Final = 120
_ADDRESS_SECONDS: Final = 0.5
_HEADERS: Final = {
    # No script, no inline style, no frame, nothing from anywhere else; search engines and referrers learn nothing.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_STATIC: Final = Path(__file__).parent / "static"


def surveys(reception: Reception, *, clock: Clock = now) -> Blueprint:
    """The pages of surveys and their style sheet."""
    blueprint = Blueprint(
        "surveys",
        __name__,
        url_prefix=PLACE.rstrip("/"),
        template_folder="templates",
        static_folder="static",
        static_url_path="/-",
    )
    page = _Page(reception, clock)
    blueprint.add_url_rule("/<token>", "question", page.show, methods=["GET"])
    blueprint.add_url_rule("/<token>", "answer", page.take, methods=["POST"])
    blueprint.after_request(_with_headers)
    blueprint.register_error_handler(BadLink, partial(_refused, 404, "nothing"))
    blueprint.register_error_handler(Expired, partial(_refused, 410, "expired"))
    blueprint.register_error_handler(NotKept, _not_kept)
    blueprint.register_error_handler(RequestEntityTooLarge, partial(_refused, 413, "too_large"))
    return blueprint


class _Page:
    """The page with its parts; limits are of this process."""

    def __init__(self, reception: Reception, clock: Clock) -> None:
        self._reception = reception
        self._clock = clock
        seconds = partial(_seconds, clock)
        self._links = TokenBuckets(rate=1 / _LINK_SECONDS, burst=_PER_LINK, clock=seconds)
        self._addresses = TokenBuckets(rate=1 / _ADDRESS_SECONDS, burst=_PER_ADDRESS, clock=seconds)

    def show(self, token: str) -> Response:
        """The question. Its being asked for is remembered; nothing else happens."""
        wait = self._too_many(token)
        if wait:
            return _wait(wait)
        moment = self._clock()
        opened = self._reception.open(token, now=moment)
        score = _score(request.args.get("score"), opened)
        self._reception.saw(opened, request.method, score, _headers(), now=moment)
        return self._question(opened, score, moment)

    def take(self, token: str) -> Response:
        """The answer, kept; or the question again where no answer was chosen."""
        request.max_content_length = _LARGEST_FORM
        wait = self._too_many(token)
        if wait:
            return _wait(wait)
        moment = self._clock()
        opened = self._reception.open(token, now=moment)
        given = filled(request.form, token, opened.keys, now=moment)
        score = given.score
        if score is None or not opened.link.scale[0] <= score <= opened.link.scale[1]:
            return self._question(opened, None, moment, status=400)
        if given.step != COMMENT or given.comment:
            self._reception.keep(opened, given, score, _headers(), now=moment)
        return self._thanks(opened, given, score, moment)

    def _too_many(self, token: str) -> float:
        """The seconds until this link and this address may ask again; 0.0 when they may now."""
        return self._addresses.take(address_key(request.remote_addr or "")) or self._links.take(token)

    def _question(self, opened: Opened, chosen: int | None, moment: Instant, *, status: int = 200) -> Response:
        speak = _language(opened.account.language.code)
        asked = question(opened.link, rule_of(opened.link.kind, opened.account.settings), speak, chosen=chosen)
        return _page(
            "question",
            speak,
            status,
            asked=asked,
            chosen=None if asked.chosen is None else name_of(asked.chosen.score, opened.link, speak),
            mark=form_mark(opened, now=moment),
            action=opened.token,
            nothing_chosen=status == 400,
        )

    def _thanks(self, opened: Opened, given: Filled, score: int, moment: Instant) -> Response:
        speak = _language(opened.account.language.code)
        return _page(
            "thanks",
            speak,
            200,
            score=score,
            answer=name_of(score, opened.link, speak),
            comment=given.comment,
            finished=given.step == COMMENT or given.comment is not None,
            step=COMMENT,
            mark=form_mark(opened, now=moment),
            action=opened.token,
            until=speak.day(utc(opened.link.expires_at).astimezone(opened.account.rules.zone).date()),
        )


def _seconds(clock: Clock) -> float:
    return clock() / SECOND


def _score(given: str | None, opened: Opened) -> int | None:
    """The score that the link chose beforehand, when it is on the scale."""
    low, high = opened.link.scale
    return next((score for score in range(low, high + 1) if given == str(score)), None)


def _headers() -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _language(default: str) -> Language:
    return language(best_language(request.headers.get("Accept-Language"), default))


def _page(name: str, speak: Language, status: int, **shown: Any) -> Response:
    # Relative, as the form's address is: a proxy may serve us under a path of its own.
    style = f"-/survey.css?v={_style_version()}"
    text = render_template(f"surveys/{name}.html", language=speak, say=speak.say, style=style, **shown)
    response = Response(text, status, mimetype="text/html")
    response.headers["Content-Language"] = speak.code
    response.headers["Vary"] = "Accept-Language"
    return response


def _refused(status: int, why: str, _error: Exception) -> Response:
    """A friendly page that tells nobody whether there is such an account, a ticket or a link."""
    return _page("refused", _language("en"), status, why=why)


def _not_kept(error: NotKept) -> Response:
    response = _page("refused", _language("en"), 503, why="not_kept")
    response.headers["Retry-After"] = str(max(1, round(error.after or 1)))
    return response


def _wait(seconds: float) -> Response:
    response = _page("refused", _language("en"), 429, why="too_many")
    response.headers["Retry-After"] = str(max(1, round(seconds)))
    return response


def _with_headers(response: Response) -> Response:
    response.headers.update(_HEADERS)
    styles = request.endpoint == "surveys.static" and response.status_code == 200
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if styles else "no-store"
    return response


@cache
def _style_version() -> str:
    """What changes with the style sheet, so that browsers may keep it for good."""
    return hashlib.sha256((_STATIC / "survey.css").read_bytes()).hexdigest()[:8]
