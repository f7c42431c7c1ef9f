"""What every desk must fulfil: a desk's test class inherits this and answers the questions of `hooks.DeskHooks`.

class TestGeneric(DeskContract):
    desk = desk_named("generic")
    def ways(self): ...
    def samples(self): ...
    def access(self): ...
    def served(self): ...
"""

from __future__ import annotations

import re
from pathlib import Path

from integrations.base import Desk
from integrations.registry import DESK_NAMES, desk_named
from tests.desks.hooks import NOW, DeskHooks, Served, Way, Written
from tests.desks.proofs import ProofContract
from tests.desks.reaching import ReachingContract
from tests.desks.readings import ReadingContract
from tests.desks.writings import WritingContract

__all__ = ["NOW", "DeskContract", "DeskHooks", "Served", "Way", "Written"]

_DOCS = Path(__file__).parents[2] / "docs" / "desks"
_HEADINGS = ("Connect", "What is read", "What is written", "Limits and quirks", "By hand", "Remove")


class DeskContract(ProofContract, ReadingContract, WritingContract, ReachingContract):
    """All parts of the contract, and those about the desk's own description."""

    def test_the_registry_knows_the_desk(self) -> None:
        assert self.desk.name in DESK_NAMES
        assert type(desk_named(self.desk.name)) is type(self.desk)
        assert self.desk.title

    def test_the_capabilities_say_which_methods_there_are(self) -> None:
        can = self.desk.capabilities
        assert can.refresh == self._has("refresh")
        assert can.backfill == self._has("backfill")
        assert can.reconcile == (self._has("reconcile") or self._has("backfill"))
        assert (can.tags or can.fields or can.notes or can.summaries) == self._has("apply")

    def test_the_page_in_the_docs_has_its_headings_in_order(self) -> None:
        found = re.findall(r"^## (.+)$", self._page(), re.MULTILINE)
        assert [heading for heading in found if heading in _HEADINGS] == list(_HEADINGS)

    def test_the_page_in_the_docs_names_every_permission_call_and_credential(self) -> None:
        page = self._page()
        words = (*self.desk.permissions, *self.desk.calls, *(credential.name for credential in self.desk.credentials))
        assert [word for word in words if word not in page] == []

    def _has(self, method: str) -> bool:
        return getattr(type(self.desk), method) is not getattr(Desk, method)

    def _page(self) -> str:
        return (_DOCS / f"{self.desk.name}.md").read_text(encoding="utf-8")
