"""A brief as one Markdown file, for those who edit: plain, with numbered footnotes for sources.

CommonMark with tables and footnotes. Texts of the record that are not Markdown are escaped, so that they
read as typed; indicators are defanged as everywhere that people read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from threatbrief.model.markup import RECORD_LINK
from threatbrief.render.defang import defang_text
from threatbrief.views.body import CITATION, BodyView
from threatbrief.views.brief import BriefView
from threatbrief.views.common import DateView, Link
from threatbrief.views.incident import ClaimView, IndicatorRow, RecommendationRow

_SPECIAL: Final = re.compile(r"[\\`*\[\]<>|]|(?<!\w)_|_(?!\w)|^[#+\-](?=\s)")
_NUMBERED: Final = re.compile(r"^(\d+)([.)])(?=\s)")
_HEADING: Final = re.compile(r"^(#{1,6})(?=\s)")
_FENCE: Final = re.compile(r"^\s{0,3}(`{3,}|~{3,})")


def markdown_file(view: BriefView) -> str:
    """The whole brief, ending with a newline."""
    blocks = [block for block in _blocks(view) if block]
    return "\n\n".join(blocks) + "\n"


def _blocks(view: BriefView) -> Iterator[str]:
    it = view.incident
    yield f"# {escape(it.title)}"
    updated = it.updated.text if it.updated else "draft"
    yield f"**{it.tlp}** · {it.id} · version {it.version}, {updated} · <{view.url}>"
    if view.withdrawn:
        yield f"Withdrawn: {escape(view.withdrawn)}"
        return
    yield escape(it.summary)
    yield _list(escape(point) for point in it.key_points)
    yield from _section("The facts", _list(_fact(view, fact.label, fact.values) for fact in view.facts))
    yield from _attribution(view)
    yield from _section("Narrative", narrative(it.body, view.site.url))
    yield from _section(
        "Timeline",
        _list(f"{event.date.text}: {escape(event.text)}{_cites(event.cites)}" for event in it.timeline),
    )
    yield from _techniques(view)
    yield from _section(
        "Vulnerabilities",
        _list(f"[{row.id}]({row.href}) {escape(row.note)}{_cites(row.cites)}" for row in it.vulnerabilities),
    )
    yield from _section("Indicators", _indicators(it.indicators))
    yield from _section(
        "Response",
        _list(
            f"{_date(row.date)}{row.kind}, {escape(row.by)}: {escape(row.detail)}{_cites(row.cites)}"
            for row in it.response
        ),
    )
    yield from _section("What to do", _list(map(_recommendation, it.recommendations)))
    yield from _section(
        "Related",
        _list(
            f"{_link(view, Link(row.title, row.href))} ({row.id}, {row.relation}) {escape(row.note)}".rstrip()
            for row in it.related
        ),
    )
    revisions = (f"{row.version}, {_date(row.date)}{row.kind}: {escape(row.note)}" for row in it.revisions)
    yield from _section("Revisions", _list(revisions))
    yield "\n".join(_footnotes(view))


def escape(text: str) -> str:
    """A text as Markdown that reads as typed, on one line."""
    escaped = _SPECIAL.sub(lambda match: "\\" + match.group(), " ".join(text.split()))
    return _NUMBERED.sub(r"\1\\\2", escaped)


def narrative(body: BodyView, site_url: str) -> str:
    """The narrative with footnotes for citations, whole addresses, and headings from level 3."""
    numbers, links = dict(body.citations), {target: (href, text) for target, href, text in body.links}

    def cite(match: re.Match[str]) -> str:
        number = numbers.get(match.group(1))
        return match.group() if number is None else f"[^{number}]"

    def point(match: re.Match[str]) -> str:
        if (found := links.get(match.group(1))) is None:
            return match.group()
        return f"[{escape(' '.join((match.group(2) or found[1]).split()))}]({site_url}{found[0]})"

    lines: list[str] = []
    text = defang_text(body.markdown, body.indicators) if body.indicators else body.markdown
    levels = [len(m.group(1)) for line, code in _lines(text) if not code and (m := _HEADING.match(line))]
    shift = 3 - min(levels, default=3)
    for code, run in groupby(_lines(text), key=lambda found: found[1]):
        part = [line for line, _ in run]
        if not code:
            part = [_HEADING.sub(lambda m: "#" * min(max(len(m.group(1)) + shift, 3), 6), s) for s in part]
            resolved = RECORD_LINK.sub(point, CITATION.sub(cite, "\n".join(part)))
            part = [line.rstrip() for line in resolved.split("\n")]
        lines += part
    return "\n".join(lines).strip()


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it is code between fences."""
    fence = ""
    for line in text.split("\n"):
        match = _FENCE.match(line)
        if fence:
            yield line, True
            if match and match.group(1).startswith(fence):
                fence = ""
        else:
            fence = match.group(1) if match else ""
            yield line, bool(fence)


