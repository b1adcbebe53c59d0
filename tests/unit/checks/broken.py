"""For every code a corpus that is broken in that one way: path below the root → text or bytes.

The corpora are small variations of one incident,
one actor and one software that have no fault at all.
"""

from __future__ import annotations

from typing import Final

Corpus = dict[str, str | bytes]

INCIDENT: Final = """---
id: TB-2024-0001
title: A takedown
tlp: CLEAR
status: published
published: 2024-03-05T09:00:00Z
kind: takedown
occurred: {from: 2023-01, to: 2023-12}
disclosed: 2024-03-02
summary: One sentence, bottom line first.
attribution:
  - {named: Example Group, by: One Publisher, sources: [one], credibility: 2}
assessment:
  actor: example-group
  confidence: moderate
  why: Two publishers name the group.
  sources: [one, two]
targets: {sectors: [energy], countries: [US]}
software: [examplerat]
motivations: [espionage]
techniques:
  - {id: T1566.002, basis: reported, sources: [one]}
timeline:
  - {date: 2023-01, event: It begins., sources: [one]}
sources:
  one: {publisher: One Publisher, title: A report, url: "https://one.example/a", date: 2024-03-02, archived: "https://web.archive.org/web/2024/https://one.example/a"}
  two: {publisher: Two Publisher, title: Another, url: "https://two.example/b", date: 2024-03-03, archived: "https://web.archive.org/web/2024/https://two.example/b"}
---
It happened [@one], and [[example-group]] did it [@two].
"""
ACTOR: Final = """---
id: example-group
name: Example Group
tlp: CLEAR
status: published
published: 2024-03-05T09:00:00Z
attack_id: G0094
names:
  - {name: Sample Bear, by: One Publisher, sources: [one], credibility: 2}
summary: A group.
sources:
  one: {publisher: One Publisher, title: A report, url: "https://one.example/a", date: 2024-03-02, archived: "https://web.archive.org/web/2024/https://one.example/a"}
---
What is known of it [@one].
"""
SOFTWARE: Final = """---
id: examplerat
name: ExampleRAT
tlp: CLEAR
status: published
published: 2024-03-05T09:00:00Z
type: malware
attack_id: S0414
names:
  - {name: SampleRAT, by: One Publisher, sources: [one], credibility: 2}
summary: A remote access tool.
sources:
  one: {publisher: One Publisher, title: A report, url: "https://one.example/a", date: 2024-03-02, archived: "https://web.archive.org/web/2024/https://one.example/a"}
---
What is known of it [@one].
"""
LEAST: Final = """---
id: TB-2024-0009
title: The least
tlp: CLEAR
kind: arrest
disclosed: 2024
summary: A.
---
Text.
"""
INCIDENT_FILE: Final = "incidents/2024/takedown.md"
ACTOR_FILE: Final = "actors/example-group.md"
SOFTWARE_FILE: Final = "software/examplerat.md"
SOUND: Final[Corpus] = {INCIDENT_FILE: INCIDENT, ACTOR_FILE: ACTOR, SOFTWARE_FILE: SOFTWARE}


def edit(text: str, *changes: tuple[str, str]) -> str:
    """The text with each first string, which it must hold, replaced by the second."""
    for old, new in changes:
        if old not in text:
            raise AssertionError(f"{old!r} is not in the text")
        text = text.replace(old, new, 1)
    return text


def incident(*changes: tuple[str, str]) -> Corpus:
    return {**SOUND, INCIDENT_FILE: edit(INCIDENT, *changes)}


def actor(*changes: tuple[str, str]) -> Corpus:
    return {**SOUND, ACTOR_FILE: edit(ACTOR, *changes)}


def software(*changes: tuple[str, str]) -> Corpus:
    return {**SOUND, SOFTWARE_FILE: edit(SOFTWARE, *changes)}


def body(text: str) -> Corpus:
    """The incident with another narrative; its sources stay cited in the front matter."""
    return incident(("It happened [@one], and [[example-group]] did it [@two].\n", text))


def more(**records: str) -> Corpus:
    """The sound corpus and more incidents, named by their ids."""
    extra = {f"incidents/{key}.md": text for key, text in records.items()}
    return {**SOUND, **extra}


def indicator(fields: str) -> Corpus:
    row = f"indicators:\n  - {{{fields}, sources: [one]}}\n"
    return incident(("sources:\n  one:", f"{row}sources:\n  one:"))


