"""V: words of closed lists: ATT&CK ids, sectors, countries, motivations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.spelling import suggest
from threatbrief.checks.subject import Subject
from threatbrief.model import TechniqueUse
from threatbrief.model.origin import Location
from threatbrief.reference import Reference, Technique


def _techniques(subject: Subject) -> Iterator[tuple[Location, TechniqueUse]]:
    if subject.incident:
        for index, use in enumerate(subject.incident.techniques):
            yield ("techniques", index, "id"), use


def check_techniques(subject: Subject) -> Iterator[Finding]:
    for location, use in _techniques(subject):
        if subject.reference.technique(use.id) is None:
            parent = subject.reference.technique(use.id.partition(".")[0])
            hint = f"{parent.id} is {parent.name}" if parent and "." in use.id else ""
            yield from subject.at(location, f"ATT&CK has no technique {use.id}", hint)


def check_revoked(subject: Subject) -> Iterator[Finding]:
    for location, use in _techniques(subject):
        technique = subject.reference.technique(use.id)
        if technique is None or not technique.revoked:
            continue
        successor = _successor(subject.reference, technique)
        hint = f"write {successor.id}, {successor.name}" if successor else ""
        yield from subject.at(location, f"ATT&CK revoked {use.id} ({technique.name})", hint)


def _successor(reference: Reference, technique: Technique) -> Technique | None:
    """The technique that stands in its place today, along the chain of revocations."""
    seen: set[str] = set()
    found: Technique | None = technique
    while found and found.revoked and found.id not in seen:
        seen.add(found.id)
        found = reference.technique(found.revoked_by) if found.revoked_by else None
    return None if found is technique else found


def check_deprecated(subject: Subject) -> Iterator[Finding]:
    for location, use in _techniques(subject):
        technique = subject.reference.technique(use.id)
        if technique and technique.deprecated and not technique.revoked:
            yield from subject.at(location, f"ATT&CK no longer uses {use.id} ({technique.name})")


def check_domains(subject: Subject) -> Iterator[Finding]:
    """Techniques of another ATT&CK domain than most of the record's, such as Mobile amid Enterprise."""
    if not subject.incident or len(subject.incident.techniques) < 2:
        return
    found = {use.id: subject.reference.technique(use.id) for _, use in _techniques(subject)}
    counts = Counter(domain for technique in found.values() if technique for domain in technique.domains)
    if len(counts) < 2 or max(counts.values()) == len(found):
        return
    main = max(sorted(counts), key=lambda domain: counts[domain])
    for location, use in _techniques(subject):
        technique = found[use.id]
        if technique and main not in technique.domains:
            others = f"most others are of {_DOMAIN_NAMES[main]}"
            message = f"{use.id} is of ATT&CK {_DOMAIN_NAMES[technique.domains[0]]}; {others}"
            yield from subject.at(location, message)


_DOMAIN_NAMES: Final[Mapping[str, str]] = {"enterprise": "Enterprise", "mobile": "Mobile", "ics": "ICS"}


def check_technique_twice(subject: Subject) -> Iterator[Finding]:
    seen: dict[str, TechniqueUse] = {}
    for location, use in _techniques(subject):
        first = seen.setdefault(use.id, use)
        if first is not use:
            message = f"{use.id} is listed twice, as {first.basis.value} and as {use.basis.value}"
            yield from subject.at(location, message)


def check_sectors(subject: Subject) -> Iterator[Finding]:
    if subject.incident:
        sectors = subject.incident.targets.sectors
        yield from _look_up(
            subject,
            ("targets", "sectors"),
            sectors,
            "sector",
            subject.reference.sector,
            subject.reference.sector_slugs,
        )


def check_motivations(subject: Subject) -> Iterator[Finding]:
    owner = subject.incident or subject.actor
    if owner:
        yield from _look_up(
            subject,
            ("motivations",),
            owner.motivations,
            "motivation",
            subject.reference.motivation,
            subject.reference.motivation_slugs,
        )


