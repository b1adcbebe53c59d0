"""The knowledge base: every record of the site, indexed and joined.

Built once from the records that passed the marking filter, frozen from then on. What is not in
here does not exist for any output.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final, TypeVar

from threatbrief.model import Actor, Claim, Incident, NameClaim, PartialDate, Record, Software
from threatbrief.model.names import fold_name, name_slug
from threatbrief.model.vocab import Basis, NameRelation, Status

AnswerT = TypeVar("AnswerT")
RecordT = TypeVar("RecordT", bound=Record)

LARGE: Final = 200
"""From how many incidents on a site no longer sets every count beside that of all."""


@dataclass(frozen=True, slots=True)
class NameBearer:
    """An actor that carries a name, and the claims that say so."""

    actor: Actor
    claims: tuple[NameClaim, ...]

    def stamp_parts(self) -> object:
        """What tells this bearer from another: its claims are the actor's own of these spellings."""
        return self.actor, tuple(claim.name for claim in self.claims)

    @property
    def is_ours(self) -> bool:
        """Whether we hold the name to be this actor's: some claim is not merely disputed."""
        return not self.claims or any(c.relation is not NameRelation.DISPUTED for c in self.claims)


@dataclass(frozen=True, slots=True)
class ContestedName:
    """A name that more than one actor carries; the bearers stand in order, our assessment first."""

    name: str
    bearers: tuple[NameBearer, ...]

    @property
    def slug(self) -> str:
        return name_slug(self.name)


@dataclass(frozen=True, slots=True)
class Involvement:
    """An incident of an actor, and who says that it was them."""

    incident: Incident
    assessed: bool
    claims: tuple[Claim, ...]

    def stamp_parts(self) -> object:
        """What tells it from another: its claims are the incident's own that use these names."""
        return self.incident, self.assessed, tuple(claim.named for claim in self.claims)


@dataclass(frozen=True, slots=True)
class Trace:
    """Where a withdrawn incident stood while it was public: feeds that carried it carry its notice.

    `named` are the names that claimants used, `assessed` is the actor of our own assessment.
    """

    incident: str
    named: tuple[str, ...] = ()
    assessed: str = ""
    software: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    techniques: tuple[str, ...] = ()

    @classmethod
    def of(cls, incident: Incident) -> Trace:
        """The trace that an incident leaves when its content is taken out."""
        return cls(
            incident.id,
            tuple(dict.fromkeys(claim.named for claim in incident.attribution)),
            incident.assessment.actor if incident.assessment else "",
            tuple(dict.fromkeys(incident.software)),
            incident.targets.sectors,
            incident.targets.countries,
            tuple(dict.fromkeys(techniques_seen(incident))),
        )


def recent(
    kept: dict[Hashable, Any], room: int, key: Hashable, make: Callable[..., AnswerT], *given: object
) -> AnswerT:
    """What `make` gives of `given`, from `kept` where it is there; `kept` forgets what was asked for longest
    ago once it holds more than `room`."""
    answer: AnswerT = kept.pop(key) if key in kept else make(*given)
    kept[key] = answer
    if len(kept) > room:
        del kept[next(iter(kept))]
    return answer


def _newest_first(incident: Incident) -> tuple[object, ...]:
    first, last = incident.disclosed.sort_key
    return (-last.toordinal(), -first.toordinal(), incident.id)


