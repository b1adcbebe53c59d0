"""Country codes and short English names, from pycountry (ISO 3166-1)."""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from threatbrief.reference.layout import CountryTable
from threatbrief.reference.model import Country, ReferenceSourceError

_SHORT_NAMES: Final = {
    "BN": "Brunei",
    "BQ": "Caribbean Netherlands",
    "CC": "Cocos Islands",
    "CD": "DR Congo",
    "CG": "Republic of the Congo",
    "FK": "Falkland Islands",
    "FM": "Micronesia",
    "MF": "Saint Martin",
    "PS": "Palestine",
    "RU": "Russia",
    "SH": "Saint Helena",
    "SX": "Sint Maarten",
    "VA": "Vatican City",
    "VG": "British Virgin Islands",
    "VI": "US Virgin Islands",
}
"""Where ISO 3166-1 has a formal name and pycountry no common one."""

_USER_ASSIGNED: Final = (Country("XK", "Kosovo"),)
"""XK is no ISO assignment, but what the EU, the IMF and the World Bank write for Kosovo."""


def read_countries() -> CountryTable:
    """The countries that ISO 3166-1 assigns a code to, and Kosovo.

    Raises ReferenceSourceError if pycountry is not installed.
    """
    try:
        import pycountry
    except ModuleNotFoundError:
        raise ReferenceSourceError(
            "the country names come from the Python package pycountry, which is not installed; "
            "run `pip install 'threatbrief[dev]'`"
        ) from None
    assigned = (
        Country(
            entry.alpha_2,
            _SHORT_NAMES.get(entry.alpha_2) or getattr(entry, "common_name", None) or entry.name,
        )
        for entry in pycountry.countries
    )
    countries = sorted((*assigned, *_USER_ASSIGNED), key=lambda country: country.code)
    source = f"ISO 3166-1 via pycountry {version('pycountry')} (Debian iso-codes), names shortened; XK added"
    return CountryTable(source, tuple(countries))
