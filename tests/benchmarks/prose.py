"""Invented names and plain English sentences for generated records: nothing here means anybody real."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


_ONSETS: Final = _words("b br d dr f fl g gl h j k kr l m n p pr qu r s sk st t tr v vel w y z zh")
_VOWELS: Final = _words("a e i o u ae io ou")
_CODAS: Final = _words("b d g k l m n r s sk th v x z")
_BEASTS: Final = _words(
    "Gannet Heron Ibex Jackdaw Kestrel Lamprey Marten Newt Osprey Pipit Quail Raven Stoat Tern Urchin "
    "Vole Weevil Yak Zander Dunlin "
)
_TRADES: Final = _words("Loader Stealer Implant Wiper Proxy Tunnel Keylogger Dropper Shell Miner")

PUBLISHERS: Final = tuple(
    f"{first} {second}"
    for first in _words("Harbour Meridian Northlight Copperfield Saltmarsh Ridgeway Lanternfish Quarry")
    for second in ("Research", "Security Review", "Wire", "Ledger", "Institute")
)
VENDORS: Final = _lines(
    """
    Harbour Research
    Meridian Labs
    Northlight CERT
    Copperfield Security
    Saltmarsh Intelligence
    Ridgeway Response
    Lanternfish Group
    the Quarry Institute
    Tollgate Networks
    Ministry of the Interior
    """
)

_SUBJECTS: Final = _lines(
    """
    the intruders
    the operators
    the group
    one of the two teams
    an affiliate of the group
    the people behind it
    the attackers
    a small crew
    the same operators
    investigators
    the vendor's responders
    the court
    the prosecutors
    the hosting company
    the victim's own staff
    two national response teams
    the registrar
    the first report
    a later report
    the agency
    """
)
_VERBS: Final = _lines(
    """
    sent
    took over
    copied
    registered
    opened
    disabled
    described
    traced
    returned to
    blocked
    published
    searched
    moved through
    rented
    renamed
    withdrew
    listed
    compared
    encrypted
    replaced
    """
)
_OBJECTS: Final = _lines(
    """
    messages that imitated a delivery notice
    mailboxes of the policy department
    a set of signed drivers
    the backup servers of three sites
    lists of accounts and their owners
    an update server of the vendor
    the domains named in the order
    a scheduled task on each file server
    the remote access gateway
    documents on contracts and tenders
    the routers of home users
    a web shell under a harmless name
    the payment terminals of the branch
    copies of the directory database
    cloud accounts without a second factor
    the control network of the plant
    a fake login page
    the source code of the installer
    logs of the last six weeks
    the notices to the victims
    """
)
_TAILS: Final = _lines(
    """
    before anybody noticed
    over a period of eleven weeks
    from servers in two countries
    on the same evening
    with tools that are sold openly
    and left the rest untouched
    without any sign of haste
    as the court papers say
    although one report gives another number
    within two days of the first alarm
    and then waited for a month
    through an account that nobody used
    with the consent of the owner
    in at least four cases
    according to the operator's own statement
    during the holiday week
    while the service stayed up
    and told the affected offices
    by way of a supplier
    with a password from an older leak
    """
)
_OPENERS: Final = (
    "In the first weeks ",
    "By the end of the month ",
    "After the disclosure ",
    "On at least two occasions ",
    "Before the order was served ",
    *[""] * 5,
)
HEADINGS: Final = _lines(
    """
    What happened
    Whom it was aimed at
    How the group worked
    Who is behind it
    What was done about it
    The tools
    What it cost
    The cases before it
    What remains open
    """
)


class Namer:
    """Makes names that no two callers get twice."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._taken: set[str] = set()

    def actor(self) -> str:
        """A group's name, such as `Drakvoth Heron`."""
        return self._unique(lambda: f"{self._word()} {self._random.choice(_BEASTS)}")

    def alias(self) -> str:
        """Another vendor's name for a group: a designator or two words."""
        if self._random.random() < 0.4:
            return self._unique(lambda: f"XG{self._random.randrange(100_000):05d}")
        return self.actor()

    def software(self) -> str:
        """A piece of software, such as `ZhaleskLoader`."""
        return self._unique(lambda: f"{self._word()}{self._random.choice(_TRADES)}")

    def _word(self) -> str:
        random = self._random
        parts = (random.choice(_ONSETS) + random.choice(_VOWELS) + random.choice(_CODAS) for _ in range(2))
        return "".join(parts).capitalize()

    def _unique(self, make: Callable[[], str]) -> str:
        while (name := make()).casefold() in self._taken:
            pass
        self._taken.add(name.casefold())
        return name


def sentence(random: Random, cites: str = "", mention: str = "") -> str:
    """One sentence; `mention` stands in for its subject, `cites` before its full stop."""
    opener = random.choice(_OPENERS)
    subject = mention or random.choice(_SUBJECTS)
    start = opener + subject if opener else subject[0].upper() + subject[1:]
    ending = f" {cites}" if cites else ""
    return f"{start} {random.choice(_VERBS)} {random.choice(_OBJECTS)} {random.choice(_TAILS)}{ending}."


def clause(random: Random) -> str:
    """Half a sentence for notes: about 60 characters."""
    text = f"{random.choice(_SUBJECTS)} {random.choice(_VERBS)} {random.choice(_OBJECTS)}"
    return f"{text[0].upper()}{text[1:]}."


def narrative(random: Random, length: int, cites: Sequence[str], mentions: Sequence[str]) -> str:
    """Markdown of about `length` characters: a heading every 500, a citation nearly every sentence.

    Every mention (a record link, an indicator in backticks) is used once, in order, as room allows.
    """
    waiting = list(mentions)
    headings = list(HEADINGS)
    sections = max(2, round(length / 500))
    blocks: list[str] = []
    written = 0
    for number in range(sections):
        heading = f"## {headings.pop(random.randrange(len(headings)))}" if headings else ""
        blocks.append(heading)
        written += len(heading) + 2
        until = length * (number + 1) // sections
        sentences: list[str] = []
        while written < until - 60 or not sentences:
            cited = random.sample(cites, min(len(cites), random.choice((0, 1, 1, 2))))
            cite = "".join(f"[@{source}]" for source in cited)
            text = sentence(random, cite, waiting.pop(0) if waiting and random.random() < 0.5 else "")
            sentences.append(text)
            written += len(text) + 1
        blocks.extend(_paragraphs(random, sentences))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _paragraphs(random: Random, sentences: list[str]) -> list[str]:
    """Sentences as one or two paragraphs, now and then with a list at the end."""
    if len(sentences) >= 4 and random.random() < 0.12:
        return [" ".join(sentences[:-3]), "\n".join(f"* {text}" for text in sentences[-3:])]
    if len(sentences) >= 4:
        half = len(sentences) // 2
        return [" ".join(sentences[:half]), " ".join(sentences[half:])]
    return [" ".join(sentences)]
