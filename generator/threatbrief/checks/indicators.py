"""I: indicators that are what they say, and fit to detect with."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Final

from threatbrief.checks.finding import Check, Finding
from threatbrief.checks.subject import Corpus, Subject
from threatbrief.checks.warninglists import find_listing
from threatbrief.model import Incident, Indicator
from threatbrief.model.indicators import find_fault, guess_types
from threatbrief.model.origin import Location
from threatbrief.model.vocab import IndicatorState, IndicatorType, IndicatorUse

_URL: Final = re.compile(r"\b(?:https?|ftps?|wss?)://[^\s<>\"')\]]+", re.IGNORECASE)
_IPV4: Final = re.compile(r"(?<![\w./-])(?:\d{1,3}\.){3}\d{1,3}(?![\w/-]|\.\d)")
_EMAIL: Final = re.compile(r"(?<![\w.+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_LINK_TARGET: Final = re.compile(
    r"\]\([^()\s]*(?:\s+\"[^\"\n]*\")?\)|^\[[^\]\n]{1,200}\]:.*$|<(?:https?://|mailto:)[^<>\s]*>",
    re.MULTILINE,
)
_NETWORK: Final = frozenset(
    {
        IndicatorType.IPV4,
        IndicatorType.IPV6,
        IndicatorType.DOMAIN,
        IndicatorType.URL,
        IndicatorType.EMAIL,
    }
)


def _indicators(subject: Subject) -> Iterator[tuple[Location, Indicator]]:
    if subject.incident:
        for index, indicator in enumerate(subject.incident.indicators):
            yield ("indicators", index, "value"), indicator


def check_types(subject: Subject) -> Iterator[Finding]:
    for location, indicator in _indicators(subject):
        fault = find_fault(indicator.type, indicator.value)
        if fault and subject.is_sound(*location[:2], "type"):
            guesses = [kind.value for kind in guess_types(indicator.value)]
            hint = f"it could be of type {guesses[0]}" if guesses else ""
            yield from subject.at(location, f"{indicator.value!r} {fault}", hint)


def check_listed(subject: Subject) -> Iterator[Finding]:
    for location, indicator in _indicators(subject):
        if not subject.is_sound(*location[:2], "type") or find_fault(indicator.type, indicator.value):
            continue
        if listing := find_listing(indicator.type, indicator.value):
            yield from subject.at(location, f"{indicator.value!r} {listing}")


def check_twice(subject: Subject) -> Iterator[Finding]:
    seen: dict[tuple[IndicatorType, str], int] = {}
    for location, indicator in _indicators(subject):
        first = seen.setdefault((indicator.type, indicator.value), int(location[1]))
        if first != location[1]:
            message = f"{indicator.value!r} is listed twice; it is indicators[{first + 1}] too"
            yield from subject.at(location, message)


def check_dead_detections(subject: Subject) -> Iterator[Finding]:
    for location, indicator in _indicators(subject):
        taken = indicator.state in (IndicatorState.SEIZED, IndicatorState.SINKHOLED)
        if taken and indicator.use is IndicatorUse.DETECT:
            message = f"{indicator.value!r} is {indicator.state.value}, and given for detection"
            yield from subject.at((*location[:2], "use"), message)


def check_states(corpus: Corpus) -> Iterator[Finding]:
    """One indicator, active in one record and taken down in another."""
    taken: dict[tuple[IndicatorType, str], tuple[Incident, int]] = {}
    for incident in corpus.kb.incidents:
        for index, indicator in enumerate(incident.indicators):
            if indicator.state in (IndicatorState.SEIZED, IndicatorState.SINKHOLED):
                taken.setdefault((indicator.type, indicator.value), (incident, index))
    for incident in corpus.kb.incidents:
        for index, indicator in enumerate(incident.indicators):
            if indicator.state is not IndicatorState.ACTIVE:
                continue
            other, place = taken.get((indicator.type, indicator.value), (incident, index))
            if other is not incident:
                state = other.indicators[place].state.value
                message = f"{indicator.value!r} is active here and {state} in {other.id}"
                quotes = Subject(other, corpus).marking_of(("indicators", place))
                location = ("indicators", index, "state")
                yield from Subject(incident, corpus).at(location, message, quotes=quotes)


def check_prose(subject: Subject) -> Iterator[Finding]:
    values = _own_values(subject)
    if may_be_live(subject.record.body) or any(value in subject.record.body for value in values):
        for offset, shown in find_live(subject.prose, values):
            yield from subject.in_body(offset, _live_message(shown))
    for location, text in subject.texts if may_be_live(subject.front) else ():
        for _, shown in find_live(text, ()):
            yield from subject.at(location, _live_message(shown))


def _live_message(shown: str) -> str:
    return f"{shown!r} stands in the text as it could be clicked or pasted"


def _own_values(subject: Subject) -> tuple[str, ...]:
    return tuple(indicator.value for _, indicator in _indicators(subject) if indicator.type in _NETWORK)


_DOTTED: Final = re.compile(r"\.\d{1,3}\.\d")


def may_be_live(text: str) -> bool:
    """Whether a text could hold a URL, an e-mail address or an IPv4 address. Quick."""
    return "://" in text or text.count("@") > text.count("[@") or _DOTTED.search(text) is not None


def find_live(text: str, values: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Addresses in a text that are not defanged: bare URLs, IPv4 and e-mail addresses, and given values.

    The target of a Markdown link is no address in the text.
    """
    shown = _LINK_TARGET.sub(lambda match: " " * len(match.group()), text)
    found: dict[int, str] = {}
    for value in values:
        at = shown.find(value)
        if at >= 0 and not re.match(r"[\w@-]|\.\w", shown[at + len(value) : at + len(value) + 2]):
            found.setdefault(at, value)
    for pattern in (_URL, _EMAIL, _IPV4):
        if pattern is _EMAIL and "@" not in shown:
            continue
        for match in pattern.finditer(shown):
            if pattern is not _IPV4 or _is_address(match.group()):
                found.setdefault(match.start(), match.group())
    end = -1
    for at in sorted(found):
        if at >= end:
            yield at, found[at]
            end = at + len(found[at])


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


CHECKS: Final = (
    Check(
        "I101",
        "error",
        "indicator-malformed",
        "A value that is not of its type breaks the tools that read it, or matches nothing.",
        "correct the value or the type",
        of_record=check_types,
    ),
    Check(
        "I102",
        "warning",
        "indicator-on-warning-list",
        "It matches what everybody uses: as a detection it is noise, and blocked it does harm.",
        "take it out, or silence this with the reason why it is meant",
        of_record=check_listed,
    ),
    Check(
        "I103",
        "warning",
        "indicator-twice",
        "One entry of an indicator carries all that is said of it.",
        "make one entry of the two",
        of_record=check_twice,
    ),
    Check(
        "I104",
        "warning",
        "seized-as-detection",
        "Seized and sinkholed infrastructure is history: it belongs to somebody else now.",
        "write use: context",
        of_record=check_dead_detections,
    ),
    Check(
        "I105",
        "note",
        "indicator-states-differ",
        "Readers of the one record block what the other says was taken down.",
        "bring the states into agreement, or give last_seen",
        of_corpus=check_states,
    ),
    Check(
        "I106",
        "warning",
        "live-indicator",
        "What can be clicked or pasted will be.",
        "defang it (hxxps://, example[.]org), put it in `code`, or make it a link if it is a source",
        of_record=check_prose,
    ),
)
