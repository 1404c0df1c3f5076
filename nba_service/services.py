"""The parts of one running service.

Put together by ``make_services`` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

import flask

from models.domain.decision import DecisionRequest
from models.domain.history import to_ms
from models.errors import NBAError
from models.policy.engine import Engine
from models.registry import Role
from nba_service.access.idempotency import Idempotency
from nba_service.access.key_ring import KeyRing
from nba_service.access.pages import Pages
from nba_service.access.rates import Rates
from nba_service.api.decisions.requests import DecisionSchema
from nba_service.api.operations.store_health import StoreHealth, places_of
from nba_service.clock import Clock, IdMaker, make_id, system_clock
from nba_service.compat.parts import CompatParts, make_compat
from nba_service.console.facts.activity_cache import ActivityCache
from nba_service.console.facts.text_trials import TextTrials
from nba_service.console.sessions import Sessions
from nba_service.content.fact_loading import load_facts
from nba_service.customers.accounts import Accounts
from nba_service.customers.events import Events
from nba_service.customers.profiles import Customers
from nba_service.customers.worklist import Worklists
from nba_service.customers.worklist_jobs import WorklistJobs
from nba_service.decisions.calls import DecisionCall, Profile
from nba_service.decisions.configurations.service import Configurations
from nba_service.decisions.decide import Decisions
from nba_service.decisions.what_if import WhatIf
from nba_service.engine.bundles import Bundles
from nba_service.engine.learning import Learning
from nba_service.engine.serving import Serving
from nba_service.engine.source import EngineSource
from nba_service.engine.warm_up import NOBODY
from nba_service.errors import StoreError
from nba_service.mail.clicks import Clicks
from nba_service.mail.content import MailContent
from nba_service.mail.open_pictures import OpenPictures
from nba_service.mail.open_time import OpenTimeDecisions
from nba_service.mail.pictures import load_painter
from nba_service.mail.signed_links import SignedLinks
from nba_service.measures import Measures
from nba_service.measures.rollups.background import BackgroundRollup
from nba_service.measures.rollups.rollup import ROLLED_UP_AT
from nba_service.measures.rollups.second_look import SecondLook, ShadowTrial
from nba_service.process.request_lines import RequestLines
from nba_service.resilience import open_resilient_store
from nba_service.resilience.recovery import RecoveryWorker
from nba_service.resilience.replay import Replay
from nba_service.resilience.resilient_store import ResilientStore
from nba_service.settings import Settings
from nba_service.store.rows import DecisionRow
from nba_service.telemetry.telemetry import Telemetry, make_telemetry
from nba_service.telemetry.troubles import TroubleNotes
from nba_service.web.event_intake import EventIntake
from nba_service.web.identity import Identities
from nba_service.web.slots import Slots

EXTENSION: Final = "nba"
_DECISION: Final = DecisionSchema()


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of one running service."""

    settings: Settings
    store: ResilientStore
    recovery: RecoveryWorker
    background_rollup: BackgroundRollup
    measures: Measures
    health: StoreHealth
    source: EngineSource
    bundles: Bundles
    decisions: Decisions
    what_if: WhatIf
    events: Events
    customers: Customers
    accounts: Accounts
    configurations: Configurations
    key_ring: KeyRing
    rates: Rates
    slots: Slots
    event_intake: EventIntake
    identities: Identities
    pages: Pages
    idempotency: Idempotency
    signed_links: SignedLinks
    mail_content: MailContent
    open_pictures: OpenPictures
    clicks: Clicks
    compat: CompatParts
    sessions: Sessions
    activity: ActivityCache
    text_trials: TextTrials
    worklists: WorklistJobs
    id_maker: IdMaker
    telemetry: Telemetry
    request_lines: RequestLines

    def parts(self) -> Iterator[object]:
        """Every part that requests may ask for by its type."""
        for field in fields(self):
            part = getattr(self, field.name)
            if isinstance(part, CompatParts):
                yield from (getattr(part, inner.name) for inner in fields(part))
            elif field.name != "id_maker":
                yield part

    def start(self) -> None:
        """What a worker does once it has been forked, before the first request comes."""
        self.source.start()
        self.recovery.start()
        self.request_lines.start()
        with suppress(StoreError):
            self.store.check()  # the first request shall not wait for a connection
            self.key_ring.origins()
            self._decide_once()

    def _decide_once(self) -> None:
        """Make a decision for nobody and keep nothing of it, so that no caller waits for it."""
        consent = dict.fromkeys(self.source.current().journey.consents, True)
        call = DecisionCall(customer_id=NOBODY, profile=Profile(consent=consent))
        with suppress(NBAError):  # without an engine: readiness says so
            self.decisions.hypothetical(call)

    def stop(self) -> None:
        self.source.stop()
        self.recovery.stop()
        self.request_lines.stop()
        self.background_rollup.stop()
        self.telemetry.tracing.close()
        self.store.close()


