"""The page of all texts shows what is worth a look, and can do no harm."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

from models.domain.actions import Content
from models.domain.journey import Journey
from nba_service.content.facts import FactBook
from nba_service.content.preview import preview_page
from nba_service.content.samples import Sample
from nba_service.content.trial import trials

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def page(journey: Journey, content: Content, *samples: Sample) -> str:
    texts = {"web": {"en": content}}
    actions = tuple(
        dataclasses.replace(one, content=texts if one.name == "teaser" else {}) for one in journey.actions
    )
    changed = dataclasses.replace(journey, actions=actions)
    return preview_page(changed, trials(changed, FactBook.of([]), samples, NOW))


def test_what_customers_are_called_stays_text(tiny_journey: Journey) -> None:
    html = page(
        tiny_journey,
        Content(title="{{ customer.first_name }}", body="b"),
        Sample("<i>sample</i>", {"first_name": "<script>x()</script>"}),
    )

    assert "<script" not in html
    assert "&lt;script&gt;x()&lt;/script&gt;" in html
    assert "&lt;i&gt;sample&lt;/i&gt;" in html


def test_the_page_may_load_nothing(tiny_journey: Journey) -> None:
    html = page(tiny_journey, Content(title="t", body="b"), Sample("nobody", {}))

    assert html.startswith("<!doctype html>")
    assert 'http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;' in html


def test_written_markup_is_shown_in_a_sandboxed_frame_and_made_paragraphs_are_not(
    tiny_journey: Journey,
) -> None:
    written = page(tiny_journey, Content(title="t", body="b", html="<h2>B</h2>"), Sample("nobody", {}))
    made = page(tiny_journey, Content(title="t", body="two\nlines"), Sample("nobody", {}))

    assert '<iframe sandbox loading="lazy" title="html" srcdoc="&lt;h2&gt;B&lt;/h2&gt;"></iframe>' in written
    assert "<iframe" not in made


def test_unusual_samples_are_shown_only_where_something_is_wrong(tiny_journey: Journey) -> None:
    content = Content(title="{{ customer.first_name }}", body="b")
    samples = (
        Sample("fine", {"first_name": "Ada"}),
        Sample("odd and fine", {"first_name": "Eve"}, usual=False),
        Sample("odd and wrong", {}, usual=False),
    )

    html = page(tiny_journey, content, *samples)

    assert ("fine</small>" in html, "odd and fine" in html, "odd and wrong" in html) == (True, False, True)
    assert "<b class='why'>VARIABLE_MISSING: " in html
    assert "<a href='#teaser' class=bad>Teaser</a>" in html
    assert "<a href='#offer'>Offer</a>" in html
    assert "1 texts for 1 sample customers; 1 fall back or lose a link." in html


def test_links_are_shown_where_they_lead(tiny_journey: Journey) -> None:
    html = page(tiny_journey, Content(title="t", body="b", click_url="/a?b=1&c=2"), Sample("nobody", {}))

    assert "<div class='link'>→ /a?b=1&amp;c=2</div>" in html
