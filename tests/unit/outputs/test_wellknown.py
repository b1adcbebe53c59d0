"""security.txt: the fields of RFC 9116, and nothing where nothing is configured."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from tests.unit.outputs.misp_samples import SITE, incident, knowledge

from threatbrief.config import SiteConfig
from threatbrief.knowledge import KnowledgeBase
from threatbrief.outputs.wellknown import WellKnownOutput
from threatbrief.render.engine import Engine

FIELDS = {"contact": ["mailto:security@example.org", "tel:+1-201-555-0123"], "expires": "2027-10-31"}


def lines(kb: KnowledgeBase, **changes: Any) -> list[str]:
    site = SiteConfig.model_validate({**SITE.model_dump(), "security_txt": FIELDS, **changes})
    output = WellKnownOutput()
    (artifact,) = output.plan(kb, site)
    assert str(artifact.path) == ".well-known/security.txt"
    return output.render(artifact, Engine(())).decode().splitlines()


def test_the_least_is_contact_and_expiry() -> None:
    assert lines(knowledge(incident(status="draft"))) == [
        "Contact: mailto:security@example.org",
        "Contact: tel:+1-201-555-0123",
        "Expires: 2027-10-31T00:00:00Z",
        "Canonical: https://briefs.example.org/.well-known/security.txt",
    ]


def test_the_csaf_provider_is_named_where_there_is_one() -> None:
    assert lines(knowledge())[-1] == "CSAF: https://briefs.example.org/csaf/provider-metadata.json"


def test_every_field_is_written() -> None:
    given = {
        **FIELDS,
        "policy": ["https://example.org/policy"],
        "encryption": ["openpgp4fpr:5f2de5521c63a801ab59ccb603d49de44b29100f"],
        "acknowledgments": ["https://example.org/thanks"],
        "hiring": ["https://example.org/jobs"],
        "preferred_languages": ["en", "de"],
    }
    found = dict(line.split(": ", 1) for line in lines(knowledge(), security_txt=given))
    assert found["Preferred-Languages"] == "en, de"
    assert found["Policy"] == "https://example.org/policy"
    assert {"Encryption", "Acknowledgments", "Hiring"} <= found.keys()


def test_no_plain_http_address_is_named() -> None:
    found = lines(knowledge(), site_url="http://localhost/")
    assert not [line for line in found if line.startswith(("Canonical", "CSAF"))]


@pytest.mark.parametrize("changes", [{"security_txt": None}, {"security_txt": FIELDS, "tlp": "RED"}])
def test_there_is_none_without_configuration_or_in_a_red_build(changes: dict[str, Any]) -> None:
    site = SiteConfig.model_validate({**SITE.model_dump(), **changes})
    assert list(WellKnownOutput().plan(knowledge(), site)) == []


@pytest.mark.parametrize(
    "given",
    [
        {"contact": [], "expires": "2027-10-31"},
        {"contact": ["security@example.org"], "expires": "2027-10-31"},
        {"contact": ["http://example.org/"], "expires": "2027-10-31"},
        {"contact": ["mailto:security@example.org"]},
        {**FIELDS, "policy": ["http://example.org/policy"]},
    ],
)
def test_what_rfc_9116_forbids_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SiteConfig(security_txt=given)