@dataclass(frozen=True, eq=False)
class KnowledgeBase:
    """All records, sorted: incidents newest first (by disclosure), actors and software by name.

    `traces` are of withdrawn incidents whose content was taken out, by id.
    """

    incidents: tuple[Incident, ...] = ()
    actors: tuple[Actor, ...] = ()
    software: tuple[Software, ...] = ()
    traces: tuple[Trace, ...] = ()

    def __getstate__(self) -> dict[str, object]:
        """The records alone: what was worked out of them may be large, and hold functions."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    @classmethod
    def of(cls, records: Iterable[Record], traces: Iterable[Trace] = ()) -> KnowledgeBase:
        """A knowledge base of these records, in its own order whatever theirs."""
        everything = list(records)
        return cls(
            tuple(sorted((r for r in everything if isinstance(r, Incident)), key=_newest_first)),
            tuple(
                sorted(
                    (r for r in everything if isinstance(r, Actor)), key=lambda a: (fold_name(a.name), a.id)
                )
            ),
            tuple(
                sorted(
                    (r for r in everything if isinstance(r, Software)),
                    key=lambda s: (fold_name(s.name), s.id),
                )
            ),
            tuple(sorted(traces, key=lambda trace: trace.incident)),
        )

    @cached_property
    def records(self) -> tuple[Record, ...]:
        return (*self.incidents, *self.actors, *self.software)

    @cached_property
    def listed(self) -> KnowledgeBase:
        """The same as lists, counts and joins may show it: without withdrawn records."""
        if all(record.status is not Status.WITHDRAWN for record in self.records):
            return self
        return KnowledgeBase.of(record for record in self.records if record.status is not Status.WITHDRAWN)

    def remember(self, key: Hashable, make: Callable[..., AnswerT], *given: object) -> AnswerT:
        """What `make` gives of `given`, made once for each key: the only place for what many views share."""
        if key not in self._remembered:
            self._remembered[key] = make(*given)
        return self._remembered[key]  # type: ignore[return-value]

    def keep(self, name: str, record: RecordT, make: Callable[[KnowledgeBase, RecordT], AnswerT]) -> AnswerT:
        """What `make` gives of one record: as `remember`, and a build may keep it, pickled, to the next."""
        return self.remember((name, type(record), record.id), make, self, record)

    def keep_each(
        self, name: str, records: Sequence[RecordT], make: Callable[[KnowledgeBase, RecordT], AnswerT]
    ) -> tuple[AnswerT, ...]:
        """The same of each of many records, in their order."""
        return tuple(self.keep(name, record, make) for record in records)

    def recall(self, room: int, key: Hashable, make: Callable[..., AnswerT], *given: object) -> AnswerT:
        """The same for what is many or large: of all that was recalled, `room` answers are kept, those
        asked for last."""
        return recent(self._recalled, room, key, make, *given)

    @cached_property
    def _recalled(self) -> dict[Hashable, object]:
        return {}

    @cached_property
    def _remembered(self) -> dict[Hashable, object]:
        return {}

    # Look-ups by id

    @cached_property
    def incident_by_id(self) -> Mapping[str, Incident]:
        return {incident.id: incident for incident in self.incidents}

    @cached_property
    def actor_by_id(self) -> Mapping[str, Actor]:
        return {actor.id: actor for actor in self.actors}

    @cached_property
    def software_by_id(self) -> Mapping[str, Software]:
        return {software.id: software for software in self.software}

    # Names

    @cached_property
    def bearers(self) -> Mapping[str, tuple[NameBearer, ...]]:
        """Folded name → the actors that carry it, ours first, then the more credible, then by id."""
        found: dict[str, dict[str, list[NameClaim]]] = defaultdict(lambda: defaultdict(list))
        for actor in self.actors:
            found[fold_name(actor.name)][actor.id]
            for claim in actor.names:
                found[fold_name(claim.name)][actor.id].append(claim)

        def order(bearer: NameBearer) -> tuple[object, ...]:
            credibility = min((c.credibility or 6 for c in bearer.claims), default=6)
            return (not bearer.is_ours, credibility, bearer.actor.id)

        return {
            folded: tuple(
                sorted((NameBearer(self.actor_by_id[i], tuple(c)) for i, c in by_actor.items()), key=order)
            )
            for folded, by_actor in found.items()
        }

    def actors_named(self, name: str) -> tuple[NameBearer, ...]:
        """The actors that carry a name, our assessment first."""
        return self.bearers.get(fold_name(name), ())

    @cached_property
    def contested_names(self) -> tuple[ContestedName, ...]:
        """Every name that more than one actor carries, in alphabetical order.

        The name is spelt as the claim of the first bearer spells it.
        """
        contested = []
        for folded, bearers in self.bearers.items():
            if len(bearers) < 2:
                continue
            spellings = [c.name for b in bearers for c in b.claims] or [bearers[0].actor.name]
            contested.append((folded, ContestedName(spellings[0], bearers)))
        return tuple(name for _, name in sorted(contested, key=lambda pair: pair[0]))

    @cached_property
    def _contested_folds(self) -> frozenset[str]:
        return frozenset(fold_name(contested.name) for contested in self.contested_names)

    def is_contested_name(self, name: str) -> bool:
        return fold_name(name) in self._contested_folds

    # Attribution

    def claimed_actors(self, claim: Claim) -> tuple[Actor, ...]:
        """The actors that a claim may mean: the bearers of the name it uses, our assessment first."""
        return tuple(bearer.actor for bearer in self.actors_named(claim.named))

    def is_contested(self, incident: Incident) -> bool:
        """Whether claimants name different actors, or one uses a name that two actors carry."""
        return incident.id in self._contested_incidents

    @cached_property
    def _contested_incidents(self) -> frozenset[str]:
        return frozenset(incident.id for incident in self.incidents if self._disagree(incident))

    def _disagree(self, incident: Incident) -> bool:
        meant: list[frozenset[str]] = []
        for claim in incident.attribution:
            if self.is_contested_name(claim.named):
                return True
            actors = frozenset(actor.id for actor in self.claimed_actors(claim))
            meant.append(actors or frozenset({"name:" + fold_name(claim.named)}))
        if incident.assessment and meant:
            meant.append(frozenset({incident.assessment.actor}))
        return any(not a & b for i, a in enumerate(meant) for b in meant[i + 1 :])

    @cached_property
    def _involvements(self) -> Mapping[str, tuple[Involvement, ...]]:
        found: dict[str, list[Involvement]] = defaultdict(list)
        for incident in self.incidents:
            claims: dict[str, list[Claim]] = defaultdict(list)
            for claim in incident.attribution:
                for actor in self.claimed_actors(claim):
                    claims[actor.id].append(claim)
            assessed = incident.assessment.actor if incident.assessment else ""
            if assessed in self.actor_by_id:
                claims[assessed]
            for actor_id in claims:
                found[actor_id].append(Involvement(incident, actor_id == assessed, tuple(claims[actor_id])))
        return {actor_id: tuple(rows) for actor_id, rows in found.items()}

    def involvements(self, actor: Actor) -> tuple[Involvement, ...]:
        """The incidents that we assess, or somebody claims, to be the actor's; newest first."""
        return self._involvements.get(actor.id, ())

    def incidents_of(self, actor: Actor) -> tuple[Incident, ...]:
        """The incidents an actor's page counts as its own: those we assess to be its, and those
        claimed to be its while we assess no other actor."""
        return tuple(
            row.incident for row in self.involvements(actor) if row.assessed or not row.incident.assessment
        )

    def actors_of(self, incident: Incident) -> tuple[Actor, ...]:
        """The actor we assess, else every actor claimed, in the order of the claims."""
        if incident.assessment and incident.assessment.actor in self.actor_by_id:
            return (self.actor_by_id[incident.assessment.actor],)
        actors = {actor.id: actor for claim in incident.attribution for actor in self.claimed_actors(claim)}
        return tuple(actors.values())

    # Software

    @cached_property
    def _incidents_by_software(self) -> Mapping[str, tuple[Incident, ...]]:
        found: dict[str, list[Incident]] = defaultdict(list)
        for incident in self.incidents:
            for software_id in dict.fromkeys(incident.software):
                found[software_id].append(incident)
        return {key: tuple(rows) for key, rows in found.items()}

    def incidents_with(self, software: Software) -> tuple[Incident, ...]:
        """The incidents in which the software was used, newest first."""
        return self._incidents_by_software.get(software.id, ())

    @cached_property
    def _software_by_actor(self) -> Mapping[str, tuple[Software, ...]]:
        found: dict[str, dict[str, Software]] = defaultdict(dict)
        for actor in self.actors:
            for incident in self.incidents_of(actor):
                for software_id in incident.software:
                    if software := self.software_by_id.get(software_id):
                        found[actor.id][software_id] = software
        return {
            key: tuple(sorted(rows.values(), key=lambda s: (fold_name(s.name), s.id)))
            for key, rows in found.items()
        }

    def software_of(self, actor: Actor) -> tuple[Software, ...]:
        """The software used in the actor's incidents, by name."""
        return self._software_by_actor.get(actor.id, ())

    @cached_property
    def _actors_by_software(self) -> Mapping[str, tuple[Actor, ...]]:
        found: dict[str, list[Actor]] = defaultdict(list)
        for actor in self.actors:
            for software in self.software_of(actor):
                found[software.id].append(actor)
        return {key: tuple(rows) for key, rows in found.items()}

    def actors_using(self, software: Software) -> tuple[Actor, ...]:
        """The actors in whose incidents the software was used, by name."""
        return self._actors_by_software.get(software.id, ())

    # Facets

    def _by_key(self, keys: Mapping[str, Iterable[str]]) -> Mapping[str, tuple[Incident, ...]]:
        found: dict[str, list[Incident]] = defaultdict(list)
        for incident in self.incidents:
            for key in dict.fromkeys(keys[incident.id]):
                found[key].append(incident)
        return {key: tuple(found[key]) for key in sorted(found)}

    def totals(self, facet: str, *keys: str) -> Mapping[str, int]:
        """How many incidents of the whole site have each key of a facet (`by_sector`, `by_country`,
        `by_technique`); nothing on a site of more than LARGE incidents, where a record's bars beside all
        of them say little, and every new record would change most pages."""
        if len(self.incidents) > LARGE:
            return {}
        return {key: len(getattr(self, facet)[key]) for key in keys}

    def incidents_naming(self, name: str) -> tuple[Incident, ...]:
        """The incidents in which some claim uses a name, newest first."""
        return self._incidents_by_name.get(fold_name(name), ())

    @cached_property
    def _incidents_by_name(self) -> Mapping[str, tuple[Incident, ...]]:
        found: dict[str, list[Incident]] = defaultdict(list)
        for incident in self.incidents:
            for folded in dict.fromkeys(fold_name(claim.named) for claim in incident.attribution):
                found[folded].append(incident)
        return {folded: tuple(rows) for folded, rows in found.items()}

    @cached_property
    def by_sector(self) -> Mapping[str, tuple[Incident, ...]]:
        return self._by_key({i.id: i.targets.sectors for i in self.incidents})

    @cached_property
    def by_country(self) -> Mapping[str, tuple[Incident, ...]]:
        """ISO 3166-1 alpha-2 code of the victims' country → incidents, newest first."""
        return self._by_key({i.id: i.targets.countries for i in self.incidents})

    @cached_property
    def by_technique(self) -> Mapping[str, tuple[Incident, ...]]:
        """Technique id → incidents that reported or mapped it; group-profile does not count."""
        return self._by_key({i.id: techniques_seen(i) for i in self.incidents})

    @cached_property
    def by_kind(self) -> Mapping[str, tuple[Incident, ...]]:
        return self._by_key({i.id: (i.kind.value,) for i in self.incidents})

    @cached_property
    def by_year(self) -> Mapping[int, tuple[Incident, ...]]:
        """Year of disclosure → incidents, newest year first."""
        found: dict[int, list[Incident]] = defaultdict(list)
        for incident in self.incidents:
            found[incident.disclosed.year].append(incident)
        return {year: tuple(found[year]) for year in sorted(found, reverse=True)}

    @cached_property
    def published_incidents(self) -> tuple[Incident, ...]:
        """Published incidents in the order they were published, newest first (feeds sort so)."""
        published = [i for i in self.incidents if i.published and i.status is Status.PUBLISHED]
        return tuple(sorted(published, key=lambda i: (i.published, i.id), reverse=True))


