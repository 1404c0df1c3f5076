"""Spans by the SDK's own exporter; and nothing of OpenTelemetry where nobody asked for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import flask
import pytest

from nba_service.errors import SettingsError
from nba_service.settings import Settings
from nba_service.telemetry.tracing import NoTracing, OpenTelemetry, make_tracing

pytest.importorskip("opentelemetry.sdk", reason="the extra otel is not installed")
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_decision_is_a_tree_of_spans_below_its_caller(
    make_app: Callable[..., flask.Flask], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing = OpenTelemetry(provider)
    monkeypatch.setattr("nba_service.telemetry.telemetry.make_tracing", lambda _: tracing)
    client = make_app(settings).test_client()
    client.get("/v1/customers/ada@example.org", headers={"traceparent": PARENT})
    client.post("/v1/decisions", json={"customer_id": "ada@example.org"}, headers={"traceparent": PARENT})
    spans = {span.name: span for span in exporter.get_finished_spans()}
    request = spans["POST /v1/decisions"]

    assert {"state", "decide", "store"} < set(spans)
    assert request.parent.span_id == int("b7ad6b7169203331", 16)
    for name in ("state", "decide", "store"):
        assert spans[name].parent.span_id == request.context.span_id
        assert spans[name].context.trace_id == int("0af7651916cd43dd8448eb211c80319c", 16)
    assert request.attributes["http.response.status_code"] == 200
    assert "ada" not in str([(span.name, dict(span.attributes)) for span in spans.values()])


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": ""},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_there_is_no_tracing_unless_it_is_asked_for(environment: dict[str, str]) -> None:
    assert isinstance(make_tracing(environment), NoTracing)


def test_an_endpoint_switches_it_on() -> None:
    tracing = make_tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"})

    assert isinstance(tracing, OpenTelemetry)
    tracing.close()


def test_nothing_of_opentelemetry_is_imported_without_it(settings: Settings) -> None:
    code = (
        "import sys; from nba_service.app import create_app; from nba_service.settings import Settings\n"
        "create_app(Settings(), poll=False)\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)

    with pytest.raises(SettingsError, match=r"pip install -e '\.\[otel\]'"):
        make_tracing({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:1"})
