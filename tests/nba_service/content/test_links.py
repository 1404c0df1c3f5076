"""Addresses that a customer may be led to, and those that go nowhere."""

from __future__ import annotations

import pytest

from nba_service.content.links import safe_link


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/?a=1&b=2", "https://example.org/?a=1&b=2"),
        ("HTTPS://example.org/", "HTTPS://example.org/"),
        ("mailto:hello@example.org", "mailto:hello@example.org"),
        ("/offers/1", "/offers/1"),
        ("//evil.example", ""),
        ("/\\evil.example", "/%5Cevil.example"),
        ("tel:+431234", ""),
        ("javascript:alert(1)", ""),
        (" JavaScript:alert(1)", ""),
        ("data:text/html,x", ""),
        ('https://example.org/"><script>', "https://example.org/%22%3E%3Cscript%3E"),
        ("https://example.org/größe", "https://example.org/gr%C3%B6%C3%9Fe"),
        ("https://example.org/a%20b", "https://example.org/a%20b"),
        ("https://example.org/a\nb", "https://example.org/a%0Ab"),
        ("https:evil", ""),
        ("https:///evil", ""),
        ("offers/1", ""),
        ("/", "/"),
        ("", ""),
    ],
)
def test_only_web_and_mail_addresses_and_paths_are_kept(url: str, kept: str) -> None:
    assert safe_link(url) == kept


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("tel:+43 1 234", "tel:+431234"),
        ("TEL:(01)234-5", "TEL:(01)234-5"),
        ("tel:112", "tel:112"),
        ("tel:1", ""),
        ("tel:<script>", ""),
        ("tel:112;ext=javascript:alert(1)", ""),
        ("tel:" + "1" * 40, ""),
        ("https://example.org/a", "https://example.org/a"),
    ],
)
def test_numbers_can_be_dialled_where_it_is_allowed(url: str, kept: str) -> None:
    assert safe_link(url, tel=True) == kept
