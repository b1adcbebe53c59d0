"""Values of indicators: refanged, one spelling, held against their type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatbrief.model.indicators import find_fault, guess_types, normalise, refang
from threatbrief.model.vocab import IndicatorType as T
from threatbrief.render.defang import defang


@pytest.mark.parametrize(
    ("kind", "typed", "exact"),
    [
        (T.DOMAIN, "EVIL.Example.", "evil.example"),
        (T.DOMAIN, "evil[.]example", "evil.example"),
        (T.DOMAIN, "evil(dot)example", "evil.example"),
        (T.DOMAIN, "bücher.example", "xn--bcher-kva.example"),
        (T.URL, "hxxps://evil[.]example/a?b=C", "https://evil.example/a?b=C"),
        (T.URL, "hXXp[:]//Evil.Example:8080/A", "http://evil.example:8080/A"),
        (T.URL, "fxp://evil.example/", "ftp://evil.example/"),
        (T.IPV4, "192.0.2[.]1", "192.0.2.1"),
        (T.IPV4, "192.0.2.0/24", "192.0.2.0/24"),
        (T.IPV6, "2001:DB8:0::1", "2001:db8::1"),
        (T.IPV6, "2001[:]db8::1", "2001:db8::1"),
        (T.EMAIL, "A.Person[@]Evil[.]Example", "A.Person@evil.example"),
        (T.MD5, "D41D8CD98F00B204E9800998ECF8427E", "d41d8cd98f00b204e9800998ecf8427e"),
        (T.REGISTRY_KEY, r"HKLM\Software\Run", r"HKEY_LOCAL_MACHINE\Software\Run"),
        (T.FILE_NAME, "Evil.EXE", "Evil.EXE"),
        (T.MUTEX, r"Global\a[.]b", r"Global\a[.]b"),
    ],
)
def test_normalise(kind: T, typed: str, exact: str) -> None:
    assert normalise(kind, typed) == exact
    assert normalise(kind, exact) == exact
    assert find_fault(kind, exact) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (T.IPV4, "256.1.1.1"),
        (T.IPV4, "2001:db8::1"),
        (T.IPV4, "192.0.2.1/24"),
        (T.IPV4, "01.2.3.4"),
        (T.IPV6, "192.0.2.1"),
        (T.DOMAIN, "com"),
        (T.DOMAIN, "192.0.2.1"),
        (T.DOMAIN, "<b>x</b>.example"),
        (T.DOMAIN, "a..example"),
        (T.DOMAIN, "-a.example"),
        (T.DOMAIN, "evil\u200b.example"),
        (T.DOMAIN, "a' OR file:name = 'b.example"),
        (T.URL, "evil.example/a"),
        (T.URL, "javascript:alert(1)"),
        (T.URL, "http://"),
        (T.URL, "http://[::1"),
        (T.URL, 'http://a.example/"x'),
        (T.EMAIL, "a@b"),
        (T.EMAIL, "a b@c.example"),
        (T.MD5, "d41d8cd98f00b204e9800998ecf8427"),
        (T.SHA1, "d41d8cd98f00b204e9800998ecf8427e"),
        (T.SHA256, "g" * 64),
        (T.FILE_NAME, "../x"),
        (T.FILE_NAME, "C:\\x.exe"),
        (T.REGISTRY_KEY, "Software\\Run"),
        (T.WALLET, "not a wallet"),
        (T.MUTEX, "x" * 300),
    ],
)
def test_find_fault(kind: T, value: str) -> None:
    assert find_fault(kind, normalise(kind, value))


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("192.0.2.1", T.IPV4),
        ("2001:db8::1", T.IPV6),
        ("evil.example", T.DOMAIN),
        ("https://evil.example/", T.URL),
        ("a@evil.example", T.EMAIL),
        ("a" * 64, T.SHA256),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", T.WALLET),
    ],
)
def test_guess(value: str, kind: T) -> None:
    assert guess_types(value)[0] is kind


LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
DOMAINS = st.lists(LABELS, min_size=2, max_size=4).map(".".join)
PATHS = st.from_regex(r"(/[A-Za-z0-9_~-]{0,8}){0,3}", fullmatch=True)


@given(DOMAINS)
def test_a_defanged_domain_comes_back(domain: str) -> None:
    assert refang(defang("domain-name", domain)) == domain


@given(st.sampled_from(["http", "https", "ftp"]), DOMAINS, PATHS)
def test_a_defanged_url_comes_back(scheme: str, domain: str, path: str) -> None:
    url = f"{scheme}://{domain}{path}"
    assert refang(defang("url", url)) == url


@given(st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str))
def test_defanged_addresses_come_back(four: str, six: str) -> None:
    assert refang(defang("ipv4-addr", four)) == four
    assert refang(defang("ipv6-addr", six)) == six


@given(st.sampled_from(list(T)), st.text(max_size=60))
def test_any_text_can_be_normalised_and_tested(kind: T, text: str) -> None:
    value = normalise(kind, text)
    assert normalise(kind, value) == value or find_fault(kind, value)
    find_fault(kind, value)