def _section(title: str, content: str) -> Iterator[str]:
    if content:
        yield f"## {title}"
        yield content


def _list(rows: Iterable[str]) -> str:
    return "\n".join(f"- {row}" for row in rows)


def _recommendation(row: RecommendationRow) -> str:
    mitigation = f" ([{row.mitigation}]({row.href}) {row.mitigation_name})" if row.mitigation else ""
    return escape(row.text) + mitigation


def _fact(view: BriefView, label: str, values: Sequence[Link]) -> str:
    return f"{label}: " + ", ".join(_link(view, value) for value in values)


def _link(view: BriefView, link: Link) -> str:
    if not link.href or link.href.startswith("#"):
        return escape(link.text)
    href = link.href if re.match(r"[a-z][a-z0-9+.-]*:", link.href) else view.site.url + link.href
    return f"[{escape(link.text)}]({href})"


def _cites(numbers: Iterable[int]) -> str:
    return "".join(f"[^{number}]" for number in numbers)


def _date(given: DateView | None) -> str:
    return f"{given.text}, " if given else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join((f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *lines))


def _attribution(view: BriefView) -> Iterator[str]:
    it = view.incident
    content = _table(("Named", "Claimed by", "Source", "Claim", "Note"), map(_claim, it.claims))
    if it.claims or it.assessment:
        yield f"## {escape(it.question or 'Attribution')}"
        if content:
            yield content
    if it.assessment:
        yield f"{escape(view.assessed)} {escape(view.confidence)}"
        yield escape(it.assessment.why) + _cites(it.assessment.cites)


def _claim(claim: ClaimView) -> tuple[str, ...]:
    stated = f", {escape(claim.stated)}" if claim.stated else ""
    graded = f"{claim.credibility} {claim.credibility_words}" if claim.credibility else ""
    return (
        escape(claim.named),
        escape(claim.by) + stated + _cites(claim.cites),
        f"{claim.reliability} {claim.reliability_words}".strip(),
        graded,
        escape(claim.note),
    )


def _techniques(view: BriefView) -> Iterator[str]:
    rows = [
        (group.tactic, f"[{row.id}]({row.href})", row.name, row.basis, escape(row.note) + _cites(row.cites))
        for group in view.incident.tactics
        for row in group.rows
    ]
    yield from _section("Techniques", _table(("Tactic", "ATT&CK", "Technique", "Basis", "Use"), rows))


def _indicators(rows: Iterable[IndicatorRow]) -> str:
    return _table(
        ("Type", "Value, defanged", "Use", "State", "Context"),
        (
            (row.type, _code(row.shown), row.use, row.state, escape(row.context) + _cites(row.cites))
            for row in rows
        ),
    )


def _code(text: str) -> str:
    """A code span that fits a table's cell."""
    text = text.replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if longest else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def _footnotes(view: BriefView) -> Iterator[str]:
    for source in view.incident.sources:
        parts = [f"{escape(source.publisher)}, *{escape(source.title)}*"]
        parts += [source.date.text] if source.date else []
        parts += [f"<{source.url}>"] if source.url else []
        parts += [f"archived <{source.archived}>"] if source.archived else []
        grade = f" ({source.reliability} {source.reliability_words})" if source.reliability else ""
        yield f"[^{source.number}]: {', '.join(parts)}{grade}"
