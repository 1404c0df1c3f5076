"""What a scrape shows after real requests; labels are bounded and hold nobody's id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from nba_service.settings import Authentication, Settings
from nba_service.telemetry.metrics import MOST_BUNDLES, Metrics

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scrape(client: FlaskClient) -> Series:
    """Every series of ``GET /metrics`` with its value."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def total(series: Series, metric: str, /, **labels: str) -> float:
    """The sum of a metric over the series that have these labels."""
    return sum(value for (of, own), value in series.items() if of == metric and set(labels.items()) <= own)


def test_a_decision_is_counted_with_all_that_it_was(client: FlaskClient) -> None:
    answer = client.post("/v1/decisions", json={"customer_id": "c-1", "channels": ["web"]}).get_json()
    client.post("/v1/decisions", json={"customer_id": "c-2", "channels": ["web"]})
    series = scrape(client)

    assert total(series, "nba_decisions_total") == 2
    assert ("nba_journal_entries", frozenset()) in series
    first = answer["actions"][0]
    assert total(
        series,
        "nba_decisions_total",
        action=first["action"],
        channel=first["channel"] or "",
        phase=answer["phase"]["name"],
        reason=answer["reason"],
        arm=answer["arm"],
        bundle="b-1",
    )
    assert total(series, "nba_drop_outs_total", tier="phase", code="PHASE") > 0
    assert total(series, "nba_request_seconds_count", route="/v1/decisions", status="200") == 2
    assert total(series, "nba_bundle_serving", bundle="b-1") == 1
    assert total(series, "nba_bundle_loads_total", result="loaded") == 1


def test_an_answer_that_is_repeated_counts_once(client: FlaskClient) -> None:
    for _ in range(3):
        client.post("/v1/decisions", json={"customer_id": "c-1", "decision_id": "mail/1"})

    assert total(scrape(client), "nba_decisions_total") == 1


def test_a_what_if_is_not_counted(client: FlaskClient) -> None:
    client.post("/v1/explanations", json={"customer_id": "c-1"})

    assert total(scrape(client), "nba_decisions_total") == 0


def test_the_playbook_is_a_degraded_answer(
    make_app: Callable[[Settings], flask.Flask], playbook_settings: Settings
) -> None:
    client = make_app(playbook_settings).test_client()
    client.post("/v1/decisions", json={"customer_id": "c-1"})

    assert total(scrape(client), "nba_degraded_total", reason="MODEL_UNAVAILABLE") == 1


def test_outcomes_are_counted_with_how_late_they_came(client: FlaskClient) -> None:
    client.post("/v1/decisions", json={"customer_id": "c-1", "decision_id": "d-1"})
    told = {"decision_id": "d-1", "outcome": "clicked", "occurred_at": "2026-11-20T11:00:00Z"}
    unknown = {"decision_id": "d-9", "outcome": "clicked", "outcome_id": "o-9"}
    for body in (told, told, unknown):
        client.post("/v1/outcomes", json=body)
    series = scrape(client)

    assert total(series, "nba_outcomes_total", outcome="clicked") == 2
    assert total(series, "nba_events_total", kind="outcome", result="known") == 1
    assert total(series, "nba_events_total", kind="outcome", result="pending") == 1
    assert total(series, "nba_outcome_lag_seconds_sum") == 3_600


def test_texts_that_fall_back_and_rules_that_fail_are_counted(
    make_app: Callable[[Settings], flask.Flask], tiny_journey_text: str, tmp_path: Path
) -> None:
    broken = tiny_journey_text.replace("title: All well?", "title: '{{ 1 | divided_by: 0 }}'").replace(
        '"!has(customer.attributes.age) || customer.attributes.age >= 18"', "'context.tier == \"gold\"'"
    )
    (tmp_path / "broken.yaml").write_text(broken)
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/b.sqlite",
        registry=tmp_path / "no",
        authentication=Authentication.OFF,
        journey=tmp_path / "broken.yaml",
    )
    client = make_app(settings).test_client()
    consent = {"consent": {"email": True, "personalization": True}}
    client.post("/v1/decisions", json={"customer_id": "c-1", "phase": "customer", "channels": ["web"]})
    client.post(
        "/v1/decisions",
        json={"customer_id": "c-2", "phase": "interested", "profile": consent},
    )
    series = scrape(client)

    assert total(series, "nba_content_fallbacks_total", action="care", channel="web") == 1
    assert total(series, "nba_rule_failures_total", policy="ADULTS_ONLY") == 1


def test_no_label_holds_what_a_caller_made_up(client: FlaskClient) -> None:
    client.get("/v1/customers/somebody@example.org")
    client.get("/somewhere/somebody@example.org")
    client.open("/healthz", method="SOMEBODY")
    client.post("/v1/decisions", json={"customer_id": "somebody", "decision_id": "mail/somebody"})
    text = client.get("/metrics").text

    assert "somebody" not in text.lower()
    assert 'route="/v1/customers/<path:customer_id>"' in text
    assert 'route="(none)"' in text


def test_a_process_names_so_many_bundles_and_no_more() -> None:
    metrics = Metrics()
    names = {metrics.bundle_label(f"b-{number}") for number in range(500)}

    assert len(names) == MOST_BUNDLES + 1
    assert "other" in names


def test_drift_shows_when_other_customers_come(
    make_app: Callable[..., flask.Flask], settings: Settings, judged_registry: Path
) -> None:
    judged = replace(settings, registry=judged_registry, drift_every=1)
    client = make_app(judged).test_client()
    for number in range(30):
        client.post("/v1/decisions", json={"customer_id": f"c-{number}", "phase": "customer"})
    series = scrape(client)
    phase = next(
        value
        for (name, labels), value in series.items()
        if name == "nba_drift_index" and ("name", "phase") in labels
    )

    assert total(series, "nba_drift_rows", bundle="b-9") == 30
    assert phase > 0.25
    assert total(series, "nba_drift_index", kind="score", name="propensity") > 0


@pytest.mark.parametrize("every", [0, 1])
def test_a_bundle_without_a_reference_is_not_judged(
    make_app: Callable[..., flask.Flask], settings: Settings, every: int
) -> None:
    client = make_app(replace(settings, drift_every=every)).test_client()
    client.post("/v1/decisions", json={"customer_id": "c-1"})

    assert not [name for name, _ in scrape(client) if name.startswith("nba_drift")]
