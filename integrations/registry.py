"""Which desks there are: the name leads to the folder, loaded when first asked for."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Final

from integrations.base import Desk

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

DESK_NAMES: Final = tuple(sorted(_DESKS))


@cache
def desk_named(name: str) -> Desk:
    """The desk of that name; KeyError when there is none."""
    module, _, class_name = _DESKS[name].partition(":")
    found: Desk = getattr(import_module(module), class_name)()
    return found
