"""The HTTP contract: marshmallow schemas of every request and answer.

Requests become the dataclasses of ``decisions/calls.py``; unknown fields are refused and everything is
bounded. Answers are written by ``decisions/answers.py``; their schemas here document them, and a test holds
the two together.
"""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields

from models.domain.actions import Policy, Purpose, Tier
from nba_service.decisions import calls
from nba_service.http.fields import (
    Expected,
    Flag,
    Id,
    Instant,
    Listed,
    Locale,
    Mapped,
    Name,
    Number,
    Properties,
    RequestContext,
    Scalar,
    Text,
    TimeZone,
    Whole,
    Word,
)

MAX_BATCH = 1_000


class Strict(ma.Schema):
    """Refuses unknown fields and says which there are."""

    class Meta:
        unknown = ma.RAISE

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        known = ", ".join(field.data_key or name for name, field in self.fields.items())
        self.error_messages = {
            **self.error_messages,
            "unknown": Expected(f"one of the fields {known}", "UNKNOWN_FIELD", "Leave it out."),
            "type": Expected("an object", "FIELD_TYPE"),
        }


class ProfileSchema(Strict):
    account_id = Id(allow_none=True)
    attributes = Mapped(Scalar(), maximum=200)
    consent = Mapped(Flag(), maximum=50)
    locale = Locale(allow_none=True)
    time_zone = TimeZone(allow_none=True)

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> calls.Profile:
        return calls.Profile(**data)


class PutProfileSchema(ProfileSchema):
    aliases = Listed(Id(), maximum=100)

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> calls.Profile:
        return calls.Profile(**{**data, "aliases": tuple(data.get("aliases") or ())})


class AliasesSchema(Strict):
    aliases = Listed(Id(), minimum=1, maximum=100, required=True)

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> calls.AliasesCall:
        return calls.AliasesCall(aliases=tuple(data["aliases"]))


class WindowSchema(Strict):
    """When a treatment may be delivered: ``from`` (the decision, if left out) ``until``."""

    begin = Instant(allow_none=True, data_key="from")
    until = Instant(required=True)

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> calls.WindowCall:
        return calls.WindowCall(**data)


class _InteractionFields(Strict):
    interaction_id = Id(allow_none=True)
    channel = Name(allow_none=True)
    touchpoint = Name(required=True)
    action = Name(allow_none=True)
    phase = Name(allow_none=True)
    value = Number(allow_none=True)
    properties = Properties()

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> calls.InteractionCall:
        return calls.InteractionCall(**data)


class KnownInteractionSchema(_InteractionFields):
    """An interaction that the caller knows of; it is used for this decision and not stored."""

    occurred_at = Instant(required=True)


class InteractionSchema(_InteractionFields):
    customer_id = Id(required=True)
    occurred_at = Instant(allow_none=True)


class DecisionSchema(Strict):
    customer_id = Id(required=True)
    phase = Name(allow_none=True)
    channels = Listed(Name(), minimum=1, maximum=20, allow_none=True)
    placements = Listed(Name(), minimum=1, maximum=20, allow_none=True)
    limit = Whole(minimum=1, maximum=20)
    profile = fields.Nested(ProfileSchema, allow_none=True)
    interactions = Listed(fields.Nested(KnownInteractionSchema), maximum=500)
    context = RequestContext()
    excluded = Listed(Name(), maximum=1_000, data_key="exclude", attribute="exclude")
    decision_id = Id(allow_none=True)
    deferred = Flag()
    explain = Flag()
    when = Word("asked", allow_none=True)
    window = fields.Nested(WindowSchema, allow_none=True)

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> calls.DecisionCall:
        tuples = {
            name: tuple(data[name])
            for name in ("channels", "placements", "interactions", "exclude")
            if data.get(name) is not None
        }
        context = dict(data.pop("context", {}))
        decided_at = context.pop("time", None)
        return calls.DecisionCall(**{**data, **tuples, "context": context, "decided_at": decided_at})


class PolicySchema(Strict):
    """A policy as in the journey file."""

    code = Name(required=True)
    tier = Word("eligibility", "applicability", "suitability", required=True)
    when = Text(maximum=2_000, required=True)
    message = Text(maximum=500)
    actions = Listed(Name(), maximum=200)
    groups = Listed(Name(), maximum=200)
    purposes = Listed(Word("marketing", "service"), maximum=2)
    channels = Listed(Name(), maximum=50)

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> Policy:
        lists = {name: tuple(value) for name, value in data.items() if isinstance(value, list)}
        purposes = tuple(Purpose(word) for word in lists.get("purposes", ()))
        return Policy(**{**data, **lists, "purposes": purposes, "tier": Tier(data["tier"])})


