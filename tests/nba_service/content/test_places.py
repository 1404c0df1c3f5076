"""Where a text stands: under its placement, its channel, or the default of all."""

from __future__ import annotations

from models.domain.actions import Action
from nba_service.content.places import written_at

ACTION = Action(name="offer", label="Offer", channels=("email", "web"))
SLOTS = {"banner": "web"}


def test_the_nearest_place_that_is_written_counts() -> None:
    base = ("actions", "offer", "content")
    banner, web, default = ((*base, key, "en", "body") for key in ("banner", "web", "default"))

    assert written_at(ACTION, "banner", "en", "body", SLOTS, {banner, web, default}) == banner
    assert written_at(ACTION, "banner", "en", "body", SLOTS, {web, default}) == web
    assert written_at(ACTION, "banner", "en", "body", SLOTS, {default}) == default
    assert written_at(ACTION, "email", "en", "body", SLOTS, set()) == default
