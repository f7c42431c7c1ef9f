"""Why somebody is not let in, in a sentence, and what they can do about it in another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from integrations.errors import DeskpulseError
from workers.wording.language import mark


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: the status it is answered with, what happened, what to do, and whether signing in would help."""

    status: int
    title: str
    what: str
    do: str
    sign_in: bool = True


REASONS: Final[Mapping[str, Reason]] = {
    "nobody": Reason(
        401,
        mark("Sign in"),
        mark("This page is for the people of one account."),
        mark("Sign in with the name and the password that you were given."),
    ),
    "expired": Reason(
        401,
        mark("This view is too old"),
        mark("Inside a desk a view is good for ten minutes after its last use."),
        mark("Reload the desk's page, or sign in again."),
    ),
    "token": Reason(
        401,
        mark("This link does not open the panel"),
        mark("It was changed on its way, belongs to another account, or is no longer good."),
        mark("Open the panel from your desk once more, or sign in."),
    ),
    "ended": Reason(
        401,
        mark("You were signed out"),
        mark("Somebody signed you out, or your user was changed."),
        mark("Sign in again; if that fails, ask whoever runs Deskpulse."),
    ),
    "wrong": Reason(
        401,
        mark("That is not right"),
        mark("There is no such account, no such user in it, or the password is another one."),
        mark("Try again; whoever runs Deskpulse can give you a new password."),
    ),
    "often": Reason(
        429,
        mark("Too many tries"),
        mark("Signing in was tried too often in a short time."),
        mark("Wait for a minute, then try again."),
    ),
    "form": Reason(
        403,
        mark("Nothing was changed"),
        mark("The form did not come from a page of yours, or was open for too long."),
        mark("Go back, reload the page and send the form once more."),
        sign_in=False,
    ),
    "role": Reason(
        403,
        mark("Only leads may do that"),
        mark("Your role here is viewer, who sees everything and changes nothing."),
        mark("Ask a lead, or have whoever runs Deskpulse make you one."),
        sign_in=False,
    ),
    "elsewhere": Reason(
        403,
        mark("This page is not for other sites"),
        mark("Another site asked for it behind your back."),
        mark("Open the panel itself."),
        sign_in=False,
    ),
    "desk": Reason(
        401,
        mark("The desk did not say who you are"),
        mark("What the desk sent is not signed for this account, or is too old."),
        mark("Reload the desk's page; if that does not help, sign in, and tell whoever runs Deskpulse."),
    ),
    "missing": Reason(
        404,
        mark("There is nothing here"),
        mark("This address belongs to no page."),
        mark("Go back, or open the panel's first page."),
        sign_in=False,
    ),
    "failed": Reason(
        500,
        mark("Something failed on our side"),
        mark("It is in our log."),
        mark("Try again in a moment."),
        sign_in=False,
    ),
}


class Refusal(DeskpulseError):
    """Somebody is not let in, or may not do this; `reason` is one of REASONS."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        self.reason = REASONS[reason]
        super().__init__(self.reason.what)
        self.retry_after = retry_after