def second_actor(*changes: tuple[str, str]) -> Corpus:
    given = (
        ("example-group", "other-group"),
        ("Example Group", "Other Group"),
        ("Sample Bear", "Other Bear"),
    )
    return {**SOUND, "actors/other-group.md": edit(ACTOR, *given, *changes)}


def key(line: str) -> tuple[str, str]:
    """A change that adds lines before the sources."""
    return ("sources:\n  one:", f"{line}\nsources:\n  one:")


BROKEN: Final[dict[str, Corpus]] = {
    "F001": {**SOUND, INCIDENT_FILE: INCIDENT.replace("A takedown", "Caf\u00e9").encode("latin-1")},
    "F002": {**SOUND, "incidents/empty.md": " \n\t\n"},
    "F003": {**SOUND, "incidents/large.md": b"x" * (4 * 1024 * 1024 + 1)},
    "F004": body("A text with a control character, \x07, and [@one] [@two].\n"),
    "F005": {**SOUND, "incidents/plain.md": "Just text.\n"},
    "F006": incident(("title: A takedown", "title: A takedown: the story")),
    "F007": {**SOUND, "incidents/list.md": "---\n- one\n- two\n---\nText.\n"},
    "F008": incident(("title: A takedown", "title: A takedown\n--- {more: text}")),
    "F009": incident(
        ("title: A takedown", "title: &title A takedown"),
        ("summary: One sentence, bottom line first.", "summary: *title"),
    ),
    "F010": incident(("title: A takedown", "title: !!str A takedown")),
    "F011": incident(key("deep: " + "[" * 30 + "]" * 30)),
    "F012": incident(key("? [a, b]\n: value")),
    "F013": incident(("status: published", "status: published\nstatus: draft")),
    "F014": {},
    "F015": {**SOUND, "incidents/takedown.md.bak": INCIDENT, "notes/x.md": "x"},
    "F016": {},
    "F017": {**SOUND, "incidents/a\x07b.md": INCIDENT},
    "F018": {},
    "F019": incident(key("many: [" + "a, " * 200_001 + "]")),
    "S101": incident(
        ("summary:", "sumary: A slip.\nsummary:"),
        ("named: Example Group,", "named: Example Group, likelihood: likely,"),
    ),
    "S102": incident(("tlp: CLEAR\n", "")),
    "S103": incident(("kind: takedown", "kind: take-down"), ("tlp: CLEAR", "tlp: tlp:clear")),
    "S104": incident(("id: T1566.002", "id: TA0001"), ('https://one.example/a"', 'javascript:alert(1)"')),
    "S105": incident(
        key(
            "victims: ["
            + ", ".join("[]" for _ in range(3))
            + "]\nkey_points: ["
            + ", ".join("[]" for _ in range(250))
            + "]"
        )
    ),
    "D101": incident(
        ("disclosed: 2024-03-02", "disclosed: 2024-02-30"), ("date: 2023-01,", "date: 01/2023,")
    ),
    "D102": incident(("to: 2023-12", "to: 2022-12")),
    "D103": incident(("disclosed: 2024-03-02", "disclosed: 2022-03-02")),
    "D104": incident(("date: 2024-03-03", "date: 2199")),
    "D105": incident(("from: 2023-01", "from: 1923-01")),
    "D106": incident(
        key(
            "revisions:\n  - {at: 2024-05-01, kind: update, note: One.}\n"
            "  - {at: 2024-05-01, kind: update, note: Two.}"
        )
    ),
    "R101": more(other=INCIDENT),
    "R102": incident(("actor: example-group", "actor: exmaple-group")),
    "R103": incident(("software: [examplerat]", "software: [examplerat, exampelrat]")),
    "R104": incident(key("related:\n  - {id: TB-2024-0002, relation: same-tactic}")),
    "R105": incident(("sources: [one], credibility: 2", "sources: [one, twoo], credibility: 2")),
    "R106": body("It\thappened [@one] `[@code]`.\n\nÉté, and [@tow] too.\n"),
    "R107": body("It happened [@one].\n\n* by [[exmaple-group|them\n  again]]\n"),
    "R108": incident(key("related:\n  - {id: TB-2024-0001, relation: same-tactic}")),
    "R109": {
        **second_actor(("attack_id: G0094", "parent: third-group")),
        ACTOR_FILE: edit(ACTOR, ("attack_id: G0094", "parent: other-group")),
        "actors/third-group.md": edit(
            ACTOR,
            ("example-group", "third-group"),
            ("Example Group", "Third Group"),
            ("Sample Bear", "Third Bear"),
            ("attack_id: G0094", "parent: example-group"),
        ),
    },
    "R110": incident(("countries: [US]", "countries: [US, US]")),
    "R111": incident(("sources:\n  one: {", "sources:\n  - {id: one, "), ("\n  two: {", "\n  - {id: one, ")),
    "R112": software(("status: published", "status: draft")),
    "V101": incident(("id: T1566.002", "id: T1566.999")),
    "V102": incident(("id: T1566.002", "id: T1086")),
    "V103": incident(("id: T1566.002", "id: T1043")),
    "V104": incident(
        (
            "  - {id: T1566.002,",
            "  - {id: T1566.002, basis: mapped, note: A mail., sources: [one]}\n  - {id: T1566.002,",
        )
    ),
    "V105": incident(("sectors: [energy]", "sectors: [energy, enrgy]")),
    "V106": incident(("motivations: [espionage]", "motivations: [espionnage]")),
    "V107": incident(("countries: [US]", "countries: [US, UK]")),
    "V108": actor(("attack_id: G0094", "attack_id: G9999")),
    "V109": incident(
        (
            "  - {id: T1566.002,",
            (
                "  - {id: T1078, basis: reported, sources: [one]}\n"
                "  - {id: T1474, basis: reported, sources: [one]}\n  - {id: T1566.002,"
            ),
        )
    ),
    "N101": second_actor(("name: Other Bear", "name: sample-bear")),
    "N102": software(("name: SampleRAT", "name: Sample Bear")),
    "N103": actor(("attack_id: G0094", "attack_id: G0086")),
    "N104": incident(("named: Example Group", "named: Exmaple Group")),
    "N105": actor(("name: Sample Bear", "name: Stolen Pencil")),
    "N106": second_actor(),
    "A101": incident(
        (
            "{named: Example Group, by: One Publisher, sources: [one],",
            "{named: Example Group, by: One Publisher,",
        )
    ),
    "A102": incident(("basis: reported, sources: [one]", "basis: reported")),
    "A103": incident(("event: It begins., sources: [one]", "event: It begins.")),
    "A104": incident(("basis: reported", "basis: mapped")),
    "A105": incident(("credibility: 2}", "credibility: 2, stated: high confidence}")),
    "A106": incident(("  sources: [one, two]\n", "")),
    "A107": body("It was so [@one] [@two]. We say with high confidence that it is very likely them.\n"),
    "A108": incident(("credibility: 2}", "credibility: 1}")),
    "B101": incident(("sources: [one, two]", "sources: [one]"), (" did it [@two]", " did it")),
    "B102": incident(('https://two.example/b"', 'https://finance.yahoo.com/b", kind: primary')),
    "B103": incident(
        ('https://two.example/b"', 'https://web.archive.org/web/2024/https://two.example/b"'),
        (', archived: "https://web.archive.org/web/2024/https://two.example/b"', ""),
    ),
    "B104": incident(('https://two.example/b"', 'https://one.example/a#part"')),
    "B105": {"incidents/none.md": LEAST},
    "B106": {
        "incidents/one.md": edit(
            LEAST,
            ("Text.", "Text [@one]."),
            ("A.\n", "A.\nsources:\n  one: {publisher: P, title: T, date: 2024}\n"),
        )
    },
    "B107": incident((', archived: "https://web.archive.org/web/2024/https://two.example/b"', "")),
    "B108": incident(("date: 2024-03-03, ", "")),
    "I101": indicator("type: sha256, value: D41D8CD98F00B204E9800998ECF8427E"),
    "I102": indicator('type: ipv4-addr, value: "8.8.8[.]8"'),
    "I103": incident(
        key(
            "indicators:\n  - {type: domain-name, value: a.example, sources: [one]}\n"
            "  - {type: domain-name, value: 'A[.]example.', sources: [one]}"
        )
    ),
    "I104": indicator("type: domain-name, value: a.example, use: detect, state: seized"),
    "I105": {
        **indicator("type: domain-name, value: a.example, state: seized"),
        "incidents/other.md": edit(
            INCIDENT,
            ("TB-2024-0001", "TB-2024-0002"),
            key("indicators:\n  - {type: domain-name, value: a.example, state: active, sources: [one]}"),
        ),
    },
    "I106": body(
        "It called\thttp://evil.example/x [@one], then 203.0.113.9 and [a page](https://one.example/).\n"
    ),
    "T101": body("It was Kim\u200bsuky [@one] [@two].\n"),
    "T102": incident(("title: A takedown", "title: A t\u0430kedown")),
    "T103": body("It happened [@one] [@two].\n\nA <b>bold</b> claim.\n"),
    "T104": body("It happened [@one] [@two]. Possibly they did it.\n"),
    "T105": incident(("why: Two publishers name the group.", "why: They might have done it.")),
    "T106": incident(("title: A takedown", "title: " + "A takedown " * 20)),
    "T107": incident(("summary: One sentence,", "summary: " + "word " * 2000)),
    "T108": body("It happened [@one] [@two].\n\n" + "A word. " * 5000 + "\n"),
    "T109": body("It happened [@one] [@two].\n\n" + ">" * 50 + " deep\n"),
    "T110": body("It happened [@one] [@two], as \u6771\u4eac and \u5317\u4eac say.\n"),
    "M101": {**SOUND, ACTOR_FILE: edit(ACTOR, ("tlp: CLEAR", "tlp: AMBER"))},
    "M102": incident(("two: {", "two: {tlp: GREEN, ")),
    "M103": body(
        "It happened [@one] [@two].\n\n::: tlp PURPLE\nHidden.\n:::\n\n::: tlp AMBER\nNever closed.\n"
    ),
    "M104": body("It happened [@one] [@two].\n\n> TLP:RED The source is a member of staff.\n"),
    "M105": body("It happened [@one] [@two]. The advisory was first shared as TLP:AMBER.\n"),
    "M106": {
        **incident(("tlp: CLEAR", "tlp: WHITE")),
        "incidents/w.md": edit(
            INCIDENT,
            ("0001", "0002"),
            ("It happened", "::: tlp WHITE\nIt happened"),
            ("did it [@two].", "did it [@two].\n:::"),
        ),
    },
    "M107": incident(("tlp: CLEAR", "tlp: GREEN"), ("one: {", "one: {tlp: CLEAR, ")),
    "M108": incident(("tlp: CLEAR", "tlp: CLEAR\nreleased: GREEN")),
    "P101": incident(("status: published", "status: withdrawn")),
    "P102": incident(("published: 2024-03-05T09:00:00Z\n", "")),
    "P103": {
        **second_actor(("attack_id: G0094", "formerly: [example-group]")),
    },
    "P104": {
        **second_actor(("name: Other Bear,", "name: Third,")),
        ACTOR_FILE: edit(ACTOR, ("name: Sample Bear,", "name: Third, relation: disputed,")),
        "actors/third.md": edit(
            ACTOR,
            ("id: example-group", "id: third"),
            ("Example Group", "Unrelated"),
            ("Sample Bear", "Unrelated Bear"),
        ),
    },
    "P105": {**SOUND, "incidents/2024/Takedown.md": edit(INCIDENT, ("0001", "0002"))},
    "P106": incident(
        key(
            "figures:\n  - {file: figures/gone.png, alt: A picture.}\n"
            "  - {file: ../../../secret.png, alt: A picture.}\n"
            "  - {file: figures/page.svg, alt: A picture.}"
        )
    ),
    "C101": incident(key("silence: {X999: It is meant.}")),
    "C102": incident(key("silence: {M101: It is meant.}")),
    "C103": incident(key("silence: {T104: It is meant.}")),
}
EARLIER: Final[dict[str, tuple[Corpus, Corpus]]] = {
    "H101": (more(other=edit(INCIDENT, ("0001", "0002"))), SOUND),
    "H102": (SOUND, incident(("status: published", "status: draft"))),
    "H103": (SOUND, incident(("tlp: CLEAR", "tlp: AMBER"))),
    "H104": (SOUND, incident(("published: 2024-03-05T09:00:00Z", "published: 2024-04-05T09:00:00Z"))),
    "H105": (
        incident(key("revisions:\n  - {at: 2024-05-01, kind: update, note: One.}")),
        incident(key("revisions:\n  - {at: 2024-05-01, kind: update, note: Another.}")),
    ),
    "H106": (SOUND, incident(("It happened", "It never happened"), ("bottom line first", "top line first"))),
    "H107": (actor(("attack_id: G0094", "formerly: [old-group]")), SOUND),
    "H109": (
        SOUND,
        incident(
            ("countries: [US]", "countries: [CA]"),
            key("revisions:\n  - {at: 2024-05-01, kind: correction, note: It hit Canada.}"),
        ),
    ),
    "H108": (SOUND, actor(("name: Sample Bear", "name: Another Bear"))),
}
"""Codes that only an earlier state shows: the corpus before, and the one now."""
