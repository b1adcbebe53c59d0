"""Which indicators in prose are defanged, where they touch, repeat or overlap."""

from __future__ import annotations

import pytest

from threatbrief.render.defang import defang_text

INDICATORS = (
    ("domain-name", "b.example"),
    ("domain-name", "a.b.example"),
    ("url", "http://a.b.example/x"),
    ("ipv4-addr", "192.0.2.1"),
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a.b.example and b.example", "a[.]b[.]example and b[.]example"),
        ("http://a.b.example/x, http://a.b.example/", "hxxp://a[.]b[.]example/x, http://a[.]b[.]example/"),
        ("b.example b.example.", "b[.]example b[.]example."),
        ("b.example.org, c.b.example, xb.example", "b.example.org, c.b.example, xb.example"),
        ("192.0.2.1/b.example, 192.0.2.10", "192[.]0[.]2[.]1/b[.]example, 192.0.2.10"),
        ("b.example-b.example b.example", "b.example-b.example b[.]example"),
    ],
)
def test_values_that_stand_alone_are_defanged(text: str, shown: str) -> None:
    assert defang_text(text, INDICATORS) == shown


def test_values_of_a_long_text_cost_no_more_than_a_look_each() -> None:
    text = "192.0.2.1 " * 20_000
    assert defang_text(text, INDICATORS) == text.replace(".", "[.]")