class RulesSchema(Strict):
    """Policies to leave out, by code, and policies to put in; one of a code that exists replaces it."""

    without = Listed(Name(), maximum=200)
    put = Listed(fields.Nested(PolicySchema), maximum=50)

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: tuple(data.get(name) or ()) for name in ("without", "put")}


class ChangesSchema(Strict):
    """Facts that shall be otherwise; what is not named stays."""

    phase = Name(allow_none=True)
    profile = fields.Nested(ProfileSchema, allow_none=True)
    interactions = Listed(fields.Nested(KnownInteractionSchema), maximum=500)
    without = Listed(Name(), maximum=100)
    time = Instant(allow_none=True)
    weights = Mapped(Number(), maximum=200)
    rules = fields.Nested(RulesSchema, allow_none=True)
    bundle = Name(allow_none=True)

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> calls.ChangesCall:
        tuples = {name: tuple(data[name]) for name in ("interactions", "without") if data.get(name)}
        return calls.ChangesCall(**{**data, **tuples})


class ExplanationSchema(DecisionSchema):
    """A decision request, or ``of``: the id of a stored decision; ``changes`` to see beside it."""

    customer_id = Id(allow_none=True)
    of_decision = Id(allow_none=True, data_key="of", attribute="of")
    text = Word("en", "de", allow_none=True)
    contributions = Word("best", "all", allow_none=True)
    changes = fields.Nested(ChangesSchema, allow_none=True)

    @ma.validates_schema
    def named(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("customer_id") is None) == (data.get("of") is None):
            raise ma.ValidationError(
                {"customer_id": [Expected("either customer_id or of (the id of a stored decision)")]}
            )

    @ma.post_load
    def make(self, data: dict[str, Any], **options: Any) -> calls.ExplanationCall:
        own = {name: data.pop(name, None) for name in ("of", "text", "contributions", "changes")}
        call = super().make({**data, "customer_id": data.get("customer_id") or ""}, **options)
        return calls.ExplanationCall(decision=call, **own)


class DecisionBatchSchema(Strict):
    decisions = Listed(fields.Nested(DecisionSchema), minimum=1, maximum=MAX_BATCH, required=True)


_WHOSE = "the decision's id, or customer_id, action and channel if the source does not know it"


class OutcomeSchema(Strict):
    outcome_id = Id(allow_none=True)
    decision_id = Id(allow_none=True)
    customer_id = Id(allow_none=True)
    action = Name(allow_none=True)
    channel = Name(allow_none=True)
    outcome = Name(required=True)
    value = Number(allow_none=True)
    occurred_at = Instant(allow_none=True)

    @ma.validates_schema
    def attributed(self, data: dict[str, Any], **_: Any) -> None:
        given = [data.get(name) is not None for name in ("customer_id", "action", "channel")]
        if data.get("decision_id") is None and not any(given):
            raise ma.ValidationError({"decision_id": [Expected(_WHOSE, "FIELD_REQUIRED")]})
        if (data.get("decision_id") is None) != all(given) or any(given) != all(given):
            raise ma.ValidationError({"decision_id": [Expected(_WHOSE)]})

    @ma.post_load
    def make(self, data: dict[str, Any], **_: Any) -> calls.OutcomeCall:
        return calls.OutcomeCall(**data)


class OutcomesSchema(Strict):
    """``{"outcomes": [...]}``, or one outcome alone."""

    outcomes = Listed(fields.Nested(OutcomeSchema), minimum=1, maximum=MAX_BATCH, required=True)

    @ma.pre_load
    def wrap(self, data: Any, **_: Any) -> Any:
        return {"outcomes": [data]} if isinstance(data, dict) and "outcomes" not in data else data


class InteractionsSchema(Strict):
    """``{"interactions": [...]}``, or one interaction alone."""

    interactions = Listed(fields.Nested(InteractionSchema), minimum=1, maximum=MAX_BATCH, required=True)

    @ma.pre_load
    def wrap(self, data: Any, **_: Any) -> Any:
        return {"interactions": [data]} if isinstance(data, dict) and "interactions" not in data else data


# Answers


class PhaseAnswer(Strict):
    name = fields.String(required=True)
    source = fields.String(required=True, metadata={"description": "stated, history or default"})
    since = fields.AwareDateTime(required=True)


class PropensityAnswer(Strict):
    value = fields.Float(required=True)
    low = fields.Float(required=True)
    high = fields.Float(required=True)
    evidence = fields.Float(required=True)


class ValueAnswer(Strict):
    """EUR, or the currency that the answer names."""

    immediate = fields.Float(required=True)
    journey = fields.Float(required=True)
    cost = fields.Float(required=True)
    priority = fields.Float(required=True)
    over_nothing = fields.Float(required=True)


