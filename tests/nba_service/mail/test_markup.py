"""A mail's content as HTML and as text."""

from __future__ import annotations

from nba_service.mail.markup import mail_html, mail_text


def test_texts_are_escaped_and_styles_are_inlined() -> None:
    html = mail_html("1 < 2", "a & b", "", "", "", "en")
    assert "1 &lt; 2" in html
    assert "a &amp; b" in html
    assert "<style" not in html
    assert 'style="' in html


def test_markup_of_the_journey_file_replaces_the_body() -> None:
    html = mail_html("T", "plain", "", "", "<b>bold</b>", "en")
    assert "<b>bold</b>" in html
    assert "plain" not in html


def test_a_picture_is_whole_without_being_loaded() -> None:
    html = mail_html("Roof", "", "https://a.example/p.png", "https://a.example/c", "", "en")
    assert 'alt="Roof"' in html
    assert 'width="600"' in html
    assert html.count('href="https://a.example/c"') == 2  # the picture and the button


def test_the_button_speaks_the_language_of_the_mail() -> None:
    for locale, word in (("de-AT", "Mehr erfahren"), ("fr", "En savoir plus"), ("pl", "Learn more")):
        assert word in mail_html("T", "", "", "https://a.example/", "", locale)
    assert "Learn more" not in mail_html("T", "", "", "", "", "en")


def test_the_text_has_what_there_is() -> None:
    assert mail_text("T", "", "https://a.example/") == "T\n\nhttps://a.example/\n"
