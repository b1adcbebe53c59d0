"""H: what was published stays: ids, addresses, names, dates; content changes with a revision only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from threatbrief.checks.finding import Check, Finding
from threatbrief.diagnostics import Diagnostic, Severity, Span
from threatbrief.knowledge import KnowledgeBase, facet_feeds
from threatbrief.model import Actor, Record, Tlp, format_instant, highest
from threatbrief.model.names import fold_name
from threatbrief.model.origin import Location
from threatbrief.model.vocab import Status

_NO_CONTENT: Final = frozenset(
    {"origin", "silence", "status", "reason", "published", "released", "tlp", "revisions", "formerly"}
)


def compare(
    before: KnowledgeBase,
    after: KnowledgeBase,
    severities: Mapping[str, Severity | None] | None = None,
) -> Iterator[Diagnostic]:
    """What the records as they are now break of what they promised before.

    Both knowledge bases are unfiltered. Only what was published or withdrawn before is held to it.
    """
    for code, finding in _compare_records(before, after):
        rule = _RULES[code]
        severity = rule.severity if rule.firm else (severities or {}).get(code, rule.severity)
        silenced = not rule.firm and any(silence.code == code for silence in finding.record.silence)
        if severity is not None and not silenced:
            hint = finding.hint or rule.hint
            yield Diagnostic(code, severity, finding.span, finding.message, hint, finding.marking)


_Found = Iterator[tuple[str, Finding]]


def _compare_records(before: KnowledgeBase, after: KnowledgeBase) -> _Found:
    today = _Addresses(after)
    for record in before.records:
        if record.status is not Status.DRAFT:
            yield from _compare_record(record, today.find(record), after)
    yield from _lost_feeds(before, after)


def _compare_record(old: Record, new: Record | None, after: KnowledgeBase) -> _Found:
    if new is None:
        what = f"{old.id} was published, and is gone"
        yield "H101", Finding(old, Span(old.origin.path), (), what, marking=old.tlp)
        return
    if new.status is Status.DRAFT:
        yield "H102", _at(old, new, ("status",), f"{old.id} was published, and is a draft now")
        return
    yield from _compare_marking(old, new)
    yield from _compare_dates(old, new)
    yield from _compare_revisions(old, new)
    yield from _compare_names(old, new, after)
    yield from (("H107", _at(old, new, ("formerly",), message)) for message in _lost_addresses(old, new))


class _Addresses:
    """Which record of today an earlier one became: by its id, or by an address that it gave up."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self._by_id = {(type(record), record.id): record for record in kb.records}
        self._former = {(type(record), slug): record for record in kb.records for slug in record.formerly}

    def find(self, old: Record) -> Record | None:
        return self._by_id.get((type(old), old.id)) or self._former.get((type(old), old.id.lower()))


def _at(old: Record, new: Record, location: Location, message: str) -> Finding:
    return Finding(new, new.origin.span(*location), location, message, marking=highest(old.tlp, new.tlp))


def _compare_marking(old: Record, new: Record) -> _Found:
    if new.tlp.rank <= old.tlp.rank or new.status is Status.WITHDRAWN:
        return
    released = min(old.released or old.tlp, old.tlp, key=lambda label: label.rank)
    if new.released is None or new.released.rank > released.rank:
        message = f"published under {released.label}, marked {new.tlp.label} since"
        hint = f"add released: {released.value}, so that its address keeps a notice"
        finding = _at(old, new, ("tlp",), message)
        yield "H103", Finding(new, finding.span, ("tlp",), message, hint, finding.marking)


def _compare_dates(old: Record, new: Record) -> _Found:
    if old.published and old.published != new.published:
        now = f"now {format_instant(new.published)}" if new.published else "now without a date"
        message = f"published on {format_instant(old.published)}, {now}"
        yield "H104", _at(old, new, ("published",), message)


def _compare_revisions(old: Record, new: Record) -> _Found:
    kept = new.revisions[: len(old.revisions)]
    if kept != old.revisions:
        yield "H105", _at(old, new, ("revisions",), "earlier revisions were changed or taken out")
    elif len(new.revisions) == len(old.revisions) and new.status is not Status.WITHDRAWN:
        changed = _changed_keys(old, new)
        if changed:
            message = f"published content changed without a revision: {', '.join(changed)}"
            yield "H106", _at(old, new, (changed[0],), message)


def _changed_keys(old: Record, new: Record) -> list[str]:
    was, now = _content(old), _content(new)
    return [key for key in was if was[key] != now.get(key)]


