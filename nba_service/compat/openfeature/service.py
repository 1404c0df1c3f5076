"""OpenFeature flags from decisions.

A flag is a placement, its variant the action, its value the content. ``banner`` has the whole content as an
object; ``banner.title``, ``banner.body``, ``banner.html``, ``banner.image_url``, ``banner.click_url`` and
``banner.action`` have its parts as texts, for applications that ask for one. A decision holds for half an
hour while the same is said of the same customer, so flags do not flicker and asking again costs nothing.
Knows placements and decisions; knows nothing of HTTP.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from models.domain.history import to_ms
from models.domain.ids import read_id, why_no_id
from nba_service.clock import Clock
from nba_service.compat.features import Adapt, Features, read_features
from nba_service.compat.openfeature.flags import PARTS, Shown, shown_of
from nba_service.compat.openfeature.schemas import FlagCall
from nba_service.decisions.calls import DecisionCall
from nba_service.decisions.decide import Decisions
from nba_service.engine.source import EngineSource
from nba_service.errors import Problem
from nba_service.http.json_body import canonical_json
from nba_service.keys.visitor_ids import VISITOR
from nba_service.web.slots import rivals

HOLDS_MS: Final = 1_800_000


class Flags:
    """Evaluates flags."""

    def __init__(self, *, source: EngineSource, decisions: Decisions, clock: Clock) -> None:
        self._source = source
        self._decisions = decisions
        self._clock = clock

    def evaluate(
        self, key: str, call: FlagCall, adapt: Adapt, allowed: frozenset[str] | None
    ) -> dict[str, object]:
        """One flag, which the application is about to use.

        Args:
            adapt: what the headers of the request change in a decision call.
            allowed: the placements that the caller's key is for; None: all.

        Raises:
            Problem: ``UNKNOWN_PLACEMENT``, or ``FIELD_REQUIRED`` if nobody is named.
        """
        customer_id = _customer(call)
        placement, _, part = key.partition(".")
        names = self._source.current().names
        if key in names.placement:
            placement, part = key, ""
        if placement not in _usable(names.placement, allowed) or (part and part not in PARTS):
            raise Problem(
                "UNKNOWN_PLACEMENT", f"Expected a placement of the journey file, got {key[:100]!r}."
            )
        shown = self._shown(
            customer_id, placement, call, adapt, deferred=False, taken=(), page=allowed is not None
        )
        return shown.flag(key, part)

    def evaluate_all(
        self, call: FlagCall, adapt: Adapt, allowed: frozenset[str] | None
    ) -> list[dict[str, object]]:
        """All flags, one decision for each placement, none with the same action.

        The decisions are deferred: the outcome ``delivered`` says that one was used. Raises as ``evaluate``.
        """
        customer_id = _customer(call)
        flags: list[dict[str, object]] = []
        taken: list[str] = []
        for placement in sorted(_usable(self._source.current().names.placement, allowed)):
            shown = self._shown(
                customer_id, placement, call, adapt, deferred=True, taken=taken, page=allowed is not None
            )
            taken.append(shown.action)
            flags += [shown.flag(f"{placement}.{part}" if part else placement, part) for part in ("", *PARTS)]
        return flags

    def _shown(
        self,
        customer_id: str,
        placement: str,
        call: FlagCall,
        adapt: Adapt,
        *,
        deferred: bool,
        taken: Sequence[str],
        page: bool,
    ) -> Shown:
        serving = self._source.current()
        features = read_features(serving.names, call.features)
        unnamed = DecisionCall(
            customer_id=customer_id,
            placements=(placement,),
            phase=features.phase,
            profile=features.profile,
            context=features.context,
            exclude=rivals(serving.journey, taken),
            deferred=deferred,
        )
        (decision,) = self._decisions.decide([adapt(self._named(unnamed, features))])
        return shown_of(decision, placement, serving.journey, page=page)

    def _named(self, call: DecisionCall, features: Features) -> DecisionCall:
        """The same under the id that it has for half an hour; it names a visitor, who alone may answer it."""
        content = {
            "customer": call.customer_id,
            "features": [features.phase, features.attributes, features.context],
            "placements": call.placements,
            "exclude": call.exclude,
            "deferred": call.deferred,
            "journey": self._source.current().journey.sha256,
            "from": to_ms(self._clock()) // HOLDS_MS,
        }
        digest = hashlib.sha256(canonical_json(content).encode()).hexdigest()[:32]
        owner = f"{call.customer_id}/" if VISITOR.fullmatch(call.customer_id) else ""
        return replace(call, decision_id=f"ofrep/{owner}{digest}")


def _customer(call: FlagCall) -> str:
    if not call.targeting_key:
        raise Problem(
            "FIELD_REQUIRED", "Expected targetingKey in the context, got none. It is the customer's id."
        )
    customer_id = read_id(call.targeting_key)
    if customer_id is None:
        raise Problem("FIELD_RANGE", f"targetingKey: {why_no_id(call.targeting_key)}")
    return customer_id


def _usable(placements: frozenset[str], allowed: frozenset[str] | None) -> frozenset[str]:
    return placements if allowed is None else placements & allowed
