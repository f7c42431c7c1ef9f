"""Which desks there are: the name leads to the folder, loaded when first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Final

from integrations.base import Capabilities, Desk

#: Desk name → the class in its webhook module.
_DESKS: Final = {
    "chatwoot": "integrations.chatwoot.webhook:Chatwoot",
    "django_helpdesk": "integrations.django_helpdesk.webhook:DjangoHelpdesk",
    "freshdesk": "integrations.freshdesk.webhook:Freshdesk",
    "generic": "integrations.generic.webhook:Generic",
    "liveagent": "integrations.liveagent.webhook:LiveAgent",
    "zammad": "integrations.zammad.webhook:Zammad",
    "zendesk": "integrations.zendesk.webhook:Zendesk",
}

#: What reads calls and is no desk that somebody could connect or call.
_INNER: Final = {"surveys": "integrations.survey_calls:SurveyCalls"}

DESK_NAMES: Final = tuple(sorted(_DESKS))


@cache
def desk_named(name: str) -> Desk:
    """The desk of that name; KeyError when there is none."""
    return _made(_DESKS[name])


def capabilities_of(name: str) -> Capabilities:
    """What can be done with the desk of that name; nothing with one that this version does not know."""
    return desk_named(name).capabilities if name in _DESKS else Capabilities()


def reader_named(name: str) -> Desk:
    """What reads the calls that are kept under that name: a desk, or the page of our own surveys; KeyError for none."""
    return _inner(name) if name in _INNER else desk_named(name)


@cache
def _inner(name: str) -> Desk:
    return _made(_INNER[name])


def _made(place: str) -> Desk:
    module, _, class_name = place.partition(":")
    found: Desk = getattr(import_module(module), class_name)()
    return found
