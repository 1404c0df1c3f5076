"""Traces of requests.

Spans of a request, its state read, decision and store, over OpenTelemetry's own variables. Nothing of
OpenTelemetry is imported unless an ``OTEL_EXPORTER_OTLP_…ENDPOINT`` variable says where spans go. Spans carry
routes, bundles and decision counts, never a customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final, Protocol

from nba_service.errors import SettingsError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

_NOTHING: Final = nullcontext()


class RequestHeaders(Protocol):
    """The headers of a request, read only if something is traced."""

    def items(self) -> Iterable[tuple[str, str]]: ...


class Tracing(Protocol):
    """Where spans go."""

    def span(self, name: str, **attributes: str | int) -> AbstractContextManager[object]:
        """A span around a ``with`` block, child of the one it is in."""

    def request(self, name: str, headers: RequestHeaders) -> AbstractContextManager[object]:
        """The span of a whole request; ``headers`` may name its parent (``traceparent``)."""

    def close(self) -> None:
        """Send what is left."""


class NoTracing:
    """No spans."""

    def span(self, name: str, **attributes: str | int) -> AbstractContextManager[object]:
        return _NOTHING

    def request(self, name: str, headers: RequestHeaders) -> AbstractContextManager[object]:
        return _NOTHING

    def close(self) -> None:
        return None


class OpenTelemetry:
    """Spans through an OpenTelemetry tracer provider (the SDK's)."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.propagate import extract
        from opentelemetry.trace import SpanKind

        self._provider, self._extract, self._server = provider, extract, SpanKind.SERVER
        self._tracer = provider.get_tracer("nba")

    def span(self, name: str, **attributes: str | int) -> AbstractContextManager[object]:
        return self._tracer.start_as_current_span(name, attributes=attributes)

    def request(self, name: str, headers: RequestHeaders) -> AbstractContextManager[object]:
        carrier = {key.lower(): value for key, value in headers.items()}
        context = self._extract(carrier)
        return self._tracer.start_as_current_span(name, context=context, kind=self._server)

    def close(self) -> None:
        self._provider.shutdown()


def make_tracing(environment: Mapping[str, str]) -> Tracing:
    """OpenTelemetry where its standard variables ask for it, else nothing.

    Args:
        environment: ``OTEL_EXPORTER_OTLP_ENDPOINT`` or ``…_TRACES_ENDPOINT`` switch it on;
            ``OTEL_SDK_DISABLED=true`` or ``OTEL_TRACES_EXPORTER=none`` off. The SDK reads the rest.

    Raises:
        SettingsError: it was asked for, and the extra is not installed.
    """
    off = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    off = off or environment.get("OTEL_TRACES_EXPORTER", "otlp") == "none"
    if off or not any(environment.get(name) for name in ENDPOINTS):
        return NoTracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise SettingsError(
            f"{' or '.join(ENDPOINTS)} is set, but OpenTelemetry is not installed ({error.name})."
            " Install the extra that brings it: pip install -e '.[otel]'"
        ) from error
    name = environment.get("OTEL_SERVICE_NAME", "nba")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return OpenTelemetry(provider)
