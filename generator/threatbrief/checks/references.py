"""R: what a record refers to exists: actors, software, other records, its own sources."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.spelling import suggest
from threatbrief.checks.subject import Corpus, Subject
from threatbrief.model import Actor
from threatbrief.model.markup import LIKE_RECORD_LINK
from threatbrief.model.origin import Location
from threatbrief.model.vocab import Status

CITATION: Final = re.compile(r"\[@([^\]\s]*)\]")
"""Anything that looks like `[@source-id]`; the renderer accepts fewer, and what it does not accept
would be printed as typed."""
KINDS: Final = ("incident", "actor", "software")


def check_actors(subject: Subject) -> Iterator[Finding]:
    yield from _refer(subject, "actor")


def check_software(subject: Subject) -> Iterator[Finding]:
    yield from _refer(subject, "software")


def check_related(subject: Subject) -> Iterator[Finding]:
    yield from _refer(subject, "incident")


def _refer(subject: Subject, wanted: str) -> Iterator[Finding]:
    known = subject.corpus.markings[wanted]
    word = "record" if wanted == "incident" else wanted
    for location, kind, target in references(subject):
        if kind == wanted and target not in known:
            hint = subject.corpus.known(subject.record.tlp, kind).suggest(target)
            yield from subject.at(location, f"there is no {word} {target!r}", hint)


def check_source_ids(subject: Subject) -> Iterator[Finding]:
    if not subject.is_sound("sources"):
        return
    known = subject.source_ids
    if subject.cited <= known:
        return
    for location, source in subject.citations:
        if source not in known:
            yield from subject.at(location, f"no source {source!r} in this record", _which(source, known))


def check_citations(subject: Subject) -> Iterator[Finding]:
    if not subject.is_sound("sources") or "[@" not in subject.prose:
        return
    known = subject.source_ids
    for match in CITATION.finditer(subject.prose):
        if match.group(1) not in known:
            message = f"the citation {match.group()} names no source of this record"
            yield from subject.in_body(match.start(), message, _which(match.group(1), known))


def _which(given: str, known: frozenset[str]) -> str:
    listed = ", ".join(sorted(known)[:8])
    return suggest(given, known) or (f"sources here: {listed}" if known else "")


def check_links(subject: Subject) -> Iterator[Finding]:
    if "[[" not in subject.prose:
        return
    for match in LIKE_RECORD_LINK.finditer(subject.prose):
        target = match.group(1)
        if not find_kinds(subject.corpus, target):
            hint = subject.corpus.known(subject.record.tlp, *KINDS).suggest(target)
            yield from subject.in_body(match.start(), f"the link [[{target}]] leads to no record", hint)


def find_kinds(corpus: Corpus, target: str) -> tuple[str, ...]:
    """The kinds of the records that `[[target]]` may mean, the first one meant."""
    found = [kind for kind in KINDS if target in corpus.markings[kind]]
    if "incident" not in found and target.upper() in corpus.markings["incident"]:
        found.insert(0, "incident")
    return tuple(found)


def check_itself(subject: Subject) -> Iterator[Finding]:
    if subject.incident:
        for index, related in enumerate(subject.incident.related):
            if related.id == subject.record.id:
                yield from subject.at(("related", index, "id"), "the record is related to itself")
    if subject.actor and subject.actor.parent == subject.actor.id:
        yield from subject.at(("parent",), "the actor is its own parent")


def check_drafts(subject: Subject) -> Iterator[Finding]:
    """A published record that names one which is not built."""
    drafts = subject.corpus.drafts
    if not drafts or subject.record.status is Status.DRAFT:
        return
    for location, kind, target in references(subject):
        if (kind, target) in drafts:
            yield from subject.at(location, f"{target!r} is a draft")


def references(subject: Subject) -> Iterator[tuple[Location, str, str]]:
    """What the front matter of a record names by id: place, kind, id."""
    if incident := subject.incident:
        if incident.assessment:
            yield ("assessment", "actor"), "actor", incident.assessment.actor
        for index, software in enumerate(incident.software):
            yield ("software", index), "software", software
        for index, related in enumerate(incident.related):
            yield ("related", index, "id"), "incident", related.id
    if subject.actor and subject.actor.parent:
        yield ("parent",), "actor", subject.actor.parent


def check_parents(corpus: Corpus) -> Iterator[Finding]:
    actors = corpus.kb.actor_by_id
    for actor in corpus.kb.actors:
        chain = _chain(actor, actors)
        if len(chain) > 2 and chain[-1] == actor.id and actor.id == min(chain):
            subject = Subject(actor, corpus)
            quotes = max((actors[i].tlp for i in chain), key=lambda tlp: tlp.rank)
            message = f"the parents go in a circle: {' → '.join(chain)}"
            yield from subject.at(("parent",), message, quotes=quotes)


def _chain(actor: Actor, actors: Mapping[str, Actor]) -> list[str]:
    """The ids from an actor up through its parents, to the end or to the first that comes again."""
    chain, at = [actor.id], actor.parent
    while at:
        chain.append(at)
        if at in chain[:-1] or at not in actors:
            return chain
        at = actors[at].parent
    return chain


def check_repeats(subject: Subject) -> Iterator[Finding]:
    if not subject.incident:
        return
    incident = subject.incident
    lists: tuple[tuple[Location, list[str]], ...] = (
        (("software",), list(incident.software)),
        (("motivations",), list(incident.motivations)),
        (("targets", "sectors"), list(incident.targets.sectors)),
        (("targets", "countries"), list(incident.targets.countries)),
        (("related",), [related.id for related in incident.related]),
        (("vulnerabilities",), [vulnerability.id for vulnerability in incident.vulnerabilities]),
    )
    for where, entries in lists:
        if len(set(entries)) == len(entries):
            continue
        seen: Counter[str] = Counter()
        for index, entry in enumerate(entries):
            seen[entry] += 1
            if seen[entry] > 1:
                yield from subject.at((*where, index), f"{entry!r} is listed twice")


def check_source_twice(subject: Subject) -> Iterator[Finding]:
    if len(subject.source_ids) == len(subject.record.sources):
        return
    seen: set[str] = set()
    for index, source in enumerate(subject.record.sources):
        if source.id in seen:
            yield from subject.at(("sources", index, "id"), f"the source id {source.id!r} is given twice")
        seen.add(source.id)


_EXISTS = "A reference to nothing becomes a dead link, or a statement that nobody can trace."

CHECKS: Final = (
    Check(
        "R102",
        "error",
        "unknown-actor",
        _EXISTS,
        "name an actor by its id, or write its record: `threatbrief new actor`",
        of_record=check_actors,
    ),
    Check(
        "R103",
        "error",
        "unknown-software",
        _EXISTS,
        "name software by its id, or write its record: `threatbrief new software`",
        of_record=check_software,
    ),
    Check(
        "R104",
        "error",
        "unknown-related",
        _EXISTS,
        "name another incident by its id, or take the entry out",
        of_record=check_related,
    ),
    Check(
        "R105",
        "error",
        "unknown-source",
        _EXISTS,
        "cite by the short name that the source has under `sources`",
        of_record=check_source_ids,
    ),
    Check(
        "R106",
        "error",
        "unknown-citation",
        _EXISTS,
        "cite by the short name that the source has under `sources`",
        of_record=check_citations,
    ),
    Check(
        "R107",
        "error",
        "unknown-link",
        _EXISTS,
        "link by the id of an incident, an actor or a software",
        of_record=check_links,
    ),
    Check(
        "R108",
        "error",
        "refers-to-itself",
        "A record is no context for itself.",
        "name another record, or take the entry out",
        of_record=check_itself,
    ),
    Check(
        "R109",
        "error",
        "parent-circle",
        "A group cannot be a part of its own part.",
        "take one `parent` out",
        of_corpus=check_parents,
    ),
    Check(
        "R110",
        "warning",
        "listed-twice",
        "A value that is listed twice is counted once: one is a mistake.",
        "take one of the two out",
        of_record=check_repeats,
    ),
    Check(
        "R111",
        "error",
        "source-twice",
        "A citation must lead to one source.",
        "give each source a short name of its own",
        of_record=check_source_twice,
    ),
    Check(
        "R112",
        "note",
        "refers-to-draft",
        "A draft is not built: until it is published, the page names it without a link.",
        "publish the draft too",
        of_record=check_drafts,
    ),
)