def make_services(
    settings: Settings,
    *,
    clock: Clock = system_clock,
    id_maker: IdMaker = make_id,
    poll: bool = True,
    champion: Serving | None = None,
) -> Services:
    """Compose the parts. Nothing is opened or started before the first use; only facts are imported.

    Raises:
        FactsError: a module of computed facts cannot be used.
        PicturesError: the module that paints pictures cannot be used.
    """
    store = open_resilient_store(settings, lambda: to_ms(clock()))
    telemetry = make_telemetry(settings, clock)
    health = StoreHealth(store, places=places_of(settings), background=poll)
    telemetry.watch_journal(lambda: health.depth.records)
    background_rollup = BackgroundRollup(
        settings.journal,
        settings.rollup_minutes if poll else 0,
        rolled_up_at=lambda: store.plain.rollups.mark(ROLLED_UP_AT),
    )
    troubles = TroubleNotes(
        lambda kind, subject, detail, at: store.plain.audit_log.note(kind, subject, detail, at),
        tally=telemetry.tally,
        openings=lambda: store.breaker.openings,
        usable=lambda: store.breaker.closed,
        now_ms=lambda: to_ms(clock()),
    )
    learning = Learning(settings, store, clock)
    source = EngineSource(
        settings, poll=poll, learning=learning, metrics=telemetry.metrics, champion=champion
    )
    decisions = Decisions(
        settings=settings,
        store=store,
        source=source,
        clock=clock,
        make_id=id_maker,
        facts=load_facts(settings.facts or ()),
        telemetry=telemetry,
        read_call=_read_call,
    )
    customers = Customers(settings=settings, store=store, source=source, clock=clock, id_maker=id_maker)
    signed_links = SignedLinks(settings.mail_secret or (), settings.public_url, settings.mail_days, clock)
    identities = Identities(settings, customers, clock)
    mail_content = MailContent(
        store=store,
        source=source,
        decisions=decisions,
        links=signed_links,
        clock=clock,
        seconds=settings.mail_deadline_ms / 1000,
    )
    open_time = OpenTimeDecisions(store=store, decisions=decisions, mail_content=mail_content, clock=clock)
    rates = Rates(settings.redis_url)
    key_ring = KeyRing(
        store.key_cache, max_age_seconds=settings.key_cache_seconds, now_ms=lambda: to_ms(clock())
    )
    events = Events(
        settings=settings,
        store=store,
        source=source,
        clock=clock,
        id_maker=id_maker,
        metrics=telemetry.metrics,
    )
    return Services(
        settings=settings,
        store=store,
        recovery=RecoveryWorker(
            store,
            Replay(
                store.journal,
                store.plain,
                id_maker,
                now_ms=lambda: to_ms(clock()),
                dropped=telemetry.metrics.journal_dropped,
            ),
            lambda: source.current().names.withdraws,
            on=poll,
            aside=lambda: _look_after(health, background_rollup, troubles),
        ),
        background_rollup=background_rollup,
        measures=Measures(
            store.plain.rollups, source, store.plain.configurations, clock, store.plain.latest_update
        ),
        health=health,
        source=source,
        bundles=Bundles(settings, clock),
        decisions=decisions,
        what_if=WhatIf(source, decisions),
        events=events,
        compat=make_compat(
            settings=settings,
            store=store,
            source=source,
            clock=clock,
            id_maker=id_maker,
            decisions=decisions,
            events=events,
            customers=customers,
            metrics=telemetry.metrics,
        ),
        rates=rates,
        activity=ActivityCache(),
        text_trials=TextTrials(),
        sessions=Sessions(
            secret=settings.console_secret,
            hours=settings.console_hours,
            ring=key_ring,
            rates=rates,
            clock=clock,
        ),
        idempotency=Idempotency(
            store.requests,
            ask=lambda work: store.ask(work, settings.web_deadline_ms / 1000),
            now_ms=lambda: to_ms(clock()),
            hours=settings.idempotency_hours,
        ),
        key_ring=key_ring,
        customers=customers,
        configurations=Configurations(store=store, source=source, clock=clock),
        worklists=WorklistJobs(
            store=store,
            worklists=Worklists(store=store.plain, source=source, decisions=decisions, clock=clock),
            clock=clock,
            id_maker=id_maker,
        ),
        accounts=Accounts(store=store, source=source, clock=clock, id_maker=id_maker),
        slots=Slots(store=store, source=source, decisions=decisions),
        event_intake=EventIntake(store=store, source=source, clock=clock, metrics=telemetry.metrics),
        identities=identities,
        pages=Pages(identities, store, settings.page_value_maximum),
        signed_links=signed_links,
        mail_content=mail_content,
        open_pictures=OpenPictures(
            source=source,
            decisions=decisions,
            open_time=open_time,
            links=signed_links,
            painter=load_painter(settings.pictures),
        ),
        clicks=Clicks(
            source=source, open_time=open_time, mail_content=mail_content, links=signed_links, clock=clock
        ),
        id_maker=id_maker,
        telemetry=telemetry,
        request_lines=RequestLines(settings.log_level, settings.log_format),
    )


def second_look(parts: Services) -> SecondLook:
    """What the rollup of a service asks about its decisions once more."""

    def recall(row: DecisionRow) -> tuple[Engine, DecisionRequest]:
        serving, request = parts.decisions.recorded.engine_and_request_of(row)
        return serving.engine, request

    trial, engine = parts.source.trials().get(Role.SHADOW), parts.source.shadow()
    shadow = None
    if trial is not None and engine is not None:
        since = to_ms(datetime.fromisoformat(trial.since))
        shadow = ShadowTrial(bundle=trial.bundle, since=since, engine=engine)
    return SecondLook(parts.store.plain.decisions, recall, shadow)


def _look_after(health: StoreHealth, background_rollup: BackgroundRollup, troubles: TroubleNotes) -> None:
    """What the thread of the recovery worker does on the side, several times a second."""
    health.refresh()
    troubles.look()
    background_rollup.look()


def _read_call(body: object) -> DecisionCall:
    """The call that a stored request was."""
    call: DecisionCall = _DECISION.load(body)  # type: ignore[arg-type]  # a JSON object, or it is refused
    return call


def services_of(app: flask.Flask) -> Services:
    """The services of an application."""
    services: Services = app.extensions[EXTENSION]
    return services