def _look_up(
    subject: Subject,
    where: Location,
    words: Iterable[str],
    kind: str,
    find: Callable[[str], object | None],
    known: Iterable[str],
) -> Iterator[Finding]:
    for index, word in enumerate(words):
        if find(word) is None:
            hint = suggest(word, known) or f"`threatbrief reference list {kind}s` has them all"
            yield from subject.at((*where, index), f"{word!r} is no {kind} that we know", hint)


_CODES: Final = {
    "UK": "the United Kingdom is GB",
    "EU": "the European Union is no country; name its members, or say it in the text",
    "SU": "the Soviet Union's code was withdrawn in 1992",
    "YU": "Yugoslavia's code was withdrawn in 2003",
    "CS": "the code was withdrawn in 2006",
    "AN": "the Netherlands Antilles' code was withdrawn in 2010",
    "TP": "the code of Timor-Leste is TL",
    "ZR": "the code of DR Congo is CD",
    "BU": "the code of Myanmar is MM",
    "DD": "the code of Germany is DE",
    "EL": "the code of Greece is GR",
}


def check_countries(subject: Subject) -> Iterator[Finding]:
    places: list[tuple[Location, str]] = []
    if subject.incident:
        codes = enumerate(subject.incident.targets.countries)
        places += [(("targets", "countries", index), code) for index, code in codes]
    if subject.actor:
        claims = enumerate(subject.actor.suspected_country)
        places += [(("suspected_country", index, "country"), claim.country) for index, claim in claims]
    for location, code in places:
        if subject.reference.country(code) is None:
            yield from subject.at(location, f"{code!r} is no country of ISO 3166-1", _CODES.get(code, ""))


def check_attack_ids(subject: Subject) -> Iterator[Finding]:
    if subject.actor and subject.actor.attack_id and not subject.reference.group(subject.actor.attack_id):
        yield from subject.at(("attack_id",), f"ATT&CK has no group {subject.actor.attack_id}")
    software_id = subject.software.attack_id if subject.software else None
    if software_id and not subject.reference.software(software_id):
        yield from subject.at(("attack_id",), f"ATT&CK has no software {software_id}")
    if subject.incident:
        for index, advice in enumerate(subject.incident.recommendations):
            if advice.mitigation and not subject.reference.mitigation(advice.mitigation):
                location = ("recommendations", index, "mitigation")
                yield from subject.at(location, f"ATT&CK has no mitigation {advice.mitigation}")


_COUNTED = "Lists, matrices and exports count by these words: one that is not on the list is lost."
_ATTACK = "see `threatbrief reference show` for the ATT&CK releases that the tables hold"

CHECKS: Final = (
    Check("V101", "error", "unknown-technique", _COUNTED, _ATTACK, of_record=check_techniques),
    Check(
        "V102",
        "warning",
        "revoked-technique",
        "Matrices of today no longer have the technique.",
        "write the technique that took its place",
        of_record=check_revoked,
    ),
    Check(
        "V103",
        "warning",
        "deprecated-technique",
        "Matrices of today no longer have the technique.",
        "choose a technique that ATT&CK still uses, or tell it in the text",
        of_record=check_deprecated,
    ),
    Check(
        "V104",
        "error",
        "technique-twice",
        "A technique has one basis in one incident.",
        "keep the entry with the stronger basis",
        of_record=check_technique_twice,
    ),
    Check("V105", "error", "unknown-sector", _COUNTED, "", of_record=check_sectors),
    Check("V106", "error", "unknown-motivation", _COUNTED, "", of_record=check_motivations),
    Check(
        "V107",
        "error",
        "unknown-country",
        _COUNTED,
        "write the two capitals of ISO 3166-1 alpha-2, such as GB",
        of_record=check_countries,
    ),
    Check("V108", "error", "unknown-attack-id", _COUNTED, _ATTACK, of_record=check_attack_ids),
    Check(
        "V109",
        "note",
        "technique-of-other-domain",
        "Enterprise, Mobile and ICS have techniques of the same name under different ids.",
        "keep it if devices of that kind were attacked; else write the technique of the other domain",
        of_record=check_domains,
    ),
)
