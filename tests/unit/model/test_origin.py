"""Where a record's keys stand, as it is told after the record was kept."""

from __future__ import annotations

import pickle

import pytest

from threatbrief.model.origin import Origin, Places

PLACES = {
    (): (2, 1),
    ("sources",): (3, 1),
    ("sources", 0, "url"): (4, 7),
    ("sources", "0"): (5, 2),
    ("a\nb\tc 'd' \"e\" \ud800 ü",): (6, 3),
}


def test_kept_places_are_those_that_were_read() -> None:
    kept = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(Places(PLACES)))))
    assert dict(kept) == PLACES
    assert len(kept) == len(PLACES)
    assert kept["sources", 0, "url"] == (4, 7)
    with pytest.raises(KeyError):
        kept["sources", 0, "ur"]


def test_a_key_without_a_place_of_its_own_stands_where_its_parent_does() -> None:
    origin: Origin = pickle.loads(pickle.dumps(Origin("a.md", places=Places(PLACES))))
    assert origin.span("sources", 0, "title").line == 3
    assert origin.span("sources", 0, "url", 7).line == 4
    assert origin.span("nothing").line == 1
