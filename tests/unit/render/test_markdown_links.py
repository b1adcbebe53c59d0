"""Links to other records, whose words may run on over lines."""

from __future__ import annotations

import pytest

from threatbrief.render.markdown import BodyRenderer
from threatbrief.render.markdown_file import narrative
from threatbrief.views.body import BodyView

LINKS = (("lazarus", "actors/lazarus/", "Lazarus Group"),)


@pytest.mark.parametrize("gap", [" ", "\n", "\r\n", "\n  "])
def test_the_words_of_a_link_may_be_wrapped(gap: str) -> None:
    body = BodyView(f"See [[lazarus|the{gap}group]].", links=LINKS)
    assert BodyRenderer().html(body, "../") == '<p>See <a href="../actors/lazarus/">the group</a>.</p>'
    assert narrative(body, "https://x.example/") == "See [the group](https://x.example/actors/lazarus/)."


def test_in_a_quotation_too() -> None:
    body = BodyView("> See [[lazarus|the\n> group]].", links=LINKS)
    assert '<a href="../actors/lazarus/">the group</a>' in BodyRenderer().html(body, "../")


@pytest.mark.parametrize("gap", ["\n\n", "\n \t\n", "]"])
def test_a_link_ends_with_its_paragraph(gap: str) -> None:
    body = BodyView(f"See [[lazarus|the{gap}group]].", links=LINKS)
    assert "<a " not in BodyRenderer().html(body, "../")
    assert "lazarus/)" not in narrative(body, "https://x.example/")
