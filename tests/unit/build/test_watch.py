"""What an incremental build does where a note of the last one is of no use."""

from __future__ import annotations

from tests.conftest import REPOSITORY
from tests.unit.views.page_samples import SITE

from threatbrief.build.watch import Answers
from threatbrief.knowledge import KnowledgeBase
from threatbrief.mkdocs_plugin import _mentions_records
from threatbrief.outputs.pages import plan_pages
from threatbrief.records import load


class Opaque:
    """An answer of which no digest can be made."""


class Larger(KnowledgeBase):
    @property
    def opaque(self) -> Opaque:
        return Opaque()


def test_an_answer_without_a_digest_never_counts_as_unchanged() -> None:
    kb = Larger()
    assert Answers(kb)(("", "opaque")) != Answers(kb)(("", "opaque"))
    assert Answers(kb)(("", "gone")) == Answers(kb)(("", "gone"))


def test_a_link_to_any_page_of_ours_is_seen() -> None:
    kb, _ = load(REPOSITORY / "content/records")
    addresses = {page.address for page in plan_pages(kb, SITE)} - {""}
    assert len(addresses) > 500
    assert [address for address in sorted(addresses) if not _mentions_records(f"[x]({address})")] == []
    assert not _mentions_records("# About\n\nSee [the method](method.md).\n")
