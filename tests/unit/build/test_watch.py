"""What an incremental build does where a note of the last one is of no use."""

from __future__ import annotations

import pickle

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


def test_what_is_worked_out_does_not_go_to_other_processes() -> None:
    kb, _ = load(REPOSITORY / "content/records")
    bare = len(pickle.dumps(kb))
    assert list(plan_pages(kb, SITE))  # which remembers feeds, and they hold functions
    again = pickle.loads(pickle.dumps(kb))
    assert again.records == kb.records
    assert len(pickle.dumps(kb)) == bare
    assert [page.address for page in plan_pages(again, SITE)] == [p.address for p in plan_pages(kb, SITE)]


def test_a_link_to_any_page_of_ours_is_seen() -> None:
    kb, _ = load(REPOSITORY / "content/records")
    addresses = {page.address for page in plan_pages(kb, SITE)} - {""}
    assert len(addresses) > 500
    assert [address for address in sorted(addresses) if not _mentions_records(f"[x]({address})")] == []
    assert not _mentions_records("# About\n\nSee [the method](method.md).\n")
