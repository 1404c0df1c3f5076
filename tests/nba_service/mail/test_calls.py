"""What e-mail tools get, as flat texts."""

from __future__ import annotations

from dataclasses import fields

from nba_service.mail.calls import Mail, MailReason


def mail(**changed: str) -> Mail:
    texts = {field.name: "" for field in fields(Mail)}
    return Mail(**{**texts, "title": "Hello", "reason": MailReason.DECIDED, **changed})


def test_every_field_is_a_text_even_an_empty_one() -> None:
    found = mail().to_json()

    assert found["title"] == "Hello"
    assert found["reason"] == "DECIDED"
    assert found["click_url"] == ""


def test_what_was_ignored_is_named_only_where_something_was() -> None:
    assert "ignored" not in mail().to_json()
    assert mail(ignored="shoe").to_json()["ignored"] == "shoe"
