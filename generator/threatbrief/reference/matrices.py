"""The tactics of each ATT&CK matrix in kill-chain order, for sources that do not carry them.

They are those of ATT&CK 12 to 18. Version 19 splits Defense Evasion; its bundles carry their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from threatbrief.reference.model import DOMAINS, Domain, Tactic

_MATRICES: Final[dict[Domain, tuple[tuple[str, str], ...]]] = {
    "enterprise": (
        ("TA0043", "Reconnaissance"),
        ("TA0042", "Resource Development"),
        ("TA0001", "Initial Access"),
        ("TA0002", "Execution"),
        ("TA0003", "Persistence"),
        ("TA0004", "Privilege Escalation"),
        ("TA0005", "Defense Evasion"),
        ("TA0006", "Credential Access"),
        ("TA0007", "Discovery"),
        ("TA0008", "Lateral Movement"),
        ("TA0009", "Collection"),
        ("TA0011", "Command and Control"),
        ("TA0010", "Exfiltration"),
        ("TA0040", "Impact"),
    ),
    "mobile": (
        ("TA0027", "Initial Access"),
        ("TA0041", "Execution"),
        ("TA0028", "Persistence"),
        ("TA0029", "Privilege Escalation"),
        ("TA0030", "Defense Evasion"),
        ("TA0031", "Credential Access"),
        ("TA0032", "Discovery"),
        ("TA0033", "Lateral Movement"),
        ("TA0035", "Collection"),
        ("TA0037", "Command and Control"),
        ("TA0036", "Exfiltration"),
        ("TA0034", "Impact"),
    ),
    "ics": (
        ("TA0108", "Initial Access"),
        ("TA0104", "Execution"),
        ("TA0110", "Persistence"),
        ("TA0111", "Privilege Escalation"),
        ("TA0103", "Evasion"),
        ("TA0102", "Discovery"),
        ("TA0109", "Lateral Movement"),
        ("TA0100", "Collection"),
        ("TA0101", "Command and Control"),
        ("TA0107", "Inhibit Response Function"),
        ("TA0106", "Impair Process Control"),
        ("TA0105", "Impact"),
    ),
}

TACTICS: Final = tuple(
    Tactic(name.lower().replace(" ", "-"), name, domain, order, attack_id)
    for domain in DOMAINS
    for order, (attack_id, name) in enumerate(_MATRICES[domain])
)


def sort_tactics(
    shortnames: Iterable[str], domains: Iterable[Domain], tactics: Iterable[Tactic]
) -> tuple[str, ...]:
    """A technique's tactics once each, in the order of its domains' matrices, retired ones last."""
    places = {(tactic.domain, tactic.shortname): tactic.order for tactic in tactics}
    wanted = tuple(domains)

    def place(shortname: str) -> tuple[int, str]:
        found = (places.get((domain, shortname)) for domain in wanted)
        return min((order for order in found if order is not None), default=len(places)), shortname

    return tuple(sorted(set(shortnames), key=place))