class FactorsAnswer(Strict):
    """over_nothing = propensity × value × weight × lever - cost + journey_gain; share_price: of the rank."""

    propensity = fields.Float(required=True)
    value = fields.Float(required=True)
    weight = fields.Float(required=True)
    lever = fields.Float(required=True)
    cost = fields.Float(required=True)
    journey_gain = fields.Float(required=True)
    share_price = fields.Float(required=True)


class ContentAnswer(Strict):
    """HTML-safe texts; links are http, https, mailto or empty."""

    title = fields.String(required=True)
    body = fields.String(required=True)
    image_url = fields.String(required=True)
    click_url = fields.String(required=True)
    html = fields.String(
        required=True, metadata={"description": "safe markup for websites and mails; empty on other channels"}
    )
    locale = fields.String(required=True, metadata={"description": "the language of the texts"})
    fallback = fields.String(
        required=True,
        metadata={"description": "why these are the action's fallback texts; empty: they are as written"},
    )


class CandidateAnswer(Strict):
    action = fields.String(required=True)
    channel = fields.String(required=True, allow_none=True)
    action_probability = fields.Float(required=True)
    propensity = fields.Nested(PropensityAnswer, required=True)
    value = fields.Nested(ValueAnswer, required=True)
    leads_to = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)


class ActionAnswer(CandidateAnswer):
    rank = fields.Integer(required=True)
    placement = fields.String(required=True, allow_none=True)
    factors = fields.Nested(FactorsAnswer, required=True)
    content = fields.Nested(ContentAnswer, required=True, allow_none=True)
    reasons = fields.List(fields.String(), required=True)
    best_time = fields.AwareDateTime(
        allow_none=True, metadata={"description": "only if asked for; null: inbound, or no time fits"}
    )


class DropOutAnswer(Strict):
    action = fields.String(required=True)
    channel = fields.String(required=True, allow_none=True)
    tier = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ContributionAnswer(Strict):
    """What one feature did to the propensity, relative to the average customer."""

    feature = fields.String(required=True)
    value = fields.Float(required=True, allow_none=True)
    text = fields.String(required=True)
    log_odds = fields.Float(required=True)


class SinceTrainingAnswer(Strict):
    """How outcomes since the training moved a propensity."""

    modelled = fields.Float(required=True, metadata={"description": "the model's own propensity"})
    log_odds = fields.Float(required=True, metadata={"description": "added to the model's log-odds"})
    decisions = fields.Float(
        required=True, metadata={"description": "of this phase and treatment since the training"}
    )


class ExplainedCandidateAnswer(CandidateAnswer):
    """changes: leads_to minus doing nothing's."""

    factors = fields.Nested(FactorsAnswer, required=True)
    changes = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    contributions = fields.List(fields.Nested(ContributionAnswer), required=True)
    since_training = fields.Nested(SinceTrainingAnswer, required=True, allow_none=True)


class ExplanationAnswer(Strict):
    """What stands behind a decision: every candidate with its scores, every drop-out with its reason."""

    candidates = fields.List(fields.Nested(ExplainedCandidateAnswer), required=True)
    drop_outs = fields.List(fields.Nested(DropOutAnswer), required=True)
    rule_failures = fields.List(
        fields.String(), required=True, metadata={"description": "policies whose rule failed, which refuses"}
    )


class DecisionAnswer(Strict):
    decision_id = fields.String(required=True)
    customer_id = fields.String(required=True)
    decided_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    phase = fields.Nested(PhaseAnswer, required=True)
    actions = fields.List(fields.Nested(ActionAnswer), required=True)
    reason = fields.String(required=True)
    degraded = fields.Boolean(required=True)
    degraded_by = fields.List(
        fields.String(), required=True, metadata={"description": "why; empty if it is not degraded"}
    )
    bundle = fields.String(required=True)
    journey = fields.String(required=True, metadata={"description": "sha256 of the journey file"})
    policy = fields.String(required=True)
    arm = fields.String(required=True)
    currency = fields.String(required=True)
    explanation = fields.Nested(ExplanationAnswer)


class TextSectionAnswer(Strict):
    heading = fields.String(required=True)
    lines = fields.List(fields.String(), required=True)


class CustomerTextAnswer(Strict):
    """For the customer: what was used, what it changed, what different data would have changed."""

    language = fields.String(required=True)
    text = fields.String(required=True)
    sections = fields.List(fields.Nested(TextSectionAnswer), required=True)


class ExplainedAnswer(DecisionAnswer):
    customer_text = fields.Nested(CustomerTextAnswer)


class DifferenceAnswer(Strict):
    """A treatment whose chance or priority the changes move; null: no candidate on that side."""

    action = fields.String(required=True)
    channel = fields.String(required=True, allow_none=True)
    before = fields.Dict(keys=fields.String(), values=fields.Float(), required=True, allow_none=True)
    after = fields.Dict(keys=fields.String(), values=fields.Float(), required=True, allow_none=True)


