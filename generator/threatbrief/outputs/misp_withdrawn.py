"""What is left of a MISP event when its incident was withdrawn."""

from __future__ import annotations

from typing import Final

from threatbrief.model import Incident
from threatbrief.outputs.misp_report import notice_text
from threatbrief.outputs.misp_wire import Attribute, Event, MispObject, Tag

WITHDRAWN_TAG: Final = Tag('workflow:state="rejected"')


def revoke(event: Event, incident: Incident, marking: Tag) -> Event:
    """The event with every value gone, its UUIDs kept and marked as deleted (core format, deleted).

    A MISP server that has the event takes its attributes and objects back by their UUIDs; one that
    has not learns of the id and the reason, and of nothing that the record said.
    """
    title = f"{incident.id} was withdrawn"
    return event._replace(
        info=title,
        tags=(marking, WITHDRAWN_TAG),
        galaxies=(),
        attributes=tuple(_bury(attribute) for attribute in event.attributes),
        objects=tuple(_bury_object(found) for found in event.objects),
        reports=tuple(report._replace(name=title, content=notice_text(incident)) for report in event.reports),
    )


def _bury(attribute: Attribute) -> Attribute:
    return Attribute(
        attribute.uuid,
        "comment",
        "Other",
        f"withdrawn {attribute.uuid}",
        attribute.timestamp,
        deleted=True,
        object_relation=attribute.object_relation,
    )


def _bury_object(found: MispObject) -> MispObject:
    attributes = tuple(_bury(attribute) for attribute in found.attributes)
    return found._replace(comment="", first_seen=None, last_seen=None, deleted=True, attributes=attributes)
