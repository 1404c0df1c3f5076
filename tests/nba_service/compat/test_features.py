"""What free words about a customer mean here."""

from __future__ import annotations

from models.domain.journey import Journey
from nba_service.compat.features import flatten, read_features, shown_channels
from nba_service.engine.names import Names


def test_every_feature_is_used_or_named_as_ignored(tiny_journey: Journey) -> None:
    said: dict[str, object] = {
        "userId": 1042,
        "phase": "customer",
        "channel": "web",
        "placement": "nowhere",
        "locale": "de-AT",
        "age": 41,
        "vip": "perhaps",
        "shoe": 9,
    }
    features = read_features(Names.of(tiny_journey), said)

    assert (features.customer_id, features.phase, features.channels) == ("1042", "customer", ("web",))
    assert (features.placements, features.context) == (None, {"locale": "de-AT"})
    assert features.attributes == {"age": 41}
    assert features.ignored == ("placement", "shoe", "vip")
    assert features.profile is not None


def test_nothing_said_is_no_profile(tiny_journey: Journey) -> None:
    features = read_features(Names.of(tiny_journey), {"locale": "?"})
    assert (features.profile, features.customer_id, features.ignored) == (None, None, ("locale",))


def test_namespaces_are_left_out_down_to_a_depth() -> None:
    said = [{"user": {"age": 41, "deep": {"deeper": {"deepest": 1}}}}, {"device": "phone"}, "stray"]
    assert dict(flatten(said)) == {"age": 41, "device": "phone"}


def test_what_is_shown_at_once_goes_over_inbound_channels(tiny_journey: Journey) -> None:
    assert shown_channels(tiny_journey) == ("web",)