class WhatIfAnswer(ExplainedAnswer):
    """The decision as it is; ``what_if`` is the same with the changes."""

    what_if = fields.Nested(ExplainedAnswer)
    differences = fields.List(fields.Nested(DifferenceAnswer))


class DecisionBatchAnswer(Strict):
    decisions = fields.List(fields.Nested(DecisionAnswer), required=True)


class ReplayAnswer(Strict):
    identical = fields.Boolean(required=True)
    recorded = fields.Nested(DecisionAnswer, required=True)
    replayed = fields.Nested(DecisionAnswer, required=True)


class ErasureWaitsAnswer(Strict):
    """An erasure that is safe on disk and not yet done."""

    status = fields.String(required=True, metadata={"description": "waiting"})
    detail = fields.String(required=True)


class WrittenAnswer(Strict):
    """How many were new and how many were there already, and under which ids, in the order sent."""

    new = fields.Integer(required=True)
    known = fields.Integer(required=True)
    ids = fields.List(fields.String(), required=True)


class OutcomesAnswer(WrittenAnswer):
    pending = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "decision ids that are not known yet; joined when they arrive"},
    )
    unattributed = fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "outcomes that name no decision and fit none yet; joined when one is delivered"
        },
    )


class StoredProfileAnswer(Strict):
    customer_id = fields.String(required=True)
    account_id = fields.String(required=True, allow_none=True)
    attributes = fields.Dict(required=True)
    consent = fields.Dict(keys=fields.String(), values=fields.Boolean(), required=True)
    locale = fields.String(required=True, allow_none=True)
    time_zone = fields.String(required=True, allow_none=True)
    aliases = fields.List(fields.String(), required=True)
    updated_at = fields.AwareDateTime(required=True, allow_none=True)


class CustomerAnswer(StoredProfileAnswer):
    """Everything that is held about a customer, newest first."""

    interactions = fields.List(fields.Dict(), required=True)
    decisions = fields.List(fields.Dict(), required=True)
    outcomes = fields.List(fields.Dict(), required=True)
    truncated = fields.Boolean(required=True, metadata={"description": "a list was longer than the limit"})


class BundleAnswer(Strict):
    bundle = fields.String(required=True)
    champion = fields.Boolean(required=True)
    serving = fields.Boolean(required=True, metadata={"description": "in the worker that answered"})


class TrialAnswer(Strict):
    role = fields.String(required=True, metadata={"description": "challenger or shadow"})
    bundle = fields.String(required=True)
    since = fields.String(required=True)
    reason = fields.String(required=True)
    share = fields.Float(required=True, allow_none=True)


class BundlesAnswer(Strict):
    """``shadow``: of the worker that answers, since it started: decisions same, other, failed, dropped."""

    bundles = fields.List(fields.Nested(BundleAnswer), required=True)
    trials = fields.List(fields.Nested(TrialAnswer), required=True)
    shadow = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class ReasonSchema(Strict):
    reason = fields.String(required=True, validate=ma.validate.Length(min=1, max=500))


class PromotionSchema(ReasonSchema):
    """``share``: of the customers, between 0 and 1; a challenger's alone."""

    role = fields.String(validate=ma.validate.OneOf(["champion", "challenger", "shadow"]))
    share = fields.Float(validate=ma.validate.Range(min=0, max=1, min_inclusive=False, max_inclusive=False))


class SwitchAnswer(Strict):
    """Who is in the role now."""

    bundle = fields.String(required=True, allow_none=True)
    role = fields.String(required=True)
    share = fields.Float(required=True, allow_none=True)


class HealthAnswer(Strict):
    status = fields.String(required=True)


class JournalAnswer(Strict):
    """What waits to be stored: records and bytes; records damaged on the disk, and refused by the store."""

    records = fields.Integer(required=True)
    bytes = fields.Integer(required=True)
    damaged = fields.Integer(required=True)
    refused = fields.Integer(required=True)


class ReadyAnswer(HealthAnswer):
    bundle = fields.String(required=True, allow_none=True)
    journey = fields.String(required=True, allow_none=True, metadata={"description": "sha256 of the file"})
    problems = fields.List(fields.Dict(keys=fields.String(), values=fields.String()), required=True)
    refused_bundles = fields.Integer(required=True)
    journal = fields.Nested(JournalAnswer, required=True)


class FieldProblemAnswer(Strict):
    field = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemAnswer(Strict):
    """RFC 9457, with a stable ``code`` and the fields that are wrong."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    instance = fields.String()
    errors = fields.List(fields.Nested(FieldProblemAnswer))
