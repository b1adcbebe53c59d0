"""No live indicator leaves a narrative, not even from code."""

from __future__ import annotations

import json

from threatbrief.render.markdown import BodyRenderer
from threatbrief.views.body import BodyView

TEXT = """Prose bad.example.net, `code bad.example.net`.

    indented bad.example.net

```
fenced http://bad.example.net/a?b=1&c=2 <b>
```
"""
BODY = BodyView(
    TEXT,
    indicators=(("domain-name", "bad.example.net"), ("url", "http://bad.example.net/a?b=1&c=2")),
)


def test_html_is_defanged_everywhere() -> None:
    html = BodyRenderer().html(BODY, "../")
    assert "bad.example.net" not in html
    assert html.count("bad[.]example[.]net") == 4
    assert "hxxp://bad[.]example[.]net/a?b=1&amp;c=2 &lt;b&gt;" in html


def test_tree_is_defanged_everywhere() -> None:
    tree = json.dumps(BodyRenderer().tree(BODY))
    assert "bad.example.net" not in tree
    assert tree.count("bad[.]example[.]net") == 4
