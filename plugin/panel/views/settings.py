"""The page Settings: forms for what a lead may change, checked as the API and the command line check them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from typing import Final

from integrations.errors import GiveUp
from plugin.panel.access.house import House
from plugin.panel.forms import general, schedule, slices, summaries, surveys, targets
from plugin.panel.forms.draft import Draft
from plugin.panel.forms.fields import SHOWN, Scene, Section, mark_of, sent_again
from plugin.panel.views.sight import Sight
from workers.accounts import Account
from workers.rules import InvalidSettings
from workers.store import accounts
from workers.wording.language import Language
from workers.wording.mistakes import mistake

SECTIONS: Final[Mapping[str, ModuleType]] = {
    module.KEY: module for module in (general, schedule, targets, slices, surveys, summaries)
}


def sections(sight: Sight, *, saved: str = "") -> list[Section]:
    """Every form as the settings have it; `saved` is the one that was just sent."""
    scene = scene_of(sight)
    found = [module.section(sight.account.settings, scene) for module in SECTIONS.values()]
    return [replace(each, saved=each.key == saved, shown=mark_of(each)) for each in found]


def overtaken(sight: Sight, key: str) -> list[Section]:
    """Every form as the settings have it, one of them with the reason why it was not saved."""
    told = sight.language.say("Somebody changed this meanwhile, so nothing was saved. These are the present values.")
    return [replace(each, errors=(told,)) if each.key == key else each for each in sections(sight)]


def refused(sight: Sight, key: str, sent: Mapping[str, str], wrong: Mapping[str, str]) -> list[Section]:
    """Every form, one of them as it was sent with what is wrong in it."""
    wrong = {path: mistake(reason, sight.language) for path, reason in wrong.items()}
    return [sent_again(each, sent, wrong) if each.key == key else each for each in sections(sight)]


def scene_of(sight: Sight) -> Scene:
    """What the forms are made for."""
    return Scene(sight.language, tuple(sight.channels))


class Overtaken(Exception):
    """Somebody changed the settings of a form after it was shown."""


def save(house: House, account: Account, key: str, sent: Mapping[str, str], language: Language) -> Mapping[str, str]:
    """Put the fields of one form into the settings as they are now; what is wrong with them, by path, when refused.

    Overtaken where that would undo what somebody changed since the form was shown.
    """
    with house.database.write() as connection:
        held = accounts.find(connection, account.slug, house.vault) or account
        draft = Draft(held.settings, language)
        SECTIONS[key].take(draft, sent)
        if draft.wrong:
            return draft.wrong
        try:
            changed = accounts.with_settings(held, draft.settings, clock=house.clock)
        except InvalidSettings as error:
            return error.wrong or {key: str(error)}
        except GiveUp as error:
            return {key: str(error)}
        if _undoes(key, sent, held, changed, language):
            raise Overtaken
        accounts.save(connection, changed, house.vault)
    return {}


def _undoes(key: str, sent: Mapping[str, str], held: Account, changed: Account, language: Language) -> bool:
    """Whether the form showed other settings than there are now, and would not leave these as they are."""
    now, after = (mark_of(SECTIONS[key].section(account.settings, Scene(language, ()))) for account in (held, changed))
    return sent.get(SHOWN, now) != now != after