def _content(record: Record) -> dict[str, Any]:
    """What readers see of a record. A copy added to the archive changes nothing of it."""
    content = record.model_dump(mode="json", exclude=set(_NO_CONTENT))
    for source in content["sources"]:
        source.pop("archived", None)
    content["body"] = "\n".join(line.rstrip() for line in content["body"].strip().splitlines())
    return content


def _compare_names(old: Record, new: Record, after: KnowledgeBase) -> _Found:
    if not isinstance(old, Actor) or not isinstance(new, Actor) or len(new.revisions) > len(old.revisions):
        return
    kept = {fold_name(new.name), *(fold_name(claim.name) for claim in new.names)}
    for name in dict.fromkeys((old.name, *(claim.name for claim in old.names))):
        if fold_name(name) not in kept:
            elsewhere = after.actors_named(name)
            note = f"; {elsewhere[0].actor.id} carries it now" if elsewhere else ""
            marking = highest(*(bearer.actor.tlp for bearer in elsewhere))
            finding = _at(old, new, ("names",), f"the name {name!r} is gone from {new.id}{note}")
            raised = highest(finding.marking, marking, *_marks_of(old, name))
            yield "H108", Finding(new, finding.span, ("names",), finding.message, marking=raised)


def _marks_of(actor: Actor, name: str) -> tuple[Tlp, ...]:
    return tuple(claim.tlp for claim in actor.names if claim.name == name and claim.tlp)


def _lost_addresses(old: Record, new: Record) -> Iterator[str]:
    kept = {new.id.lower(), *new.formerly}
    for slug in (old.id.lower(), *old.formerly):
        if slug not in kept:
            yield f"the address {slug!r} leads nowhere now"


def _lost_feeds(before: KnowledgeBase, after: KnowledgeBase) -> _Found:
    """Feeds of sectors, countries and techniques that no brief is in any more, each told at the newest brief
    that was. Those of actors and software go with their addresses."""
    left = {feed for incident in after.incidents for feed in facet_feeds(incident)}
    told: set[str] = set()
    for old in before.incidents:
        for feed in facet_feeds(old):
            if feed in left or feed in told:
                continue
            told.add(feed)
            new = after.incident_by_id.get(old.id)
            if new is None:
                continue  # told already: H101
            location = ("targets",) if new.targets != old.targets else ("techniques",)
            yield "H109", _at(old, new, location, f"the feed {feed} is gone: no brief is in it any more")


CHECKS: Final = (
    Check(
        "H101",
        "error",
        "published-record-gone",
        "A published id and its address never disappear: people have cited them.",
        "bring the file back; `threatbrief withdraw` leaves a notice in its place",
        firm=True,
    ),
    Check(
        "H102",
        "error",
        "published-record-is-draft",
        "A draft is not built: the address would lead nowhere.",
        "write status: published, or `threatbrief withdraw` it",
        firm=True,
    ),
    Check(
        "H103",
        "error",
        "marking-raised",
        "Its address leads nowhere unless the record says under which label it was public.",
        "add released: with the label that it was published under",
    ),
    Check(
        "H104",
        "error",
        "publication-date-changed",
        "Feeds sort by it; a changed date makes old news new.",
        "write the first date again; what changed since is a revision",
    ),
    Check(
        "H105",
        "error",
        "revisions-rewritten",
        "The log of changes is only worth something if it is not changed itself.",
        "bring the earlier revisions back as they were, and add one",
        firm=True,
    ),
    Check(
        "H106",
        "error",
        "changed-without-revision",
        "Readers who cited the text must be able to see that it changed.",
        "`threatbrief revise` writes the revision; silence this only for a change that no reader can see",
    ),
    Check(
        "H107",
        "error",
        "address-gone",
        "A published address never disappears.",
        "keep it under `formerly`",
        firm=True,
    ),
    Check(
        "H108",
        "error",
        "name-gone",
        "Readers find an actor by the name they know.",
        "bring the name back, as disputed if it is; or add the revision that says why it went",
    ),
    Check(
        "H109",
        "error",
        "feed-gone",
        "Who subscribed to a feed is never told that it ended: readers go on asking in silence.",
        "let the web server redirect its address to feeds/rss.xml, then silence this and say so; a withdrawn "
        "brief keeps its feeds as long as its file keeps its content",
    ),
)
_RULES: Final = {rule.code: rule for rule in CHECKS}
