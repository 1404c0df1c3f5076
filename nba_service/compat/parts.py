"""What answers the clients of other tools, put together for ``make_services``."""

from __future__ import annotations

from dataclasses import dataclass

from nba_service.clock import Clock, IdMaker
from nba_service.compat.amazon_personalize.service import AmazonPersonalize
from nba_service.compat.azure_personalizer.service import AzurePersonalizer
from nba_service.compat.openfeature.service import Flags
from nba_service.compat.segment.service import Segment
from nba_service.customers.events import Events
from nba_service.customers.profiles import Customers
from nba_service.decisions.decide import Decisions
from nba_service.engine.source import EngineSource
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings
from nba_service.telemetry.metrics import Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class CompatParts:
    """One part for each tool."""

    azure_personalizer: AzurePersonalizer
    amazon_personalize: AmazonPersonalize
    segment: Segment
    flags: Flags


def make_compat(
    *,
    settings: Settings,
    store: ResilientStore,
    source: EngineSource,
    clock: Clock,
    id_maker: IdMaker,
    decisions: Decisions,
    events: Events,
    customers: Customers,
    metrics: Metrics,
) -> CompatParts:
    """Nothing is opened or started before the first use."""
    web, mail = settings.web_deadline_ms / 1000, settings.mail_deadline_ms / 1000
    return CompatParts(
        azure_personalizer=AzurePersonalizer(
            store=store,
            source=source,
            decisions=decisions,
            events=events,
            clock=clock,
            id_maker=id_maker,
            seconds=web,
        ),
        amazon_personalize=AmazonPersonalize(
            store=store,
            source=source,
            decisions=decisions,
            events=events,
            customers=customers,
            clock=clock,
            id_maker=id_maker,
            skew_seconds=settings.clock_skew_seconds,
        ),
        segment=Segment(
            store=store,
            source=source,
            events=events,
            customers=customers,
            clock=clock,
            metrics=metrics,
            seconds=mail,
        ),
        flags=Flags(source=source, decisions=decisions, clock=clock),
    )
