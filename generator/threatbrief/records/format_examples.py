"""The example records of the reference page; a test checks a site that is made of them."""

from __future__ import annotations

from typing import Final

LEAST: Final = """---
id: TB-2019-7K3Q
title: Microsoft takes control of 50 domains
tlp: CLEAR
kind: takedown
disclosed: 2019-12-30
summary: A US court let Microsoft take over 50 domains of a group that it calls Thallium.
sources:
  ms:
    publisher: Microsoft On the Issues
    title: Microsoft takes court action against fourth nation-state cybercrime group
    url: https://blogs.microsoft.com/on-the-issues/2019/12/30/microsoft-court-action-against-nation-state-cybercrime/
---
The order covers 50 domains [@ms].
"""
"""The shortest incident that checks without an error."""

INCIDENT: Final = """---
id: TB-2024-9Q4M                     # permanent; `threatbrief new incident` mints it
title: Court hands over 50 domains of Example Bear
tlp: CLEAR                           # parts may be marked higher, never lower
status: published
published: 2024-06-03T09:00:00Z      # an instant: what feeds sort by
kind: takedown
occurred: {from: 2021, to: 2024-04}  # or one date: occurred: 2024-04
disclosed: 2024-05-30                # what lists and years sort by
summary: >-
  A court let Example Corp take over 50 domains that a group used to steal logins. We assess that the
  group is Example Bear.
key_points:
  - The order covers 50 domains.
  - The targets were think tanks and universities.
  - Two claimants disagree about who the group is.
question: Who is Sample Storm?
attribution:                         # who said who did it, in the claimants' own names
  - {named: Sample Storm, by: Example Corp, sources: [corp], credibility: 2, date: 2024-05-30}
  - named: Example Bear
    by: Example CERT
    sources: [cert]
    credibility: 3
    stated: very likely              # the claimant's own word, where there is one
    note: Rests on the malware alone.
assessment:                          # the publisher's own view
  actor: example-bear
  confidence: moderate               # how good the basis is
  likelihood: likely                 # how probable the judgement is: never in one sentence with the former
  why: The malware and the registrar are those of earlier cases. No source shows the evidence in full.
  sources: [corp, cert]
targets:
  sectors: [think-tanks, education]
  countries: [NO, JP]
  victims: [Example University]
software: [examplerat]
motivations: [espionage]
techniques:
  - {id: T1566.002, basis: reported, note: Mail with a link to a false login page., sources: [corp]}
  - {id: T1583.001, basis: mapped, note: The group registered the domains itself., sources: [corp]}
  - {id: T1114.003, basis: group-profile, note: Known of Example Bear., sources: [cert]}
vulnerabilities:
  - {id: CVE-2023-34362, note: Used against two of the targets., sources: [cert]}
timeline:
  - {date: 2021, event: The first of the domains is registered., sources: [cert]}
  - {date: 2024-05-21, event: The court signs the order., sources: [corp]}
response:
  - {kind: domain-seizure, by: Example Corp, date: 2024-05-21, detail: 50 domains, sources: [corp]}
indicators:
  - type: domain-name
    value: login[.]sample-storm[.]test  # read as login.sample-storm.test
    use: context                     # only use: detect with state: active becomes a detection
    state: seized
    first_seen: 2021
    last_seen: 2024-05
    context: False login page
    sources: [corp]
  - {type: sha256, value: 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03, use: detect,
     state: active, context: Loader, tlp: GREEN, sources: [cert]}
figures:
  - file: figures/login.png
    alt: A login page whose address has r and n in the place of m.
    caption: The false login page.
    sources: [corp]
recommendations:
  - {text: Require sign-in methods that resist phishing., mitigation: M1032}
related:
  - {id: TB-2019-7K3Q, relation: same-tactic, note: An earlier order of this sort.}
sources:
  corp:                              # cited as [@corp]
    publisher: Example Corp
    title: Taking over the domains of Sample Storm
    url: https://corp.example/sample-storm
    archived: https://web.archive.org/web/20240530/https://corp.example/sample-storm
    date: 2024-05-30
    kind: primary
    reliability: B
  cert:
    publisher: Example CERT
    title: Eksempelbjørn
    url: https://cert.example/bear
    date: 2024-06
    kind: secondary
    reliability: C
    language: nb
revisions:                           # `threatbrief revise` writes these
  - {at: 2024-06-10T08:00:00Z, kind: update, note: Adds the assessment of Example CERT.}
formerly: [tb-2024-9q4n]             # stays as a redirect
silence:
  B107: Example CERT forbids copies of its reports.
---
On 21 May 2024 a court let Example Corp take over 50 domains [@corp]. The company calls the group Sample
Storm; Example CERT holds it to be [[example-bear]] [@cert].

::: tlp GREEN
The loader was found at one more university, which asked not to be named [@cert].
:::
"""
"""An incident with every key but `reason`, which is for withdrawn records, and `released`."""

ACTOR: Final = """---
id: example-bear
name: Example Bear
tlp: CLEAR
status: published
published: 2024-06-03
attack_id: G0094
names:                               # every other name is a claim
  - {name: Example Bear, by: Example CERT, since: 2021, sources: [cert], credibility: 2}
  - name: Sample Storm
    by: Example Corp
    relation: overlaps
    sources: [corp]
    credibility: 3
    note: Example Corp maps the name to no other.
suspected_country:
  - {country: KP, by: Example CERT, stated: likely, sources: [cert], credibility: 3}
sponsor:
  - {name: A ministry, by: Example CERT, sources: [cert], credibility: 4, note: Said once.}
motivations: [espionage]
active: {from: 2021}
summary: Group that goes after think tanks by phishing for their logins.
sources:
  corp: {publisher: Example Corp, title: Sample Storm, url: "https://corp.example/storm", date: 2024-05}
  cert: {publisher: Example CERT, title: Example Bear, url: "https://cert.example/group", date: 2024-06}
---
Example CERT has followed the group since 2021 [@cert]. Example Corp's Sample Storm is the same in part
[@corp].
"""
"""An actor with every key that stands on its own: `parent` names another actor."""

SOFTWARE: Final = """---
id: examplerat
name: ExampleRAT
tlp: CLEAR
status: published
published: 2024-06-03
type: malware
malware_types: [remote-access-trojan]
names:
  - {name: ExampleRAT, by: Example CERT, sources: [cert]}
summary: Remote-access trojan that Example CERT found in the Sample Storm case.
sources:
  cert: {publisher: Example CERT, title: ExampleRAT, url: "https://cert.example/rat", date: 2024-06}
---
It takes its commands from a page on a public site [@cert].
"""
"""A piece of software."""