def techniques_seen(incident: Incident) -> tuple[str, ...]:
    """Ids of the techniques reported of, or mapped from, this incident; never group-profile."""
    return tuple(t.id for t in incident.techniques if t.basis is not Basis.GROUP_PROFILE)


def activity_start(incident: Incident) -> PartialDate:
    """When the activity began as far as the record says, else when it was disclosed."""
    if incident.occurred and incident.occurred.start:
        return incident.occurred.start
    return incident.disclosed


def is_carried(record: Record) -> bool:
    """Whether feeds speak of a record: it was published, and stays so when it is withdrawn later."""
    return record.published is not None and record.status is not Status.DRAFT


def facet_feeds(incident: Incident) -> tuple[str, ...]:
    """The addresses of the feeds of its victims' sectors and countries and of its techniques, relative to
    the site's root. They stay for good once the incident is out."""
    if incident.status is Status.DRAFT:
        return ()
    folders = (
        *(facet_folder("sectors", slug) for slug in incident.targets.sectors),
        *(facet_folder("countries", code) for code in incident.targets.countries),
        *(facet_folder("techniques", technique_id) for technique_id in techniques_seen(incident)),
    )
    return tuple(f"{folder}rss.xml" for folder in dict.fromkeys(folders))


def facet_folder(room: str, key: str) -> str:
    """Where the page and the feed of a sector, country or technique lie."""
    return f"{room}/{key.lower()}/"
