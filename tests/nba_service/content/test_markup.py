"""Markup that a page or a mail may show."""

from __future__ import annotations

import pytest

from nba_service.content.markup import clean_html, html_of


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<p>a <strong>b</strong></p>", "<p>a <strong>b</strong></p>"),
        ('<p onclick="x()" style="position:fixed" class="c">a</p>', '<p class="c">a</p>'),
        ("<script>x()</script><style>p{}</style>a", "a"),
        ("<form action='/x'><input name='n'>a</form>", "a"),
        ("<iframe src='https://a.example'></iframe><object data='x'></object>a", "a"),
        ("<svg><a href='javascript:x()'>a</a></svg>b", "b"),
        ("<!-- hidden -->a", "a"),
        ("  <b>a</b>\n", "<b>a</b>"),
        ("a & b < c", "a &amp; b &lt; c"),
        ("<b>not closed", "<b>not closed</b>"),
        ("", ""),
    ],
)
def test_only_harmless_elements_and_attributes_stay(html: str, clean: str) -> None:
    assert clean_html(html) == clean


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://a.example/?b=1", 'href="https://a.example/?b=1" '),
        ("/offers", 'href="/offers" '),
        ("mailto:a@a.example", 'href="mailto:a@a.example" '),
        ("//a.example", ""),
        ("javascript:x()", ""),
        ("tel:112", ""),
    ],
)
def test_links_lead_where_addresses_of_texts_may(address: str, kept: str) -> None:
    assert clean_html(f'<a href="{address}">a</a>') == f'<a {kept}rel="noopener noreferrer">a</a>'


def test_pictures_come_from_web_addresses_and_paths_only() -> None:
    assert clean_html('<img src="/a.png" width="3" alt="A" onerror="x()">') == (
        '<img src="/a.png" width="3" alt="A">'
    )
    assert clean_html('<img src="data:image/png;base64,x">') == "<img>"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one", "<p>one</p>"),
        ("one\ntwo\n\nthree", "<p>one<br>two</p><p>three</p>"),
        ("\n\n a \n\n\n\n", "<p>a</p>"),
        ("a < b & \"c\" 'd'", "<p>a &lt; b &amp; &quot;c&quot; &#x27;d&#x27;</p>"),
        ("", ""),
    ],
)
def test_plain_text_becomes_escaped_paragraphs(text: str, html: str) -> None:
    assert html_of(text) == html
