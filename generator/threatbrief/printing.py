"""Single documents, made for whoever asks on the command line: briefs, dossiers, digests, Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from threatbrief.errors import ConfigError
from threatbrief.knowledge import KnowledgeBase
from threatbrief.model import Actor, Incident
from threatbrief.model.names import name_slug
from threatbrief.outputs.pdf import print_view
from threatbrief.project import Project
from threatbrief.render.engine import Engine
from threatbrief.render.markdown_file import markdown_file
from threatbrief.views.brief import brief_view
from threatbrief.views.common import Fact, Link, highest_marking
from threatbrief.views.digest import Selection, digest_view
from threatbrief.views.dossier import dossier_view
from threatbrief.views.files import actor_stem, digest_name, incident_stem
from threatbrief.views.periods import Range, digest_address, edition_of
from threatbrief.views.tallies import country_link, sector_link


@dataclass(frozen=True, slots=True)
class Printed:
    """A document, and the name that it is saved under unless another is given."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a digest is to hold: incidents of all these kinds at once; of each kind, any that is named."""

    range: Range | None = None
    actors: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


def print_brief(project: Project, kb: KnowledgeBase, record_id: str) -> Printed:
    """The PDF brief of an incident; ConfigError where there is none of this id."""
    incident = find_incident(kb, record_id)
    view = brief_view(kb, incident, project.site)
    return Printed(f"{incident_stem(incident)}.pdf", print_view(view, Engine(*project.sources)))


def print_markdown(project: Project, kb: KnowledgeBase, record_id: str) -> Printed:
    """The brief of an incident as one Markdown file; ConfigError where there is none of this id."""
    incident = find_incident(kb, record_id)
    text = markdown_file(brief_view(kb, incident, project.site))
    return Printed(f"{incident_stem(incident)}.md", text.encode())


def print_dossier(project: Project, kb: KnowledgeBase, name: str) -> Printed:
    """The PDF dossier of an actor, by id or by any name; ConfigError where none or several bear it."""
    actor = find_actor(kb.listed, name)
    view = dossier_view(kb.listed, kb, actor, project.site)
    return Printed(f"{actor_stem(kb.listed, actor)}.pdf", print_view(view, Engine(*project.sources)))


def print_digest(project: Project, kb: KnowledgeBase, wanted: Wanted) -> Printed:
    """The PDF digest of a range and a selection; ConfigError where nothing was published in it."""
    shown, site, span = kb.listed, project.site, wanted.range
    actors = [find_actor(shown, name) for name in wanted.actors]
    chosen = tuple(i for i in shown.published_incidents if _is_wanted(shown, i, wanted, actors))
    edition = edition_of(span, chosen) if span else None
    published, revised = (edition.published, edition.revised) if edition else (chosen, ())
    if not published and not revised:
        raise ConfigError(f"nothing was published{f' in {span.text}' if span else ''} that fits")
    facts = tuple(_facts(actors, wanted))
    words = tuple(link.text for fact in facts for link in fact.values)
    href = f"actors/{actors[0].slug}/" if len(actors) == 1 else "incidents/"
    if span and not facts and span.period in site.digests:
        href = digest_address(span)
    view = digest_view(shown, published, revised, Selection(span, facts, words), site, href)
    parts = [span.name] if span else []
    parts += [name_slug(word) for word in words]
    marking = highest_marking(shown, (*published, *revised))
    name = digest_name("_".join(parts) or "all", marking)
    return Printed(name, print_view(view, Engine(*project.sources)))


def find_incident(kb: KnowledgeBase, record_id: str) -> Incident:
    """The incident of an id, in whatever case; ConfigError where there is none."""
    found = kb.incident_by_id.get(record_id) or kb.incident_by_id.get(record_id.upper())
    if found is None:
        raise ConfigError(f"there is no incident {record_id}")
    return found


def find_actor(kb: KnowledgeBase, name: str) -> Actor:
    """The actor of an id or a name; ConfigError where there is none, or several."""
    if actor := kb.actor_by_id.get(name.lower()):
        return actor
    bearers = kb.actors_named(name)
    if not bearers:
        raise ConfigError(f"there is no actor {name}")
    if len(bearers) > 1:
        ids = ", ".join(bearer.actor.id for bearer in bearers)
        raise ConfigError(f"{name} may mean several actors; write one of {ids}")
    return bearers[0].actor


def _is_wanted(kb: KnowledgeBase, incident: Incident, wanted: Wanted, actors: Sequence[Actor]) -> bool:
    sectors, countries = map(_folded, (incident.targets.sectors, incident.targets.countries))
    return (
        (not actors or any(incident in kb.incidents_of(actor) for actor in actors))
        and (not wanted.sectors or not sectors.isdisjoint(_folded(wanted.sectors)))
        and (not wanted.countries or not countries.isdisjoint(_folded(wanted.countries)))
    )


def _folded(words: Iterable[str]) -> set[str]:
    return {word.lower() for word in words}


def _facts(actors: Sequence[Actor], wanted: Wanted) -> Iterable[Fact]:
    if actors:
        yield Fact("Actors", tuple(Link(actor.name, f"actors/{actor.slug}/") for actor in actors))
    if wanted.sectors:
        slugs = [slug.lower() for slug in wanted.sectors]
        yield Fact("Sectors", tuple(map(sector_link, slugs)))
    if wanted.countries:
        codes = [code.upper() for code in wanted.countries]
        yield Fact("Countries", tuple(map(country_link, codes)))
